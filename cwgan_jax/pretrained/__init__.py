"""Trained models that come with the package: `sample.py --pretrained=digits`, `train.py --init=digits`.

Each is a packed file (`checkpoint.packed`), NAME.safetensors, with a model card beside it, NAME.md.
`benchmarks/pretrained.py` makes both.
"""

from pathlib import Path

from cwgan_jax.checkpoint import packed
from cwgan_jax.common.errors import ConfigError
from cwgan_jax.pretrained import hub

FOLDER = Path(__file__).parent


def names() -> list[str]:
    """The models there are."""
    return sorted(path.stem for path in FOLDER.glob(f"*{packed.SUFFIX}"))


def path(name: str) -> Path:
    """The file of a model: one that comes along, or owner/name of the Hugging Face Hub.

    Raises:
      ConfigError: there is no such model.
      CheckpointError: the Hub has none, see `hub.fetch`.
    """
    if hub.is_id(name):
        return hub.fetch(name)
    if name not in names():
        raise ConfigError(
            f"--pretrained={name}: there is no such model; it must be one of: {', '.join(names())}; or"
            " owner/name of the Hugging Face Hub"
        )
    return FOLDER / f"{name}{packed.SUFFIX}"


def resolved(text: str) -> Path:
    """A path that exists, else the file of the model of that name, else the path all the same.

    A text like runs/x is a name of the Hub only if there is no folder runs here.
    """
    found = Path(text)
    named = text in names() or (hub.is_id(text) and not found.parent.exists())
    return path(text) if named and not found.exists() else found
