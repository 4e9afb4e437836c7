"""NRM102: 0..255, and what is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from dataaudit.model import Status
from tests.analyzers.asking import ask
from tests.build import images, table

BYTES = images(40)[0]


@pytest.mark.parametrize(
    "x",
    [
        BYTES,
        BYTES.astype(np.float32),
        BYTES.astype(np.int64),
        np.moveaxis(BYTES, -1, 1).astype(np.float64),
        BYTES * 0.7,
        BYTES.reshape(40, -1),
        BYTES.reshape(40, -1).astype(np.float32),
    ],
    ids=["uint8", "float32", "int64", "channels first", "dimmed", "flat", "flat floats"],
)
def test_bytes_fed_as_they_are(x: Any) -> None:
    said = ask("NRM102", x).finding
    assert said.severity == "error"
    assert said.evidence["min"] == x.min()
    assert said.evidence["max"] == x.max()
    assert said.evidence["mean"] == pytest.approx(float(np.mean(x, dtype=np.float64)))
    assert said.evidence["divided_by_255"][0] == pytest.approx(float(np.mean(x, dtype=np.float64)) / 255)
    assert said.splits == ("train",)


def test_one_split_missed_the_step() -> None:
    said = ask("NRM102", BYTES[:20] / 255, None, BYTES[20:].astype(float)).finding
    assert said.splits == ("test",)
    assert said.message == (
        f"Pixels of test range from 0 to 255 (mean {BYTES[20:].mean():.4g}, std {said.evidence['std']:.4g}); "
        "train is not, where a network expects 0 to 1 or mean 0 and std 1"
    )


def test_all_splits_are_named_together() -> None:
    said = ask("NRM102", BYTES[:20], None, BYTES[20:]).finding
    assert said.splits == ("train", "test")
    assert said.message.startswith("Pixels of all splits range from 0 to 255")


def test_a_raw_array_gets_a_note_that_can_be_switched_off() -> None:
    said = ask("NRM102", BYTES, stage="raw").finding
    assert said.severity == "note"
    assert said.message.endswith(": divide by 255 before feeding")
    assert ask("NRM102", BYTES, stage="raw", options={"note": False}).status is Status.CLEAN


@pytest.mark.parametrize(
    "x",
    [
        BYTES / 255,
        BYTES / 127.5 - 1,
        (BYTES / 255 - 0.45) / 0.22,
        BYTES.astype(np.float64) - 120,
        (BYTES > 127).astype(np.uint8),
        BYTES / 255 / 255,
        load_digits().data,
        load_digits().images[..., None] / 16,
        np.random.default_rng(0).integers(0, 60_000, (40, 64)),
        np.random.default_rng(0).integers(-128, 128, (40, 64)),
    ],
    ids=["unit", "signed", "imagenet", "caffe", "masks", "twice", "digits", "digits/16", "counts", "int8"],
)
def test_other_scales(x: Any) -> None:
    assert ask("NRM102", x).loud == ()


def test_a_folder_gets_the_mean_and_std_of_every_pixel(tmp_path: Path) -> None:
    for i, picture in enumerate(BYTES):
        folder = tmp_path / "train" / "ab"[i % 2]
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(folder / f"{i}.png")
    said = ask("NRM102", tmp_path).finding
    assert said.severity == "note"
    assert said.evidence["pictures"] == 40
    np.testing.assert_allclose(said.evidence["mean"], (BYTES / 255).mean(axis=(0, 1, 2)), atol=1e-6)
    np.testing.assert_allclose(said.evidence["std"], (BYTES / 255).std(axis=(0, 1, 2)), atol=1e-6)


def test_a_table_holds_no_pictures() -> None:
    answer = ask("NRM102", table(50))
    assert (answer.status, answer.reason) == (Status.NOT_APPLICABLE, "the data holds no pictures")
    wide = pd.DataFrame({f"c{i}": np.arange(30) for i in range(63)})
    assert ask("NRM102", wide, stage="model-ready").status is Status.NOT_APPLICABLE
