"""How exactly a column was stored, told from its distinct values: decimals, significant digits, half or single floats.

A scaler leaves its mean and variance only as exactly as the values were written afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dataaudit.model import Bools, Floats
from dataaudit.stats.values import Distinct

_GRIDS = np.array([[10.0**-decimals] for decimals in range(9)])
"""Steps of none to eight decimals, coarsest first."""
_DIGITS = np.arange(2.0, 7.0)[:, None]
"""Significant digits."""
_SINGLE = float(np.finfo(np.float32).eps)
_TOLD_FROM = 8
"""Fewer values than these agree with any number of digits too easily."""


@dataclass(frozen=True)
class Storage:
    """What one column's values look like.

    Attributes
    ----------
    mean_error, square_error : float
        Standard error that rounding gives to the sum of the values, and of their squares, each divided by the rows
        (of all splits; times sqrt(n / n_S) it is that of a part of them).
    bias : float
        What rounding adds to the variance (Sheppard): the mean of step^2 / 12.
    lattice : float
        Grid that nearly all values lie on; 0 if none.
    known : bool
        Whether the error comes from a way of storing that was recognised, other than in double precision.
    """

    mean_error: float
    square_error: float
    bias: float
    lattice: float
    known: bool


def storage_of(distinct: Distinct) -> Storage:
    """Return how the values of a column were stored."""
    values = np.asarray(distinct.values, dtype=float)
    with np.errstate(over="ignore", invalid="ignore"):
        lattice = spacing(values)
    if not len(values) or not distinct.n:
        return Storage(0.0, 0.0, 0.0, lattice, False)
    step = steps(values)
    stands_for = distinct.n_distinct / len(values)
    share = distinct.counts / distinct.n
    error = step**2 / 12.0
    # rows of the same value share one error, so that repeated values do not average it away
    alike = stands_for * share**2 * error
    return Storage(
        float(np.sqrt(alike.sum())),
        float(2.0 * np.sqrt((alike * values**2).sum())),
        float(stands_for * (share * error).sum()),
        lattice,
        bool((step > 4e-16 * np.abs(values)).any()),
    )


def steps(values: Floats) -> Floats:
    """Return the distance to the next value that could have been stored, for each value.

    Where several ways of storing explain all values (2 decimals below 10 have at most 3 digits), the coarsest counts.

    Examples
    --------
    >>> steps(np.array([0.25, 1.13, -2.4, 0.07, 3.3, 0.91, -0.66, 5.28])).tolist()
    [0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01]
    """
    some = values[: 4 * _TOLD_FROM]
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        step = np.spacing(np.abs(values))
        if (values.astype(np.float32) == values).all():
            step = np.maximum(step, np.spacing(np.abs(values).astype(np.float32)).astype(float))
        if (values.astype(np.float16) == values).all():
            return np.asarray(np.maximum(step, np.spacing(np.abs(values).astype(np.float16)).astype(float)))
    if len(values) < _TOLD_FROM:
        return np.asarray(step)
    for at in np.flatnonzero(_on(some, _GRIDS)):  # all ways at once on some values: most fall out there
        grid = _GRIDS[at]
        if _on(values, grid):
            step = np.maximum(step, grid)
            break
    for at in np.flatnonzero(_on(some, _unit(_size(some), _DIGITS))):
        unit = _unit(_size(values), _DIGITS[at])
        if _on(values, unit):
            step = np.maximum(step, np.minimum(unit, np.abs(values)))
            break
    return np.asarray(step)


def _size(values: Floats) -> Floats:
    """Return the exponent of each value's first digit; 0 of 0."""
    return np.asarray(np.floor(np.log10(np.where(values == 0, 1.0, np.abs(values)))))


def _unit(size: Floats, digits: Floats) -> Floats:
    with np.errstate(under="ignore"):
        return np.asarray(10.0 ** (size - digits + 1))


def _on(values: Floats, grid: Floats) -> Bools:
    """Return whether all values, shape (n,), are multiples of each grid, shape (..., 1 or n), as singles blur them."""
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # huge or tiny ones are on no grid that matters
        off = np.abs(values - np.round(values / grid) * grid)
    return np.asarray((off <= np.minimum(_SINGLE * np.abs(values), 0.02 * grid)).all(axis=-1))


def spacing(values: Floats) -> float:
    """Return the grid that nearly all values lie on: the smallest gap, or a sixth to a half of it; 0 if none.

    Examples
    --------
    >>> round(spacing(np.array([-1.5, 0.5, 1.0, 2.5])), 9)
    0.5
    """
    values = np.sort(values)
    gaps = np.diff(values)
    gaps = gaps[gaps > 1e-9 * max(1.0, float(np.abs(values).max(initial=0.0)))]
    if len(gaps) < 2:
        return float(gaps[0]) if len(gaps) else 0.0
    smallest = float(gaps.min())
    for parts in range(1, 7):
        grid = smallest / parts
        places = (values - values[0]) / grid
        on_grid = np.abs(places - np.round(places)) < 0.02
        if on_grid.mean() >= 0.99:
            return grid
    return 0.0
