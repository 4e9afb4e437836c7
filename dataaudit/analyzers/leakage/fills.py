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

from dataaudit.analyzers.leakage.fits import Fit, Match, Union, combine, effective_columns, ordered, settle, unions
from dataaudit.analyzers.leakage.spikes import OUTNUMBERS, Spike, complete, same_mean_by_accident, spikes
from dataaudit.model import Bools, Floats, Name, NotApplicable, SplitView
from dataaudit.stats.moments import Moments, MomentsState
from dataaudit.stats.sample import Sample

FAINT = 1e-4
"""Accident below which all rows are named where train alone is out of the question: a fill that train does not explain
was computed from something else, and all rows together are by far the most usual."""

LIKELY = 0.05
"""The same for a median that is a number as odd as the measurements are: natural modes are round numbers."""

OWN = 0.2
"""Accident below which a split's fill may be its own statistic; what counts is the product over splits."""


@dataclass(frozen=True)
class _Told:
    """What the columns say of one union, shape (d,) each; p is 1 where the union cannot be the one."""

    p: Floats
    off: Floats


class _Mean:
    """Filled with the mean."""

    step, done, what = "mean imputation", "filled with the mean", "mean − fill"
    leaves = "a mean that equals the fill"

    def __init__(self, found: Sequence[Spike], splits: Mapping[str, SplitView]) -> None:
        at = [next(iter(splits.values())).schema.number_index[s.column] for s in found]
        self.spikes, self.names = found, list(splits)
        self.own = {
            n: MomentsState(*(getattr(s.get(Moments()), f)[at] for f in MomentsState.__dataclass_fields__))
            for n, s in splits.items()
        }
        self.exact = complete(splits)
        share = np.array([s.counts / np.maximum(s.rows, 1) for s in found])
        cells = np.array([self.own[n].n for n in self.names]).T
        self.measured = cells - (np.array([s.counts for s in found]) if self.exact else np.round(share * cells))
        self.pooled = self._moments(frozenset(self.names))

    def _moments(self, union: Union) -> MomentsState:
        chosen = [self.own[n] for n in self.names if n in union]
        state = chosen[0]
        for more in chosen[1:]:
            state = state.merge(more)
        return state

    def _n(self, union: Union) -> Floats:
        """Return the rows that were not filled, shape (d,)."""
        return np.asarray(self.measured[:, [n in union for n in self.names]].sum(axis=1), dtype=np.float64)

    def tell(self, union: Union, rivals: Sequence[Union]) -> _Told:
        """Return how improbable it is that a union comes this close, a rival being the one."""
        from scipy.special import erf

        here, n_s = self._moments(union), np.maximum(self._n(union), 1.0)
        filled = here.n / n_s
        value = np.array([s.value for s in self.spikes])
        off = ((here.pivot - value) + here.rest) * filled
        n_all = np.maximum(self._n(frozenset(self.names)), 1.0)
        sigma = np.sqrt(self.pooled.variance() * self.pooled.n / n_all)
        fits = np.abs(off) <= 2.0 * filled * np.array([s.resolution for s in self.spikes])
        p = np.zeros(len(value))
        for rival in rivals:
            n_t = np.maximum(self._n(rival), 1.0)
            f = np.sqrt(np.maximum(1 / n_s + 1 / n_t - 2 * self._n(union & rival) / (n_s * n_t), 1e-300))
            near = erf((np.abs(off) + 1e-17) / (sigma * f * math.sqrt(2.0)))
            floor = self._floor(n_s, n_t) / (n_s * sigma * f)
            p = np.maximum(p, np.minimum(1.0, np.maximum(near, floor)))
        return _Told(np.where(fits, p, 1.0), off / sigma)

    def _floor(self, n_s: Floats, n_t: Floats) -> Floats:
        """Return the steps of the grid within which sums of measurements on a grid agree by accident."""
        steps = []
        for spike, a, b in zip(self.spikes, n_s, n_t, strict=True):
            rare = same_mean_by_accident(int(a), int(b)) if self.exact and not spike.on_grid else 1.0
            steps.append(spike.grid * rare)
        return np.array(steps)

    def odd(self) -> Bools:
        """Return the columns whose fill could not be a natural mode by its look: means never can be told so."""
        return np.zeros(len(self.spikes), dtype=bool)

    def excluded(self, union: Union) -> list[bool]:
        """Return the columns whose fill the union cannot have given, whatever was rounded."""
        here = self._moments(union)
        filled = here.n / np.maximum(self._n(union), 1.0)
        value = np.array([s.value for s in self.spikes])
        off = np.abs((here.pivot - value) + here.rest) * filled
        limits = 6.0 * filled * np.array([s.resolution for s in self.spikes])
        return [bool(far) for far in off > limits]


