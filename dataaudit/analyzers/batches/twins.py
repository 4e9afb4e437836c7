"""Which rows of two epochs are the same sample."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dataaudit.analyzers.batches.fed_rows import FedRows
from dataaudit.analyzers.batches.looks import likenesses
from dataaudit.analyzers.order.batches_common import feeding_of, found_of
from dataaudit.model import Floats, Ints, SplitView
from dataaudit.stats.batch_codes import sample_numbers
from dataaudit.stats.batch_log import BatchLogState

CHANCE = 1e-6
"""Of two orders of labels agreeing all along, below which they say that the same samples stand there."""


@dataclass(frozen=True)
class Twins:
    """Rows of two epochs that are the same samples.

    Attributes
    ----------
    first, second : ndarray of int64, shape (n,)
        Positions within the first and the second epoch; empty where only the whole epochs are known to be the same.
    known_by : str
        How, as half a sentence.
    """

    first: Ints
    second: Ints
    known_by: str


def twins(split: SplitView, log: BatchLogState) -> Twins | None:
    """Return which rows of the first two epochs are the same sample; None where nothing says that any are.

    They are known by index, by labels that come in the same order in both epochs, or, as a whole, by epochs that have
    as many rows as there are samples.
    """
    a, b = log.epochs[:2]
    given = sample_numbers(split)
    if given is not None:
        _, first, second = np.intersect1d(given[a], given[b], return_indices=True)
        return Twins(first.astype(np.int64), second.astype(np.int64), "by their index") if len(first) else None
    labels = log.labels(a), log.labels(b)
    places = np.arange(len(labels[0]), dtype=np.int64)
    if len(labels[0]) == len(labels[1]) and (labels[0] == labels[1]).all():
        _, counts = np.unique(labels[0], return_counts=True)
        shares = counts / max(1, counts.sum())
        if len(places) * np.log(max(float(shares @ shares), 1e-300)) < np.log(CHANCE):
            return Twins(places, places, "by the order of their labels")
    samples = log.samples(a), log.samples(b)
    if len(samples[0]) == len(samples[1]) and (samples[0] == samples[1]).mean() > 0.2:
        return Twins(places, places, "since others came back unchanged at the same positions")
    known = feeding_of(split).rows.get(split.name, found_of(split).get("rows"))
    whole = all(len(line) == known == len(np.unique(line)) for line in samples)
    return Twins(places[:0], places[:0], "since each epoch has as many as there are") if whole else None


def nearest(rows: FedRows) -> tuple[Ints, Floats, Floats]:
    """Return each later row's nearest row of the first epoch, how far it is, and how far the nearest of its own epoch.

    Returns
    -------
    ndarray of int64, ndarray of float64, ndarray of float64, each of shape (n_later,)
        Rows by place in `FedRows`; distances are Euclidean, of pictures at 32 pixels a side or fewer.
    """
    later = np.flatnonzero(np.repeat(rows.epoch == 1, rows.positions))
    before = np.flatnonzero(np.repeat(rows.epoch == 0, rows.positions))
    likeness = likenesses(rows)
    size = np.diagonal(likeness)
    apart = np.sqrt(np.maximum(size[:, np.newaxis] + size - 2 * likeness, 0.0))
    across, own = apart[np.ix_(later, before)], apart[np.ix_(later, later)].copy()
    np.fill_diagonal(own, np.inf)
    best = across.argmin(axis=1)
    return before[best], across[np.arange(len(later)), best], own.min(axis=1)
