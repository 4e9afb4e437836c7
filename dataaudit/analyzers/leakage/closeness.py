"""How improbable it is that a union of splits has the mean and the variance that a scaler leaves, by accident.

A scaler leaves mean 0 and variance 1 on exactly the rows it was fitted on. For every union S of splits the question
is how improbable it is that S comes this close if the scaler was fitted on any other union T: then the mean of S is
random around 0 with variance sigma^2 F^2, F^2 = 1/n_S + 1/n_T - 2 n_(S and T)/(n_S n_T), and its variance around 1
with F^2 (kurtosis - 1). The hardest rival counts. Rounding in storage moves S away from 0 and can only excuse it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dataaudit.analyzers.leakage.fits import Match, Union, combine
from dataaudit.analyzers.leakage.storage import Storage
from dataaudit.model import Bools, Floats
from dataaudit.stats.moments import MomentsState
from dataaudit.stats.values import Distinct

EXACT = 8.0
"""Standard errors of rounding within which a fitted mean stays; the largest of 1000 columns stays within 4."""

EXACT_SINGLE = 1e-5
EXACT_DOUBLE = 1e-6
"""The least that is granted, in units of the target's std: arithmetic in single precision on columns whose mean is a
hundred times their std; in double precision, a pipeline's intermediate steps."""

_ROUND_OFF = 1e-14
"""Error of moments in double precision, in units of the target's std."""

_SPEAKS = 0.25
"""Probability below which a column is named: a two-valued one of a hundred rows that fits exactly has 0.2; inexact
ones have 1."""

_UNEVEN = 30.0
"""Most by which mean and variance may differ in how much they prove: both must speak."""


@dataclass(frozen=True)
class Target:
    """What a step leaves on the rows it was fitted on.

    Attributes
    ----------
    mean : bool
        Whether the mean is 0.
    std : float or None
        The standard deviation; None if any.
    unit_length : bool
        Whether the sum of squares is 1: std = 1/sqrt(n).
    """

    mean: bool = True
    std: float | None = 1.0
    unit_length: bool = False

    @property
    def scales(self) -> bool:
        """Whether the step leaves a standard deviation at all."""
        return self.std is not None or self.unit_length

    def variance(self, n: Floats) -> Floats:
        """Return the variance that is left on n rows."""
        return 1.0 / np.maximum(n, 1.0) if self.unit_length else np.full(len(n), (self.std or 1.0) ** 2)


@dataclass(frozen=True)
class Rivals:
    """Other rows that the step may have been fitted on, k of them; shape (k, d).

    Attributes
    ----------
    spread : ndarray of float64
        F.
    step : ndarray of float64
        Distance between two possible differences of the two means, if values were whole numbers: means of n_S and of
        n_T whole numbers differ by multiples of gcd(n_S, n_T) / (n_S n_T).
    n_differ : ndarray of float64, shape (k,)
        Rows in one of the two and not in the other.
    """

    spread: Floats
    step: Floats
    n_differ: Floats

    @classmethod
    def of(cls, n_s: Floats, n_t: Floats, n_both: Floats) -> Rivals:
        """Return the rivals of a union of n_s rows (d,) that have n_t rows (k, d), n_both of them in common."""
        n_s, n_t = np.maximum(n_s, 1.0), np.maximum(n_t, 1.0)
        spread = np.sqrt(np.maximum(1 / n_s + 1 / n_t - 2 * n_both / (n_s * n_t), 1e-30))
        step = np.gcd(n_s.astype(np.int64), n_t.astype(np.int64)) / (n_s * n_t)
        return cls(spread, step, (n_s + n_t - 2.0 * n_both).mean(axis=1))


@dataclass(frozen=True)
class Spreads:
    """How far what one row adds varies, shape (d,): standard deviations, and a squared correlation.

    Attributes
    ----------
    mean, square : ndarray of float64
        Of what it adds to the mean, and to the variance.
    tied : ndarray of float64
        Squared correlation of the two.
    """

    mean: Floats
    square: Floats
    tied: Floats

    @classmethod
    def of(cls, pooled: MomentsState) -> Spreads:
        """Return those of rows that are single values."""
        excess = np.maximum(pooled.kurtosis - 1.0, 1e-3)
        return cls(pooled.std, pooled.variance() * np.sqrt(excess), pooled.skewness**2 / excess)


