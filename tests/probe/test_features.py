"""The matrix of features, line by line."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dataaudit.kinds import infer_kinds
from dataaudit.model import Kind, Name, Schema
from dataaudit.probe.encoders import CLIP, ONE_HOT, Feature
from dataaudit.probe.features import Features, encode, inputs, learn
from dataaudit.probe.rows import Rows, gather
from dataaudit.stats.moments import Moments
from dataaudit.stats.sample import Sample, SampleState
from dataaudit.stats.values import Values
from tests.build import chunks, observed, table


def sampled(frame: Any, size: int = 20_000, **loading: Any) -> tuple[SampleState, Schema, dict[Name, Kind]]:
    """Return the sample of a frame, its schema and its kinds."""
    schema, rows = chunks(frame, **loading)
    kinds = infer_kinds(schema, observed(Moments(), schema, rows), observed(Values(), schema, rows))
    return observed(Sample(size), schema, rows), schema, kinds


def encoded(frame: pd.DataFrame, **keywords: Any) -> tuple[Rows, Features]:
    state, schema, kinds = sampled(frame)
    return encode({"train": state}, schema, kinds, **keywords)


def line(frame: pd.DataFrame, column: Name, part: str) -> np.ndarray:
    """Return one line of the matrix in the order of the frame's rows."""
    rows, features = encoded(frame)
    found = np.empty(len(rows), np.float32)
    found[rows.position] = features.matrix[:, features.names.index(Feature(column, part))]
    return found


def parts(features: Features, column: Name) -> list[str]:
    return [features.names[i].part for i in features.of(column)]


# ---------------------------------------------------------------- rows


def test_rows_are_taken_evenly_from_splits() -> None:
    big, schema, _ = sampled(table(900))
    small, _, _ = sampled(table(100, seed=1))
    rows = gather({"train": big, "test": small}, schema, 400)
    assert rows.splits == ("train", "test")
    assert np.bincount(rows.split).tolist() == [300, 100]
    assert rows.position[:300].tolist() == big.rows[:300].tolist()
    assert rows.numbers["age"][300:].tolist() == small.numbers[schema.number_index["age"]].tolist()
    assert rows.texts["city"].tolist() == [*big.codes["city"][:300], *small.codes["city"]]


def test_no_samples_are_no_rows() -> None:
    _, schema, _ = sampled(table(5))
    assert len(gather({"train": Sample().start(schema)}, schema)) == 0


def test_ids_targets_and_empty_columns_are_no_inputs() -> None:
    frame = table(100).assign(key=range(100), none=np.nan)
    _, schema, kinds = sampled(frame, target="y")
    assert inputs(schema, kinds) == ["age", "income", "rooms", "city", "active", "joined"]


# ---------------------------------------------------------------- numbers


def test_a_number_is_its_distance_from_the_median_in_spreads() -> None:
    values = np.arange(101.0) + 0.5
    got = line(pd.DataFrame({"x": values, "z": 1.5}), "x", "value")
    assert got == pytest.approx((values - 50.5) / (50 / 1.349), rel=1e-6)


def test_wild_numbers_are_clipped_and_infinite_ones_are_told() -> None:
    values = np.array([*np.linspace(0, 1, 97), 1e300, -np.inf, np.inf])
    frame = pd.DataFrame({"x": values})
    assert line(frame, "x", "value")[97:].tolist() == [CLIP, -CLIP, CLIP]
    assert line(frame, "x", "infinite").tolist() == [0.0] * 98 + [1.0, 1.0]


def test_what_is_missing_is_told_and_stands_in_the_middle() -> None:
    values = np.where(np.arange(60) % 3 == 0, np.nan, np.arange(60) + 0.5)
    frame = pd.DataFrame({"x": values, "full": np.arange(60) + 0.5})
    assert line(frame, "x", "missing").tolist() == (np.arange(60) % 3 == 0).tolist()
    assert (line(frame, "x", "value")[::3] == 0).all()
    _, features = encoded(frame)
    assert parts(features, "full") == ["value"]


