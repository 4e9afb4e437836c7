"""Labels in row order against a walk through a plain list."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Sequence
from itertools import pairwise, permutations
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataaudit.stats.labels import BATCH_SIZES, LabelLine, LabelOrder
from dataaudit.stats.state import encode
from tests.build import chunks, cut, observed

Labels = Sequence[Hashable]


def frame(labels: Labels) -> pd.DataFrame:
    dtype: Any = "str" if any(isinstance(v, str) for v in labels) else "Float64"
    return pd.DataFrame({"x": 0.0, "y": pd.array(list(labels), dtype)})


def line_of(labels: Labels, cuts: Any = (), start: int = 0, cap: int = 10_000) -> LabelLine:
    schema, rows = chunks(frame(labels), cuts, start=start, target="y")
    line: LabelLine = observed(LabelOrder(cap), schema, rows).columns["y"]
    return line


def walk(labels: Labels, start: int) -> dict[str, Any]:
    """Return the facts of a list, worked out one row after the other."""
    facts: dict[str, Any] = {"n": 0, "pairs": 0, "changes": 0, "up": 0, "down": 0}
    facts["counts"] = dict(Counter(v for v in labels if v is not None))
    facts["n"] = sum(facts["counts"].values())
    facts["places"] = {c: sum(start + i for i, v in enumerate(labels) if v == c) for c in facts["counts"]}
    for a, b in pairwise(labels):
        if a is None or b is None:
            continue
        facts["pairs"] += 1
        facts["changes"] += a != b
        if not isinstance(a, str) and not isinstance(b, str):
            facts["up"] += b > a  # type: ignore[operator]
            facts["down"] += b < a  # type: ignore[operator]
    return facts


def batches(labels: Labels, start: int, size: int) -> tuple[int, int]:
    """Return the complete batches of a size that begin at multiples of it, and those with one label only."""
    whole = single = 0
    first = math.ceil(start / size) * size
    for at in range(first, start + len(labels) - size + 1, size):
        batch = set(labels[at - start : at - start + size])
        whole += 1
        single += len(batch) == 1 and None not in batch
    return whole, single


def strip(labels: Labels, start: int, level: int) -> dict[int, dict[Hashable, int]]:
    bins: dict[int, dict[Hashable, int]] = {}
    for i, label in enumerate(labels):
        if label is not None:
            here = bins.setdefault((start + i) >> level, {})
            here[label] = here.get(label, 0) + 1
    return bins


def holds(line: LabelLine, labels: Labels, start: int) -> None:
    """Assert that facts are those of the walk."""
    truth = walk(labels, start)
    assert {name: getattr(line, name) for name in truth} == truth
    for size in BATCH_SIZES:
        assert (line.windows[size].whole, line.windows[size].single) == batches(labels, start, size)
    assert line.strip == strip(labels, start, line.strip_level)
    last = max((start + i for i, v in enumerate(labels) if v is not None), default=0)
    assert last >> line.strip_level < 256
    assert line.strip_level == 0 or last >> (line.strip_level - 1) >= 256
    if labels:
        assert line.ends == [(start, start + len(labels), labels[0], labels[-1])]


runs = st.lists(st.tuples(st.sampled_from(["a", "b", "b ", None]), st.integers(1, 50)), min_size=1, max_size=12)
starts = st.sampled_from([0, 1, 5, 16, 100, 127, 128, 10_000])


@settings(max_examples=60)
@given(runs, starts, st.lists(st.integers(0, 600), max_size=5))
def test_texts_in_runs(parts: list[tuple[str | None, int]], start: int, cuts: list[int]) -> None:
    labels = [label for label, n in parts for _ in range(n)]
    holds(line_of(labels, [min(c, len(labels)) for c in cuts], start), labels, start)


numbers = st.none() | st.sampled_from([-1, 0, 1, 2, 0.5, 1e300])


@settings(max_examples=60)
@given(st.lists(numbers, min_size=1, max_size=200), starts, st.lists(st.integers(0, 200), max_size=5))
def test_numbers(labels: list[float | None], start: int, cuts: list[int]) -> None:
    holds(line_of(labels, [min(c, len(labels)) for c in cuts], start), labels, start)


@pytest.mark.parametrize(
    "cuts", [(), (1, 2, 63, 64, 65, 500), range(1, 1000), range(16, 1000, 16), range(100, 1000, 100)]
)
@pytest.mark.parametrize("labels", [
    pytest.param(np.repeat(["a", "b", "c", "d"], 250).tolist(), id="sorted"),
    pytest.param(np.random.default_rng(0).choice(["a", "b"], 1000, p=[0.97, 0.03]).tolist(), id="rare"),
    pytest.param(np.repeat(np.random.default_rng(1).integers(0, 5, 100), 10).astype(float).tolist(), id="blocks"),
])  # fmt: skip
def test_thousand_labels(labels: list[Any], cuts: Any) -> None:
    holds(line_of(labels, cuts), labels, 0)


def test_sorted_labels_by_hand() -> None:
    """64 a, then 64 b: one change; 8 batches of 16, all of one label; one batch of 128, mixed."""
    line = line_of(["a"] * 64 + ["b"] * 64)
    assert (line.changes, line.pairs) == (1, 127)
    assert line.places == {"a": 64 * 63 // 2, "b": 64 * 64 + 64 * 63 // 2}
    assert {size: (w.whole, w.single) for size, w in line.windows.items()} == {
        16: (8, 8), 32: (4, 4), 64: (2, 2), 128: (1, 0),
    }  # fmt: skip


def test_batch_with_a_missing_label_counts_as_mixed() -> None:
    line = line_of(["a"] * 16 + [None] + ["a"] * 15 + [None] * 16 + ["a"] * 16)
    assert (line.windows[16].whole, line.windows[16].single) == (4, 2)


def test_parts_merge_in_any_order() -> None:
    labels = np.random.default_rng(2).choice([0.0, 1.0, 2.0], 300).tolist()
    schema, (whole,) = chunks(frame(labels), target="y")
    states = [observed(LabelOrder(), schema, [part]) for part in cut(whole, (7, 130, 131))]
    truth = encode(line_of(labels))
    for order in permutations(states):
        total = LabelOrder().start(schema)
        for state in order:
            total = total.merge(state)
        assert encode(total.columns["y"]) == truth
    assert encode(states[2].merge(states[0]).merge(states[3].merge(states[1])).columns["y"]) == truth


def test_gap_between_parts_is_no_neighbourhood() -> None:
    schema, (whole,) = chunks(frame(["a", "b", "a"]), target="y")
    first, _, last = cut(whole, (1, 2))
    line = observed(LabelOrder(), schema, [first, last]).columns["y"]
    assert line.pairs == 0
    assert line.ends == [(0, 1, "a", "a"), (2, 3, "a", "a")]


@pytest.mark.parametrize("cuts", [(), (3,), (12, 13), range(1, 14)])
def test_more_classes_than_are_counted(cuts: Any) -> None:
    labels = [f"c{i}" for i in range(14)]
    line = line_of(labels, cuts, cap=11)
    assert line.many
    assert (line.counts, line.places, line.strip) == ({}, {}, {})
    assert (line.n, line.pairs, line.changes) == (14, 13, 13)
    assert not line_of(labels, cuts, cap=14).many


@pytest.mark.parametrize("cuts", [(), (40,), range(1, 65)])
def test_strip_is_not_drawn_beyond_64_classes(cuts: Any) -> None:
    labels = [float(i) for i in range(65)]
    line = line_of(labels, cuts)
    assert (line.strip, line.strip_level, len(line.counts)) == ({}, 0, 65)
    assert len(line_of(labels[:64], ()).strip) == 64


def test_classes_stand_in_order() -> None:
    line = line_of([3.0, 1.0, 3.0, 2.5])
    assert list(line.class_counts.items()) == [(1, 1), (2.5, 1), (3, 2)]
    assert line.count_array().tolist() == [1, 1, 2]
    assert line.count_array().dtype == np.int64
    assert list(line_of(["b", "a"]).class_counts) == ["a", "b"]


def test_infinite_labels_are_a_class_of_their_own() -> None:
    line = line_of([math.inf, 1.0, math.inf])
    assert line.counts == {math.inf: 2, 1: 1}
    assert (line.up, line.down) == (1, 1)


def test_without_a_target_there_is_nothing() -> None:
    schema, rows = chunks(np.zeros((3, 2)))
    assert observed(LabelOrder(), schema, rows).columns == {}


def test_the_first_targets_of_many_are_looked_at() -> None:
    schema, rows = chunks((np.zeros((4, 1)), np.zeros((4, 40))))
    assert len(schema.targets) == 40
    assert list(observed(LabelOrder(), schema, rows).columns) == list(schema.targets[:32])
