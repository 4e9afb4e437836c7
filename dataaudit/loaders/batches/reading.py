"""A batch of any make, read as what was fed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataaudit.errors import SourceError
from dataaudit.loaders.batches.leaves import Leaves, leaves_of
from dataaudit.loaders.batches.roles import Roles, roles_of
from dataaudit.model import Fed, Ints


@dataclass
class Reader:
    """Reads the batches of one loader, of all epochs alike.

    What each leaf is for is settled by the first batch: a later one that repeats a sample, or holds few labels, is read
    the same way. Batches with other keys are read by the same names as far as they have them.

    Attributes
    ----------
    target, index : str or None
        Keys of labels and sample numbers, as declared.
    """

    target: str | None = None
    index: str | None = None
    _roles: dict[tuple[str, ...], Roles] = field(default_factory=dict, init=False, repr=False)

    def read(
        self, batch: Any, where: str, place: tuple[int, int, int] = (0, 0, 0),
        seconds: tuple[float, float] = (0.0, 0.0), *, copy: bool = True,
    ) -> Fed:  # fmt: skip
        """Return a batch as it was fed.

        Parameters
        ----------
        batch : object
            As the loader gave it.
        where : str
            What messages call it.
        place : (epoch, number, first)
            Where it stands; see `Fed`.
        seconds : (waited, between)
            Likewise.
        copy : bool
            Whether its arrays are copied, so that the loader may use its memory again.

        Raises
        ------
        SourceError
            If it cannot be read, or no input has as many rows as the labels. An input that has other rows beside one
            that does (the nodes of graphs) is left out.
        """
        leaves = leaves_of(batch, where, copy=copy)
        roles = self._settled(leaves)
        inputs, target, index = roles.inputs, roles.target, roles.index
        counts = [len(leaves[name]) for name in inputs]
        rows = len(leaves[target]) if target else Counter(counts).most_common(1)[0][0] if counts else 0
        if inputs and rows not in counts:
            told = ", ".join(f"{name!r} has {len(leaf):,}" for name, leaf in leaves.items())
            raise SourceError(
                f"{where}: its parts differ in their number of rows: {told}.",
                "Every part of a batch needs one entry for each sample; name the labels with target=.",
            )
        leaves = {name: leaf for name, leaf in leaves.items() if len(leaf) == rows}
        inputs = tuple(name for name in inputs if name in leaves)
        numbers = None
        if index in leaves and (index == self.index or leaves[index].dtype.kind in "iu"):
            numbers = _numbers(leaves.pop(index), index, where)
        return Fed(*place, rows, leaves, inputs, target, numbers, roles.named, *seconds)

    def _settled(self, leaves: Leaves) -> Roles:
        names = tuple(leaves)
        known = self._roles.get(names)
        if known is None:
            target, index = self.target, self.index
            first = next(iter(self._roles.values()), None)
            if first is not None:
                target = target or (first.target if first.target in leaves else None)
                index = index or (first.index if first.index in leaves else None)
            known = roles_of(leaves, target, index)
            if first is not None and self.index is None and index is not None:
                known = replace(known, named=first.named)
            self._roles[names] = known
        return known


def _numbers(leaf: NDArray[Any], name: str, where: str) -> Ints:
    whole = leaf.dtype.kind in "iub" or (leaf.dtype.kind == "f" and bool((leaf == np.trunc(leaf)).all()))
    if not whole or leaf.ndim != 1 or not np.isfinite(leaf).all():
        raise SourceError(
            f"{where}: the index {name!r} holds {leaf.dtype} of shape {leaf.shape}, expected a whole number a row.",
            "index= names the part of a batch that says which samples of the data set its rows are.",
        )
    return leaf.astype(np.int64)
