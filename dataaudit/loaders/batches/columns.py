"""How a batch's arrays become columns and pictures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataaudit.errors import SourceError
from dataaudit.loaders.arrays import picture_view
from dataaudit.loaders.columns import codes_of, is_missing, plain_text
from dataaudit.model import Codes, Column, Fed, Floats, Name, PixelLayout, Role, Schema, Storage

MOST_COLUMNS = 16_384
"""Of one leaf: what has more numbers a row and is no picture is looked at batch by batch alone."""


MOST_PLACES = 64
"""Of a row of two axes or more that is no picture: beyond it a place in a sequence is no column."""

LEAST_TAGGED = 8
"""Whole numbers a row from which a line with as many whole numbers for its target is a sequence of tokens."""

_TOKENS = ("input_ids", "token_ids", "tokens", "attention_mask", "token_type_ids", "position_ids", "input_mask")
"""Names of lines of whole numbers whose places mean nothing: padded to a length, their last ones are mostly empty."""


@dataclass(frozen=True)
class Plan:
    """How the arrays of every batch are read, settled by the first ones.

    Attributes
    ----------
    schema : Schema
        Of the rows.
    shapes : dict of str to tuple
        Shape of one row of each leaf that is read; None where rows differ.
    pictures : str or None
        Leaf that holds pictures.
    flat : tuple of str
        Input leaves that are columns.
    target : str or None
        Leaf of the labels.
    encoding : str
        How labels are given: "" (as they are), "one-hot" or "soft".
    notes : tuple of str
        For the reader.
    """

    schema: Schema
    shapes: dict[str, tuple[int, ...] | None]
    pictures: str | None
    flat: tuple[str, ...]
    target: str | None
    encoding: str
    notes: tuple[str, ...]

    def fits(self, fed: Fed) -> bool:
        """Return whether a batch has the leaves and shapes that the schema stands for."""
        return all(
            name in fed.leaves
            and shape_of(fed.leaves[name]) == shape
            and (fed.leaves[name].dtype.kind in "biuf") == (shape is not None)
            for name, shape in self.shapes.items()
        )

    def numbers(self, fed: Fed) -> Floats:
        """Return the numeric columns, shape (n_columns, rows)."""
        blocks = [
            fed.leaves[name].reshape(fed.rows, -1).T for name in self.flat if fed.leaves[name].dtype.kind in "biuf"
        ]
        if self.target is not None and fed.leaves[self.target].dtype.kind in "biuf":
            blocks.append(labels(fed.leaves[self.target], self.encoding).reshape(fed.rows, -1).T)
        with np.errstate(over="ignore"):
            parts = [np.asarray(block, dtype=np.float64) for block in blocks]
        return np.ascontiguousarray(np.concatenate([np.zeros((0, fed.rows)), *parts]))

    def codes(self, fed: Fed) -> dict[Name, Codes]:
        """Return the columns of text."""
        found: dict[Name, Codes] = {}
        for column in self.schema.coded:
            leaf = self.target if column.role is Role.TARGET else str(column.name)
            assert leaf is not None
            cells = fed.leaves[leaf] if leaf in fed.leaves else fed.leaves[self.flat[0]]
            found[column.name] = codes_of(None if is_missing(v) else plain_text(v) for v in cells.tolist())
        return found

    def pixels(self, fed: Fed) -> NDArray[Any] | None:
        """Return the pictures, channels last, shape (rows, height, width, channels)."""
        if self.pictures is None:
            return None
        return picture_view(_frames(fed.leaves[self.pictures]), self.pictures)[0]


def shape_of(leaf: NDArray[Any]) -> tuple[int, ...] | None:
    """Return the shape of one row, or None where rows are objects or text."""
    return leaf.shape[1:] if leaf.dtype.kind in "biuf" else None


def plan_of(fed: Fed, others: Sequence[Fed] = ()) -> Plan:
    """Return how batches like this one are read.

    Parameters
    ----------
    fed : Fed
        One of the usual form.
    others : sequence of Fed
        More of them: lines of whole numbers whose lengths differ among them are tokens.

    Raises
    ------
    SourceError
        If there is no input that can be read.
    """
    columns: list[Column] = []
    flat: list[str] = []
    notes: list[str] = []
    pictures, layout = None, None
    lines = False
    single = len(fed.inputs) == 1
    shapes: dict[str, tuple[int, ...] | None] = {}
    for name in fed.inputs:
        leaf = fed.leaves[name]
        if (leaf.dtype.hasobject and not _is_text(leaf)) or leaf.dtype.kind not in "biufOUST":
            notes.append(f"The input {name!r} differs in shape from row to row; it is judged batch by batch alone.")
            continue
        if name.split(".")[-1] in _TOKENS or _lengths_vary(name, leaf, others) or _is_tagged(leaf, fed):
            notes.append(f"The input {name!r} is a line of tokens; it is judged batch by batch alone.")
            lines = True
            continue
        if pictures is None and (found := _layout(leaf, name)) is not None:
            pictures, layout = name, found
        elif math.prod(leaf.shape[1:]) > (MOST_COLUMNS if leaf.ndim <= 2 else MOST_PLACES):
            notes.append(f"The input {name!r} has {math.prod(leaf.shape[1:]):,} numbers a row; it is judged by batch.")
            continue
        else:
            columns += _columns(leaf, name, single=single)
            flat.append(name)
        shapes[name] = shape_of(leaf)
    encoding = ""
    target = fed.target
    if target is not None:
        leaf = fed.leaves[target]
        tagged = lines and leaf.ndim == 2 and leaf.dtype.kind in "iu"  # a label for each token
        wide = math.prod(leaf.shape[1:]) > MOST_COLUMNS or leaf.ndim > 2
        if tagged or wide or (leaf.dtype.hasobject and not _is_text(leaf)):
            notes.append(f"The target {target!r} is no label or number a row; rules on labels do not apply.")
            target = None
        else:
            encoding = encoding_of(leaf)
            shapes[target] = shape_of(leaf)
            columns += _targets(labels(leaf, encoding), "y" if target.split(".")[-1].isdigit() else target)
            if encoding:
                notes.append(f"Labels are given as {encoding} vectors; their largest entry counts as the class.")
    if not columns and layout is None and not fed.inputs:
        raise SourceError("A batch holds no inputs.", "A loader yields (x, y), (x, y, index), a dict, or x alone.")
    schema = Schema(tuple(columns), layout)
    return Plan(schema, shapes, pictures, tuple(flat), target, encoding, tuple(notes))


def _lengths_vary(name: str, leaf: NDArray[Any], others: Sequence[Fed]) -> bool:
    if leaf.ndim != 2 or leaf.dtype.kind not in "iu":
        return False
    return len({fed.leaves[name].shape[1:] for fed in others if name in fed.leaves}) > 1


def _is_tagged(leaf: NDArray[Any], fed: Fed) -> bool:
    """Return whether each number of a line has a whole number for its target, as the next token or a tag.

    Targets that are never above 1 are several yes or no of the row, whose number says nothing of the inputs.
    """
    tags = None if fed.target is None else fed.leaves[fed.target]
    if tags is None or leaf.dtype.kind not in "iu" or tags.dtype.kind not in "iu":
        return False
    return leaf.ndim == 2 and leaf.shape == tags.shape and leaf.shape[1] >= LEAST_TAGGED and tags.max(initial=0) > 1


def _is_text(leaf: NDArray[Any]) -> bool:
    if leaf.dtype.kind in "UST":
        return leaf.ndim == 1
    return leaf.ndim == 1 and all(isinstance(v, str | bytes) or is_missing(v) for v in leaf.tolist())


def _layout(leaf: NDArray[Any], name: str) -> PixelLayout | None:
    """Return the layout of pictures, None where an array rather holds something else."""
    frames = _frames(leaf)
    if frames.dtype.kind not in "biuf" or not 3 <= frames.ndim <= 4 or not frames.size:
        return None
    if frames.ndim == 3 and not _pictorial(name) and not _squarish(frames.shape[1:]):
        return None
    try:
        return picture_view(frames, name)[1]
    except SourceError:
        return None


def _frames(leaf: NDArray[Any]) -> NDArray[Any]:
    """Return a film's frames above each other in one picture; pictures as they are."""
    return leaf.reshape(leaf.shape[0], -1, *leaf.shape[3:]) if leaf.ndim == 5 and leaf.shape[-1] in (1, 3, 4) else leaf


