"""Initial weights: parameter counts, moments, and a Kolmogorov-Smirnov test of each layer."""

import jax
import numpy as np
import pytest
from conftest import make_algorithm
from scipy import stats

from cwgan_jax import config
from cwgan_jax.interop import weights
from cwgan_jax.networks import mlp

torch = pytest.importorskip("torch", reason="needs PyTorch: pip install -e '.[reference]'")

from reference import networks  # noqa: E402 - needs it too

MLP = mlp.Options(features=128, conditional=False, batch_norm_epsilon=0.8)
SYSTEMS = {
    "cwgan_gp_conv": (config.Config(), (32, 32, 1), networks.cwgan_gp_conv, (3_527_397, 671_269)),
    "wgan_gp_mlp": (config.Config(model=MLP), (28, 28, 1), networks.wgan_gp_mlp, (1_510_032, 533_505)),
}
SEEDS = 15  # so that a layer with a single bias gives a sample of fifteen
MOST = 20_000  # values of a layer


def values(system):
    """{name: (ours, PyTorch's)}, over all seeds, and the parameter counts of both."""
    cfg, shape, reference, _ = SYSTEMS[system]
    init = jax.jit(make_algorithm(cfg, classes=10, shape=shape).init)
    found = {}
    for seed in range(SEEDS):
        state = jax.device_get(init(np.uint32(seed)))
        torch.manual_seed(seed)
        modules = reference()
        dicts = weights.state_dicts(state, shape, 0)
        for network, module in zip(("generator", "critic"), modules, strict=True):
            for name, theirs in module.state_dict().items():
                sides = found.setdefault(f"{network}.{name}", ([], []))
                for side, array in zip(sides, (dicts[network][name], theirs.numpy()), strict=True):
                    side.append(np.ravel(array)[: MOST // SEEDS])
    counts = [
        (
            sum(x.size for x in jax.tree.leaves(state.players[network].params)),
            sum(p.numel() for p in module.parameters()),
        )
        for network, module in zip(("generator", "critic"), modules, strict=True)
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
    assert drawn == {"cwgan_gp_conv": 18, "wgan_gp_mlp": 16}[system]
