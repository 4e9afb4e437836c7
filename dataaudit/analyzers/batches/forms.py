"""The form of what a batch holds (keys, shape of a row, type), and how an odd form differs from the usual one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import TypeVar

from dataaudit.stats.batch_log import BatchRecord, LeafLog

Shape = tuple[int, ...]
T = TypeVar("T")

USUAL = 0.7
"""Share of the batches from which one form is the usual one: one odd batch of four, in each of two epochs, leaves
three quarters."""


@dataclass(frozen=True)
class Part:
    """One leaf in all batches that have it.

    Attributes
    ----------
    name : str
        The leaf.
    batches : tuple of BatchRecord
        In the order fed.
    leaves : tuple of LeafLog
        The leaf in each.
    """

    name: str
    batches: tuple[BatchRecord, ...]
    leaves: tuple[LeafLog, ...]

    @property
    def is_tokens(self) -> bool:
        """Whether rows are lines of whole numbers, as tokens and their labels are; padded, their length varies."""
        usual = [leaf for leaf in self.leaves if leaf.shape is not None]
        return bool(usual) and all(len(leaf.shape or ()) == 1 and leaf.dtype[:3] in _WHOLE for leaf in usual)

    @property
    def is_picture(self) -> bool:
        """Whether rows have three axes, one of them of 1, 3 or 4 channels, at either end."""
        shape = usual_of([leaf.shape for leaf in self.leaves if leaf.shape is not None])[0]
        return shape is not None and len(shape) == 3 and (shape[0] in _CHANNELS or shape[2] in _CHANNELS)


_WHOLE = ("int", "uin", "boo")
_CHANNELS = (1, 3, 4)


def parts_of(batches: Sequence[BatchRecord]) -> list[Part]:
    """Return the inputs and targets of some batches, each with the batches that have it."""
    held: dict[str, list[tuple[BatchRecord, LeafLog]]] = {}
    for batch in batches:
        for leaf in batch.leaves:
            if leaf.name in batch.inputs or leaf.name == batch.target:
                held.setdefault(leaf.name, []).append((batch, leaf))
    return [Part(name, tuple(b for b, _ in hits), tuple(leaf for _, leaf in hits)) for name, hits in held.items()]


def type_of(leaf: LeafLog) -> str:
    """Return the type of a leaf: NumPy's name; "text" for text of any length; "object" where rows differ."""
    if leaf.dtype.startswith("object"):
        return "object"
    return leaf.dtype if leaf.shape is not None else "text"


def usual_of(forms: Sequence[T]) -> tuple[T | None, bool]:
    """Return the most frequent form, and whether it is usual enough for another to be odd."""
    if not forms:
        return None, False
    form, n = Counter(forms).most_common(1)[0]
    return form, n >= USUAL * len(forms) or (len(forms) == 3 and n == 2)


def told(odd: Shape, usual: Shape) -> str:
    """Return what turns the usual shape of a row into the odd one, or "" where nothing does.

    Examples
    --------
    >>> told((32, 48, 3), (3, 32, 48))
    'channels last (HWC), where the others have them first (CHW)'
    >>> told((3, 48, 32), (3, 32, 48))
    'width and height are swapped'
    >>> told((1, 10), (10,))
    'an axis of one more'
    """
    if len(odd) == len(usual) == 3 and odd != usual:
        a, b, c = usual
        if a in _CHANNELS and odd == (b, c, a):
            return "channels last (HWC), where the others have them first (CHW)"
        if c in _CHANNELS and odd == (c, a, b):
            return "channels first (CHW), where the others have them last (HWC)"
        ends = [(shape[0] in _CHANNELS, shape[2] in _CHANNELS) for shape in (usual, odd)]
        if ends == [(True, False), (False, True)]:
            return "channels last (HWC), where the others have them first (CHW), and of another size"
        if ends == [(False, True), (True, False)]:
            return "channels first (CHW), where the others have them last (HWC), and of another size"
        if (a in _CHANNELS and odd == (a, c, b)) or (c in _CHANNELS and odd == (b, a, c)):
            return "width and height are swapped"
    if sorted(odd) == sorted(usual) and odd != usual and odd in set(permutations(usual)):
        return "the same axes in another order"
    trimmed = tuple(size for size in odd if size != 1)
    if trimmed == tuple(size for size in usual if size != 1):
        return "an axis of one more" if len(odd) > len(usual) else "an axis of one less"
    if len(odd) != len(usual):
        return f"{len(odd)} axes a row instead of {len(usual)}"
    return ""


def varies_by_design(part: Part, odd: Sequence[Shape | None], usual: Shape) -> bool:
    """Return whether the lengths of rows differ as padding makes them: tokens, or sequences of several lengths.

    A line of numbers, or several, of the same rank that differs along one axis alone is a sequence where more than
    one other length occurs; one other length throughout is a column that is missing, or one too many.
    """
    shapes = {shape for shape in odd if shape is not None}
    if any(len(shape) != len(usual) for shape in shapes) or part.is_picture:
        return False
    axes = {k for shape in shapes for k in range(len(usual)) if shape[k] != usual[k]}
    return len(axes) == 1 and (part.is_tokens or len(shapes) > 1)


def spelled(shape: Shape | None) -> str:
    """Return "(3, 32, 32)", "one number" for rows without axes, "rows of different shapes"."""
    if shape is None:
        return "rows of different shapes"
    return str(shape) if shape else "one number"
