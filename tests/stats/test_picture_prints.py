"""Prints of pictures: averages over cells against plain loops, what changes them and what does not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageOps

from dataaudit.model import Chunk, Picture, Schema
from dataaudit.stats.picture_prints import PicturePrints, PicturePrintsState, averaged, grey, turned
from tests.build import chunks, images, observed

EMPTY = np.empty((0, 0))


def of_array(pixels: NDArray[Any]) -> PicturePrintsState:
    chunk = Chunk("train", 0, len(pixels), EMPTY, {}, pixels=pixels)
    state: PicturePrintsState = observed(PicturePrints(), Schema(()), [chunk])
    return state


def of_files(*pictures: Picture) -> PicturePrintsState:
    chunk = Chunk("train", 0, len(pictures), EMPTY, {}, pictures=lambda: pictures)
    state: PicturePrintsState = observed(PicturePrints(), Schema((), pictures=True), [chunk])
    return state


def scene(height: int = 48, width: int = 64, seed: int = 0) -> NDArray[np.uint8]:
    """Return a smooth random picture, so that resizing it loses little."""
    rng = np.random.default_rng(seed)
    small = Image.fromarray(rng.integers(0, 256, (9, 12, 3), dtype=np.uint8))
    return np.asarray(small.resize((width, height), Image.Resampling.BICUBIC))


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 40), st.integers(1, 9), st.integers(0, 99))
def test_averages_over_cells_that_cut_pixels(length: int, cells: int, seed: int) -> None:
    line = np.random.default_rng(seed).normal(size=length)
    fine = np.repeat(line, cells)  # every pixel in as many parts as there are cells, so that cells hold whole parts
    expected = fine.reshape(cells, length).mean(axis=1)
    assert np.allclose(averaged(line[None, :, None], cells, 1)[0, :, 0], expected, atol=1e-12)
    assert np.allclose(averaged(line[None, None, :], 1, cells)[0, 0], expected, atol=1e-12)


def test_a_print_is_the_mean_of_grey_in_each_cell() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (32, 48, 3), dtype=np.uint8)
    light = picture @ np.array([0.299, 0.587, 0.114])
    cells = light.reshape(16, 2, 16, 3).mean(axis=(1, 3)).ravel()
    expected = np.clip(np.rint((cells - cells.mean()) / cells.std() * 32), -127, 127)
    state = of_array(picture[None])
    assert np.abs(state.prints[0] - expected).max() <= 1
    assert state.prints.dtype == np.int8
    assert state.sizes.tolist() == [[48, 32]]
    assert state.positions.tolist() == [0]


def test_large_pictures_are_thinned_evenly() -> None:
    wide = np.zeros((2, 1000, 1), np.uint8)
    wide[:, 500:] = 255
    cells = of_array(wide[None]).prints[0].reshape(16, 16)
    assert (cells[:, :8] == -32).all()
    assert (cells[:, 8:] == 32).all()


@pytest.mark.parametrize(
    "change",
    [
        lambda x: x / 255.0,
        lambda x: (x / 255.0).astype(np.float32) * 2 - 1,
        lambda x: x.astype(np.uint16) * 257,
        lambda x: x.astype(np.int32) - 100,
        lambda x: np.concatenate([x, np.full_like(x[..., :1], 255)], axis=-1),
    ],
    ids=["0 to 1", "-1 to 1", "16 bits", "whole numbers", "alpha"],
)
def test_scale_type_and_alpha_do_not_matter(change: Callable[[Any], Any]) -> None:
    picture = scene()
    prints = of_array(picture[None]).prints.astype(int)
    assert np.abs(of_array(change(picture)[None]).prints - prints).max() <= 1


def test_grey_pictures_have_the_print_of_their_colours() -> None:
    picture = scene()
    light = np.asarray(Image.fromarray(picture).convert("L"))
    assert np.abs(of_array(light[None, ..., None]).prints.astype(int) - of_array(picture[None]).prints).max() <= 1


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_exif_turn_is_applied(orientation: int, tmp_path: Path) -> None:
    stored = scene()
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(stored).save(tmp_path / "a.png", exif=exif)
    with Image.open(tmp_path / "a.png") as image:
        upright = np.asarray(ImageOps.exif_transpose(image))
    assert np.array_equal(turned(stored, orientation), upright)
    as_stored = of_files(Picture("a.png", stored, None, 64, 48, orientation=orientation))
    as_shown = of_files(Picture("b.png", upright, None, *upright.shape[1::-1]))
    assert np.abs(as_stored.prints.astype(int) - as_shown.prints).max() <= 1


def test_what_cannot_be_compared_has_an_empty_print() -> None:
    plain = np.full((20, 20, 3), 77, np.uint8)
    almost = plain.copy()
    almost[3, 3] = 78
    state = of_files(
        Picture("broken.jpg", error="truncated"), Picture("plain.png", plain, None, 20, 20),
        Picture("almost.png", almost, None, 20, 20), Picture("scene.png", scene(), None, 64, 48),
        Picture("empty.png", np.zeros((0, 5, 3), np.uint8)),
    )  # fmt: skip
    assert state.comparable.tolist() == [False, False, False, True, False]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e308])
def test_pixels_that_are_no_numbers(value: float) -> None:
    pixels = np.stack([scene(), scene(seed=1)]) / 255.0
    pixels[0, 5, 5] = value
    assert of_array(pixels).comparable.tolist() == [False, True]
    assert np.array_equal(of_array(pixels).prints[1], of_array(pixels[1:]).prints[0])


def test_a_picture_of_one_pixel_and_one_of_none() -> None:
    assert not of_array(np.ones((3, 1, 1, 3), np.uint8)).comparable.any()
    assert of_array(np.zeros((0, 8, 8, 3), np.uint8)).prints.shape == (0, 256)


def test_neighbours_in_a_chunk_change_nothing() -> None:
    pixels, labels = images(50, size=21)
    schema, (whole,) = chunks((pixels, labels))
    _, parts = chunks((pixels, labels), [1, 7, 8, 30])
    together, apart = (observed(PicturePrints(), schema, rows) for rows in ([whole], parts))
    assert np.array_equal(together.prints, apart.prints)
    assert together.positions.tolist() == list(range(50))


def test_brightness_weighs_green_most() -> None:
    colours = np.eye(3, dtype=np.float64)[None]
    assert np.allclose(grey(colours)[0], [0.299, 0.587, 0.114])


def test_tables_have_no_prints() -> None:
    schema, rows = chunks((np.random.default_rng(0).normal(size=(30, 4)), np.zeros(30)))
    assert len(observed(PicturePrints(), schema, rows).prints) == 0
