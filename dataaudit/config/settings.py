"""The settings file: where it stands, and what it says."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dataaudit.config.options import read_limits
from dataaudit.config.spelling import spelled
from dataaudit.config.suppressions import read_ignored
from dataaudit.errors import ConfigError, did_you_mean
from dataaudit.model import Suppression
from dataaudit.registry import resolve

FAIL_ON = ("error", "warning", "never")
KEYS = ("select", "ignore", "fail-on", "rules")


@dataclass(frozen=True)
class Settings:
    """What a settings file says.

    Attributes
    ----------
    select : tuple of str
        Codes, prefixes of codes, or names; empty for every rule.
    ignore : tuple of str or Suppression
        Rules that do not run, and findings that are set aside.
    rules : mapping of str to mapping
        Options by rule code.
    fail_on : str or None
        "error", "warning" or "never".
    path : Path or None
        The file, or None when there is none.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str | Suppression, ...] = ()
    rules: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    fail_on: str | None = None
    path: Path | None = None

    def with_words(self, select: Sequence[str] = (), ignore: Sequence[str] = ()) -> Settings:
        """Return the settings with the rules that a command line chooses.

        Parameters
        ----------
        select : sequence of str
            Takes the place of the rules that the file selects and ignores: who asks for a rule gets it. What the file
            sets aside stays set aside.
        ignore : sequence of str
            Added to what is ignored.
        """
        if select:
            kept = tuple(entry for entry in self.ignore if isinstance(entry, Suppression))
            return dataclasses.replace(self, select=tuple(select), ignore=(*kept, *ignore))
        return dataclasses.replace(self, ignore=(*self.ignore, *ignore))


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
        raise ConfigError(f"{path}: tool.dataaudit is {spelled(table)}, expected a table.")
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
    ignore = _ignore(table.get("ignore", []), path)
    fail_on = table.get("fail-on")
    if fail_on is not None and fail_on not in FAIL_ON:
        raise ConfigError(
            f"{path}: fail-on is {spelled(fail_on)}, expected one of {', '.join(FAIL_ON)}.",
            did_you_mean(str(fail_on), FAIL_ON),
        )
    rules = table.get("rules", {})
    if not isinstance(rules, dict):
        raise ConfigError(f"{path}: rules is {spelled(rules)}, expected a table for each rule, [rules.near-zero-std].")
    return Settings(select, ignore, read_limits(rules, str(path)), fail_on, path)


def _words(value: Any, key: str, path: Path) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise ConfigError(f"{path}: {key} is {spelled(value)}, expected a list of rules.", f'Such as {key} = ["LAB"].')
    words = tuple(value)
    resolve(words, f"{key} ({path})")
    return words


def _ignore(value: Any, path: Path) -> tuple[str | Suppression, ...]:
    if not isinstance(value, list):
        raise ConfigError(f"{path}: ignore is {spelled(value)}, expected a list of rules.", 'Such as ignore = ["LAB"].')
    words, suppressions = read_ignored(value, f"{path}: ignore")
    resolve(words, f"ignore ({path})")
    return (*words, *suppressions)
