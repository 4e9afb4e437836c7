"""ASC103 labels-shifted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from dataaudit.analyzers.association.shift_scan import Moved, Scan, scan_of
from dataaudit.analyzers.common import capital, joined, plural
from dataaudit.analyzers.probability import t_tail
from dataaudit.model import CannotTell, Finding, Passed, Severity, SplitView, option
from dataaudit.probe.shifts import LEAST_Z
from dataaudit.registry import register
from dataaudit.stats.picture_sample import PictureSample
from dataaudit.stats.sample import Sample


@register
@dataclass(frozen=True)
class LabelsShifted:
    """Labels fit the inputs again after a shift by some rows.

    ## Why it matters
    A line that was dropped, read twice or sorted in one file and not in the other moves every later label to another
    row's inputs. A model then learns nothing, or learns the order of the file, and no error is raised anywhere.

    ## How it decides
    In each split, takes the rows as they stand, brings the inputs to at most 64 uncorrelated directions, and
    correlates them with the labels at every lag at once (Fourier transform; the rows taken for a ring, so that labels
    rolled round the end are found; parts of the split by themselves as well, for a shift that begins half-way). A lag
    is followed up where its association stands out by `z` (5.5) robust deviations among all lags (cube roots, which
    are nearly normal without association: Wilson and Hilferty 1931), and its neighbours and its mirror image reach no
    more than half of it: in rows that are sorted, grouped or measured over time they do. It is an error where over
    some stretch of rows labels at that lag fit better than those of the rows themselves, by 4.5 deviations of the
    sum of gains (3.5 where the stretch is all rows, and was not chosen), each row left out of what it is judged by. A
    split that shows nothing by itself is counted in where the lag of another split stands out there as well. A lag
    at which an input holds the targets themselves, as yesterday's value does, is none.
    On five of scikit-learn's tables in random order the right lag was named in all of 900 runs; where it begins
    part-way, in at least 96 % of runs with 400 rows or more and in 14 to 90 % with 150. In 526 orders without a shift
    (in place, permuted, sorted, in groups, over time) none was named.

    ## What to do
    Join labels and inputs by a key, never by position. To repair: move the labels back by the lag that is named, and
    look at the rows about the place where it begins: one was lost or doubled there.

    ## When to ignore it
    The label is a forecast on purpose: of what the inputs show some rows later.

    ## When it cannot tell
    Where rows are in an order in which neighbours are alike, or classes come in turns, a shift by a few of them changes
    little and is not seen; nor is one in fewer than 40 rows, or where inputs and labels are linked neither in place nor
    elsewhere. Of splits with more rows than the probe samples, four blocks of 5,000 are read again (of files that are
    read as a stream, within the first 50,000 rows); of large picture folders none. Rows that were shifted before they
    were dealt out to splits at random cannot be told from labels that are unrelated to inputs.
    """

    code: ClassVar[str] = "ASC103"
    name: ClassVar[str] = "labels-shifted"
    severity: ClassVar[Severity] = Severity.ERROR
    consequence: ClassVar[str] = "teaches each row the label of another"
    tips: ClassVar[tuple[str, ...]] = ("37.4",)

    z: float = option(LEAST_Z, "robust deviations among all lags by which a lag must stand out")

    def needs(self) -> tuple[Sample, PictureSample]:
        return Sample(), PictureSample()

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        scan = scan_of(splits, self.z)
        for lag, moved in scan.by_lag().items():
            yield self._finding(lag, moved, scan, splits)
        if scan.moved:
            return
        if scan.lagged:
            lag, name = next(iter(scan.lagged.items()))
            rows = f"{plural(abs(lag), 'row')} {'further on' if lag > 0 else 'back'}"
            yield Passed(f"'{name}' holds the target of the row {rows}, so that labels fit there by construction")
            return
        own = {name: float(seen.z[seen.lags == 0][0]) for name, seen in scan.lags.items()}
        if max(own.values()) < self.z:
            raise CannotTell("no lag stands out: rows near each other are alike, or nothing links inputs and labels")
        best = max(own, key=lambda name: own[name])
        seen = scan.lags[best]
        rest = float(seen.z[seen.lags != 0].max())
        yield Passed(
            f"in {best} labels stand out in place by {own[best]:.0f} deviations, "
            f"at the best of {len(seen.lags) - 1:,} other lags by {max(rest, 0.0):.1f}"
        )

    def _finding(self, lag: int, moved: list[Moved], scan: Scan, splits: Mapping[str, SplitView]) -> Finding:
        schema = next(iter(splits.values())).schema
        names = [m.split for m in moved]
        first = max(moved, key=lambda m: m.shift.z)
        where = joined([_where(m) for m in moved])
        message = (
            f"labels of {where} stand {plural(abs(lag), 'row')} {'below' if lag > 0 else 'above'} their inputs: "
            f"shifted by {abs(lag):,}, they fit again"
        )
        target = str(schema.targets[0]) if isinstance(schema.targets[0], str) else "y"
        return Finding(
            capital(message),
            splits=tuple(dict.fromkeys(names)),
            columns=() if schema.pictures else schema.targets[:1],
            confidence=round(1.0 - min(1.0, len(scan.lags[first.split].lags) * t_tail(first.shift.z, 100.0)), 6),
            place=f"lag {lag}",
            evidence={
                "lag": lag,
                "table": {
                    "caption": "Where labels stand away from their inputs",
                    "columns": ["split", "lag", "from row", "to row", "of rows", "fit in place", "fit at the lag", "z"],
                    "rows": [
                        [
                            m.split,
                            lag,
                            m.first,
                            m.last - 1,
                            m.n_rows,
                            round(m.shift.here, 2),
                            round(m.shift.there, 2),
                            round(m.shift.z, 1),
                        ]
                        for m in moved
                    ],
                },
            },
            figure=_figure(lag, first, scan),
            fix=_fix(lag, first, target),
        )


def _where(m: Moved) -> str:
    if m.whole:
        return m.split
    if m.last >= m.n_rows:
        return f"{m.split} from about row {m.first:,} on"
    return f"{m.split} from about row {m.first:,} to {m.last - 1:,}"


def _fix(lag: int, m: Moved, target: str) -> str:
    start = "" if m.first == 0 else f".iloc[{m.first}:]"
    return (
        "Join labels and inputs by a key. If the rows cannot be joined any more, move the labels back:\n"
        f"- y = {m.split}[{target!r}]\n"
        f"+ y = {m.split}[{target!r}]{start}.shift({-lag})   # then drop the rows without a label"
    )


def _figure(lag: int, m: Moved, scan: Scan) -> Mapping[str, Any]:
    seen = scan.lags[m.split]
    near = {*range(-2, 3), *range(lag - 2, lag + 3)}
    at = np.flatnonzero(np.isin(seen.lags, sorted(near))).tolist()
    return {
        "kind": "bars",
        "caption": f"How far each lag's association stands out in {m.split}",
        "unit": "robust deviations",
        "items": [{"label": f"lag {int(seen.lags[i]):+d}", "value": round(float(seen.z[i]), 1)} for i in at],
    }
