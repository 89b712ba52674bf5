"""Columns as users have them (numbers, words, sentences, lists) to the parts of a condition.

What a column is meant to be is seen from its values, and can be said with `data.types` instead.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from cwgan_jax.common.errors import DataError
from cwgan_jax.data import names as names_
from cwgan_jax.data.conditions import Part, Schema
from cwgan_jax.data.conditions.column import Column
from cwgan_jax.data.conditions.column_reading import columns_of
from cwgan_jax.data.conditions.parts import Classes, Cycle, Labels, Number, Text
from cwgan_jax.data.conditions.sentences import Sentence
from cwgan_jax.data.conditions.text import words
from cwgan_jax.data.names import shown

TYPES = ("class", "labels", "number", "text", "sentence", "cycle:PERIOD")

_FEW = 20  # different whole numbers, up to which they are taken for classes
_SENTENCE = 4  # words of a value on average, from which a column is taken for text
_CLASS = ("class", "label", "category", "target", "y", "class_name", "classname", "label_name", "species")
_TEXT = ("caption", "text", "prompt", "description", "sentence")
_VOCABULARY = 1000  # words and pairs of words at the most
_LISTED = 5  # values shown in a message


def types_of(text: str) -> dict[str, str]:
    """Reads `config.data.types`: `power=number,digit=class,angle=cycle:360`.

    Returns:
      Column -> one of `TYPES`.

    Raises:
      DataError: it is not of this form, or there is no such type.
    """
    types = {}
    for pair in filter(None, (pair.strip() for pair in text.split(","))):
        name, _, kind = (part.strip() for part in pair.rpartition("="))
        plain = kind in TYPES or (kind.startswith("cycle:") and _period(kind) > 0)
        if not name or not plain:
            raise DataError(
                f"config.data.types={shown(text)}: {shown(pair)} is not of the form column=type; a type is"
                f" one of {', '.join(TYPES)} (as in cycle:360)"
            )
        types[name] = kind
    return types


def _period(kind: str) -> float:
    """P of `cycle:P`; NaN if it is no finite number."""
    try:
        period = float(kind.partition(":")[2])
    except ValueError:
        return math.nan
    return period if math.isfinite(period) else math.nan


def schema_of(
    columns: Mapping[str, np.ndarray],
    types: Mapping[str, str],
    *,
    where: str = "",
    rows: Sequence[str] = (),
) -> Schema:
    """Decides what each column is, and learns from the values what there is to know of it.

    By the values: floats are a number; whole numbers and words of few different values a class; sentences
    text; lists, and words joined by ";" or "|", labels. Text that holds nothing but numbers counts as
    numbers. An array [N, k] of zeros and ones is a class (one 1 in each row) or labels, called 0 to k - 1;
    any other is k columns, called `name_0` and so on.

    Args:
      columns: name -> [N] numbers, bool, text or lists; or [N, k] numbers. Of the training split.
      types: name -> one of `TYPES`, for columns that are to be read in another way.
      where: what they come from, for messages.
      rows: what to call the rows in messages; empty: by their number, from 1.

    Returns:
      The parts, in the order of the columns.

    Raises:
      DataError: a value is missing, a column is constant or of no use as a condition, or a type is for a
        column that there is not.
    """
    at = f"{where}: " if where else ""
    if wrong := [name for name in types if name not in columns]:
        raise DataError(
            f"{at}config.data.types is about {shown(wrong[0])}, which is none of the columns of the condition"
            f" ({', '.join(map(shown, columns)) or 'there are none'})"
        )
    read = columns_of(columns, types, at, rows)
    if wrong := [name for name in read if set(name) & set("=,") or name != name.strip()]:
        raise DataError(f'{at}column "{shown(wrong[0])}": a name of a condition has no "=" or ","; rename it')
    return tuple(_part(column, at) for column in read.values())


def classes_of(
    columns: Mapping[str, np.ndarray], types: Mapping[str, str], *, where: str = ""
) -> np.ndarray | None:
    """The class numbers i32[N] of a condition that is a class and nothing else; None: it is not.

    All columns are read, and none is learnt from: arguments and errors as in `schema_of`.
    """
    at = f"{where}: " if where else ""
    first, *others = columns_of(columns, types, at, ()).values()
    if others or (first.type or _seen(first, at)) != "class":
        return None
    values = first.classes()
    return Classes(first.name, _names(first, values, at)).numbers(values)


def values_of(
    schema: Schema, columns: Mapping[str, np.ndarray], *, where: str = "", rows: Sequence[str] = ()
) -> dict[str, Sequence[Any]]:
    """The columns of any split in the form that `conditions.encode` takes.

    Args:
      schema: of the training split.
      columns: as in `schema_of`, of the same names.
      where: as in `schema_of`.
      rows: as in `schema_of`.

    Returns:
      Name of a part -> for each row a class (text), a list of labels, a number, or text.

    Raises:
      DataError: a column or a value is missing, or one that should be a number is none.
    """
    at = f"{where}: " if where else ""
    types = {part.name: part.kind for part in schema}
    read = columns_of(columns, types, at, rows, parts=types)
    if absent := [part.name for part in schema if part.name not in read]:
        raise DataError(f"{at}there is no column {shown(absent[0])}, only {', '.join(map(shown, columns))}")
    return {part.name: _given(part, read[part.name]) for part in schema}


def _given(part: Part, column: Column) -> Sequence[Any]:
    """A column's values, in the one form that its part knows."""
    forms: dict[str, Callable[[], Sequence[Any]]]
    forms = {"class": column.classes, "labels": column.labels, "text": column.texts}
    forms["sentence"] = column.texts
    return forms[part.kind]() if part.kind in forms else column.numbers().tolist()


