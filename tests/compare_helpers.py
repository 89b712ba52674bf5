"""Config files to be compared, and a comparison that takes little time."""

import functools

import quality_helpers as given

from cwgan_jax.compare import run as command
from cwgan_jax.evaluation import figures, judge, measure
from cwgan_jax.metrics import labels
from cwgan_jax.report import checkpoints
from cwgan_jax.training import loop

load = checkpoints.real
EVIL = "b&<i>'"
# 1,438 digits in batches of 8: 8 steps; in the paper schedule with K = 2 half as many.
EPOCHS = [0.04]
FILE = """
import ml_collections


def get_config():
    return ml_collections.ConfigDict({config})
"""
BASE = {
    "data": {"name": "digits", "size": 16},
    "model": {"architecture": "mlp", "features": 2, "latent": 5, "embedding": 3},
    "objective": {"critic_updates": 2},
    "train": {"batch_size": 8, "steps_per_call": 1, "devices": 1},
    "quality": {"every": 100},
}
OTHER = {
    "model": {"conditional": False},
    "objective": {"loss": "hinge", "penalties": {"interpolates": {"weight": 0.0}}, "schedule": "paper"},
}


def config(folder, name, **changes):
    """A config file: BASE with changes in its sections."""
    path = folder / f"{name}.py"
    path.write_text(FILE.format(config={key: BASE.get(key, {}) | changes.get(key, {}) for key in BASE}))
    return path


def options(folder, paths, *, epochs=EPOCHS, seeds=2, **overrides):
    overrides = {key.replace("__", "."): value for key, value in overrides.items()}
    return command.Options(paths, overrides, seeds, epochs, folder / "out", None, 100, "typed <b>")


@functools.cache
def read():
    """The digits, read by a small judge that was hardly trained: good enough to be compared with itself."""
    train, test = given.splits()
    tiny = judge.train(train, epochs=0, least=20, width=4)
    reference = measure.reference(tiny, train)
    held_out = measure.Set(test.image, test.label, tiny.read(test.image))
    return checkpoints.Real(train, test, reference, held_out, few(reference, held_out, held_out), 0.0)


def few(reference, images, held_out):
    """The figures that take little time."""
    return measure.light(reference, images) | {
        "class_coverage": float(labels.present(images.reading.label, reference.share).mean())
    }


def real(section, count, check):
    """In place of a judge that is trained well; other data are refused as ever."""
    if section.name != "digits":
        return load(section, count, check)
    check(read().train)
    return read()


def quicken(patch):
    patch.setattr(checkpoints, "real", real)
    patch.setattr(figures, "figures", few)
    patch.setattr(loop, "_finish", lambda run, seconds: None)  # plots, which have tests of their own
