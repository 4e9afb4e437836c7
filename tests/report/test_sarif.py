"""SARIF: valid, bounded, and on the lines that a reviewer sees."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from dataaudit.registry import SECTIONS, all_rules
from dataaudit.report import sarif
from tests.conftest import REPOSITORY
from tests.report import documents

Run = dict[str, Any]


@cache
def validator() -> Draft202012Validator:
    schema = json.loads((REPOSITORY / "tests/data/schemas/sarif-2.1.0.json").read_text(encoding="utf-8"))
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def rendered(document: documents.Document, *, show_values: bool = False) -> Run:
    """Return the one run, having made sure that the log is valid."""
    log = json.loads(sarif.render(document, show_values=show_values))
    assert [f"{e.json_path}: {e.message}" for e in validator().iter_errors(log)] == []
    assert (log["version"], len(log["runs"])) == ("2.1.0", 1)
    run: Run = log["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert [rules[result["ruleIndex"]]["id"] for result in run["results"]] == [r["ruleId"] for r in run["results"]]
    prints = [tuple(sorted(result["partialFingerprints"].items())) for result in run["results"]]
    assert len(set(prints)) == len(prints)
    return run


def located(lines: list[int], **parts: Any) -> documents.Document:
    places = [{"file": "data/train.csv", "line": line} for line in lines]
    return documents.finding(
        "INP101", "error", "m", locations=places, rows=[n - 2 for n in lines], row_count=len(lines), **parts
    )


@pytest.mark.parametrize("show_values", [False, True])
@pytest.mark.parametrize("build", [documents.rich, documents.passing, documents.base, documents.wide, documents.shared])
def test_documents_of_every_kind_are_valid(build: Any, show_values: bool) -> None:
    document = build()
    run = rendered(document, show_values=show_values)
    assert {r["ruleId"] for r in run["results"]} == {finding["rule"] for finding in document["findings"]}
    assert all(result["level"] in ("error", "warning", "note") for result in run["results"])


def test_the_schema_is_no_rubber_stamp() -> None:
    log = json.loads(sarif.render(documents.rich()))
    log["runs"][0]["results"][0]["level"] = "fatal"
    log["runs"][0]["results"][1]["place"] = "here"
    assert len(list(validator().iter_errors(log))) == 2


def test_rows_of_a_text_file_are_results_on_their_lines() -> None:
    run = rendered(documents.base(findings=[located([3, 4, 5, 9])]))
    regions = [result["locations"][0]["physicalLocation"] for result in run["results"]]
    assert regions == [
        {
            "artifactLocation": {"uri": "data/train.csv", "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": 3, "endLine": 5},
        },
        {"artifactLocation": {"uri": "data/train.csv", "uriBaseId": "%SRCROOT%"}, "region": {"startLine": 9}},
    ]
    assert run["results"][0]["message"]["text"] == "m. This is one of 4 rows."
    assert "relatedLocations" not in run["results"][0]


def test_a_finding_of_many_rows_has_a_bounded_number_of_results() -> None:
    run = rendered(documents.base(findings=[located(list(range(2, 402, 2)))]))
    assert len(run["results"]) == sarif.MOST_PLACES
    first = run["results"][0]
    assert len(first["relatedLocations"]) == sarif.MOST_RELATED
    assert first["relatedLocations"][0]["physicalLocation"]["region"]["startLine"] == 2 + 2 * sarif.MOST_PLACES
    assert (first["properties"]["rowCount"], first["properties"]["placesKnown"]) == (200, 200)


@pytest.mark.parametrize("n", [1, 25, 26, 501])
def test_there_are_never_more_results_than_the_limit_and_every_finding_that_fits_has_one(n: int) -> None:
    findings = [located(list(range(2, 102, 2)), place=str(i), fingerprint=f"{i:016x}") for i in range(n)]
    run = rendered(documents.base(findings=findings))
    kept = list(dict.fromkeys(r["partialFingerprints"]["dataauditFinding/v1"] for r in run["results"]))
    assert kept == [f"{i:016x}" for i in range(min(n, 500))]
    assert len(run["results"]) == min(n * sarif.MOST_PLACES, 500)
    notes = [note["message"]["text"] for note in run["invocations"][0]["toolExecutionNotifications"]]
    assert any("did not fit" in note for note in notes) == (n > 500)
    assert n <= 500 or f"{n - 500} more finding" in notes[-1]


def test_a_finding_about_columns_stands_in_its_file_with_logical_locations() -> None:
    document = documents.base(findings=[documents.finding("NRM105", "warning", "m", columns=["a b", 3])])
    document["provenance"]["files"] = {"train": "data/my table.csv"}
    (result,) = rendered(document)["results"]
    (location,) = result["locations"]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "data/my%20table.csv"
    assert location["physicalLocation"]["region"] == {"startLine": 1}
    assert [at["fullyQualifiedName"] for at in location["logicalLocations"]] == ["train/a b", "train/column 3"]


def test_data_in_memory_has_no_files() -> None:
    (result,) = rendered(documents.base(findings=[documents.finding("LAB111", "note", "m")]))["results"]
    assert result["locations"] == []


def test_every_rule_brings_its_manual() -> None:
    findings = [documents.finding(code, "note", "m", name=rule.name) for code, rule in all_rules().items()]
    rules = rendered(documents.base(findings=findings))["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == list(all_rules())
    for rule in rules:
        assert all(f"## {title}\n" in rule["help"]["markdown"] for title in SECTIONS), rule["id"]
        assert rule["defaultConfiguration"]["level"] in ("error", "warning", "note")
        assert "helpUri" not in rule


def test_a_rule_of_a_later_version_is_named_at_least() -> None:
    run = rendered(documents.base(findings=[documents.finding("ZZZ999", "error", "m")]))
    assert run["tool"]["driver"]["rules"] == [{"id": "ZZZ999", "shortDescription": {"text": "ZZZ999"}}]


def test_accepted_findings_are_suppressed_results_with_their_reason() -> None:
    aside = documents.finding("LAB111", "note", "Accepted.") | {
        "suppression": {"rules": ["LAB111"], "reason": "known since May", "until": "2027-01-01", "origin": "x.toml"}
    }
    run = rendered(documents.base(findings=[documents.finding("INP101", "error", "m")], suppressed=[aside]))
    assert [result["suppressions"] for result in run["results"]] == [
        [],
        [{"kind": "external", "status": "accepted", "justification": "known since May (until 2027-01-01)"}],
    ]
    assert (
        "suppressions"
        not in rendered(documents.base(findings=[documents.finding("INP101", "error", "m")]))["results"][0]
    )


def test_states_are_given_where_there_is_something_to_compare_with() -> None:
    findings = [
        documents.finding("INP101", "error", "m", new=True),
        documents.finding("INP102", "error", "m", new=False),
    ]
    baseline = {"name": "b.json", "known": 1, "new": 1, "worse": [], "fixed": [], "unchecked": []}
    compared = rendered(documents.base(findings=findings, baseline=baseline))
    assert [result["baselineState"] for result in compared["results"]] == ["new", "unchanged"]
    assert "baselineState" not in rendered(documents.base(findings=findings))["results"][0]


def test_what_did_not_run_is_a_notification() -> None:
    run = rendered(documents.rich())
    invocation = run["invocations"][0]
    assert invocation["executionSuccessful"] is False
    told = {note["associatedRule"]["id"]: note["level"] for note in invocation["toolExecutionNotifications"]}
    assert told == {"LAB109": "note", "LAB106": "error"}
    assert rendered(documents.passing())["invocations"][0]["executionSuccessful"] is True


def test_the_same_document_gives_the_same_bytes() -> None:
    assert sarif.render(documents.rich()) == sarif.render(documents.rich())


@settings(max_examples=30)
@given(st.text(st.characters(), min_size=1, max_size=40) | st.sampled_from(documents.HOSTILE))
def test_any_text_is_valid_and_neither_link_nor_placeholder(text: str) -> None:
    finding = documents.finding("INP101", "error", text, columns=[text], splits=[text], why=text, fix=text)
    document = documents.base(findings=[finding | {"rows": [f"a/{text}"]}])
    document["provenance"]["files"] = {text: f"set/{text}"}
    document["dataset"]["name"] = text
    document["dataset"]["splits"] = {text: document["dataset"]["splits"]["train"]}
    run = rendered(document, show_values=True)
    message = run["results"][0]["message"]["text"]
    assert "](" not in message
    assert message.replace("{{", "").replace("}}", "").count("{") == 0
    assert run["automationDetails"]["id"].count("/") == 2
