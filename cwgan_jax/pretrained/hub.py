"""Models of the Hugging Face Hub: fetched into its own cache, and pushed."""

import re
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
    hub = _library()
    name, _, revision = text.partition("@")
    try:
        found = hub.hf_hub_download(
            name, packed.IN_FOLDER, revision=revision or None, library_name="cwgan_jax"
        )
    except (
        hub.errors.HfHubHTTPError,
        hub.errors.LocalEntryNotFoundError,
        hub.errors.HFValidationError,
        OSError,
    ) as error:
        cause = " ".join(str(error).split())[:200]
        raise CheckpointError(
            f"{text}: there is no such folder here, and no model of that name can be had from the Hub"
            f" ({cause})"
        ) from error
    if packed.about(Path(found)) is None:
        raise CheckpointError(f"{text}: its {packed.IN_FOLDER} is not one of this package")
    return Path(found)


def check(name: str) -> None:
    """Raises ConfigError if nothing can be pushed to owner/name from here."""
    hub = _library()
    if not is_id(name) or "@" in name:
        raise ConfigError(f"--push={name}: it must be owner/name")
    if hub.get_token() is None:
        raise ConfigError(f"--push={name}: nobody is logged in; run hf auth login, or set HF_TOKEN")


def push(folder: Path, name: str, *, private: bool = False) -> str:
    """Uploads a folder as a model repository, which is made if need be.

    Args:
      folder: what to upload, all of it.
      name: owner/name.
      private: whether a new repository is private.

    Returns:
      Its address.

    Raises:
      ConfigError: huggingface_hub is not installed, nobody is logged in, or the Hub refuses.
    """
    check(name)
    hub = _library()
    api = hub.HfApi(library_name="cwgan_jax")
    try:
        address = api.create_repo(name, private=private, exist_ok=True)
        api.upload_folder(repo_id=name, folder_path=folder, commit_message="Upload by cwgan publish")
    except (hub.errors.HfHubHTTPError, hub.errors.HFValidationError, OSError) as error:
        cause = " ".join(str(error).split())[:200]
        raise ConfigError(f"--push={name}: {cause}; the folder {folder} is complete, try again") from error
    return str(address)


def _library() -> Any:
    try:
        import huggingface_hub
        import huggingface_hub.errors
    except ImportError as error:
        raise ConfigError("the Hub needs huggingface_hub: pip install 'cwgan_jax[hub]'") from error
    return huggingface_hub
