"""Where findings stand, as tools that show them on a changed line want to know: files and lines."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from dataaudit.report.words import one_line

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Place:
    """Some consecutive lines of a file, or a file as a whole.

    Attributes
    ----------
    file : str
        Relative to the working directory where it lies below it, with forward slashes; else absolute.
    first, last : int or None
        Lines from 1; None where the file has no lines or the finding is about all of it.
    """

    file: str
    first: int | None = None
    last: int | None = None

    @property
    def uri(self) -> str:
        """The file as a URI reference, percent-encoded."""
        escaped = quote(self.file, errors="replace")
        return f"file://{escaped}" if self.file.startswith("/") else escaped


def places(finding: Json, document: Json) -> list[Place]:
    """Return where a finding stands, in the order of files and lines; empty where none of the data is in a file.

    Lines that follow each other become one place. A finding about columns stands in the file of its last split, or of
    the first split that has one; a picture in its own file.

    Parameters
    ----------
    finding : mapping
        One entry of the document's `findings`.
    document : mapping
        The content of report.json.
    """
    if finding["locations"]:
        return _regions(finding["locations"])
    homes = document["provenance"].get("files") or {}
    home = homes.get(finding["splits"][-1]) if finding["splits"] else None
    pictures = dict.fromkeys(row for row in finding["rows"] if isinstance(row, str))
    if home and pictures:
        return [Place(relative(f"{home}/{path}")) for path in pictures]
    # a split that was read from no file: code hosts refuse results without any, so it stands where the others are
    home = home or next(iter(homes.values()), None)
    return [Place(relative(home))] if home else []


def relative(path: str) -> str:
    """Return a path relative to the working directory if it lies below it, else absolute, with forward slashes."""
    here = Path.cwd()
    absolute = Path(os.path.normpath(here / path))
    bases = [(here, absolute)]
    with contextlib.suppress(ValueError):  # of a null byte, which no path holds, but a damaged report may
        bases.append((Path(os.path.realpath(here)), Path(os.path.realpath(absolute))))
    for base, target in bases:
        if target.is_relative_to(base):
            return target.relative_to(base).as_posix()
    text = absolute.as_posix()
    return text if text.startswith("/") else f"/{text}"  # C:/x is /C:/x in a URI


def columns_of(finding: Json) -> list[str]:
    """Return the columns that a finding is about as text."""
    return [one_line(f"column {name}" if isinstance(name, int) else name) for name in finding["columns"]]


def _regions(locations: list[Json]) -> list[Place]:
    files: dict[str, set[int]] = {}
    for location in locations:
        files.setdefault(location["file"], set()).add(location["line"])
    found = []
    for file, lines in files.items():
        name = relative(file)
        ordered = sorted(lines)
        starts = [n for n in ordered if n - 1 not in lines]
        stops = [n for n in ordered if n + 1 not in lines]
        found += [Place(name, first, last) for first, last in zip(starts, stops, strict=True)]
    return found
