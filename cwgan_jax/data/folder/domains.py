"""Folders of two sets of pictures, between which a run translates."""

from collections import Counter
from pathlib import Path

from cwgan_jax.common.errors import DataError
from cwgan_jax.data.folder import listing
from cwgan_jax.data.folder.listing import Listing
from cwgan_jax.data.names import shown

LAYOUT = "give a folder that holds trainA and trainB, and testA and testB if there are such"
_MOST = 20  # folders listed in a message


def found(root: Path, name: str) -> Listing:
    """Lists one of two sets of pictures, as CycleGAN's data have them: those in trainA, or in trainB.

    The test split is testA, or else valA. All pictures of a folder count, however they lie.

    Args:
      root: the folder that holds those of both sets.
      name: A or B.

    Raises:
      DataError: there is no training split, or there are no pictures.
      OSError: a folder cannot be read.
    """
    roles: dict[str | None, Path] = {}
    for path in listing.folders(root):
        if path.name.casefold().endswith(name.casefold()):
            role = listing.ROLES.get(path.name[: -len(name)].rstrip("_-").casefold())
            roles.setdefault(role, path)
    if "train" not in roles:
        there = ", ".join(shown(path.name) for path in listing.folders(root)[:_MOST]) or "no folder"
        raise DataError(
            f"{shown(root)}: there is no train{name} in it, only {there}; config.data.domains=folder takes"
            " trainA and trainB, testA and testB"
        )
    held_out = roles.get("test") or roles.get("validation")
    train, test = listing.every_picture(roles["train"]), listing.every_picture(held_out) if held_out else None
    skipped = train.skipped + (test.skipped if test else Counter[str]())
    return Listing((), train, test, (), +skipped, tuple(listing.warnings_of(root, skipped)))
