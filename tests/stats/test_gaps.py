"""Missing and infinite cells against a count cell by cell."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from dataaudit.stats.gaps import Gaps, GapsState
from tests.build import chunks, observed


def gaps(data: Any, cuts: Any = (), cap: int = 1000, start: int = 0) -> GapsState:
    schema, rows = chunks(data, cuts, start=start)
    state: GapsState = observed(Gaps(cap), schema, rows)
    return state


cells = st.tuples(
    st.sampled_from([0.0, 1e308, -1e308, math.nan, math.inf, -math.inf]), st.sampled_from(["a", "b", None])
)


@given(st.lists(cells, min_size=1, max_size=40), st.lists(st.integers(0, 40), max_size=4), st.integers(0, 2**40))
def test_counts_and_positions(rows: list[tuple[float, str | None]], cuts: list[int], start: int) -> None:
    data = pd.DataFrame({"x": [r[0] for r in rows], "t": pd.array([r[1] for r in rows], "str")})
    seen = gaps(data, [min(c, len(rows)) for c in cuts], start=start)
    nan = [i + start for i, (x, _) in enumerate(rows) if math.isnan(x)]
    inf = [i + start for i, (x, _) in enumerate(rows) if math.isinf(x)]
    none = [i + start for i, (_, t) in enumerate(rows) if t is None]
    assert seen.n_rows == len(rows)
    assert seen.missing == {"x": len(nan), "t": len(none)}
    assert seen.infinite == {"x": len(inf), "t": 0}
    assert seen.missing_rows["x"].tolist() == nan
    assert seen.missing_rows["t"].tolist() == none
    assert seen.infinite_rows["x"].tolist() == inf
    assert seen.rows_with_missing == len({*nan, *none})
    assert seen.rows_with_infinite == len(inf)


def test_positions_are_the_first_ones_and_counts_complete() -> None:
    x = np.ones(500)
    x[10::2] = np.nan
    for cuts in ((), (100, 101), range(1, 500)):
        seen = gaps(x[:, None], cuts, cap=30)
        assert seen.missing == {0: 245}
        assert seen.missing_rows[0].tolist() == list(range(10, 70, 2))


def test_first_positions_stay_whichever_part_comes_first() -> None:
    schema, (a, b) = chunks(np.full((60, 1), np.inf), (25,))
    late, early = observed(Gaps(20), schema, [b]), observed(Gaps(20), schema, [a])
    assert late.merge(early).infinite_rows[0].tolist() == list(range(20))
    assert late.merge(early).infinite == {0: 60}


def test_wide_tables_keep_fewer_positions_but_never_under_twenty() -> None:
    schema, _ = chunks(np.zeros((1, 10_000)))
    assert Gaps().start(schema).cap == 2**20 // 10_000
    assert Gaps(cap=1).start(schema).cap == 20


def test_huge_numbers_are_no_gaps() -> None:
    seen = gaps(np.array([[1e308], [1e308], [1e308]]))
    assert (seen.missing, seen.infinite) == ({0: 0}, {0: 0})


def test_a_row_with_several_gaps_counts_once() -> None:
    nan, inf = np.nan, np.inf
    X = np.array([[inf, 1.0, -inf], [nan, nan, 1.0], [1.0, inf, 1.0], [nan, inf, 1.0], [inf, 1.0, 1.0], [1.0] * 3])
    for cuts in ((), (3,)):
        seen = gaps(X, cuts)
        assert (seen.missing, seen.infinite) == ({0: 2, 1: 1, 2: 0}, {0: 2, 1: 2, 2: 1})
        assert (seen.rows_with_missing, seen.rows_with_infinite) == (2, 4)
