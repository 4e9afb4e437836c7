"""Out-of-fold predictions of the target for sampled rows: made once, read by many rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataaudit.model import (
    Bools,
    CannotTell,
    Floats,
    Ints,
    Name,
    NotApplicable,
    ProbeSettings,
    Role,
    Schema,
    SplitView,
    Task,
)
from dataaudit.probe import folds as folding
from dataaudit.probe.budget import Plan, plan
from dataaudit.probe.crossfit import classify
from dataaudit.probe.encoders import Feature, Matrix
from dataaudit.probe.features import Features, inputs, learn
from dataaudit.probe.given import all_classes, corrected, given
from dataaudit.probe.multilabel import label, rarest
from dataaudit.probe.pictures import picture_matrix
from dataaudit.probe.pooling import clipped
from dataaudit.probe.regressors import regress
from dataaudit.probe.rows import Rows, gather
from dataaudit.probe.targets import read
from dataaudit.stats.sample import Sample, SampleState

CROWDED = 10
"""Rows a feature below which codes of numbers get no lines of their own."""
LEAST = 30
"""Rows with a target below which nothing is fitted: five folds of six."""
_OTHER = 500_000
"""Added to the seed for the folds of the second round of a classification."""


@dataclass(frozen=True)
class ProbeRun:
    """What models say of rows that they were not fitted on.

    Attributes
    ----------
    rows : Rows
        Sampled rows of all splits: which split each is of, and where it stands there. n rows.
    X : ndarray of float32, shape (n, d)
        Their inputs.
    features : tuple of Feature
        What each line of `X` is.
    target : Name
        What was predicted; the first of several.
    task : Task
        Classification, regression or multilabel.
    classes : tuple
        Of a classification, in the order of `y` and `P`; names of the labels of a multilabel task.
    y : ndarray
        Classification: int64, position in `classes`, -1 where missing, shape (n,). Regression: float64, NaN where
        missing, shape (n,). Multilabel: int8, -1 where missing, shape (n, n_labels).
    used : ndarray of bool, shape (n,)
        Rows that took part: they have a label, and their class has rows in two folds or more.
    groups : ndarray of int64, shape (n,)
        Rows of one group have equal inputs or one declared group; they are in one fold.
    folds : ndarray of int64, shape (n,)
        Of the first round; -1 where a row took no part.
    P : ndarray of float64, shape (n, n_classes)
        Out-of-fold probabilities after both rounds, NaN where a row took no part. Regression: predictions, shape
        (n, 1). Multilabel: the probability of each label.
    first : ndarray of float64
        The same after the first round, in which no row weighs less than another.
    weights : mapping of str to float
        Share of each model in the pool.
    n_all : int
        Rows there are.
    limited : str or None
        Why fewer rows were taken than asked for, as half a sentence.
    given : bool
        Whether the probabilities are the user's own.
    """

    rows: Rows
    X: Matrix
    features: tuple[Feature, ...]
    target: Name
    task: Task
    classes: tuple[Any, ...]
    y: NDArray[Any]
    used: Bools
    groups: Ints
    folds: Ints
    P: Floats
    first: Floats
    weights: Mapping[str, float]
    n_all: int
    limited: str | None
    given: bool


def probe_run(splits: Mapping[str, SplitView]) -> ProbeRun:
    """Return the probe's predictions, made for the first rule that asks.

    Rules that ask need the facts `Sample()` and, of pictures, `PictureSample()`.

    Raises
    ------
    NotApplicable
        If there is no target, one class only, or the probe is switched off.
    CannotTell
        If there are too few rows.
    """
    context = next(iter(splits.values())).context
    if not context.probe.enabled:
        raise NotApplicable("the probe was switched off")
    answer = context.once("probe", lambda: _answer(splits))
    if isinstance(answer, ProbeRun):
        return answer
    raise type(answer)(str(answer))


def _answer(splits: Mapping[str, SplitView]) -> ProbeRun | NotApplicable | CannotTell:
    """Return the run, or why there is none: so that this is found out once as well."""
    try:
        return _run(splits)
    except (NotApplicable, CannotTell) as reason:
        return reason


@dataclass(frozen=True)
class Sampled:
    """Sampled rows with their inputs and target, before any fold.

    Attributes
    ----------
    rows, X, features, target, task, classes, y, n_all
        As in `ProbeRun`.
    known : ndarray of bool, shape (n,)
        Rows that have a target.
    """

    rows: Rows
    X: Matrix
    features: tuple[Feature, ...]
    target: Name
    task: Task
    classes: tuple[Any, ...]
    y: NDArray[Any]
    known: Bools
    n_all: int


def sampled(splits: Mapping[str, SplitView], most: int, classes: tuple[Any, ...] | None = None) -> Sampled:
    """Return sampled rows of all splits, no more than `most`, with their inputs as numbers and their target.

    Parameters
    ----------
    splits : mapping of str to SplitView
        Those to sample from.
    most : int
        Rows in all.
    classes : tuple, optional
        All there are, where those of the sampled rows are not enough.

    Raises
    ------
    NotApplicable
        If there is no target or no input.
    """
    context = next(iter(splits.values())).context
    schema = context.schema
    if not schema.targets or context.task is None:
        raise NotApplicable("no target was named, so there is nothing to predict")
    if schema.pictures or schema.pixels is not None:
        rows, X, names = picture_matrix(splits, context.probe, most)
        matrix = Features(X, names)
    else:
        rows = gather({name: _sample(split) for name, split in splits.items()}, schema, most)
        matrix = learn(rows, context.kinds, inputs(schema, context.kinds), seed=context.probe.seed).transform(rows)
        matrix = _lean(matrix)
    if not matrix.names:
        raise NotApplicable("there are no inputs")
    found = read(rows, schema.targets, context.task, classes)
    n_all = sum(split.n_rows for split in splits.values())
    return Sampled(
        rows, matrix.matrix, matrix.names, schema.targets[0], context.task, found.classes, found.y, found.known, n_all
    )


def _lean(matrix: Features) -> Features:
    """Return the features without a line for each code of numbers that have one as they are, where lines are many.

    Pixels of 17 greys would have 17 lines each: a linear model learns such lines by heart.
    """
    if CROWDED * len(matrix.names) <= len(matrix.matrix):
        return matrix
    numbers = {f.column for f in matrix.names if f.part == "value"}
    plain = ("value", "missing", "infinite")
    keep = [i for i, f in enumerate(matrix.names) if f.column not in numbers or f.part in plain or "(" in f.part]
    return Features(matrix.matrix[:, keep], tuple(matrix.names[i] for i in keep))


def _sample(split: SplitView) -> SampleState:
    """Return the split's sample: the larger one that was asked for, or else the usual one."""
    larger = split.states.get(Sample(split.context.probe.sample))
    return larger if isinstance(larger, SampleState) else split.get(Sample())


