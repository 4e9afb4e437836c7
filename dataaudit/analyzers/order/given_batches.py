"""How labels are spread over the batches that a loader gave, against random order."""

from __future__ import annotations

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
