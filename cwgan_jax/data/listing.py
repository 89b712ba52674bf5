"""What lies in a folder of pictures: classes, splits, and all that is passed over."""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from cwgan_jax.common.errors import DataError
from cwgan_jax.data import names as names_
from cwgan_jax.data.decode import SUFFIXES
from cwgan_jax.data.names import shown

LAYOUT = "give a folder that holds <class>/*.png (or jpg, webp, tif, ...), or train/<class> and test/<class>"

# Names of folders that are splits, not classes, whatever their capitals.
_ROLES = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("test", "testing"), "test"),
    **dict.fromkeys(("validation", "valid", "val", "dev", "eval"), "validation"),
}

# Kinds of files that are pictures, though not of a kind that is read.
_PICTURES = (
    *(".avif", ".heic", ".heif", ".jp2", ".j2k", ".jxl", ".svg", ".psd", ".tga", ".ico", ".pcx", ".exr"),
    *(".hdr", ".dng", ".cr2", ".nef", ".arw", ".raw", ".eps", ".npy"),
)

_MOST = 20  # folders listed in a message

Labelled = list[tuple[Path, int]]


class Listing(NamedTuple):
    """The pictures of both splits.

    Attributes:
      class_names: C names, in natural order.
      train: files with their labels.
      test: the same of the test split.
      splits: where the splits come from, in words.
      skipped: what is passed over -> how many files.
      warnings: lines about what is passed over and was perhaps meant to be read.
    """

    class_names: tuple[str, ...]
    train: Labelled
    test: Labelled
    splits: str
    skipped: Counter[str]
    warnings: tuple[str, ...]


class _Classes(NamedTuple):
    """One folder of class folders: their pictures, and what lies between these."""

    files: dict[str, list[Path]]
    folders: dict[str, Path]
    skipped: Counter[str]
    nested: Counter[str]


def listing(root: Path) -> Listing:
    """Lists a folder of class folders.

    Folders called train, test, validation (and as `_ROLES` has them) are splits if one is the training split
    and another is there, or if there are no other folders. The test split is test, or else validation. Where
    there is none, every tenth picture of each class in the order of the file names is; of fewer than ten
    pictures, but more than one, the last. Classes and pictures are in natural order: "2" comes before "10".
    Hidden files are passed over without a word, other files that are no pictures with one.

    Raises:
      DataError: there are no classes, a class has no pictures, or names of classes or splits are unusable.
      OSError: a folder cannot be read.
    """
    roles, unused = _split_folders(root, [path for path in _sorted(root) if path.is_dir()])
    if "validation" in roles and "test" in roles:
        unused.append(roles.pop("validation"))
    held_out = roles.get("test") or roles.get("validation")
    parts = [_classes(roles.get("train", root)), *([_classes(held_out)] if held_out else [])]
    train = parts[0].files
    if held_out:
        _same_classes(*parts)
        test = parts[1].files
    else:
        test = {name: files[9::10] or files[1:][-1:] for name, files in train.items()}
        taken = {file for files in test.values() for file in files}
        train = {name: [file for file in files if file not in taken] for name, files in train.items()}
    number = {name: i for i, name in enumerate(train)}
    one, other = ([(f, number[name]) for name, fs in part.items() for f in fs] for part in (train, test))
    origin = f"from {shown(held_out.name)}/" if held_out else "every tenth of a class"
    splits = f"{len(one):,} pictures to train with, {len(other):,} to test ({origin})"
    splits += f"; not used: {', '.join(shown(path.name) + '/' for path in unused)}" if unused else ""
    skipped = sum((part.skipped for part in parts), Counter[str]())
    skipped["beside the splits"] = sum(path.is_file() for path in _sorted(root)) if roles else 0
    nested = sum((part.nested for part in parts), Counter[str]())
    warnings = tuple(_warnings(root, skipped, nested))
    skipped += Counter({"in subfolders of classes": nested.total()})
    return Listing(tuple(train), one, other, splits, skipped, warnings)