def _part(column: Column, at: str) -> Part:
    kind = column.type or _seen(column, at)
    if kind == "class":
        return Classes(column.name, _names(column, column.classes(), at))
    if kind == "labels":
        found = [label for row in column.labels() for label in row]
        if not found:
            raise DataError(f"{at}column {shown(column.name)}: no row has a label; leave the column out")
        return Labels(column.name, _names(column, found, at))
    if kind == "text":
        return _text(column, at)
    if kind == "sentence":
        return Sentence.of(column.name, column.texts())
    if kind.startswith("cycle:"):
        column.numbers()  # which they must be
        return Cycle(column.name, _period(kind))
    values = column.numbers()
    low, high = float(values.min()), float(values.max())
    if not values.std() > 1e-12 * max(abs(low), abs(high)):
        raise DataError(
            f"{at}column {shown(column.name)}: all values are {low:g}, and what is constant is no condition;"
            " leave the column out"
        )
    return Number.of(column.name, values.tolist())


def _seen(column: Column, at: str) -> str:
    """The type of a column by its name and values."""
    name = column.name.strip().casefold()
    if column.is_lists:
        return "class" if all(len(row) == 1 for row in column.values) else "labels"
    if column.is_text and name not in _TEXT and column.separated():
        return "labels"
    if not column.is_text:
        if name in _CLASS and (column.values % 1 == 0).all():
            return "class"
        return "class" if column.is_whole and len(column.different(_FEW + 1)) <= _FEW else "number"
    if name in _CLASS:
        return "class"
    values = column.texts()
    different, length = len(set(values)), sum(len(words(value)) for value in values) / len(values)
    if name in _TEXT or length >= _SENTENCE:
        return "text"
    if 2 * different <= len(values) or different <= _FEW:
        return "class"
    if length > 1:
        return "text"
    raise DataError(
        f"{at}column {shown(column.name)}: {different:,} different words in {len(values):,} rows are no"
        " classes; leave the column out, or say what it is:"
        f" config.data.types={shown(column.name)}=class (or text)"
    )


def _names(column: Column, values: Sequence[str], at: str) -> tuple[str, ...]:
    """The names of classes or labels, in natural order."""
    return tuple(
        names_.checked(sorted(set(values), key=names_.natural), f"{at}column {shown(column.name)}").values()
    )


def _text(column: Column, at: str) -> Text:
    """Words and pairs of words that two texts have at least, or one where they are few; the most frequent."""
    rows = column.texts()
    part = Text.of(column.name, rows, most=_VOCABULARY, least=2 if len(rows) >= _FEW else 1)
    if not part.names:
        raise DataError(
            f"{at}column {shown(column.name)}: no word occurs in two of the {len(rows):,} texts; leave it out"
        )
    return part


def told(schema: Schema) -> str:
    """What the condition is, on one line for people."""
    return ", ".join(f"{shown(part.name)} ({_told(part)})" for part in schema)


def _told(part: Part) -> str:
    if isinstance(part, Number):
        return f"number from {part.low:g} to {part.high:g}"
    if isinstance(part, Cycle):
        return f"number that starts again after {part.period:g}"
    if isinstance(part, Text):
        count = sum(" " not in name for name in part.names)
        return f"text of {count:,} words and {len(part.names) - count:,} pairs of words"
    if isinstance(part, Sentence):
        return f"sentence, read by {part.encoder}"
    few = ": " + ", ".join(part.names) if len(part.names) <= _LISTED else ""
    return f"{len(part.names):,} {'classes' if isinstance(part, Classes) else 'labels'}{few}"
