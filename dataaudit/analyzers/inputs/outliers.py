"""INP106 outliers."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from dataaudit.analyzers.common import ROW_CAP, listing, number, plural
from dataaudit.analyzers.inputs.cells import Cells, cells_of, number_columns
from dataaudit.analyzers.inputs.placeholders import placeholders
from dataaudit.analyzers.inputs.tails import FACTORS, UNITS, Apart, apart, factor_of
from dataaudit.model import CannotTell, Finding, Kind, Name, NotApplicable, Passed, Severity, SplitView, Storage, option
from dataaudit.registry import register
from dataaudit.stats.extremes import Extremes
from dataaudit.stats.sample import Sample
from dataaudit.stats.text_forms import TextForms
from dataaudit.stats.values import Values

LEAST_RATIO = 3.0
"""Ratio of distances from which a gap is one at all: among 900 real tables smaller ones are natural."""
CLEAR_RATIO = 6.0
"""Ratio of distances from which a gap is worth a note without a factor."""
_SOLE_P = 0.02
"""p-value of the gap below which one value alone is apart: of 22,184 columns of real tables, three have such a value
that `alpha` leaves out, and all three are wrong indeed."""
_SOLE_RATIO = 30.0
"""Ratio of distances from which one value alone is apart where a power of ten mends it."""


@dataclass(frozen=True)
class Odd:
    """Values apart, as they are in the column.

    Attributes
    ----------
    side : str
        "large", "small", or "tiny" where they are small by a factor.
    apart : Apart
        Where they are and how sure it is, in the view in which they lie at the high end.
    low, high : float
        The smallest and the largest of them.
    inner : float
        The nearest value that belongs.
    median : float
        Of the values that belong.
    factor : float or None
        What divides them (multiplies them, if tiny) back among the others.
    """

    side: str
    apart: Apart
    low: float
    high: float
    inner: float
    median: float
    factor: float | None


@register
@dataclass(frozen=True)
class Outliers:
    """A few values that are orders of magnitude off: another unit, a lost decimal point, a broken sensor.

    ## Why it matters
    One value a thousand times too large moves the mean, multiplies the standard deviation, and makes one gradient
    outweigh a batch; min-max scaling presses all other values into a thousandth of the range.

    ## How it decides
    Not by standard deviations, which skewed data exceed as a matter of course, but by gaps in the tail. With y(i) the
    i-th largest distance from the median on one side, i·log(y(i)/y(i+1)) is exponential in a tail that falls like a
    power, and smaller in all lighter ones; its mean gamma is measured behind the gap by Hill's estimator (Hill 1975,
    A simple general approach to inference about the tail of a distribution) and raised by two standard errors. A gap
    before i different values has the p-value exp(-i·log(ratio)/gamma), times the number of gaps tried, where ratio
    compares the distances before and behind it. The low side of positive columns is also judged on a logarithmic
    scale, where a thousandth shows. At most `most` of a column can be apart.

    Two values or more are a warning when the gap has a ratio of 3, a p-value below `factor_alpha`, and one factor
    between usual units (10, 100, 1000; 24, 60 … at a fiftieth of the p-value) brings all of them among the others;
    columns around zero, or whose own values differ by more than half of the factor (by 8 to 50 times), say nothing
    about factors. Where no factor of 8 or more does that, the ratio must be `ratio` or more and the p-value, over all
    columns, below `alpha`; twice that ratio for a single value, which may be a rare event. A single value is a warning
    with a p-value of its column below 0.02 too, where it has that ratio, or one of 30 where a hundred, a thousand or
    another power of ten brings it among the middle 98 % of the others. With a ratio of 6 and
    a p-value, over all columns, below `alpha` they are a note. Placeholders for missing (INP104) are taken out first.
    Targets of regression are judged too.

    On 900 tables that R packages ship, ten have a warning, most of them with values that are wrong indeed.

    ## What to do
    Look at the rows. Convert the unit where that is the cause; otherwise correct, clip, or leave them out.

    ## When to ignore it
    Rare events are what the model is about: fraud, floods, the richest customers.

    ## When it cannot tell
    A factor of ten in a column that spans several orders of magnitude hides within the range. Fewer than 20 values
    of a column have no tail to compare with.
    """

    code: ClassVar[str] = "INP106"
    name: ClassVar[str] = "outliers"
    severity: ClassVar[Severity] = Severity.WARNING
    consequence: ClassVar[str] = "lets a few rows of another unit outweigh all others"
    tips: ClassVar[tuple[str, ...]] = ("11.1",)

    ratio: float = option(40.0, "ratio of distances from the median across a gap, from which no factor is needed")
    alpha: float = option(1e-4, "p-value of the gap, over all columns, below which values are apart")
    factor_alpha: float = option(0.05, "p-value of the gap below which values that a factor mends are apart")
    most: float = option(0.05, "largest share of a column that may be apart")

    def needs(self) -> tuple[Extremes, Sample, TextForms, Values]:
        return (Extremes(), Sample(), TextForms(), Values())

    def judge(self, split: SplitView) -> Iterator[Finding | Passed]:
        if split.schema.pictures or split.schema.pixels:
            raise NotApplicable("pixels have a fixed range")
        names = [n for n in number_columns(split, targets=True) if _is_quantity(split, n)]
        if not names:
            raise NotApplicable("no column is a quantity")
        if split.n_rows < 20:
            raise CannotTell(f"{plural(split.n_rows, 'row')}, fewer than 20")
        found = [(name, one) for name in names for one in self._column(cells_of(split, name), len(names))]
        for loud in (True, False):
            hits = [(n, o) for n, o in found if self._is_loud(o) is loud]
            if hits:
                yield _finding(hits, Severity.WARNING if loud else Severity.NOTE)
        yield Passed(f"no gap in the tails of {plural(len(names), 'column')}")

    def _column(self, cells: Cells, n_columns: int) -> list[Odd]:
        cells = cells.without(np.array([p.value for p in placeholders(cells)]))
        if len(cells.known) < 20 or not cells.has_distinct(10):
            return []
        views = {"large": cells, "small": cells.mirrored()}
        if cells.known[0] > 0.0 and (not len(cells.low) or cells.low[0] > 0.0):
            views["tiny"] = _inverse(cells)
        found = []
        for side, view in views.items():
            one = apart(view, self.most, max(self.factor_alpha, self.alpha), LEAST_RATIO)
            if one is None:
                continue
            strict = one.p_value < self.alpha / n_columns and one.ratio >= CLEAR_RATIO
            odd = _odd(one, side, cells, strict)
            if strict or self._is_sole(odd) or (one.count >= 2 and one.p_value < self._limit(odd.factor)):
                found.append(odd)
        if {o.side for o in found} >= {"small", "tiny"}:
            found = [o for o in found if o.side != "small"]
        return found

    def _limit(self, factor: float | None) -> float:
        """Return the p-value that a factor vouches for: shifted decimal points are commoner than other units."""
        if factor is None or factor < 8.0:
            return 0.0
        return self.factor_alpha if math.log10(factor).is_integer() else self.factor_alpha / 50.0

    def _is_sole(self, odd: Odd) -> bool:
        """Return whether one value stands so far off that chance is out of the question without many columns."""
        if odd.apart.count > 1:
            return False
        power = odd.factor is not None and odd.factor >= 100.0 and math.log10(odd.factor).is_integer()
        return odd.apart.p_value < _SOLE_P and odd.apart.ratio >= (_SOLE_RATIO if power else 2.0 * self.ratio)

    def _is_loud(self, odd: Odd) -> bool:
        vouched = odd.factor is not None and odd.factor >= 8.0 and odd.apart.count >= 2
        far = odd.apart.ratio >= (self.ratio if odd.apart.count >= 2 else 2.0 * self.ratio)
        return vouched or self._is_sole(odd) or far


def _is_quantity(split: SplitView, name: Name) -> bool:
    storage, kind = split.schema.by_name[name].storage, split.context.kinds[name]
    if storage is Storage.TEXT:
        return True
    return storage is not Storage.DATETIME and kind is Kind.NUMERIC


def _inverse(cells: Cells) -> Cells:
    """Return the column as minus its logarithm: what is small lies at the high end."""
    return Cells(
        cells.name, cells.n, -np.log(cells.known[::-1]), -np.log(cells.high), cells.high_rows,
        -np.log(cells.low), cells.low_rows, cells.from_sample,
    )  # fmt: skip


def _odd(one: Apart, side: str, cells: Cells, sure: bool) -> Odd:
    """Turn what was found at the high end of a view back into values of the column."""
    values, inner = one.values, one.inner
    if side != "large":
        values, inner = -values, -inner
    if side == "tiny":
        values, inner = np.exp(values), math.exp(inner)
    edge = 0.5 * (inner + float(values.min() if side == "large" else values.max()))
    others = cells.known[cells.known < edge] if side == "large" else cells.known[cells.known > edge]
    factor = factor_of(values, others, smaller=side == "tiny", sure=sure)
    return Odd(side, one, float(values.min()), float(values.max()), inner, float(np.median(others)), factor)


def _finding(hits: list[tuple[Name, Odd]], severity: Severity) -> Finding:
    names = list(dict.fromkeys(name for name, _ in hits))
    rows = np.unique(np.concatenate([o.apart.rows for _, o in hits]))
    total = sum(o.apart.count for _, o in hits)
    name, worst = max(hits, key=lambda p: p[1].apart.ratio)
    message = _sentence(name, worst)
    if len(names) > 1:
        message = f"{plural(total, 'value')} in {listing(names)} are orders of magnitude off; {message}"
    table = {
        "caption": "Values apart from the rest of their column",
        "columns": ["column", "rows", "from", "to", "nearest other value", "median", "factor"],
        "rows": [
            [n, o.apart.count, number(o.low), number(o.high), number(o.inner), number(o.median), _factor_word(o)]
            for n, o in hits[:200]
        ],
        "total": len(hits),
    }
    return Finding(
        message,
        columns=tuple(names),
        rows=tuple(rows[:ROW_CAP].tolist()),
        row_count=total if len(hits) == 1 else max(len(rows), max(o.apart.count for _, o in hits)),
        severity=severity,
        evidence={"table": table, "p_value": max(o.apart.p_value for _, o in hits)},
        confidence=round(1.0 - min(1.0, max(o.apart.p_value for _, o in hits)), 6),
        fix=_fix(hits),
    )


def _sentence(name: Name, odd: Odd) -> str:
    n = odd.apart.count
    span = number(odd.low) if odd.low == odd.high else f"{number(odd.low)} to {number(odd.high)}"
    those = f"{plural(n, 'value')} of {listing([name])} ({span}) {'is' if n == 1 else 'are'}"
    rest = f"the next is {number(odd.inner)}, the median {number(odd.median)}"
    if odd.factor is None:
        return f"{those} {number(odd.apart.ratio)} times as far from the median as all others: {rest}"
    unit = UNITS.get(odd.factor)
    guess = f": {unit}?" if unit and odd.side != "tiny" else ""
    times = FACTORS[odd.factor] + (" too small" if odd.side == "tiny" else " the others")
    return f"{those} {times} ({rest}){guess}"


def _factor_word(odd: Odd) -> str:
    if odd.factor is None:
        return "none"
    return f"1/{number(odd.factor)}" if odd.side == "tiny" else number(odd.factor)


def _fix(hits: list[tuple[Name, Odd]]) -> str:
    lines = []
    for name, odd in hits[:5]:
        column = f"data[{name!r}]"
        edge = number(0.5 * (odd.inner + (odd.low if odd.side == "large" else odd.high))).replace(",", "")
        hit = f"{column} {'>' if odd.side == 'large' else '<'} {edge}"
        if odd.factor is None:
            lines.append(f"+ odd = {hit}   # look at these rows")
        else:
            sign = "*" if odd.side == "tiny" else "/"
            lines.append(
                f"+ data.loc[{hit}, {name!r}] {sign}= {number(odd.factor).replace(',', '')}   # once confirmed"
            )
    return "\n".join(lines)
