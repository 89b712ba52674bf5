"""Writes the golden values: three steps of the PyTorch reference for every case, numpy files without pickles.

python tests/reference/golden.py [DIR [CASE ...]]      default tests/golden, and all cases

The same bytes on every x86-64 machine: one thread, and the code paths for processors without extensions.
"""

import os
import sys
from pathlib import Path

os.environ |= {
    "ATEN_CPU_CAPABILITY": "default",
    "MKL_CBWR": "COMPATIBLE",
    "ONEDNN_MAX_CPU_ISA": "SSE41",
    "MKL_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
}
TESTS = Path(__file__).parents[1]
sys.path.insert(0, str(TESTS))

import conftest  # noqa: F401 - jax's settings for tests
import jax
import numpy as np
import torch

from reference import bridge, cases, inputs, training


def main(folder, names):
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    folder.mkdir(exist_ok=True)
    for name in names or cases.CASES:
        with jax.enable_x64(True):
            np.savez(folder / f"{name}.npz", **golden(name))


def golden(name):
    """Everything that the check needs: weights before and after, draws, images, losses."""
    setting, dataset = cases.case(name)
    cfg, pair = setting.config, bridge.modules(setting)
    draw = np.random.default_rng(1)
    for module in pair:
        fill(module, draw)
    found = weights("before", pair)
    adams, losses, draws = bridge.adams(cfg, pair), [], []
    for n in range(cases.STEPS):
        step_draws = bridge.draws(setting, n, inputs.batch(cfg, dataset, n))
        draws.append(step_draws)
        updates, weight = cfg.objective.critic_updates, cfg.objective.penalties.interpolates.weight
        losses.append(training.train_step(*pair, *adams, step_draws, weight, updates=updates))
    for field in training.Losses._fields:
        found[f"loss/{field}"] = np.array([getattr(x, field).item() for x in losses])
    for field in ("latent", "fake_label", "weight"):
        found[f"draw/{field}"] = np.array([[getattr(x, field).numpy() for x in xs] for xs in draws])
    found |= weights("after", pair)
    first, (generator, critic) = draws[0][0], pair
    with torch.no_grad():
        found["after/image"] = generator.eval()(first.latent, first.fake_label).numpy()
        found["after/score"] = critic(first.real, first.label).numpy()
    return found


def fill(module, draw):
    """Values without special ones among them; `draw.uniform` gives the same bits everywhere."""
    with torch.no_grad():
        for layer in module.modules():
            norm = isinstance(layer, torch.nn.BatchNorm1d | torch.nn.BatchNorm2d)
            own = [*layer.named_parameters(recurse=False), *layer.named_buffers(recurse=False)]
            for name, value in own:
                middle = 1 if norm and name in ("weight", "running_var") else 0
                if value.ndim:
                    value.copy_(torch.tensor(draw.uniform(middle - 0.3, middle + 0.3, value.shape)))


def weights(when, pair):
    return {
        f"{when}/{network}/{name}": value.numpy(force=True).copy()
        for network, module in zip(("generator", "critic"), pair, strict=True)
        for name, value in module.state_dict().items()
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else TESTS / "golden", sys.argv[2:])
