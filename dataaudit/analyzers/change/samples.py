"""Values of one column in two versions, ready to be compared: rows where there are any, else what a profile holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dataaudit.model import Chunk, Column, Floats, Ints, Name, SplitView
from dataaudit.probe.two_samples import kolmogorov_p
from dataaudit.stats.gaps import Gaps
from dataaudit.stats.histogram import Dyadic, Histograms
from dataaudit.stats.sample import Sample, SampleState
from dataaudit.stats.values import Distinct, Values


@dataclass(frozen=True)
class Side:
    """Some rows of one version, each with a weight.

    Attributes
    ----------
    numbers : mapping of Name to ndarray of float64, shape (n,)
        NaN where missing.
    texts : mapping of Name to ndarray of object, shape (n,)
        None where missing.
    weights : ndarray of float64, shape (n,)
        All 1 unless the rows are made to hold the same classes as others.
    """

    numbers: Mapping[Name, Floats]
    texts: Mapping[Name, np.ndarray[tuple[int], np.dtype[np.object_]]]
    weights: Floats

    def __len__(self) -> int:
        return len(self.weights)


def side_of_sample(split: SplitView) -> Side:
    """Return the sampled rows of a split."""
    sample: SampleState = split.get(Sample())
    numbers = {c.name: sample.numbers[j] for j, c in enumerate(split.schema.numbers)}
    return Side(numbers, dict(sample.codes), np.ones(len(sample.rows)))


def side_of_rows(split: SplitView, rows: Ints) -> Side:
    """Return some rows of a split, read again."""
    chunk: Chunk = split.fetch(rows.tolist())
    numbers = {c.name: chunk.numbers[j] for j, c in enumerate(split.schema.numbers)}
    texts = {name: column.cells() for name, column in chunk.codes.items()}
    return Side(numbers, texts, np.ones(len(rows)))


def with_classes_of(side: Side, other: Side, mine: Column, theirs: Column) -> tuple[Side, Side]:
    """Return two sides that hold the same shares of classes: the first one's rows are weighted.

    Rows of the second side whose class the first one has not are left out, so that what is compared is how rows of a
    class look, and not how many there are.
    """
    a, b = (_labels(s, column) for s, column in ((side, mine), (other, theirs)))
    words = sorted({*a.tolist(), *b.tolist()})
    place = {word: i for i, word in enumerate(words)}
    codes = [np.array([place[w] for w in line.tolist()], dtype=np.int64) for line in (a, b)]
    counts = [np.bincount(line, minlength=len(words)).astype(np.float64) for line in codes]
    keep = counts[0][codes[1]] > 0
    wanted = np.bincount(codes[1][keep], minlength=len(words))
    share = np.divide(wanted, counts[0], out=np.zeros(len(words)), where=counts[0] > 0)
    weights = share[codes[0]]
    if not weights.any():
        return side, _kept(other, keep)
    return Side(side.numbers, side.texts, weights / weights.mean()), _kept(other, keep)


def _labels(side: Side, column: Column) -> np.ndarray[tuple[int], np.dtype[np.str_]]:
    line = side.numbers[column.name] if column.storage.is_number else side.texts[column.name]
    return np.array([str(v) for v in line.tolist()], dtype=str)


def _kept(side: Side, keep: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Side:
    return Side(
        {name: line[keep] for name, line in side.numbers.items()},
        {name: line[keep] for name, line in side.texts.items()},
        side.weights[keep],
    )


# ---------------------------------------------------------------- numbers


@dataclass(frozen=True)
class Line:
    """Numbers in ascending order, each with a weight.

    Attributes
    ----------
    values, weights : ndarray of float64, shape (k,)
        Distinct or not; weights are positive.
    n : float
        Rows that the weights are worth: (sum of weights)² / sum of squares, Kish's effective size, where rows are
        weighted; the number of rows where values are counted.
    """

    values: Floats
    weights: Floats
    n: float

    def quantile(self, share: float) -> float:
        """Return the value below or at which a share of the rows lies."""
        reached = np.cumsum(self.weights)
        at = int(np.searchsorted(reached, share * reached[-1]))
        return float(self.values[min(at, len(self.values) - 1)])

    def times(self, factor: float, shift: float = 0.0) -> Line:
        """Return the numbers multiplied by a positive factor, and shifted."""
        with np.errstate(over="ignore"):  # an infinite end still stands last
            return Line(self.values * factor + shift, self.weights, self.n)


def line_of(values: Floats, weights: Floats) -> Line | None:
    """Return the finite ones of some weighted numbers in ascending order; None where there are none."""
    keep = np.isfinite(values) & (weights > 0)
    if not keep.any():
        return None
    values, weights = values[keep], weights[keep]
    order = np.argsort(values, kind="stable")
    return Line(values[order], weights[order], float(weights.sum() ** 2 / (weights * weights).sum()))


def line_of_facts(split: SplitView, name: Name) -> Line | None:
    """Return a column's numbers as far as a profile holds them: all distinct values, or a sample of them.

    Of more distinct values than are kept, those that are kept are drawn at random by their hashes. Each counts with
    its rows; what it is worth is Kish's effective size.
    """
    distinct: Distinct = split.get(Values()).columns[name]
    if not len(distinct.counts):
        return None
    values = np.asarray(distinct.values, dtype=np.float64)
    order = np.argsort(values, kind="stable")
    weights = distinct.counts[order].astype(np.float64)
    n = float(distinct.n) if distinct.exact else float(weights.sum() ** 2 / (weights * weights).sum())
    return Line(values[order], weights, n)


def gap_between(a: Line, b: Line) -> tuple[float, float]:
    """Return the largest distance between two distributions, 0 to 1, and the chance of one as large (Kolmogorov)."""
    at = np.concatenate([a.values, b.values])
    shares = []
    for line in (a, b):
        reached = np.concatenate([[0.0], np.cumsum(line.weights)])
        shares.append(reached[np.searchsorted(line.values, at, side="right")] / reached[-1])
    gap = float(np.abs(shares[0] - shares[1]).max())
    return gap, kolmogorov_p(gap, a.n, b.n)


def gap_of_histograms(before: SplitView, after: SplitView, columns: tuple[Name, Name]) -> tuple[float, float]:
    """Return the same from histograms: the distance at the ends of bins, at most the true one; p is no smaller."""
    one, two = (view.get(Histograms()).columns.get(name) for view, name in zip((before, after), columns, strict=True))
    if one is None or two is None:
        return 0.0, 1.0
    exponent = max(one.exponent, two.exponent)
    one, two = one.coarser(exponent), two.coarser(exponent)
    first, last = min(one.first, two.first), max(one.first + len(one.counts), two.first + len(two.counts))
    if last - first > 1 << 16:  # far apart: in common bins nothing of one would be seen
        return 0.0, 1.0
    shares = [np.cumsum(_padded(line, first, last)) / line.counts.sum() for line in (one, two)]
    gap = float(np.abs(shares[0] - shares[1]).max())
    return gap, kolmogorov_p(gap, float(one.counts.sum()), float(two.counts.sum()))


def _padded(line: Dyadic, first: int, last: int) -> Ints:
    counts = np.zeros(last - first, np.int64)
    counts[line.first - first : line.first - first + len(line.counts)] = line.counts
    return counts


def missing_counts(split: SplitView, name: Name) -> Ints:
    """Return the rows of a split with a value and without one, shape (2,)."""
    missing = split.get(Gaps()).missing[name]
    return np.array([split.n_rows - missing, missing], np.int64)
