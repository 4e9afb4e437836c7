"""From parts to a data set: one schema for all splits, roles for columns and splits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from dataaudit.errors import NothingReadError, SourceError, did_you_mean, nearest
from dataaudit.loaders.columns import ArrowLine, Line, MissingLine, NumpyLine, described
from dataaudit.loaders.source import Locate, TableSource
from dataaudit.model import Column, Dataset, Name, PixelLayout, Role, Schema, Source, Stage, Storage

_ROLES = {
    "train": "train", "training": "train",
    "validation": "validation", "val": "validation", "valid": "validation", "dev": "validation",
    "test": "test", "testing": "test", "holdout": "test",
}  # fmt: skip
_ORDER = ("train", "validation", "test", "other")
_MOST_SPLITS = 20
_LISTED = 8
_SCAN_ROWS = 2**16


def role_of(split: str) -> str:
    """Return "train", "validation", "test" or "other" for a split's name, in any letter case."""
    return _ROLES.get(split.strip().lower(), "other")


def in_split_order(names: Iterable[str]) -> list[str]:
    """Sort split names: train, validation, test, then the others as they came."""
    return sorted(names, key=lambda name: _ORDER.index(role_of(name)))


@dataclass(frozen=True)
class Columns:
    """Which columns have a role, as the user named them."""

    target: tuple[Name, ...] = ()
    split: tuple[Name, ...] = ()
    group: tuple[Name, ...] = ()
    time: tuple[Name, ...] = ()
    id: tuple[Name, ...] = ()

    def by_role(self) -> tuple[tuple[Role, str, tuple[Name, ...]], ...]:
        """Return role, option and names, for each role."""
        return (
            (Role.TARGET, "target", self.target),
            (Role.SPLIT, "split_column", self.split),
            (Role.GROUP, "group", self.group),
            (Role.TIME, "time", self.time),
            (Role.ID, "id", self.id),
        )


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
                self.reread, np.concatenate(found[value]),
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


# ---------------------------------------------------------------- agreement


def assemble(
    parts: Sequence[Part],
    columns: Columns,
    *,
    name: str,
    kind: str,
    stage: Stage,
    notes: Sequence[str] = (),
    classes: tuple[str, ...] = (),
) -> Dataset:
    """Return a data set whose splits have the same columns, stored alike.

    Parameters
    ----------
    parts : sequence of Part
        The splits as they were found, train first.
    columns : Columns
        Columns with a role.
    name, kind, stage, notes, classes
        Passed on.

    Raises
    ------
    SourceError
        If a named column does not exist, or the splits have different columns or pictures.
    NothingReadError
        If a split holds no rows.
    """
    said = list(notes)
    columns = _resolved(parts, columns)
    for part in parts:
        if part.n_rows == 0:
            raise NothingReadError(f"{part.where}: it holds no rows.", "There is nothing to audit; check the export.")
    if columns.split:
        parts = _split(parts, columns.split)
    _same_columns(parts, set(columns.target), said)
    _same_pictures(parts)
    storages = _agreed(parts, said)
    roles = {column: role for role, _, names in columns.by_role() for column in names}
    sources: dict[str, Source] = {}
    for part in parts:
        looks = part.looks()
        agreed = tuple(
            Column(
                column,
                storage,
                looks[column].dtype if column in looks else "null",
                roles.get(column, Role.FEATURE),
            )
            for column, storage in storages.items()
        )
        sources[part.split] = part.source(Schema(agreed, part.pixels, False, classes))
    return Dataset(name, kind, sources, {split: role_of(split) for split in sources}, stage, tuple(said))


def _resolved(parts: Sequence[Part], columns: Columns) -> Columns:
    """Return the roles with every name as the data spells it."""
    known = list(dict.fromkeys(n for part in parts for n in part.looks()))
    taken: dict[Name, str] = {}
    found: dict[str, tuple[Name, ...]] = {}
    for role, option, names in columns.by_role():
        found[role.value] = tuple(_find(name, known, option, parts) for name in names)
        for name in found[role.value]:
            if taken.setdefault(name, option) != option:
                raise SourceError(
                    f"{described(name)} is named as {taken[name]} and as {option}.".capitalize(),
                    "A column has one role; name another column for one of them.",
                )
    return Columns(**found)


def _find(name: Name, known: Sequence[Name], option: str, parts: Sequence[Part]) -> Name:
    if name in known:
        return name
    for other in known:
        if str(other) == str(name):
            return other
    raise SourceError(
        f"{parts[0].where}: there is no column {name!r} ({option}).", did_you_mean(str(name), map(str, known))
    )


