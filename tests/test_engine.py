"""One pass, shared facts, and every way in which a check can end."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import pytest

import dataaudit
from dataaudit import engine
from dataaudit.errors import ConfigError, NothingReadError
from dataaudit.loaders import load
from dataaudit.model import (
    CannotTell,
    Chunk,
    Dataset,
    Finding,
    Kind,
    Location,
    NotApplicable,
    Outcome,
    Passed,
    Rule,
    Schema,
    Severity,
    SplitView,
    Stage,
    Status,
    Task,
)
from dataaudit.registry import all_rules
from dataaudit.stats.gaps import Gaps
from dataaudit.stats.labels import LabelOrder
from dataaudit.stats.moments import Moments
from dataaudit.stats.sample import Sample
from dataaudit.stats.values import Values
from tests.build import chunks, cut, images, judged, picked, split_view, table, views

# ---------------------------------------------------------------- a source and a statistic that keep count


class Counted:
    """A source whose rows may be read once, and that knows how far reading ran ahead of counting."""

    def __init__(self, n_chunks: int, rows: int = 4, split: str = "train") -> None:
        self.split = split
        self.schema, (self._whole,) = chunks(np.arange(float(n_chunks * rows))[:, None], split=split)
        self._cuts = range(rows, n_chunks * rows, rows)
        self.read = 0
        self.passes = 0

    @property
    def n_rows(self) -> int | None:
        return self._whole.n_rows

    def chunks(self) -> Iterator[Chunk]:
        self.passes += 1
        assert self.passes == 1, "the rows were read twice"
        for chunk in cut(self._whole, self._cuts):
            self.read += 1
            yield chunk

    def locate(self, rows: Sequence[int]) -> list[Location]:
        return []

    def row_names(self, rows: Sequence[int]) -> list[str] | None:
        return None

    def fetch(self, rows: Sequence[int]) -> Chunk:
        return picked(self._whole, rows)


@dataclass(frozen=True)
class Log:
    """A statistic that writes down what it is shown."""

    rowless: ClassVar[bool] = True
    started: list[int] = field(default_factory=list, compare=False)

    def start(self, schema: Schema) -> LogState:
        self.started.append(threading.get_ident())
        return LogState([])


@dataclass
class LogState:
    """Row ranges in the order in which they came."""

    ranges: list[tuple[int, int]]

    def observe(self, chunk: Chunk) -> None:
        self.ranges.append((chunk.start, chunk.stop))

    def merge(self, other: LogState) -> LogState:
        return LogState(self.ranges + other.ranges)


def dataset(*sources: Any) -> Dataset:
    return Dataset("d", "array", {s.split: s for s in sources}, {s.split: s.split for s in sources}, Stage.RAW)


# ---------------------------------------------------------------- one pass


@pytest.mark.parametrize("jobs", [1, 2, 7])
@pytest.mark.parametrize("n_chunks", [1, 2, engine.SEGMENT, engine.SEGMENT + 1, 100])
def test_every_row_is_seen_once_and_in_order(n_chunks: int, jobs: int) -> None:
    source = Counted(n_chunks)
    states, n_rows = engine.scan(source, [Log()], jobs)
    assert n_rows == 4 * n_chunks
    assert states[Log()].ranges == [(4 * i, 4 * i + 4) for i in range(n_chunks)]  # type: ignore[attr-defined]
    assert (source.passes, source.read) == (1, n_chunks)


@pytest.mark.parametrize("first_row", [0, 1, 10**9])
def test_rows_are_counted_from_the_first_row(first_row: int) -> None:
    states, _ = engine.scan(Counted(20), [Log(), Sample(256)], 2, first_row=first_row)
    assert states[Log()].ranges == [(first_row + 4 * i, first_row + 4 * i + 4) for i in range(20)]  # type: ignore[attr-defined]
    assert sorted(states[Sample(256)].rows) == list(range(first_row, first_row + 80))  # type: ignore[attr-defined]


@pytest.mark.parametrize("jobs", [1, 3])
def test_reading_runs_ahead_only_so_far(jobs: int) -> None:
    """Whatever has been reported as done, at most one segment a worker, and one more, was read beyond it."""
    source = Counted(40 * engine.SEGMENT)
    ahead = []

    def progress(split: str, done: int, total: int | None) -> None:
        assert (split, total) == ("train", 160 * engine.SEGMENT)
        ahead.append(source.read - done // 4)

    engine.scan(source, [Moments()], jobs, progress)
    assert len(ahead) == 40
    assert max(ahead) <= (jobs + 1) * engine.SEGMENT
    assert ahead[-1] == 0


def test_pictures_are_handed_out_one_chunk_at_a_time() -> None:
    """A chunk of pictures is large; sixteen at once would not be bounded."""
    data = images(1200, size=64)
    (source,) = load(data).sources.values()
    sizes = [chunk.n_rows for chunk in source.chunks()]
    done: list[int] = []
    engine.scan(source, [Moments()], 1, lambda split, n, total: done.append(n))
    assert len(sizes) > 1
    assert np.diff([0, *done]).tolist() == sizes


def test_what_a_source_raises_reaches_the_caller() -> None:
    class Broken(Counted):
        def chunks(self) -> Iterator[Chunk]:
            yield from list(super().chunks())[:30]
            raise NothingReadError("train.csv:31: cut short.")

    with pytest.raises(NothingReadError, match="cut short"):
        engine.scan(Broken(40), [Moments()], 2)


def test_what_observing_raises_reaches_the_caller() -> None:
    def numbers() -> Any:
        raise NothingReadError("part 3 is gone.")

    class Broken(Counted):
        def chunks(self) -> Iterator[Chunk]:
            for chunk in super().chunks():
                yield chunk if chunk.start < 100 else Chunk("train", chunk.start, 4, numbers, {})

    with pytest.raises(NothingReadError, match="part 3 is gone"):
        engine.scan(Broken(80), [Moments()], 3)


def test_all_splits_are_read_once_and_apart() -> None:
    sources = [Counted(3, split="train"), Counted(2, split="test")]
    facts = engine.profile(dataset(*sources), [Log(), *engine.BASE], stage=Stage.RAW)
    assert [s.passes for s in sources] == [1, 1]
    assert {name: s.n_rows for name, s in facts.splits.items()} == {"train": 12, "test": 8}
    assert facts.splits["test"].states[Log()].ranges == [(0, 4), (4, 8)]  # type: ignore[attr-defined]
    assert (facts.name, facts.kind, facts.stage) == ("d", "array", "raw")


def test_without_rows_nothing_was_read() -> None:
    empty = Counted(1)
    empty._whole = cut(empty._whole, [0])[0]
    with pytest.raises(NothingReadError, match=r"d: no rows were read\."):
        engine.profile(dataset(empty), engine.BASE, stage=Stage.RAW)


@pytest.mark.parametrize("jobs", [0, -1])
def test_there_must_be_a_worker(jobs: int) -> None:
    with pytest.raises(ConfigError, match=f"jobs is {jobs}, expected a whole number from 1 on"):
        dataaudit.audit(table(20), jobs=jobs)


# ---------------------------------------------------------------- sharing


def test_equal_requests_share_one_state() -> None:
    @dataclass(frozen=True)
    class Asks(Base):
        def needs(self) -> tuple[Any, ...]:
            return (Moments(), Values(), Values(cap=99), LOG)

    wanted = engine.plan([Asks(), Asks(), *(rule() for rule in all_rules().values())])
    assert len(set(wanted)) == len(wanted)
    assert wanted[: len(engine.BASE)] == engine.BASE
    assert wanted.count(Values()) == wanted.count(Values(cap=99)) == wanted.count(LOG) == 1
    assert engine.plan([]) == engine.BASE


def test_each_statistic_is_started_once_a_segment_and_once_for_the_whole() -> None:
    log = Log()
    engine.scan(Counted(3 * engine.SEGMENT), (*engine.plan([]), log), 1)
    assert len(log.started) == 3 + 1


def test_states_of_no_rows_and_of_parts() -> None:
    source = Counted(6)
    statistics = (Log(), Moments())
    first, second = list(source.chunks())[:3], cut(source._whole, source._cuts)[3:]
    left, right = engine.start(statistics, source.schema), engine.start(statistics, source.schema)
    assert (engine.observe(first, left), engine.observe(second, right)) == (12, 12)
    joined = engine.merge(left, right)
    assert joined[Moments()].mean.tolist() == [11.5]  # type: ignore[attr-defined]
    assert len(joined[Log()].ranges) == 6  # type: ignore[attr-defined]
    assert len(left[Log()].ranges) == 3  # type: ignore[attr-defined]


# ---------------------------------------------------------------- judgement

LOG = Log()


@dataclass(frozen=True)
class Base:
    """A rule that nobody registered.

    ## Why it matters
    Because.
    """

    code: ClassVar[str] = "INP999"
    name: ClassVar[str] = "test-only"
    severity: ClassVar[Severity] = Severity.WARNING
    consequence: ClassVar[str] = "does nothing"
    tips: ClassVar[tuple[str, ...]] = ()

    def needs(self) -> tuple[Any, ...]:
        return (Moments(),)


@dataclass(frozen=True)
class Says(Base):
    """A rule that says what it is told.

    ## Why it matters
    Because of this.
    """

    words: tuple[Any, ...] = ()

    def judge(self, split: SplitView) -> Iterator[Finding | Passed]:
        for word in self.words:
            if isinstance(word, Exception):
                raise word
            yield word


class SaysAcross(Base):
    """The same over all splits."""

    def __init__(self, *words: Any) -> None:
        object.__setattr__(self, "words", words)

    words: tuple[Any, ...]

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        yield from Says.judge(self, next(iter(splits.values())))  # type: ignore[arg-type]


def outcome(*words: Any) -> Outcome:
    (answer,) = judged(Says(words), table(30))
    return answer


def test_clean() -> None:
    answer = outcome()
    assert (answer.rule, answer.name, answer.split) == ("INP999", "test-only", "train")
    assert (answer.status, answer.reason, answer.measured, answer.findings) == (Status.CLEAN, None, None, ())
    assert answer.seconds >= 0.0


def test_clean_with_what_was_measured() -> None:
    assert outcome(Passed("3 of 3")).measured == "3 of 3"


def test_found_and_completed() -> None:
    answer = outcome(Finding("bad", rows=(3, 4)), Finding("worse", severity=Severity.ERROR, row_count=9, why="so"))
    assert (answer.status, answer.measured) == (Status.FOUND, None)
    first, second = answer.findings
    assert (first.rule, first.name, first.severity) == ("INP999", "test-only", Severity.WARNING)
    assert (first.splits, first.row_count, first.why) == (("train",), 2, "Because of this.")
    assert (second.severity, second.row_count, second.why) == (Severity.ERROR, 9, "so")


def test_found_shows_nothing_as_passed() -> None:
    answer = outcome(Finding("bad"), Passed("the rest is fine"))
    assert (answer.status, answer.measured) == (Status.FOUND, None)


def test_not_applicable_and_cannot_tell_give_their_reason() -> None:
    for raised, status in ((NotApplicable("no labels"), Status.NOT_APPLICABLE), (CannotTell("2 rows"), Status.SKIPPED)):
        answer = outcome(Passed("before"), raised)
        assert (answer.status, answer.reason) == (status, str(raised))


def test_a_finding_stays_found_when_the_rest_cannot_be_told() -> None:
    answer = outcome(Finding("bad"), CannotTell("the rest"))
    assert (answer.status, answer.reason, len(answer.findings)) == (Status.FOUND, "the rest", 1)


def test_a_crash_is_an_outcome_with_its_place_and_ends_nothing_else() -> None:
    splits = views(table(30), table(30), rules=[Base()])
    crash, fine = Says((Finding("kept"), ZeroDivisionError("by zero"))), Says((Passed("ok"),))
    answers = engine.judge([crash, fine], splits)
    assert [(a.split, a.status) for a in answers] == [
        ("train", Status.CRASHED),
        ("validation", Status.CRASHED),
        ("train", Status.CLEAN),
        ("validation", Status.CLEAN),
    ]
    assert answers[0].reason is not None
    assert answers[0].reason.startswith("ZeroDivisionError: by zero (test_engine.py:")
    assert [f.message for f in answers[0].findings] == ["kept"]


def test_leaving_is_no_crash() -> None:
    class Leaves(Says):
        def judge(self, split: SplitView) -> Iterator[Finding | Passed]:
            yield Passed("so far")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        judged(Leaves(), table(30))


def test_rules_across_splits_answer_once() -> None:
    rule: Rule = SaysAcross(Finding("a"), Finding("b", splits=("train", "test")))
    (answer,) = judged(rule, table(30), test=table(30))
    assert answer.split is None
    assert [f.splits for f in answer.findings] == [(), ("train", "test")]


def test_the_same_finding_keeps_its_fingerprint_when_rows_move() -> None:
    a, b = (outcome(Finding(f"{n} rows", columns=("x",), rows=(n,))).findings[0] for n in (1, 2))
    assert a.fingerprint == b.fingerprint
    assert len({a.fingerprint, *(outcome(Finding("", columns=c, place=p)).findings[0].fingerprint
                                 for c, p in ((("y",), ""), (("x",), "p"), ((), "")))}) == 4  # fmt: skip


def test_facts_that_a_profile_lacks_are_skipped() -> None:
    splits = views(table(30), rules=[])

    class Wants(Says):
        def judge(self, split: SplitView) -> Iterator[Finding | Passed]:
            split.get(Sample(size=17))
            yield Passed("never")

    (answer,) = engine.judge([Wants()], splits)
    assert (answer.status, answer.reason) == (Status.SKIPPED, "the saved profile holds no Sample facts")


def test_a_registered_rule_that_crashes_leaves_the_report_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = type(next(iter(all_rules().values()))())

    def crash(self: Any, *args: Any) -> Iterator[Passed]:
        yield Passed("so far")
        raise RuntimeError("<script>alert(1)</script>")

    for name in ("judge", "judge_across"):
        if hasattr(broken, name):
            monkeypatch.setattr(broken, name, crash)
    report = dataaudit.audit(table(60), target="y")
    crashed = [c for c in report.checks if c.status is Status.CRASHED]
    assert broken.code in {c.rule for c in crashed}
    assert {c.rule for c in report.checks} == set(all_rules())
    assert "<script>alert(1)" not in report.to_html()


# ---------------------------------------------------------------- what rules see


def test_context_is_inferred_from_all_splits_together() -> None:
    """A column of whole numbers in train that has fractions in test is a quantity in both."""
    train, test = table(60), table(60)
    train["z"], test["z"] = np.arange(60) % 3, np.arange(60) % 3 + 0.5
    train["z"] = train["z"].astype(float)
    splits = views(train, test=test, target="y")
    assert {s.context.kinds["z"] for s in splits.values()} == {Kind.NUMERIC}
    assert split_view(train, target="y").context.kinds["z"] is Kind.INTEGER_CODE
    assert {name: (s.role, s.n_rows) for name, s in splits.items()} == {"train": ("train", 60), "test": ("test", 60)}
    assert splits["train"].context is splits["test"].context


def test_task_and_stage_may_be_declared() -> None:
    assert split_view(table(30), target="rooms").context.task is Task.CLASSIFICATION
    assert split_view(table(30), target="rooms", task="regression").context.task is Task.REGRESSION
    assert split_view(table(30)).context.task is None
    assert split_view(table(30)).context.stage is Stage.RAW
    assert split_view(table(30), stage="model-ready").context.stage is Stage.MODEL_READY
    assert split_view(np.zeros((3, 2))).context.stage is Stage.MODEL_READY
    context = split_view(table(30), preset="imagenet", seed=5).context
    assert (context.preset, context.seed) == ("imagenet", 5)
    assert context.features == ("age", "income", "rooms", "city", "active", "joined", "y")


def test_what_rules_share_is_computed_once() -> None:
    context = split_view(table(30)).context
    assert [context.once("key", lambda n=n: n) for n in (1, 2)] == [1, 1]  # type: ignore[misc]
    assert context.once("other", lambda: 3) == 3


def test_base_facts_are_there_without_any_rule() -> None:
    view = split_view(table(30), rules=[], target="y")
    assert view.get(Moments()).n.tolist() == [30] * 5
    assert view.get(Gaps()).n_rows == 30
    assert view.get(LabelOrder()).columns["y"].n == 30
    assert view.get(Values()).columns["city"].n == 30
