"""Count, mean, spread, shape and ends of every numeric column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import ClassVar, Self

import numpy as np

from dataaudit.model import Chunk, Floats, Ints, Schema
from dataaudit.stats.state import groups, saved


@saved
@dataclass(frozen=True)
class Moments:
    """Ask for count, mean, central moments 2 to 4, minimum and maximum of the finite values of each column."""

    rowless: ClassVar[bool] = True

    def start(self, schema: Schema) -> MomentsState:
        return MomentsState.zeros(len(schema.numbers))


@saved
@dataclass
class MomentsState:
    """Moments in float64, the mean as an unevaluated sum `pivot + rest`.

    Differences from a pivot near the mean are exact or nearly so, which keeps the spread right where it is tiny
    next to the mean (mean 1e9, std 1e-3). Merging follows Pébay (2008), SAND2008-6212; sums of other orders of
    the same rows agree to about 1e-12 of the spread.

    Attributes
    ----------
    n : ndarray of int64, shape (d,)
        Finite values. Missing and infinite ones are left out of everything else here.
    pivot, rest : ndarray of float64, shape (d,)
        The mean is `pivot + rest`.
    m2, m3, m4 : ndarray of float64, shape (d,)
        Sums of powers of the differences from the mean.
    low, high : ndarray of float64, shape (d,)
        Smallest and largest finite value; inf and -inf where there is none.
    n_fraction : ndarray of int64, shape (d,)
        Values that are not whole numbers.
    """

    n: Ints
    pivot: Floats
    rest: Floats
    m2: Floats
    m3: Floats
    m4: Floats
    low: Floats
    high: Floats
    n_fraction: Ints

    @classmethod
    def zeros(cls, d: int) -> Self:
        """Return the moments of no rows of d columns."""
        pivot, rest, m2, m3, m4 = np.zeros((5, d))
        none = np.zeros(d, np.int64)
        return cls(none, pivot, rest, m2, m3, m4, np.full(d, np.inf), np.full(d, -np.inf), none.copy())

    def observe(self, chunk: Chunk) -> None:
        if chunk.n_rows == 0 or not self.n.size:
            return
        numbers, finite = chunk.numbers, chunk.all_finite
        for part in groups(*numbers.shape):
            if finite[part].all():
                self.add(part, block_moments(numbers[part]))
            else:
                for j in range(part.start, part.stop):
                    line = numbers[j] if finite[j] else numbers[j][np.isfinite(numbers[j])]
                    if line.size:
                        self.add(slice(j, j + 1), block_moments(line[None, :]))

    def of(self, at: slice | Sequence[int] | Ints) -> MomentsState:
        """Return the moments of some columns, by position."""
        chosen = at if isinstance(at, slice) else np.asarray(at, dtype=np.int64)
        return MomentsState(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))

    def add(self, at: slice, block: MomentsState) -> None:
        """Add more values of some columns, in place."""
        joined = self.of(at).merge(block)
        for name in self.__dataclass_fields__:
            getattr(self, name)[at] = getattr(joined, name)
        for name in ("mean", "std", "skewness", "kurtosis"):  # computed once for all rules, and anew after more rows
            self.__dict__.pop(name, None)

    def merge(self, other: Self) -> Self:
        n = self.n + other.n
        with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
            weight = np.where(n > 0, other.n / np.maximum(n, 1), 0.0)
            left, right = self.n.astype(float), other.n.astype(float)
            total = np.maximum(n, 1).astype(float)
            delta = np.where((self.n > 0) & (other.n > 0), (other.pivot - self.pivot) + (other.rest - self.rest), 0.0)
            step = np.where(np.isfinite(delta), delta * weight, other.pivot * weight - self.pivot * weight)
            empty = self.n == 0
            pivot = np.where(empty, other.pivot, self.pivot)
            rest = np.where(empty, other.rest, self.rest + step)
            ratio = left * right / total
            d2 = delta * delta
            m2 = self.m2 + other.m2 + d2 * ratio
            m3 = (
                self.m3
                + other.m3
                + d2 * delta * ratio * (left - right) / total
                + 3.0 * delta * (left * other.m2 - right * self.m2) / total
            )
            m4 = (
                self.m4
                + other.m4
                + d2 * d2 * ratio * (left * left - left * right + right * right) / (total * total)
                + 6.0 * d2 * (left * left * other.m2 + right * right * self.m2) / (total * total)
                + 4.0 * delta * (left * other.m3 - right * self.m3) / total
            )
            high_part = pivot + rest  # renormalise, so that the pivot stays the nearest float to the mean
            rest = np.where(np.isfinite(high_part), (pivot - high_part) + rest, rest)
            pivot = np.where(np.isfinite(high_part), high_part, pivot)
        return type(self)(
            n,
            pivot,
            rest,
            m2,
            m3,
            m4,
            np.minimum(self.low, other.low),
            np.maximum(self.high, other.high),
            self.n_fraction + other.n_fraction,
        )

    @cached_property
    def mean(self) -> Floats:
        """Mean of the finite values, shape (d,); NaN where there is none."""
        return np.where(self.n > 0, self.pivot + self.rest, np.nan)

    def variance(self, ddof: int = 0) -> Floats:
        """Return the variance with a divisor of n - ddof; NaN where that is not positive."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(self.n > ddof, self.m2 / np.maximum(self.n - ddof, 1), np.nan)

    @cached_property
    def std(self) -> Floats:
        """Population standard deviation (divisor n), shape (d,)."""
        return np.sqrt(self.variance())

    @cached_property
    def skewness(self) -> Floats:
        """Third standardised moment; NaN where the spread is zero."""
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            return np.sqrt(self.n) * self.m3 / self.m2**1.5

    @cached_property
    def kurtosis(self) -> Floats:
        """Fourth standardised moment (3 for a normal distribution); NaN where the spread is zero."""
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            return self.n * self.m4 / (self.m2 * self.m2)


def pooled(states: Sequence[MomentsState]) -> MomentsState:
    """Return the moments of the rows of one or more states together."""
    return reduce(lambda a, b: a.merge(b), states)


def block_moments(x: Floats) -> MomentsState:
    """Return the moments of a block of finite numbers, shape (d, n)."""
    n = x.shape[1]
    with np.errstate(over="ignore", invalid="ignore"):
        pivot = x.mean(axis=1)
        if not np.isfinite(pivot).all():  # the sum of huge numbers is beyond the range of floats, their mean is not
            pivot = (x / n).sum(axis=1)
        c = x - pivot[:, None]
        rest = c.mean(axis=1)
        rest = np.where(np.isfinite(rest), rest, 0.0)
        squares = c * c
        s2 = squares.sum(axis=1)
        s3 = (squares * c).sum(axis=1)  # no dot: BLAS would start threads of its own within the workers
        s4 = (squares * squares).sum(axis=1)
        m2 = np.maximum(s2 - n * rest**2, 0.0)
        m3 = s3 - 3 * rest * s2 + 2 * n * rest**3
        m4 = s4 - 4 * rest * s3 + 6 * rest**2 * s2 - 3 * n * rest**4
        fraction = np.array([np.count_nonzero(np.trunc(line) != line) for line in x], dtype=np.int64)
    low, high = x.min(axis=1), x.max(axis=1)
    constant = low == high  # the mean of equal numbers may be off by a rounding; their spread is exactly zero
    pivot = np.where(constant, low, pivot)
    zero = np.zeros_like(pivot)
    rest, m2, m3, m4 = (np.where(constant, zero, v) for v in (rest, m2, m3, m4))
    return MomentsState(np.full(len(x), n, np.int64), pivot, rest, m2, m3, m4, low, high, fraction)
