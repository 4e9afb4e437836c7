"""What random augmentation leaves in a row: features by which two rows with the same augmentation are alike."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataaudit.analyzers.batches.fed_rows import FedRows, centred
from dataaudit.model import Floats, Ints

MOST_CELLS = 1024
"""Numbers of a row that are compared; of larger rows as many, evenly spread."""

MOST_SIDE = 32
"""Pixels a side that pictures are brought to where their look, not single numbers, is compared."""

TOLERANCE = 1e-6
"""Of a number's largest size: two numbers nearer than this are the same number, rounded to single precision."""

CONSTANTS = 3
"""Values that fill whole patches: as many of the commonest are looked for."""


PLAIN = ("numbers",)
"""Looks that say something although positions have a structure of their own."""


def kernels(
    rows: FedRows, looks: Collection[str] | None = None, residue: Floats | None = None
) -> Iterator[tuple[str, Floats]]:
    """Yield each look's name and how alike every two rows are in it, shape (n, n), one after the other.

    "numbers" are equal numbers that are rare (shared noise over a plain ground); "patches" places filled with one value
    (erased patches, borders after shifts, crops, turns); "grain" what is left of a picture's smooth parts (noise);
    "seams" where neighbouring lines differ (shifts that wrap around); "residue" all that the class does not explain;
    the others are one number a row.

    Parameters
    ----------
    rows : FedRows
        What was fed.
    looks : collection of str, optional
        Those wanted; all if not given.
    residue : ndarray of float64, shape (n, n), optional
        What `residues` gives, where it is known already.

    Notes
    -----
    Cost: n² times at most `MOST_CELLS` for each; memory for one at a time.
    """
    cells = _cells(rows)
    small = _small(rows)

    def wanted(look: str) -> bool:
        return looks is None or look in looks

    if wanted("numbers"):
        repeated = (rows.words[:, np.newaxis] == rows.words) & ~np.eye(len(rows.words), dtype=bool)
        yield "numbers", _less_classes(np.where(repeated, 0.0, _equal_numbers(cells)), rows.label)
    if wanted("patches") and (patches := _patches(rows, cells)).shape[1]:
        yield "patches", patches @ patches.T
    if rows.pictures and wanted("grain"):
        yield "grain", _gram(_whitened(_grain(small), rows.label))
    if rows.pictures and wanted("seams"):
        yield "seams", _gram(_whitened(_seams(small), rows.label))
    if wanted("residue"):
        yield "residue", residues(rows) if residue is None else residue
    for look, line in _scalars(rows, small):
        if wanted(look):
            ranks = _ranks(centred(line, rows.label))
            yield look, np.outer(ranks, ranks)


def residues(rows: FedRows) -> Floats:
    """Return how alike every two rows are in what their class does not explain, shape (n, n)."""
    small = _small(rows)
    return _gram(_whitened(small.reshape(len(small), -1), rows.label))


def likenesses(rows: FedRows) -> Floats:
    """Return the inner products of rows, pictures at most `MOST_SIDE` pixels a side, shape (n, n)."""
    small = _small(rows)
    return _gram(small.reshape(len(small), -1))


def _cells(rows: FedRows) -> NDArray[np.float32]:
    flat = rows.values.reshape(len(rows.values), -1)
    if flat.shape[1] <= MOST_CELLS:
        return flat
    return flat[:, np.sort(np.random.default_rng(0).choice(flat.shape[1], MOST_CELLS, replace=False))]


