"""A histogram of every numeric column whose bins depend on the data alone, never on how it was cut."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from dataaudit.model import Chunk, Floats, Ints, Name, Schema
from dataaudit.stats.state import saved


@saved
@dataclass(frozen=True)
class Histograms:
    """Ask for a histogram of the finite values of each column.

    Parameters
    ----------
    bins : int
        Most bins a column.
    """

    rowless: ClassVar[bool] = True
    bins: int = 64

    def __post_init__(self) -> None:
        if self.bins < 2:  # no bin of any width reaches over both sides of zero
            raise ValueError(f"bins is {self.bins}, expected 2 or more")

    def start(self, schema: Schema) -> HistogramsState:
        return HistogramsState(self.bins, [c.name for c in schema.numbers], {})


@saved
@dataclass
class Dyadic:
    """Counts in bins of width 2**exponent that start at multiples of their width.

    Attributes
    ----------
    exponent : int
        The smallest for which the column's range fits in the allowed number of bins.
    first : int
        Number of the first bin: it starts at first * 2**exponent.
    counts : ndarray of int64
        Values in each bin; the first and the last are never empty.
    """

    exponent: int
    first: int
    counts: Ints

    @property
    def width(self) -> float:
        """Width of a bin."""
        return math.ldexp(1.0, self.exponent)

    @property
    def start(self) -> float:
        """Left end of the first bin; the largest float where that end is beyond it."""
        try:
            return math.ldexp(float(self.first), self.exponent)
        except OverflowError:
            return math.copysign(sys.float_info.max, self.first)

    def coarser(self, exponent: int) -> Dyadic:
        """Return the same counts in bins of a larger width: exact, since each bin falls into one."""
        step = exponent - self.exponent
        if step <= 0:
            return self
        numbers = [(self.first + i) >> step for i in range(len(self.counts))]
        first = numbers[0]
        counts = np.zeros(numbers[-1] - first + 1, np.int64)
        np.add.at(
            counts,
            np.array(numbers, dtype=object).astype(np.int64) - first
            if abs(first) < 2**62
            else np.array([b - first for b in numbers]),
            self.counts,
        )
        return Dyadic(exponent, first, counts)

    def join(self, other: Dyadic, bins: int) -> Dyadic:
        """Return the histogram of both, coarse enough for the allowed number of bins."""
        exponent = max(self.exponent, other.exponent)
        a, b = self.coarser(exponent), other.coarser(exponent)
        while max(a.first + len(a.counts), b.first + len(b.counts)) - min(a.first, b.first) > bins:
            exponent += 1
            a, b = a.coarser(exponent), b.coarser(exponent)
        first = min(a.first, b.first)
        counts = np.zeros(max(a.first + len(a.counts), b.first + len(b.counts)) - first, np.int64)
        counts[a.first - first : a.first - first + len(a.counts)] += a.counts
        counts[b.first - first : b.first - first + len(b.counts)] += b.counts
        return Dyadic(exponent, first, counts)


def exponent_for(low: float, high: float, bins: int) -> int:
    """Return the smallest exponent at which low..high spans at most `bins` aligned bins.

    Ends are compared as exact integers, so that huge means with tiny spreads come out right. Bins are never
    narrower than the spacing of floats at the larger end.
    """
    size = max(abs(low), abs(high))
    finest = max(math.frexp(size)[1] - 53, -1074) if size else -1074
    span = high - low
    guess = math.frexp(span / bins)[1] - 2 if 0 < span < math.inf else finest
    exponent = max(finest, guess)
    while _bin(high, exponent) - _bin(low, exponent) >= bins:
        exponent += 1
    while exponent > finest and _bin(high, exponent - 1) - _bin(low, exponent - 1) < bins:
        exponent -= 1
    return exponent


def _bin(value: float, exponent: int) -> int:
    top, bottom = value.as_integer_ratio()
    return (top // bottom >> exponent) if exponent >= 0 else (top << -exponent) // bottom


def dyadic(line: Floats, low: float, high: float, bins: int) -> Dyadic:
    """Return the histogram of finite values, shape (n,), whose ends are given."""
    exponent = exponent_for(low, high, bins)
    first, last = _bin(low, exponent), _bin(high, exponent)
    if first == last:
        return Dyadic(exponent, first, np.array([len(line)], np.int64))
    # scaling by a power of two is exact; the shift is exact below 2**53, where bins are wider than the spacing
    scaled = np.floor(np.ldexp(line, -exponent))
    if exponent > 0 and low < 0.0:  # only wide bins push a number below the smallest float, to a zero that has no floor
        scaled[(scaled == 0.0) & (line < 0.0)] = -1.0
    scaled -= float(first)
    counts = np.bincount(scaled.astype(np.int64), minlength=last - first + 1)
    return Dyadic(exponent, first, counts.astype(np.int64))


@saved
@dataclass
class HistogramsState:
    """A histogram a column, by name; columns without finite values have none."""

    bins: int
    numbers: list[Name]
    columns: dict[Name, Dyadic]

    def observe(self, chunk: Chunk) -> None:
        if not chunk.n_rows or not self.numbers:
            return
        numbers = chunk.numbers
        for j, name in enumerate(self.numbers):
            line = numbers[j] if chunk.all_finite[j] else numbers[j][np.isfinite(numbers[j])]
            if line.size:
                self._add(name, dyadic(line, float(line.min()), float(line.max()), self.bins))

    def _add(self, name: Name, more: Dyadic) -> None:
        self.columns[name] = self.columns[name].join(more, self.bins) if name in self.columns else more

    def merge(self, other: Self) -> Self:
        joined = type(self)(self.bins, self.numbers, dict(self.columns))
        for name in self.numbers:
            if name in other.columns:
                joined._add(name, other.columns[name])
        joined.columns = {name: joined.columns[name] for name in self.numbers if name in joined.columns}
        return joined
