"""Which rows was a robust scaling fitted on? Told from medians and interquartile ranges.

A robust scaler leaves median 0 and an interquartile range of 1 on exactly the rows it was fitted on. Rows that are
added or left out move neither of them only if they fall evenly on both sides of the three quartiles, which is a matter
of counts: with n_S^2 F^2 rows' worth of difference between S and its rival, the count below a quantile q is off by
sqrt(n_S^2 F^2 q(1 - q)) rows, and by accident it is right to the row (to as many rows as hold the quantile's value).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dataaudit.analyzers.leakage.fits import AMBIGUOUS, Fit, Match, Union, complete, ordered, unions
from dataaudit.analyzers.leakage.rivals import (
    answered,
    ascending,
    counts,
    distinct_share,
    rows_of,
    settle_at,
    spread,
    step_of,
    with_fractions,
)
from dataaudit.model import Floats, Name, NotApplicable, SplitView
from dataaudit.stats.histogram import Histograms

RANGES = ((25.0, 75.0), (10.0, 90.0), (5.0, 95.0))
"""Percentiles between which the distance is made 1: scikit-learn's default, and two others in use."""

MOST_COLUMNS = 200
"""Columns judged; those beyond are left out, as their quantiles of every union would take long."""

ACCEPT = 1e-5
"""Probability below which a union is accepted: an upper bound, of fits that are exact, so that it suffices."""

CONTINUOUS = 0.9
"""Share of distinct values from which on both quartiles cannot move by the same amount by accident."""

EXACT = 0.51
"""Steps of storage within which a fitted quantile stays once rounded, and 1e-9 for arithmetic."""

ODD = 0.1
"""Share of columns that may fit train and not the union that was fitted on."""


def robust(splits: Mapping[str, SplitView]) -> Fit:
    """Return which rows the inputs were robustly scaled on; shared by the rules that ask.

    Raises
    ------
    NotApplicable
        With one split, or without a column that looks robustly scaled.
    CannotTell
        With more than four splits, or splits of fewer than 5 rows.
    """
    return answered("robust scaling", splits, lambda: _decide(splits))


def _decide(splits: Mapping[str, SplitView]) -> Fit:
    order = ordered(splits)
    names = _centred(splits, order)
    rows = rows_of(splits, order, names)
    whole = complete(splits)
    judged: list[list[dict[Union, _Judged]]] = [[] for _ in RANGES]
    for j, name in enumerate(names):
        line = _Line.of(name, {n: ascending(rows[n][j]) for n in order})
        lines = {union: np.sort(np.concatenate([line.parts[n] for n in union])) for union in unions(order)}
        for answers, percentiles in zip(judged, RANGES, strict=True):
            if whole:
                answers.append({union: _judge(line, values, percentiles) for union, values in lines.items()})
            elif percentiles == RANGES[0]:
                answers.append({union: _from_counts(splits, line, values, union) for union, values in lines.items()})
            else:
                answers.append({})
    fits = [
        _of_range(splits, order, names, rows, answers, percentiles)
        for answers, percentiles in zip(judged, RANGES, strict=True)
    ]
    best = min((fit for fit in fits if fit is not None), key=_strength, default=None)
    if best is None or (not best.accepted and _strength(best) > math.log(AMBIGUOUS)):
        raise NotApplicable("no inputs have median 0 and an interquartile range of 1, over any splits")
    return best


def _strength(fit: Fit) -> float:
    return min(m.log_p for m in fit.matches)


def _centred(splits: Mapping[str, SplitView], order: Sequence[str]) -> tuple[Name, ...]:
    """Return the inputs with fractions whose median may be 0 in some union."""
    found = [
        name
        for name, at in with_fractions(splits, order)
        if at.low.max() < 0 < at.high.min() and (np.abs(at.mean) < 2 * at.std).all()
    ]
    return tuple(found[:MOST_COLUMNS])


@dataclass(frozen=True)
class _Line:
    """One column of all splits.

    Attributes
    ----------
    name : Name
        The column.
    parts : mapping of str to ndarray
        Its finite values by split, ascending.
    step : float
        How exactly they were stored.
    continuous : bool
        Whether values hardly repeat.
    """

    name: Name
    parts: Mapping[str, Floats]
    step: float
    continuous: bool

    @classmethod
    def of(cls, name: Name, parts: Mapping[str, Floats]) -> _Line:
        pooled = np.sort(np.concatenate(list(parts.values())))
        return cls(name, parts, step_of(pooled), distinct_share(pooled) >= CONTINUOUS)


