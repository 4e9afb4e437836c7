"""Which rows were components fitted on? Told from their means and correlations.

Principal, whitened and independent components have mean 0 and no correlation on exactly the rows they were fitted on.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dataaudit.analyzers.common import numeric_features
from dataaudit.analyzers.leakage.fits import Fit, Match, Union, combine, complete, ordered, settle, unions
from dataaudit.analyzers.leakage.rivals import (
    answered,
    ascending,
    counts,
    distinct_share,
    moments_by_union,
    repeated,
    rows_of,
    spread,
    step_of,
)
from dataaudit.analyzers.probability import log_gamma_tail
from dataaudit.model import CannotTell, Floats, Ints, Name, NotApplicable, SplitView
from dataaudit.stats.moments import Moments, MomentsState

MOST_COLUMNS = 128
"""Columns looked at; their correlations take as much time as the square of their number."""

DISTINCT = 0.9
"""Share of distinct values from which on a column may be a component; designs and codes repeat theirs."""

LINKED = 1e-2
"""Probability of one correlation from which on two columns are not components of one fit."""


ROUNDING = 8.0
"""Standard errors of rounding that a fitted mean or correlation may be off."""

EXACT = 1e-6
"""The least that is granted: single precision."""


def components(splits: Mapping[str, SplitView]) -> Fit:
    """Return which rows the inputs were decorrelated on; shared by the rules that ask.

    Raises
    ------
    NotApplicable
        With one split, or without two inputs that look like components.
    CannotTell
        With more than four splits, splits of fewer than 5 rows, or splits of which only a sample is at hand.
    """
    return answered("components", splits, lambda: _decide(splits))


def _decide(splits: Mapping[str, SplitView]) -> Fit:
    order = ordered(splits)
    names = _centred(splits, order)
    if len(names) < 2:
        raise NotApplicable("no two inputs have mean 0, as components have")
    if not complete(splits):
        raise CannotTell("a split has more rows than the sample holds, and correlations must be exact")
    rows = rows_of(splits, order, names)
    lines = [ascending(np.concatenate([rows[n][j] for n in order])) for j in range(len(names))]
    keep = [j for j, line in enumerate(lines) if distinct_share(line) >= DISTINCT]
    names = tuple(names[j] for j in keep)
    if len(names) < 2:
        raise NotApplicable("no two inputs of distinct values have mean 0, as components have")
    facts = _Facts.gather(splits, order, names, {n: x[keep] for n, x in rows.items()})
    found = {u: facts.subset(u) for u in unions(order)}
    chosen = max(found.values(), key=lambda s: (s.log_p < math.log(1e-3), -s.log_p))
    if len(chosen.columns) < 2 or chosen.log_p > math.log(1e-2):
        raise NotApplicable("no two inputs with mean 0 are uncorrelated more exactly than chance allows")
    matches = tuple(facts.match(u, chosen.columns) for u in unions(order))
    accepted, ambiguous = settle(matches)
    return Fit(
        "PCA",
        "turned into components",
        "mean 0 and no correlation",
        tuple(names[j] for j in chosen.columns),
        order,
        matches,
        accepted,
        ambiguous,
    )


def _centred(splits: Mapping[str, SplitView], order: Sequence[str]) -> tuple[Name, ...]:
    """Return the inputs with fractions, without gaps, whose mean may be 0 in some union."""
    train = splits[order[0]]
    found = []
    for name in numeric_features(train.context):
        j = train.schema.number_index[name]
        m = [splits[n].get(Moments()) for n in order]
        if not all(
            s.n[j] == splits[n].n_rows and s.n_fraction[j] and s.std[j] > 0 for n, s in zip(order, m, strict=True)
        ):
            continue
        # six standard errors of the smallest split, on which it may have been fitted
        smallest = min(int(s.n[j]) for s in m)
        if all(abs(s.mean[j]) < 6.0 * s.std[j] * math.sqrt(1.0 / smallest + 1.0 / s.n[j]) for s in m):
            found.append((name, j))
    if repeated(splits, order)[[j for _, j in found]].any():
        raise CannotTell("two splits hold the same values, so that what fits one fits the other")
    return tuple(name for name, _ in found[:MOST_COLUMNS])


@dataclass(frozen=True)
class _Subset:
    """Columns that are uncorrelated over a union, by position, and the logarithm of the odds of that."""

    columns: tuple[int, ...]
    log_p: float


@dataclass(frozen=True)
class _Facts:
    """Moments and correlations of the columns by union.

    Attributes
    ----------
    moments, correlations : mapping of union to MomentsState, to ndarray of shape (d, d)
        Of the rows of the union.
    tails : ndarray of float64, shape (d, d)
        Mean of x²y² over all rows in units of the variances: 1 for independent columns.
    spread : mapping of union to float
        F of its hardest rival.
    step : ndarray of float64, shape (d,)
        How exactly the columns were stored, in units of their standard deviations.
    """

    moments: Mapping[Union, MomentsState]
    correlations: Mapping[Union, Floats]
    tails: Floats
    spread: Mapping[Union, float]
    step: Floats

    @classmethod
    def gather(
        cls, splits: Mapping[str, SplitView], order: Sequence[str], names: Sequence[Name], rows: Mapping[str, Floats]
    ) -> _Facts:
        index = splits[order[0]].schema.number_index
        at = [index[name] for name in names]
        moments = moments_by_union(splits, order, at)
        n = counts(splits, order, at)
        everything = moments[frozenset(order)]
        unit = {s: (x - everything.mean[:, None]) / everything.std[:, None] for s, x in rows.items()}
        sums = {s: x.sum(axis=1) for s, x in unit.items()}
        grams = {s: x @ x.T for s, x in unit.items()}
        correlations = {}
        for union in unions(order):
            total, rows_in = sum(sums[s] for s in union), sum(unit[s].shape[1] for s in union)
            cross = sum(grams[s] for s in union) - np.outer(total, total) / rows_in
            scale = np.sqrt(np.maximum(np.diag(cross), 1e-300))
            correlations[union] = np.asarray(cross / scale[:, None] / scale)
        squares = {s: x * x for s, x in unit.items()}
        tails = sum(x @ x.T for x in squares.values()) / sum(x.shape[1] for x in squares.values())
        pooled = [ascending(np.concatenate([rows[s][j] for s in order])) for j in range(len(names))]
        step = np.array([step_of(line) for line in pooled]) / everything.std
        spreads = {u: float(spread(n, u, order).min()) for u in unions(order)}
        return cls(moments, correlations, np.asarray(tails), spreads, step)

    def p_correlation(self, union: Union) -> Floats:
        """Return the probability that each correlation is this near 0 by accident, shape (d, d)."""
        from scipy.special import erf

        deviation = self.spread[union] * np.sqrt(np.minimum(self.tails, 1.0))
        r = np.abs(self.correlations[union])
        p = erf((r + 1e-15) / (deviation * math.sqrt(2.0)))
        both = np.sqrt(self.step[:, None] ** 2 + self.step**2)
        return np.where(r <= self._granted(union, both), p, 1.0)

    def p_mean(self, union: Union) -> Floats:
        """Return the probability that each mean is this near 0 by accident, shape (d,)."""
        from scipy.special import erf

        m = self.moments[union]
        off = np.abs(m.mean) / m.std
        p = erf((off + 1e-16) / (self.spread[union] * math.sqrt(2.0)))
        return np.where(off <= self._granted(union, self.step), p, 1.0)

    def _granted(self, union: Union, step: Floats) -> Floats:
        """Return how far rounding may move a mean or a correlation.

        What is further away proves nothing: splits drawn systematically resemble each other more than random ones, so
        that many columns that come near, none of them exactly, must not add up.
        """
        n = max(1.0, float(self.moments[union].n.min()))
        return np.asarray(ROUNDING * step / math.sqrt(12.0 * n) + EXACT)

    def subset(self, union: Union) -> _Subset:
        """Return the columns that look like components over a union: those linked to most others go, one by one."""
        linked = self.p_correlation(union) > LINKED
        np.fill_diagonal(linked, False)
        alive = self.p_mean(union) < LINKED
        while True:
            at: Ints = np.flatnonzero(alive)
            links = linked[np.ix_(at, at)].sum(axis=1)
            if not len(at) or links.max() == 0:
                break
            alive[at[int(np.argmax(links))]] = False
        columns = tuple(int(j) for j in np.flatnonzero(alive))
        return _Subset(columns, self.log_p(union, columns) if len(columns) > 1 else 0.0)

    def log_p(self, union: Union, columns: Sequence[int]) -> float:
        """Return the logarithm of the probability that some columns are uncorrelated, and have mean 0, by accident."""
        d, k = len(self.tails), len(columns)
        pairs = self.p_correlation(union)[np.ix_(columns, columns)][np.triu_indices(k, 1)]
        independent = float(min(k, len(pairs)))
        total = float(-np.log(np.maximum(pairs, 1e-300)).sum()) * independent / len(pairs)
        choose = math.lgamma(d + 1) - math.lgamma(k + 1) - math.lgamma(d - k + 1)
        uncorrelated = min(0.0, log_gamma_tail(total, independent) + choose)
        return max(uncorrelated, combine(self.p_mean(union)[list(columns)], float(k)))

    def match(self, union: Union, columns: Sequence[int]) -> Match:
        """Return how well a union fits."""
        at = list(columns)
        r = np.abs(self.correlations[union][np.ix_(at, at)])
        np.fill_diagonal(r, 0.0)
        pairs = self.p_correlation(union)[np.ix_(at, at)]
        np.fill_diagonal(pairs, 0.0)
        off = {"mean": self.moments[union].mean[at], "largest r": r.max(axis=1)}
        return Match(union, self.log_p(union, columns), pairs.max(axis=1), off)
