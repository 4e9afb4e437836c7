"""LEA101, LEA102 and LEA103 on min-max and max-abs scaling, and on what nature bounds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import datasets
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler

from tests.analyzers.asking import ask
from tests.analyzers.leakage.scaled import STORES, TRUTH, Array, accused, outcomes, split

REAL: dict[str, Array] = {
    name: getattr(datasets, f"load_{name}")().data for name in ("wine", "breast_cancer", "iris", "digits")
}


def scaled(parts: list[Array], where: str, scaler: Any | None = None) -> list[Array]:
    """Return the parts scaled by a scikit-learn scaler fitted on the splits of that name."""
    scaler = scaler or MinMaxScaler()
    if where == "each":
        return [scaler.fit_transform(p) for p in parts]
    names = ("train", "test") if len(parts) == 2 else ("train", "validation", "test")
    chosen = names if where == "all" else where.split(" and ")
    fitted = scaler.fit(np.concatenate([parts[names.index(word)] for word in chosen]))
    return [fitted.transform(p) for p in parts]


CASES = [(n, where) for n in (2, 3) for where in TRUTH if n == 3 or "validation" not in where]


@pytest.mark.parametrize("store", ["float64", "float32", "4 decimals"])
@pytest.mark.parametrize(("n_splits", "where"), CASES)
@pytest.mark.parametrize("name", ["wine", "breast_cancer"])
def test_the_rows_it_was_fitted_on(name: str, n_splits: int, where: str, store: str) -> None:
    parts = [STORES[store](p) for p in scaled(split(REAL[name], n_splits), where)]
    assert accused(outcomes(parts)) == ([TRUTH[where]] if TRUTH[where] else [])


@pytest.mark.parametrize("where", ["train", "all", "each", "test"])
@pytest.mark.parametrize("scaler", [MinMaxScaler((-1, 1)), MinMaxScaler((0.1, 0.9)), MaxAbsScaler()], ids=str)
def test_other_ends(scaler: Any, where: str) -> None:
    parts = scaled(split(REAL["breast_cancer"], 3), where, scaler)
    assert accused(outcomes(parts)) == ([TRUTH[where]] if TRUTH[where] else [])


def test_a_finding_says_what_was_done_and_to_which_columns() -> None:
    train, test = scaled(split(REAL["wine"], 2), "all")
    said = ask("LEA101", train, None, test).finding
    assert said.columns == tuple(range(13))
    assert said.message == (
        "13 inputs were min-max scaled to 0..1 with statistics of train + test together, not of train alone: "
        "columns 0, 1, 2 and 10 more"
    )
    assert said.evidence["fitted_on"] == [["test", "train"]]
    assert said.evidence["accepted_below"] == 1e-4
    # 26 ends, at odds of 0.3 each
    assert said.evidence["log10_p"] == {"train": 0.0, "test": 0.0, "train + test": round(26 * np.log10(0.3), 1)}
    assert "MinMaxScaler" in said.fix
    missed = [j for j in range(13) if train[:, j].min() > 0 or train[:, j].max() < 1]
    cells = {row["label"]: row["cells"] for row in said.figure["rows"]} if said.figure else {}
    assert missed
    assert all(cells[f"column {j}: lowest"][2] == "equal" for j in range(5))


def test_coarse_columns_are_named_with_the_others() -> None:
    parts = split(REAL["wine"], 2)
    parts = [np.column_stack([p, np.random.default_rng(len(p)).integers(3, 8, len(p))]) for p in parts]
    train, test = scaled(parts, "all")
    assert ask("LEA101", train, None, test).finding.columns == tuple(range(14))


def test_raw_columns_beside_scaled_ones_are_not_named() -> None:
    x = REAL["breast_cancer"].copy()
    x[:, :12] = MinMaxScaler().fit_transform(x[:, :12])
    frame = pd.DataFrame(x, columns=[f"c{j}" for j in range(30)])
    frame["smoker"] = np.random.default_rng(0).integers(0, 2, len(x))
    said = ask("LEA101", frame[:400], None, frame[400:]).finding
    assert said.columns == tuple(f"c{j}" for j in range(12))


def test_train_that_attains_all_ends_passes_though_others_leave_them() -> None:
    parts = scaled(split(REAL["breast_cancer"], 3), "train")
    assert max(p.max() for p in parts[1:]) > 1.0
    assert ask("LEA101", *parts).measured.startswith("min-max scaling fitted on train, over 30 columns (p 1e-")


def test_cut_off_at_the_ends_of_train() -> None:
    parts = scaled(split(REAL["breast_cancer"], 3), "train", MinMaxScaler(clip=True))
    assert accused(outcomes(parts)) == []


# ---------------------------------------------------------------- what nature bounds


def saturated(g: np.random.Generator, n: int, d: int) -> Array:
    """Return columns cut off at 0 and 1 far out: a few rows attain the ends."""
    return np.clip(0.5 + g.normal(size=(n, d)) / g.uniform(3.0, 7.0, d), 0.0, 1.0)


BOUNDED: dict[str, Any] = {
    "pixels": lambda g: g.integers(0, 256, (300, 40)) / 255.0,
    "rare pixels": lambda g: np.minimum(g.poisson(3, (300, 40)), 16) / 16.0,
    "shares": lambda g: g.dirichlet([0.3, 0.3, 0.3, 0.3], 300),
    "percentages": lambda g: np.round(g.uniform(0, 1, (300, 8)), 2),
    "per mille": lambda g: np.round(g.uniform(0, 1, (300, 8)), 3),
    "saturated": lambda g: saturated(g, 300, 10),
    "uniform": lambda g: g.uniform(size=(300, 10)),
    "uniform, single precision": lambda g: g.uniform(size=(300, 10)).astype(np.float32),
    "indicators": lambda g: (g.random((300, 10)) < 0.01).astype(float),
    "directions": lambda g: np.sin(2 * np.pi * g.integers(0, 24, (300, 6)) / 24),
    "rows scaled to 1": lambda g: (lambda x: x / x.max(axis=1, keepdims=True))(g.lognormal(size=(300, 6))),
    "likert": lambda g: g.integers(2, 11, (300, 8)) / 2.0,
}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", BOUNDED)
def test_bounds_by_nature(name: str, seed: int) -> None:
    g = np.random.default_rng(seed)
    x = BOUNDED[name](g)
    assert accused(outcomes(np.split(x, [180, 240]))) == []
    assert accused(outcomes(np.split(x, [240]))) == []


@pytest.mark.parametrize("n_splits", [2, 3])
def test_digits_between_0_and_1(n_splits: int) -> None:
    parts = split(REAL["digits"] / 16.0, n_splits)
    assert accused(outcomes(parts)) == []


def test_three_columns_are_too_few() -> None:
    g = np.random.default_rng(0)
    parts = scaled(split(g.normal(size=(200, 3)), 2), "all")
    answer = ask("LEA101", parts[0], None, parts[1])
    assert answer.status in ("skipped", "not-applicable")


def test_a_split_given_twice_is_not_scaled_by_itself() -> None:
    x = MinMaxScaler().fit_transform(np.random.default_rng(0).normal(size=(200, 10)))
    assert accused(outcomes([x, x])) == []
    assert accused(outcomes([x, np.random.default_rng(1).permutation(x)])) == []


def test_gaps_infinities_and_constants() -> None:
    train, test = scaled(split(REAL["wine"], 2), "all")
    for part in (train, test):
        part[::7, 3] = np.nan
        part[0, 4] = np.inf
    train, test = (np.column_stack([p, np.zeros(len(p)), np.full(len(p), np.nan)]) for p in (train, test))
    said = ask("LEA101", train, None, test).finding
    assert set(said.columns) >= set(range(13)) - {3, 4}
    assert set(said.columns) <= set(range(13))


@pytest.mark.parametrize("n", [1, 2, 4])
def test_hardly_any_rows(n: int) -> None:
    x = scaled(split(REAL["wine"], 2), "all")
    answer = ask("LEA101", x[0], None, x[1][:n])
    assert not answer.findings


def test_at_any_size() -> None:
    x = np.random.default_rng(0).normal(size=(60_000, 6))
    assert accused(outcomes(scaled(np.split(x, [40_000]), "each"))) == ["LEA102"]
    assert accused(outcomes(scaled(np.split(x, [40_000]), "train"))) == []
