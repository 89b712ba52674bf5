"""Images per second of `sample.py`, from latents to u8 images on the host, beside PyTorch's generator.

python benchmarks/sampling.py [--features=64] [--images=1000] [--repeats=5]
"""

import argparse

import common
import jax
import ml_collections
import numpy as np
import torch
import torch_steps

from cwgan_jax import algorithms, config, data, kinds
from cwgan_jax.algorithms import player
from cwgan_jax.data.conditions import of_classes
from cwgan_jax.networks import build
from cwgan_jax.sampling.load import Model


def untrained(features):
    """The default pair for grey images of 32x32 in ten classes, as `sample.py` loads it."""
    cfg = config.resolve(ml_collections.ConfigDict(), {"model.features": str(features)})
    shape, names = (cfg.data.size, cfg.data.size, 1), tuple("0123456789")
    described = data.description("images", shape, of_classes(names))
    state = algorithms.initial(algorithms.make(cfg, kinds.spec_of(cfg, described)), cfg.seed)
    generator = player.variables(state.players["generator"])
    return Model(0, cfg, build(cfg.model, kinds.form_of(described)), generator, names, described)


def main():
    """Measures both in turn, and writes the medians."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--features", type=int, default=64)
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    model = untrained(options.features)
    generator = torch_steps.Setting(options.features, 64).generator.eval()
    each = options.images // 10

    def ours():
        return model.rows(model.classes(range(10)), each, seed=0)

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
