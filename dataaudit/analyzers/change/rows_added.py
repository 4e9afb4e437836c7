"""DIF103 rows-added."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from dataaudit.analyzers.change.net import NEEDS, Direction, judge_rows
from dataaudit.model import Finding, Passed, Severity, SplitView, option
from dataaudit.registry import register
from dataaudit.stats.labels import LabelOrder
from dataaudit.stats.row_hashes import RowHashes


@register
@dataclass(frozen=True)
class RowsAdded:
    """Rows of the later version were not in the earlier one.

    ## Why it matters
    New rows are what a data pull request mostly brings. A reviewer should see how many there are and of which classes,
    before reading on what they do to the data.

    ## How it decides
    Exact, as DIF102 tells rows apart. A note, and a warning where there are more than `limit` times as many new rows
    as there were rows (one: the data set is mostly other data now; a choice), or rows of a class that did not exist.

    ## What to do
    Look whether the classes and the number are what was meant. A class that is new by a slip of spelling shows here.

    ## When to ignore it
    Where rows are added every day by the same process; DIF105 still compares them with the earlier ones.

    ## When it cannot tell
    From a saved profile, only how many rows there are.
    """

    code: ClassVar[str] = "DIF103"
    name: ClassVar[str] = "rows-added"
    severity: ClassVar[Severity] = Severity.NOTE
    consequence: ClassVar[str] = "learns from rows that nobody has looked at"
    tips: ClassVar[tuple[str, ...]] = ()

    limit: float = option(1.0, "new rows, as a share of a split's rows before, from which on they are a warning")

    def needs(self) -> tuple[RowHashes, LabelOrder]:
        return NEEDS

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        yield from judge_rows(Direction("added", self.limit), splits)
