"""How far each column of a split moved from one version to the next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeGuard

import numpy as np

from dataaudit.analyzers.change.match import RowChanges
from dataaudit.analyzers.change.samples import (
    Line,
    Side,
    gap_between,
    gap_of_histograms,
    line_of,
    line_of_facts,
    missing_counts,
    side_of_rows,
    side_of_sample,
    with_classes_of,
)
from dataaudit.analyzers.change.units import Summary, other_unit, other_unit_of
from dataaudit.analyzers.change.versions import Change
from dataaudit.analyzers.common import number, percent
from dataaudit.analyzers.shares import ShareTest, compare_shares
from dataaudit.model import Column, Floats, Ints, Kind, Name, Role, SplitView, Task
from dataaudit.stats.hashing import mix
from dataaudit.stats.moments import Moments
from dataaudit.stats.values import Distinct, Values

MOST_READ = 5000
"""New rows of a split that are read again."""
LEAST = 20
"""Values on either side below which a column is not compared."""
_DIFFERENT = 1e-3
"""Chance of two histograms as different, below which a change of unit is looked for."""
_UNTOLD = 0.02
"""Share of rows that would have to change, below which shares are not tested: the exact tests take 2 ms a column."""
_LEFT_OUT = (Kind.ID, Kind.DATETIME, Kind.EMPTY, Kind.TEXT)


@dataclass(frozen=True)
class Move:
    """How one column of one split differs from before.

    Attributes
    ----------
    column : Name
        As the head calls it.
    effect : float
        How far the split as a whole moved: largest gap of the distributions, or share of rows that would have to
        change; 0 to 1.
    part : float
        The same between the rows that were compared.
    p : float
        Chance of as much, before it is corrected for the number of tests.
    tests : int
        Tests that were made for it.
    what, before, after : str
        What was measured ("has the median"), and its values.
    compared : str
        Which rows: "the 12 new rows of train".
    unit : str or None
        The change of unit that explains it.
    rows : ndarray of int64, or None
        Positions of the new rows in the head.
    """

    column: Name
    effect: float
    part: float
    p: float
    tests: int
    what: str
    before: str
    after: str
    compared: str
    unit: str | None = None
    rows: Ints | None = None


# ---------------------------------------------------------------- from rows


def moves_of_rows(
    change: Change, before: SplitView, after: SplitView, changes: RowChanges, least_unit: int
) -> Iterator[Move]:
    """Yield how columns differ between the rows that are new (or gone) and the earlier rows.

    Parameters
    ----------
    change, changes : Change, RowChanges
        Both versions, and their rows.
    before, after : SplitView
        The split in the base and in the head.
    least_unit : int
        Rows from which on a change of unit is looked for.
    """
    yield from _classes(change, before, after)
    if after.schema.pictures or after.schema.pixels is not None:
        return
    k = changes.head.splits.index(after.name)
    new = np.ones(len(changes.head), dtype=bool)
    new[changes.same[1]] = new[changes.relabelled[1]] = False
    stayed = np.zeros(len(changes.base), dtype=bool)
    stayed[changes.same[0]] = stayed[changes.relabelled[0]] = True
    mine = changes.base.split == k
    coming = np.sort(changes.head.row[new & (changes.head.split == k)])
    going = np.sort(changes.base.row[~stayed & mine])
    if len(coming) >= min(LEAST, least_unit):
        side = side_of_rows(after, _some(coming))
        yield from _between(
            change, after, side_of_sample(before), side, coming, least_unit, _called(len(coming), after),
        )  # fmt: skip
    elif len(going) >= LEAST and (stayed & mine).sum() >= LEAST:
        staying = np.sort(changes.base.row[stayed & mine])
        gone, kept = (side_of_rows(before, _some(rows)) for rows in (going, staying))
        share = len(going) / max(1, int(mine.sum()))
        yield from _gone(change, before, gone, kept, share)


def _called(n: int, after: SplitView) -> str:
    return f"the {n:,} new rows of {after.name}" if n < after.n_rows else f"all rows of {after.name}"


def _some(rows: Ints) -> Ints:
    """Return at most 5,000 of some rows, drawn by a hash of their positions, in ascending order."""
    if len(rows) <= MOST_READ:
        return rows
    order = np.argsort(mix(rows.astype(np.uint64)), kind="stable")
    return np.sort(rows[order[:MOST_READ]])


def _columns(change: Change, view: SplitView) -> list[tuple[Column, Column]]:
    kinds = view.context.kinds
    return [
        (a, b)
        for a, b in change.alike
        if b.role in (Role.FEATURE, Role.TARGET) and kinds[b.name] not in _LEFT_OUT
        and not (b.role is Role.TARGET and view.context.task is Task.CLASSIFICATION)
    ]  # fmt: skip


def _weighted(change: Change, old: Side, new: Side) -> tuple[Side, Side]:
    context = next(iter(change.head.views.values())).context
    targets = change.base.schema.targets, change.head.schema.targets
    if context.task is not Task.CLASSIFICATION or len(targets[1]) != 1 or not change.comparable_targets:
        return old, new
    mine, theirs = change.base.schema.by_name[targets[0][0]], change.head.schema.by_name[targets[1][0]]
    return with_classes_of(old, new, mine, theirs)


def _between(
    change: Change,
    after: SplitView,
    old: Side,
    new: Side,
    rows: Ints,
    least_unit: int,
    compared: str,
) -> Iterator[Move]:
    plain, (old, new) = old, _weighted(change, old, new)
    share = min(1.0, len(rows) / max(1, after.n_rows))
    for a, b in _columns(change, after):
        if b.storage.is_number:
            lines = line_of(old.numbers[a.name], old.weights), line_of(new.numbers[b.name], new.weights)
            if _enough(lines, least_unit):
                yield from _numbers(b, *lines, share, compared, rows)
            holes = [np.isnan(plain.numbers[a.name]), np.isnan(new.numbers[b.name])]
        else:
            if min(len(plain), len(new)) >= LEAST:
                yield from _texts(b, old, new, a, share, compared, rows)
            holes = [_missing(plain.texts[a.name]), _missing(new.texts[b.name])]
        counts = [np.array([int((~h).sum()), int(h.sum())], np.int64) for h in holes]
        if min(len(plain), len(new)) >= LEAST:
            yield from _holes(b, counts[0], counts[1], share, compared, rows)


def _gone(change: Change, before: SplitView, gone: Side, kept: Side, share: float) -> Iterator[Move]:
    """Yield how the rows that went differ from those that stayed, the classes made equal."""
    kept, gone = _weighted_gone(change, kept, gone)
    for a, b in _columns(change, next(iter(change.head.views.values()))):
        if a.storage.is_number:
            lines = line_of(gone.numbers[a.name], gone.weights), line_of(kept.numbers[a.name], kept.weights)
            if not _enough(lines, LEAST):
                continue
            gap, p = gap_between(lines[0], lines[1])
            medians = [number(line.quantile(0.5)) for line in lines]
            yield Move(
                b.name, gap * share, gap * share, p, 1, "in the rows that went had the median", medians[0],
                f"{medians[1]} in those that stayed", f"{before.name}, from which rows went",
            )  # fmt: skip


def _enough(lines: tuple[Line | None, Line | None], least: int) -> TypeGuard[tuple[Line, Line]]:
    return all(line is not None and len(line.values) >= least for line in lines)


def _weighted_gone(change: Change, kept: Side, gone: Side) -> tuple[Side, Side]:
    targets = change.base.schema.targets
    if next(iter(change.base.views.values())).context.task is not Task.CLASSIFICATION or len(targets) != 1:
        return kept, gone
    column = change.base.schema.by_name[targets[0]]
    return with_classes_of(kept, gone, column, column)


def _numbers(column: Column, old: Line, new: Line, share: float, compared: str, rows: Ints | None) -> Iterator[Move]:
    unit = other_unit(old, new)
    gap, p = gap_between(old, new)
    if unit is None and min(len(old.values), len(new.values)) < LEAST:
        return
    yield Move(
        column.name, gap * share, gap, p, 1, "has the median", number(old.quantile(0.5)), number(new.quantile(0.5)),
        compared, unit.words if unit is not None else None, rows,
    )  # fmt: skip


def _missing(texts: np.ndarray[tuple[int], np.dtype[np.object_]]) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.array([v is None for v in texts.tolist()], dtype=bool)


def _holes(column: Column, old: Ints, new: Ints, share: float, compared: str, rows: Ints | None) -> Iterator[Move]:
    if not old[1] and not new[1]:
        return
    test = _test(old, new)
    words = [percent(float(c[1] / max(1, c.sum()))) for c in (old, new)]
    yield Move(
        column.name,
        test.moved * share,
        test.moved,
        test.p,
        1,
        "is missing in",
        words[0],
        words[1],
        compared,
        None,
        rows,
    )


def _texts(
    column: Column, old: Side, new: Side, mine: Column, share: float, compared: str, rows: Ints
) -> Iterator[Move]:
    """Yield how the shares of categories differ; the weighted counts are scaled to the rows they are worth."""
    lines = old.texts[mine.name], new.texts[column.name]
    words = sorted({str(v) for line in lines for v in line.tolist() if v is not None})
    place = {word: i for i, word in enumerate(words)}
    if len(words) < 2 or len(words) > max(LEAST, len(new) // 2):
        return
    counts = []
    for side, line in zip((old, new), lines, strict=True):
        known = ~_missing(line)
        codes = np.array([place[str(v)] for v in line[known].tolist()], dtype=np.int64)
        weights = side.weights[known]
        counts.append(_worth(np.bincount(codes, weights, minlength=len(words)).astype(np.float64), weights))
    yield _shares(column, words, counts[0], counts[1], share, compared, rows)


def _test(old: Ints, new: Ints) -> ShareTest:
    """Compare shares; what moved by less than any rule would tell is counted as a test, and not worth making it."""
    if not old.sum() or not new.sum():
        return compare_shares(old, new)
    off = np.abs(old / old.sum() - new / new.sum())
    moved = 0.5 * float(off.sum())
    return ShareTest(1.0, moved, int(np.argmax(off))) if moved < _UNTOLD else compare_shares(old, new)


def _worth(counts: Floats, weights: Floats) -> Ints:
    """Return weighted counts as whole numbers that sum to Kish's effective size."""
    total = float(weights.sum())
    n = total * total / float((weights * weights).sum()) if total else 0.0
    return np.round(counts * (n / total if total else 0.0)).astype(np.int64)


