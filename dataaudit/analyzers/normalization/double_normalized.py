"""NRM103 double-normalized."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from dataaudit.analyzers.common import capital, joined, listing, model_ready, number, of_all, plural, train_of
from dataaudit.analyzers.common import numeric_features as inputs_of
from dataaudit.analyzers.normalization.raw_pixel_range import LEAST_COLUMNS
from dataaudit.analyzers.normalization.twice import (
    Columns,
    Twice,
    looks_undone,
    twice_normalised,
    twice_standardised,
)
from dataaudit.model import CannotTell, Finding, Name, NotApplicable, Passed, Severity, SplitView, option
from dataaudit.presets import parse_preset
from dataaudit.registry import register
from dataaudit.stats.moments import Moments, pooled
from dataaudit.stats.pixels import Pixels
from dataaudit.stats.sample import Sample


@register
@dataclass(frozen=True)
class DoubleNormalized:
    """A normalisation that was applied twice.

    ## Why it matters
    The second step takes away a mean that is gone and divides by a spread that is 1 already: pixels end up around
    0.002, or columns at -16, and a pretrained model or a saved scaler meets data it has never seen.

    ## How it decides
    Pictures, in each split: the smallest and largest pixel of every channel are compared with what black and white
    become when a known or the declared preset is applied twice, when 0..1 is divided by 255 again or fed to a step made
    for 0..255, and when the data's own mean m and deviation s were applied twice (which leaves mean -m/s and deviation
    1/s, so that both steps can be undone). Ends must agree within 10 % of the range (3 % with one channel or the data's
    own statistics, 5 % for two different presets), and pixels may not reach beyond them by more than a tenth of that;
    steps that squeeze all pixels into a sliver which no picture fills by itself may leave more of it empty (40 % before
    a step for 0..255, 97 % of 0 to 1/255). No single preset may fit. Pictures of mean 0 and deviation 1 pass. Tables:
    both steps are undone from the mean and deviation that a column has now. If that gives whole multiples of a power of
    ten, as measurements are written, in at least half of the columns with 12 or more distinct values (root mean square
    remainder 0.1, where 0.29 is chance), it is an error; two columns have to, or the only one, of 30 values. Without
    such decimals, a model-ready table of four columns or more is a warning if three quarters of them have a mean below
    -1 and none one of 0.5 or more, their deviations differ 30 times, and undoing makes nine tenths of the columns
    positive. At least 64 columns that lie within 0 to 1/255 are flattened pictures divided twice.

    ## What to do
    Find the two places (often a dataset that returns 0..1 and a transform that divides by 255), and drop one.

    ## When to ignore it
    Never on the proof of decimals; the picture ranges may be right by design in raw sensor data.

    ## When it cannot tell
    Min-max and max-abs scaling change nothing the second time. Tables without decimals or with noise added.
    """

    code: ClassVar[str] = "NRM103"
    name: ClassVar[str] = "double-normalized"
    severity: ClassVar[Severity] = Severity.ERROR
    consequence: ClassVar[str] = "feeds the network a scale that nothing was made for"
    tips: ClassVar[tuple[str, ...]] = ("37.14",)

    guess: bool = option(True, "whether tables without decimals are judged by their means and deviations")

    def needs(self) -> tuple[Moments, Sample, Pixels]:
        return (Moments(), Sample(), Pixels())

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        train = train_of(splits)
        if train.schema.pictures:
            raise NotApplicable("picture files are bytes until a loader scales them")
        if train.schema.pixels:
            yield from self._pictures(splits)
            return
        names = inputs_of(train.context)
        if not names:
            raise NotApplicable("no numeric input")
        if train.n_rows < 20:
            raise CannotTell(f"{train.name} has {plural(train.n_rows, 'row')}, fewer than 20")
        if _divided_twice(train, names):
            yield self._flat(train, names, splits)
            return
        found = _undone(train, splits)
        if found is not None:
            yield self._proved(found, train, len(names), splits)
        elif self.guess and model_ready(train.context) and looks_undone(train, names):
            yield self._guessed(train, names, splits)
        yield Passed("undoing two steps gives no plain decimals")

    def _pictures(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        declared = parse_preset(train_of(splits).context.preset)
        found = twice_normalised(splits, declared)
        if found is None:
            yield Passed("pixels end where no combination of two steps puts black and white")
            return
        way, names = found
        yield _picture_finding(way, names, splits)

    def _proved(self, found: Columns, train: SplitView, n_inputs: int, splits: Mapping[str, SplitView]) -> Finding:
        head = found.proved[0]
        n = len(found.names)
        return Finding(
            f"{capital(of_all(n, n_inputs, 'numeric input'))} standardised twice with the {found.step} of the raw "
            f"values: undoing it twice gives plain decimals in {len(found.proved):,} of {found.tested:,} columns that "
            f"can be tested; {listing([head])} had centre {number(found.centre[head])} and spread "
            f"{number(found.spread[head])}",
            splits=tuple(splits),
            columns=tuple(found.names),
            confidence=0.9999,
            evidence={"table": _column_table(found, train)},
            fix="Drop one of the two scaling steps; z * s + m, with the s and m of the table, undoes the second.",
        )

    def _guessed(self, train: SplitView, names: list[Name], splits: Mapping[str, SplitView]) -> Finding:
        moments, index = train.get(Moments()), train.schema.number_index
        stds = [float(moments.std[index[n]]) for n in names]
        n_negative = sum(bool(moments.mean[index[n]] < 0) for n in names)
        return Finding(
            f"Columns look standardised twice: the means of {n_negative:,} of {len(names):,} inputs are negative and "
            f"deviations run from {number(min(stds))} to {number(max(stds))}, as 1/s does when the s of raw values is "
            "used again",
            splits=tuple(splits),
            columns=tuple(names),
            severity=Severity.WARNING,
            confidence=0.9,
            evidence={"smallest_std": min(stds), "largest_std": max(stds)},
            fix="Check whether the scaler runs twice: once when the file is written, once when it is loaded.",
        )

    def _flat(self, train: SplitView, names: list[Name], splits: Mapping[str, SplitView]) -> Finding:
        moments = train.get(Moments())
        top = float(max(moments.high[train.schema.number_index[n]] for n in names))
        return Finding(
            f"All {len(names):,} inputs lie within 0 and {number(top)}, the range of pixels divided by 255 twice",
            splits=tuple(splits),
            columns=tuple(names),
            evidence={"max": top},
            fix="- x = x / 255\n- x = x / 255\n+ x = x / 255",
        )


def _undone(train: SplitView, splits: Mapping[str, SplitView]) -> Columns | None:
    """Return what was standardised twice, with the statistics of train or else of all splits together."""
    own = train.get(Moments())
    found = twice_standardised(train, own)
    if found is None and len(splits) > 1:
        found = twice_standardised(train, pooled([s.get(Moments()) for s in splits.values()]))
    return found


def _divided_twice(train: SplitView, names: list[Name]) -> bool:
    if len(names) < LEAST_COLUMNS:
        return False
    moments, index = train.get(Moments()), train.schema.number_index
    at = np.array([index[n] for n in names])
    top = float(moments.high[at].max())
    return bool(moments.low[at].min() >= 0 and 0.03 / 255 <= top <= 1.0001 / 255)


def _column_table(found: Columns, train: SplitView) -> dict[str, Any]:
    moments, index = train.get(Moments()), train.schema.number_index
    proved = set(found.proved)
    return {
        "caption": "What each column has now, and the centre m and spread s that were applied twice",
        "columns": ["column", "mean now", "std now", "m", "s", "decimals again"],
        "rows": [
            [
                n, float(moments.mean[index[n]]), float(moments.std[index[n]]),
                found.centre[n], found.spread[n], n in proved,
            ]
            for n in found.names[:200]
        ],
        "total": len(found.names),
    }  # fmt: skip


def _picture_finding(way: Twice, names: list[str], splits: Mapping[str, SplitView]) -> Finding:
    channels = splits[names[0]].get(Pixels()).channels
    low, high = float(channels.low.min()), float(channels.high.max())
    where = "all splits" if len(names) == len(splits) > 1 else joined(names)
    rows = [
        [c, float(channels.low[c]), float(way.black[c]), float(channels.high[c]), float(way.white[c])]
        for c in range(len(channels.n))
    ]
    return Finding(
        f"Pixels of {where} were {way.label}: they run from {number(low)} to {number(high)}, where that puts black at "
        f"{number(float(way.black.min()))} and white at {number(float(way.white.max()))}",
        splits=tuple(names),
        evidence={
            "off_by": round(way.distance(channels.low, channels.high), 4),
            "table": {
                "caption": f"Ends of each channel in {names[0]}",
                "columns": ["channel", "min", "black twice", "max", "white twice"],
                "rows": rows,
            },
        },
        fix="Normalise once: drop the division by 255, or one of the two Normalize steps.",
    )
