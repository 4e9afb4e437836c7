"""The two sides of a comparison: data, revisions, saved profiles and saved reports, opened alike."""

from __future__ import annotations

import filecmp
import gzip
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from dataaudit.errors import DataauditError, SourceError
from dataaudit.loaders import load
from dataaudit.loaders.revision import as_revision, checked_out, filled
from dataaudit.model import Dataset, Location, Outcome
from dataaudit.profile import Profile
from dataaudit.report.report import Report
from dataaudit.report.report import load as load_report

_GZIP = b"\x1f\x8b"
_ROLES = ("target", "split_column", "group", "time", "id")


@dataclass(frozen=True)
class Side:
    """One side of a comparison.

    Attributes
    ----------
    name : str
        As the user named it.
    dataset : Dataset or None
        Where its rows are at hand.
    profile : Profile or None
        Where it is a saved profile.
    report : Report or None
        Where it is a report.
    notes : tuple of str
        For the reader.
    shown : callable
        Takes a path on this machine and returns it as the user knows it.
    paths : mapping of str to Path
        Where each split and the labels file were read, if all of it came from files.
    """

    name: str
    dataset: Dataset | None = None
    profile: Profile | None = None
    report: Report | None = None
    notes: tuple[str, ...] = ()
    shown: Callable[[str], str] = field(default=str, compare=False)
    paths: Mapping[str, Path] = field(default_factory=dict)

    def placed(self, outcome: Outcome) -> Outcome:
        """Return an outcome whose lines are in files as the user knows them."""
        return replace(
            outcome,
            findings=tuple(
                replace(f, locations=tuple(Location(self.shown(at.file), at.line) for at in f.locations))
                for f in outcome.findings
            ),
        )


def open_side(
    stack: ExitStack,
    word: str,
    parts: Mapping[str, Any],
    roles: Mapping[str, Any],
    *,
    strict: bool,
) -> Side:
    """Open one side.

    Parameters
    ----------
    stack : ExitStack
        Closes what was opened; copies of files live until then.
    word : str
        "base" or "head": what data without a path is called.
    parts : mapping of str to object
        "train", and perhaps "validation" and "test": data, paths, REV:path.
    roles : mapping of str to object
        target, split_column, group, time, id, labels, as `load` takes them.
    strict : bool
        Whether named columns must be there; otherwise those that are not are left out, with a note.

    Raises
    ------
    SourceError
        If something cannot be read; the message names it as the user did.
    """
    first = parts["train"]
    name = str(first) if isinstance(first, str | os.PathLike) else word
    given = {split: thing for split, thing in parts.items() if thing is not None}
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dataaudit-")))
    shown = _Shown(folder)
    saved = first
    if isinstance(first, str | os.PathLike):
        with shown.in_errors():
            saved = _saved(shown.local(first, "saved"), name) if _may_be_saved(first) else None
    if isinstance(saved, Profile | Report):
        if len(given) > 1:
            raise SourceError(
                f"{name}: a saved {type(saved).__name__.lower()} holds its own splits, but other splits are given too.",
                "Give it alone.",
            )
        return _of_saved(saved, name)
    with shown.in_errors():
        here = {split: shown.local(thing, split) for split, thing in given.items()}
        dataset, notes = _load(here, dict(roles), strict=strict)
    files = {split: shown(path) for split, path in dataset.files.items()}
    dataset = replace(dataset, files=files, notes=tuple(shown(note) for note in dataset.notes))
    read = {**here, **({} if roles.get("labels") is None else {"labels": roles["labels"]})}
    on_disk = all(isinstance(thing, str | os.PathLike) for thing in read.values())
    paths = {split: Path(thing) for split, thing in read.items()} if on_disk else {}
    return Side(name, dataset, notes=notes, shown=shown, paths=paths)


def same_bytes(one: Side, other: Side) -> bool:
    """Return whether two sides are the same files, byte for byte and by name, so that the same is to be said of both.

    Copies on disk are compared, sizes first: the cost is that of reading the files until they differ. False for what
    is held in memory, and where a column that was named is not in one of them.
    """
    if not one.paths or set(one.paths) != set(other.paths) or one.notes or other.notes:
        return False
    try:
        return all(_same(one.paths[split], other.paths[split]) for split in one.paths)
    except OSError:
        return False  # whoever reads it says why


