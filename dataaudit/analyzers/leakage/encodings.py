"""Columns that are the mean of the target per category, and the rows that the means were taken of.

An encoding with smoothing m gives a category of n rows with targets summing to s the value v = (s + m·ȳ) / (n + m).
All categories share one m (or have the one that empirical Bayes gives them, as in scikit-learn), so that a few of them
determine it and all others confirm or refute it: for each union of splits there is one m, and what it leaves
unexplained.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dataaudit.analyzers.common import numeric_features
from dataaudit.analyzers.leakage.fits import Union, unions
from dataaudit.model import Bools, Floats, Ints, Name, SplitView, Task
from dataaudit.stats.moments import Moments
from dataaudit.stats.sample import Sample

LEAST_GROUPS = 3
"""Categories of two rows or more that must confirm the encoding, beyond the one that its smoothing is taken from."""

SHARE = 0.8
"""Share of the categories, and of the rows, that must confirm it; two categories of one value are one to the data."""

MOST_ALIKE = 6
"""Categories that share a value, as small ones of a target of two classes do, up to which they are told."""

MOST_GROUPS = 0.6
"""Distinct values a row beyond which a column holds measurements."""
_GLANCE = 2000
"""Sampled rows of a split in which its values must repeat."""


@dataclass(frozen=True)
class Encoding:
    """One column that encodes the target, by the rows of one union of splits.

    Attributes
    ----------
    column : Name
        The column.
    label : str
        Of which class it is the share; empty for a target that is a number.
    union : frozenset of str
        Rows that the means were taken of.
    smoothing : float
        Rows that the overall mean counts for.
    groups : int
        Categories that confirm it.
    own : float
        Share of an encoded value that is its own row's target, on average over the union's rows.
    log_p : float
        Natural logarithm of the probability of an accident.
    left_out : bool
        Whether each row's own target was left out of its value, which tells the target by subtraction.
    """

    column: Name
    label: str
    union: Union
    smoothing: float
    groups: int
    own: float
    log_p: float
    left_out: bool = False


def candidates(splits: Mapping[str, SplitView]) -> list[Name]:
    """Return inputs with fractions that repeat values in every split, as categories' means do."""
    first = next(iter(splits.values()))
    found = []
    for name in numeric_features(first.context):
        j = first.schema.number_index[name]
        if not any(s.get(Moments()).n_fraction[j] for s in splits.values()):
            continue
        some = np.concatenate([s.get(Sample()).numbers[j][:_GLANCE] for s in splits.values()])
        if LEAST_GROUPS <= len(np.unique(some)) <= MOST_GROUPS * len(some):
            found.append(name)
    return found


def targets(splits: Mapping[str, SplitView]) -> list[tuple[str, dict[str, Floats]]]:
    """Return the target as numbers by split, in every way that it may have been averaged: itself, or a class or not."""
    first = next(iter(splits.values()))
    name = first.schema.targets[0]
    j = first.schema.number_index.get(name)
    by_split: list[tuple[str, dict[str, Floats]]] = []
    if j is not None:
        by_split.append(("", {n: s.get(Sample()).numbers[j] for n, s in splits.items()}))
        if first.context.task is Task.REGRESSION:
            return by_split
        pool = np.unique(np.concatenate([line[np.isfinite(line)] for line in by_split[0][1].values()]))
        if set(pool.tolist()) == {0.0, 1.0}:
            return [*by_split, ("0", {n: 1.0 - line for n, line in by_split[0][1].items()})]
        if len(pool) > 20:
            return by_split
        columns = by_split[0][1]
        return by_split + [(f"{v:g}", {n: _is(line, v) for n, line in columns.items()}) for v in pool]
    texts = {n: s.get(Sample()).codes[name] for n, s in splits.items()}
    classes = sorted({v for line in texts.values() for v in line if v is not None})
    if len(classes) == 2:
        classes = classes[1:]
    if len(classes) > 20:
        return by_split
    # the share of one of two classes is one minus the other's: both are tried
    for label in classes:
        shares = {n: np.array([np.nan if v is None else float(v == label) for v in line]) for n, line in texts.items()}
        by_split.append((str(label), shares))
    return by_split


def _is(line: Floats, value: float) -> Floats:
    return np.where(np.isfinite(line), (line == value).astype(np.float64), np.nan)


