"""Out-of-fold probabilities that the user's own model gave: checked, put in order, brought closer to the labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from dataaudit.errors import ConfigError, did_you_mean
from dataaudit.model import Floats, Ints, Name, SplitView, Task
from dataaudit.probe import pooling
from dataaudit.probe.crossfit import in_threads
from dataaudit.stats.values import Values

GAIN = 0.005
"""Share of rows by which a correction must raise the agreement with the given labels to be kept."""
_NAMED = 8


def given(splits: Mapping[str, SplitView]) -> dict[str, Floats]:
    """Return what the user's model says of every row, by split, its columns in the order of `all_classes`.

    Parameters
    ----------
    splits : mapping of str to SplitView
        Their context holds what was given: an array or frame for the first split, or a mapping of them by split.

    Returns
    -------
    dict of str to ndarray of float64, shape (n_rows, n_classes)
        Of a regression, predictions of shape (n_rows, 1); of several labels, the probability of each.

    Raises
    ------
    ConfigError
        If it does not fit the data.
    """
    context = next(iter(splits.values())).context
    told = context.probe.pred_probs
    by_split = told if isinstance(told, Mapping) else {next(iter(splits)): told}
    for name in by_split:
        if name not in splits:
            raise ConfigError(f"pred_probs names a split {name!r}.", did_you_mean(str(name), splits))
    if not context.schema.targets or context.task is None:
        raise ConfigError("pred_probs is given, but no target.", "Name the column that was predicted with target=.")
    return {str(name): _checked(table, splits[str(name)], splits, context.task) for name, table in by_split.items()}


def all_classes(splits: Mapping[str, SplitView]) -> tuple[Any, ...]:
    """Return the classes of all rows, sorted as the columns of probabilities stand: numbers by size, texts by letter.

    Raises
    ------
    ConfigError
        If they are too many to be counted.
    """
    schema = next(iter(splits.values())).schema
    name = schema.targets[0]
    column = schema.by_name[name]
    found: set[Any] = set() if column.storage.is_number else set(schema.classes)
    for split in splits.values():
        seen = split.get(Values()).columns[name]
        if not seen.exact:
            raise ConfigError(f"pred_probs is given, but {name!r} has more than {seen.cap:,} classes.")
        found |= set(seen.values.tolist() if column.storage.is_number else map(str, seen.values))
    return tuple(int(v) if not isinstance(v, str) and float(v).is_integer() else v for v in sorted(found))


def _checked(table: Any, split: SplitView, splits: Mapping[str, SplitView], task: Task) -> Floats:
    names = list(table.columns) if hasattr(table, "columns") else None
    try:
        P = np.asarray(table.to_numpy() if hasattr(table, "to_numpy") else table, dtype=np.float64)
    except (TypeError, ValueError):
        raise ConfigError(f"pred_probs of {split.name} holds something that is no number.") from None
    if P.ndim not in (1, 2) or len(P) != split.n_rows:
        raise ConfigError(
            f"pred_probs of {split.name} is of shape {P.shape}, and the split has {split.n_rows:,} rows.",
            "Give one line for each row, in the order of the rows.",
        )
    bad = np.flatnonzero(~np.isfinite(P.reshape(len(P), -1)).all(axis=1))
    if len(bad):
        raise ConfigError(f"pred_probs of {split.name}: row {bad[0]} is not finite.")
    if task is Task.REGRESSION:
        if P.ndim == 2 and P.shape[1] != 1:
            raise ConfigError(f"pred_probs of {split.name} has {P.shape[1]} columns; a regression has one prediction.")
        return P.reshape(len(P), 1)
    labels: Sequence[Name] = split.schema.targets if task is Task.MULTILABEL else all_classes(splits)
    P = _of_labels(P, labels, split, task)
    if names is not None and len(names) == len(labels) and {str(n) for n in names} == {str(c) for c in labels}:
        order = {str(n): i for i, n in enumerate(names)}
        P = P[:, [order[str(c)] for c in labels]]
    return _probabilities(P, split, task)


def _of_labels(P: Floats, labels: Sequence[Name], split: SplitView, task: Task) -> Floats:
    """Return one column for each class: two where a yes/no target's single one was given."""
    if P.ndim == 1 or P.shape[1] == 1:
        one = P.reshape(len(P), 1)
        P = np.hstack([1.0 - one, one]) if task is Task.CLASSIFICATION and len(labels) == 2 else one
    if P.shape[1] != len(labels):
        word = "labels" if task is Task.MULTILABEL else "classes"
        listed = ", ".join(map(str, labels[:_NAMED])) + (", …" if len(labels) > _NAMED else "")
        raise ConfigError(
            f"pred_probs of {split.name} has {P.shape[1]} columns, and the target has {len(labels)} {word} ({listed}).",
            "Give one column for each, in this order, or a frame whose columns are named so.",
        )
    return P


