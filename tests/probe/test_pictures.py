"""Numbers out of pictures: what each of them stands for, that equal pictures get equal ones, and that they tell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

from dataaudit.model import CannotTell, ProbeSettings, Rule, SplitView
from dataaudit.probe.encoders import Feature
from dataaudit.probe.hog import oriented
from dataaudit.probe.patches import learn_codebook, patches_of, pooled_codes
from dataaudit.probe.pictures import COLUMN, as_floats, described, directions, picture_features, picture_matrix
from dataaudit.registry import find
from tests.build import images, views

NOISE: Rule = find("LAB106")()


def seen(*data: Any, **loading: Any) -> dict[str, SplitView]:
    return views(*data, rules=[NOISE], **loading)


def shapes(n: int = 120, side: int = 32, seed: int = 0) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return pictures of discs and of stripes, in any colour, place and size, on noise."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side]
    labels = rng.permutation(np.arange(n) % 2)
    pictures = rng.integers(0, 60, (n, side, side, 3)).astype(np.uint8)
    for picture, label in zip(pictures, labels, strict=True):
        if label:
            shape = np.hypot(y - rng.uniform(10, side - 10), x - rng.uniform(10, side - 10)) < rng.uniform(6, 10)
        else:
            shape = (x + rng.integers(0, 8)) % 8 < 3
        picture[shape] = rng.integers(120, 256, 3)
    return pictures, labels


def floats(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return bytes as numbers from 0 to 1."""
    return pixels.astype(np.float32) / np.float32(255)


# ---------------------------------------------------------------- the matrix


def test_rows_and_labels_belong_to_the_pictures() -> None:
    digits = load_digits()
    data = digits.images.astype(np.uint8), digits.target
    splits = seen((data[0][:300], data[1][:300]), None, (data[0][300:500], data[1][300:500]))
    rows, X, features = picture_matrix(splits, ProbeSettings(sample=400))
    assert np.bincount(rows.split).tolist() == [200, 200]
    at = rows.position + 300 * rows.split
    assert rows.numbers["y"].tolist() == data[1][at].tolist()
    assert features[10] == Feature(COLUMN, "pixel (1, 2, 0)")
    pixels = data[0][at].reshape(400, -1).astype(np.float64)
    spread = np.where(pixels.std(axis=0) > 0, pixels.std(axis=0), np.inf)
    assert np.abs(X - np.clip((pixels - pixels.mean(axis=0)) / spread, -8, 8)).max() < 1e-4


def test_fewer_rows_are_the_first_of_more_with_the_same_numbers() -> None:
    splits = seen(images(80, size=16), None, images(40, size=16, seed=1))
    settings = ProbeSettings()
    rows, X, _ = picture_matrix(splits, settings)
    fewer, Z, _ = picture_matrix(splits, settings, most=50)
    assert np.bincount(fewer.split).tolist() == [25, 25]
    places = list(zip(rows.split, rows.position, strict=True))
    at = [places.index(place) for place in zip(fewer.split, fewer.position, strict=True)]
    assert np.array_equal(Z, X[at])


def test_files_and_arrays_of_the_same_pictures_give_the_same(tmp_path: Path) -> None:
    pixels, labels = shapes(40)
    for i, (picture, label) in enumerate(zip(pixels, labels, strict=True)):
        file = tmp_path / f"{label}" / f"{i:03}.png"
        file.parent.mkdir(exist_ok=True)
        Image.fromarray(picture).save(file)
    _, X, _ = picture_matrix(seen(tmp_path), ProbeSettings())
    order = np.argsort(labels, kind="stable")
    _, Z, _ = picture_matrix(seen((pixels[order], labels[order])), ProbeSettings())
    assert np.array_equal(X, Z)


def test_pictures_that_cannot_be_read_are_left_out(tmp_path: Path) -> None:
    for i in range(12):
        file = tmp_path / "ab"[i % 2] / f"{i:02}.png"
        file.parent.mkdir(exist_ok=True)
        Image.fromarray(images(12, size=20)[0][i]).save(file)
    (tmp_path / "a" / "00.png").write_bytes(b"no picture")
    rows, X, _ = picture_matrix(seen(tmp_path), ProbeSettings())
    assert sorted(rows.position) == list(range(1, 12))
    assert len(X) == len(rows) == len(rows.texts["label"]) == 11


def test_nothing_to_see() -> None:
    with pytest.raises(CannotTell, match="no picture could be read"):
        picture_matrix(seen((np.full((20, 8, 8, 3), np.nan), np.arange(20) % 2)), ProbeSettings())


@pytest.mark.parametrize(
    "pixels",
    [
        pytest.param(np.zeros((20, 40, 40, 3), np.uint8), id="black"),
        pytest.param(np.ones((1, 40, 40, 3), np.uint8), id="one"),
        pytest.param(images(20, size=1)[0], id="one pixel"),
        pytest.param(np.random.default_rng(0).integers(0, 255, (20, 1, 300, 3)), id="a line"),
        pytest.param(np.random.default_rng(0).normal(size=(20, 15, 15, 1)) * 1e300, id="huge"),
        pytest.param(np.random.default_rng(0).normal(size=(20, 15, 15, 1)) * 1e-300, id="tiny"),
        pytest.param(np.repeat(images(1, size=32)[0], 20, axis=0), id="all the same"),
    ],
)
def test_odd_pictures(pixels: NDArray[Any]) -> None:
    rows, X, features = picture_matrix(seen((pixels, np.arange(len(pixels)) % 2)), ProbeSettings())
    assert len(rows) == len(X) == len(pixels)
    assert X.shape[1] == len(features) >= 1
    assert np.isfinite(X).all()


