"""Baselines: what is new, what is worse, what was fixed; and files that are none."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dataaudit.baseline import Baseline, Known, compare, read, write
from dataaudit.errors import OutputError, SourceError
from dataaudit.model import Finding, Outcome, Severity, Status


def found(rule: str = "INP101", severity: Severity = Severity.WARNING, **parts: Any) -> Finding:
    """Return a finding as the engine completes it."""
    given = {"columns": ("age",), "splits": ("train",), **parts}
    return Finding("something", rule=rule, name="defect", severity=severity, **given)


def entry(finding: Finding, **parts: Any) -> Known:
    """Return a finding as a baseline holds it."""
    known = Known(
        finding.rule, finding.name, finding.severity or Severity.NOTE, finding.fingerprint, finding.columns,
        finding.splits, finding.row_count, replace(finding, columns=()).fingerprint,
    )  # fmt: skip
    return replace(known, **parts)


def check(*findings: Finding, rule: str = "INP101", status: Status = Status.FOUND, split: str | None = None) -> Outcome:
    """Return how a check ended."""
    return Outcome(rule, "defect", split, status, findings=findings)


def against(*known: Known) -> Baseline:
    """Return a baseline of some findings."""
    return Baseline("base.json", known)


def test_a_known_finding_is_known_by_its_fingerprint_whatever_it_says() -> None:
    now = replace(found(), message="other numbers", row_count=9)
    compared = compare(against(entry(found())), [check(now)])
    assert compared.known == {now.fingerprint}
    assert (compared.worse, compared.fixed, compared.unchecked) == ({}, (), ())


def test_another_column_is_new_and_the_one_before_is_fixed() -> None:
    now = found(columns=("fare",))
    compared = compare(against(entry(found())), [check(now)])
    assert compared.known == frozenset()
    assert [known.columns for known in compared.fixed] == [("age",)]


def test_fewer_columns_of_the_same_place_are_known() -> None:
    few, many = found(columns=("age", "fare")), found(columns=("age", "fare", "deck"))
    compared = compare(against(entry(many)), [check(few)])
    assert compared.known == {few.fingerprint}
    assert compared.fixed == ()
    elsewhere = replace(few, splits=("test",))
    assert compare(against(entry(many)), [check(elsewhere)]).known == frozenset()


def test_further_columns_are_new_and_said_to_be() -> None:
    few, many = found(columns=("age", "fare")), found(columns=("fare", "deck", "age", "a", "b", "c"))
    compared = compare(against(entry(few)), [check(many)])
    assert compared.known == frozenset()
    assert compared.fixed == ()
    assert compared.worse == {many.fingerprint: "now also about deck, a, b and 1 more"}


def test_two_known_findings_that_are_reported_as_one_are_known() -> None:
    age, fare, both = found(), found(columns=("fare",)), found(columns=("age", "fare"))
    compared = compare(against(entry(age), entry(fare)), [check(both)])
    assert compared.known == {both.fingerprint}
    assert compared.fixed == ()


def test_a_higher_severity_is_new_and_a_lower_one_is_known() -> None:
    warning, error = found(), found(severity=Severity.ERROR)
    worse = compare(against(entry(warning)), [check(error)])
    assert worse.known == frozenset()
    assert worse.worse == {error.fingerprint: "was a warning"}
    assert compare(against(entry(error)), [check(warning)]).known == {warning.fingerprint}


@pytest.mark.parametrize(
    ("severity", "confidence", "was", "now", "new"),
    [
        (Severity.ERROR, None, 3, 4, True),
        (Severity.ERROR, None, 3, 3, False),
        (Severity.ERROR, None, 3, 2, False),
        (Severity.ERROR, None, 0, 4, False),  # it was not about rows
        (Severity.ERROR, 0.99, 3, 4, False),  # an estimate moves with the seed
        (Severity.WARNING, None, 3, 4, False),  # grows with the data
    ],
)
def test_one_more_row_of_an_exact_error_is_new(
    severity: Severity, confidence: float | None, was: int, now: int, new: bool
) -> None:
    finding = found(severity=severity, confidence=confidence, row_count=now)
    compared = compare(against(entry(finding, row_count=was)), [check(finding)])
    assert (finding.fingerprint not in compared.known) is new
    assert compared.worse == ({finding.fingerprint: f"was {was} rows, is {now}"} if new else {})


@pytest.mark.parametrize("status", [Status.CLEAN, Status.NOT_APPLICABLE])
def test_what_was_looked_for_and_is_gone_is_fixed(status: Status) -> None:
    compared = compare(against(entry(found())), [check(status=status)])
    assert [known.rule for known in compared.fixed] == ["INP101"]
    assert compared.unchecked == ()


@pytest.mark.parametrize(
    "outcomes", [[], [check(status=Status.SKIPPED)], [check(status=Status.CRASHED)], [check(rule="LAB101")]]
)
def test_what_was_not_looked_for_is_not_fixed(outcomes: list[Outcome]) -> None:
    compared = compare(against(entry(found())), outcomes)
    assert compared.fixed == ()
    assert [known.rule for known in compared.unchecked] == ["INP101"]


def test_another_split_that_was_skipped_does_not_matter() -> None:
    outcomes = [check(status=Status.CLEAN, split="train"), check(status=Status.SKIPPED, split="test")]
    assert len(compare(against(entry(found())), outcomes).fixed) == 1


def test_what_was_set_aside_is_neither_new_nor_fixed() -> None:
    finding = found()
    compared = compare(against(entry(finding)), [check()], {finding.fingerprint})
    assert (compared.known, compared.fixed, compared.unchecked) == (frozenset(), (), ())


# ---------------------------------------------------------------- files


def item(finding: Finding, **parts: Any) -> dict[str, Any]:
    """Return a finding as a report's document has it, the keys that a baseline reads."""
    return {
        "rule": finding.rule,
        "name": finding.name,
        "severity": str(finding.severity),
        "message": "values of the data: secret",
        "fingerprint": finding.fingerprint,
        "columns": list(finding.columns),
        "splits": list(finding.splits),
        "place": finding.place,
        "row_count": finding.row_count,
        "evidence": {"value": "secret"},
        **parts,
    }


