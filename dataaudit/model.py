"""The nouns: what is read, what is counted, what is judged, what is reported."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, ClassVar, Protocol, Self, TypeVar, cast, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Name = str | int
"""A column: its name, or its position where the data has no names."""

# ---------------------------------------------------------------- words


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


def option(default: Any, help: str) -> Any:  # noqa: A002 - reads as an option's own word
    """Declare a field of a rule as an option that settings may change.

    Parameters
    ----------
    default : object
        Value when no setting is given; its type is the type that is accepted.
    help : str
        One line for the settings' documentation, with the unit.
    """
    return field(default=default, metadata={"help": help})


# ---------------------------------------------------------------- schema


@dataclass(frozen=True)
class Column:
    """One column, as far as it is known before a row is read."""

    name: Name
    storage: Storage
    dtype: str
    role: Role = Role.FEATURE


@dataclass(frozen=True)
class PixelLayout:
    """Shape of one picture of an image array, height and width in pixels."""

    height: int
    width: int
    channels: int
    channels_first: bool
    dtype: str


@dataclass(frozen=True)
class Schema:
    """Columns in order, and the pictures beside them where there are any.

    Attributes
    ----------
    columns : tuple of Column
        All columns, the target's among them.
    pixels : PixelLayout or None
        Set for arrays of pictures.
    pictures : bool
        Whether each row is a picture file.
    classes : tuple of str
        Classes declared without rows (class folders, categories), if any.
    targets : tuple of Name
        Names of the target columns; empty when unlabelled.
    """

    columns: tuple[Column, ...]
    pixels: PixelLayout | None = None
    pictures: bool = False
    classes: tuple[str, ...] = ()

    @cached_property
    def numbers(self) -> tuple[Column, ...]:
        """Columns whose values stand in `Chunk.numbers`, in its order."""
        return tuple(c for c in self.columns if c.storage.is_number)

    @cached_property
    def coded(self) -> tuple[Column, ...]:
        """Columns whose values stand in `Chunk.codes`."""
        return tuple(c for c in self.columns if not c.storage.is_number)

    @cached_property
    def number_index(self) -> Mapping[Name, int]:
        """Position of each numeric column in `Chunk.numbers`."""
        return {c.name: j for j, c in enumerate(self.numbers)}

    @cached_property
    def by_name(self) -> Mapping[Name, Column]:
        """Columns by name."""
        return {c.name: c for c in self.columns}

    @cached_property
    def targets(self) -> tuple[Name, ...]:
        """Names of the target columns."""
        return self.with_role(Role.TARGET)

    @cached_property
    def features(self) -> tuple[Name, ...]:
        """Names of the input columns."""
        return self.with_role(Role.FEATURE)

    def with_role(self, role: Role) -> tuple[Name, ...]:
        """Return the names of the columns of one role, in order."""
        return tuple(c.name for c in self.columns if c.role is role)


# ---------------------------------------------------------------- rows


@dataclass(frozen=True)
class Codes:
    """Values of one column as positions in a list of distinct values.

    Attributes
    ----------
    indices : ndarray of int32, shape (n_rows,)
        Position in `values`; -1 where missing.
    values : sequence of hashable
        Distinct values of this chunk: text, or numbers of an integer column.
    """

    indices: NDArray[np.int32]
    values: Sequence[Hashable]

    @cached_property
    def counts(self) -> Ints:
        """Rows per value, shape (len(values),)."""
        seen = self.indices[self.indices >= 0]
        return np.bincount(seen, minlength=len(self.values)).astype(np.int64)


@dataclass(frozen=True)
class Picture:
    """One picture file: what its header says, its pixels, or why there are none.

    Attributes
    ----------
    path : str
        Below the folder, with forward slashes.
    pixels : ndarray of uint8, shape (height, width, channels), or None
        As stored: the EXIF turn is not applied.
    error : str or None
        Why it could not be decoded.
    """

    path: str
    pixels: NDArray[Any] | None = None
    error: str | None = None
    width: int = 0
    height: int = 0
    mode: str = ""
    format: str = ""
    orientation: int = 1
    n_bytes: int = 0


class Chunk:
    """Some consecutive rows of one split.

    The parts are built on first use, in the worker that observes them, so that reading can run ahead.

    Parameters
    ----------
    split : str
        Name of the split.
    start : int
        Position of the first row within its split.
    n_rows : int
        Number of rows.
    numbers : callable or ndarray of float64, shape (n_columns, n_rows)
        One contiguous line for each of `schema.numbers`; NaN where missing; times in seconds since 1970.
    codes : callable or mapping of Name to Codes
        One entry for each of `schema.coded`.
    pixels : ndarray, shape (n_rows, height, width, channels), optional
        Pictures of an image array, channels last (a view).
    pictures : callable returning sequence of Picture, optional
        Picture files, decoded.
    batch : int, optional
        Number of the batch, where the chunk is a loader's batch.
    """

    def __init__(
        self,
        split: str,
        start: int,
        n_rows: int,
        numbers: Callable[[], Floats] | Floats,
        codes: Callable[[], Mapping[Name, Codes]] | Mapping[Name, Codes],
        *,
        pixels: NDArray[Any] | None = None,
        pictures: Callable[[], Sequence[Picture]] | None = None,
        batch: int | None = None,
    ) -> None:
        self.split = split
        self.start = start
        self.n_rows = n_rows
        self.pixels = pixels
        self.batch = batch
        self._numbers = numbers
        self._codes = codes
        self._pictures = pictures
        self._labels: dict[int, Codes] = {}

    @property
    def stop(self) -> int:
        """Position after the last row."""
        return self.start + self.n_rows

    @cached_property
    def numbers(self) -> Floats:
        """Numeric columns, shape (n_columns, n_rows), float64."""
        return self._numbers() if callable(self._numbers) else self._numbers

    @cached_property
    def codes(self) -> Mapping[Name, Codes]:
        """Text and categorical columns."""
        return self._codes() if callable(self._codes) else self._codes

    @cached_property
    def pictures(self) -> Sequence[Picture]:
        """Decoded picture files; empty where rows are no pictures."""
        return self._pictures() if self._pictures is not None else ()

    @cached_property
    def all_finite(self) -> Bools:
        """Whether each numeric column is free of NaN and infinity here, shape (n_columns,)."""
        with np.errstate(over="ignore", invalid="ignore"):
            sums = self.numbers.sum(axis=1)
        finite: Bools = np.isfinite(sums)
        for j in np.flatnonzero(~finite):  # a sum may overflow although no value is infinite
            finite[j] = bool(np.isfinite(self.numbers[j]).all())
        return finite

    def labels(self, name: Name, j: int | None) -> Codes:
        """Return one column as codes, numbers included (distinct values in ascending order).

        Parameters
        ----------
        name : Name
            The column.
        j : int or None
            Its position in `numbers`; None for a text or categorical column.
        """
        if j is None:
            return self.codes[name]
        if j not in self._labels:
            line = self.numbers[j]
            known = ~np.isnan(line)
            values, inverse = np.unique(line[known], return_inverse=True)
            indices = np.full(self.n_rows, -1, dtype=np.int32)
            indices[known] = inverse
            self._labels[j] = Codes(indices, tuple(int(v) if float(v).is_integer() else float(v) for v in values))
        return self._labels[j]


@dataclass(frozen=True)
class Location:
    """A place in a text file, counted from 1."""

    file: str
    line: int


class Source(Protocol):
    """The rows of one split, in order."""

    split: str
    schema: Schema

    @property
    def n_rows(self) -> int | None:
        """Number of rows, or None when it is known only after reading."""
        ...

    def chunks(self) -> Iterator[Chunk]:
        """Yield the rows once, in order."""
        ...

    def locate(self, rows: Sequence[int]) -> list[Location]:
        """Return file and line of some rows; empty where there are no lines."""
        ...

    def row_names(self, rows: Sequence[int]) -> list[str] | None:
        """Return the paths of some rows where rows are files, else None."""
        ...

    def fetch(self, rows: Sequence[int]) -> Chunk:
        """Return some rows by position, in the order asked for; a stream is read again up to the last of them."""
        ...


@runtime_checkable
class Holder(Protocol):
    """A source whose rows the user holds in memory."""

    def held(self) -> tuple[Any, Any] | None:
        """Return inputs and target of the split as the user holds them, types intact: (frame or array, target or None).

        The frame holds all columns, the target's among them where it was given by name; None if the rows were read.
        """
        ...


@dataclass(frozen=True)
class Dataset:
    """What a loader returns: sources by split, and what it found out on the way.

    Attributes
    ----------
    name : str
        Short name for titles.
    kind : str
        "frame", "array", "table", "images", "image array" or "batches".
    sources : mapping of str to Source
        By split name, train first.
    roles : mapping of str to str
        "train", "validation", "test" or "other" for each split.
    stage : Stage
        The kind's own default.
    notes : tuple of str
        What a reader should know about the reading: encoding, delimiter, what was guessed.
    """

    name: str
    kind: str
    sources: Mapping[str, Source]
    roles: Mapping[str, str]
    stage: Stage
    notes: tuple[str, ...] = ()

    @property
    def schema(self) -> Schema:
        """Columns, the same in every split."""
        return next(iter(self.sources.values())).schema


# ---------------------------------------------------------------- facts

S_co = TypeVar("S_co", bound="State", covariant=True)


@runtime_checkable
class State(Protocol):
    """Facts about the rows seen so far: bounded, picklable, mergeable."""

    def observe(self, chunk: Chunk) -> None:
        """Take in one chunk."""
        ...

    def merge(self, other: Self) -> Self:
        """Return the state of both row ranges, self's rows first; operands stay as they were."""
        ...