# ---------------------------------------------------------------- scales


def test_standardised_pictures_look_as_they_did() -> None:
    pixels, labels = shapes(60)
    plain = pixels.astype(np.float64) / 255
    standard = (plain - 0.4733) / 0.2514
    settings = ProbeSettings()
    (_, one, _), (_, two, _) = (picture_matrix(seen((p, labels)), settings) for p in (plain, standard))
    alike = [abs(np.corrcoef(one[:, j], two[:, j])[0, 1]) for j in range(4)]
    assert min(alike) > 0.98


def test_small_files_go_back_to_their_size() -> None:
    small = np.random.default_rng(0).integers(0, 256, (5, 8, 8, 1), dtype=np.uint8)
    large = small.repeat(4, axis=1).repeat(4, axis=2).repeat(3, axis=3)
    ends, sizes = np.tile([0.0, 255.0], (5, 1)), np.full((5, 2), 8, np.int32)
    assert np.allclose(as_floats(large, ends, sizes), small / 255, atol=1e-6)


def test_sixteen_bits_beside_eight_are_taken_at_their_own_ends() -> None:
    copies = images(4, size=8)[0]
    ends = np.array([[0.0, 255.0], [0.0, 255.0], [300.0, 60_000.0], [0.0, 255.0]])
    assert np.allclose(as_floats(copies, ends, np.full((4, 2), 8, np.int32)), copies / 255, atol=1e-6)


# ---------------------------------------------------------------- features


def test_equal_pictures_have_equal_numbers() -> None:
    pixels, _ = shapes(200)
    doubled = floats(np.concatenate([pixels, pixels[::-1]]))
    X, _ = picture_features(doubled)
    assert np.array_equal(X[:200], X[:199:-1])
    assert len(np.unique(X, axis=0)) == 200


def test_shapes_are_told_whatever_their_colour_and_place() -> None:
    pixels, labels = shapes(240)
    X, _ = picture_features(floats(pixels))
    model = LogisticRegression(max_iter=200).fit(X[:120], labels[:120])
    assert model.score(X[120:], labels[120:]) >= 0.95


def test_few_pictures_have_few_directions() -> None:
    pixels = images(60, size=32)[0]
    X, parts = picture_features(floats(pixels))
    assert X.shape == (60, len(parts))
    assert len(parts) <= 20
    assert np.allclose(X.std(axis=0), 1, atol=1e-3)


def test_directions_are_those_of_the_singular_values() -> None:
    rng = np.random.default_rng(0)
    for shape in ((50, 9), (9, 50)):
        table = rng.normal(size=shape) * np.linspace(3, 1, shape[1])
        table -= table.mean(axis=0)
        found = directions(table.astype(np.float32), 128)
        left, values, _ = np.linalg.svd(table, full_matrices=False)
        k = found.shape[1]
        expected = left[:, :k] / left[:, :k].std(axis=0)
        agree = np.abs((found * expected).mean(axis=0))
        assert k == {50: 9, 9: 8}[shape[0]]
        assert (values[:k] > 1e-6).all()
        assert agree.min() > 0.999


def test_seed_and_order_of_rows_decide_and_nothing_else() -> None:
    pictures = floats(shapes(50)[0])
    assert np.array_equal(described(pictures, 3), described(pictures.copy(), 3))


# ---------------------------------------------------------------- parts


def test_patches_are_cut_where_they_stand() -> None:
    pictures = np.random.default_rng(0).random((2, 9, 8, 3), dtype=np.float32)
    found = patches_of(pictures, 4, 2)
    assert found.shape == (2, 3, 3, 48)
    patch = pictures[1, 4:8, 2:6].transpose(2, 0, 1).ravel().astype(np.float64)
    expected = (patch - patch.mean()) / np.sqrt(patch.var() + (10 / 255) ** 2)
    assert np.allclose(found[1, 2, 1], expected, atol=1e-4)


def test_codes_of_each_quarter_are_means_over_its_patches() -> None:
    pictures = np.random.default_rng(1).random((3, 12, 12, 1), dtype=np.float32)
    book = learn_codebook(pictures, 5, 7, many=200)
    found = pooled_codes(pictures, book, block=2).reshape(3, 2, 2, 7)
    plain = patches_of(pictures, 5).astype(np.float64)
    codes = np.maximum((plain - book.mean) @ book.whiten @ book.centres.T - 0.5, 0)
    expected = codes.reshape(3, 2, 4, 2, 4, 7).mean(axis=(2, 4))
    assert np.allclose(found, expected, atol=1e-4)
    assert np.allclose(np.linalg.norm(book.centres, axis=1), 1, atol=1e-5)


@pytest.mark.parametrize(("turn", "direction"), [(0, 0), (1, 4)])
def test_edges_are_counted_in_their_direction(turn: int, direction: int) -> None:
    stripes = np.tile((np.arange(24) // 3 % 2).astype(np.float32), (24, 1))
    light = np.rot90(stripes, turn)[None].copy()
    blocks = oriented(light, 4).reshape(9, 4, 9)
    assert (blocks.argmax(axis=-1) == direction).all()
    assert not oriented(np.ones((2, 24, 24), np.float32), 4).any()
