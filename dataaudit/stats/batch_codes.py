"""The samples of a loader's epochs by number: sorted once, for all who compare epochs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dataaudit.model import Ints, SplitView
from dataaudit.stats.batch_log import BatchLog


@dataclass(frozen=True)
class SampleCodes:
    """Which rows of a loader's epochs hold the same input.

    Attributes
    ----------
    of : dict of int to ndarray of int64, shape (n_rows,)
        By epoch, in the order fed: a number from 0 for each row, the same where the hashes of the inputs are.
    size : int
        How many numbers there are.
    """

    of: dict[int, Ints]
    size: int

    def counts(self, epoch: int) -> Ints:
        """Return how often each input came in an epoch, shape (size,)."""
        return np.bincount(self.of[epoch], minlength=self.size).astype(np.int64)

    def distinct(self, epoch: int) -> int:
        """Return how many different inputs an epoch showed."""
        return int(np.count_nonzero(self.counts(epoch)))

    def again(self, epoch: int, before: int) -> float:
        """Return the share of an epoch's rows whose input came in another one too; 1 for an epoch without rows."""
        rows = self.of[epoch]
        return float((self.counts(before) > 0)[rows].mean()) if len(rows) else 1.0


def sample_codes(split: SplitView) -> SampleCodes:
    """Return which rows of a split's epochs hold the same input; worked out once for each report.

    Parameters
    ----------
    split : SplitView
        Of data that comes in batches.
    """
    return split.context.once(("sample codes", split.name), lambda: _coded(split))


def _coded(split: SplitView) -> SampleCodes:
    log = split.get(BatchLog())
    epochs = log.epochs
    lines = [log.samples(epoch) for epoch in epochs]
    words, codes = np.unique(np.concatenate([np.zeros(0, np.uint64), *lines]), return_inverse=True)
    cuts = np.cumsum([len(line) for line in lines])[:-1]
    return SampleCodes(dict(zip(epochs, np.split(codes.astype(np.int64), cuts), strict=True)), len(words))
