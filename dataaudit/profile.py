"""The facts of a data set: saved, loaded and merged without a single row."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dataaudit.errors import SourceError
from dataaudit.model import Column, PixelLayout, Role, Schema, State, Storage
from dataaudit.stats import gaps, histogram, labels, moments, pixels, sample, values  # noqa: F401 - they register
from dataaudit.stats.state import Pack, array_digest, decode, encode

FORMAT = "dataaudit.profile/1"


@dataclass(frozen=True)
class SplitFacts:
    """The finished states of one split.

    Attributes
    ----------
    role : str
        "train", "validation", "test" or "other".
    first_row, n_rows : int
        The row range that was seen.
    states : mapping of statistic to state
        What was asked for, and the answers.
    """

    role: str
    first_row: int
    n_rows: int
    states: Mapping[Any, State]


@dataclass(frozen=True)
class Profile:
    """All facts of a data set, by split: serialisable, mergeable, without rows.

    Attributes
    ----------
    name, kind, stage : str
        The data set's name, what kind of source it was, and "raw" or "model-ready".
    schema : Schema
        Columns, the same in every split.
    splits : dict of str to SplitFacts
        By split name, train first.
    """

    name: str
    kind: str
    stage: str
    schema: Schema
    splits: Mapping[str, SplitFacts]

    def merge(self, other: Profile) -> Profile:
        """Return the profile of two parts of one data set, this part's rows first.

        Parameters
        ----------
        other : Profile
            The part that follows: profiled with `first_row` set to where this one stops.

        Raises
        ------
        SourceError
            If columns or row ranges do not fit together.
        """
        if self.schema != other.schema:
            raise SourceError("The two profiles have different columns.", "Profile both parts with the same roles.")
        joined = {}
        for name in [*self.splits, *(s for s in other.splits if s not in self.splits)]:
            mine, theirs = self.splits.get(name), other.splits.get(name)
            if mine is None or theirs is None:
                joined[name] = mine or other.splits[name]
                continue
            stop = mine.first_row + mine.n_rows
            if theirs.first_row != stop:
                raise SourceError(
                    f"Split {name!r}: the first part stops at row {stop:,}, the second starts at {theirs.first_row:,}.",
                    f"Profile the second part with first_row={stop}.",
                )
            common = [key for key in mine.states if key in theirs.states]
            states = {key: mine.states[key].merge(theirs.states[key]) for key in common}
            joined[name] = SplitFacts(mine.role, mine.first_row, mine.n_rows + theirs.n_rows, states)
        return Profile(self.name, self.kind, self.stage, self.schema, joined)

    def with_states(self, split: str, states: Mapping[Any, State]) -> Profile:
        """Return the profile with some states of a split replaced by others."""
        facts = self.splits[split]
        kept = replace(facts, states={**facts.states, **{key: states[key] for key in states if key in facts.states}})
        return replace(self, splits={**self.splits, split: kept})

    def to_dict(self) -> dict[str, Any]:
        """Return the profile as JSON-able data, with its digest; states that hold rows are left out."""
        return {**self._facts(), "digest": self.digest}

    def _facts(self, pack: Pack | None = None) -> dict[str, Any]:
        return {
            "schema": FORMAT,
            "name": self.name,
            "kind": self.kind,
            "stage": self.stage,
            "columns": [[c.name, str(c.storage), c.dtype, str(c.role)] for c in self.schema.columns],
            "pixels": encode_layout(self.schema.pixels),
            "pictures": self.schema.pictures,
            "classes": list(self.schema.classes),
            "splits": {
                name: {
                    "role": facts.role,
                    "first_row": facts.first_row,
                    "n_rows": facts.n_rows,
                    "states": [
                        [encode(key), encode(state, pack)] for key, state in facts.states.items() if key.rowless
                    ],
                }
                for name, facts in self.splits.items()
            },
        }

    @property
    def digest(self) -> str:
        """Hash of all facts, "sha256:…": equal data read the same way gives an equal digest."""
        return _digest(self)

    def to_json(self) -> str:
        """Return the profile as JSON text, the same bytes for the same facts."""
        return json.dumps(self.to_dict(), separators=(",", ":")) + "\n"

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Profile:
        """Rebuild a profile from `to_dict`.

        Raises
        ------
        SourceError
            If the data is no profile of this version, or was changed since it was written.
        """
        found = data.get("schema")
        if found != FORMAT:
            raise SourceError(f"This is no saved profile: its schema is {found!r}, expected {FORMAT!r}.")
        try:
            if not isinstance(data["name"], str):  # the one part that the digest leaves out
                raise TypeError(f"its name is {data['name']!r}")
            columns = tuple(Column(n, Storage(s), d, Role(r)) for n, s, d, r in data["columns"])
            layout = PixelLayout(**data["pixels"]) if data["pixels"] else None
            schema = Schema(columns, layout, data["pictures"], tuple(data["classes"]))
            splits = {
                name: SplitFacts(
                    split["role"],
                    split["first_row"],
                    split["n_rows"],
                    {decode(key): decode(state) for key, state in split["states"]},
                )
                for name, split in data["splits"].items()
            }
            saved = cls(data["name"], data["kind"], data["stage"], schema, splits)
            digest = _digest(saved)
        except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
            raise SourceError(f"The saved profile is damaged: {error}.", "Write it again from the data.") from error
        # what reads back as something else was not written so
        if data.get("digest") != digest or {**saved._facts(), "digest": digest} != dict(data):
            raise SourceError(
                "The saved profile is damaged: its digest does not fit its content.", "Write it again from the data."
            )
        return saved

    def save(self, path: str | Path) -> None:
        """Write the profile as JSON; an interrupted write leaves the old file."""
        from dataaudit.report.write import atomic_write

        atomic_write(Path(path), self.to_json())

    @classmethod
    def load(cls, path: str | Path) -> Profile:
        """Read a profile that `save` wrote.

        Raises
        ------
        SourceError
            If the file cannot be read or is no profile.
        """
        try:
            text = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise SourceError(f"{path}: not readable ({error}).") from error
        try:
            data = json.loads(text)
        except json.JSONDecodeError as error:
            raise SourceError(f"{path}:{error.lineno}: not JSON ({error.msg}).") from error
        except (RecursionError, ValueError) as error:
            raise SourceError(f"{path}: not a profile's JSON (nested too deep, or a number too long).") from error
        if not isinstance(data, dict):
            raise SourceError(f"{path}: this is no saved profile, but a JSON {type(data).__name__}.")
        try:
            return cls.from_dict(data)
        except SourceError as error:
            raise SourceError(f"{path}: {error.message[0].lower()}{error.message[1:]}", error.hint) from error


def _digest(profile: Profile) -> str:
    facts = profile._facts(array_digest)
    del facts["name"]  # a renamed file holds the same data
    text = json.dumps(facts, separators=(",", ":"), sort_keys=True)
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def encode_layout(layout: PixelLayout | None) -> dict[str, Any] | None:
    """Return the shape of an image array's pictures as JSON-able data."""
    if layout is None:
        return None
    return {name: getattr(layout, name) for name in PixelLayout.__dataclass_fields__}
