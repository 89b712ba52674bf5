"""Arrays of any origin (numbers, bool, text, lists, bytes) to columns without missing values."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from cwgan_jax.common.errors import DataError
from cwgan_jax.data.conditions.column import GUESSED, Column, number
from cwgan_jax.data.names import shown

_WHOLE = re.compile(r"0|-?[1-9]\d*", re.ASCII)
_CODE = re.compile(r"0\d+", re.ASCII)  # 007, which is a name and no number
_MISSING = ("", "nan", "na", "n/a", "null", "none")  # in place of a number
_ALLOWED = "bool, whole numbers, floats, text or lists of labels"


def columns_of(
    columns: Mapping[str, np.ndarray],
    types: Mapping[str, str],
    at: str,
    rows: Sequence[str],
    *,
    parts: Mapping[str, str] | None = None,
) -> dict[str, Column]:
    """Reads columns, of which arrays [N, k] become k columns, or one of labels.

    Args:
      columns: as in `reading.schema_of`.
      types: name -> type that was said.
      at: the beginning of messages.
      rows: what to call the rows; empty: by their number.
      parts: the types by the names that the columns had in the training split; None: this is the training
        split.

    Raises:
      DataError: the columns differ in length, or cannot be read.
    """
    read: dict[str, Column] = {}
    for name, raw in columns.items():
        array = np.asarray(raw)
        lengths = len(array) if array.ndim else 0, len(next(iter(columns.values())))
        if lengths[0] != lengths[1] or not lengths[0]:
            raise DataError(
                f"{at}column {shown(name)} has {lengths[0]:,} rows, {shown(next(iter(columns)))} has"
                f" {lengths[1]:,}; all must have equally many, and at least one"
            )
        fault = _fault_of(name, at, rows)
        for each, values in _expanded(name, array, types.get(name, ""), parts, at):
            kind = types.get(each, types.get(name, ""))
            read[each] = Column(each, _read(values, kind, fault, f"{at}column {shown(name)}"), kind, fault)
    return read


def _fault_of(name: str, at: str, rows: Sequence[str]) -> Callable[[Sequence[int], str], DataError]:
    def fault(wrong: Sequence[int], what: str) -> DataError:
        row = shown(rows[wrong[0]]) if rows else f"row {wrong[0] + 1:,}"
        more = f" (and {len(wrong) - 1:,} more rows)" if len(wrong) > 1 else ""
        return DataError(
            f"{at}column {shown(name)}, {row}: {what}{more}; correct it, remove the row, or choose other"
            " columns"
        )

    return fault


def _expanded(
    name: str, array: np.ndarray, kind: str, parts: Mapping[str, str] | None, at: str
) -> Iterable[tuple[str, np.ndarray]]:
    """The columns of an array [N, k], by name; those of an array [N] are itself."""
    if array.ndim == 1:
        return [(name, array)]
    if array.ndim != 2 or array.dtype.kind not in "biuf" or not array.shape[1]:
        raise DataError(
            f"{at}column {shown(name)} is {array.dtype}{list(array.shape)}; a condition must be [N], of"
            f" {_ALLOWED}, or [N, k] numbers"
        )
    if array.shape[1] == 1:
        return [(name, array[:, 0])]
    flags = kind in ("class", "labels") if parts is None else name in parts
    if parts is None and not kind:
        flags = bool(((array == 0) | (array == 1)).all())
    if not flags:
        return [(f"{name}_{i}", array[:, i]) for i in range(array.shape[1])]
    lists = np.empty(len(array), object)
    lists[:] = [[str(i) for i in np.flatnonzero(row)] for row in array]
    return [(name, lists)]


def _read(values: np.ndarray, kind: str, fault: Callable[..., DataError], at: str) -> Any:
    """[N] of any dtype -> `Column.values`."""
    code = values.dtype.kind
    if code == "O":
        return _of_objects(values.tolist(), kind, fault, at)
    if code == "b":
        return ["true" if value else "false" for value in values.tolist()]
    if code in "iu":
        return values.astype(np.int64)
    if code == "f":
        if len(wrong := np.flatnonzero(~np.isfinite(values))):
            raise fault(wrong.tolist(), f"the value is {values[wrong[0]]}, which is no finite number")
        return values.astype(float)
    if code not in "US":
        raise DataError(f"{at} holds {values.dtype}; allowed are {_ALLOWED}")
    return _of_texts(values.tolist(), kind, fault)


def _of_objects(items: list[Any], kind: str, fault: Callable[..., DataError], at: str) -> Any:
    """The same of a list of Python's own values."""
    holders = (list, tuple, set, frozenset, np.ndarray)
    if kind == "labels" or any(isinstance(item, holders) for item in items):
        lists = [item if isinstance(item, holders) else [] if item is None else [item] for item in items]
        if not any(isinstance(item, str) for item in items):
            return [list(dict.fromkeys(_text(label) for label in row)) for row in lists]
    if missing := [i for i, item in enumerate(items) if item is None or item is np.ma.masked]:
        raise fault(missing, "there is no value")
    found = {type(item) for item in items}
    if found <= {int, np.int64} and all(abs(item) < 2**63 for item in items):
        return np.array(items, np.int64)
    if found <= {int, float, np.float64, np.float32, np.int64}:
        return _read(np.array(items, float), kind, fault, at)
    if any(issubclass(each, Mapping) for each in found):
        raise DataError(f"{at} holds objects with fields; allowed are {_ALLOWED}")
    return _of_texts([item if isinstance(item, bytes) else _text(item) for item in items], kind, fault)


def _of_texts(texts: list[str | bytes], kind: str, fault: Callable[..., DataError]) -> Any:
    """The same of texts; those that are all numbers become numbers, unless another type was said."""
    read: list[str] = []
    for i, text in enumerate(texts):
        try:
            read.append(_text(text.decode() if isinstance(text, bytes) else text))
        except UnicodeDecodeError as error:
            raise fault([i], "the text is not UTF-8") from error
    if kind in ("class", "labels", "text"):
        return read
    if all(_WHOLE.fullmatch(text) and len(text) < 19 for text in read):
        return np.array([int(text) for text in read], np.int64)
    wrong = [i for i, text in enumerate(read) if number(text) is None]
    if kind.startswith(("number", "cycle")) or _numbers_meant(read, wrong):
        if wrong:
            what = "there is no value" if read[wrong[0]].lower() in _MISSING else f'"{read[wrong[0]]}"'
            raise fault(wrong, f"{what} where a finite number is expected")
        return np.array([number(text) for text in read], float)
    several = any(sign in text for sign in GUESSED for text in read)
    if (empty := [i for i, text in enumerate(read) if not text]) and not several:  # no labels are labels too
        raise fault(empty, "there is no value")
    return read


def _numbers_meant(texts: Sequence[str], wrong: Sequence[int]) -> bool:
    """Whether a column holds numbers, and perhaps here and there something else.

    That is a gap, or anything else among fractions: whole numbers among words may be classes.
    """
    if 2 * len(wrong) > len(texts) or any(_CODE.fullmatch(text) for text in texts):
        return False
    odd = set(wrong)
    fractions = any(not _WHOLE.fullmatch(text) for i, text in enumerate(texts) if i not in odd)
    return fractions or all(texts[i].lower() in _MISSING for i in wrong)


def _text(value: Any) -> str:
    """A label, or one of several values of different types."""
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    return f"{value:.12g}" if isinstance(value, float) else unicodedata.normalize("NFC", str(value)).strip()
