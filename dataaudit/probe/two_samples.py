"""Whether two samples of numbers come from one distribution: Kolmogorov and Smirnov's test, and Wilcoxon's."""

from __future__ import annotations

import math

import numpy as np

from dataaudit.model import Bools, Floats


def kolmogorov_p(distance: float, n: float, m: float) -> float:
    """Return the chance of a Kolmogorov-Smirnov distance as large: Kolmogorov's series, Stephens' correction (1970).

    Parameters
    ----------
    distance : float
        Largest gap between the two empirical distributions.
    n, m : float
        Values in each sample.

    Examples
    --------
    >>> round(kolmogorov_p(0.5, 20, 20), 4)
    0.0082
    """
    root = math.sqrt(n * m / (n + m))
    t = (root + 0.12 + 0.11 / root) * distance
    if t < 0.3:
        return 1.0
    total, sign = 0.0, 1.0
    for k in range(1, 101):
        longer = total + sign * math.exp(-2.0 * (k * t) ** 2)
        if longer == total:  # and so are all that follow
            break
        total, sign = longer, -sign
    return min(1.0, 2.0 * total)


def distance(a: Floats, b: Floats) -> float:
    """Return the Kolmogorov-Smirnov distance of two sorted samples."""
    if not len(a) or not len(b):
        return 0.0
    at = np.concatenate([a, b])  # equal values are looked at twice, which costs less than leaving them out
    gap = np.searchsorted(a, at, side="right") / len(a) - np.searchsorted(b, at, side="right") / len(b)
    return float(np.abs(gap).max())


def distance_between(a_low: Floats, a_high: Floats, b_low: Floats, b_high: Floats) -> float:
    """Return the smallest Kolmogorov-Smirnov distance of two samples known to lie between bounds.

    Parameters
    ----------
    a_low, a_high, b_low, b_high : ndarray, shape (n,) and (m,)
        Sorted. Each sample is known up to its rounding: its distribution lies between those of its bounds.
    """
    at = np.concatenate([a_low, a_high, b_low, b_high])
    most_a, least_a = (np.searchsorted(line, at, side="right") / len(line) for line in (a_low, a_high))
    most_b, least_b = (np.searchsorted(line, at, side="right") / len(line) for line in (b_low, b_high))
    return float(np.maximum(least_a - most_b, least_b - most_a).max(initial=0.0))


def ranked(values: Floats) -> Floats:
    """Return the rank of each value, from 1, equal ones sharing their mean rank."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    mean: Floats = (ends - (counts - 1) / 2.0)[inverse]
    return mean


def auc(scores: Floats, second: Bools) -> tuple[float, float]:
    """Return how often rows of the second group score above those of the first, and the chance of as much.

    Parameters
    ----------
    scores : ndarray, shape (n,)
        Ties count half.
    second : ndarray of bool, shape (n,)
        Which rows are of the second group.

    Returns
    -------
    (float, float)
        Area under the ROC curve, and the one-sided p-value of the permutation distribution of rank sums (normal,
        with ties; Wilcoxon 1945, Mann and Whitney 1947).
    """
    n, m = int((~second).sum()), int(second.sum())
    if not n or not m:
        return 0.5, 1.0
    rank = ranked(scores)
    u = float(rank[second].sum()) - m * (m + 1) / 2
    spread = math.sqrt(n * m / (n + m - 1) / (n + m) * float(((rank - rank.mean()) ** 2).sum()))
    z = (u - n * m / 2 - 0.5) / spread if spread > 0 else 0.0
    return u / (n * m), 0.5 * math.erfc(z / math.sqrt(2))
