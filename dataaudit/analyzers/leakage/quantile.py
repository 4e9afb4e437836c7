"""Which rows was a quantile transformation fitted on? Told from means and variances of ranks.

On the rows it was fitted on it leaves the quantiles of a uniform or normal distribution, as evenly as they can be: mean
and variance are those of i/(n-1), or of its normal quantile cut off at 1e-7. On other rows they are as random as ever.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np

from dataaudit.analyzers.common import numeric_features
from dataaudit.analyzers.leakage.fits import (
    Fit,
    Match,
    Union,
    combine,
    effective_columns,
    ordered,
    settle,
    unions,
)
from dataaudit.analyzers.leakage.rivals import answered, counts, moments_by_union, rows_of, spread
from dataaudit.model import Floats, Name, NotApplicable, SplitView
from dataaudit.stats.moments import Moments, MomentsState
from dataaudit.stats.values import Values

CUT = 5.199337582605575
"""Where scikit-learn cuts the normal quantile off: that of 1e-7."""

NEAR = 0.05
"""Probability from which on a column proves nothing: splits drawn systematically resemble each other more than random
ones, so that many columns that come a little nearer must not add up."""

DISTINCT = 0.9
"""Share of distinct values from which on ranks are even; repeated values share theirs."""


@dataclass(frozen=True)
class _Output:
    """One of the two distributions that are made.

    Attributes
    ----------
    word : str
        "uniform" or "normal".
    ends : tuple of float
        Values of the smallest and the largest row.
    target : callable
        Mean and variance on n rows that were fitted on.
    mean_spread, square_spread : float
        Standard deviations, over rows, of what a row adds to mean and to variance.
    """

    word: str
    ends: tuple[float, float]
    target: Callable[[int], tuple[float, float]]
    mean_spread: float
    square_spread: float


@lru_cache(maxsize=64)
def _uniform(n: int) -> tuple[float, float]:
    return 0.5, (n + 1) / (12.0 * (n - 1))


@lru_cache(maxsize=64)
def _normal(n: int) -> tuple[float, float]:
    from scipy.special import ndtri

    places = np.linspace(0.0, 1.0, min(n, 200_000))
    values = np.clip(ndtri(np.clip(places, 1e-9, 1.0 - 1e-9)), -CUT, CUT)
    inner = float((values[1:-1] ** 2).mean()) if len(values) > 2 else 0.0
    return 0.0, (inner * (n - 2) + 2.0 * CUT**2) / n


OUTPUTS = (
    _Output("uniform", (0.0, 1.0), _uniform, math.sqrt(1 / 12), math.sqrt(1 / 180)),
    _Output("normal", (-CUT, CUT), _normal, 1.0, math.sqrt(2.0)),
)


def quantile(splits: Mapping[str, SplitView]) -> Fit:
    """Return which rows the inputs' quantiles were taken of; shared by the rules that ask.

    Raises
    ------
    NotApplicable
        With one split, or without inputs that look like quantiles.
    CannotTell
        With more than four splits, or splits of fewer than 5 rows.
    """
    return answered("quantile transformation", splits, lambda: _decide(splits))


def _decide(splits: Mapping[str, SplitView]) -> Fit:
    order = ordered(splits)
    fits = [fit for fit in (_of_output(splits, order, output) for output in OUTPUTS) if fit is not None]
    if not fits:
        raise NotApplicable("no input looks like quantiles, uniform or normal")
    return min(fits, key=lambda fit: min(m.log_p for m in fit.matches))


def _of_output(splits: Mapping[str, SplitView], order: Sequence[str], output: _Output) -> Fit | None:
    names = _candidates(splits, order, output)
    if not names:
        return None
    index = splits[order[0]].schema.number_index
    at = [index[name] for name in names]
    by_union = moments_by_union(splits, order, at)
    n = counts(splits, order, at)
    rows = rows_of(splits, order, names)
    effective = effective_columns(np.concatenate([rows[s] for s in order], axis=1))
    matches = tuple(_match(by_union[u], u, spread(n, u, order), output, effective) for u in unions(order))
    accepted, ambiguous = settle(matches)
    return Fit(
        "quantile transformation",
        f"turned into {output.word} quantiles",
        f"the even ranks of a {output.word} distribution",
        names,
        tuple(order),
        matches,
        accepted,
        ambiguous,
    )


def _candidates(splits: Mapping[str, SplitView], order: Sequence[str], output: _Output) -> tuple[Name, ...]:
    """Return the inputs that attain both ends and pass neither, with the mean and variance of such quantiles."""
    train = splits[order[0]]
    names = list(numeric_features(train.context))
    if not names:
        return ()
    at = [train.schema.number_index[n] for n in names]
    pooled = moments_by_union(splits, order, at)[frozenset(order)]
    smallest = np.min([splits[n].get(Moments()).n[at] for n in order], axis=0)
    ends = (np.abs(pooled.low - output.ends[0]) < 1e-4) & (np.abs(pooled.high - output.ends[1]) < 1e-4)
    mean, variance = output.target(10_000)
    with np.errstate(invalid="ignore", divide="ignore"):
        error = 6.0 / np.sqrt(smallest)
        near = np.abs(pooled.mean - mean) < error * output.mean_spread
        # the normal's ends weigh the more the fewer the rows
        ends_weigh = 2.0 * output.ends[0] ** 2 / smallest
        near &= np.abs(pooled.variance() - variance) < error * output.square_spread + ends_weigh
    found = [n for n, good in zip(names, ends & near & (smallest >= 5), strict=True) if good]
    found = [n for n in found if _even(n, splits, order)]
    return tuple(found) if found and not _given_twice(found, splits, order) else ()


def _given_twice(names: Sequence[Name], splits: Mapping[str, SplitView], order: Sequence[str]) -> bool:
    """Return whether two splits hold the same rows. Their columns alone do not tell: even ranks are all alike."""
    rows = rows_of(splits, order, names)
    weights = np.sqrt(np.arange(2.0, 2.0 + len(names)))
    sums = [np.sort(np.nan_to_num(rows[n]).T @ weights) for n in order]
    return any(len(a) == len(b) and np.allclose(a, b) for a, b in combinations(sums, 2))


def _even(name: Name, splits: Mapping[str, SplitView], order: Sequence[str]) -> bool:
    sketches = [splits[n].get(Values()).columns[name] for n in order]
    return all(s.n_distinct >= DISTINCT * s.n for s in sketches)


def _match(here: MomentsState, union: Union, f: Floats, output: _Output, effective: float) -> Match:
    from scipy.special import erf

    targets = np.array([output.target(int(n)) for n in here.n])
    off_mean = here.mean - targets[:, 0]
    off_square = here.variance() - targets[:, 1]
    p_mean = erf((np.abs(off_mean) + 1e-15) / (output.mean_spread * f * math.sqrt(2.0)))
    p_square = erf((np.abs(off_square) + 1e-15) / (output.square_spread * f * math.sqrt(2.0)))
    p_mean, p_square = (np.where(part < NEAR, part, 1.0) for part in (p_mean, p_square))
    # both must speak: of two independent p-values the larger, squared, is a p-value again
    p = np.maximum(p_mean, p_square) ** 2
    return Match(union, combine(p, effective), p, {"mean": off_mean, "variance": off_square})
