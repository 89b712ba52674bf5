"""Shared by the tests of sample.py: untrained generators of every kind, what it says, and what it draws."""

from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np
import pytest
from cli_helpers import call
from conftest import make_config
from PIL import Image

from cwgan_jax import checkpoint
from cwgan_jax.algorithms import step
from cwgan_jax.networks import build
from cwgan_jax.pictures import sheets
from cwgan_jax.sampling import formats, generation, load
from cwgan_jax.training import plan

NAMES = ("ant", "bee", "cat", "dog")
KINDS = {
    "conv": {},
    "norms": {"model__generator_labels": "batch_norm"},
    "style": {"model__architecture": "style"},
    "plain": {"model__conditional": False},
}
LAYERS = 4  # of the style generator at 16 pixels
F32 = np.dtype("float32")


class Sheet(NamedTuple):
    """A sheet as it was drawn: u8[rows, columns, 16, 16], and the words on it."""

    image: np.ndarray
    title: str
    rows: Any
    columns: Any


def sample(workdir, out, *more):
    """Runs sample.py; it must end well, without a word on standard error."""
    status, said, err = call("sample", f"--workdir={workdir}", f"--out={out}", *more)
    assert (status, err) == (0, []), err
    return said


def untrained(workdir, kind):
    """Saves a generator that is so far from its start that all its pictures differ; gives it as loaded."""
    cfg, rng = make_config(**KINDS[kind]), np.random.default_rng(0)
    networks = build(cfg.model, (16, 16, 1), len(NAMES))
    state = step.initial(cfg, networks)
    factor, amount = (1.5, 0.1) if kind == "style" else (4, 0.3)

    def noise(x, amount):  # the classes' scales start alike, and the mean of w at 0
        return (amount * rng.standard_normal(x.shape)).astype(x.dtype)

    state = state._replace(
        generator=jax.tree.map(lambda x: factor * x + noise(x, amount), state.generator),
        batch_stats=jax.tree.map(lambda x: x + abs(noise(x, 0.3)), state.batch_stats),
    )
    with checkpoint.Writer(workdir / "checkpoints", keep=1) as writer:
        writer.save(0, state, plan.about(cfg, (16, 16, 1), NAMES, None))
    return load.load(workdir / "checkpoints", None, set_up=lambda _: None, warn=pytest.fail)


def sheet(make, model, labels, per_class, out, **more):
    """What a format draws: its one PNG, which must hold just what was put on the sheet."""
    drawn, real = [], sheets.sheet

    def spy(panels, *, row_names=(), column_names=()):
        picture = real(panels, row_names=row_names, column_names=column_names)
        drawn.append((picture, Sheet(panels[0].image[..., 0], panels[0].title, row_names, column_names)))
        return picture

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sheets, "sheet", spy)
        made = make(model, formats.Asked(labels, per_class, more.pop("seed", 0), Path(out), **more))
    with Image.open(made.path) as png:
        (found,) = [each for picture, each in drawn if each.title and picture.tobytes() == png.tobytes()]
    return found


def generate(model, latent, label, **more):
    """Images u8[N, 16, 16]."""
    label = np.broadcast_to(label, len(latent))
    return generation.generate(model.networks, model.generator, latent, label, **more)[..., 0]


def latents(label, count):
    return generation.latents(0, label, count, size=5, dtype=F32)


def grid(model, label, count):
    """The pictures of `grid`, u8[count, 16, 16]."""
    return generate(model, latents(label, count), label)


def distinct(image):
    return len(np.unique(image.reshape(-1, 256), axis=0))
