"""BAT110: every number that is not finite, with its epoch, batch, row, place and sample."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dataaudit
from dataaudit.model import Status
from tests.analyzers.asking import ask_batches
from tests.analyzers.batches.loaders import Batch, loader, numbers, pictures


def test_one_nan_of_one_picture_is_named() -> None:
    def spoil(batches: list[Batch], epoch: int) -> list[Batch]:
        if epoch == 1:
            batches[3][0][2, 1, 4, 5] = np.nan
        return batches

    said = ask_batches("BAT110", loader(*pictures(), spoil)).finding
    assert said.message == "1 NaN in the inputs of train: row 2 of batch 3 of epoch 1, channel 1, y 4, x 5"
    assert (said.severity, said.splits, said.rows, said.row_count) == ("error", ("train",), (50,), 1)
    assert said.evidence["table"]["rows"] == [[1, 3, 2, "channel 1, y 4, x 5"]]


def test_channels_last_and_tables_are_placed_as_well() -> None:
    x, y = pictures()
    last = np.moveaxis(x, 1, -1).copy()
    last[7, 1, 2, 0] = np.inf
    said = ask_batches("BAT110", [(last[:16], y[:16]), (last[16:32], y[16:32])], epochs=1).finding
    assert said.message == "1 infinity in the inputs of train: row 7 of batch 0 of epoch 0, channel 0, y 1, x 2"
    x, y = numbers()
    x[20, 3] = -np.inf
    said = ask_batches("BAT110", [(x[:16], y[:16]), (x[16:32], y[16:32])], epochs=1).finding
    assert "row 4 of batch 1 of epoch 0, column 3" in said.message
    assert said.rows == (20,)


def test_the_sample_is_named_by_its_index() -> None:
    x, y = numbers(64)
    x[11, 0] = np.nan
    order = np.random.default_rng(3).permutation(64)
    batches = [(x[order[i : i + 16]], y[order[i : i + 16]], order[i : i + 16]) for i in range(0, 64, 16)]
    said = ask_batches("BAT110", batches, epochs=2).finding
    at = int(np.flatnonzero(order == 11)[0])
    assert f"row {at % 16} (sample 11) of batch {at // 16} of epoch 0" in said.message
    assert said.rows == (at,)
    assert [row[-1] for row in said.evidence["table"]["rows"]] == [11, 11]


def test_each_split_is_judged_and_the_other_stays_clean() -> None:
    x, y = numbers()
    spoilt = x.copy()
    spoilt[0, 0] = np.nan
    answer = ask_batches("BAT110", [(x, y)], [(spoilt, y)])
    assert {o.split: o.status for o in answer.outcomes} == {"train": Status.CLEAN, "val": Status.FOUND}


def test_a_regression_target_with_nan() -> None:
    x, _ = numbers(64)
    y = np.random.default_rng(1).normal(size=64).astype(np.float32)
    y[5] = np.nan
    said = ask_batches("BAT110", [(x[:32], y[:32]), (x[32:], y[32:])], epochs=1).finding
    assert said.message == "1 NaN in the labels of train: row 5 of batch 0 of epoch 0"
    assert said.columns == ("y",)


def masked_tasks() -> list[Any]:
    rng = np.random.default_rng(0)
    y = rng.normal(size=(64, 4))
    y[rng.random((64, 4)) < 0.3] = np.nan
    return [(np.ones((16, 3)) * i, y[16 * i : 16 * i + 16]) for i in range(4)]


def additive_mask() -> list[Any]:
    x, y = numbers(32)
    mask = np.where(np.arange(5) < 3, 0.0, -np.inf) * np.ones((16, 1))
    return [{"input_values": x[:16], "attention_mask": mask, "labels": y[:16]}]


def note_beside() -> list[Any]:
    x, y = numbers(32)
    return [{"image": x[:16], "label": y[:16], "age": np.full(16, np.nan)}]


@pytest.mark.parametrize("make", [masked_tasks, additive_mask, note_beside])
def test_nan_that_is_meant(make: Any) -> None:
    assert ask_batches("BAT110", make()).status is Status.CLEAN


def test_many_batches_are_counted() -> None:
    def spoil(batches: list[Batch], epoch: int) -> list[Batch]:
        for batch in batches:
            batch[0][:] = np.nan
        return batches

    said = ask_batches("BAT110", loader(*numbers(), spoil)).finding
    assert "12 batches have some: batches 0, 1, 2 and 3 more of epoch 0, and 6 of later epochs" in said.message
    assert said.row_count == 96
    assert said.evidence["table"]["total"] == 2 * 96 * 5


@settings(max_examples=25, deadline=None)
@given(st.sets(st.tuples(st.integers(0, 47), st.integers(0, 4)), min_size=1, max_size=30))
def test_counts_and_rows_are_those_of_numpy(cells: set[tuple[int, int]]) -> None:
    x, y = numbers(48)
    for i, j in cells:
        x[i, j] = np.nan
    said = ask_batches("BAT110", [(x[i : i + 16], y[i : i + 16]) for i in range(0, 48, 16)], epochs=1).finding
    assert said.evidence["nan"] == len(cells)
    assert said.rows == tuple(sorted({i for i, _ in cells}))


def test_files_have_no_batches() -> None:
    from tests.analyzers.asking import ask
    from tests.build import table

    answer = ask("BAT110", table())
    assert (answer.status, answer.reason) == (Status.NOT_APPLICABLE, "the data does not come in batches")


def test_one_fact_is_one_finding() -> None:
    """NaN and infinity of a loader are told by batch, and not by column as well."""
    x = np.random.default_rng(0).normal(size=(8, 16, 4)).astype(np.float32)
    x[3, 2, 1], x[5, 4, 2] = np.nan, np.inf
    report = dataaudit.audit_batches([(part, np.arange(16) % 2) for part in x], select=["BAT110", "INP101", "INP102"])
    assert {f.rule for f in report.findings} == {"BAT110"}
    alone = dataaudit.audit_batches([(part, np.arange(16) % 2) for part in x], select=["INP101", "INP102"])
    assert {f.rule for f in alone.findings} == {"INP101", "INP102"}
