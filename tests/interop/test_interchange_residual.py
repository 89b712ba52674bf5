"""State dicts of the residual pairs: the names and axes of plain PyTorch modules, and the same bits back."""

import jax
import numpy as np
import pytest
import safetensors.numpy
from cli_helpers import call
from conftest import make_config, make_setting
from interchange_helpers import DIGITS, TORCH, write

from cwgan_jax.algorithms import adversarial
from cwgan_jax.interop import layout

torch = pytest.importorskip("torch", reason="needs PyTorch: pip install -e '.[reference]'")

from reference import family_residual, family_weights  # noqa: E402 - they need it too
from reference.family_compare import filled  # noqa: E402

CHANGES = {
    "resnet": {"model__generator_labels": "batch_norm", "model__critic_labels": "projection"},
    "resnet concatenated": {
        "model__generator_labels": "concatenated",
        "model__critic_labels": "concatenated",
    },
    "r3gan": {"model__features": 4, "model__group_channels": 2},
}


def weights(name, depth=1, classes=10):
    """Config, parameters and statistics of both networks, none of them special, and the PyTorch pair."""
    cfg = make_config(model__architecture=name.split()[0], **CHANGES[name])
    setting = make_setting(cfg, classes, depth)
    shapes = jax.eval_shape(lambda: adversarial.init(setting, np.uint32(0))).players
    trees = filled({player: (each.params, each.stats) for player, each in shapes.items()})
    trees = jax.tree.map(lambda leaf: np.abs(leaf).astype(np.float32), trees)
    return cfg, trees, family_residual.pair(cfg, classes, depth)


def there(module):
    """Its state dict, with our names where the module has none of PyTorch's own."""
    found = {name: value.numpy() for name, value in module.state_dict().items()}
    renamed = {name.replace(".scale", ".weight"): value for name, value in found.items()}
    return {name: value[0] if name == "basis" else value for name, value in renamed.items()}


@pytest.mark.parametrize("name", CHANGES)
def test_names_and_axes_are_those_of_plain_modules(name):
    _, trees, pair = weights(name, depth=3)
    for player, module in zip(("generator", "critic"), pair, strict=True):
        params, stats = trees[player]
        family_weights.carry(module, params, stats or None)
        ours, theirs = layout.to_torch(params, stats, (16, 16, 3)), there(module)
        counts = {key for key in ours if key.endswith(layout.BATCHES)}  # not of conditional norms there
        assert ours.keys() - counts == theirs.keys() - counts
        for key in ours.keys() - counts:
            np.testing.assert_array_equal(ours[key], theirs[key], key)
        back = layout.from_torch(ours, params, (16, 16, 3))
        for mine, tree in zip(back, (params, stats), strict=True):
            assert jax.tree.all(jax.tree.map(np.array_equal, mine, tree or {}))


@pytest.mark.parametrize("name", ["resnet", "r3gan"])
def test_files_there_and_back(name, tmp_path):
    """Classes and channels are found in the shapes of the generator's tensors."""
    _, trees, _ = weights(name)
    found = {player: layout.to_torch(*trees[player], (16, 16, 1)) for player in trees}
    changes = {"model__architecture": name} | CHANGES[name]
    given = [*DIGITS, *(f"--config.{key.replace('__', '.')}={value}" for key, value in changes.items())]
    status, _, err = call(TORCH, *given, *write(tmp_path / "in", found), f"--workdir={tmp_path / 'run'}")
    assert (status, err) == (0, [])
    out = f"--out={tmp_path / 'out'}"
    assert call(TORCH, f"--workdir={tmp_path / 'run'}", out, "--format=safetensors")[0] == 0
    for player, values in found.items():
        read = safetensors.numpy.load_file(tmp_path / "out" / f"{player}.safetensors")
        assert read.keys() == values.keys()
        assert all(np.array_equal(read[key], values[key]) for key in values)
