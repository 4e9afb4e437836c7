"""The wheel holds what an installation needs."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

NEEDED = {
    "dataaudit/__init__.py",
    "dataaudit/__main__.py",
    "dataaudit/py.typed",
    "dataaudit/report/schema.json",
    "dataaudit/_sample_data/penguins/train.csv",
    "dataaudit/_sample_data/penguins/LICENSE",
    "dataaudit/_sample_data/penguins_faulty/validation.csv",
    "dataaudit/_sample_data/wine/wine_scaled.npz",
    "dataaudit/_sample_data/digits/digits_images/test/0/00.png",
}


@pytest.mark.wheel
@pytest.mark.skipif(importlib.util.find_spec("hatchling") is None, reason="the build backend is not installed")
def test_the_wheel_is_whole(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path)],
        cwd=REPOSITORY, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        metadata = next(archive.read(name).decode() for name in names if name.endswith("/METADATA"))
        scripts = next(archive.read(name).decode() for name in names if name.endswith("/entry_points.txt"))
    package = REPOSITORY / "dataaudit"
    own = {
        f"dataaudit/{path.relative_to(package).as_posix()}"
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert names >= NEEDED | own
    assert not [name for name in names if name.endswith(".pyc") or name.startswith("tests/")]
    assert "License-Expression: Apache-2.0" in metadata
    assert "dataaudit = dataaudit.cli:main" in scripts
    assert "dataaudit = dataaudit.bridges.pytest_plugin" in scripts
    assert wheel.stat().st_size < 1_500_000
