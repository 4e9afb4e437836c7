"""What became of each row from one version to the next, and single rows of both read again."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataaudit.analyzers.change.match import Matcher, Pairs, RowChanges, Rows, join, rows_of, some
from dataaudit.analyzers.change.versions import Change, change_of
from dataaudit.analyzers.leakage.picture_pairs import pairs_figure
from dataaudit.analyzers.leakage.side_by_side import differing, lines_of_pairs
from dataaudit.model import Bools, CannotTell, Chunk, Codes, Column, Floats, Ints, Name, Role, SplitView
from dataaudit.stats.moments import Moments
from dataaudit.stats.values import Values

MOST_READ = 2000
"""Pairs of rows of one split that are read again, cell by cell."""
ROUNDING = 1e-5
"""Share of a column's spread up to which another number is the same one, computed or written anew: 32-bit floats keep
seven digits, `%.6f` six decimals, and no model tells such inputs apart."""
_SURE = math.log(1000.0)
"""What the cells that two rows share must say for them to be one row: chance of as much below 1 in 1,000."""
_KEY = "what became of each row"


def row_changes(splits: Mapping[str, SplitView]) -> RowChanges:
    """Return what became of each row; computed for the first rule that asks.

    Raises
    ------
    NotApplicable
        In an audit of one version.
    CannotTell
        If the rows of a version are not at hand.
    """
    change = change_of(splits)
    for version in (change.base, change.head):
        if version.rows is None:
            what = "a saved profile, which holds no rows" if version.views else "a saved report, which holds no rows"
            raise CannotTell(f"{version.name} is {what}: compare the data itself to follow single rows")
    context = next(iter(splits.values())).context
    return context.once(_KEY, lambda: _changes(change))


def _changes(change: Change) -> RowChanges:
    base, head = change.base, change.head
    assert base.rows is not None
    assert head.rows is not None
    called = {before: after for after, before in change.splits.items()}
    names = list(dict.fromkeys([*head.rows, *(called.get(name, name) for name in base.rows)]))
    matcher = Matcher(
        rows_of(base.rows, base.keys, names, called), rows_of(head.rows, head.keys, names, {})
    )  # fmt: skip
    named = base.keys is not None and head.keys is not None
    pictures = base.schema.pictures
    by_name = matcher.by("keys", in_split=False, sure=True) if named and not pictures else _none()
    moved = matcher.by("whole", in_split=False)
    relabelled = matcher.by("inputs", in_split=True)
    both = matcher.by("inputs", in_split=False)
    if named and pictures:
        by_name = matcher.by("keys", in_split=False, sure=True)
    elif not named and not pictures:
        by_name = join(*(_verified(change, matcher, name) for name in change.splits))
    one, two = matcher.base, matcher.head
    i, j = by_name
    other_split, other_label, other_inputs = (
        getattr(one, field)[i] != getattr(two, field)[j] for field in ("split", "targets", "inputs")
    )
    if pictures:  # the folder is the class: a file that is elsewhere has another path
        other_label = np.zeros(len(i), dtype=bool)
    return matcher.finish(
        join(moved, both, some(by_name, other_split)),
        join(relabelled, both, some(by_name, other_label)),
        some(by_name, other_inputs),
        ordered=not pictures,
    )


def _none() -> Pairs:
    return np.zeros(0, np.int64), np.zeros(0, np.int64)


def _verified(change: Change, matcher: Matcher, name: str) -> Pairs:
    """Pair rows at the same place between unchanged ones whose cells agree more often than by chance."""
    pairs = matcher.in_place(name)
    if not len(pairs[0]):
        return pairs
    before, after = change.base.views[change.splits[name]], change.head.views[name]
    columns = [pair for pair in change.alike if pair[0].role is not Role.ID]
    if after.schema.pixels is not None or not columns:
        return _none()
    look = np.linspace(0, len(pairs[0]) - 1, min(MOST_READ, len(pairs[0]))).round().astype(np.int64)
    here, there, shown, index = read_pairs(
        before, after, columns, matcher.base.row[pairs[0][look]], matcher.head.row[pairs[1][look]]
    )
    weights = np.array([_telling(before, column.name) for column in shown])
    told = differing(here, there, shown, index)
    sure = weights @ ~(told & ~_rounded(here, there, shown, index, after)) >= _SURE
    if len(look) == len(pairs[0]):
        return matcher.take(*some(pairs, sure))
    return matcher.take(*pairs) if sure.mean() >= 0.9 else _none()


def _rounded(here: Chunk, there: Chunk, shown: Sequence[Column], index: Mapping[Name, int], split: SplitView) -> Bools:
    """Return which cells differ by `ROUNDING` at most, shape (n_columns, n): numbers with fractions alone.

    Cells that do not differ are among them. The split is one of the head, whose names `shown` has.
    """
    std = split.get(Moments()).std
    cells = np.zeros((len(shown), here.n_rows), dtype=bool)
    for i, column in enumerate(shown):
        if column.name in index:
            j = index[column.name]
            spread = float(std[split.schema.number_index[column.name]])
            cells[i] = differ_by_rounding(here.numbers[j], there.numbers[j], spread)
    return cells


def differ_by_rounding(a: Floats, b: Floats, std: float) -> Bools:
    """Return which numbers are within `ROUNDING` of each other, shape (n,); two whole ones never are.

    Parameters
    ----------
    a, b : ndarray of float64, shape (n,)
        Before and after, NaN where missing.
    std : float
        Spread of the column.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        return np.asarray((np.abs(a - b) <= ROUNDING * std) & ((np.trunc(a) != a) | (np.trunc(b) != b)))


