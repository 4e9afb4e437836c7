"""Rows of one split that are all but rows of another: noise, rounding, one cell; each weighed against chance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dataaudit.analyzers.common import number, plural
from dataaudit.analyzers.leakage.near_rows import (
    DECIMALS,
    Pairs,
    Side,
    TooCoarse,
    at_decimals,
    close,
    edited,
    gridded,
    is_round,
    natural_decimals,
    one_round,
    rounded,
)
from dataaudit.analyzers.leakage.shared_rows import AcrossChance, Lines, chance_between, split_tail
from dataaudit.analyzers.probability import poisson_tail
from dataaudit.analyzers.repeats import SAFETY, number_words
from dataaudit.model import Bools, Floats, Ints, Name, SplitView

TOLERANCES = (0.1, 0.03, 0.01, 0.003, 0.001)
"""Of a column's spread; the widest at which chance does not explain the pairs is taken."""

BEFORE_SPLIT = 0.01
"""Probability from which pairs within train explain those across: rows come in families, as measurements in time."""


@dataclass(frozen=True)
class Near:
    """Rows of the right split that are rows of the left one but for something, and how to say so."""

    rows: Ints
    of: Ints
    said: str
    note: str
    p: float


class Search:
    """Three searches for close rows in two samples, each weighed against chance."""

    def __init__(self, left: SplitView, right: SplitView, a: Side, b: Side, equal: Bools, limit: float) -> None:
        self.left, self.right, self.a, self.b = left, right, a, b
        self.told, self.limit = equal.copy(), limit
        self.decimals = natural_decimals(a)
        self.seen: list[str] = []

    def said(self) -> str:
        """Return what was seen although nothing was found."""
        return ", ".join(self.seen) or "no two rows are close"

    def noise(self) -> Iterator[Near]:
        """Yield rows whose numbers all lie within a tolerance of a row of the left split."""
        for tolerance in TOLERANCES:
            try:
                pairs = self._fresh(close(self.a, self.b, tolerance))
            except TooCoarse:
                continue
            if not len(pairs.right):
                return
            found = self._off_the_grid(pairs, tolerance) or self._within(pairs, tolerance)
            if found is not None:
                yield found
                return

    def _within(self, pairs: Pairs, tolerance: float) -> Near | None:
        """Return rows within a tolerance, unless chance or rows of the left split among themselves explain them."""
        n = len(pairs.right)
        try:
            within, beside = (_families(side, tolerance) for side in (self.a, self.b))
        except TooCoarse:
            return None
        p_split = split_tail(within, n, len(self.a.rows), len(self.b.rows), beside)
        if within + beside and p_split >= BEFORE_SPLIT:
            self.seen = [f"{plural(n, 'row')} within {tolerance:g} of the spread, as often as within {self.left.name}"]
            return None
        chance = self._chance(pairs, gridded(self.a, tolerance), gridded(self.b, tolerance))
        p = poisson_tail(chance.lonely_left(self.a.rows[pairs.left]), chance.expected)
        if p < self.limit:
            return self._noise(pairs, p)
        self.seen = [f"{plural(n, 'row')} within {tolerance:g} of the spread, as chance makes"]
        return None

    def _off_the_grid(self, pairs: Pairs, tolerance: float) -> Near | None:
        """Return rows beside a row that has as few decimals as nearly all rows, while they have more, or vice versa."""
        if self.decimals is None:
            return None
        round_a, round_b = (is_round(side, self.decimals) for side in (self.a, self.b))
        pairs = pairs.only(round_a[pairs.left] != round_b[pairs.right])
        if not len(pairs.right):
            return None
        chance = self._chance(pairs, gridded(self.a, tolerance), gridded(self.b, tolerance))
        p = poisson_tail(len(pairs.right), chance.expected * one_round(round_a, round_b, pairs))
        return self._noise(pairs, p) if p < self.limit else None

    def _noise(self, pairs: Pairs, p: float) -> Near:
        far = number(float(pairs.apart.max()))
        return self._kind(pairs, f"{len(pairs.right):,} within {far} of the spread of every column", "noise", p)

    def roundings(self) -> Iterator[Near]:
        """Yield rows that are another row rounded, or that were rounded to it."""
        for decimals in DECIMALS:
            try:
                pairs, natural = rounded(self.a, self.b, decimals)
            except TooCoarse:
                return
            pairs = self._fresh(pairs)
            if not len(pairs.right):
                continue
            chance = self._chance(pairs, at_decimals(self.a, decimals), at_decimals(self.b, decimals))
            p = poisson_tail(chance.lonely_left(self.a.rows[pairs.left]), chance.expected * natural)
            if p < self.limit:
                n = len(pairs.right)
                yield self._kind(pairs, f"{n:,} rounded to {plural(decimals, 'decimal')}", "rounded", p)

    def edits(self) -> Iterator[Near]:
        """Yield rows that differ from a row of the left split in one cell."""
        try:
            pairs, _ = edited(self.a, self.b)
        except TooCoarse:
            return
        pairs = self._fresh(pairs)
        if not len(pairs.right):
            return
        chance = self._chance(pairs)
        expected = _neighbours(chance)
        p = poisson_tail(chance.lonely_left(self.a.rows[pairs.left]), expected)
        if p >= self.limit and self.decimals is not None:  # an edit may show by its many decimals
            round_a, round_b = (is_round(side, self.decimals) for side in (self.a, self.b))
            pairs = pairs.only(round_a[pairs.left] != round_b[pairs.right])
            p = poisson_tail(len(pairs.right), expected * one_round(round_a, round_b, pairs))
        if p < self.limit:
            yield self._kind(pairs, f"{len(pairs.right):,} but for one cell", "one cell", p)

    def _fresh(self, pairs: Pairs) -> Pairs:
        """Return the nearest pair of each row that has no equal in the left split and was not told of."""
        return pairs.only(~self.told[pairs.right]).nearest()

    def _chance(self, pairs: Pairs, here: Floats | None = None, there: Floats | None = None) -> AcrossChance:
        """Return how often rows agree by chance, the rows that were found left out; numbers stand in for the own."""
        index = [name for name in self.a.words if name in self.left.schema.number_index]
        words: list[dict[Name, np.ndarray[tuple[int], np.dtype[np.uint64]]]] = [dict(self.a.words), dict(self.b.words)]
        for mine, lines in zip(words, (here, there), strict=True):
            if lines is not None:
                mine.update({name: number_words(line) for name, line in zip(index, lines, strict=True)})
        keep = np.ones(len(self.b.rows), dtype=bool)
        keep[pairs.right] = False
        rest = {name: w[keep] for name, w in words[1].items()}
        share = float(keep.mean())
        return chance_between(
            Lines(words[0], self.a.rows, self.left.n_rows),
            Lines(rest, self.b.rows[keep], max(int(keep.sum()), round(share * self.right.n_rows))),
            self.right.n_rows,
        )

    def _kind(self, pairs: Pairs, said: str, note: str, p: float) -> Near:
        self.told[pairs.right] = True
        rows, of = self.b.rows[pairs.right], self.a.rows[pairs.left]
        order = np.argsort(rows)
        return Near(rows[order], of[order], said, note, p)


def _families(side: Side, tolerance: float) -> int:
    """Return how many pairs of rows of one side lie within a tolerance, equal ones left out."""
    pairs = close(side, side, tolerance)
    return int(((pairs.apart > 0) & (pairs.left < pairs.right)).sum())


def _neighbours(found: AcrossChance) -> float:
    """Return how many pairs across differ in one part by nature.

    Pairs within either split tell how many; where there are none, Newton's inequality for the pairs that differ in
    one, two and three parts bounds them. Both doubled, as all that is estimated from parts.
    """
    one, two, three = map(float, found.chance.near)
    d = len(found.chance.alone)
    bound = 2.0 * (d - 2) / (3.0 * (d - 1)) * max(two, float(three > 0)) ** 2 / max(three, 1.0) if d > 2 else one
    k, m = found.counted
    all_pairs, within = (k + m) * (k + m - 1) / 2, (k * (k - 1) + m * (m - 1)) / 2
    more = all_pairs / max(1.0, within)  # those across are the rows that were found, and left out
    return SAFETY * found.chance.pairs * found.across * max(one * more, bound)
