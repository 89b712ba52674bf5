"""What lies in a folder of pictures: classes, splits, and all that is passed over."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from cwgan_jax.common.errors import DataError
from cwgan_jax.data import names as names_
from cwgan_jax.data.decode import SUFFIXES
from cwgan_jax.data.names import shown

LAYOUT = "give a folder that holds <class>/*.png (or jpg, webp, tif, ...), or train/<class> and test/<class>"
METADATA = ("metadata.csv", "metadata.jsonl", "labels.csv")  # tables about the pictures, see `metadata`

# Names of folders that are splits, not classes, whatever their capitals.
ROLES = {
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


class Part(NamedTuple):
    """The pictures of one split.

    Attributes:
      folder: where they lie.
      files: class -> its pictures, in natural order; the one class "" of pictures without any.
      folders: class -> its folder.
      skipped: what is passed over -> how many files.
      nested: how many pictures lie in subfolders of classes.
    """

    folder: Path
    files: dict[str, list[Path]]
    folders: dict[str, Path]
    skipped: Counter[str]
    nested: int = 0


class Listing(NamedTuple):
    """What lies in a folder of pictures.

    Attributes:
      class_names: C names, in natural order; none if the pictures have no classes.
      train: the training split, or all pictures where there are no splits.
      test: the test split, if it has a folder.
      unused: folders beside the splits.
      skipped: what is passed over -> how many files, in all splits.
      warnings: lines about what is passed over and was perhaps meant to be read.
    """

    class_names: tuple[str, ...]
    train: Part
    test: Part | None
    unused: tuple[str, ...]
    skipped: Counter[str]
    warnings: tuple[str, ...]


def listing(root: Path, *, classes: bool = True) -> Listing:
    """Lists a folder of pictures.

    Folders called train, test, validation (and as `ROLES` has them) are splits if one is the training split
    and another is there, or if there are no other folders. The test split is test, or else validation.
    Every other folder is a class, with all pictures in it and in its subfolders. Where there are pictures,
    but not in folders, they have no class. Classes and pictures are in natural order: "2" comes before "10".
    Hidden files are passed over without a word, other files that are no pictures with one.

    Args:
      root: the folder.
      classes: whether folders are classes; else all pictures are listed, however they lie.

    Raises:
      DataError: there are no pictures, a class has none, or names of classes or splits are unusable.
      OSError: a folder cannot be read.
    """
    roles, unused = split_folders(root)
    held_out = roles.get("test") or roles.get("validation")
    look = _classes if classes else every_picture
    parts = [look(roles.get("train", root)), *([look(held_out)] if held_out else [])]
    if held_out:
        _same_classes(*parts)
    skipped = sum((part.skipped for part in parts), Counter[str]())
    if roles:
        beside = [path for path in _sorted(root) if path.is_file() and path.name not in METADATA]
        skipped["beside the splits"] = len(beside)
    if roles.get("validation") not in (None, held_out):
        unused = [*unused, roles["validation"]]
    return Listing(
        tuple(name for name in parts[0].files if name),
        parts[0],
        parts[1] if held_out else None,
        tuple(path.name for path in unused),
        +skipped,
        tuple(warnings_of(root, skipped)),
    )


def split_folders(root: Path) -> tuple[dict[str, Path], list[Path]]:
    """The folders that are splits, by role, and those that are then not used; none if all are classes."""
    found: dict[str, list[Path]] = {}
    every = folders(root)
    for path in every:
        if role := ROLES.get(path.name.casefold()):
            found.setdefault(role, []).append(path)
    others = [path for path in every if path.name.casefold() not in ROLES]
    if not found or (others and not ("train" in found and len(found) > 1)):
        return {}, []
    for role, paths in found.items():
        if len(paths) > 1:
            both = " and ".join(shown(path.name) for path in paths)
            raise DataError(f"{shown(root)}: {both} can both be the {role} split; rename or remove one")
    if "train" not in found:
        only = ", ".join(shown(path.name) for path in every)
        raise DataError(
            f"{shown(root)}: there is no train split in it, only {only}; call one train, or give the folder"
            " of the classes themselves"
        )
    return {role: paths[0] for role, paths in found.items()}, others


def folders(root: Path) -> list[Path]:
    """The folders in a folder, in natural order."""
    return [path for path in _sorted(root) if path.is_dir()]


def _classes(root: Path) -> Part:
    """The pictures of every class folder; or, where no folder has any, those beside them."""
    entries = _sorted(root)
    loose = [path for path in entries if _is_picture(path) and path.is_file()]
    inside = {folder: _under(folder) for folder in folders(root)}
    if loose and not any(files for files, _ in inside.values()):
        return every_picture(root)
    if not inside:
        raise DataError(f"{shown(root)}: there are no class folders in it, and no pictures; {LAYOUT}")
    called = names_.checked([path.name for path in inside], root)
    by_name = {called[folder.name]: folder for folder in inside}
    files = {name: inside[folder][0] for name, folder in by_name.items()}
    skipped = sum((others for _, others in inside.values()), Counter[str]())
    beside = [path for path in entries if path.is_file() and path.name not in METADATA]
    skipped["beside the class folders"] = len(beside)
    _check_folders(by_name, files)
    nested = sum(file.parent != by_name[name] for name, some in files.items() for file in some)
    return Part(root, files, by_name, skipped, nested)


def every_picture(root: Path) -> Part:
    """All pictures, however they lie, without classes."""
    files, skipped = _under(root)
    if not files:
        raise DataError(f"{shown(root)}: there are no pictures in it; {LAYOUT}")
    return Part(root, {"": files}, {"": root}, skipped)


def _check_folders(by_name: dict[str, Path], files: dict[str, list[Path]]) -> None:
    """Raises DataError for classes without pictures, and for folders that can hardly be meant as classes."""
    if empty := [path for name, path in by_name.items() if not files[name]]:
        listed = ", ".join(shown(path) for path in empty[:_MOST]) + (", ..." if len(empty) > _MOST else "")
        it = "it" if len(empty) == 1 else "them"
        raise DataError(f"{listed}: there are no pictures in {it}; remove {it}, or {LAYOUT}")
    for name, folder in by_name.items():
        inner = dict.fromkeys(file.relative_to(folder).parts[0] for file in files[name])
        direct = any(file.parent == folder for file in files[name])
        if len(by_name) == 1 and len(inner) > 1 and not direct:
            below = ", ".join(f"{shown(folder.name)}/{shown(part)}" for part in list(inner)[:5])
            raise DataError(
                f"{shown(folder)}: it is the only folder, and its pictures lie in {below}"
                f"{', ...' * (len(inner) > 5)}: move them up, or is config.data.dir={shown(folder)} meant?"
            )
        roles = {ROLES.get(part.casefold()) for part in inner}
        if "train" in roles and len(roles - {None}) > 1:
            raise DataError(
                f"{shown(folder)}: there are splits in it, {', '.join(map(shown, inner))}; put them above the"
                f" classes, as in train/{shown(folder.name)}"
            )


def _same_classes(train: Part, test: Part) -> None:
    """Raises DataError for classes of the test split that the training split has not."""
    unknown = [path for name, path in test.folders.items() if name not in train.folders]
    if unknown and ("" in train.folders or "" in test.folders):
        flat, deep = (train, test) if "" in train.folders else (test, train)
        raise DataError(
            f"{shown(flat.folder)}: its pictures have no class, those of {shown(deep.folder)} lie in class"
            " folders; both must be alike"
        )
    if unknown:
        listed = ", ".join(shown(path) for path in unknown[:_MOST])
        names = ", ".join(shown(path.name) for path in unknown[:_MOST])
        raise DataError(
            f"{listed}: there is no class {names} in {shown(train.folder)}; the training split must have"
            " every class"
        )


def warnings_of(root: Path, skipped: Counter[str]) -> Iterator[str]:
    """A warning of pictures of kinds that are not read, by what is passed over."""
    other = {kind: count for kind, count in skipped.items() if kind in _PICTURES}
    if other:
        yield (
            f"{shown(root)}: {sum(other.values()):,} pictures are passed over"
            f" ({', '.join(f'{count:,} {kind}' for kind, count in other.items())}): convert them to PNG or"
            " JPEG to have them read"
        )


def _under(folder: Path, above: tuple[Path, ...] = ()) -> tuple[list[Path], Counter[str]]:
    """All pictures in a folder and its subfolders, in natural order; and kinds of other files."""
    files, skipped, here = list[Path](), Counter[str](), folder.resolve()
    if here in above:  # a link to where it lies
        return files, skipped
    for path in _sorted(folder):
        if path.is_dir():
            more, others = _under(path, (*above, here))
            files += more
            skipped += others
        elif _is_picture(path) and path.is_file():
            files.append(path)
        elif path.name not in METADATA:
            skipped[path.suffix.lower() or "without a suffix"] += 1
    return files, skipped


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES


def _sorted(folder: Path) -> list[Path]:
    return sorted(
        (path for path in folder.iterdir() if not path.name.startswith(".")),
        key=lambda path: names_.natural(path.name),
    )
