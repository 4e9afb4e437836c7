"""The facts of a data set: saved, loaded and merged without a single row."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from dataaudit.brief import Brief, packed, shortened, told, unpacked
from dataaudit.errors import SourceError
from dataaudit.model import Column, Kind, PixelLayout, Role, Schema, State, Storage, Task
from dataaudit.stats import gaps, histogram, labels, moments, pixels, sample, values  # noqa: F401 - they register
from dataaudit.stats.state import Pack, array_digest, decode, encode

FORMAT = "dataaudit.profile/1"
_LARGEST = 1 << 29
"""Bytes that a compressed profile may unpack to: ten times one of 1,000 columns with all their facts is less."""


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
    brief : Brief or None
        Set where the facts were cut down to what a comparison needs; then they cannot be merged, and most rules
        cannot judge them.
    """

    name: str
    kind: str
    stage: str
    schema: Schema
    splits: Mapping[str, SplitFacts]
    brief: Brief | None = None

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
        if self.brief is not None or other.brief is not None:
            raise SourceError("A brief profile cannot be merged.", "Save the parts as .json, which holds all facts.")
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

    def shortened(self) -> Profile:
        """Return the profile cut down to what a comparison needs: a few dozen bytes a column, once it is compressed.

        Counts stay exact; means and ends are rounded to a ten-thousandth of the spread, histograms to 32 bins, and of
        more than 64 distinct values only their number stays.
        """
        if self.brief is not None:
            return self
        brief = told(self.schema, {name: facts.states for name, facts in self.splits.items()})
        splits = {name: replace(facts, states=shortened(facts.states)) for name, facts in self.splits.items()}
        return replace(self, splits=splits, brief=brief)

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
                        [encode(key), encode(packed(state) if self.brief is not None else state, pack)]
                        for key, state in facts.states.items()
                        if key.rowless
                    ],
                }
                for name, facts in self.splits.items()
            },
            **({} if self.brief is None else {"brief": self._brief(self.brief)}),
        }

    def _brief(self, brief: Brief) -> dict[str, Any]:
        kinds = [str(brief.kinds[column.name]) for column in self.schema.columns]
        return {"kinds": kinds, "task": None if brief.task is None else str(brief.task)}

    @cached_property
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
                    {decode(key): unpacked(decode(state), schema) for key, state in split["states"]},
                )
                for name, split in data["splits"].items()
            }
            brief = None if data.get("brief") is None else _read_brief(data["brief"], schema)
            saved = cls(data["name"], data["kind"], data["stage"], schema, splits, brief)
            digest = saved.digest
        except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
            what = f"it has no {error}" if isinstance(error, KeyError) else str(error)
            raise SourceError(f"The saved profile is damaged: {what}.", "Write it again from the data.") from error
        # what reads back as something else was not written so
        if data.get("digest") != digest or {**saved._facts(), "digest": digest} != dict(data):
            raise SourceError(
                "The saved profile is damaged: its digest does not fit its content.", "Write it again from the data."
            )
        return saved

    def save(self, path: str | Path) -> None:
        """Write the profile; an interrupted write leaves the old file.

        Parameters
        ----------
        path : str or Path
            ``facts.json`` holds all facts, and can be merged and judged like the data. ``facts.json.gz`` holds the
            profile as `shortened` gives it, compressed: small enough to be committed beside the data, for `diff`.
        """
        from dataaudit.report.write import atomic_write

        if Path(path).suffix.lower() == ".gz":
            text = self.shortened().to_json().encode("utf-8", "surrogatepass")
            atomic_write(Path(path), gzip.compress(text, 9, mtime=0))
        else:
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
            text = _content(Path(path)).decode("utf-8")
        except (OSError, EOFError, UnicodeDecodeError, zlib.error) as error:
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


def _content(path: Path) -> bytes:
    """Return the bytes of a file, unpacked where they are compressed."""
    data = path.read_bytes()
    if not data.startswith(b"\x1f\x8b"):
        return data
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as packed_file:
        content = packed_file.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise OSError(f"it unpacks to more than {_LARGEST >> 20:,} MiB")
    return content


def _read_brief(data: Mapping[str, Any], schema: Schema) -> Brief:
    kinds = {c.name: Kind(word) for c, word in zip(schema.columns, data["kinds"], strict=True)}
    return Brief(kinds, None if data["task"] is None else Task(data["task"]))


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
