"""A batch of any make, read as what was fed."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from dataaudit.errors import SourceError
from dataaudit.loaders.batches.leaves import leaves_of, roles_of
from dataaudit.model import Fed


def read_batch(
    batch: Any,
    where: str,
    keys: tuple[str | None, str | None],
    place: tuple[int, int, int],
    seconds: tuple[float, float],
    *,
    copy: bool = True,
) -> Fed:
    """Return a batch as it was fed.

    Parameters
    ----------
    batch : object
        As the loader gave it.
    where : str
        What messages call it.
    keys : (target, index)
        Keys of labels and sample numbers, as declared.
    place : (epoch, number, first)
        Where it stands; see `Fed`.
    seconds : (waited, between)
        Likewise.
    copy : bool
        Whether its arrays are copied, so that the loader may use its memory again.

    Raises
    ------
    SourceError
        If it cannot be read, or no input has as many rows as the labels. An input that has other rows beside one that
        does (the nodes of graphs) is left out.
    """
    leaves = leaves_of(batch, where, copy=copy)
    inputs, target, index = roles_of(leaves, *keys)
    counts = Counter(len(leaves[name]) for name in inputs)
    rows = len(leaves[target]) if target else counts.most_common(1)[0][0] if counts else 0
    if inputs and rows not in counts:
        told = ", ".join(f"{name!r} has {len(leaf):,}" for name, leaf in leaves.items())
        raise SourceError(
            f"{where}: its parts differ in their number of rows: {told}.",
            "Every part of a batch needs one entry for each sample; name the labels with target=.",
        )
    leaves = {name: leaf for name, leaf in leaves.items() if len(leaf) == rows}
    inputs = tuple(name for name in inputs if name in leaves)
    numbers = None if index is None or index not in leaves else leaves.pop(index).astype(np.int64)
    return Fed(*place, rows, leaves, inputs, target, numbers, *seconds)
