"""One picture file: pixels in every mode, or the reason why there are none."""

from __future__ import annotations

import io
import logging
import struct
import warnings
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from dataaudit.loaders.pictures import MOST_PIXELS, read_picture, read_pictures_of
from dataaudit.model import Picture


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def noise(*shape: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


def read(folder: Path, content: bytes, name: str = "a.png") -> Picture:
    (folder / name).write_bytes(content)
    return read_picture(folder / name, f"train/cat/{name}")


def png_of_size(width: int, height: int) -> bytes:
    """Return a valid PNG header with no more than a few bytes behind it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("image", "mode", "expected"),
    [
        (Image.fromarray(noise(4, 5)), "L", noise(4, 5)[..., None]),
        (Image.fromarray(noise(4, 5, 3)), "RGB", noise(4, 5, 3)),
        (Image.fromarray(noise(4, 5, 4)), "RGBA", noise(4, 5, 4)),
        (Image.fromarray(noise(4, 5, 2)), "LA", noise(4, 5, 2)),
        (
            Image.fromarray(noise(4, 5).astype(np.uint16) * 257),
            "I;16",
            (noise(4, 5).astype(np.uint16) * 257)[..., None],
        ),
        (Image.fromarray(noise(4, 5) > 127), "1", np.where(noise(4, 5) > 127, 255, 0).astype(np.uint8)[..., None]),
    ],
)
def test_modes_of_png(tmp_path: Path, image: Image.Image, mode: str, expected: np.ndarray) -> None:
    content = encoded(image, "PNG")
    picture = read(tmp_path, content)
    assert picture.error is None
    assert (picture.mode, picture.width, picture.height, picture.format) == (mode, 5, 4, "PNG")
    assert (picture.path, picture.n_bytes, picture.orientation) == ("train/cat/a.png", len(content), 1)
    assert picture.pixels is not None
    assert picture.pixels.dtype == expected.dtype
    assert np.array_equal(picture.pixels, expected)


def test_palettes_and_print_colours_become_rgb(tmp_path: Path) -> None:
    red = Image.new("RGB", (3, 2), (255, 0, 0))
    for content, name, mode in (
        (encoded(red.quantize(2), "PNG"), "a.png", "P"),
        (encoded(red.convert("CMYK"), "TIFF"), "a.tif", "CMYK"),
    ):
        picture = read(tmp_path, content, name)
        assert picture.mode == mode
        assert picture.pixels is not None
        assert picture.pixels.tolist() == [[[255, 0, 0]] * 3] * 2


def test_floats_stay_floats(tmp_path: Path) -> None:
    values = np.array([[0.5, -2.0]], dtype=np.float32)
    picture = read(tmp_path, encoded(Image.fromarray(values), "TIFF"), "a.tif")
    assert picture.pixels is not None
    assert np.array_equal(picture.pixels[..., 0], values)


def test_the_turn_is_told_and_not_applied(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = read(tmp_path, encoded(Image.new("RGB", (8, 4)), "JPEG", exif=exif), "a.jpg")
    assert (picture.orientation, picture.width, picture.height) == (6, 8, 4)
    assert picture.pixels is not None
    assert picture.pixels.shape == (4, 8, 3)


def test_a_truncated_jpeg(tmp_path: Path) -> None:
    content = encoded(Image.fromarray(noise(64, 64, 3)), "JPEG")
    picture = read(tmp_path, content[: len(content) // 2], "a.jpg")
    assert picture.pixels is None
    assert "truncated" in str(picture.error)
    assert (picture.width, picture.height, picture.format) == (64, 64, "JPEG")


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", "the file is empty"),
        (b"hello world, <b>", "not a picture in any known format (it begins with 'hello world,')"),
        (b"\xff\xd8\xff", "not a picture in any known format (it begins with '\\\\xff\\\\xd8\\\\xff')"),
        (
            png_of_size(50_000, 50_000),
            "refused: 2,500,000,000 pixels declared, more than 178,956,970 (decompression bomb)",
        ),
    ],
)
def test_what_is_no_picture(tmp_path: Path, content: bytes, error: str) -> None:
    picture = read(tmp_path, content, "a.jpg")
    assert picture.pixels is None
    assert picture.error == error


def test_a_bomb_is_refused_also_where_pillows_limit_is_lifted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)
    picture = read(tmp_path, png_of_size(MOST_PIXELS + 1, 1))
    assert picture.error is not None
    assert picture.error.startswith("refused: 178,956,971 pixels")


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    assert read_picture(tmp_path / "a.png", "a.png").error == "the file does not exist"


def test_warnings_of_pillow_stay_inside_and_filters_are_put_back(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    large = png_of_size(10_000, 10_000)  # above the size that Pillow warns of, below that it refuses
    names = [f"{k}.png" for k in range(8)]
    for name in names:
        (tmp_path / name).write_bytes(large)
    before = list(warnings.filters)
    handlers = list(logging.getLogger("PIL").handlers)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda name: read_pictures_of(tmp_path, [name])[0], names))
    assert {p.error for p in found} == {found[0].error}
    assert found[0].error is not None
    assert "truncated" in found[0].error
    assert list(warnings.filters) == before
    assert logging.getLogger("PIL").handlers == handlers
    assert capfd.readouterr() == ("", "")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(
    st.sampled_from(["PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM"]),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=6),
    st.floats(0, 1),
)
def test_damage_never_raises(tmp_path: Path, kind: str, hits: list[tuple[float, int]], keep: float) -> None:
    content = bytearray(encoded(Image.fromarray(noise(9, 7, 3)), kind))
    for where, value in hits:
        content[int(where * len(content))] = value
    (tmp_path / "a.img").write_bytes(content[: max(1, int(keep * len(content)))])
    (picture,) = read_pictures_of(tmp_path, ["a.img"])
    assert (picture.pixels is None) == (picture.error is not None)
    if picture.pixels is not None:
        assert picture.pixels.shape[:2] == (picture.height, picture.width)
