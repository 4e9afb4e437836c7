"""`dataaudit batches` with loaders that fail or feed a fault, run as a user runs it."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import Run

SPOILT = """
import numpy as np


def failing(epoch=0, split="train"):
    for number in range(4):
        if number == 2 and split == "val":
            raise ValueError("label file ends at line 31\\nlooked for line 32")
        yield np.zeros((8, 3)), np.arange(8) % 2


def nan(epoch=0):
    x = np.random.default_rng(epoch).normal(size=(64, 3))
    x[21, 1] = np.nan
    return [(x[i : i + 16], np.arange(16) % 2) for i in range(0, 64, 16)]
"""


def test_a_loader_that_fails_is_two_lines_and_status_two(tmp_path: Path, dataaudit: Run) -> None:
    (tmp_path / "train.py").write_text(SPOILT, encoding="utf-8")
    result = dataaudit("batches", f"{tmp_path}/train.py:failing", "--html", f"{tmp_path}/out.html")
    assert (result.returncode, result.stdout) == (2, "")
    said, hint = result.stderr.splitlines()
    assert said == (
        "error: val loader, epoch 0, batch 2: the loader failed: ValueError: label file ends at line 31 looked for "
        "line 32"
    )
    assert hint == "  Ask the loader for this batch alone; --debug shows the traceback."
    assert [path.name for path in tmp_path.glob("out*")] == []


def test_debug_shows_where_it_failed(tmp_path: Path, dataaudit: Run) -> None:
    (tmp_path / "train.py").write_text(SPOILT, encoding="utf-8")
    result = dataaudit("batches", f"{tmp_path}/train.py:failing", "--debug")
    assert result.returncode == 2
    assert "in failing" in result.stderr


def test_a_nan_fails_the_run_and_names_its_place(tmp_path: Path, dataaudit: Run) -> None:
    (tmp_path / "train.py").write_text(SPOILT, encoding="utf-8")
    result = dataaudit("batches", f"{tmp_path}/train.py:nan", "--select", "BAT110", "--no-probe")
    assert (result.returncode, result.stderr) == (1, "")
    told = " ".join(result.stdout.split())
    assert "2 NaN in the inputs of train: row 5 of batch 1 of epoch 0, column 1" in told
