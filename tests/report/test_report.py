"""Report: the object that `audit` returns."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from dataaudit.errors import FindingsError, OutputError, SourceError
from dataaudit.model import Finding, Location, Outcome, Severity, Status
from dataaudit.report import Report, load
from dataaudit.report.json import check_document, finding_document
from tests.report import documents


def loaded(document: documents.Document, tmp_path: Path) -> Report:
    Report(document, [], []).save(tmp_path / "report.json")
    return load(tmp_path / "report.json")


def test_saving_and_loading_keeps_findings_and_checks(tmp_path: Path) -> None:
    findings = [
        Finding(
            "2 rows",
            columns=("age", 3),
            rows=(1, "a/b.jpg"),
            row_count=9,
            evidence={"n": 2},
            confidence=0.5,
            figure={"kind": "bars", "items": []},
            severity=Severity.ERROR,
            splits=("train",),
            why="w",
            fix="f",
            place="p",
            locations=(Location("a.csv", 3),),
            rule="INP101",
            name="missing-values",
        ),
        Finding("all", severity=Severity.NOTE, splits=("train", "test"), rule="LEA101", name="scaler-fit-on-all"),
    ]
    checks = [
        Outcome("INP101", "missing-values", "train", Status.FOUND, None, "9 rows", 0.25, (findings[0],)),
        Outcome("INP101", "missing-values", "test", Status.CLEAN),
        Outcome("LEA101", "scaler-fit-on-all", None, Status.FOUND, findings=(findings[1],)),
        Outcome("LAB106", "label-noise", None, Status.SKIPPED, "no target"),
    ]
    document = documents.base(
        verdict="fail",
        findings=[finding_document(finding, "hurts") for finding in findings],
        checks=[check_document(check, Severity.WARNING) for check in checks],
    )
    report = loaded(document, tmp_path)
    assert report.findings == findings
    assert [f.fingerprint for f in report.findings] == [f.fingerprint for f in findings]
    assert report.checks == checks
    assert report.document == document
    assert report.profile is None


def test_a_loaded_report_renders_the_same(tmp_path: Path) -> None:
    first = Report(documents.rich(), [], [])
    second = loaded(documents.rich(), tmp_path)
    assert second.to_html() == first.to_html()
    assert second.to_markdown() == first.to_markdown()
    assert second.to_text(80) == first.to_text(80)
    assert second.to_json() == first.to_json()


def test_json_is_the_document(tmp_path: Path) -> None:
    report = Report(documents.rich(), [], [])
    written = report.to_json(tmp_path / "r.json")
    assert json.loads(written) == documents.rich()
    assert (tmp_path / "r.json").read_text(encoding="utf-8") == written


def test_html_is_written_where_asked(tmp_path: Path) -> None:
    report = Report(documents.passing(), [], [])
    page = report.to_html(tmp_path / "new" / "r.html")
    assert (tmp_path / "new" / "r.html").read_text(encoding="utf-8") == page
    with pytest.raises(OutputError):
        report.to_html(tmp_path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "not a report, as it is no JSON"),
        ("[" * 100_000, "not a report, as it is no JSON"),
        ("[]", "no schema is named"),
        ('{"schema": "dataaudit.report/9"}', "its schema is 'dataaudit.report/9', expected 'dataaudit.report/1'"),
        ('{"schema": "dataaudit.report/1"}', "a damaged report"),
        ('{"schema": "dataaudit.report/1", "findings": [{"message": 1}], "checks": []}', "a damaged report"),
        ('{"schema": "dataaudit.report/1", "findings": 7, "checks": []}', "a damaged report"),
    ],
)
def test_what_is_no_report_is_refused_in_one_line(tmp_path: Path, content: str, words: str) -> None:
    (tmp_path / "r.json").write_text(content)
    with pytest.raises(SourceError) as caught:
        load(tmp_path / "r.json")
    assert words in caught.value.message
    assert "\n" not in caught.value.message
    assert caught.value.hint


def test_a_missing_or_binary_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such file"):
        load(tmp_path / "none.json")
    (tmp_path / "b.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SourceError, match="no JSON"):
        load(tmp_path / "b.json")


def test_the_frame_has_one_row_a_finding() -> None:
    document = documents.rich()
    frame = Report(document, [], []).to_frame()
    assert list(frame.columns) == [
        "rule",
        "name",
        "severity",
        "message",
        "splits",
        "columns",
        "rows",
        "row_count",
        "confidence",
        "fingerprint",
        "new",
        "why",
        "fix",
    ]
    assert len(frame) == len(document["findings"]) == 18
    assert frame["severity"].tolist() == ["error"] * 3 + ["warning"] * 4 + ["note"] * 11
    assert frame.loc[4, "columns"] == [0, 1, 2]
    assert frame.loc[2, "row_count"] == 687


def test_a_report_without_findings_gives_an_empty_frame_with_its_columns() -> None:
    frame = Report(documents.passing(), [], []).to_frame()
    assert isinstance(frame, pd.DataFrame)
    assert frame.shape == (0, 13)


@pytest.mark.parametrize(("fail_on", "stops"), [("error", False), ("warning", True), ("note", True), ("never", False)])
def test_it_stops_at_findings_of_the_severity_asked_for(fail_on: str, stops: bool) -> None:
    report = Report(documents.wide(3, 2, 5), [], [])  # five warnings
    if not stops:
        report.raise_for_findings(fail_on)
        return
    with pytest.raises(FindingsError) as caught:
        report.raise_for_findings(fail_on)
    assert "5 warnings" in caught.value.message
    assert "NRM105 Finding 0" in caught.value.message
    assert "and 2 more" in caught.value.message


def test_an_unknown_severity_is_a_wrong_argument() -> None:
    with pytest.raises(ValueError, match="'fatal'"):
        Report(documents.passing(), [], []).raise_for_findings("fatal")


def test_it_prints_short() -> None:
    assert repr(Report(documents.passing(), [], [])) == "<Report clean: pass, no findings>"
    report = Report(documents.rich(), [], [])
    assert repr(report) == "<Report <script>alert(1)</script>: fail, 3 errors, 4 warnings, 11 notes>"
    assert report.verdict == "fail"
