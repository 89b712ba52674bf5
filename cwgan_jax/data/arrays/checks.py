"""What is checked of arrays before anything is made of them, one line for each fault."""

import numpy as np

from cwgan_jax.common.errors import DataError
from cwgan_jax.data.axes import Axes
from cwgan_jax.data.files import File
from cwgan_jax.data.names import shown


def whole(values: np.ndarray, file: File) -> np.ndarray:
    """A column of the condition; MATLAB's whole numbers, which are floats unless said otherwise, as int."""
    if file.path.suffix.lower() == ".mat" and values.dtype.kind == "f" and (values % 1 == 0).all():
        return values.astype(np.int64)
    return values


def aligned(values: np.ndarray, name: str, axes: Axes, shape: tuple[int, ...], key: str) -> np.ndarray:
    """A column of the condition with an entry for each example; MATLAB's rows are turned into columns.

    Args:
      values: of the condition.
      name: of it.
      axes: of the array of examples.
      shape: of that array.
      key: its name.

    Raises:
      DataError: it has more or fewer entries.
    """
    count = shape[axes.letters.index("N")]
    if values.ndim == 2 and 1 in values.shape:
        values = values.ravel()
    if values.ndim and len(values) == count:
        return values
    entries = len(values) if values.ndim else 1
    last = axes.letters[1:].replace("C", "") + "C" * ("C" in axes.letters) + "N"
    turned = f" (is the last axis the examples? config.data.axes={last})" if entries == shape[-1] else ""
    raise DataError(
        f"config.data.condition: {shown(name)} has {entries:,} entries, {key} {count:,} examples{turned};"
        " give one for each"
    )


def check_size(count: int, what: str) -> None:
    """Raises DataError for fewer than two examples."""
    if count < 2:
        raise DataError(
            f"{what}: it holds {('no', 'one')[count]} example{'s' * (not count)}; give two at least"
        )


def check_values(array: np.ndarray, what: str) -> None:
    """Raises DataError for anything but finite real numbers."""
    if array.dtype.kind == "c":
        raise DataError(f"{what}: complex numbers; save real and imaginary parts as two channels")
    if array.dtype.kind not in "biuf":
        raise DataError(f"{what}: the examples are text or times, not numbers; check config.data.key")
    if not array.size:
        raise DataError(f"{what} {list(array.shape)}: there is nothing in it; check how it was written")
    bad = ~np.isfinite(array) if array.dtype.kind == "f" else np.zeros(0, bool)
    if bad.any():
        first = np.unravel_index(int(bad.argmax()), array.shape)
        raise DataError(
            f"{what}: {int(bad.sum()):,} of {array.size:,} values are no finite numbers, the first of them"
            f" ({array[first]}) at [{', '.join(map(str, first))}]; fill them in, or leave such examples out"
        )
