"""INP108 numeric-precision."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from dataaudit.analyzers.common import capital, listing, number, percent, plural
from dataaudit.model import Column, Finding, Name, NotApplicable, Passed, Role, Severity, SplitView, Storage, option
from dataaudit.registry import register
from dataaudit.stats.extremes import Extremes
from dataaudit.stats.gaps import Gaps
from dataaudit.stats.moments import Moments
from dataaudit.stats.sample import Sample
from dataaudit.stats.values import Values

_DIGITS = {"float16": 11, "float32": 24, "float64": 53}
_LARGEST = {"float16": 65504.0, "float32": float(np.finfo(np.float32).max)}
_SMALLEST = {"float16": float(np.finfo(np.float16).tiny), "float32": float(np.finfo(np.float32).tiny)}
_ID = re.compile(
    r"(^|[_\W])(id|ids|uid|uuid|guid|key|code|nr|no|number|account|phone|isbn|ean|imei)$|Id$|ID$|^id", re.I
)
_ALIASES = {"halffloat": "float16", "half": "float16", "float": "float32", "double": "float64"}
_ALIASES |= {"Float32": "float32", "Float64": "float64", "f4": "float32", "f2": "float16", "f8": "float64"}


@dataclass(frozen=True)
class Loss:
    """What a column's type cannot hold.

    Attributes
    ----------
    column : Name
        The column.
    severity : Severity
        Of this loss.
    what : str
        Completes "column x ...".
    size : float
        The number that shows it.
    fix : str
        What to write instead.
    """

    column: Name
    severity: Severity
    what: str
    size: float
    fix: str


@register
@dataclass(frozen=True)
class NumericPrecision:
    """Numbers that their type cannot hold: overflow, underflow, whole numbers without a bit for the last digit.

    ## Why it matters
    float16 ends at 65,504 and turns what is beyond into infinity, what is below 6e-8 into zero. float64 counts
    whole numbers up to 2^53 and float32 up to 2^24: beyond, different ids become one, and joins go wrong without
    an error.

    ## How it decides
    From the declared type and the exact range of each column over all splits. A warning: float16 or float32 columns
    whose largest value is the largest of their type, at least twice (clipped overflow); of which `subnormal` or more
    of the sampled values other than zero (20 at least) are subnormal, so that digits are missing; columns of whole
    numbers that reach what their type counts one by one (2^11 in float16, 2^24 in float32, 2^53 in float64), where
    the name says that they are ids, or, in float64, where `unique` of 20 values or more are different and the largest
    is less than 100 times the smallest. Other columns of that size, physical quantities as a rule, are a note. So are
    whole numbers below it that are as different, are named like ids or are 10,000 or more and about as long, and are
    held as floats because some cells are missing. The limits are those of IEEE 754.

    ## What to do
    Hold ids as text or integers (pandas' Int64 knows missing values); keep quantities in float32 or scale them
    before they go to float16.

    ## When to ignore it
    The column is not an input, or only its size matters.

    ## When it cannot tell
    Values that a type has rounded already look like exact ones; a file of text does not say what the type was.
    """

    code: ClassVar[str] = "INP108"
    name: ClassVar[str] = "numeric-precision"
    severity: ClassVar[Severity] = Severity.WARNING
    consequence: ClassVar[str] = "feeds numbers whose last digits their type has dropped"
    tips: ClassVar[tuple[str, ...]] = ("37.37",)

    unique: float = option(0.95, "share of different values from which whole numbers are taken for ids")
    subnormal: float = option(0.5, "share of subnormal values, among those that are not zero, that is flagged")

    def needs(self) -> tuple[Moments, Values, Gaps, Extremes, Sample]:
        return (Moments(), Values(), Gaps(), Extremes(), Sample())

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        schema = next(iter(splits.values())).schema
        columns = [c for c in schema.numbers if c.storage is Storage.FLOAT and c.role is not Role.SPLIT]
        if schema.pictures or schema.pixels:
            raise NotApplicable("pixels are whole numbers of 8 or 16 bits, or floats from them")
        if not columns:
            raise NotApplicable("no column is stored as floats")
        losses = [loss for column in columns for loss in self._losses(column, splits)]
        for severity in (Severity.WARNING, Severity.NOTE):
            some = [loss for loss in losses if loss.severity is severity]
            if some:
                yield _finding(some, severity, splits)
        yield Passed(f"{plural(len(columns), 'column')} of floats hold their numbers")

    def _losses(self, column: Column, splits: Mapping[str, SplitView]) -> Iterator[Loss]:
        dtype = _ALIASES.get(column.dtype, column.dtype)
        if dtype not in _DIGITS:
            dtype = "float64"
        views = list(splits.values())
        j = views[0].schema.number_index[column.name]
        moments = [m for v in views if (m := v.get(Moments())).n[j] > 0]
        if not moments:
            return
        low, high = min(float(m.low[j]) for m in moments), max(float(m.high[j]) for m in moments)
        if dtype in _LARGEST:
            yield from _range_losses(column.name, dtype, views, low, high, self.subnormal)
        if any(m.n_fraction[j] for m in moments):
            return
        yield from self._whole(column.name, dtype, views, low, high)

    def _whole(self, name: Name, dtype: str, views: list[SplitView], low: float, high: float) -> Iterator[Loss]:
        distinct = [v.get(Values()).columns[name] for v in views]
        n = sum(d.n for d in distinct)
        unique = n >= 20 and all(d.n_distinct >= self.unique * d.n for d in distinct)
        limit = 2.0 ** _DIGITS[dtype]
        size = max(abs(low), abs(high))
        named = isinstance(name, str) and bool(_ID.search(name))
        if limit <= size < 2.0**64 and low >= 0.0:
            surely = named or (unique and dtype == "float64" and size < 100.0 * low)
            yield Loss(
                name, Severity.WARNING if surely and n >= 2 else Severity.NOTE,
                f"holds whole numbers up to {number(size)}, beyond 2**{_DIGITS[dtype]}: {dtype} keeps only every "
                f"{2 ** (math.frexp(size)[1] - _DIGITS[dtype]):,} of them", size,
                f"+ data[{name!r}]   # read it as text, or as int64",
            )  # fmt: skip
            return
        missing = sum(v.get(Gaps()).missing[name] for v in views)
        whole_ids = missing and unique and low >= 0.0 and (named or (low >= 1e4 and size < 100.0 * low))
        if whole_ids and size < limit:
            yield Loss(
                name, Severity.NOTE,
                f"holds nearly unique whole numbers as {dtype}, since {plural(missing, 'cell')} of "
                f"{n + missing:,} {'is' if missing == 1 else 'are'} missing: an id read as a quantity?", size,
                f'+ data[{name!r}] = data[{name!r}].astype("Int64")',
            )  # fmt: skip


def _range_losses(
    name: Name, dtype: str, views: list[SplitView], low: float, high: float, most: float
) -> Iterator[Loss]:
    top = _LARGEST[dtype]
    if max(abs(low), abs(high)) >= top:
        ends = [v.get(Extremes()) for v in views]
        held = sum(int(np.count_nonzero(e.smallest(name)[0] == -top)) for e in ends)
        held += sum(int(np.count_nonzero(e.largest(name)[0] == top)) for e in ends)
        if held >= 2:
            yield Loss(
                name, Severity.WARNING,
                f"holds the largest number of {dtype}, {number(top)}, {held:,} times: overflow that was clipped", top,
                f'+ data[{name!r}] = source[{name!r}].astype("float64")   # before anything is scaled',
            )  # fmt: skip
    known = [v.get(Sample()).numbers[v.schema.number_index[name]] for v in views]
    line = np.abs(np.concatenate(known))
    line = line[np.isfinite(line) & (line > 0.0)]
    if len(line) >= 20:
        share = float(np.mean(line < _SMALLEST[dtype]))
        if share >= most:
            yield Loss(
                name, Severity.WARNING,
                f"holds {percent(share)} subnormal numbers, below {number(_SMALLEST[dtype])}, which {dtype} keeps with "
                "few digits and then rounds to zero", float(np.median(line)),
                f'+ data[{name!r}] = source[{name!r}].astype("float64")   # or scale it first',
            )  # fmt: skip


def _finding(losses: list[Loss], severity: Severity, splits: Mapping[str, SplitView]) -> Finding:
    names = list(dict.fromkeys(loss.column for loss in losses))
    first = losses[0]
    message = capital(f"{listing([first.column])} {first.what}")
    if len(names) > 1:
        message += f"; so do {plural(len(names) - 1, 'other column')}, or the like"
    return Finding(
        message,
        columns=tuple(names),
        splits=tuple(splits),
        severity=severity,
        evidence={
            "table": {
                "caption": "What the types cannot hold",
                "columns": ["column", "loss"],
                "rows": [[loss.column, loss.what] for loss in losses[:200]],
                "total": len(losses),
            }
        },
        fix="\n".join(loss.fix for loss in losses[:5]),
    )
