"""ASC106 missingness-predicts-label."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from dataaudit.analyzers.common import capital, listing, number, percent, plural, train_of
from dataaudit.analyzers.probability import t_tail
from dataaudit.analyzers.shares import chance, compare_shares
from dataaudit.model import CannotTell, Finding, Name, NotApplicable, Passed, Role, Severity, SplitView, Task, option
from dataaudit.registry import register
from dataaudit.stats.gaps import Gaps
from dataaudit.stats.missing_by_label import MissingByLabel
from dataaudit.stats.moments import Moments

LEAST_ROWS = 10
"""Rows with and without the value, below which means are not compared."""

LEAST_GAPS = 5
"""The same for classes."""


@dataclass(frozen=True)
class Link:
    """How the labels differ between rows with and without a value in one column."""

    name: Name
    rows: int
    p: float
    effect: float
    strong: bool
    missing: str
    present: str
    what: str


@register
@dataclass(frozen=True)
class MissingnessPredictsLabel:
    """Whether a value is missing tells the label.

    ## Why it matters
    The gap itself is then an input: often one that arises after the outcome (a test that only the ill are given, a
    cabin that only survivors could name). A model that imputes with an indicator, or drops rows, takes that short cut
    or changes the shares of the classes.

    ## How it decides
    In train, for every input with missing cells: are labels the same where it is missing and where it is not? For
    classes by Fisher's exact test of each class and chi-squared of all, for numbers by Welch's t test of the means.
    A warning where p times the number of columns tested is below `p_value` (1e-6), and it matters: `moved` (10 %) of
    the rows would have to change class for the shares to agree, or the share of a class is at least twice the other;
    for numbers, means that differ by twice `moved` standard deviations (0.2, small after Cohen 1988).

    ## What to do
    Find out when the value is recorded. If after the outcome, drop the column. If before, keep "is it missing?" as an
    input on purpose, and never drop the rows.

    ## When to ignore it
    The gap is known when the model predicts, and means something ("has no car", "never smoked").

    ## When it cannot tell
    Without one target, with more than 1,000 classes, or with fewer than 5 rows (for numbers 10) with or without the
    value. Values that stand for missing without being empty (-999, "?") are not counted here.
    """

    code: ClassVar[str] = "ASC106"
    name: ClassVar[str] = "missingness-predicts-label"
    severity: ClassVar[Severity] = Severity.WARNING
    consequence: ClassVar[str] = "lets the model read the label off the gaps"
    tips: ClassVar[tuple[str, ...]] = ("37.4",)

    p_value: float = option(1e-6, "p-value, after correction for the number of columns, below which it is flagged")
    moved: float = option(0.1, "share of the rows that would have to change class, from which it matters")

    def needs(self) -> tuple[MissingByLabel, Moments, Gaps]:
        return (MissingByLabel(), Moments(), Gaps())

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        train = train_of(splits)
        schema = train.schema
        if not schema.targets:
            raise NotApplicable("no target was named, so there are no labels")
        if len(schema.targets) > 1:
            raise NotApplicable("several targets are not judged together")
        missing = train.get(Gaps()).missing
        names = [c.name for c in schema.columns if c.role is Role.FEATURE and missing[c.name]]
        if not names:
            raise NotApplicable(f"no input of {train.name} has missing cells")
        if train.context.task is Task.REGRESSION:
            links = [link for name in names if (link := self._numbers(train, name)) is not None]
        else:
            links = [link for name in names if (link := self._classes(train, name)) is not None]
        if not links:
            raise CannotTell("too few rows with and without the value to compare their labels")
        hits = sorted(
            (k for k in links if k.strong and k.p * len(links) < self.p_value), key=lambda k: (k.p, -k.effect)
        )
        if hits:
            yield self._finding(hits, len(links), train)
        best = min(links, key=lambda k: k.p)
        yield Passed(
            f"{plural(len(links), 'column')} with missing cells; the smallest p-value, corrected, is "
            f"{min(1.0, best.p * len(links)):.2g}"
        )

    def _classes(self, train: SplitView, name: Name) -> Link | None:
        state = train.get(MissingByLabel())
        if state.many:
            raise NotApplicable("there are more classes than are counted")
        held = state.counts.get(name, {})
        classes: list[Hashable] = sorted(state.totals, key=lambda c: (isinstance(c, str), c))
        gone = np.array([held.get(c, 0) for c in classes], np.int64)
        here = np.array([state.totals[c] for c in classes], np.int64) - gone
        if min(gone.sum(), here.sum()) < LEAST_GAPS:
            return None
        test = compare_shares(gone, here)
        x, y = float(gone[test.worst] / gone.sum()), float(here[test.worst] / here.sum())
        return Link(
            name,
            int(gone.sum()),
            test.p,
            test.moved,
            test.moved >= self.moved or max(x, y) >= 2.0 * min(x, y),
            percent(x),
            percent(y),
            f"class {str(classes[test.worst])!r} makes up {{}} of the rows",
        )

    def _numbers(self, train: SplitView, name: Name) -> Link | None:
        state = train.get(MissingByLabel())
        if state.number < 0:
            raise NotApplicable("the target holds text, which has no mean")
        i, gone, every = list(state.columns).index(name), state.numbers, train.get(Moments())
        j = state.number
        n, total = int(gone.n[i]), int(every.n[j])
        rest = total - n
        if min(n, rest) < LEAST_ROWS:
            return None
        mean, all_mean = float(gone.mean[i]), float(every.mean[j])
        other = all_mean + (all_mean - mean) * n / rest
        m2 = max(0.0, float(every.m2[j]) - float(gone.m2[i]) - (mean - other) ** 2 * n * rest / total)
        p, effect = _welch(mean, other, float(gone.m2[i]), m2, n, rest)
        return Link(
            name, n, p, effect, effect >= 2 * self.moved, number(mean), number(other), "the target's mean is {}"
        )

    def _finding(self, hits: list[Link], tests: int, train: SplitView) -> Finding:
        first = hits[0]
        message = (
            f"where {listing([first.name])} is missing, {first.what.format(first.missing)}, elsewhere {first.present} "
            f"({chance(min(1.0, first.p * tests))}): whether it is missing tells the label"
        )
        if len(hits) > 1:
            message += f"; so {'does' if len(hits) == 2 else 'do'} {listing([h.name for h in hits[1:]])}"
        return Finding(
            capital(message),
            splits=(train.name,),
            columns=tuple(h.name for h in hits),
            confidence=1.0 - min(1.0, first.p * tests),
            evidence={
                "tested": tests,
                "table": {
                    "caption": f"Labels of {train.name} where a column is missing, and where it is not",
                    "columns": ["column", "missing rows", "compared", "where missing", "elsewhere", "p"],
                    "rows": [[h.name, h.rows, h.what.format("…"), h.missing, h.present, h.p] for h in hits[:100]],
                    "total": len(hits),
                },
            },
            fix="Find out when the value is recorded. If only after the outcome, drop the column:\n"
            f"- X = data[inputs]\n+ X = data[inputs].drop(columns=[{hits[0].name!r}])",
        )


def _welch(mean: float, other: float, m2: float, other_m2: float, n: int, m: int) -> tuple[float, float]:
    """Return the p-value of equal means (Welch 1947), and their difference in standard deviations."""
    a, b = m2 / (n - 1) / n, other_m2 / (m - 1) / m
    spread = math.sqrt((m2 + other_m2) / (n + m - 2))
    if not math.isfinite(a + b) or not a + b > 0.0 or not spread > 0.0:
        return 1.0, 0.0
    freedom = (a + b) ** 2 / (a * a / (n - 1) + b * b / (m - 1))
    difference = abs(mean - other)
    p = 2.0 * t_tail(difference / math.sqrt(a + b), freedom) if math.isfinite(freedom) else 1.0
    return min(1.0, p), difference / spread
