"""Parquet: a file, a folder, or a partitioned folder, read piece by piece."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from dataaudit.errors import NothingReadError, SourceError
from dataaudit.loaders.arrays import Note
from dataaudit.loaders.columns import (
    ArrowLine,
    Line,
    MissingLine,
    UnusableColumnError,
    arrow_dtype,
    arrow_storage,
    plain_text,
)
from dataaudit.loaders.frame import column_names
from dataaudit.loaders.paths import PARQUET_SUFFIXES
from dataaudit.loaders.source import codes_of_lines, numbers_of, rows_per_chunk
from dataaudit.loaders.splits import Look, Part, check_split_count, in_split_order, split_value_missing
from dataaudit.model import Chunk, Location, Name, PixelLayout, Schema, Source

_READ_AHEAD = 2
"""Batches that Arrow may hold ready: what bounds the memory while a file is read."""


def read_parquet(path: Path, split: str, note: Note) -> ParquetPart:
    """Open a Parquet file, or a folder of them (partitions `name=value` become columns).

    Raises
    ------
    SourceError
        If a file is no Parquet file, is cut off, or a column holds nested values.
    NothingReadError
        If there are no rows.

    Notes
    -----
    Only the footers are read here. Rows stream by batches, so memory does not grow with the file.
    """
    import pyarrow as pa
    import pyarrow.dataset
    import pyarrow.parquet

    files = _files(path) if path.is_dir() else [str(path)]
    try:
        column_names(pa.parquet.read_schema(files[0]).names, str(path))
        data = pa.dataset.dataset(
            files if path.is_dir() else str(path),
            format="parquet",
            partitioning=pa.dataset.partitioning(flavor="hive"),
            **({"partition_base_dir": str(path)} if path.is_dir() else {}),
        )
        n_rows = data.count_rows()
    except (pa.ArrowException, OSError) as error:
        raise SourceError(
            f"{path}: not a readable Parquet file ({str(error).splitlines()[0]}).",
            "The file is cut off, or is of another format: write it again.",
        ) from None
    if n_rows == 0:
        raise NothingReadError(f"{path}: it holds no rows.", "There is nothing to audit; check the export.")
    kept = [name for name in data.schema.names if not name.startswith("__index_level_")]
    if len(kept) < len(data.schema.names):
        note(f"{path}: the stored pandas index is left out.")
    return ParquetPart(split, str(path), data, kept, n_rows)


def _files(folder: Path) -> list[str]:
    """Return the Parquet files below a folder in the order of their paths; hidden ones and `_metadata` left out."""
    found = (f for f in folder.rglob("*") if f.suffix.lower() in PARQUET_SUFFIXES and f.is_file())
    return sorted(f.as_posix() for f in found if not any(p.startswith((".", "_")) for p in f.relative_to(folder).parts))


class ParquetPart:
    """A split whose rows stream from Parquet files.

    Parameters
    ----------
    split : str
        Name of the split.
    where : str
        The path, for messages.
    data : pyarrow.dataset.Dataset
        The files.
    names : sequence of str
        Columns that are read.
    n_rows : int
        Rows of the split.
    chosen : pyarrow.dataset.Expression, optional
        Which rows belong to the split.
    """

    pixels: PixelLayout | None = None

    def __init__(
        self, split: str, where: str, data: Any, names: Sequence[str], n_rows: int, chosen: Any = None
    ) -> None:
        self.split = split
        self.where = where
        self._data = data
        self._names = list(names)
        self._n_rows = n_rows
        self._chosen = chosen

    @property
    def n_rows(self) -> int | None:
        """Rows of the split."""
        return self._n_rows

    def looks(self) -> Mapping[Name, Look]:
        looks: dict[Name, Look] = {}
        for name in self._names:
            kind = self._data.schema.field(name).type
            try:
                looks[name] = Look(arrow_storage(kind), arrow_dtype(kind), partial(_is_null, kind))
            except UnusableColumnError as error:
                raise SourceError(
                    f"{self.where}: column {name!r} {error}, expected numbers, text, dates or truth values.",
                    "Spread nested values over several columns, or leave the column out.",
                ) from None
        return looks

    def as_text(self, names: frozenset[Name]) -> None:
        """Do nothing: every line answers in text when it is asked for codes."""

    def by_value(self, name: Name) -> list[Part]:
        import pyarrow.compute as pc

        counts: dict[Any, int] = {}
        row = 0
        for batch in self._data.to_batches(columns=[str(name)]):
            column = batch.column(0)
            if column.null_count:
                raise split_value_missing(self.where, name, row + int(np.argmax(column.is_null().to_numpy(False))))
            for entry in column.value_counts().to_pylist():
                counts[entry["values"]] = counts.get(entry["values"], 0) + entry["counts"]
            check_split_count(self.where, name, {plain_text(value): None for value in counts})
            row += len(column)
        by_text = {plain_text(value): value for value in counts}
        return [
            ParquetPart(
                text,
                f"{self.where} ({text})",
                self._data,
                self._names,
                counts[by_text[text]],
                pc.field(str(name)) == by_text[text],
            )
            for text in in_split_order(sorted(by_text))
        ]

    def source(self, schema: Schema) -> Source:
        present = [str(c.name) for c in schema.columns if c.name in self._names]
        step = rows_per_chunk(len(schema.numbers))
        return BatchSource(self.split, schema, self._n_rows, partial(self._batches, present, step), self.where)

    def _batches(self, columns: list[str], step: int) -> Iterator[Any]:
        return iter(
            self._data.to_batches(
                columns=columns,
                filter=self._chosen,
                batch_size=step,
                batch_readahead=_READ_AHEAD,
                fragment_readahead=1,
            )
        )


def _is_null(kind: Any) -> bool:
    return str(kind) == "null"


class BatchSource:
    """The rows of one split, from a stream of Arrow batches.

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
        self, split: str, schema: Schema, n_rows: int, batches: Callable[[], Iterator[Any]], where: str
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
                if batch.num_rows:
                    yield self._chunk(batch, start)
                    start += batch.num_rows
        except (pa.ArrowException, OSError) as error:
            raise SourceError(
                f"{self._where}: cannot be read after row {start:,} ({str(error).splitlines()[0]}).",
                "A file is damaged: write it again.",
            ) from None

    def _chunk(self, batch: Any, start: int) -> Chunk:
        rows = slice(0, batch.num_rows)
        have = set(batch.schema.names)
        lines: dict[Name, Line] = {
            c.name: ArrowLine(batch.column(str(c.name))) if c.name in have else MissingLine(batch.num_rows)
            for c in self.schema.columns
        }
        numbers = [lines[c.name] for c in self.schema.numbers]
        coded = {c.name: lines[c.name] for c in self.schema.coded}
        return Chunk(
            self.split,
            start,
            batch.num_rows,
            partial(numbers_of, numbers, rows),
            partial(codes_of_lines, coded, rows),
        )

    def locate(self, rows: Sequence[int]) -> list[Location]:
        """Return nothing: Parquet has no lines."""
        return []

    def row_names(self, rows: Sequence[int]) -> list[str] | None:
        """Return None: rows are no files."""
        return None
