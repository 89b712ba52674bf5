"""What `model.precision=bfloat16` does to the terms of the loss: the same steps in both, side by side.

python benchmarks/precision.py [--features=16] [--steps=10]
"""

import argparse

import common
import jax
import numpy as np


def main():
    """Prints and writes each metric in both precisions, and how far they are apart."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--features", type=int, default=16)
    parser.add_argument("--steps", type=int, default=10)
    options = parser.parse_args()
    found = {}
    for precision in ("full", "bfloat16"):
        cfg = common.cwgan_gp_conv(model__features=options.features, model__precision=precision)
        function, state, batch, _ = common.compiled_step(common.setting_of(cfg))
        rows = []
        for _ in range(options.steps):
            state, metrics = function(state, batch)
            rows.append(jax.device_get(metrics))
        found[precision] = {name: [float(row[name]) for row in rows] for name in rows[0]}
    for name, values in found["full"].items():
        pairs = np.array([values, found["bfloat16"][name]])
        apart = np.abs(pairs[1] - pairs[0]) / np.abs(pairs[0])
        first, last = (
            f"{pairs[0, 0]:.5f} {pairs[1, 0]:.5f}",
            f"apart {apart[0]:.1e}, at most {apart.max():.1e}",
        )
        print(f"{name:15} step 1: {first}, {last}")
    common.write("precision", common.environment() | {"features": options.features} | found)


if __name__ == "__main__":
    main()
