"""Pictures that two splits share although their files differ: re-encoded, resized, mirrored, shifted, brightened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dataaudit.analyzers.common import ROW_CAP, joined, percent, plural, train_and_others, train_of
from dataaudit.analyzers.leakage.pairs import pairs_of
from dataaudit.analyzers.leakage.picture_pairs import MOST_SHOWN, pairs_figure
from dataaudit.analyzers.leakage.picture_search import Limit, Pair, Search
from dataaudit.model import CannotTell, Finding, NotApplicable, Passed, Rule, Severity, SplitView
from dataaudit.stats.picture_prints import PicturePrints
from dataaudit.stats.row_hashes import RowHashes

__all__ = ["MOST_SHOWN", "NEEDS", "judge", "pairs_figure"]

NEEDS = (PicturePrints(), RowHashes())
"""What `judge` reads."""

_LISTED = 200


def judge(rule: Rule, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
    """Yield one finding for each pair of splits that share pictures, or what was measured.

    Train is compared with each other split, and validation with test. Pictures that are the same to the pixel are left
    out, as those of one colour are.

    Parameters
    ----------
    rule : Rule
        In whose name it is said; its severity is that of the findings.
    splits : mapping of str to SplitView
        Of pictures: files or an array.

    Raises
    ------
    NotApplicable
        If rows are no pictures, or there is one split.
    CannotTell
        If no picture can be compared, or distinct pictures resemble each other too much.
    """
    train = train_of(splits)
    if not train.schema.pictures and train.schema.pixels is None:
        raise NotApplicable("the data holds no pictures")
    train_and_others(splits)
    measured: list[str] = []
    reasons: list[str] = []
    found = False
    for left, right in pairs_of(splits):
        try:
            said = _judged(rule, left, right)
        except CannotTell as answer:
            reasons.append(str(answer))
            continue
        if isinstance(said, Finding):
            found = True
            yield said
        else:
            measured.append(said)
    if measured:
        yield Passed("; ".join(measured))
    elif not found:
        raise CannotTell(reasons[0] if reasons else "fewer than two splits hold pictures")


def _judged(rule: Rule, left: SplitView, right: SplitView) -> Finding | str:
    """Return what two splits share, or what was measured where they share nothing."""
    search = Search(left, right)
    limit = search.limit()
    if limit.scene:
        return _scene(left, right, limit)
    pairs, highest = search.pairs(limit.score)
    if pairs:
        return _finding(rule, search, pairs, limit)
    nearest = f"agree to {highest:.2f} at most" if highest else "have nothing like them there"
    return f"{plural(search.n_looked_up, 'picture')} of {right.name}, looked up in {left.name}, {nearest}"


def _scene(left: SplitView, right: SplitView, limit: Limit) -> Finding:
    return Finding(
        f"the pictures of {left.name} resemble each other like frames of one scene (median agreement with the nearest "
        f"{limit.median:.2f}): whether {right.name} holds the same ones in another form cannot be told",
        splits=(left.name, right.name),
        severity=Severity.NOTE,
        evidence={"median_agreement": limit.median},
        fix="If these are frames of videos, or views of a few scenes, keep each scene in one split.",
        place="scene",
    )


def _finding(rule: Rule, search: Search, pairs: Sequence[Pair], limit: Limit) -> Finding:
    left, right = search.left.name, search.right.name
    n = len(pairs)
    kinds = Counter(_kind(p.done) for p in pairs)
    message = (
        f"{plural(n, 'picture')} of {search.n_right:,} in {right} ({percent(n / search.n_right)}) "
        f"{'is' if n == 1 else 'are'} in {left}, too, saved in another way: {_listed(kinds, n)}"
    )
    if search.n_looked_up < search.n_asked:
        message += f"; {search.n_looked_up:,} of {search.n_asked:,} were looked up"
    if search.unread:
        message += f"; {plural(search.unread, 'picture')} more might be, but time did not allow to compare the pixels"
    return Finding(
        message,
        rows=tuple(p.right for p in pairs[:ROW_CAP]),
        row_count=n,
        splits=(left, right),
        severity=rule.severity,
        evidence={
            "pairs": n,
            "looked_up": search.n_looked_up,
            "least_agreement": round(min(p.score for p in pairs), 4),
            "limit": round(limit.score, 4),
            "done": dict(kinds.most_common()),
            "table": _table(search, pairs),
        },
        figure=_figure(search, pairs),
        fix=f"Remove them from {left}, or split the originals first and save or augment them afterwards.",
        place="pictures",
    )


def _kind(done: str) -> str:
    """Return what was done without sizes and distances, to be counted."""
    words = [word.split(" by ")[0] if word.startswith("shifted") else word for word in done.split(", ")]
    return ", ".join("resized" if word.startswith("resized") else word for word in words)


def _listed(kinds: Counter[str], n: int) -> str:
    if len(kinds) == 1:
        return next(iter(kinds))
    top = kinds.most_common(4)
    words = [f"{count:,} {kind}" for kind, count in top]
    rest = n - sum(count for _, count in top)
    return joined([*words, f"{rest:,} otherwise"] if rest else words)


def _table(search: Search, pairs: Sequence[Pair]) -> dict[str, Any]:
    some = pairs[:_LISTED]
    sides = [
        split.names(rows) or rows
        for split, rows in ((search.right, [p.right for p in some]), (search.left, [p.left for p in some]))
    ]
    right, left = search.right.name, search.left.name
    return {
        "caption": f"Pictures of {right} that {left} holds in another form",
        "columns": [f"picture of {right}", f"picture of {left}", "what was done", "agreement"],
        "rows": [[b, a, p.done, round(p.score, 3)] for b, a, p in zip(*sides, some, strict=True)],
        "total": len(pairs),
    }


def _figure(search: Search, pairs: Sequence[Pair]) -> dict[str, Any] | None:
    """Show one pair of each kind in turn, the surest first, so that all kinds are seen."""
    of_kind: Counter[str] = Counter()
    ranked = []
    for pair in sorted(pairs, key=lambda p: (-p.score, p.right)):
        ranked.append((of_kind[_kind(pair.done)], pair))
        of_kind[_kind(pair.done)] += 1
    ranked.sort(key=lambda item: item[0])
    shown = [pair for _, pair in ranked[:MOST_SHOWN]]
    caption = f"The same picture in {search.left.name} and in {search.right.name}"
    places = [(p.left, p.right) for p in shown]
    return pairs_figure((search.left, search.right), places, [p.done for p in shown], caption)
