"""Whether inputs say anything about outputs: an exact permutation test, for any kind of dependence a row's place shows.

Statistics look at inputs through functions that do not depend on the labels, so that permuting labels gives their
exact distribution where there is no association. Predictions of a fitted model would not: permuted against fixed
out-of-fold predictions they reject too often.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dataaudit.model import Floats, Ints
from dataaudit.probe.outcomes import centred_within

NEIGHBOURS = 10
"""Rows near a row that are asked for their label."""
_NEAR_ROWS = 2_000
"""Rows among which they are looked for."""
_NEAR_INPUTS = 64
"""Inputs by which they are looked for; random mixtures of more."""
_LINES = 512
"""Inputs whose products with labels are taken; random mixtures of more."""
_MOST_ROWS = 5_000
"""Rows that are permuted; more of them are sampled."""
_WORK = 1e10
"""Products that a test may cost, under a second; with more, or more rows than that, fewer rows are taken."""
_BLOCK = 2e6
"""Numbers that are permuted at once: what the processor keeps at hand."""
_ROUNDING = 1e-7
"""Share of the largest by which statistics differ that are the same but for rounding."""


@dataclass(frozen=True)
class Permutation:
    """What a permutation test says.

    Attributes
    ----------
    p : float
        Chance of as much association without any: the smallest of the parts' p-values, itself compared with its
        permutations (Westfall and Young 1993).
    parts : tuple of float
        p-values of: all inputs together, the single most telling input, and labels of near rows.
    permutations : int
        How many there were.
    n : int
        Rows, or groups of rows, that were permuted.
    """

    p: float
    parts: tuple[float, float, float]
    permutations: int
    n: int


def permutation_test(
    X: NDArray[np.float32],
    Y: Floats,
    *,
    strata: Ints | None = None,
    permutations: int = 399,
    seed: int = 0,
) -> Permutation:
    """Test whether lines of a target hang together with inputs.

    Parameters
    ----------
    X : ndarray of float32, shape (n, d)
        Finite.
    Y : ndarray of float64, shape (n, k)
        As `outcome_lines` makes them.
    strata : ndarray of int64, shape (n,), optional
        Labels are permuted among rows of one stratum only, and differences between strata tell nothing.
    permutations : int
        How many; the smallest p-value is one over one more.
    seed : int
        For permutations and mixtures.
    """
    n = len(X)
    strata = np.zeros(n, np.int64) if strata is None else np.unique(strata, return_inverse=True)[1].astype(np.int64)
    rng = np.random.default_rng(seed)
    keep = _affordable(n, X.shape[1], Y.shape[1], permutations, rng)
    X, Y, strata = X[keep], Y[keep], strata[keep]
    n = len(X)
    if n < 4:
        return Permutation(1.0, (1.0, 1.0, 1.0), 0, n)
    Y = centred_within(Y, strata)
    Z = _standard(X, strata)
    if not Z.shape[1] or not Y.any():
        return Permutation(1.0, (1.0, 1.0, 1.0), 0, n)
    near_rows, near = _neighbours(Z, rng)
    lines = _mixed(Z, _LINES, rng).astype(np.float32)
    labels = Y.astype(np.float32)
    seen = np.empty((permutations + 1, 3))
    block = max(1, int(_BLOCK / Y.size))
    for first in range(0, permutations + 1, block):
        last = min(first + block, permutations + 1)
        many = np.stack([labels if b == 0 else labels[_shuffled(strata, rng)] for b in range(first, last)], axis=1)
        seen[first:last] = _statistics(lines, many, near_rows, near)
    ranks = np.stack([_upper_share(line) for line in seen.T], axis=1)
    smallest = ranks.min(axis=1)
    p = float((smallest <= smallest[0] + 1e-9).mean())
    return Permutation(p, (float(ranks[0, 0]), float(ranks[0, 1]), float(ranks[0, 2])), permutations, n)


def _affordable(n: int, d: int, k: int, permutations: int, rng: np.random.Generator) -> Ints:
    most = min(_MOST_ROWS, int(_WORK / max(1.0, float(min(d, _LINES)) * k * permutations)))
    if n <= max(most, 500):
        return np.arange(n)
    return np.sort(rng.choice(n, max(most, 500), replace=False))


def _standard(X: NDArray[np.float32], strata: Ints) -> Floats:
    """Return inputs less their mean within the stratum, of unit spread, constant ones left out."""
    Z = centred_within(X.astype(np.float64), strata)
    spread = Z.std(axis=0)
    keep = spread > 1e-6
    result: Floats = Z[:, keep] / spread[keep]
    return result


def _mixed(Z: Floats, most: int, rng: np.random.Generator) -> Floats:
    if Z.shape[1] <= most:
        return Z
    mixed: Floats = Z @ rng.choice((-1.0, 1.0), (Z.shape[1], most)) / np.sqrt(Z.shape[1])
    return mixed


def _neighbours(Z: Floats, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Return some rows, and for each the places among them of those nearest to it, shape (m, NEIGHBOURS)."""
    rows = np.arange(len(Z)) if len(Z) <= _NEAR_ROWS else np.sort(rng.choice(len(Z), _NEAR_ROWS, replace=False))
    lines = _mixed(Z[rows], _NEAR_INPUTS, rng).astype(np.float32)
    k = min(NEIGHBOURS, len(rows) - 1)
    size = (lines**2).sum(axis=1)
    near = np.empty((len(rows), k), np.int64)
    for first in range(0, len(rows), 512):
        part = lines[first : first + 512]
        far = size[None, :] - 2.0 * (part @ lines.T)
        far[np.arange(len(part)), first + np.arange(len(part))] = np.inf
        near[first : first + 512] = np.argpartition(far, k - 1, axis=1)[:, :k]
    return rows, near


