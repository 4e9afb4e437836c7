"""Whole audits of data without a fault: notes at most."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import datasets
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from dataaudit.api import audit
from tests.build import images, table

RULES = (
    *("INP101", "INP102", "IMG101", "NRM101", "NRM102", "NRM105", "NRM106", "NRM107", "NRM109"),
    *("LAB101", "LAB102", "LAB103", "LAB109", "BAT101", "BAT102", "BAT103", "LEA101", "LEA102", "LEA103"),
)


def loud(*data: Any, **keywords: Any) -> list[str]:
    """Return errors, warnings and crashes."""
    report = audit(*data, select=RULES, jobs=1, **keywords)
    crashed = [str(o.reason) for o in report.checks if o.status == "crashed"]
    return crashed + [f"{f.rule} {f.message}" for f in report.findings if f.severity != "note"]


@pytest.mark.parametrize("name", ["iris", "wine", "breast_cancer", "diabetes"])
def test_real_tables_in_random_order(name: str) -> None:
    frame = getattr(datasets, f"load_{name}")(as_frame=True).frame.sample(frac=1, random_state=0)
    assert loud(frame, target="target") == []
    train, test = train_test_split(frame, test_size=0.3, random_state=0)
    said = loud(train, None, test, target="target")
    if name == "diabetes":  # scaled over all its rows before anybody splits it
        assert [line[:6] for line in said] == ["LEA101"]
    else:
        assert said == []


@pytest.mark.parametrize("seed", range(5))
def test_mixed_tables(seed: int) -> None:
    frame = table(400, seed=seed)
    assert loud(frame, target="y") == []
    assert loud(frame[:240], frame[240:320], frame[320:], target="y") == []
    assert loud(frame.drop(columns="y")) == []


@pytest.mark.parametrize("seed", range(5))
def test_a_table_prepared_as_it_should_be(seed: int) -> None:
    frame = table(400, seed=seed)
    frame.loc[::17, "age"] = np.nan
    train, test = train_test_split(frame, test_size=0.25, random_state=seed, stratify=frame["y"])
    prepare = make_column_transformer(
        (make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), ["age", "income", "rooms"]),
        (OneHotEncoder(sparse_output=False), ["city", "active"]),
    ).fit(train)
    arrays = [(prepare.transform(part), part["y"].to_numpy()) for part in (train, test)]
    assert loud(arrays[0], None, arrays[1]) == []


FRAMES: dict[str, Callable[[np.random.Generator], pd.DataFrame]] = {
    "duplicates": lambda g: pd.concat([table(150), table(150)]).sample(frac=1, random_state=0),
    "codes": lambda g: pd.DataFrame(
        {"year": g.integers(1990, 2020, 400), "zip": g.integers(10_000, 100_000, 400), "month": g.integers(1, 13, 400)}
    ),
    "sparse": lambda g: pd.DataFrame(np.where(g.random((400, 8)) < 0.05, g.lognormal(size=(400, 8)), 0.0)).add_prefix(
        "c"
    ),
    "small units": lambda g: pd.DataFrame({"metres": g.normal(3e-9, 1e-9, 400), "seconds": g.uniform(0, 1e-15, 400)}),
    "text and ids": lambda g: pd.DataFrame(
        {
            "id": [f"u{i:05}" for i in range(400)],
            "text": [f"some words about item {i}" for i in range(400)],
            "n": range(400),
        }
    ),
    "times": lambda g: pd.DataFrame(
        {"when": pd.date_range("2020-01-01", periods=400, freq="h"), "x": g.normal(size=400)}
    ),
    "Arrow": lambda g: table(300).convert_dtypes(dtype_backend="pyarrow"),
    "nullable": lambda g: table(300).convert_dtypes(),
    "categories": lambda g: table(300).astype({"city": "category", "y": "category"}),
}


@pytest.mark.parametrize("kind", FRAMES)
def test_frames(kind: str) -> None:
    frame = FRAMES[kind](np.random.default_rng(0))
    target = "y" if "y" in frame else None
    assert loud(frame, target=target) == []


def test_a_time_series() -> None:
    g = np.random.default_rng(0)
    series = pd.DataFrame(
        {
            "when": pd.date_range("2020-01-01", periods=500, freq="h"),
            "x": g.normal(size=500),
            "y": np.cumsum(g.normal(size=500)),
        }
    )
    assert loud(series, target="y", time="when") == []
    assert loud(series[:400], None, series[400:], target="y", time="when") == []


@pytest.mark.parametrize("channels_first", [False, True])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_pictures_in_0_to_1(dtype: Any, channels_first: bool) -> None:
    x, y = images(80)
    x = (x / 255).astype(dtype)
    assert loud((np.moveaxis(x, -1, 1) if channels_first else x, y)) == []


def test_several_yes_no_labels() -> None:
    g = np.random.default_rng(0)
    assert loud((g.normal(size=(300, 3)), (g.random((300, 4)) < [0.5, 0.1, 0.02, 0.3]).astype(int))) == []
