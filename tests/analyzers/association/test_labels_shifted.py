"""ASC103 on real tables whose labels were moved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dataaudit.model import Status
from tests.analyzers.asking import ask


def wine(part: slice = slice(None)) -> pd.DataFrame:
    from sklearn.datasets import load_wine

    frame: pd.DataFrame = load_wine(as_frame=True).frame
    return frame.sample(frac=1, random_state=0).iloc[part].reset_index(drop=True)


def rolled(frame: pd.DataFrame, lag: int, start: int = 0) -> pd.DataFrame:
    y = frame["target"].to_numpy()
    return frame.assign(target=np.concatenate([y[:start], np.roll(y, lag)[start:]]))


@pytest.mark.parametrize(("lag", "words"), [(3, "3 rows below"), (-1, "1 row above")])
def test_the_lag_and_its_side(lag: int, words: str) -> None:
    said = ask("ASC103", rolled(wine(), lag), target="target").finding
    assert said.severity == "error"
    assert said.splits == ("train",)
    assert said.columns == ("target",)
    assert said.message.startswith(f"Labels of train stand {words} their inputs")
    assert said.evidence["lag"] == lag
    assert said.evidence["table"]["rows"][0][1:5] == [lag, 0, 177, 178]
    assert said.figure is not None
    assert max(said.figure["items"], key=lambda item: item["value"])["label"] == f"lag {lag:+d}"
    assert f".shift({-lag})" in said.fix


def test_the_row_it_begins_at() -> None:
    said = ask("ASC103", rolled(wine(), 1, start=70), target="target").finding
    first = said.evidence["table"]["rows"][0][2]
    assert abs(first - 70) <= 5
    assert f"from about row {first} on" in said.message


def test_a_small_split_is_counted_in_and_an_innocent_one_is_not() -> None:
    frame = wine()
    train, val, test = frame.iloc[:90], frame.iloc[90:132], frame.iloc[132:]
    frames = [rolled(part.reset_index(drop=True), 2) for part in (train, val)]
    said = ask("ASC103", frames[0], frames[1], test.reset_index(drop=True), target="target").finding
    assert said.splits == ("train", "validation")


def test_labels_in_place_say_how_much_they_stand_out() -> None:
    answer = ask("ASC103", wine(), target="target")
    assert answer.status is Status.CLEAN
    assert answer.measured.startswith("in train labels stand out in place by ")


def test_sorted_rows_cannot_tell() -> None:
    frame = wine().sort_values("target")
    answer = ask("ASC103", rolled(frame, 1), target="target")
    assert answer.status is Status.SKIPPED
    assert answer.reason.startswith("no lag stands out")


def test_pictures_in_an_array() -> None:
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    order = np.random.default_rng(1).permutation(len(X))[:250]
    X, y = X[order].reshape(-1, 8, 8), y[order]
    said = ask("ASC103", (X, np.roll(y, 3)), task="classification").finding
    assert said.evidence["lag"] == 3
    assert ask("ASC103", (X, y), task="classification").status is Status.CLEAN


def test_numbers() -> None:
    from sklearn.datasets import load_diabetes

    frame = load_diabetes(as_frame=True).frame
    assert ask("ASC103", frame, target="target").status is Status.CLEAN
    assert ask("ASC103", rolled(frame, -5), target="target").finding.evidence["lag"] == -5


def big(n: int, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(2, n))
    words = np.where(b > 0, "up", "down")
    return pd.DataFrame({"a": a, "b": words, "target": (a + (b > 0) + 0.5 * rng.normal(size=n) > 0.5).astype(int)})


@pytest.mark.parametrize("stream", [False, True])
def test_more_rows_than_are_sampled_are_read_again(tmp_path: Path, stream: bool) -> None:
    frame = rolled(big(3000), 4)
    data: Any = frame
    if stream:
        data = tmp_path / "train.csv"
        frame.to_csv(data, index=False)
    said = ask("ASC103", data, target="target", sample=1000).finding
    assert said.evidence["lag"] == 4
    assert said.evidence["table"]["rows"][0][2:5] == [0, 2999, 3000]


@pytest.mark.parametrize(
    ("frame", "status"),
    [
        (wine(slice(35)), Status.SKIPPED),
        (wine().assign(target=1), Status.NOT_APPLICABLE),
        (wine()[["target"]], Status.NOT_APPLICABLE),
        (wine().assign(target=np.nan), None),
    ],
)
def test_too_little_to_tell(frame: pd.DataFrame, status: Status | None) -> None:
    answer = ask("ASC103", frame, target="target", task="classification")
    assert not answer.findings
    assert status is None or answer.status is status


def test_the_switch() -> None:
    answer = ask("ASC103", rolled(wine(), 3), target="target", probe=False)
    assert answer.status is Status.NOT_APPLICABLE


def test_a_higher_demand_is_not_met() -> None:
    assert not ask("ASC103", rolled(wine(), 3), target="target", options={"z": 500.0}).findings


@pytest.mark.parametrize("lag", [1, 7])
def test_the_target_of_an_earlier_row_is_an_input_like_others(lag: int) -> None:
    rng = np.random.default_rng(lag)
    day = np.arange(500 + lag)
    load = 300 + 9 * rng.weibull(2, len(day)) * 6 + 20 * (day % 7 > 4) + rng.normal(0, 12, len(day))
    frame = pd.DataFrame(
        {"weekend": (day % 7 > 4).astype(int), "noise": rng.normal(size=len(day)), "load": load.round(1)}
    )
    frame["before"] = frame["load"].shift(lag)
    answer = ask("ASC103", frame.iloc[lag:].reset_index(drop=True), target="load")
    assert answer.status is Status.CLEAN
    back = "1 row" if lag == 1 else "7 rows"
    assert (
        answer.measured == f"'before' holds the target of the row {back} back, so that labels fit there by construction"
    )
