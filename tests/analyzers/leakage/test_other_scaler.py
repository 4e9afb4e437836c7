"""LEA104, LEA103: splits that went through two kinds of scaler, each fitted on its own rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from dataaudit.model import Status
from tests.analyzers.asking import ask

Frames = list[pd.DataFrame]
NAMES = ["height", "weight", "income", "waist"]


def measured(seed: int = 0, n: int = 400) -> Frames:
    """Return three splits of measurements."""
    g = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "height": g.normal(170, 9, n).round(2),
            "weight": g.normal(72, 12, n).round(2),
            "income": g.lognormal(10, 0.6, n).round(1),
            "waist": g.normal(85, 11, n).round(2),
            "kind": g.choice(["a", "b"], n),
        }
    )
    return [frame[:240], frame[240:320].reset_index(drop=True), frame[320:].reset_index(drop=True)]


def scaled(parts: Frames, scalers: list[Any]) -> Frames:
    """Return splits of which each went through its scaler, fitted already."""
    lines = [s.transform(part[NAMES]).T for part, s in zip(parts, scalers, strict=True)]
    return [part.assign(**dict(zip(NAMES, line, strict=True))) for part, line in zip(parts, lines, strict=True)]


@pytest.mark.parametrize("decimals", [3, 12])
@pytest.mark.parametrize(
    ("one", "two", "said"),
    [
        (StandardScaler, MinMaxScaler, "Test "),  # 0..1 against -1..1, or one scaler against the other
        (MinMaxScaler, StandardScaler, "Test was standardised by itself where train was min-max scaled"),
    ],
)
def test_another_scaler_fitted_on_another_split(one: Any, two: Any, said: str, decimals: int) -> None:
    parts = measured()
    train, test = one().fit(parts[0][NAMES]), two().fit(parts[2][NAMES])
    made = [part.round(decimals) for part in scaled(parts, [train, train, test])]
    finding = ask("LEA104", *made).finding
    assert (finding.severity, finding.splits, finding.columns) == ("error", ("train", "test"), tuple(NAMES))
    assert finding.message.startswith(said)
    assert ask("LEA103", *made).findings == ()  # train never saw that scaler
    assert ask("LEA116", *made).status is Status.CLEAN  # it is explained


@pytest.mark.parametrize("scaler", [StandardScaler, MinMaxScaler])
def test_one_scaler_for_all_splits(scaler: Any) -> None:
    parts = measured()
    made = scaled(parts, [scaler().fit(parts[0][NAMES])] * 3)
    assert ask("LEA104", *made).findings == ()


def test_a_scaler_fitted_on_test_for_all_splits_is_told_by_its_own_rule() -> None:
    parts = measured()
    made = scaled(parts, [StandardScaler().fit(parts[2][NAMES])] * 3)
    assert ask("LEA103", *made).finding.columns == tuple(NAMES)
    assert ask("LEA104", *made).findings == ()


def test_two_inputs_may_have_such_ends_by_nature() -> None:
    parts = measured()
    train = StandardScaler().fit(parts[0][NAMES])
    made = scaled(parts, [train] * 3)
    for name in NAMES[:2]:
        line = made[2][name]
        made[2][name] = (line - line.min()) / (line.max() - line.min())
    assert "by itself" not in "".join(f.message for f in ask("LEA104", *made).findings)


def test_ends_that_differ_by_column_are_told_by_the_scalers() -> None:
    parts = measured()
    middle, spread = parts[0][NAMES].mean(), parts[0][NAMES].std()
    for part in parts:  # skewed inputs have a range of their own, which no rule of thumb for ranges explains
        part[NAMES] = np.exp(((part[NAMES] - middle) / spread).to_numpy())
    train, test = StandardScaler().fit(parts[0][NAMES]), MinMaxScaler().fit(parts[2][NAMES])
    finding = ask("LEA104", *scaled(parts, [train, train, test])).finding
    assert finding.message.startswith("Test was min-max scaled by itself where train was standardised")
    assert finding.columns == tuple(NAMES)
