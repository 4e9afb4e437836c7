"""A profile cut down to what a comparison needs, small enough to be committed beside the data."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from dataaudit.kinds import infer_kinds, infer_task
from dataaudit.model import Floats, Kind, Name, Schema, State, Task
from dataaudit.stats.gaps import Gaps, GapsState
from dataaudit.stats.hashing import hash_floats, hash_texts
from dataaudit.stats.histogram import Dyadic, Histograms, HistogramsState
from dataaudit.stats.labels import LabelOrder
from dataaudit.stats.moments import Moments, MomentsState
from dataaudit.stats.state import saved
from dataaudit.stats.values import Distinct, Values, ValuesState

BINS = 32
"""Bins of a histogram, at most."""
MOST_VALUES = 64
"""Distinct values up to which all of them are kept; of more, only how many there are."""
LONGEST = 80
"""Characters of a text up to which it is kept."""
_DIGITS = 4
"""Decimal places of the spread that means and ends are rounded to: a ten-thousandth of a standard deviation."""
_SIGNIFICANT = 4
"""Significant digits of the spread itself and of the higher moments."""


@dataclass(frozen=True)
class Brief:
    """What a brief profile says instead of the facts from which it was told.

    Attributes
    ----------
    kinds : mapping of Name to Kind
        What each column means.
    task : Task or None
        What the target asks for.
    """

    kinds: Mapping[Name, Kind]
    task: Task | None


def told(schema: Schema, splits: Mapping[str, Mapping[Any, State]]) -> Brief:
    """Return kinds and task as all splits together tell them."""
    moments, values = Moments().start(schema), Values().start(schema)
    for states in splits.values():
        moments = moments.merge(states[Moments()])  # type: ignore[arg-type]
        values = values.merge(states[Values()])  # type: ignore[arg-type]
    return Brief(infer_kinds(schema, moments, values), infer_task(schema, moments, values))


def shortened(states: Mapping[Any, State]) -> dict[Any, State]:
    """Return the facts that a comparison needs, each cut down; the rest is left out.

    Counts of rows, of missing values, of classes and of few values stay exact. Means and ends are rounded to a
    ten-thousandth of the spread, moments to four digits, histograms to 32 bins.
    """
    short: dict[Any, State] = {}
    for key, state in states.items():
        if key == Moments():
            short[key] = _moments(state)  # type: ignore[arg-type]
        elif key == Values():
            short[key] = _values(state)  # type: ignore[arg-type]
        elif key == Gaps():
            short[key] = _gaps(state)  # type: ignore[arg-type]
        elif key == Histograms():
            short[key] = _histograms(state)  # type: ignore[arg-type]
        elif key == LabelOrder():
            short[key] = state
    return short


def _moments(state: MomentsState) -> MomentsState:
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        step = np.floor(np.log10(np.where(state.std > 0, state.std, np.nan))) - _DIGITS
    ends = {name: _rounded(line, step) for name, line in
            (("pivot", state.pivot + state.rest), ("low", state.low), ("high", state.high))}  # fmt: skip
    sums = {name: _significant(getattr(state, name)) for name in ("m2", "m3", "m4")}
    parts: dict[str, Any] = {**ends, **sums, "rest": np.zeros(len(state.rest))}
    return dataclasses.replace(state, **parts)


def _rounded(values: Floats, step: Floats) -> Floats:
    """Return numbers rounded to powers of ten, decimal by decimal, so that their text is short."""
    return np.array([_near(v, s) for v, s in zip(values.tolist(), step.tolist(), strict=True)], dtype=np.float64)


def _near(value: float, step: float) -> float:
    kept = not (math.isfinite(value) and math.isfinite(step)) or abs(value) > 1e300  # rounding up could overflow
    return value if kept else round(value, -int(step))


def _significant(values: Floats) -> Floats:
    return np.array([float(f"{v:.{_SIGNIFICANT - 1}e}") for v in values], dtype=np.float64)


def _values(state: ValuesState) -> ValuesState:
    return ValuesState(state.numbers, {name: _few(distinct) for name, distinct in state.columns.items()})


def _few(distinct: Distinct) -> Distinct:
    """Return a column's values if they are few, else only how many there are."""
    short = distinct.exact and len(distinct.counts) <= MOST_VALUES
    if short and isinstance(distinct.values, list):
        short = all(len(value) <= LONGEST for value in distinct.values)
    if short:
        return dataclasses.replace(distinct, cap=MOST_VALUES)
    return _counted(isinstance(distinct.values, list), distinct.n_distinct, distinct.n)


