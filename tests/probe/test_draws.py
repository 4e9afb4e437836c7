from __future__ import annotations

import pytest
from scipy import stats

from dataaudit.probe.draws import hypergeometric_tails


@pytest.mark.parametrize(("n", "marked", "drawn"), [(20, 7, 12), (500, 3, 400), (1000, 400, 50), (30, 30, 5)])
def test_hypergeometric(n: int, marked: int, drawn: int) -> None:
    for k in range(max(0, marked + drawn - n), min(marked, drawn) + 1):
        below, above = hypergeometric_tails(k, n, marked, drawn)
        law = stats.hypergeom(n, marked, drawn)
        assert below == pytest.approx(law.cdf(k), rel=1e-9)
        assert above == pytest.approx(law.sf(k - 1), rel=1e-9)


def test_hypergeometric_beyond_the_support() -> None:
    assert hypergeometric_tails(6, 10, 5, 5) == (1.0, 0.0)
    assert hypergeometric_tails(-1, 10, 5, 5) == (0.0, 1.0)
