"""Which rows was one step fitted on? It is fitted again on each union of the splits, and what it learns is compared."""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataaudit.analyzers.common import joined
from dataaudit.analyzers.leakage.transformer_evidence import Chance, Columns, columns_of
from dataaudit.analyzers.leakage.transformer_learned import (
    COUNTS,
    LOOSE,
    MIXED,
    TOLERANCE,
    Learned,
    as_numbers,
    difference,
    equal,
    is_number,
    learned,
)
from dataaudit.analyzers.leakage.transformer_refit import needs_target, refit, takes_target, turned_around
from dataaudit.analyzers.leakage.transformer_rows import Rows, Union
from dataaudit.analyzers.leakage.transformer_walk import TARGET_ENCODERS, Step
from dataaudit.model import CannotTell

ACCEPT = -6.0
"""log10 of the probability below which a match with rows beyond train is no accident. Of 2,348 honest fits on coarse
columns (`benchmarks/transformer_check.py`) none was accused, and the strongest accidental match was 10^-0.7."""

VOCABULARIES = frozenset({"categories_", "classes_", "vocabulary_"})
"""What a step knows of words or classes, not of how often they occur: it may have been declared."""

QUADRATIC = frozenset(
    {"Isomap", "KernelPCA", "LocallyLinearEmbedding", "MDS", "SpectralEmbedding", "TSNE", "KernelCenterer"}
)
"""Steps that compare every row with every other one."""

QUADRATIC_ROWS = 5_000
"""Rows up to which such a step is fitted again: 5,000² distances are 200 MB."""


@dataclass
class Clock:
    """The time that all refits together may take, looked at before each."""

    seconds: float
    began: float = field(default_factory=time.perf_counter)

    def check(self) -> None:
        """Raise CannotTell when the time is up."""
        if time.perf_counter() - self.began > self.seconds:
            raise CannotTell(f"the {self.seconds:g} seconds for fitting steps again were used up before it")


@dataclass(frozen=True)
class Told:
    """What is known of one step.

    Attributes
    ----------
    step : Step
        Which one.
    verdict : str
        "train", "leak", "weak" (a leak that few values speak for), "ambiguous", "none", "nothing" (learns nothing), or
        "skipped".
    unions : tuple of tuple of str
        Unions that all compared attributes fit.
    log10_p : mapping of tuple of str to float
        For each union, how improbable such a fit is by accident; 0 where it does not fit.
    attributes : tuple of str
        The ones that fit and that differ between unions, strongest first; all that fit where none differs.
    lost : tuple of str
        Attributes that no union gives again, though they depend on the order of rows or on chance.
    off : float
        Largest relative difference of an attribute that fits.
    only_words : bool
        Whether nothing but vocabulary speaks for the unions.
    why : str
        Reason where nothing could be told.
    mine, refits : mapping
        What the step holds, and what each union gives.
    """

    step: Step
    verdict: str
    unions: tuple[Union, ...] = ()
    log10_p: Mapping[Union, float] = field(default_factory=dict)
    attributes: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    off: float = 0.0
    only_words: bool = False
    why: str = ""
    mine: Learned = field(default_factory=dict, repr=False)
    refits: Mapping[Union, Learned] = field(default_factory=dict, repr=False)


def all_unions(splits: Sequence[str]) -> list[Union]:
    """Return every non-empty union: single splits first, train's before the others."""
    return [union for r in range(1, len(splits) + 1) for union in combinations(splits, r)]


def judge(step: Step, target: Rows | None, splits: tuple[str, ...], clock: Clock) -> Told:
    """Return which rows a step was fitted on; whatever its code raises on the way is a reason not to know."""
    mine = learned(step.estimator)
    if not mine:
        return Told(step, "nothing")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the step's own, about data that it was fitted on before
            return _Judgement(step, target, splits, clock, mine).told()
    except CannotTell as answer:
        return Told(step, "skipped", why=str(answer))
    except Exception as error:  # noqa: BLE001 - a step is foreign code, fed with rows it may never have met
        said = " ".join(str(error).split())[:160]
        return Told(step, "skipped", why=f"fitting it again failed ({type(error).__name__}: {said})")


