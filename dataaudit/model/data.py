"""The nouns of data: columns, pictures, rows, and where they come from."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from dataaudit.model.batches import Fed, Feeding
from dataaudit.model.stages import StageFacts
from dataaudit.model.words import Bools, Floats, Ints, Name, Role, Stage, Storage


@dataclass(frozen=True)
class Column:
    """One column, as far as it is known before a row is read."""

    name: Name
    storage: Storage
    dtype: str
    role: Role = Role.FEATURE


@dataclass(frozen=True)
class PixelLayout:
    """Shape of one picture of an image array, height and width in pixels."""

    height: int
    width: int
    channels: int
    channels_first: bool
    dtype: str


@dataclass(frozen=True)
class Schema:
    """Columns in order, and the pictures beside them where there are any.

    Attributes
    ----------
    columns : tuple of Column
        All columns, the target's among them.
    pixels : PixelLayout or None
        Set for arrays of pictures.
    pictures : bool
        Whether each row is a picture file.
    classes : tuple of str
        Classes declared without rows (class folders, categories), if any.
    targets : tuple of Name
        Names of the target columns; empty when unlabelled.
    """

    columns: tuple[Column, ...]
    pixels: PixelLayout | None = None
    pictures: bool = False
    classes: tuple[str, ...] = ()

    @cached_property
    def numbers(self) -> tuple[Column, ...]:
        """Columns whose values stand in `Chunk.numbers`, in its order."""
        return tuple(c for c in self.columns if c.storage.is_number)

    @cached_property
    def coded(self) -> tuple[Column, ...]:
        """Columns whose values stand in `Chunk.codes`."""
        return tuple(c for c in self.columns if not c.storage.is_number)

    @cached_property
    def number_index(self) -> Mapping[Name, int]:
        """Position of each numeric column in `Chunk.numbers`."""
        return {c.name: j for j, c in enumerate(self.numbers)}

    @cached_property
    def by_name(self) -> Mapping[Name, Column]:
        """Columns by name."""
        return {c.name: c for c in self.columns}

    @cached_property
    def targets(self) -> tuple[Name, ...]:
        """Names of the target columns."""
        return self.with_role(Role.TARGET)

    @cached_property
    def features(self) -> tuple[Name, ...]:
        """Names of the input columns."""
        return self.with_role(Role.FEATURE)

    def with_role(self, role: Role) -> tuple[Name, ...]:
        """Return the names of the columns of one role, in order."""
        return tuple(c.name for c in self.columns if c.role is role)


@dataclass(frozen=True)
class Codes:
    """Values of one column as positions in a list of distinct values.

    Attributes
    ----------
    indices : ndarray of int32, shape (n_rows,)
        Position in `values`; -1 where missing.
    values : sequence of hashable
        Distinct values of this chunk: text, or numbers of an integer column.
    """

    indices: NDArray[np.int32]
    values: Sequence[Hashable]

    @cached_property
    def counts(self) -> Ints:
        """Rows per value, shape (len(values),)."""
        seen = self.indices[self.indices >= 0]
        return np.bincount(seen, minlength=len(self.values)).astype(np.int64)

    def cells(self, at: slice | Ints = slice(None)) -> NDArray[Any]:
        """Return the value of each row, or of some, as objects, None where missing."""
        pool = np.array([*self.values, None], dtype=object)  # -1, a missing one, is the last
        found: NDArray[Any] = pool[self.indices[at]]
        return found


@dataclass(frozen=True)
class Picture:
    """One picture file: what its header says, its pixels, or why there are none.

    Attributes
    ----------
    path : str
        Below the folder, with forward slashes.
    pixels : ndarray of uint8, shape (height, width, channels), or None
        As stored: the EXIF turn is not applied.
    error : str or None
        Why it could not be decoded.
    """

    path: str
    pixels: NDArray[Any] | None = None
    error: str | None = None
    width: int = 0
    height: int = 0
    mode: str = ""
    format: str = ""
    orientation: int = 1
    n_bytes: int = 0


class Chunk:
    """Some consecutive rows of one split.

    The parts are built on first use, in the worker that observes them, so that reading can run ahead.

    Parameters
    ----------
    split : str
        Name of the split.
    start : int
        Position of the first row within its split.
    n_rows : int
        Number of rows.
    numbers : callable or ndarray of float64, shape (n_columns, n_rows)
        One contiguous line for each of `schema.numbers`; NaN where missing; times in seconds since 1970.
    codes : callable or mapping of Name to Codes
        One entry for each of `schema.coded`.
    pixels : ndarray, shape (n_rows, height, width, channels), optional
        Pictures of an image array, channels last (a view).
    pictures : callable returning sequence of Picture, optional
        Picture files, decoded.
    batches : sequence of Fed, optional
        The batches themselves, where the chunk is some. It has no rows where its batch does not fit the schema, and in
        every epoch but the first.
    """

    def __init__(
        self,
        split: str,
        start: int,
        n_rows: int,
        numbers: Callable[[], Floats] | Floats,
        codes: Callable[[], Mapping[Name, Codes]] | Mapping[Name, Codes],
        *,
        pixels: NDArray[Any] | None = None,
        pictures: Callable[[], Sequence[Picture]] | None = None,
        batches: Sequence[Fed] = (),
    ) -> None:
        self.split = split
        self.start = start
        self.n_rows = n_rows
        self.pixels = pixels
        self.batches = batches
        self._numbers = numbers
        self._codes = codes
        self._pictures = pictures
        self._labels: dict[int, Codes] = {}

    @property
    def stop(self) -> int:
        """Position after the last row."""
        return self.start + self.n_rows

    @cached_property
    def numbers(self) -> Floats:
        """Numeric columns, shape (n_columns, n_rows), float64."""
        return self._numbers() if callable(self._numbers) else self._numbers

    @cached_property
    def codes(self) -> Mapping[Name, Codes]:
        """Text and categorical columns."""
        return self._codes() if callable(self._codes) else self._codes

    @cached_property
    def pictures(self) -> Sequence[Picture]:
        """Decoded picture files; empty where rows are no pictures."""
        return self._pictures() if self._pictures is not None else ()

    @cached_property
    def all_finite(self) -> Bools:
        """Whether each numeric column is free of NaN and infinity here, shape (n_columns,)."""
        with np.errstate(over="ignore", invalid="ignore"):
            sums = self.numbers.sum(axis=1)
        finite: Bools = np.isfinite(sums)
        for j in np.flatnonzero(~finite):  # a sum may overflow although no value is infinite
            finite[j] = bool(np.isfinite(self.numbers[j]).all())
        return finite

    def labels(self, name: Name, j: int | None) -> Codes:
        """Return one column as codes, numbers included (distinct values in ascending order).

        Parameters
        ----------
        name : Name
            The column.
        j : int or None
            Its position in `numbers`; None for a text or categorical column.
        """
        if j is None:
            return self.codes[name]
        if j not in self._labels:
            line = self.numbers[j]
            known = ~np.isnan(line)
            values, inverse = np.unique(line[known], return_inverse=True)
            indices = np.full(self.n_rows, -1, dtype=np.int32)
            indices[known] = inverse
            self._labels[j] = Codes(indices, tuple(int(v) if float(v).is_integer() else float(v) for v in values))
        return self._labels[j]


@dataclass(frozen=True)
class Location:
    """A place in a text file, counted from 1."""

    file: str
    line: int


class Source(Protocol):
    """The rows of one split, in order."""

    split: str
    schema: Schema

    @property
    def n_rows(self) -> int | None:
        """Number of rows, or None when it is known only after reading."""
        ...

    def chunks(self) -> Iterator[Chunk]:
        """Yield the rows once, in order."""
        ...

    def locate(self, rows: Sequence[int]) -> list[Location]:
        """Return file and line of some rows; empty where there are no lines."""
        ...

    def row_names(self, rows: Sequence[int]) -> list[str] | None:
        """Return the paths of some rows where rows are files, else None."""
        ...

    def fetch(self, rows: Sequence[int]) -> Chunk:
        """Return some rows by position, in the order asked for; a stream is read again up to the last of them."""
        ...


@runtime_checkable
class Holder(Protocol):
    """A source whose rows the user holds in memory."""

    def held(self) -> tuple[Any, Any] | None:
        """Return inputs and target of the split as the user holds them, types intact: (frame or array, target or None).

        The frame holds all columns, the target's among them where it was given by name; None if the rows were read.
        """
        ...


@dataclass(frozen=True)
class Dataset:
    """What a loader returns: sources by split, and what it found out on the way.

    Attributes
    ----------
    name : str
        Short name for titles.
    kind : str
        "frame", "array", "table", "images", "image array" or "batches".
    sources : mapping of str to Source
        By split name, train first.
    roles : mapping of str to str
        "train", "validation", "test" or "other" for each split.
    stage : Stage
        The kind's own default.
    notes : tuple of str
        What a reader should know about the reading: encoding, delimiter, what was guessed.
    epochs : mapping of str to sequence of Source
        The second and later epochs of each split's loader; their chunks hold batches alone.
    feeding : Feeding or None
        What is known of loaders besides their batches.
    files : mapping of str to str
        The file or folder of each split that was read from one, as the user named it, with forward slashes.
    """

    name: str
    kind: str
    sources: Mapping[str, Source]
    roles: Mapping[str, str]
    stage: Stage
    notes: tuple[str, ...] = ()
    epochs: Mapping[str, Sequence[Source]] = field(default_factory=dict)
    feeding: Feeding | None = None
    stages: tuple[StageFacts, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def schema(self) -> Schema:
        """Columns, the same in every split."""
        return next(iter(self.sources.values())).schema
