"""Parquet: a file, a folder, or a partitioned folder, read piece by piece."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from dataaudit.errors import NothingReadError, SourceError
from dataaudit.loaders.arrays import Note
from dataaudit.loaders.arrow import ArrowLine, arrow_dtype, arrow_storage
from dataaudit.loaders.columns import Line, MissingLine, Rows, UnusableColumnError, codes_of, row_count
from dataaudit.loaders.frame import column_names
from dataaudit.loaders.parts import Look, Part, check_split_count, in_split_order, split_value_missing
from dataaudit.loaders.paths import PARQUET_SUFFIXES
from dataaudit.loaders.source import codes_of_lines, numbers_of, rows_per_chunk
from dataaudit.model import Chunk, Location, Name, PixelLayout, Schema, Source, Storage

_BUFFER_BYTES = 1 << 20
_SCAN_ROWS = 1 << 16
_INDEX = "__index_level_"
_MIXABLE = {Storage.FLOAT, Storage.INTEGER, Storage.BOOLEAN}


@dataclass(frozen=True)
class _File:
    """One file: its path, and the values that its folders' names hold for all its rows."""

    path: str
    fixed: Mapping[str, Any]


@dataclass(frozen=True)
class _Batch:
    """Some consecutive rows of one file; `rows` says which of them belong to the split."""

    lines: Mapping[Name, Line]
    rows: Rows


def read_parquet(path: Path, split: str, note: Note) -> ParquetPart:
    """Open a Parquet file, or a folder of them (partitions `name=value` become columns).

    Raises
    ------
    SourceError
        If a file is no Parquet file, is cut off, a column holds nested values, or files disagree on a column.
    NothingReadError
        If there are no rows.

    Notes
    -----
    Only the footers are read here. Rows stream by batches from one file after the other, so memory does not grow
    with their number.
    """
    import pyarrow as pa
    import pyarrow.dataset as ds
    import pyarrow.parquet as pq

    paths = _files(path) if path.is_dir() else [str(path)]
    if not paths:
        raise NothingReadError(f"{path}: the folder holds no readable Parquet files.")
    try:
        column_names(pq.read_schema(paths[0]).names, str(path))
        data = ds.dataset(
            paths if path.is_dir() else str(path),
            format="parquet",
            partitioning=ds.partitioning(flavor="hive"),
            **({"partition_base_dir": str(path)} if path.is_dir() else {}),
        )
        fragments = list(data.get_fragments())
        files = [_File(f.path, ds.get_partition_keys(f.partition_expression)) for f in fragments]
        schemas = [f.physical_schema for f in fragments]
        n_rows = data.count_rows()
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise SourceError(
            f"{_first_broken(paths) or path}: not a readable Parquet file ({str(error).splitlines()[0].rstrip('.')}).",
            "The file is cut off, or is of another format: write it again.",
        ) from None
    if n_rows == 0:
        raise NothingReadError(f"{path}: it holds no rows.", "There is nothing to audit; check the export.")
    looks: dict[Name, Look] = {}
    for file, schema in zip(files, schemas, strict=True):
        _look(looks, file.path, [(f.name, f.type) for f in schema])
    _look(looks, str(path), [(name, data.schema.field(name).type) for name in files[0].fixed])
    if any(str(name).startswith(_INDEX) for schema in schemas for name in schema.names):
        note(f"{path}: the stored pandas index is left out.")
    return ParquetPart(split, str(path), files, looks, n_rows)


