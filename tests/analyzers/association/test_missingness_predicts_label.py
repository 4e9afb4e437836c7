"""ASC106 on gaps that tell the label, and on gaps that do not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2_contingency, fisher_exact, ttest_ind

from dataaudit.model import Status
from tests.analyzers.asking import ask


def _table(n: int = 400, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    y = rng.choice(["ill", "well"], n)
    return pd.DataFrame(
        {"x": rng.normal(size=n), "test": rng.normal(size=n), "note": rng.choice(["a", "b"], n), "y": y}
    )


def _with_gaps(data: pd.DataFrame, column: str, ill: float, well: float, seed: int = 1) -> pd.DataFrame:
    """Return the table with some share of the cells of the ill missing, and another of the well."""
    chance = np.where(data["y"] == "ill", ill, well)
    gone = np.random.default_rng(seed).random(len(data)) < chance
    return data.assign(**{column: data[column].where(~gone)})


@pytest.mark.parametrize("column", ["test", "note"])
def test_gaps_that_tell_the_label(column: str) -> None:
    data = _with_gaps(_table(), column, ill=0.05, well=0.6)
    finding = ask("ASC106", data, target="y").finding
    assert finding.severity == "warning"
    assert finding.columns == (column,)
    assert finding.splits == ("train",)
    gone = data[column].isna()
    shares = [f"{100 * (data.loc[rows, 'y'] == 'ill').mean():.1f} %" for rows in (gone, ~gone)]
    other = [f"{100 * (data.loc[rows, 'y'] == 'well').mean():.1f} %" for rows in (gone, ~gone)]
    assert finding.evidence["table"]["rows"][0][3:5] in (shares, other)


def test_p_value_is_fishers() -> None:
    data = pd.DataFrame(
        {"x": [np.nan] * 30 + [1.5] * 70, "y": ["ill"] * 2 + ["well"] * 28 + ["ill"] * 50 + ["well"] * 20}
    )
    finding = ask("ASC106", data, target="y", options={"p_value": 1e-3}).finding
    oracle = fisher_exact(np.array([[2, 28], [50, 20]]), alternative="less").pvalue
    (row,) = finding.evidence["table"]["rows"]
    assert row[0] == "x"
    assert row[1] == 30
    assert row[5] == pytest.approx(2 * oracle, rel=1e-9)
    assert finding.message.startswith(
        "Where 'x' is missing, class 'ill' makes up 6.7 % of the rows, elsewhere 71.4 % (p = "
    )


def test_three_classes() -> None:
    rng = np.random.default_rng(3)
    data = pd.DataFrame({"x": rng.normal(size=600), "y": rng.integers(0, 3, 600)})
    data.loc[(data["y"] == 2) & (rng.random(600) < 0.5), "x"] = np.nan
    assert ask("ASC106", data, target="y").finding.columns == ("x",)
    crossed = pd.crosstab(data["x"].isna(), data["y"])
    assert chi2_contingency(crossed).pvalue < 1e-6


@pytest.mark.parametrize("seed", range(8))
def test_gaps_at_random(seed: int) -> None:
    data = _with_gaps(_with_gaps(_table(seed=seed), "test", 0.3, 0.3, seed), "note", 0.01, 0.01, seed + 100)
    assert ask("ASC106", data, target="y").status is Status.CLEAN


def test_tiny_counts() -> None:
    data = _table(30)
    data["test"] = data["test"].where(data["y"] == "well")
    assert not ask("ASC106", data.iloc[:12], target="y").findings


def test_significant_and_of_no_matter() -> None:
    data = _with_gaps(_table(60_000), "test", 0.20, 0.24)
    assert ask("ASC106", data, target="y").status is Status.CLEAN
    assert ask("ASC106", data, target="y", options={"moved": 0.01}).loud


def test_rare_class_is_twice_as_common_where_missing() -> None:
    rng = np.random.default_rng(0)
    y = np.where(rng.random(40_000) < 0.02, "fraud", "fine")
    gone = rng.random(40_000) < np.where(y == "fraud", 0.4, 0.1)
    data = pd.DataFrame({"x": np.where(gone, np.nan, 1.5), "y": y})
    finding = ask("ASC106", data, target="y").finding
    assert finding.columns == ("x",)
    assert finding.evidence["table"]["rows"][0][1] == gone.sum()


def test_regression_by_welch() -> None:
    rng = np.random.default_rng(0)
    y = rng.normal(50.0, 10.0, 500)
    gone = rng.random(500) < np.where(y > 55, 0.5, 0.1)
    data = pd.DataFrame({"x": np.where(gone, np.nan, rng.normal(size=500)), "y": y})
    finding = ask("ASC106", data, target="y").finding
    oracle = ttest_ind(y[gone], y[~gone], equal_var=False).pvalue
    assert finding.evidence["table"]["rows"][0][5] == pytest.approx(oracle, rel=1e-6)
    assert f"the target's mean is {y[gone].mean():.4g}, elsewhere {y[~gone].mean():.4g}" in finding.message
    at_random = data.assign(x=np.where(rng.permutation(gone), np.nan, 1.5))
    assert ask("ASC106", at_random, target="y").status is Status.CLEAN


def test_several_columns() -> None:
    data = _table(2000)
    for column in ("x", "test", "note"):
        data = _with_gaps(data, column, 0.05, 0.5, seed=len(column))
    finding = ask("ASC106", data, target="y").finding
    assert set(finding.columns) == {"x", "test", "note"}
    assert "; so do " in finding.message


def test_wide_table_is_capped() -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 300)
    X = np.where((y == 1)[:, None] & (rng.random((300, 400)) < 0.6), np.nan, rng.normal(size=(300, 400)))
    finding = ask("ASC106", (X, y)).finding
    assert len(finding.columns) == 400
    assert len(finding.evidence["table"]["rows"]) == 100
    assert finding.evidence["tested"] == 400


@pytest.mark.parametrize(
    ("data", "target", "status"),
    [
        (_table(), "y", Status.NOT_APPLICABLE),
        (_with_gaps(_table(), "x", 0.5, 0.0), None, Status.NOT_APPLICABLE),
        (_with_gaps(_table(), "x", 0.5, 0.0), ["y", "note"], Status.NOT_APPLICABLE),
        (_with_gaps(_table(), "x", 1.0, 1.0), "y", Status.SKIPPED),
        (_with_gaps(_table(), "x", 0.5, 0.5).assign(y=np.pi), "y", Status.CLEAN),
    ],
)
def test_where_it_has_nothing_to_say(data: pd.DataFrame, target: str, status: Status) -> None:
    assert ask("ASC106", data, target=target).status is status