@dataclass(frozen=True)
class _Judged:
    """How a column fits a union: the rows by which each quantile may move and stay, None where it does not fit.

    The quantiles are the median, the lower and the upper one; infinitely many rows where it follows from the others.
    """

    middle: float
    wide: float
    windows: tuple[float, float, float] | None


def _of_range(
    splits: Mapping[str, SplitView],
    order: Sequence[str],
    names: Sequence[Name],
    rows: Mapping[str, Floats],
    answers: Sequence[Mapping[Union, _Judged]],
    percentiles: tuple[float, float],
) -> Fit | None:
    """Return the answer for one range of percentiles; None if no column fits any union."""
    low, high = percentiles
    picked = [j for j, answer in enumerate(answers) if any(a.windows for a in answer.values())]
    if not picked:
        return None
    lines = [names[j] for j in picked]
    pooled = np.concatenate([rows[s] for s in order], axis=1)
    looked_at = max(len(picked), sum(_may_be(line, percentiles) for line in pooled))
    n = counts(splits, order, [splits[order[0]].schema.number_index[name] for name in lines])
    tied = _covariance(pooled[picked], (50.0, low, high))
    matches = []
    for union in unions(order):
        f = spread(n, union, order, same_verdict=False)
        n_f = f * sum(n[s] for s in union)
        here = [answers[j][union] for j in picked]
        log_p, column_p = _by_accident([j.windows for j in here], looked_at, n_f, tied)
        off = {"median": np.array([j.middle for j in here]), "range − 1": np.array([j.wide for j in here])}
        matches.append(Match(union, min(0.0, log_p + math.log(len(RANGES))), column_p, off, speaks_below=1.0))
    accepted, ambiguous = settle_at(matches, order[0], ACCEPT)
    train = frozenset([order[0]])
    exact = {u: {j for j in picked if answers[j][u].windows} for u in unions(order)}
    # train fits what they fit, if not as improbably; or columns that they do not: rows were dropped since
    fits_too = any(exact[u] <= exact[train] or len(exact[train] - exact[u]) > ODD * len(exact[u]) for u in accepted)
    if train not in accepted and fits_too:
        ambiguous = (*ambiguous, *({train} - set(ambiguous)))
    word = "an interquartile range of 1" if percentiles == RANGES[0] else f"1 between percentiles {low:g} and {high:g}"
    words = ("robust scaling", "robustly scaled", f"median 0 and {word}")
    return Fit(*words, tuple(lines), tuple(order), tuple(matches), accepted, ambiguous, ACCEPT)


def _may_be(line: Floats, percentiles: tuple[float, float]) -> bool:
    """Return whether a column is of a scale that robust scaling leaves: the others are no look at all."""
    a, b = np.percentile(line[np.isfinite(line)], percentiles)
    return bool(a + 0.5 < b < a + 2.0)


def _covariance(pooled: Floats, percentiles: Sequence[float]) -> Floats:
    """Return the covariance of being below each percentile of each column, shape (3d, 3d)."""
    below = []
    for line in pooled:
        known = np.isfinite(line)
        for q in np.percentile(line[known], percentiles):
            indicator = 0.5 * (line < q - 1e-9) + 0.5 * (line <= q + 1e-9)
            below.append(np.where(known, indicator - indicator[known].mean(), 0.0))
    x = np.array(below)
    return np.asarray(x @ x.T / x.shape[1])


def _judge(line: _Line, values: Floats, percentiles: tuple[float, float]) -> _Judged:
    """Return how a union fits, from all its rows in ascending order."""
    low, high = percentiles
    a, middle, b = (quantile_of(values, q) for q in (low, 50.0, high))
    wide = b - a - 1.0
    granted = EXACT * line.step + 1e-9
    if abs(middle) > granted or abs(wide) > 2.0 * granted:
        return _Judged(middle, wide, None)
    centre, first, last = (_ties(values, q, granted) for q in (50.0, low, high))
    if not line.continuous:  # on a grid both ends may move together, so that one follows from the other
        first, last = max(first, last), math.inf
    return _Judged(middle, wide, (centre, first, last))


