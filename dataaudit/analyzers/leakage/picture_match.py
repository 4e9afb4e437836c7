"""How alike two pictures are: by their prints, many against many, and by their pixels, one pair at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataaudit.stats.picture_prints import SIDE, averaged, grey

Array = NDArray[np.float32]

_BLOCK = 2048
"""Prints compared at once on either side: 16 MB of agreements, within a core's third cache."""

# ---------------------------------------------------------------- prints, many against many


def edges(cells: NDArray[Any], reach: int) -> Array:
    """Return grey pictures less the mean of the square around each cell, each of length 1, shape (n, cells).

    What is left tells photographs apart: nearly all of them agree in being brighter above than below.

    Parameters
    ----------
    cells : ndarray, shape (n, height, width)
        Grey pictures.
    reach : int
        The square has 2 * reach + 1 cells a side; the outermost cells are repeated beyond the picture.
    """
    light = np.asarray(cells, np.float32)
    light = light - light.reshape(len(light), -1).mean(axis=1)[:, None, None]
    wide = 2 * reach + 1
    padded = np.pad(light, ((0, 0), (reach, reach), (reach, reach)), mode="edge")
    sums = np.zeros((len(light), padded.shape[1] + 1, padded.shape[2] + 1), np.float64)
    np.cumsum(np.cumsum(padded, axis=1, dtype=np.float64), axis=2, out=sums[:, 1:, 1:])
    around = sums[:, wide:, wide:] - sums[:, :-wide, wide:] - sums[:, wide:, :-wide] + sums[:, :-wide, :-wide]
    return _unit((light - around / wide**2).reshape(len(light), -1))


def _unit(lines: NDArray[Any]) -> Array:
    length = np.sqrt(np.square(lines).sum(axis=1, dtype=np.float64))[:, None]
    return np.asarray(lines / np.maximum(length, 1e-9), np.float32)


def _waves() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows and columns of a print's spectrum up to six waves a side, each wave once."""
    down, right = np.meshgrid(np.arange(-6, 7), np.arange(7), indexing="ij")
    keep = (down**2 + right**2 <= 37) & ((right > 0) | (down > 0))
    return down[keep], right[keep]


_DOWN, _RIGHT = _waves()
_MIRRORED = np.array(
    [int(np.flatnonzero(((-d if r else d) == _DOWN) & (r == _RIGHT))[0]) for d, r in zip(_DOWN, _RIGHT, strict=True)]
)
"""Where a wave stands once the picture is mirrored."""
_WINDOW = np.outer(np.hanning(SIDE + 2)[1:-1], np.hanning(SIDE + 2)[1:-1]).astype(np.float32)


def _spectrum(cells: Array) -> Array:
    """Return how strong the waves of prints are, shape (n, 62): the same wherever in the print things stand."""
    middle = (cells * _WINDOW).sum(axis=(1, 2), keepdims=True) / _WINDOW.sum()
    strength = np.abs(np.fft.rfft2((cells - middle) * _WINDOW))[:, _DOWN, _RIGHT]
    return np.asarray(np.sqrt(strength * np.hypot(_DOWN, _RIGHT)), np.float32)


@dataclass(frozen=True)
class Prints:
    """Prints made ready to be compared: what each comparison multiplies."""

    fine: Array
    waves: Array