@dataclass(frozen=True)
class Columns:
    """Facts of the judged columns, shape (d,) each, by union and over all splits.

    Attributes
    ----------
    by_union : mapping of union to MomentsState
        Moments of the columns.
    everything : frozenset of str
        All splits.
    train : str
        The split called train.
    stored : tuple of Storage
        How each was stored.
    repeats : tuple
        What `repeats_of` returns, for each.
    two_valued : ndarray of bool
        Their variance follows from their mean.
    effective : float
        Number of independent columns that they are worth.
    spreads : Spreads, optional
        Where rows are more than single values.
    """

    by_union: Mapping[Union, MomentsState]
    everything: Union
    train: str
    stored: tuple[Storage, ...]
    repeats: tuple[tuple[Floats, float, float], ...]
    two_valued: Bools
    effective: float
    spreads: Spreads | None = None

    def match(self, union: Union, target: Target) -> Match:
        """Return how well a union fits, against its hardest rival, with the divisor n or n - 1 that fits better."""
        divisors = (0, 1) if target.std is not None else (0,)
        found = [self._match(union, target, ddof) for ddof in divisors]
        best = min(found, key=lambda m: m.log_p)
        log_p = min(0.0, best.log_p + math.log(len(found)))
        return Match(union, log_p, np.minimum(best.column_p * len(found), 1.0), best.off, _SPEAKS)

    def _match(self, union: Union, target: Target, ddof: int) -> Match:
        here, everything = self.by_union[union], self.by_union[self.everything]
        n = here.n.astype(float)
        want = target.variance(n)
        unit = np.sqrt(want) if target.scales else everything.std
        share = np.sqrt(everything.n / np.maximum(n, 1.0))
        bias = np.array([s.bias for s in self.stored])
        off = np.abs(here.mean), np.abs(here.variance(ddof) - bias - want)
        error = (
            np.array([s.mean_error for s in self.stored]) * share + _ROUND_OFF * unit,
            np.array([s.square_error for s in self.stored]) * share + _ROUND_OFF * unit**2,
        )
        rivals = self._rivals(union)
        nearest = int(rivals.spread.sum(axis=1).argmin())
        floor = self._floor(here, rivals.spread[nearest], float(rivals.n_differ[nearest]))
        p = np.maximum(floor, self._p(target, rivals, off, error).max(axis=0))
        none = (np.zeros_like(unit), np.zeros_like(unit))
        best = np.maximum(floor, self._p(target, rivals, none, error, least=1.0).max(axis=0))
        p = np.where(self._exact(target, unit, off, error), p, 1.0)
        log_p = combine(p, self.effective, best)
        how_far = {"mean": here.mean} if target.mean else {}
        if target.scales:
            how_far |= {"std − 1" if target.std == 1.0 else "std / target − 1": here.std / unit - 1.0}
        return Match(union, log_p, p, how_far)

    def _rivals(self, union: Union) -> Rivals:
        """Return every other union, and rows from elsewhere, as many as the union's and train's among them."""
        n_s = self.by_union[union].n.astype(float)
        none = np.zeros_like(n_s)
        others = [u for u in self.by_union if u != union]
        n_t = [self.by_union[u].n.astype(float) for u in others]
        n_both = [self.by_union[union & u].n.astype(float) if union & u else none for u in others]
        alone = frozenset([self.train])
        n_both.append(self.by_union[alone].n.astype(float) if alone < union else none)
        return Rivals.of(n_s, np.array([*n_t, n_s]), np.array(n_both))

    def _p(
        self,
        target: Target,
        rivals: Rivals,
        off: tuple[Floats, Floats],
        error: tuple[Floats, Floats],
        least: float = 0.0,
    ) -> Floats:
        """Return the probability that mean and variance both come this close, shape (k, d).

        Both are measured in multiples of what is told apart at best, once storage and lattice are allowed for
        (`resolution`); the larger multiple counts for both, so that neither speaks alone.
        """
        mean, mean_best = self._p_mean(off[0], rivals), self._p_mean(error[0], rivals)
        if not target.scales:
            return np.maximum(mean, least * mean_best)
        square, square_best = self._p_square(off[1], rivals), self._p_square(error[1], rivals)
        if not target.mean:
            return np.maximum(square, least * square_best)
        low, high = mean_best / _UNEVEN, mean_best * _UNEVEN
        square_best = np.clip(square_best, low, high)
        times = np.maximum(np.maximum(mean / mean_best, square / square_best), least)
        both = np.minimum(times * mean_best, 1.0) * np.minimum(times * square_best, 1.0)
        return np.where(self.two_valued, np.maximum(mean, least * mean_best), both)

    def _p_mean(self, off: Floats, rivals: Rivals) -> Floats:
        from scipy.special import erf

        sigma = self._spreads().mean
        off = off + self._lattice() * rivals.step / 2.0 + 1e-17
        return np.asarray(erf(off / (sigma * rivals.spread * math.sqrt(2.0))))

    def _p_square(self, off: Floats, rivals: Rivals) -> Floats:
        from scipy.special import erf

        spreads = self._spreads()
        # whole numbers and their squares are odd together, so that sums of squares differ by twos once sums agree
        off = off + self._lattice() ** 2 * rivals.step + 1e-17
        p = erf(off / (spreads.square * rivals.spread * math.sqrt(2.0)))
        # mean and variance of a skewed column move together, so given one the other is less surprising
        tied = np.clip(spreads.tied, 0.0, 0.999)
        return np.asarray(np.minimum(p / np.sqrt(1.0 - tied), 1.0))

    def _spreads(self) -> Spreads:
        return self.spreads or Spreads.of(self.by_union[self.everything])

    def _lattice(self) -> Floats:
        return np.array([s.lattice for s in self.stored])

    def _exact(self, target: Target, unit: Floats, off: tuple[Floats, Floats], error: tuple[Floats, Floats]) -> Bools:
        """Return the columns whose mean and variance are as exact as their storage: the others prove nothing.

        Splits drawn systematically (every fifth row, strata) resemble each other more than random ones, so that many
        columns that come near, none of them exactly, must not add up.
        """
        granted = np.where([s.known for s in self.stored], EXACT_SINGLE, EXACT_DOUBLE)
        # a grid of many values may be how they were stored (eight-bit codes); of few, a few numbers scaled
        coarse = self._lattice() / math.sqrt(12.0 * max(1.0, float(self.by_union[self.everything].n.max())))
        mean = off[0] <= EXACT * np.maximum(error[0], coarse) + granted * unit
        square = off[1] <= EXACT * np.maximum(error[1], 2.0 * unit * coarse) + granted * unit**2
        exact = np.ones(len(unit), dtype=bool)
        if target.mean:
            exact &= mean
        if target.scales:
            exact &= square
        return exact

    def _floor(self, here: MomentsState, spread: Floats, n_differ: float) -> Floats:
        """Return the probability that repeated values occur equally often on both sides by accident."""
        floors = np.zeros(len(self.repeats))
        for j, (shares, scale, in_repeats) in enumerate(self.repeats):
            if self.two_valued[j]:
                continue  # the lattice says it exactly
            n_f = (here.n[j] * spread[j]) ** 2
            # once all other values are equally often there, the commonest is so too
            log_p = -0.5 * scale * float(np.log1p(2.0 * math.pi * n_f * shares * (1.0 - shares))[:-1].sum())
            log_p += n_differ * math.log(in_repeats) if in_repeats > 0 else -math.inf
            floors[j] = math.exp(max(log_p, -700.0)) if log_p > -math.inf else 0.0
        return floors


def repeats_of(distinct: Distinct) -> tuple[Floats, float, float]:
    """Return what repeated values make up.

    Returns
    -------
    shares : ndarray of float64
        Share of the rows of each value that occurs at least twice, ascending.
    scale : float
        How many such values each of them stands for, where only a sample of values was kept.
    in_repeats : float
        Share of the rows that hold a repeated value.
    """
    counts = distinct.counts
    repeated = np.sort(counts[counts >= 2]).astype(float)
    scale = distinct.n_distinct / max(1, len(counts)) if distinct.dropped else 1.0
    share = min(1.0, float(repeated.sum()) * scale / max(1, distinct.n))
    return repeated / max(1, distinct.n), scale, share
