"""IMG105: a split whose red and blue are exchanged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from dataaudit.api import audit, audit_batches
from dataaudit.model import Severity, Status
from dataaudit.report.report import Report
from tests.analyzers.images.folders import folder


def _report(train: Any, test: Any = None, validation: Any = None) -> Report:
    return audit(train, validation, test, select=["IMG105"])


def _skies(n: int, seed: int) -> NDArray[np.uint8]:
    """Return pictures with a blue sky over reddish ground, all of different light."""
    rng = np.random.default_rng(seed)
    x = rng.normal(110.0, 40.0, (n, 1, 1, 3)) + rng.normal(0.0, 15.0, (n, 12, 12, 3))
    x[:, :6, :, 2] += 40
    x[:, 6:, :, 0] += 25
    return np.clip(x, 0, 255).astype(np.uint8)


def _labelled(x: Any) -> tuple[Any, Any]:
    return x, np.arange(len(x)) % 2


@pytest.mark.parametrize("scale", [lambda x: x, lambda x: (x / 255).astype(np.float32)])
def test_one_split_is_exchanged(scale: Any) -> None:
    train, test = _labelled(scale(_skies(80, 0))), _labelled(scale(_skies(40, 1)[..., ::-1]))
    (finding,) = _report(train, test).findings
    assert finding.severity is Severity.WARNING
    assert finding.splits == ("test",)


def test_train_is_named_where_the_others_agree_against_it() -> None:
    train, rest = _labelled(_skies(80, 0)[..., ::-1]), [_labelled(_skies(40, seed)) for seed in (1, 2)]
    (finding,) = _report(train, *rest).findings
    assert finding.splits == ("train",)


def test_files(tmp_path: Path) -> None:
    pictures = {f"train/{'ab'[i % 2]}/{i}.png": Image.fromarray(x) for i, x in enumerate(_skies(60, 0))}
    pictures |= {f"test/{'ab'[i % 2]}/{i}.png": Image.fromarray(x[..., ::-1]) for i, x in enumerate(_skies(40, 1))}
    (finding,) = _report(folder(tmp_path, pictures)).findings
    assert finding.splits == ("test",)


def test_same_order_passes() -> None:
    report = _report(_labelled(_skies(80, 0)), _labelled(_skies(40, 1)), _labelled(_skies(40, 2)))
    assert report.findings == []
    assert [c.status for c in report.checks] == [Status.CLEAN]


def test_other_colours_are_not_reversed_ones() -> None:
    warm = np.clip(_skies(60, 1).astype(int) + np.array([60, 10, 0]), 0, 255).astype(np.uint8)
    assert _report(_labelled(_skies(80, 0)), _labelled(warm)).findings == []


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1), st.integers(20, 60))
def test_pictures_without_colour_cast_pass(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 256, (2 * n, 1, 1, 3)) // 2 + rng.integers(0, 128, (2 * n, 6, 6, 3))
    assert _report(_labelled(x[:n].astype(np.uint8)), _labelled(x[n:].astype(np.uint8))).findings == []


def test_one_fact_is_one_finding_where_both_rules_run() -> None:
    report = audit(_labelled(_skies(80, 0)), None, _labelled(_skies(40, 1)[..., ::-1]), select=["IMG105", "LEA104"])
    assert [f.rule for f in report.findings] == ["LEA104"]
    (check,) = [c for c in report.checks if c.rule == "IMG105"]
    assert check.status is Status.CLEAN
    assert check.measured == "120 colour pictures; red and blue are exchanged in test, which LEA104 reports"


def test_grey_in_three_channels_is_a_note() -> None:
    grey = np.repeat(np.random.default_rng(0).integers(0, 256, (30, 8, 8, 1), dtype=np.uint8), 3, axis=3)
    (finding,) = _report(_labelled(grey)).findings
    assert finding.severity is Severity.NOTE
    assert "All 30 pictures" in finding.message
    some = np.concatenate([grey[:3], _skies(30, 0)[:, :8, :8]])
    assert _report(_labelled(some)).findings == []


def test_no_answer() -> None:
    x = np.random.default_rng(0).integers(0, 256, (30, 8, 8, 1), dtype=np.uint8)
    assert [c.status for c in _report(_labelled(x)).checks] == [Status.NOT_APPLICABLE]
    assert _report(_labelled(_skies(19, 0)), _labelled(_skies(19, 1)[..., ::-1])).findings == []


def _imagenet(x: NDArray[np.uint8]) -> NDArray[np.float32]:
    mean, std = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    x[:, 0, 0], x[:, 0, 1] = 0, 255
    scaled: NDArray[np.float32] = ((x / 255 - mean) / std).astype(np.float32)
    return scaled


def _balanced(n: int, seed: int) -> NDArray[np.uint8]:
    """Return skies whose red and blue differ by little more than the preset's do."""
    x = _skies(n, seed).astype(int)
    x[..., 0] += 8
    near: NDArray[np.uint8] = np.clip(x, 0, 255).astype(np.uint8)
    return near


@pytest.mark.parametrize("make", [_skies, _balanced])
def test_exchanged_before_pixels_were_normalised(make: Any) -> None:
    train = _labelled(_imagenet(make(120, 0)))
    assert _report(train, _labelled(_imagenet(make(60, 1)))).findings == []
    (finding,) = _report(train, _labelled(_imagenet(make(60, 1)[..., ::-1].copy()))).findings
    assert finding.splits == ("test",)


@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_exchanged_in_a_loader_before_pixels_were_normalised(noise: float) -> None:
    pictures = {False: _imagenet(_balanced(120, 0)), True: _imagenet(_balanced(60, 1)[..., ::-1].copy())}

    def build(epoch: int = 0, split: str = "train") -> Any:
        draw = np.random.default_rng(epoch)
        x = pictures[split == "val"]
        order = draw.permutation(len(x)) if split == "train" else np.arange(len(x))
        for rows in np.array_split(order, len(x) // 20):
            fed = x[rows] + (draw.normal(0, noise, (20, 1, 1, 3)) if split == "train" else 0)
            yield fed.astype(np.float32).transpose(0, 3, 1, 2), rows % 2

    (finding,) = audit_batches(build, select=["IMG105"], jobs=1).findings
    assert finding.splits == ("val",)
