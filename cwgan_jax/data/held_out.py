"""Which examples of a file are held out: a share of them, always the same, or those that the file names."""

import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from cwgan_jax.common.errors import DataError
from cwgan_jax.data.files import File, open_file
from cwgan_jax.data.names import shown
from cwgan_jax.data.order import permutation

_NUMBER = re.compile(r"\d*\.?\d+(e-?\d+)?", re.IGNORECASE)
_FEW = 20  # different numbers, up to which they may be classes
_FILES = (".npy", ".txt")
_WORDS = {"test": True, "train": False, "val": True, "validation": True, "true": True, "false": False}
_WORDS |= {"1": True, "0": False}


def share_of(asked: str) -> float | None:
    """The share that `data.test` asks for; None: it names something else.

    Raises:
      DataError: it is no number in [0, 1).
    """
    if not _NUMBER.fullmatch(asked):
        return None
    if not 0 <= float(asked) < 1:
        raise DataError(f"config.data.test={asked}: a share must be at least 0, and below 1, such as 0.1")
    return float(asked)


def by_share(share: float, count: int, classes: np.ndarray | None) -> np.ndarray:
    """Marks held-out examples: bool[N], always the same ones.

    Args:
      share: of the examples, in [0, 1).
      count: N.
      classes: i[N], in each of which the share is the same; None: there are no classes.
    """
    numbers = np.zeros(count, int) if classes is None else classes
    test = np.zeros(count, bool)
    for number in np.unique(numbers):
        members = np.flatnonzero(numbers == number)
        order = permutation(0, int(number), len(members))
        test[members[order[: round(share * len(members))]]] = True
    if share and count > 1 and not test.any():  # few of every class
        several = np.bincount(numbers)[numbers] > 1 if classes is not None else np.ones(count, bool)
        test[[i for i in permutation(0, 0, count) if several[i]][:1]] = True
    return test


def without_unseen(test: np.ndarray, columns: Iterable[np.ndarray]) -> np.ndarray:
    """The marks but for examples with a category that no other part of the data would have.

    Args:
      test: marks of a share of the examples, bool[N].
      columns: [N] each; categories are text, bools and few different numbers.
    """
    test = test.copy()
    for column in columns:
        if column.ndim != 1 or column.dtype.kind not in "bOUiuf":
            continue
        numeric = column.dtype.kind in "iuf"
        different, values = np.unique(column if numeric else column.astype(str), return_inverse=True)
        if len(different) <= (_FEW if numeric else max(_FEW, len(values) / 2)):
            test &= np.isin(values, values[~test])
    return test


def by_name(name: str, file: File, count: int) -> np.ndarray:
    """Marks the held-out examples that an array of the file, or a file of numbers beside it, names.

    Args:
      name: of an array or column; or of a file, .npy or .txt, as seen from the folder that the data are in.
      file: the data.
      count: N.

    Returns:
      bool[N].

    Raises:
      DataError: there is none of this name, or its values are neither marks nor numbers of examples.
    """
    setting = f"config.data.test={shown(name)}"
    if name not in file.shapes and name.lower().endswith(_FILES):
        return _of_numbers(_numbers(file.path.parent / Path(name).expanduser(), setting), setting, count)
    file.check(name, "config.data.test")
    if is_array(file.shapes[name]):
        raise DataError(
            f"{setting}: an array {list(file.shapes[name])} is no mark for each example; if it holds the"
            " examples that are held out, name their conditions behind it, as many as config.data.condition"
        )
    values = np.atleast_1d(np.squeeze(file.read(name)))
    if len(values) == count and values.ndim == 1:
        return _of_marks(values, setting)
    return _of_numbers(values, setting, count)


def is_array(shape: tuple[int, ...]) -> bool:
    """Whether an array of this shape holds examples: marks and numbers of examples have one axis."""
    return len([size for size in shape if size != 1]) > 1


def _numbers(path: Path, setting: str) -> np.ndarray:
    """The numbers in a file, .npy or .txt."""
    if not path.is_file():
        raise DataError(f"{setting}: there is no file {shown(path)}; give one beside the data")
    if path.suffix.lower() == ".npy":
        return open_file(path).read(path.stem)
    try:
        return np.array([int(line) for line in path.read_text("utf-8").split()], np.int64)
    except (OSError, ValueError, OverflowError) as error:
        reason = shown(" ".join(str(error).split())[:100])
        raise DataError(
            f"{setting}: {shown(path)} cannot be read as whole numbers ({reason}); give the number of one"
            " example a line"
        ) from error


def _of_marks(values: np.ndarray, setting: str) -> np.ndarray:
    """bool[N] of bools, zeros and ones, or the words train and test."""
    if values.dtype == bool:
        return values
    if values.dtype.kind == "f" and (values % 1 == 0).all():
        values = values.astype(int)
    words = [str(value).strip().lower() for value in values.tolist()]
    if strange := [word for word in words if word not in _WORDS]:
        raise DataError(
            f"{setting}: {shown(strange[0])} found; it must hold true or 1 for the examples that are held"
            " out, or the words train and test"
        )
    return np.array([_WORDS[word] for word in words])


def _of_numbers(values: np.ndarray, setting: str, count: int) -> np.ndarray:
    values = np.atleast_1d(values)
    if values.ndim != 1 or values.dtype.kind not in "iuf" or (values % 1 != 0).any():
        raise DataError(
            f"{setting}: it must hold the numbers of the examples that are held out, or a mark for each"
        )
    numbers = values.astype(np.int64)
    if len(wrong := numbers[(numbers < 0) | (numbers >= count)]):
        raise DataError(
            f"{setting}: there is no example {wrong[0]}; numbers go from 0 to {count - 1}, and there are"
            f" {count:,} examples"
        )
    test = np.zeros(count, bool)
    test[numbers] = True
    return test


def checked(test: np.ndarray, setting: str) -> np.ndarray:
    """The marks, if there are at least two examples to train with; otherwise DataError."""
    if (~test).sum() < 2:
        raise DataError(
            f"{setting}: {int((~test).sum())} of {len(test):,} examples are left to train with; leave at"
            " least two"
        )
    return test
