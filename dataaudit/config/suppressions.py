"""Suppressions as they are written: a table with a rule, where, a reason, and a last day."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from dataaudit.config.spelling import spelled
from dataaudit.errors import ConfigError, did_you_mean
from dataaudit.model import Suppression
from dataaudit.registry import resolve

KEYS = ("rule", "columns", "splits", "paths", "rows", "fingerprint", "reason", "until")
_EXAMPLE = '{rule = "LAB106", columns = ["age"], reason = "checked by hand", until = 2030-01-31}'
_FINGERPRINT = re.compile(r"[0-9a-f]{16}")


def read_ignored(entries: Any, where: str) -> tuple[tuple[str, ...], tuple[Suppression, ...]]:
    """Return what a list of ignored things holds: rules to leave out, and findings to set aside.

    Parameters
    ----------
    entries : str, mapping, Suppression, or iterable of these
        A text names a rule that does not run. A mapping sets findings aside: `rule` and `reason`, and where given
        `columns`, `splits`, `paths`, `rows`, `fingerprint` and `until`.
    where : str
        Where they were written, for messages.

    Raises
    ------
    ConfigError
        If an entry is neither, a key or a rule is not known, the reason is missing, or a value is of the wrong type.
    """
    words: list[str] = []
    suppressions: list[Suppression] = []
    listed = [entries] if isinstance(entries, str | Mapping | Suppression) else entries
    if not isinstance(listed, Iterable):
        raise ConfigError(
            f"{where}: {spelled(entries)}, expected a list of rules and suppressions.", 'Such as ["LAB"].'
        )
    for i, entry in enumerate(listed, start=1):
        place = f"{where}, entry {i}"
        if isinstance(entry, str):
            words.append(entry)
        elif isinstance(entry, Suppression):
            suppressions.append(entry)
        elif isinstance(entry, Mapping):
            suppressions.append(_suppression(entry, place))
        else:
            raise ConfigError(f"{place}, is {spelled(entry)}, expected a rule or a table.", f"Such as {_EXAMPLE}.")
    return tuple(words), tuple(suppressions)


def _suppression(entry: Mapping[str, Any], where: str) -> Suppression:
    for key in entry:
        if key not in KEYS:
            raise ConfigError(f"{where} has an unknown key {key!r}.", did_you_mean(str(key), KEYS))
    rules = _texts(entry, "rule", where)
    if not rules:
        raise ConfigError(f"{where} names no rule.", f"Such as {_EXAMPLE}.")
    resolve(rules, where)
    reason = entry.get("reason")
    if not isinstance(reason, str) or not reason.strip():
        found = "has no reason" if reason is None else f"has the reason {spelled(reason)}"
        raise ConfigError(f"{where} ({', '.join(rules)}) {found}, expected a sentence.", "Say why it is accepted.")
    return Suppression(
        rules,
        " ".join(reason.split()),
        columns=_texts(entry, "columns", where, positions=True),
        splits=_texts(entry, "splits", where),
        paths=_texts(entry, "paths", where),
        rows=_rows(entry, where),
        fingerprint=_fingerprint(entry, where),
        until=_until(entry, where),
        origin=where,
    )


def _texts(entry: Mapping[str, Any], key: str, where: str, *, positions: bool = False) -> tuple[str, ...]:
    """Return one text or several; columns of arrays may be named by their position."""
    if key not in entry:
        return ()

    def fits(value: Any) -> bool:
        whole = positions and isinstance(value, int) and not isinstance(value, bool)
        return whole or (isinstance(value, str) and bool(value.strip()))

    expected = "texts or positions" if positions else "texts"
    return tuple(str(value) for value in _list(entry[key], fits, f"{where}: {key}", expected))


def _rows(entry: Mapping[str, Any], where: str) -> tuple[int, ...]:
    def fits(value: Any) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and value >= 0

    return tuple(_list(entry["rows"], fits, f"{where}: rows", "positions from 0")) if "rows" in entry else ()


def _list(value: Any, fits: Callable[[Any], bool], where: str, expected: str) -> list[Any]:
    values = list(value) if isinstance(value, list | tuple) else [value]
    if not values or not all(fits(item) for item in values):
        raise ConfigError(f"{where} is {spelled(value)}, expected a list of {expected}.")
    return values


def _fingerprint(entry: Mapping[str, Any], where: str) -> str:
    value = entry.get("fingerprint", "")
    if value and not (isinstance(value, str) and _FINGERPRINT.fullmatch(value)):
        raise ConfigError(
            f"{where}: fingerprint is {spelled(value)}, expected 16 hexadecimal digits.", "The JSON report has them."
        )
    return str(value)


def _until(entry: Mapping[str, Any], where: str) -> datetime.date | None:
    value = entry.get("until")
    if isinstance(value, datetime.datetime):
        return value.date()
    if value is None or isinstance(value, datetime.date):
        return value
    try:
        return datetime.date.fromisoformat(value)
    except (TypeError, ValueError):
        raise ConfigError(f"{where}: until is {spelled(value)}, expected a date.", "Such as 2030-01-31.") from None
