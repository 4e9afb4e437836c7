"""LEA111 in tables: rows blurred, rounded or edited on their way into another split, and rows that are alike."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine

from dataaudit.analyzers.common import number
from dataaudit.model import Status
from tests.analyzers.asking import ask
from tests.analyzers.leakage.splitting import drawn, split
from tests.build import table

Alter = Callable[[Any, np.random.Generator, Any], Any]


def noise(size: float) -> Alter:
    return lambda rows, rng, spread: rows + rng.normal(0.0, size, rows.shape) * spread.to_numpy()


def rounding(decimals: int) -> Alter:
    return lambda rows, *_: rows.round(decimals)


def one_cell(rows: Any, rng: np.random.Generator, _: Any) -> Any:
    rows = rows.copy()
    for i in range(len(rows)):
        j = int(rng.integers(rows.shape[1]))
        rows.iloc[i, j] += 1000.0 + rng.random()
    return rows


def leaky(data: pd.DataFrame, alter: Alter, share: float, seed: int = 0) -> tuple[list[pd.DataFrame], dict[int, int]]:
    """Return three splits, some rows of test altered copies of rows of train; and which they are."""
    inputs = [c for c in data.columns if c != "target"]
    data = data.astype(dict.fromkeys(inputs, float))
    train, validation, test = split(data, seed)
    pairs = drawn(max(1, round(share * len(test))), test, train, seed)
    copies = train.iloc[list(pairs.values())][inputs].reset_index(drop=True)
    made = alter(copies, np.random.default_rng(seed), data[inputs].std())
    test.loc[list(pairs), inputs] = made.to_numpy()
    return [train, validation, test], pairs


@pytest.mark.parametrize("share", [0.03, 0.2])
@pytest.mark.parametrize(
    ("load", "alter", "how"),
    [
        (load_breast_cancer, noise(1e-4), "noise"),
        (load_breast_cancer, noise(1e-2), "noise"),
        (load_breast_cancer, rounding(2), "rounded"),
        (load_breast_cancer, one_cell, "one cell"),
        (load_wine, noise(1e-3), "noise"),
        (load_wine, one_cell, "one cell"),
        (load_diabetes, noise(1e-2), "noise"),
        (load_digits, noise(1e-3), "noise"),
        (load_digits, one_cell, "one cell"),
    ],
)
def test_altered_copies_in_real_tables(load: Callable[..., Any], alter: Alter, how: str, share: float) -> None:
    splits, pairs = leaky(load(as_frame=True).frame, alter, share)
    finding = ask("LEA111", *splits, target="target").finding
    assert (finding.severity, finding.splits, list(finding.rows)) == ("warning", ("train", "test"), list(pairs))
    assert finding.evidence["by_kind"] == {how: len(pairs)}
    assert finding.evidence["table"]["rows"] == [[row, of, how] for row, of in pairs.items()]


def test_what_is_said() -> None:
    train: Any = table(200)
    test: Any = table(50, 1)
    test.loc[7] = train.loc[30]
    test.loc[7, "age"] += 0.01
    test.loc[7, "income"] += 0.5
    finding = ask("LEA111", train, test=test, target="y").finding
    low, high = np.quantile(train["age"], [0.05, 0.95])
    assert finding.message == (
        "1 row of test is all but a row of train (2 % of test): "
        f"1 within {number(0.01 * 3.29 / (high - low))} of the spread of every column"
    )
    figure: Any = finding.figure
    assert figure["kind"] == "pairs"
    (pair,) = figure["pairs"]
    assert [figure["columns"][j] for j in pair["differs"]] == ["age", "income"]
    assert (pair["left"]["row"], pair["right"]["row"], pair["note"]) == (30, 7, "noise")


def test_coarse_columns_give_copies_away_by_their_decimals() -> None:
    splits, pairs = leaky(load_iris(as_frame=True).frame, noise(1e-3), 0.3)
    assert list(ask("LEA111", *splits, target="target").finding.rows) == list(pairs)


def test_missing_cells_must_agree() -> None:
    data = load_wine(as_frame=True).frame
    splits, pairs = leaky(data, noise(1e-4), 0.2)
    gap = next(iter(pairs))
    splits[2].loc[gap, "hue"] = np.nan  # one cell is edited now, and the others blurred: another row
    found = list(ask("LEA111", *splits, target="target").finding.rows)
    assert found == [row for row in pairs if row != gap]


def test_copies_in_validation_that_came_from_test() -> None:
    train, validation, test = split(load_breast_cancer(as_frame=True).frame)
    validation.iloc[:9, 0] += 0.25
    test.iloc[20:29] = validation.iloc[:9].to_numpy()
    test.iloc[20:29, 3] += 0.5
    finding = ask("LEA111", train, validation, test, target="target").finding
    assert (finding.splits, finding.rows) == (("validation", "test"), tuple(range(20, 29)))


def test_equal_rows_are_left_to_the_rule_for_them() -> None:
    splits, _ = leaky(load_wine(as_frame=True).frame, noise(0.0), 0.3)
    assert ask("LEA111", *splits, target="target").findings == ()


def test_samples_of_larger_splits_say_how_much_they_saw() -> None:
    rng = np.random.default_rng(0)
    train = pd.DataFrame(rng.normal(size=(40_000, 5))).add_prefix("c")
    test = pd.DataFrame(rng.normal(size=(25_000, 5))).add_prefix("c")
    test.iloc[:10_000] = train.iloc[:10_000].to_numpy() + 1e-5
    finding = ask("LEA111", train, test=test).finding
    assert finding.evidence["share_of_pairs_seen"] == 0.4
    assert 3600 < finding.row_count < 4400
    assert "among 20,000 and 20,000 sampled ones, about " in finding.message
    assert max(map(int, finding.rows)) < 10_000


# ---------------------------------------------------------------- innocent


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("load", [load_iris, load_wine, load_breast_cancer, load_diabetes, load_digits])
def test_real_tables_split_at_random(load: Callable[..., Any], seed: int) -> None:
    answer = ask("LEA111", *split(load(as_frame=True).frame, seed), target="target")
    assert answer.findings == ()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("step", [0.5, 0.1, 0.01])
@pytest.mark.parametrize("columns", [2, 4, 8])
def test_discretised_measurements(columns: int, step: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    base = rng.normal(size=(900, 1)) + 0.5 * rng.normal(size=(900, columns))  # correlated
    data = pd.DataFrame(np.round(base / step) * step).add_prefix("c")
    assert ask("LEA111", *split(data, seed)).findings == ()


@pytest.mark.parametrize("seed", range(3))
def test_series_split_at_random_resemble_themselves(seed: int) -> None:
    rng = np.random.default_rng(seed)
    steps = rng.normal(size=(2000, 6)).cumsum(axis=0)
    data = pd.DataFrame(steps + 0.01 * rng.normal(size=(2000, 6))).add_prefix("c")
    assert ask("LEA111", *split(data, seed)).findings == ()


@pytest.mark.parametrize("seed", range(3))
def test_repeated_measurements_of_the_same_things(seed: int) -> None:
    rng = np.random.default_rng(seed)
    things = rng.normal(size=(150, 8))
    data = pd.DataFrame(things[rng.integers(0, 150, 900)] + 0.005 * rng.normal(size=(900, 8))).add_prefix("c")
    assert ask("LEA111", *split(data, seed)).findings == ()


@pytest.mark.parametrize("seed", range(3))
def test_repeated_measurements_in_small_splits(seed: int) -> None:
    rng = np.random.default_rng(seed)
    things = rng.normal(size=(150, 30))
    data = pd.DataFrame(things[rng.integers(0, 150, 600)] + 0.01 * rng.normal(size=(600, 30))).add_prefix("c")
    assert ask("LEA111", *split(data, seed)).findings == ()


@pytest.mark.parametrize("seed", range(3))
def test_one_fine_column_among_coarse_ones(seed: int) -> None:
    rng = np.random.default_rng(seed)
    data = pd.DataFrame({f"c{j}": rng.integers(0, 3, 800) for j in range(5)}).assign(price=rng.lognormal(3, 1, 800))
    assert ask("LEA111", *split(data.round(2), seed)).findings == ()


@pytest.mark.parametrize("group", ["subject", None])
def test_crossed_designs(group: str | None) -> None:
    levels = [range(14), range(19), ("cue", "stim"), ("frontal", "parietal")]
    data = pd.DataFrame(list(product(*levels)), columns=["subject", "time", "event", "region"])
    data["y"] = np.random.default_rng(0).normal(size=len(data))
    parts = [data[data["subject"].isin(s)].reset_index(drop=True) for s in (range(9), range(9, 12), range(12, 14))]
    assert ask("LEA111", *parts, target="y", group=group).findings == ()


@pytest.mark.parametrize(
    "test",
    [
        pytest.param(table(1, 1), id="one row"),
        pytest.param(table(0).reindex(range(30)), id="nothing in the rows"),
        pytest.param(table(60, 1).assign(age=np.inf, income=-np.inf), id="infinite"),
        pytest.param(table(60, 1).assign(age=[-1e308, 1.7e308] * 30, income=1e-300), id="huge and tiny"),
        pytest.param(table(60, 1).assign(age=3.0, income=3.0, rooms=3), id="constants"),
    ],
)
def test_odd_splits(test: pd.DataFrame) -> None:
    assert ask("LEA111", table(200), test=test, target="y").findings == ()


def test_texts_alone() -> None:
    rng = np.random.default_rng(0)
    data = pd.DataFrame(rng.integers(0, 50, (300, 6)).astype(str)).add_prefix("t")
    train, _, test = split(data)
    assert ask("LEA111", train, test=test).findings == ()
    test.iloc[:5] = train.iloc[10:15].to_numpy()
    test.iloc[:5, 2] = "new"
    assert ask("LEA111", train, test=test).finding.rows == (0, 1, 2, 3, 4)


def test_what_is_said_of_clean_splits() -> None:
    train, _, test = split(load_wine(as_frame=True).frame)
    assert ask("LEA111", train, test=test, target="target").measured == "test and train: no two rows are close"


def test_not_applicable() -> None:
    assert ask("LEA111", table(50)).status is Status.NOT_APPLICABLE
    assert ask("LEA111", table(50)[["age"]], test=table(50, 1)[["age"]]).status is Status.NOT_APPLICABLE
