"""LEA101, LEA102 and LEA103 on quantile transformations."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from scipy.special import ndtri
from sklearn.preprocessing import QuantileTransformer

from dataaudit.analyzers.leakage.quantile import CUT, OUTPUTS
from tests.analyzers.asking import ask
from tests.analyzers.leakage.scaled import TRUTH, Array, accused, outcomes

OUTPUT = ["uniform", "normal"]


def ranked(parts: list[Array], where: str, output: str) -> list[Array]:
    """Return the parts as quantiles of the splits of that name."""
    names = ("train", "test") if len(parts) == 2 else ("train", "validation", "test")

    def fit(rows: Array) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return QuantileTransformer(n_quantiles=min(1000, len(rows)), output_distribution=output).fit(rows)

    if where == "each":
        return [fit(p).transform(p) for p in parts]
    chosen = names if where == "all" else where.split(" and ")
    fitted = fit(np.concatenate([parts[names.index(word)] for word in chosen]))
    return [fitted.transform(p) for p in parts]


def drawn(n_splits: int, n: int = 400, d: int = 6, seed: int = 0) -> list[Array]:
    x = np.random.default_rng(seed).lognormal(size=(n, d))
    return np.split(x, [int(0.8 * n)] if n_splits == 2 else [int(0.6 * n), int(0.8 * n)])


@pytest.mark.parametrize("output", OUTPUT)
@pytest.mark.parametrize(("n_splits", "where"), [(n, w) for n in (2, 3) for w in TRUTH if n == 3 or "val" not in w])
def test_the_rows_it_was_fitted_on(n_splits: int, where: str, output: str) -> None:
    parts = ranked(drawn(n_splits), where, output)
    assert accused(outcomes(parts)) == ([TRUTH[where]] if TRUTH[where] else [])
    assert accused(outcomes([p.round(4) for p in parts])) == ([TRUTH[where]] if TRUTH[where] else [])


@pytest.mark.parametrize(("output", "word"), [("uniform", "uniform"), ("normal", "normal")])
def test_a_finding(output: str, word: str) -> None:
    train, test = ranked(drawn(2), "all", output)
    said = ask("LEA101", train, None, test).finding
    assert said.columns == tuple(range(6))
    assert said.message == (
        f"6 inputs were turned into {word} quantiles with statistics of train + test together, not of train alone: "
        "columns 0, 1, 2 and 3 more"
    )
    assert "QuantileTransformer" in said.fix


def test_train_passes() -> None:
    train, test = ranked(drawn(2), "train", "uniform")
    assert ask("LEA101", train, None, test).measured.startswith(
        "quantile transformation fitted on train, over 6 columns"
    )


@pytest.mark.parametrize("n", [2, 3, 50, 1000])
@pytest.mark.parametrize(("output", "of_ranks"), [(OUTPUTS[0], lambda u: u), (OUTPUTS[1], ndtri)])
def test_what_even_ranks_leave(output: Any, of_ranks: Any, n: int) -> None:
    values = np.clip(of_ranks(np.arange(n) / (n - 1)), *output.ends)
    assert output.target(n) == pytest.approx((values.mean(), values.var()), abs=1e-12)


def test_ends_are_scikit_learns() -> None:
    made = QuantileTransformer(n_quantiles=50, output_distribution="normal").fit_transform(np.arange(50.0)[:, None])
    assert (made.min(), made.max()) == pytest.approx((-CUT, CUT), abs=1e-9)


INNOCENT: dict[str, Any] = {
    "uniform": lambda g: g.uniform(size=(300, 8)),
    "normal": lambda g: g.normal(size=(300, 8)),
    "uniform, whole per mille": lambda g: g.integers(0, 1001, (300, 8)) / 1000.0,
    "normal, cut off": lambda g: np.clip(g.normal(size=(300, 8)) * 2.5, -CUT, CUT),
}


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", INNOCENT)
def test_innocent(name: str, seed: int) -> None:
    x = INNOCENT[name](np.random.default_rng(seed))
    assert accused(outcomes(np.split(x, [180, 240]))) == []
    assert accused(outcomes(np.split(x, [240]))) == []


def test_train_given_twice() -> None:
    train, _ = ranked(drawn(2), "train", "uniform")
    assert accused(outcomes([train, train])) == []
    assert accused(outcomes([train, np.random.default_rng(0).permutation(train)])) == []


def test_a_subsample_of_many_rows_leaves_no_accusation() -> None:
    x = np.random.default_rng(0).normal(size=(40_000, 3))
    fitted = QuantileTransformer(subsample=10_000, random_state=0).fit(x[:30_000])
    assert accused(outcomes([fitted.transform(x[:30_000]), fitted.transform(x[30_000:])])) == []
