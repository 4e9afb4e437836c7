"""What the command line says of models: the file of labels, and an embedding of one's own."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_wine

from tests.conftest import Run


@pytest.fixture
def wine(tmp_path: Path) -> set[int]:
    """Write a table of which twelve labels were changed, and return their rows."""
    frame = load_wine(as_frame=True).frame.sample(frac=1.0, random_state=3).reset_index(drop=True)
    wrong = np.random.default_rng(3).choice(len(frame), 12, replace=False)
    frame.loc[wrong, "target"] = (frame.target[wrong] + 1) % 3
    frame.to_csv(tmp_path / "wine.csv", index=False)
    return {int(row) for row in wrong}


def test_the_file_of_labels_lists_rows_with_what_models_suggest(dataaudit: Run, tmp_path: Path, wine: set[int]) -> None:
    ended = dataaudit(
        "check", "wine.csv", "--target", "target", "--select", "LAB106", "--labels-csv", "labels.csv", "--quiet"
    )
    assert (ended.returncode, ended.stdout) == (0, ""), ended.stderr
    with (tmp_path / "labels.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert list(lines[0]) == ["split", "row", "path", "given", "suggested", "strength", "tier", "rule"]
    listed = [int(line["row"]) for line in lines]
    assert len(wine & set(listed)) >= 10
    assert set(listed[:8]) <= wine
    assert all(line["given"] != line["suggested"] for line in lines)


def test_the_file_of_labels_is_not_written_over_the_data(dataaudit: Run, tmp_path: Path, wine: set[int]) -> None:
    before = (tmp_path / "wine.csv").read_bytes()
    ended = dataaudit("check", "wine.csv", "--target", "target", "--labels-csv", "wine.csv")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("error: --labels-csv wine.csv would overwrite the data.")
    assert (tmp_path / "wine.csv").read_bytes() == before


OWN = """
import pathlib
import numpy as np

def colours(pictures):
    pathlib.Path("asked.txt").write_text(str(len(pictures)))
    return np.stack([picture.reshape(-1, 3).mean(axis=0) for picture in pictures])
"""


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Write a folder of pictures whose classes are told by their colour."""
    rng = np.random.default_rng(0)
    for i in range(80):
        x = rng.integers(0, 200, (12, 12, 3), dtype=np.uint8)
        x[..., i % 2] += 50
        path = tmp_path / "photos" / "ab"[i % 2] / f"{i}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(x).save(path)
    return tmp_path


def test_an_embedding_of_ones_own_is_found_where_one_works(dataaudit: Run, pictures: Path) -> None:
    (pictures / "own_embedding.py").write_text(OWN, encoding="utf-8")
    ended = dataaudit(
        "check", "photos", "--embed", "own_embedding:colours", "--select", "LAB106,ASC101", "--format", "json"
    )
    assert ended.returncode == 0, ended.stderr
    assert (pictures / "asked.txt").read_text() != "0"
    config = json.loads(ended.stdout)["provenance"]["config"]
    assert config["embed"] == "own_embedding:colours"


@pytest.mark.parametrize("name", ["own_embedding:there", "json:nothing", "no model of this name"])
def test_an_embedding_that_is_not_there_ends_the_command(dataaudit: Run, pictures: Path, name: str) -> None:
    ended = dataaudit("check", "photos", "--embed", name)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert name in ended.stderr
    assert "Traceback" not in ended.stderr
