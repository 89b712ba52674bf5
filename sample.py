"""Draws from a trained generator: python sample.py --workdir=runs/digits [--format=grid|folder|walk]."""

import sys
from pathlib import Path

from absl import flags

from cwgan_jax import cli, draw
from cwgan_jax.errors import ConfigError

_WORKDIR = flags.DEFINE_string("workdir", None, "A run's folder, or one of its checkpoints.")
_STEP = flags.DEFINE_integer("step", None, "The checkpoint to use; default the newest.", lower_bound=0)
_FORMAT = flags.DEFINE_enum("format", "grid", ["grid", "folder", "walk"], "What to make.")
_CLASSES = flags.DEFINE_string("classes", None, "3,1,4 or 0-9 or class names; default all.")
_PER_CLASS = flags.DEFINE_integer(
    "per_class", 10, "Images of each class (walk: frames).", lower_bound=1, upper_bound=10**6
)
_SEED = flags.DEFINE_integer("seed", 0, "Same seed, same pictures.", lower_bound=0, upper_bound=2**32 - 1)
_OUT = flags.DEFINE_string("out", None, "Folder to write to; default <workdir>/drawn.")
_UNCONDITIONAL_ROWS = 10


def main(overrides: dict[str, str]) -> int:
    """Reads the flags and draws; returns the exit status."""
    if overrides:
        raise ConfigError(f"--config.{next(iter(overrides))}: sample.py takes its config from the checkpoint")
    if _WORKDIR.value is None:
        raise ConfigError("--workdir=DIR is missing; for example --workdir=runs/digits")
    path = Path(_WORKDIR.value)
    folder, step = draw.find(path)
    model = draw.load(
        folder,
        step if _STEP.value is None else _STEP.value,
        set_up=cli.set_up_jax,
        warn=lambda line: print(f"warning: {line}", file=sys.stderr),
    )
    if _CLASSES.value is not None and not model.class_names:
        raise ConfigError(f"--classes={_CLASSES.value}: this model was trained without classes; leave it out")
    if _CLASSES.value is not None:
        labels = draw.classes(_CLASSES.value, model.class_names)
    elif model.class_names:
        labels = list(range(len(model.class_names)))
    else:
        labels = [0] if _FORMAT.value == "folder" else list(range(_UNCONDITIONAL_ROWS))
    out = Path(_OUT.value) if _OUT.value else folder.parent / "drawn"
    if _FORMAT.value == "folder" and not _OUT.value:
        out /= f"step{model.step}-seed{_SEED.value}"
    make = {"grid": draw.grid, "folder": draw.folder, "walk": draw.walk}[_FORMAT.value]
    made = make(model, labels, _PER_CLASS.value, _SEED.value, out)
    print(f"step {model.step}: {len(labels)} x {_PER_CLASS.value} images in {made}")
    return 0


if __name__ == "__main__":
    cli.run(main)
