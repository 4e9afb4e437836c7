"""Pictures on known scales."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataaudit.presets import PRESETS

BY_NAME = {preset.name: preset for preset in PRESETS}


def unit_pictures(n: int = 30, channels: int = 3, seed: int = 0) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return pictures in 0..1 whose channels hold black and white, and labels."""
    rng = np.random.default_rng(seed)
    level = rng.beta(1.5, 1.5, (n, 1, 1, channels))
    x = np.clip(level + rng.normal(0.0, 0.25, (n, 8, 8, channels)), 0.0, 1.0)
    return np.round(x * 255) / 255, np.arange(n) % 2


def applied(name: str, x: NDArray[Any]) -> NDArray[Any]:
    """Return pictures after (x - mean) / std of a preset."""
    return np.asarray((x - np.array(BY_NAME[name].mean)) / np.array(BY_NAME[name].std))
