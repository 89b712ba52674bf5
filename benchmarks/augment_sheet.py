"""Augmented real pictures to look at: each kind of transformation in a row, at strength 1.

python benchmarks/augment_sheet.py [--data_dir=path/to/mnist] [--output=docs/images/augment.png]

Digits of MNIST (of the bundled set without --data_dir) and one photograph (scikit-learn's flower), at 32x32
and 64x64. The first picture of a row is as it was.
"""

import argparse
import functools
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from PIL import Image
from sklearn.datasets import load_sample_image

from cwgan_jax import config, data
from cwgan_jax.data.codec import PIXELS
from cwgan_jax.objectives import augment
from cwgan_jax.pictures import sheets

ROOT = Path(__file__).parents[1]
ROWS = ("blit", "geom", "color", "filter", "noise", "cutout", "bgc", "bgcfnc", "diffaugment")
COLUMNS = 5


def digits(folder):
    """Some images u8[COLUMNS, 32, 32, 1], each of another class."""
    section = config.Data(name="mnist" if folder else "digits", dir=folder, size=32)
    dataset = data.load(section, "train")
    return dataset.image[[np.flatnonzero(dataset.label == c)[1] for c in range(COLUMNS)]]


def flowers():
    """The same part of a photograph u8[COLUMNS, 64, 64, 3], in colours."""
    whole = Image.fromarray(load_sample_image("flower.jpg")).crop((150, 0, 550, 400))
    return np.stack([np.asarray(whole.resize((64, 64), Image.Resampling.LANCZOS))] * COLUMNS)


@functools.partial(jax.jit, static_argnums=0)
def changed(name, image):
    """u8[N, H, W, D], each with draws of its own, at strength 1."""
    pipeline = augment.PIPELINES[name]

    def one(key, x):
        numbers = augment.numbers(pipeline, key, jnp.float32)
        return augment.apply(pipeline, augment.draw(pipeline, numbers, 1.0, x.shape), x)

    keys = jax.random.split(jax.random.key(0), len(image))
    return PIXELS.decode(jax.vmap(one)(keys, PIXELS.encode(image, jnp.dtype(jnp.float32))))


def main():
    """Writes the sheet."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data_dir", default="")
    parser.add_argument("--output", type=Path, default=ROOT / "docs/images/augment.png")
    options = parser.parse_args()
    grey = np.repeat(np.repeat(digits(options.data_dir), 2, axis=1), 2, axis=2)  # as tall as the others
    panels = []
    for title, image, small in (("digits", grey, digits(options.data_dir)), ("photograph", flowers(), None)):
        rows = [image]
        for name in ROWS:
            found = np.asarray(changed(name, image if small is None else small))
            rows.append(found if small is None else np.repeat(np.repeat(found, 2, axis=1), 2, axis=2))
        rows = np.stack(rows)
        rows = np.repeat(rows, 3, axis=-1) if rows.shape[-1] == 1 else rows
        panels.append(sheets.Panel(title, rows))
    sheets.sheet(panels, row_names=("as it is", *ROWS)).save(options.output, optimize=True)
    print(f"written to {options.output}")


if __name__ == "__main__":
    main()
