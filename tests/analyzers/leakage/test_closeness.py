"""Probabilities of coming close by accident, against simulation and exact counting."""

from __future__ import annotations

import math

import numpy as np
import pytest

from dataaudit.analyzers.leakage.closeness import Columns, Rivals, Target, repeats_of
from dataaudit.analyzers.leakage.fits import combine
from dataaudit.analyzers.leakage.scaler import ScalerFitOnAll
from dataaudit.analyzers.leakage.standardisation import gather
from dataaudit.stats.values import Distinct
from tests.analyzers.leakage.scaled import Array
from tests.build import views

TRAIN, TEST, ALL = frozenset(["train"]), frozenset(["test"]), frozenset(["train", "test"])


def facts(*parts: Array) -> Columns:
    splits = views(parts[0], None, parts[1], rules=[ScalerFitOnAll()])
    return gather(tuple(range(parts[0].shape[1])), ("train", "test"), splits)


def split(x: Array, share: float = 0.8) -> tuple[Array, Array]:
    at = int(share * len(x))
    return x[:at], x[at:]


def scaled(parts: tuple[Array, Array], by: Array) -> tuple[Array, ...]:
    return tuple((p - by.mean(axis=0)) / by.std(axis=0) for p in parts)


def test_the_spread_of_the_mean_of_one_union_where_another_has_mean_zero() -> None:
    rivals = Rivals.of(np.array([500.0]), np.array([[400.0], [100.0], [500.0]]), np.array([[400.0], [100.0], [400.0]]))
    assert rivals.spread[:, 0] ** 2 == pytest.approx([1 / 400 - 1 / 500, 1 / 100 - 1 / 500, 2 * 100 / 500**2])
    assert rivals.n_differ.tolist() == [100, 400, 200]
    assert rivals.step[:, 0] == pytest.approx([1 / 2000, 1 / 500, 1 / 500])
    g = np.random.default_rng(0)
    off = [float((x - x[:40].mean()).mean()) for x in g.normal(size=(20_000, 50))]
    told = Rivals.of(np.array([50.0]), np.array([[40.0]]), np.array([[40.0]])).spread
    assert np.std(off) == pytest.approx(float(told[0, 0]), rel=0.03)


def test_an_exact_fit_of_two_values_is_as_improbable_as_the_binomial_says() -> None:
    n = 200
    x = (np.arange(n) % 5 < 2).astype(float)[np.random.default_rng(3).permutation(n), None]
    p = facts(*scaled(split(x), x)).match(ALL, Target()).column_p[0] / 2  # two divisors
    ones, n_train, n_test = 80, 160, 40
    counts = np.arange(n_test + 1)
    ways = [math.comb(n_test, k) * math.comb(n_train, ones - k) / math.comb(n, ones) for k in counts]
    by_counting = max(ways)  # test holds its exact share of the ones
    assert by_counting / 2 < p < 2 * by_counting


def test_probabilities_of_inexact_fits_are_one() -> None:
    x = np.random.default_rng(4).normal(size=(500, 3))
    train, test = scaled(split(x), split(x)[0])
    seen = facts(train, test)
    assert seen.match(ALL, Target()).column_p.tolist() == [1.0] * 3
    assert seen.match(ALL, Target()).log_p == 0.0
    assert seen.match(TRAIN, Target()).log_p < math.log(1e-40)
    assert seen.match(TEST, Target()).log_p == 0.0


@pytest.mark.parametrize("store", ["2 decimals", "4 decimals", "float16"])
def test_uniform_or_larger_on_honest_data(store: str) -> None:
    stores = {
        "2 decimals": lambda x: x.round(2),
        "4 decimals": lambda x: x.round(4),
        "float16": lambda x: x.astype(np.float16).astype(float),
    }
    g = np.random.default_rng(5)
    found = []
    for _ in range(300):
        x = g.normal(size=(40, 1))
        parts = scaled(split(x), g.normal(size=(400, 1)))
        found.append(facts(*(stores[store](p) for p in parts)).match(ALL, Target()).log_p)
    p = np.exp(found)
    for level in (0.2, 0.05, 0.01):
        assert (p < level).mean() <= level + 3 * math.sqrt(level / 300)


def test_only_the_target_that_was_left_fits() -> None:
    x = np.random.default_rng(6).lognormal(size=(300, 2))
    plain = scaled(split(x), x)
    length = tuple(p / np.sqrt(300.0) for p in plain)
    half = tuple(p / 2.0 for p in plain)
    targets = {"std": Target(), "length": Target(std=None, unit_length=True), "half": Target(std=0.5)}
    for left, parts in {"std": plain, "length": length, "half": half}.items():
        seen = facts(*parts)
        fits = [name for name, target in targets.items() if seen.match(ALL, target).log_p < math.log(1e-20)]
        assert fits == [left]


def test_repeated_values_that_are_no_lattice() -> None:
    counts = np.array([3, 1, 6, 10])
    sketch = Distinct(9, np.arange(4, dtype=np.uint64), np.array([0.0, 1.37, 8.2, -3.1]), counts, 20, dropped=False)
    shares, scale, in_repeats = repeats_of(sketch)
    assert (shares.tolist(), scale, in_repeats) == ([0.15, 0.3, 0.5], 1.0, 0.95)


@pytest.mark.parametrize("d", [1, 2, 10])
@pytest.mark.parametrize("resolution", [None, 1e-6])
def test_combined_probabilities_of_independent_columns_are_honest(d: int, resolution: float | None) -> None:
    g = np.random.default_rng(7)
    best = None if resolution is None else np.full(d, resolution)
    p = np.exp([combine(g.uniform(size=d), float(d), best) for _ in range(4000)])
    for level in (0.1, 0.01):
        assert (p < level).mean() <= level + 3 * math.sqrt(level / 4000)


def test_coarse_columns_add_up_when_all_are_at_their_best() -> None:
    coarse = np.full(10, 0.06)
    assert combine(coarse, 10.0) == pytest.approx(10 * math.log(0.06) + math.log(6))
    mixed = np.array([0.06, 1e-8, 1e-4])
    assert combine(mixed, 3.0, mixed) == pytest.approx(math.log(0.06 * 1e-12) + math.log(5))
    assert combine(np.array([0.02]), 1.0) == pytest.approx(math.log(0.02))
