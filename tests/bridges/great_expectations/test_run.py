"""Suites run on data: every answer of Great Expectations told in plain values, and nothing else touched."""

from __future__ import annotations

import json
import os
import socket
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import dataaudit
from dataaudit.bridges.great_expectations import read_suite, run_suite
from dataaudit.bridges.great_expectations.frames import frame_of
from dataaudit.errors import ConfigError, SourceError
from dataaudit.loaders import load
from dataaudit.model import Severity
from dataaudit.model.expectations import Expected, SuiteRun
from tests.build import images, table

AGES = pd.DataFrame({"age": [20.0, 30.0, np.nan, 300.0, 400.0], "city": ["a", "b", "a", None, "c"], 3: range(5)})


def suite(*expectations: tuple[str, dict[str, Any]], **rest: Any) -> dict[str, Any]:
    return {"name": "house", "expectations": [{"type": f"expect_{t}", "kwargs": kw, **rest} for t, kw in expectations]}


def run(*expectations: tuple[str, dict[str, Any]], frame: Any = AGES, **rest: Any) -> SuiteRun:
    return run_suite(suite(*expectations, **rest), load(frame).sources["train"])


def only(*expectations: tuple[str, dict[str, Any]], **rest: Any) -> Expected:
    (result,) = run(*expectations, **rest).results
    return result


# ---------------------------------------------------------------- results


def test_rows_that_fail_are_positions_whatever_the_index() -> None:
    frame = AGES.set_index(pd.Index(list("vwxyz")))
    result = only(("column_values_to_be_between", {"column": "age", "max_value": 90}), frame=frame)
    assert (result.met, result.rows, result.row_count, result.of_rows) == (False, (3, 4), 2, 4)
    assert (result.values, result.columns, result.settings) == ((300.0, 400.0), ("age",), {"max_value": 90})


def test_missing_cells_are_judged_where_they_are_the_question() -> None:
    result = only(("column_values_to_not_be_null", {"column": "city"}))
    assert (result.met, result.rows, result.row_count, result.of_rows) == (False, (3,), 1, 5)


def test_an_aggregate() -> None:
    result = only(("column_mean_to_be_between", {"column": "age", "max_value": 90}), severity="info")
    assert (result.met, result.observed, result.severity, result.rows) == (False, 187.5, Severity.NOTE, ())


def test_results_stand_in_the_order_of_the_suite_with_their_columns() -> None:
    results = run(
        ("column_mean_to_be_between", {"column": "age", "max_value": 90}),
        ("table_row_count_to_equal", {"value": 5}),
        ("column_values_to_be_unique", {"column": "3"}),
        ("column_values_to_be_unique", {"column": "nowhere"}),
        ("column_pair_values_a_to_be_greater_than_b", {"column_A": "age", "column_B": "3"}),
        ("compound_columns_to_be_unique", {"column_list": ["age", "city"]}),
    ).results
    assert [r.met for r in results] == [False, True, True, False, False, True]
    assert [r.columns for r in results] == [("age",), (), (3,), (), ("age", 3), ("age", "city")]
    assert results[3].absent == ("nowhere",)


def test_columns_that_differ_are_told() -> None:
    result = only(("table_columns_to_match_set", {"column_set": ["age", "city", "height"]}))
    assert result.observed == {"unexpected": ["3"], "missing": ["height"]}


def test_the_same_expectation_twice_gives_two_results() -> None:
    twice = ("column_values_to_be_unique", {"column": "city"})
    assert [r.row_count for r in run(twice, twice).results] == [2, 2]


@pytest.mark.parametrize(
    ("expectation", "reason"),
    [
        (("nonsense", {}), "ExpectationNotFoundError"),
        (("column_mean_to_be_between", {"column": "city", "min_value": 1}), "string dtype"),
        (("column_mean_to_be_between", {"column": "age", "min_value": 1, "wrong": 2}), "extra fields not permitted"),
        (("column_values_to_match_regex", {"column": "city", "regex": "("}), "missing )"),
    ],
)
def test_what_cannot_be_run_is_told_and_ends_no_other(expectation: Any, reason: str) -> None:
    results = run(expectation, ("table_row_count_to_equal", {"value": 5})).results
    assert [r.met for r in results] == [None, True]
    assert reason in results[0].reason
    assert "\n" not in results[0].reason
    assert "Traceback" not in results[0].reason


def test_the_users_frame_stays_as_it_was() -> None:
    frame = AGES.copy()
    run(("column_values_to_be_between", {"column": "age", "max_value": 90}), frame=frame)
    pd.testing.assert_frame_equal(frame, AGES)
    assert list(frame.columns) == ["age", "city", 3]


# ---------------------------------------------------------------- frames


