"""LEA104 splits-preprocessed-differently."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from dataaudit.analyzers.common import capital, joined, listing, plural, train_and_others
from dataaudit.analyzers.leakage.compared import Column, Diagnosis, compare
from dataaudit.analyzers.leakage.lines import Line
from dataaudit.analyzers.leakage.numbers_differ import diagnose
from dataaudit.analyzers.leakage.other_scaler import compare_scalers
from dataaudit.analyzers.leakage.pictures_differ import Difference, compare_pictures, pictures_compared
from dataaudit.analyzers.leakage.words_differ import Words, compare_missing, compare_words
from dataaudit.model import (
    CannotTell,
    Finding,
    Name,
    Passed,
    Role,
    Severity,
    SplitView,
    option,
)
from dataaudit.registry import register
from dataaudit.stats.batch_log import BatchLog
from dataaudit.stats.moments import Moments
from dataaudit.stats.picture_facts import PictureFacts
from dataaudit.stats.pixels import Pixels
from dataaudit.stats.sample import Sample
from dataaudit.stats.values import Values

NEEDS = (Sample(), Values(), Moments(), Pixels(), PictureFacts(), BatchLog())
"""Facts that tell how one split compares with another, column by column or picture by picture."""


@dataclass(frozen=True)
class Numbers:
    """How the numeric columns of one split compare with train's."""

    columns: tuple[Column, ...]
    diagnoses: tuple[Diagnosis, ...]

    @property
    def explained(self) -> frozenset[Name]:
        """Columns that were preprocessed differently, so that their drift is no news."""
        return frozenset(name for d in self.diagnoses if d.loud for name in d.columns)


def numbers_of(train: SplitView, other: SplitView) -> Numbers:
    """Return how numeric columns compare; computed for the first rule that asks."""
    by_design = bool(train.schema.with_role(Role.TIME) or train.schema.with_role(Role.GROUP))

    def compute() -> Numbers:
        columns = compare(train, other)
        return Numbers(tuple(columns), tuple(diagnose(columns, by_design=by_design)))

    return train.context.once(("numbers differ", train.name, other.name), compute)


@register
@dataclass(frozen=True)
class SplitsPreprocessedDifferently:
    """One split went through other steps than train: another scale, unit, channel order, spelling or encoding.

    ## Why it matters
    The model meets inputs that mean something else than those it learnt from. Nothing fails: the score is just low,
    and looks like overfitting or like drift.

    ## How it decides
    Each split against train, column by column: the Kolmogorov-Smirnov distance (up to 4,000 rows of a sample) must
    be 0.25 or more with p below 1e-6 divided by the number of columns. Then a change must explain it: one of
    75 (units, °C and °F, degrees and radians, 0..1 and 0..255 and -1..1, percent, logarithms, roots, a turned
    sign, counting from one) that brings the column back so that p is 0.001 or more or the distance an eighth, within
    what rounding allows. What drift hardly does (20 times and more, radians, logarithms) needs numbers 5 times as
    wide or as narrow, no more. What drift may do (2.54 times) must in addition bring rounded numbers back onto
    train's own decimals (p below 1e-9), or be the only thing that differs in splits that are otherwise alike (all
    other columns p above 0.001, train's values not rising along its rows, no time or group declared), or be one scale
    for most columns.

    Columns that a straight line brings back, and that are standardised (or scaled to 0..1, or by median and
    quartiles) in one split alone, are raw or scaled twice in the other: where their spread is 8 times as large or as
    small, or they are rounded to 4 decimals or fewer here and unrounded there. Two or more columns that hold each
    other's numbers, in splits that are otherwise alike, changed places.

    Text: words of which train knows 5 % or fewer, and that are train's own in other case, with other blanks, accents
    or punctuation, shortened, or as codes with about the same shares. Missing values: empty here, one value there,
    in as many rows. Decimals: whole numbers (or up to 4 decimals) here, more there: a warning.

    Pictures: a range and contrast three times as large, another known scale (presets by their ends, within
    1 % of their own and 5 % off the other's), grey against colour, negatives, another
    size in 95 % of them; red and blue exchanged by five numbers that change sign with it, class by class, by a
    likelihood ratio of about 1,000.

    Of 198 random, stratified and standardised splits of eleven real tables, 398 splits of them that were sorted by a
    column first, and 120 splits of photographs none was accused (`benchmarks/drift_calibration.py`). Red and blue
    exchanged in 20, 40 and 100 small photographs were found in 17, 38 and 40 of 40.

    ## What to do
    Run all splits through one function, or one fitted pipeline. The table says what brings the columns back.

    ## When to ignore it
    Splits that come from different sources on purpose, to test whether a model stands another camera.

    ## When it cannot tell
    With fewer than 10 values in a split; a change of unit by less than about a third; in splits by time or group,
    changes that drift may do. Columns that differ without an explanation are LEA116's.
    """

    code: ClassVar[str] = "LEA104"
    name: ClassVar[str] = "splits-preprocessed-differently"
    severity: ClassVar[Severity] = Severity.ERROR
    consequence: ClassVar[str] = "scores the model on inputs that mean something else than those it learnt from"
    tips: ClassVar[tuple[str, ...]] = ("37.15",)

    rounding: bool = option(True, "whether columns with fewer decimals in one split are reported")

    def needs(self) -> tuple[Sample, Values, Moments, Pixels, PictureFacts, BatchLog]:
        return NEEDS

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        train, others = train_and_others(splits)
        if train.schema.pixels or train.schema.pictures:
            yield from self._pictures(train, others)
            return
        if not any(s.n_rows for s in others) or not train.n_rows:
            raise CannotTell("a split without rows cannot be compared")
        compared = {}
        found: dict[str, list[tuple[SplitView, Finding]]] = {}
        for other in others:
            numbers = numbers_of(train, other)
            words = compare_words(train, other)
            missing = compare_missing(train, other)
            texts = sum(1 for c in train.schema.coded if c.role is Role.FEATURE)
            compared[other.name] = len(numbers.columns) + texts * (other.n_rows > 0)
            for d in numbers.diagnoses:
                if d.loud or self.rounding:
                    found.setdefault(d.said + str(d.columns), []).append((other, _numbers(d, numbers, train, other)))
            explained = {name for d in numbers.diagnoses if d.loud for name in d.columns}
            scalers = [w for w in compare_scalers(train, other) if not explained.issuperset(w.columns)]
            for w in [*words, *missing, *scalers]:
                found.setdefault(w.said + str(w.columns), []).append((other, _words(w, train, other)))
        if not any(compared.values()):
            raise CannotTell("no column holds 10 values in train and in another split")
        for pairs in found.values():
            yield from (finding for _, finding in pairs)
        most = max(compared.values())
        yield Passed(f"{plural(most, 'column')} of {joined([s.name for s in others])} went the way of {train.name}'s")

    def _pictures(self, train: SplitView, others: Sequence[SplitView]) -> Iterator[Finding | Passed]:
        said = []
        for other in others:
            for difference in compare_pictures(train, other):
                if not difference.told:
                    yield _picture_finding(difference, train, other)
            said.append(pictures_compared(train, other))
        yield Passed(f"compared {joined(said)}")