def _first_broken(paths: Sequence[str]) -> str | None:
    """Return the first of several files whose footer cannot be read; Arrow's message does not always name it."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    for path in paths:
        try:
            pq.read_schema(path)
        except (pa.ArrowException, OSError, UnicodeDecodeError):
            return path
    return None


def _files(folder: Path) -> list[str]:
    """Return the Parquet files below a folder in the order of their paths; hidden ones and `_metadata` left out."""
    found = (f for f in folder.rglob("*") if f.suffix.lower() in PARQUET_SUFFIXES and f.is_file())
    return sorted(f.as_posix() for f in found if not any(p.startswith((".", "_")) for p in f.relative_to(folder).parts))


def _look(looks: dict[Name, Look], where: str, fields: Sequence[tuple[str, Any]]) -> None:
    """Add the columns of one file; raise SourceError if another file has one of them as another kind of value."""
    for name, kind in fields:
        if name.startswith(_INDEX):
            continue
        try:
            here = Look(arrow_storage(kind), arrow_dtype(kind), partial(_is_null, kind))
        except UnusableColumnError as error:
            raise SourceError(
                f"{where}: column {name!r} {error}, expected numbers, text, dates or truth values.",
                "Spread nested values over several columns, or leave the column out.",
            ) from None
        known = looks.setdefault(name, here)
        if known.holds_nothing():
            looks[name] = here
        elif known.storage is not here.storage and not here.holds_nothing():
            if not {known.storage, here.storage} <= _MIXABLE:
                raise SourceError(
                    f"{where}: column {name!r} is of type {here.dtype}, and of type {known.dtype} in other files.",
                    "Write all files with one schema.",
                )
            looks[name] = Look(Storage.FLOAT, "float64", partial(_is_null, kind))


def _is_null(kind: Any) -> bool:
    return str(kind) == "null"


class ParquetPart:
    """A split whose rows stream from Parquet files.

    Parameters
    ----------
    split : str
        Name of the split.
    where : str
        The path, for messages.
    files : sequence of _File
        In order.
    looks : mapping of Name to Look
        The columns of all files.
    n_rows : int
        Rows of the split.
    chosen : tuple of (Name, str), optional
        The column that names the splits, and the value of this one.
    """

    pixels: PixelLayout | None = None

    def __init__(
        self,
        split: str,
        where: str,
        files: Sequence[_File],
        looks: Mapping[Name, Look],
        n_rows: int,
        chosen: tuple[Name, str] | None = None,
    ) -> None:
        self.split = split
        self.where = where
        self._files = files
        self._looks = looks
        self._n_rows = n_rows
        self._chosen = chosen

    @property
    def n_rows(self) -> int | None:
        """Rows of the split."""
        return self._n_rows

    def looks(self) -> Mapping[Name, Look]:
        return self._looks

    def as_text(self, names: frozenset[Name]) -> None:
        """Do nothing: every line answers in text when it is asked for codes."""

    def by_value(self, name: Name) -> list[Part]:
        counts: dict[str, int] = {}
        row = 0
        for batch in self._batches((name,), _SCAN_ROWS):
            codes = batch.lines[name].codes(batch.rows)
            if (codes.indices < 0).any():
                raise split_value_missing(self.where, name, row + int(np.argmax(codes.indices < 0)))
            for value, count in zip(codes.values, codes.counts.tolist(), strict=True):
                counts[str(value)] = counts.get(str(value), 0) + count
            check_split_count(self.where, name, counts)
            row += len(codes.indices)
        return [
            ParquetPart(value, f"{self.where} ({value})", self._files, self._looks, counts[value], (name, value))
            for value in in_split_order(sorted(counts))
        ]

    def source(self, schema: Schema) -> Source:
        names = tuple(c.name for c in schema.columns)
        step = rows_per_chunk(len(schema.numbers))
        return BatchSource(self.split, schema, self._n_rows, partial(self._batches, names, step), self.where)

    def _batches(self, names: Sequence[Name], step: int) -> Iterator[_Batch]:
        import pyarrow.parquet as pq

        for file in self._files:
            # Arrow's scanner reads ahead by whole row groups (2 GB on a file of 1.3 GB); this holds a few pages.
            with pq.ParquetFile(file.path, buffer_size=_BUFFER_BYTES, pre_buffer=False) as opened:
                stored = opened.schema_arrow.names
                wanted = [n for n in stored if n in names] or stored[:1]
                for arrow in opened.iter_batches(batch_size=step, columns=wanted):
                    lines = {name: _line_of(arrow, file, name) for name in names}
                    rows = self._rows(lines, arrow.num_rows)
                    if row_count(rows):
                        yield _Batch(lines, rows)

    def _rows(self, lines: Mapping[Name, Line], n: int) -> Rows:
        if self._chosen is None:
            return slice(0, n)
        name, value = self._chosen
        codes = lines[name].codes(slice(0, n))
        if value not in codes.values:
            return np.empty(0, dtype=np.int64)
        return np.flatnonzero(codes.indices == codes.values.index(value))


def _line_of(batch: Any, file: _File, name: Name) -> Line:
    import pyarrow as pa

    if name in file.fixed:
        value = file.fixed[str(name)]
        return MissingLine(batch.num_rows) if value is None else ArrowLine(pa.repeat(value, batch.num_rows))
    if name in batch.schema.names:
        return ArrowLine(batch.column(str(name)))
    return MissingLine(batch.num_rows)


class BatchSource:
    """The rows of one split, from a stream of batches.

    Parameters
    ----------
    split : str
        Name of the split.
    schema : Schema
        Columns in order.
    n_rows : int
        Rows of the split.
    batches : callable
        Opens the stream anew.
    where : str
        The path, for messages.
    """

    def __init__(
        self, split: str, schema: Schema, n_rows: int, batches: Callable[[], Iterator[_Batch]], where: str
    ) -> None:
        self.split = split
        self.schema = schema
        self._n_rows = n_rows
        self._batches = batches
        self._where = where

    @property
    def n_rows(self) -> int | None:
        """Number of rows."""
        return self._n_rows

    def chunks(self) -> Iterator[Chunk]:
        """Yield the rows in order; raise SourceError where a file breaks off."""
        import pyarrow as pa

        start = 0
        try:
            for batch in self._batches():
                numbers = [batch.lines[c.name] for c in self.schema.numbers]
                coded = {c.name: batch.lines[c.name] for c in self.schema.coded}
                n = row_count(batch.rows)
                yield Chunk(
                    self.split,
                    start,
                    n,
                    partial(numbers_of, numbers, batch.rows),
                    partial(codes_of_lines, coded, batch.rows),
                )
                start += n
        except (pa.ArrowException, OSError) as error:
            raise SourceError(
                f"{self._where}: cannot be read after row {start:,} ({str(error).splitlines()[0]}).",
                "A file is damaged: write it again.",
            ) from None

    def fetch(self, rows: Sequence[int]) -> Chunk:
        """Return some rows by position, in the order asked for; the stream is read again up to the last of them."""
        at = np.asarray(rows, dtype=np.int64)
        wanted, back = np.unique(at, return_inverse=True)
        numbers = np.empty((len(self.schema.numbers), len(wanted)))
        texts = {c.name: np.full(len(wanted), None, dtype=object) for c in self.schema.coded}
        for chunk in self.chunks():
            low, high = np.searchsorted(wanted, [chunk.start, chunk.stop])
            if low < high:
                local = wanted[low:high] - chunk.start
                numbers[:, low:high] = chunk.numbers[:, local]
                for name, codes in chunk.codes.items():
                    texts[name][low:high] = codes.cells(local)
            if high == len(wanted):
                break
        codes_by_name = {name: codes_of(values[back]) for name, values in texts.items()}
        return Chunk(self.split, 0, len(at), numbers[:, back], codes_by_name)

    def locate(self, rows: Sequence[int]) -> list[Location]:
        """Return nothing: Parquet has no lines."""
        return []

    def row_names(self, rows: Sequence[int]) -> list[str] | None:
        """Return None: rows are no files."""
        return None
