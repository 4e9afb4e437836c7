"""A matrix of numbers out of sampled rows, each of its lines traced back to the column it came from.

What is learnt here (medians, spreads, categories, word directions) never looks at a target, so that it may be learnt
from all rows; models and encodings that do look at one belong into folds, on top of this.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dataaudit.model import Kind, Name, Role, Schema
from dataaudit.probe.encoders import (
    Feature,
    Matrix,
    Part,
    as_texts,
    learn_categories,
    learn_number,
    learn_text,
    learn_times,
)
from dataaudit.probe.rows import Rows, gather
from dataaudit.stats.sample import SampleState


@dataclass(frozen=True)
class Features:
    """Numbers that a model can be fitted on.

    Attributes
    ----------
    matrix : ndarray of float32, shape (n_rows, n_features)
        Finite; about -8 to 8.
    names : tuple of Feature
        What each line of it is.
    """

    matrix: Matrix
    names: tuple[Feature, ...]

    def of(self, column: Name) -> list[int]:
        """Return the lines that come from a column."""
        return [i for i, f in enumerate(self.names) if f.column == column]

    def without(self, columns: Sequence[Name]) -> Features:
        """Return the features that do not come from some columns."""
        dropped = set(columns)
        keep = [i for i, f in enumerate(self.names) if f.column not in dropped]
        return Features(self.matrix[:, keep], tuple(self.names[i] for i in keep))

    @property
    def columns(self) -> tuple[Name, ...]:
        """The columns that any line comes from, in order."""
        return tuple(dict.fromkeys(f.column for f in self.names))


@dataclass(frozen=True)
class Encoder:
    """What was learnt about all columns."""

    parts: tuple[Part, ...]

    @property
    def names(self) -> tuple[Feature, ...]:
        """What each line of the matrix is."""
        return tuple(name for part in self.parts for name in part.names)

    def transform(self, rows: Rows) -> Features:
        """Return the matrix of some rows, those it was learnt from or others."""
        names = self.names
        matrix = np.zeros((len(rows), len(names)), dtype=np.float32)
        at = 0
        for part in self.parts:
            width = len(part.names)
            if width and len(rows):
                matrix[:, at : at + width] = part.lines(rows).T
            at += width
        return Features(matrix, names)


def inputs(schema: Schema, kinds: Mapping[Name, Kind]) -> list[Name]:
    """Return the columns that a model may learn from: inputs, without ids and without empty ones."""
    left_out = (Kind.ID, Kind.EMPTY)
    return [c.name for c in schema.columns if c.role is Role.FEATURE and kinds[c.name] not in left_out]


def learn(
    rows: Rows, kinds: Mapping[Name, Kind], columns: Sequence[Name], *, most: int = 4096, seed: int = 0
) -> Encoder:
    """Return an encoder of some columns. No target is looked at.

    Parameters
    ----------
    rows : Rows
        What to learn from.
    kinds : mapping of Name to Kind
        What each column means.
    columns : sequence of Name
        Those to encode.
    most : int
        Features in all; in a table with more, each column keeps its first ones only.
    seed : int
        For the directions of texts.

    Notes
    -----
    Numbers: distance from the median in spreads (a quarter-to-three-quarters range brought to that of a normal
    distribution, or the deviation where it is zero), clipped to 8; a missing one is 0 and has a line of its own, so
    has an infinite one. Codes: their value, and a line each. Categories: a line each for the 20 most frequent, the
    others share 16 lines by hash, and all have their frequency. Times: as numbers, and around the clock, the week
    and the year. Texts: length, words, share of digits, and 16 directions of their character trigrams.
    """
    share = max(1, most // max(1, len(columns)))
    parts = [part for name in columns for part in _learn(name, kinds[name], rows, seed)]
    return Encoder(tuple(_cut(parts, share) if sum(len(p.names) for p in parts) > most else parts))


def encode(
    samples: Mapping[str, SampleState],
    schema: Schema,
    kinds: Mapping[Name, Kind],
    *,
    most_rows: int = 20_000,
    most: int = 4096,
    seed: int = 0,
) -> tuple[Rows, Features]:
    """Return sampled rows of some splits, and the matrix of their inputs: `gather`, `learn` and `transform` at once."""
    rows = gather(samples, schema, most_rows)
    return rows, learn(rows, kinds, inputs(schema, kinds), most=most, seed=seed).transform(rows)


def _learn(name: Name, kind: Kind, rows: Rows, seed: int) -> list[Part]:
    if name in rows.numbers:
        line = rows.numbers[name]
        value = learn_number(name, line)
        if kind is Kind.DATETIME:
            return [value, *learn_times(name, line)]
        if kind is Kind.INTEGER_CODE:
            return [value, *learn_categories(name, as_texts(line))]
        return [value]
    texts = rows.texts[name]
    if kind is Kind.TEXT:
        return [learn_text(name, texts, seed)]
    return learn_categories(name, texts)


def _cut(parts: list[Part], share: int) -> list[Part]:
    left: Counter[Name] = Counter()
    kept: list[Part] = []
    for part in parts:
        column = part.names[0].column if part.names else None
        room = share - left[column] if column is not None else 0
        if room > 0 and column is not None:
            kept.append(part if len(part.names) <= room else _First(part, room))
            left[column] += min(room, len(part.names))
    return kept


@dataclass(frozen=True)
class _First:
    """The first lines of a part."""

    part: Part
    most: int

    @property
    def names(self) -> tuple[Feature, ...]:
        return self.part.names[: self.most]

    def lines(self, rows: Rows) -> Matrix:
        return self.part.lines(rows)[: self.most]
