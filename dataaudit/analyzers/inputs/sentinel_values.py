"""INP104 sentinel-values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from dataaudit.analyzers.common import ROW_CAP, listing, number, percent, plural, some
from dataaudit.analyzers.inputs.all_zero_inputs import filled_counts, quantities
from dataaudit.analyzers.inputs.cells import cells_of, number_columns
from dataaudit.analyzers.inputs.placeholders import Placeholder, day_of, placeholders
from dataaudit.model import Finding, Kind, Name, NotApplicable, Passed, Role, Severity, SplitView, Storage, Task, option
from dataaudit.registry import register
from dataaudit.stats.extremes import Extremes
from dataaudit.stats.sample import Sample
from dataaudit.stats.text_forms import WORDS, TextForms
from dataaudit.stats.values import Values
from dataaudit.stats.zero_rows import ZeroRows

REAL_WORDS = frozenset(("none", "nil", "-", "na", "unk"))
"""Words that may as well be a category: no discount, the sodium of a salt."""


@register
@dataclass(frozen=True)
class SentinelValues:
    """A number or a word that stands for "missing" and is taken for a value.

    ## Why it matters
    A model reads -999 as a very small value. It moves the mean, blows up the spread, and squeezes all real values
    into a sliver when the column is scaled.

    ## How it decides
    Candidates are numbers that are written for "missing" (9, 99, 999 … with either sign, -1, 1e20, the bounds of
    integer and float types; 1900-01-01, 1970-01-01, 9999-12-31 among dates). One is reported when it stands at the
    end of its column, at least twice, at least `gap` spreads away from the nearest other value (the spread is the
    width of the middle 99 % of these); among fewer than ten other values the distance must be three times that, and
    numbers below 99 must come five times and as often as their neighbour, since 9 beside 1 to 5 may be one more
    code. The only negative number of a column counts once if it is -99 or beyond; so do 999, 9999 … with either sign,
    five spreads away from ten different values or more. Beside 20 different values or more smaller distances suffice: a
    quarter of a spread for numbers of 99 or more that come five times, and three times as often as any of the ten
    values next to them; a tenth for the only negative number that comes three times, or none if it comes five times,
    where it is half as frequent again as any of the three values next to it, or ten times as far off as the values of
    the lower half are from each other. Zero counts only where the rest is positive, starts at 0.4 of its own width
    (5 % to 95 %) above it, and zero comes three times as often as any of the ten values next to it, in at most a fifth
    of the rows. Any other number counts at five spreads beside 30 different values, if it is repeated to the last digit
    five times and in 0.2 % of the rows (a placeholder that was scaled). A value that holds more than `most` of its
    column is none. In text columns, words such as "?", "N/A" or "unknown" count; "none" and "-", and words in more than
    `category_share` of the cells, may be real categories and are notes. Targets of regression are judged like inputs;
    marks among classes are LAB109's and LAB110's.

    On 400 tables that R packages ship, eight have a warning, each for a number or a word that is no value.

    ## What to do
    Turn the placeholder into a missing value when reading the data, then treat it as one.

    ## When to ignore it
    The value is real: a category called "unknown", a cap that the instrument or the law sets.

    ## When it cannot tell
    A placeholder within the range of the real values, such as 999 among prices, looks like one of them.
    """

    code: ClassVar[str] = "INP104"
    name: ClassVar[str] = "sentinel-values"
    severity: ClassVar[Severity] = Severity.WARNING
    consequence: ClassVar[str] = "takes a mark for missing as a measured value"
    tips: ClassVar[tuple[str, ...]] = ("37.1",)

    gap: float = option(1.0, "least distance from the other values, in widths of their middle 99 %")
    category_share: float = option(0.25, "share of a column above which such a word is likely a category, and a note")
    most: float = option(0.6, "largest share of a column that a placeholder may hold")

    def needs(self) -> tuple[Extremes, Sample, TextForms, Values, ZeroRows]:
        return (Extremes(), Sample(), TextForms(), Values(), ZeroRows())

    def judge(self, split: SplitView) -> Iterator[Finding | Passed]:
        if split.schema.pictures or split.schema.pixels:
            raise NotApplicable("pixels have no mark for missing")
        numeric = number_columns(split, targets=split.context.task is Task.REGRESSION)
        found: list[tuple[Name, list[Placeholder]]] = []
        for name in numeric:
            if split.context.kinds[name] is Kind.ID and split.schema.by_name[name].storage is not Storage.TEXT:
                continue
            is_time = split.schema.by_name[name].storage is Storage.DATETIME
            hits = placeholders(cells_of(split, name), is_time=is_time, gap=self.gap, most=self.most)
            hits = [p for p in hits if p.value != 0.0 or not _row_is_empty(split, p)]
            if hits:
                found.append((name, hits))
        if found:
            yield self._numbers(split, found)
        for severity, words in self._words(split, numeric).items():
            yield _words_finding(split, words, severity)
        yield Passed("no number or word stands for missing")

    def _numbers(self, split: SplitView, found: list[tuple[Name, list[Placeholder]]]) -> Finding:
        total = sum(p.count for _, hits in found for p in hits)
        rows = np.unique(np.concatenate([p.rows for _, hits in found for p in hits]))
        names = [name for name, _ in found]
        values = list(dict.fromkeys(_shown(split, name, p.value) for name, hits in found for p in hits))
        name, (worst, *_) = found[0]
        message = (
            f"{some(values)} {'stands' if len(values) == 1 else 'stand'} for missing in "
            f"{plural(total, 'cell')} of {listing(names)}: {worst.why} "
            f"(the nearest real value is {_shown(split, name, worst.nearest)})"
        )
        table = {
            "caption": "Numbers that stand for missing",
            "columns": ["column", "value", "cells", "share", "nearest other value", "distance in spreads"],
            "rows": [
                [n, _shown(split, n, p.value), p.count, percent(p.count / split.n_rows),
                 _shown(split, n, p.nearest), number(min(p.spans, 1e12))]
                for n, hits in found[:200] for p in hits
            ],
            "total": sum(len(hits) for _, hits in found),
        }  # fmt: skip
        complete = len(names) == 1 and len(found[0][1]) == 1
        return Finding(
            message,
            columns=tuple(names),
            rows=tuple(rows[:ROW_CAP].tolist()),
            row_count=total if complete else len(rows),
            evidence={"table": table, "cells": total},
            fix=_fix(split, found),
            place=",".join(values[:20]),
        )

    def _words(self, split: SplitView, numeric: list[Name]) -> dict[Severity, list[tuple[Name, str, int]]]:
        found: dict[Severity, list[tuple[Name, str, int]]] = {}
        for column in split.schema.columns:
            if column.storage.is_number or column.role is not Role.FEATURE or column.name in numeric:
                continue
            distinct = split.get(Values()).columns[column.name]
            words = [(str(v), int(c)) for v, c in zip(distinct.values, distinct.counts, strict=True) if is_word(str(v))]
            if not words or sum(c for _, c in words) > self.most * distinct.n or distinct.n < 10:
                continue
            if distinct.n_distinct - len(words) < 2:
                continue
            for word, count in words:
                real = word.strip().casefold() in REAL_WORDS or count > self.category_share * distinct.n
                found.setdefault(Severity.NOTE if real else Severity.WARNING, []).append((column.name, word, count))
        return found


def _row_is_empty(split: SplitView, zero: Placeholder) -> bool:
    """Whether the rows of a zero are zero in most quantities, which makes them INP103's."""
    state, sample = split.get(ZeroRows()), split.get(Sample())
    columns = quantities(split, state.columns)
    at = np.isin(sample.rows, zero.rows)
    if len(columns) < 3 or not at.any():
        return False
    filled = filled_counts(split, columns)[at]
    return bool(np.median(filled) == 0)


