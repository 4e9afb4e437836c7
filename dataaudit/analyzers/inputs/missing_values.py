"""INP101 missing-values."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from dataaudit.analyzers.common import ROW_CAP, at_least, listing, percent, plural, train_of
from dataaudit.model import Finding, Name, NotApplicable, Passed, Role, Severity, SplitView, option
from dataaudit.registry import register
from dataaudit.stats.gaps import Gaps
from dataaudit.stats.pixels import Pixels


@register
@dataclass(frozen=True)
class MissingValues:
    """Inputs with empty cells: NaN, None, NaT or nothing between two delimiters.

    ## Why it matters
    A network turns one NaN into a NaN loss, and from there into NaN weights. Dropping rows or filling cells
    without looking changes what the data says, all the more where missingness differs between splits.

    ## How it decides
    Counts every missing cell of every column but targets, in every split; targets are LAB109's. Any missing cell is a
    warning. It is an error where at least `error_share` of a column is missing (no filling brings that back), and
    where a split misses values in a column that is complete in train (an imputer fitted on train never learnt to
    fill it). Shares that differ between two splits beyond chance (two-proportion z beyond 4, p < 1e-4) are named.

    ## What to do
    Find out why the cells are empty. Then fill them with a statistic of train alone, add a column that says which
    were filled, or drop the column.

    ## When to ignore it
    The pipeline imputes behind this point, with statistics of train, or the model takes missing values as they are
    (gradient-boosted trees often do).

    ## When it cannot tell
    Values that stand for missing without being empty, such as -999 or "?", are not counted here. Numbers that a loader
    feeds are left to BAT110, which places NaN by batch.
    """

    code: ClassVar[str] = "INP101"
    name: ClassVar[str] = "missing-values"
    severity: ClassVar[Severity] = Severity.WARNING
    consequence: ClassVar[str] = "turns the loss into NaN, or drops rows silently"
    tips: ClassVar[tuple[str, ...]] = ("37.1", "37.37")

    error_share: float = option(0.5, "share of a column's cells that are missing, from which it is an error")

    def needs(self) -> tuple[Gaps, Pixels]:
        return (Gaps(), Pixels())

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        schema = next(iter(splits.values())).schema
        if schema.pictures:
            raise NotApplicable("picture files have no missing cells; IMG101 lists those that cannot be read")
        names = [c.name for c in schema.columns if c.role not in (Role.TARGET, Role.SPLIT)]
        train = train_of(splits)
        if train.context.kind == "batches" and train.context.runs("BAT110") and not schema.coded:
            raise NotApplicable("BAT110 places the NaN of loaders, by batch")
        cells = 0
        for split in splits.values():
            cells += split.n_rows * len(names)
            yield from self._columns(split, train, splits, names)
            yield from self._pictures(split)
        yield Passed(f"no missing cell among {cells:,}" if names else "no missing pixel")

    def _columns(
        self, split: SplitView, train: SplitView, splits: Mapping[str, SplitView], names: list[Name]
    ) -> Iterator[Finding]:
        gaps, in_train = split.get(Gaps()), train.get(Gaps())
        hit = sorted((n for n in names if gaps.missing[n]), key=lambda n: -gaps.missing[n])
        if not hit or not split.n_rows:
            return
        share = {n: gaps.missing[n] / split.n_rows for n in hit}
        mostly = [n for n in hit if share[n] >= self.error_share]
        new = [n for n in hit if split is not train and train.n_rows and not in_train.missing[n]]
        differ = [n for n in hit if any(_differ(split, other, n) for other in splits.values())]
        rows = np.unique(np.concatenate([gaps.missing_rows[n] for n in hit]))
        fill = "median" if all(n in split.schema.number_index for n in hit) else "most_frequent"  # words have none
        some = plural(len(hit), "column")
        message = f"{percent(max(share.values()))} of {listing(hit[:1])} is missing"
        if len(hit) > 1:
            message = f"{some} have missing values, up to {percent(max(share.values()))} in {listing(hit[:1])}"
        if mostly and mostly != hit[:1]:
            message += f"; at least {percent(self.error_share)} is missing in {listing(mostly)}"
        if new:
            message += f"; {listing(new)} {'is' if len(new) == 1 else 'are'} complete in {train.name}"
        if differ and not new:
            message += f"; the share differs between splits in {listing(differ)}"
        table = {
            "caption": "Missing cells by column, and the share of each split's rows",
            "columns": ["column", "missing", *splits],
            "rows": [
                [n, gaps.missing[n], *(percent(s.get(Gaps()).missing[n] / max(1, s.n_rows)) for s in splits.values())]
                for n in hit[:200]
            ],
            "total": len(hit),
        }
        yield Finding(
            message,
            splits=(split.name,),
            columns=tuple(hit),
            rows=tuple(rows[:ROW_CAP].tolist()),
            row_count=gaps.rows_with_missing if len(hit) == len(_all_missing(split)) else len(rows),
            severity=Severity.ERROR if mostly or new else Severity.WARNING,
            evidence={"table": table, "cells": sum(gaps.missing[n] for n in hit)},
            fix="from sklearn.impute import SimpleImputer\n"
            f'+ imputer = SimpleImputer(strategy="{fill}", add_indicator=True).fit(X_train)',
        )

    def _pictures(self, split: SplitView) -> Iterator[Finding]:
        pixels = split.get(Pixels())
        if pixels.missing:
            rows = tuple(pixels.missing_rows.tolist())
            yield Finding(
                f"{plural(pixels.missing, 'pixel')} {'is' if pixels.missing == 1 else 'are'} NaN, in "
                f"{at_least(len(rows), 'picture')}",
                splits=(split.name,),
                rows=rows,
                severity=Severity.ERROR,
                fix="Find the step that divides by zero or reads past a file's end, and mend it there.",
            )


def _all_missing(split: SplitView) -> list[Name]:
    return [n for n, count in split.get(Gaps()).missing.items() if count]


def _differ(a: SplitView, b: SplitView, name: Name) -> bool:
    """Return whether the shares of missing cells differ by a two-proportion z beyond 4."""
    x, y, n, m = a.get(Gaps()).missing[name], b.get(Gaps()).missing[name], a.n_rows, b.n_rows
    if a is b or not n or not m:
        return False
    pooled = (x + y) / (n + m)
    spread = math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    return spread > 0 and abs(x / n - y / m) / spread > 4.0
