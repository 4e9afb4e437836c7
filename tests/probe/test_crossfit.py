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
    folds = (np.arange(120) % 4).astype(np.int64)
    _, right, _ = classify(X, labels, folds, 2, size, settings)
    _, first, _ = classify(X, wrong, folds, 2, size, settings)
    assert first[7].argmax() == right[7].argmax() == labels[7]
    assert np.abs(first[7] - right[7]).max() < 0.05  # only weights and temperature saw the label


def test_a_fold_whose_others_hold_one_class_is_given_that_one() -> None:
    X = np.random.default_rng(0).normal(size=(60, 2)).astype(np.float32)
    labels = np.repeat([0, 1], 30).astype(np.int64)
    P, _, _ = classify(X, labels, labels.copy(), 2, plan(60, 2, 2, 2, 60.0), ProbeSettings(jobs=1))
    assert (P.argmax(axis=1) == 1 - labels).mean() >= 0.5
    assert np.isfinite(P).all()


def test_inputs_stay_as_they_were() -> None:
    X = np.random.default_rng(0).normal(size=(90, 2)).astype(np.float32)
    labels = (np.arange(90) % 3).astype(np.int64)
    folds = (np.arange(90) // 3 % 3).astype(np.int64)
    before = X.tobytes(), labels.tobytes(), folds.tobytes()
    classify(X, labels, folds, 3, plan(90, 2, 3, 3, 60.0), ProbeSettings(jobs=2))
    assert (X.tobytes(), labels.tobytes(), folds.tobytes()) == before
