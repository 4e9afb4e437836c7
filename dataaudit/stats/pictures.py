"""What the statistics of single pictures share: which are alike, what is looked at, and how their facts are kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataaudit.model import Ints, Picture

LUMA = (0.299, 0.587, 0.114)
"""Weights of red, green and blue in brightness, ITU-R BT.601."""

Part = tuple[NDArray[Any], ...]
"""Positions of some pictures, and one array or more of as many lines."""


class Parts:
    """Arrays with a line for each picture, taken in piece by piece, in whatever order.

    Pieces of falling sizes are kept, joined like the digits of a binary counter, so that taking one in costs little
    however many there were: n pieces of the same size are moved log2(n) times each.

    Parameters
    ----------
    none : tuple of ndarray, shape (0, …)
        The arrays of no pictures, positions first.
    parts : iterable of tuple of ndarray
        Pieces to begin with.
    """

    def __init__(self, none: Part, parts: Iterable[Part] = ()) -> None:
        self.none = none
        self.pieces: list[Part] = []
        for part in parts:
            self.take(part)

    def take(self, part: Part) -> None:
        """Take in one more piece."""
        if not len(part[0]):
            return
        self.pieces.append(part)
        while len(self.pieces) > 1 and len(self.pieces[-2][0]) <= 2 * len(self.pieces[-1][0]):
            self.pieces[-2:] = [_joined(self.pieces[-2:])]

    def whole(self) -> Part:
        """Return all that was taken in, positions ascending."""
        self.pieces = [_joined(self.pieces)] if self.pieces else []
        return self.pieces[0] if self.pieces else self.none


def _joined(parts: Sequence[Part]) -> Part:
    positions, *rest = (np.concatenate(lines) for lines in zip(*parts, strict=True))
    order = np.argsort(positions, kind="stable")
    return (positions[order], *(lines[order] for lines in rest))


def alike(pictures: Sequence[Picture]) -> dict[tuple[tuple[int, ...], np.dtype[Any], int], list[int]]:
    """Return positions of decoded pictures by shape, type and EXIF orientation: those alike are measured at once."""
    found: dict[tuple[tuple[int, ...], np.dtype[Any], int], list[int]] = {}
    for i, picture in enumerate(pictures):
        if picture.pixels is not None and picture.pixels.size:
            found.setdefault((picture.pixels.shape, picture.pixels.dtype, picture.orientation), []).append(i)
    return found


def spaced(length: int, most: int) -> Ints:
    """Return `most` evenly spaced places along a side, or all of them where they are no more.

    Examples
    --------
    >>> spaced(8, 2).tolist(), spaced(3, 4).tolist()
    ([2, 6], [0, 1, 2])
    """
    return ((np.arange(most) + 0.5) * length / most).astype(np.int64) if length > most else np.arange(length)


def thinned(picture: NDArray[Any], rows: Ints, columns: Ints) -> NDArray[Any]:
    """Return the pixels of a picture in some rows and columns, itself where these are all."""
    picture = picture if len(rows) == picture.shape[0] else picture[rows]
    return picture if len(columns) == picture.shape[1] else picture.take(columns, axis=1)
