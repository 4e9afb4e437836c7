"""The chance of drawing so many marked rows without replacement: by how much shares differ beyond accident."""

from __future__ import annotations

import numpy as np

_TERMS = 200_000
"""Terms of a tail that are summed: hundreds of standard deviations at any number of rows."""


def hypergeometric_tails(k: int, n: int, marked: int, drawn: int) -> tuple[float, float]:
    """Return P(X <= k) and P(X >= k), X the marked rows among some drawn without replacement.

    Parameters
    ----------
    k : int
        Marked rows that were drawn.
    n, marked, drawn : int
        Rows in all, marked ones, drawn ones.

    Examples
    --------
    >>> [round(p, 12) for p in hypergeometric_tails(0, 4, 2, 2)]
    [0.166666666667, 1.0]
    """
    from scipy.special import gammaln

    first, last = max(0, marked + drawn - n), min(marked, drawn)

    def total(low: int, high: int) -> float:
        x = np.arange(low, high + 1, dtype=np.float64)
        ways = gammaln(marked + 1) - gammaln(x + 1) - gammaln(marked - x + 1)
        others = gammaln(n - marked + 1) - gammaln(drawn - x + 1) - gammaln(n - marked - drawn + x + 1)
        every = gammaln(n + 1) - gammaln(drawn + 1) - gammaln(n - drawn + 1)
        return float(np.exp(ways + others - every).sum())

    below = 0.0 if k < first else 1.0 if k >= last else total(max(first, k - _TERMS), k)
    above = 0.0 if k > last else 1.0 if k <= first else total(k, min(last, k + _TERMS))
    return min(1.0, below), min(1.0, above)
