"""Delimited text: values, dialects, faults named by line, and where rows stand."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dataaudit.errors import NothingReadError, SourceError
from dataaudit.loaders import load
from dataaudit.model import Location, Stage, Storage
from tests.loaders.reading import cells, only


def write(folder: Path, text: str | bytes, name: str = "train.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


# ---------------------------------------------------------------- values

HOSTILE = st.text(st.sampled_from(list("ab,;\t|\"'\n <=é漢\\#")), max_size=6)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(HOSTILE, HOSTILE), min_size=1, max_size=12), st.sampled_from(["\n", "\r\n"]))
def test_hostile_quoting_keeps_values_and_lines(tmp_path: Path, rows: list[tuple[str, str]], end: str) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerow(["first", "second"])
    lines = []
    for row in rows:
        lines.append(out.getvalue().count("\n") + 1)
        writer.writerow(["x" + row[0], "x" + row[1]])
    path = write(tmp_path, out.getvalue())
    dataset = load(path)
    assert only(dataset) == {"first": ["x" + a for a, _ in rows], "second": ["x" + b for _, b in rows]}
    found = dataset.sources["train"].locate(range(len(rows)))
    assert found == [Location(path.as_posix(), line) for line in lines]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.one_of(st.none(), st.floats(allow_nan=False)), min_size=1).filter(
        lambda v: any(x is not None for x in v)
    )
)
def test_floats_survive_the_round_trip(tmp_path: Path, values: list[float | None]) -> None:
    text = "k,v\n" + "".join(f"{i},{'' if v is None else repr(v)}\n" for i, v in enumerate(values))
    assert only(load(write(tmp_path, text)))["v"] == values


@pytest.mark.parametrize(
    ("cells_in", "storage", "expected"),
    [
        (["1", "", "3"], Storage.INTEGER, [1.0, None, 3.0]),
        (["1", "NA", "null", "3"], Storage.INTEGER, [1.0, None, None, 3.0]),
        (["1.5", "nan", "N/A"], Storage.FLOAT, [1.5, None, None]),
        (["inf", "-inf", "1"], Storage.FLOAT, [float("inf"), float("-inf"), 1.0]),
        (["1", "?", "3"], Storage.TEXT, ["1", "?", "3"]),
        (["NA", "", "DE"], Storage.TEXT, ["NA", None, "DE"]),
        (["", '""', "x"], Storage.TEXT, [None, None, "x"]),
        (["true", "False", ""], Storage.BOOLEAN, [1.0, 0.0, None]),
        (["1970-01-02", ""], Storage.DATETIME, [86400.0, None]),
        (["1970-01-01 00:01:00"], Storage.DATETIME, [60.0]),
        (["00:01:30"], Storage.FLOAT, [90.0]),
        (["", ""], Storage.FLOAT, [None, None]),
        (["1,5"], Storage.TEXT, ["1,5"]),
        (["<script>alert(1)</script>", "=cmd()"], Storage.TEXT, ["<script>alert(1)</script>", "=cmd()"]),
        (["99999999999999999999"], Storage.FLOAT, [1e20]),
    ],
)
def test_types_are_found_over_the_whole_column(
    tmp_path: Path, cells_in: list[str], storage: Storage, expected: list[Any]
) -> None:
    quoted = [f'"{c}"' if "," in c else c for c in cells_in]
    dataset = load(write(tmp_path, "k,c\n" + "".join(f"{i},{c}\n" for i, c in enumerate(quoted))))
    assert dataset.schema.columns[1].storage is storage
    assert only(dataset)["c"] == expected
    assert dataset.stage is Stage.RAW
    assert dataset.kind == "table"


def test_a_word_far_down_makes_the_column_text(tmp_path: Path) -> None:
    rows = [str(i) for i in range(300_000)]
    rows[-1] = "many"
    source = load(write(tmp_path, "c,d\n" + "".join(f"{v},{i}\n" for i, v in enumerate(rows)))).sources["train"]
    assert source.schema.columns[0].storage is Storage.TEXT
    last = list(source.chunks())[-1].codes["c"]
    assert last.values[last.indices[-1]] == "many"


@pytest.mark.parametrize("length", [140_000, 5_000_000])
def test_a_cell_longer_than_a_block(tmp_path: Path, length: int) -> None:
    path = write(tmp_path, f"a,b\n1,{'x' * length}\n2,y\n\n3,z\n")
    dataset = load(path)
    assert only(dataset)["b"] == ["x" * length, "y", "z"]
    assert [place.line for place in dataset.sources["train"].locate([2])] == [5]


def test_blank_lines_before_the_header(tmp_path: Path) -> None:
    dataset = load(write(tmp_path, "\n\na,b\n1,2\n"))
    assert only(dataset) == {"a": [1.0], "b": [2.0]}
    assert dataset.sources["train"].locate([0])[0].line == 4


def test_a_header_over_two_lines(tmp_path: Path) -> None:
    assert only(load(write(tmp_path, '"a\nx",b\n1,2\n3,4\n'))) == {"a\nx": [1.0, 3.0], "b": [2.0, 4.0]}


def test_one_row_one_column(tmp_path: Path) -> None:
    assert only(load(write(tmp_path, "a\n7"))) == {"a": [7.0]}


def test_names_that_a_page_or_a_sheet_would_run(tmp_path: Path) -> None:
    dataset = load(write(tmp_path, '<script>,"=cmd()"\n1,2\n'), target="=cmd()")
    assert dataset.schema.features == ("<script>",)


# ---------------------------------------------------------------- dialects


@pytest.mark.parametrize(("delimiter", "word"), [(",", None), (";", "semicolon"), ("\t", "tab"), ("|", "bar")])
def test_the_delimiter_is_found_with_quotes_honoured(tmp_path: Path, delimiter: str, word: str | None) -> None:
    text = 'a,b,c\n1,"x;y|z\t",2.5\n3,w,4.5\n'.replace(",", delimiter)
    path = write(tmp_path, text, "train.txt")
    dataset = load(path)
    assert list(only(dataset)) == ["a", "b", "c"]
    assert dataset.notes == (() if word is None else (f"{path}: delimiter {word} found.",))


def test_a_comma_in_text_does_not_beat_the_true_delimiter(tmp_path: Path) -> None:
    assert only(load(write(tmp_path, "a;b\nx, y;1\nz;2\n"))) == {"a": ["x, y", "z"], "b": [1.0, 2.0]}


def test_decimal_commas(tmp_path: Path) -> None:
    path = write(tmp_path, "a;b\n1,5;x\n-2,25;y\n")
    dataset = load(path)
    assert only(dataset) == {"a": [1.5, -2.25], "b": ["x", "y"]}
    assert dataset.notes[1] == f"{path}: numbers are written with a decimal comma."


def test_decimal_points_beside_lists_with_commas_stay(tmp_path: Path) -> None:
    assert only(load(write(tmp_path, "a;b\n1.5;1,2\n2.5;3,4\n"))) == {"a": [1.5, 2.5], "b": ["1,2", "3,4"]}


@pytest.mark.parametrize(
    ("encoding", "found"),
    [("utf-8", None), ("utf-8-sig", "utf-8-sig"), ("utf-16", "utf-16"), ("utf-32", "utf-32"), ("cp1252", "cp1252")],
)
def test_the_encoding_is_found(tmp_path: Path, encoding: str, found: str | None) -> None:
    path = write(tmp_path, "naïve,b\nGöteborg €,1\nx,2\n".encode(encoding))
    dataset = load(path)
    assert only(dataset) == {"naïve": ["Göteborg €", "x"], "b": [1.0, 2.0]}
    assert dataset.notes == (() if found is None else (f"{path}: encoding {found} found.",))
    assert [place.line for place in dataset.sources["train"].locate([1])] == [3]


def test_latin_1_where_windows_1252_has_no_letter(tmp_path: Path) -> None:
    assert only(load(write(tmp_path, b"a,b\n\x81\xe9,1\n"))) == {"a": ["\x81é"], "b": [1.0]}


def test_bytes_that_are_not_utf_8_far_down(tmp_path: Path) -> None:
    path = write(tmp_path, b"a,b\n" + b"x,1\n" * 700_000 + b"caf\xe9,2\n")
    dataset = load(path)
    assert dataset.notes == (f"{path}: encoding cp1252 found.",)
    last = list(dataset.sources["train"].chunks())[-1].codes["a"]
    assert last.values[last.indices[-1]] == "café"


@pytest.mark.parametrize(("suffix", "pack"), [(".gz", gzip.compress), (".bz2", bz2.compress)])
def test_packed_files(tmp_path: Path, suffix: str, pack: Any) -> None:
    dataset = load(write(tmp_path, pack(b"a,b\n1,x\n\n2,y\n"), f"wine.csv{suffix}"))
    assert only(dataset) == {"a": [1.0, 2.0], "b": ["x", "y"]}
    assert dataset.name == "wine"
    assert [place.line for place in dataset.sources["train"].locate([0, 1])] == [2, 4]


def test_a_broken_gzip_file(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="compressed file is broken"):
        load(write(tmp_path, gzip.compress(b"a,b\n1,2\n")[:-12], "a.csv.gz"))


def test_a_header_of_numbers_is_noted(tmp_path: Path) -> None:
    path = write(tmp_path, "1.0,2.0\n3,4\n")
    assert load(path).notes == (f"{path}: the first line holds only numbers; it is taken as the header.",)


def test_a_nameless_column_gets_a_name(tmp_path: Path) -> None:
    path = write(tmp_path, ",a\n0,5\n1,6\n")
    dataset = load(path)
    assert only(dataset) == {"column 1": [0.0, 1.0], "a": [5.0, 6.0]}
    assert "names no column at position 1" in dataset.notes[0]


# ---------------------------------------------------------------- faults


@pytest.mark.parametrize(
    ("text", "line", "found", "expected"),
    [
        ("a,b\n1,2\n3,4,5\n", 3, "3 fields", 2),
        ("a,b\n1,2\n3\n", 3, "1 field", 2),
        ('a,b\n"x\ny",2\n\n3,4,5\n', 5, "3 fields", 2),
        ("a;b\n1;2\n1;2\n1;2\n1;2\n3;4;5\n", 6, "3 fields", 2),
    ],
)
def test_ragged_lines_are_named(tmp_path: Path, text: str, line: int, found: str, expected: int) -> None:
    path = write(tmp_path, text)
    with pytest.raises(SourceError) as caught:
        load(path)
    assert caught.value.message == f"{path}:{line}: {found}, expected {expected}."
    assert caught.value.hint is not None


@pytest.mark.parametrize("text", [b"", b"\n\n", b"\xef\xbb\xbf", b"  \n", b"\xff\xfe", b"\xff\xfe\n\0"])
def test_an_empty_file(tmp_path: Path, text: bytes) -> None:
    path = write(tmp_path, text)
    with pytest.raises(NothingReadError, match="the file is empty"):
        load(path)


@pytest.mark.parametrize("text", ["a,b\n", "a,b", "a,b\n\n\n"])
def test_a_header_without_rows(tmp_path: Path, text: str) -> None:
    with pytest.raises(NothingReadError, match="a header and no rows"):
        load(write(tmp_path, text))


def test_duplicate_columns_are_named_with_positions(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"'a' is the name of columns 1, 3\."):
        load(write(tmp_path, "a,b,a\n1,2,3\n"))


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"a,b\n1,\x00\n", "NUL byte at offset 6"),
        (b"PAR1aaaa", "it is a Parquet file"),
        (b"PK\x03\x04aaaa", "it is a zip archive"),
        (b"\x1f\x8baaaa", "it is a gzip file"),
    ],
)
def test_what_is_no_text_is_refused(tmp_path: Path, content: bytes, text: str) -> None:
    with pytest.raises(SourceError, match=text):
        load(write(tmp_path, content))


def test_a_target_that_does_not_exist(tmp_path: Path) -> None:
    path = write(tmp_path, "age,survived\n1,0\n")
    with pytest.raises(SourceError, match="no column 'survivd'") as caught:
        load(path, target="survivd")
    assert caught.value.hint == "Did you mean 'survived'?"


# ---------------------------------------------------------------- splits and lines


def test_files_as_splits(tmp_path: Path) -> None:
    train = write(tmp_path, "a,y\n1,x\n")
    val = write(tmp_path, "y,a\nz,2\n", "val.csv")
    test = write(tmp_path, "a\n3\n", "test.csv")
    dataset = load(train, val, test, target="y")
    assert dataset.roles == {"train": "train", "validation": "validation", "test": "test"}
    assert cells(dataset.sources["validation"]) == {"a": [2.0], "y": ["z"]}
    assert cells(dataset.sources["test"]) == {"a": [3.0], "y": [None]}
    assert dataset.name == tmp_path.name


def test_a_column_that_is_text_in_one_file_is_spelled_as_in_the_others(tmp_path: Path) -> None:
    train = write(tmp_path, "Aa,b\n1.50,x\n?,y\n")
    test = write(tmp_path, "Aa,b\n1.50,x\n007,y\n", "test.csv")
    dataset = load(train, test=test)
    assert cells(dataset.sources["test"])["Aa"] == ["1.50", "007"]
    assert dataset.notes == (
        "Column 'Aa' differs between splits (string in 'train', float64 in 'test'): it is read as text.",
    )


def test_a_folder_of_split_tables(tmp_path: Path) -> None:
    write(tmp_path, "a\n3\n", "Test.csv")
    write(tmp_path, "a\n1\n", "train.csv")
    write(tmp_path, "a\n2\n", "val.csv")
    write(tmp_path, "words", "LICENSE")
    dataset = load(tmp_path)
    assert dataset.roles == {"train": "train", "val": "validation", "Test": "test"}
    assert [cells(s)["a"] for s in dataset.sources.values()] == [[1.0], [2.0], [3.0]]
    assert dataset.notes == (f"{tmp_path}: not read beside the tables of the splits: 'LICENSE'.",)


def test_a_folder_of_other_tables(tmp_path: Path) -> None:
    write(tmp_path, "a\n3\n", "one.csv")
    with pytest.raises(SourceError, match=r"a folder of tables \('one\.csv'\), expected one file"):
        load(tmp_path)


def test_a_file_and_a_frame_are_splits_of_one_data_set(tmp_path: Path) -> None:
    dataset = load(write(tmp_path, "a,b\n1,x\n"), test=pd.DataFrame({"b": ["y"], "a": [2]}))
    assert cells(dataset.sources["test"]) == {"a": [2.0], "b": ["y"]}
    with pytest.raises(SourceError, match="train is given as table, test as array"):
        load(tmp_path / "train.csv", test=[[1, 2]])


def test_different_columns(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"'b' is in 'train' only; 'c' is in 'test' only"):
        load(write(tmp_path, "a,b\n1,2\n"), test=write(tmp_path, "a,c\n1,2\n", "test.csv"))


def test_rows_of_a_split_column_keep_their_lines(tmp_path: Path) -> None:
    path = write(tmp_path, 's,t\ntest,"a\nb"\ntrain,c\n\ntest,d\n')
    dataset = load(path, split_column="s")
    assert dataset.sources["test"].locate([0, 1]) == [Location(path.as_posix(), 2), Location(path.as_posix(), 6)]
    assert dataset.sources["train"].locate([0]) == [Location(path.as_posix(), 4)]


def test_lines_of_a_file_that_is_gone_are_not_invented(tmp_path: Path) -> None:
    path = write(tmp_path, "a,b\n1,2\n3,4\n")
    source = load(path).sources["train"]
    path.unlink()
    assert source.locate([1]) == []


def test_lines_with_carriage_returns_alone(tmp_path: Path) -> None:
    dataset = load(write(tmp_path, "a,b\r1,2\r3,4\r"))
    assert only(dataset) == {"a": [1.0, 3.0], "b": [2.0, 4.0]}
    assert [place.line for place in dataset.sources["train"].locate([0, 1])] == [2, 3]


OPEN = "a,b\n" + "".join(f'{i},"x{i}"\n' for i in range(50))


@pytest.mark.parametrize("row", ['50,"cut\n', '"50,x\n', '50,"cut, and ""quoted""\n'])
def test_a_quote_that_is_never_closed_is_named_by_its_line(tmp_path: Path, row: str) -> None:
    path = write(tmp_path, OPEN + row + "".join(f"{i},z\n" for i in range(99)))
    with pytest.raises(SourceError, match=r"train\.csv:52: a quote opens here and is never closed"):
        load(path)


@pytest.mark.parametrize("row", ['50,"two\nlines"\n', '50,"two\nlines"', '50,5" pipe\n', '50,"ends\n"\n'])
def test_a_last_cell_over_two_lines_is_no_open_quote(tmp_path: Path, row: str) -> None:
    assert load(write(tmp_path, OPEN + row)).sources["train"].n_rows == 51
