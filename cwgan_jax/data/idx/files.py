"""Where files of the MNIST format lie and what they are called, by the habits of those who pass them on."""

import os
from collections.abc import Iterator
from pathlib import Path

from cwgan_jax import config

# (split, content) -> the original file name, without `.gz`.
FILES = {
    ("train", "images"): "train-images-idx3-ubyte",
    ("train", "labels"): "train-labels-idx1-ubyte",
    ("test", "images"): "t10k-images-idx3-ubyte",
    ("test", "labels"): "t10k-labels-idx1-ubyte",
}

# Folders in which torchvision keeps them.
_TORCHVISION = {
    "mnist": "MNIST",
    "fashion_mnist": "FashionMNIST",
    "kmnist": "KMNIST",
    "emnist": "EMNIST",
    "qmnist": "QMNIST",
}


def family(name: str) -> tuple[str, str]:
    """A name of TFDS's kind, without its version: `emnist/letters:3.1.0` -> ("emnist", "letters")."""
    base, _, part = name.partition("/")
    base, part = base.partition(":")[0], part.partition(":")[0]
    return base, part or ("byclass" if base == "emnist" else "")


def prefix(name: str) -> str:
    """What the names of a data set's files begin with."""
    base, part = family(name)
    return {"emnist": f"emnist-{part}-", "qmnist": "qmnist-"}.get(base, "")


def archive(data: config.Data) -> Path | None:
    """The NumPy archive of a data set, `mnist.npz`, if it is there."""
    path = Path(os.path.expanduser(data.dir)) / f"{family(data.name)[0]}.npz"
    return path if data.dir and os.path.isfile(path) else None


def found(data: config.Data) -> bool:
    """Whether any of the four files is there."""
    return any(find(data, *which) for which in FILES)


def find(data: config.Data, split: str, content: str) -> Path | None:
    """One of the four files, or None: original names first, and the data folder before those in it."""
    if not data.dir:
        return None
    paths = (place / name for place in _places(data) for name in _names(data.name, split, content))
    # os.path takes a folder that may not be entered for a missing one; pathlib raises.
    return next((path for path in paths if os.path.isfile(path)), None)


def near(folder: Path) -> list[str]:
    """Names of data sets of which files are in a folder, by the beginnings of their names."""
    present = os.listdir(folder) if os.path.isdir(folder) else []
    parts = {name.split("-")[1] for name in present if name.startswith("emnist-") and name.count("-") > 2}
    return [f"emnist/{part}" for part in sorted(parts)] + ["qmnist"] * any(
        name.startswith("qmnist-") for name in present
    )


def _places(data: config.Data) -> Iterator[Path]:
    folder = Path(os.path.expanduser(data.dir))
    yield folder
    yield folder / "raw"
    if own := _TORCHVISION.get(family(data.name)[0]):
        yield folder / own / "raw"
        yield folder / own


def _names(data_name: str, split: str, content: str) -> Iterator[Path]:
    stems = ("train",) if split == "train" else ("t10k", "test")
    kinds = ["idx3-ubyte"] if content == "images" else ["idx1-ubyte", "idx2-int"]
    for stem in stems:
        for kind in kinds:
            for joint in "-.":  # Kaggle's copies have a full stop
                name = f"{prefix(data_name)}{stem}-{content}{joint}{kind}"
                yield Path(name)
                yield Path(f"{name}.gz")
                yield Path(name, name)  # Kaggle unpacks into a folder of the same name