def test_a_number_that_is_mostly_one_value_is_measured_by_its_deviation() -> None:
    values = np.where(np.arange(100) < 90, 0.0, np.arange(100) + 0.5)
    got = line(pd.DataFrame({"x": values}), "x", "value")
    assert got == pytest.approx(np.minimum(values / values.std(), CLIP), rel=1e-6)


def test_a_constant_number_is_zero() -> None:
    assert (line(pd.DataFrame({"x": np.full(50, 7.25), "z": np.arange(50) + 0.5}), "x", "value") == 0).all()


def test_few_whole_numbers_get_a_line_each_as_well() -> None:
    frame = pd.DataFrame({"rooms": np.arange(120) % 4})
    _, features = encoded(frame)
    assert parts(features, "rooms") == ["value", "= 0", "= 1", "= 2", "= 3"]
    assert line(frame, "rooms", "= 2").tolist() == (np.arange(120) % 4 == 2).tolist()


def test_a_time_goes_around_the_clock_and_the_week() -> None:
    times = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(600) * 6, unit="h")
    frame = pd.DataFrame({"t": times})
    _, features = encoded(frame)
    assert parts(features, "t") == [
        "value",
        *(f"{p} ({f})" for p in ("time of day", "weekday") for f in ("sin", "cos")),
    ]  # 150 days are less than half a year
    noon = np.array(times.hour == 12)
    assert line(frame, "t", "time of day (cos)")[noon] == pytest.approx(-1.0, abs=1e-5)
    monday = line(frame, "t", "weekday (sin)")
    assert monday[:28] == pytest.approx(monday[28:56], abs=1e-4)


def test_dates_without_a_time_of_day_have_no_clock() -> None:
    frame = pd.DataFrame({"t": pd.date_range("2020-01-01", periods=500)})
    _, features = encoded(frame)
    assert not [p for p in parts(features, "t") if p.startswith("time of day")]
    assert "time of year (sin)" in parts(features, "t")


# ---------------------------------------------------------------- words


def test_a_category_has_a_line_and_missing_ones_have_theirs() -> None:
    words = np.array(["a", "b", None, "a"] * 25, dtype=object)
    frame = pd.DataFrame({"c": words})
    _, features = encoded(frame)
    assert parts(features, "c") == ["= a", "= b", "missing"]
    assert line(frame, "c", "= a").tolist() == [w == "a" for w in words]
    assert line(frame, "c", "missing").tolist() == [w is None for w in words]


def test_many_categories_share_lines_and_have_their_frequency() -> None:
    words = [f"w{i % 40}" if i % 2 else "often" for i in range(800)]
    frame = pd.DataFrame({"c": words})
    _, features = encoded(frame)
    named = [p for p in parts(features, "c") if p.startswith("= ")]
    assert len(named) == ONE_HOT
    assert named[0] == "= often"
    hashed = np.stack([line(frame, "c", f"hash {i}") for i in range(16)])
    own = np.array([f"= {w}" in named for w in words])
    assert (np.abs(hashed).sum(axis=0) == ~own).all()
    often = np.array([w == "often" for w in words])
    frequency = line(frame, "c", "frequency")
    assert frequency[often].min() > frequency[~often].max()


def test_words_that_were_not_learnt_are_no_category() -> None:
    frame = pd.DataFrame({"c": ["a", "b"] * 50})
    state, schema, kinds = sampled(frame)
    fitted = learn(gather({"train": state}, schema), kinds, ["c"])
    other, _, _ = sampled(pd.DataFrame({"c": ["z", "a"] * 10}))
    rows = gather({"test": other}, schema)
    found = fitted.transform(rows).matrix
    new = np.array([w == "z" for w in rows.texts["c"]])
    assert (found[new] == 0).all()
    assert (found[~new].sum(axis=1) == 1).all()


