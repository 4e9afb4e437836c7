"""BAT101, BAT102 and BAT103 on the batches of a loader: by their own sizes, and silent on orders that are meant."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise, permutations
from typing import Any

import numpy as np
import pytest
from scipy.stats import hypergeom

from dataaudit.analyzers.order.common import label_chance
from dataaudit.analyzers.order.given_batches import Mates, mates_of
from dataaudit.model import Status
from dataaudit.stats.batch_log import BatchRecord
from tests.analyzers.asking import ask_batches
from tests.analyzers.batches.loaders import batched

Order = Callable[[np.ndarray, np.random.Generator], Any]


def loading(order: Order, n: int = 240, size: int = 16, classes: int = 4) -> Callable[..., Any]:
    """Return a loader whose training labels come in some order; val is in the order of classes."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(n, 5)).astype(np.float32), rng.integers(0, classes, n)

    def build(epoch: int = 0, split: str = "train") -> Any:
        if split == "val":
            return batched(x[:80], np.sort(y[:80]), size)
        return batched(x, y, size, np.asarray(order(y, np.random.default_rng(epoch))))

    return build


def shuffled(y: np.ndarray, rng: np.random.Generator) -> Any:
    return rng.permutation(len(y))


def single(y: np.ndarray, rng: np.random.Generator) -> Any:
    """Return batches of 16 of one class each, in random order, incomplete ones left out."""
    parts = [rng.permutation(np.flatnonzero(y == c)) for c in np.unique(y)]
    whole = [part[i : i + 16] for part in parts for i in range(0, len(part) // 16 * 16, 16)]
    return np.concatenate([whole[i] for i in rng.permutation(len(whole))])


def balanced(y: np.ndarray, rng: np.random.Generator) -> Any:
    """Return classes in turn."""
    least = np.bincount(y).min()
    return np.stack([rng.permutation(np.flatnonzero(y == c))[:least] for c in np.unique(y)], axis=1).ravel()


def test_batches_of_one_class_each() -> None:
    said = ask_batches("BAT102", loading(single)).finding
    n = said.evidence["batches"]
    assert said.message == (
        f"{n} of {n} batches of train hold one label (epoch 0), random order would give none; "
        "a batch holds 1.0 labels on average, 4.0 in random order"
    )
    assert (said.severity, said.splits, said.row_count) == ("error", ("train",), 16 * n)
    assert said.evidence["table"]["total"] == n
    assert {row[3] for row in said.evidence["table"]["rows"]} == {"0", "1", "2", "3"}


def test_some_batches_of_one_class_among_mixed_ones() -> None:
    def order(y: np.ndarray, rng: np.random.Generator) -> Any:
        some = single(y, rng)[: 5 * 16]
        return np.concatenate([some, rng.permutation(np.setdiff1d(np.arange(len(y)), some))])

    said = ask_batches("BAT102", loading(order)).finding
    assert (said.evidence["with_one_label"], said.rows) == (5, tuple(range(80)))


def test_one_label_where_sizes_make_it_likely() -> None:
    """97 % of one class, and batches of two: every other batch holds one label by chance."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(300, 3)).astype(np.float32), (rng.random(300) < 0.03).astype(int)
    assert ask_batches("BAT102", batched(x, y, 8)).status is Status.CLEAN
    assert ask_batches("BAT102", batched(x, rng.integers(0, 2, 300), 2)).status is Status.CLEAN


def test_batches_of_one_row_say_nothing() -> None:
    rng = np.random.default_rng(0)
    answer = ask_batches("BAT102", batched(rng.normal(size=(40, 3)), rng.integers(0, 2, 40), 1))
    assert answer.reason == "fewer than two batches of two rows or more"


@pytest.mark.parametrize("order", [shuffled, balanced])
@pytest.mark.parametrize("code", ["BAT101", "BAT102", "BAT103"])
def test_orders_that_are_meant(code: str, order: Order) -> None:
    assert not ask_batches(code, loading(order)).loud


def test_val_in_the_order_of_classes_is_a_note() -> None:
    said = ask_batches("BAT101", loading(shuffled)).finding
    assert (said.severity, said.splits) == ("note", ("val",))


def test_a_training_epoch_in_the_order_of_classes() -> None:
    said = [f for f in ask_batches("BAT101", loading(lambda y, rng: np.argsort(y))).findings if f.splits == ("train",)]
    assert [f.severity for f in said] == ["error"]
    assert said[0].figure is not None
    assert said[0].figure["kind"] == "strip"


@pytest.mark.parametrize("counts", [(5,), (5, 9), (1, 1, 1), (40, 3, 7, 50)])
@pytest.mark.parametrize("size", [1, 2, 5, 500])
def test_labels_of_a_batch_in_random_order(counts: tuple[int, ...], size: int) -> None:
    n, size = sum(counts), min(size, sum(counts))
    expected = sum(1 - hypergeom(n, c, size).pmf(0) for c in counts)
    assert label_chance(np.array(counts), size) == pytest.approx(expected, rel=1e-9)


# ---------------------------------------------------------------- batch-mates


def record(labels: Any, number: int) -> BatchRecord:
    line = np.asarray(labels, dtype=np.uint64)
    return BatchRecord(0, number, 0, len(line), (), (), None, line, line, np.zeros(0, np.int64), False, 0.0, 0.0)


@pytest.mark.parametrize(("labels", "sizes"), [("aabbc", (3, 2)), ("aaabb", (2, 2, 1)), ("aabbcd", (4, 2))])
def test_batch_mates_over_all_orders(labels: str, sizes: tuple[int, ...]) -> None:
    words = [ord(c) for c in labels]
    edges = np.cumsum((0, *sizes))

    def counted(order: Any) -> Mates:
        return mates_of([record(order[a:b], i) for i, (a, b) in enumerate(pairwise(edges.tolist()))])

    every = [counted(order) for order in permutations(words)]
    alike = np.array([mates.alike for mates in every])
    assert every[0].pairs == sum(size * (size - 1) // 2 for size in sizes)
    assert every[0].expected == pytest.approx(alike.mean(), rel=1e-12)
    assert [mates.z for mates in every] == pytest.approx(((alike - alike.mean()) / alike.std()).tolist(), abs=1e-9)


def test_shuffled_loaders_have_no_blocks() -> None:
    rng = np.random.default_rng(5)
    for _ in range(200):
        counts = rng.integers(2, 120, rng.integers(2, 12))
        order = rng.permutation(np.repeat(np.arange(len(counts)), counts))
        size = int(rng.choice([2, 7, 16, 64]))
        mates = mates_of([record(order[i : i + size], i) for i in range(0, len(order), size)])
        assert mates.z < 6


def in_groups(size: int) -> Order:
    """Return an order of batches of 16 that hold as many rows of one class after the other."""

    def order(y: np.ndarray, rng: np.random.Generator) -> Any:
        pools = [rng.permutation(np.flatnonzero(y == c)).tolist() for c in np.unique(y)]
        picked: list[int] = []
        while sum(len(pool) >= size for pool in pools) >= 16 // size:
            ready = [c for c, pool in enumerate(pools) if len(pool) >= size]
            for c in rng.permutation(ready)[: 16 // size].tolist():
                picked += [pools[c].pop() for _ in range(size)]
        return np.array(picked)

    return order


def test_the_order_within_a_batch_plays_no_part() -> None:
    assert not ask_batches("BAT103", loading(in_groups(4), n=900, classes=10)).loud

    def arranged(y: np.ndarray, rng: np.random.Generator) -> Any:
        rows = rng.permutation(len(y))
        return np.concatenate([part[np.argsort(y[part])] for part in np.array_split(rows, len(rows) // 16)])

    assert not ask_batches("BAT103", loading(arranged, n=480)).loud


def test_batches_of_few_classes_are_blocks() -> None:
    said = ask_batches("BAT103", loading(in_groups(8), n=900, classes=10)).finding
    assert (said.severity, said.splits) == ("warning", ("train",))
    assert "% of the pairs of rows that share a batch differ in label, random order gives " in said.message


def test_runs_decide_where_batches_are_single_rows() -> None:
    def runs(y: np.ndarray, rng: np.random.Generator) -> Any:
        by_class = np.argsort(y, kind="stable")
        parts = [by_class[i : i + 8] for i in range(0, len(y), 8)]
        return np.concatenate([parts[i] for i in rng.permutation(len(parts))])

    assert "they change " in ask_batches("BAT103", loading(runs, size=1)).finding.message
