"""NRM103: pictures and tables that went through a normalisation twice, and those that did so once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import datasets

from dataaudit.api import audit
from dataaudit.model import Finding, Severity, Status
from dataaudit.report.report import Report
from tests.analyzers.normalization.pictures import applied, unit_pictures


def _report(data: Any, stage: str = "model-ready", **more: Any) -> Report:
    return audit(data, select=["NRM103"], stage=stage, **more)


def _finding(data: Any, **more: Any) -> Finding:
    (finding,) = _report(data, **more).findings
    assert finding.severity is Severity.ERROR
    return finding


# ---------------------------------------------------------------- pictures


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_divided_by_255_twice(channels: int, dtype: Any) -> None:
    x, y = unit_pictures(channels=channels)
    finding = _finding(((x / 255).astype(dtype), y))
    assert "divided by 255 twice" in finding.message
    assert finding.splits == ("train",)


@pytest.mark.parametrize("name", ["imagenet", "clip", "cifar10", "mnist", "signed-unit"])
def test_a_preset_twice_and_once(name: str) -> None:
    x, y = unit_pictures()
    assert "twice" in _finding((applied(name, applied(name, x)), y)).message
    assert _report((applied(name, x), y)).findings == []


def test_black_of_imagenet_twice() -> None:
    x, y = unit_pictures()
    finding = _finding((applied("imagenet", applied("imagenet", x)), y), preset="imagenet")
    black_twice = ((0 - 0.485) / 0.229 - 0.485) / 0.229
    assert finding.evidence["table"]["rows"][0][2] == pytest.approx(black_twice)
    assert finding.evidence["table"]["rows"][0][1] == pytest.approx(black_twice)


@pytest.mark.parametrize("channels", [1, 3])
def test_own_statistics_twice_and_once(channels: int) -> None:
    x, y = unit_pictures(channels=channels)
    for raw in (x, 255 * x):
        mean, std = raw.mean(axis=(0, 1, 2)), raw.std(axis=(0, 1, 2))
        once = (raw - mean) / std
        assert "own mean and deviation" in _finding(((once - mean) / std, y)).message
        assert _report((once, y)).findings == []


def test_unit_pictures_before_a_step_for_bytes() -> None:
    x, y = unit_pictures()
    assert "before the step for 0..255" in _finding((applied("imagenet", x / 255), y)).message
    assert "Caffe" in _finding((x - np.array([103.939, 116.779, 123.68]), y)).message


def test_one_split_alone() -> None:
    x, y = unit_pictures()
    finding = _finding((x, y), test=(x / 255, y))
    assert finding.splits == ("test",)


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.floats(-2, 2), st.floats(-100, 100), st.sampled_from([1, 3]))
def test_arbitrary_scales_are_not_taken_for_it(seed: int, power: float, level: float, channels: int) -> None:
    x = np.random.default_rng(seed).normal(size=(20, 4, 4, channels)) * 10**power + level
    assert _report((x, np.arange(20) % 2)).findings == []


@pytest.mark.parametrize("change", [lambda x: x, lambda x: 255 * x, lambda x: x * 0.2, lambda x: np.zeros_like(x)])
def test_raw_and_dark_pictures_pass(change: Callable[[Any], Any]) -> None:
    x, y = unit_pictures()
    assert _report((change(x), y)).findings == []


# ---------------------------------------------------------------- tables


def _wine() -> tuple[Any, Any]:
    bunch = datasets.load_wine()
    return bunch.data, bunch.target


@pytest.mark.parametrize("ddof", [0, 1])
@pytest.mark.parametrize("stored", [lambda z: z, lambda z: z.astype(np.float32), lambda z: np.round(z, 6)])
def test_standardised_twice(ddof: int, stored: Callable[[Any], Any]) -> None:
    X, y = _wine()
    mean, std = X.mean(axis=0), X.std(axis=0, ddof=ddof)
    finding = _finding((stored(((X - mean) / std - mean) / std), y))
    assert finding.columns == tuple(range(13))
    row = finding.evidence["table"]["rows"][0]
    assert row[3] == pytest.approx(mean[0], rel=1e-4)
    assert row[4] == pytest.approx(std[0], rel=1e-4)


def test_robust_scaled_twice() -> None:
    X, y = _wine()
    low, median, high = np.quantile(X, (0.25, 0.5, 0.75), axis=0)
    finding = _finding((((X - median) / (high - low) - median) / (high - low), y))
    assert "median and interquartile range" in finding.message


def test_statistics_of_all_splits() -> None:
    X, y = _wine()
    mean, std = X.mean(axis=0), X.std(axis=0)
    Z = ((X - mean) / std - mean) / std
    order = np.random.default_rng(0).permutation(len(X))
    train, test = order[:120], order[120:]
    assert len(_finding((Z[train], y[train]), test=(Z[test], y[test])).columns) == 13


def test_some_columns_twice_among_standardised_ones() -> None:
    X, y = _wine()
    mean, std = X.mean(axis=0), X.std(axis=0)
    Z = (X - mean) / std
    Z[:, 4:] = ((Z - mean) / std)[:, 4:]
    assert _finding((Z, y)).columns == tuple(range(4, 13))


def test_frames_too(tmp_path: Any) -> None:
    X, y = _wine()
    frame = pd.DataFrame(X, columns=datasets.load_wine().feature_names)
    twice = ((frame - frame.mean()) / frame.std() - frame.mean()) / frame.std()
    twice.assign(kind=y).to_csv(tmp_path / "t.csv", index=False)
    assert set(_finding(tmp_path / "t.csv", target="kind").columns) == set(frame.columns)


@pytest.mark.parametrize(
    "change",
    [
        lambda X: X,
        lambda X: (X - X.mean(0)) / X.std(0),
        lambda X: (X - X[:80].mean(0)) / X[:80].std(0),
        lambda X: X - X.mean(0),
        lambda X: (X - X.min(0)) / np.ptp(X, axis=0),
        np.log1p,
        lambda X: -np.log1p(X),
        lambda X: np.linalg.svd((X - X.mean(0)) / X.std(0), full_matrices=False)[0],
    ],
)
def test_honest_tables_pass(change: Callable[[Any], Any]) -> None:
    for load in (datasets.load_iris, datasets.load_wine, datasets.load_breast_cancer, datasets.load_digits):
        X, y = load(return_X_y=True)
        X = X[:, X.std(axis=0) > 0]
        with np.errstate(all="ignore"):
            assert _report((change(X), y)).findings == []


def test_without_decimals_it_is_a_guess() -> None:
    rng = np.random.default_rng(0)
    X = np.abs(rng.normal(10.0, 2.0, (300, 6))) * 10.0 ** np.arange(-3, 3)
    mean, std = X.mean(axis=0), X.std(axis=0)
    data = (((X - mean) / std - mean) / std, np.arange(300) % 2)
    (finding,) = _report(data).findings
    assert finding.severity is Severity.WARNING
    assert _report(data, stage="raw").findings == []
    assert _report(data, limits={"NRM103": {"guess": False}}).findings == []


def test_flattened_pictures() -> None:
    x, y = unit_pictures(60)
    X = x.reshape(60, -1)
    finding = _finding((X / 255, y))
    assert len(finding.columns) == X.shape[1]
    assert _report((X, y)).findings == []


def test_wide_tables_are_named_whole_and_listed_in_part() -> None:
    rng = np.random.default_rng(0)
    X = np.round(rng.normal(50.0, 7.0, (60, 2000)), 1)
    mean, std = X.mean(axis=0), X.std(axis=0)
    finding = _finding((((X - mean) / std - mean) / std, np.arange(60) % 2))
    assert len(finding.columns) == 2000
    assert len(finding.evidence["table"]["rows"]) == 200
    assert finding.evidence["table"]["total"] == 2000


def test_no_answer_without_rows_or_numbers() -> None:
    checks = _report(pd.DataFrame({"a": ["x", "y"] * 20, "y": [0, 1] * 20}), target="y").checks
    assert [c.status for c in checks] == [Status.NOT_APPLICABLE]
    checks = _report((np.arange(10.0)[:, None], np.arange(10) % 2)).checks
    assert [c.status for c in checks] == [Status.SKIPPED]
