"""JUnit XML: a test for each check, which fails where the run fails."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from functools import cache
from typing import Any

import pytest
import xmlschema
from hypothesis import given, settings
from hypothesis import strategies as st

from dataaudit.report import junit
from tests.conftest import REPOSITORY
from tests.report import documents


@cache
def schema() -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(REPOSITORY / "tests/data/schemas/junit-10.xsd")


def rendered(document: documents.Document, **keywords: Any) -> ET.Element:
    """Return the root, having made sure that it is valid and that it counts right."""
    text = junit.render(document, **keywords)
    schema().validate(text)
    root = ET.fromstring(text)
    suites = root.findall("testsuite")
    for element in (root, *suites):
        cases = list(element.iter("testcase"))
        assert int(element.get("tests", "")) == len(cases)
        for tag, attribute in (("failure", "failures"), ("error", "errors")):
            assert int(element.get(attribute, "")) == sum(case.find(tag) is not None for case in cases)
    assert sum(int(suite.get("tests", "")) for suite in suites) == len(document["checks"])
    return root


def outcome(root: ET.Element, code: str) -> str:
    """Return how the one test of a rule ended."""
    (case,) = [case for case in root.iter("testcase") if case.get("name", "").startswith(code)]
    ended = {"failure", "error", "skipped"} & {part.tag for part in case}
    assert len(ended) <= 1
    return ended.pop() if ended else "passed"


@pytest.mark.parametrize("build", [documents.rich, documents.passing, documents.base, documents.wide, documents.shared])
def test_documents_of_every_kind_are_valid(build: Any) -> None:
    document = build()
    names = [(case.get("classname"), case.get("name")) for case in rendered(document).iter("testcase")]
    assert len(names) == len(document["checks"])


def every_outcome() -> documents.Document:
    findings = [
        documents.finding("INP101", "error", "An error.", rows=[1], row_count=1),
        documents.finding("INP102", "warning", "A warning."),
        documents.finding("INP103", "note", "A note."),
    ]
    checks = [
        documents.check("INP101", "found"),
        documents.check("INP102", "found"),
        documents.check("INP103", "found"),
        documents.check("INP104", "clean", measured="smallest std 0.02"),
        documents.check("INP105", "not-applicable", None, reason="no column holds text"),
        documents.check("INP106", "skipped", None, reason="too few rows"),
        documents.check("INP107", "crashed", None, reason="ValueError: no"),
    ]
    return documents.base(findings=findings, checks=checks)


@pytest.mark.parametrize(("fail_on", "failed"), [("error", 1), ("warning", 2), ("note", 3), ("never", 0)])
def test_a_test_fails_where_the_run_fails(fail_on: str, failed: int) -> None:
    root = rendered(every_outcome(), fail_on=fail_on)
    ended = [outcome(root, f"INP10{i}") for i in range(1, 8)]
    assert ended == ["failure"] * failed + ["passed"] * (3 - failed) + ["passed", "skipped", "skipped", "error"]


def test_what_does_not_fail_is_told_in_the_output() -> None:
    root = rendered(every_outcome())
    said = {case.get("name", "")[:6]: case.findtext("system-out") for case in root.iter("testcase")}
    assert said["INP101"] is None
    assert str(said["INP102"]).startswith("warning: A warning.\nWhere: train\n")
    assert str(said["INP103"]).startswith("note: A note.")
    assert said["INP104"] == "smallest std 0.02"


def test_reasons_are_told() -> None:
    root = rendered(every_outcome())
    said = [part.get("message") for part in root.iter("skipped")]
    assert said == ["not applicable: no column holds text", "skipped: too few rows"]
    assert [part.get("message") for part in root.iter("error")] == [
        "ValueError (what it says may hold values of the data)"
    ]
    (failure,) = root.iter("failure")
    assert (failure.get("type"), failure.get("message")) == ("error", "An error.")
    assert "Rows: 1" in str(failure.text)


def test_a_finding_belongs_to_the_check_of_its_split() -> None:
    findings = [documents.finding("INP101", "error", "In test.", splits=["test"])]
    checks = [documents.check("INP101", "clean", "train"), documents.check("INP101", "found", "test")]
    root = rendered(documents.base(findings=findings, checks=checks))
    assert [(case.get("name"), len(case)) for case in root.iter("testcase")] == [
        ("INP101 inp101-defect on train", 0),
        ("INP101 inp101-defect on test", 1),
    ]


def test_known_and_accepted_findings_fail_nothing_and_are_not_shown_as_passed_in_silence() -> None:
    known = documents.finding("INP101", "error", "As before.", new=False)
    aside = documents.finding("INP102", "error", "Accepted.")
    checks = [documents.check("INP101", "found"), documents.check("INP102", "found")]
    root = rendered(documents.base(findings=[known], suppressed=[aside], checks=checks))
    assert [outcome(root, code) for code in ("INP101", "INP102")] == ["passed", "skipped"]
    assert str(root.findtext(".//system-out")).startswith("error (known to the baseline): As before.")


def test_an_unknown_threshold_is_refused() -> None:
    with pytest.raises(ValueError, match="fail_on is one of"):
        junit.render(documents.base(), fail_on="info")


def test_long_runs_have_times_that_the_schema_takes() -> None:
    checks = [documents.check("INP101", "clean", seconds=1234.5678), documents.check("INP102", "clean", seconds=0.0)]
    root = rendered(documents.base(checks=checks))
    assert [case.get("time") for case in root.iter("testcase")] == ["1,234.568", "0.000"]


@settings(max_examples=60)
@given(st.text(st.characters(), min_size=1, max_size=40) | st.sampled_from(documents.HOSTILE))
def test_any_text_is_valid(text: str) -> None:
    finding = documents.finding("INP101", "error", text, columns=[text], splits=[text], why=text, fix=text)
    checks = [documents.check("INP101", "found", text), documents.check("INP102", "skipped", text, reason=text)]
    document = documents.base(findings=[finding], checks=checks)
    document["dataset"]["name"] = text
    root = rendered(document, show_values=True)
    assert outcome(root, "INP101") == "failure"
