"""Facts of pictures against NumPy on the whole array."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from dataaudit.model import Chunk, Column, Picture, Role, Schema, Storage
from dataaudit.stats.pixels import PictureFiles, PictureFilesState, Pixels, PixelsState
from tests.build import chunks, cut, images, observed


def pixels(X: NDArray[Any], cuts: Any = (), cap: int = 1000, start: int = 0) -> PixelsState:
    schema, rows = chunks((X, np.zeros(len(X), int)), cuts, start=start)
    state: PixelsState = observed(Pixels(cap), schema, rows)
    return state


@pytest.mark.parametrize("cuts", [(), (1, 1, 30), range(1, 60)])
@pytest.mark.parametrize("scale", [None, 1 / 255, 1e-6])
def test_channels_against_numpy(cuts: Any, scale: float | None) -> None:
    X, _ = images(60, size=9)
    fed = X if scale is None else X * scale
    seen = pixels(fed, cuts)
    assert seen.n_pictures == 60
    assert seen.channels.n.tolist() == [60 * 81] * 3
    np.testing.assert_allclose(seen.channels.mean, fed.mean(axis=(0, 1, 2)), rtol=1e-13)
    np.testing.assert_allclose(seen.channels.std, fed.std(axis=(0, 1, 2)), rtol=1e-12)
    assert seen.channels.low.tolist() == fed.min(axis=(0, 1, 2)).tolist()
    assert seen.channels.high.tolist() == fed.max(axis=(0, 1, 2)).tolist()
    assert (seen.missing, seen.infinite) == (0, 0)


def test_channels_first_are_the_same_channels() -> None:
    X, _ = images(40, size=16)
    X[..., 0] //= 2
    first, last = pixels(np.moveaxis(X, -1, 1)), pixels(X)
    np.testing.assert_allclose(first.channels.mean, last.channels.mean, rtol=1e-13)


@pytest.mark.parametrize("cuts", [(), (5,), range(1, 50)])
def test_missing_and_infinite_pixels(cuts: Any) -> None:
    X = images(50, size=5)[0] / 255.0
    X[4, 0, 0, 0] = X[4, 1, 1, 2] = X[9] = np.nan
    X[9, 2, 2, 1], X[30, 0, 0, 0] = np.inf, -np.inf
    seen = pixels(X, cuts, start=100)
    assert (seen.missing, seen.infinite) == (2 + 74, 2)
    assert seen.missing_rows.tolist() == [104, 109]
    assert seen.infinite_rows.tolist() == [109, 130]
    finite = np.where(np.isfinite(X), X, np.nan)
    assert seen.channels.n.tolist() == np.isfinite(X).sum(axis=(0, 1, 2)).tolist()
    np.testing.assert_allclose(seen.channels.mean, np.nanmean(finite, axis=(0, 1, 2)), rtol=1e-13)
    np.testing.assert_allclose(seen.channels.std, np.nanstd(finite, axis=(0, 1, 2)), rtol=1e-12)


@pytest.mark.parametrize("cuts", [(), (3,)])
def test_channel_without_a_single_number(cuts: Any) -> None:
    X = images(10, size=4)[0].astype(np.float32)
    X[..., 1] = np.nan
    seen = pixels(X, cuts)
    assert seen.channels.n.tolist() == [160, 0, 160]
    assert np.isnan(seen.channels.mean).tolist() == [False, True, False]
    assert seen.missing == 160


def test_first_positions_are_kept() -> None:
    seen = pixels(np.full((40, 4, 4, 1), np.nan), (7, 20), cap=12)
    assert seen.missing_rows.tolist() == list(range(12))
    assert seen.missing == 40 * 16


def test_a_sum_beyond_the_range_of_floats_is_no_gap() -> None:
    seen = pixels(np.full((10, 4, 4, 1), 1e308))
    assert (seen.missing, seen.infinite) == (0, 0)
    assert (seen.channels.n.tolist(), seen.channels.high.tolist()) == ([160], [1e308])


def test_tables_have_no_pixels() -> None:
    schema, rows = chunks(np.zeros((5, 3)))
    seen = observed(Pixels(), schema, rows)
    assert (seen.n_pictures, len(seen.channels.n)) == (0, 0)


# ---------------------------------------------------------------- files

SCHEMA = Schema((Column("label", Storage.CATEGORY, "class", Role.TARGET),), pictures=True)


def whole(files: Sequence[Picture], start: int = 0) -> Chunk:
    return Chunk("train", start, len(files), np.zeros((0, len(files))), {}, pictures=lambda: files)


def picture(path: str, pixels: NDArray[Any], mode: str = "RGB", kind: str = "PNG") -> Picture:
    return Picture(path, pixels, None, pixels.shape[1], pixels.shape[0], mode, kind)


def files_of(files: Sequence[Picture], cuts: Any = (), cap: int = 1000) -> PictureFilesState:
    state: PictureFilesState = observed(PictureFiles(cap), SCHEMA, cut(whole(files), cuts))
    return state


def levels(*channels: NDArray[Any]) -> list[list[int]]:
    return [[Counter(c.ravel().tolist())[level] for level in range(256)] for c in channels]


def test_colour_and_grey_and_alpha() -> None:
    rng = np.random.default_rng(0)
    rgb, rgba = (rng.integers(0, 256, (3, 5, c), dtype=np.uint8) for c in (3, 4))
    grey, grey_alpha = (rng.integers(0, 256, (2, 2, c), dtype=np.uint8) for c in (1, 2))
    assert files_of([picture("a.png", rgb)]).levels.tolist() == levels(*np.moveaxis(rgb, -1, 0))
    assert files_of([picture("a.png", rgba, "RGBA")]).levels.tolist() == levels(*np.moveaxis(rgba[..., :3], -1, 0))
    for pixel in (grey, grey_alpha):
        assert files_of([picture("a.png", pixel, "L")]).levels.tolist() == levels(*[pixel[..., 0]] * 3)


def test_sixteen_bits_are_counted_by_their_upper_eight() -> None:
    deep = np.array([[0, 255, 256, 65535]], np.uint16)[..., None]
    assert files_of([picture("a.png", deep, "I;16")]).levels.tolist() == levels(*[np.array([0, 0, 1, 255])] * 3)


def test_booleans_count_as_zero_and_one() -> None:
    bits = np.array([[True, False, True]])[..., None]
    assert files_of([picture("a.png", bits, "1")]).levels.tolist() == levels(*[np.array([1, 0, 1])] * 3)


@pytest.mark.parametrize("cuts", [(), (3,), range(1, 10)])
def test_sizes_modes_formats_and_faults(cuts: Any) -> None:
    pixel = np.zeros((2, 3, 3), np.uint8)
    tall = np.zeros((9, 1, 1), np.uint8)
    files = [
        picture("a.png", pixel), picture("b.jpg", pixel, kind="JPEG"), picture("c.JPEG", pixel, kind="MPO"),
        picture("d.jpg", tall, "L", "PNG"), Picture("e.jpg", error="truncated"), Picture("f.png"),
        picture("g.tif", tall, "L", "TIFF"), picture("h.unknown", tall, "L", "PNG"), picture("noext", tall, "L", "GIF"),
        picture("i.webp", pixel, kind="JPEG"),
    ]  # fmt: skip
    seen = files_of(files, cuts)
    assert (seen.n_pictures, seen.n_broken, seen.n_misnamed) == (10, 2, 2)
    assert seen.broken == [(4, "e.jpg", "truncated"), (5, "f.png", "unreadable")]
    assert seen.misnamed == [(3, "d.jpg", "PNG"), (9, "i.webp", "JPEG")]
    assert seen.sizes == {(3, 2): 4, (1, 9): 4}
    assert seen.modes == {"RGB": 4, "L": 4}
    assert seen.formats == {"PNG": 3, "JPEG": 2, "MPO": 1, "TIFF": 1, "GIF": 1}


@pytest.mark.parametrize("cuts", [(), (10, 11), range(1, 30)])
def test_lists_are_bounded_and_counts_complete(cuts: Any) -> None:
    broken = [Picture(f"{i}.png", error="x") for i in range(10)]
    sizes = [picture(f"{i}.jpg", np.zeros((1, 20 - i, 1), np.uint8), "L") for i in range(20)]
    seen = files_of([*broken, *sizes], cuts, cap=4)
    assert (seen.n_broken, [at for at, _, _ in seen.broken]) == (10, [0, 1, 2, 3])
    assert (seen.n_misnamed, [at for at, _, _ in seen.misnamed]) == (20, [10, 11, 12, 13])
    assert seen.sizes == {(w, 1): 1 for w in (1, 2, 3, 4)}


def test_positions_count_within_the_split() -> None:
    state = observed(PictureFiles(), SCHEMA, [whole([Picture("a.png", error="x")], start=70)])
    assert state.broken == [(70, "a.png", "x")]
