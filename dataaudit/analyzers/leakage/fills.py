"""The rows that fills of missing cells were computed from.

Filling with the mean of some rows leaves their mean where it was, so in the rows that the mean was taken of, and in no
others, the repeated value equals the column's mean, fills included; any later scaling keeps that. Filling with the
median leaves as many rows below it as above it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dataaudit.analyzers.leakage.fill_marks import MeanFills, MedianFills, midway
from dataaudit.analyzers.leakage.fits import Fit, Match, combine, complete, effective_columns, ordered, settle, unions
from dataaudit.analyzers.leakage.spikes import Spike, spikes
from dataaudit.model import Name, NotApplicable, SplitView
from dataaudit.stats.moments import Moments
from dataaudit.stats.sample import Sample

FAINT = 1e-4
"""Accident below which all rows are named where train alone is out of the question: a fill that train does not explain
was computed from something else, and all rows together are by far the most usual."""

LIKELY = 0.05
"""The same for a median that is a number as odd as the measurements are: natural modes are round numbers."""

OFF_GRID = 0.005
"""The same for a mean that lies between the steps of the measurements: it was computed, and is no natural mode."""

OWN = 0.2
"""Accident below which a split's fill may be its own statistic; what counts is the product over splits."""


@dataclass(frozen=True)
class Imputed:
    """The answer for one kind of fill.

    Attributes
    ----------
    fit : Fit
        Which rows it was computed from.
    spikes : tuple of Spike
        The fills, one for each of the fit's columns.
    chance : float or None
        Probability of an accident, where the answer hangs on train being out of the question; None where p alone says.
    columns : tuple of Name
        Columns that say so.
    """

    fit: Fit
    spikes: tuple[Spike, ...]
    chance: float | None
    columns: tuple[Name, ...]


def imputations(splits: Mapping[str, SplitView]) -> list[Imputed]:
    """Return what is known of the fills: by the mean, by the median.

    Raises
    ------
    NotApplicable
        With one split, or without a column in which a value stands out.
    CannotTell
        With more than four splits, splits of fewer than 5 rows, or rows beyond what is sampled.
    """
    order = ordered(splits)
    filled = {name: splits[name] for name in order}
    found = spikes(filled)
    if not found:
        raise NotApplicable("no input has a value inside its range that stands out, as filled cells would")
    by_mean = _decided(MeanFills, found, filled, order)
    # the mean explains a column before the median does: it agrees to more digits
    train = by_mean.fit.match(frozenset(order[:1])).column_p < 1.0
    rest = [s for s, fits in zip(found, train, strict=True) if not fits and s.column not in by_mean.columns]
    if not complete(filled) or not rest:
        return [by_mean]
    return [by_mean, _decided(MedianFills, rest, filled, order)]


def _decided(
    kind: type[MeanFills] | type[MedianFills],
    found: Sequence[Spike],
    splits: Mapping[str, SplitView],
    order: tuple[str, ...],
) -> Imputed:
    family = kind(found, splits)
    every = unions(order)
    first = splits[order[0]]
    at = [first.schema.number_index[s.column] for s in found]
    effective = effective_columns(np.concatenate([splits[n].get(Sample()).numbers[at] for n in order], axis=1))
    matches = []
    for union in every:
        told = family.tell(union, [u for u in every if u != union])
        matches.append(Match(union, combine(told.p, effective), told.p, {family.what: told.off}))
    accepted, ambiguous = settle(matches)
    chance = None
    train, pooled = frozenset(order[:1]), frozenset(order)
    by = {m.union: m.column_p for m in matches}
    if accepted and train not in accepted:
        told_by = np.max([by[u] for u in accepted], axis=0) < 2 * LIKELY
        if not (told_by & np.array(family.excluded(train))).any():  # train explains it, if less strikingly
            ambiguous = (*ambiguous, *({train} - set(ambiguous)))
    if not accepted or ambiguous:
        for_all = (by[pooled] < 1.0) & np.array(family.excluded(train))
        for_train = (by[train] < 1.0) & np.array(family.excluded(pooled))
        hit, told_by = (pooled, for_all) if for_all.any() else (train, for_train)
        if for_all.any() != for_train.any():
            # that some of the columns say it by accident: as many ways as there are to choose them
            looks = math.comb(len(found), int(told_by.sum()))
            chance = min(1.0, looks * float(np.prod(by[hit][told_by])))
            if chance < ((OFF_GRID if kind is MeanFills else LIKELY) if family.odd()[told_by].any() else FAINT):
                accepted, ambiguous = (hit,), ()
            else:
                chance = None
    fit = Fit(
        family.step,
        family.done,
        family.leaves,
        tuple(s.column for s in found),
        order,
        tuple(matches),
        accepted,
        ambiguous,
    )
    columns: tuple[Name, ...] = ()
    if accepted:
        p = np.min([fit.match(u).column_p for u in accepted], axis=0)
        columns = tuple(c for c, v in zip(fit.columns, p, strict=True) if v < 2 * LIKELY)
    return Imputed(fit, tuple(found), chance, columns)


