"""What all tests share."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

REPOSITORY = Path(__file__).resolve().parent.parent

# No deadline: a slow machine is no bug. Derandomised in CI, so that a red build is red again when one looks.
settings.register_profile(
    "house", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=bool(os.environ.get("CI"))
)
settings.load_profile("house")

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def repository() -> Path:
    """Return the root of the repository."""
    return REPOSITORY


@pytest.fixture
def run_python(tmp_path: Path) -> Run:
    """Return a function that runs Python in an empty folder, as a user would, and hands back what it said."""

    def run(
        *arguments: str, cwd: Path = tmp_path, encoding: str = "utf-8", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        known = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "FORCE_COLOR")}
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=cwd,
            env={**known, "PYTHONPATH": str(REPOSITORY), "PYTHONUTF8": "1", **environment},
            capture_output=True,
            encoding=encoding,
            timeout=300,
            check=False,
        )

    return run


@pytest.fixture
def dataaudit(run_python: Run) -> Run:
    """Return a function that runs the command line."""

    def run(*arguments: str, **keywords: object) -> subprocess.CompletedProcess[str]:
        return run_python("-m", "dataaudit", *arguments, **keywords)

    return run
