"""The numbers of one column of a split, and how those of two splits differ: in distance, in scale, in decimals."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dataaudit.model import Bools, Floats
from dataaudit.probe.two_samples import distance, distance_between, kolmogorov_p

ROWS = 4000
"""Rows of a split that are compared: enough to see a distance of 0.06, and quick to sort in wide tables."""
_QUANTILES = np.array([0.1, 0.25, 0.5, 0.75, 0.9])
_GRID = np.linspace(0.05, 0.95, 19)


@dataclass(frozen=True)
class Line:
    """The finite numbers of one column of one split.

    Attributes
    ----------
    values : ndarray, shape (n,)
        Sorted.
    """

    values: Floats

    def __len__(self) -> int:
        return len(self.values)

    @cached_property
    def quantiles(self) -> Floats:
        """The 10, 25, 50, 75 and 90 % quantiles."""
        found: Floats = np.quantile(self.values, _QUANTILES)
        return found

    @property
    def width(self) -> float:
        """Distance of the 10 and the 90 % quantile; the range where that is zero."""
        q = self.quantiles
        return float(q[4] - q[0]) or float(self.values[-1] - self.values[0])

    @cached_property
    def decimals(self) -> int | None:
        """Decimals that all values are rounded to, at most 8 (negative ones are not told); None if unrounded."""
        size = float(np.abs(self.values).max())
        for k in range(9):
            if size * 10.0**k * 1.2e-7 > 0.05 and size * 10.0**k * 1e-13 > 1e-4:
                return None
            if _on_grid(self.values, k).all():
                return k
        return None

    @cached_property
    def half(self) -> float:
        """Half of what rounding may have moved a value; a billionth of its width where it was not rounded."""
        return 1e-9 * self.width if self.decimals is None else 0.5 * 10.0**-self.decimals

    @cached_property
    def distinct(self) -> Floats:
        """Its distinct values, sorted."""
        return np.unique(self.values)


def _on_grid(values: Floats, k: int) -> Bools:
    """Return which values have at most k decimals, as float64 or float32 store them."""
    scaled = values * 10.0**k
    slack = np.maximum(1e-9, np.minimum(np.abs(scaled) * 1.2e-7, 0.02))
    on: Bools = np.abs(scaled - np.rint(scaled)) <= slack
    return on


def line_of(values: Floats) -> Line:
    """Return the finite numbers among the first rows of a sample."""
    values = values[:ROWS]
    return Line(np.sort(values[np.isfinite(values) & (np.abs(values) < 1e150)]))


def different(train: Line, other: Line) -> tuple[float, float]:
    """Return the Kolmogorov-Smirnov distance of two columns, and its p-value."""
    gap = distance(train.values, other.values)
    return gap, kolmogorov_p(gap, len(train), len(other))


@dataclass(frozen=True)
class Scale:
    """The straight line that brings a column of another split to train's.

    Attributes
    ----------
    slope, offset : float
        other = slope * train + offset.
    after : float
        Kolmogorov-Smirnov distance that is left.
    p : float
        Of that distance.
    """

    slope: float
    offset: float
    after: float
    p: float


def scale_between(train: Line, other: Line) -> Scale | None:
    """Return the line between the quantiles of two columns; None where one hardly varies."""
    a, b = np.quantile(train.values, _GRID), np.quantile(other.values, _GRID)
    spread = float(((a - a.mean()) ** 2).sum())
    if not spread > 0:
        return None
    slope = float(((a - a.mean()) * (b - b.mean())).sum()) / spread
    if not slope > 0 or not math.isfinite(slope):
        return None
    offset = float(b.mean() - slope * a.mean())
    half = min(other.half, 0.05 * other.width) / slope + min(train.half, 0.05 * train.width)
    back = (other.values - offset) / slope
    after = distance_between(train.values, train.values, back - half, back + half)
    return Scale(slope, offset, after, kolmogorov_p(after, len(train), len(other)))


def rounding(train: Line, other: Line) -> tuple[int, float] | None:
    """Return to how many decimals (at most 4) one column is rounded and the other is not, and the chance of it.

    The chance that all of `other` are that round if each is as often as train's are. None where the numbers differ in
    more than rounding, since large ones are commonly written with fewer decimals.
    """
    k = other.decimals
    if k is None or k > 4 or (train.decimals is not None and train.decimals <= k):
        return None
    share = float(_on_grid(train.values, k).mean())
    half = 0.5 * 10.0**-k
    apart = distance_between(train.values, train.values, other.values - half, other.values + half)
    if share > 0.5 or kolmogorov_p(apart, len(train), len(other)) < 0.01:  # larger numbers are written with fewer
        return None
    return k, max(share, 1.0 / len(train)) ** len(other.distinct)
