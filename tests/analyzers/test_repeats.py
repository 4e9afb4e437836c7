"""How many rows repeat by chance: counted by hand, and against simulated tables without copies."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from dataaudit.analyzers.inputs.duplicate_rows import DuplicateRows
from dataaudit.analyzers.repeats import SAFETY, Chance, Groups, chance, copy_table
from tests.build import split_view


def _near(data: pd.DataFrame) -> tuple[int, int, int]:
    rows = data.to_numpy()
    apart = [int((a != b).sum()) for a, b in combinations(rows, 2)]
    return (apart.count(1), apart.count(2), apart.count(3))


@pytest.mark.parametrize("seed", range(4))
def test_pairs_that_almost_agree(seed: int) -> None:
    rng = np.random.default_rng(seed)
    data = pd.DataFrame(rng.integers(0, 4, (120, 5)), columns=list("abcde")).astype({"b": float, "e": str})
    view = split_view(data, rules=[DuplicateRows()], target="e")
    whole = chance(view, with_target=True)
    assert whole.near == _near(data)
    assert whole.pairs == 1.0
    inputs = chance(view, with_target=False)
    assert inputs.near == _near(data.drop(columns="e"))


def test_missing_values_agree() -> None:
    data = pd.DataFrame({"a": [1.0, None, None, 2.0], "b": [1, 1, 2, 3], "c": pd.Series(["x", None, None, "x"])})
    assert chance(split_view(data, rules=[DuplicateRows()]), with_target=False).near[0] == 1


def test_disagreement_among_neighbours() -> None:
    data = pd.DataFrame({"a": [0, 0, 5, 5, 9], "b": [0, 1, 5, 6, 9], "c": [0, 0, 7, 7, 3], "y": list("uuvwx")})
    found = chance(split_view(data, rules=[DuplicateRows()], target="y"), with_target=False)
    assert found.near[0] == 2
    assert found.disagree == (1 + 1) / (2 + 2)


def test_the_estimate_by_hand() -> None:
    # (11*6 + 11*1 + 6*1 - 3) / 60, no other pairs
    assert Chance((10, 5, 0), (15, 60, 90), 1.0, 0.5).repeats == SAFETY * (66 + 11 + 6 - 3) / 60
    far = 2 * 9 / (9 * 20) * 9**3 / 27**2
    assert Chance((0,) * 5, (0, 9, 27), 4.0, 0.5).repeats == pytest.approx(SAFETY * 4 * far)
    assert Chance((0, 0, 0), (0, 0, 0), 1.0, 0.5).repeats == Chance((0,), (0, 0, 0), 1.0, 0.5).repeats == 0.0
    assert Chance((7,), (7, 0, 0), 1.0, 0.5).repeats == SAFETY * 7


def test_neighbours_without_neighbours_are_edited_copies() -> None:
    assert Chance((0, 1, 0, 0), (1, 0, 0), 1.0, 0.5).repeats == 0.0


def test_the_estimate_is_exact_for_independent_parts() -> None:
    """20 parts that each agree in a tenth of the pairs: Binomial(20, 0.1) is the oracle, on both ways."""
    agree, one, two, three = (int(stats.binom.pmf(k, 20, 0.9) * 1e25) for k in range(4))
    assert Chance((one // 20,) * 20, (one, two, three), 1.0, 0.5).repeats == pytest.approx(SAFETY * agree, rel=1e-3)
    assert Chance((0,) * 20, (0, two, three), 1.0, 0.5).repeats == pytest.approx(SAFETY * agree, rel=1e-3)


def test_parts_of_different_coarseness() -> None:
    q = np.array([0.9, 0.5, 0.2, 0.01])
    odds = (1 - q) / q
    agree = 1e9 * q.prod()
    pairs = [sum(agree * np.prod(c) for c in combinations(odds, k)) for k in (1, 2, 3)]
    found = Chance(tuple(int(agree * o) for o in odds), (int(pairs[0]), int(pairs[1]), int(pairs[2])), 1.0, 0.5)
    assert found.repeats == pytest.approx(SAFETY * agree, rel=1e-3)


def test_columns_that_say_the_same_count_once() -> None:
    rng = np.random.default_rng(0)
    data = pd.DataFrame({"a": rng.integers(0, 30, 400), "b": rng.integers(0, 30, 400)}).astype(float)
    doubled = data.assign(c=np.log1p(data.a), d=data.b.astype(int).map("n{}".format))
    one, other = (chance(split_view(d, rules=[DuplicateRows()]), with_target=False) for d in (data, doubled))
    assert one == other
    assert one.near[0] > 100


@pytest.mark.parametrize(("values", "columns"), [(3, 5), (10, 4), (6, 6), (40, 3)])
def test_it_covers_what_chance_makes(values: int, columns: int) -> None:
    """Independent columns of several coarsenesses: the estimate is not below what happens, nor far above."""
    happened, estimated = 0, 0.0
    for seed in range(12):
        rng = np.random.default_rng(seed)
        data = pd.DataFrame(rng.integers(0, values, (300, columns)))
        happened += int(data.duplicated().sum())
        estimated += chance(split_view(data, rules=[DuplicateRows()]), with_target=False).repeats
    assert happened <= estimated + 3
    if values > 3:  # in very coarse data pairs are more than rows
        assert estimated <= 4 * happened + 8


def test_groups() -> None:
    groups = Groups(np.array([4, 9, 1, 3, 7]), np.array([0, 0, 1, 1, 1]))
    assert groups.first.tolist() == [4, 4, 1, 1, 1]
    assert groups.copies.tolist() == [3, 7, 9]
    assert groups.only([1]).rows.tolist() == [1, 3, 7]
    assert groups.only([1]).group.tolist() == [0, 0, 0]
    assert copy_table(groups, "c")["rows"] == [[3, 1], [7, 1], [9, 4]]


def test_copies_of_rows_that_stand_alone() -> None:
    found = Chance((0, 0), (0, 0, 0), 1.0, 0.5, frozenset({3, 1}), frozenset(range(10)))
    groups = Groups(np.array([1, 3, 8, 4, 9]), np.array([0, 0, 0, 1, 1]))
    assert found.alone_among(groups) == 2  # 8 and 9
    few = Chance((0, 0), (0, 0, 0), 25.0, 0.5, frozenset({3, 1}), frozenset({1, 3}))
    assert few.alone_among(groups) == 3
    rows = np.arange(100)
    some = Chance((0, 0), (0, 0, 0), 25.0, 0.5, frozenset(range(5)), frozenset(range(20)))
    assert some.alone_among(Groups(rows, rows // 2)) == round(50 * 15 / 20)


def test_neighbours() -> None:
    data = pd.DataFrame({"a": [0, 0, 5, 5, 9, 9], "b": [0, 1, 5, 6, 9, 9], "c": [0, 0, 7, 8, 3, 3]})
    found = chance(split_view(data, rules=[DuplicateRows()]), with_target=False)
    assert found.crowded == {0, 1}
    assert found.rows == set(range(6))
