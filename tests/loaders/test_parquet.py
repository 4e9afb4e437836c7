"""Parquet and Arrow files: streamed, partitioned, damaged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dataaudit.errors import NothingReadError, SourceError
from dataaudit.loaders import load
from dataaudit.model import Storage
from tests.loaders.reading import cells, only
from tests.loaders.test_frame import ROWS, expected_of, table_of


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(ROWS, st.integers(1, 5))
def test_rows_come_back_in_order(tmp_path: Path, rows: list[tuple[Any, ...]], group: int) -> None:
    table = table_of(rows)
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=group)
    assert only(load(tmp_path / "a.parquet")) == expected_of(rows)
    pyarrow.feather.write_feather(table, tmp_path / "a.feather")
    assert only(load(tmp_path / "a.feather")) == expected_of(rows)


def test_an_arrow_stream(tmp_path: Path) -> None:
    table = pa.table({"a": [1, 2]})
    with pa.OSFile(str(tmp_path / "a.arrow"), "wb") as file, pa.ipc.new_stream(file, table.schema) as writer:
        writer.write_table(table)
    assert only(load(tmp_path / "a.arrow")) == {"a": [1.0, 2.0]}


def test_many_row_groups_stream_in_chunks(tmp_path: Path) -> None:
    values = np.arange(400_000)
    pq.write_table(pa.table({"a": values, "t": values.astype(str)}), tmp_path / "a.parquet", row_group_size=50_000)
    source = load(tmp_path / "a.parquet").sources["train"]
    chunks = list(source.chunks())
    assert max(c.n_rows for c in chunks) <= 131072
    assert len(chunks) > 2
    assert np.array_equal(np.concatenate([c.numbers[0] for c in chunks]), values)
    assert source.locate([1]) == []


def test_a_folder_and_its_partitions(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    pq.write_to_dataset(pa.table({"a": [1, 2, 3], "year": [2020, 2021, 2020]}), folder, partition_cols=["year"])
    (folder / "_SUCCESS").touch()
    dataset = load(folder)
    assert only(dataset) == {"a": [1.0, 3.0, 2.0], "year": [2020.0, 2020.0, 2021.0]}
    assert dataset.name == "data"


def test_the_pandas_index_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pd.DataFrame({"a": [1, 2]}, index=[5, 9]).to_parquet(path)
    dataset = load(path)
    assert only(dataset) == {"a": [1.0, 2.0]}
    assert dataset.notes == (f"{path}: the stored pandas index is left out.",)


def test_a_split_column_filters_while_reading(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"a": range(6), "s": ["test", "train", "val"] * 2}), path, row_group_size=2)
    dataset = load(path, split_column="s")
    assert [cells(s)["a"] for s in dataset.sources.values()] == [[1.0, 4.0], [2.0, 5.0], [0.0, 3.0]]
    assert [s.n_rows for s in dataset.sources.values()] == [2, 2, 2]


def test_a_row_without_a_split(tmp_path: Path) -> None:
    pq.write_table(pa.table({"s": ["train", "train", None]}), tmp_path / "a.parquet")
    with pytest.raises(SourceError, match="column 's' is empty in row 2"):
        load(tmp_path / "a.parquet", split_column="s")


def test_splits_are_stored_alike(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": ["x"], "b": [1], "y": [0]}), tmp_path / "train.parquet")
    pq.write_table(pa.table({"b": [1.5], "a": [7]}), tmp_path / "test.parquet")
    dataset = load(tmp_path / "train.parquet", test=tmp_path / "test.parquet", target="y")
    assert [c.storage for c in dataset.schema.columns] == [Storage.TEXT, Storage.FLOAT, Storage.INTEGER]
    assert cells(dataset.sources["test"]) == {"a": ["7"], "b": [1.5], "y": [None]}


def test_nested_columns_are_named(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [[1]]}), tmp_path / "a.parquet")
    with pytest.raises(SourceError, match="column 'a' holds values of type list"):
        load(tmp_path / "a.parquet")


def test_no_rows(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": pa.array([], pa.int64())}), tmp_path / "a.parquet")
    with pytest.raises(NothingReadError, match="no rows"):
        load(tmp_path / "a.parquet")


def test_a_file_that_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"a": np.arange(10_000)}), path)
    path.write_bytes(path.read_bytes()[:5_000])
    with pytest.raises(SourceError, match="not a readable Parquet file"):
        load(path)


def test_a_file_that_is_damaged_inside(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"a": np.arange(10_000.0)}), path, compression="zstd", use_dictionary=False)
    content = bytearray(path.read_bytes())
    content[60:2_000] = b"\xff" * 1_940
    path.write_bytes(bytes(content))
    source = load(path).sources["train"]
    with pytest.raises(SourceError, match=r"cannot be read after row 0"):
        list(source.chunks())


def test_duplicate_names(tmp_path: Path) -> None:
    table = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"])
    pq.write_table(table, tmp_path / "a.parquet")
    with pytest.raises(SourceError, match="'a' is the name of columns 1, 2"):
        load(tmp_path / "a.parquet")


def test_files_of_a_folder_may_lack_columns_and_widen_numbers(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1, 2]}), tmp_path / "1.parquet")
    pq.write_table(pa.table({"b": ["x"], "a": [1.5]}), tmp_path / "2.parquet")
    pq.write_table(pa.table({"a": pa.nulls(1)}), tmp_path / "3.parquet")
    dataset = load(tmp_path)
    assert dataset.schema.by_name["a"].storage is Storage.FLOAT
    assert only(dataset) == {"a": [1.0, 2.0, 1.5, None], "b": [None, None, "x", None]}


def test_files_that_disagree_are_named(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1]}), tmp_path / "1.parquet")
    pq.write_table(pa.table({"a": ["x"]}), tmp_path / "2.parquet")
    with pytest.raises(
        SourceError, match=r"2\.parquet: column 'a' is of type string, and of type int64 in other files"
    ):
        load(tmp_path)


def test_a_partition_may_name_the_splits(tmp_path: Path) -> None:
    pq.write_to_dataset(pa.table({"a": [1, 2, 3], "s": ["test", "train", "test"]}), tmp_path, partition_cols=["s"])
    dataset = load(tmp_path, split_column="s")
    assert {split: cells(s) for split, s in dataset.sources.items()} == {
        "train": {"a": [2.0], "s": ["train"]},
        "test": {"a": [1.0, 3.0], "s": ["test", "test"]},
    }


def test_files_named_as_splits_are_splits_not_pieces(tmp_path: Path) -> None:
    for k, name in enumerate(["train", "test"]):
        pq.write_table(pa.table({"a": [k]}), tmp_path / f"{name}.parquet")
    dataset = load(tmp_path)
    assert {split: cells(s)["a"] for split, s in dataset.sources.items()} == {"train": [0.0], "test": [1.0]}


def test_the_broken_file_of_a_folder_is_named(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        pq.write_table(pa.table({"x": [1.0, 2.0]}), tmp_path / f"{name}.parquet")
    whole = (tmp_path / "b.parquet").read_bytes()
    (tmp_path / "b.parquet").write_bytes(whole[:-8])
    with pytest.raises(SourceError, match=r"/b\.parquet: not a readable Parquet file"):
        load(tmp_path)


def test_a_long_type_is_cut_in_the_message(tmp_path: Path) -> None:
    nested = pa.array([{f"field{i}": 1.0 for i in range(500)}])
    pq.write_table(pa.table({"x": nested}), tmp_path / "x.parquet")
    with pytest.raises(SourceError, match=r"column 'x' holds values of type struct<.{50}\.\.\., expected") as refused:
        load(tmp_path / "x.parquet")
    assert len(refused.value.message) < 300
