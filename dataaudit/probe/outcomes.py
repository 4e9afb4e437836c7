"""The target as lines of numbers whose products with inputs tell whether they hang together, and of predictions."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataaudit.model import Bools, Floats, Ints, Task
from dataaudit.probe.two_samples import ranked

MOST_LINES = 40
"""Classes or labels that get a line of their own; the rarest of more share one."""


def outcome_lines(y: NDArray[Any], task: Task, used: Bools) -> Floats:
    """Return the target as centred lines, shape (n, k), of unit spread in all; zero where it is missing.

    Parameters
    ----------
    y : ndarray
        As in `ProbeRun`: classes from 0 with -1 for none, numbers with NaN for none, or labels side by side.
    task : Task
        Which of these.
    used : ndarray of bool, shape (n,)
        Rows to look at; the others are zero.

    Notes
    -----
    A class: whether it is there, over the root of its share, so that squared products with an input add up to the
    chi-squared of classes. Numbers: their ranks, which no single wild value rules.
    """
    lines = np.zeros((len(used), 0))
    if not used.any():
        return lines
    if task is Task.CLASSIFICATION:
        lines = _classes(np.where(used, y, -1).astype(np.int64))
    elif task is Task.REGRESSION:
        lines = np.zeros((len(used), 1))
        lines[used, 0] = ranks_of(y[used])
    else:
        lines = np.where(used[:, None], y, 0).astype(np.float64)[:, :MOST_LINES]
    lines[used] -= lines[used].mean(axis=0)
    spread = lines[used].std(axis=0)
    if task is not Task.CLASSIFICATION:
        lines = lines[:, spread > 0] / spread[spread > 0]
    total = float((lines[used] ** 2).sum(axis=1).mean()) if lines.shape[1] else 0.0
    return lines / np.sqrt(total) if total > 0 else np.zeros((len(used), 0))


def _classes(y: Ints) -> Floats:
    counts = np.bincount(y[y >= 0])
    order = np.argsort(-counts, kind="stable")
    place = np.minimum(np.argsort(order, kind="stable"), MOST_LINES - 1)
    code = place[y]
    sizes = np.bincount(code[y >= 0])
    lines = np.zeros((len(y), len(sizes)))
    rows = np.flatnonzero(y >= 0)
    lines[rows, code[rows]] = np.sqrt(len(rows) / np.maximum(sizes, 1))[code[rows]]
    return lines[:, sizes > 0]


def ranks_of(values: Floats) -> Floats:
    """Return ranks between -1/2 and 1/2, equal values sharing their mean rank."""
    return ranked(values) / max(1, len(values)) - 0.5


def centred_within(lines: Floats, strata: Ints) -> Floats:
    """Return lines less their mean over the rows of the same stratum, shape (n, k)."""
    sizes = np.maximum(np.bincount(strata), 1)
    out = np.empty_like(lines)
    for j in range(lines.shape[1]):
        out[:, j] = lines[:, j] - (np.bincount(strata, lines[:, j]) / sizes)[strata]
    return out
