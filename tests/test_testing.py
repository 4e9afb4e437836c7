"""assert_clean: what stops a test, and what it says."""

from __future__ import annotations

import unittest

import pytest

import dataaudit as package
from dataaudit.errors import FindingsError
from dataaudit.report import Report
from dataaudit.testing import HINT, assert_clean
from tests.build import table
from tests.report import documents


def report(*severities: str, crashed: int = 0) -> Report:
    """Return a report with one finding a severity, numbered, and some crashed checks."""
    findings = [
        documents.finding(f"LAB{100 + i}", severity, f"finding {i}", rows=[i], row_count=1)
        for i, severity in enumerate(severities)
    ]
    checks = [documents.check(f"INP{100 + i}", "crashed", reason="ZeroDivisionError: x") for i in range(crashed)]
    return Report(documents.base(findings=findings, checks=checks), [], [])


@pytest.mark.parametrize(
    ("severities", "fail_on", "stops_at"),
    [
        ((), "note", 0),
        (("warning", "note"), "error", 0),
        (("error", "warning", "note"), "never", 0),
        (("error", "warning", "note"), "error", 1),
        (("error", "warning", "note"), "warning", 2),
        (("error", "warning", "note"), "note", 3),
    ],
)
def test_it_stops_at_the_severity_that_was_asked_for(severities: tuple[str, ...], fail_on: str, stops_at: int) -> None:
    audited = report(*severities)
    blocking = audited.blocking(fail_on)
    assert [finding["severity"] for finding in blocking] == list(severities[:stops_at])
    if not stops_at:
        assert_clean(audited, fail_on)
        return
    with pytest.raises(FindingsError) as caught:
        assert_clean(audited, fail_on)
    assert caught.value.message.count("\n") == stops_at
    assert caught.value.hint == HINT


def test_it_says_what_and_where() -> None:
    found = documents.finding(
        "LEA110", "error", "3 rows\nof \x1b[31mtest", locations=[{"file": "data/test.csv", "line": 7}]
    )
    with pytest.raises(FindingsError) as caught:
        assert_clean(Report(documents.base(findings=[found], checks=[]), [], []))
    name = documents.base()["dataset"]["name"]
    assert caught.value.message.splitlines() == [
        f"{name}: 1 error",
        r"  data/test.csv:7: error LEA110 lea110-defect: 3 rows\nof \x1b[31mtest",
    ]


def test_ten_are_shown_and_the_others_counted() -> None:
    with pytest.raises(FindingsError) as caught:
        assert_clean(report(*["error"] * 12))
    lines = caught.value.message.splitlines()
    assert len(lines) == 12
    assert lines[-1] == "  and 2 more findings"


def test_a_crashed_rule_is_never_clean() -> None:
    with pytest.raises(FindingsError) as caught:
        assert_clean(report("note", crashed=1), "never")
    assert caught.value.message.splitlines()[1:] == ["  crashed: INP100 ZeroDivisionError: x"]


def test_test_runners_count_a_failure_and_no_error() -> None:
    class Case(unittest.TestCase):
        def test_data(self) -> None:
            assert_clean(report("error"))

    result = unittest.TestResult()
    Case("test_data").run(result)
    assert (len(result.failures), len(result.errors)) == (1, 0)


def test_a_severity_that_does_not_exist() -> None:
    with pytest.raises(ValueError, match="not 'errors'"):
        assert_clean(report(), "errors")


def test_real_data() -> None:
    frame = table(300)
    assert_clean(package.audit(frame, target="y", probe=False), "warning")
    frame["same"] = 7.0
    with pytest.raises(AssertionError, match="warning NRM105 constant-feature"):
        package.assert_clean(package.audit(frame, target="y", probe=False), "warning")
