"""ASC105 unused-features."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from dataaudit.analyzers.common import capital, listing, number, of_all, percent, train_of
from dataaudit.model import CannotTell, Finding, Name, NotApplicable, Passed, Severity, SplitView, option
from dataaudit.probe.curve import Measured, measured
from dataaudit.probe.run import probe_run
from dataaudit.probe.unused import Use, uses
from dataaudit.registry import register
from dataaudit.stats.picture_sample import PictureSample
from dataaudit.stats.sample import Sample


@register
@dataclass(frozen=True)
class UnusedFeatures:
    """Inputs without any sign of association with the target.

    ## Why it matters
    Each adds parameters that can only learn noise, work to collect and keep, and one more thing that may drift or
    break. A column that ought to matter and shows no sign may have been scrambled, misjoined or filled with defaults.

    ## How it decides
    Looks at each input column of train in four ways. Alone: chi-squared of its bins or categories (a missing value
    is one) and the classes, and Kruskal and Wallis' test of its ranks; for a number as target rank tests and bins of
    it. Together with any one other column: chi-squared within the rows that share a value of the other, so that two
    columns that only tell together are found. Beside all others: Student's t of its weight in a linear model, if there
    are five rows for each weight. In models: by how much held-out losses of boosted trees grow when it is
    shuffled. It counts as used if alone it is among the discoveries at a false-discovery rate of 5 % (Benjamini and
    Hochberg 1995), together and beside others if the corrected p is below 0.01, in models if losses grow by more than 3
    standard errors. It is noted as unused only if none of this holds, its own p-value is above 0.05, and it explains
    less than `share` of the target with 95 % confidence (0.02, the smallest effect that Cohen 1988 names).

    ## What to do
    Ask whether the column should matter. If so, look for what became of it: a join on the wrong key, a constant
    default, another scale in half of the rows. If not, try without it.

    ## When to ignore it
    The columns are one measurement together (pixels, an embedding, a spectrum), or matter for another target.

    ## When it cannot tell
    With few rows no column can be cleared: it takes about 500 for two classes. Columns that are constant, hold text,
    or have so many categories that more than a fifth of the rows are in rare ones are not judged. Three columns that
    only tell all together may pass for unused; in tables of more than some hundred columns pairs are not compared
    either, and the evidence says so.
    """

    code: ClassVar[str] = "ASC105"
    name: ClassVar[str] = "unused-features"
    severity: ClassVar[Severity] = Severity.NOTE
    consequence: ClassVar[str] = "fits noise in columns that say nothing"
    tips: ClassVar[tuple[str, ...]] = ("37.5",)

    share: float = option(0.02, "share of the target that a column must explain less of, to be called unused")
    p_value: float = option(0.05, "p-value that a column's own association must exceed, to be called unused")

    def needs(self) -> tuple[Sample, PictureSample]:
        return Sample(), PictureSample()

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        train = train_of(splits)
        if train.schema.pictures or train.schema.pixels:
            raise NotApplicable("inputs are pixels, none of which means much alone")
        run = probe_run(splits)
        found = uses(run, train.context, train.name, _models(splits, train))
        if not found.columns:
            raise CannotTell("no input column varies and has values frequent enough to be judged")
        used = [u for u in found.columns if u.used]
        idle = [u for u in found.columns if not u.used and u.p > self.p_value and u.high <= self.share]
        if not used:
            raise CannotTell("no input shows any association with the target; ASC101 judges that")
        open_ = len(found.columns) - len(used) - len(idle)
        said = f"{of_all(len(used), len(found.columns), 'input')} associated with the target"
        if open_:
            said += f"; {found.rows:,} rows are too few to tell of {open_:,}"
        if not idle:
            yield Passed(said)
            return
        names: list[Name] = [u.column for u in idle]
        most = percent(max(u.high for u in idle))
        each = "it" if len(idle) == 1 else "each"
        yield Finding(
            f"{capital(of_all(len(idle), len(found.columns), 'input'))} without any sign of association with the "
            f"target: {listing(names)} ({each} explains less than {most} of it, with 95 % confidence)",
            splits=(train.name,),
            columns=tuple(names),
            evidence={
                "rows": found.rows,
                "used": len(used),
                "unused": len(idle),
                "undecided": open_,
                "pairs_compared": found.pairs,
                "table": {
                    "caption": "Inputs and what they have to do with the target",
                    "columns": [
                        "column",
                        "sign",
                        "p alone",
                        "explains less than",
                        "p with another",
                        "p beside all",
                        "shuffled (z)",
                    ],
                    "rows": [_line(u, idle) for u in (*idle, *(u for u in found.columns if u not in idle))][:200],
                    "total": len(found.columns),
                },
            },
            confidence=0.95,
            fix=f"Find out whether it ought to matter; if not, try without it:\n- X = data[inputs]\n"
            f"+ X = data[inputs].drop(columns={names[:10]!r})",
        )


def _models(splits: Mapping[str, SplitView], train: SplitView) -> Measured | None:
    try:
        return measured(splits, train)
    except CannotTell:
        return None  # too few rows for models; the tests of columns know how few


def _line(use: Use, idle: list[Use]) -> list[str]:
    return [
        str(use.column),
        "yes" if use.used else "none" if use in idle else "cannot tell",
        number(use.p),
        percent(min(1.0, use.high)),
        number(use.pair_p),
        number(use.linear_p),
        f"{use.missed:.1f}",
    ]
