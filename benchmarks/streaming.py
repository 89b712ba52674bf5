"""A data set streamed from disk against the same one in memory: speed of the steps, memory over the epochs.

python benchmarks/streaming.py [--images=100000] [--features=16] [--steps=40] [--rounds=5] [--epochs=10]

Synthetic pictures, one PNG file each, in a temporary folder. The steps are taken in turn: so many with the
images in memory, so many streamed. Memory: resident size of the process after each epoch of reading.
"""

import argparse
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import common
import jax
import numpy as np
from PIL import Image

from cwgan_jax import data

CLASSES = 10


def write(folder, count):
    """Pictures of noise, 28x28 and grey, ten classes."""

    def one(i):
        pixels = np.random.default_rng(i).integers(0, 256, (28, 28), np.uint8)
        Image.fromarray(pixels).save(folder / f"{i % CLASSES}" / f"{i}.png", compress_level=1)

    for name in range(CLASSES):
        (folder / f"{name}").mkdir()
    with ThreadPoolExecutor() as pool:
        for _ in pool.map(one, range(count), chunksize=1000):
            pass


def resident_mib():
    """Of this process, now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20


def steps_of(config, dataset, count):
    """A function that makes `count` steps and waits for them."""
    runner, state = common.runner_of(config, dataset)
    batch, made = config.train.batch_size, 0

    def batches():
        if dataset.resident:
            n = 0
            while True:
                yield data.indices(config.seed, n, 1, dataset.size, batch)
                n += 1
        order = {"first": 0, "stop": 2**30, "count": 1, "batch": batch}
        yield from data.batches(dataset.image, config.seed, **order, share=slice(0, batch))

    feed = batches()

    def run():
        nonlocal state, made
        for _ in range(count):
            state, metrics = runner(state, {"real": next(feed)})
            made += 1
            if made % 2 == 0:  # as the loop does, which looks at the metrics a call late
                jax.block_until_ready(metrics)
        jax.block_until_ready(state)

    return run


def read(dataset, config, epochs):
    """MiB after each epoch of reading, and images/s."""
    count, batch = len(dataset.label), config.train.batch_size
    used, start = [], time.perf_counter()
    order = {"first": 0, "stop": epochs * count // batch, "count": 1, "batch": batch}
    for n, _ in enumerate(data.batches(dataset.image, config.seed, **order, share=slice(0, batch)), start=1):
        if n * batch // count > (n - 1) * batch // count:
            used.append(resident_mib())
            print(f"epoch {len(used)}: {used[-1]:.0f} MiB", flush=True)
    return used, n * batch / (time.perf_counter() - start)


def main():
    """Measures, prints, writes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--images", type=int, default=100_000)
    parser.add_argument("--features", type=int, default=16)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=10)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), options.images)
        places = {"data__name": "folder", "data__dir": folder, "data__channels": 1}
        streamed = common.cwgan_gp_conv(**places, model__features=options.features, data__resident_mib=0)
        resident = common.cwgan_gp_conv(**places, model__features=options.features)
        lazy, whole = data.load(streamed.data, "train"), data.load(resident.data, "train")
        used, rate = read(lazy, streamed, options.epochs)
        runs = {
            "in memory": steps_of(resident, whole, options.steps),
            "streamed": steps_of(streamed, lazy, options.steps),
        }
        seconds = common.in_turn(runs, options.rounds)
    middle = common.medians(seconds)
    images = options.steps * resident.train.batch_size
    result = common.environment() | {
        "images": options.images,
        "features": options.features,
        "images_per_second": {name: images / value for name, value in middle.items()},
        "share": middle["in memory"] / middle["streamed"],
        "seconds": seconds,
        "reading_alone_images_per_second": rate,
        "mib_after_each_epoch": used,
    }
    print("\n".join(f"{key}: {value}" for key, value in result.items() if key != "seconds"))
    common.write("streaming", result)


if __name__ == "__main__":
    main()
