"""Annotations: workflow commands that say what they mean, and no more than are shown."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataaudit.report import github
from tests.report import documents

COMMAND = re.compile(r"::(error|warning|notice)(?: ([^:]*))?::(.*)")


def parsed(text: str) -> list[tuple[str, dict[str, str], str]]:
    """Return kind, properties and message of each command as the runner reads them."""
    found = []
    for line in text.splitlines():
        hit = COMMAND.fullmatch(line)
        assert hit is not None, line
        pairs = [part.partition("=") for part in (hit[2] or "").split(",")]
        found.append((hit[1], {key: unescaped(value) for key, _, value in pairs}, unescaped(hit[3])))
    return found


def unescaped(text: str) -> str:
    for code, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, character)
    return text


def test_a_finding_is_annotated_at_its_line() -> None:
    (first, *_) = [a for a in parsed(github.render(documents.rich())) if a[1]["title"].startswith("INP101")]
    kind, properties, message = first
    assert kind == "error"
    assert properties == {"file": "train.csv", "line": "2", "endLine": "101", "title": "INP101 inp101-defect: cabin"}
    assert message == "`cabin` misses 77% of its values."


def test_further_places_are_named() -> None:
    places = [{"file": "a.csv", "line": line} for line in (2, 4, 6, 8, 10, 12)]
    finding = documents.finding("INP101", "error", "m.", locations=places, rows=[0, 2, 4, 6, 8, 10], row_count=6)
    ((_, _, message),) = parsed(github.render(documents.base(findings=[finding])))
    assert message == "m. Also at a.csv:4, a.csv:6, a.csv:8 and 2 more places."


@pytest.mark.parametrize("n", [0, 1, 9, 10, 11, 200])
def test_at_most_ten_of_a_kind_are_made_and_the_rest_is_counted(n: int) -> None:
    findings = [
        documents.finding(rule, severity, f"m {i}", place=str(i))
        for rule, severity in (("INP101", "error"), ("INP102", "warning"), ("INP103", "note"))
        for i in range(n)
    ]
    found = parsed(github.render(documents.base(findings=findings)))
    for kind, word in (("error", "error"), ("warning", "warning"), ("notice", "note")):
        own = [annotation for annotation in found if annotation[0] == kind]
        assert len(own) == min(n, 10)
        if n > 10:
            assert own[-1][1]["title"] == f"dataaudit: {n - 9} more {word}s"
            assert "in the report: INP10" in own[-1][2]


def test_known_findings_are_not_annotated() -> None:
    findings = [
        documents.finding("INP101", "error", "old", new=False),
        documents.finding("INP102", "note", "new", new=True),
    ]
    assert [kind for kind, _, _ in parsed(github.render(documents.base(findings=findings)))] == ["notice"]


def test_a_clean_report_prints_nothing() -> None:
    assert github.render(documents.passing()) == ""


@given(st.text(st.characters(), max_size=60) | st.sampled_from(documents.HOSTILE))
def test_no_text_ends_a_command_or_starts_another(text: str) -> None:
    line = github.command("error", f"x\n::warning::{text}", title=f"a,b:{text}", file=None)
    ((kind, properties, message),) = parsed(line)
    assert (kind, list(properties)) == ("error", ["title"])
    assert message.startswith("x\n::warning::")
    assert properties["title"].startswith("a,b:")