@runtime_checkable
class Prunable(State, Protocol):
    """A state that keeps the few smallest of something, and can be told what it need not collect."""

    def prune(self, by: Any) -> None:
        """Leave out, from now on, what a merge with an earlier state would drop; the merged state is the same."""
        ...


class Statistic(Protocol[S_co]):
    """A request for facts. Frozen and hashable: equal requests share one state."""

    rowless: ClassVar[bool]
    """Whether the state holds no rows, so that it may be saved in a profile."""

    def start(self, schema: Schema) -> S_co:
        """Return the state of no rows."""
        ...


_T = TypeVar("_T")


@dataclass(frozen=True)
class ProbeSettings:
    """How the cross-validated probe is run.

    Attributes
    ----------
    enabled : bool
        Whether it is run at all.
    sample : int
        Most rows of all splits together.
    folds : int
        Parts of the rows, each predicted by models fitted on the others.
    seed : int
        For folds and models.
    jobs : int or None
        Threads; the cores there are if None. The result does not depend on it.
    embed : object
        What turns pictures into vectors; None for the features that come along.
    pred_probs : array, mapping of split to array, or None
        Out-of-fold probabilities of the user's own model; nothing is fitted where they are given.
    seconds : float
        Time that fitting may take on a reference machine; the sample is cut to what fits.
    progress : callable or None
        Called with (phase, steps done, steps in all).
    """

    enabled: bool = True
    sample: int = 20_000
    folds: int = 5
    seed: int = 0
    jobs: int | None = None
    embed: Any = field(default=None, compare=False)
    pred_probs: Any = field(default=None, compare=False, repr=False)
    seconds: float = 60.0
    progress: Callable[[str, int, int | None], None] | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Context:
    """What is known of the whole audit: what rules need besides one split's facts."""

    kind: str
    stage: Stage
    task: Task | None
    schema: Schema
    kinds: Mapping[Name, Kind]
    preset: Any = None
    seed: int = 0
    transformer: Any = field(default=None, compare=False, repr=False)
    probe: ProbeSettings = ProbeSettings()
    shared: dict[Hashable, Any] = field(default_factory=dict, compare=False, repr=False)

    def once(self, key: Hashable, compute: Callable[[], _T]) -> _T:
        """Return what `compute` gives, computed for the first rule that asks and kept for the others."""
        if key not in self.shared:
            self.shared[key] = compute()
        return cast("_T", self.shared[key])

    @property
    def features(self) -> tuple[Name, ...]:
        """Names of the input columns."""
        return self.schema.features