def _run(splits: Mapping[str, SplitView]) -> ProbeRun:
    context = next(iter(splits.values())).context
    settings = context.probe
    if settings.pred_probs is not None:
        return _given(splits)
    data = sampled(splits, settings.sample)
    outputs = max(1, len(data.classes))
    several = data.task is Task.MULTILABEL
    size = plan(len(data.rows), data.X.shape[1], outputs, settings.folds, settings.seconds, boosting=not several)
    limited = None
    if size.rows < len(data.rows):
        limited = (
            f"the time budget of {settings.seconds:g} s cut the sample to {size.rows:,} of {len(data.rows):,} rows"
        )
        data = sampled(splits, size.rows)
    groups = _groups(data, context.schema)
    folds, used = _folds(data, groups, settings)
    again = folds.copy()
    if data.task is Task.CLASSIFICATION:
        again[used] = folding.again(data.y[used], groups[used], folds[used], settings.folds, settings.seed + _OTHER)
    P, first, weights = _fitted(data, (folds, again), used, size, settings)
    return ProbeRun(
        data.rows, data.X, data.features, data.target, data.task, data.classes, data.y, used, groups, folds,
        _all(P, used), _all(first, used), weights, data.n_all, limited, given=False,
    )  # fmt: skip


def _given(splits: Mapping[str, SplitView]) -> ProbeRun:
    """Return the run that the user's own probabilities make: of the rows that were sampled, nothing fitted."""
    context = next(iter(splits.values())).context
    tables = given(splits)
    is_classes = context.task is Task.CLASSIFICATION
    data = sampled(splits, context.probe.sample, all_classes(splits) if is_classes else None)
    width = next(iter(tables.values())).shape[1]
    told = np.full((len(data.rows), width), np.nan)
    for i, name in enumerate(data.rows.splits):
        if name in tables:
            here = data.rows.split == i
            told[here] = tables[name][data.rows.position[here]]
    data = replace(data, known=data.known & ~np.isnan(told[:, 0]))
    groups = _groups(data, context.schema)
    folds, used = _folds(data, groups, context.probe)
    P = first = told[used]
    if is_classes:
        first = clipped(P)
        P = corrected(P, data.y[used], folds[used], context.probe.jobs)
    return ProbeRun(
        data.rows, data.X, data.features, data.target, data.task, data.classes, data.y, used, groups, folds,
        _all(P, used), _all(first, used), {"given": 1.0}, data.n_all, None, given=True,
    )  # fmt: skip


