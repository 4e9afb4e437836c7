"""One column at a time: how numbers, times, text and categories become lines and codes."""

from __future__ import annotations

import re
import sys
from collections.abc import Hashable, Iterable, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from dataaudit.model import Codes, Floats, Name, Storage

Rows = slice | NDArray[np.int64]
"""Consecutive rows, or the ascending positions of some rows."""

_PER_SECOND = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}
_FRACTION = re.compile(r"(.*:\d\d)(\.\d+)(\D.*)?")
_ARROW_DTYPES = {"double": "float64", "float": "float32", "halffloat": "float16"}


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
    if unit not in _PER_SECOND or step != 1:
        part = part.astype(
            f"{part.dtype.kind}8[s]" if unit in ("Y", "M", "W", "D", "h", "m") else f"{part.dtype.kind}8[ns]"
        )
        unit = np.datetime_data(part.dtype)[0]
    np.divide(part.view(np.int64), _PER_SECOND[unit], out=out)
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


# ---------------------------------------------------------------- Arrow


class ArrowLine:
    """An Arrow column.

    Parameters
    ----------
    values : pyarrow.ChunkedArray
        Numbers, booleans, times, decimals, text, a dictionary, or nulls; never copied whole.
    dtype : str, optional
        What the owner of the data calls the type.
    blank_is_missing : bool
        Whether empty text stands for a missing value, as in a csv file.

    Raises
    ------
    UnusableColumnError
        If the values are lists, structs, maps or another nested type.
    """

    def __init__(self, values: Any, dtype: str | None = None, *, blank_is_missing: bool = False) -> None:
        self.storage = arrow_storage(values.type)
        self.dtype = dtype or arrow_dtype(values.type)
        self.values = values
        self.blank_is_missing = blank_is_missing

    def __len__(self) -> int:
        return len(self.values)

    def pieces(self, rows: Rows) -> Sequence[Any]:
        """Return the Arrow arrays that hold some rows, in order."""
        if isinstance(rows, slice):
            part = self.values.slice(rows.start, rows.stop - rows.start)
        elif len(rows) == 0:
            part = self.values.slice(0, 0)
        else:  # taking from a slice costs what the slice costs, not what the whole column does
            first, last = int(rows[0]), int(rows[-1])
            part = self.values.slice(first, last - first + 1)
            if len(part) != len(rows):
                part = _takeable(part).take(rows - first)
        return part.chunks if hasattr(part, "chunks") else [part]

    def fill(self, rows: Rows, out: Floats) -> None:
        at = 0
        for piece in self.pieces(rows):
            fill_from_arrow(piece, out[at : at + len(piece)])
            at += len(piece)

    def codes(self, rows: Rows) -> Codes:
        import pyarrow as pa

        pieces = [_encoded(piece) for piece in self.pieces(rows)]
        pieces = [piece for piece in pieces if len(piece)]
        if not pieces:
            return Codes(np.empty(0, dtype=np.int32), ())
        whole = pieces[0] if len(pieces) == 1 else pa.chunked_array(pieces).unify_dictionaries()
        if len(pieces) > 1:
            parts = whole.chunks
            indices = np.concatenate([_indices(part) for part in parts])
            return _compact(indices, parts[-1].dictionary.to_pylist(), self.blank_is_missing)
        return _compact(_indices(whole), whole.dictionary.to_pylist(), self.blank_is_missing)


def _takeable(part: Any) -> Any:
    import pyarrow as pa

    return part.cast(pa.large_string()) if _is_view(part.type) else part  # Arrow cannot take from views yet


def arrow_storage(kind: Any) -> Storage:
    """Return the storage of an Arrow type; raise UnusableColumnError for nested types."""
    import pyarrow as pa

    types = pa.types
    if types.is_dictionary(kind):
        arrow_storage(kind.value_type)
        return Storage.CATEGORY
    if isinstance(kind, pa.BaseExtensionType):
        return arrow_storage(kind.storage_type)
    if _is_text(kind) or types.is_binary(kind) or types.is_large_binary(kind) or types.is_fixed_size_binary(kind):
        return Storage.TEXT
    if types.is_boolean(kind):
        return Storage.BOOLEAN
    if types.is_integer(kind):
        return Storage.INTEGER
    if types.is_date(kind) or types.is_timestamp(kind):
        return Storage.DATETIME
    if types.is_floating(kind) or types.is_decimal(kind) or types.is_time(kind) or types.is_duration(kind):
        return Storage.FLOAT
    if types.is_null(kind):
        return Storage.FLOAT
    raise UnusableColumnError(f"holds values of type {kind}")