class _Median:
    """Filled with the median; from sampled rows, so told where the sample holds all of them.

    With an odd number of measured cells the fill is one of them and the others balance; with an even number it lies
    midway between two of them, and all balance. Ties shift the balance by as many rows, less one.
    """

    step, done, what = "median imputation", "filled with the median", "share below − share above"
    leaves = "as many rows below the fill as above it"

    def __init__(self, found: Sequence[Spike], splits: Mapping[str, SplitView]) -> None:
        self.spikes, self.names = found, list(splits)
        self.below = np.array([s.below for s in found])
        self.above = np.array([s.above for s in found])
        self.slack = np.array([s.ties - 1 for s in found]) * np.array([s.on_grid for s in found])
        at = [next(iter(splits.values())).schema.number_index[s.column] for s in found]
        self.lines = {n: s.get(Sample()).numbers[at] for n, s in splits.items()}

    def _sums(self, union: Union) -> tuple[Floats, Floats]:
        chosen = [n in union for n in self.names]
        below, above = self.below[:, chosen].sum(axis=1), self.above[:, chosen].sum(axis=1)
        return (below - above).astype(np.float64), np.maximum(below + above, 1).astype(np.float64)

    def tell(self, union: Union, rivals: Sequence[Union]) -> _Told:
        """Return how improbable it is that a union comes this close, a rival being the one."""
        from scipy.special import erf

        balance, n_s = self._sums(union)
        p = np.zeros(len(balance))
        for rival in rivals:
            n_t, both = self._sums(rival)[1], self._sums(union & rival)[1] if union & rival else 0.0
            f = np.sqrt(np.maximum(1 / n_s + 1 / n_t - 2 * both / (n_s * n_t), 1e-300))
            # with one row a value only even numbers of rows can balance, which half of all unions have
            within = np.where(self.slack > 0, self.slack + 0.5, 0.5)
            p = np.maximum(p, np.minimum(1.0, erf(within / (n_s * f * math.sqrt(2.0)))))
        fits = np.abs(balance) <= self.slack
        for j in np.flatnonzero(fits).tolist():
            midway = _midway(self.spikes[j], [self.lines[n][j] for n in self.names if n in union])
            fits[j] = self.spikes[j].on_grid or midway < 1.0  # no measurement, so it lies between two
            p[j] *= midway
        p = np.where(fits, p, 1.0)
        return _Told(p, balance / n_s)

    def odd(self) -> Bools:
        """Return the columns whose fill is a measurement like others, not a round one, and no mode among several."""
        alone = [s.counts.sum() >= OUTNUMBERS * s.second for s in self.spikes]
        odd = [s.grid > 0 and s.on_grid and not s.round for s in self.spikes]
        both: Bools = np.array(odd, dtype=bool) & np.array(alone, dtype=bool)
        return both

    def excluded(self, union: Union) -> list[bool]:
        """Return the columns whose fill the union cannot have given."""
        balance, _ = self._sums(union)
        return [bool(far) for far in np.abs(balance) > 2 * self.slack + 4]


def _midway(spike: Spike, lines: Sequence[Floats]) -> float:
    """Return the share of places between its neighbours as near the middle as a fill is; 1 if it is not the middle.

    Measurements lie midway between their neighbours as often as they do: on a grid, often.
    """
    line = np.concatenate(lines)
    below = line[line < spike.value].max(initial=-np.inf)
    above = line[line > spike.value].min(initial=np.inf)
    gap = above - below
    if not np.isfinite(gap) or abs((below + above) / 2.0 - spike.value) > 2.0 * spike.resolution:
        return 1.0
    held = np.unique(line[line != spike.value])
    middle = np.abs((held[:-2] + held[2:]) / 2.0 - held[1:-1]) <= 2.0 * spike.resolution
    usual = float(middle.mean()) if len(middle) else 1.0
    return min(1.0, max(usual, float((4.0 * spike.resolution + spike.grid) / gap)))


# ---------------------------------------------------------------- which union it was


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
    by_mean = _decided(_Mean, found, filled, order)
    # the mean explains a column before the median does: it agrees to more digits
    train = by_mean.fit.match(frozenset(order[:1])).column_p < 1.0
    rest = [s for s, fits in zip(found, train, strict=True) if not fits and s.column not in by_mean.columns]
    if not complete(filled) or not rest:
        return [by_mean]
    return [by_mean, _decided(_Median, rest, filled, order)]


def _decided(
    kind: type[_Mean] | type[_Median], found: Sequence[Spike], splits: Mapping[str, SplitView], order: tuple[str, ...]
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
            if chance < (LIKELY if family.odd()[told_by].any() else FAINT):
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
    return min(1.0, 0.8 * (slack + 0.5) / math.sqrt(below + above) * _midway(spike, [line]))