def is_word(text: str) -> bool:
    """Return whether a cell says in a word that there is nothing."""
    return text.strip().casefold() in WORDS


def _words_finding(split: SplitView, words: list[tuple[Name, str, int]], severity: Severity) -> Finding:
    sample = split.get(Sample())
    hit = np.zeros(len(sample.rows), dtype=bool)
    for name, word, _ in words:
        hit |= np.asarray(sample.codes[name] == word, dtype=bool)
    names = list(dict.fromkeys(name for name, _, _ in words))
    total = sum(count for _, _, count in words)
    rows = np.sort(sample.rows[hit])
    shown = list(dict.fromkeys(repr(word) for _, word, _ in words))
    return Finding(
        f"{some(shown)} {'stands' if len(shown) == 1 else 'stand'} for missing in "
        f"{plural(total, 'cell')} of {listing(names)}",
        columns=tuple(names),
        rows=tuple(rows[:ROW_CAP].tolist()),
        row_count=total if len(words) == 1 else len(rows),
        severity=severity,
        evidence={
            "table": {
                "caption": "Words that stand for missing",
                "columns": ["column", "word", "cells", "share"],
                "rows": [[n, repr(w), c, percent(c / split.n_rows)] for n, w, c in words[:200]],
                "total": len(words),
            }
        },
        fix=f"+ data = data.replace({[w for _, w, _ in words][:5]!r}, np.nan)   # before categories are encoded",
        place=",".join(shown[:20]),
    )


def _shown(split: SplitView, name: Name, value: float) -> str:
    if split.schema.by_name[name].storage is Storage.DATETIME:
        return str(np.datetime64(int(value), "s")).replace("T00:00:00", "").replace("T", " ")
    return f"{value:.0f}" if value.is_integer() and abs(value) < 1e6 else number(value)


def _fix(split: SplitView, found: list[tuple[Name, list[Placeholder]]]) -> str:
    lines: list[Any] = []
    for name, hits in found[:5]:
        is_time = split.schema.by_name[name].storage is Storage.DATETIME
        marks = [day_of(p.value) if is_time else p.value for p in hits]
        lines.append(f"+ data[{name!r}] = data[{name!r}].replace({marks!r}, np.nan)")
    return "\n".join(lines)
