"""Which rows was a min-max or max-abs scaling fitted on? Told from the ends that each split attains or passes.

A min-max scaler puts the smallest and the largest value of each column, over the rows it was fitted on, exactly on two
ends that all columns share, 0 and 1 by default. Only rows that attain both ends in every such column can have been
fitted on. Train attaining them all is how it should be. Where train misses some that other splits attain, the scaler
knew those splits, unless the ends are bounds by nature: then they are round numbers on a round grid, or attained by
many rows, or left unattained by some columns, none of which a scaler leaves.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from dataaudit.analyzers.common import plural
from dataaudit.analyzers.leakage.fits import Fit, Match, Union, ordered, unions
from dataaudit.analyzers.leakage.quantile import quantile
from dataaudit.analyzers.leakage.rivals import RangeFit, answered, joined_values, moments_by_union, with_fractions
from dataaudit.model import Bools, CannotTell, Floats, Ints, Name, NotApplicable, SplitView
from dataaudit.stats.extremes import Extremes
from dataaudit.stats.moments import MomentsState
from dataaudit.stats.values import Distinct

ACCEPT = 1e-4
"""Odds against bounds by nature, or against ties at the ends, from which a scaler is accepted."""

AN_END = 0.3
"""Odds that an end by nature is attained exactly, by a row or two, in a column that is on no round grid: a guess on the
safe side, so that eight such ends (four columns) are needed; a column that stays inside its bounds outweighs one."""

FEW = 2
"""Rows at an end from which on it may be a bound by nature, where values hardly repeat."""

GRIDS = (1000, 255, 65535, 720, 4096)
"""Grids that numbers by nature lie on: up to three decimals, pixels of 8 and 16 bits, small fractions and those of a
clock, sensors of 12 bits."""

ECHO = 0.2
"""Share of values that an input has in common with others from which on it is the same quantity again."""

MISSED = 2
"""Ends that train has to miss: one may have gone with a row that was dropped, or be a bound by nature."""

TIES = 0.05
"""Odds of ties below which splits that attain every end, as train does, leave it open which were fitted on."""

_TIE = 2e-7
"""Difference from an end, relative to the range, that counts as attained: single precision."""


def min_max(splits: Mapping[str, SplitView]) -> Fit:
    """Return which rows the inputs were min-max or max-abs scaled on; shared by the rules that ask.

    Raises
    ------
    NotApplicable
        With one split, or without inputs that share their ends.
    CannotTell
        With more than four splits, or splits of fewer than 5 rows.
    """
    return answered("min-max scaling", splits, lambda: _decide(splits))


def _decide(splits: Mapping[str, SplitView]) -> RangeFit:
    order = ordered(splits)
    ranked = _ranked(splits)
    names = [n for n in _inputs(splits, order) if n not in ranked]
    if not names:
        raise NotApplicable("no input shares both its ends with another")
    columns = _Columns.of(splits, order, names)
    found = [_fit(columns, _between(columns, ends), ends) for ends in columns.shared_ends()]
    found.append(_fit(columns, _largest(columns), (0.0, 1.0)))
    fits = [fit for fit in found if fit is not None]
    if not fits:
        raise NotApplicable("no two inputs share ends that all of them attain, as min-max scaling leaves them")
    # at equal odds the first: ends of 0 and 1 are a largest size of 1, too
    best = min(fits, key=lambda fit: min(m.log_p for m in fit.matches))
    if not best.accepted:
        raise CannotTell(
            f"{best.step}: {plural(len(best.columns), 'input')} with common ends are too few, or attain them too "
            "often, to tell a scaler from bounds by nature",
            best.trace(),
        )
    return best


def _ranked(splits: Mapping[str, SplitView]) -> tuple[Name, ...]:
    """Return the inputs that a quantile transformation explains: it attains 0 and 1 too."""
    try:
        fit = quantile(splits)
    except (CannotTell, NotApplicable):
        return ()
    return fit.columns if fit.accepted else ()


def _inputs(splits: Mapping[str, SplitView], order: Sequence[str]) -> list[Name]:
    """Return the inputs with fractions, of several values in each split."""
    # a scaler leaves numbers of a moderate size; the range of huge ones is beyond floats
    return [
        name
        for name, at in with_fractions(splits, order)
        if (at.low.min() > -1e100 and at.high.max() < 1e100 and (at.low < at.high).all())
    ]


@dataclass(frozen=True)
class _Columns:
    """Facts of the inputs: moments by union, rows that hold each split's ends, and the grid they lie on."""

    order: tuple[str, ...]
    names: tuple[Name, ...]
    by_union: Mapping[Union, MomentsState]
    at_low: Mapping[str, Floats]
    at_high: Mapping[str, Floats]
    values: tuple[Distinct, ...]

    @classmethod
    def of(cls, splits: Mapping[str, SplitView], order: Sequence[str], names: Sequence[Name]) -> _Columns:
        index = splits[order[0]].schema.number_index
        at = [index[name] for name in names]
        ends = {n: splits[n].get(Extremes()) for n in order}
        by_union = moments_by_union(splits, order, at)
        pooled = by_union[frozenset(order)]
        wide = dict(zip(names, (pooled.high - pooled.low).tolist(), strict=True))
        low = {n: np.array([_ties(ends[n].smallest(c)[0], wide[c]) for c in names]) for n in order}
        high = {n: np.array([_ties(ends[n].largest(c)[0], wide[c]) for c in names]) for n in order}
        values = joined_values(splits, order, names)
        return cls(tuple(order), tuple(names), by_union, low, high, tuple(values))

    @property
    def everything(self) -> Union:
        """All splits."""
        return frozenset(self.order)

    def shared_ends(self) -> list[tuple[float, float]]:
        """Return pairs of ends, as someone would choose them, that at least two inputs share, the commonest first."""
        seen: Counter[tuple[float, float]] = Counter()
        for m in self.by_union.values():
            pairs = [(float(f"{a:.2g}"), float(f"{b:.2g}")) for a, b in zip(m.low, m.high, strict=True)]
            chosen = [
                pair
                for pair, a, b in zip(pairs, m.low, m.high, strict=True)
                if max(abs(pair[0] - a), abs(pair[1] - b)) <= _TIE * (b - a)
            ]
            for pair, n in Counter(chosen).items():
                seen[pair] = max(seen[pair], n)
        return [pair for pair, n in seen.most_common(3) if n >= 2]

    def echoes(self) -> Bools:
        """Return the inputs that mostly hold values of those before them: copies and lags share their ends.

        Rounded inputs share values by accident; then values one or two steps further are shared as often.
        """
        sizes = [len(sketch.values) for sketch in self.values]
        holder = np.repeat(np.arange(len(sizes)), sizes)
        _, first = np.unique(np.concatenate([sketch.hashes for sketch in self.values]), return_index=True)
        known = np.ones(len(holder), dtype=bool)
        known[first] = False
        shared = np.bincount(holder, weights=known, minlength=len(sizes)) / np.maximum(sizes, 1)
        every = np.concatenate([np.asarray(sketch.values, dtype=float) for sketch in self.values])
        tables: dict[int, tuple[Floats, Ints]] = {}
        found = np.array(shared > ECHO, dtype=bool)
        for j in np.flatnonzero(found).tolist():
            found[j] = shared[j] - _shared_by_accident(every[holder == j], j, every, holder, tables) > ECHO
        return found

    def coarse(self, ends: tuple[float, float]) -> Bools:
        """Return the inputs that say nothing: on a grid by nature, of few values, in half precision, or echoes."""
        wide = ends[1] - ends[0]
        found = []
        for sketch in self.values:
            values = (np.asarray(sketch.values, dtype=float) - ends[0]) / wide
            few = sketch.exact and sketch.n_distinct <= 20
            with np.errstate(over="ignore"):
                halves = bool((np.asarray(sketch.values).astype(np.float16) == sketch.values).all())
            found.append(few or halves or any(_on_grid(values, parts) for parts in GRIDS))
        return np.array(found, dtype=bool) | self.echoes()


