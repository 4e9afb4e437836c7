"""Out-of-fold predictions of the target for sampled rows: made once, read by many rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from dataaudit.model import Bools, CannotTell, Floats, Ints, Name, NotApplicable, SplitView, Task
from dataaudit.probe.encoders import Feature, Matrix
from dataaudit.probe.rows import Rows


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
        -1 where a row took no part.
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

    Rules that ask need the facts `Sample()`.

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
    raise CannotTell("the probe reads no such data")