def _probabilities(P: Floats, split: SplitView, task: Task) -> Floats:
    outside = np.flatnonzero(((P < -1e-6) | (P > 1 + 1e-3)).any(axis=1))
    hint = "Give probabilities from 0 to 1: of scores (logits), their softmax."
    if len(outside):
        i = int(outside[0])
        worst = float(P[i][np.argmax(np.abs(P[i] - 0.5))])
        raise ConfigError(f"pred_probs of {split.name}: row {i} holds {worst:.4g}, which is no probability.", hint)
    if task is Task.CLASSIFICATION:
        sums = P.sum(axis=1)
        off = np.flatnonzero(np.abs(sums - 1.0) > 0.01)
        if len(off):
            i = int(off[0])
            raise ConfigError(f"pred_probs of {split.name}: row {i} adds up to {sums[i]:.4g}, expected 1.", hint)
    return np.clip(P, 0.0, 1.0)


def corrected(P: Floats, labels: Ints, folds: Ints, jobs: int | None = None) -> Floats:
    """Return probabilities closer to the labels, where a correction is sure to help, else the tempered ones.

    A network that confuses two classes in one direction is set right by a logistic regression on the logarithms of
    its own probabilities, fitted out of fold. It is kept only if it agrees with half a percent more of the given
    labels, with more gained than lost beyond chance (a sign test at 5 %), and is likelier: where labels are wrong,
    agreeing with more of them must not come from copying the mistakes.

    Parameters
    ----------
    P : ndarray of float64, shape (n, n_classes)
        Of the rows that take part.
    labels, folds : ndarray of int64, shape (n,)
        As given, and the fold of each row.
    jobs : int, optional
        Threads.
    """
    from sklearn.linear_model import LogisticRegression

    P = pooling.tempered(P, labels)
    log = np.log(P)
    found = P.copy()
    used = np.unique(folds)
    if any(np.ptp(labels[folds != k]) == 0 for k in used):
        return P

    def fitted(k: int) -> tuple[Ints, Floats]:
        away = folds != k
        model = LogisticRegression(C=0.1, max_iter=200).fit(log[away], labels[away])
        return model.classes_, model.predict_proba(log[~away])

    answers = in_threads([partial(fitted, int(k)) for k in used], jobs, lambda: None)
    for k, (classes, told) in zip(used, answers, strict=True):
        here = np.flatnonzero(folds == k)
        found[here] = 0.0
        found[np.ix_(here, classes)] = told
    found = pooling.tempered(found, labels)
    before, after = P.argmax(axis=1) == labels, found.argmax(axis=1) == labels
    up, down = int((after & ~before).sum()), int((before & ~after).sum())
    rows = np.arange(len(labels))
    likelier = np.log(found[rows, labels]).mean() > log[rows, labels].mean()
    helps = up - down >= GAIN * len(labels) and up - down > 1.64 * np.sqrt(up + down) and likelier
    return found if helps else P
