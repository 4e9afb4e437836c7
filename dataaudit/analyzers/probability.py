"""Tails of distributions, from scipy.special: importing scipy.stats takes longer than auditing a small table."""

from __future__ import annotations

import math

from dataaudit.model import Floats


def chi2_tail(x: float, freedom: float) -> float:
    """Return P(X >= x) for a chi-squared variable with `freedom` degrees of freedom.

    Examples
    --------
    >>> round(chi2_tail(3.841458820694124, 1), 12)
    0.05
    """
    from scipy.special import gammaincc

    return float(gammaincc(freedom / 2.0, max(x, 0.0) / 2.0))


def t_tail(x: float, freedom: float) -> float:
    """Return P(X >= x) for Student's t with `freedom` degrees of freedom.

    Examples
    --------
    >>> round(t_tail(0.0, 5), 12)
    0.5
    """
    from scipy.special import stdtr

    return float(stdtr(freedom, -x))


def poisson_tail(k: int, mean: float) -> float:
    """Return P(X >= k) for a Poisson variable; 1 where k is none, or the mean infinite.

    Examples
    --------
    >>> round(poisson_tail(1, 0.001), 9)
    0.0009995
    """
    from scipy.special import gammainc

    return 1.0 if k <= 0 else float(gammainc(k, mean))


def log_gamma_tail(x: float, shape: float) -> float:
    """Return ln P(X >= x) for a gamma variable of scale 1, also where the probability is too small for a float.

    Beyond that point the asymptotic series of the upper incomplete gamma function is summed to its smallest term
    (DLMF 8.11.2); there x is far above the shape and a few terms give full precision.

    Examples
    --------
    >>> round(log_gamma_tail(2000.0, 1.0), 9)
    -2000.0
    """
    from scipy.special import gammaincc

    tail = float(gammaincc(shape, x))
    if tail > 1e-290:
        return math.log(tail)
    total, term = 1.0, 1.0
    for k in range(1, 200):
        factor = (shape - k) / x
        if abs(factor) >= 1.0 or abs(term) < 1e-17:
            break
        term *= factor
        total += term
    return (shape - 1.0) * math.log(x) - x - math.lgamma(shape) + math.log(total)


def changes_by_chance(counts: Floats) -> tuple[float, float]:
    """Return the mean and the variance of the changes of label between neighbours, over all orders of the labels.

    Parameters
    ----------
    counts : ndarray of float64, shape (n_classes,)
        Rows of each class, two rows or more in all.

    References
    ----------
    Barton and David (1957), Multiple runs, Biometrika 44, 168-178; for two classes Wald and Wolfowitz's.

    Examples
    --------
    >>> import numpy as np
    >>> changes_by_chance(np.array([1.0, 1.0]))  # "ab" and "ba" both change once
    (1.0, 0.0)
    """
    n = float(counts.sum())
    s2, s3 = float((counts**2).sum()), float((counts**3).sum())
    return n - s2 / n, (s2 * (s2 + n * (n + 1)) - 2 * n * s3 - n**3) / (n * n * (n - 1))