_S = TypeVar("_S", bound="State")


@dataclass(frozen=True)
class SplitView:
    """One split's finished facts, as rules see them."""

    name: str
    role: str
    n_rows: int
    schema: Schema
    context: Context
    states: Mapping[Any, State]
    source: Source | None = field(default=None, compare=False, repr=False)

    def get(self, statistic: Statistic[_S]) -> _S:
        """Return the finished state of a statistic that the rule asked for."""
        try:
            return cast("_S", self.states[statistic])
        except KeyError:
            raise CannotTell(f"the saved profile holds no {type(statistic).__name__} facts") from None

    def fetch(self, rows: Sequence[int]) -> Chunk:
        """Return some rows by position, in the order asked for: to verify or to show a bounded number of them.

        Raises
        ------
        CannotTell
            If the facts come from a saved profile.
        """
        if self.source is None:
            raise CannotTell("the saved profile holds no rows")
        return self.source.fetch(rows)

    def names(self, rows: Sequence[int]) -> list[str] | None:
        """Return the paths of some rows where rows are picture files, else None."""
        return None if self.source is None else self.source.row_names(rows)


# ---------------------------------------------------------------- verdicts


class NotApplicable(Exception):  # noqa: N818 - an answer, not an error
    """Raised by a rule that has nothing to say about this kind of data."""


class CannotTell(Exception):  # noqa: N818 - an answer, not an error
    """Raised by a rule that could not decide, with the reason.

    Parameters
    ----------
    reason : str
        One sentence.
    trace : Trace, optional
        What was seen all the same.
    """

    def __init__(self, reason: str, trace: Trace | None = None) -> None:
        super().__init__(reason)
        self.trace = trace


