"""Frames: pandas, and whatever speaks the Arrow PyCapsule interface."""

from __future__ import annotations

import sys
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from dataaudit.errors import SourceError
from dataaudit.loaders.arrays import Note, column_line
from dataaudit.loaders.arrow import ArrowLine
from dataaudit.loaders.columns import Line, NumpyLine, ObjectLine, UnusableColumnError, plain_text
from dataaudit.loaders.objects import object_line
from dataaudit.model import Name

if TYPE_CHECKING:
    import pandas as pd


def is_pandas(thing: object, kind: str) -> bool:
    """Whether an object is a pandas DataFrame or Series, without importing pandas."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(thing, getattr(pandas, kind))


def speaks_arrow(thing: object) -> bool:
    """Whether an object hands out its rows through the Arrow PyCapsule interface."""
    return hasattr(thing, "__arrow_c_stream__") or hasattr(thing, "__arrow_c_array__")


def column_names(labels: Sequence[Hashable], where: str) -> list[Name]:
    """Return the columns' names; parts of a compound name are joined with a full stop.

    Raises
    ------
    SourceError
        If two columns have the same name; the message holds their positions.
    """
    names = [column_name(label) for label in labels]
    places: dict[Name, list[int]] = {}
    for j, name in enumerate(names):
        places.setdefault(name, []).append(j + 1)
    twice = {name: found for name, found in places.items() if len(found) > 1}
    if twice:
        listed = "; ".join(
            f"{name!r} is the name of columns {', '.join(map(str, found[:5]))}"
            for name, found in list(twice.items())[:5]
        )
        raise SourceError(f"{where}: column names must differ, but {listed}.", "Rename or drop the copies.")
    return names


def column_name(label: Hashable) -> Name:
    """Return what a column is called here: text and whole numbers as they are, any other label as text."""
    if isinstance(label, str):
        return label
    if isinstance(label, int | np.integer) and not isinstance(label, bool):
        return int(label)
    if isinstance(label, tuple):
        return ".".join(str(part) for part in label if str(part))
    return plain_text(label)


# ---------------------------------------------------------------- pandas


def pandas_lines(frame: pd.DataFrame, where: str, note: Note) -> dict[Name, Line]:
    """Return the columns of a pandas frame.

    Raises
    ------
    SourceError
        If names repeat, or a column holds cells that are no scalars.
    """
    names = column_names(list(frame.columns), where)
    return {name: pandas_line(frame.iloc[:, j], name, where, note) for j, name in enumerate(names)}


def pandas_line(series: pd.Series[Any], name: Name, where: str, note: Note) -> Line:
    """Return one pandas column: numbers and times without a copy, text as it is stored.

    Raises
    ------
    SourceError
        If its cells are no scalars, or its type has no meaning here.
    """
    import pandas as pd
    import pyarrow as pa

    dtype = series.dtype
    try:
        if isinstance(dtype, np.dtype):
            values = series.to_numpy()
            if dtype.kind in "OSUc":
                return column_line(values, name, where, note)
            return NumpyLine(values)
        if isinstance(dtype, pd.CategoricalDtype):
            return _categorical(series)
        if isinstance(dtype, pd.DatetimeTZDtype):
            line: Line = NumpyLine(series.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy())
            line.dtype = str(dtype)
            return line
        if isinstance(dtype, pd.PeriodDtype):
            line = NumpyLine(series.dt.to_timestamp().to_numpy())
            line.dtype = str(dtype)
            return line
        if isinstance(dtype, pd.SparseDtype):
            return column_line(np.asarray(series), name, where, note)
        if isinstance(dtype, pd.IntervalDtype):
            return ObjectLine(series.to_numpy(dtype=object), str(dtype))
        if hasattr(series.array, "__arrow_array__"):
            values = pa.array(series.array)
            chunked = values if isinstance(values, pa.ChunkedArray) else pa.chunked_array([values])
            return ArrowLine(chunked, str(dtype))
    except UnusableColumnError as error:
        raise SourceError(
            f"{where}: column {name!r} {error}, expected numbers, text, dates or categories.",
            "Spread nested values over several columns, or leave the column out.",
        ) from None
    return object_line(series.to_numpy(dtype=object), name, where, note)


def _categorical(series: pd.Series[Any]) -> Line:
    import pyarrow as pa

    codes = series.cat.codes.to_numpy()
    text = pa.array([plain_text(c) for c in series.cat.categories], type=pa.large_string())
    indices = pa.array(codes, mask=codes < 0)
    return ArrowLine(pa.chunked_array([pa.DictionaryArray.from_arrays(indices, text)]), "category")


# ---------------------------------------------------------------- Arrow


def arrow_table(thing: Any) -> Any:
    """Return an object that speaks the Arrow PyCapsule interface as a pyarrow Table, without a copy."""
    import pyarrow as pa

    return thing if isinstance(thing, pa.Table) else pa.table(thing)


def table_lines(table: Any, where: str, *, blank_is_missing: bool = False) -> dict[Name, Line]:
    """Return the columns of a pyarrow Table.

    Raises
    ------
    SourceError
        If names repeat, or a column holds nested values; the message names the first row that has one.
    """
    names = column_names(table.column_names, where)
    return {
        name: arrow_line(table.column(j), name, where, blank_is_missing=blank_is_missing)
        for j, name in enumerate(names)
    }


def arrow_line(values: Any, name: Name, where: str, *, blank_is_missing: bool = False) -> ArrowLine:
    """Return one Arrow column, or raise SourceError if it holds nested values."""
    try:
        return ArrowLine(values, blank_is_missing=blank_is_missing)
    except UnusableColumnError as error:
        row = next((i for i, valid in enumerate(values.is_valid().to_pylist()) if valid), 0)
        raise SourceError(
            f"{where}: column {name!r}, row {row:,}: {error}, expected a number, text, a date or nothing.",
            "Spread nested values over several columns, or leave the column out.",
        ) from None
