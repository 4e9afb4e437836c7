"""Small copies of sampled pictures: which ones, how small, and what becomes of pixels that are no bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageOps

from dataaudit.model import Chunk, Column, Picture, Role, Schema, Storage
from dataaudit.stats.picture_sample import PictureSample, PictureSampleState
from dataaudit.stats.sample import Sample
from tests import laws
from tests.build import chunks, images, observed

FILES = Schema((Column("label", Storage.CATEGORY, "class", Role.TARGET),), pictures=True)


def of_array(pixels: NDArray[Any], size: int = 20_000) -> PictureSampleState:
    schema, rows = chunks((pixels, np.arange(len(pixels)) % 2))
    state: PictureSampleState = observed(PictureSample(size), schema, rows)
    return state


def of_files(*pictures: Picture) -> PictureSampleState:
    rows = Chunk("train", 0, len(pictures), np.empty((0, len(pictures))), {}, pictures=lambda: pictures)
    state: PictureSampleState = observed(PictureSample(), FILES, [rows])
    return state


def in_order(state: PictureSampleState, values: NDArray[Any]) -> NDArray[Any]:
    return values[np.argsort(state.rows)]


@pytest.mark.parametrize("size", [5, 40, 20_000])
def test_rows_are_those_of_the_sample_beside_it(size: int) -> None:
    pixels, labels = images(100)
    schema, rows = chunks((pixels, labels), [7, 50])
    pictures, table = observed(PictureSample(size), schema, rows), observed(Sample(size), schema, rows)
    assert pictures.hashes.tolist() == table.hashes[:size].tolist()
    assert pictures.rows.tolist() == table.rows[:size].tolist()
    assert np.array_equal(pictures.pictures, pixels[pictures.rows])


@pytest.mark.parametrize("statistic", [PictureSample(), PictureSample(7), PictureSample(1, seed=3)], ids=repr)
@pytest.mark.parametrize("kind", ["bytes", "floats", "table"])
def test_laws(statistic: PictureSample, kind: str) -> None:
    pixels, labels = images(60, size=4)
    data = {"bytes": pixels, "floats": pixels / 255.0 - 0.5, "table": pixels.reshape(60, -1)}[kind]
    schema, (rows,) = chunks((data, labels))
    laws.merging_is_one_pass(statistic, schema, rows, range(3, 60, 3))
    laws.merging_is_associative(statistic, schema, rows, (5, 21))
    laws.order_of_parts_is_free(statistic, schema, rows, (5, 21))
    laws.no_rows_change_nothing(statistic, schema, rows)
    laws.operands_stay(statistic, schema, rows, 20)
    laws.rows_stay(statistic, schema, rows)
    laws.pickles(statistic, schema, rows, 20)
    laws.pruning_shows_nothing(statistic, schema, rows, 20)


def test_bytes_of_small_pictures_are_kept_as_they_are() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (9, 28, 20, 1), dtype=np.uint8)
    state = of_array(pixels)
    assert np.array_equal(in_order(state, state.pictures), pixels)
    assert (state.ends == (0.0, 255.0)).all()
    assert (state.sizes == (28, 20)).all()


def test_large_pictures_become_means_over_cells() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (3, 64, 96, 3), dtype=np.uint8)
    cells = pixels.reshape(3, 32, 2, 32, 3, 3).mean(axis=(2, 4))
    state = of_array(pixels)
    assert state.pictures.shape == (3, 32, 32, 3)
    assert np.abs(in_order(state, state.pictures) - cells).max() <= 0.51


def test_photos_are_looked_at_through_128_pixels_a_side() -> None:
    fine = np.random.default_rng(1).integers(0, 256, (1, 128, 128, 3), dtype=np.uint8)
    large = fine.repeat(4, axis=1).repeat(4, axis=2)
    assert np.array_equal(of_array(large).pictures, of_array(fine).pictures)


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64, np.int32, np.uint16])
def test_other_numbers_come_back_to_within_half_a_step(kind: Any) -> None:
    pixels = (np.random.default_rng(2).normal(size=(6, 8, 8, 3)) * 1000 + 5000).astype(kind)
    state = of_array(pixels)
    low, high = (state.ends[:, k, None, None, None] for k in range(2))
    back = low + state.pictures / 255.0 * (high - low)
    assert (np.abs(back - pixels[state.rows].astype(float)) <= (high - low) / 255 * 0.51).all()


def test_channels_first_grey_and_alpha() -> None:
    pixels = np.random.default_rng(3).integers(0, 256, (5, 12, 10, 4), dtype=np.uint8)
    assert np.array_equal(of_array(np.moveaxis(pixels[..., :3], -1, 1)).pictures, of_array(pixels).pictures)
    assert of_array(pixels[..., 0]).pictures.shape == (5, 12, 10, 1)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_pixels_that_are_no_numbers_leave_no_copy(bad: float) -> None:
    pixels = np.random.default_rng(4).normal(size=(8, 6, 6, 3))
    pixels[2, 1, 1, 1], pixels[5] = bad, bad
    state = of_array(pixels)
    assert sorted(state.rows[~state.seen]) == [2, 5]
    assert not state.pictures[~state.seen].any()
    assert np.isfinite(state.ends).all()


@pytest.mark.parametrize("value", [1e308, -1.7e308, 5e-324, 0.0])
def test_the_whole_range_of_floats(value: float) -> None:
    state = of_array(np.full((3, 40, 40, 1), value))
    assert not state.pictures.any()
    assert np.isfinite(state.ends).all()


def test_files_of_any_kind_are_turned_upright() -> None:
    rng = np.random.default_rng(5)
    colour = rng.integers(0, 256, (32, 32, 3), dtype=np.uint8)
    tagged = Image.fromarray(colour)
    tagged.getexif()[0x0112] = 6
    upright = np.asarray(ImageOps.exif_transpose(tagged))
    grey = rng.integers(0, 256, (32, 32, 1), dtype=np.uint8)
    veiled = np.concatenate([grey, np.zeros_like(grey)], axis=-1)
    sixteen = (grey.astype(np.uint16) * 200).astype(np.uint16)
    state = of_files(
        Picture("a", colour, None, 32, 32, "RGB", "JPEG", 6),
        Picture("b", grey, None, 32, 32, "L", "PNG"),
        Picture("c", veiled, None, 32, 32, "LA", "PNG"),
        Picture("d", error="truncated"),
        Picture("e", sixteen, None, 32, 32, "I;16", "PNG"),
    )
    copies, seen, ends = (in_order(state, part) for part in (state.pictures, state.seen, state.ends))
    assert np.array_equal(copies[0], upright)
    assert np.array_equal(copies[1], grey.repeat(3, axis=-1))
    assert np.array_equal(copies[2], copies[1])
    assert seen.tolist() == [True, True, True, False, True]
    assert ends[4].tolist() == [float(sixteen.min()), float(sixteen.max())]


def test_sizes_are_those_before_and_upright() -> None:
    wide = np.zeros((20, 50, 3), np.uint8)
    state = of_files(Picture("a", wide, None, 50, 20, "RGB"), Picture("b", wide, None, 50, 20, "RGB", orientation=8))
    assert in_order(state, state.sizes).tolist() == [[20, 50], [50, 20]]


def test_nothing_is_kept_without_a_target_or_without_pictures() -> None:
    pixels, _ = images(10)
    schema, rows = chunks(pixels)
    assert not len(observed(PictureSample(), schema, rows).rows)
    rows[0] = _unreadable(rows[0])
    observed(PictureSample(), replace(FILES, columns=()), rows)


def _unreadable(rows: Chunk) -> Chunk:
    def never() -> Sequence[Picture]:
        raise AssertionError("pictures were decoded")

    return Chunk(rows.split, rows.start, rows.n_rows, rows.numbers, {}, pictures=never)
