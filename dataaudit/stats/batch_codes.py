"""The samples of a loader's epochs by number: sorted once, for all who compare epochs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataaudit.model import Bools, Feeding, Ints, SplitView
from dataaudit.stats.batch_log import BatchLog, BatchLogState

ALIKE = 0.5
"""Share of the rows with a number that came before whose input is the one that came with it then, from which numbers
tell samples; below it they do not where at least this share of all inputs comes again somewhere."""

SAME_LABEL = 0.9
"""The same of labels, below which numbers are something else: a sample keeps its label, mistakes aside."""

SPREAD = 0.55
"""Share of the samples that an epoch could show which must be told apart by numbers that come again within a batch,
where inputs change at random: classes, people and places are fewer. With replacement it is 0.63."""


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


def sample_numbers(split: SplitView) -> dict[int, Ints] | None:
    """Return the numbers of the samples of each epoch as the loader gives them, shape (n,); None where it does not.

    What stands where an index may stand can be another label. It is taken for an index for all epochs or for none, by
    all that was fed: the same number comes with the same input, or, where inputs change at random, with the same label.
    There, what comes again within a batch must also be a position in the data set, and spread over much of it. Under a
    name that leaves no doubt, only inputs that come again with other numbers speak against it.

    Parameters
    ----------
    split : SplitView
        Of data that comes in batches.
    """
    return split.context.once(("sample numbers", split.name), lambda: _numbers(split))


def _numbers(split: SplitView) -> dict[int, Ints] | None:
    log = split.get(BatchLog())
    found = {epoch: line for epoch in log.epochs if (line := log.index(epoch)) is not None}
    return found if found and len(found) == len(log.epochs) and _tell_samples(split, log, found) else None


def _tell_samples(split: SplitView, log: BatchLogState, found: dict[int, Ints]) -> bool:
    numbers = np.concatenate(list(found.values()))
    named = log.batches[0].named
    if not len(numbers) or (numbers.min() < 0 and not named):
        return False
    order = np.argsort(numbers, kind="stable")
    again = np.flatnonzero(numbers[order[1:]] == numbers[order[:-1]])
    if not len(again):
        return True
    here, before = order[again + 1], order[again]
    epoch = np.repeat(list(found), [len(line) for line in found.values()])
    within = epoch[here] == epoch[before]
    codes = sample_codes(split)
    inputs = np.concatenate([codes.of[e] for e in found])
    counts = np.bincount(inputs)
    if float(((counts / len(inputs)) ** 2).sum()) < ALIKE:  # else all inputs are as good as the same
        alike = _agreement(inputs, here, before, within)
        if alike >= ALIKE or float((counts > 1)[inputs].mean()) >= ALIKE:
            return alike >= ALIKE
    labels = np.concatenate([log.labels(e) for e in found])
    few = len(np.unique(labels)) <= len(labels) / 2
    if named or (few and _agreement(labels, here, before, within) < SAME_LABEL):
        return named
    return not within.any() or _plausible(split, log, numbers)


def _agreement(words: NDArray[Any], here: Ints, before: Ints, within: Bools) -> float:
    """Return how often two rows agree: of one epoch, or of two, whichever is less."""
    same = words[here] == words[before]
    return float(min(same[group].mean() for group in (within, ~within) if group.any()))


def _plausible(split: SplitView, log: BatchLogState, numbers: Ints) -> bool:
    """Return whether numbers that come again in an epoch may be those of samples, where inputs change at random."""
    feeding = split.context.feeding or Feeding()
    said = feeding.found.get(split.name, {})
    n = feeding.rows.get(split.name, said.get("rows"))
    top = int(numbers.max())
    if n and top >= max(int(n), int(said.get("below", 0))):
        return False
    if all(len(np.unique(batch.index)) == batch.rows for batch in log.batches):
        return True
    most = max(len(epoch) for epoch in sample_codes(split).of.values())
    return bool(n) and len(np.unique(numbers)) >= SPREAD * min(int(n or 0), most) and top + 1 >= int(n or 0) / 4
