"""The one entry: whatever the user hands over becomes a data set of splits."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from dataaudit.errors import ConfigError, SourceError
from dataaudit.loaders.files import Found, open_path
from dataaudit.loaders.frame import column_name
from dataaudit.loaders.image_folder import PicturePart, assemble_pictures
from dataaudit.loaders.memory import Held, hold, note_other_index, with_target
from dataaudit.loaders.parts import Part, in_split_order
from dataaudit.loaders.paths import given_path, title_of
from dataaudit.loaders.splits import Columns, assemble
from dataaudit.model import Dataset, Name, Stage


@dataclass
class _Inputs:
    """What was found for each argument."""

    kind: str = ""
    stage: Stage = Stage.RAW
    target: tuple[Name, ...] = ()
    parts: list[Part] = field(default_factory=list)
    pictures: list[PicturePart] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def load(
    train: object,
    validation: object = None,
    test: object = None,
    *,
    target: object = None,
    split_column: Name | None = None,
    group: Name | Sequence[Name] | None = None,
    time: Name | None = None,
    id: Name | Sequence[Name] | None = None,  # noqa: A002 - the word users know
    name: str | None = None,
    labels: str | os.PathLike[str] | None = None,
) -> Dataset:
    """Recognise data and return its splits, ready to be read chunk by chunk.

    Parameters
    ----------
    train : path, array, frame, (X, y) or Bunch
        The data to train on, or data that holds its own splits: a frame with `split_column`, an npz
        with `X_train`, `X_val`, ..., a folder `split/class/file`.
    validation, test : optional
        The same kinds.
    target : str, int, sequence of them, or array-like of shape (n_rows,) or (n_rows, n_targets), optional
        Names of the target columns, or the target of `train` itself.
    split_column, group, time, id : optional
        Columns that are no inputs.
    name : str, optional
        Title; by default the file's or folder's name, or "data".
    labels : path, optional
        For a flat folder of pictures: a csv with file, label and perhaps split.

    Returns
    -------
    Dataset
        Sources in the order train, validation, test, others. Nothing is copied whole and the given objects
        are never written to; files other than Parquet and pictures are held in memory.

    Raises
    ------
    SourceError
        If the data cannot be read or used: the message says where and what was found.
    NothingReadError
        If there are no rows or no pictures.
    ConfigError
        If the arguments contradict each other.
    """
    given = {"train": train, "validation": validation, "test": test}
    if train is None:
        raise ConfigError("There is no data: train is None.", "Pass the data to train on first.")
    given = {split: thing for split, thing in given.items() if thing is not None}
    if labels is not None and not (len(given) == 1 and isinstance(train, str | os.PathLike)):
        raise ConfigError(
            "A labels file belongs to one folder of pictures, given alone.", 'Name the splits in its column "split".'
        )
    inputs = _Inputs()
    names, y = _names_or_values(target, train)
    for split, thing in given.items():
        if isinstance(thing, str | os.PathLike):
            found = open_path(given_path(thing, split), split, inputs.notes.append, labels)
        else:
            found = _held(thing, split, y if split == "train" else None, inputs)
        _take(inputs, found, split, alone=len(given) == 1)
    if y is not None and not isinstance(train, str | os.PathLike):
        _all_have_targets(inputs)
    if name is None:
        name = title_of(Path(train)) if isinstance(train, str | os.PathLike) else "data"
    if inputs.pictures:
        if split_column is not None or group is not None or time is not None or id is not None:
            raise ConfigError("A folder of pictures has no columns: split_column, group, time and id do not apply.")
        return _with_files(assemble_pictures(inputs.pictures, name, inputs.notes, names), given)
    if names and inputs.target and {str(n) for n in names} != {str(n) for n in inputs.target}:
        raise ConfigError(
            f"The target is given twice: {names[0]!r} by name, and values beside the data.", "Give one of them."
        )
    columns = Columns(names or inputs.target, _names(split_column), _names(group), _names(time), _names(id))
    dataset = assemble(inputs.parts, columns, name=name, kind=inputs.kind, stage=inputs.stage, notes=inputs.notes)
    return _with_files(dataset, given)


def _with_files(dataset: Dataset, given: Mapping[str, object]) -> Dataset:
    """Say which file or folder each split was read from; data that is given alone may hold several splits."""
    homes = {split: given.get(dataset.roles[split], given["train"]) for split in dataset.sources}
    paths = {split: Path(home).as_posix() for split, home in homes.items() if isinstance(home, str | os.PathLike)}
    return replace(dataset, files=paths)


def _names(given: Name | Sequence[Name] | None) -> tuple[Name, ...]:
    if given is None:
        return ()
    if isinstance(given, str) or not isinstance(given, Iterable):
        return (column_name(given),)
    return tuple(given)


def _names_or_values(target: object, train: object) -> tuple[tuple[Name, ...], object]:
    """Tell names of target columns from the target itself.

    A list of words or integers may be either: it is the target if it is as long as the data.
    """
    if target is None:
        return (), None
    if isinstance(target, str | int) and not isinstance(target, bool):
        return (target,), None
    if isinstance(target, list | tuple | set | frozenset):
        words = all(isinstance(v, str | int) and not isinstance(v, bool) for v in target)
        if words and (isinstance(train, str | os.PathLike) or not _is_as_long(target, train)):
            return tuple(target), None
        return (), list(target)
    if isinstance(train, str | os.PathLike):
        raise ConfigError(
            f"The target of a file is named, but found an object of type {type(target).__name__}.",
            "Pass the name of its column.",
        )
    return (), target


def _is_as_long(target: Any, train: object) -> bool:
    shape = getattr(train, "shape", None)
    try:
        length = shape[0] if shape else len(train)  # type: ignore[arg-type]
    except TypeError:
        return False
    known = {str(column) for column in getattr(train, "columns", ())}
    return bool(len(target) == length and not all(str(v) in known for v in target))


def _held(thing: object, split: str, y: object, inputs: _Inputs) -> Found:
    held = hold(thing, split, inputs.notes.append)
    if y is not None:
        if held.targets:
            raise ConfigError(f"The target of {split} is given twice: in (X, y), and as target.", "Give one of them.")
        note_other_index(thing, y, split, inputs.notes.append)
        held = with_target(held, y, inputs.notes.append)
    stage = Stage.RAW if held.kind == "frame" else Stage.MODEL_READY
    return Found(held.kind, stage, held={split: held})


def _take(inputs: _Inputs, found: Found, split: str, *, alone: bool) -> None:
    """Add what one argument held, under the argument's name unless the data names its own splits."""
    own = [*found.held, *(part.split for part in found.parts), *(part.split for part in found.pictures)]
    if len(own) > 1 and not alone:
        raise SourceError(
            f"{found.where or split}: it holds splits of its own ({', '.join(own)}), but other splits are given too.",
            "Pass it alone, or pass one file or folder for each split.",
        )
    if not alone and found.held:
        found.held = {split: next(iter(found.held.values()))}
    if not alone:
        for part in found.parts:
            part.split = split
        for pictures in found.pictures:
            pictures.split = split
    if not inputs.kind:
        inputs.kind, inputs.stage = found.kind, found.stage
    elif found.kind != inputs.kind and not {found.kind, inputs.kind} <= {"frame", "table"}:
        raise SourceError(
            f"The splits are of different kinds: train is given as {inputs.kind}, {split} as {found.kind}.",
            "Pass every split in the same form.",
        )
    for own_split in in_split_order(found.held):
        held = found.held[own_split]
        if not inputs.target:
            inputs.target = tuple(held.targets)
        inputs.parts.append(held.part(own_split, _as_named(held, inputs.target)))
    inputs.parts += found.parts
    inputs.pictures += found.pictures


def _as_named(held: Held, names: Sequence[Name]) -> Sequence[Name]:
    if held.targets and len(held.targets) != len(names):
        raise SourceError(f"{held.where}: found {len(held.targets)} target columns, expected {len(names)} as in train.")
    return names if held.targets else ()


def _all_have_targets(inputs: _Inputs) -> None:
    for part in inputs.parts:
        if not set(inputs.target) <= set(part.looks()):
            raise SourceError(
                f"{part.where}: it has no target, but the target of train is given as values.",
                "Pass (X, y) for the other splits.",
            )
