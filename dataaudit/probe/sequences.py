"""Rows of each split one after the other, as they stand in the data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dataaudit.model import CannotTell, Chunk, Floats, Holder, Ints, SplitView
from dataaudit.probe.features import inputs, learn
from dataaudit.probe.outcomes import outcome_lines
from dataaudit.probe.rows import Rows
from dataaudit.probe.run import probe_run
from dataaudit.probe.shifts import whitened
from dataaudit.probe.targets import read

ENOUGH = 0.5
"""Share of the pictures that must have been looked at: a quarter of the pairs of neighbours then are there."""
BLOCK = 5_000
"""Consecutive rows that are read anew where a split is larger than its sample."""
BLOCKS = 4
"""How many such blocks of a split there are, evenly spaced."""
_STREAMED = 50_000
"""Rows of a file within which they lie: to get at later ones, all before them would be read again."""


@dataclass(frozen=True)
class Sequence:
    """Consecutive rows of one split.

    Attributes
    ----------
    split : str
        Its name.
    first : tuple of int
        Position of the first row of each stretch.
    parts : tuple of (ndarray of shape (n, r), ndarray of shape (n, k))
        Directions of the inputs, and the target as centred lines, of each stretch.
    """

    split: str
    first: tuple[int, ...]
    parts: tuple[tuple[Floats, Floats], ...]

    def position(self, place: int) -> int:
        """Return the row within the split at a place counted through all stretches, or the one after the last."""
        for first, (W, _) in zip(self.first, self.parts, strict=True):
            if place < len(W):
                return first + place
            place -= len(W)
        return self.first[-1] + len(self.parts[-1][0])


def sequences(splits: Mapping[str, SplitView]) -> list[Sequence]:
    """Return consecutive rows of each split: all of them, or blocks of a larger split.

    Raises
    ------
    NotApplicable, CannotTell
        As `probe_run`, and where rows of a larger split cannot be read again.
    """
    run = probe_run(splits)
    found = []
    for s, split in enumerate(splits.values()):
        rows = np.flatnonzero(run.rows.split == s)
        is_pictures = split.schema.pictures or split.schema.pixels is not None
        if len(rows) == split.n_rows or (is_pictures and len(rows) >= ENOUGH * split.n_rows):
            if run.used[rows].any():
                at = run.rows.position[rows]
                lines = whitened(run.X[rows]), outcome_lines(run.y[rows], run.task, run.used[rows])
                found.append(
                    Sequence(
                        split.name,
                        (0,),
                        ((_in_place(lines[0], at, split.n_rows), _in_place(lines[1], at, split.n_rows)),),
                    )
                )
        elif is_pictures:
            raise CannotTell(f"the probe looked at too few pictures of {split.name} to know their neighbours")
        else:
            found.append(_blocks(split))
    return found


def _in_place(lines: Floats, at: Ints, n: int) -> Floats:
    """Return lines at the rows they belong to, zero where a row was not looked at."""
    full = np.zeros((n, lines.shape[1]))
    full[at] = lines
    return full


def _blocks(split: SplitView) -> Sequence:
    source: object = split.source
    held = isinstance(source, Holder) and source.held() is not None
    last = split.n_rows if held else min(split.n_rows, _STREAMED)
    size = min(BLOCK, last // BLOCKS)
    first = np.linspace(0, last - size, BLOCKS).astype(np.int64)
    chunk = split.fetch([int(i) for f in first for i in range(f, f + size)])
    rows = _rows(chunk, split, first, size)
    context = split.context
    X = learn(rows, context.kinds, inputs(split.schema, context.kinds), seed=context.probe.seed).transform(rows).matrix
    if context.task is None or not X.shape[1]:
        raise CannotTell("there is nothing to predict, or nothing to predict it from")
    target = read(rows, split.schema.targets, context.task)
    W, Y = whitened(X), outcome_lines(target.y, context.task, target.known)
    cuts = [slice(i * size, (i + 1) * size) for i in range(BLOCKS)]
    return Sequence(split.name, tuple(first.tolist()), tuple((W[cut], Y[cut]) for cut in cuts))


def _rows(chunk: Chunk, split: SplitView, first: Ints, size: int) -> Rows:
    texts = {name: column.cells() for name, column in chunk.codes.items()}
    numbers = {c.name: chunk.numbers[j] for j, c in enumerate(split.schema.numbers)}
    position = np.concatenate([np.arange(f, f + size) for f in first])
    return Rows((split.name,), np.zeros(len(position), np.int64), position, numbers, texts)
