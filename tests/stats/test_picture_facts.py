"""Facts of single pictures against plain NumPy and Pillow."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataaudit.model import Chunk, Picture, Schema
from dataaudit.stats.picture_facts import MODES, PictureFacts, PictureFactsState, measure
from tests.build import chunks, images, observed


def _files(pictures: list[Picture], start: int = 0) -> PictureFactsState:
    schema = Schema((), pictures=True)
    rows = Chunk("train", start, len(pictures), np.zeros((0, len(pictures))), {}, pictures=lambda: pictures)
    state = observed(PictureFacts(), schema, [rows])
    assert isinstance(state, PictureFactsState)
    return state


def _file(pixels: np.ndarray, mode: str = "RGB", **more: int) -> Picture:
    height, width = pixels.shape[:2]
    return Picture("a.png", pixels, None, width, height, mode, "PNG", **more)


def test_light_of_small_pictures_is_exact() -> None:
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (5, 20, 30, 3), dtype=np.uint8)
    state = _files([_file(p) for p in x])
    wide = x.astype(np.float64)
    grey = wide @ np.array([0.299, 0.587, 0.114])
    np.testing.assert_allclose(state.fact("brightness"), grey.mean(axis=(1, 2)), rtol=1e-5)
    np.testing.assert_allclose(state.fact("contrast"), wide.std(axis=(1, 2)).max(axis=1), rtol=1e-5)
    np.testing.assert_allclose(state.fact("red"), wide[..., 0].mean(axis=(1, 2)), rtol=1e-6)
    np.testing.assert_allclose(state.fact("blue"), wide[..., 2].mean(axis=(1, 2)), rtol=1e-6)
    tilt = wide[..., 0].std(axis=(1, 2)) - wide[..., 2].std(axis=(1, 2))
    np.testing.assert_allclose(state.fact("tilt"), tilt, atol=1e-3)


def test_what_tells_red_from_blue_changes_sign_when_they_are_exchanged() -> None:
    x = np.random.default_rng(3).integers(0, 256, (4, 21, 15, 3), dtype=np.uint8)
    state, turned = _files([_file(p) for p in x]), _files([_file(p[..., ::-1]) for p in x])
    for name in ("tilt", "slope", "rise", "green_gap"):
        np.testing.assert_allclose(state.fact(name), -turned.fact(name), atol=1e-3)
    red, green, blue = np.moveaxis(x.astype(float), -1, 0)
    difference, light = red - blue, (red + blue) / 2 + green
    rise = difference[:, :7].mean(axis=(1, 2)) - difference[:, -7:].mean(axis=(1, 2))
    np.testing.assert_allclose(state.fact("rise"), rise, atol=1e-3)
    slope = [np.cov(d.ravel(), v.ravel(), bias=True)[0, 1] / v.std() for d, v in zip(difference, light, strict=True)]
    np.testing.assert_allclose(state.fact("slope"), slope, atol=1e-3)
    gap = np.abs(red - green).mean(axis=(1, 2)) - np.abs(blue - green).mean(axis=(1, 2))
    np.testing.assert_allclose(state.fact("green_gap"), gap, atol=1e-3)


def test_sharpness_is_the_variance_of_the_laplacian() -> None:
    from scipy.ndimage import convolve

    x = np.random.default_rng(1).integers(0, 256, (9, 11, 1), dtype=np.uint8)
    kernel = np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]], dtype=float)
    expected = convolve(x[..., 0].astype(float), kernel)[1:-1, 1:-1].var()
    assert _files([_file(x, "L")]).fact("sharpness")[0] == pytest.approx(expected, rel=1e-5)


def test_information_is_the_entropy_that_pillow_computes() -> None:
    from PIL import Image

    x = np.random.default_rng(2).integers(0, 40, (16, 16, 1), dtype=np.uint8)
    expected = Image.fromarray(x[..., 0]).entropy()
    assert _files([_file(x, "L")]).fact("information")[0] == pytest.approx(expected, rel=1e-5)


def test_headers_and_broken_files() -> None:
    state = _files(
        [
            _file(np.zeros((4, 7, 1), np.uint8), "L", orientation=6),
            Picture("b.jpg", error="truncated", width=3, height=2, mode="RGB"),
        ]
    )
    assert state.fact("width").tolist() == [7, 3]
    assert state.fact("height").tolist() == [4, 2]
    assert state.fact("turn").tolist() == [6, 1]
    assert [MODES[int(m)] for m in state.fact("mode")] == ["L", "RGB"]
    assert state.decoded.tolist() == [True, False]
    assert np.isnan(state.fact("brightness")[1])
    assert state.all_zero.tolist() == [True, False]


def test_one_value_is_exact_where_pictures_are_thinned() -> None:
    flat = np.full((400, 300, 3), 7, np.uint8)
    dot = flat.copy()
    dot[1, 1, 2] = 8  # between the pixels that are looked at
    state = _files([_file(flat), _file(dot), _file(np.zeros((300, 300, 3), np.uint8))])
    assert state.one_value.tolist() == [True, False, True]
    assert state.all_zero.tolist() == [False, False, True]
    assert state.grey.tolist() == [True, True, True]


def test_alpha_is_left_out() -> None:
    x = np.zeros((2, 5, 5, 4), np.uint8)
    x[..., 3] = np.arange(25).reshape(5, 5)
    assert _files([_file(p, "RGBA") for p in x]).all_zero.all()


def test_one_colour_has_one_value_a_channel() -> None:
    x = np.tile(np.array([0.1, 0.7, 1 / 3]), (2, 9, 9, 1))
    x[1, 0, 0, 0] = 0.2
    schema, rows = chunks((x, np.arange(2)))
    state = observed(PictureFacts(), schema, rows)
    assert state.one_value.tolist() == [True, False]
    assert not state.grey.any()


def test_deep_pictures_are_brought_to_eight_bits() -> None:
    x = np.full((6, 6, 1), 0x80FF, np.uint16)
    assert _files([_file(x, "I;16")]).fact("brightness")[0] == 0x80


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e308, -1e308, 5e-324])
def test_wild_pixels_raise_no_warning(value: float) -> None:
    x = np.zeros((3, 4, 4, 3))
    x[1, 2, 2, 1] = value
    schema, rows = chunks((x, np.arange(3)))
    state = observed(PictureFacts(), schema, rows)
    assert state.all_zero.tolist() == [True, False, True]
    assert not np.isinf(state.fact("contrast")).any()


@given(st.integers(1, 40), st.integers(1, 9), st.integers(1, 9), st.sampled_from([1, 3]))
def test_a_picture_does_not_feel_its_neighbours(n: int, height: int, width: int, channels: int) -> None:
    x = np.random.default_rng(n).normal(size=(n, height, width, channels))
    together = measure(list(x))
    for i in range(n):
        for name, value in measure([x[i]]).items():
            np.testing.assert_array_equal(value[0], together[name][i])


def test_out_of_order_and_pickled_parts_end_in_order() -> None:
    x, _ = images(300, size=4)
    parts = [_files([_file(p) for p in x[i : i + 10]], start=i) for i in range(0, 300, 10)]
    total = PictureFacts().start(Schema((), pictures=True))
    for part in reversed(parts):
        total = total.merge(pickle.loads(pickle.dumps(part)))
    assert total.positions.tolist() == list(range(300))
    np.testing.assert_allclose(total.fact("red"), x[..., 0].mean(axis=(1, 2)), rtol=1e-6)


def test_at_most_64_bytes_a_picture() -> None:
    state = _files([_file(np.zeros((2, 2, 3), np.uint8))] * 100)
    assert state.positions.nbytes + sum(v.nbytes for v in state.values.values()) <= 64 * 100
