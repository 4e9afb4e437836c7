"""LEA113 time-overlap."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from dataaudit.analyzers.common import ROW_CAP, listing, number, percent, plural
from dataaudit.analyzers.leakage.entities import apart_by_group
from dataaudit.analyzers.leakage.pairs import Cut, cut_by_time, cut_of, finite, need_splits, pairs_of, times_of
from dataaudit.model import (
    Bools,
    CannotTell,
    Finding,
    Floats,
    Ints,
    Name,
    NotApplicable,
    Passed,
    Role,
    Severity,
    SplitView,
    Storage,
    Task,
    option,
)
from dataaudit.registry import register
from dataaudit.stats.keys import Keys
from dataaudit.stats.moments import Moments
from dataaudit.stats.row_hashes import RowHashes, distinct, is_in
from dataaudit.stats.sample import Sample
from dataaudit.stats.values import Values

MIXED = 0.3
"""Share of the smaller split on the wrong side from which splits are mixed over time, not in order with strays."""

LEAST_ROWS = 20


@register
@dataclass(frozen=True)
class TimeOverlap:
    """Train rows later than rows that the model is judged on.

    ## Why it matters
    The model is used on days that come after its training. Trained on days before and after a test row, it only has
    to fill a gap, which neighbours in time make easy; the score says nothing of tomorrow.

    ## How it decides
    With a declared time column: an error for every split that starts before train ends, ties apart, told exactly from
    all rows; a warning if validation reaches into test. The message says whether the splits are in order but for
    some rows (on the wrong side of the best cut lie fewer than 30 % of the smaller split) or mixed. A note where a
    declared group, or a column whose name and values say whom rows are about, keeps splits apart instead, or where
    all rows on the wrong side are copies of rows of the other split, which LEA110 names. Without a declared column,
    dates among the inputs are looked at in a sample: a warning if the splits are mixed over time and the target of a
    regression resembles its neighbour in time (lag-one rank correlation at least `autocorrelation`, 0.8), as in
    forecasts, or if they are in order but for strays; otherwise a note. Fewer than 20 dates in a split say nothing.

    ## What to do
    Cut by time: train on what is before a date, judge on what comes after; leave a gap as long as the longest lag or
    the horizon of the label.

    ## When to ignore it
    The model fills gaps or judges cases of one period, and time says nothing about the label.

    ## When it cannot tell
    Where time is stored as text that was not read as dates, or nothing is known of it.
    """

    code: ClassVar[str] = "LEA113"
    name: ClassVar[str] = "time-overlap"
    severity: ClassVar[Severity] = Severity.ERROR
    consequence: ClassVar[str] = "lets the model look into the future of the rows it is judged on"
    tips: ClassVar[tuple[str, ...]] = ("37.15",)

    autocorrelation: float = option(0.8, "rank correlation of neighbours in time from which a target is a forecast's")

    def needs(self) -> tuple[Keys, Sample, Moments, Values, RowHashes]:
        return (Keys(), Sample(), Moments(), Values(), RowHashes())

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        train = need_splits(splits)
        schema = train.schema
        declared = schema.with_role(Role.TIME)
        names = list(declared) or [
            c.name for c in schema.columns if c.role is Role.FEATURE and c.storage is Storage.DATETIME
        ]
        if not names:
            raise NotApplicable("no time column was named, and no input holds dates")
        if any(name not in schema.number_index for name in names):
            raise CannotTell("the time column holds text that was not read as dates")
        if not declared and cut_by_time(splits):
            yield Passed("the splits follow each other in time")
            return
        said: list[str] = []
        for name in names:
            found = False
            for left, right in pairs_of(splits):
                before, after = times_of(left, name), times_of(right, name)
                if not len(finite(before)) or not len(finite(after)):
                    continue
                if left is not train and found:
                    break  # validation was mixed with test in the same stroke
                low, high = float(finite(after).min()), float(finite(before).max())
                said.append(
                    f"{left.name} ends {_when(high, left, name)}, {right.name} starts {_when(low, right, name)}"
                )
                if high <= low:
                    continue
                found = True
                finding = self._finding(left, right, name, before, after, bool(declared), splits)
                if finding is not None:
                    yield finding
        if not said:
            raise CannotTell("fewer than two splits have times")
        yield Passed("; ".join(said[:4]))

    def _finding(
        self,
        left: SplitView,
        right: SplitView,
        name: Name,
        before: Floats,
        after: Floats,
        declared: bool,
        splits: Mapping[str, SplitView],
    ) -> Finding | None:
        a, b = np.isfinite(before), np.isfinite(after)
        cut = cut_of(before[a], after[b])
        mixed = cut.share >= MIXED
        rows = _rows(right, name, declared)[b]
        wrong = np.sort(rows[cut.early if mixed else after[b] <= cut.at])
        wrong = wrong if len(wrong) else np.sort(rows[cut.early])
        severity, because = Severity.ERROR if left.role == "train" else Severity.WARNING, ""
        if not declared:
            like = _autocorrelation(splits, name)
            if min(int(a.sum()), int(b.sum())) < LEAST_ROWS:
                return None
            forecast = mixed and like >= self.autocorrelation
            severity = Severity.WARNING if forecast or not mixed else Severity.NOTE
            because = f"; targets of neighbouring times resemble each other (rank correlation {like:.2f})" * forecast
        apart = apart_by_group(splits)
        strays = (a, before > cut.at), (b, after <= cut.at)
        if declared and all(_copied(left, right, *strays)):
            severity, because = Severity.NOTE, "; each of them is a copy of a row of the other split (LEA110)"
        if apart:
            severity, because = Severity.NOTE, f"; the splits are kept apart by {apart} instead"
        return Finding(
            _message(left, right, name, cut, float(after[b].min()), len(before[a]), mixed) + because,
            splits=(left.name, right.name),
            columns=(name,),
            rows=tuple(wrong[:ROW_CAP].tolist()),
            row_count=len(wrong),
            severity=severity,
            evidence=_evidence(left, right, name, before[a], after[b], cut),
            fix=f"data = data.sort_values({name!r})\n"
            "+ train, test = data[data[time] < cut], data[data[time] >= cut]   # time: that column; cut: a date",
        )


def _message(left: SplitView, right: SplitView, name: Name, cut: Cut, first: float, n: int, mixed: bool) -> str:
    late = int(cut.late.sum())
    word = listing([name])
    text = (
        f"{plural(late, 'row')} of {left.name} ({percent(late / n)}) {'is' if late == 1 else 'are'} later than "
        f"{right.name}'s first by {word}, {_when(first, right, name)}"
    )
    if cut.turned:
        return f"{text}: all of {left.name} comes after {right.name}"
    if mixed:
        return f"{text}: the splits are mixed over time" + (
            ", as a random split leaves them" if cut.share > 0.6 else ""
        )
    return f"{text}: in order but for {plural(cut.wrong, 'row')} on the wrong side of {_when(cut.at, left, name)}"


def _evidence(
    left: SplitView, right: SplitView, name: Name, before: Floats, after: Floats, cut: Cut
) -> Mapping[str, Any]:
    return {
        "late": int(cut.late.sum()),
        "early": int(cut.early.sum()),
        "on_the_wrong_side": cut.wrong,
        "disorder": round(cut.share, 3),
        "table": {
            "caption": f"Where {left.name} and {right.name} lie in time",
            "columns": ["split", "rows", "first", "median", "last"],
            "rows": [
                [s.name, len(t), *(_when(float(q), s, name) for q in np.quantile(t, [0, 0.5, 1], method="lower"))]
                for s, t in ((left, before), (right, after))
            ],
        },
    }


def _when(value: float, split: SplitView, name: Name) -> str:
    """Return a time as people write it; a plain number where the column holds numbers."""
    if split.schema.by_name[name].storage is not Storage.DATETIME:
        return f"{value:.0f}" if float(value).is_integer() else number(value)
    try:
        when = datetime.datetime.fromtimestamp(value, datetime.UTC)
    except (OverflowError, OSError, ValueError):
        return number(value)
    return when.strftime("%Y-%m-%d" if value % 86400 == 0 else "%Y-%m-%d %H:%M:%S")


def _rows(split: SplitView, name: Name, declared: bool) -> Ints:
    return split.get(Keys()).rows if declared and name in split.get(Keys()).columns else split.get(Sample()).rows


def _copied(left: SplitView, right: SplitView, late: tuple[Bools, Bools], early: tuple[Bools, Bools]) -> Iterator[bool]:
    """Yield for either split whether its rows on the wrong side of the cut all stand in the other split as well."""
    a, b = left.get(RowHashes()).inputs, right.get(RowHashes()).inputs
    yield bool(is_in(a[late[0] & late[1]], distinct(b)).all())
    yield bool(is_in(b[early[0] & early[1]], distinct(a)).all())


def _autocorrelation(splits: Mapping[str, SplitView], name: Name) -> float:
    """Return the rank correlation of a numeric target with its neighbour in time over all splits; 0 elsewhere."""
    first = next(iter(splits.values()))
    targets = first.schema.targets
    if first.context.task is not Task.REGRESSION or len(targets) != 1 or targets[0] not in first.schema.number_index:
        return 0.0
    index = first.schema.number_index
    times, labels = (
        np.concatenate([s.get(Sample()).numbers[index[c]] for s in splits.values()]) for c in (name, targets[0])
    )
    known = np.isfinite(times) & np.isfinite(labels)
    line = labels[known][np.argsort(times[known], kind="stable")]
    if len(line) < LEAST_ROWS or line.min() == line.max():
        return 0.0
    ranks = np.argsort(np.argsort(line, kind="stable"), kind="stable").astype(np.float64)
    return float(np.corrcoef(ranks[1:], ranks[:-1])[0, 1])
