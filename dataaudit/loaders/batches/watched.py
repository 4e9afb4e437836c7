"""Batches that were kept while a network trained on them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from dataaudit.loaders.batches.source import KeptBatches, settled
from dataaudit.model import Chunk, Dataset, Fed, Feeding, Stage


class WatchedSource(KeptBatches):
    """The first batches of a loader that was used elsewhere."""

    def __init__(self, split: str, kept: Sequence[Fed], length: int | None) -> None:
        super().__init__(split, settled(kept))
        self.kept = list(kept)
        self.length = length

    @property
    def n_rows(self) -> int | None:
        """Rows that were kept."""
        return sum(fed.rows for fed in self.kept)

    def chunks(self) -> Iterator[Chunk]:
        """Yield the rows between batches of another form; the batches themselves were logged when they were fed."""
        for fits, batches in groupby(self.kept, self.plan.fits):
            if fits:
                run = list(batches)
                yield self.chunk(self.joined(run), run[0].first)


def watched_data(split: str, kept: Sequence[Fed], feeding: Feeding, length: int | None, name: str) -> Dataset:
    """Return the data set of the batches that were kept.

    Parameters
    ----------
    split : {"train", "val"}
        What the loader was used for.
    kept : sequence of Fed
        Its first batches.
    feeding : Feeding
        What is known of it.
    length : int or None
        Batches of an epoch.
    name : str
        For titles.
    """
    source = WatchedSource(split, kept, length)
    role = {"train": "train", "val": "validation"}[split]
    return Dataset(
        name, "batches", {split: source}, {split: role}, Stage.MODEL_READY, source.plan.notes, feeding=feeding
    )
