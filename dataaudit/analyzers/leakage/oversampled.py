"""LEA118 oversampled-before-split."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from dataaudit.analyzers.common import ROW_CAP, percent, plural, train_and_others
from dataaudit.analyzers.leakage.pairs import pairs_of
from dataaudit.analyzers.leakage.resampling import Blended, Copied, blended, copied, is_classes
from dataaudit.analyzers.leakage.side_by_side import figure_of_pairs
from dataaudit.model import Finding, NotApplicable, Passed, Severity, SplitView
from dataaudit.registry import register
from dataaudit.stats.row_hashes import RowHashes, hashed_columns
from dataaudit.stats.sample import Sample

FIX = (
    "- X, y = sampler.fit_resample(X, y)                         # before the split\n"
    "+ X_train, y_train = sampler.fit_resample(X_train, y_train)   # after it, and train alone"
)


@register
@dataclass(frozen=True)
class OversampledBeforeSplit:
    """A class that was filled up before the split: the same rows, or blends of them, on both sides.

    ## Why it matters
    Copies of a rare class land in train and in test, so the rare class, for whose sake it was done, is scored on rows
    that the model has seen. Blends (SMOTE) lie between rows of train and are as easy.

    ## How it decides
    Copies: a class of which 10 % of all rows or more copy another row with the same label, five of them within train,
    and some across. Copies must fall on that class far more often than on the others (hypergeometric, p < 1e-6), and
    chance must not explain the shared ones (as for LEA110, p < 1e-3), unless all classes were brought to the same
    number of rows exactly.

    Blends: up to 400 sampled rows a class are looked at with their 20 nearest rows of the same class in train. A row on
    the straight line between two of them (the cosine of the two directions within 1e-7 of -1, three columns or
    more that differ, at no simple ratio, as grids make) is a blend; two of them and 2 % of the rows looked at are an
    error. Before a split at random 6 to 29 % of test rows are found like that, in honest data none.

    ## What to do
    Split first, then oversample train alone; validation and test keep the shares of the world. Inside
    cross-validation, put the sampler into the pipeline (imblearn's), so that it sees the training folds only.

    ## When to ignore it
    Never for a score that is to be believed.

    ## When it cannot tell
    Blends that were rounded to two decimals or passed a curved step (a logarithm) afterwards are no longer straight.
    In tables of a few coarse columns copies of a class hide among natural twins unless classes are equal to the row.
    Beyond 20,000 rows a split, blends are seen only where both parents are in the sample. More than 50 classes are not
    looked at.
    """

    code: ClassVar[str] = "LEA118"
    name: ClassVar[str] = "oversampled-before-split"
    severity: ClassVar[Severity] = Severity.ERROR
    consequence: ClassVar[str] = "scores the rare class on copies of rows the model was trained on"
    tips: ClassVar[tuple[str, ...]] = ("37.15",)

    def needs(self) -> tuple[RowHashes, Sample]:
        return (RowHashes(), Sample())

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        train, _ = train_and_others(splits)
        if not is_classes(train):
            raise NotApplicable("only classes of a table's rows are filled up like that")
        if not hashed_columns(train.schema):
            raise NotApplicable("there are no inputs")
        others = [b for a, b in pairs_of(splits) if a is train]
        by_pair = copied(splits)
        found = False
        for other in others:
            classes = by_pair.get((train.name, other.name), [])
            for one in classes:
                found = True
                yield _of_copies(train, other, one)
            for blend in blended(train, other):
                found = True
                yield _of_blends(train, other, blend)
        if not found:
            yield Passed(
                f"no class of {', '.join(o.name for o in others)} is made of copies or blends of rows of {train.name}"
            )


def _of_copies(train: SplitView, other: SplitView, one: Copied) -> Finding:
    n = len(one.rows)
    message = (
        f"class {str(one.label)!r} was filled up with copies before the split: {plural(n, 'row')} of it in "
        f"{other.name} ({percent(n / one.n_right)}) {'is' if n == 1 else 'are'} in {train.name} as well, and "
        f"{percent(one.repeats)} of all its rows are copies, against {percent(one.elsewhere)} of the others"
    )
    if one.balanced:
        message += "; the classes are equal to the row"
    pairs = list(zip(one.of.tolist(), one.rows.tolist(), strict=True))
    return _finding(
        message, train, other, one.label, pairs, "copy", 1.0 - one.p,
        {
            "copies_in_class": round(one.repeats, 6),
            "copies_elsewhere": round(one.elsewhere, 6),
            "rows_of_class": one.n_right,
            "balanced": one.balanced,
            "table": {
                "caption": f"Which row of {other.name} is which of {train.name} (positions from 0)",
                "columns": [f"row of {other.name}", f"row of {train.name}"],
                "rows": [[b, a] for a, b in pairs[:200]],
                "total": n,
            },
        },
    )  # fmt: skip


def _of_blends(train: SplitView, other: SplitView, one: Blended) -> Finding:
    n = len(one.rows)
    triples = [[row, *parents] for row, parents in zip(one.rows.tolist(), one.of.tolist(), strict=True)]
    message = (
        f"class {str(one.label)!r} was filled up with blends before the split: {plural(n, 'row')} of it in "
        f"{other.name} ({percent(n / one.asked)} of {one.asked:,} looked at) lie on the straight line between "
        f"two rows of {train.name}, as SMOTE makes them"
    )
    return _finding(
        message, train, other, one.label, list(zip(one.of[:, 0].tolist(), one.rows.tolist(), strict=True)),
        "one of its two parents", None,
        {
            "looked_at": one.asked,
            "table": {
                "caption": f"Between which two rows of {train.name} a row of {other.name} lies (positions from 0)",
                "columns": [f"row of {other.name}", f"row of {train.name}", "and"],
                "rows": triples[:200],
                "total": n,
            },
        },
    )  # fmt: skip


def _finding(
    message: str,
    train: SplitView,
    other: SplitView,
    label: Any,
    pairs: list[tuple[int, int]],
    note: str,
    confidence: float | None,
    evidence: dict[str, Any],
) -> Finding:
    rows = [row for _, row in pairs]
    return Finding(
        message,
        splits=(train.name, other.name),
        rows=tuple(rows[:ROW_CAP]),
        row_count=len(rows),
        confidence=confidence,
        evidence={"class": str(label), **evidence},
        figure=figure_of_pairs(
            train,
            other,
            pairs,
            [note] * len(pairs),
            f"Rows of class {label} in {train.name} and in {other.name}",
            hashed_columns(train.schema),
        ),
        place=f"{note}/{label}",
        fix=FIX,
    )
