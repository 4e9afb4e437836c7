"""Shares explained, against scikit-learn's metrics and made predictions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import entropy, spearmanr
from sklearn.metrics import balanced_accuracy_score, r2_score

from dataaudit.model import Task
from dataaudit.probe.usefulness import explained, train_rows
from tests.probe.making import probed


def frame(n: int) -> pd.DataFrame:
    return pd.DataFrame({"x": np.random.default_rng(9).normal(size=n)})


def two_classes(n: int, strength: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return labels, and the probabilities that they were drawn from."""
    rng = np.random.default_rng(seed)
    chance = 1 / (1 + np.exp(-strength * rng.normal(size=n)))
    return (rng.random(n) < chance).astype(int), np.stack([1 - chance, chance], axis=1)


def test_classes() -> None:
    y, P = two_classes(2000, 2.0)
    found = explained(probed(frame(2000), y, P=P)[0])
    loss = -np.log(P[np.arange(2000), y]).mean()
    assert found.share.value == pytest.approx(1 - loss / entropy(np.bincount(y) / 2000), abs=0.005)
    assert found.share.low < found.share.value < found.share.high
    assert found.accuracy == pytest.approx((P.argmax(axis=1) == y).mean())
    assert found.majority == pytest.approx(np.bincount(y).max() / 2000)
    even = (P / np.bincount(y)).argmax(axis=1)
    assert found.balanced == pytest.approx(balanced_accuracy_score(y, even))
    assert found.chance == 0.5


@pytest.mark.parametrize("sharper", [0.3, 4.0])
def test_sureness_is_put_right(sharper: float) -> None:
    y, P = two_classes(2000, 2.0)
    bent = P**sharper / (P**sharper).sum(axis=1, keepdims=True)
    value = explained(probed(frame(2000), y, P=bent)[0]).share.value
    assert value == pytest.approx(explained(probed(frame(2000), y, P=P)[0]).share.value, abs=0.005)


def test_the_interval_covers_the_truth() -> None:
    truth = explained(probed(frame(40_000), (big := two_classes(40_000, 1.0, 99))[0], P=big[1])[0]).share.value
    inside = []
    for seed in range(60):
        y, P = two_classes(400, 1.0, seed)
        share = explained(probed(frame(400), y, P=P)[0]).share
        inside.append(share.low <= truth <= share.high)
    assert np.mean(inside) >= 0.88


def test_rows_of_one_group_count_once() -> None:
    y, P = two_classes(200, 2.0)
    once = explained(probed(frame(200), y, P=P)[0]).share
    again = np.tile(np.arange(200), 4)
    copied = probed(frame(800), y[again], P=P[again], groups=again)[0]
    share = explained(copied).share
    assert share.high - share.low == pytest.approx(once.high - once.low, rel=1e-6)


def test_sure_and_wrong_is_worse_than_guessing_or_none() -> None:
    y, P = two_classes(500, 3.0)
    share = explained(probed(frame(500), y, P=P[:, ::-1])[0]).share
    assert share.low < 0.01
    assert share.value < 0.05


def test_numbers() -> None:
    rng = np.random.default_rng(0)
    y = rng.normal(size=1000)
    guess = y + rng.normal(size=1000)
    found = explained(probed(frame(1000), y, Task.REGRESSION, P=guess)[0])
    assert found.share.value == pytest.approx(r2_score(y, guess))
    assert found.ranked.value == pytest.approx(spearmanr(y, guess).statistic ** 2)
    assert np.isnan([found.accuracy, found.majority, found.balanced, found.chance]).all()


def test_wild_values_hide_nothing_from_ranks() -> None:
    rng = np.random.default_rng(0)
    y = rng.normal(size=1000)
    guess = y + 0.1 * rng.normal(size=1000)
    y[:3] = 1e6
    found = explained(probed(frame(1000), y, Task.REGRESSION, P=guess)[0])
    assert found.share.value < 0.01
    assert found.ranked.low > 0.9


def test_labels() -> None:
    y, P = two_classes(1000, 3.0)
    both, chances = np.stack([y, 1 - y], axis=1), np.stack([P[:, 1], P[:, 0]], axis=1)
    found = explained(probed(frame(1000), both, Task.MULTILABEL, P=chances)[0])
    alone = explained(probed(frame(1000), y, P=P)[0])
    assert found.share.value == pytest.approx(alone.share.value, abs=1e-3)
    assert found.accuracy == pytest.approx(alone.accuracy)


def test_rows_that_took_no_part_are_left_out() -> None:
    y, P = two_classes(300, 2.0)
    y[:50] = -1
    run = probed(frame(300), y, P=P)[0]
    assert explained(run).rows == 250
    assert train_rows(run, "train").sum() == 250


def test_a_constant_number() -> None:
    found = explained(probed(frame(50), np.full(50, 3.0), Task.REGRESSION, P=np.full(50, 3.0))[0])
    assert found.share.value == found.ranked.value == 0.0
