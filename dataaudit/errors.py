"""The exceptions a user may meet, each one clear line and a hint."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class DataauditError(Exception):
    """Base of every error that dataaudit raises on purpose.

    Parameters
    ----------
    message : str
        What is wrong, where, what was found and what was expected.
    hint : str, optional
        What to try next; printed on a second, indented line.
    """

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  {self.hint}" if self.hint else self.message


class SourceError(DataauditError):
    """Data that cannot be read or used."""


class NothingReadError(SourceError):
    """A source that holds no rows, no pictures or no batches."""


class ConfigError(DataauditError):
    """A setting, rule name or option that makes no sense."""


class OutputError(DataauditError):
    """A report that cannot be written where it was asked for."""


class FindingsError(DataauditError, AssertionError):
    """Findings that the caller asked to be stopped by: to a test runner, a failure rather than an error."""


def shortened(text: str, most: int = 60) -> str:
    """Return a text that a message quotes, cut to a length; three full stops say that it was longer.

    Examples
    --------
    >>> shortened("abcdefgh", 6)
    'abc...'
    """
    return text if len(text) <= most else f"{text[: most - 3]}..."


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known name closest to a mistyped one, or None.

    Parameters
    ----------
    word : str
        What the user wrote.
    known : iterable of str
        What would have been accepted.

    Examples
    --------
    >>> nearest("survivd", ["age", "survived"])
    'survived'
    """
    names = {str(name).lower(): str(name) for name in known}
    close = difflib.get_close_matches(str(word).lower(), names, n=1, cutoff=0.6)
    return names[close[0]] if close else None


def did_you_mean(word: str, known: Iterable[str], limit: int = 8) -> str:
    """Return a hint that names the nearest known word, or lists what is known.

    Parameters
    ----------
    word : str
        What the user wrote.
    known : iterable of str
        What would have been accepted.
    limit : int
        Names listed when nothing is close.
    """
    names = [str(name) for name in known]
    close = nearest(word, names)
    if close is not None:
        return f"Did you mean {close!r}?"
    if not names:
        return "There is none to choose from."
    listed = ", ".join(repr(name) for name in names[:limit])
    more = f" and {len(names) - limit:,} more" if len(names) > limit else ""
    return f"Known: {listed}{more}."
