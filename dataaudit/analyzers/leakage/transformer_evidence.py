"""The probability that a fitted attribute equals that of a union of splits by accident."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataaudit.analyzers.leakage.transformer_learned import COUNTS, ROWS_IN_ANY_ORDER, as_numbers, difference, is_number

SMOOTH = frozenset(
    {
        "coef_", "components_", "covariance_", "cluster_centers_", "dual_coef_", "encodings_", "explained_variance_",
        "idf_", "lambdas_", "location_", "mean_", "noise_variance_", "precision_", "pvalues_", "scalings_", "scores_",
        "singular_values_", "target_mean_", "var_", "variances_", "whitening_", "x_mean_", "xbar_",
    }
)  # fmt: skip
"""Statistics that move with every row, so that other rows give the same value as rarely as its digits allow."""

_SMOOTH_OF = {"StandardScaler": ("scale_",), "SimpleImputer": ("statistics_",)}
_FEWEST = 1e-9
"""Smallest probability of one value, so that no result rests on a single one's digits alone."""

_FEWEST_ORDER = 1e-6
"""The same for a value that is one of the column's own, such as an extreme or a median."""

_UNKNOWN = 0.1
"""Probability of a value of a kind not known here: a bin edge, a quantile between two values."""

_UNKNOWN_AT_MOST = 3
"""Such values of one column that count: they hang together."""

_WORD = 0.5
"""Probability that a word that train never shows is known by accident: rows were dropped from train that held it."""


_ROWS_FOR_GAP = 50_000
"""Rows that the smallest difference of two values is looked for in."""


