"""The words that all rules share."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataaudit.analyzers.common import at_least, joined, listing, number, of_all, percent, plural, some


@pytest.mark.parametrize(
    ("names", "text"),
    [
        ([], "none"),
        (["a"], "'a'"),
        (["a", "b"], "'a' and 'b'"),
        (["a", "b", "c", "d"], "'a', 'b', 'c' and 'd'"),
        (["a", "b", "c", "d", "e"], "'a', 'b', 'c' and 2 more"),
        ([f"c{i}" for i in range(5000)], "'c0', 'c1', 'c2' and 4,997 more"),
        ([7], "column 7"),
        ([0, 4, 7], "columns 0, 4 and 7"),
        (list(range(9)), "columns 0, 1, 2 and 6 more"),
    ],
)
def test_listing(names: list[str | int], text: str) -> None:
    assert listing(names) == text


@pytest.mark.parametrize(
    ("words", "text"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_joined(words: list[str], text: str) -> None:
    assert joined(words) == text
    assert some(words) == text


def test_some() -> None:
    assert some(list("abcde"), 4) == "a, b, c, d and e"
    assert some(list("abcdef"), 4) == "a, b, c, d and 2 more"


@pytest.mark.parametrize(
    ("n", "n_all", "text"),
    [(1, 1, "the only input is"), (3, 3, "all 3 inputs are"), (1, 7, "1 of 7 inputs is"), (2, 7, "2 of 7 inputs are")],
)
def test_of_all(n: int, n_all: int, text: str) -> None:
    assert of_all(n, n_all, "input") == text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0 %"),
        (1e-6, "under 0.1 %"),
        (0.5, "50 %"),
        (0.975, "97.5 %"),
        (0.99999, "over 99.9 %"),
        (1.0, "100 %"),
        (1, "100 %"),
    ],
)
def test_percent(share: float, text: str) -> None:
    assert percent(share) == text


@given(st.floats(0, 1, exclude_min=True, exclude_max=True))
def test_a_share_is_never_rounded_to_none_or_all(share: float) -> None:
    assert percent(share) not in ("0 %", "100 %")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.12345, "0.1235"),
        (1234.5, "1,234"),
        (123456.7, "123,457"),
        (1.6e9, "1.6e+09"),
        (-5e-7, "-5e-07"),
        (22.5, "22.5"),
    ],
)
def test_number(value: float, text: str) -> None:
    assert number(value) == text


@given(st.floats(-1.7e308, 1.7e308))
def test_a_number_is_shown_to_a_thousandth_of_itself(value: float) -> None:
    assert float(number(value).replace(",", "")) == pytest.approx(value, rel=6e-3)


def test_counts() -> None:
    assert (plural(1, "row"), plural(1000, "row"), plural(2, "dummy", "dummies")) == (
        "1 row",
        "1,000 rows",
        "2 dummies",
    )
    assert (at_least(3, "picture"), at_least(1000, "picture")) == ("3 pictures", "1,000 pictures or more")
