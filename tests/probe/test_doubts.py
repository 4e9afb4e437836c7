"""Which labels are held against predictions, and what a row resembles."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dataaudit.model import CannotTell
from dataaudit.probe.doubts import Likeness, doubts
from tests.probe.making import probed


def blobs(n: int = 120, k: int = 3) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    y = np.arange(n) % k
    frame = pd.DataFrame({"far": 5.0 * y + rng.normal(size=n), "idle": rng.normal(size=n)})
    P = np.full((n, k), 0.05)
    P[np.arange(n), y] = 1 - 0.05 * (k - 1)
    return frame, y, P


def judged(frame: pd.DataFrame, y: np.ndarray, P: np.ndarray, same: list[object], groups: object = None) -> list[int]:
    run, _ = probed(frame, y, P=P, groups=groups)
    found = doubts(run, same)
    return sorted(run.rows.position[found.at].tolist())


def test_all_rows_of_distinct_inputs() -> None:
    frame, y, P = blobs()
    assert judged(frame, y, P, [0, 1, 2]) == list(range(120))


def test_conflicts_and_copies_are_left_out() -> None:
    frame, y, P = blobs()
    frame.iloc[3], frame.iloc[10] = frame.iloc[0], frame.iloc[2]  # same label; another label
    groups = np.arange(120)
    groups[3], groups[10] = 0, 2
    kept = judged(frame, y, P, [0, 1, 2], groups)
    assert len(kept) == 117
    assert not {2, 10} & set(kept)
    assert len({0, 3} & set(kept)) == 1


def test_one_declared_group_is_no_copy() -> None:
    frame, y, P = blobs()
    assert len(judged(frame, y, P, [0, 1, 2], np.arange(120) // 4)) == 120


def test_small_classes_are_left_out() -> None:
    frame, y, P = blobs()
    small = np.flatnonzero(y == 2)[7:]
    y = np.where(np.isin(np.arange(120), small), 0, y)
    assert not set(np.flatnonzero(y == 2).tolist()) & set(judged(frame, y, P, [0, 1, 2]))
    with pytest.raises(CannotTell, match="fewer than two classes have 8 rows"):
        doubts(probed(frame[:15], y[:15] % 2, P=P[:15, :2])[0], ["a", "b"])


def test_two_spellings_are_one_class() -> None:
    frame, y, P = blobs()
    run, _ = probed(frame, y, P=P)
    found = doubts(run, ["cat", "dog", "cat"])
    assert len(found.classes) == 2
    assert np.exp(found.quality.log).sum(axis=1) == pytest.approx(np.ones(120))
    assert found.quality.y.tolist() == [int(v == 1) for v in run.y[found.at]]
    assert not found.reviewed.any()


def test_what_a_row_resembles() -> None:
    frame, y, P = blobs()
    run, _ = probed(frame, np.where(np.arange(120) == 0, 2, y), P=P)
    found = doubts(run, [0, 1, 2])
    at = int(np.flatnonzero(run.rows.position[found.at] == 0)[0])
    assert found.quality.suggested[at] == 0
    assert Likeness(found).speaks(at, 0) == ["far"]
    assert Likeness(found).speaks(at, 2) == []
