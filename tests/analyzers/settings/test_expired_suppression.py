"""SET101 expired-suppression: a time that is over."""

from __future__ import annotations

import datetime

from dataaudit.model import Severity, Suppression, Use
from tests.analyzers.settings.asking import ask_about

UNTIL = datetime.date(2026, 5, 31)
TABLE = Suppression(("INP101",), "known gap", columns=("age",), until=UNTIL, origin="dataaudit.toml: ignore, entry 1")


def test_one_that_expired_and_still_covers_a_finding_is_reported() -> None:
    answer = ask_about("SET101", Use(TABLE, covered=("INP101",), expired=True, days=15))
    assert answer.finding.severity is Severity.WARNING
    assert answer.finding.message == (
        "The suppression of INP101 in columns age ended on 2026-05-31, 15 days ago: 1 finding counts again"
    )
    assert answer.finding.evidence == {
        "reason": "known gap",
        "until": "2026-05-31",
        "written in": "dataaudit.toml: ignore, entry 1",
        "findings": ["INP101"],
    }


def test_one_that_holds_is_not() -> None:
    answer = ask_about("SET101", Use(TABLE, covered=("INP101",)))
    assert answer.findings == ()
    assert answer.measured == "1 suppression, none of them past its last day"


def test_one_that_expired_and_covers_nothing_is_left_to_the_other_rule() -> None:
    use = Use(TABLE, expired=True, days=15)
    assert ask_about("SET101", use).findings == ()
    assert ask_about("SET102", use).finding.rule == "SET102"


def test_two_of_one_rule_are_told_apart_and_keep_their_fingerprints_as_time_goes_by() -> None:
    other = Suppression(("INP101",), "known gap", columns=("fare",), until=UNTIL)
    uses = [Use(s, covered=("INP101",), expired=True, days=days) for days in (15, 16) for s in (TABLE, other)]
    today, tomorrow = ask_about("SET101", *uses[:2]), ask_about("SET101", *uses[2:])
    prints = [finding.fingerprint for finding in today.findings]
    assert len(set(prints)) == 2
    assert [finding.fingerprint for finding in tomorrow.findings] == prints


def test_without_suppressions_it_does_not_apply() -> None:
    assert ask_about("SET101").reason == "the settings set no finding aside"