def test_texts_that_say_other_things_lie_apart() -> None:
    rng = np.random.default_rng(0)
    cats, ships = ["cat", "purr", "whisker", "paw", "meow"], ["ship", "sail", "harbour", "mast", "keel"]
    texts = [" ".join(rng.choice(cats if i % 2 else ships, 8)) for i in range(300)]
    frame = pd.DataFrame({"t": texts})
    rows, features = encoded(frame)
    assert {"length", "words", "digits", "topic 0", "topic 15"} <= set(parts(features, "t"))
    topics = features.matrix[:, [i for i in features.of("t") if features.names[i].part.startswith("topic")]]
    about_cats = rows.position % 2 == 1
    gap = np.abs(topics[about_cats].mean(axis=0) - topics[~about_cats].mean(axis=0))
    spread = topics[about_cats].std(axis=0) + 1e-6
    assert (gap / spread).max() > 5


# ---------------------------------------------------------------- the whole


def test_every_line_is_finite_bounded_and_traced_to_its_column() -> None:
    frame = table(400).drop(columns="y").assign(key=[f"k{i}" for i in range(400)])
    _, features = encoded(frame)
    assert features.matrix.dtype == np.float32
    assert features.matrix.shape == (400, len(features.names))
    assert np.isfinite(features.matrix).all()
    assert np.abs(features.matrix).max() <= CLIP
    assert features.columns == ("age", "income", "rooms", "city", "active", "joined")
    assert sorted(i for c in features.columns for i in features.of(c)) == list(range(len(features.names)))
    fewer = features.without(["city", "rooms"])
    assert fewer.columns == ("age", "income", "active", "joined")
    assert (
        fewer.matrix.tolist()
        == features.matrix[
            :, [i for i in range(len(features.names)) if features.names[i].column not in ("city", "rooms")]
        ].tolist()
    )


def test_a_wide_table_keeps_the_first_lines_of_each_column() -> None:
    frame = pd.DataFrame({f"c{j}": (np.arange(100) + j) % 5 for j in range(30)})
    _, features = encoded(frame, most=60)
    assert len(features.names) == 60
    assert parts(features, "c7") == ["value", "= 0"]
    assert features.matrix.shape == (100, 60)


def test_the_same_rows_give_the_same_matrix() -> None:
    frame = table(300).assign(note=[f"row {i} of {i % 7} and so on and on" for i in range(300)])
    one, two = encoded(frame)[1], encoded(frame)[1]
    assert one.names == two.names
    assert (one.matrix == two.matrix).all()


def test_no_rows_give_an_empty_matrix() -> None:
    state, schema, kinds = sampled(table(50))
    fitted = learn(gather({"train": state}, schema), kinds, inputs(schema, kinds))
    nothing = gather({"test": Sample().start(schema)}, schema)
    assert fitted.transform(nothing).matrix.shape == (0, len(fitted.names))
    assert learn(nothing, kinds, ["age", "city", "joined"]).transform(nothing).matrix.shape[0] == 0


@settings(max_examples=60, deadline=None)
@given(arrays(np.float64, st.tuples(st.integers(1, 30), st.integers(1, 3)),
              elements=st.floats(allow_nan=True, allow_infinity=True)))  # fmt: skip
def test_any_numbers_give_finite_lines(values: np.ndarray) -> None:
    rows = Rows(("train",), np.zeros(len(values), np.int64), np.arange(len(values)),
                {j: values[:, j] for j in range(values.shape[1])}, {})  # fmt: skip
    for kind in (Kind.NUMERIC, Kind.DATETIME, Kind.INTEGER_CODE):
        found = learn(rows, dict.fromkeys(rows.numbers, kind), list(rows.numbers)).transform(rows)
        assert np.isfinite(found.matrix).all()
        assert np.abs(found.matrix).max() <= CLIP
