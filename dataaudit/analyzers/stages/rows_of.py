"""Which row of one stage is which of the next, told from what rows look like."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from dataaudit.model import Floats, Ints, StageFacts

LEAST = 8
"""Rows that can be told apart, from which places are judged."""

PERMUTATIONS = 999
SURE = 0.9
"""Correlation of two looks from which they may be the same row: resizing and normalising leave more than that."""


@dataclass(frozen=True)
class Places:
    """How the rows looked at of two stages correspond.

    Attributes
    ----------
    n : int
        Rows that can be told apart.
    own : int
        Those that resemble the row at their own place most.
    moved : ndarray of int64, shape (m, 2)
        Positions (here, there) of those that resemble another row most, surely, and are alone in it.
    shift : int or None
        The distance that nearly all moved rows have in common.
    p : float
        Chance that distances between rows agree as they do, were the rows in random order.
    """

    n: int
    own: int
    moved: Ints
    shift: int | None
    p: float


def places(before: StageFacts, after: StageFacts, seed: int) -> Places | None:
    """Return how the rows of two stages correspond; None where too few can be compared.

    Looks of the same kind (small copies of pictures, columns of the same names) are matched row by row. Others are
    compared by the distances between rows alone: Mantel's test, permuting the rows of one stage (Mantel 1967, Cancer
    Research 27, 209-220).
    """
    left, right = _comparable(before, after)
    n = len(left)
    if n < LEAST:
        return None
    moved, own = np.zeros((0, 2), np.int64), 0
    at = before.looked_at
    if left.shape[1] == right.shape[1] and _alike_in_kind(before, after):
        likeness = _unit(left) @ _unit(right).T
        best = likeness.argmax(axis=1)
        rows = np.arange(n)
        at_home = likeness[rows, rows] if before.picture is None else _at_home(left, right)
        tied = at_home >= likeness[rows, best] - 1e-6
        own = int(tied.sum())
        mutual = likeness.argmax(axis=0)[best] == rows
        away = np.flatnonzero(~tied & mutual & (likeness[rows, best] >= SURE))
        if before.picture is None and not _columns_agree(left[away], right[best[away]]):
            away = away[:0]
        moved = np.stack([at[away], at[best[away]]], axis=1)
    return Places(n, own, moved, _shift(moved), mantel(left, right, seed))


def _comparable(before: StageFacts, after: StageFacts) -> tuple[Floats, Floats]:
    """Return the looks of the rows that both stages have and that are not blank, in columns of the same names."""
    n = min(len(before.sketch), len(after.sketch))
    left, right = before.sketch[:n], after.sketch[:n]
    if before.picture is None and after.picture is None and before.columns != after.columns:
        shared = [name for name in before.columns if name in set(after.columns)]
        if len(shared) >= 2:
            left = left[:, [before.columns.index(name) for name in shared]]
            right = right[:, [after.columns.index(name) for name in shared]]
    if not n or not left.shape[1] or not right.shape[1]:
        return np.zeros((0, 0)), np.zeros((0, 0))
    return left, right


def _alike_in_kind(before: StageFacts, after: StageFacts) -> bool:
    """Return whether looks mean the same in both: pictures, or columns of the same names.

    Columns without names are the same only where there are as many of them: five components of thirteen columns are
    not the first five.
    """
    if before.picture is not None or after.picture is not None:
        return before.picture is not None and after.picture is not None
    named = any(isinstance(name, str) for name in (*before.columns, *after.columns))
    return bool(set(before.columns) & set(after.columns)) and (named or before.columns == after.columns)


def _columns_agree(left: Floats, right: Floats) -> bool:
    """Return whether columns hold the same values along matched rows, as they do if these are the same rows."""
    if len(left) < LEAST:
        return False
    spread = left.std(axis=0) * right.std(axis=0)
    both = ((left - left.mean(axis=0)) * (right - right.mean(axis=0))).mean(axis=0)
    r = np.divide(both, spread, out=np.zeros_like(both), where=spread > 0)
    return bool((r[spread > 0] >= SURE).mean() >= 0.8) if (spread > 0).any() else False


def _unit(looks: Floats) -> Floats:
    size = np.linalg.norm(looks, axis=1, keepdims=True)
    found: Floats = looks / np.where(size > 0, size, np.inf)
    return found


def _at_home(left: Floats, right: Floats) -> Floats:
    """Return how much each picture resembles that at its own place, mirrored and turned as it suits, shape (n,)."""
    side = round(np.sqrt(right.shape[1]))
    square = right.reshape(-1, side, side)
    ways = [np.rot90(way, k, axes=(1, 2)) for way in (square, square[:, :, ::-1]) for k in range(4)]
    one = _unit(left)
    found: Floats = np.max([(one * _unit(way.reshape(len(way), -1))).sum(axis=1) for way in ways], axis=0)
    return found


def _shift(moved: Ints) -> int | None:
    """Return the distance that nine in ten moved rows have in common."""
    if len(moved) < LEAST:
        return None
    distance, count = Counter((moved[:, 1] - moved[:, 0]).tolist()).most_common(1)[0]
    return int(distance) if count >= 0.9 * len(moved) else None


def mantel(left: Floats, right: Floats, seed: int) -> float:
    """Return the chance that distances between rows agree as they do if rows were in random order.

    Parameters
    ----------
    left, right : ndarray of float64, shapes (n, d) and (n, e)
        What the rows look like in two stages.
    seed : int
        Of the permutations; the smallest answer is 1 / (PERMUTATIONS + 1).
    """
    a, b = _ranked(left), _ranked(right)
    rng = np.random.default_rng(seed)
    seen = float((a * b).sum())
    n = len(a)
    beaten = 0
    for _ in range(PERMUTATIONS):
        order = rng.permutation(n)
        beaten += float((a * b[order][:, order]).sum()) >= seen - 1e-9 * abs(seen)
    return (beaten + 1) / (PERMUTATIONS + 1)


def _ranked(looks: Floats) -> Floats:
    """Return the ranks of the distances between rows, centred, shape (n, n), zero on the diagonal."""
    n = len(looks)
    square = (looks**2).sum(axis=1)
    distance = square[:, None] + square[None, :] - 2 * (looks @ looks.T)
    above = np.triu_indices(n, 1)
    _, ranks = np.unique(np.round(distance[above], 9), return_inverse=True)
    centred = ranks - ranks.mean()
    found = np.zeros((n, n))
    found[above] = centred
    return found + found.T
