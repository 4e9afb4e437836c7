"""DIF102 rows-removed."""

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
class RowsRemoved:
    """Rows of the earlier version are not in the later one.

    ## Why it matters
    Rows that are taken out change what is learnt and what is measured: a test set from which the hard cases went
    gives a better score for the same model. A reviewer should see how many went, and of which classes.

    ## How it decides
    Exact. Rows are the same if their content is (a 64-bit hash over the columns that both versions have, those that
    number the rows left out), wherever they stand. A row with the name of an earlier one (`--id`, the path of a
    picture), or at the same place between unchanged rows with enough cells in common, was changed (DIF108) and is
    not gone; one that is in another split moved (DIF107). A note, and a warning where more than `limit` of a split's
    rows went (a tenth: a choice, since it is for a person to judge) or the last row of a class.

    ## What to do
    Say in the pull request why they went. If nobody knows, look at the query or the filter that wrote the file.

    ## When to ignore it
    Where rows leave by rule: a window of time that moves on.

    ## When it cannot tell
    From a saved profile, only how many rows there are. A row whose content changed altogether, without a name, counts
    as one gone and one new.
    """

    code: ClassVar[str] = "DIF102"
    name: ClassVar[str] = "rows-removed"
    severity: ClassVar[Severity] = Severity.NOTE
    consequence: ClassVar[str] = "learns from fewer rows than before"
    tips: ClassVar[tuple[str, ...]] = ()

    limit: float = option(0.1, "share of a split's rows from which on their loss is a warning")

    def needs(self) -> tuple[RowHashes, LabelOrder]:
        return NEEDS

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        yield from judge_rows(Direction("removed", self.limit), splits)
