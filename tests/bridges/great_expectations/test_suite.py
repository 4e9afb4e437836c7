"""Suites made from audits: what they hold, what passes and fails them, and that plain Great Expectations runs them."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import dataaudit
from dataaudit.bridges.great_expectations import suite_from
from dataaudit.errors import ConfigError, SourceError
from dataaudit.profile import Profile
from tests.build import images
from tests.conftest import Run


def people(n: int = 400, seed: int = 0) -> pd.DataFrame:
    """Return rows of one source, new ones for each seed."""
    rng = np.random.default_rng(seed)
    height = rng.normal(170.0, 10.0, n)
    height[rng.random(n) < 0.05] = np.nan
    return pd.DataFrame(
        {
            "id": rng.permutation(n) + 1000 * (seed + 1),
            "height": height,
            "income": rng.lognormal(10.0, 0.8, n),
            "rooms": rng.integers(1, 7, n),
            "city": rng.choice(["Bern", "Oslo", "Porto"], n, p=[0.5, 0.3, 0.2]),
            "member": rng.random(n) < 0.3,
            "since": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 10**8, n), unit="s"),
            "y": rng.choice(["no", "yes"], n, p=[0.7, 0.3]),
        }
    )


@pytest.fixture(scope="module")
def suite() -> dict[str, Any]:
    report = dataaudit.audit(people(), target="y", select=["INP"], jobs=1)
    made: dict[str, Any] = dataaudit.suite_from(report, name="people").to_json_dict()
    return made


def of(suite: dict[str, Any], column: str) -> list[dict[str, Any]]:
    return [e for e in suite["expectations"] if e["kwargs"].get("column") == column]


def kinds(suite: dict[str, Any], column: str) -> list[str]:
    return [e["type"].removeprefix("expect_column_") for e in of(suite, column)]


def broken(suite: dict[str, Any], frame: pd.DataFrame) -> set[str]:
    report = dataaudit.validate(frame, suite, jobs=1)
    assert not [c.reason for c in report.checks if c.status == "crashed"]
    return {str(f.evidence.get("expectation", "absent")).removeprefix("expect_") for f in report.findings}


# ---------------------------------------------------------------- what it holds


def test_what_is_expected_of_each_kind_of_column(suite: dict[str, Any]) -> None:
    filled, typed = "values_to_not_be_null", "values_to_be_in_type_list"
    assert kinds(suite, "id") == [filled, typed, "values_to_be_unique"]
    assert kinds(suite, "since") == [filled, typed]
    assert kinds(suite, "height") == [
        filled, typed, *["values_to_be_between"] * 4, "mean_to_be_between", "stdev_to_be_between",
    ]  # fmt: skip
    assert kinds(suite, "city") == [
        filled,
        "values_to_be_in_set",
        *["values_to_be_in_set", "values_to_not_be_in_set"] * 3,
    ]
    assert kinds(suite, "member") == [
        filled, typed, "values_to_be_in_set", "values_to_be_in_set", "values_to_not_be_in_set",
    ]  # fmt: skip
    assert [e["kwargs"]["value_set"] for e in of(suite, "member")[2:]] == [[False, True], [False], [False]]
    assert of(suite, "rooms")[2]["kwargs"]["value_set"] == [1, 2, 3, 4, 5, 6]


def test_groups_and_times_are_others_next_time() -> None:
    facts = dataaudit.profile_of(people(), target="y", group="city", time="rooms", jobs=1)
    made = suite_from(facts).to_json_dict()
    assert kinds(made, "city") == ["values_to_not_be_null"]
    assert kinds(made, "rooms") == ["values_to_not_be_null", "values_to_be_in_type_list"]


def test_bounds_are_those_of_their_formula(suite: dict[str, Any]) -> None:
    from dataaudit.bridges.great_expectations.bounds import most_of

    frame, meta = people(), suite["meta"]["dataaudit"]
    alpha = 0.005 / meta["bounds"]
    missing = int(frame["height"].isna().sum())
    assert of(suite, "height")[0]["kwargs"]["mostly"] == 1 - most_of(missing, 400, 400, alpha) / 400
    low, high = of(suite, "height")[2]["kwargs"], of(suite, "height")[3]["kwargs"]
    assert (low["min_value"], high["max_value"]) == (frame["height"].min(), frame["height"].max())
    n = 400 - missing
    assert low["mostly"] == pytest.approx(1 - most_of(0, n, n, alpha) / n, abs=1e-6)


def test_of_a_heavy_tail_that_is_never_negative_few_rows_may_be_below_zero() -> None:
    """-999 is no wild value among incomes of 100,000; where none was below zero, seven rows of 300 may be."""
    amounts = pd.DataFrame({"pay": np.random.default_rng(0).lognormal(8.0, 2.0, 300).round(2)})
    made = suite_from(dataaudit.profile_of(amounts, jobs=1)).to_json_dict()
    (far,) = [e for e in of(made, "pay") if "wild" in e["notes"]]
    assert far["kwargs"]["min_value"] == 0.0
    for rows, verdict in ((7, False), (8, True)):
        marked = amounts.copy()
        marked.loc[: rows - 1, "pay"] = -999.0
        assert ("column_values_to_be_between" in broken(made, marked)) is verdict
    signed = suite_from(dataaudit.profile_of(amounts - 2.0 * amounts.iloc[0], jobs=1)).to_json_dict()
    (far,) = [e for e in of(signed, "pay") if "wild" in e["notes"]]
    assert far["kwargs"]["min_value"] < float((amounts - 2.0 * amounts.iloc[0])["pay"].min())


def test_rare_categories_of_which_none_was_seen_once_leave_no_more_room_than_frequent_ones() -> None:
    size = pd.DataFrame({"size": ["1"] * 4 + ["2"] * 156 + ["3"] * 38 + ["4"] * 37 + ["5"] * 5 + ["6"] * 4})
    made = suite_from(dataaudit.profile_of(size, jobs=1)).to_json_dict()
    known = of(made, "size")[1]["kwargs"]
    assert known["value_set"] == ["1", "2", "3", "4", "5", "6"]
    assert known["mostly"] == pytest.approx(1 - 9 / 244, abs=1e-6)
    once = suite_from(dataaudit.profile_of(pd.concat([size, pd.DataFrame({"size": ["7"]})]), jobs=1)).to_json_dict()
    assert of(once, "size")[1]["kwargs"]["mostly"] < 1 - 12 / 245


def test_it_says_where_it_comes_from(suite: dict[str, Any]) -> None:
    meta = suite["meta"]["dataaudit"]
    assert meta["version"] == dataaudit.__version__
    assert (meta["rows"], meta["expected_rows"], meta["risk"], meta["split"]) == (400, 400, 0.005, "train")
    assert all(e["notes"] for e in suite["expectations"])
    assert "400 rows" in suite["notes"]


def test_severities(suite: dict[str, Any]) -> None:
    assert {e["severity"] for e in suite["expectations"] if e["type"].startswith("expect_table")} == {
        "critical",
        "info",
    }
    assert of(suite, "y")[1]["severity"] == "critical"  # an unknown class ends a training, an unknown city need not
    assert of(suite, "city")[1]["severity"] == "warning"


FAR = ("critical", "expect_column_values_to_be_between")


def test_saved_facts_give_the_same_suite_but_for_the_far_limits(suite: dict[str, Any]) -> None:
    facts = dataaudit.profile_of(people(), target="y", jobs=1)
    again = suite_from(Profile.from_dict(json.loads(facts.to_json())), name="people").to_json_dict()

    def near(made: dict[str, Any]) -> list[Any]:
        kept: list[Any] = copy.deepcopy(made["expectations"])
        for e in kept:
            if e["type"] == "expect_column_stdev_to_be_between" or (e["severity"], e["type"]) == FAR:
                e["kwargs"] = {"column": e["kwargs"]["column"]}
        return kept

    assert near(again) == near(suite)


# ---------------------------------------------------------------- what passes, what fails


@pytest.mark.parametrize("seed", range(1, 6))
def test_new_rows_of_the_same_source_pass(suite: dict[str, Any], seed: int) -> None:
    assert broken(suite, people(seed=seed)) == set()


def filled(name: str, value: object, rows: int) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def fill(frame: pd.DataFrame) -> pd.DataFrame:
        column = frame[name].astype(object)
        column.iloc[:rows] = value
        return frame.assign(**{name: column.infer_objects()})

    return fill


FAULTS: dict[str, tuple[Callable[[pd.DataFrame], pd.DataFrame], str]] = {
    "a column dropped": (lambda f: f.drop(columns="rooms"), "absent"),
    "a column renamed": (lambda f: f.rename(columns={"rooms": "room"}), "table_columns_to_match_set"),
    "numbers become text": (
        lambda f: f.assign(income=f.income.map("{:.0f} EUR".format)), "column_values_to_be_in_type_list",
    ),
    "10 % missing": (filled("income", None, 40), "column_values_to_not_be_null"),
    "another unit": (lambda f: f.assign(height=f.height * 1000), "column_mean_to_be_between"),
    "the sign flipped": (lambda f: f.assign(income=-f.income), "column_values_to_be_between"),
    "a constant": (lambda f: f.assign(height=170.0), "column_stdev_to_be_between"),
    "a new category": (filled("city", "Graz", 8), "column_values_to_be_in_set"),
    "a class dropped": (lambda f: f[f.y == "no"], "column_values_to_not_be_in_set"),
    "a class share doubled": (lambda f: pd.concat([f, f[f.y == "yes"], f[f.y == "yes"]]), "column_values_to_be_in_set"),
    "ids twice": (lambda f: f.assign(id=f.id.where(np.arange(len(f)) > 5, f.id.iloc[0])), "column_values_to_be_unique"),
    "one infinity": (filled("income", np.inf, 1), "column_values_to_be_between"),
    "a sentinel": (filled("height", -999.0, 8), "column_values_to_be_between"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_fails(suite: dict[str, Any], fault: str) -> None:
    inject, expectation = FAULTS[fault]
    assert expectation in broken(suite, inject(people(seed=9)).reset_index(drop=True))


def test_a_delivery_of_another_size_has_bounds_of_its_own() -> None:
    facts = dataaudit.profile_of(people(), target="y", jobs=1)
    few = suite_from(facts, rows=100).to_json_dict()
    many = suite_from(facts, rows=4000).to_json_dict()
    assert few["expectations"][2]["kwargs"] == {"min_value": 50, "max_value": 200}
    assert of(few, "y")[2]["kwargs"]["mostly"] < of(many, "y")[2]["kwargs"]["mostly"]
    assert broken(few, people(100, seed=3)) == set()


def test_plain_great_expectations_loads_and_runs_it(suite: dict[str, Any], tmp_path: Path, run_python: Run) -> None:
    (tmp_path / "suite.json").write_text(json.dumps(suite), encoding="utf-8")
    people(seed=3).to_pickle(tmp_path / "good.pickle")
    people(seed=3).drop(columns="rooms").to_pickle(tmp_path / "bad.pickle")
    code = """
