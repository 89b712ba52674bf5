"""Makes a model that comes with the package: packed weights, measured as they are shipped, and its card.

    python benchmarks/pretrained.py digits --workdir=runs/digits
    python benchmarks/pretrained.py mnist --workdir=runs/mnist_best --data_dir=path/to/mnist

Writes cwgan_jax/pretrained/NAME.safetensors and NAME.md. The figures on the card are those of `evaluate.py`
on the packed file, whose kernels have half precision.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from cwgan_jax import pretrained
from cwgan_jax.interop import pack
from cwgan_jax.publish import card
from cwgan_jax.sampling import load

ROOT = Path(__file__).parents[1]
SAMPLES = 10_000


class Source(NamedTuple):
    """What a card says of the data, and cannot find out.

    Attributes:
      title: what the model draws.
      data: the data set, and where it is from.
      licence: of the data, and what follows for the weights.
    """

    title: str
    data: str
    licence: str


LIMITS = (
    "It has seen nothing but these images: it draws no others, and what it draws is not from any particular\n"
    "person's hand. Whoever trains a classifier on its images should test it on real ones."
)
_MNIST = (
    "the 60,000 training images of MNIST (LeCun, Cortes, Burges), enlarged from 28x28 to 32x32",
    "MNIST is spread under CC BY-SA 3.0, and so are the weights that were trained on it",
)
SOURCES = {
    "digits": Source(
        "Handwritten digits of 16x16 pixels, by class",
        "1,438 of the 1,797 digits that scikit-learn bundles (UCI, Optical Recognition of Handwritten Digits;"
        " E. Alpaydin, C. Kaynak, 1998), enlarged from 8x8 to 16x16",
        "the data are under CC BY 4.0; so are the weights",
    ),
    "mnist": Source("Handwritten digits of 32x32 pixels, by class", *_MNIST),
    "stacked_mnist": Source("Three handwritten digits as red, green and blue, without classes", *_MNIST),
    "letters": Source(
        "Capital letters of 32x32 pixels in many typefaces and two colours, by letter",
        "A to Z drawn in 154 of 176 typefaces of the npm packages @fontsource (`benchmarks/letters.py`)",
        "the typefaces are under the SIL Open Font License 1.1, the Apache License 2.0 or the Ubuntu Font"
        " Licence 1.0, which do not extend to pictures drawn with them; the weights are under Apache-2.0",
    ),
}


def text(name, saved, quality):
    """The text of a model card."""
    source = SOURCES[name]
    (run,) = quality["steps"]
    size = (pretrained.FOLDER / f"{name}.safetensors").stat().st_size
    usage = (
        f"cwgan sample --pretrained={name}",
        f"cwgan play --pretrained={name}",
        f"cwgan train RECIPE --init={name}     # starts from these weights",
    )
    files = ((f"{name}.safetensors", f"generator and critic, {size:,} bytes, kernels in half precision"),)
    about = card.About(name, source.title, source.data, source.licence, usage, LIMITS, files=files)
    return card.text(about, pack.public(saved), run["step"], run)


def main():
    """Packs, measures and describes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("name", choices=SOURCES)
    parser.add_argument("--workdir", type=Path, required=True)
    parser.add_argument("--data_dir", default="")
    options = parser.parse_args()
    saved = load.restore(*load.find(options.workdir), set_up=lambda _: None, warn=print)
    path = pretrained.FOLDER / f"{options.name}.safetensors"
    pack.write(saved, path)
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, str(ROOT / "evaluate.py"), f"--workdir={path}", f"--out={folder}"]
        command += [f"--samples={SAMPLES}", "--nousefulness"]
        if options.data_dir:
            command.append(f"--data_dir={options.data_dir}")
        subprocess.run(command, check=True)
        (quality,) = Path(folder).glob("quality-*.json")
        written = text(options.name, saved, json.loads(quality.read_text()))
    path.with_suffix(".md").write_text(written)
    print(f"{path}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
