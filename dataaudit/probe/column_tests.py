"""Whether columns are associated with a target, alone or given any one other column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataaudit.model import Bools, Floats, Ints
from dataaudit.probe.two_samples import ranked

BINS = 8
"""Bins of a number, by quantiles."""
LEVELS = 20
"""Values of a column, or classes, that are told apart; the rest are taken together."""
PAIR_LEVELS = 4
"""The same where two columns are looked at together."""
_LEAST = 20
"""Rows of a class, or of a column's value, below which it is taken together with others."""
_PAIR_WORK = 2e10
"""Multiplications that comparing all pairs may take: about a second."""
_PAIR_ROWS = 250
"""Rows below which pairs are not compared: what is left in a cell says nothing."""


@dataclass(frozen=True)
class Alone:
    """How a column and the target go together, nothing else looked at.

    Attributes
    ----------
    p : float
        If they did not: twice or three times the smallest p-value of the tests.
    high : float
        Upper end of the share of the target that it explains (one-sided 95 %).
    """

    p: float
    high: float


def numbered(values: Floats, most: int = BINS) -> Ints:
    """Return the bin of each number, by quantiles; missing ones have a bin of their own, and so have few values."""
    known = ~np.isnan(values)
    codes = np.zeros(len(values), np.int64)
    distinct = np.unique(values[known])
    if len(distinct) > most:
        bins = max(2, min(most, int(known.sum()) // (2 * _LEAST)))
        at = np.linspace(0, 1, bins + 1)[1:-1]
        distinct = np.unique(np.quantile(values[known], at, method="lower"))
        codes[known] = 1 + np.searchsorted(distinct, values[known], side="left")
    else:
        codes[known] = 1 + np.searchsorted(distinct, values[known])
    return gathered(codes, len(distinct) + 2)


def named(values: NDArray[Any], most: int = LEVELS) -> Ints:
    """Return the code of each text; missing ones have one of their own, rare ones share one."""
    seen = {value: i for i, value in enumerate(dict.fromkeys(values.tolist()))}
    return gathered(np.array([seen[v] for v in values.tolist()], np.int64), most)


def gathered(codes: Ints, most: int) -> Ints:
    """Return codes from 0 without gaps: the most frequent keep one each, the rest and those of few rows share one."""
    _, codes, counts = np.unique(codes, return_inverse=True, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    kept = [int(k) for k in order[: most if len(counts) <= most else most - 1] if counts[k] >= _LEAST]
    new = np.full(len(counts), len(kept), np.int64)
    new[kept] = np.arange(len(kept))
    rest = int(counts.sum() - counts[kept].sum())
    if 0 < rest < _LEAST and kept:
        new[new == len(kept)] = len(kept) - 1
    found: Ints = new[codes]
    return found


def others(values: NDArray[Any], most: int = LEVELS) -> float:
    """Return the share of rows whose text is not among the most frequent ones."""
    _, counts = np.unique(np.array([str(v) for v in values]), return_counts=True)
    return float(1.0 - np.sort(counts)[-(most - 1) :].sum() / max(1, len(values)))


def alone(codes: Sequence[Ints], numbers: Floats | None, target: Ints, ranks: Floats | None) -> Alone:
    """Return how a column and the target go together.

    Parameters
    ----------
    codes : sequence of ndarray of int64, shape (n,)
        The column as bins or categories; other views of it (weekday, time of day) after the first.
    numbers : ndarray of float64, shape (n,), or None
        Its values, NaN where missing, if they have an order.
    target : ndarray of int64, shape (n,)
        Classes, or bins of a number.
    ranks : ndarray of float64, shape (n,), or None
        Ranks of a target that is a number.
    """
    from scipy.special import chdtrc, chndtrinc

    p, high = [], []
    for view in codes:
        x, freedom = chi2(view, target)
        p.append(float(chdtrc(freedom, x)) if freedom else 1.0)
        if ranks is None:
            total = 2.0 * len(target) * _entropy(target)
        else:
            x, freedom = rank_test(ranks, view)
            p.append(float(chdtrc(freedom, x)) if freedom else 1.0)
            total = float(len(target))
        # a statistic below its mean by accident must not clear a column better than the data can
        bound = float(chndtrinc(max(x, freedom), freedom, 0.05)) if freedom else 0.0
        high.append(max(0.0, bound) / total if np.isfinite(bound) else 1.0)
    if numbers is not None and np.unique(numbers[~np.isnan(numbers)]).size > 2:
        known = ~np.isnan(numbers)
        line = ranked(numbers[known])
        if ranks is None:
            x, freedom = rank_test(line, target[known])
        else:
            x, freedom = _trend(line, ranked(ranks[known])), 1
        p.append(float(chdtrc(freedom, x)) if freedom else 1.0)
    return Alone(min(1.0, len(p) * min(p)), min(1.0, max(high)))


def chi2(codes: Ints, target: Ints) -> tuple[float, int]:
    """Return Pearson's statistic of a table, and its degrees of freedom; on average exactly these without relation."""
    levels, classes = int(codes.max(initial=0)) + 1, int(target.max(initial=0)) + 1
    counts = np.bincount(codes * classes + target, minlength=levels * classes).reshape(levels, classes)
    n = len(codes)
    rows, columns = counts.sum(axis=1, keepdims=True), counts.sum(axis=0, keepdims=True)
    expected = rows * columns / max(1, n)
    gap = np.divide((counts - expected) ** 2, expected, out=np.zeros_like(expected), where=expected > 0)
    freedom = (np.count_nonzero(rows) - 1) * (np.count_nonzero(columns) - 1)
    return float(gap.sum()) * (n - 1) / max(1, n), max(0, int(freedom))


def rank_test(ranks: Floats, groups: Ints) -> tuple[float, int]:
    """Return Kruskal and Wallis' statistic of ranks in groups, corrected for ties, and its degrees of freedom."""
    counts = np.bincount(groups)
    sums = np.bincount(groups, ranks - ranks.mean())
    total = float(((ranks - ranks.mean()) ** 2).sum())
    if not total > 0.0:
        return 0.0, 0
    between = float((sums[counts > 0] ** 2 / counts[counts > 0]).sum())
    return (len(ranks) - 1) * between / total, int(np.count_nonzero(counts)) - 1


def _trend(one: Floats, other: Floats) -> float:
    """Return the square of Spearman's correlation times n - 1: chi-squared of one degree without relation."""
    one, other = one - one.mean(), other - other.mean()
    scale = float((one**2).sum() * (other**2).sum())
    return (len(one) - 1) * float(one @ other) ** 2 / scale if scale > 0.0 else 0.0


def _entropy(codes: Ints) -> float:
    share = np.bincount(codes) / len(codes)
    share = share[share > 0]
    return max(float(-(share * np.log(share)).sum()), 1e-300)


def given_another(codes: Sequence[Ints], target: Ints) -> tuple[Floats, Ints]:
    """Return the smallest p-value of each column's relation to the target given any one other column.

    The relation is looked for within the rows that share a value of the other column (chi-squared, summed over its
    values), so that two columns that only tell together are found. P-values are multiplied by the number of others.

    Parameters
    ----------
    codes : sequence of ndarray of int64, shape (n,)
        Columns, few values each.
    target : ndarray of int64, shape (n,)
        Few classes.

    Returns
    -------
    p : ndarray of float64, shape (n_columns,)
        1 for all where pairs could not be compared.
    partner : ndarray of int64, shape (n_columns,)
        The other column; -1 where there is none.
    """
    d = len(codes)
    none = np.ones(d), np.full(d, -1, np.int64)
    n = rows_for_pairs(codes, len(target))
    if d < 2 or not n:
        return none
    from scipy.special import chdtrc

    target = target[:n]
    codes = [np.unique(line[:n], return_inverse=True)[1] for line in codes]
    levels = np.array([int(line.max()) + 1 for line in codes])
    first = np.concatenate([[0], np.cumsum(levels)])
    member = np.zeros((n, int(first[-1])), np.float32)
    for j, line in enumerate(codes):
        member[np.arange(n), first[j] + line] = 1.0
    counts = [_together(member[target == k]) for k in np.unique(target)]
    both: Floats = np.sum(counts, axis=0, dtype=np.float64)
    size = np.diag(both)
    gap = np.zeros_like(both)
    classes = np.zeros(len(size))
    for table in counts:
        own = np.diag(table).astype(np.float64)  # rows of this class at each value of the other column
        expected = both * (own / size)
        gap += np.divide((table - expected) ** 2, expected, out=np.zeros_like(both), where=expected > 0)
        classes += own > 0
    starts = first[:-1]
    within = np.add.reduceat(gap, starts, axis=0)
    seen = np.add.reduceat((both > 0).astype(np.float64), starts, axis=0)
    freedom = np.add.reduceat(np.maximum(seen - 1, 0) * np.maximum(classes - 1, 0), starts, axis=1)
    shrink = np.where(size > 1, (size - 1) / size, 0.0)
    x = np.add.reduceat(within * shrink, starts, axis=1)
    p = np.where(freedom > 0, chdtrc(np.maximum(freedom, 1), x), 1.0)
    np.fill_diagonal(p, 1.0)
    partner = p.argmin(axis=1).astype(np.int64)
    return np.minimum(1.0, p.min(axis=1) * (d - 1)), partner


def rows_for_pairs(codes: Sequence[Ints], n: int) -> int:
    """Return how many rows pairs of columns may be compared on, 0 if too few to compare them at all."""
    width = sum(int(line.max(initial=0)) + 1 for line in codes)
    n = min(n, int(_PAIR_WORK / max(1, width * width)))
    return n if n >= _PAIR_ROWS and width <= 4000 else 0


def _together(member: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how often values come together: whole numbers, exact in single precision up to 16 million rows."""
    counts: NDArray[np.float32] = member.T @ member
    return counts


def beside_all(matrix: NDArray[np.float32], target: Floats) -> Floats:
    """Return the p-value of each line of a matrix in a linear model that holds all the others as well.

    Student's t of the least-squares weight: columns are found that say nothing alone because others hide what they
    say (suppression).

    Parameters
    ----------
    matrix : ndarray of float32, shape (n, d)
        Lines of inputs.
    target : ndarray of float64, shape (n, k)
        A number, or a column of 0 and 1 for each class or label; the smallest p-value times k is returned.

    Returns
    -------
    ndarray of float64, shape (d,)
        1 for all where there are fewer than five rows a line, for lines that others determine, and for constant ones.
    """
    from scipy.special import stdtr

    n, d = matrix.shape
    p = np.ones(d)
    if n < 5 * d or not d:
        return p
    x = matrix.astype(np.float64)
    x -= x.mean(axis=0)
    spread = np.sqrt((x * x).sum(axis=0))
    keep = np.flatnonzero(spread > 1e-6 * np.sqrt(n))
    x = x[:, keep] / spread[keep]
    y = target - target.mean(axis=0)
    gram = x.T @ x
    inverse = np.linalg.inv(gram + 1e-8 * np.eye(len(keep)))
    alike = np.diag(inverse)  # 1 / (1 - R squared) of a line on the others
    weights = inverse @ (x.T @ y)
    freedom = n - len(keep) - 1
    rest = ((y - x @ weights) ** 2).sum(axis=0) / freedom
    t = np.abs(weights) / np.sqrt(np.maximum(alike[:, None] * rest, 1e-300))
    some = np.where(alike[:, None] < 1e4, 2.0 * stdtr(freedom, -t), 1.0)
    p[keep] = np.minimum(1.0, some.min(axis=1) * (some.shape[1] if some.shape[1] > 2 else 1))
    return p


def present(p: Floats, rate: float) -> Bools:
    """Return which hypotheses are rejected with a false-discovery rate (Benjamini and Hochberg 1995, JRSS B 57)."""
    m = len(p)
    order = np.argsort(p, kind="stable")
    below = np.flatnonzero(p[order] <= rate * np.arange(1, m + 1) / max(1, m))
    found = np.zeros(m, dtype=bool)
    if len(below):
        found[order[: below[-1] + 1]] = True
    return found
