"""Arrow columns: numbers, times, text and dictionaries, sliced without copying the whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataaudit.errors import shortened
from dataaudit.loaders.columns import PER_SECOND, Rows, UnusableColumnError, plain_text
from dataaudit.model import Bools, Codes, Floats, Storage

_DTYPES = {"double": "float64", "float": "float32", "halffloat": "float16"}


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
            return _compact(indices, _words(parts[-1].dictionary), self.blank_is_missing)
        return _compact(_indices(whole), _words(whole.dictionary), self.blank_is_missing)


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
        return Storage.TEXT if _is_uuid(kind) else arrow_storage(kind.storage_type)
    if _is_text(kind) or types.is_binary(kind) or types.is_large_binary(kind):
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
    raise UnusableColumnError(f"holds values of type {shortened(str(kind))}")


def arrow_dtype(kind: Any) -> str:
    """Return what NumPy calls an Arrow type where it has it, "string", "category", else Arrow's own name."""
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        return "category"
    return "string" if _is_text(kind) else _DTYPES.get(str(kind), str(kind))


def _is_uuid(kind: Any) -> bool:
    return str(getattr(kind, "extension_name", "")) == "arrow.uuid"


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
        piece, factor, ticks = piece.cast(pa.int64()), 1.0, PER_SECOND[kind.unit]
    elif types.is_time32(kind):
        piece, factor, ticks = piece.cast(pa.int32()), 1.0, PER_SECOND[kind.unit]
    elif types.is_date64(kind):
        piece, factor, ticks = piece.cast(pa.int64()), 1.0, 1e3
    else:
        factor, ticks = 1.0, 1.0
        if types.is_decimal(kind) or types.is_boolean(kind):
            piece = piece.cast(pa.float64())
    out[...] = _plain(piece)
    if piece.null_count:
        out[_is_null(piece)] = np.nan
    if ticks != 1.0:  # dividing, not multiplying by 1e-9, keeps whole seconds whole
        np.divide(out, ticks, out=out)
    elif factor != 1.0:
        np.multiply(out, factor, out=out)


def _plain(piece: Any) -> NDArray[Any]:
    """Return an Arrow array of numbers as a view; nulls are any number.

    Its own `to_numpy`, and every scalar of Arrow's, would import pandas: 0.3 seconds.
    """
    import pyarrow as pa

    _, values = piece.buffers()
    return np.from_dlpack(pa.Array.from_buffers(piece.type, len(piece), [None, values], offset=piece.offset))


def _is_null(piece: Any) -> Bools:
    """Return which values of an Arrow array that has some are null, by its bits."""
    bits = np.frombuffer(piece.buffers()[0], dtype=np.uint8)
    known = np.unpackbits(bits, count=piece.offset + len(piece), bitorder="little")
    return np.asarray(known[piece.offset :] == 0)


def _encoded(piece: Any) -> Any:
    """Return an Arrow array as a dictionary array over distinct text."""
    import pyarrow as pa

    if isinstance(piece.type, pa.BaseExtensionType) and not _is_uuid(piece.type):
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
    found = _plain(piece.indices).astype(np.int32, copy=False)
    if not piece.indices.null_count:
        return found
    return np.where(_is_null(piece.indices), np.int32(-1), found)


def _words(values: Any) -> list[str]:
    """Return an Arrow array of text as a list; bytes that are no UTF-8, which files may hold, are spelled out."""
    import pyarrow as pa

    try:
        words: list[str] = values.to_pylist()
    except UnicodeDecodeError:
        raw = values.view(pa.large_binary() if pa.types.is_large_string(values.type) else pa.binary())
        words = [v.decode("utf-8", "backslashreplace") for v in raw.to_pylist()]
    return words


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
