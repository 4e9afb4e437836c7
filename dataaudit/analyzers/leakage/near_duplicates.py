"""LEA111 near-duplicates-across-splits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from dataaudit.analyzers.common import ROW_CAP, joined, number, percent, plural, train_and_others
from dataaudit.analyzers.leakage import near_pictures
from dataaudit.analyzers.leakage.near_rows import sides
from dataaudit.analyzers.leakage.near_search import Near, Search
from dataaudit.analyzers.leakage.pairs import pairs_of
from dataaudit.analyzers.leakage.shared_rows import is_pictures, shared_rows
from dataaudit.analyzers.leakage.side_by_side import figure_of_pairs
from dataaudit.model import Column, Finding, Ints, Kind, NotApplicable, Passed, Role, Severity, SplitView, option
from dataaudit.registry import register
from dataaudit.stats.picture_prints import PicturePrints
from dataaudit.stats.row_hashes import RowHashes, hashed_columns
from dataaudit.stats.sample import Sample


@register
@dataclass(frozen=True)
class NearDuplicatesAcrossSplits:
    """All but the same row or picture in train and in another split.

    ## Why it matters
    A row that was rounded, edited in one cell or blurred by noise is still the row that the model was trained on. The
    score counts what was learnt by heart as skill, and no test for equal rows sees it.

    ## How it decides
    Rows: three searches in the samples of both splits (up to 20,000 rows each, complete below that). Noise: numbers
    that all lie within 0.1, 0.03, 0.01, 0.003 or 0.001 of their column's spread, other cells equal, found by
    projecting rows on three random directions. Rounding: one row is the other one with 0 to 3 decimals. Edits: one
    cell differs, four columns or more. Rows that are equal are LEA110's.

    Rows also resemble each other by nature. How many pairs would is estimated as for LEA110, with numbers put into
    cells as wide as the tolerance (or rounded), from rows that agree in all parts of the columns but one, two or
    three; pairs of rows that have other neighbours are left out. More with p < `p_value` / (9 x pairs of splits)
    (Poisson) are a warning, unless rows within train lie as close to each other as often (binomial, p >= 0.01), as in
    series and repeated measurements. The widest tolerance at which that holds is taken. Where three quarters of
    train's rows have no more than some number of decimals, pairs of which one row has more are weighed by themselves:
    nature seldom makes them.

    Pictures: each leaves a 16 x 16 print of its grey while it is decoded. Where the edges in two prints agree
    (correlation 0.8 at 8 x 8 cells), plain or mirrored, or the strengths of their waves (0.6, whatever the shift), both
    pictures are decoded again and compared at up to 64 pixels a side, shifted by up to an eighth. They are the same
    from a correlation of 0.75 on (0.85 where shifted by more than 1/24, up to 0.995 where there is little to see, such
    as a ship on a plain sea). Where the pictures of train resemble each other (digits, garments, scans), their
    agreement with the nearest one of train raises this: atanh of it is taken as normal, and a thousandth of a pair of
    distinct pictures may pass. Measured in benchmarks/picture_duplicates.py.

    ## What to do
    Look at the pairs. Remove these rows from train or from the split that scores, and split by whatever they have in
    common: the same object, patient or session belongs in one split.

    ## When to ignore it
    The pairs are independent things that are alike, and the model will meet such twins in use as well.

    ## When it cannot tell
    Beyond 20,000 rows a split, only pairs whose two rows are both in the samples are seen: their number in all is
    estimated. Rows changed in several cells by more than a tenth of the spread look like other rows. In tables of few
    or coarse columns close rows are natural. Facts from a saved profile hold no rows. Pictures cropped by more than a
    twentieth, framed, or turned without an EXIF tag are other pictures to it; frames of one scene get a note.
    """

    code: ClassVar[str] = "LEA111"
    name: ClassVar[str] = "near-duplicates-across-splits"
    severity: ClassVar[Severity] = Severity.WARNING
    consequence: ClassVar[str] = "scores the model on rows it has all but seen"
    tips: ClassVar[tuple[str, ...]] = ("37.15",)

    p_value: float = option(1e-3, "p-value below which more rows are close to train's than chance makes")

    def needs(self) -> tuple[Sample, PicturePrints, RowHashes]:
        return (Sample(), *near_pictures.NEEDS)

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        train_and_others(splits)
        first = next(iter(splits.values()))
        if is_pictures(first):
            yield from near_pictures.judge(self, splits)
            return
        columns = _columns(first)
        if len(columns) < 2:
            raise NotApplicable("it takes two columns or more to tell that rows are close")
        pairs = list(pairs_of(splits))
        said: list[str] = []
        told: dict[str, Ints] = {}
        for left, right in pairs:
            kinds, natural = self._kinds(left, right, columns, self.p_value / (9 * len(pairs)))
            if left is not pairs[0][0]:  # rows of train are told of once
                kinds = [k for k in kinds if not np.isin(k.rows, told.get(right.name, ())).all()]
            if kinds:
                told[right.name] = np.concatenate([k.rows for k in kinds])
                yield _finding(left, right, columns, kinds)
            else:
                said.append(f"{right.name} and {left.name}: {natural}")
        if said:
            yield Passed("; ".join(said))

    def _kinds(self, left: SplitView, right: SplitView, columns: list[Column], limit: float) -> tuple[list[Near], str]:
        """Return the kinds of pairs that chance does not explain, and what was seen where there is none."""
        a, b = sides(left, right, columns)
        equal = np.isin(b.rows, shared_rows(left, right).rows)
        search = Search(left, right, a, b, equal, limit)
        found = [*search.noise(), *search.roundings(), *search.edits()]
        return found, search.said()


def _columns(split: SplitView) -> list[Column]:
    """Return the columns that make a row's inputs, without those whose values number the rows."""
    columns = hashed_columns(split.schema)
    told = [c for c in columns if c.role is not Role.FEATURE or split.context.kinds[c.name] is not Kind.ID]
    return told or columns


