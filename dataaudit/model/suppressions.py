"""The nouns of what a user has accepted: findings set aside with a reason, and what came of that."""

from __future__ import annotations

import datetime
from dataclasses import dataclass


@dataclass(frozen=True)
class Suppression:
    """Findings that someone decided to accept: which, where, why, and until when.

    Every part that is given must fit; a part that is left out fits everything.

    Attributes
    ----------
    rules : tuple of str
        Codes, prefixes of codes, or names.
    reason : str
        Why it is accepted; never empty.
    columns, splits, paths : tuple of str
        Names, or patterns with `*`, `?` and `[...]`; `paths` are those of pictures, below the folder.
    rows : tuple of int
        Positions from 0 in the last split of a finding.
    fingerprint : str
        Of one finding, as the report shows it; empty for any.
    until : date or None
        The last day on which it holds.
    origin : str
        Where it was written, for messages.
    """

    rules: tuple[str, ...]
    reason: str
    columns: tuple[str, ...] = ()
    splits: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    rows: tuple[int, ...] = ()
    fingerprint: str = ""
    until: datetime.date | None = None
    origin: str = ""


@dataclass(frozen=True)
class Use:
    """What came of one suppression in one audit.

    Attributes
    ----------
    suppression : Suppression
        The one.
    covered : tuple of str
        Rules of the findings that it covers, one entry a finding.
    partly : tuple of str
        Rules of those that it covers in part only, and which therefore stay.
    expired : bool
        Whether its last day has passed, so that it covers nothing any more.
    days : int
        Days since its last day; 0 where it has none or still holds.
    decided : bool
        Whether all of its rules ran and came to an answer.
    """

    suppression: Suppression
    covered: tuple[str, ...] = ()
    partly: tuple[str, ...] = ()
    expired: bool = False
    days: int = 0
    decided: bool = True
