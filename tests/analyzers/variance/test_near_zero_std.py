"""NRM106 against NumPy's own spacing of floating-point numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataaudit.model import Status
from tests.analyzers.asking import ask
from tests.build import table

N = 200
UNIT = np.random.default_rng(0).normal(size=N)
UNIT = (UNIT - UNIT.mean()) / UNIT.std()


def test_dust_on_a_level() -> None:
    x = 1.0 + 1e-7 * UNIT
    said = ask("NRM106", pd.DataFrame({"a": x, "b": UNIT})).finding
    assert (said.severity, said.columns) == ("warning", ("a",))
    step = float(np.spacing(np.float32(x.mean()))) / x.std()
    (row,) = said.evidence["table"]["rows"]
    np.testing.assert_allclose(row[1:], [x.mean(), x.std(), step])
    assert said.message == (
        f"'a' varies by a standard deviation of 1e-07 around 1: standardised, one float32 rounding step becomes "
        f"{step:.4g} times its own spread"
    )
    assert said.evidence["amplification"]["a"] == pytest.approx(1 / x.std())


@given(level=st.floats(-12, 12), spread=st.floats(-9, 3), sign=st.sampled_from([-1.0, 1.0]))
def test_flagged_where_a_rounding_step_is_a_hundredth_of_the_spread(level: float, spread: float, sign: float) -> None:
    x = sign * 10.0**level * (1 + 10.0**spread * UNIT)
    if not x.std() > 0:
        return
    step = np.spacing(np.float32(abs(x.mean()))) / x.std()
    if abs(step / 0.01 - 1) < 1e-3:
        return
    assert (ask("NRM106", np.column_stack([x, UNIT])).status is Status.FOUND) is bool(step >= 0.01)


def test_the_option_moves_the_noise() -> None:
    x = pd.DataFrame({"a": 1e9 + 1e5 * UNIT})  # a step of 64: 0.06 % of the spread
    assert ask("NRM106", x).status is Status.CLEAN
    assert ask("NRM106", x, options={"noise": 5e-4}).status is Status.FOUND


def test_float16_steps_are_coarse() -> None:
    # around 100 a step of float16 is 1/16
    fine, coarse = (100 + 3 * UNIT).astype(np.float16), (100 + 0.3 * UNIT).astype(np.float16)
    assert ask("NRM106", fine[:, None]).status is Status.CLEAN
    said = ask("NRM106", coarse[:, None]).finding
    assert said.evidence["table"]["rows"][0][3] == pytest.approx(1 / 16 / coarse.astype(float).std())
    assert "float16" in said.message


@pytest.mark.parametrize(
    "data",
    [
        table(N),
        UNIT[:, None] * 1e-12,
        pd.DataFrame({"mass": 1e-27 * (1 + 0.01 * UNIT)}),
        pd.DataFrame({"year": 2000 + np.round(5 * UNIT), "easting": 2_683_000 + 400 * UNIT}),
        UNIT[:, None].astype(np.float16),
        UNIT[:, None].round(2),
        np.eye(50)[np.arange(N) % 50],
        np.full((N, 1), 5.0),
    ],
    ids=["table", "small units", "kilograms of atoms", "years and metres", "float16", "csv", "one-hot", "constant"],
)
def test_innocent_columns(data: Any) -> None:
    assert ask("NRM106", data).status is Status.CLEAN


def test_seconds_since_1970_held_as_numbers() -> None:
    assert ask("NRM106", pd.DataFrame({"t": 1.6e9 + 300 * UNIT})).finding.columns == ("t",)
    times = pd.DataFrame({"t": pd.to_datetime(1.6e9 + 300 * UNIT, unit="s"), "x": UNIT})
    assert ask("NRM106", times).status is Status.CLEAN


def test_columns_are_listed_worst_first() -> None:
    x = np.column_stack([1 + 1e-6 * UNIT, UNIT, 1 + 1e-8 * UNIT])
    said = ask("NRM106", x).finding
    assert said.columns == (2, 0)
    assert said.message.startswith("Columns 2 and 0 vary by a standard deviation of 1e-08 around 1")


def test_pictures_divided_too_often() -> None:
    x = 0.5 + 1e-7 * np.random.default_rng(0).normal(size=(20, 8, 8, 1))
    step = np.spacing(np.float32(0.5)) / x.std()
    assert ask("NRM106", x).finding.message == (
        f"Channel 0 varies by a standard deviation of {x.std():.3g} around 0.5: "
        f"a rounding step is {100 * step:.1f} % of it"
    )
    assert ask("NRM106", np.random.default_rng(0).random((20, 8, 8, 1)) / 255 / 255).status is Status.CLEAN


@pytest.mark.parametrize(
    ("data", "status", "reason"),
    [
        (np.ones((9, 1)), "skipped", "train has 9 rows, fewer than 10"),
        (pd.DataFrame({"a": ["x", "y"] * 20}), "not-applicable", "there is no numeric input"),
    ],
)
def test_reasons(data: Any, status: str, reason: str) -> None:
    answer = ask("NRM106", data)
    assert (answer.status, answer.reason) == (status, reason)


@pytest.mark.parametrize(
    ("code", "said"), [("NRM105", "3 channels vary"), ("NRM106", "3 channels vary by more than rounding")]
)
def test_of_pictures_the_channels_are_counted(code: str, said: str) -> None:
    pictures = np.random.default_rng(0).normal(size=(40, 8, 8, 3))
    answer = ask(code, (pictures, np.arange(40) % 2))
    assert (answer.status, answer.measured) == (Status.CLEAN, said)
