"""Batches that come again within an epoch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dataaudit.analyzers.batches.shown import Shown, shown
from dataaudit.analyzers.order.batches_common import found_of, log_of
from dataaudit.model import Ints, SplitView
from dataaudit.stats.batch_log import BatchRecord
from dataaudit.stats.hashing import mix

CHANCE = 1e-6
"""Expected number of equal batches, if samples were drawn with replacement, below which equal ones are no accident."""


@dataclass(frozen=True)
class Again:
    """Batches of one epoch that hold the samples of an earlier one.

    Attributes
    ----------
    epoch : int
        Number of the epoch.
    groups : tuple of tuple of BatchRecord
        Equal batches, two or more each, in order.
    distinct : int
        Different batches that the epoch holds.
    whole : bool
        Whether every batch comes equally often: the epoch itself is shown several times.
    """

    epoch: int
    groups: tuple[tuple[BatchRecord, ...], ...]
    distinct: int
    whole: bool

    @property
    def later(self) -> list[BatchRecord]:
        """Batches after the first of their group, in order."""
        return sorted((b for group in self.groups for b in group[1:]), key=lambda b: b.number)


def repeated_batches(split: SplitView) -> list[Again]:
    """Return the epochs in which batches come again; worked out once for all rules."""
    return split.context.once(("repeated batches", split.name), lambda: _repeated(split))


def explained(split: SplitView, epoch: int) -> int:
    """Return how many rows of an epoch stand in batches that BAT106 reports as repeated."""
    return sum(b.rows for again in repeated_batches(split) if again.epoch == epoch and not again.whole
               for b in again.later)  # fmt: skip


def _repeated(split: SplitView) -> list[Again]:
    log, seen = log_of(split), shown(split)
    workers = int(found_of(split).get("workers", 0))
    found = []
    for epoch in log.epochs:
        groups: dict[tuple[int, int], list[BatchRecord]] = {}
        batches = [batch for batch in log.epoch(epoch) if batch.rows]
        for batch, word in zip(batches, _contents(seen.ids[epoch], batches), strict=True):
            if word is not None:
                groups.setdefault((batch.rows, word), []).append(batch)
        again = tuple(tuple(group) for group in groups.values() if len(group) > 1)
        least = min((group[0].rows for group in again), default=0)
        if not least or least == seen.n or _by_chance(seen, least) > CHANCE:
            continue
        sizes = {len(group) for group in groups.values()}
        whole = len(sizes) == 1 and (len(groups) > 1 or sizes == {workers})
        found.append(Again(epoch, again, len(groups), whole))
    return found


def _contents(ids: Ints, batches: Sequence[BatchRecord]) -> list[int | None]:
    """Return a hash of each batch's samples, whatever their order; None where one of them cannot be told."""
    if not batches:
        return []
    firsts = [batch.first for batch in batches]
    words = np.add.reduceat(mix(ids.astype(np.uint64)), firsts).tolist()
    known = (np.minimum.reduceat(ids, firsts) >= 0).tolist()
    return [word if whole else None for word, whole in zip(words, known, strict=True)]


def _by_chance(seen: Shown, size: int) -> float:
    """Return how many pairs of equal batches to expect if samples were drawn anew for each, all as likely.

    Of b! orders of b samples each comes with 1/n**b; where fewer than 2 b samples were seen at all, 2 b count.
    """
    pool = max(int(seen.ever.sum()), seen.n or 0, 2 * size)
    n_batches = max(len(ids) for ids in seen.ids.values()) / size
    return n_batches**2 / 2 * math.exp(math.lgamma(size + 1) - size * math.log(pool))
