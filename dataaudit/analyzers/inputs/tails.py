"""Whether the last values of a column belong to its tail, whatever the shape of the tail."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dataaudit.analyzers.inputs.cells import Cells
from dataaudit.model import Floats, Ints

FACTORS = {
    1e3: "a thousand times", 1e2: "a hundred times", 10.0: "ten times", 1e6: "a million times", 2.54: "2.54 times",
    2.2046: "2.2 times", 1e4: "ten thousand times", 1e9: "a billion times", 60.0: "60 times", 3600.0: "3,600 times",
    24.0: "24 times", 365.25: "365 times", 12.0: "12 times", 25.4: "25.4 times", 453.6: "453.6 times",
    30.48: "30.48 times",
}  # fmt: skip
"""Factors between units, the most common first."""
UNITS = {
    1e3: "grams among kilograms", 1e2: "centimetres among metres, or percent among shares",
    10.0: "a decimal point lost, or millimetres among centimetres", 2.54: "centimetres among inches",
    1e6: "units among millions", 2.2046: "pounds among kilograms", 60.0: "seconds among minutes",
    3600.0: "seconds among hours", 24.0: "hours among days", 12.0: "months among years",
    25.4: "millimetres among inches", 365.25: "days among years",
}  # fmt: skip


@dataclass(frozen=True)
class Apart:
    """Values at the high end of a column that do not belong to its tail.

    Attributes
    ----------
    count : int
        Rows.
    rows : ndarray of int64
        Their positions, ascending; the first ones.
    first, last : float
        The smallest and the largest of them.
    inner : float
        The largest value that belongs.
    p_value : float
        Of a gap as wide as this before so many values, in a tail as heavy as the rest's.
    ratio : float
        Distance of `first` from the median, in distances of `inner`.
    values : ndarray of float64
        The values that are known by row.
    """

    count: int
    rows: Ints
    first: float
    last: float
    inner: float
    p_value: float
    ratio: float
    values: Floats


def apart(cells: Cells, most: float, alpha: float, least_ratio: float) -> Apart | None:
    """Return the values at the high end that a gap sets apart from the tail, None if there are none.

    Let y be the distances from the median on the high side, y(1) the largest. In any tail that falls like a power
    or faster, i·log(y(i)/y(i+1)) is exponential with a mean of at most gamma, which Hill's estimator measures from
    the values behind the gap (Hill 1975; Renyi 1953). So a gap before i values has the p-value
    exp(-i·log(ratio)/gamma), for normal, lognormal and Pareto tails alike.

    Parameters
    ----------
    cells : Cells
        The column.
    most : float
        Largest share of the values that may be set apart.
    alpha : float
        p-value, over all gaps that were tried, below which the values are apart.
    least_ratio : float
        Least ratio of distances before and behind the gap.
    """
    n_known = len(cells.known)
    if n_known < 20:
        return None
    middle = cells.middle
    found = _gap(cells.high, cells.n, middle, most, alpha, least_ratio)
    if found is None and cells.n > n_known:
        found = _gap(cells.known[::-1], n_known, middle, most, alpha, least_ratio)
    if found is None:
        return None
    first, inner, p_value, ratio = found
    rows, count = cells.beyond(first)
    if count > most * cells.n + 1:
        return None
    above = cells.high[cells.high >= first]
    return Apart(count, rows, first, float(cells.high[0]), inner, p_value, ratio, above)


def _gap(
    high: Floats, n: int, middle: float, most: float, alpha: float, least_ratio: float
) -> tuple[float, float, float, float] | None:
    """Return the first value apart, the last that belongs, the p-value and the ratio."""
    behind_it = min(200, max(10, n // 10))
    with np.errstate(over="ignore"):
        y = high[: min(n // 2, int(most * n) + behind_it + 12)] - middle
    y = y[(y > 0.0) & np.isfinite(y)]
    tried = min(int(most * n) + 1, len(y) - 10)
    if tried < 1:
        return None
    logs = np.log(y)
    gaps = logs[:tried] - logs[1 : tried + 1]
    best: tuple[float, float, float, float] | None = None
    for i in np.flatnonzero(gaps >= math.log(least_ratio)):
        m = len(np.unique(high[: i + 1]))
        behind = logs[i + 1 : i + 2 + behind_it]
        gamma = float(np.mean(behind[:-1] - behind[-1])) if len(behind) > 5 else 0.0
        if not gamma > 0.0:
            gamma = 1.0 / len(y)
        # a mean of k values varies by 1/sqrt(k): two such errors on the safe side
        gamma *= 1.0 + 2.0 / math.sqrt(len(behind))
        p_value = min(1.0, tried * math.exp(-m * float(gaps[i]) / gamma))
        if p_value < alpha and (best is None or p_value < best[2]):
            best = (float(high[i]), float(high[i + 1]), p_value, math.exp(float(gaps[i])))
    return best


def factor_of(values: Floats, known: Floats, *, smaller: bool, sure: bool) -> float | None:
    """Return the usual factor that brings all of some values among the others, None if none does.

    Parameters
    ----------
    values : ndarray of float64
        The values apart.
    known : ndarray of float64
        The others, ascending.
    smaller : bool
        Whether they are to be multiplied, and not divided.
    sure : bool
        Whether they are apart for sure; if not, they have to fall among the middle 98 % of the others.
    """
    if known[0] == 0.0:
        filled = known[known > 0.0]  # zero has no unit
        if len(filled) < 0.8 * len(known):
            return None
        known = filled
    low, high = (float(q) for q in np.quantile(known, [0.01, 0.99]))
    if low * high <= 0.0 or low == high:
        return None  # around zero, dividing by anything large enough brings every value among the others
    width = max(low / high, high / low)
    ends = (float(known[0]), float(known[-1])) if sure else (low, high)
    middle = float(np.median(known))
    off: dict[float, float] = {}
    for factor in FACTORS:
        if width > min(max(8.0, factor / 2.0), 50.0) or (factor < 8.0 and width > factor):
            continue  # among values of many sizes, some factor always fits
        mended = values * factor if smaller else values / factor
        if ends[0] <= mended.min() and mended.max() <= ends[1]:
            off[factor] = abs(float(np.median(mended)) - middle)
    fits = [f for f in off if f in (1e3, 1e2, 10.0)] or list(off)
    return min(fits, key=lambda f: off[f]) if fits else None
