"""A generator under numbers as a file: it takes the vector of the condition, and says of what it is made."""

import json

import jax
import numpy as np
from cli_helpers import call
from export_helpers import EXPORT, saved

from cwgan_jax.algorithms import generation
from cwgan_jax.data import conditions
from cwgan_jax.data.sets import renderings
from cwgan_jax.sampling import load


def test_it_takes_the_vector_of_a_condition(monkeypatch, tmp_path):
    monkeypatch.setattr(renderings, "EACH", 1)
    changes = {"model__architecture": "mlp", "model__condition_layers": 1, "model__condition_width": 4}
    saved(tmp_path, data__name="rotated_digits", **changes)
    status, _, err = call(EXPORT, f"--workdir={tmp_path}")
    assert (status, err) == (0, [])
    about = json.loads((tmp_path / "generator.stablehlo.json").read_text())
    assert [(each["name"], each["shape"]) for each in about["inputs"]] == [
        ("latent", ["b", 5]),
        ("condition", ["b", 12]),
    ]
    schema = conditions.from_json(about["conditions"])
    asked = {"digit": ["3", "7"], "angle": [-10.0, 25.0], "stroke": [1.0, 0.7]}
    condition = conditions.encode(schema, asked)
    latent = np.random.default_rng(0).standard_normal((2, 5)).astype(np.float32)
    file = jax.export.deserialize((tmp_path / "generator.stablehlo").read_bytes())
    model = load.load(*load.find(tmp_path), set_up=lambda config: None, warn=print)
    expected = generation.apply(model.networks.generator, model.generator, latent, condition)
    np.testing.assert_allclose(file.call(latent, condition), expected, atol=1e-5)
