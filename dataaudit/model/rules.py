"""The nouns of judging: facts about the rows, what is known of the whole audit, and the rules that read both."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol, Self, TypeVar, cast, runtime_checkable

from dataaudit.model.batches import Feeding
from dataaudit.model.data import Chunk, Schema, Source
from dataaudit.model.expectations import SuiteRun
from dataaudit.model.stages import StageFacts
from dataaudit.model.suppressions import Use
from dataaudit.model.verdicts import CannotTell, Finding, Passed
from dataaudit.model.words import Kind, Name, Severity, Stage, Task

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
    feeding: Feeding | None = None
    stages: tuple[StageFacts, ...] = ()
    suppressions: tuple[Use, ...] = ()
    suite: SuiteRun | None = field(default=None, compare=False, repr=False)
    shared: dict[Hashable, Any] = field(default_factory=dict, compare=False, repr=False)

    def once(self, key: Hashable, compute: Callable[[], _T]) -> _T:
        """Return what `compute` gives, computed for the first rule that asks and kept for the others."""
        if key not in self.shared:
            self.shared[key] = compute()
        return cast("_T", self.shared[key])

    def runs(self, code: str) -> bool:
        """Return whether a rule judges in this audit too: two rules that see one fact agree on who reports it."""
        return code in self.shared.get("rules", ())

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


def rule_options(rule: Rule) -> dict[str, tuple[Any, str]]:
    """Return each option's default and help, by name."""
    return {f.name: (f.default, f.metadata.get("help", "")) for f in dataclasses.fields(cast("Any", rule))}
