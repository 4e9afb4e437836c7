"""Frames: pandas in all its types, polars, Arrow, and scikit-learn's Bunch."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataaudit.errors import NothingReadError, SourceError
from dataaudit.loaders import load
from dataaudit.model import Role, Stage, Storage
from tests.loaders.reading import cells, only, plain

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
ROWS = st.lists(
    st.tuples(
        st.one_of(st.none(), st.floats(allow_nan=False)),
        st.one_of(st.none(), st.integers(-(2**53), 2**53)),
        st.one_of(st.none(), st.booleans()),
        st.one_of(st.none(), ANY_TEXT),
        st.one_of(st.none(), st.datetimes(dt.datetime(1800, 1, 1), dt.datetime(2200, 1, 1))),
    ),
    min_size=1,
    max_size=20,
)
SCHEMA = pa.schema(
    [("f", pa.float64()), ("i", pa.int64()), ("b", pa.bool_()), ("t", pa.string()), ("d", pa.timestamp("us"))]
)


def seconds(value: dt.datetime | None) -> float | None:
    return None if value is None else (value - dt.datetime(1970, 1, 1)) // dt.timedelta(microseconds=1) / 1e6


def table_of(rows: list[tuple[Any, ...]]) -> pa.Table:
    return pa.table([list(column) for column in zip(*rows, strict=True)], schema=SCHEMA)


def expected_of(rows: list[tuple[Any, ...]]) -> dict[Any, Any]:
    f, i, b, t, d = zip(*rows, strict=True)
    return {"f": plain(f), "i": plain(i), "b": plain(b), "t": list(t), "d": [seconds(v) for v in d]}


@given(ROWS)
def test_arrow_polars_and_arrow_backed_pandas_give_their_cells(rows: list[tuple[Any, ...]]) -> None:
    table = table_of(rows)
    expected = expected_of(rows)
    assert only(load(table)) == expected
    assert only(load(pl.from_arrow(table))) == expected
    assert only(load(table.to_pandas(types_mapper=pd.ArrowDtype))) == expected


@given(ROWS)
def test_pandas_gives_its_cells(rows: list[tuple[Any, ...]]) -> None:
    frame = pd.DataFrame(
        {
            "f": pd.Series([r[0] for r in rows], dtype="float64"),
            "i": pd.Series([r[1] for r in rows], dtype="Int64"),
            "b": pd.Series([r[2] for r in rows], dtype="boolean"),
            "t": pd.Series([r[3] for r in rows], dtype="object"),
            "d": pd.Series([r[4] for r in rows], dtype="datetime64[us]"),
        }
    )
    before = frame.copy(deep=True)
    assert only(load(frame)) == expected_of(rows)
    pd.testing.assert_frame_equal(frame, before)


@given(ROWS, st.integers(1, 4))
def test_arrow_in_pieces_reads_as_one(rows: list[tuple[Any, ...]], size: int) -> None:
    table = table_of(rows)
    pieces = pa.concat_tables([table.slice(k, size) for k in range(0, len(rows), size)])
    assert only(load(pieces)) == expected_of(rows)


@pytest.mark.parametrize(
    ("series", "storage", "expected"),
    [
        (pd.Series([1, 2], dtype="category"), Storage.CATEGORY, ["1", "2"]),
        (pd.Series(["b", None, "b"], dtype=pd.CategoricalDtype(["a", "b"])), Storage.CATEGORY, ["b", None, "b"]),
        (pd.Series(["x", None], dtype="str"), Storage.TEXT, ["x", None]),
        (pd.Series(["x", None], dtype="string"), Storage.TEXT, ["x", None]),
        (pd.Series(["1", ""]), Storage.TEXT, ["1", ""]),
        (pd.Series([1, None], dtype="UInt8"), Storage.INTEGER, [1.0, None]),
        (pd.Series([1.5, None], dtype="Float32"), Storage.FLOAT, [1.5, None]),
        (pd.Series([True, None], dtype="object"), Storage.BOOLEAN, [1.0, None]),
        (pd.Series([1, None], dtype="object"), Storage.INTEGER, [1.0, None]),
        (pd.Series([1, 2.5, pd.NA], dtype="object"), Storage.FLOAT, [1.0, 2.5, None]),
        (pd.Series([Decimal("1.5"), None], dtype="object"), Storage.FLOAT, [1.5, None]),
        (pd.Series([10**30, 1], dtype="object"), Storage.FLOAT, [1e30, 1.0]),
        (pd.Series([10**400, -(10**400)], dtype="object"), Storage.FLOAT, [float("inf"), float("-inf")]),
        (pd.Series([None, pd.NaT], dtype="object"), Storage.FLOAT, [None, None]),
        (pd.Series(pd.to_datetime(["1970-01-02", "NaT"])), Storage.DATETIME, [86400.0, None]),
        (pd.Series(pd.to_datetime(["1970-01-02"]).tz_localize("Asia/Tokyo")), Storage.DATETIME, [54000.0]),
        (pd.Series(pd.to_timedelta(["1min", None])), Storage.FLOAT, [60.0, None]),
        (pd.Series(pd.period_range("1970-02", periods=1, freq="M")), Storage.DATETIME, [31 * 86400.0]),
        (pd.Series([dt.date(1970, 1, 2), None], dtype="object"), Storage.DATETIME, [86400.0, None]),
        (pd.Series([dt.time(0, 1), None], dtype="object"), Storage.FLOAT, [60.0, None]),
        (pd.Series([np.datetime64("1970-01-02"), None], dtype="object"), Storage.DATETIME, [86400.0, None]),
        (pd.Series([UUID(int=1)], dtype="object"), Storage.TEXT, ["00000000-0000-0000-0000-000000000001"]),
        (pd.Series(pd.arrays.SparseArray([0, 0, 5])), Storage.INTEGER, [0.0, 0.0, 5.0]),
        (pd.Series(pd.cut([1, 9], [0, 5, 10]).astype("object")), Storage.TEXT, ["(0, 5]", "(5, 10]"]),
        (pd.Series(pd.arrays.IntervalArray.from_breaks([0, 5])), Storage.TEXT, ["(0, 5]"]),
        (pd.Series([1 + 0j]).map(lambda v: v.real), Storage.FLOAT, [1.0]),
        (pd.Series(["\ud800", "a"], dtype="object"), Storage.TEXT, ["\ud800", "a"]),
        (pd.Series(["<script>", "=cmd()"]), Storage.TEXT, ["<script>", "=cmd()"]),
    ],
)
def test_types_of_pandas(series: pd.Series[Any], storage: Storage, expected: list[Any]) -> None:
    dataset = load(pd.DataFrame({"c": series}))
    assert dataset.schema.columns[0].storage is storage
    assert only(dataset)["c"] == expected


@pytest.mark.parametrize(
    ("array", "storage", "expected"),
    [
        (pa.array([dt.date(1970, 1, 2), None]), Storage.DATETIME, [86400.0, None]),
        (pa.array([86_400_000], pa.date64()), Storage.DATETIME, [86400.0]),
        (pa.array([1_500], pa.timestamp("ms", tz="UTC")), Storage.DATETIME, [1.5]),
        (pa.array([dt.time(0, 1)], pa.time64("ns")), Storage.FLOAT, [60.0]),
        (pa.array([90], pa.time32("s")), Storage.FLOAT, [90.0]),
        (pa.array([1_500], pa.duration("ms")), Storage.FLOAT, [1.5]),
        (pa.array([Decimal("1.25"), None]), Storage.FLOAT, [1.25, None]),
        (pa.array([None, None]), Storage.FLOAT, [None, None]),
        (pa.array([2**64 - 1, None], pa.uint64()), Storage.INTEGER, [2.0**64, None]),
        (pa.array([1.5, None], pa.float16()), Storage.FLOAT, [1.5, None]),
        (pa.array(["a", None], pa.string_view()), Storage.TEXT, ["a", None]),
        (pa.array([b"ab", None]), Storage.TEXT, ["ab", None]),
        (pa.array(["a", "b", None, "a"]).dictionary_encode(), Storage.CATEGORY, ["a", "b", None, "a"]),
        (pa.array([3, 1, 3]).dictionary_encode(), Storage.CATEGORY, ["3", "1", "3"]),
        (
            pa.DictionaryArray.from_arrays(pa.array([0, 1, 2]), pa.array(["a", "a", None])),
            Storage.CATEGORY,
            ["a", "a", None],
        ),
        (pa.DictionaryArray.from_arrays(pa.array([1], pa.uint32()), pa.array(["a", "b"])), Storage.CATEGORY, ["b"]),
        (pa.array([b"0" * 16, None], pa.uuid()), Storage.TEXT, ["30303030-3030-3030-3030-303030303030", None]),
    ],
)
def test_types_of_arrow(array: pa.Array, storage: Storage, expected: list[Any]) -> None:
    dataset = load(pa.table({"c": array}))
    assert dataset.schema.columns[0].storage is storage
    assert only(dataset)["c"] == expected


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
def test_text_that_is_no_utf_8_is_spelled_out(kind: pa.DataType) -> None:
    raw = pa.array([b"caf\xe9", b"\xff", b"\xe9", b"x"], pa.binary() if kind == pa.string() else pa.large_binary())
    assert only(load(pa.table({"c": raw.view(kind)}))) == {"c": ["caf\\xe9", "\\xff", "\\xe9", "x"]}


def test_polars_categories() -> None:
    frame = pl.DataFrame(
        {
            "c": pl.Series(["x", None, "x"], dtype=pl.Categorical),
            "e": pl.Series(["b", "a", None], dtype=pl.Enum(["a", "b"])),
        }
    )
    dataset = load(frame)
    assert {c.storage for c in dataset.schema.columns} == {Storage.CATEGORY}
    assert only(dataset) == {"c": ["x", None, "x"], "e": ["b", "a", None]}


@pytest.mark.parametrize(
    ("column", "name"),
    [
        (pl.Series("a", [1, 2]), "a"),
        (pa.array([1, 2]), 0),
        (pa.chunked_array([[1], [2]]), 0),
        (pd.Series([1, 2], name="s"), "s"),
    ],
)
def test_one_column_is_a_frame(column: Any, name: Any) -> None:
    assert only(load(column)) == {name: [1.0, 2.0]}


def test_batches_of_arrow() -> None:
    batch = pa.record_batch({"a": [1]})
    assert only(load(batch)) == {"a": [1.0]}
    assert only(load(pa.Table.from_batches([batch, batch]).to_reader())) == {"a": [1.0, 1.0]}


def test_pointers_to_python_objects_are_no_text() -> None:
    with pytest.raises(SourceError, match="column 'a', row 0: holds values of type fixed_size_binary"):
        load(pl.DataFrame({"a": pl.Series([object()], dtype=pl.Object)}))


def test_a_lazy_frame_gets_advice() -> None:
    with pytest.raises(SourceError, match="not computed yet") as caught:
        load(pl.DataFrame({"a": [1]}).lazy())
    assert ".collect()" in str(caught.value.hint)


def test_mixed_cells_become_text_and_are_noted() -> None:
    dataset = load(pd.DataFrame({"a": pd.Series([1, "two", 3.5, None, True], dtype="object")}))
    assert only(dataset) == {"a": ["1", "two", "3.5", None, "True"]}
    assert dataset.notes == ("train: column 'a' mixes text, truth values and numbers; it is read as text.",)


@pytest.mark.parametrize(
    ("cell", "kind"),
    [([1], "list"), ({"a": 1}, "dict"), (np.zeros(2), "ndarray"), (1j, "complex"), (object(), "object")],
)
def test_cells_that_are_no_scalars_are_named(cell: Any, kind: str) -> None:
    series = pd.Series([None, 1, None], dtype="object")
    series.iloc[2] = 0
    column = series.to_numpy()
    column = np.array([*column[:2], None], dtype=object)
    column[2] = cell
    frame = pd.DataFrame({"box": pd.Series(list(column), dtype="object")})
    with pytest.raises(SourceError, match=rf"train: column 'box', row 2: found a cell of type {kind}"):
        load(frame)


def test_nested_arrow_columns_are_named() -> None:
    with pytest.raises(SourceError, match=r"column 'a', row 1: holds values of type list<item: int64>"):
        load(pa.table({"a": [None, [1]]}))


def test_duplicate_names_are_named_with_their_positions() -> None:
    frame = pd.DataFrame([[1, 2, 3]], columns=["a", "b", "a"])
    with pytest.raises(SourceError, match=r"'a' is the name of columns 1, 3"):
        load(frame)


def test_names_that_are_no_text() -> None:
    frame = pd.DataFrame([[1, 2, 3]], columns=pd.Index([("a", "x"), 7, 1.5], dtype="object"))
    assert list(only(load(frame))) == ["a.x", 7, "1.5"]


def test_no_rows() -> None:
    with pytest.raises(NothingReadError, match="train: it holds no rows"):
        load(pd.DataFrame({"a": []}))


# ---------------------------------------------------------------- roles and targets


def test_roles_are_given_by_name() -> None:
    frame = pd.DataFrame({"a": [1], "g": [1], "t": [1], "i": [1], "y": [1]})
    schema = load(frame, target="y", group="g", time="t", id="i").schema
    assert [c.role for c in schema.columns] == [Role.FEATURE, Role.GROUP, Role.TIME, Role.ID, Role.TARGET]
    assert load(frame).stage is Stage.RAW


def test_an_unknown_target_is_met_with_the_nearest() -> None:
    with pytest.raises(SourceError, match=r"train: there is no column 'survivd' \(target\)\.") as caught:
        load(pd.DataFrame({"age": [1], "survived": [0]}), target="survivd")
    assert caught.value.hint == "Did you mean 'survived'?"


def test_a_column_has_one_role() -> None:
    with pytest.raises(SourceError, match="Column 'Aa' is named as target and as group"):
        load(pd.DataFrame({"Aa": [1], "b": [1]}), target="Aa", group="Aa")


def test_target_as_a_series_keeps_its_name_unless_taken() -> None:
    X = pd.DataFrame({"a": [1, 2], "y": [0, 0]})
    assert load(X, target=pd.Series([0, 1], name="label")).schema.targets == ("label",)
    assert load((X, pd.Series([0, 1], name="a"))).schema.targets == ("target",)
    assert load((X[["a"]], pd.Series([0, 1]))).schema.targets == ("y",)
    assert load((X, pl.Series("label", [0, 1]))).schema.targets == ("label",)
    assert load((X, pa.array([0, 1]))).schema.targets == ("target",)
    assert load((X, pd.DataFrame({"u": [0, 1], "v": [1, 0]}))).schema.targets == ("u", "v")


def test_indexes_that_differ_are_noted() -> None:
    X = pd.DataFrame({"a": [1, 2]})
    y = pd.Series([0, 1], index=[1, 0])
    expected = ("train: X and y have different indexes; their rows are matched by position.",)
    assert load((X, y)).notes == load(X, target=y).notes == expected
    assert load((X, y.sort_index())).notes == ()


def test_a_list_of_names_is_told_from_a_target() -> None:
    X = pd.DataFrame({"a": [1, 2], "b": [0, 1], "c": [1, 1]})
    assert load(X, target=["b", "c"]).schema.targets == ("b", "c")
    assert only(load(X, target=["yes", "no"]))["y"] == ["yes", "no"]


@pytest.mark.parametrize("as_frame", [False, True])
def test_a_bunch_of_scikit_learn(as_frame: bool) -> None:
    from sklearn.datasets import load_iris

    bunch = load_iris(as_frame=as_frame)
    dataset = load(bunch)
    found = only(dataset)
    assert list(found)[:4] == bunch.feature_names
    assert dataset.schema.targets == ("target",) if as_frame else ("y",)
    assert found[dataset.schema.targets[0]] == plain(np.asarray(bunch.target).tolist())
    assert dataset.kind == ("frame" if as_frame else "array")


# ---------------------------------------------------------------- splits


def test_columns_may_stand_in_another_order() -> None:
    dataset = load(pd.DataFrame({"a": [1], "b": ["x"]}), test=pd.DataFrame({"b": ["y"], "a": [2]}))
    assert cells(dataset.sources["test"]) == {"a": [2.0], "b": ["y"]}


def test_different_columns_are_named_with_the_nearest() -> None:
    with pytest.raises(SourceError) as caught:
        load(pd.DataFrame({"fare": [1], "age": [1]}), test=pd.DataFrame({"Fare": [1], "age": [1]}))
    assert caught.value.message == (
        "The splits have different columns: 'fare' is in 'train' only; 'Fare' is in 'test' only."
    )
    assert str(caught.value.hint).startswith("Is 'Fare' in 'test' meant to be 'fare'?")


def test_a_split_without_target_is_unlabelled() -> None:
    dataset = load(pd.DataFrame({"a": [1], "y": ["x"]}), test=pd.DataFrame({"a": [2]}), target="y")
    assert cells(dataset.sources["test"]) == {"a": [2.0], "y": [None]}
    assert dataset.notes == ("The split 'test' has no target column: it is taken as unlabelled.",)


@pytest.mark.parametrize(
    ("here", "there", "storage", "cells_there"),
    [
        ([1, 2], [1.5], Storage.FLOAT, [1.5]),
        ([1.5], [True], Storage.FLOAT, [1.0]),
        ([1, 2], [True], Storage.INTEGER, [1.0]),
        (["a"], [3], Storage.TEXT, ["3"]),
        (["a"], [3.25, None], Storage.TEXT, ["3.25", None]),
        ([3], ["a"], Storage.TEXT, ["a"]),
        (["a"], [None], Storage.TEXT, [None]),
        ([None, None], [4], Storage.INTEGER, [4.0]),
        ([1.5], pd.to_datetime(["1970-01-02"]), Storage.TEXT, ["1970-01-02T00:00:00"]),
        ([1.5], pd.to_datetime(["1970-01-02 00:00:00.500"]), Storage.TEXT, ["1970-01-02T00:00:00.5"]),
        (pd.Categorical(["u"]), ["v"], Storage.TEXT, ["v"]),
        (pd.Categorical(["1"]), [2], Storage.CATEGORY, ["2"]),
    ],
)
def test_storage_is_one_for_all_splits(here: Any, there: Any, storage: Storage, cells_there: list[Any]) -> None:
    dataset = load(pd.DataFrame({"c": here}), test=pd.DataFrame({"c": there}))
    assert [s.schema.columns[0].storage for s in dataset.sources.values()] == [storage, storage]
    assert cells(dataset.sources["test"])["c"] == cells_there
    differs = storage in (Storage.TEXT, Storage.CATEGORY) and None not in (*here, *there[:1])
    assert len(dataset.notes) == int(differs)


def test_a_split_column_makes_sources() -> None:
    frame = pd.DataFrame({"x": range(6), "part": ["test", "Train", "dev", "Train", "test", "extra"]})
    dataset = load(frame, split_column="part")
    assert dataset.roles == {"Train": "train", "dev": "validation", "test": "test", "extra": "other"}
    assert list(dataset.roles) == ["Train", "dev", "test", "extra"]
    assert [cells(s)["x"] for s in dataset.sources.values()] == [[1.0, 3.0], [2.0], [0.0, 4.0], [5.0]]
    assert dataset.schema.by_name["part"].role is Role.SPLIT


@given(st.lists(st.tuples(st.sampled_from(["train", "val", "test"]), st.one_of(st.none(), ANY_TEXT)), min_size=1))
def test_a_split_column_keeps_every_row_once_and_in_order(rows: list[tuple[str, str | None]]) -> None:
    table = pa.table({"s": [r[0] for r in rows], "t": pa.array([r[1] for r in rows], pa.string())})
    for data in (table, pl.from_arrow(table)):
        dataset = load(data, split_column="s")
        for split, source in dataset.sources.items():
            assert cells(source)["t"] == [t for s, t in rows if s == split]
        assert {s for s, _ in rows} == set(dataset.sources)


def test_rows_without_a_split_are_refused() -> None:
    with pytest.raises(SourceError, match="column 's' is empty in row 1"):
        load(pd.DataFrame({"s": ["train", None]}), split_column="s")


def test_too_many_splits_are_refused() -> None:
    with pytest.raises(SourceError, match="more than 20 values"):
        load(pd.DataFrame({"s": range(30)}), split_column="s")


def test_a_split_column_beside_separate_splits_is_refused() -> None:
    frame = pd.DataFrame({"s": ["train"]})
    with pytest.raises(SourceError, match="the splits are given apart"):
        load(frame, test=frame, split_column="s")