def _fill(text: str, train: SplitView, other: SplitView) -> str:
    return text.replace("{other}", other.name).replace("{train}", train.name)


def _message(said: str, columns: Sequence[Name], n_all: int, train: SplitView, other: SplitView) -> str:
    text = capital(_fill(said, train, other))
    if len(columns) == n_all and n_all > 3:
        return f"{text}, in all {n_all:,} columns"
    return f"{text}: {listing(columns)}"


def _numbers(d: Diagnosis, numbers: Numbers, train: SplitView, other: SplitView) -> Finding:
    lines = {c.name: c for c in numbers.columns if c.name in set(d.columns)}
    rows = []
    for name in d.columns[:200]:
        c = lines[name]
        before, after = d.fits[name]
        rows.append([name, _middle(c.train), _middle(c.other), round(before, 3), round(after, 3)])
    first = lines[d.columns[0]]
    severity = None
    if not d.loud:
        declared = train.schema.with_role(Role.TIME) or train.schema.with_role(Role.GROUP)
        severity = Severity.NOTE if declared else Severity.WARNING
    return Finding(
        _message(d.said, d.columns, len(numbers.columns), train, other),
        splits=(train.name, other.name),
        columns=d.columns,
        severity=severity,
        confidence=1.0 - 1e-6,
        place=d.said,
        evidence={
            "table": {
                "caption": f"Middle and spread of each column, and how far {other.name} is from {train.name} "
                "(Kolmogorov-Smirnov distance, 0 to 1), as it is and brought back",
                "columns": ["column", f"{train.name}: median (5 % to 95 %)", f"{other.name}: median (5 % to 95 %)",
                            "distance", "brought back"],
                "rows": rows,
                "total": len(d.columns),
            },
        },
        figure=_figure(first, d, train, other),
        fix=d.fix.replace("{x}", f"{other.name}[{d.columns[0]!r}]"),
    )  # fmt: skip


def _middle(line: Line) -> str:
    low, middle, high = np.quantile(line.values, (0.05, 0.5, 0.95))
    return f"{middle:.4g} ({low:.4g} to {high:.4g})"


def _figure(column: Column, d: Diagnosis, train: SplitView, other: SplitView) -> dict[str, Any]:
    at = (0.05, 0.25, 0.5, 0.75, 0.95)
    items = [
        {"label": s.name, "values": [float(f"{v:.5g}") for v in np.quantile(line.values, at)]}
        for s, line in ((train, column.train), (other, column.other))
    ]
    if d.change is not None:
        with np.errstate(all="ignore"):
            back = np.sort(d.change.back(np.quantile(column.other.values, at)))
        if np.isfinite(back).all():
            items.append({"label": f"{other.name} brought back", "values": [float(f"{v:.5g}") for v in back]})
    return {"kind": "ticks", "caption": f"Where {listing([column.name])} lies: 5, 25, 50, 75 and 95 %",
            "axis": str(column.name), "items": items}  # fmt: skip


def _words(w: Words, train: SplitView, other: SplitView) -> Finding:
    n_all = sum(1 for c in train.schema.columns if c.role is Role.FEATURE)
    return Finding(
        _message(w.said, w.columns, n_all, train, other)
        + (f" ({w.examples[0][1]!r} against {w.examples[0][2]!r})" if "empty" not in w.said else ""),
        splits=(train.name, other.name),
        columns=w.columns,
        confidence=1.0 - 1e-6,
        place=w.said,
        evidence={
            "table": {
                "caption": "What each split holds, for example",
                "columns": ["column", train.name, other.name],
                "rows": [list(e) for e in w.examples[:200]],
                "total": len(w.examples),
            }
        },
        fix=w.fix,
    )


def _picture_finding(d: Difference, train: SplitView, other: SplitView) -> Finding:
    return Finding(
        capital(_fill(d.said, train, other)),
        splits=(train.name, other.name),
        confidence=1.0 - d.p,
        place=d.said.split(":")[0],
        evidence={"table": {"caption": "What was measured", "columns": ["", train.name, other.name], "rows": d.table}},
        fix=d.fix,
    )