def _shared_by_accident(
    values: Floats, j: int, every: Floats, holder: Ints, tables: dict[int, tuple[Floats, Ints]]
) -> float:
    """Return the share of values of input j that earlier ones hold since both were rounded to the same decimals.

    Parameters
    ----------
    values : ndarray of float64
        Of the input.
    j : int
        Its place among the inputs.
    every, holder : ndarray
        Values of all inputs one after the other, and whose they are.
    tables : dict
        For each number of decimals the rounded values of all inputs and the first input that holds each; filled here.
    """
    for decimals in range(4, 7):  # coarser ones are of no account
        with np.errstate(over="ignore", invalid="ignore"):
            places = np.round(values * 10.0**decimals)
            if (np.abs(values * 10.0**decimals - places) < 1e-3).mean() < 0.99:
                continue
            if decimals not in tables:
                steps, first = np.unique(np.round(every * 10.0**decimals), return_index=True)
                tables[decimals] = steps, holder[first]
        steps, owner = tables[decimals]
        shares = []
        for k in (-2, -1, 1, 2):
            at = np.minimum(np.searchsorted(steps, places + k), len(steps) - 1)
            shares.append(float(((steps[at] == places + k) & (owner[at] < j)).mean()))
        return max(shares)
    return 0.0


def _ties(ends: Floats, wide: float) -> float:
    """Return how many of some extreme values, outermost first, equal the first."""
    return float(np.count_nonzero(np.abs(ends - ends[0]) <= _TIE * wide)) if len(ends) else 0.0


