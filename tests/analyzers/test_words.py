"""Words written in several ways: what is folded, what is a slip, and what is another word."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataaudit.analyzers.words import STEPS, Alias, aliases, fold, one_slip


@pytest.mark.parametrize(
    ("words", "how"),
    [
        (("Cat", "cat"), "letter case"),
        (("cat", "cat "), "blanks"),
        (("New York", "NewYork"), "blanks"),
        (("cat", "cat."), "punctuation"),
        (("New York", "New-York"), "punctuation"),
        (("<=50K", "<=50K."), "punctuation"),
        (("café", "cafe\u0301"), "Unicode form"),
        (("ｃａｔ", "cat"), "Unicode form"),
        (("ca\u200bt", "cat"), "Unicode form"),
        (("c\u0430t", "cat"), "Unicode form"),
        (("café", "cafe"), "accents"),
        (("Cat", "cat "), "letter case and blanks"),
        (("Straße", "STRASSE"), "letter case"),
        (("left_lane", "left lane", "LEFT LANE"), "letter case and punctuation"),
    ],
)
def test_one_word_in_several_ways(words: tuple[str, ...], how: str) -> None:
    counts = {word: 9 - i for i, word in enumerate(words)}
    (alias,) = aliases(counts | {"horse": 30})
    assert (alias.words, alias.how) == (words, how)
    assert alias.rows == sum(counts.values()) - 9


@pytest.mark.parametrize(
    "words",
    [
        ("S1", "S2"), ("20 days", "21 days"), ("male", "female"), ("1.5", "15"), ("1-2", "12"), ("-1", "1"),
        ("A+", "A-", "A"), ("C", "C++", "C#"), ("<=50K", ">50K"), ("?", "!", "--"), ("m", "M"), ("typea", "typeb"),
        ("class a", "class b"), ("typical angina", "atypical angina"), ("Gambia", "Zambia"), ("student", "students"),
        ("employed", "employer"), ("cloud", "cloudy"), ("vitamin c tablets", "vitamin d tablets"), ("Iran", "Iraq"),
        ("north", "south"), ("setosa", "versicolor", "virginica"), ("Austria", "Australia"), ("Q1 2020", "Q2 2020"),
        ("5′", "5″"), ("a*", "a"), ("сор", "cop"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("counts", [(100, 90, 80), (500, 40, 3), (1000, 11, 9)])
def test_other_words(words: tuple[str, ...], counts: tuple[int, ...]) -> None:
    known = dict(zip(words, counts, strict=False))
    if words == ("m", "M"):
        known = {"m": 100, "M": 90}
    assert aliases(known) == []
    assert aliases(dict(zip(words[::-1], counts, strict=False)) if words != ("m", "M") else known) == []


@pytest.mark.parametrize(
    ("rare", "frequent"),
    [
        ("versicolro", "versicolor"), ("vrsicolor", "versicolor"), ("versiicolor", "versicolor"),
        ("versicolir", "versicolor"), ("evrsicolor", "versicolor"), ("housin", "housing"), ("New Yrok", "New York"),
        ("hose race", "horse race"),
    ],
)  # fmt: skip
def test_slips(rare: str, frequent: str) -> None:
    (alias,) = aliases({frequent: 100, rare: 4, "setosa": 60})
    assert alias == Alias((frequent, rare), (100, 4), "one typing slip")
    assert aliases({frequent: 100, rare: 4}, slips=False) == []
    assert aliases({frequent: 100, rare: 40}) == []


def test_slips_in_a_language_of_neighbours_are_words() -> None:
    names = {"Maria": 300, "Mario": 280, "Marian": 250, "Martin": 270, "Marlin": 260, "Mariya": 10}
    assert aliases(names) == []


def test_a_slip_of_a_word_in_two_cases_joins_it() -> None:
    (alias,) = aliases({"Oslofjord": 80, "oslofjord": 20, "Oslofjrod": 2})
    assert alias.words == ("Oslofjord", "oslofjord", "Oslofjrod")
    assert alias.how == "letter case, and one typing slip"


def test_half_the_ratio_is_enough_for_long_words() -> None:
    assert aliases({"blue sky": 60, "bleu sky": 10}) == []
    assert [a.words for a in aliases({"government": 60, "goverment": 10})] == [("government", "goverment")]


def _damerau(a: str, b: str) -> int:
    """Return the restricted Damerau-Levenshtein distance by the textbook's table."""
    d = {(i, -1): i + 1 for i in range(-1, len(a))} | {(-1, j): j + 1 for j in range(-1, len(b))}
    for i, j in product(range(len(a)), range(len(b))):
        cost = 0 if a[i] == b[j] else 1
        d[i, j] = min(d[i - 1, j] + 1, d[i, j - 1] + 1, d[i - 1, j - 1] + cost)
        if i and j and a[i] == b[j - 1] and a[i - 1] == b[j]:
            d[i, j] = min(d[i, j], d[i - 2, j - 2] + 1)
    return d[len(a) - 1, len(b) - 1]


words = st.text("abc", min_size=5, max_size=8)


@given(words, words)
def test_a_slip_is_distance_one(a: str, b: str) -> None:
    if one_slip(a, b):
        assert _damerau(a, b) == 1


@given(words, st.integers(1, 4), st.sampled_from("xyz"))
def test_every_slip_inside_is_found(word: str, at: int, letter: str) -> None:
    replaced = word[:at] + letter + word[at + 1 :]
    assert one_slip(replaced, word) == (at < len(word) - 1)
    assert one_slip(word[:at] + letter + word[at:], word)
    swapped = word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :]
    assert one_slip(swapped, word) == (swapped != word)


@given(st.text(max_size=12))
def test_folding_is_done_once_and_never_empties(word: str) -> None:
    for steps in (STEPS, STEPS[:2], STEPS[3:]):
        folded = fold(word, steps)
        assert bool(folded) == bool(word)


@given(st.dictionaries(st.text("aAbB .-é1", max_size=5), st.integers(1, 99), max_size=30))
def test_every_value_is_in_one_alias_at_most(counts: dict[str, int]) -> None:
    found = aliases(counts)
    members = [word for alias in found for word in alias.words]
    assert len(members) == len(set(members))
    for alias in found:
        assert alias.counts == tuple(counts[w] for w in alias.words)
        assert list(alias.counts) == sorted(alias.counts, reverse=True)
