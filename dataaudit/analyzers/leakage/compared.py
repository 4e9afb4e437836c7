"""The numeric columns of two splits side by side, and what is said of those that differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dataaudit.analyzers.leakage.changes import Change
from dataaudit.analyzers.leakage.lines import ROWS, Line, different, line_of
from dataaudit.model import Floats, Kind, Name, Role, SplitView
from dataaudit.probe.two_samples import ranked
from dataaudit.stats.sample import Sample

LEAST = 10
"""Values of a column in a split below which it is not compared: the least at which p may fall below 1e-6."""
CALM = 1e-3
"""p-value above which a column is alike, or 0.03 divided by their number: one of thirty honest splits has a column
below."""


@dataclass(frozen=True)
class Column:
    """One column of two splits.

    Attributes
    ----------
    gap, p : float
        Kolmogorov-Smirnov distance and its p-value.
    drifts : bool
        Whether train's own numbers rise or fall along its rows: such a column differs in any later rows.
    """

    name: Name
    train: Line
    other: Line
    gap: float
    p: float
    drifts: bool


@dataclass(frozen=True)
class Diagnosis:
    """Why some columns of a split differ.

    Attributes
    ----------
    said : str
        With {other}, {train} and, for a part of the columns, {columns}.
    columns : tuple of Name
        In the order of the table.
    fits : mapping of Name to (float, float)
        Distance before and after what explains it.
    fix : str
        What to write.
    change : Change or None
        What was found, if it is one of the catalogue.
    loud : bool
        Whether it changes what the model sees, as rounding hardly does.
    """

    said: str
    columns: tuple[Name, ...]
    fits: Mapping[Name, tuple[float, float]]
    fix: str
    change: Change | None = None
    loud: bool = True


def compare(train: SplitView, other: SplitView) -> list[Column]:
    """Return the numeric columns of two splits that hold enough values in both, by the rows of their samples."""
    schema, kinds = train.schema, train.context.kinds
    here, there = train.get(Sample()), other.get(Sample())
    found = []
    order = np.argsort(here.rows[:ROWS], kind="stable")
    for j, column in enumerate(schema.numbers):
        if kinds[column.name] in (Kind.ID, Kind.DATETIME, Kind.EMPTY):
            continue
        if column.role is not Role.FEATURE and not (column.role is Role.TARGET and train.context.task == "regression"):
            continue
        a, b = line_of(here.numbers[j]), line_of(there.numbers[j])
        if min(len(a), len(b)) >= LEAST:
            gap, p = different(a, b)
            drifts = p < CALM and _drifts(here.numbers[j, :ROWS][order])
            found.append(Column(column.name, a, b, gap, p, drifts))
    return found


def _drifts(line: Floats) -> bool:
    """Return whether numbers rise or fall along the rows: Spearman's correlation beyond 0.25 and 4 of its errors."""
    line = line[np.isfinite(line)]
    n = len(line)
    if n < LEAST or line.min() == line.max():
        return False
    correlation = float(np.corrcoef(ranked(line), np.arange(n))[0, 1])
    return bool(abs(correlation) > max(0.25, 4.0 / np.sqrt(n)))
