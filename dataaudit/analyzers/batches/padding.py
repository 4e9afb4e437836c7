"""Sequences that differ in nothing but their padding."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataaudit.analyzers.order.batches_common import feeder_of, log_of
from dataaudit.model import Bools, Fed, SplitView


def fresh_but_for_padding(split: SplitView, fresh: Bools) -> Bools:
    """Return which rows of the second epoch were not fed in the first, whatever length they are padded to.

    Parameters
    ----------
    split : SplitView
        Whose loader it is.
    fresh : ndarray of bool, shape (n,)
        Rows of the second epoch that were not fed in the first, bit for bit.

    Returns
    -------
    ndarray of bool, shape (n,)
        As given where all batches have one length, and of rows whose batches are not kept.

    Notes
    -----
    What most rows end with is taken for padding. Cost: a copy of the kept rows of both epochs.
    """
    log = log_of(split)
    feeder = feeder_of(split)
    if feeder is None or len({batch.input_shapes for batch in log.batches}) < 2:
        return fresh
    before, after = ([f for f in feeder.kept if f.epoch == e and _is_numeric(f)] for e in log.epochs[:2])
    ends = _ends(before)
    known = {words for fed in before for words in _unpadded(fed, ends)}
    left = fresh.copy()
    for fed in after:
        for row, words in enumerate(_unpadded(fed, ends), fed.first):
            if row < len(left) and left[row] and words in known:
                left[row] = False
    return left


def _is_numeric(fed: Fed) -> bool:
    return all(fed.leaves[name].dtype.kind in "biuf" and fed.leaves[name].ndim > 1 for name in fed.inputs)


def _ends(batches: list[Fed]) -> dict[str, Any]:
    """Return the number that most rows of each input end with."""
    found: dict[str, Counter[Any]] = {}
    for fed in batches:
        for name in fed.inputs:
            if fed.leaves[name].size:
                found.setdefault(name, Counter()).update(fed.leaves[name].reshape(fed.rows, -1)[:, -1].tolist())
    return {name: counts.most_common(1)[0][0] for name, counts in found.items()}


def _unpadded(fed: Fed, ends: dict[str, Any]) -> list[bytes]:
    """Return each row's inputs as bytes, without the places at their end that hold padding alone."""
    rows = [b""] * fed.rows
    for name in fed.inputs:
        leaf: NDArray[Any] = fed.leaves[name]
        filled = (leaf != ends.get(name, 0)).reshape(*leaf.shape[:2], -1).any(axis=2)
        lengths = np.where(filled.any(axis=1), leaf.shape[1] - filled[:, ::-1].argmax(axis=1), 0)
        for i, length in enumerate(lengths.tolist()):
            rows[i] += f"{name}{length}".encode() + leaf[i, :length].tobytes()
    return rows
