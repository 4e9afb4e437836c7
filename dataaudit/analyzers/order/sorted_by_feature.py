"""BAT104 sorted-by-feature."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from dataaudit.analyzers.common import capital, listing, plural, train_of
from dataaudit.analyzers.order.common import ORDER_FIX, need_order
from dataaudit.model import CannotTell, Finding, Kind, Name, NotApplicable, Passed, Role, Severity, SplitView, option
from dataaudit.registry import register
from dataaudit.stats.trends import Trends
from dataaudit.stats.values import Distinct, Values

LEAST_STEPS = 40
"""Steps that random order must be expected to give, before their absence says anything."""


@dataclass(frozen=True)
class Steps:
    """How one column moves from row to row, and how often it would in random order."""

    name: Name
    up: int
    down: int
    pairs: int
    expected: float

    @property
    def against(self) -> int:
        """Steps against the prevailing way."""
        return min(self.up, self.down)

    @property
    def way(self) -> str:
        """Whether the column rises, falls, or lies in blocks."""
        if self.against > 0.1 * (self.up + self.down):
            return "lies in blocks"
        return "rises" if self.up > self.down else "falls"


@register
@dataclass(frozen=True)
class SortedByFeature:
    """Rows in the order of an input, or of time.

    ## Why it matters
    Read in this order, batches hold one end of the input at a time; a split cut from the end tests on values that
    train never showed. If the order is that of time, neighbouring rows may be near copies.

    ## How it decides
    Counts, for each column of numbers or times in train, how often the value rises and falls from one row to the next.
    In random order both happen about equally often, together in n - sum(c²)/n of the steps (c: rows of each value).
    A column of which at most `against` (2 %) of those expected steps go one of the two ways is ordered: it rises, it
    falls, or it lies in blocks of equal values. Columns that identify rows are left out: they are counters by nature.
    Always a note, since shuffling mends it.

    ## What to do
    Shuffle, in the loader or before writing the file. If the order is that of time, split by time and declare the
    time column.

    ## When to ignore it
    The loader shuffles over the whole split, or the model reads the rows as a series.

    ## When it cannot tell
    Where random order would give fewer than 40 steps. Texts are not compared.
    """

    code: ClassVar[str] = "BAT104"
    name: ClassVar[str] = "sorted-by-feature"
    severity: ClassVar[Severity] = Severity.NOTE
    consequence: ClassVar[str] = "shows the network one end of an input at a time unless the loader shuffles"
    tips: ClassVar[tuple[str, ...]] = ("37.7",)

    against: float = option(0.02, "steps against the prevailing way, as a share of those random order gives")

    def needs(self) -> tuple[Trends, Values]:
        return (Trends(), Values())

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        train = train_of(splits)
        need_order(train.context)
        columns = _columns(train)
        if not columns:
            raise NotApplicable("there is no numeric input")
        steps = [s for s in _steps(train, columns) if s.expected >= LEAST_STEPS]
        if not steps:
            raise CannotTell(f"random order would give fewer than {LEAST_STEPS} steps")
        hits = [s for s in steps if s.up + s.down and s.against <= self.against * s.expected]
        if hits:
            yield self._finding(hits, train)
        yield Passed(f"none of {plural(len(steps), 'numeric input')} is ordered along the rows of {train.name}")

    def _finding(self, hits: list[Steps], train: SplitView) -> Finding:
        hits = sorted(hits, key=lambda s: (s.way == "lies in blocks", s.against / s.expected))
        times = set(train.schema.with_role(Role.TIME)) | {
            s.name for s in hits if train.context.kinds[s.name] is Kind.DATETIME
        }
        first = hits[0]
        if first.way == "lies in blocks":
            how = f"changes {first.up + first.down:,} times, where random order gives about {first.expected:,.0f}"
        else:
            n = first.against
            how = f"{plural(n, 'step')} of {first.up + first.down:,} {'goes' if n == 1 else 'go'} the other way"
        message = f"{listing([first.name])} {first.way} along the rows of {train.name}: {how}"
        if len(hits) > 1:
            message += f"; so {'does' if len(hits) == 2 else 'do'} {listing([s.name for s in hits[1:]])}"
        if times & {s.name for s in hits}:
            message += "; the rows are in the order of time"
        return Finding(
            capital(message),
            splits=(train.name,),
            columns=tuple(s.name for s in hits),
            evidence={
                "table": {
                    "caption": f"Steps from row to row in {train.name}",
                    "columns": ["column", "along the rows it", "up", "down", "equal", "steps expected in random order"],
                    "rows": [
                        [s.name, s.way, s.up, s.down, s.pairs - s.up - s.down, round(s.expected)] for s in hits[:100]
                    ],
                    "total": len(hits),
                }
            },
            fix=ORDER_FIX,
        )


def _columns(split: SplitView) -> list[Name]:
    left_out = (Kind.ID, Kind.EMPTY)
    return [
        c.name
        for c in split.schema.numbers
        if c.role in (Role.FEATURE, Role.TIME) and split.context.kinds[c.name] not in left_out
    ]


def _steps(split: SplitView, columns: list[Name]) -> Iterator[Steps]:
    trends, values = split.get(Trends()), split.get(Values())
    for name in columns:
        j = split.schema.number_index[name]
        up, down, pairs = int(trends.up[j]), int(trends.down[j]), int(trends.pairs[j])
        yield Steps(name, up, down, pairs, _expected(values.columns[name], up + down, pairs))


def _expected(values: Distinct, changes: int, pairs: int) -> float:
    """Return the steps that random order gives; of columns of very many values, as many as there are."""
    if not values.exact or not values.n:
        return float(changes)
    share = values.counts.astype(np.float64) / values.n
    return pairs * float(1.0 - (share**2).sum())