def _split_folders(root: Path, folders: list[Path]) -> tuple[dict[str, Path], list[Path]]:
    """The folders that are splits, by role, and those that are then not used; none if all are classes."""
    found: dict[str, list[Path]] = {}
    for path in folders:
        if role := _ROLES.get(path.name.casefold()):
            found.setdefault(role, []).append(path)
    others = [path for path in folders if path.name.casefold() not in _ROLES]
    if not found or (others and not ("train" in found and len(found) > 1)):
        return {}, []
    for role, paths in found.items():
        if len(paths) > 1:
            both = " and ".join(shown(path.name) for path in paths)
            raise DataError(f"{shown(root)}: {both} can both be the {role} split; rename or remove one")
    if "train" not in found:
        only = ", ".join(shown(path.name) for path in folders)
        raise DataError(
            f"{shown(root)}: there is no train split in it, only {only}; call one train, or give the folder"
            " of the classes themselves"
        )
    return {role: paths[0] for role, paths in found.items()}, others


def _classes(root: Path) -> _Classes:
    """Lists the pictures of every class folder, in natural order."""
    entries = _sorted(root)
    folders = [path for path in entries if path.is_dir()]
    if not folders:
        lone = sum(path.suffix.lower() in SUFFIXES for path in entries)
        have = f", only {lone:,} pictures without a class" if lone else ""
        raise DataError(f"{shown(root)}: there are no class folders in it{have}; {LAYOUT}")
    called = names_.checked([path.name for path in folders], root)
    result = _Classes({}, {}, Counter(), Counter())
    result.skipped["beside the class folders"] += len(entries) - len(folders)
    for folder in folders:
        files = result.files[called[folder.name]] = []
        result.folders[called[folder.name]] = folder
        for path in _sorted(folder):
            if path.is_dir():
                result.nested[f"{folder.name}/{path.name}"] += sum(1 for _ in _pictures_under(path))
            elif path.suffix.lower() in SUFFIXES and path.is_file():
                files.append(path)
            else:
                result.skipped[path.suffix.lower() or "without a suffix"] += 1
    _none_empty(root, result)
    return result


def _none_empty(root: Path, classes: _Classes) -> None:
    empty = [path for name, path in classes.folders.items() if not classes.files[name]]
    if not empty:
        return
    listed = ", ".join(shown(path) for path in empty[:_MOST]) + (", ..." if len(empty) > _MOST else "")
    it, its = ("it", "its") if len(empty) == 1 else ("them", "their")
    hint = f"remove {it}, or {LAYOUT}"
    if below := [shown(name) for name, count in classes.nested.items() if count]:
        hint = f"{its} pictures lie in {', '.join(below[:5])}{', ...' * (len(below) > 5)}: move them up"
        hint += f", or is config.data.dir={shown(empty[0])} meant?" if len(classes.folders) == 1 else ""
    raise DataError(f"{listed}: there are no pictures in {it}; {hint}")


def _same_classes(train: _Classes, test: _Classes) -> None:
    """Raises DataError for classes of the test split that the training split has not."""
    unknown = [path for name, path in test.folders.items() if name not in train.folders]
    if unknown:
        listed = ", ".join(shown(path) for path in unknown[:_MOST])
        names = ", ".join(shown(path.name) for path in unknown[:_MOST])
        there = shown(next(iter(train.folders.values())).parent)
        raise DataError(
            f"{listed}: there is no class {names} in {there}; the training split must have every class"
        )


def _warnings(root: Path, skipped: Counter[str], nested: Counter[str]) -> Iterator[str]:
    other = {kind: count for kind, count in skipped.items() if kind in _PICTURES}
    if other:
        yield (
            f"{shown(root)}: {sum(other.values()):,} pictures are passed over"
            f" ({', '.join(f'{count:,} {kind}' for kind, count in other.items())}): convert them to PNG or"
            " JPEG to have them read"
        )
    if places := [name for name, count in nested.items() if count]:
        listed = ", ".join(shown(name) for name in places[:5]) + (", ..." if len(places) > 5 else "")
        yield (
            f"{shown(root)}: {nested.total():,} pictures are passed over because they lie in subfolders of"
            f" classes ({listed}): move them up to have them read"
        )


def _pictures_under(folder: Path) -> Iterator[str]:
    for _, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (
            name
            for name in files
            if not name.startswith(".") and os.path.splitext(name)[1].lower() in SUFFIXES
        )


def _sorted(folder: Path) -> list[Path]:
    return sorted(
        (p for p in folder.iterdir() if not p.name.startswith(".")),
        key=lambda path: names_.natural(path.name),
    )
