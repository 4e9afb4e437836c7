"""Whether rows at the same position of different batches are more alike than chance has it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from dataaudit.analyzers.batches.fed_rows import FedRows
from dataaudit.analyzers.batches.looks import PLAIN, kernels, residues
from dataaudit.analyzers.probability import chi2_tail
from dataaudit.model import Bools, CannotTell, Floats, Ints

SHARING = (2, 3, 4, 6, 8)
"""Numbers of workers that are tried."""

LEAST = 5e-4
"""Likeness at a position, as a share of that of a row with itself, from which the position takes part. Where next to no
two rows are alike, what is taken off for their classes would count for likeness."""

ROUNDING = 1e-9
"""Likeness, as a share of that of a row with itself, that is none but for rounding."""

SURE = 1e-8
"""Chance of likeness from which the way of sharing is told apart by its strength rather than by its chance."""

APART = 4.5
"""Standard deviations of the likeness of rows some places apart, from which positions have a structure of their own."""

LEAST_POSITIONS = 4
"""Rows of a batch below which positions say nothing."""


@dataclass(frozen=True)
class Echo:
    """Rows at the same position of batches that are alike.

    Attributes
    ----------
    look : str
        In what; a name of `kernels`.
    sharing : str
        Which batches, as half a sentence.
    z : float
        Standard deviations by which they are more alike than rows at other positions.
    p : float
        Its probability by chance.
    support : float
        Share of the positions that take part: whose own likeness is twice that of any two positions, or more.
    effect : float
        Likeness at the same position, less that of other positions, as a share of that of a row with itself.
    pairs : ndarray of int64, shape (n_pairs, 2)
        Batches, by place in `FedRows`.
    likeness : ndarray of float64, shape (n, n)
        How alike every two rows are in this look.
    """

    look: str
    sharing: str
    z: float
    p: float
    support: float
    effect: float
    pairs: Ints
    likeness: Floats


def strongest_echo(rows: FedRows, workers: int | None = None, looks: Collection[str] | None = None) -> Echo:
    """Return the clearest likeness of rows at the same position, over all looks and ways to share.

    Under honest augmentation a batch's rows could have stood in any order. So the sum over positions of the likeness
    of two batches' rows has, over all orders, the mean and variance of Mantel's statistic: those of the doubly centred
    likeness; sums of different pairs of batches are uncorrelated. Its tail is taken for that of a chi-square with as
    many degrees of freedom as positions times effective dimensions, which is heavier than the true one.

    Parameters
    ----------
    rows : FedRows
        What was fed.
    workers : int, optional
        As the loader says it; tried besides `SHARING`.
    looks : collection of str, optional
        Those of `kernels` that count; all if not given.

    Raises
    ------
    CannotTell
        If there are too few batches, the same samples stand at the same positions, or positions are tied to samples in
        ways that no label tells.

    References
    ----------
    Mantel (1967), The detection of disease clustering and a generalized regression approach, Cancer Research 27,
    209-220.
    """
    if rows.positions < LEAST_POSITIONS or len(rows.batch) < 2:
        raise CannotTell(f"it takes two batches of {LEAST_POSITIONS} rows or more")
    pairs = comparable(rows)
    if not len(pairs):
        raise CannotTell("every two batches hold the same samples, or the same order of labels, at the same positions")
    residue = residues(rows) if looks is None else None
    if residue is not None and has_structure(rows, residue):
        looks = PLAIN
        if not rows.label.any():
            raise CannotTell("rows are alike that stand some places apart, and there are no labels to tell why")
    ways = [(said, pairs[chosen]) for said, chosen in _ways(rows, pairs, workers) if chosen.any()]
    best: Echo | None = None
    for look, likeness in kernels(rows, looks, residue):
        for echo in _widest(list(_echoes(look, likeness, ways, rows.positions))):
            if best is None or (echo.p, -echo.z) < (best.p, -best.z):
                best = echo
    if best is None:
        raise CannotTell("rows do not differ enough to be compared")
    return best


def _widest(echoes: Sequence[Echo]) -> Iterator[Echo]:
    """Yield the clearest echo of one look; of several beyond doubt, the one of most batches that is as strong as any.

    Two batches in a row are alike where four in a row are, and so, less so, are all.
    """
    sure = [echo for echo in echoes if echo.p <= SURE]
    if sure:
        strong = 0.7 * max(echo.effect for echo in sure)
        yield max((echo for echo in sure if echo.effect >= strong), key=lambda echo: len(echo.pairs))
    elif echoes:
        yield min(echoes, key=lambda echo: (echo.p, -echo.z))


def comparable(rows: FedRows) -> Ints:
    """Return the pairs of batches whose positions are not tied by anything but augmentation, shape (n_pairs, 2).

    Left out are pairs that hold the same samples, or whose labels agree along their positions far beyond chance: then
    the same samples may stand there. Where most pairs agree so, labels are dealt out by position and tell nothing.
    """
    n, size = len(rows.batch), rows.positions
    first, second = np.triu_indices(n, 1)
    label = rows.label.reshape(n, size)
    fresh = _fresh(rows)
    shares = np.bincount(rows.label) / len(rows.label)
    chance = float(shares @ shares)
    tied = (label[first] == label[second]).mean(axis=1) > chance + 0.5 * (1 - chance)
    if chance == 1 or tied.mean() > 0.5:
        tied = (rows.epoch[first] != rows.epoch[second]) & _same_samples(rows)[first, second]
    keep = fresh[first] & fresh[second] & ~tied
    return np.stack([first[keep], second[keep]], axis=1)


def is_fixed_order(rows: FedRows) -> bool:
    """Return whether most batches of the second epoch hold the same samples at the same positions as in the first."""
    n, size = len(rows.batch), rows.positions
    label, words = rows.label.reshape(n, size), rows.words.reshape(n, size)
    twins = [
        (i, int(np.flatnonzero((rows.epoch == 1) & (rows.batch == rows.batch[i]))[0]))
        for i in np.flatnonzero(rows.epoch == 0)
        if ((rows.epoch == 1) & (rows.batch == rows.batch[i])).any()
    ]
    if not twins:
        return False
    a, b = np.array(twins).T
    shares = np.bincount(rows.label) / len(rows.label)
    chance = float(shares @ shares)
    tied = (label[a] == label[b]).mean(axis=1) > chance + 0.5 * (1 - chance)
    if chance == 1 or tied.mean() > 0.5:
        tied = _same_samples(rows)[a, b]
    return bool(((words[a] == words[b]).mean(axis=1) > 0.5).mean() > 0.5 or tied.mean() > 0.5)


def has_structure(rows: FedRows, likeness: Floats) -> bool:
    """Return whether rows are alike that stand some places apart in an epoch, whatever the batch.

    Samplers that deal out classes in turn, or build batches of blocks, tie samples to positions. Likeness at distances
    of whole batches is left out, since shared augmentation shows there. `likeness` is that of `residues`.
    """
    size, sides = rows.positions, []
    for epoch in np.unique(rows.epoch):
        here = np.flatnonzero(np.repeat(rows.epoch == epoch, size))
        sides.append(likeness[np.ix_(here, here)])
    others = np.concatenate([side[np.triu_indices(len(side), 1)] for side in sides])
    everything, spread = float(others.mean()), float(others.std())
    if not spread:
        return False
    for apart in range(1, min(2 * size, max(map(len, sides)))):
        if apart % size:
            line = np.concatenate([np.diagonal(side, apart) for side in sides])
            if (line.mean() - everything) / spread * len(line) ** 0.5 > APART:
                return True
    return False


def _fresh(rows: FedRows) -> Bools:
    """Return which batches share no more than a fifth of their rows with an earlier one."""
    words = rows.words.reshape(len(rows.batch), rows.positions)
    fresh = np.ones(len(words), dtype=bool)
    for b in range(1, len(words)):
        seen = [np.isin(words[b], words[a]).mean() for a in range(b) if fresh[a]]
        fresh[b] = max(seen) <= 0.2
    return fresh


def _same_samples(rows: FedRows) -> Bools:
    """Return for every two batches whether most rows are nearest to the one at their own position, by their look."""
    n, size = len(rows.batch), rows.positions
    blocks = residues(rows).reshape(n, size, n, size)
    nearest = blocks.argmax(axis=3) == np.arange(size)[:, np.newaxis]
    same: Bools = nearest.mean(axis=1) > 0.5
    return same


def _ways(rows: FedRows, pairs: Ints, workers: int | None) -> Iterator[tuple[str, Bools]]:
    """Yield how workers may share a seed, and which pairs of batches would then."""
    a, b = pairs.T
    together = rows.epoch[a] == rows.epoch[b]
    left, right = rows.batch[a], rows.batch[b]
    yield "every two batches of an epoch", together
    yield "every two batches, of both epochs", np.ones(len(pairs), dtype=bool)
    yield "the same batch of both epochs", ~together & (left == right)
    for w in sorted({*SHARING, *([workers] if workers and workers > 1 else [])}):
        yield f"each {w} batches in a row", together & (left // w == right // w)
        yield f"every {_nth(w)} batch", together & (left % w == right % w)


def holds_for_turns(echo: Echo, size: int, seed: int, turns: int = 999) -> bool:
    """Return whether the likeness is beyond that of all batches with their positions turned round at random.

    Turning keeps neighbours side by side: batches built of blocks (four of a class, frames of one film) are less at
    odds with chance than if their rows were free.
    """
    n = len(echo.likeness) // size
    blocks = echo.likeness.reshape(n, size, n, size)
    place = np.arange(size)
    turned = np.stack([
        np.stack([blocks[a][place, b, (place + s) % size].sum() for s in range(size)]) for a, b in echo.pairs
    ])  # fmt: skip
    draws = np.random.default_rng(seed).integers(0, size, (turns, n))
    shift = (draws[:, echo.pairs[:, 1]] - draws[:, echo.pairs[:, 0]]) % size
    chance = turned[np.arange(len(turned)), shift].sum(axis=1)
    observed = turned[:, 0].sum()
    return bool(observed > chance.max() and observed > chance.mean() + 4.5 * chance.std())


def _nth(w: int) -> str:
    return {2: "second", 3: "third"}.get(w, f"{w}th")


def _echoes(look: str, likeness: Floats, ways: Sequence[tuple[str, Ints]], size: int) -> Iterator[Echo]:
    n = len(likeness) // size
    blocks = likeness.reshape(n, size, n, size)
    blocks = blocks - blocks.mean(axis=1, keepdims=True)
    blocks = blocks - blocks.mean(axis=3, keepdims=True)
    at = np.einsum("apbp->ab", blocks)
    spread = np.einsum("apbq,apbq->ab", blocks, blocks) / (size - 1)
    itself = float(np.einsum("apap->", blocks)) / len(likeness)
    if itself <= 0:
        return
    freedom = size * max(1.0, (itself * len(likeness)) ** 2 / max(1e-300, float(np.square(blocks).sum())))
    for said, pairs in ways:
        variance = float(spread[pairs[:, 0], pairs[:, 1]].sum())
        if variance <= (ROUNDING * itself) ** 2 * len(pairs) * size:
            continue
        total = float(at[pairs[:, 0], pairs[:, 1]].sum())
        z = total / variance**0.5
        p = chi2_tail(freedom + z * (2 * freedom) ** 0.5, freedom)
        plain = likeness.reshape(n, size, n, size)[pairs[:, 0], :, pairs[:, 1]].sum(axis=0)
        support = float((np.diagonal(plain) > max(2 * float(plain.mean()), LEAST * itself * len(pairs))).mean())
        if look in PLAIN and support * size < max(4, 0.2 * size):
            continue  # a few rows that are equal by accident, or none
        yield Echo(look, said, z, p, support, total / (len(pairs) * size * itself), pairs, likeness)
