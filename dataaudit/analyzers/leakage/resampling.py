"""Classes that were filled up before the split: by copies of their rows, or by blends of two of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from dataaudit.analyzers.common import train_of
from dataaudit.analyzers.leakage.near_rows import sides
from dataaudit.analyzers.leakage.pairs import pairs_of
from dataaudit.analyzers.leakage.shared_rows import Shared, chance_across, is_pictures, shared_rows
from dataaudit.analyzers.probability import poisson_tail
from dataaudit.analyzers.repeats import words_of
from dataaudit.model import Floats, Ints, Name, SplitView, Task
from dataaudit.probe.draws import hypergeometric_tails
from dataaudit.stats.hashing import Hashes
from dataaudit.stats.row_hashes import RowHashes, hashed_columns
from dataaudit.stats.sample import Sample

MOST_CLASSES = 50
LEAST_COPIES = 5
"""Copies of a class within train from which it can have been filled up."""

LEAST_SHARE = 0.1
EXPLAINED = 0.5
BY_CHANCE = 1e-3
"""Probability below which chance does not explain the rows of a class that both splits hold."""
SKEWED = 1e-6
"""Probability of so many copies in one class, if copies fell on classes by their size."""

NEIGHBOURS = 20
MOST_ASKED = 400
STRAIGHT = 1e-7
"""How far the cosine of two neighbours, seen from a row, may be from -1 for the row to lie between them. Three columns
of continuous numbers come that close once in 2e7 pairs: once in a hundred sets of 400 rows and their neighbours."""

LEAST_MIXED = 3
"""Columns in which a blend and its two parents must differ; in two dimensions lines are met by accident."""

LEAST_BLENDS = 2
BLEND_SHARE = 0.02
FRACTIONS = np.unique([p / q for q in range(2, 25) for p in range(1, q)])
"""Places between two rows at which grids, such as measurements in tenths, put a third one; to 1e-5."""


@dataclass(frozen=True)
class Copied:
    """A class whose rows were drawn several times before the split.

    Attributes
    ----------
    label : object
        The class.
    rows, of : ndarray of int64, shape (k,)
        Its rows in the right split that are in the left one, and which they are there.
    n_right : int
        All its rows in the right split.
    repeats, elsewhere : float
        Share of the rows of all splits that copy another one, in this class and in the others.
    balanced : bool
        Whether, counting copies, the class is as large as the largest one to the row.
    p : float
        How probable the copies are by chance, or so many of them in one class.
    """

    label: Any
    rows: Ints
    of: Ints
    n_right: int
    repeats: float
    elsewhere: float
    balanced: bool
    p: float


def is_classes(split: SplitView) -> bool:
    """Return whether rows are a table's and have one class each."""
    one = len(split.schema.targets) == 1
    return one and split.context.task is Task.CLASSIFICATION and not is_pictures(split)


def copied(splits: Mapping[str, SplitView]) -> dict[tuple[str, str], list[Copied]]:
    """Return, for each pair of train and another split, the classes that were filled up by copies before the split."""
    train = train_of(splits)
    return train.context.once(("copied before the split",), lambda: _copied(splits))


def is_explained(splits: Mapping[str, SplitView], shared: Shared) -> bool:
    """Return whether filling up classes before the split made most of some shared rows.

    Where classes were brought to the same number of rows, those of all classes.
    """
    if not is_classes(shared.left) or not _repeats(shared):
        return False
    classes = copied(splits).get((shared.left.name, shared.right.name), [])
    rows = [one.rows for one in classes]
    most = bool(rows) and float(np.isin(shared.rows, np.concatenate(rows)).mean()) >= EXPLAINED
    return most or any(one.balanced for one in classes)


def _repeats(shared: Shared) -> bool:
    """Return whether rows are shared, and some are copies within the left split already."""
    return len(shared.rows) > 0 and shared.left_repeats * shared.left.n_rows >= LEAST_COPIES


