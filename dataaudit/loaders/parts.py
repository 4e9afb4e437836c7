"""Parts: the splits as they were found, before they agree on their columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from dataaudit.errors import SourceError
from dataaudit.loaders.arrow import ArrowLine
from dataaudit.loaders.columns import Line, MissingLine, NumpyLine, described
from dataaudit.loaders.source import Locate, TableSource
from dataaudit.model import Name, PixelLayout, Schema, Source, Storage

_ROLES = {
    "train": "train", "training": "train",
    "validation": "validation", "val": "validation", "valid": "validation", "dev": "validation",
    "test": "test", "testing": "test", "holdout": "test",
}  # fmt: skip
_ORDER = ("train", "validation", "test", "other")
_MOST_SPLITS = 20
_SCAN_ROWS = 2**16


def role_of(split: str) -> str:
    """Return "train", "validation", "test" or "other" for a split's name, in any letter case."""
    return _ROLES.get(split.strip().lower(), "other")


def in_split_order(names: Iterable[str]) -> list[str]:
    """Sort split names: train, validation, test, then the others as they came."""
    return sorted(names, key=lambda name: _ORDER.index(role_of(name)))


@dataclass(frozen=True)
class Look:
    """What is known of one column of one split before the splits agree."""

    storage: Storage
    dtype: str
    holds_nothing: Callable[[], bool]


class Part(Protocol):
    """One split, as it was found."""

    split: str
    where: str
    pixels: PixelLayout | None

    @property
    def n_rows(self) -> int | None:
        """Rows, or None when unknown."""
        ...

    def looks(self) -> Mapping[Name, Look]:
        """Return the columns in order."""
        ...

    def as_text(self, names: frozenset[Name]) -> None:
        """Read some columns as text from now on, spelled as they are where that is known."""
        ...

    def by_value(self, name: Name) -> list[Part]:
        """Return one part for each value of a column."""
        ...

    def source(self, schema: Schema) -> Source:
        """Return the rows in the agreed columns."""
        ...


@dataclass
class LinesPart:
    """A split whose columns are lines in memory or mapped from a file.

    Attributes
    ----------
    split : str
        Name of the split.
    where : str
        What a message calls it: a path, or the name of the argument.
    lines : dict of Name to Line
        Columns in order.
    rows : int
        Rows of the lines.
    images : ndarray, shape (n_rows, height, width, channels), optional
        Pictures of an image array.
    reread : callable, optional
        Returns some columns as text lines, spelled as in the file.
    held : (inputs, target), optional
        The rows as the user holds them.
    """

    split: str
    where: str
    lines: dict[Name, Line]
    rows: int
    pixels: PixelLayout | None = None
    images: NDArray[Any] | None = None
    locate: Locate | None = None
    reread: Callable[[frozenset[Name]], Mapping[Name, Line]] | None = None
    positions: NDArray[np.int64] | None = field(default=None, repr=False)
    held: tuple[Any, Any] | None = field(default=None, repr=False)

    @property
    def n_rows(self) -> int | None:
        """Rows of the split."""
        return self.rows if self.positions is None else len(self.positions)

    def looks(self) -> dict[Name, Look]:
        return {
            name: Look(line.storage, line.dtype, partial(_holds_nothing, line)) for name, line in self.lines.items()
        }

    def as_text(self, names: frozenset[Name]) -> None:
        if self.reread is not None:
            self.lines = {**self.lines, **self.reread(names)}

    def by_value(self, name: Name) -> list[Part]:
        line = self.lines[name]
        found: dict[str, list[NDArray[np.int64]]] = {}
        for start in range(0, self.rows, _SCAN_ROWS):
            codes = line.codes(slice(start, min(start + _SCAN_ROWS, self.rows)))
            if (codes.indices < 0).any():
                raise split_value_missing(self.where, name, start + int(np.argmax(codes.indices < 0)))
            for k, value in enumerate(codes.values):
                found.setdefault(str(value), []).append(np.flatnonzero(codes.indices == k) + start)
            check_split_count(self.where, name, found)
        return [
            LinesPart(
                value, f"{self.where} ({value})", self.lines, self.rows, self.pixels, self.images, self.locate,
                self.reread, np.concatenate(found[value]), self.held,
            )
            for value in in_split_order(sorted(found))
        ]  # fmt: skip

    def source(self, schema: Schema) -> Source:
        lines = {c.name: self.lines.get(c.name) or MissingLine(self.rows) for c in schema.columns}
        return TableSource(
            self.split,
            schema,
            lines,
            self.n_rows or 0,
            positions=self.positions,
            pixels=self.images,
            locate=self.locate,
            held=self.held,
        )


def split_value_missing(where: str, name: Name, row: int) -> SourceError:
    """Return the error for a row that belongs to no split."""
    return SourceError(
        f"{where}: the split {described(name)} is empty in row {row:,}.",
        "Name the split of every row, or leave these rows out.",
    )


def check_split_count(where: str, name: Name, values: Mapping[str, Any]) -> None:
    """Raise SourceError if a column has too many values to name splits."""
    if len(values) > _MOST_SPLITS:
        some = ", ".join(repr(v) for v in list(values)[:3])
        raise SourceError(
            f"{where}: the split {described(name)} has more than {_MOST_SPLITS} values ({some}, ...).",
            "A split column holds few names, such as train, validation and test.",
        )


def _holds_nothing(line: Line) -> bool:
    if isinstance(line, MissingLine):
        return True
    if isinstance(line, ArrowLine):
        return bool(line.values.null_count == len(line.values))
    if isinstance(line, NumpyLine):
        if line.mask is not None and line.mask.all():
            return True
        return line.values.dtype.kind == "f" and bool(np.isnan(line.values).all())
    return False
