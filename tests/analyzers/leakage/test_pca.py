"""LEA107 pca-fit-on-all."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import datasets
from sklearn.decomposition import PCA, FastICA
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from dataaudit import engine
from dataaudit.analyzers.leakage.pca import PcaFitOnAll
from dataaudit.loaders import load
from dataaudit.model import Stage, Status
from tests.analyzers.asking import ask
from tests.analyzers.leakage.scaled import STORES, Array, accused, outcomes, split
from tests.analyzers.leakage.test_min_max import scaled

REAL: dict[str, Array] = {
    name: getattr(datasets, f"load_{name}")().data for name in ("wine", "breast_cancer", "iris", "diabetes")
}
WHERE = ["train", "all", "train and validation", "each", "validation", "test", "validation and test"]


def components(k: int = 4, **options: Any) -> Any:
    return make_pipeline(StandardScaler(), PCA(n_components=k, **options))


def said(parts: list[Array]) -> Any:
    """Return what LEA107 says of train and test, or of train, validation and test."""
    rules = (PcaFitOnAll(),)
    validation = parts[1] if len(parts) == 3 else None
    facts = engine.profile(load(parts[0], validation, parts[-1]), engine.plan(rules), stage=Stage.MODEL_READY, jobs=1)
    (outcome,) = engine.judge(rules, engine.views(facts))
    assert outcome.status is not Status.CRASHED, outcome.reason
    return outcome


@pytest.mark.parametrize("store", ["float64", "float32", "4 decimals"])
@pytest.mark.parametrize("where", WHERE)
@pytest.mark.parametrize("name", REAL)
def test_the_rows_they_were_fitted_on(name: str, where: str, store: str) -> None:
    parts = [STORES[store](p) for p in scaled(split(REAL[name], 3), where, components())]
    outcome = said(parts)
    assert outcome.status == (Status.CLEAN if where == "train" else Status.FOUND)
    assert outcome.traces[0].verdict == ("train" if where == "train" else "leak")


@pytest.mark.parametrize("where", ["train", "all", "each", "test"])
@pytest.mark.parametrize("made", ["whitened", "independent"])
def test_whitened_ones_are_told_here_and_not_as_standardised(made: str, where: str) -> None:
    step: Any = components(whiten=True) if made == "whitened" else FastICA(4, random_state=0, tol=0.01, max_iter=50)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        parts = scaled(split(REAL["breast_cancer"], 2), where, step)
    assert said(parts).status == (Status.CLEAN if where == "train" else Status.FOUND)
    assert accused(outcomes(parts)) == []


def test_a_finding_on_all() -> None:
    parts = scaled(split(REAL["wine"], 2), "all", components(3))
    names = ["pc1", "pc2", "pc3"]
    train, test = (pd.DataFrame(p, columns=names) for p in parts)
    train["hue"], test["hue"] = (np.random.default_rng(len(p)).uniform(1, 2, len(p)) for p in parts)
    finding = ask("LEA107", train, None, test).finding
    assert finding.severity == "error"
    assert finding.columns == ("pc1", "pc2", "pc3")
    largest = np.abs(np.corrcoef(train[names].T.to_numpy()) - np.eye(3)).max()
    assert finding.message.startswith(
        "3 components were fitted on train + test together, not on train alone: 'pc1', 'pc2' and 'pc3' are "
        "uncorrelated over all of these rows (largest r "
    )
    assert finding.message.endswith(f", but not over train ({largest:.2f})")
    powers = finding.evidence["log10_p"]
    assert powers["train + test"] < -9 < -3 < min(powers["train"], powers["test"])
    assert finding.figure is not None
    assert {row["label"] for row in finding.figure["rows"]} >= {"pc1: mean", "pc1: largest r"}


def test_a_finding_per_split_and_on_test() -> None:
    parts = split(REAL["wine"], 2)
    train, test = scaled(parts, "each", components())
    message = ask("LEA107", train, None, test).finding.message
    assert message == "Train and test each have components of their own: columns 0, 1, 2 and 3"
    train, test = scaled(parts, "test", components())
    assert ask("LEA107", train, None, test).finding.message == (
        "4 components were fitted on test, without train: columns 0, 1, 2 and 3"
    )


def test_train_passes_and_says_what_was_measured() -> None:
    train, test = scaled(split(REAL["wine"], 2), "train", components())
    answer = ask("LEA107", train, None, test)
    assert answer.status == "clean"
    assert answer.measured.startswith("PCA fitted on train, over 4 columns (p ")


def test_two_components_are_enough_in_full_precision() -> None:
    parts = scaled(split(REAL["iris"], 2), "all", components(2))
    assert said(parts).status is Status.FOUND
    assert said([p.round(2) for p in parts]).status in (Status.SKIPPED, Status.NOT_APPLICABLE)


def test_components_among_other_columns() -> None:
    g = np.random.default_rng(0)
    parts = scaled(split(REAL["breast_cancer"], 2), "all", components(5))
    others = StandardScaler().fit_transform(g.normal(size=(569, 1)) + g.normal(size=(569, 3)))
    parts = [np.column_stack([p, others[:455] if len(p) == 455 else others[455:]]) for p in parts]
    assert said(parts).findings[0].columns == tuple(range(5))


# ---------------------------------------------------------------- what is uncorrelated by itself


def factorial(g: np.random.Generator) -> Array:
    levels = np.array(np.meshgrid(*[[-1.5, -0.5, 0.5, 1.5]] * 4)).reshape(4, -1).T
    return np.asarray(g.permutation(levels))


def contrasts(g: np.random.Generator) -> Array:
    group = g.permutation(np.repeat(np.arange(4), 75))
    coded = np.array([[1.5, -0.5, -0.5, -0.5], [0, 1, -0.5, -0.5], [0, 0, 0.5, -0.5]]).T
    return np.asarray(coded[group])


def seasons(g: np.random.Generator) -> Array:
    angle = 2 * np.pi * g.permutation(np.arange(730) % 365) / 365
    return np.column_stack([np.sin(k * angle) for k in (1, 2)] + [np.cos(k * angle) for k in (1, 2)])


def autocorrelated(g: np.random.Generator) -> Array:
    steps = g.normal(size=(400, 5))
    for i in range(1, len(steps)):
        steps[i] += 0.9 * steps[i - 1]
    return np.asarray(steps - steps.mean(axis=0))


def embedding(g: np.random.Generator) -> Array:
    return g.normal(size=(300, 20)) @ g.normal(size=(20, 40)) / 5.0


INNOCENT: dict[str, Any] = {
    "noise": lambda g: g.normal(size=(300, 12)),
    "standardised noise": lambda g: StandardScaler().fit_transform(g.normal(size=(300, 12))),
    "factorial design": factorial,
    "contrasts": contrasts,
    "seasons": seasons,
    "autocorrelated": autocorrelated,
    "embedding": embedding,
    "indicators": lambda g: StandardScaler().fit_transform(np.eye(6)[g.integers(0, 6, 300)]),
    "random projection": lambda g: StandardScaler().fit_transform(REAL["wine"]) @ g.normal(size=(13, 6)),
    "heavy tails": lambda g: g.standard_t(2.1, size=(300, 8)),
    "copies": lambda g: np.repeat(g.normal(size=(300, 2)), 4, axis=1),
}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", INNOCENT)
def test_innocent(name: str, seed: int) -> None:
    x = INNOCENT[name](np.random.default_rng(seed))
    n = len(x)
    assert said(np.split(x, [int(0.6 * n), int(0.8 * n)])).status in (Status.SKIPPED, Status.NOT_APPLICABLE)
    assert said(np.split(x, [int(0.8 * n)])).status in (Status.SKIPPED, Status.NOT_APPLICABLE)


@pytest.mark.parametrize("seed", range(5))
def test_fitted_on_rows_that_are_not_here(seed: int) -> None:
    g = np.random.default_rng(seed)
    x = g.lognormal(size=(700, 6))
    made = components(6).fit(x[:300]).transform(x[300:])
    assert said(np.split(made, [240, 320])).status in (Status.SKIPPED, Status.NOT_APPLICABLE)


@pytest.mark.parametrize("seed", range(5))
def test_splits_more_alike_than_random_ones(seed: int) -> None:
    x = np.sort(np.random.default_rng(seed).normal(size=(400, 8)), axis=0)
    x = x + 0.5 * np.random.default_rng(seed + 100).normal(size=x.shape)
    parts = scaled([x[np.arange(400) % 5 > 0], x[::5]], "train", components(8))
    assert said(parts).status is Status.CLEAN


def test_rows_dropped_since_are_no_accusation() -> None:
    train, test = scaled(split(REAL["breast_cancer"], 2), "train", components())
    assert said([train[5:], test]).status in (Status.SKIPPED, Status.NOT_APPLICABLE)


def test_a_split_given_twice() -> None:
    (x,) = [components().fit_transform(REAL["wine"])]
    outcome = said([x, x])
    assert outcome.status is Status.SKIPPED
    assert outcome.reason == "two splits hold the same values, so that what fits one fits the other"


def test_more_rows_than_the_sample_holds() -> None:
    x = PCA().fit_transform(np.random.default_rng(0).normal(size=(21_500, 3)) @ np.triu(np.ones((3, 3))))
    outcome = said(np.split(x, [20_500]))
    assert outcome.status is Status.SKIPPED
    assert outcome.reason == "a split has more rows than the sample holds, and correlations must be exact"


@pytest.mark.parametrize("hurt", [math.nan, math.inf])
def test_columns_with_gaps_are_left_out(hurt: float) -> None:
    train, test = scaled(split(REAL["breast_cancer"], 2), "all", components(6))
    train[3, 0] = hurt
    assert ask("LEA107", train, None, test).finding.columns == (1, 2, 3, 4, 5)


def test_one_split() -> None:
    answer = ask("LEA107", components().fit_transform(REAL["wine"]))
    assert (answer.status, answer.reason) == (
        "not-applicable",
        "there is one split, so nothing was split after preprocessing",
    )