def _copied(splits: Mapping[str, SplitView]) -> dict[tuple[str, str], list[Copied]]:
    train = train_of(splits)
    pairs = [(a, b) for a, b in pairs_of(splits) if a is train]
    if not is_classes(train) or not any(_repeats(shared_rows(*pair)) for pair in pairs):
        return {}
    tallies = {s.name: _Tally.of(s) for s in splits.values() if s.n_rows}
    classes = np.unique(np.concatenate([t.targets for t in tallies.values()]))
    if len(classes) > MOST_CLASSES or len(classes) < 2:
        return {}
    pooled = _Tally(
        np.concatenate([t.whole for t in tallies.values()]), np.concatenate([t.targets for t in tallies.values()])
    )
    n, copies = pooled.by_class(classes)
    _, copies_in_train = tallies[train.name].by_class(classes)
    labels = _labels(splits)
    found: dict[tuple[str, str], list[Copied]] = {}
    for c, word in enumerate(classes):
        if copies_in_train[c] < LEAST_COPIES or copies[c] < LEAST_SHARE * n[c] or word not in labels:
            continue
        _, p_skew = hypergeometric_tails(int(copies[c]), int(n.sum()), int(n[c]), int(copies.sum()))
        if p_skew >= SKEWED:
            continue
        balanced = bool(n[c] == n.max()) and int((n == n.max()).sum()) > 1
        others = float((copies.sum() - copies[c]) / max(1, n.sum() - n[c]))
        for left, right in pairs:
            shared = shared_rows(left, right)
            mine = tallies[right.name].targets
            rows = right.get(RowHashes()).rows
            of_class = np.isin(shared.rows, rows[mine == word]) & ~shared.relabelled
            shared = shared.only(of_class)
            if not len(shared.rows):
                continue
            names = [col.name for col in hashed_columns(left.schema)]
            chance = chance_across(left, right, [*names, *left.schema.targets])
            p = poisson_tail(chance.lonely(shared.rows), chance.expected)
            if p < BY_CHANCE or balanced:  # coarse rows repeat by chance, but not until classes are equal to the row
                found.setdefault((left.name, right.name), []).append(
                    Copied(
                        labels[word], shared.rows, shared.of, int((mine == word).sum()),
                        float(copies[c] / n[c]), others, balanced, p_skew if balanced else max(p, p_skew),
                    )
                )  # fmt: skip
    return found


@dataclass(frozen=True)
class _Tally:
    """A hash of each row with its target, and the target's alone, shape (n,)."""

    whole: Hashes
    targets: Hashes

    @classmethod
    def of(cls, split: SplitView) -> _Tally:
        state = split.get(RowHashes())
        return cls(state.whole, state.targets)

    def by_class(self, classes: Hashes) -> tuple[Ints, Ints]:
        """Return the rows of each class, and how many of them copy another one."""
        place = np.searchsorted(classes, self.targets)
        order = np.argsort(self.whole, kind="stable")
        copy = np.zeros(len(order), dtype=bool)
        copy[order[1:]] = self.whole[order][1:] == self.whole[order][:-1]
        n = np.bincount(place, minlength=len(classes)).astype(np.int64)
        return n, np.bincount(place[copy], minlength=len(classes)).astype(np.int64)


def _labels(splits: Mapping[str, SplitView]) -> dict[np.uint64, Any]:
    """Return the labels that the samples hold, by their words."""
    found: dict[np.uint64, Any] = {}
    for split in splits.values():
        name = split.schema.targets[0]
        words = words_of(split, [name])[name]
        found.update(zip(words, _values(split, name), strict=True))
    return {word: label for word, label in found.items() if label is not None}


def _values(split: SplitView, name: Name) -> list[Any]:
    sample = split.get(Sample())
    if name not in split.schema.number_index:
        return list(sample.codes[name])
    line = sample.numbers[split.schema.number_index[name]].tolist()
    return [None if v != v else int(v) if float(v).is_integer() else v for v in line]


# ---------------------------------------------------------------- blends


