"""Trained models that come with the package: `sample.py --pretrained=digits`, `train.py --init=digits`.

Each is a packed file (`checkpoint.packed`), NAME.safetensors, with a model card beside it, NAME.md.
`benchmarks/pretrained.py` makes both.
"""

from pathlib import Path

from cwgan_jax.checkpoint import packed
from cwgan_jax.common.errors import ConfigError

FOLDER = Path(__file__).parent


def names() -> list[str]:
    """The models there are."""
    return sorted(path.stem for path in FOLDER.glob(f"*{packed.SUFFIX}"))


def path(name: str) -> Path:
    """The file of a model.

    Raises:
      ConfigError: there is no such model.
    """
    if name not in names():
        raise ConfigError(
            f"--pretrained={name}: there is no such model; it must be one of: {', '.join(names())}"
        )
    return FOLDER / f"{name}{packed.SUFFIX}"


def resolved(text: str) -> Path:
    """A path that exists, else the file of the model of that name, else the path all the same."""
    found = Path(text)
    return path(text) if not found.exists() and text in names() else found
