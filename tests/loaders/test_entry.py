"""The one entry: what is known of the data as a whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from dataaudit.errors import SourceError
from dataaudit.loaders import load
from dataaudit.model import Role
from tests import build


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_each_split_knows_its_file_as_the_user_named_it(folder: Path) -> None:
    for name in ("a.csv", "b.csv"):
        build.table(20).to_csv(name, index=False)
    assert load("a.csv", test=folder / "b.csv").files == {"train": "a.csv", "test": f"{folder.as_posix()}/b.csv"}


def test_splits_of_one_file_share_it(folder: Path) -> None:
    table = build.table(20).assign(part=["train", "val"] * 10)
    table.to_csv("all.csv", index=False)
    assert load("all.csv", split_column="part").files == {"train": "all.csv", "val": "all.csv"}


def test_splits_of_one_folder_share_it(folder: Path) -> None:
    for place in ("train/a", "train/b", "test/a", "test/b"):
        Path("set", place).mkdir(parents=True)
        Image.fromarray(np.full((8, 8), 7, dtype=np.uint8)).save(f"set/{place}/1.png")
    assert load(Path("set")).files == {"train": "set", "test": "set"}


def test_data_in_memory_is_in_no_file(folder: Path) -> None:
    frame = build.table(20)
    frame.to_csv("b.csv", index=False)
    assert load(frame).files == {}
    assert load(frame, test="b.csv").files == {"test": "b.csv"}
    assert load(pd.DataFrame({"x": [1.0, 2.0]})).files == {}


@pytest.mark.parametrize("path", ["", "  "])
def test_an_empty_path_is_not_the_current_folder(folder: Path, path: str) -> None:
    build.table(20).to_csv("train.csv", index=False)
    with pytest.raises(SourceError, match="train: the path is empty"):
        load(path)


def test_a_list_of_files_is_no_column_of_text(folder: Path) -> None:
    for name in ("a.csv", "b.csv"):
        build.table(20).to_csv(name, index=False)
    with pytest.raises(SourceError, match=r"found a list of 2 paths, expected one\.\n  Give one file"):
        load(["a.csv", "b.csv"])
    assert load(["a.csv", "c.csv", "a\0", "x" * 5000]).sources["train"].n_rows == 4


def test_roles_are_found_under_labels_that_are_no_text() -> None:
    table = pd.DataFrame({1.5: [1.0, 2.0], 2: [1, 2], "z": [3, 4]})
    label: Any = 1.5
    roles = {column.name: column.role for column in load(table, group=label, id=2).schema.columns}
    assert roles == {"1.5": Role.GROUP, 2: Role.ID, "z": Role.FEATURE}
