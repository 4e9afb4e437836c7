"""LEA112: groups that splits share, declared or found, and categories that recur by design."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from dataaudit.analyzers.leakage.file_groups import original_of, source_of
from dataaudit.model import Status
from tests.analyzers.asking import ask
from tests.build import images, table


def visits(n_persons: int = 40, each: int = 6, seed: int = 0, **columns: Any) -> pd.DataFrame:
    """Return rows of persons in random order."""
    data = table(n_persons * each, seed)
    data["patient"] = [f"P{i:03}" for i in np.repeat(np.arange(n_persons), each)]
    return data.assign(**columns).sample(frac=1, random_state=seed).reset_index(drop=True)


def by_rows(data: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    cut = int(0.8 * len(data))
    return data.iloc[:cut].reset_index(drop=True), data.iloc[cut:].reset_index(drop=True)


def by_group(data: pd.DataFrame, name: str = "patient") -> tuple[pd.DataFrame, pd.DataFrame]:
    last = data[name].isin(sorted(data[name].unique())[:10])
    return data[~last].reset_index(drop=True), data[last].reset_index(drop=True)


def test_a_declared_group_is_an_error_with_exactly_its_rows() -> None:
    train, test = by_group(visits())
    test.loc[[3, 17], "patient"] = train.patient[0]
    test.loc[5, "patient"] = None
    finding = ask("LEA112", train, test=test, target="y", group="patient").finding
    assert (finding.severity, finding.columns, finding.rows) == ("error", ("patient",), (3, 17))
    assert finding.splits == ("train", "test")
    assert finding.message.startswith("1 value of 'patient' is in train and in test, of 11 that test has: 2 rows")
    assert finding.evidence["table"]["rows"] == [[train.patient[0], 6, 2]]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 6), min_size=8, max_size=30), st.lists(st.integers(3, 9), min_size=8, max_size=30))
def test_it_finds_what_isin_finds(left: list[int], right: list[int]) -> None:
    train, test = (pd.DataFrame({"g": g, "x": np.arange(len(g)) * 1.5}) for g in (left, right))
    answer = ask("LEA112", train, test=test, group="g")
    rows = np.flatnonzero(test.g.isin(train.g)).tolist()
    assert [list(f.rows) for f in answer.findings] == ([rows] if rows else [])


def test_groups_are_compared_beyond_what_sketches_hold() -> None:
    train = pd.DataFrame({"g": np.arange(50_000), "x": 0.5})
    test = pd.DataFrame({"g": [*range(60_000, 65_000), 41_234], "x": 0.5})
    assert ask("LEA112", train, test=test, group="g").finding.rows == (5000,)


@pytest.mark.parametrize("name", ["patient", "Subject", "user_id", "id"])
def test_an_undeclared_group_is_found(name: str) -> None:
    train, test = by_rows(visits().rename(columns={"patient": name}))
    finding = ask("LEA112", train, test=test, target="y").finding
    assert (finding.severity, finding.columns) == ("warning", (name,))
    assert list(finding.rows) == np.flatnonzero(test[name].isin(train[name])).tolist()


def test_numbers_name_persons_too() -> None:
    data = visits()
    data["subject"] = data.pop("patient").str[1:].astype(int)
    train, test = by_rows(data)
    assert ask("LEA112", train, test=test, target="y").finding.columns == ("subject",)


def test_validation_and_test_by_themselves() -> None:
    train, rest = by_group(visits())
    validation, test = rest.iloc[:30].reset_index(drop=True), rest.iloc[30:].reset_index(drop=True)
    finding = ask("LEA112", train, validation, test, group="patient").finding
    assert (finding.splits, finding.severity) == (("validation", "test"), "warning")
    loud = ask("LEA112", visits(), validation, test, group="patient").loud
    assert [f.splits for f in loud] == [("train", "validation"), ("train", "test")]


@pytest.mark.parametrize(
    "columns",
    [
        pytest.param({}, id="no such column"),
        pytest.param({"store_id": [f"S{i % 30}" for i in range(240)]}, id="stores recur by design"),
        pytest.param({"student": ["yes", "no"] * 120}, id="yes and no"),
        pytest.param({"subject": ["maths", "physics", "art", "music", "history", "chemistry"] * 40}, id="lessons"),
        pytest.param({"session": list(range(6)) * 40}, id="sessions are counted"),
        pytest.param({"patient_age": list(range(60)) * 4}, id="an age"),
        pytest.param({"patient": np.arange(240)}, id="one row each"),
        pytest.param({"subject": np.linspace(0, 1, 240).round(1)}, id="fractions"),
    ],
)
def test_innocent(columns: dict[str, Any]) -> None:
    answer = ask("LEA112", *by_rows(table(240).assign(**columns)), target="y")
    assert answer.findings == ()
    assert answer.status is Status.NOT_APPLICABLE


def test_split_by_group_passes() -> None:
    answer = ask("LEA112", *by_group(visits()), target="y")
    assert answer.measured == "train and validation share 0 values of 'patient'"


def test_rows_numbered_anew_in_each_split_are_no_groups() -> None:
    splits = [table(n, n).assign(id=range(n)) for n in (150, 60)]
    assert ask("LEA112", *splits, target="y").status is Status.NOT_APPLICABLE
    assert ask("LEA112", *splits, target="y", id="id").status is Status.NOT_APPLICABLE


def test_panels_cut_by_time_and_ratings_recur_by_design() -> None:
    data = visits().sort_values("joined").reset_index(drop=True)
    finding = ask("LEA112", *by_rows(data), target="y", time="joined").finding
    assert (finding.severity, "follow each other in time" in finding.message) == ("note", True)
    data = visits(movie_id=np.arange(240) % 50).rename(columns={"patient": "user_id"})
    finding = ask("LEA112", *by_rows(data), target="y").finding
    assert (finding.severity, "'movie_id'" in finding.message) == ("note", True)


def test_one_split_and_empty_splits() -> None:
    assert ask("LEA112", visits(), group="patient").status is Status.NOT_APPLICABLE
    nothing = visits().assign(patient=None)
    assert ask("LEA112", nothing, nothing.head(20), target="y", group="patient").findings == ()


# ---------------------------------------------------------------- files


def folder(place: Path, names: dict[str, list[str]]) -> Path:
    count = sum(map(len, names.values()))
    pixels, _ = images(count, size=8)
    at = iter(pixels)
    for split, files in names.items():
        for i, file in enumerate(files):
            path = place / split / ("cat" if i % 2 else "dog") / file
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(next(at)).save(path)
    return place


def test_patients_in_file_names(tmp_path: Path) -> None:
    train = [f"patient{i // 4:02}_img{i}.png" for i in range(40)]
    test = [f"patient{i // 4:02}_img{i}.png" for i in range(36, 60)]
    finding = ask("LEA112", folder(tmp_path, {"train": train, "test": test})).finding
    assert (finding.severity, finding.row_count, finding.columns) == ("warning", 4, ())
    assert {str(row).rpartition("/")[2] for row in finding.rows} == set(test[:4])


def test_versions_of_one_picture(tmp_path: Path) -> None:
    test = ["002_flip.png", "003_aug1.png", "900.png", "9_1.png", "901_flip.png"]
    finding = ask("LEA112", folder(tmp_path, {"train": [f"{i:03}.png" for i in range(30)], "test": test})).finding
    assert {str(row).rpartition("/")[2] for row in finding.rows} == {"002_flip.png", "003_aug1.png"}
    assert finding.message.startswith("Files of the same original")


@pytest.mark.parametrize("pattern", ["{:04}.png", "img_{:03}.png", "scene{:03}.png", "case_{}.png", "cat ({}).png"])
def test_plain_numbers_are_no_groups(tmp_path: Path, pattern: str) -> None:
    files = {"train": [pattern.format(i) for i in range(30)], "test": [pattern.format(i) for i in range(12)]}
    assert ask("LEA112", folder(tmp_path, files)).findings == ()


@pytest.mark.parametrize("name", ["filename", "image_path"])
def test_files_that_a_column_names(name: str) -> None:
    data = table(200).assign(**{name: [f"scans/patient{i // 5:02}_slice{i}.dcm" for i in range(200)]})
    train, test = data[:152], data[152:]
    finding = ask("LEA112", train, test=test, target="y").finding
    assert (finding.severity, finding.columns, finding.rows) == ("warning", (name,), (0, 1, 2))
    assert finding.evidence["table"]["rows"] == [["scans/patient30", 2, 3]]
    assert ask("LEA112", data[:150], test=data[150:], target="y").findings == ()
    plain = data.assign(**{name: [f"scans/{i}.dcm" for i in range(200)]})
    assert ask("LEA112", plain[:152], test=plain[152:], target="y").findings == ()


def test_what_file_names_say() -> None:
    assert source_of("train/cat/scene004_frame07.png") == source_of("cat/x_Scene004.jpg") == "cat/scene004"
    assert source_of("cat/subject.png") is None
    assert original_of("train/a/7_rot90_flip.png") == "a/7"
    assert original_of("7.png") == "7"