def quantile_of(values: Floats, percentile: float) -> float:
    """Return a percentile of ascending values, linear between two of them: numpy's default, without its overhead."""
    place = (len(values) - 1) * percentile / 100.0
    before = math.floor(place)
    after = min(before + 1, len(values) - 1)
    return float(values[before] + (place - before) * (values[after] - values[before]))


def _by_accident(
    windows: Sequence[tuple[float, float, float] | None], looked_at: int, n_f: Floats, tied: Floats
) -> tuple[float, Floats]:
    """Return the logarithm of the probability that all columns that fit do so by accident, and a probability a column.

    Counts below the quantiles differ between S and its rival like a normal vector of the covariance `tied` times
    n_f^2. Given the counts before it, each stays within its window with at most the probability that it would have if
    its mean were right (Anderson 1955), so that the product over the rows of the Cholesky factor is an upper bound;
    times the ways to choose the columns that fit among all that were looked at.
    """
    d = len(windows)
    column_p = np.ones(d)
    chosen: list[int] = []
    half: list[float] = []
    for j, three in enumerate(windows):
        for k, ties in enumerate(three or ()):
            if ties < math.inf:
                chosen.append(3 * j + k)
                half.append(0.5 * ties)
    if not chosen:
        return 0.0, column_p
    left = tied[np.ix_(chosen, chosen)].copy()
    own = np.diag(left).copy()
    log_p = 0.0
    for i, place in enumerate(chosen):
        rest, scale = left[i, i], n_f[place // 3]
        column_p[place // 3] *= _within(half[i], scale * math.sqrt(own[i]))
        if rest < 1e-3 * own[i] or own[i] <= 0.0:
            continue  # it follows from the columns before it
        log_p += math.log(_within(half[i], scale * math.sqrt(rest)))
        left[i + 1 :, i + 1 :] -= np.outer(left[i + 1 :, i], left[i, i + 1 :]) / rest
    fits = np.array([w is not None for w in windows])
    column_p = np.where(fits, np.minimum(column_p, 0.999), 1.0)
    fit = int(fits.sum())
    choose = math.lgamma(looked_at + 1) - math.lgamma(fit + 1) - math.lgamma(looked_at - fit + 1)
    return min(0.0, log_p + choose), column_p


def _within(off: float, deviation: float) -> float:
    return max(math.erf(off / (deviation * math.sqrt(2.0))), 1e-300) if deviation > 0 else 1.0


def _ties(values: Floats, percentile: float, granted: float) -> float:
    """Return how many rows hold the value of a percentile, or all but; 1 where it lies between two."""
    place = (len(values) - 1) * percentile / 100.0
    ends = values[[math.floor(place), math.ceil(place)]]
    first = np.searchsorted(values, ends - granted, "left")
    return float(max(1, (np.searchsorted(values, ends + granted, "right") - first).max()))


def _from_counts(splits: Mapping[str, SplitView], line: _Line, values: Floats, union: Union) -> _Judged:
    """Return how a union fits where only a sample of its rows was kept: the median from exact counts below 0."""
    below, n, zero = 0, 0, 0.0
    for name in union:
        histogram = splits[name].get(Histograms()).columns[line.name]
        below += int(histogram.counts[: max(0, -histogram.first)].sum())  # bins start at multiples: 0 is an edge
        rows = int(histogram.counts.sum())
        n += rows
        part = line.parts[name]
        zero += rows * float(np.count_nonzero(part == 0.0)) / max(1, len(part))
    middle, wide = quantile_of(values, 50.0), quantile_of(values, 75.0) - quantile_of(values, 25.0) - 1.0
    off = abs(below + 0.5 * zero - 0.5 * n) - 0.5 * max(1.0, zero)
    # five standard errors of each quartile, as ranks: free of any distribution
    error = 500.0 * math.sqrt(3.0 / 16.0 / len(values))
    ends = [[quantile_of(values, q + sign * error) for sign in (-1, 1)] for q in (25.0, 75.0)]
    near = ends[1][0] - ends[0][1] <= 1.0 <= ends[1][1] - ends[0][0]
    return _Judged(middle, wide, (zero + 2.0, math.inf, math.inf) if near and off <= 1.0 else None)
