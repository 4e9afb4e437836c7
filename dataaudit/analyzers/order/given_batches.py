"""How labels are spread over the batches that a loader gave, against random order."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np

from dataaudit.analyzers.order.common import batch_chance, label_chance
from dataaudit.analyzers.probability import poisson_tail
from dataaudit.model import Ints
from dataaudit.stats.batch_log import BatchRecord


@dataclass(frozen=True)
class Spread:
    """The labels of an epoch's batches.

    Attributes
    ----------
    batches : int
        Batches of two rows or more.
    single : tuple of int
        Numbers of those that hold one label.
    expected : float
        How many of them random order would give: the sum of each one's chance, exact for its size (hypergeometric).
    p : float
        An upper bound on the probability of as many: the Poisson tail, which lies above that of a sum of independent
        events of the same mean once their number exceeds it (Hoeffding 1956, On the distribution of the number of
        successes in independent trials, Annals of Mathematical Statistics 27, 713-721).
    labels, expected_labels : float
        Different labels of a batch, on average; seen, and in random order.
    size : int
        Rows of the largest batch.
    """

    batches: int
    single: tuple[int, ...]
    expected: float
    p: float
    labels: float
    expected_labels: float
    size: int


def spread_of(batches: list[BatchRecord]) -> Spread:
    """Return how the labels of an epoch are spread over its batches.

    Parameters
    ----------
    batches : list of BatchRecord
        Of one epoch. Batches of one row hold one label always, and are left out.
    """
    words = np.concatenate([np.zeros(0, np.uint64), *(batch.labels for batch in batches)])
    counts: Ints = np.unique(words, return_counts=True)[1].astype(np.int64)

    @cache
    def chances(size: int) -> tuple[float, float]:
        return batch_chance(counts, size), label_chance(counts, size)

    whole = [batch for batch in batches if batch.rows > 1]
    distinct = [len(np.unique(batch.labels)) for batch in whole]
    single = tuple(batch.number for batch, labels in zip(whole, distinct, strict=True) if labels == 1)
    expected = sum(chances(batch.rows)[0] for batch in whole)
    n = max(1, len(whole))
    return Spread(
        len(whole), single, expected, poisson_tail(len(single), expected) if expected else float(not single),
        sum(distinct) / n, sum(chances(batch.rows)[1] for batch in whole) / n,
        max((batch.rows for batch in whole), default=0),
    )  # fmt: skip


@dataclass(frozen=True)
class Mates:
    """Pairs of rows that share a batch, over the batches of an epoch.

    Attributes
    ----------
    pairs, alike : int
        How many, and how many of one label.
    expected : float
        Of one label on average over all orders of the same labels.
    z : float
        Standard deviations that `alike` lies above it.
    """

    pairs: int
    alike: int
    expected: float
    z: float

    @property
    def share(self) -> float:
        """Pairs of two labels as a share of those that random order gives."""
        return (self.pairs - self.alike) / (self.pairs - self.expected) if self.pairs > self.expected else 1.0


def mates_of(batches: list[BatchRecord]) -> Mates:
    """Return how often the rows of a batch have one label, against all orders of the same labels.

    The order within a batch changes nothing that is learnt, and plays no part.

    Parameters
    ----------
    batches : list of BatchRecord
        Of one epoch.

    Notes
    -----
    Mean and variance over permutations are exact: a join count (Cliff & Ord 1981, Spatial Processes, ch. 2) on the
    graph that links the rows of a batch, with A links, of which L ordered pairs meet in a row. With p2, p3 and p22 the
    chances that two rows, three rows, and two rows twice have one label, the mean is A p2 and the mean square
    A p2 + L p3 + (A**2 - A - L) p22.
    """
    words = np.concatenate([np.zeros(0, np.uint64), *(batch.labels for batch in batches)])
    sizes = np.array([batch.rows for batch in batches], dtype=np.float64)
    counts = np.unique(words, return_counts=True)[1].astype(np.float64)
    n = float(counts.sum())
    links = float((sizes * (sizes - 1)).sum() / 2)
    if n < 4 or not links:
        return Mates(0, 0, 0.0, 0.0)
    inside = [np.unique(batch.labels, return_counts=True)[1].astype(np.int64) for batch in batches]
    alike = int(sum((c * (c - 1)).sum() // 2 for c in inside))
    twos, threes = counts * (counts - 1), counts * (counts - 1) * (counts - 2)
    p2 = float(twos.sum()) / (n * (n - 1))
    p3 = float(threes.sum()) / (n * (n - 1) * (n - 2))
    fours = float((threes * (counts - 3)).sum()) + float(twos.sum()) ** 2 - float((twos**2).sum())
    p22 = fours / (n * (n - 1) * (n - 2) * (n - 3))
    meeting = float((sizes * (sizes - 1) * (sizes - 2)).sum())
    variance = links * p2 + meeting * p3 + (links * links - links - meeting) * p22 - (links * p2) ** 2
    z = (alike - links * p2) / math.sqrt(variance) if variance > 1e-9 * links else 0.0
    return Mates(int(links), alike, links * p2, z)
