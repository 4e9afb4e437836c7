"""The sample of rows against sorting all rows by hash."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from dataaudit.stats.hashing import hash_rows
from dataaudit.stats.sample import Sample, SampleState
from tests.build import chunks, cut, observed, table


def sample(data: Any, cuts: Any = (), *, size: int = 20_000, seed: int = 0, start: int = 0, **kw: Any) -> SampleState:
    schema, rows = chunks(data, cuts, start=start, **kw)
    state: SampleState = observed(Sample(size, seed), schema, rows)
    return state


def smallest(n: int, k: int, split: str = "train", start: int = 0, seed: int = 0) -> NDArray[np.int64]:
    """Return the positions of the k rows whose hashes are the smallest, in their order, by sorting all."""
    hashes = hash_rows(split, start, n, seed).tolist()
    return np.array(sorted(range(n), key=hashes.__getitem__)[:k]) + start


CUTS: list[Any] = [(), (1, 1, 2, 999), range(1, 1000), range(0, 1000, 256), (700,)]


@pytest.mark.parametrize("cuts", CUTS)
def test_rows_of_the_smallest_hashes(cuts: Any) -> None:
    data = table(1000)
    data.loc[::5, "city"] = None
    data.loc[::7, "age"] = np.nan
    seen = sample(data, cuts, size=300, target="y")
    rows = smallest(1000, 300)
    assert seen.rows.tolist() == rows.tolist()
    assert seen.hashes.tolist() == sorted(hash_rows("train", 0, 1000, 0).tolist())[:300]
    picked = data.iloc[rows]
    np.testing.assert_array_equal(seen.numbers[0], picked["age"].to_numpy())
    np.testing.assert_array_equal(seen.numbers[2], picked["rooms"].to_numpy(float))
    assert seen.codes["city"].tolist() == [None if pd.isna(v) else v for v in picked["city"]]
    assert seen.codes["y"].tolist() == picked["y"].tolist()


@pytest.mark.parametrize("n", [1, 255, 256])
def test_all_rows_where_they_are_few(n: int) -> None:
    seen = sample(np.arange(float(n))[:, None], size=1)
    assert sorted(seen.rows.tolist()) == list(range(n))
    assert seen.numbers[0].tolist() == seen.rows.tolist()


def test_split_seed_and_position_choose_other_rows() -> None:
    X = np.arange(3000.0)[:, None]
    picks = [
        sample(X, size=300).rows.tolist(),
        sample(X, size=300, seed=1).rows.tolist(),
        sample(X, size=300, split="test").rows.tolist(),
    ]
    assert picks == [smallest(3000, 300, s, 0, seed).tolist() for s, seed in (("train", 0), ("train", 1), ("test", 0))]
    assert len({tuple(p) for p in picks}) == 3
    moved = sample(X, size=300, start=500)
    assert moved.rows.tolist() == smallest(3000, 300, start=500).tolist()
    assert moved.numbers[0].tolist() == (moved.rows - 500).tolist()


def test_every_row_has_the_same_chance() -> None:
    """Over 200 seeds a row of 512 is drawn 100 times on average; five standard deviations are 35."""
    drawn = np.zeros(512, int)
    for seed in range(200):
        drawn[sample(np.zeros((512, 1)), size=256, seed=seed).rows] += 1
    assert drawn.sum() == 200 * 256
    assert np.abs(drawn - 100).max() <= 36


def test_reading_in_between_changes_nothing() -> None:
    schema, (whole,) = chunks(np.arange(1000.0)[:, None])
    state = Sample(size=256).start(schema)
    for part in cut(whole, range(50, 1000, 50)):
        state.observe(part)
        assert len(state.rows) == min(256, part.stop)
    assert state.rows.tolist() == smallest(1000, 256).tolist()


def test_wide_rows_make_a_smaller_sample() -> None:
    schema, _ = chunks(np.zeros((1, 4096)))
    assert Sample().start(schema).cap == 2**25 // 4096
    assert Sample(size=1).start(schema).cap == 256


def test_text_only_and_numbers_only() -> None:
    texts = sample(pd.DataFrame({"t": ["a", None, "c"]}))
    assert texts.numbers.shape == (0, 3)
    assert {*texts.codes["t"]} == {"a", None, "c"}
    assert sample(np.ones((3, 2))).codes == {}


def test_a_sample_holds_rows_and_is_never_saved() -> None:
    assert not Sample.rowless
