"""Pairing rows by their hashes."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataaudit.analyzers.change.match import agreement, equal_pairs, join
from dataaudit.analyzers.change.versions import matching_splits
from dataaudit.analyzers.probability import poisson_tail

hashes = st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 3), max_size=30).map(
    lambda v: np.array(v, dtype=np.uint64)
)


@given(hashes, hashes)
def test_equal_pairs_are_the_intersection_of_multisets(
    a: np.ndarray[tuple[int], np.dtype[np.uint64]], b: np.ndarray[tuple[int], np.dtype[np.uint64]]
) -> None:
    at, to = equal_pairs(a, b)
    assert (a[at] == b[to]).all()
    assert len(set(at.tolist())) == len(set(to.tolist())) == len(at)
    assert Counter(a[at].tolist()) == Counter(a.tolist()) & Counter(b.tolist())


def test_the_first_of_equal_rows_goes_with_the_first() -> None:
    at, to = equal_pairs(np.array([7, 5, 7], np.uint64), np.array([7, 7, 7, 5], np.uint64))
    assert sorted(zip(at.tolist(), to.tolist(), strict=True)) == [(0, 0), (1, 3), (2, 1)]


@pytest.mark.parametrize(("values", "share"), [([], 0.0), ([1], 0.0), ([1, 2], 0.0), ([1, 1], 1.0), ([1, 1, 2], 1 / 3)])
def test_agreement_is_the_share_of_equal_pairs(values: list[int], share: float) -> None:
    assert agreement(np.array(values, np.uint64)) == pytest.approx(share)


def test_join_keeps_the_order_of_the_head() -> None:
    one, two = (np.array([5, 6]), np.array([9, 1])), (np.array([7]), np.array([4]))
    assert [line.tolist() for line in join(one, two)] == [[6, 7, 5], [1, 4, 9]]


@pytest.mark.parametrize(("k", "mean"), [(1, 0.01), (3, 2.5), (40, 20.0), (0, 1.0)])
def test_tail_against_scipy(k: int, mean: float) -> None:
    from scipy import stats

    assert poisson_tail(k, mean) == pytest.approx(stats.poisson.sf(k - 1, mean), rel=1e-9)


@pytest.mark.parametrize(
    ("base", "head", "expected"),
    [
        ({"train": "train", "test": "test"}, {"test": "test", "train": "train"}, {"test": "test", "train": "train"}),
        (
            {"train": "train", "val": "validation"},
            {"train": "train", "dev": "validation"},
            {"train": "train", "dev": "val"},
        ),
        ({"a": "other", "b": "other"}, {"b": "other", "c": "other"}, {"b": "b"}),
        ({"test": "test", "holdout": "test"}, {"testing": "test"}, {}),
        ({"train": "train"}, {"train": "train", "test": "test"}, {"train": "train"}),
    ],
)
def test_splits_are_matched_by_name_then_by_role(
    base: dict[str, str], head: dict[str, str], expected: dict[str, str]
) -> None:
    assert matching_splits(base, head) == expected