def encodings(
    column: Name, splits: Mapping[str, SplitView], order: Sequence[str], ways: Sequence[tuple[str, dict[str, Floats]]]
) -> list[Encoding]:
    """Return the unions of splits whose target means a column holds, the surest first."""
    j = splits[order[0]].schema.number_index[column]
    values = {n: splits[n].get(Sample()).numbers[j] for n in order}
    found = []
    for label, target in ways:
        for flipped in (False, True) if label and len(ways) == 1 else (False,):
            y = {n: 1.0 - line if flipped else line for n, line in target.items()}
            known = {n: np.isfinite(values[n]) & np.isfinite(y[n]) for n in order}
            v = [values[n][known[n]] for n in order]
            t = [y[n][known[n]] for n in order]
            if not _within(np.concatenate(v), np.concatenate(t)):
                continue
            for union, told in _by_union(v, t, order):
                smoothing, groups, own, log_p = told
                found.append(Encoding(column, label, union, smoothing, groups, own, log_p))
            left_out = _left_out(v[0], t[0])
            if left_out is not None:
                found.append(Encoding(column, label, frozenset(order[:1]), 0.0, left_out[0], 1.0, left_out[1], True))
    return sorted(found, key=lambda e: e.log_p)


def _within(v: Floats, y: Floats) -> bool:
    """Return whether values lie among the targets, as means of them do; most columns are elsewhere."""
    if len(v) < 10:
        return False
    margin = 1e-6 * max(abs(float(y.min())), abs(float(y.max())), 1e-300)
    return bool(y.min() - margin <= v.min() and v.max() <= y.max() + margin)


def _by_union(
    v: Sequence[Floats], y: Sequence[Floats], order: Sequence[str]
) -> Iterator[tuple[Union, tuple[float, int, float, float]]]:
    """Yield the unions of splits whose targets' means the values are, with what was solved."""
    whole, targets_ = np.concatenate(v), np.concatenate(y)
    held, at = np.unique(whole, return_inverse=True)
    if not LEAST_GROUPS <= len(held) <= MOST_GROUPS * len(whole):
        return
    tolerance = _tolerance(held)
    known = np.unique(targets_)
    step = float(np.diff(known).min()) if 1 < len(known) <= 200 else 0.0
    centre = float(targets_.mean())  # means shift with what they are taken of; sums of squares stay exact
    tables, start = {}, 0
    for name, line in zip(order, y, strict=True):
        here, c = at[start : start + len(line)], line - centre
        sums = [np.bincount(here, weights=w, minlength=len(held)) for w in (np.ones_like(c), c, c * c)]
        tables[name] = np.array(sums)
        start += len(line)
    for union in unions(order):
        n, sums, squares = np.sum([tables[name] for name in order if name in union], axis=0)
        used = n > 0
        told = _solve(held[used] - centre, n[used], sums[used], squares[used], tolerance, step)
        if told is not None:
            yield union, told


def _groups(v: Floats, y: Floats) -> tuple[Floats, Ints, Floats]:
    """Return the distinct values, their rows, and the sums of their targets."""
    held, at, n = np.unique(v, return_inverse=True, return_counts=True)
    return held, n.astype(np.int64), np.bincount(at, weights=y).astype(np.float64)


def _solve(
    held: Floats, n: Floats, sums: Floats, squares: Floats, tolerance: float, step: float
) -> tuple[float, int, float, float] | None:
    """Return smoothing, confirming groups, own share and ln p; None if the values are no means of these targets.

    Parameters
    ----------
    held, n, sums, squares : ndarray of float64, shape (k,)
        Distinct values, and for each the rows, the sum of their targets and of the squares of these.
    tolerance : float
        How far storage may have moved a value.
    step : float
        Spacing of the targets; 0 where they have none.
    """
    rows = float(n.sum())
    if rows < 10 or not LEAST_GROUPS <= len(held) <= MOST_GROUPS * rows:
        return None
    mean = float(sums.sum() / rows)
    spread = math.sqrt(max(0.0, float(squares.sum() / rows) - mean * mean))
    inside = np.maximum(squares - sums * sums / n, 0.0)
    if inside.sum() <= 1e-9 * spread**2 * rows:
        return None  # the target itself, as another column tells it, or one value only
    best = None
    automatic = inside / n / spread**2  # empirical Bayes: a category's own variance over the target's
    for m in [*_smoothings(held, n, sums, mean), automatic]:
        fits = _fits(held, n, sums, m, mean, tolerance)
        if fits.mean() < SHARE or n[fits].sum() < SHARE * rows:
            continue
        smoothing = float(np.mean(m))
        log_p = _accident(n[fits], spread, tolerance, 0.0 if smoothing else step, spent=int(smoothing > 0))
        confirmed = int(fits.sum())
        # at as many values no smoothing comes first, to which rounded means add a little
        if best is None or confirmed > best[1] or (confirmed == best[1] and best[0] > 0.0 and log_p < best[3]):
            best = smoothing, confirmed, float((n / (n + m)).sum() / rows), log_p
    return best


