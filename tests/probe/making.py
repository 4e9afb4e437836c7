"""A probe's answer made by hand: real rows and real features, predictions as a test wants them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dataaudit.kinds import infer_kinds
from dataaudit.model import Kind, Name, Task
from dataaudit.probe.features import inputs, learn
from dataaudit.probe.rows import gather
from dataaudit.probe.run import ProbeRun
from dataaudit.stats.moments import Moments
from dataaudit.stats.sample import Sample
from dataaudit.stats.values import Values
from tests.build import chunks, observed


def probed(
    frame: pd.DataFrame, y: Any, task: Task = Task.CLASSIFICATION, *, P: Any = None, groups: Any = None, folds: int = 5
) -> tuple[ProbeRun, dict[Name, Kind]]:
    """Return a probe's answer about a frame of inputs, rows in the order of the sample, and the kinds of its columns.

    Parameters
    ----------
    frame : DataFrame
        Inputs, at most 1,000 rows a chunk.
    y : array
        Labels from 0, numbers, or a matrix of 0 and 1; in the order of the frame.
    task : Task
        Which of them.
    P : array, optional
        Out-of-fold predictions, in the order of the frame.
    groups : array, optional
        Groups of rows; each is in one fold.
    folds : int
        How many.
    """
    schema, rows = chunks(frame)
    kinds = infer_kinds(schema, observed(Moments(), schema, rows), observed(Values(), schema, rows))
    gathered = gather({"train": observed(Sample(1 << 20), schema, rows)}, schema, 1 << 20)
    features = learn(gathered, kinds, inputs(schema, kinds)).transform(gathered)
    at, n = gathered.position, len(gathered)
    y = np.asarray(y)[at]
    group = np.arange(n) if groups is None else np.asarray(groups)[at]
    classes: tuple[Any, ...] = ()
    used: NDArray[np.bool_] = np.ones(n, dtype=bool)
    width = 1
    if task is Task.CLASSIFICATION:
        classes = tuple(range(int(y.max()) + 1))
        used, width = y >= 0, len(classes)
    elif task is Task.MULTILABEL:
        classes, width = tuple(range(y.shape[1])), y.shape[1]
    else:
        used = np.isfinite(y)
    first = np.full((n, width), 1.0 / width) if P is None else np.asarray(P, dtype=np.float64)[at].reshape(n, width)
    run = ProbeRun(
        gathered,
        features.matrix,
        features.names,
        "y",
        task,
        classes,
        y,
        used,
        group.astype(np.int64),
        np.where(used, np.random.default_rng(0).permutation(int(group.max()) + 1)[group] % folds, -1),
        first,
        first,
        {},
        n,
        None,
        False,
    )
    return run, kinds