def _groups(data: Sampled, schema: Schema) -> Ints:
    groups = folding.equal_rows(data.X, data.features)
    for name in schema.with_role(Role.GROUP):
        line = data.rows.numbers.get(name)
        words = [None if np.isnan(v) else v for v in line] if line is not None else data.rows.texts[name].tolist()
        codes: dict[Any, int] = {}
        own = iter(range(len(words), 2 * len(words)))  # a row without a group is one of its own
        named = [next(own) if v is None else codes.setdefault(v, len(codes)) for v in words]
        if len(set(named)) >= 2:
            groups = folding.joined(groups, np.array(named, np.int64))
    return groups


def _folds(data: Sampled, groups: Ints, settings: ProbeSettings) -> tuple[Ints, Bools]:
    """Return the fold of each row, -1 where it takes no part, and which rows do."""
    used = data.known.copy()
    if int(used.sum()) < LEAST:
        raise CannotTell(f"{int(used.sum()):,} rows have a target, and the probe asks for {LEAST}")
    if data.task is Task.CLASSIFICATION:
        strata = data.y
    elif data.task is Task.REGRESSION:
        strata = np.full(len(used), -1, np.int64)
        strata[used] = folding.strata(data.y[used])
    else:
        strata = rarest(data.y)
    folds = np.full(len(used), -1, np.int64)
    folds[used] = folding.assign(strata[used], groups[used], settings.folds, settings.seed)
    if data.task is Task.CLASSIFICATION:
        used[used] = folding.predictable(data.y[used], folds[used])
        folds[~used] = -1
        if len(np.unique(data.y[used])) < 2:
            raise NotApplicable("all rows are of one class, so there is nothing to predict")
    if len(np.unique(folds[used])) < 2:
        raise CannotTell("all rows are of one group, so that none can be predicted from the others")
    return folds, used


def _fitted(
    data: Sampled, folds: tuple[Ints, Ints], used: Bools, size: Plan, settings: ProbeSettings
) -> tuple[Floats, Floats, Mapping[str, float]]:
    X, y, fold = data.X[used], data.y[used], folds[0][used]
    if data.task is Task.REGRESSION:
        return regress(X, y, fold, size, settings)
    if data.task is Task.MULTILABEL:
        return label(X, y, fold, size, settings)
    return classify(X, y, (fold, folds[1][used]), len(data.classes), size, settings)


def _all(P: Floats, used: Bools) -> Floats:
    """Return predictions for every row, NaN where a row took no part."""
    full = np.full((len(used), P.shape[1]), np.nan)
    full[used] = P
    return full
