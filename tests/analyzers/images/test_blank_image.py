"""IMG103: pictures that show nothing, and pictures that only look empty."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from dataaudit.api import audit
from dataaudit.model import Finding, Severity, Status
from tests.analyzers.images.folders import folder, photograph, photographs


def _found(data: object, **limits: object) -> list[Finding]:
    return audit(data, select=["IMG103"], limits={"IMG103": limits} if limits else None).findings


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (128, 128, 128), (200, 30, 90)])
@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_one_colour_is_found_to_the_file(tmp_path: Path, colour: tuple[int, int, int], suffix: str) -> None:
    pictures = photographs()
    blank = [f"train/cat/900.{suffix}", f"train/dog/901.{suffix}"]
    pictures |= {name: Image.new("RGB", (24, 16), colour) for name in blank}
    (finding,) = _found(folder(tmp_path, pictures))
    assert finding.severity is Severity.ERROR
    assert sorted(finding.rows) == blank
    assert finding.row_count == 2
    assert finding.splits == ("train",)


def test_jpeg_noise_on_one_colour_is_blank(tmp_path: Path) -> None:
    grey = np.full((32, 32, 3), 120, np.uint8)
    grey[::8, ::8] += 1
    pictures = {**photographs(width=32, height=32), "train/cat/900.jpg": Image.fromarray(grey)}
    (finding,) = _found(folder(tmp_path, pictures, quality=60))
    assert finding.rows == ("train/cat/900.jpg",)


def test_a_dot_on_an_empty_page_is_blank(tmp_path: Path) -> None:
    page = Image.new("L", (64, 64), 255)
    page.putpixel((10, 10), 100)
    pictures = {**photographs(width=64, height=64), "train/cat/900.png": page.convert("RGB")}
    (finding,) = _found(folder(tmp_path, pictures))
    assert finding.rows == ("train/cat/900.png",)


def test_dark_flat_and_drawn_pictures_are_not_blank(tmp_path: Path) -> None:
    dark = Image.fromarray((np.asarray(photograph(50)) // 12).astype(np.uint8))
    fog = Image.fromarray((np.asarray(photograph(51)) / 16 + 200).astype(np.uint8))
    drawing = Image.new("RGB", (24, 16), "white")
    ImageDraw.Draw(drawing).line((2, 2, 20, 12), fill="black")
    extra = {"train/cat/900.png": dark, "train/cat/901.png": fog, "train/cat/902.png": drawing}
    assert _found(folder(tmp_path, photographs() | extra)) == []


def test_arrays_are_judged_on_their_own_scale() -> None:
    x = np.random.default_rng(0).normal(size=(40, 8, 8, 3))
    x[[3, 17]] = -1.5
    (finding,) = _found((x, np.arange(40) % 2))
    assert finding.rows == (3, 17)
    assert _found((1e-3 * np.delete(x, [3, 17], axis=0), np.arange(38) % 2)) == []


def test_a_split_on_another_scale_makes_no_other_blank() -> None:
    x = np.random.default_rng(0).random((40, 8, 8, 1))
    data = (x, np.arange(40) % 2)
    assert audit(data, test=(255 * x, np.arange(40) % 2), select=["IMG103"]).findings == []


def test_channels_that_were_moved_apart_make_none_blank() -> None:
    x = np.random.default_rng(0).random((40, 8, 8, 3)) / 255
    x[5] /= 4  # a flat one, an eighth as deep as the others
    assert _found(((x - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225], np.arange(40) % 2)) == []


def test_transparent_pictures_are_judged_without_alpha(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x = np.zeros((16, 24, 4), np.uint8)
    x[..., 3] = rng.integers(0, 256, (16, 24))
    (finding,) = _found(folder(tmp_path, {**photographs(), "train/cat/900.png": Image.fromarray(x)}))
    assert finding.rows == ("train/cat/900.png",)


def test_options_and_other_data(tmp_path: Path) -> None:
    root = folder(tmp_path, {**photographs(), "train/cat/900.png": Image.new("RGB", (24, 16))})
    assert _found(root, allowed=1) == []
    report = audit(np.random.default_rng(0).normal(size=(50, 3)), select=["IMG103"])
    assert [c.status for c in report.checks] == [Status.NOT_APPLICABLE]


def test_all_pictures_blank() -> None:
    (finding,) = _found((np.zeros((1200, 4, 4, 1), np.uint8), np.arange(1200) % 2))
    assert finding.row_count == 1200
    assert len(finding.rows) == 1000
