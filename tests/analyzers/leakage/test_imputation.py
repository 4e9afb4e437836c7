"""LEA105: fills whose rows are known, and columns that repeat a value for other reasons."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris, load_wine
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import StandardScaler

from dataaudit.analyzers.leakage.spikes import find_spike, grid_of, resolution, same_mean_by_accident
from tests.analyzers.asking import Answer, ask

Frames = list[pd.DataFrame]


def holes(x: pd.DataFrame, columns: list[str], seed: int = 0, share: float = 0.15) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    x = x.sample(frac=1.0, random_state=seed).reset_index(drop=True)
    for column in columns:
        x[column] = x[column].mask(rng.random(len(x)) < share)
    return x


def cut(x: pd.DataFrame, *, three: bool = True) -> Frames:
    n = len(x)
    edges = [0, int(0.6 * n), int(0.8 * n), n] if three else [0, int(0.8 * n), n]
    return [x.iloc[a:b].reset_index(drop=True) for a, b in pairwise(edges)]


def imputed(parts: Frames, by: Frames, strategy: str) -> Frames:
    return [
        pd.DataFrame(SimpleImputer(strategy=strategy).fit(b).transform(p), columns=list(p.columns))
        for p, b in zip(parts, by, strict=True)
    ]


def said(parts: Frames) -> Answer:
    return ask("LEA105", parts[0], parts[1] if len(parts) == 3 else None, parts[-1])


def table(name: str) -> pd.DataFrame:
    load = {"diabetes": load_diabetes, "cancer": load_breast_cancer, "wine": load_wine, "iris": load_iris}[name]
    keywords = {"scaled": False} if name == "diabetes" else {}
    frame: pd.DataFrame = load(as_frame=True, **keywords).data
    return frame


COLUMNS = {"diabetes": ["bp", "s2", "s3"], "cancer": ["mean area", "worst texture"], "wine": ["alcohol", "flavanoids"]}


@pytest.mark.parametrize("three", [True, False])
@pytest.mark.parametrize("name", COLUMNS)
def test_means_of_all_rows(name: str, three: bool) -> None:
    parts = cut(holes(table(name), COLUMNS[name]), three=three)
    finding = said(imputed(parts, [pd.concat(parts)] * len(parts), "mean")).finding
    assert finding.severity == "error"
    assert finding.columns == tuple(c for c in table(name).columns if c in COLUMNS[name])
    together = "train, validation and test" if three else "train and test"
    assert f"were filled with means of {together} together, not of train alone" in finding.message
    assert finding.trace is not None
    assert finding.trace.verdict == "leak"


def test_the_table_of_a_finding() -> None:
    parts = cut(holes(table("diabetes"), ["bp"]))
    every = pd.concat(parts)
    finding = said(imputed(parts, [every] * 3, "mean")).finding
    rows = finding.evidence["table"]["rows"]
    assert finding.evidence["table"]["columns"] == [
        "column",
        "fill",
        "rows",
        "mean in train",
        "mean in train + validation + test",
    ]
    assert rows == [
        [
            "bp",
            f"{every.bp.mean():.4g}",
            int(every.bp.isna().sum()),
            f"{parts[0].bp.mean():.4g}",
            f"{every.bp.mean():.4g}",
        ]
    ]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("strategy", ["mean", "median"])
@pytest.mark.parametrize("name", COLUMNS)
def test_statistics_of_train_alone_are_no_fault(name: str, strategy: str, seed: int) -> None:
    parts = cut(holes(table(name), COLUMNS[name], seed))
    assert said(imputed(parts, [parts[0]] * 3, strategy)).findings == ()


def test_train_alone_is_told() -> None:
    parts = cut(holes(table("diabetes"), ["age", "s1"]))
    (outcome,) = said(imputed(parts, [parts[0]] * 3, "mean")).outcomes
    assert str(outcome.measured).startswith("mean imputation fitted on train: 'age' and 's1'")
    assert [t.verdict for t in outcome.traces] == ["train"]


@pytest.mark.parametrize("store", ["float32", "scaled", "6 decimals"])
def test_however_it_was_stored(store: str) -> None:
    parts = cut(holes(table("cancer"), ["mean area", "worst texture", "mean radius"]))
    parts = imputed(parts, [pd.concat(parts)] * 3, "mean")
    scaler = StandardScaler().fit(parts[0])
    match store:
        case "float32":
            parts = [p.astype(np.float32) for p in parts]
        case "scaled":
            parts = [pd.DataFrame(scaler.transform(p), columns=list(p.columns)) for p in parts]
        case _:
            parts = [p.round(6) for p in parts]
    assert set(said(parts).finding.columns) == {"mean area", "worst texture", "mean radius"}


@pytest.mark.parametrize("strategy", ["mean", "median"])
def test_each_split_by_its_own(strategy: str) -> None:
    rng = np.random.default_rng(1)
    parts = cut(holes(pd.DataFrame(rng.normal(size=(3000, 4)), columns=list("abcd")), list("abcd")))
    finding = said(imputed(parts, parts, strategy)).finding
    assert (finding.severity, finding.columns) == ("error", ("a", "b", "c", "d"))
    assert finding.message.startswith(f"cells of 4 inputs were filled with another {strategy} in each split, its own")


def test_medians_of_all_rows_of_many_columns_and_of_one() -> None:
    rng = np.random.default_rng(2)
    x = pd.DataFrame(rng.normal(size=(2000, 12)), columns=[f"c{j}" for j in range(12)])
    parts = cut(holes(x, list(x.columns)))
    finding = said(imputed(parts, [pd.concat(parts)] * 3, "median")).finding
    assert finding.severity == "error"
    assert len(finding.columns) >= 8
    one = cut(holes(x, ["c3"], 3))
    findings = said(imputed(one, [pd.concat(one)] * 3, "median")).findings
    assert {f.columns for f in findings} <= {("c3",)}


def test_mean_of_more_rows_than_are_sampled() -> None:
    rng = np.random.default_rng(3)
    parts = cut(holes(pd.DataFrame(rng.normal(size=(60_000, 2)), columns=["a", "b"]), ["a"], share=0.02))
    assert said(imputed(parts, [pd.concat(parts)] * 3, "mean")).finding.columns == ("a",)
    assert said(imputed(parts, [parts[0]] * 3, "mean")).findings == ()


INNOCENT: dict[str, Any] = {
    "zero-inflated": lambda g, n: np.where(g.random(n) < 0.4, 0.0, g.normal(size=n)),
    "saturated": lambda g, n: np.clip(g.normal(size=n), -1.2, 0.8),
    "natural mode at the mean": lambda g, n: np.where(g.random(n) < 0.3, 40.0, np.round(g.normal(40, 12, size=n))),
    "symmetric integers": lambda g, n: np.round(g.normal(0, 12, size=n)),
    "sentinel": lambda g, n: np.where(g.random(n) < 0.1, -1.0, g.normal(3, 4, size=n)),
    "constant": lambda g, n: np.full(n, 3.5),
    "binary": lambda g, n: (g.random(n) < 0.5).astype(float),
    "rounded": lambda g, n: np.round(g.normal(20, 5, size=n), 1),
}


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("kind", INNOCENT)
def test_columns_that_repeat_a_value_for_other_reasons(kind: str, seed: int) -> None:
    g = np.random.default_rng(seed)
    x = pd.DataFrame({f"c{j}": INNOCENT[kind](g, 600) for j in range(3)})
    assert said(cut(x)).findings == ()
    assert said(cut((x - x.iloc[:360].mean()) / x.iloc[:360].std().replace(0.0, 1.0))).findings == ()


def test_differences_listed_both_ways_have_ties_in_the_middle() -> None:
    g = np.random.default_rng(0)
    goals = np.round(g.normal(0, 9, size=400))
    margin = np.concatenate([goals, -goals, np.zeros(60)])
    x = pd.DataFrame({"margin": g.permutation(margin)})
    assert said(cut(x)).findings == ()


@pytest.mark.parametrize("name", ["diabetes", "cancer", "wine", "iris"])
def test_tables_that_were_never_filled(name: str) -> None:
    for seed in range(5):
        assert said(cut(holes(table(name), [], seed))).findings == ()


@pytest.mark.parametrize(
    ("train", "test", "status", "reason"),
    [
        (np.zeros((30, 2)), None, "not-applicable", "there is one split, so nothing was split after preprocessing"),
        (np.full((30, 2), np.nan), np.full((30, 2), np.nan), "not-applicable", None),
        (np.array([[np.inf, 1.0]] * 30), np.array([[np.inf, 1.0]] * 30), "not-applicable", None),
        (np.zeros((30, 2)), np.zeros((1, 2)), "skipped", "a split has fewer than 5 rows"),
        (np.arange(60.0).reshape(30, 2), np.arange(60.0).reshape(30, 2), "not-applicable", None),
    ],
)
def test_hostile_input(train: Any, test: Any, status: str, reason: str | None) -> None:
    answer = ask("LEA105", train, None, test)
    assert answer.status == status
    assert reason is None or answer.reason == reason


def test_fills_of_unknown_rows_leave_no_trace() -> None:
    rng = np.random.default_rng(4)
    parts = cut(holes(pd.DataFrame(rng.normal(size=(500, 2)), columns=["a", "b"]), ["a", "b"]))
    answer = said([p.fillna({"a": 0.0123456, "b": -0.0456789}) for p in parts])
    assert answer.status == "skipped"
    assert answer.reason.startswith("2 inputs repeat one value ('a' and 'b'), and no set of splits alone")


# ---------------------------------------------------------------- spikes


@given(st.integers(1, 400), st.integers(1, 400))
@settings(max_examples=60, deadline=None)
def test_means_on_a_grid_agree_as_often_as_counted(n_a: int, n_b: int) -> None:
    can = np.mean([(total * n_a) % n_b == 0 for total in range(n_b)])
    assert same_mean_by_accident(n_a, n_b) == pytest.approx(can)


@given(st.integers(0, 6), st.integers(-(10**6), 10**6))
@settings(max_examples=60, deadline=None)
def test_numbers_are_as_exact_as_their_decimals(decimals: int, digits: int) -> None:
    value = round(digits / 10**decimals, decimals)
    assert resolution(value, abs(value) + 1.0) >= 0.49 * 10.0**-decimals


def test_a_spike_and_what_lies_about_it() -> None:
    line = np.concatenate([np.arange(100.0), np.full(30, 49.25)])
    spike = find_spike("a", [line[:70], line[70:]])
    assert spike is not None
    assert (spike.value, spike.grid, spike.on_grid, spike.ties, spike.resolution) == (49.25, 1.0, False, 1, 0.005)
    assert spike.counts.tolist() == [0, 30]
    assert (spike.below.sum(), spike.above.sum()) == (50, 50)
    assert find_spike("a", [np.arange(100.0)]) is None
    assert find_spike("a", [np.concatenate([np.arange(100.0), np.zeros(50)])]) is None  # at an end
    assert grid_of(np.sort(np.random.default_rng(0).normal(size=500)))[0] == 0.0


@pytest.mark.parametrize("seed", range(3))
def test_a_fill_between_whole_numbers_was_computed(seed: int) -> None:
    g = np.random.default_rng(seed)
    frame = pd.DataFrame({"age": g.gamma(6, 6, 900).round().clip(18, 90), "noise": g.normal(size=900)})
    parts = cut(holes(frame, ["age"], seed, share=0.1), three=False)
    finding = said(imputed(parts, [pd.concat(parts)] * 2, "mean")).finding
    assert (finding.severity, finding.columns) == ("error", ("age",))
    assert said(imputed(parts, [parts[0]] * 2, "mean")).findings == ()
    assert said([part.fillna({"age": 35.25}) for part in parts]).findings == ()
