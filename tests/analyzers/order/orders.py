"""Labels in orders that are at fault, and in orders that are not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

RNG = np.random.default_rng(0)


def frame(labels: Any, seed: int = 0) -> pd.DataFrame:
    """Return a table with these labels in this order."""
    return pd.DataFrame({"x": np.random.default_rng(seed).normal(size=len(labels)), "y": labels})


def classes(*counts: int) -> list[str]:
    """Return so many rows of "c0", "c1", ... in blocks."""
    return np.repeat([f"c{i}" for i in range(len(counts))], counts).tolist()


def shuffled(*counts: int, seed: int = 0) -> list[str]:
    """Return the same in random order."""
    order = np.random.default_rng(seed).permutation(sum(counts))
    blocks = classes(*counts)
    return [blocks[i] for i in order]


INNOCENT: dict[str, list[str]] = {
    "shuffled": shuffled(100, 100, 100),
    "60:40": shuffled(600, 400),
    "97 % of one class": shuffled(1940, 60),
    "20 classes": shuffled(*[20] * 20),
    "100 classes of 3 rows": shuffled(*[3] * 100),
    "in turn": [f"c{i % 3}" for i in range(300)],
    "pairs": [f"c{v}" for v in np.repeat(np.random.default_rng(1).integers(0, 5, 100), 2)][:200:2] * 2,
    "missing labels": [v if i % 9 else None for i, v in enumerate(shuffled(150, 150))],  # type: ignore[misc]
}
