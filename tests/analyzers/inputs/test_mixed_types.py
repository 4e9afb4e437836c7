"""INP105: columns of numbers that some cells turn into text, and text that only resembles numbers."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dataaudit.model import Status
from tests.analyzers.asking import ask
from tests.build import images, table


def numbers(n: int = 60) -> list[str]:
    """Return plain numbers as text."""
    return [f"{v:.1f}" for v in np.random.default_rng(0).normal(50, 9, n)]


def mixed(cell: str, at: tuple[int, ...] = (4, 20)) -> pd.DataFrame:
    """Return numbers as text with other cells among them."""
    column = numbers()
    for i in at:
        column[i] = cell
    return pd.DataFrame({"x": column, "z": np.arange(60.0)})


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("4,5", "with a decimal comma (such as '4,5')"),
        ("2.035,00", "with a decimal comma (such as '2.035,00')"),
        ("1,234.5", "with thousands separators (such as '1,234.5')"),
        ("12 kg", "with a unit (such as '12 kg')"),
        ("12.0kg", "with a unit (such as '12.0kg')"),
        ("45%", "with a percent sign (such as '45%')"),
        ("$45", "with a currency (such as '$45')"),
        ("?", "with a word for missing (such as '?')"),
        (" ", "of blanks only (such as ' ')"),
        ("abc", "of text (such as 'abc')"),
        ("<5", "of letters and digits (such as '<5')"),
        (" 50.1", "with blanks around them (such as ' 50.1')"),
    ],
)
def test_the_odd_cells_are_named(cell: str, words: str) -> None:
    said = ask("INP105", mixed(cell)).finding
    assert said.severity == "error"
    assert (said.columns, said.rows, said.row_count, said.splits) == (("x",), (4, 20), 2, ("train",))
    assert said.message == f"2 cells of 'x' are no plain number, beside 96.7 % that are: 2 {words}"


def test_the_fix_is_code_that_takes_the_number_out() -> None:
    said = ask("INP105", mixed("12 kg")).finding
    pattern = re.search(r'str\.extract\((r".*?")\)', said.fix or "")
    assert pattern is not None
    taken = pd.Series(["12 kg", "-3.5 kg"]).str.extract(ast.literal_eval(pattern[1]), expand=False)
    assert taken.tolist() == ["12", "-3.5"]


def test_several_forms_at_once() -> None:
    frame = mixed("4,5", (1, 2, 3))
    frame.loc[[8, 9], "x"] = ["12 kg", "n.a."]
    said = ask("INP105", frame).finding
    assert said.rows == (1, 2, 3, 8, 9)
    assert [row[:2] for row in said.evidence["table"]["rows"]] == [
        ["number", 55],
        ["decimal comma", 3],
        ["unit", 1],
        ["word", 1],
    ]


def test_objects_of_several_types() -> None:
    said = ask("INP105", pd.DataFrame({"x": [1, 2.5, "abc", 4, 5, 6, 7, 8, None, 10]})).finding
    assert (said.severity, said.rows) == ("error", (2,))


def test_only_the_split_that_has_them_is_named() -> None:
    answer = ask("INP105", pd.DataFrame({"x": numbers(), "z": 1.0}), mixed("12 kg"))
    assert [(f.splits, f.rows) for f in answer.findings] == [(("validation",), (4, 20))]


def test_numbers_in_one_file_and_text_in_the_other(tmp_path: Path) -> None:
    train, test = tmp_path / "train.csv", tmp_path / "test.csv"
    train.write_text("x,z\n" + "".join(f"{v},1\n" for v in numbers()))
    test.write_text("x,z\n" + "".join(f"{v},1\n" for v in mixed("4;5")["x"]))
    answer = ask("INP105", str(train), None, str(test))
    assert [(f.splits, f.rows) for f in answer.findings] == [(("test",), (4, 20))]


def test_a_target_that_is_a_quantity() -> None:
    said = ask("INP105", mixed("12,5"), target="x").finding
    assert (said.columns, said.rows) == (("x",), (4, 20))


def test_many_mendable_cells_are_an_error_still() -> None:
    assert ask("INP105", mixed("12,5", tuple(range(25)))).finding.severity == "error"


def test_words_in_a_third_of_the_cells_may_be_meant() -> None:
    sizes = pd.DataFrame({"size": ["38", "40", "42", "S", "44", "M"] * 10})
    assert ask("INP105", sizes).finding.severity == "note"


def test_a_column_in_one_notation_is_a_note() -> None:
    frame = pd.DataFrame({"x": [f"{v},5" for v in range(40)]})
    said = ask("INP105", frame).finding
    assert said.severity == "note"
    assert said.message == "100 % of the cells of 'x' are numbers with a decimal comma, so it is read as text"


INNOCENT = {
    "words": ["red", "green", "blue"] * 20,
    "codes": ["A12", "B7", "C100"] * 20,
    "zip codes": ["01234", "80331", "10115", "00501"] * 15,
    "house numbers": ["1", "2", "12", "12A", "3", "7B", "15", "9", "11", "4"] * 6,
    "versions": ["1.2.3", "1.2.4", "2.0.0", "1.10.1"] * 15,
    "versions of two kinds": ["1.2", "1.3", "1.2.1", "2.0"] * 15,
    "tickets": ["113803", "17463", "PC 17599", "A/5 21171", "349909"] * 12,
    "plain numbers": [str(v) for v in range(60)],
    "ranges": ["18-25", "26-35", "36-45"] * 20,
    "dates": ["2024-01-31", "2024-02-01", "2023-12-24"] * 20,
    "day first": ["03/04/2024", "31/01/2024", "24/12/2023"] * 20,
    "comments": ["it costs 12 kg", "about 40", "fine", "see page 3"] * 15,
}


@pytest.mark.parametrize("name", INNOCENT)
def test_text_that_only_resembles_numbers(name: str) -> None:
    assert ask("INP105", pd.DataFrame({"x": pd.array(INNOCENT[name], "str")})).status is Status.CLEAN


def test_dates_in_two_formats() -> None:
    days = ["2024-01-31", "2024-02-14", "2023-12-24", "2024-05-30"] * 10
    days[5], days[11] = "31/01/2024", "14.02.2024"
    said = ask("INP105", pd.DataFrame({"day": days})).finding
    assert said.severity == "error"
    assert said.rows == (5, 11)
    assert said.message == (
        "2 cells of 'day' are not written as the other dates (YYYY-MM-DD): 1 DD.MM.YYYY, 1 DD/MM/YYYY"
    )


def test_day_first_and_month_first_in_one_column() -> None:
    days = ["31/01/2024", "03/04/2024", "24/12/2023", "17/05/2024"] * 10
    days[8] = "12/24/2023"
    said = ask("INP105", pd.DataFrame({"day": days})).finding
    assert said.rows == (8,)
    assert "1 MM/DD/YYYY" in said.message


def test_tables_without_text_and_pictures() -> None:
    assert ask("INP105", np.zeros((5, 2))).status is Status.NOT_APPLICABLE
    assert ask("INP105", images()).status is Status.NOT_APPLICABLE
    assert ask("INP105", table(), target="y").status is Status.CLEAN


def test_class_names_are_not_judged() -> None:
    frame = pd.DataFrame({"a": ["u", "v"] * 30, "y": ["1", "2", "3", "?"] * 15})
    assert ask("INP105", frame, target="y").status is Status.CLEAN


def test_rows_are_capped_and_counted() -> None:
    column = ["4.5"] * 20_000
    column[::8] = ["12 kg"] * 2500
    said = ask("INP105", pd.DataFrame({"x": column})).finding
    assert (len(said.rows), said.row_count) == (1000, 2500)


def test_hostile_text() -> None:
    column = [*numbers(30), "<script>alert(1)</script>", "\x1b[31m", "\u0661\u0662", "9" * 5000, "1e999"]
    answer = ask("INP105", pd.DataFrame({"<b>": column}))
    assert set(answer.finding.rows) >= {30, 31}


def test_the_option_moves_the_share() -> None:
    frame = mixed("abc", tuple(range(15)))
    assert ask("INP105", frame).finding.severity == "note"
    assert ask("INP105", frame, options={"share": 0.7}).finding.severity == "error"
