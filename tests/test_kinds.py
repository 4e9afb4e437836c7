"""What columns mean and what a target asks for: each case beside its nearest neighbour on the other side."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from dataaudit.model import Kind, Task
from tests.build import split_view, views


def kind(values: Any, **roles: Any) -> Kind:
    """Return the kind of one column."""
    data = pd.DataFrame({"c": values})
    return split_view(data, rules=[], **roles).context.kinds["c"]


def task(values: Any) -> Task | None:
    """Return the task that one target column asks for."""
    data = pd.DataFrame({"x": 0.5, "y": values})
    return split_view(data, rules=[], target="y").context.task


KINDS: dict[str, tuple[Any, Kind]] = {
    "fractions": ([0.5, 1.0, 2.0], Kind.NUMERIC),
    "two values, one a fraction": ([0.0, 0.5] * 20, Kind.NUMERIC),
    "0 and 1": ([0, 1, 1], Kind.BOOLEAN),
    "0.0 and 1.0 and missing": ([0.0, 1.0, None], Kind.BOOLEAN),
    "1 and 2": ([1, 2] * 5, Kind.INTEGER_CODE),
    "0 alone": ([0] * 10, Kind.INTEGER_CODE),
    "booleans": ([True, False], Kind.BOOLEAN),
    "20 codes, 5 rows each": (list(range(20)) * 5, Kind.INTEGER_CODE),
    "20 codes, a row short of 5 each": ((list(range(20)) * 5)[:-1], Kind.NUMERIC),
    "21 whole numbers": (list(range(21)) * 5, Kind.NUMERIC),
    "years": ([1999, 2000, 2001] * 10, Kind.NUMERIC),
    "days, not yet years": ([997, 998, 999] * 10, Kind.INTEGER_CODE),
    "numbers of 20 rows": (list(range(100, 120)), Kind.ID),
    "numbers of 19 rows": (list(range(100, 119)), Kind.NUMERIC),
    "numbers of rows as floats": ([float(i) for i in range(20)], Kind.NUMERIC),
    "whole numbers far apart": (list(range(0, 2000, 100)), Kind.NUMERIC),
    "whole numbers, some twice": ([*range(95), 1, 2, 3, 4, 5], Kind.NUMERIC),
    "nothing": ([None, None], Kind.EMPTY),
    "NaN": ([np.nan, np.nan], Kind.EMPTY),
    "infinite": ([np.inf, -np.inf], Kind.EMPTY),
    "times": (pd.to_datetime(["2020-01-01", "2020-01-02"]), Kind.DATETIME),
    "categories": (pd.Categorical(["a", "b", "a"]), Kind.CATEGORICAL),
    "categories each once": (pd.Categorical([f"c{i}" for i in range(30)]), Kind.CATEGORICAL),
    "few words": (["red", "green", "blue"] * 10, Kind.CATEGORICAL),
    "words of 20 rows, each once": ([f"u{i}" for i in range(20)], Kind.ID),
    "words of 19 rows, each once": ([f"u{i}" for i in range(19)], Kind.CATEGORICAL),
    "two words of 20 rows, each once": ([f"u {i}" for i in range(20)], Kind.CATEGORICAL),
    "sentences": (["it rains a lot", "it does not rain"] * 5, Kind.TEXT),
    "three words": (["it rains here", "it rains there"] * 5, Kind.CATEGORICAL),
    "51 words, more than half": ([f"w{i}" for i in range(51)] + ["w0"] * 48, Kind.TEXT),
    "50 words, more than half": ([f"w{i}" for i in range(50)] + ["w0"] * 48, Kind.CATEGORICAL),
    "51 words, half": ([f"w{i}" for i in range(51)] + ["w0"] * 51, Kind.CATEGORICAL),
    "empty texts": (["", "", ""], Kind.CATEGORICAL),
}


@pytest.mark.parametrize("case", KINDS)
def test_kind(case: str) -> None:
    values, expected = KINDS[case]
    assert kind(values) is expected


def test_what_is_named_an_id_is_one() -> None:
    data = pd.DataFrame({"c": [0.5, 0.5, None], "x": 1.0})
    assert split_view(data, rules=[], id="c").context.kinds["c"] is Kind.ID


TASKS: dict[str, tuple[Any, Task]] = {
    "text": (["a", "b"], Task.CLASSIFICATION),
    "text, each once": ([f"c{i}" for i in range(100)], Task.CLASSIFICATION),
    "booleans": ([True, False], Task.CLASSIFICATION),
    "categories": (pd.Categorical(["a", "b"]), Task.CLASSIFICATION),
    "0 and 1": ([0, 1], Task.CLASSIFICATION),
    "0.0 and 1.0": ([0.0, 1.0, None], Task.CLASSIFICATION),
    "20 whole numbers": (list(range(20)), Task.CLASSIFICATION),
    "20 whole numbers far apart": (list(range(0, 2000, 100)), Task.CLASSIFICATION),
    "21 whole numbers": (list(range(21)), Task.REGRESSION),
    "21 classes, two rows each": (list(range(21)) * 2, Task.CLASSIFICATION),
    "21 classes, one with five rows beside two": (list(range(21)) * 2 + [0] * 3, Task.REGRESSION),
    "21 classes of any size, ten rows each": (list(range(21)) * 2 + [0] * 168, Task.CLASSIFICATION),
    "21 classes of any size, a row less": (list(range(21)) * 2 + [0] * 167, Task.REGRESSION),
    "classes from 1": (list(range(1, 31)) * 10, Task.CLASSIFICATION),
    "whole numbers from 2": (list(range(2, 32)) * 10, Task.REGRESSION),
    "whole numbers with a gap": ([i for i in range(31) if i != 7] * 10, Task.REGRESSION),
    "2000 whole numbers": (list(range(2000)) * 10, Task.REGRESSION),
    "fractions": ([0.0, 1.0, 0.5], Task.REGRESSION),
    "times": (pd.to_datetime(["2020-01-01", "2020-01-02"]), Task.REGRESSION),
    "NaN": ([np.nan, np.nan], Task.REGRESSION),
    "infinite": ([np.inf, np.inf], Task.REGRESSION),
}


@pytest.mark.parametrize("case", TASKS)
def test_task(case: str) -> None:
    values, expected = TASKS[case]
    assert task(values) is expected


def test_no_target_no_task() -> None:
    assert split_view(pd.DataFrame({"x": [1.0, 2.0]}), rules=[]).context.task is None


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ([0, 1, 1], [True, False, True], Task.MULTILABEL),
        ([0.0, 1.0, None], [None, None, None], Task.MULTILABEL),
        ([0, 1, 1], [0, 1, 2], Task.REGRESSION),
        ([0.5, 1.0, 2.0], [0, 1, 1], Task.REGRESSION),
        ([0, 1, 1], ["a", "b", "a"], Task.REGRESSION),
    ],
)
def test_several_targets(a: list[Any], b: list[Any], expected: Task) -> None:
    data = pd.DataFrame({"x": [5.5, 6.5, 7.5], "z": ["p", "q", "r"], "a": a, "b": b, "w": [1.5, 2.5, 3.5]})
    assert split_view(data, rules=[], target=["a", "b"]).context.task is expected


def test_all_splits_count_together() -> None:
    """Ten rows of a class may lie in two splits."""
    y = list(range(21)) * 2 + [0] * 84
    data = pd.DataFrame({"x": 0.5, "y": y})
    assert split_view(data, rules=[], target="y").context.task is Task.REGRESSION
    both = views(data, test=data, rules=[], target="y")
    assert {s.context.task for s in both.values()} == {Task.CLASSIFICATION}


@pytest.mark.parametrize("name", ["id", "ID", "user_id", "userId", "respondent identifier", "row.id"])
def test_whole_numbers_that_a_name_calls_ids_are_ids_however_far_apart(name: str) -> None:
    spread = np.arange(40) ** 3
    assert split_view(pd.DataFrame({name: spread}), rules=[]).context.kinds[name] is Kind.ID


@pytest.mark.parametrize("name", ["paid", "covid", "humid", "acid", "identifiers sold", "width"])
def test_names_that_only_end_like_an_id_are_quantities(name: str) -> None:
    spread = np.arange(40) ** 3
    assert split_view(pd.DataFrame({name: spread}), rules=[]).context.kinds[name] is Kind.NUMERIC


def test_a_measured_id_column_with_repeats_is_a_quantity() -> None:
    values = np.repeat(np.arange(20) ** 3, 2)
    assert split_view(pd.DataFrame({"id": values}), rules=[]).context.kinds["id"] is not Kind.ID


def test_numbers_of_many_rows_are_ids_however_their_number_is_estimated() -> None:
    """Beyond 1,024 distinct values these are estimated, 3 % off: every other table of row numbers was none."""
    for n in (1_100, 1_797, 2_344, 5_001):
        assert kind(np.arange(10_000, 10_000 + n)) is Kind.ID
        assert kind([f"u{i}" for i in range(n)]) is Kind.ID
