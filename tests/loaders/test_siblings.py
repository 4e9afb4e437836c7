"""Files that are the splits of one data set, told by their names."""

from __future__ import annotations

from pathlib import Path

import pytest

from dataaudit.loaders.siblings import data_sets


def made(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def named(folder: Path, *given: str, alone: bool = False) -> list[dict[str, str]]:
    """Return the data sets with files by their paths below the folder."""
    found = data_sets([folder / name for name in given], alone=alone)
    return [{role: path.relative_to(folder).as_posix() for role, path in group.items()} for group in found]


@pytest.mark.parametrize(
    ("there", "given", "expected"),
    [
        (
            ("train.csv", "val.csv", "test.csv", "notes.csv"),
            ("test.csv",),
            [{"train": "train.csv", "validation": "val.csv", "test": "test.csv"}],
        ),
        (("train.csv", "test.csv"), ("test.csv", "train.csv"), [{"train": "train.csv", "test": "test.csv"}]),
        (
            ("iris-Train.CSV", "iris-test.csv", "wine-test.csv"),
            ("iris-test.csv", "wine-test.csv"),
            [{"train": "iris-Train.CSV", "test": "iris-test.csv"}, {"train": "wine-test.csv"}],
        ),
        (("2024_train_v2.csv", "2024_test_v2.csv"), ("2024_train_v2.csv",), [
            {"train": "2024_train_v2.csv", "test": "2024_test_v2.csv"}]),
        (("train.csv", "test.parquet"), ("train.csv",), [{"train": "train.csv"}]),
        (("train.csv.gz", "test.csv"), ("test.csv",), [{"train": "train.csv.gz", "test": "test.csv"}]),
        (("a/train.csv", "b/test.csv"), ("b/test.csv",), [{"train": "b/test.csv"}]),
        (("data.csv", "more.csv"), ("more.csv", "data.csv"), [{"train": "more.csv"}, {"train": "data.csv"}]),
        (("contest.csv", "trainer.csv"), ("contest.csv",), [{"train": "contest.csv"}]),
        (("train.csv", "test.csv", "train_test.csv"), ("train_test.csv",), [{"train": "train_test.csv"}]),
        (("train.csv", "val.csv", "validation.csv"), ("val.csv",), [{"train": "val.csv"}]),
        (("val.csv", "test.csv"), ("val.csv",), [{"train": "val.csv"}]),
        ((), ("gone.csv", "gone/train.csv"), [{"train": "gone.csv"}, {"train": "gone/train.csv"}]),
    ],
)  # fmt: skip
def test_names_tell_the_splits(
    tmp_path: Path, there: tuple[str, ...], given: tuple[str, ...], expected: list[dict[str, str]]
) -> None:
    assert named(made(tmp_path, *there), *given) == expected


def test_a_folder_is_no_split(tmp_path: Path) -> None:
    made(tmp_path, "test.csv", "train.csv/part.csv")
    assert named(tmp_path, "test.csv") == [{"train": "test.csv"}]


def test_a_file_that_is_gone_has_no_siblings(tmp_path: Path) -> None:
    assert named(made(tmp_path, "train.csv"), "test.csv") == [{"train": "test.csv"}]


def test_each_alone(tmp_path: Path) -> None:
    made(tmp_path, "train.csv", "test.csv")
    assert named(tmp_path, "test.csv", "train.csv", alone=True) == [{"train": "test.csv"}, {"train": "train.csv"}]
    assert named(tmp_path, "test.csv", "test.csv", alone=True) == [{"train": "test.csv"}]
