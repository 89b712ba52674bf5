"""Training with data included: this project's loop against PyTorch with a DataLoader, in turn.

python benchmarks/epoch.py [--features=16] [--images=9600] [--repeats=3] [--mnist=../shared/data/mnist]

An "epoch" is `--images` images of MNIST (all 60,000 for a whole one). Needs the extra `reference`.
"""

import argparse
import time

import common
import jax
import torch
import torch_steps

from cwgan_jax import config, data


class Pictures(torch.utils.data.Dataset):
    """What torchvision's MNIST with ToTensor and Normalize gives."""

    def __init__(self, dataset):
        self.image, self.label = dataset.image, dataset.label

    def __len__(self):
        """N."""
        return len(self.label)

    def __getitem__(self, i):
        """One image f[D, H, W] in [-1, 1] and its label."""
        return torch.from_numpy(self.image[i]).permute(2, 0, 1).float() / 127.5 - 1, int(self.label[i])


def ours(options, dataset):
    """One epoch as `train.py` makes it: indices on the host, the data on the device."""
    runner, state = common.runner_of(common.cwgan_gp_conv(model__features=options.features), dataset)
    place = {"state": state, "n": 0}

    def run():
        host = 0.0
        for _ in range(options.images // 64):
            start = time.perf_counter()
            index = data.indices(0, place["n"], 1, len(dataset.label), 64)
            host += time.perf_counter() - start
            place["state"], metrics = runner(place["state"], {"real": index})
            place["n"] += 1
        jax.block_until_ready(metrics)
        run.host = host

    return run


def theirs(options, dataset, workers):
    """One epoch with a DataLoader of so many workers."""
    setting = torch_steps.Setting(options.features, 64)
    make = torch_steps.compiled if options.compiled else torch_steps.eager
    one = make(setting)
    loader = torch.utils.data.DataLoader(
        Pictures(dataset),
        64,
        shuffle=True,
        drop_last=True,
        num_workers=workers,
        persistent_workers=workers > 0,
    )

    def run():
        for i, (image, label) in enumerate(loader):
            if i == options.images // 64:
                break
            setting.real, setting.label = image.to(torch_steps.DEVICE), label.to(torch_steps.DEVICE)
            one()
        torch_steps.wait()

    return run


def main():
    """Medians of the epochs, and what the host does between two calls."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--features", type=int, default=16)
    parser.add_argument("--images", type=int, default=9600)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--mnist", default="../shared/data/mnist")
    parser.add_argument("--compiled", action="store_true", help="torch.compile on PyTorch's side")
    options = parser.parse_args()
    dataset = data.load(config.Data(name="mnist", dir=options.mnist), "train")
    dataset = data.Dataset(
        dataset.image[: options.images], dataset.condition[: options.images], dataset.schema
    )
    mine = ours(options, dataset)
    kind = "compiled" if options.compiled else "eager"
    runs = {"cwgan_jax": mine} | {
        f"PyTorch {kind}, {workers} workers": theirs(options, dataset, workers) for workers in (0, 1, 2)
    }
    seconds = common.in_turn(runs, options.repeats, say=lambda line: print(line, flush=True))
    middle = common.medians(seconds)
    best = min(value for name, value in middle.items() if name != "cwgan_jax")
    result = common.environment("torch") | {
        "features": options.features,
        "images": options.images,
        "seconds": seconds,
        "median_seconds": middle,
        "ratio_to_the_best": best / middle["cwgan_jax"],
        "host_share": mine.host / middle["cwgan_jax"],
    }
    for name, value in middle.items():
        print(f"{name:30}{value:9.1f} s {options.images / value:8.0f} images/s")
    print(f"ratio {result['ratio_to_the_best']:.2f}, host work {result['host_share']:.2%}")
    kind = ("" if jax.default_backend() == "cpu" else "_gpu") + ("_compiled" if options.compiled else "")
    common.write(f"epoch{kind}_f{options.features}", result)


if __name__ == "__main__":
    main()
