"""Labels in the order of the rows: how many of each, in what runs, in what batches."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from dataaudit.model import Chunk, Codes, Ints, Name, Schema
from dataaudit.stats.state import saved

BATCH_SIZES = (16, 32, 64, 128)
_BINS = 256


@saved
@dataclass(frozen=True)
class LabelOrder:
    """Ask for class counts, runs of equal labels, batches cut from the row order, and a strip to draw.

    Parameters
    ----------
    cap : int
        Most classes counted; beyond it labels count as "many" and only the order is kept.
    targets : int
        Most target columns looked at, the first ones.
    """

    rowless: ClassVar[bool] = True
    cap: int = 10_000
    targets: int = 32

    def start(self, schema: Schema) -> LabelOrderState:
        names = schema.targets[: self.targets]
        return LabelOrderState({name: LabelLine.empty(name, schema.number_index.get(name), self.cap) for name in names})


@saved
@dataclass
class LabelOrderState:
    """Facts about each target column in row order, by name; empty where there is no target."""

    columns: dict[Name, LabelLine]

    def observe(self, chunk: Chunk) -> None:
        if chunk.n_rows:
            for line in self.columns.values():
                line.observe(chunk)

    def merge(self, other: Self) -> Self:
        return type(self)({name: line.merge(other.columns[name]) for name, line in self.columns.items()})


@saved
@dataclass
class Windows:
    """Batches of one size cut from the row order at multiples of the size.

    Attributes
    ----------
    whole, single : int
        Complete batches with labels, and those among them with one label only.
    parts : dict of int to tuple
        Batches seen in part: number of rows, and the one label so far or None when mixed.
    """

    size: int
    whole: int
    single: int
    parts: dict[int, tuple[int, Hashable]]

    def add(self, number: int, n: int, label: Hashable) -> None:
        """Add part of a batch, with its one label, or None when it holds several."""
        if number in self.parts:
            before, known = self.parts.pop(number)
            n, label = n + before, (label if known == label else None)
        if n == self.size:
            self.whole += 1
            self.single += label is not None
        else:
            self.parts[number] = (n, label)

    def copy(self) -> Windows:
        """Return an independent copy."""
        return Windows(self.size, self.whole, self.single, dict(self.parts))


@saved
@dataclass
class LabelLine:
    """Facts about one column in row order.

    Attributes
    ----------
    n : int
        Rows seen with a label.
    counts : dict of label to int
        Rows a class; empty once there are more than `cap` classes (`many`).
    places : dict of label to int
        Sum of the row positions of each class, exact; empty like `counts`.
    changes : int
        Neighbouring labelled rows whose labels differ.
    up, down : int
        Neighbouring rows whose number rises, or falls; 0 for text.
    pairs : int
        Neighbouring rows compared.
    ends : list of tuple
        Row ranges seen: start, stop, first label, last label (None where missing).
    windows : dict of int to Windows
        By batch size.
    strip_level : int
        A bin of the strip is 2**strip_level rows.
    strip : dict of int to dict of label to int
        Rows a class in each bin; empty when there are more than 64 classes.
    """

    target: Name
    number: int | None
    cap: int
    n: int
    counts: dict[Hashable, int]
    places: dict[Hashable, int]
    many: bool
    changes: int
    up: int
    down: int
    pairs: int
    ends: list[tuple[int, int, Hashable, Hashable]]
    windows: dict[int, Windows]
    strip_level: int
    strip: dict[int, dict[Hashable, int]]

    @classmethod
    def empty(cls, target: Name, number: int | None, cap: int) -> Self:
        """Return the facts of no rows; `number` is the column's position in `Chunk.numbers`, if it is there."""
        windows = {size: Windows(size, 0, 0, {}) for size in BATCH_SIZES}
        return cls(target, number, cap, 0, {}, {}, False, 0, 0, 0, 0, [], windows, 0, {})

    def observe(self, chunk: Chunk) -> None:
        """Take in one chunk that has rows."""
        codes = chunk.labels(self.target, self.number)
        at = codes.indices
        self._count(codes, chunk.start)
        known = at >= 0
        both = known[1:] & known[:-1]
        changed = both & (at[1:] != at[:-1])
        self.pairs += int(np.count_nonzero(both))
        self.changes += int(np.count_nonzero(changed))
        if self.number is not None:  # codes of numbers ascend with the numbers
            self.up += int(np.count_nonzero(changed & (at[1:] > at[:-1])))
            self.down += int(np.count_nonzero(changed & (at[1:] < at[:-1])))
        for windows in self.windows.values():
            _cut(windows, chunk.start, codes)
        self._draw(chunk.start, codes)
        ends = (chunk.start, chunk.stop, _label(codes, 0), _label(codes, -1))
        self._join([ends])

    def _count(self, codes: Codes, start: int) -> None:
        self.n += int(codes.counts.sum())
        if self.many:
            return
        at = np.flatnonzero(codes.indices >= 0)
        sums = np.bincount(codes.indices[at], weights=at, minlength=len(codes.values))
        for value, count, place in zip(codes.values, codes.counts.tolist(), sums.tolist(), strict=True):
            if count:
                self._add_class(value, count, int(place) + count * start)
        self._forget()

    def _add_class(self, label: Hashable, count: int, place: int) -> None:
        self.counts[label] = self.counts.get(label, 0) + count
        self.places[label] = self.places.get(label, 0) + place

    def _forget(self) -> None:
        if self.many or len(self.counts) > self.cap:
            self.many, self.counts, self.places = True, {}, {}

    def _draw(self, start: int, codes: Codes) -> None:
        if self.many or len(self.counts) > 64:
            self.strip, self.strip_level = {}, 0
            return
        known = np.flatnonzero(codes.indices >= 0)
        if not known.size:
            return
        while (start + int(known[-1])) >> self.strip_level >= _BINS:  # before drawing: a bin a row would cost most
            self._halve()
        bins = (np.arange(start, start + len(codes.indices)) >> self.strip_level) - (start >> self.strip_level)
        k = len(codes.values) + 1
        table = np.bincount(bins * k + codes.indices + 1, minlength=(int(bins[-1]) + 1) * k).reshape(-1, k)[:, 1:]
        for i, c in np.argwhere(table).tolist():
            here = self.strip.setdefault((start >> self.strip_level) + i, {})
            label = codes.values[c]
            here[label] = here.get(label, 0) + int(table[i, c])

    def _halve(self) -> None:
        halved: dict[int, dict[Hashable, int]] = {}
        for number, row in self.strip.items():
            into = halved.setdefault(number >> 1, {})
            for label, count in row.items():
                into[label] = into.get(label, 0) + count
        self.strip, self.strip_level = halved, self.strip_level + 1

    def _join(self, more: list[tuple[int, int, Hashable, Hashable]]) -> None:
        joined: list[tuple[int, int, Hashable, Hashable]] = []
        for start, stop, first, last in sorted([*self.ends, *more], key=lambda e: e[0]):
            if joined and joined[-1][1] == start:
                left = joined.pop()
                self._touch(left[3], first)
                joined.append((left[0], stop, left[2], last))
            else:
                joined.append((start, stop, first, last))
        self.ends = joined

    def _touch(self, left: Hashable, right: Hashable) -> None:
        if left is None or right is None:
            return
        self.pairs += 1
        self.changes += left != right
        if self.number is not None:
            self.up += right > left  # type: ignore[operator]
            self.down += right < left  # type: ignore[operator]

    def merge(self, other: Self) -> Self:
        """Return the facts of both row ranges."""
        joined = type(self)(
            self.target,
            self.number,
            self.cap,
            self.n + other.n,
            dict(self.counts),
            dict(self.places),
            self.many or other.many,
            self.changes + other.changes,
            self.up + other.up,
            self.down + other.down,
            self.pairs + other.pairs,
            list(self.ends),
            {s: w.copy() for s, w in self.windows.items()},
            self.strip_level,
            {b: dict(row) for b, row in self.strip.items()},
        )
        for label, count in other.counts.items():
            joined._add_class(label, count, other.places[label])
        joined._forget()
        for size, windows in other.windows.items():
            mine = joined.windows[size]
            mine.whole += windows.whole
            mine.single += windows.single
            for number, (n, label) in windows.parts.items():
                mine.add(number, n, label)
        if joined.many or len(joined.counts) > 64:
            joined.strip, joined.strip_level = {}, 0
        else:
            while joined.strip_level < other.strip_level:
                joined._halve()
            shift = joined.strip_level - other.strip_level
            for number, row in other.strip.items():
                into = joined.strip.setdefault(number >> shift, {})
                for label, count in row.items():
                    into[label] = into.get(label, 0) + count
        joined._join(other.ends)
        return joined

    @property
    def class_counts(self) -> dict[Hashable, int]:
        """Rows a class, classes in ascending order (numbers before text)."""
        return dict(sorted(self.counts.items(), key=lambda item: (isinstance(item[0], str), item[0])))

    def count_array(self) -> Ints:
        """Rows a class, shape (n_classes,), in the order of `class_counts`."""
        return np.array(list(self.class_counts.values()), dtype=np.int64)


def _label(codes: Codes, at: int) -> Hashable:
    i = int(codes.indices[at])
    return codes.values[i] if i >= 0 else None


def _cut(windows: Windows, start: int, codes: Codes) -> None:
    """Cut a chunk's rows into batches; a batch with a missing label counts as mixed."""
    at, size = codes.indices, windows.size
    n = len(at)
    same = np.zeros(n, dtype=np.int64)
    same[1:] = (at[1:] != at[:-1]) | (at[1:] < 0)
    if at[0] < 0:
        same[0] = 1
    breaks = np.concatenate([[0], np.cumsum(same)])
    first = start // size
    last = (start + n - 1) // size
    for number in {first, last}:
        low, high = max(number * size, start) - start, min((number + 1) * size, start + n) - start
        pure = breaks[high] - breaks[low + 1] == 0 and at[low] >= 0
        windows.add(number, high - low, codes.values[at[low]] if pure else None)
    if last - first >= 2:
        inner = np.arange(first + 1, last) * size - start
        single = (breaks[inner + size] - breaks[inner + 1] == 0) & (at[inner] >= 0)
        windows.whole += len(inner)
        windows.single += int(np.count_nonzero(single))
