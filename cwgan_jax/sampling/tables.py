"""Columns of tables as text."""

from typing import Any

import numpy as np


def texts(column: np.ndarray) -> list[str]:
    """The values [n] of a column as a CSV file has them: numbers shortest, times in ISO 8601, gaps empty."""
    if column.dtype.kind in "mM":
        text = np.datetime_as_string(column) if column.dtype.kind == "M" else column.astype(str)
        return ["" if gone else x for x, gone in zip(text.tolist(), np.isnat(column).tolist(), strict=True)]
    if column.dtype.kind == "f" and column.dtype.itemsize < 8:
        column = column.astype(str)  # the shortest text that this type reads back as the same
    return [_text(x) for x in column.tolist()]


def _text(value: Any) -> str:
    if value is None or value != value or value == "nan":
        return ""
    return repr(value) if isinstance(value, float) else str(value)