@dataclass(frozen=True)
class Apart:
    """Columns in which every split repeats a value of its own, its own mean or median.

    Attributes
    ----------
    word : str
        "mean" or "median".
    fills : tuple of tuple of Spike
        For each column, one for each split, in their order.
    chance : float
        Probability of an accident.
    """

    word: str
    fills: tuple[tuple[Spike, ...], ...]
    chance: float


def per_split(splits: Mapping[str, SplitView]) -> Apart | None:
    """Return the columns that each split filled with its own mean, or median; None if there are none.

    Parameters
    ----------
    splits : mapping of str to SplitView
        Filled ones, at least two.
    """
    own: dict[Name, list[Spike]] = {}
    for name in splits:
        for spike in spikes(splits, own=name):
            own.setdefault(spike.column, []).append(spike)
    whole = complete(splits)
    best = None
    everywhere = [fills for fills in own.values() if len(fills) == len(splits)]
    for word in ("mean", "median") if whole else ("mean",):
        kept, chance = [], 1.0
        for fills in everywhere:
            p = _own_odds(word, fills, list(splits.values()))
            if max(p) < OWN:
                kept.append(tuple(fills))
                chance *= math.prod(p)
        chance *= 2.0 * math.comb(len(own), len(kept))
        if kept and chance < 1e-3 and (best is None or chance < best.chance):
            best = Apart(word, tuple(kept), chance)
    return best


def _own_odds(word: str, fills: Sequence[Spike], splits: Sequence[SplitView]) -> list[float]:
    """Return for each split the probability that its value is its own mean, or median, by accident."""
    if word == "mean":
        return [_own_mean(spike, split) for spike, split in zip(fills, splits, strict=True)]
    return [_own_median(spike, i, split) for i, (spike, split) in enumerate(zip(fills, splits, strict=True))]


def _own_mean(spike: Spike, split: SplitView) -> float:
    """Return the probability that a value comes as close to the mean of its split; 1 if it is not that mean."""
    m, j = split.get(Moments()), split.schema.number_index[spike.column]
    off = abs((m.pivot[j] - spike.value) + m.rest[j])
    error = max(m.std[j] / math.sqrt(m.n[j]), 1e-300)
    return min(1.0, float((spike.resolution + spike.grid / m.n[j]) / error)) if off <= 2.0 * spike.resolution else 1.0


def _own_median(spike: Spike, i: int, split: SplitView) -> float:
    """Return the probability that a value divides its split as evenly; 1 if it is not the median."""
    below, above = int(spike.below[i]), int(spike.above[i])
    slack = spike.ties - 1 if spike.on_grid else 0
    if abs(below - above) > slack:
        return 1.0
    line = split.get(Sample()).numbers[split.schema.number_index[spike.column]]
    return min(1.0, 0.8 * (slack + 0.5) / math.sqrt(below + above) * midway(spike, [line]))
