"""What came of a suite of expectations, free of the library that ran it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dataaudit.model.words import Name, Severity


@dataclass(frozen=True)
class Expected:
    """One expectation of a suite, and how it ended.

    Attributes
    ----------
    type : str
        Such as "expect_column_values_to_be_between".
    severity : Severity
        What a failure weighs: critical is an error, warning a warning, info a note.
    met : bool or None
        None where it could not be run, for the `reason` given.
    columns : tuple of Name
        Columns it is about, those that the data has.
    absent : tuple of str
        Columns it is about that the data does not have; it was not run then.
    settings : mapping
        Its bounds, JSON-able, without the columns.
    observed : object
        What was seen instead, JSON-able: a number, a list, or None where `rows` tell.
    rows : tuple of int
        Positions of the rows that fail it, capped.
    row_count, of_rows : int
        Rows that fail it, and rows that were judged (missing cells left out); 0 where rows are not judged one by one.
    values : tuple
        Some of the values that fail it.
    reason : str
        Why it could not be run.
    notes : str
        What its author says about it.
    """

    type: str
    severity: Severity
    met: bool | None
    columns: tuple[Name, ...] = ()
    absent: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    observed: Any = None
    rows: tuple[int, ...] = ()
    row_count: int = 0
    of_rows: int = 0
    values: tuple[Any, ...] = ()
    reason: str = ""
    notes: str = ""


@dataclass(frozen=True)
class SuiteRun:
    """A suite run on one split.

    Attributes
    ----------
    name : str
        The suite's own.
    split : str
        What it was run on.
    results : tuple of Expected
        In the order of the suite.
    """

    name: str
    split: str
    results: tuple[Expected, ...]
