"""Findings set aside: which a suppression covers, and what is left."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataaudit.model import Finding, Outcome, Status, Suppression
from dataaudit.suppress import coverage, set_aside

TODAY = datetime.date(2026, 6, 15)


def found(rule: str = "INP101", **parts: Any) -> Finding:
    """Return a finding as the engine completes it."""
    return Finding("something", rule=rule, **{"columns": ("age",), "splits": ("train",), **parts})


def check(*findings: Finding, rule: str = "INP101", status: Status = Status.FOUND) -> Outcome:
    """Return how a check ended."""
    return Outcome(rule, "missing-values", "train", status, findings=findings)


def accept(rule: str = "INP101", **parts: Any) -> Suppression:
    """Return a suppression."""
    return Suppression((rule,), "known", origin="here", **parts)


PICTURES: dict[str, Any] = {"rows": ("train/cat/1.png", "train/dog/2.png"), "row_count": 2, "columns": ()}


@pytest.mark.parametrize(
    ("suppression", "finding", "expected"),
    [
        (accept(), found(), 1.0),
        (accept("INP"), found(), 1.0),
        (accept("missing-values"), found(), 1.0),
        (accept("INP102"), found(), 0.0),
        (accept(columns=("age",)), found(), 1.0),
        (accept(columns=("a*",)), found(), 1.0),
        (accept(columns=("A*",)), found(), 0.0),  # the case counts, on every system
        (accept(columns=("fare",)), found(), 0.0),
        (accept(columns=("age",)), found(columns=("age", "fare", "cabin", "deck")), 0.25),
        (accept(columns=("age",)), found(columns=()), 0.0),
        (accept(columns=("x[0]",)), found(columns=("x[0]",)), 1.0),  # a name goes before a pattern
        (accept(columns=("3",)), found(columns=(3,)), 1.0),
        (accept(splits=("t*",)), found(splits=("train", "test")), 1.0),
        (accept(splits=("test",)), found(splits=("train", "test")), 0.5),
        (accept(splits=("test",)), found(splits=()), 0.0),
        (accept(columns=("age",), splits=("test",)), found(), 0.0),
        (accept(rows=(3, 4)), found(rows=(3, 4), row_count=2), 1.0),
        (accept(rows=(3,)), found(rows=(3, 4), row_count=2), 0.5),
        (accept(rows=(3, 4)), found(rows=(3, 4), row_count=8), 0.25),  # nobody can see which the others are
        (accept(paths=("train/*",)), found(**PICTURES), 1.0),
        (accept(paths=("*/cat/*",)), found(**PICTURES), 0.5),
        (accept(paths=("*",)), found(), 0.0),
        (accept(fingerprint=found().fingerprint), found(), 1.0),
        (accept(fingerprint="0" * 16), found(), 0.0),
    ],
)
def test_every_part_that_is_given_must_fit(suppression: Suppression, finding: Finding, expected: float) -> None:
    assert coverage(suppression, finding) == expected


@given(
    st.lists(st.sampled_from("abcdef"), unique=True, max_size=6),
    st.lists(st.sampled_from("abcdef"), unique=True, min_size=1, max_size=6),
)
def test_columns_are_covered_as_sets_overlap(columns: list[str], accepted: list[str]) -> None:
    expected = len(set(columns) & set(accepted)) / len(columns) if columns else 0.0
    assert coverage(accept(columns=tuple(accepted)), found(columns=tuple(columns))) == expected


def test_what_is_covered_is_taken_out_and_what_is_not_stays() -> None:
    age, fare = found(), found(columns=("fare",))
    outcomes, suppressed, (use,) = set_aside([check(age, fare)], [accept(columns=("age",))], TODAY)
    assert outcomes[0].findings == (fare,)
    assert outcomes[0].reason is None
    assert [finding for finding, _ in suppressed] == [age]
    assert (use.covered, use.partly, use.decided) == (("INP101",), (), True)


def test_a_check_whose_every_finding_was_accepted_has_found_something_and_says_so() -> None:
    (outcome,), *_ = set_aside([check(found(), found(columns=("fare",)))], [accept()], TODAY)
    assert outcome.findings == ()
    assert outcome.status is Status.FOUND
    assert outcome.reason == "its 2 findings are accepted by the settings"


def test_the_first_takes_a_finding_and_the_second_is_used_as_well() -> None:
    wide, exact = accept(), accept(columns=("age",))
    _, suppressed, uses = set_aside([check(found())], [wide, exact], TODAY)
    assert [by for _, by in suppressed] == [wide]
    assert [use.covered for use in uses] == [("INP101",), ("INP101",)]


@pytest.mark.parametrize(
    ("until", "stays", "days"),
    [(None, False, 0), (TODAY, False, 0), (TODAY - datetime.timedelta(1), True, 1)],
)
def test_the_last_day_still_counts(until: datetime.date | None, stays: bool, days: int) -> None:
    (outcome,), suppressed, (use,) = set_aside([check(found())], [accept(until=until)], TODAY)
    assert bool(outcome.findings) is stays
    assert bool(suppressed) is not stays
    assert (use.expired, use.days) == (stays, days)
    assert use.covered == ("INP101",)


@pytest.mark.parametrize("status", [Status.SKIPPED, Status.CRASHED])
def test_a_rule_that_came_to_no_answer_leaves_its_suppression_undecided(status: Status) -> None:
    *_, (use,) = set_aside([check(status=status)], [accept()], TODAY)
    assert not use.decided


def test_a_rule_that_did_not_run_leaves_its_suppression_undecided() -> None:
    *_, (use,) = set_aside([check(rule="LAB101", status=Status.CLEAN)], [accept()], TODAY)
    assert not use.decided