class _Judgement:
    def __init__(self, step: Step, target: Rows | None, splits: tuple[str, ...], clock: Clock, mine: Learned) -> None:
        self.step, self.target, self.splits, self.clock, self.mine = step, target, splits, clock, mine
        self.tolerance = LOOSE.get(type(step.estimator).__name__, TOLERANCE)
        self.refits: dict[Union, Learned] = {}
        self.columns: dict[Union, Columns] = {}
        self.failed: dict[Union, str] = {}

    # ------------------------------------------------------------ the order of things

    def told(self) -> Told:
        """Fit on train and on all rows; on the other unions only where train does not give what the step holds."""
        train = (self.splits[0],)
        self.fit(train)
        if not any(a not in COUNTS for a in self.comparable()):
            raise CannotTell("what it learns is drawn at random, and no random_state was set")
        if len(self.splits) > 1:
            self.fit(self.splits)
        if all(self.fits(a, train) for a in self.mine if a in self.refits[train]):
            return self.answer((train,), ())
        for union in all_unions(self.splits):
            self.fit(union)
        return self.decide()

    def decide(self) -> Told:
        hits = {a: [u for u in self.refits if a in self.refits[u] and self.fits(a, u)] for a in self.comparable()}
        lost = [a for a, found in hits.items() if not found]
        hard = [a for a in lost if a in COUNTS or self.is_stable(a)]
        found = [a for a in hits if hits[a] and (self.differs(a) or a in COUNTS)]
        if hard or not any(a not in COUNTS for a in found):
            return Told(self.step, "none", why=self.nearest(hard or lost), mine=self.mine, refits=self.refits)
        common = tuple(u for u in self.refits if all(u in hits[a] for a in found))
        if not common:
            parts = [f"{a} of {' + '.join(hits[a][0])}" for a in found[:4]]
            return Told(self.step, "ambiguous", why=f"its attributes fit different rows ({', '.join(parts)})")
        return self.answer(common, tuple(lost))

    def answer(self, unions: tuple[Union, ...], lost: tuple[str, ...]) -> Told:
        train = (self.splits[0],)
        rivals = [u for u in self.refits if not all(self.fits(a, u) for a in self.comparable() if a not in lost)]
        kind = type(self.step.estimator).__name__
        telling = [a for a in self.comparable() if a not in lost and self.differs(a)]
        if not any(a not in COUNTS for a in telling) and any(a not in self.comparable() for a in self.mine):
            raise CannotTell("what it learns is drawn at random, and no random_state was set")
        strength: dict[str, float] = {}
        power: dict[Union, float] = dict.fromkeys(self.refits, 0.0)
        for union in unions:
            chance = Chance(kind, self.columns_at(union), self.columns_at(train), self.tolerance)
            by_head = {
                head: chance.log10_p([(self.mine[a], a) for a in found], [self.refits[u] for u in rivals])
                for head, found in _by_head(telling).items()
            }
            strength = strength or by_head
            counts = [p for head, p in by_head.items() if head in COUNTS]
            values = [p for head, p in by_head.items() if head not in COUNTS]
            power[union] = round(min(values, default=0.0) + min(counts, default=0.0), 1)
        best = unions[0] if train in unions else min(unions, key=lambda u: (power[u], len(u)))
        ranked = sorted((a for a in telling if a not in COUNTS), key=lambda a: strength[_head(a)])
        verdict = "train" if train in unions else "leak" if power[best] <= ACCEPT else "weak"
        if lost and verdict == "weak":  # what little speaks for it is of attributes that cannot all be had again
            return Told(self.step, "none", why=self.nearest(list(lost)), mine=self.mine, refits=self.refits)
        order = (best, *(u for u in unions if u != best))
        named = tuple(ranked) or tuple(a for a in self.comparable() if a not in lost and a not in COUNTS)
        off = max((self.off_by(a, best) for a in named), default=0.0)
        words = bool(ranked) and all(_head(a) in VOCABULARIES for a in ranked)
        return Told(self.step, verdict, order, power, named, lost, off, words, mine=self.mine, refits=self.refits)

    # ------------------------------------------------------------ refits

    def fit(self, union: Union) -> None:
        """Fit the step on the rows of a union, once."""
        if union in self.refits or union in self.failed:
            return
        self.clock.check()
        try:
            X, y = self.fed(union)
            try:
                self.refits[union] = refit(self.step.estimator, X, y, self.tolerance)
            except (TypeError, ValueError):
                if self.target is None and takes_target(self.step.estimator):
                    raise CannotTell("it cannot be fitted again without the target, and none was named") from None
                raise
        except Exception as error:  # too few rows, no target: the step may be fitted on the others all the same
            if union == self.splits[:1]:
                raise
            self.failed[union] = str(error)

    def fed(self, union: Union) -> tuple[Any, Any]:
        X = self.step.rows.of(union)
        name = type(self.step.estimator).__name__
        n = len(X) if not hasattr(X, "shape") else X.shape[0]
        if name in QUADRATIC and n > QUADRATIC_ROWS:
            raise CannotTell(f"{name} compares all rows with each other, and {n:,} are too many to fit it again")
        if name in TARGET_ENCODERS:
            if self.target is None:
                raise CannotTell("it was fitted on the target, and none was named")
            return np.asarray(self.target.of(union)), None
        if not takes_target(self.step.estimator):
            return X, None
        needed = needs_target(self.step.estimator)
        if self.target is None:
            if needed:
                raise CannotTell("it was fitted with the target, and none was named")
            return X, None
        try:
            return X, self.target.of(union)
        except CannotTell:
            if needed:
                raise
            return X, None

    def columns_at(self, union: Union) -> Columns:
        if union not in self.columns:
            self.columns[union] = columns_of(self.step.rows.of(union))
        return self.columns[union]

    # ------------------------------------------------------------ comparisons

    def comparable(self) -> list[str]:
        return [a for a in self.mine if any(a in found for found in self.refits.values())]

    def fits(self, attribute: str, union: Union) -> bool:
        if attribute not in self.refits[union]:
            return False
        return equal(self.mine[attribute], self.refits[union][attribute], self.tolerance, self.noise(attribute))

    def noise(self, attribute: str) -> NDArray[Any] | float:
        """Return what rounding may do to a statistic: 1e-12 of the size of its column, or of all columns.

        In a direction it is the tolerance, of the direction's largest entry.
        """
        direction = self.direction(attribute)
        if direction is not None:
            return self.tolerance * direction
        columns = self.columns_at((self.splits[0],))
        if not len(columns.scale):
            return 0.0
        array = self.mine[attribute]
        if array.ndim and array.shape[-1] == len(columns.scale):
            return 1e-12 * columns.scale
        return 1e-12 * float(columns.scale.max())

    def direction(self, attribute: str) -> NDArray[Any] | None:
        """Return the largest entry of each line of an attribute whose lines are directions, else None."""
        array = self.mine[attribute]
        if attribute.rsplit(".", 1)[-1] not in MIXED or array.ndim != 2 or not array.size or not is_number(array):
            return None
        return np.broadcast_to(np.abs(array).max(axis=1, keepdims=True), array.shape)

    def differs(self, attribute: str) -> bool:
        """Whether some unions give other values than others, so that the attribute tells them apart."""
        arrays = [found[attribute] for found in self.refits.values() if attribute in found]
        noise = self.noise(attribute)
        return any(not equal(arrays[0], other, self.tolerance, noise) for other in arrays[1:])

    def is_stable(self, attribute: str) -> bool:
        """Whether the order of the rows does not matter to it, so that some union would have given it again."""
        train = (self.splits[0],)
        if attribute not in self.refits[train]:
            return True
        X, y = self.fed(train)
        turned = refit(self.step.estimator, turned_around(X), None if y is None else turned_around(y), self.tolerance)
        there = turned.get(attribute)
        return there is not None and equal(self.refits[train][attribute], there, self.tolerance, self.noise(attribute))

    def off_by(self, attribute: str, union: Union) -> float:
        mine, other = as_numbers(self.mine[attribute]), as_numbers(self.refits[union][attribute])
        if not (is_number(mine) and is_number(other)) or not mine.size:
            return 0.0
        off, size = difference(mine, other)
        direction = self.direction(attribute)
        if direction is not None:
            size = direction
        else:
            off = np.where(off <= self.noise(attribute), 0.0, off)
        return float(np.max(off / np.where(size > 0, size, 1.0)))

    def nearest(self, attributes: list[str]) -> str:
        """Return a sentence that names the union whose statistics come nearest."""
        off: dict[Union, float] = {}
        for union, found in self.refits.items():
            gaps = [
                self.off_by(a, union)
                for a in attributes
                if a in found and found[a].shape == self.mine[a].shape and is_number(as_numbers(self.mine[a]))
            ]
            if gaps:
                off[union] = float(np.median(gaps))
        if self.step.rows.joint:
            return "it comes after a cross-fitted step, whose folds follow the order of rows, and train did not give it"
        shown = joined(attributes[:3]) or "what it holds"
        said = f"no union of the splits gives its {shown} again"
        if off and min(off.values()) < 0.5:
            near = min(off, key=lambda u: off[u])
            said += f"; {' + '.join(near)} comes nearest, {100 * off[near]:.2g} % off"
        return f"{said}: rows were dropped or changed since, or these are not the raw splits"


def _head(attribute: str) -> str:
    """Return "categories_" for "categories_[2]"."""
    return attribute.split("[", 1)[0]


def _by_head(attributes: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for attribute in attributes:
        found.setdefault(_head(attribute), []).append(attribute)
    return found