def _equal_numbers(cells: NDArray[np.float32]) -> Floats:
    """Return, for every two rows, how many cells hold the same rare number, each over the number of rows that hold it.

    A number is rare where at most an eighth of the rows hold it in that cell.
    """
    from scipy.sparse import csr_array

    n = len(cells)
    lines = np.ascontiguousarray(cells.T)  # cells one after the other: sorted in a third of the time
    order = np.argsort(lines, axis=1)
    ranked = np.take_along_axis(lines, order, axis=1).astype(np.float64)
    near = TOLERANCE * np.maximum(np.abs(ranked[:, :1]), np.abs(ranked[:, -1:]))
    new = np.ones(lines.shape, dtype=np.int64)
    new[:, 1:] = np.diff(ranked, axis=1) > near
    run = np.cumsum(new.reshape(-1)) - 1
    size = np.bincount(run)
    rare = (size >= 2) & (size <= max(2, n // 8))
    keep = rare[run]
    columns = (np.cumsum(rare) - 1)[run[keep]]
    weights = 1.0 / np.sqrt(size[run[keep]])
    held = csr_array((weights, (order.reshape(-1)[keep], columns)), shape=(n, int(rare.sum())))
    return np.asarray((held @ held.T).todense(), dtype=np.float64)


def _less_classes(likeness: Floats, label: Ints) -> Floats:
    """Return likeness less its mean over rows of the same two classes, that of a row with itself as it is."""
    of = np.zeros((len(label), int(label.max(initial=0)) + 1))
    of[np.arange(len(label)), label] = 1.0
    count = of.sum(axis=0)
    itself = np.diagonal(likeness).copy()
    others = likeness.copy()
    np.fill_diagonal(others, 0.0)  # not taken from the sums: where no two rows are alike, rounding would be left
    sums = of.T @ others @ of
    means = sums / np.maximum(np.outer(count, count) - np.diag(count), 1.0)
    less: Floats = likeness - means[np.ix_(label, label)]
    np.fill_diagonal(less, itself)
    return less


def _patches(rows: FedRows, cells: NDArray[np.float32]) -> Floats:
    """Return where rows hold one of the commonest values, standardised within classes, shape (n, d)."""
    if rows.pictures:
        pixels = rows.values[..., 0].reshape(len(rows.values), -1)
        step = -(-pixels.shape[1] // MOST_CELLS)
        cells = pixels[:, ::step]
    values, counts = np.unique(cells, return_counts=True)
    common = values[np.argsort(-counts, kind="stable")[:CONSTANTS]]
    found = [np.zeros((len(cells), 0))]
    for value in common[np.sort(-counts)[:CONSTANTS] <= -0.003 * cells.size]:
        held = cells == value
        share = held.mean(axis=0)
        there = np.flatnonzero((held.sum(axis=0) >= 4) & (share <= 0.98))
        spread = np.sqrt(np.maximum(share * (1 - share), 0.01))[there]
        found.append(centred(held[:, there], rows.label) / spread)
    return np.concatenate(found, axis=1)


def _small(rows: FedRows) -> Floats:
    """Return pictures in at most `MOST_SIDE` pixels a side, by means of blocks; other rows as they are."""
    if not rows.pictures:
        return _cells(rows).astype(np.float64)
    _, height, width, _ = rows.values.shape
    down, across = -(-height // MOST_SIDE), -(-width // MOST_SIDE)
    cut = rows.values[:, : height // down * down, : width // across * across]
    shape = (len(cut), height // down, down, width // across, across, cut.shape[-1])
    small: Floats = cut.reshape(shape).mean(axis=(2, 4), dtype=np.float64)
    return small


def _grain(small: Floats) -> Floats:
    """Return pictures less the mean of each pixel's four neighbours, shape (n, d)."""
    around = np.pad(small, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
    mean = (around[:, :-2, 1:-1] + around[:, 2:, 1:-1] + around[:, 1:-1, :-2] + around[:, 1:-1, 2:]) / 4
    grain: Floats = (small - mean).mean(axis=3).reshape(len(small), -1)
    return grain


def _seams(small: Floats) -> Floats:
    """Return how much each line and column differs from the one before it, the first from the last, shape (n, d)."""
    grey = small.mean(axis=3)
    down = np.abs(grey - np.roll(grey, 1, axis=1)).mean(axis=2)
    across = np.abs(grey - np.roll(grey, 1, axis=2)).mean(axis=1)
    return np.concatenate([down, across], axis=1)


def _scalars(rows: FedRows, small: Floats) -> Iterator[tuple[str, Floats]]:
    flat = small.reshape(len(small), -1)
    yield "brightness", flat.mean(axis=1)
    yield "contrast", flat.std(axis=1)
    if not rows.pictures:
        return
    grey = small.mean(axis=3)
    if small.shape[3] == 3:
        yield "warmth", (small[..., 0] - small[..., 2]).mean(axis=(1, 2))
    weight = grey - grey.min(axis=(1, 2), keepdims=True)
    total = np.maximum(weight.sum(axis=(1, 2)), 1e-12)
    y, x = (np.linspace(-1, 1, side) for side in grey.shape[1:])
    up, side = (weight.sum(axis=2) @ y) / total, (weight.sum(axis=1) @ x) / total
    yield "height", up
    yield "side", side
    yield "slant", np.einsum("nij,i,j->n", weight, y, x) / total - up * side


def _whitened(values: Floats, label: Ints) -> Floats:
    """Return rows within their class, each cell of spread one, each row of length one."""
    within = centred(values, label)
    spread = within.std(axis=0)
    varies = spread > 1e-9 * max(1e-30, float(spread.max(initial=0.0)))
    within = within[:, varies] / np.maximum(spread[varies], 1e-30)
    length = np.linalg.norm(within, axis=1, keepdims=True)
    lean: Floats = within / np.maximum(length, 1e-12)
    return lean


def _gram(values: Floats) -> Floats:
    gram: Floats = values @ values.T
    return gram


def _ranks(line: NDArray[Any]) -> Floats:
    """Return ranks from -1 to 1, of equal numbers their mean."""
    _, inverse, counts = np.unique(line, return_inverse=True, return_counts=True)
    middle = np.cumsum(counts) - (counts + 1) / 2
    ranks: Floats = 2 * middle[inverse] / max(1, len(line) - 1) - 1
    return ranks