def _counted(is_text: bool, n_distinct: int, n: int) -> Distinct:
    """Return a sketch that holds no value and says how many there are."""
    hashes = np.array([int(2**64 / max(1, n_distinct)) if n_distinct > 1 else 2**64 - 1], dtype=np.uint64)
    values: Any = [] if is_text else np.zeros(0)
    return Distinct(2, hashes, values, np.zeros(0, np.int64), n, True)


def _gaps(state: GapsState) -> GapsState:
    none = {name: np.zeros(0, np.int64) for name in state.missing}
    return dataclasses.replace(state, cap=0, missing_rows=none, infinite_rows=dict(none))


def _histograms(state: HistogramsState) -> HistogramsState:
    columns = {}
    for name, bins in state.columns.items():
        while len(bins.counts) > BINS:
            bins = bins.coarser(bins.exponent + 1)
        columns[name] = bins
    return HistogramsState(BINS, state.numbers, columns)


# ---------------------------------------------------------------- as it is written


@saved
@dataclass
class PackedValues:
    """A `ValuesState` without hashes, which come back from the values.

    Attributes
    ----------
    columns : list
        For each column of the schema: rows with a value, and either the number of distinct values, or the values with
        their counts.
    """

    columns: list[Any]


@saved
@dataclass
class PackedGaps:
    """Missing and infinite cells of each column of the schema, and rows with at least one."""

    n_rows: int
    missing: list[int]
    infinite: list[int]
    rows_with: list[int]


@saved
@dataclass
class PackedHistograms:
    """Of each numeric column of the schema: exponent, first bin, counts; None where there is none."""

    columns: list[Any]


def packed(state: State) -> Any:
    """Return a shortened state as it is written: without what can be told from the rest."""
    if isinstance(state, ValuesState):
        return PackedValues([_packed_values(distinct) for distinct in state.columns.values()])
    if isinstance(state, GapsState):
        rows_with = [state.rows_with_missing, state.rows_with_infinite]
        return PackedGaps(state.n_rows, list(state.missing.values()), list(state.infinite.values()), rows_with)
    if isinstance(state, HistogramsState):
        found = [state.columns.get(name) for name in state.numbers]
        return PackedHistograms([None if b is None else [b.exponent, b.first, *b.counts.tolist()] for b in found])
    return state


def _packed_values(distinct: Distinct) -> list[Any]:
    if distinct.dropped:
        return [distinct.n, distinct.n_distinct]
    if isinstance(distinct.values, list):
        return [distinct.n, distinct.values, distinct.counts.tolist()]
    numbers = [int(v) if v.is_integer() and abs(v) < 2**53 else v for v in distinct.values.tolist()]
    return [distinct.n, numbers, distinct.counts.tolist()]


def unpacked(written: Any, schema: Schema) -> State:
    """Return a shortened state from what `packed` made of it.

    Raises
    ------
    ValueError
        If it does not fit the schema.
    """
    names, numbers = [c.name for c in schema.columns], [c.name for c in schema.numbers]
    match written:
        case PackedValues():
            texts = {c.name for c in schema.coded}
            columns = {name: _unpacked_values(line, name in texts)
                       for name, line in zip(names, written.columns, strict=True)}  # fmt: skip
            return ValuesState(numbers, columns)
        case PackedGaps():
            none = {name: np.zeros(0, np.int64) for name in names}
            return GapsState(
                0, written.n_rows, numbers, dict(zip(names, written.missing, strict=True)),
                dict(zip(names, written.infinite, strict=True)), none, dict(none), *written.rows_with,
            )  # fmt: skip
        case PackedHistograms():
            lines = zip(numbers, written.columns, strict=True)
            return HistogramsState(
                BINS, numbers, {n: Dyadic(b[0], b[1], np.array(b[2:], np.int64)) for n, b in lines if b is not None}
            )
    return written  # type: ignore[no-any-return]


def _unpacked_values(line: list[Any], is_text: bool) -> Distinct:
    if len(line) == 2:
        return _counted(is_text, line[1], line[0])
    values: Any = list(line[1]) if is_text else np.array(line[1], dtype=np.float64)
    hashes = hash_texts(values) if is_text else hash_floats(values)
    if (hashes[1:] < hashes[:-1]).any():
        raise ValueError("the values of a column are not in the order of their hashes")
    return Distinct(MOST_VALUES, hashes, values, np.array(line[2], np.int64), line[0], False)
