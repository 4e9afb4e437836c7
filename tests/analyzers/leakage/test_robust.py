"""LEA101, LEA102 and LEA103 on robust scaling."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import datasets
from sklearn.preprocessing import RobustScaler

from dataaudit.analyzers.leakage.robust import quantile_of
from tests.analyzers.asking import ask
from tests.analyzers.leakage.scaled import STORES, TRUTH, Array, accused, outcomes, split
from tests.analyzers.leakage.test_min_max import CASES, scaled

CANCER: Array = datasets.load_breast_cancer().data


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize(("n_splits", "where"), CASES)
def test_the_rows_it_was_fitted_on(n_splits: int, where: str, store: str) -> None:
    parts = [STORES[store](p) for p in scaled(split(CANCER, n_splits), where, RobustScaler())]
    assert accused(outcomes(parts)) == ([TRUTH[where]] if TRUTH[where] else [])


@pytest.mark.parametrize("ends", [(10.0, 90.0), (5.0, 95.0)])
@pytest.mark.parametrize("where", ["train", "all", "each", "test"])
def test_other_percentiles(where: str, ends: tuple[float, float]) -> None:
    parts = scaled(split(CANCER, 2), where, RobustScaler(quantile_range=ends))
    assert accused(outcomes(parts)) == ([TRUTH[where]] if TRUTH[where] else [])


def test_a_finding() -> None:
    train, test = scaled(split(CANCER, 2), "all", RobustScaler())
    said = ask("LEA101", train, None, test).finding
    assert said.columns == tuple(range(30))
    assert said.message == (
        "30 inputs were robustly scaled with statistics of train + test together, not of train alone: "
        "columns 0, 1, 2 and 27 more"
    )
    assert said.evidence["log10_p"]["train"] == 0.0
    assert said.evidence["log10_p"]["train + test"] < -50
    assert said.evidence["accepted_below"] == 1e-5
    assert "RobustScaler" in said.fix


def test_train_passes() -> None:
    train, test = scaled(split(CANCER, 2), "train", RobustScaler())
    assert ask("LEA101", train, None, test).measured.startswith(
        "robust scaling fitted on train, over 30 columns (p 1e-"
    )


def test_the_same_column_thirty_times_is_one_column() -> None:
    x = np.repeat(np.random.default_rng(0).normal(size=(300, 1)), 30, axis=1)
    assert accused(outcomes(scaled(np.split(x, [240]), "all", RobustScaler()))) == []


@pytest.mark.parametrize("where", ["train", "all"])
def test_medians_of_more_rows_than_a_sample_holds(where: str) -> None:
    x = np.random.default_rng(0).lognormal(size=(50_000, 6))
    parts = scaled(np.split(x, [30_000]), where, RobustScaler())
    assert accused(outcomes(parts)) == ([TRUTH[where]] if TRUTH[where] else [])


def mirrored(g: np.random.Generator, n: int) -> Array:
    """Return rows each with its negative: the median is 0 in every split, and no scaler made it so."""
    x = g.normal(size=(n // 2, 8)) * 0.9
    return g.permutation(np.concatenate([x, -x]))


INNOCENT: dict[str, Any] = {
    "normal": lambda g: np.split(g.normal(size=(300, 10)) / 1.349, [240]),
    "mirrored": lambda g: [mirrored(g, 240), mirrored(g, 60)],
    "mostly zero": lambda g: np.split(np.where(g.random((300, 10)) < 0.8, 0.0, g.normal(size=(300, 10))), [240]),
    "whole steps": lambda g: np.split(g.integers(-2, 3, (300, 10)) / 2.0, [240]),
    "fitted elsewhere": lambda g: np.split(
        RobustScaler().fit(g.normal(size=(500, 10))).transform(g.normal(size=(300, 10))), [180, 240]
    ),
    "rows dropped": lambda g: [
        p[3:] for p in scaled(np.split(g.normal(size=(300, 10)), [240]), "train", RobustScaler())
    ],
    "systematic": lambda g: (lambda x: scaled([x[np.arange(300) % 5 > 0], x[::5]], "train", RobustScaler()))(
        np.sort(g.normal(size=(300, 10)), axis=0)
    ),
}


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("name", INNOCENT)
def test_innocent(name: str, seed: int) -> None:
    assert accused(outcomes(INNOCENT[name](np.random.default_rng(seed)))) == []


def test_gaps_and_constants() -> None:
    train, test = scaled(split(CANCER, 2), "all", RobustScaler())
    train, test = (np.column_stack([p, np.zeros(len(p)), np.full(len(p), np.nan)]) for p in (train, test))
    train[0, 0], test[0, 1] = np.inf, np.nan
    said = ask("LEA101", train, None, test).finding
    assert set(range(2, 30)) <= set(said.columns) <= set(range(30))


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40), st.sampled_from([5.0, 10.0, 25.0, 50.0, 75.0, 95.0]))
@settings(max_examples=200, deadline=None)
def test_percentiles_are_numpys(values: list[float], percentile: float) -> None:
    line = np.sort(np.array(values))
    assert math.isclose(quantile_of(line, percentile), np.percentile(line, percentile), rel_tol=1e-12, abs_tol=1e-9)


def test_the_bound_on_accidents_holds() -> None:
    """How often the median of 100 of 125 rows is that of all: no more often than what the column is charged."""
    g = np.random.default_rng(0)
    tries, hits = 4000, 0
    for _ in range(tries):
        x = g.normal(size=125)
        hits += np.median(x[:100]) == 0.0 or math.isclose(np.median(x[:100]), np.median(x), abs_tol=1e-12)
    n_f = 100 * math.sqrt(1 / 100 - 1 / 125)
    charged = math.erf(0.5 / (0.5 * n_f) / math.sqrt(2))
    assert hits / tries <= charged * 1.15
