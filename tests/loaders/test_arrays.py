"""NumPy arrays: tables, pictures and targets."""

from __future__ import annotations

import decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from dataaudit.errors import ConfigError, NothingReadError, SourceError
from dataaudit.loaders import load
from dataaudit.model import PixelLayout, Role, Stage, Storage
from tests.loaders.reading import cells, only, plain

NUMBERS = st.one_of(
    hnp.floating_dtypes(sizes=(16, 32, 64)),
    hnp.integer_dtypes(),
    hnp.unsigned_integer_dtypes(),
    hnp.boolean_dtypes(),
)


@given(hnp.arrays(NUMBERS, hnp.array_shapes(min_dims=2, max_dims=2, max_side=6)))
def test_chunks_hold_the_numbers_of_the_matrix(X: NDArray[Any]) -> None:
    before = X.tobytes()
    found = only(load(X))
    assert found == {j: plain(X[:, j].tolist()) for j in range(X.shape[1])}
    assert X.tobytes() == before


@given(st.lists(st.integers(-10_000, 10_000), min_size=1), st.sampled_from(["D", "h", "m", "s", "ms", "us", "ns"]))
def test_times_become_seconds(ticks: list[int], unit: str) -> None:
    length = {"D": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}[unit]
    values = np.array(ticks, dtype=np.int64)
    assert only(load(values.view(f"M8[{unit}]")))[0] == pytest.approx([k * length for k in ticks], rel=1e-12)
    assert only(load(values.view(f"m8[{unit}]")))[0] == pytest.approx([k * length for k in ticks], rel=1e-12)


def test_other_byte_orders() -> None:
    assert only(load(np.array([[1.5], [2.0]], dtype=">f4"))) == {0: [1.5, 2.0]}
    assert only(load(np.array([3, "NaT"], dtype=">M8[s]"))) == {0: [3.0, None]}


def test_not_a_time_is_missing_and_months_are_known() -> None:
    X = np.array(["1970-02", "NaT"], dtype="M8[M]")
    dataset = load(X)
    assert dataset.schema.columns[0].storage is Storage.DATETIME
    assert only(dataset) == {0: [31 * 86400.0, None]}


def test_time_spans_are_numbers_in_seconds() -> None:
    dataset = load(np.array([90, 30], dtype="m8[m]"))
    assert dataset.schema.columns[0].storage is Storage.FLOAT
    assert only(dataset) == {0: [5400.0, 1800.0]}


def test_many_chunks_give_the_rows_of_one() -> None:
    X = np.arange(400_000.0).reshape(-1, 2)
    source = load(X).sources["train"]
    chunks = list(source.chunks())
    assert [c.n_rows for c in chunks] == [131072, 68928]
    assert np.array_equal(np.concatenate([c.numbers for c in chunks], axis=1), X.T)


def test_a_chunk_never_shares_memory_with_the_users_array() -> None:
    X = np.arange(12.0).reshape(2, 6)
    for chunk in load(X.T).sources["train"].chunks():
        chunk.numbers[:] = -1.0
    assert X.tolist() == [[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]]


def test_read_only_and_fortran_order_arrays() -> None:
    X = np.asfortranarray(np.arange(6).reshape(3, 2))
    X.setflags(write=False)
    assert only(load(X)) == {0: [0.0, 2.0, 4.0], 1: [1.0, 3.0, 5.0]}


def test_masked_cells_are_missing_in_numbers_and_text() -> None:
    numbers = np.ma.masked_array([[1, 2], [3, 4]], mask=[[False, True], [False, False]])
    assert only(load(numbers)) == {0: [1.0, 3.0], 1: [None, 4.0]}
    words = np.ma.masked_array(["a", "b"], mask=[True, False])
    assert only(load(words)) == {0: [None, "b"]}


def test_object_columns_are_taken_one_by_one() -> None:
    X = np.array([[1, "a", None], [2.5, None, None]], dtype=object)
    dataset = load(X)
    assert only(dataset) == {0: [1.0, 2.5], 1: ["a", None], 2: [None, None]}
    assert [c.storage for c in dataset.schema.columns] == [Storage.FLOAT, Storage.TEXT, Storage.FLOAT]


