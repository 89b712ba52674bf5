"""The console command `cwgan`, and the scripts train.py, sample.py and evaluate.py, which are the same code.

A command is a module of this package with `define_flags()` and `main(overrides, *arguments)`, and one line in
`COMMANDS`. It is imported only when it is called: `cwgan --help` needs no jax.
"""

import difflib
import gc
import importlib
import sys
from collections.abc import Sequence
from typing import NamedTuple

import cwgan_jax
from cwgan_jax.common.invocation import CONSOLE


class Command(NamedTuple):
    """A command of the console.

    Attributes:
      summary: one line on what it does.
      arguments: what it takes without a name, as shown in the overview; empty: nothing.
    """

    summary: str
    arguments: str = ""


COMMANDS = {
    "train": Command("train a recipe, or go on with a run", "RECIPE"),
    "sample": Command("draw from a trained generator"),
    "evaluate": Command("measure a run beside real data, and write its page"),
    "compare": Command("train several recipes on the same data, side by side", "RECIPE ..."),
    "augment": Command("top up the rare classes of a data set"),
    "export": Command("the generator as one file that runs without this package (StableHLO, ONNX)"),
    "play": Command("a page to play with: the generator in the browser"),
    "publish": Command(
        "a model repository with its card, weights, programs and page; to the Hub with --push"
    ),
    "pack": Command("a trained model as one small file, to hand on"),
    "torch": Command("PyTorch state dicts in and out"),
    "doctor": Command("what this installation has, and what is missing"),
}


def main(argv: Sequence[str] | None = None) -> None:
    """Runs `cwgan COMMAND ...` and leaves with its exit status."""
    name, *rest = list(sys.argv[1:] if argv is None else argv) or ["--help"]
    if name in ("--help", "-h", "help"):
        print(overview())
        raise SystemExit(0)
    if name in ("--version", "-V"):
        print(f"{CONSOLE} {cwgan_jax.__version__}")
        raise SystemExit(0)
    if name not in COMMANDS:
        near = difflib.get_close_matches(name, COMMANDS, 1)
        hint = f"did you mean {CONSOLE} {near[0]}?" if near else f"the commands: {', '.join(COMMANDS)}"
        print(f"error: {CONSOLE} {name}: there is no such command; {hint}", file=sys.stderr)
        raise SystemExit(2)
    run(name, [CONSOLE, *rest])


def run(name: str, argv: Sequence[str]) -> None:
    """Runs one command.

    Args:
      name: key of `COMMANDS`.
      argv: program name and arguments.
    """
    # Imports and tracing make a million objects that stay. To look through them for garbage after every 700,
    # as Python does, takes a tenth of the time to the first step.
    gc.set_threshold(1_000_000)
    from cwgan_jax import cli  # late: jax takes seconds

    module = importlib.import_module(f"{__name__}.{name}")
    module.define_flags()
    cli.run(module, argv, positional=bool(COMMANDS[name].arguments))


def overview() -> str:
    """What there is, a line for each command."""
    lines = [f"  {f'{name} {each.arguments}':<20} {each.summary}" for name, each in COMMANDS.items()]
    return "\n".join(
        [
            f"usage: {CONSOLE} COMMAND [--option=value ...]",
            "",
            "Trains conditional Wasserstein GANs, and draws from them.",
            "",
            *lines,
            "",
            f"{CONSOLE} COMMAND --help has the options of a command. To begin with: {CONSOLE} train digits",
        ]
    )
