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


@register
@dataclass(frozen=True)
class MixedScales:
    """A few inputs whose spread is orders of magnitude away from all others.

    ## Why it matters
    One column in the thousands decides every distance, every gradient step and every penalty; the others might as
    well be missing. A column a thousand times smaller than the rest is not learnt at all.

    ## How it decides
    In train, the spread of each numeric input: the smaller of its standard deviation and its interquartile range
    (scaled to a normal distribution), so that outliers and heavy tails do not count; the deviation where half of
    the values are equal. A column is off if its spread is `ratio` times the median column's, or the reverse, and the
    rest is on one scale: the columns that are off are fewer than half, and their spreads are at least a third of
    `ratio` away from the nearest other. That gap is what sets a column in another unit apart from principal
    components, whose spreads fall step by step. On the small side nothing counts that is mostly one value (rare
    flags, the corners of pictures) or tiny next to its own mean, which is NRM106's. A warning where the network is
    fed this; raw tables get a note. 100 is two orders of magnitude: columns scaled by any usual scaler stay within
    a factor of 10 of each other.

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

    ratio: float = option(100.0, "spread, as a multiple of the median column's, from which a column is off")

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
            raise CannotTell(f"{plural(len(found), 'numeric input')} varies, fewer than 3")
        spread = np.array([_spread(s) for s in found])
        usual = float(np.median(spread))
        large, small = self._off(found, spread, usual)
        off = large | small
        if off.any():
            yield self._finding(found, spread, large, small, usual, splits)
            return
        yield Passed(f"spreads run from {number(float(spread.min()))} to {number(float(spread.max()))}")

    def _off(self, found: list[Scale], spread: Floats, usual: float) -> tuple[Bools, Bools]:
        """Return which columns are too large and which too small, none where the rest is not on one scale."""
        none = np.zeros(len(found), dtype=bool)
        with np.errstate(over="ignore", divide="ignore"):
            large, small = spread / usual >= self.ratio, usual / spread >= self.ratio
        small &= np.array([s.iqr > 0 and abs(s.mean) <= 10.0 * s.std and not s.whole for s in found])
        if 2 * (large | small).sum() >= len(found):
            return none, none
        gap = self.ratio / 3.0
        with np.errstate(over="ignore", divide="ignore"):
            if large.any() and spread[large].min() / spread[~large].max() < gap:
                large = none
            if small.any() and spread[~small].min() / spread[small].max() < gap:
                small = none
        return large, small

    def _finding(
        self,
        found: list[Scale],
        spread: Floats,
        large: Bools,
        small: Bools,
        usual: float,
        splits: Mapping[str, SplitView],
    ) -> Finding:
        train = train_of(splits)
        off = large | small
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


def _spread(scale: Scale) -> float:
    robust = scale.iqr / 1.349
    return min(scale.std, robust) if robust > 0 else scale.std


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
