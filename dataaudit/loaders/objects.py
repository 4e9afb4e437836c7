"""Cells that are Python objects: what they are, and which are refused."""

from __future__ import annotations

import datetime
import decimal
import fractions
import numbers
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataaudit.errors import SourceError
from dataaudit.loaders.arrow import ArrowLine
from dataaudit.loaders.columns import Line, MissingLine, NumpyLine, ObjectLine, described, is_missing, plain_text
from dataaudit.model import Name


@dataclass(frozen=True)
class Sort:
    """What one cell is, in the words of a message."""

    word: str
    rank: int


_TEXT = Sort("text", 0)
_TRUTH = Sort("truth values", 1)
_NUMBER = Sort("numbers", 2)
_TIME = Sort("dates", 3)
_SPAN = Sort("time spans", 4)
_CLOCK = Sort("times of day", 5)


def _sort_of(kind: type) -> Sort | None:
    if issubclass(kind, str | bytes | uuid.UUID):
        return _TEXT
    if issubclass(kind, bool | np.bool_):
        return _TRUTH
    if issubclass(kind, datetime.date | np.datetime64):
        return _TIME
    if issubclass(kind, datetime.timedelta | np.timedelta64):
        return _SPAN
    if issubclass(kind, datetime.time):
        return _CLOCK
    if issubclass(kind, numbers.Real | np.integer | np.floating | decimal.Decimal | fractions.Fraction):
        return _NUMBER
    if kind.__module__.startswith("pandas.") and kind.__name__ in ("Period", "Interval"):
        return _TEXT
    return None


def object_line(
    values: NDArray[Any],
    name: Name,
    where: str,
    note: Callable[[str], None],
    row_name: Callable[[int], str] | None = None,
) -> Line:
    """Return a column of Python objects as text, numbers or times.

    Parameters
    ----------
    values : ndarray of object, shape (n_rows,)
        One cell a row; None, NaN, NaT and NA are missing.
    name : str or int
        The column's name, for messages.
    where : str
        The data it belongs to, for messages.
    note : callable
        Takes a sentence for the reader, when a column mixes types.
    row_name : callable, optional
        Says where a row is, such as "line 7"; "row 6" by default.

    Raises
    ------
    SourceError
        If a cell holds a list, dict, array or another object; the message names column, row and type.
    """
    sorts = _sorts(values, name, where, row_name)
    if not sorts:
        return MissingLine(len(values), "object")
    if sorts == {_TEXT}:
        return ObjectLine(values)
    if sorts == {_TRUTH}:
        return NumpyLine(*_filled(values, np.dtype(bool)))
    if sorts <= {_NUMBER, _TRUTH}:
        return _number_line(values)
    if sorts in ({_TIME}, {_SPAN}, {_CLOCK}):
        line = _time_line(values)
        if line is not None:
            return line
    words = [sort.word for sort in sorted(sorts, key=lambda sort: sort.rank)]
    if len(words) > 1:
        mixed = ", ".join(words[:-1]) + " and " + words[-1]
        note(f"{where}: {described(name)} mixes {mixed}; it is read as text.")
    return ObjectLine(values)


def _sorts(values: NDArray[Any], name: Name, where: str, row_name: Callable[[int], str] | None) -> set[Sort]:
    known: dict[type, Sort | None] = {}
    sorts: set[Sort] = set()
    for i, cell in enumerate(values):
        kind = type(cell)
        if kind not in known:
            known[kind] = _sort_of(kind)
        sort = known[kind]
        if sort is _TEXT:
            sorts.add(sort)
        elif not is_missing(cell):
            if sort is None:
                place = row_name(i) if row_name else f"row {i:,}"
                raise SourceError(
                    f"{where}: {described(name)}, {place}: found a cell of type {kind.__name__}, "
                    "expected a number, text, a date or nothing.",
                    _advice(kind),
                )
            sorts.add(sort)
    return sorts


def _advice(kind: type) -> str:
    if kind.__name__ in ("list", "tuple", "ndarray", "set", "Series"):
        return "Spread the cell over several columns (one value a cell), or leave the column out."
    if kind.__name__ == "dict":
        return "Flatten it first, as pandas.json_normalize does, or leave the column out."
    return "Turn the cells into numbers or text, or leave the column out."


def _filled(values: NDArray[Any], dtype: np.dtype[Any]) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
    mask = np.fromiter((is_missing(v) for v in values), dtype=bool, count=len(values))
    filled = np.zeros(len(values), dtype=dtype)
    filled[~mask] = values[~mask]
    return filled, mask if mask.any() else None


def _number_line(values: NDArray[Any]) -> Line:
    integers = all(is_missing(v) or isinstance(v, int | np.integer) for v in values)
    if integers:
        try:
            return NumpyLine(*_filled(values, np.dtype(np.int64)))
        except OverflowError:
            pass  # an integer beyond 64 bits is kept as a float, as pandas and csv readers do
    floats = np.fromiter(_floats(values), dtype=np.float64, count=len(values))
    return NumpyLine(floats)


def _floats(values: NDArray[Any]) -> Iterator[float]:
    for value in values:
        if is_missing(value):
            yield np.nan
            continue
        try:
            yield float(value)
        except OverflowError:
            yield np.inf if value > 0 else -np.inf
        except ValueError:  # Decimal("sNaN"), the only number that float() refuses
            yield np.nan


def _time_line(values: NDArray[Any]) -> Line | None:
    import pyarrow as pa

    try:
        cells = [None if is_missing(v) else _python_time(v) for v in values]
        return ArrowLine(pa.chunked_array([pa.array(cells, from_pandas=True)]), "object")
    except (pa.ArrowException, ValueError, TypeError, OverflowError):
        return None  # offsets that differ, or years beyond 64 bits: text keeps what was there


def _python_time(value: Any) -> Any:
    """Return a NumPy scalar as Python's own type, in microseconds: Arrow takes no other unit from a list."""
    if isinstance(value, np.datetime64):
        return value.astype("M8[us]").item()
    return value.astype("m8[us]").item() if isinstance(value, np.timedelta64) else value


def text_array(values: list[Any]) -> NDArray[Any]:
    """Return a list as a one-dimensional array of objects, whatever its cells are."""
    array = np.empty(len(values), dtype=object)
    for i, value in enumerate(values):
        array[i] = plain_text(value) if isinstance(value, bytes) else value
    return array
