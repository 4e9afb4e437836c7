"""One column at a time: how numbers, times, text and categories become lines and codes."""

from __future__ import annotations

import re
import sys
from collections.abc import Hashable, Iterable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from dataaudit.model import Codes, Floats, Name, Storage

Rows = slice | NDArray[np.int64]
"""Consecutive rows, or the ascending positions of some rows."""

PER_SECOND = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}
_FRACTION = re.compile(r"(.*:\d\d)(\.\d+)(\D.*)?")


class UnusableColumnError(Exception):
    """A column whose type has no meaning for an audit; its message completes "column 'x' ..."."""


class Line(Protocol):
    """One column of one split, read slice by slice.

    Every line answers `codes`; `fill` is asked only of lines whose storage is a number.
    """

    storage: Storage
    dtype: str

    def __len__(self) -> int: ...

    def fill(self, rows: Rows, out: Floats) -> None:
        """Write some rows into `out`, shape (n_rows,), NaN where missing."""
        ...

    def codes(self, rows: Rows) -> Codes:
        """Return some rows as codes over text, -1 where missing."""
        ...


def row_count(rows: Rows) -> int:
    """Return how many rows a selection holds."""
    return rows.stop - rows.start if isinstance(rows, slice) else len(rows)


def codes_of(values: Iterable[Hashable]) -> Codes:
    """Return values as codes in order of appearance; None stands for missing.

    Examples
    --------
    >>> codes_of(["b", None, "b"]).indices.tolist()
    [0, -1, 0]
    """
    seen: dict[Hashable, int] = {}
    indices = [-1 if v is None else seen.setdefault(v, len(seen)) for v in values]
    return Codes(np.array(indices, dtype=np.int32), tuple(seen))


def is_missing(value: Any) -> bool:
    """Whether a cell holds None, NaN, NaT or pandas' NA."""
    if value is None:
        return True
    if isinstance(value, float | np.floating):
        return bool(np.isnan(value))
    if isinstance(value, np.datetime64 | np.timedelta64):
        return bool(np.isnat(value))
    pandas = sys.modules.get("pandas")
    return pandas is not None and (value is pandas.NA or value is pandas.NaT)


def plain_text(value: Any) -> str:
    """Return a scalar as text: numbers in their shortest form, times in ISO form."""
    if isinstance(value, np.datetime64):
        return _short_time(str(value))
    if isinstance(value, np.generic) and not isinstance(value, np.timedelta64):
        value = value.item()
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    isoformat = getattr(value, "isoformat", None)
    return str(value) if isoformat is None else _short_time(str(isoformat()))


def _short_time(text: str) -> str:
    """Return a time in ISO form without the zeros that its unit added: the same whatever held it."""
    match = _FRACTION.fullmatch(text)
    return text if match is None else f"{match[1]}{match[2].rstrip('0').rstrip('.')}{match[3] or ''}"


# ---------------------------------------------------------------- nothing


class MissingLine:
    """A column that is not there, or holds no value at all."""

    storage = Storage.FLOAT

    def __init__(self, n_rows: int, dtype: str = "null") -> None:
        self.dtype = dtype
        self._n_rows = n_rows

    def __len__(self) -> int:
        return self._n_rows

    def fill(self, rows: Rows, out: Floats) -> None:
        out.fill(np.nan)

    def codes(self, rows: Rows) -> Codes:
        return Codes(np.full(row_count(rows), -1, dtype=np.int32), ())


# ---------------------------------------------------------------- NumPy


