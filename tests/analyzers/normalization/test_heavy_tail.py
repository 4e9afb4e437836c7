"""NRM110: skewed inputs that a transform makes regular."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from dataaudit.analyzers.normalization.heavy_tail import yeo_johnson
from dataaudit.api import audit
from dataaudit.model import Severity, Status
from dataaudit.report.report import Report


def _report(X: Any, **more: Any) -> Report:
    return audit((X, np.arange(len(X)) % 2), select=["NRM110"], **more)


def _column(line: Any) -> Any:
    return np.stack([np.random.default_rng(9).normal(size=len(line)), line], axis=1)


def test_lognormal_asks_for_a_logarithm() -> None:
    line = np.random.default_rng(0).lognormal(5.0, 1.0, 400)
    (finding,) = _report(_column(line)).findings
    assert finding.severity is Severity.NOTE
    assert finding.columns == (1,)
    _, before, transform, after = finding.evidence["table"]["rows"][0]
    assert transform == "log1p"
    assert before == pytest.approx(stats.skew(line))
    assert after == pytest.approx(stats.skew(np.log1p(line)))


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_below_zero_asks_for_yeo_johnson(sign: float) -> None:
    line = sign * (np.random.default_rng(0).lognormal(0.0, 1.0, 400) - 0.6)
    (finding,) = _report(_column(line)).findings
    assert finding.evidence["table"]["rows"][0][2] == "Yeo-Johnson"


@pytest.mark.parametrize("power", [-2.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 3.0])
def test_yeo_johnson_is_scipys(power: float) -> None:
    x = np.random.default_rng(1).normal(size=50)
    np.testing.assert_allclose(yeo_johnson(x, power), stats.yeojohnson(x, power))


@pytest.mark.parametrize(
    "line",
    [
        np.random.default_rng(0).normal(size=400),
        np.random.default_rng(0).random(400),
        (np.random.default_rng(0).random(400) < 0.02) * 1.5,
        np.where(np.arange(400) == 7, 1e6, np.random.default_rng(0).normal(size=400)),
        np.random.default_rng(0).geometric(0.6, 400).astype(float),
    ],
    ids=["normal", "uniform", "rare flag", "one outlier", "few counts"],
)
def test_innocents(line: Any) -> None:
    assert _report(_column(line)).findings == []


@settings(max_examples=30)
@given(st.lists(st.floats(), min_size=60, max_size=80))
def test_any_numbers_are_met(values: list[float]) -> None:
    for check in _report(_column(np.array(values))).checks:
        assert check.status in (Status.CLEAN, Status.FOUND, Status.NOT_APPLICABLE)


def test_options_and_width() -> None:
    X = np.random.default_rng(0).lognormal(0.0, 1.0, (60, 800))
    (finding,) = _report(X).findings
    assert len(finding.columns) <= 200
    assert len(finding.evidence["table"]["rows"]) <= 200
    assert _report(X, limits={"NRM110": {"skewness": 50.0}}).findings == []


def test_no_answer() -> None:
    assert [c.status for c in _report(np.random.default_rng(0).lognormal(size=(40, 2))).checks] == [Status.SKIPPED]
    frame = pd.DataFrame({"a": list("ab") * 40, "y": [0, 1] * 40})
    assert [c.status for c in audit(frame, target="y", select=["NRM110"]).checks] == [Status.NOT_APPLICABLE]
