from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataaudit.stats.pictures import Parts, spaced, thinned


def piece(start: int, n: int) -> tuple[np.ndarray, ...]:
    at = np.arange(start, start + n)
    return at, at * 2.5


NONE = piece(0, 0)


@given(st.lists(st.integers(0, 40), max_size=30), st.randoms(use_true_random=False))
def test_pieces_in_any_order_are_the_whole(sizes: list[int], chance: random.Random) -> None:
    starts = np.cumsum([0, *sizes])
    pieces = [piece(int(start), n) for start, n in zip(starts, sizes, strict=False)]
    chance.shuffle(pieces)
    parts = Parts(NONE, pieces)
    assert len(parts.pieces) <= 1 + np.log2(max(1, sum(sizes)))
    for _ in range(2):
        for got, want in zip(parts.whole(), piece(0, sum(sizes)), strict=True):
            assert np.array_equal(got, want)
            assert got.dtype == want.dtype


def test_pieces_after_the_whole_was_asked_for() -> None:
    parts = Parts(NONE, [piece(5, 5)])
    assert parts.whole()[0].tolist() == [5, 6, 7, 8, 9]
    parts.take(piece(0, 5))
    assert parts.whole()[1].tolist() == (np.arange(10) * 2.5).tolist()


@pytest.mark.parametrize("length", [1, 2, 63, 64, 65, 100, 1000])
def test_evenly_spaced(length: int) -> None:
    at = spaced(length, 64)
    assert len(at) == min(length, 64)
    assert at[0] >= 0
    assert at[-1] < length
    assert np.ptp(np.diff(at)) <= 1 if length > 1 else True
    assert at[0] + at[-1] == pytest.approx(length - 1, abs=1)


def test_thinned_is_the_picture_itself_where_all_is_taken() -> None:
    picture = np.arange(60).reshape(4, 5, 3)
    assert thinned(picture, np.arange(4), np.arange(5)) is picture
    assert np.array_equal(thinned(picture, np.array([1, 3]), np.array([0, 4])), picture[[1, 3]][:, [0, 4]])
