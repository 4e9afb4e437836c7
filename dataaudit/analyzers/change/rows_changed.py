"""DIF108 rows-changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from dataaudit.analyzers.change.match import Pairs, RowChanges, some
from dataaudit.analyzers.change.rows import MOST_READ, each_split, row_changes, side_by_side
from dataaudit.analyzers.change.versions import Change, change_of
from dataaudit.analyzers.common import ROW_CAP, joined, percent, plural
from dataaudit.model import Finding, Name, Passed, Role, Severity, SplitView, option
from dataaudit.registry import register
from dataaudit.stats.row_hashes import RowHashes


@register
@dataclass(frozen=True)
class RowsChanged:
    """Rows that were there before have other inputs now.

    ## Why it matters
    A cell that is edited by hand, or a file that is written anew over an old one, changes what is learnt without a
    trace in the number of rows.

    ## How it decides
    Exact for rows with a name: the same `--id`, or for pictures the same path, with other content. Rows without a name
    are paired where they stand at the same place between unchanged rows, in the same order, and if the cells that
    they share would be shared by two random rows less than once in 1,000 times (from the shares of each column's
    values). Up to 2,000 pairs of a split are read again cell by cell; beyond, the rest is taken to be like them if
    nine in ten of those are sure. A note, and a warning where more than `limit` of a split's rows changed. Numbers that
    differ by a hundred-thousandth of their column's spread at most were computed or written anew: rows in which nothing
    else changed are told, and do not count towards `limit`.

    ## What to do
    Look at the rows, which stand side by side in the report; DIF105 says whether a column as a whole moved.

    ## When to ignore it
    Columns that are computed anew with every export.

    ## When it cannot tell
    From a saved profile. In a table without an id whose rows were shuffled as well: then they count as gone and new.
    """

    code: ClassVar[str] = "DIF108"
    name: ClassVar[str] = "rows-changed"
    severity: ClassVar[Severity] = Severity.NOTE
    consequence: ClassVar[str] = "learns from other inputs than before"
    tips: ClassVar[tuple[str, ...]] = ()

    limit: float = option(0.1, "share of a split's rows from which on it is a warning")

    def needs(self) -> tuple[RowHashes]:
        return (RowHashes(),)

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        change = change_of(splits)
        changes = row_changes(splits)
        for name, mine in each_split(changes.head, changes.edited[1]):
            pairs = some(changes.edited, mine)
            for _, of in each_split(changes.base, pairs[0]):
                yield self._finding(change, changes, name, some(pairs, of))
        said = f"{plural(len(changes.same[0]), 'row')} are as they were"
        if changes.reordered:
            said += f"; those of {joined(changes.reordered)} stand in another order"
        yield Passed(said)

    def _finding(self, change: Change, changes: RowChanges, split: str, pairs: Pairs) -> Finding:
        n, total = len(pairs[0]), int((changes.head.split == changes.head.splits.index(split)).sum())
        pictures = change.of_pictures
        shown = side_by_side(change, changes, pairs, [], "The same row, before and now")
        counts: list[tuple[Name, int]] = []
        rounded = 0.0  # share of the rows
        if shown.cells is not None and shown.rounded is not None:
            inputs = [c.role is not Role.TARGET for c in shown.columns]
            rounded = 1.0 - float((shown.cells & ~shown.rounded)[inputs].any(axis=0).mean())
            tally = zip(shown.columns, shown.cells.sum(axis=1).tolist(), strict=True)
            changed = [(c.name, k) for c, k in tally if k and c.role is not Role.TARGET]
            counts = sorted(changed, key=lambda item: -item[1])
        message = f"{plural(n, 'picture' if pictures else 'row')} of {split} ({percent(n / total)}) "
        if pictures:
            message += f"{'has' if n == 1 else 'have'} another content than before, under the same path"
        else:
            read = f" of the {MOST_READ:,} read again" if n > MOST_READ else ""
            cells = [f"{name!r} in {k:,}" for name, k in counts[:3]]
            more = [f"{plural(len(counts) - 3, 'other column')}"] if len(counts) > 3 else []
            message += f"{'has' if n == 1 else 'have'} other inputs than before: {joined([*cells, *more])}{read}"
            if rounded:
                message += "; " + ("" if rounded == 1.0 else f"{percent(rounded)} of them ") + "by rounding alone"
        return Finding(
            message,
            splits=(split,),
            columns=tuple(name for name, _ in counts),
            rows=tuple(changes.head.row[pairs[1]][:ROW_CAP].tolist()),
            row_count=n,
            severity=Severity.WARNING if n * (1.0 - rounded) > self.limit * total else Severity.NOTE,
            evidence={
                "positions_in_base": changes.base.row[pairs[0]][:200].tolist(),
                "table": {
                    "caption": "Cells that changed, by column",
                    "columns": ["column", "cells changed"],
                    "rows": [list(item) for item in counts[:200]],
                    "total": len(counts),
                },
            } if counts else {"positions_in_base": changes.base.row[pairs[0]][:200].tolist()},
            figure=shown.figure,
            place="content",
            fix=f"Look at these {'pictures' if pictures else 'rows'}, and say in the pull request what was corrected.",
        )  # fmt: skip