def test_bytes_and_fixed_text_are_text() -> None:
    assert only(load(np.array([b"ab", b"c"]))) == {0: ["ab", "c"]}
    assert only(load(np.array([["ab", "c"]]))) == {0: ["ab"], 1: ["c"]}


def test_structured_arrays_have_named_columns() -> None:
    X = np.array([(1, 2.5)], dtype=[("a", "i4"), ("b", "f4")])
    assert only(load(X)) == {"a": [1.0], "b": [2.5]}


def test_one_row_and_one_column() -> None:
    assert only(load(np.array([[7.0]]))) == {0: [7.0]}


def test_all_missing_is_read_as_such() -> None:
    assert only(load(np.full((3, 2), np.nan))) == {0: [None] * 3, 1: [None] * 3}


def test_a_long_double_beyond_float64_is_infinite() -> None:
    X = np.array([[np.finfo(np.longdouble).max, 1.0]], dtype=np.longdouble)
    assert only(load(X)) == {0: [float("inf")], 1: [1.0]}


# ---------------------------------------------------------------- targets


def test_target_of_an_array_is_called_y() -> None:
    dataset = load((np.zeros((2, 1)), np.array([0, 1])))
    assert dataset.schema.targets == ("y",)
    assert dataset.stage is Stage.MODEL_READY
    assert dataset.kind == "array"
    assert only(dataset) == {0: [0.0, 0.0], "y": [0.0, 1.0]}


@pytest.mark.parametrize("y", [[0, 1], [[0], [1]], np.array([0, 1]), (0, 1)])
def test_target_given_as_values(y: Any) -> None:
    dataset = load(np.zeros((2, 1)), target=y)
    assert only(dataset)["y"] == [0.0, 1.0]


def test_several_targets_are_numbered() -> None:
    dataset = load((np.zeros((2, 1)), np.eye(2)))
    assert dataset.schema.targets == ("y0", "y1")
    assert only(dataset)["y1"] == [0.0, 1.0]


def test_target_of_text() -> None:
    assert only(load((np.zeros((2, 1)), ["cat", None])))["y"] == ["cat", None]


def test_a_column_may_be_the_target_by_position() -> None:
    dataset = load(np.zeros((2, 3)), target=2)
    assert dataset.schema.targets == (2,)
    assert dataset.schema.features == (0, 1)


def test_lengths_of_x_and_y_differ() -> None:
    with pytest.raises(SourceError, match=r"train: X has 3 rows and y has 2\."):
        load((np.zeros((3, 1)), np.zeros(2)))


def test_no_target_in_a_pair_is_no_target() -> None:
    assert load((np.zeros((2, 1)), None)).schema.targets == ()


def test_naming_the_target_of_a_pair_says_nothing_new() -> None:
    assert load((np.zeros((2, 1)), [0, 1]), target="y").schema.targets == ("y",)


def test_target_given_twice() -> None:
    with pytest.raises(ConfigError, match="given twice"):
        load((np.zeros((2, 1)), np.zeros(2)), target=np.zeros(2))


def test_validation_needs_its_target_too() -> None:
    X = np.zeros((2, 1))
    with pytest.raises(SourceError, match="validation: it has no target") as caught:
        load(X, validation=X, target=np.zeros(2))
    assert caught.value.hint == "Pass (X, y) for the other splits."


def test_splits_as_pairs() -> None:
    X = np.zeros((2, 1))
    dataset = load((X, [0, 1]), test=(X + 1, [1, 0]))
    assert list(dataset.sources) == ["train", "test"]
    assert cells(dataset.sources["test"]) == {0: [1.0, 1.0], "y": [1.0, 0.0]}


def test_splits_of_different_width() -> None:
    with pytest.raises(SourceError, match="'train' has 3, 'test' has 2"):
        load(np.zeros((2, 3)), test=np.zeros((2, 2)))


# ---------------------------------------------------------------- pictures


