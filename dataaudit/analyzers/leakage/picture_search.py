"""One split's pictures looked up in another's: by their prints first, then by the pixels of those that are close."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from dataaudit.analyzers.leakage.picture_looks import Look, looks, what_was_done
from dataaudit.analyzers.leakage.picture_match import Agreement, Best, Comparer, agreement
from dataaudit.model import CannotTell, SplitView
from dataaudit.stats.hashing import Hashes
from dataaudit.stats.picture_prints import PicturePrints, PicturePrintsState
from dataaudit.stats.row_hashes import RowHashes, distinct, is_in, repeated

FINE, WAVES = 0.8, 0.6
"""Agreement of two prints' edges, or waves, from which their pixels are compared. Of 10,000 × 1,000 distinct pictures
of CIFAR-10, 4 in 100 have a neighbour that passes; of those re-encoded, resized or mirrored all do."""

SURE = 0.95
"""Agreement of two prints' edges from which they are taken for the same, if 95 in 100 of those that were compared by
their pixels are."""

SAME = ((20.0, 0.99), (60.0, 0.9), (150.0, 0.75))
"""Agreement of edges from which two pictures are the same, by the pixels that take part (between them, on a line):
a ship on a plain sea agrees with another ship. At 32 pixels a side 99 of 100 distinct pictures of CIFAR-10 stay below
.50 and half of them have 217 such pixels, 95 of 100 more than 107; photographs at 64 have 590. The lowest 2 in 100 of
pictures resized to seven tenths and back, or saved with JPEG quality 30, agree to .83."""

SAME_ALIKE = ((20.0, 0.995), (60.0, 0.97), (150.0, 0.75))
"""The same where distinct pictures resemble each other (the digit 1 agrees with another one to .965 in 63 pixels), or
where one is shifted: a bar on a plain ground, moved, agrees with another bar."""

MOVED, SAME_MOVED = 1 / 24, 0.85
"""Shift, as a part of the side, from which a higher agreement is asked for: there are many shifts to choose from."""

UNUSUAL = 1e-3
"""Distinct pairs that are expected to pass, over all the pictures looked up, where pictures resemble each other."""

RICH = 0.8
"""Agreement that is unusual between distinct pictures, up to which they do not resemble each other: .67 in CIFAR-10,
.28 in photographs; .97 among handwritten digits, .99 among garments."""

ALIKE = 0.97
"""The same of their prints, from which pictures that are expensive to read are compared by their pixels, too."""

SCENE = 0.9
"""Median agreement with the nearest picture of the same split from which pictures are frames of one scene."""

_PAIRS = 1_000_000_000
"""Pairs of prints compared, at 4e7 a second and core; beyond it as many pictures are looked up as that allows."""
_FEWEST = 1000
_PIXELS = 64_000_000
"""Pixels decoded a second time to compare pictures: about half a second."""
_PICTURES = 4096
_OWN = 300
"""Pictures of the first split that are looked up in it, to see how much distinct ones resemble each other."""
_LEAST_OWN = 30
_Z90, _Z95 = NormalDist().inv_cdf(0.9), NormalDist().inv_cdf(0.95)
_STRICT = 0.9
"""Agreement asked for where there are too few pictures to see how much they resemble each other."""


@dataclass(frozen=True)
class Pair:
    """Two pictures that are close.

    Attributes
    ----------
    left, right : int
        Positions in the two splits.
    score : float
        Agreement of their pixels' edges, or of their prints' where these were not read.
    least : float
        What the score must reach for them to be the same.
    done : str
        What was done to one to make the other.
    """

    left: int
    right: int
    score: float
    least: float
    done: str


@dataclass(frozen=True)
class Limit:
    """From which agreement on pictures are the same, beside what each pair asks for itself.

    Attributes
    ----------
    score : float
        Up to `RICH` where distinct pictures do not resemble each other.
    median : float or None
        Of the agreement with the nearest picture of the same split, where it was measured.
    scene : bool
        Whether that is so high that they are frames of one scene.
    """

    score: float
    median: float | None = None
    scene: bool = False


@dataclass(frozen=True)
class _Candidate:
    """Places of two prints that are close; `sure` if by their edges alone."""

    left: int
    right: int
    mirrored: bool
    score: float
    sure: bool


class Search:
    """The pictures of one split, looked up in another.

    Pictures whose pixels the other split holds exactly, and those with nothing to compare, are left out.

    Parameters
    ----------
    left, right : SplitView
        Where they are looked up, and whose they are; both need `PicturePrints` and `RowHashes`.

    Raises
    ------
    CannotTell
        If no picture can be compared or read again.

    Attributes
    ----------
    n_looked_up, n_asked, n_right : int
        Pictures that are looked up, those that should be, and those of `right` that can be compared at all.
    unread : int
        Candidates that were not compared by their pixels for want of time and are not among the pairs; known after
        `pairs`.
    """

    def __init__(self, left: SplitView, right: SplitView) -> None:
        self.left, self.right = left, right
        self._here, self._there = left.get(PicturePrints()), right.get(PicturePrints())
        self._known = np.flatnonzero(self._here.comparable)
        told = self._there.comparable
        self.n_right = int(told.sum())
        if not len(self._known) or not self.n_right:
            raise CannotTell(
                f"no picture of {right.name} can be compared with one of {left.name}: those of one split are all of "
                f"one colour or cannot be decoded"
            )
        if left.source is None or right.source is None:
            raise CannotTell("the saved profile holds no pictures")
        asked = np.flatnonzero(told & ~is_in(_hashes(right, self._there), distinct(_hashes(left, self._here))))
        self.n_asked = len(asked)
        most = max(_FEWEST, _PAIRS // len(self._known))
        self._asked = asked[_evenly(len(asked), most)]
        self.n_looked_up = len(self._asked)
        self._comparer = Comparer(self._here.prints[self._known])
        self.unread = 0

    def limit(self) -> Limit:
        """Return from which agreement on two pictures are no distinct ones.

        Where the pictures of one split resemble each other (digits, garments, scans), the agreement with the nearest
        is nearly normal in atanh; its median and upper percentiles tell which agreement is unusual.

        Raises
        ------
        CannotTell
            If even the same picture, saved again, would not agree better than distinct ones do.
        """
        once = np.setdiff1d(np.arange(len(self._known)), repeated(_hashes(self.left, self._here)[self._known])[0])
        if len(once) < _LEAST_OWN:
            return Limit(_STRICT)
        own = once[_evenly(len(once), _OWN)]
        best = self._comparer.best(self._here.prints[self._known[own]], own)
        is_cheap = 5 * len(own) * float(_areas(self._here)[self._known].mean()) <= _PIXELS / 8
        if not is_cheap and _unusual(best.scores[:2].max(axis=0), 5.0) < ALIKE:
            return Limit(0.0)
        scores = self._nearest(own, best)
        if len(scores) < _LEAST_OWN:
            return Limit(_STRICT)
        median = float(np.median(scores))
        if median >= SCENE and int(self._here.sizes[self._known].min()) >= 2 * _LEAST_OWN:
            return Limit(1.0, median, scene=True)
        score = _unusual(scores, NormalDist().inv_cdf(1 - min(0.1, UNUSUAL / max(1, self.n_looked_up))))
        if score > 0.9995:
            raise CannotTell(
                f"the pictures of {self.left.name} resemble each other so much (median agreement with the nearest "
                f"{median:.2f}) that a copy cannot be told from another picture"
            )
        return Limit(score, median)

    def _nearest(self, own: NDArray[np.int64], best: Best) -> NDArray[np.float64]:
        """Return how well pictures agree with the nearest of their own split, by their pixels."""
        areas = _areas(self._here)[self._known]
        few = _evenly(len(own), int(_PIXELS / 8 / max(1.0, float(areas.mean()))))
        wanted = {
            (int(self._known[own[i]]), int(self._known[best.places[way, i]]), bool(way % 2))
            for i in few
            for way in range(4)
        }
        seen = looks(self.left, self._here.positions, sorted({place for a, b, _ in wanted for place in (a, b)}))
        scores: dict[int, float] = {}
        for a, b, mirrored in sorted(wanted):
            if a in seen and b in seen:
                found = agreement(seen[b].light, seen[a].light, mirrored=mirrored)
                scores[a] = max(scores.get(a, -1.0), found.score)
        return np.array(list(scores.values()), np.float64)

    # ------------------------------------------------------------ candidates, then pixels

    def pairs(self, limit: float) -> tuple[list[Pair], float]:
        """Return the best pair of each picture that the other split holds too, and the highest agreement of any pair.

        Parameters
        ----------
        limit : float
            Agreement that is asked for at least.
        """
        if not self.n_looked_up:
            return [], 0.0
        read, rest = self._affordable(self._candidates())
        here = looks(self.left, self._here.positions, sorted({c.left for c in read}))
        there = looks(self.right, self._there.positions, sorted({c.right for c in read}))
        same, held = [], []
        highest = 0.0
        for candidate in read:
            if candidate.left not in here or candidate.right not in there:
                continue
            pair = self._pair(candidate, here[candidate.left], there[candidate.right], alike=limit > RICH)
            is_same = pair.score >= max(limit, pair.least)
            highest = max(highest, pair.score)
            if is_same:
                same.append(pair)
            if candidate.sure:
                held.append(is_same)
        sure = [c for c in rest if c.sure]
        if limit <= RICH and len(held) >= 20 and np.mean(held) >= SURE:
            same += [self._unread(c) for c in sure]
            rest = [c for c in rest if not c.sure]
        self.unread = len({c.right for c in rest} - {c.right for c in read})
        return _one_each(same), highest

    def _candidates(self) -> list[_Candidate]:
        """Return the pairs whose prints are close, each once, the closest first."""
        best = self._comparer.best(self._there.prints[self._asked])
        limits = np.array([FINE, FINE, WAVES, WAVES], np.float32)[:, None]
        ways, at = np.nonzero(best.scores >= limits)
        scores = best.scores[ways, at]
        order = np.argsort(-(scores - limits[ways, 0]) / (1 - limits[ways, 0]), kind="stable")
        found: dict[tuple[int, int, bool], _Candidate] = {}
        for k in order.tolist():
            way = int(ways[k])
            key = (int(self._known[best.places[way, at[k]]]), int(self._asked[at[k]]), bool(way % 2))
            if key not in found:
                found[key] = _Candidate(*key, float(scores[k]), way < 2 and bool(scores[k] >= SURE))
        return list(found.values())

    def _affordable(self, candidates: list[_Candidate]) -> tuple[list[_Candidate], list[_Candidate]]:
        """Return the candidates whose pixels are read, and the rest.

        Where there are too many, half of the effort goes to some of the sure ones, evenly spaced, and the other half
        to the closest of those that are not.
        """
        areas = _areas(self._here), _areas(self._there)
        costs = [int(areas[0][c.left] + areas[1][c.right]) for c in candidates]
        if 2 * len(candidates) <= _PICTURES and sum(costs) <= _PIXELS:
            return candidates, []
        sure = [i for i, c in enumerate(candidates) if c.sure]
        mean = max(1.0, float(np.mean(costs)))
        some = int(min(_PICTURES / 4, _PIXELS / 2 / mean))
        doubtful = [i for i, c in enumerate(candidates) if not c.sure]
        read = [sure[i] for i in _evenly(len(sure), some)]
        read += doubtful[: max(some, 2 * some - len(read))]
        chosen = set(read)
        return [candidates[i] for i in sorted(chosen)], [c for i, c in enumerate(candidates) if i not in chosen]

    def _pair(self, candidate: _Candidate, here: Look, there: Look, *, alike: bool) -> Pair:
        found = agreement(here.light, there.light, mirrored=candidate.mirrored)
        done = what_was_done(here, there, found, mirrored=candidate.mirrored)
        places = self._here.positions[candidate.left], self._there.positions[candidate.right]
        return Pair(int(places[0]), int(places[1]), found.score, least(found, alike=alike), done)

    def _unread(self, candidate: _Candidate) -> Pair:
        places = self._here.positions[candidate.left], self._there.positions[candidate.right]
        done = "mirrored" if candidate.mirrored else "alike in small"
        return Pair(int(places[0]), int(places[1]), candidate.score, 0.0, done)


def least(found: Agreement, *, alike: bool) -> float:
    """Return how well two pictures must agree to be the same, by how much there is to agree in and by the shift."""
    moved = max(abs(found.down), abs(found.right)) > MOVED
    details, limits = zip(*(SAME_ALIKE if alike or moved else SAME), strict=True)
    score = float(np.interp(found.detail, np.array(details), np.array(limits)))
    return max(score, SAME_MOVED) if moved else score


def _one_each(pairs: Sequence[Pair]) -> list[Pair]:
    """Return the best pair of each picture of the second split, in the order of its rows."""
    best: dict[int, Pair] = {}
    for pair in pairs:
        if pair.right not in best or pair.score > best[pair.right].score:
            best[pair.right] = pair
    return [best[row] for row in sorted(best)]


def _unusual(scores: NDArray[np.floating], steps: float) -> float:
    """Return the agreement that is so many standard deviations above the median, in atanh.

    The deviation is that of the 90th or the 95th percentile, the larger one, since a few of the pictures may resemble
    each other more than the rest; and larger by a part of one over the root of their number.
    """
    middle, high, higher = np.arctanh(np.clip(np.quantile(scores, [0.5, 0.9, 0.95]), -0.99999, 0.99999))
    deviation = max((high - middle) / _Z90, (higher - middle) / _Z95, 0.04)
    return float(np.tanh(middle + steps * deviation * (1 + len(scores) ** -0.5)))


def _evenly(n: int, most: int) -> NDArray[np.int64]:
    """Return at most so many places out of n, evenly spaced."""
    return np.unique(np.linspace(0, n - 1, min(n, max(1, most))).astype(np.int64)) if n else np.zeros(0, np.int64)


def _areas(prints: PicturePrintsState) -> NDArray[np.int64]:
    return np.asarray(prints.sizes[:, 0].astype(np.int64) * prints.sizes[:, 1])


def _hashes(split: SplitView, prints: PicturePrintsState) -> Hashes:
    state = split.get(RowHashes())
    return np.asarray(state.inputs[np.searchsorted(state.rows, prints.positions)])
