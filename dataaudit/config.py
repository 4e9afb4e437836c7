"""Settings: where they stand, which rules they choose, and how those rules are set."""

from __future__ import annotations

import dataclasses
import math
import re
import tomllib
import types
import typing
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from dataaudit.errors import ConfigError, did_you_mean
from dataaudit.model import Rule, rule_options
from dataaudit.registry import all_rules, find, resolve

FAIL_ON = ("error", "warning", "never")
KEYS = ("select", "ignore", "fail-on", "rules")
_SPELLED = {float: "a number", int: "a whole number", bool: "true or false", str: "a text"}


@dataclass(frozen=True)
class Settings:
    """What a settings file says.

    Attributes
    ----------
    select, ignore : tuple of str
        Codes, prefixes of codes, or names; an empty `select` means every rule.
    rules : mapping of str to mapping
        Options by rule code.
    fail_on : str or None
        "error", "warning" or "never".
    path : Path or None
        The file, or None when there is none.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    rules: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    fail_on: str | None = None
    path: Path | None = None

    def with_words(self, select: Sequence[str] = (), ignore: Sequence[str] = ()) -> Settings:
        """Return the settings with the rules that a command line chooses.

        Parameters
        ----------
        select : sequence of str
            Takes the place of the file's `select` and `ignore`: who asks for a rule gets it.
        ignore : sequence of str
            Added to what is ignored.
        """
        if select:
            return dataclasses.replace(self, select=tuple(select), ignore=tuple(ignore))
        return dataclasses.replace(self, ignore=(*self.ignore, *ignore))


# ---------------------------------------------------------------- the file


def load_settings(start: Path | None = None, explicit: Path | None = None) -> Settings:
    """Read the settings that are in force in a folder.

    Parameters
    ----------
    start : Path, optional
        Where the search begins, upwards; the current folder if not given. In each folder `dataaudit.toml` goes
        before `pyproject.toml`, and a `pyproject.toml` without `[tool.dataaudit]` is passed over.
    explicit : Path, optional
        A file to read instead of searching.

    Returns
    -------
    Settings
        Empty when no file is found.

    Raises
    ------
    ConfigError
        If the file is missing or is no TOML, or holds a key, rule, option or value that is not known.
    """
    if explicit is not None:
        table = _table(explicit)
        if table is None:
            raise ConfigError(f"{explicit}: there is no [tool.dataaudit] table.", "Add one, or name another file.")
        return _settings(table, explicit)
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        for name in ("dataaudit.toml", "pyproject.toml"):
            path = folder / name
            if path.is_file() and (table := _table(path)) is not None:
                return _settings(table, path)
    return Settings()


def _table(path: Path) -> dict[str, Any] | None:
    """Return dataaudit's part of a TOML file, or None where a pyproject.toml has none."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such settings file.", "Check the path given to --config.") from None
    except OSError as error:
        raise ConfigError(f"{path}: the settings cannot be read ({error.strerror or error}).") from None
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{path}: not UTF-8 (byte {error.start:,}); TOML files are UTF-8.", "Save the file as UTF-8."
        ) from None
    except tomllib.TOMLDecodeError as error:
        what, line = _where(str(error))
        raise ConfigError(f"{path}{line}: not valid TOML: {what}.", "Correct that line.") from None
    if path.name != "pyproject.toml":
        return document
    tool = document.get("tool", {})
    table = tool.get("dataaudit") if isinstance(tool, dict) else None
    if table is not None and not isinstance(table, dict):
        raise ConfigError(f"{path}: tool.dataaudit is {_say(table)}, expected a table.")
    return table


def _where(message: str) -> tuple[str, str]:
    """Split "what (at line 3, column 5)" into "what" and ":3"."""
    match = re.fullmatch(r"(.*?) \(at (?:line (\d+), column \d+|end of document)\)", message, re.DOTALL)
    if match is None:
        return message, ""
    what = match[1][:1].lower() + match[1][1:]
    return (what, f":{match[2]}") if match[2] else (f"{what} at the end of the file", "")


