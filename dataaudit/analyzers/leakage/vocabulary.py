"""LEA109 vocabulary-fit-on-all."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from dataaudit.analyzers.common import joined, listing, numeric_features, percent, plural
from dataaudit.analyzers.leakage.fits import ordered, power
from dataaudit.model import Finding, Ints, Name, NotApplicable, Passed, Severity, SplitView, option
from dataaudit.registry import register
from dataaudit.stats.moments import Moments
from dataaudit.stats.sample import Sample

LEAST_COLUMNS = 5
"""Columns of words or categories that make a vocabulary."""


@register
@dataclass(frozen=True)
class VocabularyFitOnAll:
    """Columns of words or categories that train never uses, but another split does.

    ## Why it matters
    Such columns exist only because somebody looked at the other splits when the list of words or categories was made.
    A model learns nothing for them, and in production, where new words have no column, it meets another situation
    than the one that was scored.

    ## How it decides
    A vocabulary is five columns or more of zeros and positive numbers (counts or weights), at least nine of ten sampled
    cells zero. A column that is zero in all of train and not elsewhere was not made from train. A declared list of
    categories looks the same, so this is a note, except where chance rules a list out: then rare columns would also be
    missing from all splits. It is a warning if no column is unused everywhere, at least `least` (8) are unused in train
    alone, and the probability that rare columns of a list all show themselves somewhere is below `p_value` (1e-4): for
    each unused one, the share of the rows that lie outside train. The columns must thin out as words do, too: as many
    are used in a single row as in two, or more.

    ## What to do
    Make the list of words or categories from train (CountVectorizer, OneHotEncoder with handle_unknown="ignore"),
    or declare it before the data is seen.

    ## When to ignore it
    The list was declared beforehand and happens to be used up by the rows there are.

    ## When it cannot tell
    Vocabularies of which train uses every column; lists that were cut to frequent words; ordinal codes.
    """

    code: ClassVar[str] = "LEA109"
    name: ClassVar[str] = "vocabulary-fit-on-all"
    severity: ClassVar[Severity] = Severity.WARNING
    consequence: ClassVar[str] = "gives the model columns that only rows it is judged on make use of"
    tips: ClassVar[tuple[str, ...]] = ("37.15",)

    least: int = option(8, "columns unused in train alone from which it may be a warning")
    p_value: float = option(1e-4, "probability below which a list made beforehand is ruled out")

    def needs(self) -> tuple[Any, ...]:
        return (Moments(), Sample())

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        order = ordered(splits)
        filled = {name: splits[name] for name in order}
        train = filled[order[0]]
        if train.schema.pixels is not None:
            raise NotApplicable("the columns are pixels, not words or categories")
        names = _vocabulary(filled)
        if len(names) < LEAST_COLUMNS:
            raise NotApplicable("there are no columns of words or categories (zeros, and counts or weights)")
        at = [train.schema.number_index[n] for n in names]
        used = np.array([s.get(Moments()).high[at] > 0 for s in filled.values()])
        late = np.flatnonzero(~used[0] & used.any(axis=0))
        nowhere = int(np.count_nonzero(~used.any(axis=0)))
        if not late.size:
            n_used = len(names) - nowhere
            yield Passed(f"{train.name} uses all {n_used:,} columns of words or categories that any split uses")
            return
        rows = np.array([s.n_rows for s in filled.values()], dtype=np.float64)
        outside = float(rows[1:].sum() / rows.sum())
        log_p = len(late) * math.log(outside)
        sure = nowhere == 0 and len(late) >= self.least and log_p < math.log(self.p_value) and _rare(filled, at)
        columns = tuple(names[i] for i in late)
        where = [n for i, n in enumerate(order) if i and used[i, late].any()]
        shown = late[:100]
        yield Finding(
            f"{plural(len(columns), 'column')} of {len(names):,} that hold words or categories "
            f"{'is' if len(columns) == 1 else 'are'} used in {joined(where)} and never in {train.name}: "
            f"{listing(columns)}"
            + ("; no column is unused everywhere, as one of a list made beforehand would be" if sure else ""),
            splits=(train.name, *where),
            columns=columns,
            confidence=1.0 - math.exp(log_p) if sure else None,
            severity=Severity.WARNING if sure else Severity.NOTE,
            evidence={
                "columns": len(names),
                "unused_in_train": len(columns),
                "unused_everywhere": nowhere,
                "rows_outside_train": percent(outside),
                "by_accident": power(log_p),
                "table": {
                    "caption": "Columns that train never uses, and the splits that do",
                    "columns": ["column", "used in"],
                    "rows": [
                        [names[i], joined([n for k, n in enumerate(order) if k and used[k, i]])] for i in shown.tolist()
                    ],
                    "total": len(late),
                },
            },
        )


def _vocabulary(splits: Mapping[str, SplitView]) -> list[Name]:
    """Return the columns of zeros and positive numbers, nine of ten sampled cells zero."""
    first = next(iter(splits.values()))
    facts = [s.get(Moments()) for s in splits.values()]
    names = [n for n in numeric_features(first.context) if _from_zero(first.schema.number_index[n], facts)]
    if not names:
        return []
    at = [first.schema.number_index[n] for n in names]
    samples = [s.get(Sample()).numbers[at] for s in splits.values()]
    zero = sum(np.count_nonzero(x == 0.0, axis=1) for x in samples)
    rows = sum(x.shape[1] for x in samples)
    return [n for n, z in zip(names, np.asarray(zero).tolist(), strict=True) if z >= 0.9 * rows]


def _from_zero(j: int, facts: Sequence[Any]) -> bool:
    return all(f.n[j] > 0 and f.low[j] >= 0.0 for f in facts) and min(f.low[j] for f in facts) == 0.0


def _rare(splits: Mapping[str, SplitView], at: Sequence[int]) -> bool:
    """Return whether the columns' rows thin out as words do: as many columns of one row as of two, or more."""
    uses: Ints = np.zeros(len(at), dtype=np.int64)
    for split in splits.values():
        uses += np.count_nonzero(split.get(Sample()).numbers[at] > 0, axis=1)
    return int(np.count_nonzero(uses == 1)) >= max(1, int(np.count_nonzero(uses == 2)))
