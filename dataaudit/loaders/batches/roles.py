"""What each array of a batch is for: inputs, labels, the numbers of the samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataaudit.errors import SourceError
from dataaudit.loaders.batches.leaves import Leaves

_INPUTS = ("x", "input", "inputs", "image", "images", "img", "imgs", "pixel_values", "features", "feature", "data",
           "input_values", "input_features", "input_ids", "text", "audio", "video", "X")  # fmt: skip
_TARGETS = ("y", "label", "labels", "target", "targets", "class", "classes", "class_id", "category", "fine_label",
            "label_ids", "cls")  # fmt: skip
_CLEAR_INDEXES = ("index", "indices", "idx", "idxs", "sample_id", "sample_index", "__index__")
"""Names that hold nothing but the numbers of samples."""
_INDEXES = (*_CLEAR_INDEXES, "id", "ids", "row")

_DISTINCT = 0.5
"""Share of the rows of the first batch that must differ in what is taken for the numbers of samples: classes are few,
and where samples are drawn again, more than half of a batch differs still."""


@dataclass(frozen=True)
class Roles:
    """What the leaves of a batch are for.

    Attributes
    ----------
    inputs : tuple of str
        What is neither target nor index; where keys are known names of inputs, those alone.
    target, index : str or None
        Labels, and numbers of the samples.
    named : bool
        Whether the index was declared, or goes by a name that leaves no doubt.
    """

    inputs: tuple[str, ...]
    target: str | None
    index: str | None
    named: bool = False


def roles_of(leaves: Leaves, target: str | None = None, index: str | None = None) -> Roles:
    """Return which leaves are inputs, which is the target and which the index of the samples.

    Parameters
    ----------
    leaves : dict of str to ndarray
        Of one batch.
    target, index : str, optional
        As declared.

    Raises
    ------
    SourceError
        If a declared leaf is not there.
    """
    for word, name in (("target", target), ("index", index)):
        if name is not None and name not in leaves:
            raise SourceError(
                f"A batch has no {word} {name!r}.", f"It holds: {', '.join(repr(leaf) for leaf in leaves)}."
            )
    named = index is not None
    names = [name for name in leaves if name not in (target, index)]
    positions = [name for name in names if name.split(".")[0].isdigit()]
    if target is None:
        target = _first(names, _TARGETS)
        if target is None and len(positions) == len(names) > 1:
            last = sorted({int(name.split(".")[0]) for name in names})
            seconds = [name for name in names if name.split(".")[0] == str(last[1])]
            target = _first(seconds, _TARGETS) or (seconds[0] if len(seconds) == 1 else None)
    names = [name for name in names if name != target]
    if index is None:
        index = next((name for name in names if _last(name) in _INDEXES and _may_number(leaves[name], name)), None)
        named = index is not None and _last(index) in _CLEAR_INDEXES
        if index is None and target is not None and len(names) == 2 and len(positions) and _may_number(
            leaves[names[-1]], names[-1]
        ):  # fmt: skip
            index = names[-1]
    names = [name for name in names if name != index]
    known = [name for name in names if _last(name) in _INPUTS or name.split(".")[0] in _INPUTS]
    firsts = [name for name in names if name.split(".")[0] == "0"]
    return Roles(tuple(known or firsts or names), target, index, named)


def _last(name: str) -> str:
    return name.split(".")[-1]


def _first(names: Sequence[str], known: Sequence[str]) -> str | None:
    return next((name for word in known for name in names if _last(name) == word), None)


def _may_number(leaf: NDArray[Any], name: str) -> bool:
    """Return whether a leaf could number the samples: whole numbers, and unless its name says so, mostly different."""
    if leaf.ndim != 1 or leaf.dtype.kind not in "iu":
        return False
    return _last(name) in _CLEAR_INDEXES or len(np.unique(leaf)) > _DISTINCT * len(leaf)
