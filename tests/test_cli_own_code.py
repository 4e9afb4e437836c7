"""Code of the user that the command line runs: what it prints, and when it leaves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Run

LOADER = """
import sys

import numpy as np

print("training script 1.0")


def build(epoch=0):
    print("building the loader")
    rng = np.random.default_rng(epoch)
    for _ in range(4):
        print("one more batch")
        yield rng.normal(size=(16, 3)), rng.integers(0, 2, 16)


def leaving(epoch=0):
    sys.exit(0)
    yield


if __name__ != "__main__" and "leave" in __name__:
    sys.exit(3)
"""


def test_what_a_loader_prints_is_no_part_of_the_report(tmp_path: Path, dataaudit: Run) -> None:
    (tmp_path / "train.py").write_text(LOADER, encoding="utf-8")
    result = dataaudit("batches", "train.py:build", "--no-probe", "--select", "BAT106", "--format", "json")
    assert json.loads(result.stdout)["schema"] == "dataaudit.report/1"
    assert result.stderr.splitlines()[0] == "training script 1.0"
    assert result.stderr.count("one more batch") == 8


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("train.py:leaving", "train.py:leaving: the loader ended the program (SystemExit: 0)."),
        ("leave.py:build", "leave.py: running it failed: SystemExit: 3"),
    ],
)
def test_a_script_that_leaves_does_not_choose_the_status(
    tmp_path: Path, dataaudit: Run, function: str, expected: str
) -> None:
    for name in ("train.py", "leave.py"):
        (tmp_path / name).write_text(LOADER, encoding="utf-8")
    result = dataaudit("batches", function)
    assert (result.returncode, result.stdout) == (2, "")
    assert f"error: {expected}" in result.stderr
    assert "Traceback" not in result.stderr
