"""INP107 duplicate-rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from dataaudit.analyzers.common import ROW_CAP, number, percent, plural
from dataaudit.analyzers.probability import poisson_tail
from dataaudit.analyzers.repeats import Groups, chance, copy_table, from_few, without_void
from dataaudit.model import Finding, NotApplicable, Passed, Severity, SplitView, option
from dataaudit.registry import register
from dataaudit.stats.batch_codes import sample_numbers
from dataaudit.stats.batch_log import BatchLog
from dataaudit.stats.row_hashes import RowHashes, distinct, repeated
from dataaudit.stats.sample import Sample


@register
@dataclass(frozen=True)
class DuplicateRows:
    """The same row, or the same picture, several times in a split.

    ## Why it matters
    A copy counts twice in the loss, and when the data is split it lands on both sides, where it makes a score that
    no new row will reach.

    ## How it decides
    Hashes every row (64 bits: all inputs and the target; columns in the role of an id, or named like one, are left out;
    missing equals missing) and every picture as decoded, so that a picture saved again without loss is found. Coarse
    measurements repeat by chance. How often is estimated from the rows that almost agree: if the parts of the columns
    (up to 12, columns that say the same counted once) agree independently, the pairs that agree in all of them number
    L_i L_j / N_ij, where L pairs differ in the one part alone and N in both; this is summed over all parts, and taken
    one step further out where there are fewer than ten such pairs. It is doubled, since rows of one class resemble each
    other. Chance repeats rows where many are alike; so only the copies of rows that have no neighbour, no other row
    that differs in one part, are counted against it: more of them with p < `p_value` (Poisson) are a warning; no more
    are a note from two copies and 0.5 % of the rows on. Pictures never repeat by chance, but where each occurs three
    times or more on average they are drawn from a small set: a note. What a loader draws twice is a note as well,
    BAT109 judges that, unless the loader says that the copies are different samples. Rows of nothing but zeros, or
    nothing at all, and pictures of one colour are left to INP103 and IMG103.

    ## What to do
    Drop the copies before the data is split, and find out which join, upload or oversampling made them.

    ## When to ignore it
    The rows are repeated measurements, or weights on purpose. Then keep all copies of a row in the same split.

    ## When it cannot tell
    Copies that were rounded, re-encoded or resized are LEA111's. In data of a few coarse columns copies hide among
    natural repeats. Which row of a group was first, it cannot tell: all are listed.
    """

    code: ClassVar[str] = "INP107"
    name: ClassVar[str] = "duplicate-rows"
    severity: ClassVar[Severity] = Severity.WARNING
    consequence: ClassVar[str] = "counts the same row several times, and scores it on rows it has seen"
    tips: ClassVar[tuple[str, ...]] = ("37.1",)

    p_value: float = option(0.01, "p-value below which there are more copies than chance makes")

    def needs(self) -> tuple[RowHashes, Sample, BatchLog]:
        return (RowHashes(), Sample(), BatchLog())

    def judge(self, split: SplitView) -> Iterator[Finding | Passed]:
        state = split.get(RowHashes())
        is_pictures = bool(split.schema.pictures or split.schema.pixels)
        if not state.inputs_of and not is_pictures:
            raise NotApplicable("there are no inputs")
        thing = "picture" if is_pictures else "row"
        hashes, rows = without_void(state, state.inputs if is_pictures else state.whole)
        places, group = repeated(hashes)
        if not len(places):
            yield Passed(f"{plural(len(rows), 'distinct ' + thing)}")
            return
        found = Groups(rows[places], group)
        copies = found.copies
        if is_pictures:
            natural = from_few(len(rows), len(distinct(hashes)))
            expected = float("inf") if natural else 0.0
        else:
            by_chance = chance(split, with_target=True)
            expected = by_chance.repeats
            natural = poisson_tail(by_chance.alone_among(found), expected) >= self.p_value
        if natural and len(copies) < max(2, 0.005 * len(rows)):
            yield Passed(f"{plural(len(copies), thing)} repeated, as chance makes in data this coarse")
            return
        inputs_alone = len(rows) - len(distinct(without_void(state, state.inputs)[0]))
        message = _message(len(copies), len(rows), thing, expected, natural=natural)
        pattern = _pattern(found)
        if drawn := _drawn_again(split, found):
            pattern, natural = drawn, True
        yield Finding(
            message + (f"; {pattern}" if pattern else ""),
            rows=tuple(np.sort(found.rows)[:ROW_CAP].tolist()),
            row_count=len(found.rows),
            severity=Severity.NOTE if natural else Severity.WARNING,
            evidence={
                "copies": len(copies),
                "groups": int(found.group[-1]) + 1,
                "expected_by_chance": None if is_pictures else round(expected, 3),
                "repeated_inputs_alone": inputs_alone,
                "table": copy_table(found, f"Which {thing} repeats which (positions from 0)"),
            },
            place=thing,
            fix=(
                "Keep one file of each, before the data is split."
                if split.schema.pictures
                else "+ data = data.drop_duplicates()   # before the data is split"
                if not is_pictures
                else "+ _, keep = np.unique(X.reshape(len(X), -1), axis=0, return_index=True)   # before the split"
            ),
        )


def _message(n: int, n_rows: int, thing: str, expected: float, *, natural: bool) -> str:
    are = "is an exact copy of an earlier one" if n == 1 else "are exact copies of earlier ones"
    message = f"{plural(n, thing)} of {n_rows:,} {are} ({percent(n / n_rows)})"
    if natural:
        if thing == "picture":
            return f"{message}: they are drawn from a small set of pictures"
        return f"{message}, as chance makes in columns this coarse: mind them when splitting"
    if thing == "picture":
        return message
    return f"{message}; chance would make {'fewer than 1' if expected < 1 else 'at most ' + number(round(expected))}"


def _drawn_again(split: SplitView, found: Groups) -> str:
    """Say that a loader may have drawn samples twice; "" where it did not, or the data is no loader."""
    if split.context.kind != "batches":
        return ""
    given = sample_numbers(split)
    index = None if given is None else given.get(0)
    if index is None or len(index) <= found.rows.max(initial=-1):
        return "drawn twice by the loader, or twice in its data set; BAT109 tells which where it can"
    samples = len(np.unique(np.stack([found.group, index[found.rows]]), axis=1).T)
    return "" if samples == len(found.rows) else "drawn twice by the loader; BAT109 judges that"


def _pattern(found: Groups) -> str:
    """Say how the copies lie to the rows they copy: a block appended twice, or each behind its original."""
    later = found.rows != found.first
    apart = (found.rows - found.first)[later]
    if len(apart) < 5:
        return ""
    values, counts = np.unique(apart, return_counts=True)
    top = int(counts.argmax())
    if counts[top] < 0.9 * len(apart):
        return ""
    distance = int(values[top])
    if distance == 1:
        return "they follow their originals directly, as after a join that matched twice"
    return f"they stand {distance:,} rows behind their originals, in order: was a part appended twice?"