def test_rows_of_files_get_the_types_that_pandas_gives_them(tmp_path: Path) -> None:
    gaps: list[Any] = [None, *range(49)]
    flags: list[Any] = [None, *[True, False] * 24, True]
    frame = table(n=50).assign(gap=pd.Series(gaps), flag=pd.Series(flags))
    frame.to_parquet(tmp_path / "t.parquet")
    read = frame_of(load(tmp_path / "t.parquet").sources["train"])
    for name in frame.columns:
        same = read[name].astype(object).where(read[name].notna(), None).tolist()
        assert same == frame[name].astype(object).where(frame[name].notna(), None).tolist(), name
    kinds = {name: read[name].dtype.kind for name in ("age", "rooms", "active", "joined", "gap", "flag")}
    assert kinds == {"age": "f", "rooms": "i", "active": "b", "joined": "M", "gap": "f", "flag": "O"}
    assert read["city"].dtype == "str"


def test_arrays_and_targets_are_columns() -> None:
    read = frame_of(load((np.arange(6.0).reshape(3, 2), np.array([1, 0, 1]))).sources["train"])
    assert read.to_dict("list") == {"0": [0.0, 2.0, 4.0], "1": [1.0, 3.0, 5.0], "y": [1, 0, 1]}


def test_pictures_have_no_columns() -> None:
    with pytest.raises(SourceError, match="the rows of this data are pictures"):
        run(("table_row_count_to_equal", {"value": 5}), frame=images())


# ---------------------------------------------------------------- suites


def test_a_suite_from_before_version_1(tmp_path: Path) -> None:
    old = {
        "expectation_suite_name": "old", "data_asset_type": None, "meta": {"great_expectations_version": "0.18"},
        "expectations": [{"expectation_type": "expect_table_row_count_to_equal", "kwargs": {"value": 4}, "meta": {}}],
    }  # fmt: skip
    (tmp_path / "old.json").write_text(json.dumps(old), encoding="utf-8")
    report = dataaudit.validate(AGES, tmp_path / "old.json", jobs=1)
    assert [f.message for f in report.findings] == ["expected table row count to equal (value 4): observed 5"]
    assert report.verdict == "fail"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (42, "found int, expected a suite"),
        ({}, "it needs a name and a list of expectations"),
        ({"name": "x", "expectations": []}, "holds no expectation"),
        ({"name": "x", "expectations": [3]}, "expectation 1 is a int"),
        ({"name": "x", "expectations": [{"type": 3}]}, "expectation 1 has no type"),
        ({"name": "x", "expectations": [{"type": "a", "severity": "loud"}]}, "severity 'loud', expected critical"),
    ],
)
def test_what_is_no_suite(given: Any, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        read_suite(given)


@pytest.mark.parametrize("content", [b"", b"[1", b"\xff\xfe", b"[" * 100_000])
def test_a_file_that_holds_no_suite(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "s.json").write_bytes(content)
    with pytest.raises(SourceError, match=r"s\.json: no JSON"):
        read_suite(tmp_path / "s.json")
    with pytest.raises(SourceError, match="cannot be read"):
        read_suite(tmp_path)


# ---------------------------------------------------------------- within an audit


def test_an_audit_with_a_suite_tells_both() -> None:
    train = table(n=60).assign(constant=1)
    rows = suite(("column_values_to_be_between", {"column": "age", "min_value": 1e6}), severity="warning")
    report = dataaudit.audit(train, train.head(10), suite=rows, select=["EXP101", "INP"], jobs=1)
    assert {check.rule[:3] for check in report.checks} == {"EXP", "INP"}
    (finding,) = [f for f in report.findings if f.rule == "EXP101"]
    assert (finding.severity, finding.splits, finding.row_count) == (Severity.WARNING, ("train",), 60)
    assert report.document["provenance"]["config"]["suite"] == "house"


def test_a_crash_is_a_check_that_crashed() -> None:
    report = dataaudit.validate(AGES, suite(("nonsense", {})), jobs=1)
    (check,) = report.checks
    assert check.status == "crashed"
    assert "1 of 1 expectation could not be run: expected nonsense: ExpectationNotFoundError" in str(check.reason)


def test_without_a_suite_nothing_is_validated() -> None:
    with pytest.raises(ConfigError, match="There is no suite"):
        dataaudit.validate(AGES, None)


def test_the_users_own_context_stays_the_current_one() -> None:
    from dataaudit.bridges.great_expectations.loading import library, quiet

    gx = library()
    with quiet():
        mine = gx.get_context(mode="ephemeral")
    run(("table_row_count_to_equal", {"value": 5}))
    from great_expectations.data_context.data_context.context_factory import project_manager

    assert project_manager.get_current_project() is mine


def test_no_socket_is_opened_and_analytics_are_off(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    asked: list[Any] = []

    def refuse(*arguments: Any, **keywords: Any) -> None:
        asked.append(arguments)
        raise OSError("no network here")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    made = dataaudit.suite_from(dataaudit.profile_of(table(n=60), jobs=1))
    assert dataaudit.validate(table(n=60), made, jobs=1).verdict == "pass"
    assert asked == []
    assert os.environ["GX_ANALYTICS_ENABLED"] == "false"
    assert capsys.readouterr().out == ""
    assert "great_expectations" in sys.modules