class Comparer:
    """Finds, for each of some prints, the most similar ones among many others.

    Two agreements are taken: of the edges in 8 × 8 cells, and of the strengths of waves, which do not change when a
    picture is shifted. Waves are weighed so that those of the many have covariance 1, since in photographs they rise
    and fall together.

    Parameters
    ----------
    many : ndarray of int8, shape (n, 256)
        Prints that are searched.
    """

    def __init__(self, many: NDArray[np.int8]) -> None:
        self._many = many
        some = _spectrum(_cells(many[:: max(1, len(many) // 4000)]))
        self._mean, self._std = some.mean(axis=0), some.std(axis=0) + np.float32(1e-6)
        scaled = (some - self._mean) / self._std
        covariance = scaled.T.astype(np.float64) @ scaled / max(1, len(scaled))
        values, vectors = np.linalg.eigh(covariance)
        # few prints say little of how waves go together: as many as there are waves, half is left of it
        values = np.maximum(values, 0.0) + 0.01 + len(values) / max(1, len(scaled))
        self._weights = np.asarray(vectors / np.sqrt(values), np.float32)

    def _ready(self, prints: NDArray[np.int8], *, mirrored: bool = False) -> Prints:
        cells = _cells(prints)
        waves = _spectrum(cells)
        if mirrored:
            cells, waves = cells[:, :, ::-1], waves[:, _MIRRORED]
        coarse = cells.reshape(-1, SIDE // 2, 2, SIDE // 2, 2).mean(axis=(2, 4))
        return Prints(edges(coarse, 1), _unit(((waves - self._mean) / self._std) @ self._weights))

    def best(self, few: NDArray[np.int8], own: NDArray[np.int64] | None = None) -> Best:
        """Return the most similar of the many prints for each of a few.

        Parameters
        ----------
        few : ndarray of int8, shape (m, 256)
            Prints to look up, plain and mirrored.
        own : ndarray of int64, shape (m,), optional
            Where each one stands among the many itself, and is not to be found.
        """
        m = len(few)
        asked = [self._ready(few), self._ready(few, mirrored=True)]
        scores, places = np.full((4, m), -1.0, np.float32), np.zeros((4, m), np.int64)
        for start in range(0, len(self._many), _BLOCK):
            there = self._ready(self._many[start : start + _BLOCK])
            pairs = [*((q.fine, there.fine) for q in asked), *((q.waves, there.waves) for q in asked)]
            for first in range(0, m, _BLOCK):
                part = slice(first, min(first + _BLOCK, m))
                for row, (a, b) in enumerate(pairs):
                    at, top = _nearest(a[part] @ b.T, None if own is None else own[part] - start)
                    better = top > scores[row, part]
                    scores[row, part][better] = top[better]
                    places[row, part][better] = at[better] + start
        return Best(scores, places)


def _nearest(
    agree: NDArray[np.float32], own: NDArray[np.int64] | None
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return where each line of agreements is largest, and how large, leaving out some place of its own."""
    if own is not None:
        inside = (own >= 0) & (own < agree.shape[1])
        agree[np.flatnonzero(inside), own[inside]] = -1.0
    at = agree.argmax(axis=1)
    return at, agree[np.arange(len(at)), at]


@dataclass(frozen=True)
class Best:
    """The most similar prints: by edges, by edges once mirrored, by waves, by waves once mirrored.

    Attributes
    ----------
    scores : ndarray of float32, shape (4, m)
        Agreement, -1 to 1.
    places : ndarray of int64, shape (4, m)
        Which of the many prints it is.
    """

    scores: Array
    places: NDArray[np.int64]


def _cells(prints: NDArray[np.int8]) -> Array:
    return prints.reshape(-1, SIDE, SIDE).astype(np.float32)


# ---------------------------------------------------------------- pixels, one pair at a time

LARGEST = 64
"""Pixels a side at which two pictures are compared, fewer where one of them has fewer."""


def reduced(pixels: NDArray[Any]) -> Array:
    """Return the brightness of a picture, averaged to at most 64 pixels a side.

    Parameters
    ----------
    pixels : ndarray, shape (height, width, channels)
        Upright.
    """
    light = averaged(grey(pixels[None]), min(pixels.shape[0], LARGEST), min(pixels.shape[1], LARGEST))[0]
    return np.asarray(light, np.float32)


@dataclass(frozen=True)
class Agreement:
    """How well two pictures agree.

    Attributes
    ----------
    score : float
        Correlation of their edges where both overlap, at most 1.
    down, right : float
        By which part of its height and width the second is shifted against the first.
    detail : float
        Pixels that take part, as many equally strong edges as would weigh the same; of the plainer of the two.
    gain, offset : float
        The second's brightness is about gain times the first's, plus offset.
    """

    score: float
    down: float
    right: float
    detail: float
    gain: float
    offset: float


def agreement(first: Array, second: Array, *, mirrored: bool) -> Agreement:
    """Return how well two pictures agree, the second mirrored or not, shifted by up to an eighth of its side.

    Parameters
    ----------
    first, second : ndarray of float32, shape (height, width)
        As `reduced` gives them, of any two sizes.
    mirrored : bool
        Whether the second is mirrored first.
    """
    side = min(*first.shape, *second.shape)
    found = _agreement(first, second, side, mirrored=mirrored)
    if side == LARGEST and found.score < SHIFTED:  # a shift by half a pixel shows less in larger ones
        coarse = _agreement(first, second, side // 2, mirrored=mirrored)
        found = coarse if coarse.score > found.score else found
    return found


def _agreement(first: Array, second: Array, side: int, *, mirrored: bool) -> Agreement:
    a, b = averaged(first[None], side, side)[0], averaged(second[None], side, side)[0]
    b = b[:, ::-1] if mirrored else b
    lines = edges(np.stack([a, b]), 2 if side >= SIDE else 1)
    powers = np.square(lines, dtype=np.float64)
    detail = float((1.0 / np.maximum(np.square(powers).sum(axis=1), 1e-12)).min())
    x, y = lines.reshape(2, side, side)
    down = right = 0
    score = float((x * y).sum())
    far = side // 8
    if score < SHIFTED and side >= SIDE:
        down, right, score = _shifted(x, y, far, score)
    inner = slice(far, side - far)
    still, moved = a[inner, inner], b[far + down : side - far + down, far + right : side - far + right]
    spread = float(still.std())
    gain = float(moved.std()) / spread if spread > 0 else 1.0
    offset = float(moved.mean()) - gain * float(still.mean())
    return Agreement(score, down / side, right / side, detail, gain, offset)


SHIFTED = 0.9
"""Agreement from which two pictures are taken to lie on each other, and no shift is tried."""


def _shifted(x: Array, y: Array, far: int, score: float) -> tuple[int, int, float]:
    """Return by how much y is shifted against x, where they agree best."""
    side = len(x)
    windows = np.lib.stride_tricks.sliding_window_view(y, (side - 2 * far, side - 2 * far))
    middle = x[far : side - far, far : side - far]
    products = np.einsum("ijkl,kl->ij", windows, middle)
    squares = np.zeros((side + 1, side + 1))
    np.cumsum(np.cumsum(np.square(y), axis=0, dtype=np.float64), axis=1, out=squares[1:, 1:])
    n = side - 2 * far
    power = squares[n:, n:] - squares[:-n, n:] - squares[n:, :-n] + squares[:-n, :-n]
    scores = products / np.sqrt(np.maximum(power * float(np.square(middle).sum(dtype=np.float64)), 1e-18))
    i, j = np.unravel_index(int(scores.argmax()), scores.shape)
    best = float(scores[i, j])
    if best <= max(score, float(scores[far, far])) + 0.02:
        return 0, 0, max(score, float(scores[far, far]))
    return int(i) - far, int(j) - far, min(best, 1.0)