class NumpyLine:
    """A NumPy column of numbers, truth values or times.

    Parameters
    ----------
    values : ndarray, shape (n_rows,)
        Real numbers, booleans, datetime64 or timedelta64; never written to, never copied whole.
    mask : ndarray of bool, shape (n_rows,), optional
        True where missing.

    Raises
    ------
    UnusableColumnError
        If the values are of another type, such as complex numbers.
    """

    def __init__(self, values: NDArray[Any], mask: NDArray[np.bool_] | None = None) -> None:
        self.storage = numpy_storage(values.dtype)
        self.dtype = str(values.dtype)
        self.values = values
        self.mask = mask

    def __len__(self) -> int:
        return len(self.values)

    def fill(self, rows: Rows, out: Floats) -> None:
        part = self.values[rows]
        if part.dtype.kind in "mM":
            _fill_seconds(part, out)
        else:
            with np.errstate(over="ignore"):  # a long double beyond float64 becomes infinite, as it should
                out[...] = part
        if self.mask is not None:
            out[self.mask[rows]] = np.nan

    def codes(self, rows: Rows) -> Codes:
        part = self.values[rows]
        missing = np.zeros(len(part), dtype=bool) if self.mask is None else np.asarray(self.mask[rows])
        if part.dtype.kind == "f":
            missing = missing | np.isnan(part)
        elif part.dtype.kind in "mM":
            missing = missing | np.isnat(part)
        values, inverse = np.unique(part[~missing], return_inverse=True)
        indices = np.full(len(part), -1, dtype=np.int32)
        indices[~missing] = inverse
        return Codes(indices, tuple(plain_text(v) for v in values))


def numpy_storage(dtype: np.dtype[Any]) -> Storage:
    """Return the storage of a NumPy type of numbers, truth values or times."""
    if dtype.kind == "c":
        raise UnusableColumnError(f"holds complex numbers ({dtype})")
    if dtype.kind not in "fiubmM":
        raise UnusableColumnError(f"is of type {dtype}")
    by_kind = {"i": Storage.INTEGER, "u": Storage.INTEGER, "b": Storage.BOOLEAN, "M": Storage.DATETIME}
    return by_kind.get(dtype.kind, Storage.FLOAT)


def _fill_seconds(part: NDArray[Any], out: Floats) -> None:
    unit, step = np.datetime_data(part.dtype)
    if unit not in PER_SECOND or step != 1:
        part = part.astype(
            f"{part.dtype.kind}8[s]" if unit in ("Y", "M", "W", "D", "h", "m") else f"{part.dtype.kind}8[ns]"
        )
        unit = np.datetime_data(part.dtype)[0]
    np.divide(part.astype(np.int64), PER_SECOND[unit], out=out)
    out[np.isnat(part)] = np.nan


class MatrixColumn(NumpyLine):
    """A column of a matrix that is copied together with its neighbours.

    Parameters
    ----------
    matrix : ndarray, shape (n_rows, n_columns)
        Real numbers or booleans.
    j : int
        Position of the column.
    mask : ndarray of bool, shape (n_rows, n_columns), optional
        True where missing.
    """

    def __init__(self, matrix: NDArray[Any], j: int, mask: NDArray[np.bool_] | None = None) -> None:
        super().__init__(matrix[:, j], None if mask is None else mask[:, j])
        self.matrix = matrix
        self.j = j


# ---------------------------------------------------------------- Python objects


class ObjectLine:
    """A NumPy column of text, or of cells of several types that are taken as text.

    Parameters
    ----------
    values : ndarray of object or str, shape (n_rows,)
        Text, scalars, and None, NaN, NaT or NA where missing.
    """

    storage = Storage.TEXT

    def __init__(self, values: NDArray[Any], dtype: str = "object") -> None:
        self.dtype = dtype
        self.values = values

    def __len__(self) -> int:
        return len(self.values)

    def fill(self, rows: Rows, out: Floats) -> None:
        raise TypeError("a column of text has no numbers")

    def codes(self, rows: Rows) -> Codes:
        return codes_of(
            v if type(v) is str else None if is_missing(v) else plain_text(v) for v in self.values[rows].tolist()
        )


def described(name: Name) -> str:
    """Return how a message names a column: `column 'age'`, or `column 3` where it has no name."""
    return f"column {name!r}"
