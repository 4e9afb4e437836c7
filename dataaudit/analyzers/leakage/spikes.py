"""Values that one number repeats far more often than its neighbours: what filling missing cells leaves in a column."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dataaudit.analyzers.common import numeric_features
from dataaudit.model import Bools, Floats, Ints, Name, SplitView
from dataaudit.stats.moments import Moments
from dataaudit.stats.sample import Sample

GLANCE = 4000
"""Sampled rows a split in which a column must show a repeated value before all its sampled rows are looked at."""

LEAST = 5
"""Rows that must hold the value; fewer are ties of measurements."""

LEAST_OWN = 3
"""Rows of one split that must hold a value of its own."""

OUTNUMBERS = 3.0
"""Times as many rows as any of the neighbouring values holds, from which a value on the column's grid is no tie."""

NEIGHBOURS = 10
"""Distinct values on either side that count as neighbours."""

LEAST_VALUES = 15
"""Distinct values besides it that a column must have; codes and counts have modes of their own."""


@dataclass(frozen=True)
class Spike:
    """One value of one column that stands out, and how each split lies about it.

    Attributes
    ----------
    column : Name
        The column.
    value : float
        The value that is repeated.
    counts : ndarray of int64, shape (n_splits,)
        Sampled rows that hold it, by split.
    rows : ndarray of int64, shape (n_splits,)
        Sampled rows with any value.
    below, above : ndarray of int64, shape (n_splits,)
        Sampled rows below and above it.
    grid : float
        Spacing of the values besides it; 0 if they lie on none.
    on_grid : bool
        Whether it lies on that grid itself, as a measurement may.
    ties : int
        Most rows that one of the neighbouring values holds, over all splits.
    second : int
        Most rows that any other value holds, the smallest and the largest aside, which limits of a scale repeat.
    resolution : float
        How exactly it is stored.
    round : bool
        Whether its last digit is 0 or 5 where the others' vary, as in natural modes (40 hours, 2.50 euros).
    """

    column: Name
    value: float
    counts: Ints
    rows: Ints
    below: Ints
    above: Ints
    grid: float
    on_grid: bool
    ties: int
    second: int
    resolution: float
    round: bool


def spikes(splits: Mapping[str, SplitView], *, own: str | None = None) -> list[Spike]:
    """Return the columns in which one value stands out, with that value.

    Parameters
    ----------
    splits : mapping of str to SplitView
        Filled ones.
    own : str, optional
        Look for a value that stands out in this split and that the others hardly hold.
    """
    first = next(iter(splits.values()))
    names = [n for n in numeric_features(first.context) if _worth_it(n, splits)]
    found = []
    for name, hit in zip(names, _glanced(names, splits), strict=True):
        if hit:
            j = first.schema.number_index[name]
            lines = [s.get(Sample()).numbers[j] for s in splits.values()]
            spike = find_spike(name, [line[np.isfinite(line)] for line in lines], _place(own, splits))
            if spike is not None:
                found.append(spike)
    return found


def _place(own: str | None, splits: Mapping[str, SplitView]) -> int | None:
    return None if own is None else list(splits).index(own)


def _worth_it(name: Name, splits: Mapping[str, SplitView]) -> bool:
    """Return whether every split holds values of a column, and not whole numbers in a short range only."""
    j = next(iter(splits.values())).schema.number_index[name]
    facts = [s.get(Moments()) for s in splits.values()]
    if min(f.n[j] for f in facts) < 5:
        return False
    low, high = min(f.low[j] for f in facts), max(f.high[j] for f in facts)
    return bool(high > low and (any(f.n_fraction[j] for f in facts) or high >= low + LEAST_VALUES))


