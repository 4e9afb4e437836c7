"""What columns mean and what the target asks for, inferred from facts and stated in the report."""

from __future__ import annotations

import re
from collections.abc import Iterable

from dataaudit.model import Column, Kind, Name, Role, Schema, Storage, Task
from dataaudit.stats.moments import MomentsState
from dataaudit.stats.values import Distinct, ValuesState

_ID_NAME = re.compile(r"(?i:(?:^|[^a-z])(?:id|identifier|uuid|guid))$|(?<=[a-z])I[dD]$")
"""Names of columns whose whole numbers name rows, such as "id", "user_id", "record identifier"."""

MOST_CODES = 20
"""Distinct whole numbers up to which a column reads as codes; the largest common case is hours of a day, which
stays a quantity."""


def infer_kinds(schema: Schema, moments: MomentsState, values: ValuesState) -> dict[Name, Kind]:
    """Return the kind of every column.

    Parameters
    ----------
    schema : Schema
        Columns with their storage and role.
    moments, values : MomentsState, ValuesState
        Facts over all splits together.
    """
    return {c.name: _kind(c, schema, moments, values.columns[c.name]) for c in schema.columns}


def _kind(column: Column, schema: Schema, moments: MomentsState, distinct: Distinct) -> Kind:
    if column.role is Role.ID:
        return Kind.ID
    if distinct.n == 0:
        return Kind.EMPTY
    match column.storage:
        case Storage.BOOLEAN:
            return Kind.BOOLEAN
        case Storage.DATETIME:
            return Kind.DATETIME
        case Storage.CATEGORY:
            return Kind.CATEGORICAL
        case Storage.TEXT:
            return _text_kind(distinct)
    j = schema.number_index[column.name]
    if moments.n_fraction[j]:
        return Kind.NUMERIC
    low, high, n = float(moments.low[j]), float(moments.high[j]), distinct.n
    if (low, high) == (0.0, 1.0):
        return Kind.BOOLEAN
    unique = distinct.n_distinct >= 0.99 * n
    numbered = high - low < 2 * n or bool(_ID_NAME.search(str(column.name)))
    if unique and n >= 20 and column.storage is Storage.INTEGER and numbered:
        return Kind.ID
    if distinct.exact and distinct.n_distinct <= MOST_CODES and n >= 5 * distinct.n_distinct and abs(low) < 1000:
        return Kind.INTEGER_CODE
    return Kind.NUMERIC


def _text_kind(distinct: Distinct) -> Kind:
    seen = [str(v) for v in distinct.values]
    words = sum(1 + v.strip().count(" ") for v in seen) / max(1, len(seen))
    share = distinct.n_distinct / distinct.n
    if distinct.n >= 20 and share >= 0.99 and words < 2:
        return Kind.ID
    if words >= 4 or (share > 0.5 and distinct.n_distinct > 50):
        return Kind.TEXT
    return Kind.CATEGORICAL


def infer_task(schema: Schema, moments: MomentsState, values: ValuesState) -> Task | None:
    """Return what the target asks for; None without a target.

    Text, categories, booleans and few whole numbers are classes; several yes/no columns are labels side by side;
    the rest is regression. Whole numbers that run from 0 or 1 without a gap are classes however many there are, if
    there are ten rows or more a class, or the classes are about equally large.
    """
    targets = [schema.by_name[name] for name in schema.targets]
    if not targets:
        return None
    if len(targets) > 1:
        kinds = infer_kinds(Schema(tuple(targets)), _only(moments, schema, targets), values)
        return Task.MULTILABEL if set(kinds.values()) <= {Kind.BOOLEAN, Kind.EMPTY} else Task.REGRESSION
    target = targets[0]
    if target.storage in (Storage.TEXT, Storage.CATEGORY, Storage.BOOLEAN):
        return Task.CLASSIFICATION
    if target.storage is Storage.DATETIME:
        return Task.REGRESSION
    distinct, j = values.columns[target.name], schema.number_index[target.name]
    if moments.n_fraction[j] or not distinct.n:
        return Task.REGRESSION
    n_classes = distinct.n_distinct
    if distinct.exact and n_classes <= MOST_CODES:
        return Task.CLASSIFICATION
    low, high = float(moments.low[j]), float(moments.high[j])
    gapless = distinct.exact and low in (0.0, 1.0) and high - low + 1 == n_classes
    least, most = int(distinct.counts.min()), int(distinct.counts.max())
    enough = distinct.n >= 10 * n_classes or (least >= 2 and most <= 2 * least)  # counts of anything else vary more
    return Task.CLASSIFICATION if gapless and enough else Task.REGRESSION


def _only(moments: MomentsState, schema: Schema, columns: Iterable[Column]) -> MomentsState:
    at = [schema.number_index[c.name] for c in columns if c.storage.is_number]
    return moments.of(at)
