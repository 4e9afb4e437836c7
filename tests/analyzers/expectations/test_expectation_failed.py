"""EXP101: how what a suite says becomes findings."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

from dataaudit import engine
from dataaudit.analyzers.expectations.expectation_failed import ExpectationFailed
from dataaudit.model import Outcome, Severity, Status
from dataaudit.model.expectations import Expected, SuiteRun
from dataaudit.profile import Profile
from tests.build import table
from tests.laws import answers_honestly

MEAN = "expect_column_mean_to_be_between"
RANGE = "expect_column_values_to_be_between"


@pytest.fixture(autouse=True)
def _without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make sure that judging needs plain values alone."""
    monkeypatch.setitem(sys.modules, "great_expectations", None)


@pytest.fixture(scope="module")
def facts() -> Profile:
    from dataaudit.api import profile_of

    return profile_of(table(n=30), jobs=1)


def told(facts: Profile, *results: Expected) -> Outcome:
    views = engine.views(facts, suite=SuiteRun("house", "train", results))
    (outcome,) = engine.judge([ExpectationFailed()], views)
    if outcome.status is not Status.CRASHED:
        answers_honestly(outcome, views)
    return outcome


def expected(
    kind: str = MEAN, met: bool | None = False, severity: Severity = Severity.WARNING, **rest: Any
) -> Expected:
    return Expected(kind, severity, met, **{"columns": ("age",), **rest})


def test_without_a_suite(facts: Profile) -> None:
    (outcome,) = engine.judge([ExpectationFailed()], engine.views(facts))
    assert (outcome.status, outcome.reason) == (Status.NOT_APPLICABLE, "no suite of expectations was given")


def test_all_met(facts: Profile) -> None:
    outcome = told(facts, expected(met=True), expected(RANGE, met=True))
    assert (outcome.status, outcome.measured) == (Status.CLEAN, "2 expectations of the suite 'house' on train")


def test_an_aggregate_that_is_off(facts: Profile) -> None:
    outcome = told(facts, expected(settings={"min_value": 30.0, "max_value": 50.5}, observed=41_234.0, notes="Years."))
    (finding,) = outcome.findings
    assert finding.message == "'age': column mean to be between (min_value 30, max_value 50.5): observed 41,234"
    assert (finding.severity, finding.splits, finding.rows) == (Severity.WARNING, ("train",), ())
    assert finding.fix == "The suite says: Years."
    assert finding.evidence["table"]["rows"] == [
        ["expected: min_value", 30.0], ["expected: max_value", 50.5], ["observed", 41_234.0],
    ]  # fmt: skip


def test_rows_that_fail(facts: Profile) -> None:
    outcome = told(
        facts,
        expected(
            RANGE, settings={"max_value": 90, "mostly": 0.9}, rows=(3, 7), row_count=2, of_rows=25, values=(200.0,)
        ),
    )
    (finding,) = outcome.findings
    assert (
        finding.message == "'age': column values to be between (max_value 90, mostly 0.9): 2 of 25 values (8 %) are not"
    )
    assert (finding.rows, finding.row_count) == ((3, 7), 2)
    assert finding.evidence["unexpected values"] == (200.0,)


def test_values_of_the_data_stay_out_of_the_message(facts: Profile) -> None:
    outcome = told(
        facts,
        expected("expect_column_distinct_values_to_be_in_set", settings={"value_set": ["secret"]}, observed=["hidden"]),
    )
    assert (
        outcome.findings[0].message
        == "'age': column distinct values to be in set (value_set of 1): observed a list of 1"
    )


def test_columns_that_are_not_there_are_told_once_each(facts: Profile) -> None:
    outcome = told(
        facts,
        expected(RANGE, columns=(), absent=("height",)),
        expected(MEAN, columns=(), absent=("height",), severity=Severity.ERROR),
        expected(MEAN, columns=(), absent=("width",), severity=Severity.NOTE),
    )
    assert [(f.message, f.severity) for f in outcome.findings] == [
        ("There is no column 'height', of which the suite 'house' expects 2 things", Severity.ERROR),
        ("There is no column 'width', of which the suite 'house' expects 1 thing", Severity.NOTE),
    ]


def test_columns_missing_and_unexpected_are_named(facts: Profile) -> None:
    seen = {"unexpected": ["b"], "missing": ["a"]}
    outcome = told(facts, expected("expect_table_columns_to_match_set", columns=(), observed=seen))
    assert outcome.findings[0].message == "expected table columns to match set: observed missing 'a' and unexpected 'b'"


def test_two_that_differ_only_in_bounds_have_fingerprints_of_their_own(facts: Profile) -> None:
    outcome = told(facts, expected(settings={"min_value": 1}), expected(settings={"min_value": 2}))
    assert len({finding.fingerprint for finding in outcome.findings}) == 2


def test_an_exception_is_never_taken_for_met(facts: Profile) -> None:
    outcome = told(
        facts, expected(RANGE, row_count=1, of_rows=2), expected(met=None, columns=("city",), reason="no mean")
    )
    assert outcome.status is Status.CRASHED
    assert "1 of 2 expectations could not be run: 'city': column mean to be between: no mean" in str(outcome.reason)
    assert len(outcome.findings) == 1


def test_what_cannot_be_run_on_a_column_that_is_refused_already_is_listed(facts: Profile) -> None:
    refused = expected("expect_column_values_to_be_of_type", severity=Severity.ERROR, observed="str")
    outcome = told(facts, refused, *[expected(met=None, reason="no mean")] * 4)
    assert outcome.status is Status.FOUND
    assert str(outcome.reason).endswith("and 1 more; these columns are refused already")
    assert told(facts, expected(), expected(met=None, reason="no mean")).status is Status.CRASHED


@pytest.mark.parametrize("observed", [None, True, "inf", "x" * 500, {"a": 1}, [1, 2], np.float64(3).item(), 0])
@pytest.mark.parametrize("settings", [{}, {"regex": "y" * 500}, {"strict_min": True, "value_set": [], "n": None}])
def test_whatever_was_observed_is_told_in_a_short_sentence(facts: Profile, observed: Any, settings: Any) -> None:
    outcome = told(facts, expected(observed=observed, settings=settings))
    assert len(outcome.findings[0].message) < 200
