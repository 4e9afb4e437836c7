"""INP106: values of another unit, and tails that are only heavy."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from dataaudit.analyzers.inputs.tails import factor_of
from dataaudit.model import Status
from tests.analyzers.asking import ask
from tests.build import images, table


def lengths(n: int = 200) -> np.ndarray:
    """Return bill lengths in millimetres."""
    return np.random.default_rng(0).normal(44, 5, n).round(1)


def mixed_up(factor: float, at: tuple[int, ...] = (12, 107), n: int = 200) -> pd.DataFrame:
    """Return lengths of which some are in another unit."""
    column = lengths(n)
    column[list(at)] *= factor
    return pd.DataFrame({"x": column, "z": np.random.default_rng(1).normal(size=n)})


@pytest.mark.parametrize(
    ("factor", "words"),
    [
        (1000.0, "a thousand times the others"),
        (100.0, "a hundred times the others"),
        (10.0, "ten times the others"),
        (0.001, "a thousand times too small"),
        (0.01, "a hundred times too small"),
        (60.0, "60 times the others"),
    ],
)
def test_rows_in_another_unit(factor: float, words: str) -> None:
    said = ask("INP106", mixed_up(factor)).finding
    assert said.severity == "warning"
    assert (said.columns, said.rows, said.row_count, said.splits) == (("x",), (12, 107), 2, ("train",))
    assert words in said.message


def test_what_it_says() -> None:
    frame = mixed_up(1000.0)
    rest = np.delete(lengths(), [12, 107])
    said = ask("INP106", frame).finding
    low, high = sorted(lengths()[[12, 107]] * 1000)
    assert said.message == (
        f"2 values of 'x' ({low:,.0f} to {high:,.0f}) are a thousand times the others (the next is {rest.max():.4g}, "
        f"the median {np.median(rest):.4g}): grams among kilograms?"
    )
    edge = f"{0.5 * (rest.max() + low):.0f}"
    assert said.fix == f"+ data.loc[data['x'] > {edge}, 'x'] /= 1000   # once confirmed"


def test_p_value_by_hand() -> None:
    """exp(-i·log ratio / gamma), gamma by Hill's estimator from the twenty values behind the gap, times gaps tried."""
    frame = mixed_up(100.0)
    y = np.sort(frame["x"] - frame["x"].median())[::-1]
    tail = np.log(y[2 : 2 + 21])
    gamma = (tail[:-1] - tail[-1]).mean() * (1 + 2 / math.sqrt(21))
    expected = 11 * math.exp(-2 * math.log(y[1] / y[2]) / gamma)
    assert ask("INP106", frame).finding.evidence["p_value"] == pytest.approx(expected, rel=1e-9)


def test_negative_columns_have_units_too() -> None:
    frame = pd.DataFrame({"longitude": np.random.default_rng(3).normal(-122, 1, 200)})
    frame.loc[[4, 5], "longitude"] *= 1000
    said = ask("INP106", frame).finding
    assert said.rows == (4, 5)
    assert "a thousand times the others" in said.message


def test_the_target_of_a_regression() -> None:
    frame = mixed_up(1000.0)
    said = ask("INP106", frame, target="x", task="regression").finding
    assert said.columns == ("x",)


def test_placeholders_are_left_to_their_own_rule() -> None:
    frame = mixed_up(1.0)
    frame.loc[[3, 8, 9], "x"] = -999.0
    assert ask("INP106", frame).status is Status.CLEAN


def test_behind_placeholders() -> None:
    frame = mixed_up(1000.0)
    frame.loc[[3, 8, 9], "x"] = 999999.0
    assert ask("INP106", frame).finding.rows == (12, 107)


def test_numbers_held_as_text() -> None:
    frame = mixed_up(1000.0)
    frame["x"] = frame["x"].astype(str)
    frame.loc[3, "x"] = "?"
    assert ask("INP106", frame).finding.rows == (12, 107)


def test_one_odd_value_is_a_note_unless_it_is_far_off() -> None:
    assert ask("INP106", mixed_up(10.0, (12,))).finding.severity == "note"
    assert ask("INP106", mixed_up(1000.0, (12,))).finding.severity == "warning"


RNG = np.random.default_rng(11)
INNOCENT = {
    "normal": RNG.normal(50, 10, 1000),
    "lognormal": RNG.lognormal(3, 1, 1000),
    "wide lognormal": RNG.lognormal(0, 2, 1000),
    "Pareto": RNG.pareto(1.2, 1000) + 1,
    "incomes": np.round(RNG.pareto(1.8, 2000) * 30_000 + 12_000),
    "t3": RNG.standard_t(3, 1000),
    "Cauchy": RNG.standard_cauchy(1000),
    "exponential": RNG.exponential(1, 1000),
    "gamma near zero": RNG.gamma(0.3, 1, 1000),
    "counts": RNG.negative_binomial(0.5, 0.02, 1000) * 1.0,
    "zero-inflated": np.where(RNG.random(1000) < 0.8, 0, RNG.lognormal(5, 1, 1000)),
    "two groups": np.where(RNG.random(1000) < 0.04, RNG.normal(100, 3, 1000), RNG.normal(50, 3, 1000)),
    "saturated": np.clip(RNG.normal(0, 1, 1000), -1, 1),
    "uniform": RNG.random(1000),
}


