"""Which columns of two versions are the same, under the same name or another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from dataaudit.analyzers.change.versions import Renamed
from dataaudit.model import Column, Ints, Name, SplitView
from dataaudit.stats.hashing import Hashes
from dataaudit.stats.moments import Moments
from dataaudit.stats.values import Distinct, Values

_ALIKE = 0.8
"""Share of distinct values, of all that either column holds, from which two columns are one under two names."""
_TOP = np.uint64(2**64 - 1)
_FEW = 10
"""Distinct values below which many columns are alike: then every value must have the very same number of rows."""


def same_columns(
    base: Mapping[str, SplitView], head: Mapping[str, SplitView], splits: Mapping[str, str]
) -> tuple[tuple[tuple[Column, Column], ...], tuple[Renamed, ...]]:
    """Return the columns that two versions have in common, and those among them that have another name now.

    Parameters
    ----------
    base, head : mapping of str to SplitView
        Splits of either version.
    splits : mapping of str to str
        For each split of the head that of the base that it is compared with.

    Returns
    -------
    tuple of (Column, Column), tuple of Renamed
        In the order of the base.
    """
    before, after = (next(iter(views.values())).schema for views in (base, head))
    renamed: dict[Name, Name] = {}
    if splits:
        later, earlier = next(iter(splits.items()))
        gone = [c for c in before.columns if c.name not in after.by_name]
        new = [c for c in after.columns if c.name not in before.by_name]
        if not any(isinstance(c.name, int) for c in (*gone, *new)):  # positions are no names that could change
            renamed = _renamed(base[earlier], head[later], gone, new)
    pairs = [(c, after.by_name[renamed.get(c.name, c.name)]) for c in before.columns
             if renamed.get(c.name, c.name) in after.by_name]  # fmt: skip
    return tuple(pairs), tuple(Renamed(a, b) for a, b in renamed.items())


def _renamed(base: SplitView, head: SplitView, gone: Sequence[Column], new: Sequence[Column]) -> dict[Name, Name]:
    """Return new names by old ones, where one column alone fits the other in both directions."""
    old_values, new_values = base.get(Values()).columns, head.get(Values()).columns
    fits = [
        (a.name, b.name)
        for a in gone
        for b in new
        if a.storage.is_number == b.storage.is_number
        and (_same_content(old_values[a.name], new_values[b.name]) or _same_moments(base, head, a, b))
    ]
    olds, news = [a for a, _ in fits], [b for _, b in fits]
    return {a: b for a, b in fits if olds.count(a) == 1 and news.count(b) == 1}


def _same_moments(base: SplitView, head: SplitView, a: Column, b: Column) -> bool:
    """Return whether two columns of numbers have the same mean, spread and ends to the last digit, as sure as a hash.

    That is what a brief profile, which holds no values of such columns, can tell.
    """
    if not a.storage.is_number or base.get(Values()).columns[a.name].exact:
        return False
    one, two = base.get(Moments()), head.get(Moments())
    i, j = base.schema.number_index[a.name], head.schema.number_index[b.name]
    facts = ("n", "pivot", "rest", "m2", "low", "high")
    return bool(one.m2[i] > 0 and all(getattr(one, name)[i] == getattr(two, name)[j] for name in facts))


def _same_content(a: Distinct, b: Distinct) -> bool:
    """Return whether two columns hold the same values, as far as the values of the smallest hashes tell."""
    limit = min(line.hashes[-1] if line.dropped else _TOP for line in (a, b))
    one, two = a.hashes[a.hashes <= limit], b.hashes[b.hashes <= limit]
    if not len(a.counts) or not len(b.counts):  # a brief profile has no values here
        return False
    if not len(one) or not len(two):
        return False
    shared, at, there = _common(one, two)
    if min(len(one), len(two)) < _FEW:
        return len(shared) == len(one) == len(two) and bool((a.counts[at] == b.counts[there]).all())
    return len(shared) >= _ALIKE * (len(one) + len(two) - len(shared))


def _common(one: Hashes, two: Hashes) -> tuple[Hashes, Ints, Ints]:
    return np.intersect1d(one, two, assume_unique=True, return_indices=True)
