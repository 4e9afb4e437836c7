"""JSON lines and Excel sheets."""

from __future__ import annotations

import datetime as dt
import json
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dataaudit.errors import NothingReadError, SourceError
from dataaudit.loaders import load
from dataaudit.model import Location, Storage
from tests.loaders.reading import only


def lines(folder: Path, *texts: str, name: str = "a.jsonl") -> Path:
    path = folder / name
    path.write_text("".join(f"{t}\n" for t in texts), encoding="utf-8")
    return path


RECORDS = st.lists(
    st.fixed_dictionaries(
        {"n": st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False))},
        optional={
            "t": st.one_of(st.none(), st.text(st.characters(exclude_categories=["Cs"]), max_size=4).map("x".__add__))
        },
    ),
    min_size=1,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(RECORDS, st.booleans())
def test_objects_become_rows(tmp_path: Path, records: list[dict[str, Any]], ascii_only: bool) -> None:
    found = only(load(lines(tmp_path, *(json.dumps(r, ensure_ascii=ascii_only) for r in records))))
    assert found["n"] == [r["n"] for r in records]
    assert found.get("t", [None] * len(records)) == [r.get("t") for r in records]


def test_blank_lines_and_places(tmp_path: Path) -> None:
    path = lines(tmp_path, '{"a": 1}', "", '{"a": 2, "b": "x"}')
    dataset = load(path)
    assert only(dataset) == {"a": [1.0, 2.0], "b": [None, "x"]}
    assert dataset.sources["train"].locate([0, 1]) == [Location(path.as_posix(), 1), Location(path.as_posix(), 3)]


def test_columns_of_several_types_become_text(tmp_path: Path) -> None:
    path = lines(tmp_path, '{"a": 1}', "", '{"a": "x"}', '{"a": NaN}')
    dataset = load(path)
    assert only(dataset) == {"a": ["1", "x", None]}
    assert dataset.notes == (f"{path}: column 'a' mixes text and numbers; it is read as text.",)
    assert dataset.sources["train"].locate([1])[0].line == 3


def test_other_encodings_keep_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes('{"a": "é"}\n\n{"a": 1}\n'.encode("utf-16"))
    dataset = load(path)
    assert only(dataset) == {"a": ["é", "1"]}
    assert [place.line for place in dataset.sources["train"].locate([0, 1])] == [1, 3]


def test_cut_off_characters_are_named_by_line(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes('{"a": 1}\n{"a": 2}\n'.encode("utf-16")[:-1])
    with pytest.raises(SourceError, match=r"a\.jsonl:\d: bytes that are not utf-16"):
        load(path)


@pytest.mark.parametrize(
    ("second", "text"),
    [
        ('{"a": 1', r"a\.jsonl:3: not valid JSON \(Expecting ',' delimiter, column 8\)"),
        ("[1, 2]", r"a\.jsonl:3: found a JSON array, expected an object"),
        ("true", r"a\.jsonl:3: found a JSON truth value, expected an object"),
        ('{"a": [1], "b": 2}', r"column 'a', line 3: found a cell of type list"),
        ('{"a": {"b": 2}}', r"column 'a', line 3: found a cell of type dict"),
    ],
)
def test_faults_are_named_by_line(tmp_path: Path, second: str, text: str) -> None:
    with pytest.raises(SourceError, match=text):
        load(lines(tmp_path, '{"a": 1}', "", second))


def test_nested_columns_are_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="column 'a', row 0: holds values of type list"):
        load(lines(tmp_path, '{"a": [1]}'))


def test_deep_nesting_does_not_end_the_program(tmp_path: Path) -> None:
    with pytest.raises(SourceError):
        load(lines(tmp_path, '{"a": ' + "[" * 100_000))


def test_a_json_array_gets_advice(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="found a JSON array") as caught:
        load(lines(tmp_path, '[{"a": 1}]', name="a.json"))
    assert "lines=True" in str(caught.value.hint)