@dataclass(frozen=True)
class Trace:
    """What one preprocessing step shows of the rows it was fitted on: a line of the report's leakage matrix.

    Attributes
    ----------
    step : str
        "standard scaling", "mean imputation", …
    columns : tuple of Name
        Columns it was seen in.
    splits : tuple of str
        Train first.
    log10_p : mapping of str to float
        For each union of splits ("train", "train + test") the decimal logarithm of the probability that the step's
        statistics fit it this well by accident; 0 where they do not fit.
    fitted_on : tuple of str
        Unions that were taken for the ones it was fitted on; several where each split has its own.
    verdict : str
        "train", "leak", "ambiguous" or "none".
    said : str
        One sentence for someone who never heard of p-values.
    """

    step: str
    columns: tuple[Name, ...]
    splits: tuple[str, ...]
    log10_p: Mapping[str, float]
    fitted_on: tuple[str, ...]
    verdict: str
    said: str


@dataclass(frozen=True)
class Passed:
    """Yielded by a rule that found nothing and wants to say what it measured."""

    measured: str
    trace: Trace | None = None


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, or worth knowing.

    Attributes
    ----------
    message : str
        One sentence with the numbers.
    columns : tuple of Name
        Columns it is about; `"y"` stands for the target of an array.
    rows : tuple of int or str
        Row positions from 0, or paths for pictures, in the last of `splits`; capped.
    row_count : int
        All rows concerned, also those beyond the cap.
    evidence : mapping
        JSON-able numbers; `"table"` holds {"columns": [...], "rows": [[...], ...]}.
    confidence : float or None
        0 to 1 for statistical findings; None where the rule is exact.
    figure : mapping or None
        Data to draw from; `"kind"` names the drawing.
    severity : Severity or None
        Overrides the rule's own.
    place : str
        What the fingerprint hangs on besides rule, columns and splits.
    """

    message: str
    columns: tuple[Name, ...] = ()
    rows: tuple[Name, ...] = ()
    row_count: int = 0
    evidence: Mapping[str, Any] = field(default_factory=dict)
    confidence: float | None = None
    figure: Mapping[str, Any] | None = None
    severity: Severity | None = None
    splits: tuple[str, ...] = ()
    why: str = ""
    fix: str = ""
    place: str = ""
    locations: tuple[Location, ...] = ()
    trace: Trace | None = None
    rule: str = ""
    name: str = ""

    @property
    def fingerprint(self) -> str:
        """Sixteen hex digits from rule and place: the same when rows move."""
        parts = [self.rule, *map(str, self.columns), *self.splits, self.place]
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]


class Rule(Protocol):
    """One judgement. Frozen dataclass; its fields are its options."""

    code: ClassVar[str]
    name: ClassVar[str]
    severity: ClassVar[Severity]
    consequence: ClassVar[str]
    """What happens when one trains on it anyway: completes "training on this ..."."""
    tips: ClassVar[tuple[str, ...]]
    """Items of the two lists of advice that it mechanises, "37.12" or "11.1"."""

    def needs(self) -> tuple[Statistic[Any], ...]:
        """Return the facts it reads."""
        ...


@runtime_checkable
class SplitRule(Rule, Protocol):
    """A rule that judges one split at a time."""

    def judge(self, split: SplitView) -> Iterator[Finding | Passed]:
        """Yield what is wrong in a split; raise NotApplicable or CannotTell with the reason."""
        ...


@runtime_checkable
class AcrossRule(Rule, Protocol):
    """A rule that compares splits, or says one thing about all of them."""

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        """Yield what is wrong; raise NotApplicable or CannotTell with the reason."""
        ...


@dataclass(frozen=True)
class Outcome:
    """How one check ended: one rule on one split, or on all of them (split None)."""

    rule: str
    name: str
    split: str | None
    status: Status
    reason: str | None = None
    measured: str | None = None
    seconds: float = 0.0
    findings: tuple[Finding, ...] = ()
    traces: tuple[Trace, ...] = ()


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Sort findings: errors first, the surest first, then by rule; those of one rule stay in their order."""

    def key(finding: Finding) -> tuple[int, float, str]:
        severity = finding.severity or Severity.NOTE
        confidence = 1.0 if finding.confidence is None else finding.confidence
        return (severity.rank, -round(confidence, 6), finding.rule)

    return sorted(findings, key=key)


def rule_options(rule: Rule) -> dict[str, tuple[Any, str]]:
    """Return each option's default and help, by name."""
    return {f.name: (f.default, f.metadata.get("help", "")) for f in dataclasses.fields(cast("Any", rule))}
