"""Shared by the tests of sample.py: untrained generators of every kind, what it says, and what it draws."""

from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np
import pytest
from cli_helpers import call
from conftest import make_config
from PIL import Image

from cwgan_jax import algorithms, checkpoint, data
from cwgan_jax.algorithms import generation
from cwgan_jax.data import conditions, scaling
from cwgan_jax.data.conditions import of_classes
from cwgan_jax.data.conditions.parts import Classes, Cycle, Number
from cwgan_jax.data.origin import Origin
from cwgan_jax.data.scaling import Channels
from cwgan_jax.pictures import sheets
from cwgan_jax.sampling import load
from cwgan_jax.sampling.formats import FORMATS
from cwgan_jax.sampling.request import DrawRequest
from cwgan_jax.training import plan

NAMES = ("ant", "bee", "cat", "dog")
KINDS = {
    "conv": {},
    "norms": {"model__generator_labels": "batch_norm"},
    "style": {"model__architecture": "style"},
    "stylegan2": {"model__architecture": "stylegan2", "model__most_features": 4},
    "plain": {"model__conditional": False},
}
LAYERS = 4  # of the style generator at 16 pixels
F32 = np.dtype("float32")
IMAGES = FORMATS["images"]


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


def save(workdir, cfg, *, change=lambda player: player, **described):
    """Checkpoint 0 of a run that has not been trained; gives the generator as loaded."""
    images = data.description("images", (16, 16, 1), of_classes(NAMES))
    about = plan.about(cfg, images | described)
    state = algorithms.initial(plan.rebuild(about)[1], cfg.seed)
    players = state.players | {"generator": change(state.players["generator"])}
    with checkpoint.Writer(workdir / "checkpoints", keep=1) as writer:
        writer.save(0, state._replace(players=players), about)
    return load.load(workdir / "checkpoints", None, set_up=lambda _: None, warn=pytest.fail)


def untrained(workdir, kind):
    """Saves a generator that is so far from its start that all its images differ; gives it as loaded."""
    rng = np.random.default_rng(0)
    factor, amount = {"style": (1.5, 0.1), "stylegan2": (1, 0.1)}.get(kind, (4, 0.3))

    def noise(x, amount):  # the classes' scales start alike, and the mean of w at 0
        return (amount * rng.standard_normal(x.shape)).astype(x.dtype)

    def change(generator):
        return generator._replace(
            params=jax.tree.map(lambda x: factor * x + noise(x, amount), generator.params),
            stats=jax.tree.map(lambda x: x + abs(noise(x, 0.3)), generator.stats),
        )

    return save(workdir, make_config(**KINDS[kind]), change=change)


def sheet(name, model, labels, each, out, **more):
    """What a format draws: its one PNG, which must hold just what was put on the sheet."""
    drawn, real = [], sheets.sheet

    def spy(panels, *, row_names=(), column_names=()):
        picture = real(panels, row_names=row_names, column_names=column_names)
        drawn.append((picture, Sheet(panels[0].image[..., 0], panels[0].title, row_names, column_names)))
        return picture

    request = DrawRequest(model.classes(labels), each, more.pop("seed", 0), Path(out), **more)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sheets, "sheet", spy)
        drawing = IMAGES[name].draw(model, request)
    with Image.open(drawing.path) as png:
        (shown,) = [each for picture, each in drawn if each.title and picture.tobytes() == png.tobytes()]
    return shown


def grid(model, label, count):
    """The images of `grid`, u8[count, 16, 16]."""
    return model.rows(model.classes([label]), count, seed=0)[0, ..., 0]


def latents(label, count):
    return generation.latents(0, label, count, size=5, dtype=F32)


def distinct(image):
    return len(np.unique(image.reshape(-1, 256), axis=0))


POWER = Number("power", 2.0, 1.0, 0.5, 4.0)
SCHEMA = (POWER, Classes("digit", ("3", "7")), Cycle("angle", 360.0))
VALUES = {
    "power": ["0.3", 1.5, 4],
    "digit": ["7", 3, "3"],
    "angle": [0, "45", 450.0],
}
FROM_FILE = {"data__name": "arrays", "data__condition": "power,digit,angle"}


def signals(workdir, axes="NCL", file="in.npz", schema=SCHEMA):
    """Signals [N, 2, 16] of int16, in a file; a dense generator, not trained."""
    cfg = make_config(**FROM_FILE | {"data__file": file, "model__architecture": "mlp"})
    fit = Channels((100.0, -5.0), (30.0, 2.0), "int16", 0.0, 200.0)
    return save(
        workdir / "run",
        cfg,
        kind="signals",
        shape=[16, 2],
        conditions=conditions.to_json(schema),
        scaling=scaling.to_json(fit),
        origin=Origin(("wave",), axes).to_json(),
    )


def flags(values):
    rows = zip(*values.values(), strict=True)
    return [f"--condition={','.join(f'{k}={v}' for k, v in zip(values, row, strict=True))}" for row in rows]
