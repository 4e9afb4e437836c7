"""Options of rules: which there are, and whether a value fits."""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Mapping
from typing import Any, Literal

from dataaudit.config.spelling import spelled
from dataaudit.errors import ConfigError, did_you_mean
from dataaudit.model import Rule, rule_options
from dataaudit.registry import find

_SPELLED = {float: "a number", int: "a whole number", bool: "true or false", str: "a text"}


def read_limits(limits: Mapping[str, Any], where: str) -> dict[str, dict[str, Any]]:
    """Return options by rule code, checked against the rules' own.

    Parameters
    ----------
    limits : mapping of str to mapping
        Options by rule code or name; `-` and `_` are the same in an option's name.
    where : str
        Where they were written, for messages.

    Raises
    ------
    ConfigError
        If a rule or an option is not known, or a value is of the wrong type.
    """
    if not isinstance(limits, Mapping):
        raise ConfigError(f"{where}: {spelled(limits)}, expected options by rule.")
    checked: dict[str, dict[str, Any]] = {}
    for word, options in limits.items():
        try:
            rule = find(str(word))
        except ConfigError as error:
            raise ConfigError(f"{where}: options for {word!r}, which is no rule.", error.hint) from None
        if rule.code in checked:
            raise ConfigError(f"{where}: {rule.code} ({rule.name}) has its options in two places.", "Keep one.")
        if not isinstance(options, Mapping):
            raise ConfigError(f"{where}: {word} is {spelled(options)}, expected a table of options.", _known(rule))
        checked[rule.code] = {}
        for key, value in options.items():
            name = str(key).replace("-", "_")
            checked[rule.code][name] = _option(rule, name, value, f"{where}: {word}")
        make(rule, checked[rule.code], where)
    return checked


def _option(rule: type[Rule], name: str, value: Any, where: str) -> Any:
    hints = typing.get_type_hints(rule)
    known = {f.name: hints[f.name] for f in dataclasses.fields(typing.cast("Any", rule))}
    if name not in known:
        hint = did_you_mean(name, known) if known else "It has no options."
        raise ConfigError(f"{where} has no option {name!r}.", hint)
    try:
        return _fit(value, known[name])
    except TypeError as error:
        help_line = rule_options(typing.cast("Any", rule))[name][1]
        raise ConfigError(f"{where}.{name} is {spelled(value)}, expected {error}.", f"{name}: {help_line}.") from None


def make(rule: type[Rule], options: Mapping[str, Any], where: str = "limits") -> Rule:
    """Return a rule with its options set; a value that the rule itself refuses becomes a ConfigError."""
    try:
        return typing.cast("Any", rule)(**options)  # type: ignore[no-any-return]
    except ValueError as error:
        raise ConfigError(f"{where}: {rule.code} ({rule.name}): {error}") from None


def _fit(value: Any, hint: Any) -> Any:
    """Return a value as the type of an option asks for it; raise TypeError with what was expected."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if hint is float:
        if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
            raise TypeError(_SPELLED[float])
        return float(value)
    if hint is int and isinstance(value, bool):  # true is a 1 to Python, not to a reader
        raise TypeError(_SPELLED[int])
    if origin is tuple:
        return _fit_tuple(value, inner)
    if origin is Literal:
        if value not in inner:
            raise TypeError(f"one of {', '.join(map(str, inner))}")
        return value
    if origin in (typing.Union, types.UnionType):
        return _fit_union(value, inner)
    if hint is Any or isinstance(value, hint):
        return value
    raise TypeError(_SPELLED.get(hint, getattr(hint, "__name__", str(hint))))


def _fit_tuple(value: Any, inner: tuple[Any, ...]) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise TypeError("a list")
    kinds = [inner[0]] * len(value) if len(inner) == 2 and inner[1] is Ellipsis else list(inner)
    if len(kinds) != len(value):
        raise TypeError(f"a list of {len(kinds)}")
    try:
        return tuple(_fit(entry, kind) for entry, kind in zip(value, kinds, strict=True))
    except TypeError as error:
        raise TypeError(f"a list, each entry {error}") from None


def _fit_union(value: Any, inner: tuple[Any, ...]) -> Any:
    expected = []
    for hint in inner:
        if hint is type(None):
            if value is None:
                return None
            continue
        try:
            return _fit(value, hint)
        except TypeError as error:
            expected.append(str(error))
    raise TypeError(" or ".join(expected))


def _known(rule: type[Rule]) -> str:
    names = list(rule_options(typing.cast("Any", rule)))
    return f"Its options: {', '.join(names)}." if names else "It has no options."
