"""Baselines and suppressions from end to end: what a report says of them, and how a command ends."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from jsonschema import Draft202012Validator

import dataaudit
from dataaudit.errors import FindingsError
from dataaudit.report.report import Report
from tests.build import table
from tests.conftest import Run

RULES = ["INP101", "INP102", "NRM105", "LAB101", "SET"]
WHY = "agreed with the clinic"


def holed(columns: dict[str, int], n: int = 100) -> pd.DataFrame:
    """Return a table in which some values of some columns are missing."""
    frame = table(n)
    for column, holes in columns.items():
        frame.loc[: holes - 1, column] = None
    return frame


def audit(frame: pd.DataFrame, **keywords: Any) -> Report:
    """Return the report of a few rules."""
    return dataaudit.audit(frame, target="y", select=RULES, probe=False, jobs=1, **keywords)


def schema_errors(report: Report) -> list[str]:
    """Return what the published schema has against a report."""
    schema = json.loads((Path(dataaudit.__file__).parent / "report" / "schema.json").read_text(encoding="utf-8"))
    return [error.message for error in Draft202012Validator(schema).iter_errors(report.document)]


# ---------------------------------------------------------------- suppressions


def test_a_finding_set_aside_does_not_count_and_is_listed_with_its_reason() -> None:
    frame = holed({"age": 60})
    plain = audit(frame)
    assert plain.verdict == "fail"
    report = audit(frame, ignore=[{"rule": "INP101", "columns": ["age"], "reason": WHY, "until": "2999-01-01"}])
    assert (report.verdict, report.findings) == ("pass", [])
    assert [finding.rule for finding in report.suppressed] == ["INP101"]
    (aside,) = report.document["suppressed"]
    assert aside["fingerprint"] == plain.findings[0].fingerprint
    assert aside["suppression"] == {
        "rules": ["INP101"], "reason": WHY, "until": "2999-01-01", "origin": "ignore, entry 1",
    }  # fmt: skip
    assert {check["rule"]: check["reason"] for check in report.document["checks"] if check["status"] == "found"} == {
        "INP101": "its finding is accepted by the settings"
    }
    assert schema_errors(report) == []
    line = f"set aside  INP101 missing-values: age · train: {WHY} (until 2999-01-01)"
    assert line in report.to_text(width=200)
    assert WHY in report.to_markdown()
    assert WHY in report.to_html()


def test_a_suppression_of_something_else_changes_nothing_and_is_noted() -> None:
    frame = holed({"age": 60})
    report = audit(frame, ignore=[{"rule": "INP101", "columns": ["income"], "reason": WHY}])
    assert [finding.rule for finding in report.findings] == ["INP101", "SET102"]
    assert report.document["suppressed"] == []


def test_one_that_has_expired_is_reported_beside_what_it_hid() -> None:
    report = audit(holed({"age": 60}), ignore=[{"rule": "INP101", "reason": WHY, "until": "2020-12-31"}])
    assert [(finding.rule, finding.severity) for finding in report.findings] == [
        ("INP101", "error"),
        ("SET101", "warning"),
    ]


def test_a_day_to_come_still_holds() -> None:
    tomorrow = datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(1)
    report = audit(holed({"age": 60}), ignore=[{"rule": "INP101", "reason": WHY, "until": tomorrow}])
    assert report.findings == []


def test_suppressions_are_part_of_the_reports_settings() -> None:
    report = audit(holed({"age": 60}), ignore=[{"rule": "INP101", "columns": "age", "reason": WHY}])
    assert report.document["provenance"]["config"]["suppressions"] == [
        {"rules": ["INP101"], "reason": WHY, "columns": ["age"]}
    ]


# ---------------------------------------------------------------- baselines


def test_what_a_report_holds_already_is_known_and_does_not_count() -> None:
    frame = holed({"age": 60})
    before = audit(frame)
    report = audit(frame, baseline=before)
    assert (before.verdict, report.verdict) == ("fail", "pass")
    assert [(finding.rule, finding.new) for finding in report.findings] == [("INP101", False)]
    assert report.document["baseline"] == {
        "name": "a report", "known": 1, "new": 0, "worse": [], "fixed": [], "unchecked": [],
    }  # fmt: skip
    assert report.document["headline"] == "Nothing new that stands in the way"
    assert report.document["summary"].startswith("No alarm is new: 1 finding is as it was, ")
    report.raise_for_findings("note")
    assert report.to_frame()["new"].tolist() == [False]
    assert schema_errors(report) == []


def test_new_findings_come_first_and_decide_the_verdict() -> None:
    frame = holed({"age": 60})
    before = audit(frame)
    frame["flat"] = 1.0
    report = audit(frame, baseline=before)
    assert [(finding.rule, finding.columns, finding.new) for finding in report.findings] == [
        ("NRM105", ("flat",), True),
        ("INP101", ("age",), False),
    ]
    assert report.verdict == "warn"
    assert report.document["headline"] == "New warnings"
    assert repr(report) == "<Report data: warn, 1 warning>"
    report.raise_for_findings("error")
    with pytest.raises(FindingsError, match=r"^New warnings: 1 warning: NRM105"):
        report.raise_for_findings("warning")


def test_what_was_fixed_is_listed_and_what_was_not_looked_for_is_not() -> None:
    frame = holed({"age": 60})
    frame["flat"] = 1.0
    before = audit(frame)
    after = dataaudit.audit(table(100), target="y", select=["INP101"], probe=False, jobs=1, baseline=before)
    assert [known["rule"] for known in after.document["baseline"]["fixed"]] == ["INP101"]
    assert [known["rule"] for known in after.document["baseline"]["unchecked"]] == ["NRM105"]
    assert "fixed  INP101 missing-values: age" in after.to_text(width=200)
    assert "Baseline: 0 known and 0 new against a report, 1 finding fixed, 1 not looked for again." in after.to_html()


def test_one_that_grew_from_a_warning_to_an_error_is_new() -> None:
    before = audit(holed({"age": 20}))
    report = audit(holed({"age": 60}), baseline=before)
    assert [finding.new for finding in report.findings] == [True]
    assert report.document["baseline"]["worse"] == [
        {"fingerprint": report.findings[0].fingerprint, "said": "was a warning"}
    ]
    assert "worse  INP101 missing-values: was a warning" in report.to_text(width=200)


def test_a_report_with_a_baseline_is_read_again_as_it_was(tmp_path: Path) -> None:
    frame = holed({"age": 60})
    report = audit(
        frame, baseline=audit(frame), ignore=[{"rule": "NRM105", "reason": WHY}, {"rule": "INP102", "reason": WHY}]
    )
    report.save(tmp_path / "report.json")
    again = dataaudit.load(tmp_path / "report.json")
    assert again.document == report.document
    assert [finding.new for finding in again.findings] == [finding.new for finding in report.findings]
    assert again.to_html() == report.to_html()


# ---------------------------------------------------------------- the command line


@pytest.fixture
def holes(tmp_path: Path) -> Path:
    """Return a CSV file in which half of a column is missing."""
    holed({"age": 60}).to_csv(tmp_path / "data.csv", index=False)
    return tmp_path / "data.csv"


CHECK = ("check", "data.csv", "--target", "y", "--no-probe", "--select", ",".join(RULES))


def test_a_baseline_is_written_and_then_lets_the_same_data_pass(dataaudit: Run, holes: Path) -> None:
    first = dataaudit(*CHECK, "--write-baseline", "base.json")
    assert first.returncode == 1
    again = dataaudit(*CHECK, "--baseline", "base.json", "--fail-on", "warning")
    assert again.returncode == 0, again.stderr
    assert again.stdout.startswith("PASS  Nothing new that stands in the way: no new findings\n")
    assert "Baseline: 1 known and 0 new against base.json." in again.stdout
    frame = pd.read_csv(holes)
    frame["income"] = frame["income"].where(frame.index > 60)
    frame.to_csv(holes, index=False)
    worse = dataaudit(*CHECK, "--baseline", "base.json")
    assert worse.returncode == 1
    assert worse.stdout.startswith("FAIL  New errors: 1 error\n")


def test_a_baseline_may_be_renewed_in_its_place_and_no_other_file_be_overwritten(dataaudit: Run, holes: Path) -> None:
    base = holes.parent / "base.json"
    assert dataaudit(*CHECK, "--write-baseline", "base.json").returncode == 1
    before = base.read_bytes()
    assert dataaudit(*CHECK, "--baseline", "base.json", "--write-baseline", "base.json").returncode == 0
    assert base.read_bytes() == before
    refused = dataaudit(*CHECK, "--baseline", "base.json", "--html", "base.json")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "--html base.json would overwrite what --baseline reads." in refused.stderr
    assert base.read_bytes() == before


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, "error: base.json: the baseline cannot be read (no such file or directory).\n"),
        ("a,b\n1,2\n", "error: base.json: not a baseline, as it is no JSON"),
        ('{"schema": 1}', "error: base.json: not a baseline: its schema is '1', expected 'dataaudit.report/1'"),
    ],
)
def test_a_file_that_is_no_baseline_ends_the_command(
    dataaudit: Run, holes: Path, content: str | None, expected: str
) -> None:
    if content is not None:
        (holes.parent / "base.json").write_text(content, encoding="utf-8")
    ended = dataaudit(*CHECK, "--baseline", "base.json", "--html", "out.html")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith(expected)
    assert "Traceback" not in ended.stderr
    assert not (holes.parent / "out.html").exists()


SETTINGS = """
[[tool.dataaudit.ignore]]
rule = "missing-values"
columns = ["a*"]
reason = "agreed with the clinic"
"""


def test_suppressions_of_the_settings_file_are_in_force(dataaudit: Run, holes: Path) -> None:
    (holes.parent / "pyproject.toml").write_text(SETTINGS, encoding="utf-8")
    ended = dataaudit(*CHECK, "--format", "json")
    assert ended.returncode == 0, ended.stderr
    document = json.loads(ended.stdout)
    assert document["findings"] == []
    assert [finding["suppression"]["reason"] for finding in document["suppressed"]] == [WHY]
    assert document["suppressed"][0]["suppression"]["origin"].endswith("pyproject.toml: ignore, entry 1")


def test_a_suppression_without_a_reason_ends_the_command(dataaudit: Run, holes: Path) -> None:
    (holes.parent / "dataaudit.toml").write_text('[[ignore]]\nrule = "INP101"\n', encoding="utf-8")
    ended = dataaudit(*CHECK)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "ignore, entry 1 (INP101) has no reason, expected a sentence." in ended.stderr
