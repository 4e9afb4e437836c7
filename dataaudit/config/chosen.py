"""Which rules run, each with its options set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dataaudit.config.options import make, read_limits
from dataaudit.config.spelling import spelled
from dataaudit.errors import ConfigError
from dataaudit.model import Rule, Suppression
from dataaudit.registry import all_rules, resolve


def choose(select: Sequence[str], ignore: Sequence[str]) -> list[str]:
    """Return the codes of the rules that run, in their order.

    Parameters
    ----------
    select, ignore : sequence of str
        Codes, prefixes or names; no `select` means all. What is ignored does not run, unless `select` names it
        more exactly: ``select=["LAB106"], ignore=["LAB"]`` runs LAB106.

    Raises
    ------
    ConfigError
        If a word fits no rule.
    """
    wanted = _specificity(select or ("all",), "select")
    unwanted = _specificity(ignore, "ignore")
    return [code for code in all_rules() if code in wanted and wanted[code] > unwanted.get(code, -1)]


def _specificity(words: Sequence[str], setting: str) -> dict[str, int]:
    """Return, for each code that some word fits, how many characters of the code the closest word fixes."""
    exactness: dict[str, int] = {}
    for word in words:
        for code in resolve((word,), setting):
            fixed = 0 if word.lower() == "all" else len(word) if code.startswith(word.upper()) else len(code)
            exactness[code] = max(fixed, exactness.get(code, -1))
    return exactness


def build_rules(
    select: Iterable[str] | str | None = None,
    ignore: Iterable[str | Suppression | Mapping[str, Any]] | str | None = None,
    limits: Mapping[str, Mapping[str, Any]] | None = None,
) -> tuple[Rule, ...]:
    """Return the rules that run, each with its options set.

    Parameters
    ----------
    select, ignore : iterable of str, optional
        Codes, prefixes or names, as in `choose`; one text may list several, separated by commas. Suppressions in
        `ignore` leave no rule out.
    limits : mapping of str to mapping, optional
        Options by rule code or name: ``{"near-zero-std": {"noise": 0.1}}``.

    Returns
    -------
    tuple of Rule
        Never empty.

    Raises
    ------
    ConfigError
        If a rule or an option is not known, a value is of the wrong type, or no rule is left.
    """
    codes = choose(split_words(listed(select, "select")), split_words(listed(ignore, "ignore")))
    if not codes:
        raise ConfigError("No rule is left to run: ignore takes away all that select names.", "Ignore fewer rules.")
    options = read_limits(limits or {}, "limits")
    return tuple(make(all_rules()[code], options.get(code, {})) for code in codes)


def listed(words: Any, setting: str) -> Any:
    """Return rules as they were given; raise ConfigError for what is neither a text nor a list."""
    if words is None or isinstance(words, str | Iterable | Suppression):
        return words
    raise ConfigError(f"{setting} is {spelled(words)}, expected a list of rules.", f'Such as {setting}=["LAB"].')


def split_words(words: Iterable[Any] | str | None) -> tuple[str, ...]:
    """Return the words of a list in which any entry may itself be a list, separated by commas; tables are no words."""
    listed = [words] if isinstance(words, str | Mapping | Suppression) else list(words or ())
    entries = [entry for entry in listed if not isinstance(entry, Mapping | Suppression)]
    return tuple(word.strip() for entry in entries for word in str(entry).split(",") if word.strip())
