"""IMG101 against files damaged on purpose."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dataaudit.model import Status
from tests.analyzers.asking import ask
from tests.build import table


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with 5 pictures of noise in each of two classes."""
    rng = np.random.default_rng(0)
    for name in ("cat", "dog"):
        (tmp_path / name).mkdir()
        for i in range(5):
            Image.fromarray(rng.integers(0, 256, (16, 16, 3), dtype=np.uint8)).save(tmp_path / name / f"{i}.png")
    return tmp_path


def test_good_files(folder: Path) -> None:
    answer = ask("IMG101", folder)
    assert (answer.status, answer.measured) == (Status.CLEAN, "10 files decoded to the last pixel")


def test_a_truncated_file(folder: Path) -> None:
    path = folder / "cat" / "2.png"
    path.write_bytes(path.read_bytes()[:200])
    said = ask("IMG101", folder).finding
    assert said.severity == "error"
    assert said.message.startswith("1 picture of 10 cannot be decoded (10 %): ")
    assert (said.rows, said.row_count) == (("cat/2.png",), 1)
    assert said.evidence["table"]["columns"] == ["file", "reason"]
    assert said.evidence["table"]["rows"][0][0] == "cat/2.png"


@pytest.mark.parametrize("content", [b"", b"no picture at all", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0"])
def test_what_no_decoder_takes(folder: Path, content: bytes) -> None:
    (folder / "dog" / "4.png").write_bytes(content)
    assert ask("IMG101", folder).finding.rows == ("dog/4.png",)


def test_reasons_are_counted_in_words_that_a_number_can_stand_before(folder: Path) -> None:
    whole = (folder / "dog" / "4.png").read_bytes()
    for i, content in enumerate((b"", b"<html>", b"<svg/>", whole[:200], whole[:10])):
        (folder / "cat" / f"{i}.png").write_bytes(content)
    spoilt = bytearray(whole)
    spoilt[60] ^= 255
    (folder / "dog" / "0.png").write_bytes(bytes(spoilt))
    assert ask("IMG101", folder).finding.message == (
        "6 pictures of 10 cannot be decoded (60 %): 3 in no known format, 1 empty, 1 truncated and 1 for other reasons"
    )


def test_a_jpeg_cut_in_half(folder: Path) -> None:
    path = folder / "dog" / "9.jpg"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)).save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert ask("IMG101", folder).finding.rows == ("dog/9.jpg",)


def test_a_suffix_of_another_format_is_a_warning(folder: Path) -> None:
    (folder / "cat" / "0.png").rename(folder / "cat" / "0.jpg")
    said = ask("IMG101", folder).finding
    assert (said.severity, said.rows) == ("warning", ("cat/0.jpg",))
    assert said.message == "1 picture has a suffix of another format: cat/0.jpg is PNG"


@pytest.mark.parametrize(
    ("suffix", "mode"), [("jpeg", "RGB"), ("JPG", "L"), ("bmp", "RGB"), ("gif", "P"), ("png", "LA")]
)
def test_formats_and_modes_under_their_own_suffix(folder: Path, suffix: str, mode: str) -> None:
    Image.new(mode, (9, 7)).save(folder / "cat" / f"9.{suffix}")
    assert ask("IMG101", folder).status is Status.CLEAN


def test_the_option_tolerates_a_few(folder: Path) -> None:
    (folder / "cat" / "0.png").write_bytes(b"")
    assert ask("IMG101", folder, options={"allowed": 1}).status is Status.CLEAN


def test_the_list_of_files_is_capped_and_counted_in_full(folder: Path) -> None:
    for i in range(1100):
        (folder / "dog" / f"x{i}.png").write_bytes(b"")
    said = ask("IMG101", folder).finding
    assert said.row_count == 1100
    assert len(said.rows) <= 1000
    assert said.evidence["table"]["total"] == 1100
    assert len(said.evidence["table"]["rows"]) == 200


def test_a_table_has_no_pictures() -> None:
    answer = ask("IMG101", table(30))
    assert (answer.status, answer.reason) == (Status.NOT_APPLICABLE, "the rows are no picture files")
