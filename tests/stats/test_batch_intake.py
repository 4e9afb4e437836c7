"""Batches taken in lightly: what is told of them is what a whole reading tells."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from dataaudit.loaders.batches import Reader
from dataaudit.stats.batch_intake import BLOCK, Intake
from dataaudit.stats.batch_log import BatchRecord, record

Batch = Any
FORMS = ["float32", "float64", "float16", "uint8", "int64", "bool"]


def both(batches: list[Batch]) -> tuple[list[BatchRecord], list[BatchRecord], dict[Any, Any], dict[Any, Any]]:
    """Return the records of whole readings, those of light ones, and the labels that each named."""
    whole_names: dict[Any, Any] = {}
    light_names: dict[Any, Any] = {}
    reader, intake, whole, first = Reader(), Intake(light_names), [], 0
    for number, batch in enumerate(batches):
        fed = reader.read(batch, "a batch", (0, number, first), (number / 8, number / 4), copy=False)
        first += fed.rows
        whole.append(record(fed, whole_names))
        intake.take(fed)
        for leaf in fed.leaves.values():
            if leaf.dtype.kind in "biuf":
                leaf[...] = 0  # a loader uses its memory again
    return whole, intake.records(), whole_names, light_names


def agree(batches: list[Batch]) -> tuple[list[BatchRecord], list[BatchRecord]]:
    """Assert that light records say what whole ones say, means and samples aside, and return both."""
    whole, light, *names = both(batches)
    assert {k: repr(v) for k, v in names[0].items()} == {k: repr(v) for k, v in names[1].items()}  # NaN is one too
    for a, b in zip(whole, light, strict=True):
        for field in ("epoch", "number", "first", "rows", "inputs", "target", "named", "waited", "between"):
            assert getattr(a, field) == getattr(b, field)
        np.testing.assert_array_equal(a.labels, b.labels)
        np.testing.assert_array_equal(a.index, b.index)
        for x, y in zip(a.leaves, b.leaves, strict=True):
            for field in ("name", "dtype", "shape", "nans", "infinities", "cells", "zeros", "axis"):
                assert getattr(x, field) == getattr(y, field), (field, x, y)
            assert x.mean.shape == y.mean.shape or x.nans or x.infinities
            if not (x.nans or x.infinities or "float16" in x.dtype):
                np.testing.assert_array_equal([y.low, y.high], [x.low, x.high])
    return whole, light


def table(rng: np.random.Generator, rows: int, dtype: str, shape: tuple[int, ...]) -> NDArray[Any]:
    return (rng.normal(size=(rows, *shape)) * 20 + 40).clip(0, 255).astype(dtype)


@given(
    seed=st.integers(0, 99),
    dtype=st.sampled_from(FORMS),
    shape=st.sampled_from([(), (3,), (70,), (200,), (3, 15, 15), (15, 15, 3), (2, 3, 4, 5)]),
    rows=st.lists(st.integers(1, 9), min_size=1, max_size=6),
    zero=st.booleans(),
)
def test_what_is_told_is_what_a_whole_reading_tells(
    seed: int, dtype: str, shape: tuple[int, ...], rows: list[int], zero: bool
) -> None:
    rng = np.random.default_rng(seed)
    batches = [(table(rng, n, dtype, shape), rng.integers(0, 3, n), 100 * k + np.arange(n)) for k, n in enumerate(rows)]
    if zero:
        batches[-1][0][0] = 0
    whole, light = agree(batches)
    for a, b in zip(whole, light, strict=True):  # as few numbers are all of them taken
        np.testing.assert_allclose(b.leaves[0].mean, a.leaves[0].mean, rtol=1e-5)
        np.testing.assert_allclose(b.leaves[0].std, a.leaves[0].std, rtol=1e-4, atol=1e-4)
        if np.prod(shape) <= 64:
            np.testing.assert_array_equal(a.samples, b.samples)


def test_pictures_are_told_apart_and_known_again() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(160, 3, 32, 32)).astype(np.float32)
    order = np.concatenate([rng.permutation(160), rng.permutation(160)])
    batches = [(x[order[i : i + 8]], order[i : i + 8] % 4) for i in range(0, 320, 8)]
    assert len(batches) > 2 * BLOCK
    _, light = agree(batches)
    samples = np.concatenate([b.samples for b in light])
    _, first, again = np.unique(order, return_index=True, return_inverse=True)
    np.testing.assert_array_equal(samples, samples[first][again])
    assert len(np.unique(samples)) == 160
    means = np.array([b.leaves[0].mean for b in light])
    np.testing.assert_allclose(means[0], x[order[:8:2]].mean(axis=(0, 2, 3)), rtol=1e-5)  # four rows of eight


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_counted_and_placed(dtype: str, value: float) -> None:
    rng = np.random.default_rng(0)
    batches = [(table(rng, 16, dtype, (3, 20, 20)), np.arange(16) % 3) for _ in range(4)]
    batches[2][0][7, 1, 2, 3] = value
    batches[2][0][9, 0, 0, 0] = value
    _, light = agree(batches)
    assert light[2].leaves[0].cells == ((7, (1, 2, 3)), (9, (0, 0, 0)))
    assert (light[2].leaves[0].nans, light[2].leaves[0].infinities) == ((2, 0) if np.isnan(value) else (0, 2))
    assert not light[1].is_broken
    assert not light[3].is_broken
    assert np.isfinite(light[2].leaves[0].mean).all()


def test_arrays_in_another_order_of_memory_are_read_as_they_are_shaped() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(32, 20, 20, 3)).astype(np.float32)
    last = [(x[i : i + 8].copy().transpose(0, 3, 1, 2), np.zeros(8, int)) for i in range(0, 32, 8)]
    first = [(np.ascontiguousarray(a), b) for a, b in last]
    one, two = agree(last)[1], agree(first)[1]
    for a, b in zip(one, two, strict=True):
        np.testing.assert_array_equal(a.samples, b.samples)
        np.testing.assert_allclose(a.leaves[0].std, b.leaves[0].std, rtol=1e-5)


def test_batches_of_other_forms_come_between() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(8, 3, 20, 20)).astype(np.float32)
    batches: list[Batch] = [
        (x.copy(), np.arange(8)),
        (x.copy(), np.arange(8)),
        (x.copy().transpose(0, 2, 3, 1), np.arange(8)),
        (x.astype(np.float64), np.arange(8)),
        (x[:0].copy(), np.arange(0)),
        {"text": ["a", "b"], "label": ["yes", "no"]},
        {"image": [np.zeros((2, 3)), np.ones((3, 3))], "label": np.array([0.5, np.nan])},
        (x.copy(), np.arange(8)),
    ]
    whole, light = agree(batches)
    np.testing.assert_array_equal(light[0].samples, light[-1].samples)
    np.testing.assert_array_equal(light[5].samples, whole[5].samples)
    assert [b.number for b in light] == list(range(8))


def test_rows_of_zeros_are_counted_though_most_numbers_of_all_rows_are_zero() -> None:
    x = np.zeros((8, 500), np.float32)
    x[np.arange(6), np.arange(6) + 1] = 1.0
    _, light = agree([(x, np.zeros(8, int))])
    assert light[0].leaves[0].zeros == 2


def test_what_is_cleared_is_forgotten() -> None:
    names: dict[Any, Any] = {}
    intake, reader = Intake(names), Reader()
    for _ in range(BLOCK + 3):
        intake.take(reader.read((np.ones((2, 3)), np.arange(2)), "a batch"))
    assert len(intake) == BLOCK + 3
    intake.clear()
    assert (len(intake), intake.records()) == (0, [])
    intake.take(reader.read((np.ones((2, 3)), np.arange(2)), "a batch"))
    assert len(intake.records()) == 1
