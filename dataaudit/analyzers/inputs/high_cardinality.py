"""INP111 high-cardinality."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from dataaudit.analyzers.common import capital, listing, percent, plural
from dataaudit.model import CannotTell, Finding, Kind, Name, NotApplicable, Passed, Role, Severity, SplitView, option
from dataaudit.registry import register
from dataaudit.stats.values import Values


@register
@dataclass(frozen=True)
class HighCardinality:
    """A text or categorical input that is nearly unique in each row.

    ## Why it matters
    One-hot encoding makes a column for nearly each row, and what is learnt for a value is of no use for the next one.

    ## How it decides
    Counts the distinct values among the filled cells of each text or categorical input, split by split (exact up to
    1,024, beyond that estimated with a standard error of 3 %), and takes the split in which values recur most. A
    column of at least `least` filled cells is noted if its distinct values are `share` of them or more.

    ## What to do
    Take from the text what repeats (the title in a name, the area in a postcode, the weekday in a date), hash or
    embed it, or leave it out.

    ## When to ignore it
    Free text for a language model, or an id that is used to join and not to learn.

    ## When it cannot tell
    With fewer than `least` filled cells a share says little.
    """

    code: ClassVar[str] = "INP111"
    name: ClassVar[str] = "high-cardinality"
    severity: ClassVar[Severity] = Severity.NOTE
    consequence: ClassVar[str] = "learns values that no other row has"
    tips: ClassVar[tuple[str, ...]] = ("11.3",)

    share: float = option(0.5, "distinct values, as a share of the filled cells, from which a column is noted")
    least: int = option(30, "filled cells below which a column is not judged")

    def needs(self) -> tuple[Values]:
        return (Values(),)

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        first = next(iter(splits.values()))
        columns = [c.name for c in first.schema.coded if c.role is Role.FEATURE]
        if not columns:
            raise NotApplicable("there is no text among the inputs")
        seen: dict[Name, tuple[int, int]] = {}
        for name in columns:
            sketches = [s.get(Values()).columns[name] for s in splits.values()]
            counts = [(sketch.n_distinct, sketch.n) for sketch in sketches if sketch.n >= self.least]
            if counts:
                seen[name] = min(counts, key=lambda c: c[0] / c[1])
        if not seen:
            raise CannotTell(f"no text column has {self.least:,} filled cells in a split")
        shares = {name: n / cells for name, (n, cells) in seen.items()}
        many = sorted((n for n in seen if shares[n] >= self.share), key=lambda n: -shares[n])
        if many:
            yield _finding(many, seen, splits)
        most = max(shares, key=lambda n: shares[n])
        yield Passed(
            f"at most {plural(seen[most][0], 'distinct value')} in {seen[most][1]:,} cells ({listing([most])})"
        )


def _finding(many: list[Name], seen: Mapping[Name, tuple[int, int]], splits: Mapping[str, SplitView]) -> Finding:
    kinds = next(iter(splits.values())).context.kinds
    n, cells = seen[many[0]]
    message = f"{listing(many[:1])} has {plural(n, 'distinct value')} in {cells:,} cells"
    if len(many) > 1:
        message = f"{listing(many)} are nearly unique in each row, with up to {n:,} distinct values in {cells:,} cells"
    elif kinds[many[0]] is Kind.ID:
        message += ": an id"
    rows: list[list[Any]] = [
        [m, str(kinds[m]), seen[m][0], seen[m][1], percent(seen[m][0] / seen[m][1])] for m in many[:200]
    ]
    return Finding(
        capital(message),
        splits=tuple(splits),
        columns=tuple(many),
        evidence={
            "table": {
                "caption": "Distinct values in the split in which they recur most",
                "columns": ["column", "kind", "distinct", "filled cells", "share"],
                "rows": rows,
                "total": len(many),
            }
        },
        fix="Derive what repeats from it, hash or embed it, or leave it out of the inputs.",
    )
