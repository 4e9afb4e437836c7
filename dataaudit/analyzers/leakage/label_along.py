"""Labels in the order of an id: do neighbours agree, and do the shares of labels differ along it."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataaudit.analyzers.common import percent
from dataaudit.analyzers.leakage.entities import may_be_entity
from dataaudit.analyzers.probability import changes_by_chance
from dataaudit.model import Column, Floats, Ints, Name, Role, SplitView, Task
from dataaudit.stats.keys import entity_rank
from dataaudit.stats.sample import Sample

LEAST_ROWS = 30
LEAST_SAVED = 10
"""Changes of label fewer than expected, below which the runs test's z is not normal."""

STRETCHES = 10

LAST_NUMBER = re.compile(r"^(.*?)(\d+)(\D*)$", re.DOTALL)


@dataclass(frozen=True)
class Order:
    """Labels in the order of an id.

    Attributes
    ----------
    n : int
        Rows.
    z : float
        Standard deviations by which neighbours agree more often than by chance.
    share : float
        Changes of label between neighbours over those of random order; for numbers 1 less their rank correlation.
    linked : float
        Cramér's V squared of label and stretch of the order, 0 to 1; 0 for numbers.
    said : str
        What was seen, in words.
    trend : float
        Rank correlation of a number with the id; 1 for classes.
    bins : list of list of int, or None
        Rows of each class along the id, for the drawing.
    classes : list of str
        Their names.
    """

    n: int
    z: float
    share: float
    linked: float
    said: str
    trend: float = 1.0
    bins: list[list[int]] | None = None
    classes: tuple[str, ...] = ()


def column_keys(views: Sequence[SplitView], column: Column) -> list[NDArray[Any]]:
    """Return each split's ids as sampled: numbers, or text; None or NaN where missing."""
    index = views[0].schema.number_index
    if column.name in index:
        return [s.get(Sample()).numbers[index[column.name]] for s in views]
    return [s.get(Sample()).codes[column.name] for s in views]


def ranks_of(keys: NDArray[Any]) -> Ints:
    """Return the rank of each id, equal ones alike, -1 where missing: numbers in text count by their size.

    Examples
    --------
    >>> ranks_of(np.array(["P-2", "P-10", None], dtype=object)).tolist()
    [0, 1, -1]
    """
    if keys.dtype.kind == "f":
        known = np.isfinite(keys)
        ranks = np.full(len(keys), -1, dtype=np.int64)
        ranks[known] = np.unique(keys[known], return_inverse=True)[1]
        return ranks
    parts = {key: _parts(str(key)) for key in set(keys.tolist()) if key is not None}
    place = {key: i for i, key in enumerate(sorted(parts, key=lambda k: (parts[k], str(k))))}
    return np.array([-1 if key is None else place[key] for key in keys.tolist()], dtype=np.int64)


def _parts(text: str) -> tuple[str, int, str]:
    found = LAST_NUMBER.match(text)
    if found is None or len(found.group(2)) > 18:
        return (text, 0, "")
    return (found.group(1), int(found.group(2)), found.group(3))


# ---------------------------------------------------------------- order


def order_along(views: Sequence[SplitView], keys: list[NDArray[Any]], target: Name, task: Task | None) -> Order | None:
    """Return how labels lie along the ids of all splits; None where they cannot be told."""
    ranks = ranks_of(np.concatenate(keys))
    if _anew(views, ranks):
        views, ranks = views[:1], ranks_of(keys[0])
    index = views[0].schema.number_index
    samples = [s.get(Sample()) for s in views]
    if target in index:
        line = np.concatenate([s.numbers[index[target]] for s in samples])
        known = np.isfinite(line)
        labels: list[Any] = [f"{v:g}" for v in np.unique(line[known]).tolist()]
        codes = np.full(len(line), -1, dtype=np.int64)
        codes[known] = np.unique(line[known], return_inverse=True)[1]
    else:
        texts = np.concatenate([s.codes[target] for s in samples])
        labels = sorted({str(t) for t in texts.tolist() if t is not None})
        place = {t: i for i, t in enumerate(labels)}
        codes = np.array([-1 if t is None else place[str(t)] for t in texts.tolist()], dtype=np.int64)
    known = (codes >= 0) & (ranks >= 0)
    order = np.argsort(ranks[known], kind="stable")
    at = ranks[known][order]
    apart = _first_of_group(views, known, order) & np.concatenate([[True], at[1:] != at[:-1]])[: len(at)]
    codes = codes[known][order][apart]
    unique = int(apart.sum()) >= 0.9 * len(at) or bool(views[0].schema.with_role(Role.GROUP))
    if len(codes) < LEAST_ROWS or not unique:
        return None
    return _numbers_along(codes) if task is Task.REGRESSION else _classes_along(codes, labels)


def _anew(views: Sequence[SplitView], ranks: Ints) -> bool:
    """Return whether every split is numbered for itself: most of the ids of one occur in another."""
    known = ranks[ranks >= 0]
    return len(views) > 1 and len(np.unique(known)) < 0.9 * len(known)


