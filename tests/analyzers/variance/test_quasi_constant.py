"""NRM107 against counts made by hand and SciPy's G test."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2_contingency

from dataaudit.analyzers.variance.quasi_constant import QuasiConstant
from dataaudit.model import Status
from tests.analyzers.asking import ask
from tests.build import judged, table

N = 1000
RNG = np.random.default_rng(0)
NOISE = RNG.normal(size=N)


def rare(n_rare: int, n: int = N, seed: int = 0) -> Any:
    """Return zeros, and ones in so many rows drawn at random."""
    x = np.zeros(n)
    x[np.random.default_rng(seed).permutation(n)[:n_rare]] = 1.0
    return x


@pytest.mark.parametrize(("n_rare", "found"), [(1, True), (30, True), (31, False), (500, False)])
def test_the_share_where_it_begins(n_rare: int, found: bool) -> None:
    answer = ask("NRM107", pd.DataFrame({"a": rare(n_rare), "x": NOISE}))
    assert (answer.status is Status.FOUND) is found


def test_the_numbers() -> None:
    said = ask("NRM107", pd.DataFrame({"a": rare(20) + 3.5, "x": NOISE})).finding
    assert (said.severity, said.columns) == ("warning", ("a",))
    assert said.message == "'a' is 3.5 in 98 % of the rows (20 rows differ)"
    assert said.evidence["table"]["rows"] == [["a", 3.5, "98 %", 20, None]]


def test_text_and_many_distinct_values() -> None:
    frame = pd.DataFrame({"word": np.where(rare(5) > 0, "b", "usual"), "rain": np.where(rare(10) > 0, NOISE, 0.0)})
    said = ask("NRM107", frame).finding
    assert set(said.columns) == {"word", "rain"}
    assert said.message == "2 columns hold one value in 97 % of the rows or more: 'word' and 'rain'"


def test_the_share_counts_all_splits_and_filled_cells_alone() -> None:
    train, test = pd.DataFrame({"a": rare(0)}), pd.DataFrame({"a": np.r_[np.ones(5), np.zeros(95)]})
    said = ask("NRM107", train, None, test).finding
    assert said.splits == ("train", "test")
    assert said.evidence["table"]["rows"][0][2:4] == ["99.5 %", 5]
    gaps = pd.DataFrame({"a": np.where(np.arange(N) < 900, np.nan, rare(2)[:N]), "x": NOISE})
    gaps.loc[950, "a"] = 1.0
    filled = gaps["a"].dropna()
    answer = ask("NRM107", gaps)
    assert (answer.status is Status.FOUND) is bool(filled.value_counts(normalize=True).max() >= 0.97)


def test_the_option_moves_the_share() -> None:
    frame = pd.DataFrame({"a": rare(40), "x": NOISE})
    assert ask("NRM107", frame).status is Status.CLEAN
    assert ask("NRM107", frame, options={"share": 0.95}).status is Status.FOUND


@pytest.mark.parametrize("n_yes", [1, 3, 6, 20])
def test_rare_rows_that_the_label_hangs_on_are_a_note(n_yes: int) -> None:
    flag = rare(20)
    y = np.where(RNG.random(N) < 0.1, "yes", "no")
    at = np.flatnonzero(flag)
    y[at] = "no"
    y[at[:n_yes]] = "yes"
    counts = pd.crosstab(flag, y).to_numpy()
    p = float(chi2_contingency(counts, correction=False, lambda_="log-likelihood").pvalue)
    said = ask("NRM107", pd.DataFrame({"a": flag, "x": NOISE, "y": y}), target="y").finding
    assert said.evidence["table"]["rows"][0][4] == pytest.approx(p)
    assert said.severity == ("note" if p < 1e-3 else "warning")
    assert said.message.endswith("so the column matters") is (p < 1e-3)


def test_rare_rows_of_another_target_mean_are_a_note() -> None:
    flag = rare(20)
    frame = pd.DataFrame({"a": flag, "x": NOISE, "y": NOISE + 5 * flag})
    assert ask("NRM107", frame, target="y").finding.severity == "note"
    assert ask("NRM107", frame.assign(y=NOISE), target="y").finding.severity == "warning"


@pytest.mark.parametrize("dropped", [0, 1])
@pytest.mark.parametrize("k", [40, 100])
def test_dummies_of_one_category_are_rare_by_construction(k: int, dropped: int) -> None:
    x = np.eye(k)[RNG.integers(0, k, N)][:, dropped:]
    assert ask("NRM107", x).status is Status.CLEAN
    said = ask("NRM107", np.column_stack([x, NOISE, rare(3)])).finding
    assert said.columns == (x.shape[1] + 1,)


def test_a_rare_flag_before_dummies_is_still_found() -> None:
    frame = pd.get_dummies(pd.Series(RNG.integers(0, 12, N)), prefix="month")
    frame.insert(0, "flag", rare(10))
    assert ask("NRM107", frame).finding.columns == ("flag",)


def test_independent_rare_flags_are_no_dummies() -> None:
    x = np.column_stack([rare(25, seed=i) for i in range(20)])
    assert len(ask("NRM107", x).finding.columns) == 20


@pytest.mark.parametrize(
    "data",
    [
        table(N),
        pd.DataFrame({"id": [f"u{i}" for i in range(N)], "n": RNG.poisson(0.1, N)}),
        np.where(RNG.random((N, 5)) < 0.05, 1.0, 0.0),
        pd.DataFrame({"constant": np.ones(N), "x": NOISE}),
        pd.DataFrame({"empty": np.full(N, np.nan), "x": NOISE}),
    ],
    ids=["table", "ids and counts", "sparse", "constant", "empty"],
)
def test_innocent_columns(data: Any) -> None:
    assert ask("NRM107", data).status is Status.CLEAN


def test_few_rows_cannot_tell() -> None:
    answer = ask("NRM107", rare(1, n=49)[:, None])
    assert (answer.status, answer.reason) == (Status.SKIPPED, "49 rows in all, fewer than 50")


def test_pixels_are_no_features() -> None:
    assert ask("NRM107", np.zeros((60, 8, 8, 1), np.uint8)).status is Status.NOT_APPLICABLE


def test_what_was_set_apart_is_said() -> None:
    (outcome,) = judged(QuasiConstant(), np.eye(40)[RNG.integers(0, 40, N)])
    assert outcome.measured == "no value holds 97 % of a column, 40 dummies of categories apart"
