"""LEA113: train rows later than rows it is judged on, and splits that follow each other."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dataaudit.model import Status
from tests.analyzers.asking import ask
from tests.build import table


def series(n: int = 300, seed: int = 0) -> pd.DataFrame:
    """Return days in order, with a target that moves slowly."""
    rng = np.random.default_rng(seed)
    days = pd.Timestamp("2021-01-01") + pd.to_timedelta(np.arange(n), unit="D")
    return pd.DataFrame({"day": days, "x": rng.normal(size=n), "y": np.cumsum(rng.normal(size=n))})


def cut(data: pd.DataFrame, *at: float) -> list[pd.DataFrame]:
    places = [0, *(int(a * len(data)) for a in at), len(data)]
    return [data.iloc[a:b].reset_index(drop=True) for a, b in pairwise(places)]


def exchanged(splits: list[pd.DataFrame], k: int) -> list[pd.DataFrame]:
    """Return splits whose first and last have exchanged k rows: the first of the one, the last of the other."""
    first, last = splits[0].copy(), splits[-1].copy()
    first.iloc[:k], last.iloc[len(last) - k :] = splits[-1].iloc[len(last) - k :], splits[0].iloc[:k]
    return [first, *splits[1:-1], last]


def test_splits_in_order_pass() -> None:
    answer = ask("LEA113", *cut(series(), 0.6, 0.8), target="y", time="day")
    assert answer.findings == ()
    assert answer.measured.startswith("train ends 2021-06-29, validation starts 2021-06-30; ")


def test_exchanged_rows_are_named() -> None:
    train, test = exchanged(cut(series(), 0.8), 5)
    finding = ask("LEA113", train, test=test, target="y", time="day").finding
    assert (finding.severity, finding.columns, finding.splits) == ("error", ("day",), ("train", "test"))
    assert finding.rows == (55, 56, 57, 58, 59)
    assert "in order but for 10 rows on the wrong side of 2021-08-28" in finding.message
    late = int((train.day > test.day.min()).sum())
    assert finding.message.startswith(f"{late} rows of train")
    assert finding.evidence["late"] == late


def test_a_random_split_is_an_error_where_time_is_declared() -> None:
    splits = cut(series().sample(frac=1, random_state=0), 0.6, 0.8)
    findings = ask("LEA113", *splits, target="y", time="day").findings
    assert [(f.severity, f.splits[-1]) for f in findings] == [("error", "validation"), ("error", "test")]
    assert all("as a random split leaves them" in f.message for f in findings)
    early = splits[1].day < splits[0].day.max()
    assert list(findings[0].rows) == np.flatnonzero(early).tolist()


def test_train_after_test() -> None:
    test, train = cut(series(), 0.3)
    finding = ask("LEA113", train, test=test, target="y", time="day").finding
    assert "all of train comes after test" in finding.message
    assert finding.row_count == len(test)


def test_validation_that_reaches_into_test_is_a_warning() -> None:
    train, validation, test = cut(series(), 0.6, 0.8)
    _, validation, test = exchanged([train, validation, test], 0)
    mixed = pd.concat([validation, test]).sample(frac=1, random_state=0)
    finding = ask("LEA113", train, *cut(mixed, 0.5), target="y", time="day").finding
    assert (finding.severity, finding.splits) == ("warning", ("validation", "test"))


def test_years_may_touch_and_numbers_count_as_times() -> None:
    years = pd.DataFrame({"year": np.repeat(np.arange(1990, 2010), 8), "x": np.arange(160) * 0.7})
    train, test = cut(years, 0.51)
    assert train.year.max() == test.year.min()
    assert ask("LEA113", train, test=test, time="year").findings == ()
    train.loc[3, "year"] = 2009
    finding = ask("LEA113", train, test=test, time="year").finding
    assert finding.message.startswith("1 row of train (1.2 %) is later than test's first by 'year', 2000")


def test_missing_times_are_left_out() -> None:
    train, test = cut(series(), 0.8)
    train.loc[[3, 4], "day"] = None
    test["day"] = test.day.where(test.index > 5)
    assert ask("LEA113", train, test=test, time="day").findings == ()
    assert (
        ask("LEA113", train.assign(day=train.day.where(train.x > 99)), test=test, time="day").status is Status.SKIPPED
    )


def test_groups_kept_apart_instead() -> None:
    data = table(400).assign(patient=[f"P{i % 40:02}" for i in range(400)])
    train, test = data[data.patient < "P30"], data[data.patient >= "P30"]
    finding = ask("LEA113", train, test=test, target="y", time="joined", group="patient").finding
    assert (finding.severity, "kept apart by 'patient'" in finding.message) == ("note", True)
    assert ask("LEA113", train, test=test, target="y", time="joined").finding.severity == "note"


@pytest.mark.parametrize("task", ["forecast", "noise", "classes"])
def test_dates_among_the_inputs(task: str) -> None:
    data = series()
    if task == "noise":
        data["y"] = np.random.default_rng(1).normal(size=300)
    elif task == "classes":
        data["y"] = np.where(data.y > 0, "up", "down")
    finding = ask("LEA113", *cut(data.sample(frac=1, random_state=1), 0.8), target="y").finding
    assert finding.severity == ("warning" if task == "forecast" else "note")
    assert finding.columns == ("day",)


def test_undeclared_order_with_strays_is_a_warning() -> None:
    data = series().assign(y=np.random.default_rng(1).normal(size=300))
    assert ask("LEA113", *cut(data, 0.6, 0.8), target="y").findings == ()
    loud = ask("LEA113", *exchanged(cut(data, 0.6, 0.8), 2), target="y").loud
    assert {f.severity for f in loud} == {"warning"}


@pytest.mark.parametrize(
    ("splits", "roles"),
    [
        ([series()], {"time": "day"}),
        ([table(50).drop(columns="joined"), table(30).drop(columns="joined")], {}),
    ],
)
def test_nothing_to_compare(splits: list[pd.DataFrame], roles: dict[str, Any]) -> None:
    assert ask("LEA113", *splits, **roles).status is Status.NOT_APPLICABLE


def test_text_is_no_time() -> None:
    words = table(60).assign(when=["early", "late"] * 30)
    assert ask("LEA113", words, words.head(20), time="when").status is Status.SKIPPED


def test_copies_of_train_in_test_are_left_to_another_rule() -> None:
    train, test = cut(series(), 0.8)
    test = pd.concat([test, train.iloc[[3, 50, 90]]], ignore_index=True)
    finding = ask("LEA113", train, test=test, target="y", time="day").finding
    assert (finding.severity, finding.rows) == ("note", (60, 61, 62))
    assert ask("LEA113", train.drop(index=50), test=test, target="y", time="day").finding.severity == "error"