def test_what_is_written_is_read_again_without_values_one_line_a_finding(tmp_path: Path) -> None:
    path = tmp_path / "base.json"
    findings = [found("LAB101"), found(columns=(3, "ünï")), found(place="secret")]
    write(map(item, findings), path)
    again = read(path)
    assert again.name == "base.json"
    assert [known.rule for known in again.findings] == ["INP101", "INP101", "LAB101"]
    assert set(again.findings) == set(map(entry, findings))
    text = path.read_text(encoding="utf-8")
    assert "secret" not in text
    assert text.count("\n") == 2 + len(findings) + 1


def test_nothing_found_is_a_baseline_too(tmp_path: Path) -> None:
    path = tmp_path / "base.json"
    write([], path)
    assert read(path).findings == ()


def test_a_byte_order_mark_of_an_editor_is_no_damage(tmp_path: Path) -> None:
    path = tmp_path / "base.json"
    write([], path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert read(path).findings == ()


def test_a_report_is_a_baseline_what_it_set_aside_included(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    document = {"schema": "dataaudit.report/1", "findings": [item(found())], "suppressed": [item(found("LAB101"))]}
    path.write_text(json.dumps(document), encoding="utf-8")
    assert [known.rule for known in read(str(path)).findings] == ["INP101", "LAB101"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", r"base\.json: not a baseline, as it is no JSON \(.*\)\.\n  Give a report"),
        (b"\xff\xfe{}", r"base\.json: not a baseline, as it is no JSON"),
        (b"[" * 100_000, r"base\.json: not a baseline, as it is no JSON"),
        (b"[]", r"base\.json: not a baseline: no schema is named, expected 'dataaudit\.report/1' or"),
        (b'{"schema": "other"}', r"base\.json: not a baseline: its schema is 'other', expected"),
        (b'{"schema": "dataaudit.baseline/1"}', r"base\.json: a damaged baseline \(KeyError: 'findings'\)\."),
        (
            b'{"schema": "dataaudit.baseline/1", "findings": [{}]}',
            r"a damaged baseline \(KeyError: 'rule'\)",
        ),
        (b'{"schema": "dataaudit.baseline/1", "findings": 3}', r"base\.json: a damaged baseline \(TypeError"),
    ],
)
def test_a_file_that_is_no_baseline_is_refused(tmp_path: Path, content: bytes, expected: str) -> None:
    path = tmp_path / "base.json"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=expected):
        read(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"none\.json: the baseline cannot be read \(no such file or directory\)\."):
        read(tmp_path / "none.json")


def test_what_is_neither_a_file_nor_a_report_is_refused() -> None:
    with pytest.raises(SourceError, match=r"The baseline is of type int, expected a file or a report\."):
        read(3)


def test_a_folder_that_is_not_there_is_an_error_of_output(tmp_path: Path) -> None:
    target = tmp_path / "file" / "base.json"
    target.parent.write_text("", encoding="utf-8")
    with pytest.raises(OutputError):
        write([], target)
