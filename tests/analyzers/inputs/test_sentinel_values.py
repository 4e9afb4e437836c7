"""INP104: marks for missing among numbers, dates and words, and values that only look like them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dataaudit.model import Status
from tests.analyzers.asking import Answer, ask
from tests.build import images, table

AT = (3, 10, 11, 40, 77)


def marked(values: np.ndarray, mark: float, at: tuple[int, ...] = AT) -> pd.DataFrame:
    """Return a column in which some rows hold a mark."""
    column = np.array(values, dtype=float)
    column[list(at)] = mark
    return pd.DataFrame({"x": column, "other": np.random.default_rng(9).normal(size=len(column))})


def masses(n: int = 100) -> np.ndarray:
    """Return body masses in grams, rounded to 50."""
    return np.round(np.random.default_rng(0).normal(4200, 700, n) / 50).clip(54, 126) * 50


def ages(n: int = 100) -> np.ndarray:
    """Return ages in years."""
    return np.random.default_rng(1).integers(1, 80, n).astype(float)


@pytest.mark.parametrize("mark", [-999.0, -9999.0, 9999.0, 99999.0, 1e20, -1e30, -1.0, -32768.0, 2147483647.0])
def test_marks_are_found_with_their_rows(mark: float) -> None:
    said = ask("INP104", marked(masses(), mark)).finding
    assert said.severity == "warning"
    assert (said.columns, said.rows, said.row_count) == (("x",), AT, 5)


def test_what_it_says() -> None:
    frame = marked(masses(), -999.0)
    said = ask("INP104", frame).finding
    assert said.message == (
        "-999 stands for missing in 5 cells of 'x': a number often written for missing, far from the rest "
        f"(the nearest real value is {masses()[[i for i in range(100) if i not in AT]].min():.0f})"
    )
    assert said.fix == "+ data['x'] = data['x'].replace([-999.0], np.nan)"
    assert said.evidence["table"]["rows"][0][:4] == ["x", "-999", 5, "5 %"]


def test_the_only_negative_number() -> None:
    assert ask("INP104", marked(ages() + 0.5, -1.0)).finding.rows == AT


def test_many_marks_are_counted_and_not_cut_off() -> None:
    frame = pd.DataFrame({f"x{i}": masses() for i in range(5)})
    for i, mark in enumerate([-999.0, -9999.0, 9999.0, 99999.0, -32768.0]):
        frame.loc[list(AT), f"x{i}"] = mark
    said = ask("INP104", frame).finding
    assert said.message.startswith("-999, -9999, 9999 and 2 more stand for missing in 25 cells of")


def test_two_marks_in_one_column() -> None:
    frame = marked(masses(), -999.0)
    frame.loc[[5, 6], "x"] = -9999.0
    said = ask("INP104", frame).finding
    assert said.rows == tuple(sorted([*AT, 5, 6]))
    assert said.evidence["cells"] == 7


def test_a_mark_with_a_wild_value_beyond_it() -> None:
    frame = marked(np.random.default_rng(3).normal(60, 5, 400), -999.0)
    frame.loc[20, "x"] = -1234.5
    assert ask("INP104", frame).finding.rows == AT


def test_a_mark_that_was_standardised_with_the_rest() -> None:
    frame = marked(np.random.default_rng(3).normal(size=100), -999.0)
    frame["x"] = (frame["x"] - frame["x"].mean()) / frame["x"].std()
    assert ask("INP104", frame).finding.rows == AT


def test_zero_where_it_is_impossible() -> None:
    frame = marked(np.random.default_rng(2).normal(120, 15, 100).round(1), 0.0)
    said = ask("INP104", frame).finding
    assert said.rows == AT
    assert "zero, where all other values are far above it" in said.message


def test_rows_of_zeros_are_left_to_their_own_rule() -> None:
    X = np.random.default_rng(2).normal(120, 15, (100, 4))
    X[list(AT)] = 0.0
    assert ask("INP104", X).status is Status.CLEAN


def test_marks_in_a_column_that_text_has_turned_into_text() -> None:
    column = pd.Series(masses()).astype(str)
    column[list(AT)] = "-999.0"
    column[5] = "4300 g"
    column[10] = "-999.0kg"
    said = ask("INP104", pd.DataFrame({"x": column})).finding
    assert (said.columns, said.rows) == (("x",), AT)


def test_placeholder_dates() -> None:
    days = pd.Timestamp("2021-03-01") + pd.to_timedelta(np.random.default_rng(4).integers(0, 700, 100), unit="D")
    column = pd.Series(days)
    column[[2, 8]] = pd.Timestamp("1900-01-01")
    said = ask("INP104", pd.DataFrame({"joined": column})).finding
    assert (said.columns, said.rows) == (("joined",), (2, 8))
    assert "1900-01-01 stands for missing" in said.message


@pytest.mark.parametrize("word", ["?", "unknown", "Missing", "not available", "#N/A"])
def test_words_among_categories(word: str) -> None:
    column = np.random.default_rng(5).choice(["red", "green", "blue"], 60).astype(object)
    column[[4, 9]] = word
    said = ask("INP104", pd.DataFrame({"colour": column})).finding
    assert (said.severity, said.columns, said.rows, said.row_count) == ("warning", ("colour",), (4, 9), 2)
    assert repr(word) in said.message


@pytest.mark.parametrize(("word", "n"), [("none", 3), ("-", 3), ("unknown", 25)])
def test_words_that_may_be_categories_are_notes(word: str, n: int) -> None:
    column = np.random.default_rng(5).choice(["red", "green", "blue"], 60).astype(object)
    column[:n] = word
    assert ask("INP104", pd.DataFrame({"colour": column})).finding.severity == "note"


INNOCENT = {
    "codes -1, 0, 1": np.random.default_rng(0).integers(-1, 2, 200),
    "scores up to 99": np.random.default_rng(1).integers(0, 100, 500),
    "codes 1 to 5 and 9": np.random.default_rng(2).choice([1, 2, 3, 4, 5, 9], 300),
    "saturated sensor": np.clip(np.random.default_rng(3).normal(900, 100, 500), None, 999),
    "counts with zeros": np.random.default_rng(4).poisson(2, 400),
    "zero-inflated": np.where(
        np.random.default_rng(5).random(400) < 0.6, 0, np.random.default_rng(6).lognormal(5, 1, 400)
    ),
    "temperatures around -1": np.random.default_rng(7).normal(0, 5, 400).round(),
    "rare high counts": np.repeat([0, 1, 2, 3, 9], [300, 60, 20, 5, 2]),
    "prices with 999": np.append(np.random.default_rng(8).lognormal(6, 0.5, 400).round(), [999, 999, 999, 999]),
    "scaled to -1 .. 1": np.append(np.random.default_rng(9).uniform(-1, 1, 300), [-1, -1, -1, 1]),
    "days, -1 as likely as 0": np.random.default_rng(10).integers(-1, 30, 400),
}


def test_one_long_row_of_nines_far_off_is_a_mark() -> None:
    column = np.random.default_rng(2).normal(2.4, 0.5, 37).round(2)
    column[5] = 9999.0
    said = ask("INP104", pd.DataFrame({"x": column})).finding
    assert (said.severity, said.columns, said.rows) == ("warning", ("x",), (5,))


@pytest.mark.parametrize("largest", [99.0, 998.0])
def test_one_large_number_is_no_mark(largest: float) -> None:
    column = np.random.default_rng(2).normal(2.4, 0.5, 37).round(2)
    column[5] = largest
    assert ask("INP104", pd.DataFrame({"x": column})).findings == ()


def test_nines_that_continue_the_column_are_no_mark() -> None:
    column = np.random.default_rng(2).lognormal(5, 1, 300).clip(1, 900).round()
    column[5] = 999.0
    assert ask("INP104", pd.DataFrame({"x": column})).findings == ()


def grown_up(n: int = 500) -> np.ndarray:
    """Return ages from 18, at which many of them pile up."""
    return np.random.default_rng(4).normal(35, 15, n).round().clip(18, 90)


def test_the_only_negative_number_below_a_pile() -> None:
    said = ask("INP104", marked(grown_up(), -1.0)).finding
    assert (said.columns, said.rows) == (("x",), AT)


def test_a_negative_number_next_to_a_pile_continues_it() -> None:
    assert ask("INP104", marked(grown_up() - 18.0, -1.0)).findings == ()


@pytest.mark.parametrize("name", INNOCENT)
def test_values_that_only_look_like_marks(name: str) -> None:
    assert not ask("INP104", pd.DataFrame({"x": INNOCENT[name].astype(float)})).loud


def test_ordinary_data_is_clean() -> None:
    assert ask("INP104", table(400), target="y").status is Status.CLEAN
    assert ask("INP104", images()).status is Status.NOT_APPLICABLE


def test_targets_of_regression_count_and_classes_do_not() -> None:
    frame = marked(masses(), -999.0)
    assert ask("INP104", frame, target="x", task="regression").finding.columns == ("x",)
    assert ask("INP104", frame, target="x", task="classification").status is Status.CLEAN


def test_each_split_has_its_own_rows() -> None:
    clean = pd.DataFrame({"x": masses(), "other": 1.5})
    answer = ask("INP104", clean, marked(masses(), -999.0))
    assert [(f.splits, f.rows) for f in answer.findings] == [(("validation",), AT)]


def wide(n_columns: int) -> Answer:
    """Return what is said of many columns with a mark each."""
    X = np.random.default_rng(0).normal(50, 5, (60, n_columns))
    X[[1, 2]] = -999.0
    return ask("INP104", X)


def test_wide_tables_list_a_part_and_count_all() -> None:
    said = wide(300).finding
    assert len(said.columns) == 300
    assert len(said.evidence["table"]["rows"]) == 200
    assert said.evidence["table"]["total"] == 300
    assert said.evidence["cells"] == 600


def test_long_columns_cap_rows_and_count_all() -> None:
    column = np.random.default_rng(0).normal(50, 5, 60_000)
    column[::20] = -999.0
    said = ask("INP104", pd.DataFrame({"x": column})).finding
    assert len(said.rows) == 1000
    assert said.rows[:3] == (0, 20, 40)
    assert 2700 <= said.row_count <= 3300


def test_hostile_names_and_values() -> None:
    frame = marked(masses(), -999.0).rename(columns={"x": "<b>x\n\x1b[31m"})
    frame["inf"] = np.where(np.arange(100) % 2, np.inf, 1.7e308)
    frame["nan"] = np.nan
    assert ask("INP104", frame).finding.columns == ("<b>x\n\x1b[31m",)


def test_options() -> None:
    frame = marked(masses(), 9999.0)
    assert ask("INP104", frame, options={"gap": 50.0}).status is Status.CLEAN
    assert ask("INP104", frame, options={"most": 0.04}).status is Status.CLEAN
    words = pd.DataFrame({"colour": ["red", "blue", "green", "?"] * 10})
    assert ask("INP104", words).finding.severity == "warning"
    assert ask("INP104", words, options={"category_share": 0.2}).finding.severity == "note"
