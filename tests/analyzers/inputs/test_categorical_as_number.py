"""INP110: numbers that name things, and numbers that count."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from dataaudit.analyzers.inputs.twins import partition
from dataaudit.model import Status
from tests.analyzers.asking import ask
from tests.build import table

rng = np.random.default_rng(0)
N = 200
CODES = rng.integers(1, 6, N)


def plain(**columns: Any) -> pd.DataFrame:
    return table(N)[["age", "income", "y"]].assign(**columns)


@pytest.mark.parametrize("name", ["zip_code", "storeType", "cluster", "Breed", "customer"])
def test_the_name_tells(name: str) -> None:
    finding = ask("INP110", plain(**{name: CODES}), target="y").finding
    assert (finding.severity, finding.columns) == ("note", (name,))
    assert finding.message == f"'{name}' holds whole numbers that name things (5 distinct values; its name says so)"


def test_a_text_twin_tells() -> None:
    words = np.array(["", "one", "two", "three", "four", "five"])
    finding = ask("INP110", plain(grade=CODES, words=words[CODES]), target="y").finding
    assert finding.columns == ("grade",)
    assert "'words' says the same in words" in finding.message
    nearly = words[CODES]
    nearly[0] = "six"
    assert ask("INP110", plain(grade=CODES, words=nearly), target="y").status is Status.CLEAN


def test_an_id_among_the_inputs() -> None:
    data = plain(record=np.arange(N) + 1000)
    finding = ask("INP110", data, target="y").finding
    assert (finding.columns, finding.fix.splitlines()[0]) == (
        ("record",), "Declare it: id='record'; or leave it out of the inputs.",
    )  # fmt: skip
    assert ask("INP110", data, target="y", id="record").status is Status.CLEAN


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("cylinders", CODES), ("rooms", CODES), ("siblings", rng.poisson(1, N)), ("type", CODES > 2),
        ("class", CODES % 2), ("zip", CODES + 0.5), ("store", ["a", "b"] * (N // 2)), ("model_year", CODES + 70),
        ("class", np.full(N, 3)), ("code", np.full(N, np.nan)), ("price", rng.integers(0, 10**6, N)),
    ],
)  # fmt: skip
def test_innocent(name: str, values: Any) -> None:
    assert ask("INP110", plain(**{name: values}), target="y").status is Status.CLEAN


def test_the_least_number_of_values_is_an_option() -> None:
    assert ask("INP110", plain(zone=CODES), target="y", options={"least": 6}).status is Status.CLEAN


def test_wide_data_is_capped() -> None:
    wide = pd.DataFrame({f"zone{j}": CODES + j for j in range(300)})
    finding = ask("INP110", wide).finding
    assert len(finding.columns) == 300
    assert len(finding.evidence["table"]["rows"]) == 200
    assert finding.evidence["table"]["total"] == 300


def test_no_inputs() -> None:
    assert ask("INP110", table(50)[["y"]], target="y").status is Status.NOT_APPLICABLE
    assert ask("INP110", np.zeros((30, 4, 4, 1), np.uint8)).status is Status.NOT_APPLICABLE


def test_partition() -> None:
    assert partition([2.0, float("nan"), 2.0, float("nan"), 1.0]).tolist() == [0, 1, 0, 1, 2]
    assert partition([]).tolist() == []
