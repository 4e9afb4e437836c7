"""IMG104: pictures of poor quality beside the rest of their set."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

from dataaudit.api import audit
from dataaudit.model import Severity, Status
from dataaudit.report.report import Report
from tests.analyzers.images.folders import folder, photograph, photographs


def _report(data: object) -> Report:
    return audit(data, select=["IMG104"])


def _scaled(image: Image.Image, times: float, plus: float = 0.0) -> Image.Image:
    return Image.fromarray(np.clip(np.asarray(image) * times + plus, 0, 255).astype(np.uint8))


@pytest.mark.parametrize(
    ("word", "image"),
    [
        ("dark", _scaled(photograph(900, 48, 48), 0.06)),
        ("bright", _scaled(photograph(901, 48, 48), 0.06, 238)),
        ("blurred", photograph(902, 48, 48).filter(ImageFilter.GaussianBlur(4))),
        ("flat", _scaled(photograph(903, 48, 48), 0.05, 120)),
        ("small", photograph(904, 10, 10)),
    ],
)
def test_one_poor_picture(tmp_path: Path, word: str, image: Image.Image) -> None:
    pictures = photographs(45, 48, 48) | {"train/cat/900.png": image}
    (finding,) = _report(folder(tmp_path, pictures)).findings
    assert finding.severity is Severity.NOTE
    assert finding.rows == ("train/cat/900.png",)
    assert f"1 {word}" in finding.message


def test_ordinary_sets_pass(tmp_path: Path) -> None:
    assert _report(folder(tmp_path, photographs(45, 48, 48))).findings == []


def test_a_set_that_is_dark_throughout_passes(tmp_path: Path) -> None:
    pictures = {name: _scaled(image, 0.1) for name, image in photographs(45, 48, 48).items()}
    assert _report(folder(tmp_path, pictures)).findings == []


def test_blank_pictures_are_another_rules(tmp_path: Path) -> None:
    pictures = photographs(45, 48, 48) | {"train/cat/900.png": Image.new("RGB", (48, 48), (120, 120, 120))}
    assert _report(folder(tmp_path, pictures)).findings == []


def test_too_few() -> None:
    x = np.random.default_rng(0).integers(0, 256, (29, 8, 8, 3), dtype=np.uint8)
    assert [c.status for c in _report((x, np.arange(29) % 2)).checks] == [Status.SKIPPED]
