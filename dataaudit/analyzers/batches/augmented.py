"""Whether inputs are changed at random, and how two versions of the same sample differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataaudit.analyzers.batches.fed_rows import FedRows
from dataaudit.analyzers.leakage.picture_pairs import MOST_SHOWN, displayed, thumbnail
from dataaudit.model import Chunk, Floats, SplitView

SHIFT = 4
"""Pixels by which two versions of a picture are tried against each other."""


@dataclass(frozen=True)
class Difference:
    """How two versions of the same row differ.

    Attributes
    ----------
    kind : str
        In words, such as "mirrored"; empty where they do not.
    size : float
        Root mean square of the difference, as a share of the spread of all rows.
    relative : float
        Largest difference of a number, as a share of the largest number.
    """

    kind: str
    size: float
    relative: float


def difference(a: NDArray[np.float32], b: NDArray[np.float32], spread: float) -> Difference:
    """Return how one version of a row differs from another.

    Parameters
    ----------
    a, b : ndarray of float32, shape (height, width, channels) or (d,)
        The two versions.
    spread : float
        Standard deviation of all numbers of all rows.
    """
    x, y = a.astype(np.float64), b.astype(np.float64)
    far = float(np.sqrt(np.mean(np.square(x - y)))) / max(spread, 1e-30)
    most = float(np.abs(x - y).max(initial=0.0)) / max(float(np.abs(x).max(initial=0.0)), 1e-30)
    if not far:
        return Difference("", 0.0, 0.0)
    return Difference(_kind(x, y, max(spread, 1e-30)), far, most)


def _kind(x: Floats, y: Floats, spread: float) -> str:
    changed = np.abs(x - y) > 1e-6 * spread
    if x.ndim == 3:
        if np.allclose(x[:, ::-1], y, atol=1e-5 * spread):
            return "mirrored"
        if np.allclose(x[::-1], y, atol=1e-5 * spread):
            return "turned upside down"
        if any(x.shape == t.shape and np.allclose(t, y, atol=1e-5 * spread) for t in _turns(x)):
            return "turned"
        if changed.mean() < 0.6 and _is_filled(x, y, changed):
            return "patches filled with one value"
        near, moved = _aligned(x, y)
        if moved and near < 0.5 * float(np.mean(np.square(x - y))):
            return "shifted" if near < 1e-6 * spread**2 else "shifted, with noise"
    still = np.mean(np.square(_fit(x, y) - y))
    if still < 0.01 * float(np.mean(np.square(x - y))):
        return "brightness or contrast"
    if changed.mean() > 0.9 and float(np.mean(np.square(x - y))) < 0.25 * float(np.var(x)):
        return "noise"
    return "changed"


def _turns(x: Floats) -> list[Floats]:
    return [np.rot90(x, k) for k in (1, 2, 3)]


def _is_filled(x: Floats, y: Floats, changed: NDArray[np.bool_]) -> bool:
    """Return whether, wherever two pictures differ, one of them holds one of at most two values a channel."""
    for c in range(x.shape[2]):
        here = changed[..., c]
        if not here.any():
            continue
        fills = Counter(x[..., c][here].tolist()) + Counter(y[..., c][here].tolist())
        common = [value for value, _ in fills.most_common(2)]
        if not (np.isin(x[..., c][here], common) | np.isin(y[..., c][here], common)).all():
            return False
    return True


def _aligned(x: Floats, y: Floats) -> tuple[float, bool]:
    """Return the smallest mean square difference of the overlap over small shifts, and whether that is a shift."""
    best, moved = np.inf, False
    height, width = x.shape[:2]
    reach = min(SHIFT, height // 3, width // 3)
    for dy in range(-reach, reach + 1):
        for dx in range(-reach, reach + 1):
            here = x[max(0, -dy) : height - max(0, dy), max(0, -dx) : width - max(0, dx)]
            there = y[max(0, dy) : height + min(0, dy), max(0, dx) : width + min(0, dx)]
            far = float(np.mean(np.square(here - there)))
            if far < best:
                best, moved = far, bool(dy or dx)
    return best, moved


def _fit(x: Floats, y: Floats) -> Floats:
    """Return x stretched to be as near to y as one factor and one summand make it."""
    flat = x.reshape(-1)
    lines = np.stack([flat, np.ones_like(flat)], axis=1)
    return (lines @ np.linalg.lstsq(lines, y.reshape(-1), rcond=None)[0]).reshape(x.shape)


# ---------------------------------------------------------------- showing


def pairs_of_rows(
    split: SplitView, rows: FedRows, pairs: Sequence[tuple[int, int]], notes: Sequence[str], caption: str
) -> dict[str, Any] | None:
    """Return a figure of fed pictures side by side, or None where the rows are no pictures.

    Parameters
    ----------
    split : SplitView
        Whose loader it is.
    rows : FedRows
        Where the pictures are.
    pairs : sequence of (int, int)
        Left and right row; the first twelve are shown.
    notes : sequence of str
        As many.
    caption : str
        Of the figure.
    """
    if not rows.pictures or not pairs:
        return None
    shown = list(pairs[:MOST_SHOWN])
    pixels = np.concatenate([rows.values[[a for a, _ in shown]], rows.values[[b for _, b in shown]]])
    looks = displayed(Chunk(split.name, 0, len(pixels), np.zeros((0, len(pixels))), {}, pixels=pixels))
    sides: list[dict[str, Any]] = [
        {"row": _row(rows, row), "values": [], "picture": None if x is None else thumbnail(x), "path": _said(rows, row)}
        for row, x in zip([*(a for a, _ in shown), *(b for _, b in shown)], looks, strict=True)
    ]
    return {
        "kind": "pairs",
        "caption": caption,
        "left": split.name,
        "right": split.name,
        "columns": [],
        "pairs": [
            {"left": a, "right": b, "differs": [], "note": note}
            for a, b, note in zip(sides[: len(shown)], sides[len(shown) :], notes[: len(shown)], strict=True)
        ],
    }


def _row(rows: FedRows, row: int) -> int:
    batch, position = divmod(row, rows.positions)
    return int(rows.first[batch]) + position


def _said(rows: FedRows, row: int) -> str:
    epoch, batch, position = rows.place(row)
    return f"epoch {epoch}, batch {batch}, position {position}"
