"""What probabilities say against given labels, against definitions written out row by row."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataaudit.model import Floats, Ints
from dataaudit.probe.quality import (
    Quality,
    confident_disagreement,
    confident_joint,
    interval,
    off_diagonal,
    review,
    strong,
)


def made(n: int = 400, k: int = 3, wrong: float = 0.0, seed: int = 0, sure: float = 4.0) -> tuple[Floats, Ints, Ints]:
    """Return calibrated probabilities of an easy task, labels with noise, and the labels before it."""
    rng = np.random.default_rng(seed)
    true = rng.integers(0, k, n)
    logits = rng.normal(size=(n, k))
    logits[np.arange(n), true] += sure + rng.normal(size=n)
    P = np.exp(logits)
    y = true.copy()
    flipped = rng.random(n) < wrong
    y[flipped] = (y[flipped] + rng.integers(1, k, int(flipped.sum()))) % k
    return P / P.sum(axis=1, keepdims=True), y.astype(np.int64), true.astype(np.int64)


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 5), st.integers(1, 30), st.integers(0, 10**6))
def test_margins_and_scores_row_by_row(k: int, n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    P = rng.dirichlet(np.full(k, 0.5), n)
    y = rng.integers(0, k, n)
    quality = Quality(P, y)
    virtual, nearest = [], []
    for i in range(n):
        p = np.clip(P[i], 1e-4, 1)
        p = np.log(p / p.sum())
        others = [j for j in range(k) if j != y[i]]
        best = max(others, key=lambda j: p[j])
        assert quality.suggested[i] == best
        assert quality.margin[i] == pytest.approx(p[best] - p[y[i]])
        assert quality.score[i] == pytest.approx(-p[y[i]] + 0.75 * p[best])
        virtual += [max(p[m] for m in range(k) if m != j) - p[j] for j in others]
        ranked = sorted(p)
        nearest.append(ranked[-1] - ranked[-2])
    assert quality.virtual == pytest.approx(np.sort(virtual))
    assert quality.nearest == pytest.approx(np.sort(nearest))


def test_certain_probabilities_stay_finite() -> None:
    quality = Quality(np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([1, 1]))
    assert quality.margin == pytest.approx([math.log(1e4), -math.log(1e4)])


def test_the_confident_joint_by_hand() -> None:
    P = np.array([[0.9, 0.1], [0.8, 0.2], [0.1, 0.9], [0.4, 0.6], [0.45, 0.55], [0.1, 0.9]])
    y = np.array([0, 0, 0, 1, 1, 1])
    # bars: mean of .9, .8, .1 = .6 and of .6, .55, .9 = .683; rows 3 and 4 reach neither
    joint = confident_joint(Quality(P, y))
    assert joint == pytest.approx(np.array([[2.0, 1.0], [0.0, 3.0]]))
    assert off_diagonal(joint) == pytest.approx(1 / 6)


def test_a_class_without_confident_rows_keeps_its_rows() -> None:
    P = np.array([[0.9, 0.1], [0.9, 0.1], [0.6, 0.4], [0.5, 0.5]])
    joint = confident_joint(Quality(P, np.array([0, 0, 0, 0])))
    assert joint.sum() == pytest.approx(4.0)
    assert joint[1].tolist() == [0.0, 0.0]


def test_disagreement_in_the_surest_half() -> None:
    P = np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3], [0.6, 0.4]])
    assert confident_disagreement(Quality(P, np.array([1, 0, 1, 1]))) == 0.5


@pytest.mark.parametrize("k", [2, 3, 10])
@pytest.mark.parametrize("wrong", [0.05, 0.2])
def test_flipped_labels_are_found(k: int, wrong: float) -> None:
    P, y, true = made(1000, k, wrong)
    quality = Quality(P, y)
    for flagged, least in ((review(quality), 0.85), (strong(quality), 0.7)):
        hits = int((flagged & (y != true)).sum())
        assert 2 * hits / (flagged.sum() + (y != true).sum()) > least
    low, high = interval(quality)
    assert 0 < low <= (y != true).mean() <= high


@pytest.mark.parametrize("k", [2, 3])
def test_easy_tasks_without_noise(k: int) -> None:
    P, y, _ = made(1000, k, 0.0, sure=6.0)
    quality = Quality(P, y)
    assert review(quality).sum() <= 5
    assert interval(quality)[0] == 0.0


def test_order_of_rows_and_names_of_classes_do_not_matter() -> None:
    P, y, _ = made(300, 4, 0.1)
    rows, classes = np.random.default_rng(1).permutation(300), np.array([2, 0, 3, 1])
    other = Quality(P[rows][:, classes], np.argsort(classes)[y[rows]])
    here = Quality(P, y)
    assert other.margin == pytest.approx(here.margin[rows])
    assert (review(other) == review(here)[rows]).all()
    assert (strong(other) == strong(here)[rows]).all()
    assert interval(other) == pytest.approx(interval(here))
