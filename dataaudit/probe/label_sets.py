"""Sets of labels held against the probe's predictions: which of its labels a row should not have, or lacks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from dataaudit.model import Bools, CannotTell, Floats, Ints
from dataaudit.probe.doubts import beside
from dataaudit.probe.quality import Quality, review, strong
from dataaudit.probe.run import ProbeRun

FEWEST = 8
"""Rows with a label, and rows without it, from which it is judged: models have learnt nothing of rarer ones."""


@dataclass(frozen=True)
class LabelSets:
    """Rows whose labels are judged one by one, and what speaks against each.

    Attributes
    ----------
    run : ProbeRun
        Of a multilabel task.
    at : ndarray of int64, shape (m,)
        Positions in the run's rows.
    judged : ndarray of int64, shape (k,)
        Positions in the run's labels of those that occur and are missing often enough.
    """

    run: ProbeRun
    at: Ints
    judged: Ints

    @cached_property
    def given(self) -> Bools:
        """Whether each row has each of the judged labels, shape (m, k)."""
        return np.asarray(self.run.y[np.ix_(self.at, self.judged)] == 1)

    @cached_property
    def _each(self) -> list[Quality]:
        P = self.run.P[np.ix_(self.at, self.judged)]
        return [
            Quality(np.column_stack([1.0 - P[:, j], P[:, j]]), self.given[:, j].astype(np.int64))
            for j in range(len(self.judged))
        ]

    @cached_property
    def margin(self) -> Floats:
        """By how many nats the opposite of each given label is more probable, shape (m, k)."""
        return np.column_stack([quality.margin for quality in self._each])

    @cached_property
    def doubted(self) -> Bools:
        """Labels that deserve a second look, contradicted as labels drawn anew would be, shape (m, k)."""
        return np.column_stack([review(quality) & strong(quality) for quality in self._each])

    @cached_property
    def score(self) -> Floats:
        """What rows are ranked by: the surprise at the least probable label of each, shape (m,)."""
        found: Floats = self.margin.max(axis=1)
        return found

    @cached_property
    def kappa(self) -> float:
        """How much of what guessing each label's commoner value leaves open the models get right."""
        wrong = float((self.margin > 0).mean())
        guess = float(np.minimum(self.given.mean(axis=0), 1.0 - self.given.mean(axis=0)).mean())
        return 1.0 - wrong / guess if guess > 0 else 0.0

    def names(self, chosen: Bools) -> list[Any]:
        """Return the names of some of the judged labels."""
        return [self.run.classes[j] for j in self.judged[chosen].tolist()]


def label_sets(run: ProbeRun) -> LabelSets:
    """Return the labels that can be judged.

    Left out are rows whose inputs occur with another set of labels as well, and further copies of a row.

    Parameters
    ----------
    run : ProbeRun
        Of a multilabel task.

    Raises
    ------
    CannotTell
        If no label occurs, and is missing, in eight rows or more.
    """
    _, whole = np.unique(run.y, axis=0, return_inverse=True)
    keep = run.used & np.isfinite(run.P).all(axis=1) & ~beside(run, np.asarray(whole, dtype=np.int64).ravel())
    at = np.flatnonzero(keep)
    said = (run.y[at] == 1).sum(axis=0)
    judged = np.flatnonzero(np.minimum(said, len(at) - said) >= FEWEST)
    if not len(judged):
        raise CannotTell(f"no label occurs, and is missing, in {FEWEST} rows or more that can be judged")
    return LabelSets(run, at, judged)
