"""NRM104 mixed-scales."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from dataaudit.analyzers.common import capital, listing, model_ready, number, of_all, plural, train_of
from dataaudit.analyzers.normalization.raw_pixel_range import is_raw_pixels
from dataaudit.analyzers.normalization.scales import Scale, scales
from dataaudit.model import Bools, CannotTell, Finding, Floats, NotApplicable, Passed, Severity, SplitView, option
from dataaudit.registry import register
from dataaudit.stats.moments import Moments
from dataaudit.stats.pixels import Pixels
from dataaudit.stats.sample import Sample

_GAP = 30.0
_NORMAL = 1.349
"""Interquartile range of a normal distribution of deviation 1."""


@register
@dataclass(frozen=True)
class MixedScales:
    """A few inputs whose spread is orders of magnitude away from all others.

    ## Why it matters
    One column in the thousands decides every distance, every gradient step and every penalty; the others might as
    well be missing. A column a thousand times smaller than the rest is not learnt at all.

    ## How it decides
    In train, the spread of each numeric input: its standard deviation, or its interquartile range scaled to a normal
    distribution. A column is too large if the smaller of the two is `ratio` times that of the median column, so that
    outliers and heavy tails do not count; too small if the larger of the two is 1/`ratio` of the median column's.
    The rest must be on one scale: the columns that are off are fewer than half, and 30 times away from the nearest
    other. That gap is what sets a column in another unit apart from principal components of scaled columns, whose
    spreads fall step by step. On the small side nothing counts
    that is mostly one value (rare flags, the corners of pictures) or tiny next to its own mean, which is NRM106's. A
    warning where the network is fed this; raw tables get a note. The usual scalers leave columns within a factor of
    10 of each other: on ten real tables under six scalers none was flagged, and 95 % of 1,080 tables with one to
    three columns multiplied by 100 to 10,000, or divided by 1,000 to 10,000, were.

    ## What to do
    Scale these columns like the others, with statistics of train.

    ## When to ignore it
    Tree models, or a column that is meant to dominate.

    ## When it cannot tell
    With fewer than 3 inputs that vary, or fewer than 10 rows. Where all inputs are raw no scale is the usual one;
    NRM101 says so.
    """

    code: ClassVar[str] = "NRM104"
    name: ClassVar[str] = "mixed-scales"
    severity: ClassVar[Severity] = Severity.WARNING
    consequence: ClassVar[str] = "lets a few columns drown out all others"
    tips: ClassVar[tuple[str, ...]] = ("11.1",)

    ratio: float = option(50.0, "spread, as a multiple of the median column's, from which a column is off")

    def needs(self) -> tuple[Moments, Sample, Pixels]:
        return (Moments(), Sample(), Pixels())

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        train = train_of(splits)
        if train.schema.pictures or train.schema.pixels:
            raise NotApplicable("the pixels of a picture have one scale; NRM101 and NRM108 judge it")
        if train.n_rows < 10:
            raise CannotTell(f"{train.name} has {plural(train.n_rows, 'row')}, fewer than 10")
        if is_raw_pixels(train):
            raise NotApplicable("the rows are flattened pictures in 0..255; NRM102 judges them")
        found = [s for s in scales(train) if np.isfinite(s.std)]
        if len(found) < 3:
            raise CannotTell(
                f"{plural(len(found), 'numeric input')} {'varies' if len(found) == 1 else 'vary'}, fewer than 3"
            )
        spread = np.array([_robust(s) for s in found])
        off = self._off(found, spread)
        if off.any():
            yield self._finding(found, spread, off, splits)
            return
        yield Passed(f"spreads run from {number(float(spread.min()))} to {number(float(spread.max()))}")

    def _off(self, found: list[Scale], spread: Floats) -> Bools:
        """Return which columns are off, none where the rest is not on one scale."""
        none = np.zeros(len(found), dtype=bool)
        wide = np.array([max(s.std, s.iqr / _NORMAL) for s in found])
        plain = np.array([s.iqr > 0 and abs(s.mean) <= 10.0 * s.std and not s.whole for s in found])
        with np.errstate(over="ignore", divide="ignore"):
            large = spread / np.median(spread) >= self.ratio
            small = (np.median(wide) / wide >= self.ratio) & plain
            if 2 * (large | small).sum() >= len(found):
                return none
            if large.any() and spread[large].min() / spread[~large].max() < _GAP:
                large = none
            if small.any() and wide[~small].min() / wide[small].max() < _GAP:
                small = none
        off: Bools = large | small
        return off

    def _finding(self, found: list[Scale], spread: Floats, off: Bools, splits: Mapping[str, SplitView]) -> Finding:
        train = train_of(splits)
        usual = float(np.median(spread))
        order = sorted(np.flatnonzero(off), key=lambda i: -abs(np.log(spread[i] / usual)))
        names = tuple(found[i].name for i in order)
        worst = order[0]
        times = float(spread[worst] / usual)
        how = f"{number(times)} times" if times > 1 else f"1/{number(1 / times)} of"
        rest = spread[~off]
        message = (
            f"{capital(of_all(len(names), len(found), 'numeric input'))} on another scale: {listing([names[0]])} has a "
            f"spread of {number(float(spread[worst]))}, {how} the median column's; the others run from "
            f"{number(float(rest.min()))} to {number(float(rest.max()))}"
        )
        fed = model_ready(train.context)
        return Finding(
            message,
            splits=tuple(splits),
            columns=names,
            severity=Severity.WARNING if fed else Severity.NOTE,
            evidence={"median_spread": usual, "table": _table(found, spread, order, usual, train.name)},
            fix="Scale these columns like the others: StandardScaler().fit(X_train) on all columns.",
        )


def _robust(scale: Scale) -> float:
    """Return the smaller of two spreads; the deviation where half of the values are equal."""
    return min(scale.std, scale.iqr / _NORMAL) if scale.iqr > 0 else scale.std


def _table(found: list[Scale], spread: Floats, order: list[Any], usual: float, name: str) -> dict[str, Any]:
    return {
        "caption": f"Spread of the inputs that are off, in {name}",
        "columns": ["column", "spread", "times the median", "mean", "std", "min", "max"],
        "rows": [
            [s.name, float(spread[i]), float(spread[i] / usual), s.mean, s.std, s.low, s.high]
            for i in order[:200]
            for s in (found[i],)
        ],
        "total": len(order),
    }
