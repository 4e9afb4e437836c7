"""How well out-of-fold predictions agree with the target, as a correlation, with an interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dataaudit.model import Bools, Floats, Ints, Task
from dataaudit.probe.outcomes import centred_within, ranks_of
from dataaudit.probe.run import ProbeRun

DRAWS = 400
"""Bootstrap samples: the deviation they give is within 4 % of that of more."""


@dataclass(frozen=True)
class Agreement:
    """Correlation of predictions with the target over some rows; its square is the share of the target explained.

    Attributes
    ----------
    r : float
        From -1 to 1, over all classes or labels together; of ranks in a regression. 0 without rows.
    deviation : float
        Its standard deviation, from resampled rows or groups.
    n : int
        Rows.
    """

    r: float
    deviation: float
    n: int

    def upper(self, z: float = 1.645) -> float:
        """Return the upper end of its interval, from 0 to 1."""
        return float(min(1.0, max(0.0, self.r + z * self.deviation)))

    def lower(self, z: float = 1.645) -> float:
        """Return the lower end of its interval."""
        return float(max(-1.0, self.r - z * self.deviation))


def target_lines(run: ProbeRun) -> tuple[Floats, Floats]:
    """Return predictions and target side by side, shape (n, k) each, zero where a row took no part."""
    used = run.used
    P = np.where(used[:, None], run.P, 0.0)
    if run.task is Task.CLASSIFICATION:
        Y = np.zeros_like(P)
        rows = np.flatnonzero(used)
        Y[rows, run.y[rows]] = 1.0
    elif run.task is Task.REGRESSION:
        P, Y = np.zeros_like(P), np.zeros_like(P)
        P[used, 0], Y[used, 0] = ranks_of(run.P[used, 0]), ranks_of(run.y[used].astype(np.float64))
    else:
        Y = np.where(used[:, None], run.y, 0).astype(np.float64)
    return P, Y


def agreement(
    P: Floats,
    Y: Floats,
    rows: Bools,
    *,
    strata: Ints,
    groups: Ints,
    weights: Floats | None = None,
    seed: int = 0,
) -> Agreement:
    """Return how well predictions agree with the target over some rows.

    Parameters
    ----------
    P, Y : ndarray of float64, shape (n, k)
        As `target_lines` returns them.
    rows : ndarray of bool, shape (n,)
        Which rows count.
    strata : ndarray of int64, shape (n,)
        Means are taken out of each stratum (each split), so that differences between them count for nothing.
    groups : ndarray of int64, shape (n,)
        What is resampled together.
    weights : ndarray of float64, shape (n,), optional
        How often each row counts.
    seed : int
        For the resampling.
    """
    at = np.flatnonzero(rows)
    if len(at) < 4:
        return Agreement(0.0, 1.0, len(at))
    w = np.ones(len(at)) if weights is None else weights[at]
    strata = np.unique(strata[at], return_inverse=True)[1]
    p, y = (_centred(lines[at], strata, w) for lines in (P, Y))
    sums = np.stack([w * (p * y).sum(axis=1), w * (p * p).sum(axis=1), w * (y * y).sum(axis=1)], axis=1)
    _, of = np.unique(groups[at], return_inverse=True)
    each = np.stack([np.bincount(of, line) for line in sums.T], axis=1)
    rng = np.random.default_rng(seed)
    counts = rng.multinomial(len(each), np.full(len(each), 1.0 / len(each)), size=DRAWS)
    drawn = _ratio(counts.astype(np.float64) @ each)
    return Agreement(float(_ratio(each.sum(axis=0)[None])[0]), float(drawn.std()), len(at))


def _centred(lines: Floats, strata: Ints, w: Floats) -> Floats:
    if (w == 1.0).all():
        return centred_within(lines, strata)
    sizes = np.maximum(np.bincount(strata, w), 1e-300)
    return np.stack([line - (np.bincount(strata, w * line) / sizes)[strata] for line in lines.T], axis=1)


def _ratio(sums: Floats) -> Floats:
    scale = np.sqrt(np.maximum(sums[:, 1] * sums[:, 2], 0.0))
    found: Floats = np.divide(sums[:, 0], scale, out=np.zeros(len(sums)), where=scale > 1e-12)
    return found
