"""What importing and loading cost: libraries arrive with the data that needs them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np

HEAVY = ("pandas", "pyarrow", "PIL", "polars", "openpyxl", "sklearn", "torch")


def loaded_after(statement: str, cwd: Path) -> set[str]:
    """Return which heavy libraries a fresh Python holds after a statement."""
    code = f"import json, sys; {statement}; print(json.dumps([m for m in {HEAVY!r} if m in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=cwd)
    return set(json.loads(done.stdout))


def test_importing_the_loaders_brings_nothing(repository: Path) -> None:
    assert loaded_after("import dataaudit.loaders", repository) == set()


def test_arrays_need_numpy_alone(repository: Path) -> None:
    read = "[c.numbers for c in load((np.eye(3), np.arange(3))).sources['train'].chunks()]"
    statement = f"import numpy as np; from dataaudit.loaders import load; {read}"
    assert loaded_after(statement, repository) == set()


def test_npz_files_need_numpy_alone(repository: Path, tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", X=np.eye(2), y=[0, 1])
    statement = f"from dataaudit.loaders import load; load({str(tmp_path / 'a.npz')!r})"
    assert loaded_after(statement, repository) == set()


def test_csv_files_need_no_pandas(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a\n1\n")
    statement = f"from dataaudit.loaders import load; load({str(tmp_path / 'a.csv')!r})"
    assert loaded_after(statement, repository) <= {"pyarrow"}