def arrow_dtype(kind: Any) -> str:
    """Return what NumPy calls an Arrow type where it has it, else Arrow's own name."""
    return _ARROW_DTYPES.get(str(kind), str(kind))


def _is_text(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or _is_view(kind))


def _is_view(kind: Any) -> bool:
    return str(kind) in ("string_view", "binary_view")


def fill_from_arrow(piece: Any, out: Floats) -> None:
    """Write an Arrow array of numbers or times into `out`, shape (n_rows,), NaN where null."""
    import pyarrow as pa

    types = pa.types
    if isinstance(piece.type, pa.BaseExtensionType):
        piece = piece.storage
    kind = piece.type
    if types.is_null(kind):
        out.fill(np.nan)
        return
    if types.is_date32(kind):
        piece, factor, ticks = piece.cast(pa.int32()), 86400.0, 1.0
    elif types.is_timestamp(kind) or types.is_duration(kind) or types.is_time64(kind):
        piece, factor, ticks = piece.cast(pa.int64()), 1.0, _PER_SECOND[kind.unit]
    elif types.is_time32(kind):
        piece, factor, ticks = piece.cast(pa.int32()), 1.0, _PER_SECOND[kind.unit]
    elif types.is_date64(kind):
        piece, factor, ticks = piece.cast(pa.int64()), 1.0, 1e3
    else:
        factor, ticks = 1.0, 1.0
        if types.is_decimal(kind) or types.is_boolean(kind):
            piece = piece.cast(pa.float64())
    out[...] = piece.to_numpy(zero_copy_only=False)
    if ticks != 1.0:  # dividing, not multiplying by 1e-9, keeps whole seconds whole
        np.divide(out, ticks, out=out)
    elif factor != 1.0:
        np.multiply(out, factor, out=out)


def _encoded(piece: Any) -> Any:
    """Return an Arrow array as a dictionary array over distinct text."""
    import pyarrow as pa

    if isinstance(piece.type, pa.BaseExtensionType):
        piece = piece.storage
    if pa.types.is_dictionary(piece.type):
        return _over_text(piece)
    return _as_text(piece).dictionary_encode()


def _over_text(piece: Any) -> Any:
    import pyarrow as pa

    values = _as_text(piece.dictionary)
    distinct = values.dictionary_encode()
    if values.null_count == 0 and len(distinct.dictionary) == len(values):
        return pa.DictionaryArray.from_arrays(piece.indices.cast(pa.int64()).cast(pa.int32()), values)
    return _as_text(piece.cast(piece.type.value_type)).dictionary_encode()


def _as_text(piece: Any) -> Any:
    """Return an Arrow array of any usable type as large_string."""
    import pyarrow as pa

    kind = piece.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return piece
    if pa.types.is_null(kind):
        return pa.nulls(len(piece), pa.large_string())
    if _is_text(kind):
        return piece.cast(pa.large_string())
    return pa.array([None if v is None else plain_text(v) for v in piece.to_pylist()], type=pa.large_string())


def _indices(piece: Any) -> NDArray[np.int32]:
    indices = piece.indices
    if indices.null_count:
        indices = indices.fill_null(-1)
    found: NDArray[np.int32] = indices.to_numpy(zero_copy_only=False).astype(np.int32, copy=False)
    return found


def _compact(indices: NDArray[np.int32], values: list[str], blank_is_missing: bool) -> Codes:
    """Keep only the values that these rows hold."""
    used = np.zeros(len(values), dtype=bool)
    used[indices[indices >= 0]] = True
    if blank_is_missing and "" in values:
        used[values.index("")] = False
    if used.all():
        return Codes(indices, tuple(values))
    renumbered = np.full(len(values) + 1, -1, dtype=np.int32)  # the last place answers for -1
    renumbered[:-1][used] = np.arange(used.sum(), dtype=np.int32)
    return Codes(renumbered[indices], tuple(values[k] for k in np.flatnonzero(used)))


def described(name: Name) -> str:
    """Return how a message names a column: `column 'age'`, or `column 3` where it has no name."""
    return f"column {name!r}"
