"""IMG106: folders that a loader reads otherwise than they were meant."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dataaudit.api import audit
from dataaudit.model import Severity, Status
from dataaudit.report.report import Report
from tests.analyzers.images.folders import folder, photograph, photographs


def _report(data: object, **limits: object) -> Report:
    return audit(data, select=["IMG106"], limits={"IMG106": limits} if limits else None)


def test_empty_class_folder(tmp_path: Path) -> None:
    root = folder(tmp_path, photographs())
    (root / "train/bird").mkdir()
    (finding,) = _report(root).findings
    assert finding.severity is Severity.ERROR
    assert "'bird'" in finding.message
    assert finding.evidence["table"]["rows"] == [["bird", 0, 0]]


def test_twins_by_letter_case(tmp_path: Path) -> None:
    pictures = photographs() | {"train/Cat/900.png": photograph(90)}
    (finding,) = _report(folder(tmp_path, pictures)).findings
    assert "'Cat' and 'cat'" in finding.message
    assert finding.evidence["table"]["rows"][0][:1] == ["Cat"]


def test_class_of_one_split(tmp_path: Path) -> None:
    pictures = photographs(30) | {f"test/bird/{i}.png": photograph(100 + i) for i in range(8)}
    (finding,) = _report(folder(tmp_path, pictures)).findings
    assert finding.splits == ("test",)
    assert "'bird'" in finding.message
    assert (18 / 38) ** 8 < 0.01
    assert _report(tmp_path, p_value=1e-3).findings == []


def test_a_rare_class_may_miss_a_split_by_chance(tmp_path: Path) -> None:
    pictures = photographs(30) | {f"train/bird/{i}.png": photograph(100 + i) for i in range(3)}
    assert _report(folder(tmp_path, pictures)).findings == []


@pytest.mark.parametrize("name", [".hidden", "__MACOSX"])
def test_folders_of_operating_systems_are_left_out(tmp_path: Path, name: str) -> None:
    root = folder(tmp_path, photographs())
    (root / f"train/{name}").mkdir()
    report = _report(root)
    assert report.findings == []
    assert [c.status for c in report.checks] == [Status.CLEAN]


def test_hostile_names_and_many_classes(tmp_path: Path) -> None:
    pictures = {f"train/c{i}/{j}.png": photograph(i, 4, 4) for i in range(300) for j in range(2)}
    root = folder(tmp_path, pictures)
    for i in range(250):
        (root / f"train/<b>e{i}").mkdir()
    (finding,) = _report(root).findings
    assert "250 class folders of 550" in finding.message
    assert len(finding.evidence["table"]["rows"]) == 200
    assert len(finding.message) < 300


def test_no_answer(tmp_path: Path) -> None:
    report = _report((np.zeros((20, 4, 4, 3), np.uint8), np.arange(20) % 2))
    assert [c.status for c in report.checks] == [Status.NOT_APPLICABLE]
    flat = folder(tmp_path, {f"{i}.png": photograph(i) for i in range(12)})
    assert [c.status for c in _report(flat).checks] == [Status.NOT_APPLICABLE]
