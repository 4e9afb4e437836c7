"""Two versions of a data set, as the rules that compare them see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from dataaudit.model import CannotTell, Column, Finding, Name, NotApplicable, Schema, Severity, SplitView
from dataaudit.stats.hashing import Hashes
from dataaudit.stats.row_hashes import RowHashesState

_KEY = "two versions"


@dataclass(frozen=True)
class Version:
    """One of the two versions.

    Attributes
    ----------
    name : str
        As the user named it.
    views : mapping of str to SplitView
        Its splits; empty for a saved report, which holds verdicts and no facts.
    rows : mapping of str to RowHashesState, or None
        Hashes over the columns that both versions have, by split; None where the rows are not at hand.
    keys : mapping of str to ndarray of uint64, or None
        A hash of what names each row (its id, or the path of a picture below the folder), by split; None where rows
        have no names.
    """

    name: str
    views: Mapping[str, SplitView] = field(default_factory=dict)
    rows: Mapping[str, RowHashesState] | None = None
    keys: Mapping[str, Hashes] | None = None

    @property
    def schema(self) -> Schema:
        """Columns; raise CannotTell for a saved report, which has none."""
        if not self.views:
            raise CannotTell(f"{self.name} is a saved report, which holds verdicts but no facts to compare")
        return next(iter(self.views.values())).schema


class Gone(Protocol):
    """A finding of the base, as far as a saved report must hold it."""

    @property
    def rule(self) -> str:
        """Code of the rule."""
        ...

    @property
    def name(self) -> str:
        """Name of the rule."""
        ...

    @property
    def severity(self) -> Severity:
        """How bad it was."""
        ...


@dataclass(frozen=True)
class Findings:
    """The findings of both versions, told apart.

    Attributes
    ----------
    new, known : tuple of Finding
        In the later version alone, and in both; worst first.
    fixed : tuple of Gone
        In the earlier version alone, and looked for again.
    undecided : tuple of Finding
        In the later version, of rules that could not judge the earlier one.
    """

    new: tuple[Finding, ...]
    known: tuple[Finding, ...]
    fixed: tuple[Gone, ...]
    undecided: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Renamed:
    """A column that has another name than before."""

    before: Name
    after: Name


@dataclass(frozen=True)
class Change:
    """The earlier version, the later one, and which of their columns are the same.

    Attributes
    ----------
    base, head : Version
        Before and after.
    columns : tuple of (Column, Column)
        Those that both have, as each of them stores them, in the order of the base; renamed ones among them.
    renamed : tuple of Renamed
        Columns whose content says that only their name is another.
    splits : mapping of str to str
        For each split of the head the split of the base that it is compared with.
    findings : Findings or None
        What the other rules found; None where none of them ran.
    """

    base: Version
    head: Version
    columns: tuple[tuple[Column, Column], ...] = ()
    renamed: tuple[Renamed, ...] = ()
    splits: Mapping[str, str] = field(default_factory=dict)
    findings: Findings | None = None

    def pairs(self) -> list[tuple[SplitView, SplitView]]:
        """Return each split of the base with the one of the head that it is compared with."""
        return [(self.base.views[before], self.head.views[after]) for after, before in self.splits.items()]

    @property
    def alike(self) -> tuple[tuple[Column, Column], ...]:
        """Columns that both versions store in the same way: as numbers, or as text."""
        return tuple((a, b) for a, b in self.columns if a.storage.is_number == b.storage.is_number)

    @property
    def of_pictures(self) -> bool:
        """Whether rows are pictures."""
        return self.head.schema.pictures or self.head.schema.pixels is not None

    @property
    def comparable_targets(self) -> bool:
        """Whether both versions have targets that are stored in the same way."""
        alike = {(a.name, b.name) for a, b in self.alike}
        before, after = self.base.schema.targets, self.head.schema.targets
        return len(before) == len(after) and all(pair in alike for pair in zip(before, after, strict=True))


def given_change(views: Mapping[str, SplitView], change: Change) -> None:
    """Let the rules that compare versions know of both; the views are those of the head."""
    next(iter(views.values())).context.shared[_KEY] = change


def change_of(splits: Mapping[str, SplitView]) -> Change:
    """Return the two versions; raise NotApplicable in an audit of one."""
    change = next(iter(splits.values())).context.shared.get(_KEY)
    if not isinstance(change, Change):
        raise NotApplicable("there is one version of the data; `dataaudit diff BASE HEAD` compares two")
    return change


def matching_splits(base: Mapping[str, str], head: Mapping[str, str]) -> dict[str, str]:
    """Return, for each split of the head, the split of the base of the same name, or else of the same role.

    Parameters
    ----------
    base, head : mapping of str to str
        Role of each split, by name.
    """
    found = {name: name for name in head if name in base}
    for name, role in head.items():
        free = [other for other, its in base.items() if its == role and other not in found.values()]
        if name not in found and role != "other" and len(free) == 1:
            found[name] = free[0]
    return {name: found[name] for name in head if name in found}
