"""Equivalence with PyTorch without PyTorch: three steps of every case against values that it wrote down."""

import functools
from pathlib import Path

import jax
import numpy as np
from conftest import names
from reference import cases, inputs
from reference.measure import difference, ends_difference, trees
from step_helpers import initial, one_hot, take

from cwgan_jax.algorithms import adversarial
from cwgan_jax.data.codec import PIXELS
from cwgan_jax.interop import layout

GOLDEN = Path(__file__).parents[1] / "golden"


def part(golden, prefix):
    return {name.removeprefix(prefix): golden[name] for name in golden.files if name.startswith(prefix)}


def here(golden, when, setting, template):
    """The weights before or after the steps, as `measure.trees` has those of a state like `template`."""
    shape, wanted = setting.spec.form.shape, trees(template)
    generator, stats = layout.from_torch(part(golden, f"{when}/generator/"), wanted["generator"], shape)
    critic, _ = layout.from_torch(part(golden, f"{when}/critic/"), wanted["critic"], shape)
    return {"generator": generator, "batch_stats": stats, "critic": critic}


def test_there_is_a_file_for_every_case_and_it_is_small():
    assert {path.stem for path in GOLDEN.iterdir()} == set(cases.CASES)
    assert max(path.stat().st_size for path in GOLDEN.iterdir()) < 200_000


# What is new in the others is also in these, or in reference/test_equivalence.py.
@names(cases.CASES, "wgan_gp_mlp", "paper-uniform")
def test_golden_values(x64, name):
    golden = np.load(GOLDEN / f"{name}.npz", allow_pickle=False)
    setting, dataset = cases.case(name)
    template = initial(setting)
    before = here(golden, "before", setting, template)
    weights = {
        "generator": (before["generator"], before["batch_stats"]),
        "critic": (before["critic"], {}),
    }
    state = adversarial.begin(setting, setting.config.seed, weights)
    for n in range(cases.STEPS):
        check_draws(golden, setting, n)
        state, metrics = take(setting, state, inputs.batch(setting.config, dataset, n))
        for name_, curve in part(golden, "loss/").items():
            # One step's losses agree to rounding, which the training then carries along.
            assert difference(metrics[name_], curve[n]) < 1e-11 * 10**n, (name_, n)
    theirs = here(golden, "after", setting, template)
    for tree, value in ends_difference(trees(state), theirs).items():
        assert value < (1e-6 if "dead" in tree else 1e-9), tree
    check_evaluation(golden, setting, state, inputs.batch(setting.config, dataset, 0))


def check_draws(golden, setting, n):
    """The numbers drawn today are those that PyTorch had."""
    count = golden["draw/latent"].shape[1]
    classes = setting.spec.condition.width
    latent, label, weight = (x[:count] for x in inputs.numbers(n, setting.config, classes))
    assert difference(latent, golden["draw/latent"][n]) < 1e-14
    assert difference(weight, golden["draw/weight"][n]) < 1e-14
    if setting.config.objective.fake_labels == "uniform":
        np.testing.assert_array_equal(label, golden["draw/fake_label"][n])


def check_evaluation(golden, setting, state, batch):
    """Running statistics in the generator; the critic's scores."""
    latent, condition = golden["draw/latent"][0, 0], one_hot(setting, golden["draw/fake_label"][0, 0])
    weights, networks, real = trees(state), setting.networks, batch.streams["real"]
    variables = {"params": weights["generator"], "batch_stats": weights["batch_stats"]}
    image = jax.jit(functools.partial(networks.generator.apply, train=False))(variables, latent, condition)
    assert difference(np.moveaxis(image, -1, 1), golden["after/image"]) < 1e-9
    pixels = PIXELS.encode(real.example[0], latent.dtype)
    score = jax.jit(networks.score)(weights["critic"], pixels, one_hot(setting, real.condition[0]))
    assert difference(score, golden["after/score"]) < 1e-9
