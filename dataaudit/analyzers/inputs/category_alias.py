"""INP112 category-alias."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from dataaudit.analyzers.common import ROW_CAP, listing, plural
from dataaudit.analyzers.words import SLIP, Alias, aliases
from dataaudit.model import CannotTell, Finding, Kind, Name, NotApplicable, Passed, Role, Severity, SplitView, option
from dataaudit.registry import register
from dataaudit.stats.sample import Sample
from dataaudit.stats.values import Values

_SHOWN = 40
"""Letters of a word that a message shows."""


@register
@dataclass(frozen=True)
class CategoryAlias:
    """Categories of an input that are one category written in several ways.

    ## Why it matters
    An encoder makes a column of its own for each spelling: what belongs together is split, the rare spellings have
    too few rows to learn from, and a spelling that only the test split has is unknown there.

    ## How it decides
    Compares the distinct values of each categorical column, all splits together, after undoing letter case, blanks,
    punctuation, accents and Unicode form (NFKC, invisible characters, Cyrillic or Greek letters within a Latin word).
    Signs between digits and + - < > # * keep their meaning, and single letters in both cases ("m", "M") are two
    categories when both are frequent. A word of 5 letters or more that is one typing slip (Damerau 1964: a letter
    left out, put in, replaced, or two swapped) from a word `ratio` times as frequent, half of that from 8 letters on,
    is taken for a slip, unless frequent words of the column are a slip apart as well (first names), the slip is in a
    digit, or it makes another word by rule (typical, atypical; cloud, cloudy). Slips in less than `share` of a
    column's cells do little harm and are a note.

    ## What to do
    Map each spelling to one, in the step that reads the data, so that every split and later request passes it.

    ## When to ignore it
    The spellings are different things in your field, such as units in which the case tells milli from mega.

    ## When it cannot tell
    Free text and columns of more than 1,024 distinct values are not compared; abbreviations and synonyms are not
    known.
    """

    code: ClassVar[str] = "INP112"
    name: ClassVar[str] = "category-alias"
    severity: ClassVar[Severity] = Severity.WARNING
    consequence: ClassVar[str] = "splits one category into several that are too rare to learn"
    tips: ClassVar[tuple[str, ...]] = ("37.1",)

    ratio: float = option(10.0, "how many times rarer than its neighbour a word is that counts as a typing slip")
    share: float = option(0.01, "share of a column's cells from which typing slips are a warning")
    slips: bool = option(True, "whether typing slips are looked for")

    def needs(self) -> tuple[Values, Sample]:
        return (Values(), Sample())

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        schema = next(iter(splits.values())).schema
        columns = [c.name for c in schema.coded if c.role is Role.FEATURE]
        if not columns:
            raise NotApplicable("there is no text among the inputs")
        named = {name: _counts(name, splits) for name in columns}
        compared = {name: counts for name, counts in named.items() if counts}
        if not compared:
            raise CannotTell(f"{listing(columns)} holds free text, or more distinct values than are counted")
        found = {n: aliases(c, ratio=self.ratio, slips=self.slips) for n, c in compared.items()}
        few = {n for n in found if _slipped(found[n]) < self.share * sum(compared[n].values())}
        loud = {n: [a for a in hits if a.how != SLIP or n not in few] for n, hits in found.items()}
        quiet = {n: [a for a in hits if a.how == SLIP] for n, hits in found.items() if n in few}
        for split in splits.values():
            yield from _finding(split, {n: hits for n, hits in loud.items() if hits}, Severity.WARNING)
            yield from _finding(split, {n: hits for n, hits in quiet.items() if hits}, Severity.NOTE)
        n = sum(map(len, compared.values()))
        yield Passed(
            f"{plural(n, 'category', 'categories')} of {plural(len(compared), 'column')}, each in one spelling"
        )


def _counts(name: Name, splits: Mapping[str, SplitView]) -> dict[str, int]:
    """Return the rows of each category, all splits together; nothing where the column is free text."""
    first = next(iter(splits.values()))
    sketches = [s.get(Values()).columns[name] for s in splits.values()]
    if first.context.kinds[name] is Kind.ID or not all(sketch.exact for sketch in sketches):
        return {}
    counts: dict[str, int] = {}
    for sketch in sketches:
        for value, count in zip(sketch.values, sketch.counts.tolist(), strict=True):
            counts[str(value)] = counts.get(str(value), 0) + count
    free = first.context.kinds[name] is Kind.TEXT and 2 * len(counts) > sum(counts.values())
    return {} if free else counts


def _slipped(hits: list[Alias]) -> int:
    return sum(alias.rows for alias in hits if alias.how == SLIP)


def _finding(split: SplitView, found: Mapping[Name, list[Alias]], severity: Severity) -> Iterator[Finding]:
    values, sample = split.get(Values()), split.get(Sample())
    here: dict[Name, list[tuple[Alias, dict[str, int]]]] = {}
    rows: set[int] = set()
    for name, hits in found.items():
        known = dict(zip(values.columns[name].values, values.columns[name].counts.tolist(), strict=True))
        odd = {word for alias in hits for word in alias.words[1:]} & set(known)
        if not odd:
            continue
        here[name] = [(a, {w: known.get(w, 0) for w in a.words}) for a in hits if odd & set(a.words)]
        column = sample.codes[name]
        rows.update(sample.rows[np.array([value in odd for value in column.tolist()], dtype=bool)].tolist())
    if not here:
        return
    n_rows = sum(
        n for hits in here.values() for alias, counts in hits for w, n in counts.items() if w != alias.words[0]
    )
    names = list(here)
    alias, _ = here[names[0]][0]
    more = sum(map(len, here.values())) - 1
    message = f"{_listed(alias.words)} are one category of '{names[0]}' ({alias.how})"
    if more:
        message += f", and {plural(more, 'more category is', 'more categories are')} written in several ways"
    table: list[list[Any]] = [
        [name, word, n, a.words[0], a.how]
        for name, hits in here.items()
        for a, counts in hits
        for word, n in counts.items()
        if n and word != a.words[0]
    ]
    yield Finding(
        f"{message}; {plural(n_rows, 'cell')} in {split.name} {'has' if n_rows == 1 else 'have'} a rarer spelling",
        splits=(split.name,),
        columns=tuple(names),
        rows=tuple(sorted(rows)[:ROW_CAP]),
        row_count=max(len(rows), n_rows if len(names) == 1 else 0),
        severity=severity,
        place=str(severity),
        evidence={
            "cells": n_rows,
            "table": {
                "caption": f"Rarer spellings in {split.name}, and what they stand for",
                "columns": ["column", "written", "rows", "usually", "differs in"],
                "rows": table[:200],
                "total": len(table),
            },
        },
        fix=_fix(names[0], [a for a, _ in here[names[0]]]),
    )


def _listed(words: tuple[str, ...]) -> str:
    shown = [w if len(w) <= _SHOWN else w[: _SHOWN - 1] + "…" for w in words]
    return listing(shown, 4)


def _fix(name: Name, hits: list[Alias]) -> str:
    if all(
        SLIP not in a.how and set(a.how.replace(" and ", ", ").split(", ")) <= {"letter case", "blanks"} for a in hits
    ):
        return f"+ data[{name!r}] = data[{name!r}].str.split().str.join(' ').str.casefold()"
    one = {word: a.words[0] for a in hits[:5] for word in a.words[1:]}
    return f"+ data[{name!r}] = data[{name!r}].replace({one!r})"
