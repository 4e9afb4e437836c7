"""IMG102: a few pictures unlike all others, and natural variety."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dataaudit.api import audit
from dataaudit.model import Severity, Status
from dataaudit.report.report import Report
from tests.analyzers.images.folders import folder, photograph, photographs


def _report(data: object, **limits: object) -> Report:
    return audit(data, select=["IMG102"], limits={"IMG102": limits} if limits else None)


@pytest.mark.parametrize(("size", "word"), [((23, 16), "23 x 16"), ((16, 24), "swapped"), ((240, 160), "240 x 160")])
def test_few_among_many_alike(tmp_path: Path, size: tuple[int, int], word: str) -> None:
    pictures = photographs(40) | {f"train/cat/90{i}.png": photograph(90 + i, *size) for i in range(2)}
    (finding,) = _report(folder(tmp_path, pictures)).findings
    assert finding.severity is Severity.WARNING
    assert finding.rows == ("train/cat/900.png", "train/cat/901.png")
    assert finding.splits == ("train",)
    assert word in finding.message


def test_one_finding_a_split(tmp_path: Path) -> None:
    odd = {"train/cat/900.png": photograph(90, 30, 16), "test/dog/901.png": photograph(91, 30, 16)}
    first, second = _report(folder(tmp_path, photographs(40) | odd)).findings
    assert {first.splits, second.splits} == {("train",), ("test",)}
    assert {first.rows, second.rows} == {("train/cat/900.png",), ("test/dog/901.png",)}


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "CMYK"])
def test_odd_mode(tmp_path: Path, mode: str) -> None:
    suffix = "jpg" if mode == "CMYK" else "png"
    pictures = {**photographs(40), f"train/cat/900.{suffix}": photograph(90).convert(mode)}
    (finding,) = _report(folder(tmp_path, pictures)).findings
    assert finding.rows == (f"train/cat/900.{suffix}",)
    assert f"mode {mode} instead of RGB" in finding.message


def test_sixteen_bits_among_eight(tmp_path: Path) -> None:
    pictures = {name: image.convert("L") for name, image in photographs(40).items()}
    deep = np.random.default_rng(0).integers(0, 1 << 16, (16, 24)).astype(np.uint16)
    (finding,) = _report(folder(tmp_path, {**pictures, "train/cat/900.png": Image.fromarray(deep)})).findings
    assert finding.rows == ("train/cat/900.png",)
    assert "I;16" in finding.message


def test_exif_turn(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    root = folder(tmp_path, photographs(20))
    photograph(90).save(root / "train/cat/900.jpg", exif=exif)
    (finding,) = _report(root).findings
    assert finding.rows == ("train/cat/900.jpg",)
    assert "EXIF turn (90°)" in finding.message
    assert "exif_transpose" in finding.fix


def test_natural_sizes_are_no_fault(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    pictures = {f"train/{'ab'[i % 2]}/{i}.png": photograph(i, *rng.integers(40, 90, 2)) for i in range(60)}
    report = _report(folder(tmp_path, pictures))
    assert report.findings == []
    assert [c.status for c in report.checks] == [Status.CLEAN]


def test_a_thumbnail_among_natural_sizes(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    pictures = {f"train/{'ab'[i % 2]}/{i}.png": photograph(i, *rng.integers(40, 90, 2)) for i in range(60)}
    pictures |= {"train/a/900.png": photograph(1, 10, 10), "train/b/901.png": photograph(2, 400, 45)}
    (finding,) = _report(folder(tmp_path, pictures)).findings
    assert sorted(finding.rows) == ["train/a/900.png", "train/b/901.png"]


@pytest.mark.parametrize("n_lying", [14, 25])
def test_a_camera_held_both_ways_is_no_fault(tmp_path: Path, n_lying: int) -> None:
    pictures = {
        f"train/{'ab'[i % 2]}/{i}.png": photograph(i, *((24, 16) if i < n_lying else (16, 24))) for i in range(50)
    }
    assert _report(folder(tmp_path, pictures)).findings == []


def test_two_sizes_in_equal_parts_are_no_fault(tmp_path: Path) -> None:
    pictures = {f"train/{'ab'[i % 2]}/{i}.png": photograph(i, *((24, 16) if i % 2 else (30, 30))) for i in range(40)}
    assert _report(folder(tmp_path, pictures)).findings == []


def test_share_is_an_option(tmp_path: Path) -> None:
    pictures = photographs(40) | {f"train/cat/90{i}.png": photograph(90 + i, 23, 16) for i in range(2)}
    assert _report(folder(tmp_path, pictures), share=0.02).findings == []


def test_too_few_and_no_files(tmp_path: Path) -> None:
    report = _report(folder(tmp_path, photographs(9)))
    assert [c.status for c in report.checks] == [Status.SKIPPED]
    report = _report((np.zeros((20, 4, 4, 3), np.uint8), np.arange(20) % 2))
    assert [c.status for c in report.checks] == [Status.NOT_APPLICABLE]
