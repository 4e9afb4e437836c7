"""Plain JSON out of whatever stands in findings and outcomes."""

from __future__ import annotations

import datetime
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataaudit.model import Finding, Location, Outcome, Severity, Status
from dataaudit.report.json import check_document, dumps, finding_document, jsonable


@dataclass
class Point:
    x: float
    y: tuple[int, ...]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (np.bool_(True), True),
        (np.int8(-3), -3),
        (np.uint64(2**64 - 1), 2**64 - 1),
        (np.float32(0.1), 0.1),
        (np.float16(0.1), 0.1),
        (np.float64(0.1), 0.1),
        (float("nan"), None),
        (np.float32("nan"), None),
        (float("inf"), "inf"),
        (-np.float64("inf"), "-inf"),
        (np.str_("text"), "text"),
        (Severity.ERROR, "error"),
        (np.array([[1, 2], [3, 4]]), [[1, 2], [3, 4]]),
        (np.array(5.5), 5.5),
        (np.array(["a", None, 1.5], dtype=object), ["a", None, 1.5]),
        (np.datetime64("2020-01-02"), "2020-01-02"),
        (np.datetime64("NaT", "s"), None),
        (np.timedelta64(3, "D"), "3 days"),
        (pd.NaT, None),
        (pd.NA, None),
        (pd.Timestamp("2020-01-02 03:04"), "2020-01-02T03:04:00"),
        (datetime.date(2020, 1, 2), "2020-01-02"),
        ({3, 1, 2}, [1, 2, 3]),
        ((1, (2,)), [1, [2]]),
        ({1: {"a": np.int64(1)}}, {"1": {"a": 1}}),
        (b"\xff\x00a", "\\xff\x00a"),
        ("half \ud800 pair", "half \\ud800 pair"),
        (Path("a") / "b", str(Path("a") / "b")),
        (1 + 2j, "(1+2j)"),
        (Point(math.nan, (1, 2)), {"x": None, "y": [1, 2]}),
    ],
)
def test_each_kind_of_value_becomes_plain_json(value: Any, expected: Any) -> None:
    found = jsonable(value)
    assert found == expected
    assert type(found) is type(expected)


LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.binary(max_size=8)
    | st.floats(width=32).map(np.float32) | st.datetimes() | st.frozensets(st.integers() | st.text())
)  # fmt: skip


@given(
    st.recursive(LEAVES, lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner))
)
def test_anything_is_written_and_read_back_as_it_is(value: Any) -> None:
    plain = jsonable({"value": value})
    written = dumps(plain)
    written.encode("utf-8")
    assert json.loads(written) == plain
    assert jsonable(plain) == plain


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_a_narrow_float_keeps_its_value(value: float) -> None:
    assert np.float32(jsonable(np.float32(value))) == np.float32(value)


def test_a_document_with_nan_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        dumps({"value": math.nan})


def test_a_finding_is_written_whole() -> None:
    finding = Finding(
        "2 of 3 rows",
        columns=("age", 3),
        rows=(0, 5),
        row_count=2,
        evidence={"share": np.float32(0.5), "table": {"columns": ["a"], "rows": [(np.int64(1),)]}},
        confidence=float("nan"),
        figure={"kind": "bars", "items": ()},
        splits=("train",),
        why="w",
        fix="f",
        place="p",
        locations=(Location("a.csv", 2),),
        rule="NRM106",
        name="near-zero-std",
    )
    assert finding_document(finding, "amplifies noise") == {
        "rule": "NRM106",
        "name": "near-zero-std",
        "severity": "note",
        "message": "2 of 3 rows",
        "splits": ["train"],
        "columns": ["age", 3],
        "rows": [0, 5],
        "row_count": 2,
        "locations": [{"file": "a.csv", "line": 2}],
        "evidence": {"share": 0.5, "table": {"columns": ["a"], "rows": [[1]]}},
        "confidence": None,
        "why": "w",
        "fix": "f",
        "fingerprint": finding.fingerprint,
        "place": "p",
        "consequence": "amplifies noise",
        "figure": {"kind": "bars", "items": []},
        "new": True,
    }


def test_a_check_is_written_with_its_rules_own_severity() -> None:
    outcome = Outcome("LAB106", "label-noise", None, Status.SKIPPED, reason="no target", seconds=0.12345678)
    assert check_document(outcome, Severity.WARNING) == {
        "rule": "LAB106",
        "name": "label-noise",
        "split": None,
        "status": "skipped",
        "reason": "no target",
        "measured": None,
        "seconds": 0.123457,
        "severity": "warning",
    }
