"""Rules by code, found by walking the analyzers package."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

from dataaudit.errors import ConfigError, did_you_mean
from dataaudit.model import Rule

_RULES: dict[str, type[Rule]] = {}
R = TypeVar("R", bound=type[Rule])

SECTIONS = (
    "Why it matters",
    "How it decides",
    "What to do",
    "When to ignore it",
    "When it cannot tell",
)
FAMILIES = {
    "INP": "Inputs",
    "IMG": "Images",
    "NRM": "Normalisation",
    "LEA": "Leakage and splits",
    "LAB": "Labels",
    "BAT": "Order and batches",
    "ASC": "Association",
    "DIF": "Change",
    "EXP": "Expectations",
    "SET": "Settings",
}


def register(rule: R) -> R:
    """Enter a rule class under its code; raise ValueError if the code or the name is taken."""
    code, name = rule.code, rule.name
    for other in _RULES.values():
        if other is not rule and (other.code == code or other.name == name) and other.__name__ != rule.__name__:
            raise ValueError(f"{code} {name} is taken by {other.__name__}")
    _RULES[code] = rule
    return rule


@cache
def _walk() -> None:
    package = importlib.import_module("dataaudit.analyzers")
    for module in pkgutil.walk_packages(package.__path__, "dataaudit.analyzers."):
        importlib.import_module(module.name)


def all_rules() -> dict[str, type[Rule]]:
    """Return every rule class by code, in the order of codes."""
    _walk()
    return dict(sorted(_RULES.items(), key=lambda item: (list(FAMILIES).index(item[0][:3]), item[0])))


def find(word: str) -> type[Rule]:
    """Return the rule of a code or a name.

    Raises
    ------
    ConfigError
        If there is none; the message names the nearest.
    """
    rules = all_rules()
    for code, rule in rules.items():
        if word.upper() == code or word.lower() == rule.name:
            return rule
    known = [w for code, rule in rules.items() for w in (code, rule.name)]
    raise ConfigError(f"There is no rule {word!r}.", did_you_mean(word, known))


def resolve(words: tuple[str, ...], setting: str) -> set[str]:
    """Return the codes that a list of codes, prefixes and names stands for.

    Parameters
    ----------
    words : tuple of str
        Such as ("LAB", "NRM1", "near-zero-std", "LEA101").
    setting : str
        Where the words were written, for the message.

    Raises
    ------
    ConfigError
        If a word fits no rule; the message names the nearest.
    """
    rules = all_rules()
    found: set[str] = set()
    for word in words:
        if word.lower() == "all":
            hits = set(rules)
        else:
            hits = {c for c, rule in rules.items() if c.startswith(word.upper()) or rule.name == word.lower()}
        if not hits:
            known = [w for code, rule in rules.items() for w in (code, rule.name)]
            raise ConfigError(f"Unknown rule {word!r} in {setting}.", did_you_mean(word, known))
        found |= hits
    return found


@dataclass(frozen=True)
class Manual:
    """A rule's docstring, taken apart."""

    summary: str
    sections: dict[str, str]


def manual(rule: type[Rule]) -> Manual:
    """Return the manual in a rule's docstring: its first paragraph, and its `##` sections by title."""
    text = inspect.cleandoc(rule.__doc__ or "")
    summary, *rest = text.split("\n## ")
    sections = {}
    for part in rest:
        title, _, body = part.partition("\n")
        sections[title.strip()] = body.strip()
    return Manual(summary.strip(), sections)


@cache
def reason(rule: type[Rule]) -> str:
    """Return why a rule matters: the first paragraph of that section of its manual, on one line."""
    return " ".join(manual(rule).sections.get("Why it matters", "").split("\n\n")[0].split())
