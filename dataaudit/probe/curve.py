"""The error of a quick model at four sizes of the data, and what more data would make of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dataaudit.model import CannotTell, Floats, Ints, SplitView, Task
from dataaudit.probe.joint_trees import Aim, JointTrees, fit_joint
from dataaudit.probe.run import ProbeRun, probe_run
from dataaudit.probe.usefulness import train_rows

FRACTIONS = (0.125, 0.25, 0.5, 1.0)
LEAST_ROWS = 200
"""Rows below which an eighth says nothing."""
_DRAWS = 400
_EXPONENTS = np.linspace(0.1, 0.7, 13)
"""Powers by which errors fall with the number of rows: .07 to .5 for networks (Hestness et al. 2017, Deep learning
scaling is predictable, empirically). With larger ones allowed, forecasts stop short of what more rows bring; without
those above .5, ranges held the truth less often (benchmarks/learning_curve.py)."""
_UNEVEN = 0.8
"""Share of the largest class from which classes weigh the same: below it the error of guessing leaves room."""
_FIT_NOISE = 0.05
"""Share of an error by which it moves when the same number of other rows is learnt from. With .05 the ranges held the
truth about as often as they say (benchmarks/learning_curve.py)."""
_MOST_CELLS = 4_000_000
"""Cells of the matrix that a fit reads; rows beyond are left out of large tables."""


@dataclass(frozen=True)
class FoldFit:
    """A model, and the rows that it was not fitted on.

    Attributes
    ----------
    trees : JointTrees
        Fitted on all other folds.
    held : ndarray of int64, shape (m,)
        Positions in the probe's rows.
    truth : ndarray of float64, shape (m, n_outputs)
        What they should have been predicted as.
    """

    trees: JointTrees
    held: Ints
    truth: Floats


@dataclass(frozen=True)
class Outputs:
    """What the quick model is to predict.

    Attributes
    ----------
    aim : Aim
        Classes, labels or a number.
    values : ndarray of float64, shape (n, n_outputs)
        Of each row of the probe that took part.
    """

    aim: Aim
    values: Floats


@dataclass(frozen=True)
class Measured:
    """Errors of a quick model by size.

    Attributes
    ----------
    sizes : ndarray of float64, shape (4,)
        Rows learnt from.
    losses : ndarray of float64, shape (4, n_rows)
        Error of each held-out row at each size, so scaled that their mean is the error.
    groups : ndarray of int64, shape (n_rows,)
        Rows of one group count as one.
    guess : float
        Error of guessing.
    unit : str
        What the error is: "of the rows", "of the rows, classes weighing the same", …
    fits : tuple of FoldFit
        The models of the largest size.
    """

    sizes: Floats
    losses: Floats
    groups: Ints
    guess: float
    unit: str
    fits: tuple[FoldFit, ...]

    @property
    def errors(self) -> Floats:
        """Error at each size, shape (4,)."""
        errors: Floats = self.losses.mean(axis=1)
        return errors


@dataclass(frozen=True)
class Forecast:
    """What the curve says of some size.

    Attributes
    ----------
    now : float
        Error at the size there is.
    error, low, high : float
        Error expected at the other size, and the range of nine out of ten fits.
    gain, least, most : float
        Share of the error that goes away, and the range of nine out of ten fits: narrower than that of the error,
        since rows that are hard are hard at any size.
    """

    now: float
    error: float
    low: float
    high: float
    gain: float
    least: float
    most: float


def outputs_of(run: ProbeRun, at: Ints) -> Outputs:
    """Return what some rows of the probe are to be predicted as."""
    y = run.y[at]
    if run.task is Task.REGRESSION:
        number = y.astype(np.float64)
        return Outputs(Aim.NUMBER, ((number - number.mean()) / max(float(number.std()), 1e-300))[:, None])
    if run.task is Task.MULTILABEL:
        return Outputs(Aim.LABELS, (y == 1).astype(np.float64))
    values = np.zeros((len(y), len(run.classes)))
    values[np.arange(len(y)), y.astype(np.int64)] = 1.0
    return Outputs(Aim.CLASSES, values)


def measured(splits: Mapping[str, SplitView], train: SplitView) -> Measured:
    """Return the curve of the train rows, measured for the first rule that asks.

    Raises
    ------
    NotApplicable, CannotTell
        As `probe_run`, or if there are too few rows.
    """
    run = probe_run(splits)
    return train.context.once("learning curve", lambda: measure(run, train.name, train.context.probe.seed))


def measure(run: ProbeRun, split: str, seed: int = 0) -> Measured:
    """Return the errors of a quick model fitted on an eighth, a quarter, half and all of the rows of other folds."""
    at = np.flatnonzero(train_rows(run, split))
    if len(at) < LEAST_ROWS:
        raise CannotTell(f"{split} has {len(at):,} rows that the probe could use, fewer than {LEAST_ROWS}")
    if not run.X.shape[1]:
        raise CannotTell("there are no inputs that a model could learn from")
    rng = np.random.default_rng(seed)
    most = max(2000, _MOST_CELLS // max(run.X.shape[1], 1 + len(run.classes)))
    if len(at) > most:
        at = np.sort(rng.choice(at, most, replace=False))
    goal = outputs_of(run, at)
    folds, small = run.folds[at], len(at) <= 3000
    held_out = [int(f) for f in np.unique(folds) if f >= 0][: 5 if small else 3 if len(at) <= 8000 else 2]
    place = _places(run, at, rng)
    parts: list[Floats] = []
    sizes: list[list[int]] = []
    kept: list[Ints] = []
    fits: list[FoldFit] = []
    for fold in held_out:
        known, asked = np.flatnonzero((folds >= 0) & (folds != fold)), np.flatnonzero(folds == fold)
        errors, counts = [], []
        for share in FRACTIONS:
            draws = [place[known] <= share, place[known] > 1.0 - share][: 2 if small and share < 1.0 else 1]
            found = []
            for chosen in (known[d] for d in draws):
                trees = fit_joint(run.X[at[chosen]], goal.values[chosen], goal.aim, seed=seed)
                found.append(wrong(goal, trees.predict(run.X[at[asked]]), asked))
            errors.append(np.mean(found, axis=0))
            counts.append(len(chosen))
        fits.append(FoldFit(trees, at[asked], goal.values[asked]))
        parts.append(np.array(errors))
        sizes.append(counts)
        kept.append(asked)
    asked = np.concatenate(kept)
    weights, guess, unit = weighed(goal, asked)
    return Measured(
        np.mean(sizes, axis=0),
        np.concatenate(parts, axis=1) * weights,
        run.groups[at[asked]],
        guess,
        unit,
        tuple(fits),
    )


def forecast(curve: Measured, n: float, doubled: float, seed: int = 0) -> Forecast:
    """Return what a n^-b + c, fitted to the errors, says of two sizes.

    The range is that of fits to errors drawn anew: groups of rows drawn with replacement, and each error moved by
    what other rows to learn from would move it; a and c are not negative, b is .1 to .7.
    """
    rng = np.random.default_rng(seed)
    _, group = np.unique(curve.groups, return_inverse=True)
    m = int(group.max()) + 1
    sums = np.stack([np.bincount(group, line, m) for line in curve.losses])
    draws = rng.poisson(1.0, (_DRAWS, m)).astype(np.float64)
    errors = draws @ sums.T / np.maximum(draws @ np.bincount(group, minlength=m), 1.0)[:, None]
    errors *= 1.0 + _FIT_NOISE * rng.normal(size=errors.shape)
    errors = np.concatenate([curve.errors[None], errors])
    here, there = _power_law(curve.sizes, errors, np.array([n, doubled]))
    low, error, high = np.quantile(there[1:], [0.05, 0.5, 0.95])
    share = 1.0 - there[1:] / np.maximum(here[1:], 1e-12)
    least, gain, most = np.quantile(share, [0.05, 0.5, 0.95])
    return Forecast(float(here[0]), *map(float, (error, low, high, gain, least, most)))


def _power_law(sizes: Floats, errors: Floats, at: Floats) -> tuple[Floats, Floats]:
    """Return what the best of a n^-b + c gives at two sizes, for each line of errors."""
    scale = sizes[-1]
    x = (sizes / scale)[None, :] ** -_EXPONENTS[:, None]
    mean_x, mean_e = x.mean(axis=1), errors.mean(axis=1)
    centred = x - mean_x[:, None]
    a = np.maximum((errors @ centred.T) / (centred**2).sum(axis=1), 0.0)
    c = mean_e[:, None] - a * mean_x
    origin = np.maximum((errors @ x.T) / (x**2).sum(axis=1), 0.0)
    a, c = np.where(c < 0.0, origin, a), np.maximum(c, 0.0)
    rest = ((errors[:, None, :] - a[..., None] * x - c[..., None]) ** 2).sum(axis=2)
    best = rest.argmin(axis=1)
    line = np.arange(len(errors))
    first, second = (a * (n / scale) ** -_EXPONENTS + c for n in at)
    return first[line, best], second[line, best]


def _places(run: ProbeRun, at: Ints, rng: np.random.Generator) -> Floats:
    """Return a place from 0 to 1 for each row: any start of that order holds its share of every class."""
    order = rng.permutation(len(at))
    place = np.empty(len(at))
    classes = run.y[at].astype(np.int64) if run.task is Task.CLASSIFICATION else np.zeros(len(at), np.int64)
    classes = classes * 64 + run.folds[at] + 1
    for label in np.unique(classes):
        mine = order[classes[order] == label]
        place[mine] = (np.arange(len(mine)) + rng.random()) / len(mine)
    return place


def wrong(goal: Outputs, predicted: Floats, at: Ints) -> Floats:
    """Return the error of each prediction for some rows, before they are weighed."""
    truth = goal.values[at]
    if goal.aim is Aim.NUMBER:
        return np.asarray(np.abs(predicted - truth)[:, 0])
    if goal.aim is Aim.LABELS:
        return np.asarray(((predicted >= 0.5) != (truth == 1.0)).mean(axis=1))
    share = goal.values.mean(axis=0)
    if share.max() > _UNEVEN:
        predicted = predicted / np.maximum(share, 1e-9)
    misses: Floats = (predicted.argmax(axis=1) != truth.argmax(axis=1)).astype(np.float64)
    return misses


def weighed(goal: Outputs, at: Ints) -> tuple[Floats, float, str]:
    """Return what each row's error counts, the error of guessing, and what it is a share of."""
    truth, n = goal.values[at], len(at)
    if goal.aim is Aim.NUMBER:
        spread = float(np.abs(truth - np.median(truth)).mean())
        return np.full(n, 1.0 / max(spread, 1e-300)), 1.0, "of the distance from the median"
    if goal.aim is Aim.LABELS:
        share = truth.mean(axis=0)
        return np.ones(n), float(np.minimum(share, 1.0 - share).mean()), "of the labels"
    share = goal.values.mean(axis=0)
    if share.max() <= _UNEVEN:
        return np.ones(n), float(1.0 - share.max()), "of the rows"
    counts = truth.sum(axis=0)
    weights = n / (np.count_nonzero(counts) * counts[truth.argmax(axis=1)])
    return weights, 1.0 - 1.0 / np.count_nonzero(counts), "of the rows, classes weighing the same"