def _shares(
    column: Column, words: list[str], old: Ints, new: Ints, share: float, compared: str, rows: Ints | None
) -> Move:
    test = _test(old, new)
    shown = [percent(float(c[test.worst] / max(1, c.sum()))) for c in (old, new)]
    return Move(
        column.name, test.moved * share, test.moved, test.p, 1, f"is {words[test.worst]!r} in", shown[0], shown[1],
        compared, None, rows,
    )  # fmt: skip


# ---------------------------------------------------------------- classes


def _classes(change: Change, before: SplitView, after: SplitView) -> Iterator[Move]:
    """Yield how the shares of the classes moved, all rows of both versions."""
    targets = change.base.schema.targets, change.head.schema.targets
    if after.context.task is not Task.CLASSIFICATION or len(targets[1]) != 1 or not change.comparable_targets:
        return
    column = change.head.schema.by_name[targets[1][0]]
    sketches = before.get(Values()).columns[targets[0][0]], after.get(Values()).columns[targets[1][0]]
    yield from _of_sketches(column, *sketches, f"the classes of {after.name}")


def _of_sketches(column: Column, old: Distinct, new: Distinct, compared: str) -> Iterator[Move]:
    """Yield how the shares of values moved, where all distinct values of both versions are known."""
    if not old.exact or not new.exact or min(old.n, new.n) < LEAST:
        return
    counts = [dict(zip([_word(v) for v in list(s.values)], s.counts.tolist(), strict=True)) for s in (old, new)]
    words = sorted({*counts[0], *counts[1]})
    if len(words) < 2 or len(words) > max(LEAST, min(old.n, new.n) // 2):
        return
    a, b = (np.array([c.get(w, 0) for w in words], np.int64) for c in counts)
    yield _shares(column, words, a, b, 1.0, compared, None)


def _word(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


# ---------------------------------------------------------------- from profiles


def moves_of_facts(change: Change, before: SplitView, after: SplitView) -> Iterator[Move]:
    """Yield how columns differ between all rows of both versions, from the facts of profiles."""
    yield from _classes(change, before, after)
    compared = f"{after.name} as a whole"
    for a, b in _columns(change, after):
        if b.storage.is_number:
            yield from _numbers_of_facts(a, b, before, after, compared)
        else:
            sketches = before.get(Values()).columns[a.name], after.get(Values()).columns[b.name]
            yield from _of_sketches(b, *sketches, compared)
        yield from _holes(b, missing_counts(before, a.name), missing_counts(after, b.name), 1.0, compared, None)


def _numbers_of_facts(a: Column, b: Column, before: SplitView, after: SplitView, compared: str) -> Iterator[Move]:
    """Yield how a column of numbers moved: by its values as far as they are known, and by its histogram."""
    sides = _summary(before, a.name), _summary(after, b.name)
    if min(side.n for side in sides) < LEAST:
        return
    gap, p = gap_of_histograms(before, after, (a.name, b.name))
    lines = line_of_facts(before, a.name), line_of_facts(after, b.name)
    if _enough(lines, 2):
        unit = other_unit(*lines)
        other, other_p = gap_between(*lines)
        shown = [number(line.quantile(0.5)) for line in lines]
        what, tests = "has the median", 2.0
        gap, p = (gap, p) if p < other_p else (other, other_p)
    else:
        unit = other_unit_of(*sides) if p < _DIFFERENT else None
        shown = [number(side.mean) for side in sides]
        what, tests = "has the mean", 1.0
    words = unit.words if unit is not None else None
    yield Move(b.name, gap, gap, min(1.0, tests * p), 1, what, shown[0], shown[1], compared, words)


def _summary(split: SplitView, name: Name) -> Summary:
    moments, j = split.get(Moments()), split.schema.number_index[name]
    return Summary(int(moments.n[j]), float(moments.mean[j]), float(moments.std[j]), float(moments.kurtosis[j]))
