"""Models of the Hugging Face Hub: fetched into its own cache, and pushed."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cwgan_jax.checkpoint import packed
from cwgan_jax.common.errors import CheckpointError, ConfigError

_ID = re.compile(r"[\w.-]+/[\w.-]+(@[\w./-]+)?")


def is_id(text: str) -> bool:
    """Whether a text has the form owner/name, or owner/name@revision."""
    return bool(_ID.fullmatch(text))


def fetch(text: str) -> Path:
    """The packed file of a model of the Hub; what was fetched before is not fetched again.

    Args:
      text: owner/name, or owner/name@revision.

    Raises:
      ConfigError: huggingface_hub is not installed.
      CheckpointError: there is no such model, it is none of this package, or the Hub cannot be reached.
    """
    hub = _library(f"{text}: there is no such folder here")
    name, _, revision = text.partition("@")
    try:
        found = hub.hf_hub_download(
            name, packed.IN_FOLDER, revision=revision or None, library_name="cwgan_jax"
        )
    except Exception as error:  # of its HTTP library, which changes from version to version, too
        cause = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        raise CheckpointError(
            f"{text}: there is no such folder here, and no model of that name can be had from the Hub"
            f" ({cause})"
        ) from error
    mark = packed.about(Path(found))
    if mark is None:
        raise CheckpointError(f"{text}: its {packed.IN_FOLDER} is not one of this package")
    parts = [part for part in mark["about"]["data"].get("conditions", ()) if isinstance(part, dict)]
    named = [str(part.get("encoder") or "") for part in parts]
    if folders := [name for name in named if name and Path(name).exists()]:
        raise CheckpointError(
            f"{text}: reads its captions with what lies in {folders[0]} on this machine; a model of the Hub"
            " may name an encoder of the Hub only"
        )
    return Path(found)


def check(name: str) -> None:
    """Raises ConfigError if nothing can be pushed to owner/name from here."""
    hub = _library(f"--push={name}")
    if not is_id(name) or "@" in name:
        raise ConfigError(f"--push={name}: it must be owner/name")
    if hub.get_token() is None:
        raise ConfigError(f"--push={name}: nobody is logged in; run hf auth login, or set HF_TOKEN")


def push(folder: Path, files: Sequence[Path], name: str, *, private: bool = False) -> str:
    """Uploads files as a model repository, which is made if need be.

    Args:
      folder: where the files are.
      files: what to upload, and nothing else of the folder.
      name: owner/name.
      private: whether a new repository is private.

    Returns:
      Its address.

    Raises:
      ConfigError: huggingface_hub is not installed, nobody is logged in, or the Hub refuses.
    """
    check(name)
    hub = _library(f"--push={name}")
    api = hub.HfApi(library_name="cwgan_jax")
    try:
        address = api.create_repo(name, private=private, exist_ok=True)
        api.upload_folder(
            repo_id=name,
            folder_path=folder,
            allow_patterns=[path.relative_to(folder).as_posix() for path in files],
            commit_message="Upload by cwgan publish",
        )
    except Exception as error:  # of its HTTP library, which changes from version to version, too
        cause = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        raise ConfigError(f"--push={name}: {cause}; the folder {folder} is complete, try again") from error
    return str(address)


def _library(what: str) -> Any:
    """huggingface_hub; ConfigError, which begins with `what`, if it is not installed."""
    try:
        import huggingface_hub
    except ImportError as error:
        raise ConfigError(f"{what}: the Hub needs huggingface_hub: pip install huggingface_hub") from error
    return huggingface_hub
