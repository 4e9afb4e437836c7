"""What the families of preprocessing steps share: rows of a union, its rivals, and splits that repeat each other."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from dataaudit.analyzers.common import numeric_features
from dataaudit.analyzers.leakage.fits import AMBIGUOUS, Fit, Match, Union, unions
from dataaudit.analyzers.leakage.storage import steps
from dataaudit.model import Bools, CannotTell, Floats, Ints, Name, NotApplicable, SplitView
from dataaudit.stats.moments import Moments, MomentsState, pooled
from dataaudit.stats.sample import Sample
from dataaudit.stats.values import Distinct, Values

_ACCIDENT = 1e-7
"""Shapes of two splits that agree this closely, relative to their spread, are those of the same values."""


def moments_by_union(
    splits: Mapping[str, SplitView], order: Sequence[str], at: Sequence[int]
) -> dict[Union, MomentsState]:
    """Return the moments of some columns, by position in `schema.numbers`, for every union of the splits."""
    own = {n: splits[n].get(Moments()).of(at) for n in order}
    return {union: pooled([own[n] for n in order if n in union]) for union in unions(order)}


def joined_values(splits: Mapping[str, SplitView], order: Sequence[str], names: Sequence[Name]) -> list[Distinct]:
    """Return the distinct values of some columns over all splits, joined once for all families that ask."""
    known: dict[Name, Distinct] = splits[order[0]].context.once(("joined values", tuple(order)), dict)
    for name in names:
        if name not in known:
            joined, *others = [splits[n].get(Values()).columns[name] for n in order]
            for more in others:
                joined = joined.add(more.hashes, more.values, more.counts, more.n, more.dropped)
            known[name] = joined
    return [known[name] for name in names]


class Ends(NamedTuple):
    """One column in each split: ndarrays of shape (n_splits,)."""

    low: Floats
    high: Floats
    mean: Floats
    std: Floats


def repeated(splits: Mapping[str, SplitView], order: Sequence[str]) -> Bools:
    """Return the columns of which two splits hold the same values: rows given twice, or the same grid of a design."""
    shapes = []
    for name in order:
        m = splits[name].get(Moments())
        shapes.append(np.array([m.low, m.high, m.mean, m.std, m.skewness, m.kurtosis]))
    alike = [
        np.isclose(a, b, rtol=_ACCIDENT, atol=1e-9, equal_nan=True).all(axis=0) for a, b in combinations(shapes, 2)
    ]
    return np.asarray(np.any(alike, axis=0))


def with_fractions(splits: Mapping[str, SplitView], order: Sequence[str]) -> Iterator[tuple[Name, Ends]]:
    """Yield the inputs with fractions that no two splits repeat, each with its ends, mean and deviation by split.

    Parameters
    ----------
    splits : mapping of str to SplitView
        All of them.
    order : sequence of str
        Their names, train first.
    """
    train = splits[order[0]]
    twice = repeated(splits, order)
    facts = [splits[name].get(Moments()) for name in order]
    for name in numeric_features(train.context):
        j = train.schema.number_index[name]
        if min(m.n[j] for m in facts) >= 5 and any(m.n_fraction[j] for m in facts) and not twice[j]:
            yield name, Ends(*(np.array([line[j] for line in part]) for part in zip(*map(_ends, facts), strict=True)))


def _ends(m: MomentsState) -> tuple[Floats, Floats, Floats, Floats]:
    return m.low, m.high, m.mean, m.std


def answered(key: str, splits: Mapping[str, SplitView], decide: Callable[[], Fit]) -> Fit:
    """Return what `decide` returns, or raise what it raises, computed once for all rules that ask."""

    def answer() -> Fit | CannotTell | NotApplicable:
        try:
            return decide()
        except (CannotTell, NotApplicable) as reason:
            return reason

    found = next(iter(splits.values())).context.once(key, answer)
    if isinstance(found, Exception):
        raise found
    return found


def kind_of(union: Union, train: str) -> int:
    """Return 0 for train alone, 1 for train with others, 2 for others without train: what a verdict tells apart."""
    if train not in union:
        return 2
    return 1 if len(union) > 1 else 0


def spread(n: Mapping[str, Floats], union: Union, order: Sequence[str], *, same_verdict: bool = True) -> Floats:
    """Return F of the hardest rival of a union, the smallest over all others, shape (d,).

    F^2 = 1/n_S + 1/n_T - 2 n_(S and T)/(n_S n_T) is the variance of the difference of the means of S and T, in units of
    a row's.

    Parameters
    ----------
    n : mapping of str to ndarray, shape (d,)
        Values in each split.
    union : frozenset of str
        S.
    order : sequence of str
        Splits, train first.
    same_verdict : bool
        Whether rivals that lead to the same verdict count too.
    """
    here = _total(n, union)
    hardest = 2.0 / np.maximum(here, 1.0)  # rows that are not in the data, as many as these
    for other in unions(order):
        alike = kind_of(other, order[0]) == kind_of(union, order[0])
        if other == union or (alike and not same_verdict):
            continue
        there, both = _total(n, other), _total(n, union & other)
        f2 = 1.0 / np.maximum(here, 1.0) + 1.0 / np.maximum(there, 1.0)
        f2 = f2 - 2.0 * both / np.maximum(here * there, 1.0)
        hardest = np.minimum(hardest, f2)
    return np.asarray(np.sqrt(np.maximum(hardest, 0.0)))


def _total(n: Mapping[str, Floats], union: Union) -> Floats:
    zero = np.zeros_like(next(iter(n.values())), dtype=float)
    return np.asarray(sum((np.asarray(n[s], dtype=float) for s in union), zero))


def rows_of(splits: Mapping[str, SplitView], order: Sequence[str], names: Sequence[Name]) -> dict[str, Floats]:
    """Return the sampled rows of some columns by split, shape (d, n) each."""
    index = splits[order[0]].schema.number_index
    at = [index[name] for name in names]
    return {n: splits[n].get(Sample()).numbers[at] for n in order}


def ascending(line: Floats) -> Floats:
    """Return the finite values of a line in ascending order."""
    return np.sort(line[np.isfinite(line)])


def distinct_share(values: Floats) -> float:
    """Return the share of distinct values among sorted ones, equal to within rounding counting as one."""
    if len(values) < 2:
        return 1.0
    size = max(float(np.abs(values).max()), 1e-300)
    return float(1 + np.count_nonzero(np.diff(values) > 1e-9 * size)) / len(values)


def step_of(values: Floats, most: int = 2000) -> float:
    """Return how exactly values near the middle of sorted ones were stored: the largest step of the inner half."""
    if not len(values):
        return 0.0
    picked = values[:: max(1, len(values) // most)]
    inner = np.abs(picked) <= max(np.quantile(np.abs(picked), 0.75), 1e-300)
    return float(steps(picked)[inner].max())


def counts(splits: Mapping[str, SplitView], order: Sequence[str], at: Sequence[int]) -> dict[str, Floats]:
    """Return the number of finite values of some columns by split, shape (d,) each."""
    chosen: Ints = np.asarray(at, dtype=np.int64)
    return {n: splits[n].get(Moments()).n[chosen].astype(float) for n in order}


def settle_at(
    matches: Sequence[Match], train: str, accept: float, ambiguous: float = AMBIGUOUS
) -> tuple[tuple[Union, ...], tuple[Union, ...]]:
    """Return the unions that were fitted on, and those that leave it open.

    Where a step is told from rivals of another verdict alone, a union and another one within it that lead to the same
    verdict fit alike; the one that fits best stands for both.
    """
    near = [m for m in matches if m.log_p < math.log(ambiguous)]
    told = [m for m in near if not any(_outdone(m, other, train) for other in near)]
    sure = [m.union for m in told if m.log_p < math.log(accept)]
    implied = {a | b for a in sure for b in sure if a != b} | {frozenset().union(*sure)}
    accepted = tuple(u for u in sure if not any(v < u for v in sure) or u not in implied)
    return accepted, tuple(m.union for m in told if m.union not in accepted and m.union not in implied)


def _outdone(match: Match, other: Match, train: str) -> bool:
    nested = match.union < other.union or other.union < match.union
    return nested and kind_of(match.union, train) == kind_of(other.union, train) and other.log_p < match.log_p
