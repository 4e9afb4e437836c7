"""LAB112: numbers to predict that are far from what models expect."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_diabetes, load_iris

from dataaudit.analyzers.labels.target_outliers import beyond_lognormal, beyond_power_law, lognormal_spread
from dataaudit.model import Status
from tests.analyzers.asking import ask


def made(n: int = 400, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 4))
    return pd.DataFrame(X, columns=list("abcd")).assign(y=20 + X @ [3.0, 2.0, 1.0, 0.0] + rng.normal(size=n))


def test_slipped_decimal_points() -> None:
    data = made()
    wrong = [7, 50, 51, 200, 333, 399]
    data.loc[wrong, "y"] *= 10
    finding = ask("LAB112", data, target="y").finding
    assert finding.severity == "warning"
    assert set(wrong) <= set(finding.rows)
    assert finding.evidence["strong"] == 6
    assert set(finding.rows[:6]) == set(wrong)
    table = finding.evidence["table"]
    assert table["columns"] == ["row", "given", "suggested", "strength", "tier"]
    assert table["rows"][0][1] == pytest.approx(data.y[finding.rows[0]], rel=1e-4)
    assert abs(table["rows"][0][2] - data.y[finding.rows[0]] / 10) < 6


def test_each_split_has_its_own_rows() -> None:
    train, test = made(300, 1), made(100, 2)
    test.loc[[4, 9, 40], "y"] = -200.0
    answer = ask("LAB112", train, None, test, target="y")
    assert [(f.splits, set(f.rows[:3])) for f in answer.loud] == [(("test",), {4, 9, 40})]


@pytest.mark.parametrize("seed", range(3))
def test_honest_errors(seed: int) -> None:
    assert ask("LAB112", made(seed=seed), target="y").loud == ()


def test_heavy_tails_are_a_note_at_most() -> None:
    rng = np.random.default_rng(0)
    data = made(600)
    data["y"] += rng.standard_t(2, 600)
    assert ask("LAB112", data, target="y").loud == ()


def test_real_measurements() -> None:
    assert ask("LAB112", load_diabetes(as_frame=True).frame, target="target").loud == ()


def test_tails_that_the_distributions_have_themselves() -> None:
    rng = np.random.default_rng(0)
    sizes = np.exp(rng.normal(size=5000))
    assert lognormal_spread(sizes) == pytest.approx(1.0, abs=0.05)
    assert not beyond_lognormal(sizes, 1e-4).any()
    pareto = rng.pareto(2.0, 5000) + 1
    assert not beyond_power_law(pareto, 1e-4).any()
    sizes[:3] = 1e4
    assert np.flatnonzero(beyond_lognormal(sizes, 1e-4)).tolist() == [0, 1, 2]
    pareto[:3] = 1e6
    assert np.flatnonzero(beyond_power_law(pareto, 1e-4)).tolist() == [0, 1, 2]
    assert not beyond_lognormal(np.zeros(100), 1e-4).any()
    assert not beyond_power_law(np.ones(100), 1e-4).any()


@pytest.mark.parametrize("rows", [1, 5, 49])
def test_few_rows(rows: int) -> None:
    assert ask("LAB112", made(rows), target="y", task="regression").status is Status.SKIPPED


def test_a_target_that_is_known_exactly() -> None:
    data = made()
    data["y"] = 3.0
    assert ask("LAB112", data, target="y", task="regression").loud == ()


def test_missing_and_infinite_targets() -> None:
    data = made()
    data.loc[::10, "y"] = np.nan
    data.loc[5, "y"] = np.inf
    assert ask("LAB112", data, target="y", task="regression").loud == ()


def test_not_for_classes() -> None:
    data = load_iris(as_frame=True).frame
    assert ask("LAB112", data, target="target").status is Status.NOT_APPLICABLE
    assert ask("LAB112", data).status is Status.NOT_APPLICABLE