def _on_grid(values: Floats, parts: int) -> bool:
    """Return whether nearly all values are multiples of 1/parts, as exact as single precision."""
    with np.errstate(over="ignore", invalid="ignore"):
        places = values * parts
        off = np.abs(places - np.round(places))
    return bool((off <= max(2e-4, _TIE * parts)).mean() >= 0.99) if len(values) else True


@dataclass(frozen=True)
class _Marks:
    """The ends that a scaler would have left, and how each union stands to them; shape (d,) each.

    Attributes
    ----------
    words : tuple of str
        What was done, and what it leaves.
    off : mapping of union to mapping of str to ndarray
        How far each end of a union is from the mark: {"lowest": …, "highest": …}.
    rows : mapping of union to list of ndarray
        Rows of the union that hold each mark.
    beyond : mapping of union to ndarray of bool
        Whether the union passes a mark.
    inside : ndarray of bool
        Inputs that stay within the marks and come near them.
    """

    words: tuple[str, str, str]
    tie: float
    off: Mapping[Union, Mapping[str, Floats]]
    rows: Mapping[Union, Sequence[Floats]]
    beyond: Mapping[Union, Bools]
    inside: Bools

    def attained(self, union: Union) -> Bools:
        """Return the inputs that attain every mark, and exactly, over a union."""
        return np.asarray(np.all([np.abs(v) <= self.tie for v in self.off[union].values()], axis=0))


def _between(columns: _Columns, ends: tuple[float, float]) -> _Marks:
    """Return the marks of min-max scaling to two ends."""
    low, high = ends
    tie = _TIE * (high - low)
    off = {u: {"lowest": m.low - low, "highest": m.high - high} for u, m in columns.by_union.items()}
    beyond = {u: (m.low < low - tie) | (m.high > high + tie) for u, m in columns.by_union.items()}
    rows: dict[Union, list[Floats]] = {}
    for union in columns.by_union:
        parts = [off[frozenset([n])] for n in union]
        rows[union] = [
            sum_of(np.where(np.abs(p[end]) <= tie, at[n], 0.0) for n, p in zip(union, parts, strict=True))
            for end, at in (("lowest", columns.at_low), ("highest", columns.at_high))
        ]
    pooled = columns.by_union[columns.everything]
    inside = (pooled.low >= low) & (pooled.high <= high) & (pooled.high - pooled.low > 0.5 * (high - low))
    words = ("min-max scaling", f"min-max scaled to {low:g}..{high:g}", f"{low:g} and {high:g} as ends of every column")
    return _Marks(words, tie, off, rows, beyond, inside)


def _largest(columns: _Columns) -> _Marks:
    """Return the marks of max-abs scaling: a largest size of 1."""
    sizes = {u: np.maximum(np.abs(m.low), np.abs(m.high)) for u, m in columns.by_union.items()}
    off = {u: {"largest size": size - 1.0} for u, size in sizes.items()}
    beyond = {u: size > 1.0 + _TIE for u, size in sizes.items()}
    rows: dict[Union, list[Floats]] = {}
    for union in columns.by_union:
        total = np.zeros(len(columns.names))
        for n in union:
            m = columns.by_union[frozenset([n])]
            total += np.where(np.abs(m.low + 1.0) <= _TIE, columns.at_low[n], 0.0)
            total += np.where(np.abs(m.high - 1.0) <= _TIE, columns.at_high[n], 0.0)
        rows[union] = [total]
    pooled = sizes[columns.everything]
    words = ("max-abs scaling", "scaled to a largest size of 1", "1 as the largest size in every column")
    return _Marks(words, _TIE, off, rows, beyond, (pooled <= 1.0) & (pooled > 0.5))


def sum_of(arrays: Iterable[Floats]) -> Floats:
    """Return the sum of some arrays of one shape."""
    return np.asarray(np.sum(list(arrays), axis=0))


