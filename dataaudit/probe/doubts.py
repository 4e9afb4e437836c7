"""The labels that can be held against the probe's predictions, split by split."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from dataaudit.model import Bools, CannotTell, Floats, Ints, Name
from dataaudit.probe.noise import Level, contrast, level, strength
from dataaudit.probe.quality import Quality, interval, review, strong
from dataaudit.probe.run import ProbeRun

FEWEST = 30
"""Rows of a split from which it is judged."""
_CLASS = 8
"""Rows of a class from which its labels are judged: models have learnt nothing of smaller ones."""


@dataclass(frozen=True)
class Doubts:
    """Rows whose labels are judged, and what speaks against them.

    Attributes
    ----------
    run : ProbeRun
        Where the probabilities come from.
    at : ndarray of int64, shape (m,)
        Positions in the run's rows.
    quality : Quality
        Of these rows; classes that are one and the same are one column.
    classes : tuple
        Of its columns.
    """

    run: ProbeRun
    at: Ints
    quality: Quality
    classes: tuple[Any, ...]

    @cached_property
    def split(self) -> Ints:
        """Split of each row, shape (m,)."""
        return np.asarray(self.run.rows.split[self.at])

    @cached_property
    def reviewed(self) -> Bools:
        """Rows that deserve a second look, all splits taken together, shape (m,)."""
        return review(self.quality)

    @cached_property
    def strength(self) -> float:
        """How well the models predict labels that are right, 0 to 1."""
        return strength(self.quality, level(self.quality).least)

    @cached_property
    def kappa(self) -> float:
        """How much of what guessing the largest class leaves open the models get right."""
        return strength(self.quality, 0.0)

    @cached_property
    def surely(self) -> float:
        """That kappa, less one standard error."""
        right = self.quality.margin <= 0
        guess = int(np.bincount(self.quality.y).max()) / len(right)
        return self.kappa - float(right.std() / np.sqrt(len(right))) / max(1e-9, 1.0 - guess)

    def of(self, name: str) -> Part:
        """Return the rows of one split.

        Raises
        ------
        CannotTell
            If there are too few.
        """
        here = self.split == self.run.rows.splits.index(name)
        n = int(here.sum())
        if n < FEWEST:
            raise CannotTell(f"{name} has {n} rows whose label can be judged, fewer than {FEWEST}")
        return Part(self, here)


@dataclass(frozen=True)
class Part:
    """One split's rows among them.

    Attributes
    ----------
    all : Doubts
        Of every split.
    here : ndarray of bool, shape (m,)
        Rows of this one.
    """

    all: Doubts
    here: Bools

    @cached_property
    def quality(self) -> Quality:
        """Of these rows alone."""
        return Quality(self.all.quality.P[self.here], self.all.quality.y[self.here])

    @cached_property
    def rows(self) -> Ints:
        """Positions within the split, shape (k,)."""
        return np.asarray(self.all.run.rows.position[self.all.at[self.here]])

    @cached_property
    def reviewed(self) -> Bools:
        """Rows that deserve a second look, shape (k,)."""
        return review(self.quality)

    @cached_property
    def strong(self) -> Bools:
        """Rows among them that are more likely wrong than hard, shape (k,)."""
        return strong(self.quality) & self.reviewed

    @cached_property
    def noise(self) -> tuple[float, float]:
        """Interval of the share of wrong labels."""
        return interval(self.quality)

    @cached_property
    def drawn(self) -> Level:
        """How contradictions behave if wrong labels are drawn from all classes."""
        return level(self.quality)

    @cached_property
    def next_to(self) -> Level:
        """How they behave if wrong labels are of the class next to the right one."""
        return level(self.quality, next_to=True)

    @cached_property
    def contrast(self) -> float:
        """Probability that this split is contradicted so much more than the others by accident."""
        return contrast(self.all.quality, self.here, self.all.reviewed)


def doubts(run: ProbeRun, same: Sequence[Any]) -> Doubts:
    """Return the labels that can be judged.

    Left out are rows whose inputs occur with another label as well, further copies of a row, and classes of fewer
    than eight rows.

    Parameters
    ----------
    run : ProbeRun
        Of a classification.
    same : sequence
        One word for each of its classes; classes with the same word are one (the largest gives its name).

    Raises
    ------
    CannotTell
        If fewer than two classes are left.
    """
    words = list(dict.fromkeys(same))
    column = np.array([words.index(word) for word in same], dtype=np.int64)
    counts = np.bincount(run.y[run.used], minlength=len(same))
    names = [run.classes[max(np.flatnonzero(column == j), key=lambda c: counts[c])] for j in range(len(words))]
    y = np.where(run.y >= 0, column[run.y], -1)
    keep = run.used & np.isfinite(run.P).all(axis=1)
    keep &= ~beside(run, y)
    sizes = np.bincount(y[keep], minlength=len(words))
    keep[keep] = sizes[y[keep]] >= _CLASS
    at = np.flatnonzero(keep)
    if len(np.unique(y[at])) < 2:
        raise CannotTell(f"fewer than two classes have {_CLASS} rows whose label can be judged")
    P = np.zeros((len(at), len(words)))
    np.add.at(P.T, column, run.P[at].T)
    return Doubts(run, at, Quality(P, y[at]), tuple(names))


def beside(run: ProbeRun, y: Ints) -> Bools:
    """Return the rows that another one with equal inputs contradicts, and all but the first of equal rows."""
    out = np.zeros(len(y), dtype=bool)
    _, inverse, counts = np.unique(run.groups, return_inverse=True, return_counts=True)
    shared = np.flatnonzero((counts[inverse] > 1) & run.used)
    seen: dict[bytes, list[int]] = {}
    for i in shared.tolist():
        seen.setdefault(run.X[i].tobytes(), []).append(i)
    for equal in seen.values():
        labels = {int(y[i]) for i in equal}
        out[equal if len(labels) > 1 else equal[1:]] = True
    return out


@dataclass(frozen=True)
class Likeness:
    """In which columns a row resembles the rows of one label more than those of another.

    Attributes
    ----------
    doubts : Doubts
        The rows, with their labels.
    """

    doubts: Doubts
    _centres: dict[int, tuple[Floats, Floats]] = field(default_factory=dict, repr=False)

    def speaks(self, i: int, other: int, most: int = 3) -> list[Name]:
        """Return the columns that speak most for another label of a row, the most telling one first.

        Parameters
        ----------
        i : int
            Position among the judged rows.
        other : int
            The other label, as a position in `Doubts.classes`.
        most : int
            Columns returned; fewer where fewer speak for it.

        Notes
        -----
        By squared distances from the means of both labels, in deviations within them: a column's best feature counts,
        from half a nat on.
        """
        a, b = self._centre(int(self.doubts.quality.y[i])), self._centre(other)
        spread = 0.5 * (a[1] + b[1]) + 1e-6
        x = self.doubts.run.X[self.doubts.at[i]].astype(np.float64)
        gain = 0.5 * ((x - a[0]) ** 2 - (x - b[0]) ** 2) / spread
        best: dict[Name, float] = {}
        for feature, value in zip(self.doubts.run.features, gain.tolist(), strict=True):
            best[feature.column] = max(best.get(feature.column, 0.0), value)
        ranked = sorted(best, key=lambda name: -best[name])
        return [name for name in ranked[:most] if best[name] > 0.5]

    def _centre(self, label: int) -> tuple[Floats, Floats]:
        if label not in self._centres:
            x = self.doubts.run.X[self.doubts.at[self.doubts.quality.y == label]].astype(np.float64)
            self._centres[label] = (x.mean(axis=0), x.var(axis=0)) if len(x) else (np.zeros(1), np.ones(1))
        return self._centres[label]
