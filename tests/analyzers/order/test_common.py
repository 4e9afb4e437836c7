"""Runs, separation and the chance of a batch of one label, against brute force and SciPy."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, permutations
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import hypergeom

from dataaudit.analyzers.order.common import batch_chance, label_runs, separation, strip_figure
from dataaudit.stats.labels import LabelLine, LabelOrder
from tests.build import chunks, observed

LABELS = st.lists(st.sampled_from("abc"), min_size=2, max_size=7)


def line_of(labels: Sequence[Any]) -> LabelLine:
    frame = pd.DataFrame({"x": np.arange(len(labels)) + 0.5, "y": pd.Series(list(labels), dtype="str")})
    schema, parts = chunks(frame, target="y")
    line: LabelLine = observed(LabelOrder(), schema, parts).columns["y"]
    return line


def changes(labels: Sequence[Any]) -> int:
    return sum(a != b for a, b in pairwise(labels))


@given(LABELS)
def test_runs_against_all_orders(labels: list[str]) -> None:
    every = np.array([changes(order) for order in permutations(labels)])
    runs = label_runs(line_of(labels))
    assert runs.changes == changes(labels)
    assert runs.expected == pytest.approx(every.mean())
    if every.std() > 1e-9:
        assert runs.z == pytest.approx((every.mean() - runs.changes) / every.std())
        assert runs.share == pytest.approx(runs.changes / every.mean())
    else:
        assert runs.z == 0.0


def test_runs_of_many_rows_against_random_orders() -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat(["a", "b", "c"], [300, 50, 20])
    seen = np.array([changes(rng.permutation(labels).tolist()) for _ in range(2000)])
    runs = label_runs(line_of(labels.tolist()))
    assert abs(runs.expected - seen.mean()) < 4 * seen.std() / np.sqrt(2000)
    assert (runs.expected - runs.changes) / runs.z == pytest.approx(seen.std(), rel=0.07)


@given(st.lists(st.integers(1, 40), min_size=2, max_size=6))
def test_blocks_are_fully_separated(sizes: list[int]) -> None:
    labels = np.repeat([f"c{i}" for i in range(len(sizes))], sizes).tolist()
    assert separation(line_of(labels)) == pytest.approx(1.0)
    assert separation(line_of(labels[::-1])) == pytest.approx(1.0)


@given(st.lists(st.sampled_from("abc"), min_size=2, max_size=80), st.randoms(use_true_random=False))
def test_separation_is_the_share_of_variance_between_classes(labels: list[str], random: Any) -> None:
    at = np.arange(len(labels), dtype=float)
    y = np.array(labels)

    def between(order: Any) -> float:
        return float(sum((order == c).sum() * (at[order == c].mean() - at.mean()) ** 2 for c in np.unique(y)))

    by_place = sorted(np.unique(y), key=lambda c: at[y == c].mean())
    blocks = between(np.concatenate([y[y == c] for c in by_place]))
    expected = between(y) / blocks if blocks else 0.0
    assert separation(line_of(labels)) == pytest.approx(min(1.0, expected))


def test_random_order_separates_little() -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat(["a", "b", "c"], 200)
    seen = [separation(line_of(rng.permutation(labels).tolist())) for _ in range(100)]
    assert np.mean(seen) == pytest.approx(2 / 600 / (8 / 9), rel=0.4)  # (K - 1)/n, of the 8/9 that blocks reach
    assert max(seen) < 0.03


def test_alternating_labels_are_not_separated() -> None:
    assert separation(line_of(list("ab") * 100)) < 1e-3


@pytest.mark.parametrize("where", [slice(0, 60), slice(85, 115), slice(140, 200), slice(0, 200, 7)])
def test_missing_labels_leave_a_sorted_file_sorted(where: slice) -> None:
    labels = np.array(["a"] * 100 + ["b"] * 100, dtype=object)
    labels[where] = None
    assert separation(line_of(labels.tolist())) > 0.9


@given(st.lists(st.integers(0, 60), min_size=1, max_size=6).filter(any), st.integers(1, 40))
def test_chance_of_one_label_is_hypergeometric(counts: list[int], size: int) -> None:
    n = sum(counts)
    if size > n:
        assert batch_chance(np.array(counts), size) == 0.0
        return
    expected = sum(hypergeom(n, c, size).pmf(size) for c in counts)
    assert batch_chance(np.array(counts), size) == pytest.approx(expected, rel=1e-9, abs=1e-300)


def test_strip_counts_rows() -> None:
    figure = strip_figure(line_of(["a"] * 300 + ["b"] * 100), "caption")
    assert figure is not None
    assert np.sum(figure["bins"], axis=0).tolist() == [300, 100]
    assert figure["expected"] == [[0.75, 0.25]]
    assert figure["bin_rows"] == 2
    many = strip_figure(line_of([f"c{i % 30}" for i in range(300)]), "caption")
    assert many is not None
    assert len(many["classes"]) == 11
    assert np.sum(many["bins"]) == 300
    assert strip_figure(line_of([f"c{i % 65}" for i in range(300)]), "caption") is None


@pytest.mark.parametrize("missing", [0.4, 0.8])
@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.9, 0.1), (0.6, 0.3, 0.1)])
def test_rows_without_a_label_are_no_blocks(missing: float, shares: tuple[float, ...]) -> None:
    """In random order z has mean 0 and deviation 1, however many neighbours cannot be compared."""
    rng = np.random.default_rng(0)
    z = []
    for _ in range(100):
        labels = rng.choice(list("abc")[: len(shares)], 600, p=shares).astype(object)
        labels[rng.random(600) < missing] = None
        z.append(label_runs(line_of(labels.tolist())).z)
    assert abs(float(np.mean(z))) < 0.4
    assert 0.7 < float(np.std(z)) < 1.35
