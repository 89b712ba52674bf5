"""Equivalence with PyTorch without PyTorch: three steps of every case against values that it wrote down."""

import functools
from pathlib import Path

import jax
import numpy as np
from conftest import names
from reference import cases, inputs
from reference.measure import difference, ends_difference

from cwgan_jax.algorithms import step
from cwgan_jax.interop import layout
from cwgan_jax.interop.torch import Weights, assemble

GOLDEN = Path(__file__).parents[1] / "golden"


def part(golden, prefix):
    return {name.removeprefix(prefix): golden[name] for name in golden.files if name.startswith(prefix)}


def test_there_is_a_file_for_every_case_and_it_is_small():
    assert {path.stem for path in GOLDEN.iterdir()} == set(cases.CASES)
    assert max(path.stat().st_size for path in GOLDEN.iterdir()) < 200_000


# What is new in the others is also in these.
@names(cases.CASES, *(set(cases.CASES) - {"r1-uniform", "paper"}))
def test_golden_values(x64, name):
    golden = np.load(GOLDEN / f"{name}.npz", allow_pickle=False)
    cfg, networks, dataset = cases.case(name)
    shape = networks.generator.image_shape
    before = Weights(part(golden, "before/generator/"), part(golden, "before/critic/"))
    state = assemble(cfg, networks, before)
    train = jax.jit(functools.partial(step.train_step, config=cfg, networks=networks))
    for n in range(cases.STEPS):
        check_draws(golden, cfg, networks, n)
        state, metrics = train(state, inputs.batch(cfg, dataset, n))
        for field, curve in part(golden, "loss/").items():
            # One step's losses agree to rounding, which the training then carries along.
            assert difference(getattr(metrics, field), curve[n]) < 1e-11 * 10**n, (field, n)

    generator, stats = layout.from_torch(part(golden, "after/generator/"), state.generator, shape)
    critic, _ = layout.from_torch(part(golden, "after/critic/"), state.critic, shape)
    theirs = {"generator": generator, "batch_stats": stats, "critic": critic}
    for tree, value in ends_difference(state._asdict(), theirs).items():
        assert value < (1e-6 if "dead" in tree else 1e-9), tree
    check_evaluation(golden, networks, state, inputs.batch(cfg, dataset, 0))


def check_draws(golden, cfg, networks, n):
    """The numbers drawn today are those that PyTorch was given."""
    count = golden["draw/latent"].shape[1]
    latent, label, weight = (x[:count] for x in inputs.numbers(n, cfg, networks.classes))
    assert difference(latent, golden["draw/latent"][n]) < 1e-14
    assert difference(weight, golden["draw/weight"][n]) < 1e-14
    if cfg.objective.fake_labels == "uniform":
        np.testing.assert_array_equal(label, golden["draw/fake_label"][n])


def check_evaluation(golden, networks, state, batch):
    """Running statistics in the generator; the critic's scores."""
    latent, label = golden["draw/latent"][0, 0], golden["draw/fake_label"][0, 0]
    variables = {"params": state.generator, "batch_stats": state.batch_stats}
    image = networks.generator.apply(variables, latent, label, train=False)
    assert difference(np.moveaxis(image, -1, 1), golden["after/image"]) < 1e-9
    score = networks.score(state.critic, step.to_float(batch.image[0], latent.dtype), batch.label[0])
    assert difference(score, golden["after/score"]) < 1e-9
