"""Pictures as the directions of their edges, cell by cell: histograms of oriented gradients."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.float32]

DIRECTIONS = 9


def oriented(light: Pixels, cells: int) -> Pixels:
    """Return histograms of edge directions over a grid of cells, each block of 2 × 2 at length 1.

    Parameters
    ----------
    light : ndarray of float32, shape (n, height, width)
        Grey pictures.
    cells : int
        Cells a side.

    Returns
    -------
    ndarray of float32, shape (n, (cells - 1)² * 4 * 9)

    References
    ----------
    Dalal, Triggs (2005), Histograms of oriented gradients for human detection, CVPR.
    """
    n, height, width = light.shape
    down, right = np.zeros_like(light), np.zeros_like(light)
    down[:, 1:-1] = light[:, 2:] - light[:, :-2]
    right[:, :, 1:-1] = light[:, :, 2:] - light[:, :, :-2]
    strength = np.hypot(down, right)
    place = (np.arctan2(down, right) % np.float32(np.pi)) * np.float32(DIRECTIONS / np.pi)
    low = np.floor(place)
    part = place - low
    first = low.astype(np.int64) % DIRECTIONS
    row = np.arange(height) * cells // height
    column = np.arange(width) * cells // width
    cell = (row[:, None] * cells + column[None, :])[None] + cells * cells * np.arange(n)[:, None, None]
    flat = cell * DIRECTIONS
    size = n * cells * cells * DIRECTIONS
    sums = np.bincount((flat + first).ravel(), (strength * (1 - part)).ravel(), size)
    sums += np.bincount((flat + (first + 1) % DIRECTIONS).ravel(), (strength * part).ravel(), size)
    grid = sums.reshape(n, cells, cells, DIRECTIONS).astype(np.float32)
    blocks = np.concatenate([grid[:, :-1, :-1], grid[:, :-1, 1:], grid[:, 1:, :-1], grid[:, 1:, 1:]], axis=-1)
    for _ in range(2):  # cut off at 0.2 and scaled again, as in the paper
        blocks /= np.sqrt(np.square(blocks).sum(axis=-1, keepdims=True) + 1e-4)
        np.minimum(blocks, 0.2, out=blocks)
    return blocks.reshape(n, -1)