@pytest.mark.parametrize(
    ("shape", "layout"),
    [
        ((2, 5, 6), (5, 6, 1, False)),
        ((2, 5, 6, 3), (5, 6, 3, False)),
        ((2, 3, 5, 6), (5, 6, 3, True)),
        ((2, 1, 28, 28), (28, 28, 1, True)),
        ((2, 3, 32, 3), (3, 32, 3, False)),  # a ribbon either way: the last axis is preferred
        ((2, 3, 32, 4), (32, 4, 3, True)),  # 32 × 4 is less of a ribbon than 3 × 32
        ((2, 4, 4, 4), (4, 4, 4, False)),
    ],
)
def test_the_axis_of_channels(shape: tuple[int, ...], layout: tuple[int, int, int, bool]) -> None:
    X = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)
    dataset = load((X, [0, 1]))
    assert dataset.kind == "image array"
    assert dataset.schema.pixels == PixelLayout(*layout, dtype="uint8")
    assert [c.role for c in dataset.schema.columns] == [Role.TARGET]
    (chunk,) = dataset.sources["train"].chunks()
    height, width, channels, first = layout
    expected = X.reshape(2, channels, height, width).transpose(0, 2, 3, 1) if first else X.reshape(2, height, width, -1)
    assert chunk.pixels is not None
    assert np.array_equal(chunk.pixels, expected)
    assert np.shares_memory(chunk.pixels, X)


def test_pictures_come_in_chunks() -> None:
    X = np.zeros((100, 128, 128, 3), dtype=np.float32)
    sizes = [(c.start, c.n_rows) for c in load(X).sources["train"].chunks()]
    assert sizes == [(0, 42), (42, 42), (84, 16)]  # 8 MB of pixels at a time


def test_no_axis_fits_the_channels() -> None:
    with pytest.raises(SourceError, match=r"shape \(2, 5, 6, 7\), expected pictures"):
        load(np.zeros((2, 5, 6, 7)))


def test_splits_with_pictures_of_other_shapes() -> None:
    with pytest.raises(SourceError, match=r"'train' has 4 × 4 × 3 \(channels last\), 'test' has 4 × 4 × 3 \(channels"):
        load(np.zeros((2, 4, 4, 3)), test=np.zeros((2, 3, 4, 40))[..., :4])


@pytest.mark.parametrize(
    ("X", "error", "text"),
    [
        (np.zeros((2, 2), dtype=complex), SourceError, "column 0 holds complex numbers"),
        (np.zeros((2, 2, 2), dtype=complex), SourceError, "pictures of type complex128"),
        (np.zeros((1, 1, 1, 1, 1)), SourceError, "at most four dimensions"),
        (np.array(3.0), SourceError, "a single value"),
        (np.zeros((0, 3)), NothingReadError, "no rows"),
        (np.zeros((3, 0)), NothingReadError, "no columns"),
        (np.zeros((2, 0, 4)), NothingReadError, "no pixels"),
        (np.ma.masked_equal(np.zeros((2, 4, 4)), 1), SourceError, "masked array of pictures"),
        ((1, 2, 3), SourceError, "a tuple of length 3"),
        (object(), SourceError, "cannot read an object of type object"),
        ([[1, 2], [3]], SourceError, "rows differ in length"),
        (None, ConfigError, "train is None"),
    ],
)
def test_what_is_no_data_is_refused(X: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        load(X)


def test_a_list_in_a_cell_is_named() -> None:
    X = np.empty((2, 1), dtype=object)
    X[0, 0], X[1, 0] = 1, [1, 2]
    with pytest.raises(SourceError, match=r"train: column 0, row 1: found a cell of type list, expected") as caught:
        load(X)
    assert caught.value.hint is not None
    assert "several columns" in caught.value.hint


def test_a_sparse_matrix_gets_advice() -> None:
    from scipy import sparse

    with pytest.raises(SourceError, match="sparse matrix") as caught:
        load(sparse.csr_matrix(np.eye(2)))
    assert "toarray" in str(caught.value.hint)


def test_a_decimal_that_signals_is_missing() -> None:
    X = np.array([[decimal.Decimal("sNaN")], [decimal.Decimal("1.5")]], dtype=object)
    assert plain(cells(load(X).sources["train"])[0]) == [None, 1.5]