@dataclass(frozen=True)
class Columns:
    """What is known of a step's numeric input, by column; what takes sorting is found when first asked for.

    Attributes
    ----------
    n : int
        Rows.
    rows : ndarray of float64, shape (n, d)
        The input; no columns where it is no table of numbers.
    """

    n: int
    rows: NDArray[np.float64] = field(repr=False)

    @cached_property
    def scale(self) -> NDArray[np.float64]:
        """Largest finite absolute value, shape (d,)."""
        sizes = np.abs(self.rows)
        largest: NDArray[np.float64] = np.max(sizes, axis=0, where=np.isfinite(sizes), initial=0.0)
        return largest

    @cached_property
    def gap(self) -> NDArray[np.float64]:
        """Smallest difference of two values, shape (d,); of some of the rows where there are many, so rather larger."""
        some = self.rows[:: max(1, self.n // _ROWS_FOR_GAP)]
        return np.array([float(np.diff(v).min()) if len(v) > 1 else 0.0 for v in _distinct(some)])

    @cached_property
    def values(self) -> tuple[NDArray[np.float64], ...]:
        """Distinct values of each column in ascending order."""
        return _distinct(self.rows)


def _distinct(rows: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    return tuple(np.unique(column[np.isfinite(column)]) for column in rows.T)


def columns_of(rows: Any) -> Columns:
    """Return what is known of numeric rows, NaN and infinity left out; nothing for text and sparse matrices."""
    n = int(rows.shape[0]) if hasattr(rows, "shape") else len(rows)
    nothing = Columns(n, np.empty((n, 0)))
    if not hasattr(rows, "shape") or len(rows.shape) != 2 or hasattr(rows, "tocsr"):
        return nothing
    try:
        return Columns(n, np.asarray(rows, dtype=np.float64))
    except (TypeError, ValueError):
        return nothing


@dataclass(frozen=True)
class Chance:
    """How improbable an equal attribute is by accident.

    Each value could as well have come out anywhere between it and what another union gives; how many values there are
    to hit in between depends on its kind. A statistic that moves with every row could take every value that the
    column's own lattice allows; an order statistic only those of the column; of words, every one that the other union
    lacks is known by accident in one case of two.

    Attributes
    ----------
    kind : str
        Class of the step.
    here, train : Columns
        Input of the step on the rows of the union, and on train.
    tolerance : float
        Largest relative difference of equal numbers.
    """

    kind: str
    here: Columns
    train: Columns
    tolerance: float

    def log10_p(self, mine: Sequence[tuple[NDArray[Any], str]], rivals: Sequence[Mapping[str, NDArray[Any]]]) -> float:
        """Return log10 of the probability that attributes equal those of a union although they come from other rows.

        Parameters
        ----------
        mine : sequence of (ndarray, str)
            What the step holds, equal to what the union gives, with the attribute's name: one attribute, or the parts
            of one that has a part for each column.
        rivals : sequence of mapping of str to ndarray
            What the unions give that do not fit; the hardest one counts.

        Returns
        -------
        float
            At most 0.
        """
        sums = [sum(self._one(name, array, rival[name]) for array, name in mine if name in rival) for rival in rivals]
        return float(max(sums, default=0.0))

    def _one(self, attribute: str, mine: NDArray[Any], rival: NDArray[Any]) -> float:
        if attribute in COUNTS:
            return 0.0 if np.array_equal(mine, rival) else -math.log10(max(self.here.n, 1))
        numbers, other = as_numbers(mine), as_numbers(rival)
        if mine.shape != rival.shape or not is_number(numbers) or not is_number(other):
            words = len(set(map(str, mine.ravel().tolist())) ^ set(map(str, rival.ravel().tolist())))
            if attribute in ROWS_IN_ANY_ORDER:  # each row that the other union has not would be there by accident
                words = max(words, abs(mine.shape[0] - rival.shape[0]))
            return words * math.log10(_WORD)
        spread = _spread(numbers, other, self.tolerance)
        telling = spread > 0
        if not telling.any():
            return 0.0
        chance = _chance(attribute, self.kind, numbers.astype(np.float64), spread, self.here, self.train)
        return float(np.log10(np.clip(np.where(telling, chance, 1.0), 1e-12, 1.0)).sum())


def _spread(mine: NDArray[Any], other: NDArray[Any], tolerance: float) -> NDArray[np.float64]:
    """Return how far another union's values are, 0 where they are equal."""
    off, size = difference(mine, other)
    return np.where(off > tolerance * size, np.where(np.isfinite(off), off, 0.0), 0.0)


def _chance(
    attribute: str, kind: str, mine: NDArray[Any], spread: NDArray[Any], here: Columns, train: Columns
) -> NDArray[np.float64]:
    d = here.rows.shape[1]
    by_column = d > 0 and mine.ndim > 0 and mine.shape[-1] == d
    name = attribute.rsplit(".", 1)[-1].split("[", 1)[0]
    step = np.where(spread > 0, spread, 1.0)
    gap = here.gap if by_column else np.zeros(1)
    smooth = name in SMOOTH or name in _SMOOTH_OF.get(kind, ())
    if smooth:
        scale = here.scale if by_column else np.full(1, float(here.scale.max()) if d else 1.0)
        likely = np.clip(np.maximum(gap / max(here.n, 1), 1e-12 * scale) / step, _FEWEST, 1.0)
        likely = np.broadcast_to(likely, mine.shape)
        if name != "statistics_":  # an imputer's may be means, medians or modes
            return likely
    else:
        share = _UNKNOWN
        if mine.size > _UNKNOWN_AT_MOST:  # spread what a few values say over all of them
            lines = int(np.prod(mine.shape[:-1])) if by_column else mine.size
            share = share ** min(1.0, _UNKNOWN_AT_MOST / max(lines, 1))
        likely = np.full(mine.shape, share)
    if not by_column or mine.ndim != 1:
        return likely
    own = np.array([_is_own(v, values) for v, values in zip(mine, here.values, strict=True)])
    reach = np.array([_reach(v, values) for v, values in zip(mine, train.values, strict=True)])
    return np.where(own, np.clip(np.maximum(gap, reach) / step, _FEWEST_ORDER, 1.0), likely)


def _is_own(value: float, values: NDArray[np.float64]) -> bool:
    """Whether a number is one of a column's values, or lies halfway between two neighbours."""
    if not len(values) or not np.isfinite(value):
        return False
    at = int(np.clip(np.searchsorted(values, value), 0, len(values) - 1))
    near = values[max(at - 1, 0) : at + 1]
    middle = (values[at - 1] + values[at]) / 2 if at else values[0]
    return bool(np.isclose([*near, middle], value, rtol=1e-9, atol=0.0).any())


def _reach(value: float, values: NDArray[np.float64]) -> float:
    """Return the distance of the values of train around a number that train's own rows could give; 0 if none could."""
    if not _is_own(value, values):
        return 0.0
    at = int(np.clip(np.searchsorted(values, value), 0, len(values) - 1))
    around = values[max(at - 1, 0) : at + 2]
    return float(around[-1] - around[0]) / max(len(around) - 1, 1)
