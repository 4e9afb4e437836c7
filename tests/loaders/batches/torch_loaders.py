"""Data sets and loaders of torch whose epochs are whole, or are not; importable by workers that are started afresh."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset, DistributedSampler, IterableDataset

from tests.loaders.batches.torch_feeds import Pictures, Shards


class Unshared(IterableDataset[Any]):
    """A stream that every worker reads whole."""

    def __init__(self, n: int = 64) -> None:
        self.data = Pictures(n)

    def __iter__(self) -> Iterator[Any]:
        yield from (self.data[i] for i in range(len(self.data)))


class Files(Pictures):
    """Pictures that are files, as image folders list them."""

    def __init__(self, n: int = 64) -> None:
        super().__init__(n)
        self.samples = [(f"cat/{i:03}.jpg", int(self.y[i])) for i in range(n)]


class Mirrored(Files):
    """The same, changed at random."""

    def __getitem__(self, i: int) -> Any:
        x, y = super().__getitem__(i)
        return x + 0.1 * torch.randn(x.shape), y


def built(data: Dataset[Any], workers: int = 0, start: str | None = None, **settings: Any) -> DataLoader[Any]:
    """Return a loader of batches of 8; workers are started as `start` says."""
    if workers and start:
        settings["multiprocessing_context"] = start
    return DataLoader(data, batch_size=8, num_workers=workers, **settings)


def in_order(epoch: int = 0) -> DataLoader[Any]:
    """Return a loader that never shuffles, made anew for every epoch."""
    return built(Pictures(64))


def distributed(data: Dataset[Any], *, told: bool) -> Any:
    """Return a function of the epoch whose sampler is one of two processes', and is told the epoch or not."""

    def build(epoch: int = 0) -> DataLoader[Any]:
        sampler: DistributedSampler[Any] = DistributedSampler(data, num_replicas=2, rank=0)
        if told:
            sampler.set_epoch(epoch)
        return built(data, sampler=sampler)

    return build


def weights(data: Pictures) -> Any:
    """Return weights that make all classes as likely."""
    return (1 / np.bincount(data.y))[data.y]


__all__ = ["Files", "Mirrored", "Pictures", "Shards", "Unshared", "built", "distributed", "in_order", "weights"]
