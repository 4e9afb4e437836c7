"""Pairs of pictures side by side, for rules that find the same picture in two splits."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataaudit.model import Chunk, Ints, SplitView
from dataaudit.stats.picture_prints import turned

MOST_SHOWN = 12
"""Pairs a figure shows."""

MOST_ALONE = 24
"""Pictures that a figure shows, where they are no pairs."""

THUMB = 96
"""Longest side of a thumbnail in pixels; smaller pictures are never enlarged."""


def pairs_figure(
    splits: tuple[SplitView, SplitView],
    pairs: Sequence[tuple[int, int]],
    notes: Sequence[str],
    caption: str = "The same picture on both sides",
) -> dict[str, Any] | None:
    """Return a figure that shows pairs of pictures side by side, or None where no pixels can be read again.

    Parameters
    ----------
    splits : (SplitView, SplitView)
        Left and right.
    pairs : sequence of (int, int)
        Position of the picture in the left and in the right split; the first twelve are shown.
    notes : sequence of str
        What was done to each, such as "mirrored"; as many as pairs.
    caption : str
        Of the figure.
    """
    left, right = splits
    if not pairs or left.source is None or right.source is None:
        return None
    shown = list(pairs[:MOST_SHOWN])
    sides = [_side(split, [pair[i] for pair in shown]) for i, split in enumerate(splits)]
    return {
        "kind": "pairs",
        "caption": caption,
        "left": left.name,
        "right": right.name,
        "columns": [],
        "pairs": [
            {"left": a, "right": b, "differs": [], "note": note}
            for a, b, note in zip(*sides, notes[:MOST_SHOWN], strict=True)
        ],
    }


def pictures_figure(split: SplitView, rows: Ints, caption: str) -> dict[str, Any] | None:
    """Return a figure of some pictures of a split, the first 24 of them, or None where they cannot be read again.

    Parameters
    ----------
    split : SplitView
        Where they are.
    rows : ndarray of int64, shape (n,)
        Their positions.
    caption : str
        Of the figure.
    """
    if split.source is None or not len(rows):
        return None
    shown = _side(split, rows[:MOST_ALONE].tolist())
    return {
        "kind": "pictures",
        "caption": caption,
        "items": [{"path": one["path"] or f"row {one['row']}", "data": one["picture"]} for one in shown],
    }


def _side(split: SplitView, rows: list[int]) -> list[dict[str, Any]]:
    pictures = displayed(split.fetch(rows))
    paths: Sequence[str | None] = split.names(rows) or [None] * len(rows)
    return [
        {"row": row, "values": [], "picture": None if x is None else thumbnail(x), "path": path}
        for row, x, path in zip(rows, pictures, paths, strict=True)
    ]


def displayed(chunk: Chunk) -> list[NDArray[np.uint8] | None]:
    """Return pictures as a screen shows them: upright, 8 bits, grey or RGB; None where there are no pixels.

    Numbers that are no bytes are brought to 0..255 by the range they have in all the pictures of the chunk.
    """
    if chunk.pixels is None:
        return [None if p.pixels is None else _bytes(turned(p.pixels, p.orientation)) for p in chunk.pictures]
    pixels = chunk.pixels
    if pixels.dtype != np.uint8:
        pixels = _stretched(pixels)
    return [_bytes(x) for x in pixels]


def _bytes(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    """Return one picture as uint8, shape (height, width, 1 or 3); alpha and further channels are left out."""
    pixels = pixels[..., :3] if pixels.shape[2] >= 3 else pixels[..., :1]
    if pixels.dtype == np.uint16:
        pixels = pixels >> 8
    elif pixels.dtype != np.uint8:
        pixels = _stretched(pixels)
    return np.ascontiguousarray(pixels, dtype=np.uint8)


def _stretched(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    """Return numbers of any type as bytes, the smallest as 0 and the largest as 255."""
    known = pixels[np.isfinite(pixels)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 0.0)
    scale = 255.0 / (high - low) if high > low else 0.0
    with np.errstate(invalid="ignore"):
        scaled = (pixels.astype(np.float64) - low) * scale
    return np.nan_to_num(scaled, nan=0.0, posinf=255.0, neginf=0.0).astype(np.uint8)


def thumbnail(pixels: NDArray[np.uint8]) -> str:
    """Return a picture as a data URI: at most 96 pixels a side, WebP."""
    from PIL import Image

    image = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels).convert("RGB")
    image.thumbnail((THUMB, THUMB))
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=80 if max(image.size) <= 64 else 65, method=4)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