def _telling(split: SplitView, name: Name) -> float:
    """Return how much it says that two rows agree in a column: minus the logarithm of how often random rows do."""
    distinct = split.get(Values()).columns[name]
    if not distinct.n:
        return 0.0
    if not distinct.exact:
        return math.log(max(2, distinct.n_distinct))
    share = distinct.counts / distinct.n
    return -math.log(float((share * share).sum()))


# ---------------------------------------------------------------- reading rows again


def read_pairs(
    before: SplitView,
    after: SplitView,
    columns: Sequence[tuple[Column, Column]],
    rows: Ints,
    of: Ints,
) -> tuple[Chunk, Chunk, list[Column], dict[Name, int]]:
    """Read rows of both versions again, in the same columns.

    Parameters
    ----------
    before, after : SplitView
        The splits of both versions that they are in.
    columns : sequence of (Column, Column)
        Those to read, as either version stores them.
    rows, of : ndarray of int64, shape (n,)
        Positions in `before` and in `after`.

    Returns
    -------
    here, there : Chunk
        The rows, columns in one order, under the names of the head.
    shown : list of Column
        These columns.
    index : dict of Name to int
        Where the numeric ones stand in both chunks.
    """
    shown = [after for _, after in columns]
    numeric = [pair for pair in columns if pair[1].storage.is_number]
    here = _aligned(before.fetch(rows.tolist()), before, columns, side=0)
    there = _aligned(after.fetch(of.tolist()), after, columns, side=1)
    return here, there, shown, {pair[1].name: j for j, pair in enumerate(numeric)}


def _aligned(chunk: Chunk, split: SplitView, columns: Sequence[tuple[Column, Column]], side: int) -> Chunk:
    at = [split.schema.number_index[pair[side].name] for pair in columns if pair[1].storage.is_number]
    codes: dict[Name, Codes] = {
        pair[1].name: chunk.codes[pair[side].name] for pair in columns if not pair[1].storage.is_number
    }
    return Chunk(split.name, 0, chunk.n_rows, chunk.numbers[at], codes)


@dataclass(frozen=True)
class Shown:
    """Rows of both versions side by side.

    Attributes
    ----------
    figure : mapping or None
        To draw from.
    cells : ndarray of bool, shape (n_columns, n_pairs), or None
        Which cells differ; None for pictures.
    rounded : ndarray of bool, shape (n_columns, n_pairs), or None
        Which of these differ by rounding at most.
    columns : list of Column
        Of the lines of `cells`.
    """

    figure: dict[str, Any] | None
    cells: Bools | None = None
    rounded: Bools | None = None
    columns: tuple[Column, ...] = ()


def side_by_side(change: Change, changes: RowChanges, pairs: Pairs, notes: Sequence[str], caption: str) -> Shown:
    """Return pairs of one split of the base and one of the head side by side, and which of their cells differ.

    Parameters
    ----------
    change, changes : Change, RowChanges
        Both versions, and their rows.
    pairs : Pairs
        All of one split on either side.
    notes : sequence of str
        One a pair; shorter lists are filled up.
    caption : str
        Of the figure.
    """
    before, after = split_of(change, changes.base, pairs[0], 0), split_of(change, changes.head, pairs[1], 1)
    rows, of = changes.base.row[pairs[0]][:MOST_READ], changes.head.row[pairs[1]][:MOST_READ]
    notes = [*notes, *[""] * len(rows)][: len(rows)]
    places = list(zip(rows.tolist(), of.tolist(), strict=True))
    sides = (replace(before, name=f"base {before.name}"), replace(after, name=f"head {after.name}"))
    if after.schema.pictures or after.schema.pixels is not None:
        return Shown(pairs_figure(sides, places, notes, caption))
    columns = [pair for pair in change.alike if pair[0].role is not Role.ID]
    here, there, shown, index = read_pairs(before, after, columns, rows, of)
    cells = differing(here, there, shown, index)
    few = slice(0, 12)
    figure = {
        "kind": "pairs",
        "caption": caption,
        "left": sides[0].name,
        "right": sides[1].name,
        **lines_of_pairs(
            _first(here, few), _first(there, few), places[few], notes[few], shown, index
        ),
        "total": len(pairs[0]),
    }  # fmt: skip
    return Shown(figure, cells, cells & _rounded(here, there, shown, index, after), tuple(shown))


def _first(chunk: Chunk, rows: slice) -> Chunk:
    codes = {name: Codes(column.indices[rows], column.values) for name, column in chunk.codes.items()}
    numbers = chunk.numbers[:, rows]
    return Chunk(chunk.split, 0, numbers.shape[1] if len(numbers) else len(range(chunk.n_rows)[rows]), numbers, codes)


def split_of(change: Change, rows: Rows, places: Ints, side: int) -> SplitView:
    """Return the split that some rows of the base (side 0) or of the head (1) are in; they are all in one."""
    name = rows.splits[int(rows.split[places[0]])]
    return change.head.views[name] if side else change.base.views[change.splits.get(name, name)]


def each_split(rows: Rows, places: Ints) -> list[tuple[str, NDArray[np.bool_]]]:
    """Return the splits that some rows are in, and which of these rows each holds."""
    return [(rows.splits[k], rows.split[places] == k) for k in np.unique(rows.split[places]).tolist()]
