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