@pytest.mark.parametrize("content", ["", "{}", "{}\n{}"])
def test_nothing_in_the_file(tmp_path: Path, content: str) -> None:
    with pytest.raises(NothingReadError):
        load(lines(tmp_path, content))


# ---------------------------------------------------------------- Excel


def sheet(folder: Path, *rows: list[Any], more: int = 0) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    for k in range(more):
        book.create_sheet(f"extra {k}")
    path = folder / "a.xlsx"
    book.save(path)
    return path


def test_the_first_sheet_is_read(tmp_path: Path) -> None:
    path = sheet(
        tmp_path,
        ["n", "t", "d", "b", None],
        [1, "x", dt.datetime(1970, 1, 2), True, 5],
        [None, None, None, None, None],
        [2.5, None, dt.datetime(1970, 1, 3), False, None],
        more=2,
    )
    dataset = load(path)
    assert only(dataset) == {
        "n": [1.0, 2.5], "t": ["x", None], "d": [86400.0, 172800.0], "b": [1.0, 0.0], "column 5": [5.0, None],
    }  # fmt: skip
    assert dataset.schema.by_name["d"].storage is Storage.DATETIME
    assert dataset.notes == (f"{path}: only the first sheet, 'Sheet', is read; 2 more are not.",)


def test_duplicate_names_in_a_sheet(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="'a' is the name of columns 1, 2"):
        load(sheet(tmp_path, ["a", "a"], [1, 2]))


@pytest.mark.parametrize("rows", [[], [["a", "b"]]])
def test_a_sheet_without_rows(tmp_path: Path, rows: list[list[Any]]) -> None:
    with pytest.raises(NothingReadError):
        load(sheet(tmp_path, *rows))


def test_a_zip_archive_that_is_no_workbook(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("hello.txt", "hello")
    with pytest.raises(SourceError, match="not a readable Excel workbook"):
        load(tmp_path / "a.xlsx")


def test_a_workbook_that_unpacks_out_of_proportion(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = sheet(tmp_path, ["a"], [1])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("padding", b"\0" * 20_000_000)
    assert only(load(path)) == {"a": [1.0]}
    monkeypatch.setattr("dataaudit.loaders.records._BOMB_BYTES", 1_000_000)
    with pytest.raises(SourceError, match="refused"):
        load(path)


@pytest.mark.parametrize("zone", ["", "Z"])
def test_times_with_fractions_of_a_second_are_times_as_in_a_delimited_file(tmp_path: Path, zone: str) -> None:
    times = [None, "2020-01-01T00:00:00.000", "2020-01-01T01:00:00.250"]
    rows = [json.dumps({"t": time and time + zone, "x": i}) for i, time in enumerate(times)]
    (tmp_path / "a.jsonl").write_text("\n".join(rows), encoding="utf-8")
    (tmp_path / "a.csv").write_text("t,x\n" + "\n".join(f"{(t and t + zone) or ''},{i}" for i, t in enumerate(times)))
    found = load(tmp_path / "a.jsonl")
    assert found.schema.by_name["t"].storage is Storage.DATETIME
    assert only(found)["t"] == only(load(tmp_path / "a.csv"))["t"]
    assert only(found)["t"][:2] == [None, 1577836800.0]
    assert only(found)["t"][2] == pytest.approx(1577840400.25, abs=1e-6)


@pytest.mark.parametrize("last", ["soon", "2020-01-01T00:00:00.000Z", "2020-13-01T00:00:00.000", ""])
def test_text_among_times_with_fractions_leaves_the_column_text(tmp_path: Path, last: str) -> None:
    rows = [json.dumps({"t": time}) for time in ("2020-01-01T00:00:00.000", last)]
    (tmp_path / "a.jsonl").write_text("\n".join(rows), encoding="utf-8")
    assert only(load(tmp_path / "a.jsonl"))["t"] == ["2020-01-01T00:00:00.000", last]