def _first_of_group(views: Sequence[SplitView], known: NDArray[np.bool_], order: Ints) -> NDArray[np.bool_]:
    """Return which rows, in the order of their ids, do not follow one of their own declared or evident group."""
    schema = views[0].schema
    first = np.ones(len(order), dtype=bool)
    if not len(order):
        return first
    for column in schema.columns:
        named = column.role is Role.FEATURE and entity_rank(column.name) in (0, 1)
        if column.role is not Role.GROUP and not (named and may_be_entity(views[0], column.name)):
            continue
        ranks = ranks_of(np.concatenate(column_keys(views, column)))[known][order]
        first &= np.concatenate([[True], (ranks[1:] != ranks[:-1]) | (ranks[1:] < 0)])
    return first


def _classes_along(codes: Ints, labels: list[str]) -> Order | None:
    counts = np.bincount(codes, minlength=len(labels)).astype(np.float64)
    if (counts > 0).sum() < 2:
        return None
    changes = int((codes[1:] != codes[:-1]).sum())
    expected, variance = changes_by_chance(counts)
    enough = expected - changes >= LEAST_SAVED and variance > 1e-9  # two rows of a rare class may meet by chance
    z = (expected - changes) / math.sqrt(variance) if enough else min(0.0, changes - expected)
    share = changes / expected if expected > 0 else 1.0
    said = (
        f"in its order the label changes {changes:,} times in {len(codes):,} rows, {percent(share)} of what random "
        f"order gives"
    )
    apart, linked = _stretches(codes, counts)
    if apart > z:
        z, said = (
            apart,
            f"the shares of the labels differ along its order (Cramér's V² {linked:.2f} over ten stretches)",
        )
    return Order(len(codes), z, share, linked, said, 1.0, *_bins(codes, counts, labels))


def _stretches(codes: Ints, counts: Floats) -> tuple[float, float]:
    """Return by how many standard deviations the labels differ between stretches of the order, and Cramér's V squared.

    Pearson's chi-squared over ten stretches of equally many rows, its p-value halved for being the second test, as the
    z of the same tail. It sees blocks that were half shuffled, whose neighbours mostly differ.
    """
    from scipy.special import chdtrc, ndtri

    n = len(codes)
    n_bins = min(STRETCHES, n // 10)
    kept = counts >= 2 * n_bins  # rarer ones count together, so that no cell expects fewer than two
    place = np.where(kept, np.cumsum(kept) - 1, kept.sum())[codes]
    n_classes = int(kept.sum()) + int((~kept[codes]).any())
    if n_classes < 2:
        return 0.0, 0.0
    bins = (np.arange(n) * n_bins) // n
    table = np.bincount(bins * n_classes + place, minlength=n_bins * n_classes).reshape(n_bins, n_classes).astype(float)
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True) / n
    chi2 = float(((table - expected) ** 2 / expected).sum())
    p = max(2.0 * float(chdtrc((n_bins - 1) * (n_classes - 1), chi2)), 1e-300)
    return (float(-ndtri(p)) if p < 0.5 else 0.0), chi2 / (n * (min(n_bins, n_classes) - 1))


def _numbers_along(codes: Ints) -> Order | None:
    """Return the same for numbers, as ranks of their values."""
    ranks = codes.astype(np.float64)
    if ranks.min() == ranks.max():
        return None
    near = correlation(ranks[1:], ranks[:-1])
    trend = abs(correlation(ranks, np.arange(len(ranks), dtype=np.float64)))
    said = f"neighbours along it have like targets (rank correlation {near:.2f}; with the id itself {trend:.2f})"
    return Order(len(ranks), near * math.sqrt(len(ranks)), 1.0 - near, 0.0, said, trend)


def correlation(a: Floats, b: Floats) -> float:
    """Return the correlation of two lines, 0 where one is constant."""
    a, b = a - a.mean(), b - b.mean()
    size = math.sqrt(float((a * a).sum()) * float((b * b).sum()))
    return float((a * b).sum()) / size if size > 0 else 0.0


def _bins(codes: Ints, counts: Floats, labels: list[str]) -> tuple[list[list[int]] | None, tuple[str, ...]]:
    """Return rows of the ten largest classes along the id in at most 128 bins."""
    if len(labels) > 64:
        return None, ()
    named = np.sort(np.argsort(-counts, kind="stable")[:10])
    place = np.full(len(labels), len(named), dtype=np.int64)
    place[named] = np.arange(len(named))
    width = len(named) + (len(labels) > len(named))
    n_bins = min(128, len(codes))
    bins = (np.arange(len(codes)) * n_bins) // len(codes)
    table = np.bincount(bins * width + place[codes], minlength=n_bins * width).reshape(n_bins, width)
    names = [labels[i] for i in named] + (["other"] if width > len(named) else [])
    return table.tolist(), tuple(names)
