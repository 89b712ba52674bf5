"""What every reader of files gives: the names of its arrays, their shapes, and each array on demand."""

import contextlib
import difflib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from cwgan_jax.common.errors import DataError, UserError
from cwgan_jax.data.names import shown

Shape = tuple[int, ...]

_MOST = 10  # names listed in a message
_LONGEST = 200  # characters of a library's own message


class File(NamedTuple):
    """An open file of arrays, or of the columns of a table.

    Attributes:
      path: where it lies.
      shapes: of each array, by its name, the one that is meant by default first; (N,) of a column.
      load: name -> the array; any exception of it means that the file is broken.
      table: whether the arrays are the columns of a table.
    """

    path: Path
    shapes: Mapping[str, Shape]
    load: Callable[[str], np.ndarray]
    table: bool = False

    def check(self, name: str, key: str) -> None:
        """Raises DataError if there is no array of that name, with the nearest one that there is.

        Args:
          name: asked for.
          key: of the config, that asks for it.
        """
        if name in self.shapes:
            return
        near = [other for other in self.shapes if other.lower() == name.lower()]
        near = near or difflib.get_close_matches(name, self.shapes, n=1)
        what = "column" if self.table else "array"
        meant = f"; did you mean {shown(near[0])}?" if near else ""
        raise DataError(
            f"{key}={shown(name)}: {shown(self.path)} has no {what} of that name, only {self.listed()}{meant}"
        )

    def read(self, name: str) -> np.ndarray:
        """The array of a name that there is: numbers, bools, text (objects: str or None) or times.

        Raises:
          DataError: it cannot be read, or holds something else.
        """
        with reading(self.path, shown(name)):
            values = self.load(name)
            if values.dtype.kind == "S":
                values = np.char.decode(values, "utf-8")
        if values.dtype.kind not in "biufcOUMm":
            raise refused(self.path, name, f"values of the type {values.dtype}")
        if values.dtype.kind == "U":
            values = values.astype(object)
        return values

    def listed(self) -> str:
        """The names with their shapes, for a message."""
        names = list(self.shapes)[:_MOST]
        each = [shown(name) if self.table else f"{shown(name)} {list(self.shapes[name])}" for name in names]
        return ", ".join(each) + (f" and {len(self.shapes) - _MOST} more" if len(self.shapes) > _MOST else "")


@contextlib.contextmanager
def reading(path: Path, what: str = "") -> Iterator[None]:
    """Turns whatever a library raises at a broken file into one line.

    Args:
      path: of the file.
      what: is read of it; empty: its list of contents.

    Raises:
      DataError: any exception was raised.
    """
    part = f" ({what})" if what else ""
    try:
        yield
    except UserError:
        raise
    except PermissionError as error:
        raise DataError(f"{shown(path)}{part}: there is no permission to read it; change that") from error
    except MemoryError as error:
        raise DataError(
            f"{shown(path)}{part}: it asks for more memory than there is; it is damaged, or must be split"
        ) from error
    except Exception as error:  # at damaged files readers raise anything, struct.error included
        cause = shown(" ".join(f"{type(error).__name__}: {error}".split())[:_LONGEST])
        raise DataError(f"{shown(path)}{part}: it cannot be read ({cause}); write it again") from error


def refused(path: Path, name: str, what: str, instead: str = "plain arrays of numbers or text") -> DataError:
    """What is said of contents that are not read on principle."""
    return DataError(f"{shown(path)} ({shown(name)}): it holds {what}; save {instead}")