def _finding(left: SplitView, right: SplitView, columns: list[Column], kinds: list[Near]) -> Finding:
    rows = np.concatenate([k.rows for k in kinds])
    of = np.concatenate([k.of for k in kinds])
    notes = np.repeat([k.note for k in kinds], [len(k.rows) for k in kinds])
    rows, first = np.unique(rows, return_index=True)
    of, notes = of[first], notes[first]
    pairs = list(zip(of.tolist(), rows.tolist(), strict=True))
    n = len(rows)
    n_left, n_right = (min(s.n_rows, len(s.get(Sample()).rows)) for s in (left, right))
    seen = n_left / left.n_rows * (n_right / right.n_rows)
    are = "is all but a row" if n == 1 else "are all but rows"
    message = f"{plural(n, 'row')} of {right.name} {are} of {left.name}"
    if seen < 1.0:
        message += f" among {n_right:,} and {n_left:,} sampled ones, about {number(round(n / seen))} in all"
    else:
        message += f" ({percent(n / right.n_rows)} of {right.name})"
    shown = [0] if n == 1 else _spread_over(notes)
    return Finding(
        f"{message}: {joined([k.said for k in kinds])}",
        splits=(left.name, right.name),
        rows=tuple(rows[:ROW_CAP].tolist()),
        row_count=n,
        confidence=1.0 - max(k.p for k in kinds),
        evidence={
            "near": n,
            "by_kind": {note: int((notes == note).sum()) for note in dict.fromkeys(notes.tolist())},
            "p": {k.note: k.p for k in kinds},
            "share_of_pairs_seen": round(seen, 6),
            "table": {
                "caption": f"Which row of {right.name} is all but which of {left.name} (positions from 0)",
                "columns": [f"row of {right.name}", f"row of {left.name}", "how"],
                "rows": [[b, a, str(note)] for (a, b), note in list(zip(pairs, notes, strict=True))[:200]],
                "total": n,
            },
        },
        figure=figure_of_pairs(
            left,
            right,
            [pairs[i] for i in shown],
            [str(notes[i]) for i in shown],
            f"All but the same row in {left.name} and in {right.name}",
            columns,
        ),
        fix="Keep rows of the same origin in one split, and drop the copies before the data is split.",
    )


def _spread_over(notes: np.ndarray[tuple[int], np.dtype[np.str_]]) -> list[int]:
    """Return a few places of each kind, twelve in all, in their order."""
    kinds = list(dict.fromkeys(notes.tolist()))
    each = max(1, 12 // len(kinds))
    return sorted(i for kind in kinds for i in np.flatnonzero(notes == kind)[:each].tolist())
