"""One step of the convolutional pair on signals and on volumes: each implementation and PyTorch, in turn.

python benchmarks/dimensions.py [--only=signals] [--features=16] [--batch=16] [--repeats=5]

Signals of 1024 samples (the pair `signal`, with and without its spectral view) and volumes of 32x32x32 (the
pair `conv`), float32, K = 5, ten classes, on the CPU's cores. Needs the extra `reference`.
"""

import argparse
import sys
from pathlib import Path

import common
import jax
import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from reference import axes, training

from cwgan_jax import algorithms, data, kinds
from cwgan_jax.algorithms import adversarial
from cwgan_jax.data.conditions import of_classes

CASES = {  # architecture, options of it, kind, shape
    "signals": ("signal", {"spectral": False}, "signals", (1024, 1)),
    "signals with their spectrum": ("signal", {"spectral": True}, "signals", (1024, 1)),
    "volumes": ("conv", {}, "volumes", (32, 32, 32, 1)),
}
IMPLEMENTATIONS = ("winograd", "matmul", "xla")
CLASSES, UPDATES = 10, 5


def ours(case, options, implementation):
    """A function that makes one step and waits for it."""
    architecture, own, kind, shape = CASES[case]
    changes = {f"model__{key}": value for key, value in own.items()}
    cfg = common.cwgan_gp_conv(
        model__architecture=architecture,
        model__features=options.features,
        model__implementation=implementation,
        train__batch_size=options.batch,
        **changes,
    )
    described = data.description("points", shape, of_classes([str(i) for i in range(CLASSES)]))
    setting = adversarial.settle(cfg, kinds.spec_of(cfg, described)._replace(kind=kind))
    draw = np.random.default_rng(0)
    example = draw.standard_normal((1, options.batch, *shape)).astype(np.float32)
    label = draw.integers(0, CLASSES, (1, options.batch)).astype(np.int32)
    slot = np.arange(options.batch, dtype=np.int32)
    batch, state = algorithms.Batch({"real": data.Examples(example, label)}, slot), common.initial(setting)
    step = jax.jit(lambda state, batch: adversarial.train_step(setting, state, batch))
    step = step.lower(state, batch).compile()
    return lambda: jax.block_until_ready(step(state, batch))


def theirs(case, options):
    """The same step of the tests' reference."""
    _, own, _, (*lengths, channels) = CASES[case]
    view = own.get("spectral", False)
    pair = axes.pair(100, (CLASSES, 10), (channels, *lengths), options.features, view=view)
    adams = [training.adam(module, 1e-4, 0.0, 0.9) for module in pair]
    real = torch.randn(options.batch, channels, *lengths)
    label = torch.randint(0, CLASSES, (options.batch,))

    def run():
        draws = [
            training.Draw(torch.randn(options.batch, 100), label, torch.rand(options.batch), real, label)
            for _ in range(UPDATES)
        ]
        training.train_step(*pair, *adams, draws, 10.0, updates=UPDATES)

    return run


def main():
    """Measures, prints, writes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="", help="cases whose name begins so")
    parser.add_argument("--features", type=int, default=16)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    rows = {}
    for case in (case for case in CASES if case.startswith(options.only)):
        contenders = {name: ours(case, options, name) for name in IMPLEMENTATIONS}
        contenders["PyTorch eager"] = theirs(case, options)
        seconds = common.in_turn(contenders, options.repeats, say=lambda _: None)
        rows[case] = {"median_seconds": common.medians(seconds), "seconds": seconds}
        shown = ", ".join(f"{name} {value:.3f} s" for name, value in rows[case]["median_seconds"].items())
        print(f"{case}: {shown}", flush=True)
    sizes = {"features": options.features, "batch": options.batch}
    common.write("dimensions", common.environment("torch") | sizes | {"cases": rows})


if __name__ == "__main__":
    main()