def _fit(columns: _Columns, marks: _Marks, ends: tuple[float, float]) -> RangeFit | None:
    """Return the answer for one set of marks; None if fewer than two inputs speak for it."""
    order, everything = columns.order, columns.everything
    train = frozenset([order[0]])
    attained = {u: marks.attained(u) for u in unions(order)}
    scaled = np.any(list(attained.values()), axis=0)
    if scaled.sum() < 2:  # nearly always, and told without a look at the values
        return None
    coarse = columns.coarse(ends)
    scaled = np.asarray(scaled & ~coarse)
    if scaled.sum() < 2:
        return None
    against = float((marks.inside & ~scaled & ~coarse).sum()) * -len(marks.rows[everything]) * math.log(AN_END)
    log_p = {
        u: min(0.0, _by_nature(columns, marks.rows[u], scaled) + against) if (attained[u] | ~scaled).all() else 0.0
        for u in unions(order)
    }
    apart = _per_split(columns, marks, scaled)
    accepted, ambiguous = _told(order, log_p, attained, marks, scaled, apart)
    # inputs too coarse to speak that attain the same ends were scaled along with the others, it seems
    keep = scaled | np.all([attained[u] for u in accepted or (train,)], axis=0)
    matches = tuple(
        Match(u, log_p[u], np.full(int(keep.sum()), AN_END), {k: v[keep] for k, v in marks.off[u].items()})
        for u in unions(order)
    )
    names = tuple(n for n, kept in zip(columns.names, keep, strict=True) if kept)
    return RangeFit(*marks.words, names, order, matches, accepted, ambiguous, ACCEPT)


def _by_nature(columns: _Columns, rows: Sequence[Floats], scaled: Bools) -> float:
    """Return the logarithm of the odds that inputs have these ends by nature, from the rows that hold them."""
    repeats = np.array([d.n / max(1, d.n_distinct) for d in columns.values])  # where values repeat, so may ends
    few = [(r <= FEW * repeats) & scaled for r in rows]
    return float(np.sum(few)) * math.log(AN_END)


def _per_split(columns: _Columns, marks: _Marks, scaled: Bools) -> tuple[tuple[str, ...], float]:
    """Return the splits that attain every end by themselves, and the log odds that ties with train explain it."""
    alone = [n for n in columns.order if (marks.attained(frozenset([n])) | ~scaled).all()]
    if len(alone) < 2 or columns.order[0] not in alone:
        return (), 0.0
    n = np.array([columns.by_union[frozenset([s])].n[scaled] for s in alone], dtype=float)
    share = n / n.sum(axis=0)
    log_p = 0.0
    for end in range(len(marks.rows[columns.everything])):
        ties = sum_of(marks.rows[frozenset([s])][end][scaled] for s in alone)
        # that no split lacks the end, had the rows that hold it been dealt out at random: by inclusion and exclusion
        nowhere = np.zeros_like(ties)
        for r in range(1, len(alone)):
            for without in combinations(range(len(alone)), r):
                nowhere += (-1.0) ** (r + 1) * (1.0 - share[list(without)].sum(axis=0)) ** ties
        log_p += float(np.log(np.clip(1.0 - nowhere, 1e-9, 1.0)).sum())
    return tuple(alone), log_p


def _told(
    order: Sequence[str],
    log_p: Mapping[Union, float],
    attained: Mapping[Union, Bools],
    marks: _Marks,
    scaled: Bools,
    apart: tuple[tuple[str, ...], float],
) -> tuple[tuple[Union, ...], tuple[Union, ...]]:
    """Return the unions that were fitted on, and those that leave it open."""
    train = frozenset([order[0]])
    sure = [u for u, p in log_p.items() if p < math.log(ACCEPT)]
    if train in sure:
        alone = tuple(frozenset([n]) for n in apart[0] if n != order[0])
        if apart[1] < math.log(ACCEPT):
            return (train, *alone), ()
        return (train,), alone if apart[1] < math.log(TIES) else ()
    missed = sum(int(((np.abs(off) > marks.tie) & scaled).sum()) for off in marks.off[train].values())
    if not sure or missed < MISSED:
        return (), ()
    least = [u for u in sure if not any(v < u for v in sure)]
    chosen = min(least, key=lambda u: (order[0] not in u, len(u)))
    if order[0] in chosen or (len(least) == 1 and (marks.beyond[train] & scaled).any()):
        return (chosen,), ()
    # a train within the ends may have been fitted on too, and happen to hold none of them
    return (chosen,), tuple(u for u in least if u != chosen) or (frozenset(order),)
