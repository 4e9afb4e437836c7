"""`dataaudit check --transformer`: run as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path

import joblib
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from tests.build import table
from tests.conftest import Run

COLUMNS = ["age", "income", "rooms"]


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, ...]:
    """Write two splits, and return them as arguments."""
    for name, seed, n in (("train", 1, 200), ("test", 2, 60)):
        table(n, seed).to_csv(tmp_path / f"{name}.csv", index=False)
    return (str(tmp_path / "train.csv"), "--test", str(tmp_path / "test.csv"), "--target", "y", "--select", "LEA108")


def _save(folder: Path, names: tuple[str, ...], suffix: str) -> str:
    rows = pd.concat([pd.read_csv(folder / f"{name}.csv") for name in names])
    fitted = make_pipeline(StandardScaler(), MinMaxScaler()).fit(rows[COLUMNS])
    path = folder / f"model{suffix}"
    if suffix == ".skops":
        pytest.importorskip("skops.io").dump(fitted, path)
    else:
        joblib.dump(fitted, path)
    return str(path)


@pytest.mark.parametrize("suffix", [".skops", ".joblib"])
def test_leaky_and_honest(dataaudit: Run, tmp_path: Path, files: tuple[str, ...], suffix: str) -> None:
    trust = () if suffix == ".skops" else ("--unsafe-load",)
    for names, status in ((("train",), 0), (("train", "test"), 1)):
        model = _save(tmp_path, names, suffix)
        result = dataaudit("check", *files, "--transformer", model, *trust, "--format", "json")
        assert (result.returncode, result.stderr) == (status, "")
        document = json.loads(result.stdout)
        assert [f["columns"] for f in document["findings"]] == [COLUMNS, COLUMNS] * (status == 1)
        assert document["provenance"]["config"]["transformer"] == "Pipeline"


def test_a_pickle_is_refused_in_one_line(dataaudit: Run, tmp_path: Path, files: tuple[str, ...]) -> None:
    model = _save(tmp_path, ("train",), ".joblib")
    result = dataaudit("check", *files, "--transformer", model)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == (
        f"error: {model}: loading a joblib or pickle file runs whatever code it holds, so it is not loaded unasked.\n"
        "  If you trust its origin, add --unsafe-load (unsafe_load=True); or save it with skops.io.dump, "
        "which runs no code.\n"
    )


def test_a_bad_file_is_one_line(dataaudit: Run, tmp_path: Path, files: tuple[str, ...]) -> None:
    (tmp_path / "bad.joblib").write_bytes(b"no model")
    result = dataaudit("check", *files, "--transformer", str(tmp_path / "bad.joblib"), "--unsafe-load")
    assert result.returncode == 2
    assert result.stderr.startswith(f"error: {tmp_path}/bad.joblib: not a readable joblib or pickle file (")
    assert "Traceback" not in result.stderr


def test_the_transformer_is_not_overwritten(dataaudit: Run, tmp_path: Path, files: tuple[str, ...]) -> None:
    model = _save(tmp_path, ("train",), ".joblib")
    result = dataaudit("check", *files, "--transformer", model, "--unsafe-load", "--html", model)
    assert result.returncode == 2
    assert "would overwrite the data" in result.stderr
