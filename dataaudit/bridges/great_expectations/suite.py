"""A suite of expectations made from the facts of an audit, bounds from sampling error."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from dataaudit.bridges.great_expectations.bounds import far_limit, least_of, mean_margin, most_of, std_limits
from dataaudit.bridges.great_expectations.loading import library, quiet
from dataaudit.errors import ConfigError, SourceError
from dataaudit.kinds import infer_kinds
from dataaudit.model import Column, Floats, Kind, Name, Role, Storage
from dataaudit.profile import Profile, SplitFacts
from dataaudit.stats.extremes import Extremes
from dataaudit.stats.gaps import Gaps
from dataaudit.stats.moments import Moments
from dataaudit.stats.values import Distinct, Values

if TYPE_CHECKING:
    from dataaudit.report.report import Report

RISK = 0.005
"""Chance that a new delivery of the same source fails any expectation: half of what is promised (1 in 100), as some of
the bounds hold only for many rows."""

LEAST_ROWS = 20
"""Rows below which sampling error is as wide as the data."""

MOST_SHARES, MOST_CLASSES = 5, 20
"""Categories of an input, and classes of the target, whose share is expected, the most frequent ones; the others are
expected together, as the known set."""

UNSEEN = 1 / 256
"""Chance that all rows of a kind are new ones, up to which some rows of an unknown kind are let pass: 7 rows where a
delivery is as large as train. Rows of a category, in a column of which none was seen once only (the classes of a target
are fixed where none is rare; rare categories share the chance); rows of a wild value, which real tables hold a few of;
rows below zero, where none is."""

MOST_CATEGORIES = 500
"""Distinct values up to which a column is expected to hold known ones only."""

NUMBER_TYPES = (
    "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64",
    "Int8Dtype", "Int16Dtype", "Int32Dtype", "Int64Dtype", "UInt8Dtype", "UInt16Dtype", "UInt32Dtype", "UInt64Dtype",
    "Float32Dtype", "Float64Dtype",
)  # fmt: skip
"""Whole numbers become floats in pandas when a cell is missing, so all numbers are one kind."""

MOST = 1.7e308
"""Just below the largest float: beyond it only infinity is left."""

_NUMBER = re.compile(r"[+-]?\d+(\.\d*)?(e[+-]?\d+)?", re.IGNORECASE)
_RANGE = re.compile(r"[(\[].+, .+[)\]]")

TIME_TYPES = ("datetime64[s]", "datetime64[ms]", "datetime64[us]", "datetime64[ns]")
BOOLEAN_TYPES = ("bool", "BooleanDtype")


def suite_from(
    report: Report | Profile, *, name: str | None = None, rows: int | None = None, risk: float = RISK
) -> Any:
    """Return a Great Expectations suite that the next delivery of the same data should meet.

    The facts of the train split become expectations, each with a bound that new rows of the same source break only
    with a small probability: `risk` divided by the number of bounds (Bonferroni). The suite is plain: Great
    Expectations loads and runs it without this package.

    Parameters
    ----------
    report : Report or Profile
        A report of `audit`, or saved facts. These hold no single values, so that the limits of ranges are wider.
    name : str, optional
        Of the suite; by default that of the data.
    rows : int, optional
        Rows that a delivery is expected to have; by default as many as train.
    risk : float
        Chance that a delivery of the same source fails any of them.

    Returns
    -------
    great_expectations.ExpectationSuite

    Raises
    ------
    ConfigError
        If a number makes no sense, or Great Expectations is not installed.
    SourceError
        If the report has no facts, or the data no columns or too few rows.
    """
    facts = report if isinstance(report, Profile) else getattr(report, "profile", None)
    if not isinstance(facts, Profile):
        raise SourceError(
            "The report holds no facts to make a suite from: it was read from a file.",
            "Audit the data again, or load the facts with Profile.load.",
        )
    if not 0 < risk < 0.5:
        raise ConfigError(f"risk is {risk!r}, expected a chance between 0 and 0.5.", f"The default is {RISK}.")
    if rows is not None and rows < LEAST_ROWS:
        raise ConfigError(f"rows is {rows!r}, expected {LEAST_ROWS} or more.")
    split, train = _train(facts)
    if facts.schema.pictures or facts.schema.pixels:
        raise SourceError("A suite is made from a table, but the rows of this data are pictures.")
    if train.n_rows < LEAST_ROWS:
        raise SourceError(
            f"{split} has {train.n_rows:,} rows, expected {LEAST_ROWS} or more.", "Sampling error says nothing here."
        )
    gx = library()
    draft = _drafted(facts, train, rows or train.n_rows, risk)
    from dataaudit import __version__

    meta = {
        "dataaudit": {
            "version": __version__, "data": facts.name, "split": split, "rows": train.n_rows,
            "expected_rows": draft.m, "risk": risk, "bounds": draft.bounds,
        }
    }  # fmt: skip
    notes = (
        f"Made by dataaudit {__version__} from {train.n_rows:,} rows of {facts.name} ({split}). New rows of the same "
        f"source, {draft.m:,} at a time, fail any of it with a probability of about {risk:g}."
    )
    with quiet():
        return gx.ExpectationSuite(name=name or facts.name, expectations=draft.expectations, meta=meta, notes=notes)


def _train(facts: Profile) -> tuple[str, SplitFacts]:
    named = [(name, split) for name, split in facts.splits.items() if split.role == "train"]
    return named[0] if named else next(iter(facts.splits.items()))


def _drafted(facts: Profile, train: SplitFacts, m: int, risk: float) -> Draft:
    """Return the expectations, with the risk shared by as many bounds as a first draft needed."""
    count = Draft(train.n_rows, m, risk, makes=False)
    _draft(facts, train, count)
    final = Draft(train.n_rows, m, risk / max(count.bounds, 1))
    _draft(facts, train, final)
    return final


@dataclass
class Draft:
    """Expectations in the making.

    Attributes
    ----------
    n, m : int
        Rows behind the facts, and rows of a delivery.
    alpha : float
        Chance of one bound to be broken.
    makes : bool
        Whether expectations are made, or bounds only counted.
    bounds : int
        How many were asked for.
    """

    n: int
    m: int
    alpha: float
    makes: bool = True
    bounds: int = 0
    expectations: list[Any] = field(default_factory=list)

    def chance(self) -> float:
        """Return the chance of one more bound."""
        self.bounds += 1
        return self.alpha

    def add(self, kind: str, severity: str, notes: str, **settings: Any) -> None:
        """Add an expectation by the name of its class."""
        if not self.makes:
            return
        make: Callable[..., Any] = getattr(library().expectations, kind)
        self.expectations.append(make(severity=severity, notes=notes, **settings))


def _draft(facts: Profile, train: SplitFacts, draft: Draft) -> None:
    columns = [str(column.name) for column in facts.schema.columns]
    draft.add(
        "ExpectTableColumnsToMatchSet", "critical", f"{len(columns):,} columns, none more.",
        column_set=columns, exact_match=True,
    )  # fmt: skip
    draft.add(
        "ExpectTableColumnsToMatchOrderedList", "info", "The columns stand in the same order.", column_list=columns
    )
    draft.add(
        "ExpectTableRowCountToBeBetween", "info",
        f"{draft.n:,} rows before; the other bounds are for {draft.m:,}. From half to twice as many, as a rule.",
        min_value=draft.m // 2, max_value=2 * draft.m,
    )  # fmt: skip
    kinds = _kinds(facts)
    for column in facts.schema.columns:
        _column(column, kinds[column.name], train, draft, facts)


def _kinds(facts: Profile) -> dict[Name, Kind]:
    """Return the kind of every column by the facts of all splits together."""
    moments, values = Moments().start(facts.schema), Values().start(facts.schema)
    for split in facts.splits.values():
        moments = moments.merge(split.states[Moments()])  # type: ignore[arg-type]
        values = values.merge(split.states[Values()])  # type: ignore[arg-type]
    return infer_kinds(facts.schema, moments, values)


def _column(column: Column, kind: Kind, train: SplitFacts, draft: Draft, facts: Profile) -> None:
    distinct: Distinct = train.states[Values()].columns[column.name]  # type: ignore[attr-defined]
    missing = int(train.states[Gaps()].missing[column.name])  # type: ignore[attr-defined]
    if distinct.n == 0:
        return  # empty: a delivery that fills it is no worse
    name = str(column.name)
    _not_null(name, missing, draft)
    _type(name, column.storage, missing, draft)
    if column.role in (Role.GROUP, Role.TIME):
        return  # the next delivery is of other groups and other times
    if kind is Kind.ID:
        _unique(name, distinct, draft)
    elif kind in (Kind.CATEGORICAL, Kind.BOOLEAN, Kind.INTEGER_CODE):
        _categories(name, column, distinct, draft, main=column.role is Role.TARGET)
    elif kind is Kind.NUMERIC:
        _numbers(name, facts.schema.number_index[column.name], column.name, train, draft)


def _not_null(name: str, missing: int, draft: Draft) -> None:
    most = most_of(missing, draft.n, draft.m, draft.chance())
    if most < draft.m:
        draft.add(
            "ExpectColumnValuesToNotBeNull", "critical",
            f"{missing:,} of {draft.n:,} cells are missing; up to {most:,} of {draft.m:,} are within sampling error "
            "(Thatcher 1964).",
            column=name, mostly=_at_least(draft.m - most, draft.m),
        )  # fmt: skip


def _type(name: str, storage: Storage, missing: int, draft: Draft) -> None:
    types: tuple[str, ...] = ()
    if storage in (Storage.FLOAT, Storage.INTEGER):
        types = NUMBER_TYPES
    elif storage is Storage.DATETIME:
        types = TIME_TYPES
    elif storage is Storage.BOOLEAN and not missing:  # with gaps, pandas holds objects
        types = BOOLEAN_TYPES
    if types:  # text and categories have types that Great Expectations cannot name in pandas 3
        draft.add(
            "ExpectColumnValuesToBeInTypeList", "critical", f"Held as {storage}.", column=name, type_list=list(types)
        )


def _unique(name: str, distinct: Distinct, draft: Draft) -> None:
    if distinct.exact and distinct.n_distinct == distinct.n:
        draft.add("ExpectColumnValuesToBeUnique", "critical", "No value stands twice.", column=name)
    elif not distinct.exact and int(distinct.counts.max()) == 1:
        k = len(distinct.hashes)
        share = 1 - most_of(0, k, k, draft.chance()) / k
        draft.add(
            "ExpectColumnProportionOfUniqueValuesToBeBetween", "critical",
            f"A sample of {k:,} distinct values holds none twice.", column=name, min_value=share,
        )  # fmt: skip


# ---------------------------------------------------------------- categories


def _categories(name: str, column: Column, distinct: Distinct, draft: Draft, *, main: bool) -> None:
    """Expect the known categories, and of the frequent ones their shares among the cells that are filled."""
    if not distinct.exact or distinct.n_distinct > MOST_CATEGORIES or distinct.n < LEAST_ROWS:
        return
    n = distinct.n
    m = max(1, round(draft.m * n / draft.n))
    counts = dict(distinct.top(distinct.n_distinct))
    if column.storage is Storage.CATEGORY and any(_RANGE.fullmatch(value) for value in counts):
        return  # intervals, which no suite can spell
    values = {value: _forms(value, column) for value in counts}
    single = sum(count == 1 for count in counts.values())
    alpha = draft.chance()
    most = most_of(single, n, m, alpha)
    frequent = most_of(0, n, m, alpha)
    rare = sum(count <= frequent for count in counts.values())
    if not rare and main:
        most = 0  # no class is rare, so none is waiting to be seen
    elif not single:  # of none seen once; each rare one might as well have been the one that is not seen
        most = min(most, most_of(0, n, m, UNSEEN / (1 + rare)))
    if most < m / 4:
        draft.add(
            "ExpectColumnValuesToBeInSet", "critical" if main else "warning",
            f"{len(counts):,} categories; {single:,} were seen once (Good-Turing: that share of new rows is of unseen "
            f"ones), so up to {most:,} of {m:,} are within sampling error.",
            column=name, value_set=sorted(itertools.chain(*values.values()), key=lambda v: (isinstance(v, str), v)),
            **({} if most == 0 else {"mostly": _at_least(m - most, m)}),
        )  # fmt: skip
    shown = list(counts)[
        : 1 if len(counts) == 2 else MOST_CLASSES if main else MOST_SHARES
    ]  # of two, one tells the other
    for value in shown if len(counts) > 1 else ():
        _share(name, values[value], counts[value], n, m, draft)


def _share(name: str, forms: list[Any], count: int, n: int, m: int, draft: Draft) -> None:
    least, most = least_of(count, n, m, draft.chance()), most_of(count, n, m, draft.chance())
    said = f"{count:,} of {n:,} before; {least:,} to {most:,} of {m:,} are within sampling error (Thatcher 1964)."
    if least > 0:
        draft.add(
            "ExpectColumnValuesToBeInSet", "warning", f"At least this share is {forms[0]!r}: {said}",
            column=name, value_set=forms, mostly=_at_least(least, m),
        )  # fmt: skip
    if most < m:
        draft.add(
            "ExpectColumnValuesToNotBeInSet", "warning", f"At most the rest is {forms[0]!r}: {said}",
            column=name, value_set=forms, mostly=_at_least(m - most, m),
        )  # fmt: skip


def _forms(value: Any, column: Column) -> list[Any]:
    """Return a category as a frame may hold it: objects and categories that read as "1" may be text or numbers."""
    if isinstance(value, str):
        held = column.dtype in ("object", "category") and _NUMBER.fullmatch(value)
        return [value, _number(float(value))] if held else [value]
    return [bool(value)] if column.storage is Storage.BOOLEAN else [_number(float(value))]


def _number(value: float) -> int | float:
    return int(value) if value.is_integer() else value


def _at_least(k: int, m: int) -> float:
    """Return k / m as a share that k of m rows reach whatever the rounding."""
    return max(0.0, math.floor(k / m * 1e6) / 1e6)


# ---------------------------------------------------------------- numbers


def _numbers(name: str, j: int, key: Name, train: SplitFacts, draft: Draft) -> None:
    moments: Any = train.states[Moments()]
    n, low, high = int(moments.n[j]), float(moments.low[j]), float(moments.high[j])
    if n < LEAST_ROWS:
        return
    m = max(1, round(draft.m * n / draft.n))
    beyond = most_of(0, n, m, draft.chance())
    draft.chance()  # the other end
    for end, value, word in (("min_value", low, "smallest"), ("max_value", high, "largest")):
        draft.add(
            "ExpectColumnValuesToBeBetween", "warning",
            f"The {word} of {n:,} values was {value:.6g}; {beyond:,} of {m:,} new ones may be beyond it, whatever the "
            "distribution (order statistics).",
            column=name, mostly=_at_least(m - beyond, m), **{end: value},
        )  # fmt: skip
    if not train.states[Gaps()].infinite[key]:  # type: ignore[attr-defined]
        draft.add(
            "ExpectColumnValuesToBeBetween", "critical", "No value is infinite.",
            column=name, min_value=-MOST, max_value=MOST,
        )  # fmt: skip
    mean, std = float(moments.mean[j]), float(moments.std[j])
    if not (math.isfinite(mean) and math.isfinite(std)):
        return
    least, most = _far(name, key, n, m, j, train, draft)
    reach, jump = max(high - mean, mean - low), max(most - mean, mean - least)
    off = mean_margin(std, reach, n, m, draft.chance()) if std else 0.0
    draft.chance()  # the other side of the mean
    if std and math.isfinite(off):
        draft.add(
            "ExpectColumnMeanToBeBetween", "warning",
            f"The mean was {mean:.6g}, the standard deviation {std:.6g} (Bernstein's inequality).",
            column=name, min_value=mean - off, max_value=mean + off,
        )  # fmt: skip
    kurtosis = float(moments.kurtosis[j]) if std else math.nan
    if math.isfinite(kurtosis):
        least, most = std_limits(std, kurtosis, jump, n, m, draft.chance())
        draft.chance()  # the other side of the spread
        draft.add(
            "ExpectColumnStdevToBeBetween", "warning",
            f"The standard deviation was {std:.6g}, the kurtosis {kurtosis:.3g} (Cramér 1946).",
            column=name, min_value=least, max_value=most if math.isfinite(most) else None,
        )  # fmt: skip


def _far(name: str, key: Name, n: int, m: int, j: int, train: SplitFacts, draft: Draft) -> tuple[float, float]:
    """Expect no value where the tails do not reach, and return how far that is."""
    moments: Any = train.states[Moments()]
    extremes: Any = train.states.get(Extremes())
    low, high, mean = float(moments.low[j]), float(moments.high[j]), float(moments.mean[j])
    std, kurtosis = float(moments.std[j]), float(moments.kurtosis[j])
    down, up = draft.chance(), draft.chance()
    if not high > low:
        return low, high
    bottom: Floats = -extremes.smallest(key)[0] if extremes is not None else np.zeros(0)
    top: Floats = extremes.largest(key)[0] if extremes is not None else np.zeros(0)
    least = low - far_limit(bottom, high - low, mean - low, std, kurtosis, n, m, down)
    most = high + far_limit(top, high - low, high - mean, std, kurtosis, n, m, up)
    wild = most_of(0, n, m, UNSEEN)
    signed = low < 0.0  # else an amount, a length, a count: below zero stands a mark, or a flipped sign
    draft.add(
        "ExpectColumnValuesToBeBetween", "critical",
        f"Hardly any value {'' if signed else 'below zero, or '}farther out than the tails of the seen values reach "
        f"(generalised Pareto distribution, Hosking and Wallis 1987); {wild:,} of {m:,} may be wild.",
        column=name, min_value=max(least, -MOST if signed else 0.0), max_value=min(most, MOST),
        mostly=_at_least(m - wild, m),
    )  # fmt: skip
    return least, most