def test_one_value_in_another_unit_is_no_rare_event() -> None:
    column = np.random.default_rng(3).normal(20, 3, 43).round(1)
    column[7] *= 100
    said = ask("INP106", pd.DataFrame({"x": column, "z": np.random.default_rng(1).normal(size=43)})).finding
    assert (said.severity, said.columns, said.rows) == ("warning", ("x",), (7,))
    assert "a hundred times the others" in said.message


def test_one_value_that_no_power_of_ten_mends_stays_silent_in_a_small_table() -> None:
    column = np.random.default_rng(3).normal(20, 3, 43).round(1)
    column[7] = 20 + 60 * (np.sort(column)[-1] - 20)
    assert ask("INP106", pd.DataFrame({"x": column, "z": np.random.default_rng(1).normal(size=43)})).loud == ()


@pytest.mark.parametrize("name", INNOCENT)
def test_heavy_tails_are_no_outliers(name: str) -> None:
    assert not ask("INP106", pd.DataFrame({"x": INNOCENT[name]})).loud


def test_many_heavy_tails_in_one_table() -> None:
    """Sixty columns, and the smallest p-value of all counts."""
    rng = np.random.default_rng(5)
    X = np.concatenate([rng.standard_t(3, (300, 20)), rng.lognormal(0, 1.5, (300, 20)), rng.pareto(1.5, (300, 20))], 1)
    assert not ask("INP106", X).loud


def test_other_kinds_of_data() -> None:
    assert ask("INP106", table(400), target="y").status is Status.CLEAN
    assert ask("INP106", images()).status is Status.NOT_APPLICABLE
    assert ask("INP106", pd.DataFrame({"c": ["a", "b"] * 20})).status is Status.NOT_APPLICABLE
    few = ask("INP106", lengths(12).reshape(-1, 1))
    assert (few.status, few.reason) == (Status.SKIPPED, "12 rows, fewer than 20")


def test_long_columns_cap_rows_and_count_all() -> None:
    n = 50_000
    column = np.random.default_rng(0).normal(44, 5, n)
    column[::25] *= 1000
    said = ask("INP106", pd.DataFrame({"x": column, "z": 1.0})).finding
    assert len(said.rows) == 1000
    assert all(row % 25 == 0 for row in said.rows)
    assert 1700 <= said.row_count <= 2300


def test_wide_tables_name_all_columns() -> None:
    X = np.random.default_rng(0).normal(50, 5, (200, 300))
    X[[1, 2]] *= 1000.0
    said = ask("INP106", X).finding
    assert (len(said.columns), said.rows) == (300, (1, 2))
    assert (len(said.evidence["table"]["rows"]), said.evidence["table"]["total"]) == (200, 300)


@pytest.mark.parametrize("value", [1.7e308, np.inf, np.nan, 5e-324])
def test_hostile_values(value: float) -> None:
    frame = mixed_up(1000.0)
    frame.loc[[50, 51], "x"] = value
    assert ask("INP106", frame).findings


def test_options() -> None:
    frame = mixed_up(10.0)
    assert ask("INP106", frame, options={"most": 0.0}).findings == ()
    assert ask("INP106", frame, options={"factor_alpha": 0.0}).finding.severity == "warning"
    assert ask("INP106", frame, options={"factor_alpha": 0.0, "alpha": 1e-300}).status is Status.CLEAN
    around_zero = pd.DataFrame({"x": np.append(np.random.default_rng(0).normal(0, 1, 200), [40.0, 41.0])})
    assert ask("INP106", around_zero).finding.severity == "note"
    assert ask("INP106", around_zero, options={"ratio": 5.0}).finding.severity == "warning"


@pytest.mark.parametrize(
    ("values", "smaller", "expected"),
    [
        ([4400.0, 5000.0], False, 100.0),
        ([0.044, 0.05], True, 1000.0),
        ([44.0 * 2.54, 50 * 2.54], False, 2.54),
        ([90.0, 44_000.0], False, None),
    ],
)
def test_factors(values: list[float], smaller: bool, expected: float | None) -> None:
    assert factor_of(np.array(values), np.sort(lengths()), smaller=smaller, sure=False) == expected


def test_values_of_all_sizes_have_no_factor() -> None:
    known = np.sort(np.random.default_rng(0).lognormal(0, 3, 500))
    assert factor_of(np.array([1e7]), known, smaller=False, sure=True) is None
    assert factor_of(np.array([1e7]), np.linspace(-1, 1, 50), smaller=False, sure=True) is None