def _same(one: Path, other: Path) -> bool:
    if one.is_file():
        return other.is_file() and one.name == other.name and filecmp.cmp(one, other, shallow=False)
    names = [sorted(str(path.relative_to(top)) for path in top.rglob("*")) for top in (one, other)]
    return names[0] == names[1] and all(
        filecmp.cmp(one / name, other / name, shallow=False) for name in names[0] if (one / name).is_file()
    )


def _of_saved(saved: Profile | Report, name: str) -> Side:
    if isinstance(saved, Profile):
        return Side(name, profile=saved)
    return Side(name, report=saved, profile=saved.profile if isinstance(saved.profile, Profile) else None)


def _may_be_saved(path: str | os.PathLike[str]) -> bool:
    return os.fspath(path).lower().endswith((".json", ".json.gz"))


def _saved(path: str | os.PathLike[str], name: str) -> Profile | Report | None:
    """Return the profile or report that a file holds, None for any other."""
    file = Path(path)
    if not file.is_file():
        return None
    with file.open("rb") as raw:
        packed = raw.read(2) == _GZIP
    try:
        with gzip.open(file) if packed else file.open("rb") as content:
            head = content.read(400)
    except (OSError, EOFError) as error:
        raise SourceError(f"{name}: cannot be read ({error}).") from None
    if b'"dataaudit.profile/' in head:
        return Profile.load(file)
    return load_report(file) if b'"dataaudit.report/' in head else None


class _Shown:
    """Copies of revisions in a folder of our own, and their paths as the user knows them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names: dict[str, str] = {}
        self._given: dict[str, str] = {}  # as the user spelled them: errors must tell the two sides apart

    def local(self, thing: Any, split: str) -> Any:
        """Return data, or a path at which its content can be read."""
        if not isinstance(thing, str | os.PathLike):
            return thing
        into = self._folder / split
        wanted = as_revision(os.fspath(thing)) if isinstance(thing, str) else None
        if wanted is None:
            path = filled(Path(thing), into)
            if path != Path(thing):
                self._names[str(path)] = self._given[str(path)] = str(thing)
            return path
        path = checked_out(wanted, into)
        top = into / path.relative_to(into).parts[0]
        self._names[str(path)] = os.path.normpath(path.relative_to(top))
        self._given[str(path)] = f"{wanted.revision}:{self._names[str(path)]}"
        return path

    def __call__(self, text: str) -> str:
        return _renamed(text, self._names)

    @contextmanager
    def in_errors(self) -> Iterator[None]:
        """Name files in errors as the user knows them."""
        try:
            yield
        except DataauditError as error:
            if not self._names:
                raise
            hint = None if error.hint is None else _renamed(error.hint, self._given)
            raise type(error)(_renamed(error.message, self._given), hint) from None


def _renamed(text: str, names: Mapping[str, str]) -> str:
    for path, name in names.items():
        text = text.replace(path, name)
    return text


def _load(here: Mapping[str, Any], roles: dict[str, Any], *, strict: bool) -> tuple[Dataset, tuple[str, ...]]:
    """Load data; where it may be, without those roles whose columns are not there."""
    splits = {split: here.get(split) for split in ("train", "validation", "test")}
    try:
        return load(*splits.values(), **roles), ()
    except SourceError:
        named = {role: roles[role] for role in _ROLES if isinstance(roles.get(role), str | int | list | tuple)}
        if strict or not named:
            raise
        plain = load(*splits.values(), labels=roles.get("labels"))
        known = {str(column.name) for column in plain.schema.columns}
        lost = {role: name for role, name in named.items() if not {str(n) for n in _names(name)} <= known}
        if not lost:
            raise
        notes = tuple(f"There is no column {name!r} here: {role} is left out." for role, name in lost.items())
        return load(*splits.values(), **{**roles, **dict.fromkeys(lost)}), notes


def _names(given: Any) -> list[Any]:
    return list(given) if isinstance(given, list | tuple) else [given]
