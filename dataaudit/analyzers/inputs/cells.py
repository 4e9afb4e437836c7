"""One numeric column of one split, as the rules about odd values look at it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dataaudit.model import Floats, Ints, Name, Role, SplitView, Storage
from dataaudit.stats.extremes import Extremes
from dataaudit.stats.sample import Sample
from dataaudit.stats.text_forms import TextForms, parse
from dataaudit.stats.values import Values

NUMBERS_SHARE = 0.8
"""Share of a text column's cells that are plain numbers, from which the column is one of numbers."""


@dataclass(frozen=True)
class Cells:
    """The finite values of a column: all of them while few, a sample and both ends where many.

    Attributes
    ----------
    name : Name
        The column.
    n : int
        Finite values in the split.
    known : ndarray of float64, shape (k,)
        Ascending: all values, or those of the sampled rows.
    low, high : ndarray of float64
        The smallest values ascending, the largest descending.
    low_rows, high_rows : ndarray of int64
        Their positions.
    from_sample : bool
        Whether the ends come from the sampled rows only, so that positions and counts may be incomplete.
    """

    name: Name
    n: int
    known: Floats
    low: Floats
    low_rows: Ints
    high: Floats
    high_rows: Ints
    from_sample: bool = False

    @cached_property
    def counted(self) -> tuple[Floats, Ints]:
        """Distinct known values, ascending, and how often each is known."""
        values, counts = np.unique(self.known, return_counts=True)
        return values, counts.astype(np.int64)

    def has_distinct(self, least: int) -> bool:
        """Return whether at least so many different values are known; quicker than `counted`."""
        return len(self.known) > 0 and 1 + int(np.count_nonzero(self.known[1:] != self.known[:-1])) >= least

    @property
    def middle(self) -> float:
        """The median of the known values."""
        half = len(self.known) // 2
        return float(self.known[half] if len(self.known) % 2 else 0.5 * self.known[half - 1] + 0.5 * self.known[half])

    @property
    def share_known(self) -> float:
        """Known values as a share of all."""
        return len(self.known) / max(1, self.n)

    def mirrored(self) -> Cells:
        """Return the same column with its sign changed."""
        return Cells(
            self.name, self.n, -self.known[::-1], -self.high, self.high_rows, -self.low, self.low_rows, self.from_sample
        )

    def without(self, values: Floats) -> Cells:
        """Return the column without some of its values."""
        if not len(values):
            return self
        known = self.known[~np.isin(self.known, values)]
        low, high = ~np.isin(self.low, values), ~np.isin(self.high, values)
        dropped = round((len(self.known) - len(known)) / max(self.share_known, 1e-9))
        return Cells(
            self.name, max(len(known), self.n - dropped), known,
            self.low[low], self.low_rows[low], self.high[high], self.high_rows[high], self.from_sample,
        )  # fmt: skip

    def beyond(self, limit: float) -> tuple[Ints, int]:
        """Return the rows, ascending, whose value is `limit` or larger, and their number, estimated where many."""
        hit = self.high >= limit
        rows = np.sort(self.high_rows[hit])
        if self.from_sample or (hit.all() and len(hit) < self.n):
            more = round(float(np.count_nonzero(self.known >= limit)) / max(self.share_known, 1e-9))
            return rows, max(more, len(rows))
        return rows, len(rows)


def cells_of(split: SplitView, name: Name) -> Cells:
    """Return a column of numbers, or of text that is numbers in most cells, as `Cells`."""
    sample = split.get(Sample())
    if not split.schema.by_name[name].storage.is_number:
        return _text_cells(split, name)
    line = sample.numbers[split.schema.number_index[name]]
    known = np.sort(line[np.isfinite(line)])
    n = split.get(Values()).columns[name].n
    ends = split.get(Extremes())
    return Cells(name, n, known, *ends.smallest(name), *ends.largest(name))


def _text_cells(split: SplitView, name: Name) -> Cells:
    sample = split.get(Sample())
    parsed = {text: parse(text)[1] for text in set(sample.codes[name].tolist()) if text is not None}
    line = np.array([parsed.get(text, math.nan) for text in sample.codes[name]], dtype=np.float64)
    at = np.flatnonzero(np.isfinite(line))
    order = at[np.lexsort((sample.rows[at], line[at]))]
    down = at[np.lexsort((sample.rows[at], -line[at]))]
    n = split.get(TextForms()).columns[name].counts.get("number", 0)
    return Cells(
        name, max(n, len(at)), line[order], line[order], sample.rows[order], line[down], sample.rows[down],
        from_sample=len(sample.rows) < split.n_rows,
    )  # fmt: skip


def number_columns(split: SplitView, *, targets: bool) -> list[Name]:
    """Return the columns whose cells are quantities or codes: numbers, and text that is numbers in most cells."""
    roles = (Role.FEATURE, Role.TARGET) if targets else (Role.FEATURE,)
    names: list[Name] = []
    for column in split.schema.columns:
        if column.role not in roles or column.storage in (Storage.BOOLEAN, Storage.CATEGORY):
            continue
        if column.storage is Storage.TEXT:
            line = split.get(TextForms()).columns[column.name]
            if line.n < 10 or line.counts.get("number", 0) < NUMBERS_SHARE * line.n:
                continue
        names.append(column.name)
    return names
