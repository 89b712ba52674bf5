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

from cwgan_jax import config, pretrained
from cwgan_jax.interop import pack
from cwgan_jax.sampling import load

ROOT = Path(__file__).parents[1]
SAMPLES = 10_000
FIGURES = (
    "agreement",
    "frechet",
    "precision",
    "recall",
    "coverage",
    "diversity",
    "modes",
    "modes_kl",
    "nearest",
)


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
}


def card(name, quality):
    """The text of a model card."""
    source = SOURCES[name]
    (run,) = quality["steps"]
    described = config.from_dict(quality["config"])
    model, train = described.model, described.train
    rows = [
        f"| {x['title']} | {x['value']:.4g} | {x['floor']:.4g} |"
        for x in (run["metrics"][key] for key in FIGURES if key in run["metrics"])
    ]
    recipe = "\n".join(f"- {key}: {value}" for key, value in run["recipe"].items())
    size = (pretrained.FOLDER / f"{name}.safetensors").stat().st_size
    return f"""# {name}

{source.title}.

```
python sample.py --pretrained={name}
python train.py --config=... --init={name}     # starts from these weights
```

- **Networks**: `{model.architecture}`, f = {model.features}, latents of {model.latent} numbers; generator and
  critic in {size:,} bytes, kernels in half precision.
- **Training**: {run["step"]:,} steps of {train.batch_size} images, loss `{described.objective.loss}`; every
  option is in the file (`cwgan_jax.checkpoint.packed.about`).
- **Data**: {source.data}.
- **Licence**: {source.licence}.

## Measured

| figure | generated | held-out real images |
|---|---|---|
{chr(10).join(rows)}

How, in the words of `evaluate.py`:

{recipe}

## What it is not for

It has seen nothing but these images: it draws no other writing, and its digits are not those of any
particular person. Whoever trains a classifier on them should test it on real images.
"""


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
        text = card(options.name, json.loads(quality.read_text()))
    path.with_suffix(".md").write_text(text)
    print(f"{path}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
