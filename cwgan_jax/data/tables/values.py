"""The values of a table's column: which are missing, and as floats and back in the column's own type."""

import numpy as np

from cwgan_jax.common.errors import DataError

_DECIMALS = range(-9, 16)  # roundings that are looked for
_UNITS = ("D", "h", "m", "s", "ms", "us", "ns")


def plain(column: np.ndarray) -> np.ndarray:
    """A column of one of NumPy's own types where that can be: numbers as objects become floats, None NaN."""
    column = np.asarray(column)
    if column.dtype.kind == "T":  # numpy's variable-width text
        return column.astype(object)
    if column.dtype.kind != "O":
        return column
    kinds = {type(x) for x in column[~absent(column)].tolist()}
    if kinds and all(issubclass(kind, int | float | np.number) and kind is not bool for kind in kinds):
        return column.astype(np.float64)
    return column


def absent(column: np.ndarray) -> np.ndarray:
    """Which values of a column are missing, bool[N]: NaN, NaT, None."""
    if column.dtype.kind in "fmM":
        return np.isnat(column) if column.dtype.kind in "mM" else np.isnan(column)
    if column.dtype.kind == "O":
        return np.array([x is None or bool(x != x) for x in column], bool)
    return np.zeros(len(column), bool)


def to_float(name: str, column: np.ndarray, gone: np.ndarray, unit: str) -> np.ndarray:
    """Numbers, or times in `unit`, as f64[N], 0 where they are missing.

    Raises:
      DataError: there is a value that is no such number.
    """
    if unit:
        if column.dtype.kind not in "mM":
            raise DataError(f"column {name!r}: it holds no times, as it did in training; give datetime64")
        whole = column.astype(f"{column.dtype.kind}8[{unit}]").astype(np.int64)
        return np.where(gone, 0, whole).astype(np.float64)
    if column.dtype.kind not in "buif":
        wrong = column[~gone].tolist()[0]
        raise DataError(f"column {name!r}: {wrong!r} found where numbers were in training; give numbers")
    x = np.where(gone, 0, column).astype(np.float64)
    if not np.isfinite(x).all():
        raise DataError(f"column {name!r}: an infinite number; leave such rows out, or mark them as missing")
    if column.dtype.kind in "iu" and np.abs(x).max(initial=0) > 2**53:
        raise DataError(f"column {name!r}: whole numbers beyond 2^53; leave it out, or give it as text")
    return x


def typed(x: np.ndarray, gone: np.ndarray, dtype: str, unit: str) -> np.ndarray:
    """Numbers f64[N], or times in `unit`, in the column's own type; missing ones are NaN or NaT."""
    kind = np.dtype(dtype)
    if unit:
        times = np.round(x).astype(np.int64).astype(f"{kind.kind}8[{unit}]").astype(kind)
        times[gone] = "NaT"
        return times
    values = x.astype(kind)
    if gone.any():
        values[gone] = np.nan
    return values


def unit_of(column: np.ndarray) -> str:
    """The coarsest unit in which all times of a column are whole; empty: they are no times."""
    if column.dtype.kind not in "mM":
        return ""
    there = column[~absent(column)]
    for unit in _UNITS[:-1]:
        if (there.astype(f"{column.dtype.kind}8[{unit}]") == there).all():
            return unit
    return _UNITS[-1]


def decimals_of(x: np.ndarray, dtype: np.dtype) -> int | None:
    """The fewest decimals to which all numbers f64[N] of a type are rounded; None: there is no rounding."""
    kind = dtype if dtype.kind == "f" else np.dtype(float)
    for decimals in _DECIMALS:
        if (np.round(x, decimals).astype(kind) == x.astype(kind)).all():
            return decimals
    return None
