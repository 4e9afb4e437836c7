"""How much of the target out-of-fold predictions explain, beside guessing, with an interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dataaudit.model import Bools, Floats, Ints, Task
from dataaudit.probe.run import ProbeRun
from dataaudit.probe.two_samples import ranked

_FLOOR = 1e-4
"""Least probability: what models say beyond it is not calibrated."""
_TEMPERATURES = np.geomspace(0.25, 16.0, 49)
_NORMAL = 1.96
"""Standard errors to either side of a 95 % interval."""


@dataclass(frozen=True)
class Share:
    """A share with its 95 % interval.

    Attributes
    ----------
    value, low, high : float
        At most 1; below 0 where predictions are worse than guessing.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Explained:
    """How much of a target a probe explains.

    Attributes
    ----------
    rows : int
        Rows judged.
    share : Share
        Of the uncertainty about classes or labels (1 - log loss / entropy of their shares), or of a number's variance
        (R squared).
    ranked : Share
        Of a number: of the variance of its ranks, which a few wild values do not move; otherwise as `share`.
    accuracy, majority : float
        Share of rows predicted right, and by always guessing the most frequent class; NaN for numbers. Labels are
        counted one by one.
    balanced, chance : float
        Mean over classes of the share predicted right, classes weighing the same, and what guessing gives; NaN unless
        there are classes.
    """

    rows: int
    share: Share
    ranked: Share
    accuracy: float
    majority: float
    balanced: float
    chance: float


def explained(run: ProbeRun) -> Explained:
    """Return how much of the target the first round's out-of-fold predictions explain.

    The first round, since the second lets rows weigh less the worse they fit, which the question is about. Intervals
    treat rows of one group as one.
    """
    at = np.flatnonzero(run.used & np.isfinite(run.first).all(axis=1))
    groups = run.groups[at]
    if run.task is Task.REGRESSION:
        return _number(run.y[at].astype(np.float64), run.first[at, 0], groups)
    if run.task is Task.MULTILABEL:
        return _labels(run.y[at], run.first[at], groups)
    return _classes(run.y[at].astype(np.int64), run.first[at], groups)


def _classes(y: Ints, P: Floats, groups: Ints) -> Explained:
    n, k = P.shape
    counts = np.bincount(y, minlength=k)
    seen = counts > 0
    prior = counts / max(1, n)
    logs = np.log(np.clip(P, _FLOOR, 1.0))
    own = np.arange(n)
    best = np.inf
    for temperature in _TEMPERATURES:
        scaled = logs / temperature
        top = scaled.max(axis=1, keepdims=True)
        loss = np.log(np.exp(scaled - top).sum(axis=1)) + top[:, 0] - scaled[own, y]
        if loss.mean() < best:
            best, losses = float(loss.mean()), loss
    guess = -np.log(prior[y])
    share = _share(losses, guess, groups)
    right = P.argmax(axis=1) == y
    even = np.where(seen, P / np.where(seen, prior, 1.0), -1.0).argmax(axis=1) == y
    balanced = float((np.bincount(y, even, k)[seen] / counts[seen]).mean())
    return Explained(n, share, share, float(right.mean()), float(prior.max()), balanced, 1.0 / int(seen.sum()))


def _labels(y: Ints, P: Floats, groups: Ints) -> Explained:
    known = y >= 0
    truth = (y == 1) & known
    count = np.maximum(known.sum(axis=0), 1)
    prior = np.clip(truth.sum(axis=0) / count, 0.5 / count, 1 - 0.5 / count)
    odds = np.log(np.clip(P, _FLOOR, 1 - _FLOOR) / np.clip(1 - P, _FLOOR, 1 - _FLOOR))
    side = np.where(truth, -1.0, 1.0)
    best = np.inf
    for temperature in _TEMPERATURES:
        loss = np.where(known, np.logaddexp(0.0, side * odds / temperature), 0.0).sum(axis=1)
        if loss.mean() < best:
            best, losses = float(loss.mean()), loss
    guess = np.where(known, -np.log(np.where(truth, prior, 1 - prior)), 0.0).sum(axis=1)
    share = _share(losses, guess, groups)
    right = float(((P >= 0.5) == truth)[known].mean())
    majority = float((np.maximum(prior, 1 - prior) * known.sum(axis=0)).sum() / known.sum())
    return Explained(len(y), share, share, right, majority, np.nan, np.nan)


def _number(y: Floats, predicted: Floats, groups: Ints) -> Explained:
    share = _share((y - predicted) ** 2, (y - y.mean()) ** 2, groups)
    truth, guess = (ranked(values) - (len(y) + 1) / 2.0 for values in (y, predicted))
    slope = float(truth @ guess) / max(float(guess @ guess), 1e-300)
    by_rank = _share((truth - slope * guess) ** 2, truth**2, groups)
    return Explained(len(y), share, by_rank, np.nan, np.nan, np.nan, np.nan)


def _share(losses: Floats, guess: Floats, groups: Ints) -> Share:
    """Return 1 - sum(losses) / sum(guess), a ratio estimate over groups (Cochran 1977, Sampling techniques, ch. 6)."""
    total = float(guess.sum())
    if not total > 0.0:
        return Share(0.0, 0.0, 0.0)
    value = 1.0 - float(losses.sum()) / total
    _, group = np.unique(groups, return_inverse=True)
    rest = np.bincount(group, (guess - losses) - value * guess)
    m = len(rest)
    error = float(np.sqrt((rest**2).sum() * m / max(1, m - 1))) / total
    return Share(value, value - _NORMAL * error, min(1.0, value + _NORMAL * error))


def train_rows(run: ProbeRun, split: str) -> Bools:
    """Return the rows of one split that took part, shape (n,)."""
    mine: Bools = run.used & (run.rows.split == run.rows.splits.index(split))
    return mine
