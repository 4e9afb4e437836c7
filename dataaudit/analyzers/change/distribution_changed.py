"""DIF105 distribution-changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from dataaudit.analyzers.change.moves import Move, moves_of_facts, moves_of_rows
from dataaudit.analyzers.change.rows import row_changes
from dataaudit.analyzers.change.versions import Change, change_of
from dataaudit.analyzers.common import ROW_CAP, capital, joined, listing, plural
from dataaudit.analyzers.shares import chance
from dataaudit.model import CannotTell, Finding, Ints, Passed, Severity, SplitView, option
from dataaudit.registry import register
from dataaudit.stats.gaps import Gaps
from dataaudit.stats.histogram import Histograms
from dataaudit.stats.moments import Moments
from dataaudit.stats.row_hashes import RowHashes
from dataaudit.stats.sample import Sample
from dataaudit.stats.values import Values


@register
@dataclass(frozen=True)
class DistributionChanged:
    """Columns hold other values than before, by more than chance allows.

    ## Why it matters
    A file may keep its columns and its size and hold another unit, another sensor, another month. What was learnt
    from the earlier rows does not hold for the later ones, and no test of types or ranges need notice.

    ## How it decides
    Rows that are in both versions say nothing: where rows are at hand, the new ones are compared with the earlier
    split (up to 5,000 new rows read again, and the split's sample of 20,000); where nothing is new, the rows that went
    with those that stayed. In a classification the earlier rows are weighted to hold the classes of the others, so
    that more rows of one class are no change of its columns. Numbers by Kolmogorov and Smirnov's distance (with
    Kish's effective size for weighted rows), categories and what is missing by exact and chi-squared tests; each p
    times the number of tests. The classes of the target are compared once, before and after.

    A warning where p is below `p_value` (1e-3) and the split as a whole moved by `effect` (a tenth of the rows would
    have to change) or more; where the new rows alone differ by a quarter, but are too few to move the split, a note.
    A known change of unit that explains the difference (p at least 0.05 after it, `looks like 2.54 times`) is a
    warning however few the rows, from `rows` of them on (ten).

    From saved profiles the whole split is compared with the whole: all distinct values, or the 1,024 of the smallest
    hashes, and histograms, where the smaller p counts twice. Rows that both versions share make this test more
    cautious, so a few new rows of another kind are not seen.

    ## What to do
    Where a unit changed, convert the new rows. Otherwise find out where they come from, and say so.

    ## When to ignore it
    Data that is meant to follow the times. Then compare with the version that the model was fitted on.

    ## When it cannot tell
    With fewer than 20 rows to compare (ten for a unit); text in which nearly every row is another; ids and times,
    which are others by their nature.
    """

    code: ClassVar[str] = "DIF105"
    name: ClassVar[str] = "distribution-changed"
    severity: ClassVar[Severity] = Severity.WARNING
    consequence: ClassVar[str] = "learns from other values than before"
    tips: ClassVar[tuple[str, ...]] = ()

    p_value: float = option(1e-3, "chance of as large a difference, over all tests, below which it is told")
    effect: float = option(0.1, "least difference of the whole split, as a share of its rows, that is a warning")
    rows: int = option(10, "least number of new rows in which a change of unit is recognised")

    def needs(self) -> tuple[Any, ...]:
        return (Sample(), Values(), Gaps(), Histograms(), Moments(), RowHashes())

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        change = change_of(splits)
        if not change.base.views or not change.head.views:
            row_changes(splits)  # says that a saved report holds no facts
        moves = list(self._moves(change, splits))
        n_tests = sum(m.tests for _, m in moves)
        if not n_tests:
            raise CannotTell("no column has enough values that are new or gone to compare")
        told = [(name, m) for name, m in moves if m.p * n_tests < self.p_value and self._large(m)]
        for name in dict.fromkeys(name for name, _ in told):
            here = [m for split, m in told if split == name]
            for severity in (Severity.WARNING, Severity.NOTE):
                group = [m for m in here if self._severity(m) is severity]
                if group:
                    yield _finding(change, name, group, severity, n_tests)
        most = max((m.effect for _, m in moves), default=0.0)
        yield Passed(f"{plural(n_tests, 'test')} of columns, largest difference of a split {most:.3g}")

    def _moves(self, change: Change, splits: Mapping[str, SplitView]) -> Iterator[tuple[str, Move]]:
        at_hand = change.base.rows is not None and change.head.rows is not None
        changes = row_changes(splits) if at_hand else None
        for after, before in change.splits.items():
            pair = change.base.views[before], change.head.views[after]
            if changes is None:
                yield from ((after, move) for move in moves_of_facts(change, *pair))
            else:
                yield from ((after, move) for move in moves_of_rows(change, *pair, changes, self.rows))

    def _large(self, move: Move) -> bool:
        return move.unit is not None or move.effect >= self.effect or move.part >= 0.25

    def _severity(self, move: Move) -> Severity:
        return Severity.WARNING if move.unit is not None or move.effect >= self.effect else Severity.NOTE


def _finding(change: Change, split: str, moves: Sequence[Move], severity: Severity, n_tests: int) -> Finding:
    moves = sorted(moves, key=lambda m: (m.unit is None, -max(m.effect, m.part), str(m.column)))
    worst = moves[0]
    columns = tuple(m.column for m in moves)
    p = min(1.0, max(m.p for m in moves) * n_tests)
    rows: Ints = worst.rows if worst.rows is not None else np.zeros(0, np.int64)
    compared = worst.compared.format(base=change.base.name)
    units = [f"{listing([m.column])} looks like {m.unit}" for m in moves if m.unit is not None]
    rest = [m for m in moves if m.unit is None]
    others = f"{listing([m.column for m in rest])} {'holds' if len(rest) == 1 else 'hold'} other values than before"
    said = joined([*units[:3], *([others] if rest else [])])
    words = f"{worst.before} before, {worst.after} now"
    return Finding(
        f"{capital(said)} in {compared}: {listing([worst.column])} {worst.what} {words} ({chance(p)})",
        splits=(split,),
        columns=columns,
        rows=tuple(rows[:ROW_CAP].tolist()),
        row_count=len(rows),
        severity=severity,
        confidence=1.0 - p,
        evidence={
            "p": p,
            "tests": n_tests,
            "table": {
                "caption": f"What moved in {split}: by how much in the split as a whole, and in the rows compared; "
                "0 is nothing, 1 is everything",
                "columns": ["column", "split moved by", "rows differ by", "measured", "before", "now", "looks like"],
                "rows": [
                    [m.column, round(m.effect, 3), round(m.part, 3), m.what, m.before, m.after, m.unit or ""]
                    for m in moves[:200]
                ],
                "total": len(moves),
            },
        },
        figure={
            "kind": "bars",
            "caption": f"How much each column of {split} moved, 0 to 1",
            "unit": "moved by",
            "items": [{"label": str(m.column), "value": round(max(m.effect, m.part), 3)} for m in moves[:20]],
        },
        place=f"{severity} distribution",
        fix=f"Convert these rows back: they look like {worst.unit}."
        if worst.unit is not None
        else "Find out where the new rows come from, and say in the pull request whether it is meant.",
    )
