"""SET102 unused-suppression: an entry that sets nothing aside."""

from __future__ import annotations

import pytest

from dataaudit.model import Severity, Suppression, Use
from tests.analyzers.settings.asking import ask_about

TABLE = Suppression(("LEA", "LAB"), "known", splits=("test",), paths=("a/*", "b/*", "c/*", "d/*"), origin="here")


def test_one_that_covers_nothing_is_noted() -> None:
    answer = ask_about("SET102", Use(TABLE))
    assert answer.finding.severity is Severity.NOTE
    assert answer.finding.message == (
        "The suppression of LEA and LAB in splits test, paths a/*, b/*, c/* and d/* covers no finding"
    )
    assert answer.finding.fix == "Delete the entry."


@pytest.mark.parametrize(
    ("partly", "expected"),
    [
        (("LEA110",), "covers only a part of 1 finding, which therefore stays"),
        (("LEA110", "LAB107"), "covers only a part of 2 findings, which therefore stay"),
    ],
)
def test_one_that_covers_only_a_part_is_noted_as_such(partly: tuple[str, ...], expected: str) -> None:
    answer = ask_about("SET102", Use(TABLE, partly=partly))
    assert answer.finding.message.endswith(expected)
    assert "Name the rest" in answer.finding.fix


def test_one_that_covers_a_finding_is_not() -> None:
    answer = ask_about("SET102", Use(TABLE, covered=("LEA110",), partly=("LEA111",)))
    assert answer.findings == ()
    assert answer.measured == "1 suppression, each with a finding"


def test_one_whose_rules_came_to_no_answer_is_left_open() -> None:
    answer = ask_about("SET102", Use(TABLE, decided=False))
    assert answer.findings == ()
    assert answer.reason == "1 suppression without a finding: not all of the named rules ran"


def test_without_suppressions_it_does_not_apply() -> None:
    assert ask_about("SET102").reason == "the settings set no finding aside"
