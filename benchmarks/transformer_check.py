"""LEA108: which rows was a given transformer fitted on? False accusations, detection by step, and time.

    python benchmarks/transformer_check.py [--honest 1500] [--seed 0] [--table titanic.csv --target survived]

Honest: 18 kinds of steps on small tables of coarse columns (two values, six values, rounded, counts, mostly zeros),
fitted on train with rows dropped, or on a train that lost rows since; an error or a warning is a false accusation.
Leaky: the same steps on scikit-learn's wine and breast_cancer, fitted on each of four unions of three splits; a step is
"sure" when an error (a warning for vocabularies) names the union, "note" when a note does, "wrong" otherwise.
Time: a mixed pipeline on a table of people, or on a csv of one's own, honest and leaky.
"""

from __future__ import annotations

import argparse
import statistics
import time
import warnings
from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.datasets import load_breast_cancer, load_wine
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.feature_selection import SelectKBest, VarianceThreshold
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    KBinsDiscretizer,
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    SplineTransformer,
    StandardScaler,
    TargetEncoder,
)

import dataaudit

Array = NDArray[Any]

STEPS: dict[str, Any] = {
    "StandardScaler": StandardScaler(),
    "MinMaxScaler": MinMaxScaler(),
    "MaxAbsScaler": MaxAbsScaler(),
    "RobustScaler": RobustScaler(),
    "PowerTransformer": PowerTransformer(),
    "QuantileTransformer": QuantileTransformer(n_quantiles=20),
    "KBinsDiscretizer": KBinsDiscretizer(n_bins=4),
    "SplineTransformer": SplineTransformer(),
    "SimpleImputer, mean": SimpleImputer(),
    "SimpleImputer, median": SimpleImputer(strategy="median"),
    "SimpleImputer, mode": SimpleImputer(strategy="most_frequent"),
    "KNNImputer": KNNImputer(),
    "PCA": PCA(),
    "TruncatedSVD": TruncatedSVD(n_components=1, random_state=0),
    "SelectKBest": SelectKBest(k=1),
    "VarianceThreshold": VarianceThreshold(),
    "OrdinalEncoder": OrdinalEncoder(),
    "OneHotEncoder": OneHotEncoder(handle_unknown="ignore"),
    "TargetEncoder": TargetEncoder(),
}
UNIONS = {"train": (0,), "test": (2,), "train + validation": (0, 1), "train + validation + test": (0, 1, 2)}


def coarse(rng: np.random.Generator, n: int) -> Array:
    """Return a column on which statistics coincide easily."""
    makers = (
        lambda: rng.normal(size=n),
        lambda: rng.integers(0, 2, n).astype(float),
        lambda: rng.integers(0, 6, n).astype(float),
        lambda: np.round(rng.normal(50, 9, n)),
        lambda: np.round(rng.lognormal(3, 1, n), 1),
        lambda: rng.poisson(0.7, n).astype(float),
        lambda: np.where(rng.random(n) < 0.8, 0.0, rng.exponential(size=n).round(2)),
    )
    column: Array = makers[rng.integers(len(makers))]()
    return column


def said(step: Any, parts: list[tuple[Array, Array]]) -> tuple[str, Any]:
    """Return "pass", "cannot tell", or the finding's severity, and the finding."""
    train, *middle, test = parts
    report = dataaudit.audit(train, middle[0] if middle else None, test, transformer=step, select=["LEA108"], jobs=1)
    (outcome,) = report.checks
    if outcome.findings:
        return str(outcome.findings[0].severity), outcome.findings[0]
    return {"clean": "pass", "skipped": "cannot tell"}.get(str(outcome.status), str(outcome.status)), None


