"""Folders of small pictures, for the rules on picture files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image


def photograph(seed: int, width: int = 24, height: int = 16) -> Image.Image:
    """Return a picture with coarse shapes and fine texture, as photographs have."""
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(0, 256, (4, 5, 3), dtype=np.uint8)).resize(
        (width, height), Image.Resampling.BICUBIC
    )
    texture = rng.normal(0.0, 6.0, (height, width, 3))
    return Image.fromarray(np.clip(np.asarray(coarse) + texture, 0, 255).astype(np.uint8))


def folder(root: Path, pictures: dict[str, Image.Image], **saving: Any) -> Path:
    """Write pictures under their paths and return the folder."""
    for name, image in pictures.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        image.save(root / name, **saving)
    return root


def photographs(n: int = 20, width: int = 24, height: int = 16) -> dict[str, Image.Image]:
    """Return two thirds of n photographs in train and the rest in test, half of them cats."""
    return {
        f"{'test' if i % 3 == 0 else 'train'}/{'cat' if i % 2 else 'dog'}/{i:03}.png": photograph(i, width, height)
        for i in range(n)
    }
