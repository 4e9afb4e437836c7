"""What the probe predicts: the target of sampled rows as classes, numbers, or labels side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataaudit.model import Bools, Floats, Name, NotApplicable, Task
from dataaudit.probe.rows import Rows


@dataclass(frozen=True)
class Target:
    """The target of some rows.

    Attributes
    ----------
    y : ndarray
        As in `ProbeRun`.
    classes : tuple
        In the order of `y`; names of the labels of a multilabel task; empty for a regression.
    known : ndarray of bool, shape (n,)
        Rows that have one.
    """

    y: NDArray[Any]
    classes: tuple[Any, ...]
    known: Bools


def read(rows: Rows, targets: tuple[Name, ...], task: Task, classes: tuple[Any, ...] | None = None) -> Target:
    """Return the target of some rows.

    Parameters
    ----------
    rows : Rows
        The rows.
    targets : tuple of Name
        Its columns.
    task : Task
        What it asks for; of several columns a classification and a regression read the first.
    classes : tuple, optional
        All there are, in order, where rows beyond these may have others.

    Raises
    ------
    NotApplicable
        If it is no target for that task.
    """
    if task is Task.CLASSIFICATION:
        return _classes(rows, targets[0], classes)
    if not all(name in rows.numbers for name in targets):
        raise NotApplicable("the target holds texts, no numbers")
    if task is Task.REGRESSION:
        y = np.where(np.isfinite(rows.numbers[targets[0]]), rows.numbers[targets[0]], np.nan)
        return Target(y, (), np.isfinite(y))
    lines: Floats = np.stack([rows.numbers[name] for name in targets], axis=1)
    yes = lines > np.nanmin(np.where(np.isnan(lines), np.inf, lines), axis=0, initial=0.0)
    known: Bools = np.asarray(~np.isnan(lines).any(axis=1))
    return Target(np.where(np.isnan(lines), -1, yes).astype(np.int8), targets, known)


def _classes(rows: Rows, name: Name, all_: tuple[Any, ...] | None) -> Target:
    if name in rows.numbers:
        line: Floats = rows.numbers[name]
        known = ~np.isnan(line)
        values, inverse = np.unique(line[known], return_inverse=True)
        classes: tuple[Any, ...] = tuple(int(v) if float(v).is_integer() else float(v) for v in values)
    else:
        texts = rows.texts[name]
        known = np.array([v is not None for v in texts.tolist()], dtype=bool)
        words = [str(v) for v in texts[known].tolist()]
        classes = tuple(sorted(set(words)))
        place = {word: i for i, word in enumerate(classes)}
        inverse = np.array([place[word] for word in words], dtype=np.int64)
    y = np.full(len(rows), -1, np.int64)
    y[known] = inverse if all_ is None else np.array([all_.index(c) for c in classes], np.int64)[inverse]
    return Target(y, all_ or classes, known)
