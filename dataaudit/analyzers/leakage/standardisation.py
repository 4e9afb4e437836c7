"""Which rows was a standardisation fitted on? Told from means and variances alone.

A scaler leaves mean 0 and variance 1 on exactly the rows it was fitted on. For every union S of splits the question
is how improbable it is that S comes this close to mean 0 and variance 1 if the scaler was fitted on any other union
T: then the mean of S is random around 0 with variance sigma^2 F^2, F^2 = 1/n_S + 1/n_T - 2 n_(S and T)/(n_S n_T).
The hardest rival counts, the T of the smallest F. Rounding in storage moves S away from 0 and can only excuse it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from dataaudit.analyzers.common import numeric_features
from dataaudit.analyzers.leakage.fits import Fit, Match, Union, combine, effective_columns, ordered, settle, unions
from dataaudit.model import Bools, CannotTell, Floats, Name, NotApplicable, SplitView
from dataaudit.stats.moments import Moments, MomentsState
from dataaudit.stats.sample import Sample
from dataaudit.stats.values import Distinct, Values


def standardisation(splits: Mapping[str, SplitView]) -> Fit:
    """Return which rows the inputs were standardised on; shared by the rules that ask.

    Raises
    ------
    NotApplicable
        With one split, or without a column that looks standardised.
    CannotTell
        With more than four splits, splits of fewer than 5 rows, or splits that repeat each other's values.
    """
    first = next(iter(splits.values()))
    return first.context.once("standardisation", lambda: _decide(splits))


def _decide(splits: Mapping[str, SplitView]) -> Fit:
    order = ordered(splits)
    filled = {name: splits[name] for name in order}
    columns = _candidates(filled[order[0]], filled)
    if not columns:
        raise NotApplicable("no input looks standardised (mean near 0, std near 1)")
    columns = tuple(c for c in columns if not _repeated(c, filled))
    if not columns:
        raise CannotTell("two splits hold the same values, so that what fits one fits the other")
    evidence = _Evidence.gather(columns, order, filled)
    matches = tuple(evidence.match(union) for union in unions(order))
    accepted, ambiguous = settle(matches)
    return Fit("standard scaling", "standardised", "mean 0 and std 1", columns, order, matches, accepted, ambiguous)


def _candidates(train: SplitView, splits: Mapping[str, SplitView]) -> tuple[Name, ...]:
    """Return the inputs with |mean| < 1 and 0.3 < std < 3 over all splits; designs of -1 and 1 left out."""
    pooled = _pool([s.get(Moments()) for s in splits.values()])
    found = []
    for name in numeric_features(train.context):
        j = train.schema.number_index[name]
        if min(s.get(Moments()).n[j] for s in splits.values()) < 5:
            continue
        mean, std = pooled.mean[j], pooled.std[j]
        design = pooled.low[j] == -1.0 and pooled.high[j] == 1.0 and pooled.n_fraction[j] == 0
        if abs(mean) < 1.0 and 0.3 < std < 3.0 and not design and pooled.n_fraction[j]:
            found.append(name)
    return tuple(found)


def _repeated(name: Name, splits: Mapping[str, SplitView]) -> bool:
    """Return whether two splits hold the same values of a column: rows given twice, or the same grid of a design."""
    j = next(iter(splits.values())).schema.number_index[name]
    shapes = []
    for split in splits.values():
        m = split.get(Moments())
        shapes.append([m.low[j], m.high[j], m.mean[j], m.std[j], m.skewness[j], m.kurtosis[j]])
    return any(np.allclose(a, b, rtol=1e-7, atol=1e-9, equal_nan=True) for a, b in combinations(shapes, 2))


def _pool(states: Sequence[MomentsState]) -> MomentsState:
    pooled = states[0]
    for state in states[1:]:
        pooled = pooled.merge(state)
    return pooled


@dataclass(frozen=True)
class _Evidence:
    """Facts of the judged columns, shape (d,) each, by union and over all splits."""

    by_union: Mapping[Union, MomentsState]
    pooled: MomentsState
    lattice: Floats
    repeats: tuple[tuple[Floats, float, float], ...]
    two_valued: Bools
    effective: float

    @classmethod
    def gather(cls, columns: Sequence[Name], order: Sequence[str], splits: Mapping[str, SplitView]) -> _Evidence:
        train = splits[order[0]]
        at = [train.schema.number_index[name] for name in columns]
        own = {
            name: MomentsState(*(getattr(s.get(Moments()), f)[at] for f in MomentsState.__dataclass_fields__))
            for name, s in splits.items()
        }
        by_union = {u: _pool([own[n] for n in order if n in u]) for u in unions(order)}
        sketches = [_sketch(name, splits, order) for name in columns]
        samples = [splits[n].get(Sample()).numbers[at] for n in order]
        return cls(
            by_union,
            by_union[frozenset(order)],
            np.array([_spacing(s) for s in sketches]),
            tuple(_repeats(s) for s in sketches),
            np.array([s.exact and s.n_distinct <= 2 for s in sketches]),
            effective_columns(np.concatenate(samples, axis=1)),
        )

    def match(self, union: Union) -> Match:
        """Return how well a union fits, against its hardest rival."""
        here = self.by_union[union]
        spread, rival = self._hardest(union)
        p_mean, p_var = self._p_mean(here, spread), self._p_var(here, spread)
        floor = self._floor(here, spread, self._difference(union, rival))
        # mean and variance must both reject: the larger of two independent p-values, squared, is a p-value again;
        # the variance of a two-valued column follows from its mean
        p = np.where(self.two_valued, p_mean, np.maximum(p_mean, p_var) ** 2)
        p = np.maximum(p, floor)
        return Match(union, combine(p, self.effective), p, {"mean": here.mean, "std − 1": here.std - 1.0})

    def _hardest(self, union: Union) -> tuple[Floats, Union]:
        """Return F of the rival that explains the fit best, shape (d,), and the rival."""
        best, rival = None, union
        n_s = self.by_union[union].n.astype(float)
        for other, state in self.by_union.items():
            if other == union:
                continue
            n_t = state.n.astype(float)
            both = union & other
            n_both = self.by_union[both].n.astype(float) if both else np.zeros_like(n_s)
            f = np.sqrt(np.maximum(1 / n_s + 1 / n_t - 2 * n_both / (n_s * n_t), 0.0))
            if best is None or f.sum() < best.sum():
                best, rival = f, other
        assert best is not None
        return best, rival

    def _difference(self, union: Union, rival: Union) -> float:
        """Return the number of rows in one of the two unions and not in the other."""
        splits = union ^ rival
        return float(sum(self.by_union[frozenset([s])].n.mean() for s in splits))

    def _p_mean(self, here: MomentsState, spread: Floats) -> Floats:
        from scipy.special import erf

        sigma = self.pooled.std
        off = np.abs(here.mean) + self.lattice / (2.0 * here.n) + 1e-17
        return np.asarray(erf(off / (sigma * spread * math.sqrt(2.0))))

    def _p_var(self, here: MomentsState, spread: Floats) -> Floats:
        from scipy.special import erf

        variance = self.pooled.variance()
        excess = np.maximum(self.pooled.kurtosis - 1.0, 1e-3)
        off = np.minimum(np.abs(here.variance(0) - 1.0), np.abs(here.variance(1) - 1.0))
        off = off + self.lattice**2 / (2.0 * here.n) + 1e-17
        p = 2.0 * erf(off / (variance * np.sqrt(excess) * spread * math.sqrt(2.0)))
        # mean and variance of a skewed column move together, so given one the other is less surprising
        tied = np.clip(self.pooled.skewness**2 / excess, 0.0, 0.999)
        return np.asarray(np.minimum(p / np.sqrt(1.0 - tied), 1.0))

    def _floor(self, here: MomentsState, spread: Floats, n_difference: float) -> Floats:
        """Return the probability that repeated values occur equally often on both sides by accident."""
        floors = np.zeros(len(self.repeats))
        for j, (shares, scale, in_repeats) in enumerate(self.repeats):
            n_f = (here.n[j] * spread[j]) ** 2
            log_p = -0.5 * scale * float(np.log1p(2.0 * math.pi * n_f * shares * (1.0 - shares)).sum())
            log_p += n_difference * math.log(in_repeats) if in_repeats > 0 else -math.inf
            floors[j] = math.exp(max(log_p, -700.0)) if log_p > -math.inf else 0.0
        return floors


def _sketch(name: Name, splits: Mapping[str, SplitView], order: Sequence[str]) -> Distinct:
    sketches = [splits[n].get(Values()).columns[name] for n in order]
    joined = sketches[0]
    for more in sketches[1:]:
        joined = joined.add(more.hashes, more.values, more.counts, more.n, more.dropped)
    return joined


def _spacing(distinct: Distinct) -> float:
    """Return the grid that nearly all values lie on: the smallest gap, or a sixth to a half of it; 0 if none."""
    values = np.sort(np.asarray(distinct.values, dtype=float))
    gaps = np.diff(values)
    gaps = gaps[gaps > 1e-9 * max(1.0, float(np.abs(values).max(initial=0.0)))]
    if len(gaps) < 2:
        return float(gaps[0]) if len(gaps) else 0.0
    smallest = float(gaps.min())
    for parts in range(1, 7):
        grid = smallest / parts
        places = (values - values[0]) / grid
        on_grid = np.abs(places - np.round(places)) < 0.02
        if on_grid.mean() >= 0.99:
            return grid
    return 0.0


def _repeats(distinct: Distinct) -> tuple[Floats, float, float]:
    """Return what repeated values make up.

    Returns
    -------
    shares : ndarray of float64
        Share of the rows of each value that occurs at least twice.
    scale : float
        How many such values each of them stands for, where only a sample of values was kept.
    in_repeats : float
        Share of the rows that hold a repeated value.
    """
    counts = distinct.counts
    repeated = counts[counts >= 2].astype(float)
    scale = distinct.n_distinct / max(1, len(counts)) if distinct.dropped else 1.0
    share = min(1.0, float(repeated.sum()) * scale / max(1, distinct.n))
    return repeated / max(1, distinct.n), scale, share
