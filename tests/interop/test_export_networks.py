"""Generators with styles, noise, conditional norms or without a tanh as files: they draw the same."""

import importlib.util
import json

import jax
import numpy as np
import pytest
from conftest import FULL, long, make_config
from export_helpers import inputs

from cwgan_jax import data
from cwgan_jax.algorithms import Request
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.data.conditions import of_classes
from cwgan_jax.interop import export, generator, onnx
from cwgan_jax.kinds import form_of
from cwgan_jax.networks import build
from cwgan_jax.sampling.load import Model

CLASSES, LATENT = 3, 5
STYLE2 = {"model__architecture": "stylegan2", "model__embedding": 3}
RESNET = {"model__architecture": "resnet", "model__critic_features": 2}
SYSTEMS = {
    "stylegan2": (STYLE2, 0.5),
    "stylegan2 without classes": (STYLE2 | {"model__conditional": False}, 1.0),
    "style": ({"model__architecture": "style"}, 1.0),
    "resnet": (RESNET, 1.0),
    "resnet with embeddings": (RESNET | {"model__generator_labels": "concatenated"}, 0.5),
    "r3gan": ({"model__architecture": "r3gan", "model__features": 4, "model__blocks": 1}, 1.0),
}
SHORT = ("stylegan2", "resnet", "r3gan")


def model(name):
    """A generator whose weights are not special; its values go beyond -1 and 1 where nothing bounds them."""
    cfg = make_config(data__size=8 if "stylegan2" in name else 16, **SYSTEMS[name][0])
    side = cfg.data.size
    described = data.description(
        "images", (side, side, 1), of_classes("abc") if cfg.model.conditional else ()
    )
    networks = build(cfg.model, form_of(described))
    names = data.class_names(described)
    draw = np.random.default_rng(0)

    def filled(path, leaf):
        middle = 1 if path[-1].key in ("scale", "var") else 0
        values = middle + draw.standard_normal(leaf.shape) * (0.1 if middle else 0.7)
        return np.abs(values).astype(np.float32) if path[-1].key == "var" else values.astype(np.float32)

    start = jax.eval_shape(
        lambda z, y: networks.generator.init(jax.random.key(0), z, y, train=True),
        *(np.zeros((1, length), np.float32) for length in (LATENT, len(names))),
    )
    weights = jax.tree_util.tree_map_with_path(filled, start)
    return Model(0, cfg, networks, weights, names, described)


def drawn(known, latent, label, truncation):
    """The pixels, as sample.py draws them."""
    return known.draw(Request(latent, known.conditions(label)), truncation=truncation)


def pixels(image):
    """What docs/export.md says to do."""
    return np.round((np.asarray(image) + 1) * 127.5)


def given(name, batch):
    latent, label = inputs(batch)
    label %= CLASSES
    return (latent,) if "without" in name else (latent, label)


@pytest.mark.parametrize("name", [n if n in SHORT else pytest.param(n, marks=long) for n in SYSTEMS])
def test_it_draws_what_the_network_does(name):
    known, truncation = model(name), SYSTEMS[name][1]
    file = jax.export.deserialize(bytearray(export.stablehlo(known, truncation)))
    latent, label = inputs(3)
    image = file.call(*given(name, 3))
    expected = drawn(known, latent, label % CLASSES, truncation).astype(int)
    assert expected.std() > 3
    assert np.abs(pixels(image) - expected).max() <= 1  # on the edge between two levels
    assert np.abs(image).max() <= 1
    assert json.loads(json.dumps(export.describe(known, truncation)))["truncation"] == truncation


@pytest.mark.skipif(
    not FULL or not all(map(importlib.util.find_spec, ("jax2onnx", "onnxruntime"))),
    reason="takes long, and needs pip install -e '.[onnx]'",
)
@pytest.mark.parametrize("name", SYSTEMS)
def test_so_does_onnx_or_it_is_refused(name):
    import onnxruntime

    known, truncation = model(name), SYSTEMS[name][1]
    if "resnet" not in name:  # jax2onnx cannot pad or resize maps of an open batch size
        with pytest.raises(ConfigError, match=r"jax2onnx fails on this generator .*; use --format=stablehlo"):
            onnx.convert(known, truncation)
        return
    session = onnxruntime.InferenceSession(
        onnx.convert(known, truncation), providers=["CPUExecutionProvider"]
    )
    latent, label = inputs(3)
    fed = dict(zip(generator.inputs(known), given(name, 3), strict=True))
    expected = drawn(known, latent, label % CLASSES, truncation).astype(int)
    assert np.abs(pixels(session.run(None, fed)[0]) - expected).max() <= 1