def honest(tries: int, seed: int) -> None:
    verdicts: Counter[str] = Counter()
    strongest = 0.0
    for k in range(tries):
        rng = np.random.default_rng([seed, k])
        n, d = int(rng.integers(40, 600)), int(rng.choice([1, 3, 10]))
        X, y = np.column_stack([coarse(rng, n) for _ in range(d)]), rng.integers(0, 2, n)
        name = list(STEPS)[k % len(STEPS)]
        if "Imputer" in name:
            X[rng.random(X.shape) < 0.05] = np.nan
        cut = int(0.8 * n)
        rows = np.arange(cut)
        few = rows[rng.random(cut) > rng.choice([0.003, 0.02, 0.1])]
        fitted_on, train = (few, rows) if rng.random() < 0.6 else (rows, few)
        try:
            step = clone(STEPS[name]).fit(X[fitted_on], y[fitted_on])
        except ValueError:  # a column without values, or fewer rows than knots
            continue
        verdict, finding = said(step, [(X[train], y[train]), (X[cut:], y[cut:])])
        verdicts[verdict] += 1
        if finding is not None:
            strongest = min(strongest, *finding.evidence["log10_p"].values())
    accused = verdicts["error"] + verdicts["warning"]
    print(f"honest: {accused} accused of {verdicts.total():,} ({dict(verdicts)}); strongest match 1e{strongest:.1f}")


def leaky() -> None:
    print(f"{'step':<24}" + "".join(f"{union:<28}" for union in UNIONS))
    for name, step in STEPS.items():
        cells: dict[str, Counter[str]] = {union: Counter() for union in UNIONS}
        for load in (load_wine, load_breast_cancer):
            X, y = load(return_X_y=True)
            rng = np.random.default_rng(0)
            if "Imputer" in name:
                X[rng.random(X.shape) < 0.05] = np.nan
            places = np.array_split(rng.permutation(len(X)), 3)
            parts = [(X[p], y[p]) for p in places]
            for union, which in UNIONS.items():
                rows = np.sort(np.concatenate([places[k] for k in which]))
                if which == (0,):
                    rows = places[0]
                verdict, finding = said(clone(step).fit(X[rows], y[rows]), parts)
                named = finding is not None and " + ".join(finding.evidence["fitted_on"][0]) == union
                right = verdict == "pass" if union == "train" else named
                sure = verdict in ("pass", "error", "warning")
                cells[union][("sure" if sure else "note") if right else "wrong"] += 1
        print(f"{name:<24}" + "".join(f"{', '.join(f'{v} {k}' for k, v in c.items()):<28}" for c in cells.values()))


def people(n: int = 900) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    age = np.where(rng.random(n) < 0.2, np.nan, rng.normal(30, 14, n).round())
    return pd.DataFrame(
        {
            "age": age,
            "fare": rng.lognormal(3, 1, n).round(2),
            "family": rng.poisson(0.9, n),
            "sex": rng.choice(["female", "male"], n),
            "port": rng.choice(["S", "C", "Q", None], n, p=[0.7, 0.2, 0.09, 0.01]),
            "y": rng.integers(0, 2, n),
        }
    )


def timed(data: pd.DataFrame, target: str) -> None:
    train, test = train_test_split(data, test_size=0.2, random_state=0)
    few = [c for c in data.columns if c != target and data[c].dtype.kind not in "biuf" and data[c].nunique() < 20]
    pipeline = make_pipeline(
        ColumnTransformer(
            [
                (
                    "numbers",
                    make_pipeline(SimpleImputer(strategy="median"), StandardScaler()),
                    make_column_selector(dtype_include="number"),
                ),
                ("words", OneHotEncoder(handle_unknown="ignore"), few),
            ]
        ),
        LogisticRegression(max_iter=1000),
    )
    for word, rows in (("train", train), ("all rows", data)):
        fitted = clone(pipeline).fit(rows.drop(columns=target), rows[target])
        seconds = []
        for _ in range(7):
            report = dataaudit.audit(train, None, test, target=target, transformer=fitted, select=["LEA108"], jobs=1)
            seconds.append(report.checks[0].seconds)
        found = [str(f.severity) for f in report.findings]
        print(
            f"{len(data):,} × {data.shape[1]}, fitted on {word}: {statistics.median(seconds):.3f} s, "
            f"{report.checks[0].status}, findings {found}"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--honest", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--table")
    parser.add_argument("--target", default="y")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    began = time.perf_counter()
    timed(pd.read_csv(given.table) if given.table else people(), given.target)
    leaky()
    honest(given.honest, given.seed)
    print(f"{time.perf_counter() - began:.0f} s")