def _shuffled(strata: Ints, rng: np.random.Generator) -> Ints:
    """Return a random order of the rows in which every one stays within its stratum."""
    if not strata.any():
        return rng.permutation(len(strata))
    places = np.empty(len(strata), np.int64)
    places[np.argsort(strata, kind="stable")] = np.lexsort((rng.random(len(strata)), strata))
    return places


def _statistics(lines: NDArray[np.float32], many: NDArray[np.float32], near_rows: Ints, near: Ints) -> Floats:
    """Return three statistics of some permutations of the labels, shape (b, 3).

    Parameters
    ----------
    lines : ndarray of float32, shape (n, d)
        Inputs.
    many : ndarray of float32, shape (n, b, k)
        Labels, permuted.
    near_rows, near : ndarray of int64
        As `_neighbours` returns them.
    """
    n, b, k = many.shape
    products = (lines.T @ many.reshape(n, b * k)).reshape(-1, b, k).astype(np.float64)
    each = (products**2).sum(axis=2)
    chosen = many[near_rows]
    around = np.zeros_like(chosen)
    for j in range(near.shape[1]):
        around += chosen[near[:, j]]
    agree = np.einsum("ibk,ibk->b", chosen, around, dtype=np.float64)
    return np.stack([each.sum(axis=0), each.max(axis=0), agree], axis=1)


def _upper_share(line: Floats) -> Floats:
    """Return, for each value, the share of all that are as large or larger; equal but for rounding counts as equal."""
    slack = _ROUNDING * float(np.abs(line).max())
    ordered = np.sort(line)
    return 1.0 - np.searchsorted(ordered, line - slack, side="left") / len(line)


def grouped_test(
    X: NDArray[np.float32],
    Y: Floats,
    groups: Ints,
    *,
    strata: Ints | None = None,
    permutations: int = 399,
    seed: int = 0,
) -> Permutation:
    """Test whether lines of a target hang together with inputs, where rows come in groups that may share both.

    Groups are permuted as wholes, each with the mean of its inputs and of its labels, and labels within each group
    by themselves; the smaller of both p-values is doubled (Bonferroni). Without groups, as `permutation_test`.

    Parameters
    ----------
    X, Y, strata, permutations, seed
        As `permutation_test` takes them. A group counts for the stratum of its first row.
    groups : ndarray of int64, shape (n,)
        Rows of one group share a number.
    """
    names, first, inverse, sizes = np.unique(groups, return_index=True, return_inverse=True, return_counts=True)
    if len(names) == len(groups):
        return permutation_test(X, Y, strata=strata, permutations=permutations, seed=seed)
    of = strata[first] if strata is not None else None
    means_x, means_y = _means(X, inverse, sizes), _means(Y, inverse, sizes)
    between = permutation_test(means_x.astype(np.float32), means_y, strata=of, permutations=permutations, seed=seed)
    several = sizes[inverse] > 1
    within = permutation_test(X[several], Y[several], strata=inverse[several], permutations=permutations, seed=seed + 1)
    if not within.permutations:
        return between
    if not between.permutations:
        return within
    worse = min(between, within, key=lambda test: test.p)
    return Permutation(min(1.0, 2.0 * worse.p), worse.parts, permutations, len(names))


def _means(lines: NDArray[np.floating], of: Ints, sizes: Ints) -> Floats:
    found: Floats = np.stack([np.bincount(of, line) / sizes for line in lines.T], axis=1)
    return found
