"""NRM107 quasi-constant."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from dataaudit.analyzers.common import capital, listing, number, percent, plural, train_of
from dataaudit.analyzers.probability import chi2_tail
from dataaudit.model import (
    Bools,
    CannotTell,
    Finding,
    Kind,
    Name,
    NotApplicable,
    Passed,
    Severity,
    SplitView,
    Task,
    option,
)
from dataaudit.registry import register
from dataaudit.stats.sample import Sample, SampleState
from dataaudit.stats.values import Values

APART = 0.01
"""Chance that an independent column is never 1 beside a dummy of the group, below which it belongs to the group."""


@register
@dataclass(frozen=True)
class QuasiConstant:
    """An input with one value in nearly every row.

    ## Why it matters
    Standardising divides by a spread that a handful of rows make: they become inputs of size 5 to 30, the rest
    become zero. Cross-validation may leave a fold without any of them.

    ## How it decides
    The share of the most frequent value among the filled cells of all splits, exact while a column has at most
    1,024 distinct values and estimated on a sample of 20,000 rows beyond. From `share` on it is a warning, unless
    the rare rows are what the label hangs on: if their labels (or target means) differ from the others' with
    p < `p_value` (G test, or a z test for regression), it is a note. `share` follows from the standardised size of a
    rare value, sqrt(p/(1-p)): 97 % makes it 5.7. Dummies of one category are rare by construction and pass: three or
    more neighbouring 0/1 columns of which exactly one is 1 in every row, or at most one where an independent column
    would keep clear of the others with p < 0.01.

    ## What to do
    Look at the rare rows. Keep the column as "is it the usual value?", or drop it.

    ## When to ignore it
    A rare flag that matters to you by its meaning, with enough rows to learn from.

    ## When it cannot tell
    With fewer than 50 rows a share says little.
    """

    code: ClassVar[str] = "NRM107"
    name: ClassVar[str] = "quasi-constant"
    severity: ClassVar[Severity] = Severity.WARNING
    consequence: ClassVar[str] = "lets a handful of rows dominate a standardised feature"
    tips: ClassVar[tuple[str, ...]] = ("11.1",)

    share: float = option(0.97, "share of rows with one value from which a column is flagged")
    p_value: float = option(1e-3, "p-value below which the rare rows are taken to matter to the label")

    def needs(self) -> tuple[Values, Sample]:
        return (Values(), Sample())

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        train = train_of(splits)
        if train.schema.pictures or train.schema.pixels:
            raise NotApplicable("single pixels are not judged as features")
        n_rows = sum(s.n_rows for s in splits.values())
        if n_rows < 50:
            raise CannotTell(f"{plural(n_rows, 'row')} in all, fewer than 50")
        samples = [s.get(Sample()) for s in splits.values()]
        dummies = _dummies(train, samples)
        loud: list[list[Any]] = []
        quiet: list[list[Any]] = []
        for name in train.context.features:
            if name in dummies or train.context.kinds[name] in (Kind.EMPTY, Kind.ID):
                continue
            if _most(name, splits) < self.share:
                continue
            usual, share, n_distinct = _mode(name, splits, samples)
            if n_distinct < 2 or share < self.share:
                continue
            p = _label_p(name, usual, samples, train)
            row = [name, usual, share, round((1 - share) * n_rows), p]
            (quiet if p is not None and p < self.p_value else loud).append(row)
        if loud:
            yield self._finding(loud, splits, Severity.WARNING)
        if quiet:
            yield self._finding(quiet, splits, Severity.NOTE)
        yield Passed(
            f"no value holds {percent(self.share)} of a column"
            + (f", {plural(len(dummies), 'dummy', 'dummies')} of categories apart" if dummies else "")
        )

    def _finding(self, rows: list[list[Any]], splits: Mapping[str, SplitView], severity: Severity) -> Finding:
        rows = sorted(rows, key=lambda r: -r[2])
        names = [r[0] for r in rows]
        _, usual, share, rare, _ = rows[0]
        value = number(usual) if isinstance(usual, float) else repr(usual)
        if len(names) == 1:
            message = f"{listing(names)} is {value} in {percent(share)} of the rows ({plural(rare, 'row')} differ)"
        else:
            message = f"{len(names):,} columns hold one value in {percent(self.share)} of the rows or more: " + listing(
                names
            )
        if severity is Severity.NOTE:
            message += "; the rare rows have other labels, so the column matters"
        table = {
            "caption": "The usual value, all splits together",
            "columns": ["column", "usual value", "share", "other rows", "p (labels differ)"],
            "rows": [[r[0], r[1], percent(r[2]), r[3], r[4]] for r in rows[:200]],
            "total": len(rows),
        }
        return Finding(
            capital(message),
            splits=tuple(splits),
            columns=tuple(names),
            severity=severity,
            evidence={"table": table},
            place=str(severity),
            fix=f"+ is_usual = (x == {usual!r})   # keep this flag instead, or drop the column",
        )


def _most(name: Name, splits: Mapping[str, SplitView]) -> float:
    """Return what no value's share of the filled cells can exceed: the split's commonest values, if they were one."""
    sketches = [s.get(Values()).columns[name] for s in splits.values()]
    n_filled = sum(int(sketch.counts.sum()) for sketch in sketches)
    if not n_filled or not all(sketch.exact for sketch in sketches):
        return 1.0
    return sum(int(sketch.counts.max(initial=0)) for sketch in sketches) / n_filled


def _mode(name: Name, splits: Mapping[str, SplitView], samples: list[SampleState]) -> tuple[Any, float, int]:
    """Return the most frequent value over all splits, its share of the filled cells, and the distinct values."""
    sketches = [s.get(Values()).columns[name] for s in splits.values()]
    if all(sketch.exact for sketch in sketches):
        counts: dict[Any, int] = {}
        for sketch in sketches:
            for value, count in zip(list(sketch.values), sketch.counts.tolist(), strict=True):
                key = float(value) if isinstance(value, np.floating) else value
                counts[key] = counts.get(key, 0) + count
        if not counts:
            return None, 0.0, 0
        usual = max(counts, key=lambda v: (counts[v], str(v)))
        return usual, counts[usual] / sum(counts.values()), len(counts)
    column = np.concatenate(
        [_column(state, name, split) for state, split in zip(samples, splits.values(), strict=True)]
    )
    known = _known(column)
    values, counts_ = np.unique(column[known], return_counts=True)
    top = int(counts_.argmax())
    usual = values[top]
    return (float(usual) if isinstance(usual, np.floating) else usual), counts_[top] / counts_.sum(), len(values)


def _known(column: np.ndarray[Any, Any]) -> Bools:
    if column.dtype.kind == "f":
        return np.asarray(~np.isnan(column), dtype=bool)
    return np.array([v is not None for v in column], dtype=bool)


def _dummies(train: SplitView, samples: list[SampleState]) -> set[Name]:
    """Return the columns that are dummies of a category: neighbours of 0 and 1 of which at most one is 1 in a row."""
    kinds, index = train.context.kinds, train.schema.number_index
    found: set[Name] = set()
    window: deque[tuple[Name, Bools]] = deque()
    ones = np.zeros(sum(len(state.rows) for state in samples), dtype=np.int32)  # of the window, in each row
    for name in (*train.context.features, None):
        line = None
        if name is not None and kinds[name] is Kind.BOOLEAN and name in index:
            line = np.concatenate([s.numbers[index[name]] for s in samples]) == 1.0
        if window and (line is None or ones[line].any()):
            found |= _exclusive(window, len(ones), int(ones.sum()))
        while window and (line is None or ones[line].any()):
            ones -= window.popleft()[1]
        if name is not None and line is not None:
            window.append((name, line))
            ones += line
    return found


def _exclusive(window: deque[tuple[Name, Bools]], n_rows: int, n_ones: int) -> set[Name]:
    """Return which of some columns that are never 1 together owe that to more than chance."""
    if len(window) < 3:
        return set()
    if n_ones == n_rows:
        return {name for name, _ in window}
    counts = {name: int(line.sum()) for name, line in window}
    return {name for name, k in counts.items() if (1 - (n_ones - k) / n_rows) ** k < APART}


def _column(state: SampleState, name: Name, split: SplitView) -> np.ndarray[Any, Any]:
    index = split.schema.number_index
    return state.numbers[index[name]] if name in index else state.codes[name]


def _label_p(name: Name, usual: Any, samples: list[SampleState], train: SplitView) -> float | None:
    """Return the p-value of "the rare rows have the same labels", None where there is nothing to test."""
    context = train.context
    targets = context.schema.targets
    if len(targets) != 1:
        return None
    x = np.concatenate([_column(s, name, train) for s in samples])
    y = np.concatenate([_column(s, targets[0], train) for s in samples])
    known = _known(x) & _known(y)
    if not known.any():
        return None
    rare, y = np.asarray(x[known] != usual, dtype=bool), y[known]
    if rare.sum() < 2 or rare.all():
        return None
    if context.task is Task.REGRESSION:
        y = y.astype(np.float64)
        spread = y[~rare].std()
        if not spread > 0:
            return None
        z = abs(y[rare].mean() - y[~rare].mean()) / (spread * math.sqrt(1 / rare.sum() + 1 / (~rare).sum()))
        return math.erfc(z / math.sqrt(2))
    return _g_test(rare, np.unique(y, return_inverse=True)[1])


def _g_test(rare: np.ndarray[Any, Any], labels: np.ndarray[Any, Any]) -> float | None:
    """Return the p-value of independence of two classifications (likelihood-ratio chi-squared)."""
    k = int(labels.max()) + 1
    if k < 2 or k > 200:
        return None
    table = np.stack([np.bincount(labels[rare], minlength=k), np.bincount(labels[~rare], minlength=k)]).astype(float)
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True) / table.sum()
    seen = table > 0
    g = 2.0 * float((table[seen] * np.log(table[seen] / expected[seen])).sum())
    return chi2_tail(g, k - 1)
