"""Real data sets with random augmentation, faulty and honest, that workers started anew can import."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset, get_worker_info

ROWS, SIDE = 96, 8
_PICTURES = np.random.default_rng(5).random((ROWS, 1, SIDE, SIDE), dtype=np.float32)
_MODULE = np.random.default_rng(0)

WAYS = ("held", "module", "fixed-init", "torch", "numpy", "good-init", "seed-of-worker")
"""Where the random numbers come from; the first three are the same in every worker."""

FAULTY = WAYS[:3]


class Noisy(Dataset[Any]):
    """Pictures with noise, or mirrored half of the time."""

    def __init__(self, way: str, change: str = "noise") -> None:
        self.way = way
        self.change = change
        self.held: np.random.Generator | None = np.random.default_rng(0) if way == "held" else None

    def __len__(self) -> int:
        return ROWS

    def __getitem__(self, i: int) -> tuple[torch.Tensor, int]:
        picture = _PICTURES[i]
        if self.change == "noise":
            changed = picture + 0.1 * self._normal(picture.shape)
        else:
            changed = picture[..., ::-1] if float(self._normal((1,))[0]) > 0 else picture
        return torch.from_numpy(np.ascontiguousarray(changed, dtype=np.float32)), i % 3

    def _normal(self, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
        if self.way == "torch":
            return torch.randn(shape).numpy()
        if self.way in ("numpy", "fixed-init"):
            return np.random.standard_normal(shape)  # noqa: NPY002 - the global state is what is tried here
        if self.way == "module":
            return _MODULE.standard_normal(shape)
        if self.held is None:
            info = get_worker_info()
            self.held = np.random.default_rng(None if info is None else info.seed)
        return self.held.standard_normal(shape)


def seeded_alike(worker: int) -> None:
    """Give every worker the same seed."""
    np.random.seed(0)  # noqa: NPY002


def seeded_apart(worker: int) -> None:
    """Give every worker a seed of its own."""
    info: Any = get_worker_info()
    info.dataset.held = np.random.default_rng(info.seed)


def loader(way: str, workers: int, start: str | None = None, *, change: str = "noise", **more: Any) -> DataLoader[Any]:
    """Return a shuffled loader whose augmentation is drawn in a way of `WAYS`."""
    init = {"fixed-init": seeded_alike, "good-init": seeded_apart}.get(way)
    return DataLoader(
        Noisy(way, change), batch_size=16, shuffle=True, num_workers=workers, worker_init_fn=init,
        multiprocessing_context=start if workers else None, **more,
    )  # fmt: skip
