"""Suppressions as they are written: read, and refused with one clear line."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest

from dataaudit.config import build_rules, load_settings, read_ignored
from dataaudit.errors import ConfigError
from dataaudit.model import Suppression

WHY = "checked by hand"


def one(**parts: Any) -> Suppression:
    """Return the one suppression that a table stands for."""
    words, (only,) = read_ignored([{"rule": "INP101", "reason": WHY, **parts}], "here")
    assert words == ()
    return only


def test_a_table_gives_each_part_its_type() -> None:
    assert one(
        columns=["age", 3], splits="test", paths=["train/*"], rows=[0, 7], fingerprint="0123456789abcdef",
        until=datetime.date(2030, 1, 31),
    ) == Suppression(
        ("INP101",), WHY, ("age", "3"), ("test",), ("train/*",), (0, 7), "0123456789abcdef",
        datetime.date(2030, 1, 31), "here, entry 1",
    )  # fmt: skip


@pytest.mark.parametrize("until", ["2030-01-31", datetime.datetime(2030, 1, 31, 12, 0), datetime.date(2030, 1, 31)])
def test_a_last_day_is_a_date_however_it_is_written(until: Any) -> None:
    assert one(until=until).until == datetime.date(2030, 1, 31)


def test_a_reason_is_one_line() -> None:
    assert one(reason="  two\n lines ").reason == "two lines"


def test_texts_and_tables_stand_side_by_side() -> None:
    words, suppressions = read_ignored(["LEA1", {"rule": ["LAB", "missing-values"], "reason": WHY}, "NRM107"], "here")
    assert words == ("LEA1", "NRM107")
    assert [s.rules for s in suppressions] == [("LAB", "missing-values")]
    assert suppressions[0].origin == "here, entry 2"


def test_a_suppression_leaves_no_rule_out() -> None:
    codes = {rule.code for rule in build_rules("INP", [{"rule": "INP101", "reason": WHY}, "INP102"])}
    assert "INP101" in codes
    assert "INP102" not in codes


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"reason": WHY}, r"^here, entry 1 names no rule\.\n"),
        ({"rule": "INP101"}, r"^here, entry 1 \(INP101\) has no reason, expected a sentence\.\n"),
        ({"rule": "INP101", "reason": " "}, r"entry 1 \(INP101\) has the reason ' ', expected a sentence\."),
        ({"rule": "INP101", "reason": 3}, r"has the reason 3, expected a sentence\."),
        ({"rule": "INP191", "reason": WHY}, r"Unknown rule 'INP191' in here, entry 1\.\n  Did you mean"),
        ({"rule": "INP101", "reason": WHY, "colums": ["a"]}, r"unknown key 'colums'\.\n  Did you mean 'columns'\?"),
        ({"rule": "INP101", "reason": WHY, "columns": []}, r"columns is \[\], expected a list of texts or positions\."),
        ({"rule": "INP101", "reason": WHY, "columns": [1.5]}, r"columns is \[1\.5\], expected a list of texts or"),
        ({"rule": "INP101", "reason": WHY, "splits": [True]}, r"splits is \[True\], expected a list of texts\."),
        ({"rule": "INP101", "reason": WHY, "rows": ["a"]}, r"rows is \['a'\], expected a list of positions from 0\."),
        ({"rule": "INP101", "reason": WHY, "rows": [-1]}, r"rows is \[-1\], expected a list of positions from 0\."),
        ({"rule": "INP101", "reason": WHY, "fingerprint": "abc"}, r"fingerprint is 'abc', expected 16 hexadecimal"),
        (
            {"rule": "INP101", "reason": WHY, "until": "soon"},
            r"until is 'soon', expected a date\.\n  Such as",
        ),
        ({"rule": "INP101", "reason": WHY, "until": 2030}, r"until is 2030, expected a date\."),
        (7, r"^here, entry 1, is 7, expected a rule or a table\."),
    ],
)
def test_what_makes_no_sense_is_refused(entry: Any, expected: str) -> None:
    with pytest.raises(ConfigError, match=expected):
        read_ignored([entry], "here")


def test_what_is_no_list_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"here: 7, expected a list of rules and suppressions\."):
        read_ignored(7, "here")


BOTH = """
[[tool.dataaudit.ignore]]
rule = "INP101"
columns = ["age"]
reason = "checked by hand"
until = 2030-01-31

[[tool.dataaudit.ignore]]
rule = ["LAB", "LEA1"]
reason = "another team's"
"""
MIXED = """
[tool.dataaudit]
ignore = ["NRM", {rule = "INP101", reason = "checked by hand"}]
"""


def test_a_settings_file_holds_tables(tmp_path: Path) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text(BOTH, encoding="utf-8")
    first, second = load_settings(explicit=path).ignore
    assert isinstance(first, Suppression)
    assert first == Suppression(
        ("INP101",), WHY, columns=("age",), until=datetime.date(2030, 1, 31), origin=f"{path}: ignore, entry 1"
    )
    assert isinstance(second, Suppression)
    assert second.rules == ("LAB", "LEA1")


def test_a_settings_file_holds_both_forms_in_one_list(tmp_path: Path) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text(MIXED, encoding="utf-8")
    settings = load_settings(explicit=path)
    word, table = settings.ignore
    assert word == "NRM"
    assert isinstance(table, Suppression)
    # who selects rules on the command line gets them, and what was accepted stays accepted
    assert settings.with_words(select=["NRM105"]).ignore == (table,)
    assert settings.with_words(ignore=["LAB"]).ignore == ("NRM", table, "LAB")
