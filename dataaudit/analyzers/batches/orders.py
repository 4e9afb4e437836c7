"""How the order of samples in one epoch goes with that in another."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dataaudit.analyzers.batches.fed_rows import FedRows, fed_rows
from dataaudit.analyzers.batches.shown import shown
from dataaudit.analyzers.order.batches_common import epochs_of, of_kept
from dataaudit.analyzers.probability import poisson_tail
from dataaudit.model import CannotTell, Floats, Ints, SplitView

P_VALUE = 1e-6
"""Chance below which two orders go together by more than accident."""

MOST_LOOKED = 1024
"""Rows of an epoch that are matched by their look: the cost is the square of their number."""

MOST_CLASSES = 1000
"""Classes that are told apart when orders are compared: the cost is the square of their number."""

SIDE = 12
"""Pixels a side that pictures are brought to before they are matched."""


@dataclass(frozen=True)
class Pairing:
    """The same samples in two epochs.

    Attributes
    ----------
    first, second : ndarray of int64, shape (n,)
        Position of each in the one epoch, and in the other.
    batch_first, batch_second : ndarray of int64, shape (n,)
        Batch of each.
    label : ndarray of int64, shape (n,)
        Class by number, 0 where there are none.
    rows : int
        Rows of an epoch that were looked at.
    by : str
        "index", "input" or "look": matched by likeness, so that some pairs are wrong.
    """

    first: Ints
    second: Ints
    batch_first: Ints
    batch_second: Ints
    label: Ints
    rows: int
    by: str


@dataclass(frozen=True)
class Sameness:
    """One way in which the second order goes with the first.

    Attributes
    ----------
    kind : str
        "same", "batches", "rotated", "reversed", "runs" or "drift".
    share : float
        Of the samples, or pairs of samples, that show it; of "drift" the correlation of positions.
    chance : float
        What random order gives.
    log10_p : float
        Decimal logarithm of the probability of as much by chance.
    by : int
        Rows that a "rotated" order is moved.
    """

    kind: str
    share: float
    chance: float
    log10_p: float
    by: int = 0


def pairing(split: SplitView, epoch: int) -> Pairing:
    """Return where the samples of the first epoch stand in another.

    Raises
    ------
    CannotTell
        If one epoch was read, or samples cannot be known again.
    """
    log, seen = epochs_of(split), shown(split)
    base = log.epochs[0]
    if not seen.steady:
        if epoch != 1:
            raise CannotTell("the inputs change from epoch to epoch, and only two epochs are compared by their look")
        return of_kept(split, ("by look", MOST_LOOKED), lambda: _by_look(fed_rows(split, MOST_LOOKED)))
    places = []
    for e in (base, epoch):
        ids = seen.ids[e]
        order = np.argsort(ids, kind="stable")
        once = seen.counts[e][ids[order]] == 1  # of equal rows nobody knows which is which
        order = order[(ids[order] >= 0) & once]
        places.append((ids[order], order))
    _, left, right = np.intersect1d(places[0][0], places[1][0], assume_unique=True, return_indices=True)
    in_order = np.argsort(places[0][1][left])
    first, second = places[0][1][left][in_order], places[1][1][right][in_order]
    batch = [np.repeat([b.number for b in log.epoch(e)], [b.rows for b in log.epoch(e)]) for e in (base, epoch)]
    _, label = np.unique(log.labels(base), return_inverse=True)
    return Pairing(
        first, second, batch[0][first], batch[1][second], _few(label[first]), len(seen.ids[base]), seen.by
    )  # fmt: skip


def same_sequence(split: SplitView, epoch: int) -> Sameness | None:
    """Return how far another epoch repeats the first one's order, equal rows of the data counted as equal.

    Random orders of rows of which c_i are equal agree in sum(c_i**2) / n places on average, and in all of them with
    probability prod(c_i!) / n!.
    """
    seen = shown(split)
    base = epochs_of(split).epochs[0]
    if not seen.steady or epoch == base:
        return None
    n = min(seen.rows(base), seen.rows(epoch))
    one, two = seen.ids[base][:n], seen.ids[epoch][:n]
    hits = int(((one == two) & (one >= 0)).sum())
    counts = seen.counts[base].astype(np.float64)
    chance = float((counts * seen.counts[epoch]).sum()) / max(1, n)
    if hits == n == seen.rows(base):
        tail = (sum(math.lgamma(c + 1) for c in counts[counts > 1]) - math.lgamma(n + 1)) / math.log(10)
    else:
        tail = _tail(hits, chance)
    return Sameness("same", hits / max(1, n), chance / max(1, n), tail)


def _few(label: Ints) -> Ints:
    """Return classes by number, or all 0 where there are nearly as many as rows."""
    _, label = np.unique(label, return_inverse=True)
    few = label.max(initial=0) + 1 <= min(len(label) / 5, MOST_CLASSES)
    return label.astype(np.int64) if few else np.zeros(len(label), np.int64)


# ---------------------------------------------------------------- by look


def _by_look(rows: FedRows) -> Pairing:
    """Return the rows of two epochs that are each other's most alike, of the same class.

    Pictures are brought to `SIDE` pixels a side, less their mean and over their spread, and compared as they are and
    mirrored, moved by up to a pixel; other rows by their columns, standardised.
    """
    of = np.repeat(rows.epoch, rows.positions)
    place = (rows.first[:, np.newaxis] + np.arange(rows.positions)).reshape(-1)
    batch = np.repeat(rows.batch, rows.positions)
    left, right = np.flatnonzero(of == 0), np.flatnonzero(of == 1)
    if min(len(left), len(right)) < 10:
        raise CannotTell("fewer than 10 rows were kept of an epoch, too few to know them again by their look")
    alike = _alike(rows, left, right)
    alike[rows.label[left][:, np.newaxis] != rows.label[right]] = -np.inf
    to, back = alike.argmax(axis=1), alike.argmax(axis=0)
    mutual = np.flatnonzero((back[to] == np.arange(len(left))) & np.isfinite(alike[np.arange(len(left)), to]))
    a, b = left[mutual], right[to[mutual]]
    return Pairing(place[a], place[b], batch[a], batch[b], _few(rows.label[a]), len(left), "look")


def _alike(rows: FedRows, left: Ints, right: Ints) -> Floats:
    if not rows.pictures:
        columns = rows.values.astype(np.float64)
        flat = _lean((columns - columns.mean(axis=0)) / np.maximum(columns.std(axis=0), 1e-12))
        likeness: Floats = flat[left] @ flat[right].T
        return likeness
    small = _small(rows.values)
    flat = _lean(small)
    alike: Floats = flat[left] @ flat[right].T
    for other in (small, small[:, :, ::-1]):
        for down, across in np.ndindex(3, 3):
            moved = _lean(np.roll(other[right], (down - 1, across - 1), (1, 2)))
            np.maximum(alike, flat[left] @ moved.T, out=alike)
    return alike


def _small(pictures: NDArray[np.float32]) -> Floats:
    """Return pictures in at most `SIDE` pixels a side, each less its mean."""
    height, width = pictures.shape[1:3]
    down, across = -(-height // SIDE), -(-width // SIDE)
    cut = pictures[:, : height // down * down, : width // across * across]
    shape = (len(cut), height // down, down, width // across, across, cut.shape[-1])
    small: Floats = cut.reshape(shape).mean(axis=(2, 4), dtype=np.float64)
    small -= small.mean(axis=(1, 2), keepdims=True)
    return small


def _lean(rows: Floats) -> Floats:
    """Return each row as a vector of length one, shape (n, d)."""
    flat = rows.reshape(len(rows), -1)
    lean: Floats = flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-12)
    return lean


# ---------------------------------------------------------------- comparison


def sameness(pairs: Pairing, share: float, correlation: float) -> Sameness | None:
    """Return how two orders go together, the plainest way first; None where they do not.

    Parameters
    ----------
    pairs : Pairing
        The same samples in both.
    share : float
        Least share of samples, or of pairs of neighbours or batch-mates, that counts.
    correlation : float
        Least correlation of positions, classes aside, that counts.
    """
    n = len(pairs.first)
    if n < 10:
        return None
    for found in (_same(pairs), _rotated(pairs), _reversed(pairs), _batches(pairs), _runs(pairs)):
        if stays(found, share):
            return found
    drift = _drift(pairs)
    return drift if abs(drift.share) >= correlation and drift.log10_p <= math.log10(P_VALUE) else None


def stays(found: Sameness, share: float) -> bool:
    """Return whether an order stays in one way: by a share beyond that of random order, and by no accident."""
    return found.share >= share + (1 - share) * found.chance and found.log10_p <= math.log10(P_VALUE)


def _tail(k: int, mean: float) -> float:
    p = poisson_tail(k, mean)
    return math.log10(p) if p > 0 else -300.0


def _same(pairs: Pairing) -> Sameness:
    n, hits = len(pairs.first), int((pairs.first == pairs.second).sum())
    return Sameness("same", hits / n, 1 / n, _tail(hits, 1.0))


def _batches(pairs: Pairing) -> Sameness:
    """Return how many pairs of batch-mates are batch-mates again.

    Chance is that of samples that change places within their class: batches of one class each, or of as many of every
    class, have mates in common without holding the same samples.
    """
    tables = [_by_class(side, pairs.label) for side in (pairs.batch_first, pairs.batch_second)]
    mates = [float((t.sum(axis=1) * (t.sum(axis=1) - 1)).sum() / 2) for t in tables]
    least = min(mates)
    if least < 1 or min(len(t) for t in tables) < 2:
        return Sameness("batches", 0.0, 0.0, 0.0)
    both = np.unique(np.stack([pairs.batch_first, pairs.batch_second]), axis=1, return_counts=True)[1]
    kept = float((both * (both - 1.0)).sum() / 2)
    sizes = tables[0].sum(axis=0)
    together = [t.T @ t - np.diag(sizes) for t in tables]  # ordered pairs of batch-mates, class by class
    pool = np.outer(sizes, sizes) - np.diag(sizes)
    chance = float((together[0] * together[1] / np.maximum(pool, 1.0)).sum() / 2)
    return Sameness("batches", kept / least, chance / least, _tail(int(kept), chance))


def _by_class(batch: Ints, label: Ints) -> Floats:
    """Return how many samples of each class each batch holds, shape (n_batches, n_classes)."""
    numbers, place = np.unique(batch, return_inverse=True)
    classes = int(label.max(initial=0)) + 1
    counts = np.bincount(place * classes + label, minlength=len(numbers) * classes)
    return counts.reshape(-1, classes).astype(np.float64)


def _rotated(pairs: Pairing) -> Sameness:
    n = len(pairs.first)
    moved, hits = Counter(((pairs.second - pairs.first) % pairs.rows).tolist()).most_common(1)[0]
    return Sameness("rotated", hits / n, 1 / n, _tail(hits, 1.0) + math.log10(pairs.rows), moved)


def _reversed(pairs: Pairing) -> Sameness:
    n = len(pairs.first)
    hits = Counter((pairs.second + pairs.first).tolist()).most_common(1)[0][1]
    return Sameness("reversed", hits / n, 1 / n, _tail(hits, 1.0) + math.log10(2 * pairs.rows))


def _runs(pairs: Pairing) -> Sameness:
    """Return how many neighbours of the first order are neighbours, the same way round, in the second."""
    n = len(pairs.first)
    hits = int(((np.diff(pairs.first) == 1) & (np.diff(pairs.second) == 1)).sum())
    return Sameness("runs", hits / max(1, n - 1), 1 / n, _tail(hits, 1.0))


def _drift(pairs: Pairing) -> Sameness:
    """Return the correlation of positions within classes: order by class alone is not the order of samples."""
    a, b = (_within(side.astype(np.float64), pairs.label) for side in (pairs.first, pairs.second))
    spread = float(np.sqrt((a**2).sum() * (b**2).sum()))
    if not spread:
        return Sameness("drift", 0.0, 0.0, 0.0)
    r = float((a * b).sum() / spread)
    freedom = len(a) - int(pairs.label.max(initial=0)) - 1
    z = abs(r) * math.sqrt(max(1, freedom))
    tail = math.erfc(z / math.sqrt(2))
    return Sameness("drift", r, 0.0, math.log10(tail) if tail > 0 else -300.0)


def _within(values: Floats, label: Ints) -> Floats:
    means = np.bincount(label, values) / np.maximum(np.bincount(label), 1)
    residue: Floats = values - means[label]
    return residue
