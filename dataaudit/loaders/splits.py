"""From parts to a data set: one schema for all splits, roles for columns and splits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dataaudit.errors import NothingReadError, SourceError, did_you_mean, nearest
from dataaudit.loaders.parts import Part, role_of
from dataaudit.model import Column, Dataset, Name, Role, Schema, Source, Stage, Storage

_LISTED = 8


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
                    f"Column {name!r} is named as {taken[name]} and as {option}.",
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
                said.append(f"Column {name!r} differs between splits ({spelled}): it is read as text.")
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
