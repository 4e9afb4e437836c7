"""Moments over pictures of their channel means, against NumPy on the whole array."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from dataaudit.stats.picture_means import PictureMeans, PictureMeansState
from tests.build import chunks, images, observed


def means(X: NDArray[Any], cuts: Any = ()) -> PictureMeansState:
    schema, rows = chunks((X, np.zeros(len(X), int)), cuts)
    state: PictureMeansState = observed(PictureMeans(), schema, rows)
    return state


@pytest.mark.parametrize("cuts", [(), (1, 1, 30), range(1, 60)])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
def test_against_numpy(cuts: Any, dtype: type[np.floating]) -> None:
    X = (images(60, size=9)[0] / 255.0).astype(dtype)
    x = X.astype(float)
    mean, square = x.mean(axis=(1, 2)).T, (x**2).mean(axis=(1, 2)).T
    lines = np.concatenate([mean, square, mean + square])
    seen = means(X, cuts).lines
    assert seen.n.tolist() == [60] * 9
    np.testing.assert_allclose(seen.mean, lines.mean(axis=1), rtol=1e-13)
    np.testing.assert_allclose(seen.std, lines.std(axis=1), rtol=1e-11)


def test_channels_first_are_the_same_channels() -> None:
    X = images(40, size=16)[0] / 255.0
    X[..., 0] /= 2
    np.testing.assert_allclose(means(np.moveaxis(X, -1, 1)).lines.mean, means(X).lines.mean, rtol=1e-13)


def test_whole_numbers_and_tables_cost_nothing() -> None:
    assert means(images(20)[0]).lines.n.size == 0
    schema, rows = chunks(np.random.default_rng(0).normal(size=(20, 3)))
    assert observed(PictureMeans(), schema, rows).lines.n.size == 0


def test_broken_pictures_are_left_out() -> None:
    X = images(30, size=5)[0] / 255.0
    whole = means(X[:28]).lines
    X[28, 1, 2, 0], X[29] = np.nan, np.inf
    seen = means(X, (10,)).lines
    assert seen.n.tolist() == [28] * 9
    np.testing.assert_allclose(seen.mean, whole.mean, rtol=1e-13)
