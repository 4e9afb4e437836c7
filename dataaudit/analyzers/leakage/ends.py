"""The ends of columns that share them, as bounds by nature or min-max and max-abs scaling leave them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dataaudit.analyzers.leakage.fits import Union
from dataaudit.analyzers.leakage.rivals import joined_values, moments_by_union
from dataaudit.model import Bools, Floats, Ints, Name, SplitView
from dataaudit.stats.extremes import Extremes
from dataaudit.stats.moments import MomentsState
from dataaudit.stats.values import Distinct

GRIDS = (1000, 255, 65535, 720, 4096)
"""Grids that numbers by nature lie on: up to three decimals, pixels of 8 and 16 bits, small fractions and those of a
clock, sensors of 12 bits."""

ECHO = 0.2
"""Share of values that an input has in common with others from which on it is the same quantity again."""

_TIE = 2e-7
"""Difference from an end, relative to the range, that counts as attained: single precision."""


@dataclass(frozen=True)
class Columns:
    """Facts of the inputs: moments by union, rows that hold each split's ends, and the grid they lie on."""

    order: tuple[str, ...]
    names: tuple[Name, ...]
    by_union: Mapping[Union, MomentsState]
    at_low: Mapping[str, Floats]
    at_high: Mapping[str, Floats]
    values: tuple[Distinct, ...]

    @classmethod
    def of(cls, splits: Mapping[str, SplitView], order: Sequence[str], names: Sequence[Name]) -> Columns:
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
class Marks:
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


def between(columns: Columns, ends: tuple[float, float]) -> Marks:
    """Return the marks of min-max scaling to two ends."""
    low, high = ends
    tie = _TIE * (high - low)
    off = {u: {"lowest": m.low - low, "highest": m.high - high} for u, m in columns.by_union.items()}
    beyond = {u: (m.low < low - tie) | (m.high > high + tie) for u, m in columns.by_union.items()}
    rows: dict[Union, list[Floats]] = {}
    for union in columns.by_union:
        parts = [off[frozenset([n])] for n in union]
        rows[union] = [
            np.sum([np.where(np.abs(p[end]) <= tie, at[n], 0.0) for n, p in zip(union, parts, strict=True)], axis=0)
            for end, at in (("lowest", columns.at_low), ("highest", columns.at_high))
        ]
    pooled = columns.by_union[columns.everything]
    inside = (pooled.low >= low) & (pooled.high <= high) & (pooled.high - pooled.low > 0.5 * (high - low))
    words = ("min-max scaling", f"min-max scaled to {low:g}..{high:g}", f"{low:g} and {high:g} as ends of every column")
    return Marks(words, tie, off, rows, beyond, inside)


def largest(columns: Columns) -> Marks:
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
    return Marks(words, _TIE, off, rows, beyond, (pooled <= 1.0) & (pooled > 0.5))
