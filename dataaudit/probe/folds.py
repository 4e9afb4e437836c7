"""Which rows are predicted together: folds that hold every class in equal parts, and never cut a group of rows."""

from __future__ import annotations

import numpy as np

from dataaudit.model import Bools, Floats, Ints
from dataaudit.probe.encoders import Feature, Matrix

NATURAL = 0.1
"""Share of the equal pairs of rows that chance explains from which equal rows are taken for separate observations."""


def equal_rows(matrix: Matrix, features: tuple[Feature, ...]) -> Ints:
    """Return a group for each row: rows with equal inputs share one, unless coarse inputs make them equal by chance.

    Copies of a row on both sides of a fold tell each other's label. Rows that are equal because there are a few
    yes/no columns only are observations of their own, and grouping them would leave a model without their kind.

    Parameters
    ----------
    matrix : ndarray of float32, shape (n, d)
        Inputs.
    features : tuple of Feature
        What each line of it is; columns are taken for independent when chance is reckoned.

    Returns
    -------
    ndarray of int64, shape (n,)
        Numbers from 0.
    """
    n = len(matrix)
    alone = np.arange(n, dtype=np.int64)
    if n < 2 or not matrix.shape[1]:
        return alone
    group = _codes(matrix)
    counts = np.bincount(group)
    pairs = float((counts * (counts - 1.0)).sum())
    if not pairs:
        return alone
    expected, at = n * (n - 1.0), 0
    while at < len(features):
        stop = at + 1
        while stop < len(features) and features[stop].column == features[at].column:
            stop += 1
        sizes = np.bincount(_codes(matrix[:, at:stop]))
        expected *= float((sizes * (sizes - 1.0)).sum()) / (n * (n - 1.0))
        if expected < NATURAL * pairs:
            return group
        at = stop
    return alone


def _codes(matrix: Matrix) -> Ints:
    """Return a number for each row, the same where rows are equal."""
    lines = np.ascontiguousarray(matrix + np.float32(0))  # so that -0.0 equals 0.0
    words = lines.view(np.dtype((np.void, lines.dtype.itemsize * lines.shape[1]))).ravel()
    codes: Ints = np.unique(words, return_inverse=True)[1].astype(np.int64)
    return codes


def joined(a: Ints, b: Ints) -> Ints:
    """Return groups that neither of two groupings cuts: `b` alone where joining leaves one that holds half the rows."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if not len(a):
        return b
    of_a, of_b = (np.unique(g, return_inverse=True)[1] for g in (a, b))
    n = int(of_a.max()) + 1
    size = n + int(of_b.max()) + 1
    links = coo_array((np.ones(len(a), np.int8), (of_a, n + of_b)), shape=(size, size))
    _, label = connected_components(links, directed=False)
    together: Ints = np.unique(label[of_a], return_inverse=True)[1].astype(np.int64)
    return together if 2 * np.bincount(together).max() <= len(a) else of_b.astype(np.int64)


def strata(target: Floats, bins: int = 10) -> Ints:
    """Return which tenth of the values each one is in."""
    order = np.argsort(target, kind="stable")
    rank = np.empty(len(target), np.int64)
    rank[order] = np.arange(len(target))
    return rank * min(bins, max(1, len(target))) // max(1, len(target))


def assign(labels: Ints, groups: Ints, folds: int, seed: int) -> Ints:
    """Return a fold for each row.

    Groups of several rows are dealt first, the largest ones at the head, each to the fold that lacks its classes
    most; rows of their own then fill up what is missing, class by class.

    Parameters
    ----------
    labels : ndarray of int64, shape (n,)
        Class of each row, from 0.
    groups : ndarray of int64, shape (n,)
        Rows of one group get one fold.
    folds : int
        How many; no more than there are groups.
    seed : int
        For the order in which equals are dealt.

    Returns
    -------
    ndarray of int64, shape (n,)
    """
    n = len(labels)
    fold = np.full(n, -1, np.int64)
    if not n:
        return fold
    _, group, size = np.unique(groups, return_inverse=True, return_counts=True)
    folds = max(1, min(folds, len(size)))
    rng = np.random.default_rng(seed)
    n_classes = int(labels.max()) + 1
    held = np.zeros((folds, n_classes))
    total = np.maximum(np.bincount(labels, minlength=n_classes), 1).astype(np.float64)
    several = np.flatnonzero(size[group] > 1)
    if len(several):
        members = several[np.argsort(group[several], kind="stable")]
        cuts = np.flatnonzero(np.diff(group[members])) + 1
        parts = np.split(members, cuts)
        order = rng.permutation(len(parts))
        for i in sorted(order.tolist(), key=lambda i: -len(parts[i])):  # stable: equals stay in the order drawn
            classes, counts = np.unique(labels[parts[i]], return_counts=True)
            crowded = (counts * (2.0 * held[:, classes] + counts) / total[classes] ** 2).sum(axis=1)
            here = int(np.lexsort((held.sum(axis=1), np.round(crowded, 12)))[0])
            fold[parts[i]] = here
            held[here, classes] += counts
    alone = size[group] == 1
    for k in np.unique(labels[alone]):
        rows = rng.permutation(np.flatnonzero(alone & (labels == k)))
        dealt = _filled(held[:, k], held.sum(axis=1), len(rows))
        fold[rows] = dealt
        held[:, k] += np.bincount(dealt, minlength=folds)
    return fold


def again(labels: Ints, groups: Ints, first: Ints, folds: int, seed: int) -> Ints:
    """Return other folds for a second round: the first ones where a class would be in one of the others alone.

    Parameters
    ----------
    labels, groups, folds, seed
        As in `assign`; another seed.
    first : ndarray of int64, shape (n,)
        Folds of the first round, in which every row has others of its class in another fold.
    """
    other = assign(labels, groups, folds, seed)
    return other if predictable(labels, other).all() else first


def _filled(held: Floats, rows: Floats, n: int) -> Ints:
    """Return the folds that n rows of a class go to: always the one with fewest of the class, then fewest rows."""
    level, folds = held.astype(np.int64), len(held)
    give = np.zeros(folds, np.int64)
    left = n
    order = np.lexsort((rows, level))
    for i in range(folds - 1):  # raise the lowest folds to the next one's height
        lowest = order[: i + 1]
        gap = int(level[order[i + 1]] - level[order[i]])
        step = min(gap, left // (i + 1))
        give[lowest] += step
        left -= step * (i + 1)
        if step < gap:
            break
        level[lowest] += step
    else:
        give += left // folds
        left -= folds * (left // folds)
        lowest = np.arange(folds)
    if left:
        level = held.astype(np.int64) + give
        give[np.lexsort((rows + give, level))[:left]] += 1
    return np.repeat(np.arange(folds, dtype=np.int64), give)


def predictable(labels: Ints, fold: Ints) -> Bools:
    """Return which rows have others of their class in another fold, so that a model can have seen it.

    Examples
    --------
    >>> predictable(np.array([0, 0, 1]), np.array([0, 1, 1]))
    array([ True,  True, False])
    """
    n_classes = int(labels.max()) + 1 if len(labels) else 0
    pairs = np.unique(np.stack([labels, fold]), axis=1)
    found: Bools = (np.bincount(pairs[0], minlength=n_classes) > 1)[labels]
    return found
