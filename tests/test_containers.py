"""The same rows in another container: the same findings, word for word, and the same numbers."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import dataaudit
from dataaudit.report.report import Report

ROWS = 300
RULES = "INP,NRM,LAB,BAT"


@cache
def rows() -> pd.DataFrame:
    """Return a table of every kind of column, with a constant, gaps, a padded word, and times in order."""
    rng = np.random.default_rng(1)
    table = pd.DataFrame(
        {
            "number": rng.normal(size=ROWS).round(3),
            "count": rng.integers(0, 50, ROWS),
            "constant": 7,
            "word": rng.choice(["red", "blue", "green "], ROWS),
            "time": pd.date_range("2020-01-01", periods=ROWS, freq="h").astype("datetime64[us]"),
            "gaps": rng.normal(size=ROWS).round(2),
        }
    )
    table.loc[3:20, "gaps"] = np.nan
    table["truth"] = (table.number > 0) & (rng.random(ROWS) < 0.9)
    table["y"] = np.where(table.number + rng.normal(size=ROWS) * 0.2 > 0, "pos", "neg")
    return table


def told(data: Any, target: Any = "y") -> tuple[list[tuple[Any, ...]], dict[str, Any]]:
    """Return the findings, and the facts of each column besides the name of its type."""
    report: Report = dataaudit.audit(data, target=target, select=RULES, stage="raw", probe=False)
    findings = [(f.rule, f.severity, f.message, f.columns, f.rows, f.row_count) for f in report.findings]
    facts = {f["name"]: (f["kind"], f["role"], f["splits"]["train"]) for f in report.document["features"]}
    assert not [check for check in report.checks if check.status == "crashed"]
    return findings, facts


@cache
def expected() -> tuple[list[tuple[Any, ...]], dict[str, Any]]:
    return told(rows())


FILES: dict[str, Callable[[Path], object]] = {
    "t.csv": lambda path: rows().to_csv(path, index=False),
    "t.tsv": lambda path: rows().to_csv(path, index=False, sep="\t"),
    "t.csv.gz": lambda path: rows().to_csv(path, index=False),
    "t.parquet": lambda path: rows().to_parquet(path),
    "t.feather": lambda path: rows().to_feather(path),
    "t.jsonl": lambda path: rows().to_json(path, orient="records", lines=True, date_format="iso"),
    "t.xlsx": lambda path: rows().to_excel(path, index=False),
}
OBJECTS: dict[str, Callable[[], Any]] = {
    "arrow": lambda: pa.Table.from_pandas(rows(), preserve_index=False),
    "arrow in pandas": lambda: rows().convert_dtypes(dtype_backend="pyarrow"),
    "nullable": lambda: rows().convert_dtypes(),
    "objects": lambda: rows().astype(object),
    "categories": lambda: rows().assign(word=rows().word.astype("category"), y=rows().y.astype("category")),
    "another index": lambda: rows().set_axis(range(1000, 1000 + ROWS)),
    "not contiguous": lambda: rows().iloc[np.repeat(np.arange(ROWS), 2)].iloc[::2],
    "polars": lambda: pytest.importorskip("polars").from_pandas(rows()),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_says_what_the_table_says(tmp_path: Path, name: str) -> None:
    FILES[name](tmp_path / name)
    assert told(tmp_path / name) == expected()


@pytest.mark.parametrize("name", OBJECTS)
def test_another_table_says_what_the_table_says(name: str) -> None:
    assert told(OBJECTS[name]()) == expected()


def test_the_target_beside_the_inputs() -> None:
    assert told((rows().drop(columns="y"), rows().y), None) == expected()


def test_what_is_compared_holds_something() -> None:
    findings, facts = expected()
    assert {"INP101", "NRM105", "BAT104"} <= {rule for rule, *_ in findings}
    assert len(facts) == 8


@cache
def matrix() -> tuple[Any, Any]:
    rng = np.random.default_rng(2)
    X = rng.normal(size=(ROWS, 4)).round(3)
    X[5, 1] = np.nan
    return X, np.sort(rng.integers(0, 2, ROWS))


ARRAYS: dict[str, Callable[[Any, Any], Any]] = {
    "columns first": lambda X, y: (np.asfortranarray(X), y),
    "big-endian": lambda X, y: (X.astype(">f8"), y.astype(">i4")),
    "lists": lambda X, y: (X.tolist(), y.tolist()),
    "masked": lambda X, y: (np.ma.masked_array(np.nan_to_num(X), np.isnan(X)), y),
    "long double": lambda X, y: (X.astype(np.longdouble), y),
    "objects": lambda X, y: (X.astype(object), y),
    "strides": lambda X, y: (np.repeat(X, 3, 0)[::3], np.repeat(y, 2)[::2]),
    "a target of one column": lambda X, y: (X, y[:, None]),
    "a series as target": lambda X, y: (X, pd.Series(y, index=range(ROWS, 2 * ROWS))),
    "tensors": lambda X, y: tuple(pytest.importorskip("torch").tensor(part) for part in (X, y)),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_another_array_says_what_the_array_says(name: str) -> None:
    plain, _ = told(matrix(), None)
    assert {rule for rule, *_ in plain} >= {"INP101", "BAT101"}
    assert told(ARRAYS[name](*matrix()), None)[0] == plain


def test_arrays_in_a_file_say_what_the_array_says(tmp_path: Path) -> None:
    X, y = matrix()
    np.savez(tmp_path / "t.npz", X=X, y=y)
    assert told(tmp_path / "t.npz", None)[0] == told((X, y), None)[0]