def _pictorial(name: str) -> bool:
    return any(word in name.lower() for word in ("im", "pix", "pic", "photo", "frame"))


def _squarish(shape: Sequence[int]) -> bool:
    low, high = min(shape), max(shape)
    return low >= 8 and high <= 4 * low


def _columns(leaf: NDArray[Any], name: str, *, single: bool) -> list[Column]:
    kind = _storage(leaf.dtype)
    if leaf.ndim == 1:
        label: Name = 0 if single and name == "0" else name
        return [Column(label, kind, str(leaf.dtype))]
    flat = single and leaf.ndim == 2
    places = [".".join(map(str, place)) for place in np.ndindex(*leaf.shape[1:])]
    return [
        Column(j if flat else f"{name}.{place}" if not single else place, kind, str(leaf.dtype))
        for j, place in enumerate(places)
    ]


def _targets(leaf: NDArray[Any], name: str) -> list[Column]:
    kind = _storage(leaf.dtype)
    if leaf.ndim == 1 or leaf.shape[1] == 1:
        return [Column(name, kind, str(leaf.dtype), Role.TARGET)]
    return [Column(f"{name}{j}", kind, str(leaf.dtype), Role.TARGET) for j in range(leaf.shape[1])]


def _storage(dtype: np.dtype[Any]) -> Storage:
    kinds = {"f": Storage.FLOAT, "i": Storage.INTEGER, "u": Storage.INTEGER, "b": Storage.BOOLEAN}
    return kinds.get(dtype.kind, Storage.TEXT)


# ---------------------------------------------------------------- labels

_WHOLE = 1e-4
"""How far from one the entries of a row may add up, in half precision after mixing."""


def encoding_of(leaf: NDArray[Any]) -> str:
    """Return how labels are given: "one-hot", "soft" (shares that add up to one), or "" as they are.

    Two columns or more whose rows add up to one: of zeros and a single one, or of shares.
    """
    if leaf.ndim != 2 or leaf.shape[1] < 2 or leaf.dtype.kind not in "biuf":
        return ""
    values = leaf.astype(np.float64)
    if not np.isfinite(values).all() or (values < 0).any() or np.abs(values.sum(axis=1) - 1).max(initial=0) > _WHOLE:
        return ""
    return "one-hot" if bool(np.isin(values, (0.0, 1.0)).all()) else "soft"


def labels(leaf: NDArray[Any], encoding: str) -> NDArray[Any]:
    """Return labels as one value a row where they are vectors of classes; others as they are."""
    return leaf.argmax(axis=1) if encoding else leaf
