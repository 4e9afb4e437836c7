"""NRM111: what the last layer must produce."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dataaudit.api import audit
from dataaudit.model import Finding, Severity, Status

X = np.random.default_rng(0).normal(size=(200, 2))
U = np.random.default_rng(1).random(200)


def _finding(y: Any, **more: Any) -> Finding:
    (finding,) = audit((X, y), select=["NRM111"], **more).findings
    assert finding.severity is Severity.NOTE
    return finding


@pytest.mark.parametrize(
    ("y", "activation"),
    [
        (U, "sigmoid"),
        (0.2 + 0.6 * U, "sigmoid"),
        (2 * U - 1, "tanh"),
        (100 * U, "softplus"),
        (0.3 * U, "softplus"),
        (10 * U - 5, "none"),
        (0.3 * U - 0.1, "none"),
        (-10 * U - 5, "none"),
    ],
)
def test_regression(y: Any, activation: str) -> None:
    row = _finding(y).evidence["table"]["rows"][0]
    assert row[:4] == ["y", float(y.min()), float(y.max()), activation]


def test_a_split_beyond_train() -> None:
    finding = _finding(0.9 * U, test=(X, U))
    assert "test goes beyond the range of train" in finding.message


def test_classes() -> None:
    finding = _finding(np.arange(200) % 7)
    assert finding.evidence == {"outputs": 7, "activation": "softmax", "loss_of_chance": round(math.log(7), 6)}
    assert "(or 1 with a sigmoid)" in _finding(np.where(U > 0.5, "a", "b")).message


def test_classes_of_all_splits_count() -> None:
    assert _finding(np.arange(200) % 3, test=(X, np.arange(200) % 4)).evidence["outputs"] == 4


def test_several_targets() -> None:
    frame = pd.DataFrame({"x": X[:, 0], "a": U, "b": 10 * U - 5})
    (finding,) = audit(frame, target=["a", "b"], select=["NRM111"]).findings
    assert finding.columns == ("a", "b")
    assert [row[3] for row in finding.evidence["table"]["rows"]] == ["sigmoid", "none"]
    labels = pd.DataFrame({"x": X[:, 0], "a": U > 0.5, "b": U > 0.2})
    (finding,) = audit(labels, target=["a", "b"], select=["NRM111"]).findings
    assert finding.evidence == {"outputs": 2, "activation": "sigmoid"}


def test_no_answer() -> None:
    assert [c.status for c in audit(X, select=["NRM111"]).checks] == [Status.NOT_APPLICABLE]
    one = audit((X, np.full(200, "a")), select=["NRM111"])
    assert [c.status for c in one.checks] == [Status.SKIPPED]
    lost = audit((X, np.full(200, np.nan)), select=["NRM111"], task="regression")
    assert [c.status for c in lost.checks] == [Status.SKIPPED]
