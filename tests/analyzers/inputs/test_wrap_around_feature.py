"""INP109: periods whose seam lies within the data, and quantities that have none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from dataaudit.analyzers.inputs.periods import calendar_period, is_angle, seam, words_of
from dataaudit.model import Status
from tests.analyzers.asking import ask
from tests.build import table

N = 300
rng = np.random.default_rng(0)
AROUND = rng.normal(0.0, 0.08, N)  # turns, around the seam
EVEN = rng.random(N)


def with_column(name: str, values: Any) -> pd.DataFrame:
    return table(N)[["age", "income", "y"]].assign(**{name: values})


@pytest.mark.parametrize("turns", [AROUND % 1.0, EVEN], ids=["around the seam", "all around"])
@pytest.mark.parametrize(
    ("name", "period", "low"),
    [
        ("heading", 360.0, 0.0), ("windDirection", 360.0, -180.0), ("theta", 2 * np.pi, 0.0),
        ("yaw_rad", 2 * np.pi, -np.pi), ("hour", 24.0, 0.0), ("hour of day", 24.0, 0.0), ("lon", 360.0, -180.0),
        ("minute", 60.0, 0.0), ("day_of_year", 365.0, 1.0),
    ],
)  # fmt: skip
def test_seams_within_the_data(turns: Any, name: str, period: float, low: float) -> None:
    finding = ask("INP109", with_column(name, low + period * turns), target="y").finding
    assert (finding.severity, finding.columns) == ("warning", (name,))
    assert "goes on behind its end" in finding.message


@pytest.mark.parametrize(
    ("name", "values"),
    [("hour", rng.integers(0, 24, N)), ("hr", rng.integers(1, 25, N)), ("month", rng.integers(1, 13, N)),
     ("mnth", rng.integers(0, 12, N)), ("hour", (rng.integers(0, 24, N) - 11.5) / 6.9),
     ("month", rng.integers(0, 12, N) / 11.0), ("bearing", rng.integers(0, 36, N) * 10)],
)  # fmt: skip
def test_whole_steps_and_scaled_ones(name: str, values: Any) -> None:
    finding = ask("INP109", with_column(name, values), target="y").finding
    assert (finding.severity, finding.columns) == ("warning", (name,))


def test_shares_and_fix() -> None:
    values = np.r_[np.linspace(0.5, 29.5, 100), np.linspace(331, 359.5, 150), np.linspace(200, 220, 50)]
    finding = ask("INP109", with_column("heading", values), target="y").finding
    assert finding.message == (
        "'heading' has a period of 360° and goes on behind its end: 50 % of the rows lie in the last twelfth, "
        "33.3 % in the first"
    )
    assert finding.fix.splitlines()[-1] == "+ np.sin(2 * np.pi * x / 360), np.cos(2 * np.pi * x / 360)"
    assert finding.figure is not None
    assert sum(finding.figure["series"]["sampled rows"]) == N


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("heading", 160 + 15 * rng.normal(size=N)), ("heading", rng.uniform(30, 330, N)),
        ("hour", rng.integers(8, 19, N)), ("hour", rng.uniform(0, 12, N)), ("longitude", rng.uniform(-124, -114, N)),
        ("model_year", rng.integers(70, 83, N)), ("score", rng.uniform(0, 100, N)), ("x", rng.uniform(0, 24, N)),
        ("share", AROUND % 1.0), ("hours_worked", rng.exponential(20, N)), ("month", rng.integers(4, 11, N)),
        ("direction", rng.integers(0, 2, N)), ("aspect", rng.uniform(0.5, 2.0, N)), ("sin_theta", np.sin(7 * AROUND)),
        ("angle", np.where(EVEN < 0.5, 0.0, 90.0)), ("income_long", rng.lognormal(10, 1, N)),
        ("heading", np.full(N, 7.0)), ("heading", np.full(N, np.nan)), ("minutes", rng.gamma(2, 30, N)),
        ("week", np.where(EVEN < 0.7, 52, rng.integers(1, 53, N))),
    ],
)  # fmt: skip
def test_innocent(name: str, values: Any) -> None:
    answer = ask("INP109", with_column(name, values), target="y")
    assert answer.status is Status.CLEAN
    assert answer.measured.startswith("no seam of a period lies within")


def test_sine_and_cosine_are_there_already() -> None:
    data = with_column("heading", 360 * EVEN)
    named = data.assign(heading_sin=0.0, heading_cos=EVEN)
    valued = data.assign(a=np.sin(2 * np.pi * EVEN), b=np.cos(2 * np.pi * EVEN))
    assert ask("INP109", named, target="y").findings == ()
    assert ask("INP109", valued, target="y").findings == ()
    assert ask("INP109", data.assign(a=np.sin(2 * np.pi * EVEN + 0.1)), target="y").loud


@pytest.mark.parametrize(("low", "period"), [(0, 360), (-180, 360), (0, 2 * np.pi), (-np.pi, 2 * np.pi)])
def test_a_hollow_tells_where_the_name_does_not(low: float, period: float) -> None:
    finding = ask("INP109", with_column("f7", low + period * (AROUND % 1.0)), target="y").finding
    assert finding.severity == "warning"


def test_jumps_tell_where_the_name_does_not() -> None:
    course = np.cumsum(rng.normal(6.0, 2.0, N)) % 360
    finding = ask("INP109", with_column("f7", course), target="y").finding
    assert (finding.severity, "jumps between 0 and 360 from row to row" in finding.message) == ("warning", True)
    shuffled = ask("INP109", with_column("f7", rng.permutation(course)), target="y")
    assert shuffled.finding.severity == "note"


def test_a_filled_range_is_a_note_and_a_tail_is_none() -> None:
    assert ask("INP109", with_column("f7", 2 * np.pi * (EVEN - 0.5)), target="y").finding.severity == "note"
    tail = np.clip(rng.normal(size=N), -3.14, 3.14)
    tail[:6] = [-3.14, -3.13, -3.12, 3.12, 3.13, 3.14]
    assert ask("INP109", with_column("f7", tail), target="y").status is Status.CLEAN


def test_few_values_are_a_note() -> None:
    assert ask("INP109", with_column("weekday", rng.integers(0, 7, N)), target="y").finding.severity == "note"


def test_the_share_is_an_option() -> None:
    data = with_column("heading", np.r_[np.linspace(0, 360, 10), rng.uniform(100, 200, N - 10)])
    assert ask("INP109", data, target="y").status is Status.CLEAN
    data = with_column("heading", np.r_[[1, 2, 3, 357, 358, 359], rng.uniform(100, 200, N - 6)])
    assert ask("INP109", data, target="y").loud
    assert ask("INP109", data, target="y", options={"share": 0.02}).findings == ()


def test_quaternions() -> None:
    q = rng.normal(size=(N, 4))
    q /= np.linalg.norm(q, axis=1, keepdims=True)
    names = ["qx", "qy", "qz", "qw"]
    finding = ask("INP109", pd.DataFrame(q, columns=names)).finding
    assert (finding.severity, finding.columns) == ("warning", tuple(names))
    upright = np.where(q[:, 3:] < 0, -q, q)
    upright[:, 3] += 2.0  # the largest part, of one sign
    upright /= np.linalg.norm(upright, axis=1, keepdims=True)
    assert ask("INP109", pd.DataFrame(upright, columns=names)).findings == ()
    assert ask("INP109", pd.DataFrame(q, columns=list("abcd"))).findings == ()
    assert ask("INP109", pd.DataFrame(2 * q, columns=names)).findings == ()


def test_wide_data_is_capped() -> None:
    wide = pd.DataFrame(np.repeat(360 * EVEN[:, None], 300, axis=1)).add_prefix("angle")
    finding = ask("INP109", wide).finding
    assert len(finding.columns) == 300
    assert len(finding.evidence["table"]["rows"]) == 200
    assert len(finding.message) < 250


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (table(50)[["city", "y"]], Status.NOT_APPLICABLE),
        (table(10)[["age", "y"]], Status.SKIPPED),
    ],
)
def test_when_it_says_nothing(data: pd.DataFrame, status: Status) -> None:
    assert ask("INP109", data, target="y").status is status


def test_names() -> None:
    assert words_of("windDir_10mAGL") == ["wind", "dir", "10", "m", "agl"]
    assert words_of(3) == []
    assert [calendar_period(n) for n in ("pickup_hour", "HourOfDay", "dow", "Day of week", "monthly_fee", "price")] == [
        24, 24, 7, 7, None, None,
    ]  # fmt: skip
    assert [is_angle(n) for n in ("Azimuth", "steeringAngle", "direct", "length")] == [True, True, False, False]


def test_seam_by_hand() -> None:
    at = seam(np.array([10.0, 20.0, 29.0, 100.0, 340.0, 350.0, 351.0, 355.0]), 0.0, 360.0, "360°")
    assert (at.above, at.below, at.inside) == (3 / 8, 4 / 8, True)
    assert at.gap == pytest.approx(15 / 360)
    assert at.hollow == pytest.approx(240 / 360)
