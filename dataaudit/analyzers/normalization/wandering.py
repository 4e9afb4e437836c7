"""Whether the batch that a sample is in decides which numbers it is fed as."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataaudit.analyzers.batches.common import is_mask, known_again
from dataaudit.analyzers.batches.fed_rows import as_pictures, main_leaf
from dataaudit.analyzers.batches.orders import Pairing, pairing
from dataaudit.analyzers.order.batches_common import feeder_of, of_kept
from dataaudit.model import CannotTell, Fed, Floats, Ints, SplitView
from dataaudit.stats.batch_log import BatchLog

LEAST_PAIRS = 100
"""Samples known again in the other epoch, from which their differences are explained."""

MOST_COLUMNS = 32
"""Columns that are compared; of more as many, evenly spread."""

_SAME = 0.9
"""Share of samples that come again bit for bit, from which there is nothing to explain."""

_FOLDS = 5
_ROUNDS = 25


@dataclass(frozen=True)
class Wandering:
    """How much of what a sample differs by between two epochs is told by the batches that it is in.

    Attributes
    ----------
    explained : float
        Share of the squared differences, told for samples that took no part in the fit.
    size : float
        Root mean square of what a batch adds, in standard deviations of its column.
    pairs : int
        Samples that were compared.
    by : str
        How they are known again: "index", "input" or "look".
    """

    explained: float
    size: float
    pairs: int
    by: str


def wandering(split: SplitView) -> Wandering | None:
    """Return what batches add to their samples, None where samples cannot be compared or are fed alike.

    Every number of a batch may be multiplied by one factor and raised by one summand of its column, or channel. The
    difference of a sample's number between two epochs is then, to the second order, a m + b of the one batch less
    a m + b of the other, with m the mean of the two numbers: m goes with no random change of each sample by itself,
    as either number alone does (regression to the mean). Both are fitted by least squares, batch by batch in turn, and
    predict samples left out of the fit, against one line for all batches. What a sample is, and which samples share
    a batch, is in both epochs and drops out.

    Notes
    -----
    Cost: linear in samples and columns; matching by look costs what BAT105 has paid already.
    """
    log = split.get(BatchLog())
    if split.role != "train" or len(log.epochs) < 2 or known_again(split) > _SAME:
        return None
    return of_kept(split, "wandering", lambda: _wandering(split, *log.epochs[:2]))


def _wandering(split: SplitView, first: int, second: int) -> Wandering | None:
    two = _features(split, second)
    one = None if two is None else _features(split, first)
    if one is None or two is None or one[1].shape[1] != two[1].shape[1]:
        return None
    try:
        pairs = pairing(split, second)
    except CannotTell:
        return None
    with np.errstate(over="ignore", invalid="ignore"):  # huge numbers: what comes of them passes for nothing
        return _explained(pairs, one, two)


Featured = tuple[Ints, Floats]


def _features(split: SplitView, epoch: int) -> Featured | None:
    """Return the positions of kept rows in an epoch, ascending, and the numbers that are compared, shape (n, d)."""
    feeder = feeder_of(split)
    kept = [] if feeder is None else [fed for fed in feeder.kept if fed.epoch == epoch]
    found: list[tuple[Fed, NDArray[Any]]] = []
    for fed in kept:
        name = main_leaf(fed)
        if name is None or is_mask(name) or fed.leaves[name].dtype.kind != "f":
            continue
        leaf = fed.leaves[name]
        if not found or leaf.shape[1:] == found[0][1].shape[1:]:
            found.append((fed, leaf))
    if not found:
        return None
    at = np.concatenate([np.arange(fed.first, fed.first + fed.rows) for fed, _ in found]).astype(np.int64)
    with np.errstate(over="ignore", invalid="ignore"):
        rows = np.concatenate([_summary(leaf) for _, leaf in found])
    return at, rows


def _summary(leaf: NDArray[Any]) -> Floats:
    rows = as_pictures(leaf)
    if rows.ndim == 4:
        means: Floats = rows.mean(axis=(1, 2), dtype=np.float64)
        return means
    step = -(-rows.shape[1] // MOST_COLUMNS)
    return rows[:, ::step].astype(np.float64)


def _explained(pairs: Pairing, one: Featured, two: Featured) -> Wandering | None:
    kept = np.isin(pairs.first, one[0]) & np.isin(pairs.second, two[0])
    x = one[1][np.searchsorted(one[0], pairs.first[kept])]
    y = two[1][np.searchsorted(two[0], pairs.second[kept])]
    batches = [np.unique(line[kept], return_inverse=True)[1] for line in (pairs.batch_first, pairs.batch_second)]
    good = np.isfinite(x).all(axis=1) & np.isfinite(y).all(axis=1)
    if int(good.sum()) < LEAST_PAIRS:
        return None
    spread = x[good].std(axis=0)
    varies = spread > 1e-9 * max(1e-30, float(spread.max(initial=0.0)))
    middle = x[good].mean(axis=0)
    x, y = (((side - middle) / np.where(varies, spread, 1.0))[:, varies] for side in (x, y))
    apart, x = y - x, (x + y) / 2
    length = np.sqrt(np.square(apart).sum(axis=1))
    if pairs.by == "look":  # some pairs are two different samples: those that lie far from each other
        good &= length <= 3 * np.median(length[good])
    x, apart = x[good], apart[good]
    groups = [np.unique(line[good], return_inverse=True)[1] for line in batches]
    n = len(x)
    if n < LEAST_PAIRS or min(int(g.max(initial=0)) for g in groups) < 2 or not np.ptp(apart, axis=0).any():
        return None
    fold = np.random.default_rng(0).integers(0, _FOLDS, n)
    alike, told = np.zeros_like(apart), np.zeros_like(apart)
    for f in range(_FOLDS):
        of_all = _lines(x, apart, np.zeros(n, np.int64), fold != f)
        alike[fold == f] = of_all[fold == f]
        told[fold == f] = _told(x, apart - of_all, groups, fold != f)[fold == f]
    left = float(np.square(apart - alike - told).sum())
    explained = 1 - left / max(float(np.square(apart - alike).sum()), 1e-30)
    size = float(np.sqrt(np.square(told).mean() / 2))  # of two batches, the one's and the other's
    return Wandering(explained, size, n, pairs.by)


def _told(x: Floats, apart: Floats, groups: list[Ints], fitted: NDArray[np.bool_]) -> Floats:
    """Return what batches add by a fit to some rows, shape (n, d): one straight line in x a batch, fitted in turn."""
    told = np.zeros((len(groups), *apart.shape))
    for _ in range(_ROUNDS):
        for g, of in enumerate(groups):
            rest = apart - told.sum(axis=0) + told[g]
            told[g] = _lines(x, rest, of, fitted)
    whole: Floats = told.sum(axis=0)
    return whole


def _lines(x: Floats, values: Floats, of: Ints, fitted: NDArray[np.bool_]) -> Floats:
    """Return a straight line in x for each group, fitted to some rows, at every row, shape (n, d).

    Lines lean on 0 as if half a row of that were there, and slopes as if one row at the ends of a spread of one were:
    of batches of which few rows are known again, little is told.
    """
    count = int(of.max(initial=0)) + 1
    rows = of[fitted]
    n = np.maximum(np.bincount(rows, minlength=count), 1.0)[:, np.newaxis]

    def sums(values: Floats) -> Floats:
        found = np.zeros((count, values.shape[1]))
        np.add.at(found, rows, values[fitted])
        return found

    mean_x, mean = sums(x) / n, sums(values) / n
    lean = n / (n + 0.5)
    slope = (sums(x * values) - n * mean_x * mean) / np.maximum(sums(x * x) - n * mean_x**2 + 1.0, 1e-12)
    line: Floats = (lean * mean)[of] + slope[of] * (x - mean_x[of])
    return line