def _fits(held: Floats, n: Floats, sums: Floats, m: float | Floats, mean: float, tolerance: float) -> Bools:
    """Return which values are the smoothed means of their rows: of one category, or of a few that are alike.

    Categories of as many rows and as large a sum share their value; smoothing counts for each of them.
    """
    fits: Bools = np.abs((sums + m * mean) / (n + m) - held) <= tolerance
    if isinstance(m, float) and m:
        for alike in range(2, MOST_ALIKE + 1):
            each = np.abs((sums / alike + m * mean) / (n / alike + m) - held) <= tolerance
            fits |= each & (n % alike == 0)
    return fits


def _tolerance(held: Floats) -> float:
    """Return how far storage may have moved a mean."""
    scale = float(np.abs(held).max())
    for decimals in range(2, 8):
        if (np.round(held, decimals) == held).all():
            return 0.51 * 10.0**-decimals
    if (held.astype(np.float32).astype(np.float64) == held).all():
        return 4e-7 * scale
    return 1e-9 * max(scale, 1e-300)


def _smoothings(held: Floats, n: Floats, sums: Floats, mean: float) -> list[float | Floats]:
    """Return no smoothing, and what the largest groups say that it is."""
    left, right = held * n - sums, mean - held
    apart = np.abs(right) > 1e-6 * max(1e-300, float(np.abs(held).max()))
    found = left[apart] / right[apart]
    weight = (n * np.abs(right))[apart]
    found = found[np.argsort(-weight, kind="stable")]
    likely = found[(found > 1e-6) & (found < 1e6)][:9]
    if not len(likely):
        return [0.0]
    middle = float(np.median(likely))
    # values that categories share ask for as many times the smoothing; those of one category are in the middle of all
    guesses = {middle, middle / 2.0, float(np.median(found[(found > 1e-6) & (found < 1e6)]))}
    rounded = {float(round(m)) for m in guesses} - {0.0}
    return [0.0, *sorted(guesses | rounded)]


def _accident(n: Floats, spread: float, tolerance: float, step: float, *, spent: int) -> float:
    """Return ln of the probability that another column, or means of other rows, agree as well.

    Each confirming group of two rows or more is off by at most the tolerance where chance would leave the standard
    error of its mean; targets on a grid (0 and 1, say) agree more easily. A group is spent on the smoothing.
    """
    several = n[n >= 2]
    if len(several) - spent < LEAST_GROUPS - 1:
        return 0.0
    alike = MOST_ALIKE if spent else 1
    near = (2.0 * tolerance * alike + step / several) / (2.5 * spread / np.sqrt(several))
    logs = np.sort(np.log(np.clip(near, 1e-12, 1.0)))
    return float(logs[spent:].sum())


def _left_out(v: Floats, y: Floats) -> tuple[int, float] | None:
    """Return the groups that show leave-one-out means of 0 and 1, and ln p; None if there are too few.

    A category of N rows with s ones has two values: s/(N−1) where the target is 0 and (s−1)/(N−1) where it is 1.
    """
    if len(v) < 10 or not np.isin(y, (0.0, 1.0)).all() or y.min() == y.max():
        return None
    held, n, sums = _groups(v, y)
    ones = {float(h): int(c) for h, c, s in zip(held, n, sums, strict=True) if s == c and 0 < h < 1 and c >= 2}
    zeros = {float(h): int(c) for h, c, s in zip(held, n, sums, strict=True) if s == 0 and 0 < h < 1}
    pairs, rows = 0, 0
    for value, count in ones.items():
        size = (count - 1) / value + 1.0
        partner = count / max(1.0, round(size) - 1.0)
        near = [z for z in zeros if abs(z - partner) < 1e-6]
        if abs(size - round(size)) < 1e-4 * size and near and zeros[near[0]] == round(size) - count:
            pairs, rows = pairs + 1, rows + round(size)
    if pairs < LEAST_GROUPS or rows < 0.5 * len(v):
        return None
    share = float(y.mean())
    return pairs, rows * math.log(max(share, 1.0 - share))
