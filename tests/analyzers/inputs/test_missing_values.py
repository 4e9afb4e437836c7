"""INP101 against tables whose holes are known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2_contingency

from dataaudit.model import Status
from tests.analyzers.asking import ask
from tests.build import images, table


def holes(n: int, n_missing: int, seed: int = 0) -> Any:
    """Return n numbers of which some are NaN."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    x[rng.permutation(n)[:n_missing]] = np.nan
    return x


def test_one_empty_cell() -> None:
    said = ask("INP101", pd.DataFrame({"a": [1.0, np.nan, 3.0], "b": [1.0, 2.0, 3.0]})).finding
    assert said.severity == "warning"
    assert said.message == "33.3 % of 'a' is missing"
    assert (said.columns, said.rows, said.row_count, said.splits) == (("a",), (1,), 1, ("train",))
    assert said.evidence["cells"] == 1
    assert said.evidence["table"]["rows"] == [["a", 1, "33.3 %"]]


@given(st.lists(st.lists(st.booleans(), min_size=2, max_size=2), min_size=1, max_size=60))
def test_exactly_the_missing_cells(cells: list[list[bool]]) -> None:
    gone = np.array(cells)
    frame = pd.DataFrame({"a": np.arange(len(gone)) + 0.5, "b": [f"word {i}" for i in range(len(gone))]}).mask(gone)
    answer = ask("INP101", frame)
    if not gone.any():
        assert answer.status is Status.CLEAN
        assert answer.measured == f"no missing cell among {gone.size}"
        return
    said = answer.finding
    assert said.evidence["cells"] == gone.sum()
    assert set(said.columns) == {name for name, j in (("a", 0), ("b", 1)) if gone[:, j].any()}
    assert said.rows == tuple(np.flatnonzero(gone.any(axis=1)).tolist())


@pytest.mark.parametrize(("n_missing", "severity"), [(49, "warning"), (50, "error"), (100, "error")])
def test_half_a_column_is_an_error(n_missing: int, severity: str) -> None:
    frame = pd.DataFrame({"a": holes(100, n_missing), "b": np.arange(100.0)})
    assert ask("INP101", frame).finding.severity == severity


def test_the_option_moves_the_error() -> None:
    frame = pd.DataFrame({"a": holes(100, 10), "b": np.arange(100.0)})
    assert ask("INP101", frame).finding.severity == "warning"
    said = ask("INP101", frame, options={"error_share": 0.1}).finding
    assert said.severity == "error"


def test_a_column_that_is_complete_in_train_alone() -> None:
    train = pd.DataFrame({"a": holes(100, 0), "b": holes(100, 5)})
    test = pd.DataFrame({"a": holes(40, 2), "b": holes(40, 2)})
    in_train, in_test = sorted(ask("INP101", train, None, test).findings, key=lambda f: f.splits, reverse=True)
    assert (in_train.severity, in_train.splits, in_train.columns) == ("warning", ("train",), ("b",))
    assert (in_test.severity, in_test.splits, set(in_test.columns)) == ("error", ("test",), {"a", "b"})
    assert "'a' is complete in train" in in_test.message
    assert in_test.evidence["table"]["columns"] == ["column", "missing", "train", "test"]


@pytest.mark.parametrize("in_test", range(10, 34, 2))
def test_shares_that_differ_between_splits_are_named_beyond_z_4(in_test: int) -> None:
    train, test = pd.DataFrame({"a": holes(200, 20)}), pd.DataFrame({"a": holes(100, in_test)})
    counts = [[20, 180], [in_test, 100 - in_test]]
    differs = chi2_contingency(counts, correction=False).statistic > 16.0  # z squared
    said = ask("INP101", train, None, test).findings
    assert [("differs between splits in 'a'" in f.message) for f in said] == [differs, differs]


@pytest.mark.parametrize(
    "column",
    [
        pd.Series(["a", None, "c"] * 10, dtype="str"),
        pd.Series(["a", None, "c"] * 10, dtype="category"),
        pd.Series([1, None, 3] * 10, dtype="Int64"),
        pd.Series([True, None, False] * 10, dtype="boolean"),
        pd.Series(pd.to_datetime(["2020-01-01", "NaT", "2020-01-03"] * 10)),
        pd.Series(["a", None, 3] * 10, dtype=object).astype("str"),
    ],
    ids=lambda s: str(s.dtype),
)
def test_every_dtype_has_its_own_missing(column: Any) -> None:
    n = int(column.isna().sum())
    assert ask("INP101", pd.DataFrame({"a": column, "b": 1.5})).finding.evidence["cells"] == n


def test_empty_cells_of_a_file_and_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("a,b\n1,x\n,y\n3,\n4,z\n")
    said = ask("INP101", path).finding
    assert (said.rows, set(said.columns)) == ((1, 2), {"a", "b"})
    assert [place.line for place in said.locations] == [3, 4]


def test_rows_are_capped_and_counted_in_full() -> None:
    said = ask("INP101", pd.DataFrame({"a": holes(5000, 2400)})).finding
    assert (len(said.rows), said.row_count) == (1000, 2400)


def test_a_row_with_two_holes_counts_once() -> None:
    frame = pd.DataFrame({"a": [np.nan, 1.0, 2.0], "b": [np.nan, 1.0, np.nan]})
    said = ask("INP101", frame).finding
    assert (said.row_count, said.evidence["cells"]) == (2, 3)


def test_pictures_with_nan() -> None:
    x = images(20)[0].astype(np.float32) / 255
    x[3, 0, 0, 0] = x[7, 1, 1, 2] = np.nan
    said = ask("INP101", x).finding
    assert (said.severity, said.rows) == ("error", (3, 7))
    assert said.message == "2 pixels are NaN, in 2 pictures"
    x[3, 0, 0, 0] = 0
    assert ask("INP101", x).finding.message == "1 pixel is NaN, in 1 picture"


@pytest.mark.parametrize("stage", ["raw", "model-ready"])
@pytest.mark.parametrize(
    "data",
    [
        table(200).drop(columns="y"),
        pd.DataFrame({"a": [-999.0, 0.0, 5.0] * 20}),
        pd.DataFrame({"a": ["?", "N/A", "none"] * 20}),
        pd.DataFrame({"a": [np.inf, 1.0, 2.0] * 20}),
        np.zeros((30, 2)),
    ],
    ids=["table", "sentinels", "words", "infinite", "zeros"],
)
def test_nothing_is_missing(data: Any, stage: str) -> None:
    assert ask("INP101", data, stage=stage).status is Status.CLEAN


def test_labels_are_not_inputs() -> None:
    frame = pd.DataFrame({"a": np.arange(40.0), "y": [0.0, 1.0, np.nan, 1.0] * 10})
    assert ask("INP101", frame, target="y").status is Status.CLEAN


@pytest.mark.parametrize(("words", "strategy"), [(False, "median"), (True, "most_frequent")])
def test_the_fix_runs_on_these_columns(words: bool, strategy: str) -> None:
    column = pd.Series(["a", None, "b", "a"], dtype="str") if words else pd.Series([1.0, np.nan, 2.0, 1.0])
    said = ask("INP101", pd.DataFrame({"a": column})).finding
    assert f'strategy="{strategy}"' in said.fix
    known: dict[str, Any] = {"X_train": pd.DataFrame({"a": column.astype(object)})}
    exec("\n".join(line.removeprefix("+ ") for line in said.fix.splitlines()), known)
    assert known["imputer"].statistics_.tolist() == ["a" if words else 1.0]