@dataclass(frozen=True)
class Blended:
    """A class with rows of one split that lie between two rows of another.

    Attributes
    ----------
    label : object
        The class.
    rows : ndarray of int64, shape (k,)
        Rows of the right split that lie on the segment between two rows of the left one.
    of : ndarray of int64, shape (k, 2)
        Those two.
    asked : int
        Sampled rows of the class that were looked at.
    """

    label: Any
    rows: Ints
    of: Ints
    asked: int


def blended(left: SplitView, right: SplitView) -> list[Blended]:
    """Return the classes of which rows of the right split are blends of two rows of the left one, as SMOTE makes them.

    Each of up to 400 sampled rows a class is looked at with its 20 nearest sampled rows of that class in the other
    split. Standardising, principal components and any other linear step keep what is straight straight.
    """
    columns = [c for c in hashed_columns(left.schema) if c.storage.is_number]
    if not is_classes(left) or len(columns) < LEAST_MIXED:
        return []
    target = left.schema.targets[0]
    a, b = sides(left, right, columns)
    labels_a, labels_b = (np.array(_values(s, target)[: len(side.rows)], object) for s, side in ((left, a), (right, b)))
    whole_a, whole_b = (np.isfinite(side.numbers).all(axis=0) for side in (a, b))
    found = []
    for label in list(dict.fromkeys(labels_b.tolist()))[:MOST_CLASSES]:
        if label is None:
            continue
        mine = np.flatnonzero((labels_a == label) & whole_a)
        asked = np.flatnonzero((labels_b == label) & whole_b)[:MOST_ASKED]
        if len(mine) < 3 or not len(asked):
            continue
        places, parents = _between(b.scaled[:, asked].T, a.scaled[:, mine].T)
        if len(places) >= max(LEAST_BLENDS, BLEND_SHARE * len(asked)):
            rows = b.rows[asked[places]]
            order = np.argsort(rows)
            found.append(Blended(label, rows[order], a.rows[mine[parents]][order], len(asked)))
    return found


def _between(points: Floats, others: Floats) -> tuple[Ints, Ints]:
    """Return which points lie on the segment between two of their nearest neighbours, and which those are.

    Parameters
    ----------
    points, others : ndarray of float64, shapes (m, d) and (n, d)
        In units of each column's spread.

    Returns
    -------
    ndarray of int64, shapes (k,) and (k, 2)
    """
    k = min(NEIGHBOURS, len(others))
    places, parents = [], []
    square = (others**2).sum(axis=1)
    step = max(1, (1 << 22) // max(1, len(others)))
    for first in range(0, len(points), step):
        part = points[first : first + step]
        apart = square - 2.0 * part @ others.T
        near = (
            np.argpartition(apart, k - 1, axis=1)[:, :k] if k < len(others) else np.tile(np.arange(k), (len(part), 1))
        )
        for i, neighbours in enumerate(near):
            pair = _straight(others[neighbours] - part[i])
            if pair is not None:
                places.append(first + i)
                parents.append(neighbours[list(pair)])
    return np.array(places, np.int64), np.array(parents, np.int64).reshape(-1, 2)


def _straight(vectors: Floats) -> tuple[int, int] | None:
    """Return two vectors that point in opposite directions, in three coordinates or more and at no simple ratio."""
    lengths = np.sqrt((vectors**2).sum(axis=1))
    kept = np.flatnonzero(lengths > 1e-9)
    unit = vectors[kept] / lengths[kept, None]
    cosine = unit @ unit.T
    i, j = np.unravel_index(int(cosine.argmin()), cosine.shape) if len(kept) else (0, 0)
    if not len(kept) or cosine[i, j] > STRAIGHT - 1.0:
        return None
    mixed = (np.abs(unit[i]) > 1e-6) & (np.abs(unit[j]) > 1e-6)
    share = lengths[kept[i]] / (lengths[kept[i]] + lengths[kept[j]])
    if mixed.sum() < LEAST_MIXED or np.abs(FRACTIONS - share).min() < 1e-5:
        return None
    return int(kept[i]), int(kept[j])