def _settings(table: Mapping[str, Any], path: Path) -> Settings:
    for key in table:
        if key.replace("_", "-") not in KEYS:
            raise ConfigError(f"{path}: unknown setting {key!r}.", did_you_mean(key, KEYS))
    table = {key.replace("_", "-"): value for key, value in table.items()}
    select = _words(table.get("select", []), "select", path)
    ignore = _words(table.get("ignore", []), "ignore", path)
    fail_on = table.get("fail-on")
    if fail_on is not None and fail_on not in FAIL_ON:
        raise ConfigError(
            f"{path}: fail-on is {_say(fail_on)}, expected one of {', '.join(FAIL_ON)}.",
            did_you_mean(str(fail_on), FAIL_ON),
        )
    rules = table.get("rules", {})
    if not isinstance(rules, dict):
        raise ConfigError(f"{path}: rules is {_say(rules)}, expected a table for each rule, [rules.near-zero-std].")
    return Settings(select, ignore, read_limits(rules, str(path)), fail_on, path)


def _words(value: Any, key: str, path: Path) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise ConfigError(f"{path}: {key} is {_say(value)}, expected a list of rules.", f'Such as {key} = ["LAB"].')
    words = tuple(value)
    resolve(words, f"{key} ({path})")
    return words


# ---------------------------------------------------------------- which rules


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
    ignore: Iterable[str] | str | None = None,
    limits: Mapping[str, Mapping[str, Any]] | None = None,
) -> tuple[Rule, ...]:
    """Return the rules that run, each with its options set.

    Parameters
    ----------
    select, ignore : iterable of str, optional
        Codes, prefixes or names, as in `choose`; one text may list several, separated by commas.
    limits : mapping of str to mapping, optional
        Options by rule code or name: ``{"near-zero-std": {"ratio": 1e-5}}``.

    Returns
    -------
    tuple of Rule
        Never empty.

    Raises
    ------
    ConfigError
        If a rule or an option is not known, a value is of the wrong type, or no rule is left.
    """
    codes = choose(split_words(select), split_words(ignore))
    if not codes:
        raise ConfigError("No rule is left to run: ignore takes away all that select names.", "Ignore fewer rules.")
    options = read_limits(limits or {}, "limits")
    return tuple(_make(all_rules()[code], options.get(code, {})) for code in codes)


def split_words(words: Iterable[str] | str | None) -> tuple[str, ...]:
    """Return the words of a list in which any entry may itself be a list, separated by commas."""
    entries = [words] if isinstance(words, str) else list(words or ())
    return tuple(word.strip() for entry in entries for word in str(entry).split(",") if word.strip())


# ---------------------------------------------------------------- options of rules


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
        raise ConfigError(f"{where}: {_say(limits)}, expected options by rule.")
    checked: dict[str, dict[str, Any]] = {}
    for word, options in limits.items():
        try:
            rule = find(str(word))
        except ConfigError as error:
            raise ConfigError(f"{where}: options for {word!r}, which is no rule.", error.hint) from None
        if rule.code in checked:
            raise ConfigError(f"{where}: {rule.code} ({rule.name}) has its options in two places.", "Keep one.")
        if not isinstance(options, Mapping):
            raise ConfigError(f"{where}: {word} is {_say(options)}, expected a table of options.", _known(rule))
        checked[rule.code] = {}
        for key, value in options.items():
            name = str(key).replace("-", "_")
            checked[rule.code][name] = _option(rule, name, value, f"{where}: {word}")
        _make(rule, checked[rule.code], where)
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
        raise ConfigError(f"{where}.{name} is {_say(value)}, expected {error}.", f"{name}: {help_line}.") from None


def _make(rule: type[Rule], options: Mapping[str, Any], where: str = "limits") -> Rule:
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


def _say(value: Any) -> str:
    """Return a value as a message shows it, shortened."""
    text = repr(value) if not isinstance(value, bool) else str(value).lower()
    return text if len(text) <= 60 else f"{text[:57]}..."
