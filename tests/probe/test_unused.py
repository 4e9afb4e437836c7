"""What columns have to do with the target: all kinds of columns, all tasks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from dataaudit.model import Context, Kind, Name, Schema, Stage, Task
from dataaudit.probe.curve import measure
from dataaudit.probe.unused import Use, uses
from tests.probe.making import probed


def judged(
    frame: pd.DataFrame, y: object, task: Task = Task.CLASSIFICATION, *, models: bool = False
) -> dict[Name, Use]:
    run, kinds = probed(frame, y, task)
    context = Context("frame", Stage.RAW, task, Schema(()), kinds)
    curve = measure(run, "train") if models else None
    return {use.column: use for use in uses(run, context, "train", curve).columns}


def columns(n: int, seed: int = 0) -> pd.DataFrame:
    """Return columns of all kinds without any relation."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "number": rng.normal(size=n),
            "other": rng.lognormal(size=n),
            "code": rng.integers(0, 6, n),
            "city": rng.choice(["Bern", "Oslo", "Porto"], n),
            "gaps": np.where(rng.random(n) < 0.3, np.nan, rng.normal(size=n)),
            "flag": rng.random(n) < 0.5,
            "when": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 10**8, n), unit="s"),
        }
    )


TARGETS = {
    "number": lambda f: f["number"],
    "code": lambda f: f["code"].isin([1, 4]) * 2.0,
    "city": lambda f: (f["city"] == "Oslo") * 2.0,
    "gaps": lambda f: f["gaps"].isna() * 2.0,
    "flag": lambda f: f["flag"] * 2.0,
    "when": lambda f: (f["when"].dt.day_of_week >= 5) * 2.0,
}


@pytest.mark.parametrize("task", [Task.CLASSIFICATION, Task.REGRESSION])
@pytest.mark.parametrize("name", TARGETS)
def test_the_one_column_that_tells(name: str, task: Task) -> None:
    X = columns(1000)
    hidden = TARGETS[name](X).to_numpy(dtype=float) + np.random.default_rng(1).normal(size=1000)
    y = hidden if task is Task.REGRESSION else (hidden > np.median(hidden)).astype(int)
    found = judged(X, y, task)
    assert set(found) == set(X.columns)
    assert found[name].p < 1e-6
    assert [use.column for use in found.values() if use.p < 1e-4] == [name]


def test_labels_of_several() -> None:
    X = columns(1000)
    y = np.stack([X["number"] > 0, X["city"] == "Oslo"], axis=1).astype(int)
    found = judged(X, y, Task.MULTILABEL)
    assert found["number"].used
    assert found["city"].used
    assert (
        max(found["number"].p, found["city"].p) < 1e-6 < 1e-3 < min(found[name].p for name in ("code", "gaps", "flag"))
    )


def test_nothing_tells() -> None:
    hits = cleared = 0
    for seed in range(10):
        found = judged(columns(1000, seed), np.random.default_rng(seed + 50).integers(0, 2, 1000), models=True)
        hits += sum(use.used for use in found.values())
        cleared += sum(use.p > 0.05 and use.high <= 0.02 for use in found.values())
    assert hits <= 4
    assert cleared >= 55  # of 70


def test_columns_that_only_tell_together() -> None:
    X = columns(800)
    y = (X["flag"] ^ (X["number"] > 0)).astype(int)
    found = judged(X, y)
    assert found["flag"].used
    assert found["number"].used
    assert (found["flag"].partner, found["number"].partner) == ("number", "flag")
    assert min(found["flag"].p, found["number"].p) > 0.001


def test_what_models_use_counts() -> None:
    X = columns(800)
    parity = X["flag"] ^ (X["number"] > 0)
    found = judged(X, parity.astype(int), models=True)
    assert min(found["flag"].missed, found["number"].missed) > 10
    assert max(found[name].missed for name in ("code", "city", "gaps")) < 3


def test_columns_that_others_hide() -> None:
    rng = np.random.default_rng(0)
    noise, signal = rng.normal(size=(2, 2000))
    found = judged(pd.DataFrame({"mixed": noise + signal, "noise": noise}), signal, Task.REGRESSION)
    assert found["noise"].linear_p < 1e-50
    assert found["noise"].used


def test_columns_that_are_not_judged() -> None:
    rng = np.random.default_rng(0)
    X = pd.DataFrame(
        {
            "x": rng.normal(size=600),
            "constant": 1.0,
            "street": [f"street {i}" for i in rng.integers(0, 150, 600)],
        }
    )
    assert set(judged(X, (X["x"] > 0).astype(int))) == {"x"}


def test_texts_are_not_judged() -> None:
    X = columns(300)
    run, kinds = probed(X, X["flag"].astype(int))
    context = Context("frame", Stage.RAW, Task.CLASSIFICATION, Schema(()), {**kinds, "city": Kind.TEXT})
    assert "city" not in {use.column for use in uses(run, context, "train", None).columns}


def test_rows_without_a_label_are_left_out() -> None:
    X = columns(600)
    y = (X["number"] > 0).astype(int).to_numpy(copy=True)
    y[:200] = -1
    run, kinds = probed(X, y)
    context = Context("frame", Stage.RAW, Task.CLASSIFICATION, Schema(()), kinds)
    assert uses(run, context, "train", None).rows == 400


def test_wide_tables_are_judged_on_fewer_rows_without_pairs() -> None:
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(400, 1500)).astype(np.float32)).rename(columns=lambda j: f"c{j}")
    run, kinds = probed(X, (X["c7"] > 0).astype(int))
    found = uses(run, Context("frame", Stage.RAW, Task.CLASSIFICATION, Schema(()), kinds), "train", None)
    assert not found.pairs
    assert found.rows == 400
    assert next(use.column for use in found.columns if use.used) == "c7"
    assert sum(use.used for use in found.columns) <= 3


def test_infinite_values_and_one_row() -> None:
    X = columns(300)
    X.loc[::7, "number"] = np.inf
    assert np.isfinite([use.p for use in judged(X, X["flag"].astype(int)).values()]).all()
    run, kinds = probed(X.iloc[:1], [0])
    alone = replace(run, classes=(0,))
    context = Context("frame", Stage.RAW, Task.CLASSIFICATION, Schema(()), kinds)
    assert uses(alone, context, "train", None).columns == ()
