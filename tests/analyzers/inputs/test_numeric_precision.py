"""INP108: what float16, float32 and float64 cannot hold."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dataaudit.model import Status
from tests.analyzers.asking import ask
from tests.build import images, table

RNG = np.random.default_rng(0)
BIG = RNG.integers(2**60, 2**61, 100)
"""Ids of 64 bits."""


def test_ids_beyond_2_53_held_as_float64() -> None:
    said = ask("INP108", pd.DataFrame({"order_id": BIG.astype(float), "z": 0.5})).finding
    assert said.severity == "warning"
    assert (said.columns, said.rows) == (("order_id",), ())
    assert said.message == (
        f"'order_id' holds whole numbers up to {float(BIG.max()):.3g}, beyond 2**53: "
        "float64 keeps only every 256 of them"
    )


def test_the_step_is_that_of_the_type() -> None:
    """At 2**60 the spacing of float64 is 2**(61 - 53) = 256, which np.spacing confirms."""
    assert np.spacing(float(BIG.max())) == 256.0


def test_unique_whole_numbers_of_that_size_need_no_name() -> None:
    assert ask("INP108", pd.DataFrame({"x": BIG.astype(float)})).finding.severity == "warning"


def test_ids_beyond_2_24_held_as_float32() -> None:
    frame = pd.DataFrame({"user_id": RNG.integers(2**26, 2**27, 100).astype(np.float32)})
    said = ask("INP108", frame).finding
    assert said.severity == "warning"
    assert "float32 keeps only every 8 of them" in said.message


def test_quantities_of_that_size_are_notes() -> None:
    frame = pd.DataFrame({"energy": (RNG.integers(0, 50, 200) * 2.0**25).astype(np.float32)})
    assert ask("INP108", frame).finding.severity == "note"


def test_ids_that_missing_cells_turned_into_floats() -> None:
    column = RNG.permutation(np.arange(40_000, 40_200)).astype(float)
    column[[3, 9]] = np.nan
    said = ask("INP108", pd.DataFrame({"customer": column})).finding
    assert said.severity == "note"
    assert said.message == (
        "'customer' holds nearly unique whole numbers as float64, since 2 cells of 200 are missing: "
        "an id read as a quantity?"
    )
    assert said.fix == "+ data['customer'] = data['customer'].astype(\"Int64\")"


@pytest.mark.parametrize(("kind", "top"), [(np.float16, 65504.0), (np.float32, float(np.finfo(np.float32).max))])
def test_overflow_that_was_clipped(kind: type, top: float) -> None:
    column: np.ndarray = RNG.normal(0, 1, 100).astype(kind)
    column[[3, 9]], column[12] = top, -top
    said = ask("INP108", pd.DataFrame({"x": column})).finding
    assert said.severity == "warning"
    assert f"holds the largest number of {np.dtype(kind)}" in said.message
    assert "3 times" in said.message


def test_underflow() -> None:
    column = (RNG.normal(0, 1, 200) * 1e-6).astype(np.float16)
    said = ask("INP108", pd.DataFrame({"x": column})).finding
    tiny = np.abs(column[column != 0].astype(float)) < float(np.finfo(np.float16).tiny)
    assert tiny.all()
    assert said.message.startswith(
        "'x' holds 100 % subnormal numbers, below 6.1e-05, which float16 keeps with few digits"
    )


INNOCENT = {
    "float16 of ordinary size": RNG.normal(0, 1, 200).astype(np.float16),
    "float16 with a few tiny values": np.append(RNG.normal(0, 1, 200), [1e-6, 1e-7]).astype(np.float16),
    "float32 of ordinary size": RNG.normal(0, 1e6, 200).astype(np.float32),
    "huge quantities": RNG.lognormal(60, 5, 200),
    "signed huge": RNG.normal(0, 1e30, 200),
    "integers of 64 bits": BIG,
    "whole floats": RNG.integers(0, 1000, 200).astype(float),
    "whole floats with gaps": np.where(np.arange(200) % 9, RNG.integers(0, 50, 200), np.nan),
    "populations with gaps": np.where(np.arange(200) % 9, RNG.lognormal(13, 2, 200).round(), np.nan),
    "fractions with gaps": np.where(np.arange(200) % 9, RNG.normal(5e4, 5, 200), np.nan),
    "all missing": np.full(200, np.nan),
    "one value": np.full(200, 65504.0 - 32.0, np.float16),
}


@pytest.mark.parametrize("name", INNOCENT)
def test_types_that_hold_their_numbers(name: str) -> None:
    assert not ask("INP108", pd.DataFrame({"x": INNOCENT[name]})).loud


def test_other_kinds_of_data() -> None:
    assert ask("INP108", table(), target="y").status is Status.CLEAN
    assert ask("INP108", images()).status is Status.NOT_APPLICABLE
    assert ask("INP108", pd.DataFrame({"a": [1, 2, 3]})).status is Status.NOT_APPLICABLE


def test_one_finding_for_all_splits_and_columns() -> None:
    frame = pd.DataFrame({f"id{i}": BIG.astype(float) for i in range(250)})
    said = ask("INP108", frame, frame).finding
    assert said.splits == ("train", "validation")
    assert len(said.columns) == 250
    assert (len(said.evidence["table"]["rows"]), said.evidence["table"]["total"]) == (200, 250)


def test_options() -> None:
    frame = pd.DataFrame({"x": np.append(BIG, BIG[:20]).astype(float)})
    assert ask("INP108", frame).finding.severity == "note"
    assert ask("INP108", frame, options={"unique": 0.5}).finding.severity == "warning"
    small = pd.DataFrame({"x": np.append(RNG.normal(0, 1, 150), np.full(50, 1e-6)).astype(np.float16)})
    assert ask("INP108", small).status is Status.CLEAN
    assert ask("INP108", small, options={"subnormal": 0.2}).finding.severity == "warning"
