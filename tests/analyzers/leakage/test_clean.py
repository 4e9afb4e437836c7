"""LEA101, LEA102 and LEA103 accuse nobody who is innocent: seeded clean data of many shapes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tests.analyzers.leakage.scaled import STORES, Array, accused, outcomes, standardised

KINDS: dict[str, Callable[[np.random.Generator, int], Array]] = {
    "normal": lambda g, n: g.normal(size=n),
    "lognormal": lambda g, n: g.lognormal(size=n),
    "uniform": lambda g, n: g.uniform(size=n),
    "t3": lambda g, n: g.standard_t(3, size=n),
    "integers": lambda g, n: g.integers(0, 100, size=n).astype(float),
    "few integers": lambda g, n: g.integers(0, 4, size=n).astype(float),
    "binary": lambda g, n: (g.random(n) < 0.4).astype(float),
}
SETS_A_KIND = 54
"""Three ways of scaling, three widths, two or three splits, three sizes: each combination once."""


def drawn(g: np.random.Generator, kind: str, n: int, d: int) -> Array:
    names = list(KINDS) if kind == "mixed" else [kind]
    return np.column_stack([KINDS[str(g.choice(names))](g, n) for _ in range(d)])


def clean_sets(kind: str, seed: int) -> list[tuple[str, list[Array]]]:
    """Return data sets that leak nothing, each with a word on how it was made."""
    g = np.random.default_rng(seed)
    made = []
    for how in ("train", "elsewhere", "unscaled"):
        for d in (1, 3, 10):
            for n_splits in (2, 3):
                for low, high in ((40, 80), (80, 200), (200, 400)):
                    n = int(g.integers(low, high))
                    x = drawn(g, kind, n, d)
                    parts = np.split(x, [int(0.8 * n)] if n_splits == 2 else [int(0.6 * n), int(0.8 * n)])
                    if how != "unscaled":
                        by = parts[0] if how == "train" else drawn(g, kind, 5 * n, d)
                        parts = standardised(parts, by)
                    store = str(g.choice(list(STORES)))
                    word = f"{how}, {d} columns, {n} rows, {n_splits} splits, {store}"
                    made.append((word, [STORES[store](p) for p in parts]))
    return made


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", [*KINDS, "mixed"])
def test_no_clean_data_is_accused(kind: str, seed: int) -> None:
    sets = clean_sets(kind, seed)
    assert len(sets) == SETS_A_KIND
    said = {made: accused(outcomes(parts)) for made, parts in sets}
    assert {made: codes for made, codes in said.items() if codes} == {}


def test_a_split_given_twice_is_not_scaled_by_itself() -> None:
    x = standardised(
        [drawn(np.random.default_rng(0), "normal", 200, 3)] * 2, drawn(np.random.default_rng(0), "normal", 200, 3)
    )
    said = outcomes(x)
    assert accused(said) == []
    assert {o.reason for o in said} == {"two splits hold the same values, so that what fits one fits the other"}
    assert accused(outcomes([x[0], np.random.default_rng(1).permutation(x[1])])) == []


def test_a_design_on_the_same_grid_in_every_split() -> None:
    grid = np.stack(np.meshgrid(np.linspace(0, 1, 12), np.linspace(-3, 8, 9)), axis=-1).reshape(-1, 2)
    assert accused(outcomes(standardised([grid, grid], grid))) == []
    noisy = [np.column_stack([grid, np.random.default_rng(seed).normal(size=len(grid))]) for seed in (0, 1)]
    assert accused(outcomes(standardised(noisy, noisy[0]))) == []


@pytest.mark.parametrize("seed", range(20))
def test_cross_validation_folds_and_lags_and_copies(seed: int) -> None:
    g = np.random.default_rng(seed)
    walk = np.cumsum(g.normal(size=306))
    lags = np.column_stack([walk[i : i + 300] for i in range(6)])
    copies = np.repeat(g.normal(size=(300, 1)), 6, axis=1) + 1e-3 * g.normal(size=(300, 6))
    doubled = np.repeat(g.normal(size=(150, 3)), 2, axis=0)
    for x in (lags, copies, doubled):
        parts = np.split(g.permutation(x), [200])
        assert accused(outcomes(standardised(parts, parts[0]))) == []
        outside = x[g.permutation(300)[:250]]
        assert accused(outcomes(standardised(parts, outside))) == []
