"""The words that everything else is said in: how bad, how stored, what for."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Name = str | int
"""A column: its name, or its position where the data has no names."""


class Severity(StrEnum):
    """How bad a finding is: SARIF's own three levels."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """0 for error, 1 for warning, 2 for note: sorts worst first."""
        return list(Severity).index(self)


class Status(StrEnum):
    """How a check ended."""

    FOUND = "found"
    CLEAN = "clean"
    NOT_APPLICABLE = "not-applicable"
    SKIPPED = "skipped"
    CRASHED = "crashed"


class Storage(StrEnum):
    """How a column is stored, known before a row is read."""

    FLOAT = "float"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DATETIME = "datetime"
    TEXT = "text"
    CATEGORY = "category"

    @property
    def is_number(self) -> bool:
        """Whether the column's values stand in `Chunk.numbers`."""
        return self not in (Storage.TEXT, Storage.CATEGORY)


class Role(StrEnum):
    """What a column is for."""

    FEATURE = "feature"
    TARGET = "target"
    SPLIT = "split"
    GROUP = "group"
    TIME = "time"
    ID = "id"


class Kind(StrEnum):
    """What a column means, inferred from its facts."""

    NUMERIC = "numeric"
    INTEGER_CODE = "integer code"
    CATEGORICAL = "categorical"
    TEXT = "text"
    DATETIME = "datetime"
    BOOLEAN = "boolean"
    ID = "id"
    EMPTY = "empty"


class Task(StrEnum):
    """What the target asks for."""

    CLASSIFICATION = "classification"
    MULTILABEL = "multilabel"
    REGRESSION = "regression"


class Stage(StrEnum):
    """Whether the data is a source, or what the network is fed."""

    RAW = "raw"
    MODEL_READY = "model-ready"
