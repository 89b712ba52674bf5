"""Your own arrays and tables, from one file: `data.name=arrays`.

The file (`data.file`) holds the examples (`data.key`) and what they are to be generated for
(`data.condition`). What kind of data they are follows from their axes (`data.axes`): pictures in u8, signals,
fields, volumes, or the rows of a table. Numbers are standardised for each channel, and come back in their own
unit and type.
"""

from typing import NamedTuple

import numpy as np

from cwgan_jax import config
from cwgan_jax.common.errors import DataError
from cwgan_jax.data import conditions
from cwgan_jax.data.arrays.rows import Rows, Table, read
from cwgan_jax.data.axes import Axes
from cwgan_jax.data.conditions import Schema
from cwgan_jax.data.conditions.reading import schema_of, told, types_of, values_of
from cwgan_jax.data.dataset import Dataset
from cwgan_jax.data.names import shown
from cwgan_jax.data.scaling import Channels, Scaling

_PICTURES = (1, 3, 4)  # channels of a picture
_LISTED = 5  # channels in a warning


class _Fit(NamedTuple):
    """What was learnt of the training examples.

    Attributes:
      kind: of the data.
      scaling: None: they stay as they are.
      summary: as in `Dataset`.
      warnings: as in `Dataset`.
    """

    kind: str
    scaling: Scaling | None
    summary: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()


def load(data: config.Data, split: str) -> Dataset:
    """Reads one split of a file of arrays, or of a table.

    Args:
      data: the config's section.
      split: "train" or "test".

    Raises:
      DataError: the file, or what the config says of it, cannot be used; one line.
    """
    if not data.file:
        raise DataError("config.data.file is empty: say which file, such as data.npz")
    file = read(data)
    rows = file.train if split == "train" else file.test
    if rows is None:
        raise DataError(f"config.data.test={data.test}: no examples are held out; give a share, such as 0.1")
    types = types_of(data.types)
    columns = file.train.values if isinstance(file.train.values, dict) else {}
    of_columns = {name: kind for name, kind in types.items() if name in columns}
    of_condition = {name: kind for name, kind in types.items() if name not in columns}
    where = shown(data.file)
    schema = schema_of(file.train.columns, of_condition, where=where) if file.train.columns else ()
    if of_condition and not schema:
        raise DataError(
            f"config.data.types={data.types}: {shown(next(iter(of_condition)))} is no condition here"
        )
    fit = _fit(file.train, file.axes, of_columns, where)
    if rows is file.train and file.test:  # now, and not after the training
        try:
            _stored(file.test, schema, fit, where)
        except DataError as error:
            raise DataError(f"config.data.test={shown(data.test)}, the examples held out: {error}") from error
    example, condition = _stored(rows, schema, fit, where)
    summary = (*file.summary, *fit.summary, ("condition", told(schema) or "none"))
    return Dataset(
        np.ascontiguousarray(example),
        condition,
        schema,
        summary,
        fit.warnings,
        fit.kind,
        fit.scaling,
        origin=file.origin,
    )


def _stored(rows: Rows, schema: Schema, fit: _Fit, where: str) -> tuple[np.ndarray, np.ndarray]:
    """Examples and conditions as they are stored; DataError if one of them cannot be."""
    condition = np.zeros((rows.size, 0), np.float32)
    if schema:
        condition = conditions.stored(schema, values_of(schema, rows.columns, where=where))
    example = rows.values if fit.scaling is None else fit.scaling.encode(rows.values)
    return np.asarray(example), condition


def _fit(train: Rows, axes: Axes | None, types: dict[str, str], where: str) -> _Fit:
    """The kind of the data, and how they are scaled."""
    values = train.values
    if isinstance(values, dict) or axes is None:
        assert isinstance(values, dict)
        return _of_table(values, types)
    if values.dtype == np.uint8 and axes.inner == 2 and values.shape[-1] in _PICTURES:
        return _Fit("images", None)
    return _of_channels(values, axes.kind, where)


def _of_channels(values: np.ndarray, kind: str, where: str) -> _Fit:
    """Numbers [N, ..., C]."""
    with np.errstate(over="ignore", invalid="ignore"):
        scaling = Channels.of(values)
    if not np.isfinite([*scaling.mean, *scaling.deviation]).all():
        raise DataError(
            f"{where}: values from {scaling.low:g} to {scaling.high:g} are too large to be standardised; give"
            " them in another unit"
        )
    flat = values.reshape(-1, values.shape[-1])
    constant = np.flatnonzero(flat.min(0) == flat.max(0)).tolist()
    if len(constant) == values.shape[-1]:
        raise DataError(f"{where}: all examples are the same, {flat[0, 0]} everywhere; check config.data.key")
    warnings: tuple[str, ...] = ()
    if constant:
        some = ", ".join(map(str, constant[:_LISTED])) + (", ..." if len(constant) > _LISTED else "")
        warnings = (
            f"{len(constant)} of {values.shape[-1]} channels ({some}) are constant: there is nothing to learn"
            " in them, leave them out",
        )
    span = f"{scaling.low:g} to {scaling.high:g}"
    return _Fit(kind, scaling, (("values", f"{span}, standardised for each channel"),), warnings)


def _of_table(table: Table, types: dict[str, str]) -> _Fit:
    """The columns of a table."""
    from cwgan_jax.data.tables.columns import Columns

    unknown = [name for name, kind in types.items() if kind not in ("class", "number")]
    if unknown:
        raise DataError(
            f"config.data.types: column {shown(unknown[0])} is generated, and may be class or number, not"
            f" {types[unknown[0]]}"
        )
    of = {kind: [name for name, each in types.items() if each == kind] for kind in ("class", "number")}
    columns = Columns.fit(table, categories=of["class"], numbers=of["number"])
    return _Fit("tables", columns, columns.summary, columns.warnings)
