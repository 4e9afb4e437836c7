"""DIF107 moved-between-splits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from dataaudit.analyzers.change.match import some
from dataaudit.analyzers.change.rows import each_split, row_changes, side_by_side
from dataaudit.analyzers.change.versions import change_of
from dataaudit.analyzers.common import ROW_CAP, plural
from dataaudit.model import Finding, NotApplicable, Passed, Severity, SplitView
from dataaudit.registry import register
from dataaudit.stats.row_hashes import RowHashes


@register
@dataclass(frozen=True)
class MovedBetweenSplits:
    """Rows are in another split than before.

    ## Why it matters
    A row that leaves test for train has been measured on and is learnt from next: scores before and after no longer
    speak of the same test set. A row that comes to test from train was seen by every model trained so far, which will
    remember it.

    ## How it decides
    Exact: the same content (or the same name, `--id`) in another split than before, and not in both. An error where
    test gains or loses such rows, a warning between train and validation. Where rows repeat so much that chance would
    make as many pairs of one row removed and one added (probability above 1e-3), nothing is said.

    ## What to do
    Keep the split fixed: by a hash of an id, or by a file that lists the test rows. After a new split on purpose, no
    earlier score is to be compared, and no earlier model is to be tested on it.

    ## When to ignore it
    A data set that is split anew on purpose, with every model trained anew.

    ## When it cannot tell
    From a saved profile, and where one version has no splits.
    """

    code: ClassVar[str] = "DIF107"
    name: ClassVar[str] = "moved-between-splits"
    severity: ClassVar[Severity] = Severity.ERROR
    consequence: ClassVar[str] = "is scored on rows that earlier models were fitted on, or the reverse"
    tips: ClassVar[tuple[str, ...]] = ()

    def needs(self) -> tuple[RowHashes]:
        return (RowHashes(),)

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        change = change_of(splits)
        if change.head.views and min(len(change.base.views), len(change.head.views)) < 2:
            raise NotApplicable("a version has one split, which no row can leave for another")
        changes = row_changes(splits)
        for name, mine in each_split(changes.head, changes.moved[1]):
            for source, of in each_split(changes.base, changes.moved[0][mine]):
                pairs = some(some(changes.moved, mine), of)
                n = len(pairs[0])
                before = change.base.views[change.splits.get(source, source)]
                thing = "picture" if change.of_pictures else "row"
                positions = changes.base.row[pairs[0]][:200].tolist()
                shown = side_by_side(change, changes, pairs, [], "The same row, where it was and where it is")
                yield Finding(
                    f"{plural(n, thing)} of {name} {'was' if n == 1 else 'were'} in {source} before",
                    splits=(source, name) if source in change.head.views else (name,),
                    rows=tuple(changes.head.row[pairs[1]][:ROW_CAP].tolist()),
                    row_count=n,
                    severity=Severity.ERROR
                    if "test" in (before.role, change.head.views[name].role)
                    else Severity.WARNING,
                    evidence={"positions_in_base": positions, "from": source, "to": name},
                    figure=shown.figure,
                    place=f"{source} to {name}",
                    fix="Keep the split of the base: take these rows back to where they were.",
                )  # fmt: skip
        yield Passed(f"{plural(len(changes.same[0]), 'row')} are in the split they were in")