import json, sys
import great_expectations as gx, pandas as pd
suite = gx.ExpectationSuite(**json.load(open("suite.json")))
asset = gx.get_context(mode="ephemeral").data_sources.add_pandas("p").add_dataframe_asset("a")
whole = asset.add_batch_definition_whole_dataframe("b")
runs = [whole.get_batch({"dataframe": pd.read_pickle(f"{n}.pickle")}).validate(suite) for n in ("good", "bad")]
print(json.dumps([[run.success for run in runs], len(runs[0].results), "dataaudit" in sys.modules]))
"""
    result = run_python("-c", code, PYTHONPATH="")
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout.splitlines()[-1]) == [[True, False], len(suite["expectations"]), False]


# ---------------------------------------------------------------- what is refused


def test_a_report_without_facts(tmp_path: Path) -> None:
    report = dataaudit.audit(people(), select=["INP101"], jobs=1)
    report.save(tmp_path / "report.json")
    with pytest.raises(SourceError, match="holds no facts to make a suite from"):
        suite_from(dataaudit.load(tmp_path / "report.json"))


def test_too_few_rows() -> None:
    with pytest.raises(SourceError, match="train has 19 rows, expected 20 or more"):
        suite_from(dataaudit.profile_of(people(19), jobs=1))


def test_pictures() -> None:
    with pytest.raises(SourceError, match="the rows of this data are pictures"):
        suite_from(dataaudit.profile_of(images(), jobs=1))


@pytest.mark.parametrize("risk", [0.0, 0.5, float("nan")])
def test_a_risk_that_makes_no_sense(risk: float) -> None:
    with pytest.raises(ConfigError, match=r"expected a chance between 0 and 0\.5"):
        suite_from(dataaudit.profile_of(people(), jobs=1), risk=risk)


def test_awkward_columns_give_no_bound_that_they_break() -> None:
    rng = np.random.default_rng(0)
    n = 200
    frame = pd.DataFrame(
        {
            "empty": np.full(n, np.nan),
            "infinite": np.r_[np.inf, rng.normal(size=n - 1)],
            "huge": rng.normal(size=n) * 1e300,
            "constant": np.ones(n),
            "one": np.r_[1.0, np.full(n - 1, np.nan)],
            "text": [f"sentence number {i} of several words" for i in range(n)],
            "mixed": ["a", 1] * (n // 2),
            "codes": pd.Categorical([1, 2] * (n // 2)),
            "ranges": pd.cut(rng.random(n), [0.0, 0.5, 1.0]),
            7: rng.normal(size=n),
        }
    )
    suite = suite_from(dataaudit.profile_of(frame, jobs=1)).to_json_dict()
    assert of(suite, "empty") == []
    assert kinds(suite, "7")[-1] == "stdev_to_be_between"
    assert broken(suite, frame.drop(columns="infinite").assign(infinite=rng.normal(size=n))[frame.columns]) == set()