def _glanced(names: Sequence[Name], splits: Mapping[str, SplitView]) -> Bools:
    """Return the columns that repeat a value four times in a row of sorted values, shape (len(names),)."""
    first = next(iter(splits.values()))
    at = [first.schema.number_index[n] for n in names]
    hit: Bools = np.zeros(len(names), dtype=bool)
    if not at:
        return hit
    samples = [s.get(Sample()).numbers for s in splits.values()]
    most = max(256, min(GLANCE, (1 << 24) // len(at)))
    rows = np.concatenate([sample[at, :most] for sample in samples], axis=1)
    rows.sort(axis=1)
    if rows.shape[1] > 3:
        hit = (rows[:, 3:] == rows[:, :-3]).any(axis=1)
    return hit


def find_spike(name: Name, lines: Sequence[Floats], own: int | None = None) -> Spike | None:
    """Return the value of a column that stands out most, or None.

    Parameters
    ----------
    name : Name
        The column.
    lines : sequence of ndarray of float64
        Its finite values, by split.
    own : int, optional
        Position of the one split that must hold it.
    """
    every = np.concatenate(lines)
    values, counts = np.unique(every, return_counts=True)
    if len(values) <= LEAST_VALUES:
        return None
    candidates = values, counts
    if own is not None:
        values, counts = candidates = np.unique(lines[own], return_counts=True)
        others = np.concatenate([line for i, line in enumerate(lines) if i != own])
        held = np.searchsorted(np.sort(others), candidates[0], side="right") - np.searchsorted(
            np.sort(others), candidates[0], side="left"
        )
        alone = held <= candidates[1] // 10
        candidates = candidates[0][alone], candidates[1][alone]
    least = LEAST_OWN if own is not None else LEAST
    heavy = np.argsort(-candidates[1], kind="stable")
    grid, zero = grid_of(values)
    off = np.zeros(0, dtype=np.int64)
    if grid > 0:
        places = (candidates[0][heavy] - zero) / grid
        off = heavy[np.abs(places - np.round(places)) >= 0.02][:2]
    heavy = np.concatenate([heavy[:3], off])
    best: tuple[tuple[bool, float], Spike] | None = None
    for i in heavy[candidates[1][heavy] >= least]:
        spike = _measured(name, float(candidates[0][i]), values, counts, lines)
        n = int(candidates[1][i])
        stands_out = n >= OUTNUMBERS * spike.ties
        inside = min(spike.below.sum(), spike.above.sum()) >= max(3, 0.01 * len(every))
        if inside and (stands_out or not spike.on_grid) and not _mirrored(every, spike.value):
            rank = (not spike.on_grid, n / max(1, spike.ties))
            if best is None or rank > best[0]:
                best = rank, spike
    return None if best is None else best[1]


def _mirrored(every: Floats, value: float) -> bool:
    """Return whether values lie about one as in a mirror: differences listed both ways, with ties in the middle."""
    below, above = np.sort(value - every[every < value]), np.sort(every[every > value] - value)
    return len(below) == len(above) and bool(np.allclose(below, above, rtol=1e-9, atol=0.0))


def _measured(name: Name, value: float, values: Floats, counts: Ints, lines: Sequence[Floats]) -> Spike:
    at = int(np.searchsorted(values, value))
    around = np.concatenate([counts[max(0, at - NEIGHBOURS) : at], counts[at + 1 : at + 1 + NEIGHBOURS]])
    others = np.delete(values, at)
    grid, zero = grid_of(others)
    on_grid = True
    if grid > 0:
        places = (value - zero) / grid
        on_grid = abs(places - round(places)) < 0.02
    return Spike(
        name,
        value,
        np.array([np.count_nonzero(line == value) for line in lines], dtype=np.int64),
        np.array([len(line) for line in lines], dtype=np.int64),
        np.array([np.count_nonzero(line < value) for line in lines], dtype=np.int64),
        np.array([np.count_nonzero(line > value) for line in lines], dtype=np.int64),
        grid,
        on_grid,
        int(around.max(initial=1)),
        int(np.delete(counts, at)[1:-1].max(initial=1)),
        resolution(value, float(np.abs(values).max())),
        _round(value, others),
    )


def _round(value: float, others: Floats) -> bool:
    for decimals in range(10):
        on_grid = np.abs(others * 10.0**decimals - np.round(others * 10.0**decimals)) < 1e-6
        if on_grid.mean() >= 0.8:
            return round(value * 10.0**decimals) % 5 == 0
    return False


def grid_of(values: Floats) -> tuple[float, float]:
    """Return the spacing of ascending values and a point of their grid; spacing 0 if they lie on none.

    One in a hundred values may lie off it, and one or two in any case: the fills of another imputer, say.
    """
    gaps = np.diff(values)
    gaps = np.sort(gaps[gaps > 1e-9 * max(1e-300, float(np.abs(values).max(initial=0.0)))])
    if len(gaps) < 2:
        return 0.0, 0.0
    most_off = max(0.01 * len(values), min(2.0, 0.1 * len(values)))
    for gap in dict.fromkeys(float(f"{g:.6g}") for g in gaps[:6]):
        for parts in range(1, 7):
            grid = gap / parts
            if float(values[-1] - values[0]) / grid > 1e7:  # any numbers lie on so fine a grid
                break
            zero = float(values[len(values) // 2])
            places = (values - zero) / grid
            if np.count_nonzero(np.abs(places - np.round(places)) >= 0.02) <= most_off:
                return grid, zero
    for decimals in range(8):
        places = values * 10.0**decimals
        if np.count_nonzero(np.abs(places - np.round(places)) >= 1e-4) <= most_off:
            return 10.0**-decimals, 0.0
    return 0.0, 0.0


def resolution(value: float, largest: float) -> float:
    """Return how exactly a number is stored: half a unit of its last decimal, or of its last bit.

    Examples
    --------
    >>> resolution(0.25, 1.0)
    0.005
    >>> resolution(1 / 3, 1.0) < 1e-14
    True
    """
    bits = 8 * float(np.spacing(largest))
    if float(np.float32(value)) == value:
        bits = 4 * float(np.spacing(np.float32(largest)))
    if float(np.float16(min(abs(value), 6e4))) == abs(value):
        bits = float(np.spacing(np.float16(min(largest, 6e4))))
    for decimals in range(7):
        if round(value, decimals) == value:
            return max(8 * float(np.spacing(largest)), 0.5 * 10.0**-decimals)
    return bits


def same_mean_by_accident(n_a: int, n_b: int) -> float:
    """Return the share of sums of n_b whole numbers whose mean some n_a whole numbers can have, too.

    Examples
    --------
    >>> same_mean_by_accident(10, 15)
    0.3333333333333333
    """
    return math.gcd(n_a, n_b) / n_b
