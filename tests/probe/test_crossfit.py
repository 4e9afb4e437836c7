"""Fits side by side: in order, one thread each, silent, and out of fold."""

from __future__ import annotations

import time
import warnings
from functools import partial

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from dataaudit.model import ProbeSettings
from dataaudit.probe.budget import plan
from dataaudit.probe.crossfit import classify, in_threads


def nothing() -> None:
    """Do nothing."""


def test_answers_come_in_the_order_of_the_tasks() -> None:
    def late(i: int) -> int:
        time.sleep(0.02 * (3 - i))
        return i

    done: list[int] = []
    assert in_threads([partial(late, i) for i in range(4)], 4, lambda: done.append(1)) == [0, 1, 2, 3]
    assert len(done) == 4
    assert in_threads([], 2, nothing) == []


def test_libraries_have_one_thread_inside_and_what_they_had_outside() -> None:
    def used() -> set[int]:
        return {pool["num_threads"] for pool in threadpool_info()}

    in_threads([used], 1, nothing)  # loads what there is to load
    before = used()
    assert in_threads([used], 1, nothing) == [{1}]
    assert used() == before


def test_a_task_that_fails_is_heard_of() -> None:
    def fails() -> None:
        raise ValueError("no such fold")

    with pytest.raises(ValueError, match="no such fold"):
        in_threads([fails, nothing], 2, nothing)


def test_what_libraries_warn_of_is_not_heard_of() -> None:
    filters = list(warnings.filters)
    in_threads([partial(warnings.warn, "it did not converge", stacklevel=1)] * 3, 2, nothing)
    assert warnings.filters == filters


def test_a_row_alone_cannot_raise_its_own_probability() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 3)).astype(np.float32)
    labels = (X[:, 0] > 0).astype(np.int64)
    wrong = labels.copy()
    wrong[7] = 1 - wrong[7]
    settings, size = ProbeSettings(jobs=1), plan(120, 3, 2, 4, 60.0)
    folds = (np.arange(120) % 4).astype(np.int64), (np.arange(120) // 30).astype(np.int64)
    _, right, _ = classify(X, labels, folds, 2, size, settings)
    both, first, _ = classify(X, wrong, folds, 2, size, settings)
    assert both[7].argmax() == labels[7]
    assert first[7].argmax() == right[7].argmax() == labels[7]
    assert np.abs(first[7] - right[7]).max() < 0.05  # only weights and temperature saw the label


def test_a_fold_whose_others_hold_one_class_is_given_that_one() -> None:
    X = np.random.default_rng(0).normal(size=(60, 2)).astype(np.float32)
    labels = np.repeat([0, 1], 30).astype(np.int64)
    P, _, _ = classify(X, labels, (labels.copy(), labels.copy()), 2, plan(60, 2, 2, 2, 60.0), ProbeSettings(jobs=1))
    assert (P.argmax(axis=1) == 1 - labels).mean() >= 0.5
    assert np.isfinite(P).all()


def test_each_round_has_its_own_folds() -> None:
    rng = np.random.default_rng(0)
    X = np.repeat(rng.normal(size=(80, 3)), 2, axis=0).astype(np.float32)  # each row twice, labels at random
    labels = np.repeat(rng.integers(0, 4, 80), 2).astype(np.int64)
    apart, whole = (np.arange(160) % 2).astype(np.int64), (np.arange(160) // 2 % 2).astype(np.int64)
    size, settings = plan(160, 3, 4, 2, 60.0), ProbeSettings(jobs=1)
    right = {}
    for name, folds in {"known": (apart, apart), "unknown": (whole, whole), "second": (whole, apart)}.items():
        P, first, _ = classify(X, labels, folds, 4, size, settings)
        right[name] = [float((found.argmax(axis=1) == labels).mean()) for found in (first, P)]
    assert min(right["known"]) > 0.7  # the copy of each row was learnt from
    assert max(right["unknown"]) < 0.5
    assert right["second"][0] == right["unknown"][0]
    assert right["second"][1] > right["unknown"][1] + 0.2


def test_inputs_stay_as_they_were() -> None:
    X = np.random.default_rng(0).normal(size=(90, 2)).astype(np.float32)
    labels = (np.arange(90) % 3).astype(np.int64)
    folds = (np.arange(90) // 3 % 3).astype(np.int64)
    before = X.tobytes(), labels.tobytes(), folds.tobytes()
    classify(X, labels, (folds, folds[::-1].copy()), 3, plan(90, 2, 3, 3, 60.0), ProbeSettings(jobs=2))
    assert (X.tobytes(), labels.tobytes(), folds.tobytes()) == before
