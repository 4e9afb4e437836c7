"""Files and lines of findings."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataaudit.report.places import Place, places, relative
from tests.report import documents


def located(*lines: int, file: str = "a.csv") -> documents.Document:
    return documents.finding(
        "INP101",
        "error",
        "m",
        locations=[{"file": file, "line": line} for line in lines],
        rows=[line - 2 for line in lines],
    )


def home(**files: str) -> documents.Document:
    document = documents.base()
    document["provenance"]["files"] = files
    return document


def test_lines_that_follow_each_other_are_one_place() -> None:
    finding = located(9, 3, 4, 5, 7)
    assert places(finding, documents.base()) == [Place("a.csv", 3, 5), Place("a.csv", 7, 7), Place("a.csv", 9, 9)]


@given(st.sets(st.integers(1, 60), min_size=1))
def test_places_cover_exactly_the_lines(lines: set[int]) -> None:
    found = places(located(*lines), documents.base())
    covered = [n for place in found for n in range(place.first or 0, (place.last or 0) + 1)]
    assert covered == sorted(lines)
    assert all((b.first or 0) - (a.last or 0) > 1 for a, b in itertools.pairwise(found))


@pytest.mark.parametrize(
    ("finding", "files", "expected"),
    [
        ({"columns": ["age"], "splits": ["train", "test"]}, {"train": "a.csv", "test": "b.csv"}, ["b.csv"]),
        ({"columns": ["age"], "splits": []}, {"train": "a.csv", "test": "b.csv"}, ["a.csv"]),
        (
            {"rows": ["train/cat/1.jpg", "train/dog/2.jpg"]},
            {"train": "set"},
            ["set/train/cat/1.jpg", "set/train/dog/2.jpg"],
        ),
        ({"rows": [4, 5]}, {"train": "a.parquet"}, ["a.parquet"]),
        ({"rows": [4, 5]}, {}, []),
        ({"splits": ["test"]}, {"train": "a.csv"}, ["a.csv"]),
        ({"splits": ["test"], "rows": ["test/cat/1.jpg"]}, {"train": "set"}, ["set"]),
    ],
)
def test_a_finding_without_lines_stands_in_its_file(
    finding: dict[str, Any], files: dict[str, str], expected: list[str]
) -> None:
    found = places(documents.finding("INP101", "error", "m", **finding), home(**files))
    assert found == [Place(path) for path in expected]


def test_a_report_of_an_older_version_names_no_files() -> None:
    assert places(documents.finding("INP101", "error", "m"), documents.base()) == []


def test_paths_are_relative_below_the_working_directory_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = tmp_path / "repo"
    here.mkdir()
    monkeypatch.chdir(here)
    assert relative("data/a.csv") == "data/a.csv"
    assert relative("./data/../b.csv") == "b.csv"
    assert relative(str(here / "data" / "a.csv")) == "data/a.csv"
    assert relative("../a.csv") == (tmp_path / "a.csv").as_posix()
    (tmp_path / "link").symlink_to(here)
    assert relative(str(tmp_path / "link" / "a.csv")) == "a.csv"


@given(st.text(st.characters(codec="utf-8", exclude_characters="/\x00"), min_size=1))
def test_a_uri_names_the_file_and_nothing_else(name: str) -> None:
    uri = Place(f"data/{name}").uri
    parts = urlsplit(uri)
    assert uri.isascii()
    assert (parts.scheme, parts.netloc, parts.query, parts.fragment) == ("", "", "", "")
    assert unquote(parts.path) == f"data/{name}"


def test_a_file_elsewhere_has_a_uri_of_its_own() -> None:
    assert Place("/srv/my data/ä.csv").uri == "file:///srv/my%20data/%C3%A4.csv"
    assert Place("c:odd.csv").uri == "c%3Aodd.csv"  # no scheme
