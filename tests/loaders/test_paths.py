"""Paths: what is not there, and titles."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dataaudit.errors import NothingReadError, SourceError
from dataaudit.loaders import load
from dataaudit.loaders.paths import title_of


def test_a_missing_file_is_met_with_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "titanic.csv").write_text("a\n1\n")
    with pytest.raises(SourceError, match=r"titanik\.csv: no such file or folder") as caught:
        load(tmp_path / "titanik.csv")
    assert caught.value.hint == f"Did you mean {str(tmp_path / 'titanic.csv')!r}?"


def test_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="does not exist either"):
        load(tmp_path / "nowhere" / "a.csv")


@pytest.mark.parametrize("name", ["a\0b.csv", "x" * 5000])
def test_a_path_that_cannot_be(name: str) -> None:
    with pytest.raises(SourceError, match="not a usable path"):
        load(name)


@pytest.mark.parametrize("address", ["https://example.org/a.csv", "s3://bucket/a.parquet"])
def test_addresses_are_not_fetched(address: str) -> None:
    with pytest.raises(SourceError, match="an address, expected a file or folder"):
        load(address)


def test_a_link_to_nowhere(tmp_path: Path) -> None:
    (tmp_path / "a.csv").symlink_to(tmp_path / "b.csv")
    (tmp_path / "loop.csv").symlink_to(tmp_path / "loop.csv")
    with pytest.raises(SourceError, match="a link that points nowhere"):
        load(tmp_path / "a.csv")
    with pytest.raises(SourceError, match=r"loop\.csv"):
        load(tmp_path / "loop.csv")


@pytest.mark.parametrize("name", ["a.csv", "a.parquet", "a.npz", "a.npy", "a.jsonl", "a.xlsx", "a.feather", "a.docx"])
def test_a_file_without_bytes(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    with pytest.raises(NothingReadError, match="the file is empty"):
        load(tmp_path / name)


@pytest.mark.parametrize("name", ["a.docx", "a", "a.pkl"])
def test_an_unknown_suffix(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("hello")
    with pytest.raises(SourceError, match="are not read") as caught:
        load(tmp_path / name)
    assert "parquet" in str(caught.value.hint)


@pytest.mark.parametrize("name", ["a.parquet", "a.npz", "a.npy", "a.jsonl", "a.xlsx", "a.feather"])
def test_a_file_that_is_not_what_its_suffix_says(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"not what it seems\n" * 9)
    with pytest.raises(SourceError, match=r"a\.\w+(:1)?: not"):
        load(tmp_path / name)


def test_a_single_picture(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"x")
    with pytest.raises(SourceError, match="a single picture, expected a folder"):
        load(tmp_path / "a.png")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the superuser may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a\n1\n")
    path.chmod(0)
    with pytest.raises(SourceError, match="not allowed to read it"):
        load(path)


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/d/titanic.csv", "titanic"),
        ("/d/wine/train.csv", "wine"),
        ("/d/wine/Train.csv.gz", "wine"),
        ("/d/a.b.csv", "a.b"),
        ("/train.csv", "train"),
    ],
)
def test_titles(path: str, title: str) -> None:
    assert title_of(Path(path)) == title


def test_a_name_given_wins(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a\n1\n")
    assert load(tmp_path / "a.csv", name="mine").name == "mine"
    assert load(str(tmp_path / "a.csv")).name == "a"


def test_an_address_is_told_as_it_was_given() -> None:
    with pytest.raises(SourceError, match=r"^s3://bucket/a\.csv: an address, expected a file or folder"):
        load("s3://bucket/a.csv")


def test_a_home_folder_that_no_shell_wrote_out() -> None:
    with pytest.raises(SourceError, match="~ is the shell's word"):
        load("~/no such folder/a.csv")


def test_a_pipe_is_no_empty_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.csv")
    with pytest.raises(SourceError, match="a pipe or a device, expected a file"):
        load(tmp_path / "x.csv")
