"""NRM104: columns on another scale than the rest."""

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
from dataaudit.model import Severity, Status
from dataaudit.report.report import Report


def _report(data: Any, stage: str = "model-ready", **more: Any) -> Report:
    return audit(data, select=["NRM104"], stage=stage, **more)


def _standardised(n: int = 200, d: int = 8, seed: int = 0) -> tuple[Any, Any]:
    X = np.random.default_rng(seed).gamma(3.0, size=(n, d))
    return (X - X.mean(axis=0)) / X.std(axis=0), np.arange(n) % 2


@pytest.mark.parametrize("factor", [100.0, 300.0, 1e4, 1e6, 1 / 300.0, 1e-6])
@pytest.mark.parametrize("columns", [(2,), (0, 5), (1, 3, 7)])
def test_some_columns_in_another_unit(factor: float, columns: tuple[int, ...]) -> None:
    X, y = _standardised()
    X[:, list(columns)] *= factor
    (finding,) = _report((X, y)).findings
    assert finding.severity is Severity.WARNING
    assert set(finding.columns) == set(columns)


def test_spread_is_the_smaller_of_deviation_and_quartiles() -> None:
    X, y = _standardised()
    X[:, 2] *= 1000
    (finding,) = _report((X, y)).findings
    q1, q3 = np.quantile(X[:, 2], (0.25, 0.75))
    assert finding.evidence["table"]["rows"][0][1] == pytest.approx(min((q3 - q1) / 1.349, X[:, 2].std()))


def test_raw_tables_get_a_note() -> None:
    X, y = _standardised()
    X[:, 2] *= 1000
    (finding,) = _report((X, y), stage="raw").findings
    assert finding.severity is Severity.NOTE


def _pca(X: Any) -> Any:
    u, s, _ = np.linalg.svd(X - X.mean(axis=0), full_matrices=False)
    return u * s


def _outliers(X: Any) -> Any:
    X = X.copy()
    X[:3, 4] *= 1e4
    return X


def _heavy(X: Any) -> Any:
    X = X.copy()
    X[:, 4] = np.random.default_rng(1).standard_cauchy(len(X))
    return X


def _one_tail(X: Any) -> Any:
    X = X.copy()
    line = np.random.default_rng(1).lognormal(0.0, 4.0, len(X))
    X[:, 4] = (line - line.mean()) / line.std()
    return X


def _flags(X: Any) -> Any:
    X = X.copy()
    X[:, 4] = (np.arange(len(X)) % 150 == 0) * 0.05
    return X


@pytest.mark.parametrize(
    "change",
    [lambda X: X, lambda X: 1000 * X, _pca, _outliers, _heavy, _one_tail, _flags, lambda X: X * 10.0 ** np.arange(8)],
)
def test_innocents(change: Callable[[Any], Any]) -> None:
    X, y = _standardised()
    assert _report((change(X), y)).findings == []


def test_principal_components_of_real_tables_pass() -> None:
    for load in (datasets.load_wine, datasets.load_breast_cancer, datasets.load_iris, datasets.load_digits):
        X, y = load(return_X_y=True)
        X = X[:, X.std(axis=0) > 0]
        assert _report((_pca(X / X.std(axis=0)), y)).findings == []


def test_pictures_in_unit_range_pass() -> None:
    X, y = datasets.load_digits(return_X_y=True)
    assert _report((X / 16, y)).findings == []


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.integers(3, 30))
def test_any_columns_within_one_order_of_magnitude_pass(seed: int, d: int) -> None:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(60, d)) * 10 ** rng.uniform(-0.5, 0.5, d)
    assert _report((X, np.arange(60) % 2)).findings == []


def test_wide_tables_cap_the_table() -> None:
    X, y = _standardised(50, 3000)
    X[:, :1000] *= 1e5
    (finding,) = _report((X, y)).findings
    assert len(finding.columns) == 1000
    assert len(finding.evidence["table"]["rows"]) == 200
    assert finding.evidence["table"]["total"] == 1000


def test_ratio_is_an_option() -> None:
    X, y = _standardised()
    X[:, 2] *= 35
    assert _report((X, y)).findings == []
    assert len(_report((X, y), limits={"NRM104": {"ratio": 20.0}}).findings) == 1


def test_no_answer() -> None:
    assert [c.status for c in _report(_standardised(9)).checks] == [Status.SKIPPED]
    assert [c.status for c in _report(_standardised(50, 2)).checks] == [Status.SKIPPED]
    pictures = (np.zeros((20, 4, 4, 3)), np.arange(20) % 2)
    assert [c.status for c in _report(pictures).checks] == [Status.NOT_APPLICABLE]


def test_named_columns_are_named() -> None:
    X, y = _standardised()
    frame = pd.DataFrame(X, columns=list("abcdefgh")).assign(salary=X[:, 0] * 1e4, y=y)
    (finding,) = _report(frame, target="y").findings
    assert finding.columns == ("salary",)
    assert "'salary' has a spread of" in finding.message
