"""INP103 all-zero-inputs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from dataaudit.analyzers.common import ROW_CAP, at_least, percent, plural
from dataaudit.model import CannotTell, Finding, Ints, Kind, NotApplicable, Passed, Severity, SplitView, option
from dataaudit.registry import register
from dataaudit.stats.sample import Sample
from dataaudit.stats.zero_rows import ZeroRows, ZeroRowsState

_FEW_DARK = 0.05
"""Share of the pictures up to which one channel of zeros is an accident, not what the channel usually holds."""


@register
@dataclass(frozen=True)
class AllZeroInputs:
    """Rows in which every number is zero, or black pictures, where the others are not.

    ## Why it matters
    Zeros come from a reader that failed, a buffer that was never filled, or padding. The model is taught that nothing
    at all has these labels.

    ## How it decides
    Counts rows whose numeric inputs (two or more) are all zero, and pictures of an array whose pixels are; exactly.
    Where three inputs or more are quantities, codes beside them are left out of it, and rows are looked for in a sample
    of 20,000. Sparse data (word counts, one-hot columns, dummies) has such rows by nature: then rows with few numbers
    other than zero are common too, and where a row usually fills a single one nothing is said. So the rows with one
    such number, two, and so on, up to a quarter of the usual number (at least one), are counted in a sample of 20,000
    rows, and zero rows are an error only when they are at least `odds` times as many as expected from these, taking the
    fullest of those counts as the expected one; with none of them, even one zero row is an error. More than `most` of
    the rows are not judged. Columns that are zero throughout are NRM105's, picture files are IMG103's. Pictures in
    which one channel alone is zero are a note, as long as they are at most a twentieth of all: beyond that the channel
    is empty by nature.

    ## What to do
    Read these rows again from their source, or leave them out.

    ## When to ignore it
    Zero is what was measured: an empty basket, a dark exposure, padding behind a mask.

    ## When it cannot tell
    Zeros that were standardised with the rest are no zeros any more; duplicate-rows (INP107) shows them.
    """

    code: ClassVar[str] = "INP103"
    name: ClassVar[str] = "all-zero-inputs"
    severity: ClassVar[Severity] = Severity.ERROR
    consequence: ClassVar[str] = "teaches the labels of rows that hold nothing"
    tips: ClassVar[tuple[str, ...]] = ("37.1",)

    odds: float = option(5.0, "how many times as many as expected from sparse rows the zero rows must be")
    most: float = option(0.5, "share of the rows from which zero rows are taken as a property of the data")

    def needs(self) -> tuple[ZeroRows, Sample]:
        return (ZeroRows(), Sample())

    def judge(self, split: SplitView) -> Iterator[Finding | Passed]:
        if split.schema.pictures:
            raise NotApplicable("IMG103 looks for blank picture files")
        state = split.get(ZeroRows())
        what = "picture" if split.schema.pixels else "row"
        if not split.schema.pixels and len(state.columns) < 2:
            raise NotApplicable("fewer than two numeric inputs: zeros of one column are values like others")
        if state.n_zero == state.n_rows and state.n_rows:
            raise CannotTell(f"every {what} is zero: the columns are constant, which NRM105 reports")
        if state.n_zero > self.most * state.n_rows:
            raise CannotTell(f"{percent(state.n_zero / state.n_rows)} of the {what}s are all zero, most of the data")
        yield from _pictures(state) if split.schema.pixels else self._rows(split, state)
        yield Passed(
            f"no {what} is all zero" if not state.n_zero else f"{state.n_zero:,} zero rows, as sparse data has"
        )

    def _rows(self, split: SplitView, state: ZeroRowsState) -> Iterator[Finding]:
        columns = quantities(split, state.columns)
        if not len(split.get(Sample()).rows):
            return
        filled = filled_counts(split, columns)
        n_zero, rows = _zero_rows(split, state, columns, filled)
        if not n_zero or not (filled > 0).any():
            return
        usual = int(np.median(filled[filled > 0]))
        reach = max(1, usual // 4)
        near = np.bincount(filled, minlength=reach + 1)[1 : reach + 1] * (split.n_rows / len(filled))
        expected = float(near.max())
        if usual < 2 or n_zero < self.odds * expected or n_zero > self.most * split.n_rows:
            return
        kind = "numeric inputs" if len(columns) == len(state.columns) else "inputs that are quantities"
        table = {
            "caption": "Rows by the number of inputs that are not zero",
            "columns": ["inputs not zero", "rows"],
            "rows": [[0, n_zero], *([k, round(float(near[k - 1]))] for k in range(1, min(reach, 20) + 1))],
            "total": reach + 1,
        }
        yield Finding(
            f"All {len(columns):,} {kind} are zero in {plural(n_zero, 'row')}; as a rule {usual:,} of them are not",
            rows=tuple(rows[:ROW_CAP].tolist()),
            row_count=n_zero,
            evidence={"table": table, "usually_filled": usual, "expected": expected},
            fix="+ empty = (X == 0).all(axis=1)\n+ X, y = X[~empty], y[~empty]   # or read these rows again",
        )


def quantities(split: SplitView, columns: list[int]) -> list[int]:
    """Return the columns that hold quantities; all of them where fewer than three do."""
    numbers, kinds = split.schema.numbers, split.context.kinds
    found = [j for j in columns if kinds[numbers[j].name] is Kind.NUMERIC]
    return found if len(found) >= 3 else columns


def _zero_rows(split: SplitView, state: ZeroRowsState, columns: list[int], filled: Ints) -> tuple[int, Ints]:
    """Return the number of rows that are zero in some columns, and their positions."""
    sample = split.get(Sample())
    if len(columns) == len(state.columns):
        return state.n_zero, state.rows
    rows = np.union1d(sample.rows[filled == 0], state.rows)
    return max(len(rows), round(np.count_nonzero(filled == 0) * split.n_rows / len(filled))), rows


def filled_counts(split: SplitView, columns: list[int]) -> Ints:
    """Return how many of some columns are not zero in each sampled row; a missing cell counts as not zero."""
    numbers = split.get(Sample()).numbers
    counts = np.zeros(numbers.shape[1], np.int64)
    for j in columns:
        counts += numbers[j] != 0.0
    return counts


def _pictures(state: ZeroRowsState) -> Iterator[Finding]:
    if state.n_zero:
        yield _picture_finding(
            state.n_zero, state.rows, f"{plural(state.n_zero, 'picture')} of {state.n_rows:,} "
            f"{'is' if state.n_zero == 1 else 'are'} all zero", {},
        )  # fmt: skip
    if 0 < state.n_dark <= _FEW_DARK * state.n_rows:
        yield _picture_finding(
            state.n_dark, state.dark_rows,
            f"{at_least(state.n_dark, 'picture')} {'has' if state.n_dark == 1 else 'have'} a channel that is all zero",
            {"severity": Severity.NOTE, "place": "channel"},
        )  # fmt: skip


def _picture_finding(n: int, rows: Ints, message: str, more: dict[str, Any]) -> Finding:
    return Finding(
        message,
        rows=tuple(rows[:ROW_CAP].tolist()),
        row_count=n,
        fix="+ empty = (X == 0).reshape(len(X), -1).all(axis=1)   # read these pictures again, or leave them out",
        **more,
    )
