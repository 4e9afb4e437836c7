"""Words and numbers, spelled the same everywhere."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataaudit.report import words
from tests.report import documents


@given(st.text(st.characters()))
def test_nothing_unseen_is_left_in_a_line(text: str) -> None:
    line = words.one_line(text)
    for character in line:
        category = unicodedata.category(character)
        assert category not in ("Cc", "Cs", "Zl", "Zp")
        assert unicodedata.bidirectional(character) not in (
            "RLO",
            "LRO",
            "RLE",
            "LRE",
            "PDF",
            "RLI",
            "LRI",
            "FSI",
            "PDI",
        )
    line.encode("utf-8")


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"])))
def test_what_can_be_seen_stays_as_it_is(text: str) -> None:
    assert words.one_line(text) == text


def test_joiners_that_scripts_and_emoji_need_stay() -> None:
    assert words.visible("می\u200cخواهم 👩\u200d🔬") == "می\u200cخواهم 👩\u200d🔬"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (-0.0, "0"),
        (9999, "9999"),
        (10_000, "10,000"),
        (-1234567, "−1,234,567"),
        (10**20, "1e+20"),
        (0.1 + 0.2, "0.3"),
        (12345.678, "12,346"),
        (1e-9, "1e-09"),
        (-1.5e12, "−1.5e+12"),
        (float("inf"), "inf"),
        ("2020-01-02", "2020-01-02"),
        (None, "–"),
        (True, "True"),
    ],
)
def test_numbers_are_for_the_eye(value: Any, text: str) -> None:
    assert words.number(value) == text


@given(st.integers(0, 10**9), st.integers(1, 10**9))
def test_a_share_is_nothing_or_all_only_where_it_is(part: int, whole: int) -> None:
    part = min(part, whole)
    text = words.share(part, whole)
    assert (text == "0%") == (part == 0)
    assert (text == "100%") == (part == whole)
    number = float(text.strip("<>%"))
    assert abs(number - 100 * part / whole) <= 0.51


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "yes"),
        (0.123456789, "0.123457"),
        (9.84412e-06, "9.84e-06"),
        ("-0.0203", "−0.0203"),
        ("-x", "-x"),
        ([1, None, "a"], "1, –, a"),
        ([["train", "test"], ["val"]], "train, test; val"),
        ({"a": 1, "b": {"c": 2}}, "a: 1, b: c: 2"),
        ("x" * 100, "x" * 79 + "…"),
        (list(range(30)), ", ".join(map(str, range(20))) + ", …"),
    ],
)
def test_cells_of_evidence(value: Any, text: str) -> None:
    assert words.cell(value) == text


@pytest.mark.parametrize(
    ("value", "answer"),
    [(1, True), (None, True), (True, False), ("50.0 %", True), ("<0.1%", True), ("−1.5e-3", True), ("+2.1 σ", True),
     ("2020-01-02", False), ("1 of 3", False), ("abc", False), ("", False)],
)  # fmt: skip
def test_what_is_set_flush_right_is_a_number(value: Any, answer: bool) -> None:
    assert words.is_number(value) is answer


@pytest.mark.parametrize(
    ("parts", "place"),
    [
        ({"columns": ["age"]}, "age · train"),
        ({"columns": [3, "y", "z", "w"]}, "column 3, y and 2 more · train"),
        ({"rows": [1, 2], "row_count": 12_000}, "12,000 rows · train"),
        ({"rows": ["a.jpg"], "row_count": 1}, "1 file · train"),
        ({"splits": ["train", "test"]}, "train and test"),
        ({"splits": []}, "all data"),
        ({"columns": ["a"], "splits": ["train", "test"]}, "a"),
    ],
)
def test_where_a_finding_is(parts: dict[str, Any], place: str) -> None:
    assert words.where(documents.finding("INP101", "error", "m", **parts)) == place


def test_counts_of_the_rich_document() -> None:
    document = documents.rich()
    assert words.severity_counts(document) == {"error": 3, "warning": 4, "note": 11}
    assert words.status_counts(document) == {"found": 8, "clean": 4, "not-applicable": 1, "skipped": 1, "crashed": 1}
    assert words.tally(document) == "3 errors, 4 warnings, 11 notes"
    assert words.rows_in_words(document) == "train 600, validation 100, test 200 rows"


def test_pictures_are_called_pictures_and_no_columns_are_not_counted() -> None:
    document = documents.base()
    document["dataset"].update(kind="images", splits={"train": {"rows": 1, "columns": 0, "role": "train"}})
    assert words.size_in_words(document) == "1 picture"
    document["dataset"]["splits"]["test"] = {"rows": 2500, "columns": 2, "role": "test"}
    assert words.size_in_words(document) == "train 1, test 2,500 pictures, 2 columns"


def test_reasons_are_grouped_commonest_first() -> None:
    checks = [
        documents.check("LAB101", "skipped", reason="no time"),
        documents.check("LAB102", "skipped", "test", reason="no target"),
        documents.check("LAB102", "skipped", reason="no target"),
        documents.check("LAB103", "skipped", reason="no target"),
        documents.check("LAB104", "clean"),
    ]
    assert words.reasons(checks, "skipped") == [("no target", ["LAB102", "LAB103"]), ("no time", ["LAB101"])]


@pytest.mark.parametrize(
    ("n", "word", "text"), [(0, "row", "0 rows"), (2, "class", "2 classes"), (2, "entry", "2 entries")]
)
def test_plurals(n: int, word: str, text: str) -> None:
    assert words.plural(n, word) == text


def test_a_label_alone_is_no_column_of_the_data() -> None:
    document = documents.base(features=[{**documents.numeric("label"), "role": "target"}])
    document["dataset"].update(kind="images", splits={"train": {"rows": 3, "columns": 1, "role": "train"}})
    assert words.size_in_words(document) == "3 pictures"
    document["features"][0]["role"] = "feature"
    assert words.size_in_words(document) == "3 pictures, 1 column"
