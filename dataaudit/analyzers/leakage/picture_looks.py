"""Single pictures read again: small and grey to be compared, and in words what was done to one to make the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataaudit.analyzers.leakage.picture_match import Agreement, Array, reduced
from dataaudit.model import Ints, SplitView
from dataaudit.stats.picture_prints import turned

_AT_ONCE = 32
"""Picture files decoded at once."""


@dataclass(frozen=True)
class Look:
    """What is kept of a picture that was read again.

    Attributes
    ----------
    light : ndarray of float32
        Its brightness at 64 pixels a side or fewer, upright; full scale is 1.
    width, height : int
        Upright, in pixels.
    coloured : bool
        Whether its channels differ.
    format : str
        Of the file; empty for an array.
    is_turned : bool
        Whether its EXIF tag turns it.
    """

    light: Array
    width: int
    height: int
    coloured: bool
    format: str = ""
    is_turned: bool = False


def looks(split: SplitView, positions: Ints, places: Sequence[int]) -> dict[int, Look]:
    """Return some pictures, read again, by their place among `positions`; those that have no pixels are left out.

    Parameters
    ----------
    split : SplitView
        Where they stand.
    positions : ndarray of int64
        Rows of the split.
    places : sequence of int
        Which of the positions to read, at most a few thousand small ones or a few hundred photographs.
    """
    found: dict[int, Look] = {}
    step = _AT_ONCE if split.schema.pictures else max(1, len(places))
    scale = 0.0
    for first in range(0, len(places), step):
        part = list(places[first : first + step])
        chunk = split.fetch([int(positions[i]) for i in part])
        if chunk.pixels is not None:
            scale = scale or _scale(chunk.pixels)
            for i, pixels in zip(part, chunk.pixels, strict=True):
                found[i] = _look(pixels, scale)
            continue
        for i, picture in zip(part, chunk.pictures, strict=True):
            if picture.pixels is not None and picture.pixels.size:
                pixels = turned(picture.pixels, picture.orientation)
                found[i] = _look(pixels, _scale(pixels), picture.format, is_turned=picture.orientation != 1)
    return found


def _look(pixels: NDArray[Any], scale: float, file_format: str = "", *, is_turned: bool = False) -> Look:
    height, width, channels = pixels.shape
    coloured = channels >= 3 and not bool(
        (pixels[..., 0] == pixels[..., 1]).all() and (pixels[..., 0] == pixels[..., 2]).all()
    )
    return Look(reduced(pixels) / np.float32(scale), width, height, coloured, file_format, is_turned)


def _scale(pixels: NDArray[Any]) -> float:
    """Return full scale: the type's for bytes, the range of what is there for other numbers."""
    if pixels.dtype in (np.uint8, np.uint16):
        return float(np.iinfo(pixels.dtype).max)
    known = pixels[np.isfinite(pixels)]
    return float(np.ptp(known.astype(np.float64))) or 1.0 if known.size else 1.0


def what_was_done(first: Look, second: Look, found: Agreement, *, mirrored: bool) -> str:
    """Return in words what makes the second picture of the first, "mirrored" or "resized 500×375 → 224×224"."""
    words = []
    if mirrored:
        words.append("mirrored")
    if (first.width, first.height) != (second.width, second.height):
        words.append(f"resized {first.width}×{first.height} → {second.width}×{second.height}")
    down, right = round(found.down * first.height), round(found.right * first.width)
    if down or right:
        words.append(f"shifted by {max(abs(down), abs(right))} px")
    if first.coloured != second.coloured:
        words.append("without its colours" if first.coloured else "coloured")
    if abs(found.gain - 1) > 0.08 or abs(found.offset) > 0.04:
        change = found.offset + (found.gain - 1) * float(first.light.mean())
        words.append("brighter" if change > 0.02 else "darker" if change < -0.02 else "other contrast")
    if first.is_turned != second.is_turned:
        words.append("turned by its EXIF tag")
    if not words and first.format != second.format:
        words.append(f"saved as {second.format} instead of {first.format}")
    if not words:
        words.append("re-encoded" if first.format else "other pixels")
    return ", ".join(words)
