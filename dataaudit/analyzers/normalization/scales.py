"""On what scale a column is fed: what each way of scaling leaves behind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dataaudit.analyzers.common import numeric_features
from dataaudit.model import Name, SplitView
from dataaudit.stats.moments import Moments
from dataaudit.stats.sample import Sample


@dataclass(frozen=True)
class Scale:
    """Where the values of a column lie.

    Attributes
    ----------
    name : Name
        The column.
    mean, std, low, high : float
        Over the finite values of a split.
    median, iqr : float
        Of a sample of 20,000 rows.
    whole : bool
        Whether all values are whole numbers.
    """

    name: Name
    mean: float
    std: float
    low: float
    high: float
    median: float
    iqr: float
    whole: bool

    @property
    def kind(self) -> str | None:
        """Which scaling the column went through, by what it leaves; None if it fits none.

        Bounds are wide on purpose: statistics of train leave other splits, and subsets, somewhat off.
        """
        if self.whole and self.low >= -3 and self.high <= 3:
            return "small code"
        if abs(self.mean) <= 0.5 and 1 / 3 <= self.std <= 3.0:
            return "standardised"
        if self.low >= -0.1 and self.high <= 1.1 and self.high - self.low >= 0.7:
            return "0 to 1"
        if abs(max(-self.low, self.high) - 1.0) <= 1e-3:
            return "divided by its largest"
        if self.low >= -1.15 and self.high <= 1.15 and self.high - self.low >= 1.0:
            return "-1 to 1"
        if abs(self.median) <= 0.35 and 0.5 <= self.iqr <= 2.0:
            return "robust"
        if abs(self.mean) <= 0.5 * self.std and 0.01 <= self.std <= 30.0:
            return "centred"
        if self.low >= -1.0 and self.high <= 1.0 and self.iqr == 0 == self.median:
            return "mostly zero"
        return None

    @property
    def far(self) -> bool:
        """Whether feeding the column as it is would hurt: far from zero, far from its spread, or tiny."""
        if self.kind is not None:
            return False
        size = max(abs(self.low), abs(self.high))
        return size > 10.0 or self.std < 0.1 or abs(self.mean) > 5.0 * self.std


def scales(split: SplitView) -> Iterator[Scale]:
    """Yield the scale of each numeric input that varies."""
    moments, sample, index = split.get(Moments()), split.get(Sample()), split.schema.number_index
    for name in numeric_features(split.context):
        j = index[name]
        if moments.n[j] < 2 or not moments.std[j] > 0:
            continue
        line = sample.numbers[j]
        line = line[np.isfinite(line)]
        if not line.size:
            continue
        with np.errstate(over="ignore", invalid="ignore"):
            q1, median, q3 = np.quantile(line, (0.25, 0.5, 0.75))
            iqr = float(q3 - q1)
        yield Scale(
            name, float(moments.mean[j]), float(moments.std[j]), float(moments.low[j]), float(moments.high[j]),
            float(median), iqr, not moments.n_fraction[j],
        )  # fmt: skip


def is_heavy(scale: Scale) -> bool:
    """Return whether a few values lie so far out that a robust scaler keeps more of the bulk."""
    return scale.iqr > 0 and max(scale.high - scale.median, scale.median - scale.low) > 10 * scale.iqr
