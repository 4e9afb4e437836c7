"""Close rows against comparing every pair."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataaudit.analyzers.leakage import near_rows
from dataaudit.analyzers.leakage.near_duplicates import NearDuplicatesAcrossSplits
from dataaudit.analyzers.leakage.near_rows import Side, TooCoarse, close, edited, natural_decimals, rounded, sides
from dataaudit.stats.row_hashes import hashed_columns
from tests.build import table, views


def both(train: pd.DataFrame, test: pd.DataFrame) -> tuple[Side, Side]:
    seen = views(train, test=test, rules=[NearDuplicatesAcrossSplits()])
    return sides(seen["train"], seen["test"], hashed_columns(seen["train"].schema))


def blurred(n: int, seed: int, size: float, columns: int = 6) -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(seed)
    train = rng.normal(size=(n, columns))
    test = np.vstack([train[: n // 2] + rng.normal(0, size, (n // 2, columns)), rng.normal(size=(n // 2, columns))])
    return pd.DataFrame(train).add_prefix("c"), pd.DataFrame(test).add_prefix("c")


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([1e-3, 1e-2, 0.03]), st.integers(1, 12))
def test_pairs_are_those_of_every_comparison(seed: int, size: float, columns: int) -> None:
    a, b = both(*blurred(120, seed, size, columns))
    tolerance = 3 * size
    apart = np.abs(a.scaled[:, :, None] - b.scaled[:, None, :]).max(axis=0)
    expected = {(i, j) for i, j in zip(*np.nonzero(apart <= tolerance), strict=True)}
    found = close(a, b, tolerance)
    got = set(zip(found.left.tolist(), found.right.tolist(), strict=True))
    assert len(got) == len(found.left)
    assert got <= expected
    assert len(got) >= 0.97 * len(expected)  # a sum of deviations may pass the window
    assert np.allclose(found.apart, apart[found.left, found.right])


def test_spread_is_not_widened_by_outliers() -> None:
    train = pd.DataFrame({"x": np.r_[np.random.default_rng(0).normal(size=999), 1e12], "z": 1.0})
    a, _ = both(train, train.iloc[:5])
    assert 0.9 < np.std(a.scaled[0][np.abs(a.scaled[0]) < 10]) < 1.1
    assert set(a.scaled[1]) == {1.0}


def test_texts_and_gaps_must_agree() -> None:
    train = table(60)
    test = train.copy()
    test.loc[3, "city"] = "Rome"
    train.loc[4, "age"] = None
    test.loc[5, "age"] = None
    train.loc[6, "age"] = test.loc[6, "age"] = None
    a, b = both(train, test)
    found = close(a, b, 1e-6)
    same = set(a.rows[found.left][a.rows[found.left] == b.rows[found.right]].tolist())
    assert same == set(range(60)) - {3, 4, 5}


def test_one_edited_cell_and_which() -> None:
    train: Any = table(80)
    test: Any = table(40, 1)
    names = list(train.columns)
    for row, (of, column) in {3: (7, "city"), 8: (9, "age"), 20: (11, "active")}.items():
        test.iloc[row] = train.iloc[of]
        test.loc[row, column] = {"city": "Rome", "age": 1.5, "active": not train.loc[of, "active"]}[column]
    test.iloc[30] = train.iloc[12]
    test.loc[30, ["age", "city"]] = [1.5, "Rome"]
    a, b = both(train, test)
    pairs, where = edited(a, b)
    order = list(a.words)
    got = {(int(b.rows[j]), int(a.rows[i]), order[w]) for i, j, w in zip(pairs.left, pairs.right, where, strict=True)}
    assert got == {(3, 7, "city"), (8, 9, "age"), (20, 11, "active")}
    assert set(order) == set(names)


@pytest.mark.parametrize("columns", [4, 12, 13, 40])
def test_edits_at_any_width(columns: int) -> None:
    train, _ = blurred(60, 0, 0.0, columns)
    test: Any = train.copy()
    for i in range(60):
        test.iloc[i, i % columns] += 1
    a, b = both(train, test)
    pairs, _ = edited(a, b)
    assert a.rows[pairs.left].tolist() == b.rows[pairs.right].tolist()
    assert sorted(a.rows[pairs.left].tolist()) == list(range(60))


def test_rounded_rows() -> None:
    train, _ = blurred(80, 1, 0.0)
    test = train.iloc[:10].round(2)
    test.iloc[9] = train.iloc[9]  # equal, not rounded
    a, b = both(train, test)
    pairs, natural = rounded(a, b, 2)
    assert sorted(zip(a.rows[pairs.left].tolist(), b.rows[pairs.right].tolist(), strict=True)) == [
        (i, i) for i in range(9)
    ]
    assert natural == pytest.approx(1 / 90)


def test_decimals_by_nature() -> None:
    fine, _ = blurred(100, 2, 0.0)
    for decimals in (0, 1, 3):
        mixed: Any = fine.round(decimals)
        mixed.iloc[:20] += 1e-9
        assert natural_decimals(both(mixed, fine)[0]) == decimals
    assert natural_decimals(both(fine, fine)[0]) is None


def test_too_many_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near_rows, "MOST_CANDIDATES", 50)
    data = pd.DataFrame({"x": np.zeros(20), "z": np.zeros(20)})
    with pytest.raises(TooCoarse):
        close(*both(data, data), 0.1)
