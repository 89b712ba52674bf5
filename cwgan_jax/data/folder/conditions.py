"""What the condition of each picture of a folder is, and which pictures are for testing."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from cwgan_jax.data import conditions
from cwgan_jax.data.conditions import Schema
from cwgan_jax.data.conditions.reading import schema_of, told, types_of, values_of
from cwgan_jax.data.folder import metadata as metadata_
from cwgan_jax.data.folder.listing import Listing, Part
from cwgan_jax.data.folder.metadata import Metadata
from cwgan_jax.data.names import shown

CLASS = "class"  # the class folders, as a column of the condition
_LISTED = 3  # files shown in a message


class Pictures(NamedTuple):
    """The pictures of both splits, by "train" and "test".

    Attributes:
      schema: what a condition is made of.
      files: of each split.
      condition: of each split, as a `Dataset` has it.
      splits: where the splits come from, in words.
      summary: more lines for people, as (key, text).
      warnings: lines about what is passed over.
    """

    schema: Schema
    files: dict[str, list[Path]]
    condition: dict[str, np.ndarray]
    splits: str
    summary: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()


def from_folders(there: Listing) -> Pictures:
    """The condition is the class folder; there is none where the pictures lie in none."""
    schema = conditions.of_classes(there.class_names)
    every = [there.train, *([there.test] if there.test else [])]
    files = [[file for name in there.train.files for file in part.files.get(name, [])] for part in every]
    number = {name: i for i, name in enumerate(there.train.files)}
    label = [
        np.repeat(list(number.values()), [len(part.files.get(name, [])) for name in number]) for part in every
    ]
    condition = [x.astype(np.int32) if schema else np.zeros((len(x), 0), np.float32) for x in label]
    result = _pictures(there, schema, files, condition)
    if nested := sum(part.nested for part in every):
        line = f"{nested:,} pictures lie in subfolders of classes, and belong to these"
        result = result._replace(summary=(("subfolders", line),))
    return result


def from_table(there: Listing, table: Metadata, names: Sequence[str], types: str) -> Pictures:
    """The condition is made of columns of the metadata.

    What is learnt from the values (names of classes, mean and deviation) is learnt from the training split.
    Where the test split is a part of the same folder, it is learnt from both, since a class may be in one
    alone.

    Args:
      there: the pictures, listed without classes.
      table: the metadata.
      names: of the columns.
      types: `config.data.types`.

    Raises:
      DataError: the table has no such column, or values that cannot be used.
    """
    every = [there.train, *([there.test] if there.test else [])]
    known, without = zip(*(metadata_.described(table, part.files[""]) for part in every), strict=True)
    columns, rows = [], []
    for part, files in zip(every, known, strict=True):
        more = {} if CLASS not in names or CLASS in table.columns else {CLASS: _folders(part, files)}
        columns.append(metadata_.chosen(table, names, files, more))
        rows.append([str(file.relative_to(part.folder)) for file in files])
    schema = schema_of(columns[0], types_of(types), where=table.where, rows=rows[0])
    condition = [
        conditions.stored(schema, values_of(schema, each, where=table.where, rows=called))
        for each, called in zip(columns, rows, strict=True)
    ]
    return _pictures(there, schema, known, condition)._replace(
        summary=(("condition", f"{told(schema)}; from {table.where}"),),
        warnings=tuple(_without(table, [file for files in without for file in files])),
    )


def _pictures(
    there: Listing, schema: Schema, files: Sequence[list[Path]], condition: Sequence[np.ndarray]
) -> Pictures:
    """The splits: as they are, or every tenth picture of a class, or of all, is for testing.

    The order is that of the files; of fewer than ten pictures, but more than one, it is the last.
    """
    origin = "every tenth of a class" if conditions.class_names(schema) else "every tenth"
    if there.test:
        origin = f"from {shown(there.test.folder.name)}/"
    else:
        groups = condition[0] if conditions.class_names(schema) else np.zeros(len(files[0]), int)
        held_out = np.zeros(len(groups), bool)
        for group in np.unique(groups):
            (members,) = np.nonzero(groups == group)
            chosen = members[9::10] if len(members) > 9 else members[1:][-1:]
            held_out[chosen] = True
        places = [np.flatnonzero(held_out == test) for test in (False, True)]
        condition = [condition[0][chosen] for chosen in places]
        files = [[files[0][i] for i in chosen] for chosen in places]
    splits = f"{len(files[0]):,} pictures to train with, {len(files[1]):,} to test ({origin})"
    if there.unused:
        splits += f"; not used: {', '.join(f'{shown(name)}/' for name in there.unused)}"
    train, test = ("train", "test")
    return Pictures(
        schema, {train: files[0], test: files[1]}, {train: condition[0], test: condition[1]}, splits
    )


def _folders(part: Part, files: Sequence[Path]) -> list[str | None]:
    """The class folder of each picture; None of those that lie in none."""
    paths = (file.relative_to(part.folder).parts for file in files)
    return [parts[0] if len(parts) > 1 else None for parts in paths]


def _without(table: Metadata, files: Sequence[Path]) -> Iterator[str]:
    if files:
        listed = ", ".join(shown(file.name) for file in files[:_LISTED]) + ", ..." * (len(files) > _LISTED)
        yield (
            f"{table.where}: {len(files):,} pictures have no row and are passed over ({listed}); add rows to"
            " have them read"
        )
