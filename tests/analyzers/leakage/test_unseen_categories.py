"""LEA117: values that train never shows, and rare ones that chance leaves to one side."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataaudit.analyzers.leakage.unseen_categories import _by_chance
from dataaudit.model import Status
from tests.analyzers.asking import ask
from tests.build import table


def test_a_value_in_bulk() -> None:
    train, test = table(300), table(100, 1)
    test.loc[[4, *range(40, 60)], "city"] = "Lima"
    finding = ask("LEA117", train, test=test, target="y").finding
    assert (finding.severity, finding.columns, finding.splits) == ("warning", ("city",), ("train", "test"))
    assert finding.rows == (4, *range(40, 60))
    assert finding.message.startswith("'city' of test holds 'Lima', which train never shows: 21 rows (21 %)")
    assert finding.evidence["table"]["rows"] == [["Lima", 21]]


def test_another_spelling_is_named() -> None:
    train, test = table(300), table(100, 1)
    test["city"] = test.city.str.upper()
    finding = ask("LEA117", train, test=test, target="y").finding
    assert finding.row_count == 100
    assert "is written '" in finding.message


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.5, 1.0, 2.0, 4.0]), st.floats(0.1, 0.5))
def test_rare_values_are_left_to_chance(seed: int, tail: float, share: float) -> None:
    rng = np.random.default_rng(seed)
    data = table(500, seed).assign(zone=[f"z{int(v)}" for v in 30 * rng.pareto(tail, 500)])
    cut = int((1 - share) * 500)
    assert ask("LEA117", data.iloc[:cut], data.iloc[cut:], target="y").loud == ()


def test_what_chance_leaves_is_what_shuffling_leaves() -> None:
    rng = np.random.default_rng(0)
    column = rng.zipf(1.7, 600)
    column = column[column < 10**6]
    q, left = 0.25, []
    for _ in range(400):
        side = rng.random(len(column)) < q
        left.append(int((~np.isin(column[side], column[~side])).sum()))
    values, counts = np.unique(column, return_counts=True)
    hashes, nothing = values.astype(np.uint64), np.zeros(0, np.int64)
    expected, p = _by_chance(hashes, counts, nothing.astype(np.uint64), nothing, nothing, q)
    assert expected == pytest.approx(np.mean(left), rel=0.1)
    assert p == 1.0


def test_many_rare_new_values_are_more_than_chance() -> None:
    train, test = table(600), table(200, 1)
    train["city"], test["city"] = [f"a{i % 30}" for i in range(600)], [f"b{i % 50}" for i in range(200)]
    test.loc[100:, "city"] = "a1"
    finding = ask("LEA117", train, test=test, target="y").finding
    assert (finding.severity, finding.row_count, finding.evidence["table"]["total"]) == ("warning", 100, 50)


def test_few_rows_are_a_note() -> None:
    train, test = table(3000), table(4000, 1)
    test.loc[:29, "city"] = "Lima"
    assert ask("LEA117", train, test=test, target="y").finding.severity == "note"


def test_new_values_of_new_groups_and_later_times_are_notes() -> None:
    data = table(400).sort_values("joined").reset_index(drop=True).assign(shop=np.arange(400) // 10)
    data.loc[320:, "city"] = "Lima"
    finding = ask("LEA117", data[:300], data[300:], target="y", time="joined").finding
    assert (finding.severity, "in time" in finding.message) == ("note", True)
    data = data.drop(columns="joined")
    assert ask("LEA117", data[:300], data[300:], target="y", group="shop").finding.severity == "note"


@pytest.mark.parametrize(
    "columns",
    [
        pytest.param({"name": [f"{i} of a long row of words" for i in range(200)]}, id="free text"),
        pytest.param({"code": [f"K{i:05}" for i in range(200)]}, id="ids"),
        pytest.param({"patient": [f"P{i // 4}" for i in range(200)]}, id="persons"),
        pytest.param({"city": [None] * 200}, id="nothing"),
    ],
)
def test_what_is_no_category(columns: dict[str, Any]) -> None:
    data = table(200).drop(columns="city").assign(**columns)
    answer = ask("LEA117", data[:140], data[140:], target="y")
    assert answer.findings == ()
    assert answer.status is Status.NOT_APPLICABLE


def test_too_few_values_cannot_tell() -> None:
    assert ask("LEA117", table(200), table(12, 1), target="y").status is Status.SKIPPED


def test_more_values_than_are_kept() -> None:
    rng = np.random.default_rng(0)
    train = pd.DataFrame({"zone": [f"z{i}" for i in rng.integers(0, 3000, 30_000)], "x": rng.normal(size=30_000)})
    names = [f"{'wz'[i % 2]}{i}" for i in rng.integers(0, 3000, 9000)]
    test = pd.DataFrame({"zone": names, "x": rng.normal(size=9000)})
    finding = ask("LEA117", train, test=test).finding
    assert finding.severity == "warning"
    assert finding.evidence["all_values_compared"] is False
    assert ask("LEA117", train, test=train.sample(9000, random_state=0)).findings == ()


def test_a_column_that_the_splits_were_cut_by_is_a_note() -> None:
    data = table(600).assign(shop=[f"shop {i % 30:02}" for i in range(600)])
    data["town"] = data.pop("city") + data["shop"].str[-2:]
    train, test = data[data["shop"] < "shop 20"], data[data["shop"] >= "shop 20"]
    findings = ask("LEA117", train, test=test, target="y").findings
    assert {(f.columns, f.severity) for f in findings} == {(("shop",), "note"), (("town",), "note")}
    data = data.assign(patient=data.pop("shop"))
    train, test = data[data.patient < "shop 20"], data[data.patient >= "shop 20"]
    assert {f.severity for f in ask("LEA117", train, test=test, target="y").findings} == {"note"}


def test_few_values_written_anew_are_a_warning() -> None:
    train, test = table(300), table(100, 1)
    test["city"] = test.city.map({"Bern": "CH", "Oslo": "NO", "Porto": "PT", "Graz": "AT"})
    finding = ask("LEA117", train, test=test, target="y").finding
    assert (finding.severity, finding.row_count) == ("warning", 100)
