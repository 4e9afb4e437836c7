"""INP111: text that no other row has, and text that recurs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from dataaudit.model import Status
from tests.analyzers.asking import ask
from tests.build import table


def named(values: Any) -> pd.DataFrame:
    values = list(values)
    return table(len(values))[["age", "y"]].assign(name=values)


def test_half_of_the_values_are_distinct() -> None:
    finding = ask("INP111", named(f"n{i // 2}" for i in range(100)), target="y").finding
    assert (finding.severity, finding.columns, finding.rows) == ("note", ("name",), ())
    assert finding.message == "'name' has 50 distinct values in 100 cells"
    assert ask("INP111", named(f"n{i // 2}" for i in range(102)), target="y").findings  # 51 of 102
    assert ask("INP111", named(f"n{i // 3}" for i in range(99)), target="y").status is Status.CLEAN


def test_an_id_is_said_to_be_one() -> None:
    assert ask("INP111", named(f"n{i}" for i in range(100)), target="y").finding.message.endswith(": an id")


def test_missing_cells_do_not_count() -> None:
    data = named([f"n{i}" if i % 2 else None for i in range(100)])
    assert ask("INP111", data, target="y").finding.evidence["table"]["rows"][0][2:4] == [50, 50]


def test_the_split_with_most_recurrence_counts() -> None:
    few = named(f"n{i}" for i in range(60))
    assert ask("INP111", named(f"n{i % 20}" for i in range(200)), None, few, target="y").status is Status.CLEAN


def test_beyond_the_sketch_it_is_an_estimate() -> None:
    finding = ask("INP111", named(f"n{i}" for i in range(6000)), target="y").finding
    assert finding.evidence["table"]["rows"][0][2] == pytest.approx(6000, rel=0.15)
    assert ask("INP111", named(f"n{i // 4}" for i in range(6000)), target="y").status is Status.CLEAN


def test_options() -> None:
    data = named(f"n{i // 3}" for i in range(99))
    assert ask("INP111", data, target="y", options={"share": 0.3}).findings
    assert ask("INP111", data, target="y", options={"least": 100}).status is Status.SKIPPED


def test_several_columns_and_caps() -> None:
    wide = pd.DataFrame({f"c{j}": [f"n{i}" for i in range(40)] for j in range(250)})
    finding = ask("INP111", wide).finding
    assert finding.message == (
        "'c0', 'c1', 'c2' and 247 more are nearly unique in each row, with up to 40 distinct values in 40 cells"
    )
    assert (len(finding.columns), len(finding.evidence["table"]["rows"])) == (250, 200)


def test_numbers_and_labels_are_left_alone() -> None:
    assert ask("INP111", table(100)[["age", "y"]], target="y").status is Status.NOT_APPLICABLE
    data = pd.DataFrame({"x": np.arange(40.0), "y": [f"n{i}" for i in range(40)]})
    assert ask("INP111", data, target="y").status is Status.NOT_APPLICABLE
