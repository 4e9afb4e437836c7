"""LEA106: means of the target per category, taken of rows that are known."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import TargetEncoder

from dataaudit.analyzers.leakage.encodings import _by_union, _left_out
from tests.analyzers.asking import Answer, ask

Frames = list[pd.DataFrame]
TARGETS = ("number", "yes or no", "class")


def drawn(kind: str, seed: int = 0, n: int = 1000, categories: int = 60) -> Frames:
    g = np.random.default_rng(seed)
    city = np.minimum(g.geometric(2.5 / categories, size=n), categories)
    signal = g.normal(size=categories + 1)[city] + g.normal(size=n)
    y: Any = signal
    if kind == "yes or no":
        y = np.where(signal > 0, "yes", "no")
    if kind == "class":
        y = np.digitize(signal, [-0.7, 0.7])
    x = pd.DataFrame({"city": [f"c{c}" for c in city], "size": g.normal(size=n), "y": y})
    edges = [0, int(0.6 * n), int(0.8 * n), n]
    return [x.iloc[a:b].reset_index(drop=True) for a, b in pairwise(edges)]


def numbers(frame: pd.DataFrame) -> pd.Series:
    return frame.y if frame.y.dtype.kind in "if" else (frame.y == "yes").astype(float)


def encoded(parts: Frames, by: Frames, m: float = 0.0, *, keep: bool = True) -> Frames:
    made = []
    for part, source in zip(parts, by, strict=True):
        y = numbers(source)
        groups = y.groupby(source.city)
        table = (groups.sum() + m * y.mean()) / (groups.count() + m)
        part = part.assign(city_enc=part.city.map(table).fillna(y.mean()))
        made.append(part if keep else part.drop(columns="city"))
    return made


def said(parts: Frames) -> Answer:
    return ask("LEA106", *parts, target="y")


@pytest.mark.parametrize("m", [0.0, 5.0, 12.5])
@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("kind", TARGETS)
def test_over_all_rows(kind: str, keep: bool, m: float) -> None:
    parts = drawn(kind)
    finding = said(encoded(parts, [pd.concat(parts)] * 3, m, keep=keep)).finding
    assert (finding.severity, finding.columns) == ("error", ("city_enc",))
    assert finding.splits == ("train", "validation", "test")
    assert finding.evidence["smoothing"] == pytest.approx(m, abs=1e-4)
    assert "per category over train, validation and test together" in finding.message


@pytest.mark.parametrize("m", [1.0, 2.0])
def test_smoothed_means_of_categories_that_are_alike(m: float) -> None:
    g = np.random.default_rng(2)
    size = 540
    x = pd.DataFrame({"city": [f"c{c}" for c in g.integers(0, 70, size)], "size": g.normal(size=size)})
    x["y"] = g.choice(["yes", "no"], size, p=[0.6, 0.4])
    parts = [x[:324], x[324:432], x[432:]]
    made = encoded(parts, [x] * 3, m, keep=False)
    alike = pd.concat(made).groupby(x.city).city_enc.first()
    assert alike.duplicated(keep=False).mean() > 0.5  # most categories share their value with others
    finding = said(made).finding
    assert (finding.severity, finding.columns, finding.splits) == (
        "error",
        ("city_enc",),
        ("train", "validation", "test"),
    )
    assert finding.evidence["smoothing"] == pytest.approx(m)


def test_the_share_of_zeros_is_a_mean_of_the_target_too() -> None:
    parts = drawn("yes or no")
    for part in parts:
        part["y"] = (part.y == "yes").astype(int)
    made = encoded(parts, [pd.concat(parts)] * 3)
    for part in made:
        part["city_enc"] = (1.0 - part.city_enc).round(4)
    finding = said(made).finding
    assert (finding.columns, finding.evidence["smoothing"]) == (("city_enc",), 0.0)
    assert "mean of class '0' per category" in finding.message


@pytest.mark.parametrize("m", [0.0, 3.0])
@pytest.mark.parametrize("kind", TARGETS)
def test_over_train_with_its_own_target(kind: str, m: float) -> None:
    parts = drawn(kind)
    made = encoded(parts, [parts[0]] * 3, m)
    finding = said(made).finding
    n = made[0].city_enc.map(made[0].city_enc.value_counts())
    assert (finding.severity, finding.splits) == ("error", ("train",))
    assert finding.evidence["own_share"] == pytest.approx(float((1.0 / (n + m)).mean()), abs=0.01)


def test_few_large_categories_hardly_hold_a_row_of_their_own() -> None:
    parts = drawn("number", n=3000, categories=4)
    answer = said(encoded(parts, [parts[0]] * 3))
    assert answer.findings == ()
    assert answer.measured.startswith("means of the target per category: 'city_enc' by train, own target's share 0.2 %")
    assert said(encoded(parts, [pd.concat(parts)] * 3)).finding.severity == "error"
    some = drawn("number", n=3000, categories=30)
    assert said(encoded(some, [some[0]] * 3)).finding.severity == "warning"


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("kind", ["number", "yes or no"])
def test_cross_fitting_is_correct(kind: str, seed: int) -> None:
    parts = drawn(kind, seed)
    encoder = TargetEncoder()
    train = encoder.fit_transform(parts[0][["city"]], parts[0].y)
    made = [parts[0].assign(city_enc=train[:, 0])]
    made += [p.assign(city_enc=encoder.transform(p[["city"]])[:, 0]) for p in parts[1:]]
    assert said(made).findings == ()


def test_a_transform_of_the_rows_it_was_fitted_on_is_not() -> None:
    parts = drawn("number")
    encoder = TargetEncoder().fit(parts[0][["city"]], parts[0].y)
    made = [p.assign(city_enc=encoder.transform(p[["city"]])[:, 0]) for p in parts]
    assert said(made).finding.splits == ("train",)


@pytest.mark.parametrize("keep", [True, False])
def test_leave_one_out_tells_the_target(keep: bool) -> None:
    parts = drawn("yes or no", n=2000, categories=12)
    y = numbers(parts[0])
    groups = y.groupby(parts[0].city)
    left_out = (groups.transform("sum") - y) / (groups.transform("count") - 1)
    made = encoded(parts, [parts[0]] * 3, keep=keep)
    made[0]["city_enc"] = left_out.fillna(y.mean())
    finding = said(made).finding
    assert finding.severity == "error"
    assert "own target left out" in finding.message


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("kind", TARGETS)
def test_columns_that_repeat_values_for_other_reasons(kind: str, seed: int) -> None:
    parts = drawn(kind, seed)
    g = np.random.default_rng(seed)
    prices = np.round(g.normal(size=61), 2)
    for p in parts:
        at = p.city.str[1:].astype(int).to_numpy()
        p["price"] = prices[at]
        p["count"] = p.city.map(parts[0].city.value_counts()).fillna(0) / len(parts[0])
        p["rounded"] = np.round(p["size"], 1)
        p["third"] = g.integers(0, 9, len(p)) / 3.0
        if kind == "number":
            p["y"] = np.round(p.y, 1)
            p["twin"] = p.y
    assert said(parts).findings == ()


def test_one_split_shows_its_own_target() -> None:
    parts = drawn("number")
    assert ask("LEA106", encoded(parts[:1], parts[:1])[0], target="y").finding.splits == ("train",)


@pytest.mark.parametrize("decimals", [4, 6])
def test_rounded_in_storage(decimals: int) -> None:
    parts = drawn("number")
    made = encoded(parts, [pd.concat(parts)] * 3, 5.0)
    made = [p.assign(city_enc=p.city_enc.round(decimals)) for p in made]
    assert said(made).finding.splits == ("train", "validation", "test")


@pytest.mark.parametrize(
    ("frame", "target", "reason"),
    [
        (pd.DataFrame({"a": [0.5, 1.5] * 20}), None, "an encoded target is told for one target"),
        (
            pd.DataFrame({"a": np.arange(40), "y": np.arange(40) % 3}),
            "y",
            "no input with fractions repeats its values, as means per category do",
        ),
        (pd.DataFrame({"a": [np.nan] * 40, "y": [0, 1] * 20}), "y", None),
        (pd.DataFrame({"a": [np.inf, 0.5] * 20, "y": [0, 1] * 20}), "y", None),
    ],
)
def test_hostile_input(frame: pd.DataFrame, target: str | None, reason: str | None) -> None:
    answer = ask("LEA106", frame, None, frame.copy(), target=target)
    assert answer.findings == ()
    assert reason is None or (answer.status, answer.reason) == ("not-applicable", reason)


def test_solving_for_the_smoothing() -> None:
    g = np.random.default_rng(1)
    at = g.integers(0, 20, size=400)
    y = g.normal(size=400)
    n, sums = np.bincount(at), np.bincount(at, weights=y)
    ((union, told),) = _by_union([((sums + 7.0 * y.mean()) / (n + 7.0))[at]], [y], ["train"])
    assert union == {"train"}
    assert told[0] == pytest.approx(7.0)
    assert told[1] == 20
    assert told[2] == pytest.approx(float((n / (n + 7.0)).sum() / 400))
    assert told[3] < -100
    other = g.normal(size=20)[at]
    assert list(_by_union([other], [y], ["train"])) == []
    assert _left_out(other, (y > 0).astype(float)) is None
