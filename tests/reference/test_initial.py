"""Initial weights: parameter counts, moments, and a Kolmogorov-Smirnov test of each layer."""

import dataclasses

import jax
import numpy as np
import pytest
from scipy import stats

from cwgan_jax import config
from cwgan_jax.algorithms import step
from cwgan_jax.interop import layout
from cwgan_jax.networks import build

torch = pytest.importorskip("torch", reason="needs PyTorch: pip install -e '.[reference]'")

from reference import networks  # noqa: E402 - needs it too

MLP = config.Model(architecture="mlp", features=128, conditional=False, batch_norm_epsilon=0.8)
SYSTEMS = {
    "r1": (config.Config(), (32, 32, 1), networks.r1, (3_527_397, 671_269)),
    "r2": (config.Config(model=MLP), (28, 28, 1), networks.r2, (1_510_032, 533_505)),
}
SEEDS = 15  # so that a layer with a single bias gives a sample of fifteen
MOST = 20_000  # values of a layer


def values(system):
    """{name: (ours, PyTorch's)}, over all seeds, and the parameter counts of both."""
    cfg, shape, reference, _ = SYSTEMS[system]
    pair = build(cfg.model, shape, 10)
    init = jax.jit(lambda seed: step.init(dataclasses.replace(cfg, seed=seed), pair))
    found = {}
    for seed in range(SEEDS):
        state = jax.device_get(init(np.uint32(seed)))
        torch.manual_seed(seed)
        modules = reference()
        trees = (
            layout.to_torch(state.generator, state.batch_stats, shape),
            layout.to_torch(state.critic, None, shape),
        )
        for network, tree, module in zip(("generator", "critic"), trees, modules, strict=True):
            for name, theirs in module.state_dict().items():
                sides = found.setdefault(f"{network}.{name}", ([], []))
                for side, array in zip(sides, (tree[name], theirs.numpy()), strict=True):
                    side.append(np.ravel(array)[: MOST // SEEDS])
    counts = [
        (sum(x.size for x in jax.tree.leaves(params)), sum(p.numel() for p in module.parameters()))
        for params, module in zip((state.generator, state.critic), modules, strict=True)
    ]
    return {name: tuple(map(np.concatenate, sides)) for name, sides in found.items()}, counts


@pytest.mark.parametrize("system", SYSTEMS)
def test_initial_values(system):
    found, counts = values(system)
    assert counts == [(count, count) for count in SYSTEMS[system][3]]
    drawn = 0
    for name, (ours, theirs) in found.items():
        if np.ptp(theirs) == 0:  # norms
            np.testing.assert_array_equal(ours, theirs, name)
            continue
        drawn += 1
        assert stats.ks_2samp(ours, theirs).pvalue > 1e-4, name
        # Five standard errors; those of a standard deviation are at most those of normal values.
        error = theirs.std() / np.sqrt(theirs.size / 2)
        assert abs(ours.mean() - theirs.mean()) < 5 * error, name
        assert abs(ours.std() - theirs.std()) < 5 * error / np.sqrt(2), name
    assert drawn == {"r1": 18, "r2": 16}[system]
