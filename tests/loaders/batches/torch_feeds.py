"""Small data sets of torch, importable by workers that are started afresh."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch.utils.data import Dataset, IterableDataset, get_worker_info


class Pictures(Dataset[Any]):
    """Standardised pictures of noise and labels 0 to 3; some samples spoilt.

    Parameters
    ----------
    n : int
        Samples.
    nan, wide, broken : tuple of int
        Samples with a NaN, of another width, and that cannot be read.
    """

    def __init__(
        self, n: int = 50, nan: tuple[int, ...] = (), wide: tuple[int, ...] = (), broken: tuple[int, ...] = ()
    ) -> None:
        rng = np.random.default_rng(0)
        self.x = rng.normal(size=(n, 3, 8, 8)).astype(np.float32)
        self.y = rng.integers(0, 4, n)
        self.nan, self.wide, self.broken = nan, wide, broken

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, i: int) -> Any:
        if i in self.broken:
            raise OSError(f"cannot identify image file 'img/{i}.jpg'")
        x = self.x[i].copy()
        if i in self.nan:
            x[1, 2, 3] = np.nan
        if i in self.wide:
            x = np.concatenate([x, x[:, :, :1]], axis=2)
        return torch.from_numpy(x), int(self.y[i])


class Named(Pictures):
    """The same as nested dicts with the number of each sample."""

    def __getitem__(self, i: int) -> Any:
        x, y = super().__getitem__(i)
        return {"inputs": {"image": x, "age": torch.tensor(float(y))}, "label": y, "index": i, "path": f"img/{i}.jpg"}


class Half(Pictures):
    """The same in bfloat16."""

    def __getitem__(self, i: int) -> Any:
        x, y = super().__getitem__(i)
        return x.to(torch.bfloat16), y


class Shards(IterableDataset[Any]):
    """Samples that workers share out among each other."""

    def __init__(self, n: int = 50) -> None:
        self.data = Pictures(n)

    def __iter__(self) -> Iterator[Any]:
        worker = get_worker_info()
        first, step = (0, 1) if worker is None else (worker.id, worker.num_workers)
        for i in range(first, len(self.data), step):
            yield self.data[i]


def rows_without(batch: list[Any]) -> Any:
    """Collate what is left when unreadable samples are dropped."""
    kept = [sample for sample in batch if sample is not None]
    return torch.stack([x for x, _ in kept]), torch.tensor([y for _, y in kept])


class Dropping(Pictures):
    """Returns None for what cannot be read."""

    def __getitem__(self, i: int) -> Any:
        return None if i in self.broken else super().__getitem__(i)
