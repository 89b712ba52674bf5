"""Images per second of `sample.py`'s path, noise to u8 pictures on the host, against PyTorch's generator.

python benchmarks/sampling.py [--features=64] [--images=1000] [--repeats=5]
"""

import argparse

import common
import jax
import numpy as np
import torch
import torch_steps

from cwgan_jax.algorithms import step
from cwgan_jax.sampling import generation


def main():
    """Medians in turn."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--features", type=int, default=64)
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    cfg = common.r1(model__features=options.features)
    networks = common.networks_of(cfg)
    variables = generation.variables(step.initial(cfg, networks))
    generator = torch_steps.Setting(options.features, 64).generator.eval()
    each = options.images // 10

    def ours():
        return generation.rows(networks, variables, seed=0, classes=list(range(10)), columns=each, size=100)

    def theirs():
        with torch.no_grad():
            z, y = torch.randn(options.images, 100), torch.arange(10).repeat_interleave(each)
            parts = [
                generator(a.to(torch_steps.DEVICE), b.to(torch_steps.DEVICE)).cpu()
                for a, b in zip(z.split(100), y.split(100), strict=True)
            ]
            return ((torch.cat(parts) + 1) * 127.5).round().to(torch.uint8).numpy()

    seconds = common.in_turn({"cwgan_jax": ours, "PyTorch eager": theirs}, options.repeats)
    middle = common.medians(seconds)
    rates = {name: options.images / value for name, value in middle.items()}
    print({name: float(np.round(rate, 1)) for name, rate in rates.items()}, "images/s")
    result = {"features": options.features, "seconds": seconds, "images_per_second": rates}
    kind = "" if jax.default_backend() == "cpu" else "_gpu"
    common.write(f"sampling{kind}_f{options.features}", common.environment("torch") | result)


if __name__ == "__main__":
    main()