def _split(parts: Sequence[Part], names: tuple[Name, ...]) -> Sequence[Part]:
    if len(parts) > 1:
        raise SourceError(
            "A split column was named, but the splits are given apart.",
            "Give one file with split_column, or separate files without it.",
        )
    return parts[0].by_value(names[0])


def _same_columns(parts: Sequence[Part], targets: set[Name], said: list[str]) -> None:
    first = parts[0]
    expected = first.looks().keys()
    for part in parts[1:]:
        here = part.looks().keys()
        lacking = [n for n in expected if n not in here]
        extra = [n for n in here if n not in expected]
        if lacking and not extra and set(lacking) == targets:
            said.append(f"The split {part.split!r} has no target column: it is taken as unlabelled.")
            continue
        if not lacking and not extra:
            continue
        if all(isinstance(n, int) for n in (*lacking, *extra)):
            raise SourceError(
                f"The splits have different columns: {first.split!r} has {len(expected):,}, "
                f"{part.split!r} has {len(here):,}.",
                "Every split needs the same columns.",
            )
        differences = [
            f"{_names(found)} in {split!r} only"
            for found, split in ((lacking, first.split), (extra, part.split))
            if found
        ]
        raise SourceError(
            f"The splits have different columns: {'; '.join(differences)}.", _column_hint(lacking, extra, part.split)
        )


def _names(names: Sequence[Name]) -> str:
    listed = ", ".join(repr(n) for n in names[:_LISTED])
    more = f" and {len(names) - _LISTED:,} more" if len(names) > _LISTED else ""
    return f"{listed}{more} {'is' if len(names) == 1 else 'are'}"


def _column_hint(lacking: Sequence[Name], extra: Sequence[Name], split: str) -> str:
    for name in lacking:
        close = nearest(str(name), map(str, extra))
        if close is not None:
            return f"Is {close!r} in {split!r} meant to be {name!r}? Every split needs the same columns."
    return "Every split needs the same columns (their order is free)."


def _same_pictures(parts: Sequence[Part]) -> None:
    first = parts[0]
    for part in parts[1:]:
        if (part.pixels is None) != (first.pixels is None):
            raise SourceError(f"{first.split!r} and {part.split!r} differ: only one of them is an array of pictures.")
        if first.pixels is None or part.pixels is None:
            continue
        shapes = [(p.height, p.width, p.channels, p.channels_first) for p in (first.pixels, part.pixels)]
        if shapes[0] != shapes[1]:
            described_shapes = [
                f"{p.split!r} has {p.pixels.height} × {p.pixels.width} × {p.pixels.channels}"
                f" (channels {'first' if p.pixels.channels_first else 'last'})"
                for p in (first, part)
                if p.pixels is not None
            ]
            raise SourceError(
                f"The splits hold pictures of different shapes: {', '.join(described_shapes)}.",
                "Feed every split through the same resizing and layout.",
            )


def _agreed(parts: Sequence[Part], said: list[str]) -> dict[Name, Storage]:
    """Return the storage of each column in all splits; columns that differ are noted."""
    looks = {part.split: part.looks() for part in parts}
    storages: dict[Name, Storage] = {}
    as_text: set[Name] = set()
    for name in parts[0].looks():
        here = {split: look[name] for split, look in looks.items() if name in look}
        kinds = {look.storage for look in here.values()}
        if len(kinds) > 1:
            full = {split: look for split, look in here.items() if not look.holds_nothing()}
            kinds = {look.storage for look in (full or here).values()}
            storages[name] = _common(kinds)
            if storages[name] is Storage.TEXT and len(kinds) > 1:
                as_text.add(name)
            if not storages[name].is_number and len(kinds) > 1:
                spelled = ", ".join(f"{look.dtype} in {split!r}" for split, look in full.items())
                said.append(f"{described(name).capitalize()} differs between splits ({spelled}): it is read as text.")
        else:
            storages[name] = next(iter(kinds))
    if as_text:
        for part in parts:
            part.as_text(frozenset(as_text))
    return storages


def _common(kinds: set[Storage]) -> Storage:
    if len(kinds) == 1:
        return next(iter(kinds))
    if kinds <= {Storage.INTEGER, Storage.BOOLEAN}:
        return Storage.INTEGER
    if kinds <= {Storage.INTEGER, Storage.BOOLEAN, Storage.FLOAT}:
        return Storage.FLOAT
    if Storage.CATEGORY in kinds and Storage.TEXT not in kinds:
        return Storage.CATEGORY
    return Storage.TEXT
