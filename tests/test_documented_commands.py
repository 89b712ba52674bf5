"""The commands in README and docs can be typed as they stand: flags, recipes, options and values are known.

They are parsed here as the commands do it, and not run: some take hours, or the reader's own data.
"""

import importlib
from pathlib import Path
from unittest import mock

import pytest
from cli_helpers import call
from documented import PAGES, ROOT, commands, ours

from cwgan_jax import cli
from cwgan_jax import config as config_
from cwgan_jax.cli import recipes

EVERY = [(page.name, words) for page in PAGES for words in commands(page)]
OURS = [(page, *found) for page, words in EVERY if (found := ours(words))]


def test_there_are_some_on_every_page_that_has_any():
    assert len(OURS) > 85
    assert {name for _, name, _ in OURS} >= {
        "train",
        "sample",
        "evaluate",
        "compare",
        "play",
        "augment",
        "export",
        "pack",
        "doctor",
        "publish",
        "torch",
    }


def parsed(name, arguments):
    """(overrides, arguments without a name, {flag: value}) as the command sees them."""
    module, seen = importlib.import_module(f"cwgan_jax.commands.{name}"), {}

    def main(overrides, *rest):
        flags = module.flags.FLAGS if hasattr(module, "flags") else {}
        values = (
            {flag.name: flag.value for flag in flags.get_flags_for_module(module.__name__)} if flags else {}
        )
        seen.update(overrides=overrides, rest=rest, values=values)
        return 0

    with mock.patch.object(module, "main", main):
        status, _, err = call(name, *arguments)
    assert (status, err) == (0, []), err
    return seen


@pytest.mark.parametrize(
    ("name", "arguments"),
    [(name, arguments) for _, name, arguments in OURS],
    ids=[f"{page} {name} {' '.join(arguments)}"[:90] for page, name, arguments in OURS],
)
def test_a_command_is_understood(name, arguments):
    seen = parsed(name, arguments)
    named = [*seen["rest"], *([seen["values"]["config"]] if seen["values"].get("config") else [])]
    for recipe in named:
        path = recipes.find(str(recipe))
        if Path(recipe).name == "my_recipe.py":
            continue  # the reader's own
        if name in ("train", "torch"):
            config_.resolve(cli.load_config(path), seen["overrides"])
        else:
            cli.load_config(path)


def test_scripts_are_there():
    for page, words in EVERY:
        if words[0] == "python" and not ours(words):
            assert words[1] == "-m" or (ROOT / words[1]).is_file(), (page, words)
