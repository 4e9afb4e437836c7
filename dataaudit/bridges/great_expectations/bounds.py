"""How far a new delivery of the same source may be from the facts of an earlier one: prediction limits.

Each limit is one-sided and is broken with a probability of `alpha` at most by `m` new rows that come from the same
source as the `n` rows behind the facts.
"""

from __future__ import annotations

import math

import numpy as np

from dataaudit.model import Floats

LEAST_MARGIN = 0.25
"""Least distance from an observed end to the far limit, as a share of the observed range: ends that many rows share
(ratings, counts) give no tail to extrapolate."""

MODERATE = 10.0
"""Kurtosis up to which the sample's own is trusted: that of exponential values is 9, and heavier tails, whose fourth
moment may not exist, show a larger one in most samples."""

TAIL = 0.1
"""Share of the rows, at each end, that the tail is fitted to; at most 100 rows, as the GPD describes the far tail only
(Coles 2001, An Introduction to Statistical Modeling of Extreme Values, section 4.3)."""


def most_of(k: int, n: int, m: int, alpha: float) -> int:
    """Return the largest count among m new rows that fits k of n rows.

    Given k + x such rows among all n + m, the number among the first n is hypergeometric; the limit is the largest x
    whose lower tail is above `alpha`. Exact for any source whose rows are exchangeable.

    Parameters
    ----------
    k, n : int
        Rows of a kind, and all rows, of the earlier delivery.
    m : int
        Rows of the new one.
    alpha : float
        Chance that a new delivery has more.

    References
    ----------
    Thatcher (1964), Relationships between Bayesian and confidence limits for predictions, JRSS B 26(2), 176-192.

    Examples
    --------
    >>> most_of(0, 100, 100, 0.01)
    6
    """
    from scipy.stats import hypergeom

    low, high = 0, m  # the tail falls as x grows: find the last x above alpha
    while low < high:
        middle = (low + high + 1) // 2
        if hypergeom.cdf(k, n + m, k + middle, n) > alpha:
            low = middle
        else:
            high = middle - 1
    return low


def least_of(k: int, n: int, m: int, alpha: float) -> int:
    """Return the smallest count among m new rows that fits k of n rows: the mirror of `most_of`."""
    return m - most_of(n - k, n, m, alpha)


def mean_margin(std: float, reach: float, n: int, m: int, alpha: float) -> float:
    """Return how far the mean of m new rows may be from that of n rows.

    Bernstein's inequality for the difference of two means, which needs no normal values; the spread, itself
    estimated from n rows, is widened by the ratio of Student's and the normal quantile.

    Parameters
    ----------
    std : float
        Standard deviation of the n rows.
    reach : float
        Largest distance of a value from the mean.
    n, m : int
        Rows.
    alpha : float
        Chance that the mean is farther off to one side.

    References
    ----------
    Boucheron, Lugosi, Massart (2013), Concentration Inequalities, section 2.8.
    """
    from scipy.stats import norm, t

    wider = float(t.isf(alpha, max(n - 1, 1)) / norm.isf(alpha))
    log = -math.log(alpha)
    jump = reach / min(n, m) * log / 3
    variance = (std * wider) ** 2 * (1 / n + 1 / m)
    return jump + math.sqrt(jump**2 + 2 * variance * log)


def std_limits(std: float, kurtosis: float, jump: float, n: int, m: int, alpha: float) -> tuple[float, float]:
    """Return the smallest and the largest standard deviation of m new rows that fit those of n rows.

    The logarithm of a standard deviation has a variance of (kurtosis - 1) / 4n for large n; on top of it, the new
    rows may hold one value that is farther out than any before.

    Parameters
    ----------
    std, kurtosis : float
        Of the n rows; the kurtosis is 3 for normal values.
    jump : float
        Distance of that value from the mean.
    n, m : int
        Rows.
    alpha : float
        Chance of being beyond either limit.

    References
    ----------
    Cramér (1946), Mathematical Methods of Statistics, section 27.4.
    """
    from scipy.stats import t

    error = math.sqrt(max(kurtosis - 1.0, 0.2) / 4 * (1 / n + 1 / m))
    step = float(t.isf(alpha, max(n - 1, 1))) * error
    if step > 600.0:
        return 0.0, math.inf
    return std * math.exp(-step), math.hypot(std * math.exp(step), jump / math.sqrt(m))


def far_limit(
    ends: Floats, width: float, reach: float, std: float, kurtosis: float, n: int, m: int, alpha: float
) -> float:
    """Return how far beyond the largest value of n rows the largest of m new rows may be.

    A generalised Pareto distribution is fitted to the excesses of the largest values by probability-weighted moments;
    its shape is taken two standard errors heavier than estimated, and no lighter than exponential. What comes of it is
    bounded by Markov's inequality: for the fourth moment where the kurtosis is moderate, else for the second
    (Chebyshev), which also take its place where too few values are known.

    Parameters
    ----------
    ends : ndarray of float64, shape (k,)
        The largest values, descending (negated, the smallest); fewer than eleven are too few.
    width : float
        Largest minus smallest value.
    reach : float
        Distance of the largest value from the mean.
    std, kurtosis : float
        Of the n rows.
    n, m : int
        Rows.
    alpha : float
        Chance that any new value is farther out.

    References
    ----------
    Hosking, Wallis (1987), Parameter and quantile estimation for the generalized Pareto distribution, Technometrics
    29(3), 339-349.
    """
    least = LEAST_MARGIN * width
    if kurtosis <= MODERATE:
        markov = std * math.sqrt(math.sqrt(kurtosis * m / alpha)) - reach
    else:
        markov = std * math.sqrt(m / alpha) - reach
    k = min(len(ends) - 1, max(10, min(100, int(TAIL * n))))
    if k < 10:
        return max(least, markov)
    excess = np.sort(ends[:k] - ends[k])
    scale, shape = _pareto(excess)
    if scale <= 0.0:
        return least
    shape = max(0.0, shape + 2.0 / math.sqrt(k))
    rarity = -math.log(alpha * n / (k * m))
    reached = scale / shape * math.expm1(min(shape * rarity, 700.0)) if shape else scale * rarity
    return max(least, min(reached - float(excess[-1]), markov))


def _pareto(excess: Floats) -> tuple[float, float]:
    """Return scale and shape of the generalised Pareto distribution with the first two weighted moments of excesses.

    The shape has the sign of the tail: above 0 for heavy ones.
    """
    k = len(excess)
    weights = (k - np.arange(1, k + 1) + 0.35) / k
    first, second = float(excess.mean()), float((weights * excess).mean())
    gap = first - 2 * second
    if gap <= 0.0 or first <= 0.0:  # all excesses are equal, or the tail is lighter than any such distribution
        return first, 0.0
    return 2 * first * second / gap, 2.0 - first / gap
