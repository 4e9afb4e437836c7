"""NRM108: another scale than the one declared."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dataaudit.api import audit
from dataaudit.model import Finding, Severity, Status
from dataaudit.report.report import Report
from tests.analyzers.normalization.pictures import applied, unit_pictures

NAMES = ["imagenet", "clip", "cifar10", "cifar10-per-image", "mnist", "signed-unit", "unit"]


def _report(data: Any, preset: Any, stage: str = "model-ready", **more: Any) -> Report:
    return audit(data, select=["NRM108"], stage=stage, preset=preset, **more)


def _status(report: Report) -> list[Status]:
    return [check.status for check in report.checks]


def _finding(*data: Any, **more: Any) -> Finding:
    (finding,) = _report(*data, **more).findings
    return finding


@pytest.mark.parametrize("name", NAMES)
def test_declared_and_applied_agree(name: str) -> None:
    x, y = unit_pictures()
    assert _status(_report((applied(name, x), y), name)) == [Status.CLEAN]
    assert _status(_report((applied(name, 0.02 + 0.95 * x), y), name)) == [Status.CLEAN]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("other", NAMES)
def test_any_other_preset_is_told_apart(name: str, other: str) -> None:
    if name != other:
        x, y = unit_pictures()
        finding = _finding((applied(other, x).astype(np.float32), y), name)
        assert finding.severity is Severity.ERROR
        assert finding.evidence["nearest"] == other


def test_distance_in_the_message() -> None:
    x, y = unit_pictures()
    assert "50% off its ends" in _finding((x, y), "signed-unit").message  # black at 0, where -1..1 has its middle


def test_nothing_was_applied() -> None:
    x, y = unit_pictures()
    assert _finding(((255 * x).astype(np.uint8), y), "imagenet").evidence["nearest"] == "bytes"


def test_channels_in_reverse() -> None:
    x, y = unit_pictures()
    finding = _finding((applied("imagenet", x)[..., ::-1], y), "imagenet")
    assert "channels in reverse" in finding.message


def test_one_split_is_named() -> None:
    x, y = unit_pictures()
    finding = _finding((applied("imagenet", x), y), "imagenet", test=(applied("clip", x), y))
    assert finding.splits == ("test",)


def test_standard_and_given_statistics() -> None:
    x, y = unit_pictures()
    own = (x - x.mean()) / x.std()
    assert _status(_report((own, y), "standard")) == [Status.CLEAN]
    assert "[0, 1]" in _finding((x, y), "standard").message
    given = ((0.2, 0.3, 0.4), (0.1, 0.2, 0.3))
    z = (x - np.array(given[0])) / np.array(given[1])
    assert _status(_report((z, y), given)) == [Status.CLEAN]
    assert _finding((x, y), given).evidence["nearest"] == "unit"


def test_wrong_number_of_channels() -> None:
    x, y = unit_pictures(channels=1)
    assert "3 channels, the pictures have 1" in _finding((x, y), "imagenet").message


def test_no_answer() -> None:
    x, y = unit_pictures()
    assert _status(_report((x, y), None)) == [Status.NOT_APPLICABLE]
    assert _status(_report((x, y), "imagenet", stage="raw")) == [Status.NOT_APPLICABLE]
    assert _status(_report((x.reshape(30, -1), y), "imagenet")) == [Status.NOT_APPLICABLE]
    assert _status(_report((applied("imagenet", applied("imagenet", x)), y), "imagenet")) == [Status.NOT_APPLICABLE]
    assert _status(_report((0.3 + 0.1 * x, y), "imagenet")) == [Status.SKIPPED]
    assert _status(_report((np.full((20, 4, 4, 3), np.nan), np.arange(20) % 2), "imagenet")) == [Status.SKIPPED]
