"""Sampled rows of one or several splits, one after the other, column by column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataaudit.model import Floats, Ints, Name, Schema
from dataaudit.stats.sample import SampleState


@dataclass(frozen=True)
class Rows:
    """Sampled rows of one or several splits, one after the other.

    Attributes
    ----------
    splits : tuple of str
        Their names.
    split : ndarray of int64, shape (n,)
        Which split each row is of.
    position : ndarray of int64, shape (n,)
        Where it stands within its split.
    numbers : mapping of Name to ndarray of float64, shape (n,)
        NaN where missing.
    texts : mapping of Name to ndarray of object, shape (n,)
        None where missing.
    """

    splits: tuple[str, ...]
    split: Ints
    position: Ints
    numbers: Mapping[Name, Floats]
    texts: Mapping[Name, NDArray[Any]]

    def __len__(self) -> int:
        return len(self.split)


def gather(samples: Mapping[str, SampleState], schema: Schema, most: int = 20_000) -> Rows:
    """Return the rows of some samples, no more than `most` in all, taken as evenly from the splits as they allow.

    Parameters
    ----------
    samples : mapping of str to SampleState
        By split. Rows of a sample come in random order, so its first ones are a sample as well.
    schema : Schema
        Of all of them.
    most : int
        Rows in all.
    """
    sizes = _shares([len(s.rows) for s in samples.values()], most)
    states = list(samples.values())
    none: list[Ints] = [np.zeros(0, np.int64)]
    return Rows(
        tuple(samples),
        np.repeat(np.arange(len(states), dtype=np.int64), sizes),
        np.concatenate([s.rows[:k] for s, k in zip(states, sizes, strict=True)] or none),
        {
            c.name: np.concatenate([s.numbers[j, :k] for s, k in zip(states, sizes, strict=True)])
            for j, c in enumerate(schema.numbers)
        },
        {
            c.name: np.concatenate([s.codes[c.name][:k] for s, k in zip(states, sizes, strict=True)])
            for c in schema.coded
        },
    )


def _shares(sizes: Sequence[int], most: int) -> list[int]:
    """Return how many rows each gives: all it has, or an equal part of what the smaller ones leave."""
    taken = [0] * len(sizes)
    left = most
    for waiting, i in enumerate(sorted(range(len(sizes)), key=lambda i: sizes[i])):
        taken[i] = min(sizes[i], left // (len(sizes) - waiting))
        left -= taken[i]
    return taken
