"""Plan what to count, count it in one pass, merge, judge."""

from __future__ import annotations

import logging
import os
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import Any, cast

from dataaudit.brief import told
from dataaudit.config import whole
from dataaudit.errors import NothingReadError
from dataaudit.model import (
    AcrossRule,
    CannotTell,
    Chunk,
    Context,
    Dataset,
    Feeding,
    Finding,
    NotApplicable,
    Outcome,
    Passed,
    ProbeSettings,
    Prunable,
    Rule,
    Schema,
    Source,
    SplitRule,
    SplitView,
    Stage,
    StageFacts,
    State,
    Status,
    Task,
    Trace,
)
from dataaudit.model.expectations import SuiteRun
from dataaudit.profile import Profile, SplitFacts
from dataaudit.registry import reason
from dataaudit.stats.gaps import Gaps
from dataaudit.stats.histogram import Histograms
from dataaudit.stats.labels import LabelOrder
from dataaudit.stats.moments import Moments
from dataaudit.stats.sample import Sample
from dataaudit.stats.values import Values

log = logging.getLogger("dataaudit")

Progress = Callable[[str, int, int | None], None]
States = dict[Any, State]

BASE: tuple[Any, ...] = (Moments(), Values(), Gaps(), Histograms(), LabelOrder())
"""Facts that every report shows, whatever rules run."""

SEGMENT = 2
"""Chunks a worker takes at once; fewer where a chunk is pictures. Fixed, so that sums are added in the same order
however many workers there are; large, because merging states costs as much as observing some chunks."""


def plan(rules: Iterable[Rule], probe: ProbeSettings | None = None) -> tuple[Any, ...]:
    """Return the statistics that the rules need, each once, in a fixed order.

    Parameters
    ----------
    rules : iterable of Rule
        Those that will judge.
    probe : ProbeSettings, optional
        Where it asks for more rows than a usual sample holds, a larger one is kept beside it.
    """
    wanted = dict.fromkeys(BASE)
    for rule in rules:
        wanted.update(dict.fromkeys(rule.needs()))
    if probe is not None and probe.enabled and probe.sample > Sample().size and Sample() in wanted:
        wanted[Sample(probe.sample)] = None
    return tuple(wanted)


def observe(chunks: Iterable[Chunk], states: States) -> int:
    """Show some chunks to all states, and return the number of rows. The part that any engine may run."""
    n_rows = 0
    for chunk in chunks:
        for state in states.values():
            state.observe(chunk)
        n_rows += chunk.n_rows
    return n_rows


def merge(left: States, right: States) -> States:
    """Return the states of both row ranges, left's rows first."""
    return {key: state.merge(right[key]) for key, state in left.items()}


def start(statistics: Sequence[Any], schema: Schema) -> States:
    """Return the states of no rows."""
    return {statistic: statistic.start(schema) for statistic in statistics}


def scan(
    source: Source, statistics: Sequence[Any], jobs: int, progress: Progress | None = None, first_row: int = 0
) -> tuple[States, int]:
    """Read one split once and return its finished states and the number of rows.

    Parameters
    ----------
    source : Source
        The rows.
    statistics : sequence of Statistic
        What to count.
    jobs : int
        Worker threads; numpy and decoders let them run side by side.
    progress : callable, optional
        Called with the split's name, rows done, and rows in all or None.
    first_row : int
        Position of the source's first row within its split.
    """

    def work(chunks: list[Chunk]) -> tuple[States, int]:
        for chunk in chunks:
            chunk.start += first_row
        states = start(statistics, source.schema)
        for key, state in states.items():
            if isinstance(state, Prunable):
                state.prune(total[key])
        return states, observe(chunks, states)

    total, done = start(statistics, source.schema), 0
    chunks = source.chunks()
    size = 1 if source.schema.pictures or source.schema.pixels else SEGMENT
    with ThreadPoolExecutor(jobs, thread_name_prefix="dataaudit") as pool:
        for states, n_rows in _in_order(pool, work, _segments(chunks, size), jobs + 1):
            total = merge(total, states)
            done += n_rows
            if progress is not None:
                progress(source.split, done, source.n_rows)
    return total, done


def _segments(chunks: Iterator[Chunk], size: int) -> Iterator[list[Chunk]]:
    while segment := list(islice(chunks, size)):
        yield segment


def _in_order(
    pool: ThreadPoolExecutor,
    work: Callable[[list[Chunk]], tuple[States, int]],
    segments: Iterator[list[Chunk]],
    ahead: int,
) -> Iterator[tuple[States, int]]:
    """Run work on segments side by side, at most `ahead` at once, and yield results in order."""
    pending: list[Future[tuple[States, int]]] = []
    try:
        for segment in segments:
            pending.append(pool.submit(work, segment))
            if len(pending) >= ahead:
                yield pending.pop(0).result()
        while pending:
            yield pending.pop(0).result()
    finally:
        for future in pending:
            future.cancel()


def profile(
    dataset: Dataset,
    statistics: Sequence[Any],
    *,
    stage: Stage,
    jobs: int | None = None,
    progress: Progress | None = None,
    first_row: int = 0,
) -> Profile:
    """Count all facts of a data set in one pass over each split.

    Raises
    ------
    ConfigError
        If there is no worker.
    NothingReadError
        If no split has a row.
    """
    if jobs is not None:
        jobs = whole("jobs", jobs, 1, hint="Leave it out to use all cores.")
    workers = (
        jobs if jobs else len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    splits = {}
    for name, source in dataset.sources.items():
        states, n_rows = scan(source, statistics, workers, progress, first_row)
        repeated = [statistic for statistic in statistics if getattr(statistic, "every_epoch", False)]
        for again in dataset.epochs.get(name, ()):
            states |= merge({key: states[key] for key in repeated}, scan(again, repeated, workers, progress)[0])
        splits[name] = SplitFacts(dataset.roles[name], first_row, n_rows, states)
    if not any(facts.n_rows for facts in splits.values()):
        thing = "pictures" if dataset.schema.pictures else "rows"
        raise NothingReadError(f"{dataset.name}: no {thing} were read.", "Check the path and the file's contents.")
    return Profile(dataset.name, dataset.kind, str(stage), dataset.schema, splits)


# ---------------------------------------------------------------- judgement


@dataclass(frozen=True)
class Verdicts:
    """What the rules said."""

    context: Context
    outcomes: tuple[Outcome, ...]
    views: Mapping[str, SplitView]


def views(
    facts: Profile,
    sources: Mapping[str, Source] | None = None,
    *,
    task: Task | None = None,
    preset: Any = None,
    seed: int = 0,
    transformer: Any = None,
    probe: ProbeSettings | None = None,
    feeding: Feeding | None = None,
    stages: tuple[StageFacts, ...] = (),
    suite: SuiteRun | None = None,
) -> dict[str, SplitView]:
    """Return each split as rules see it, with kinds and task inferred from all splits together.

    Parameters
    ----------
    facts : Profile
        What was counted.
    sources : mapping of str to Source, optional
        Where single rows are read again to verify or show them; left out for a saved profile.
    task, preset, seed, transformer, probe, feeding, stages
        As declared by the user.
    suite : SuiteRun, optional
        What came of the suite of expectations that was given.
    """
    sources = sources or {}
    schema = facts.schema
    known = facts.brief or told(schema, {name: split.states for name, split in facts.splits.items()})
    context = Context(
        kind=facts.kind,
        stage=Stage(facts.stage),
        task=task or known.task,
        schema=schema,
        kinds=known.kinds,
        preset=preset,
        seed=seed,
        transformer=transformer,
        probe=probe or ProbeSettings(seed=seed),
        feeding=feeding,
        stages=stages,
        suite=suite,
    )
    return {
        name: SplitView(name, split.role, split.n_rows, schema, context, split.states, sources.get(name))
        for name, split in facts.splits.items()
    }


def judge(rules: Sequence[Rule], splits: Mapping[str, SplitView]) -> tuple[Outcome, ...]:
    """Let every rule judge; a rule that crashes becomes its own outcome and ends nothing else."""
    outcomes: list[Outcome] = []
    for split in splits.values():
        split.context.shared.setdefault("rules", frozenset(rule.code for rule in rules))
    for rule in rules:  # asked for the method, since isinstance of a protocol takes as long as an easy rule
        if hasattr(rule, SplitRule.judge.__name__):
            for name, split in splits.items():
                outcomes.append(_outcome(rule, name, partial(cast("SplitRule", rule).judge, split)))
        if hasattr(rule, AcrossRule.judge_across.__name__):
            outcomes.append(_outcome(rule, None, partial(cast("AcrossRule", rule).judge_across, splits)))
    return tuple(outcomes)


def _outcome(rule: Rule, split: str | None, judgement: Callable[[], Iterator[Finding | Passed]]) -> Outcome:
    began = time.perf_counter()
    findings: list[Finding] = []
    traces: list[Trace] = []
    status, reason, measured = Status.CLEAN, None, None
    try:
        for said in judgement():
            if said.trace is not None:
                traces.append(said.trace)
            if isinstance(said, Passed):
                measured = said.measured
            else:
                findings.append(_stamp(said, rule, split))
        status = Status.FOUND if findings else Status.CLEAN
    except NotApplicable as answer:
        status, reason = Status.NOT_APPLICABLE, str(answer)
    except CannotTell as answer:
        status, reason = Status.SKIPPED, str(answer)
        traces += [answer.trace] if answer.trace is not None else []
    except Exception as error:
        log.debug("%s crashed", rule.code, exc_info=True)
        place = traceback.extract_tb(error.__traceback__)[-1]
        file = place.filename.replace("\\", "/").rsplit("/", 1)[-1]
        status, reason = Status.CRASHED, f"{type(error).__name__}: {error} ({file}:{place.lineno})"
    if findings:
        measured = None
        status = status if status is Status.CRASHED else Status.FOUND
    seconds = time.perf_counter() - began
    return Outcome(rule.code, rule.name, split, status, reason, measured, seconds, _apart(findings), tuple(traces))


def _apart(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings of which no two share a fingerprint: those a rule did not tell apart are numbered."""
    seen: dict[str, int] = {}
    told = []
    for finding in findings:
        before = seen.setdefault(finding.fingerprint, 0)
        seen[finding.fingerprint] += 1
        told.append(replace(finding, place=f"{finding.place}#{before + 1}") if before else finding)
    return tuple(told)


def _stamp(finding: Finding, rule: Rule, split: str | None) -> Finding:
    """Complete a finding with what the engine knows: rule, severity, splits, row count, and why it matters."""
    splits = finding.splits or ((split,) if split is not None else ())
    return replace(
        finding,
        rule=rule.code,
        name=rule.name,
        severity=finding.severity or rule.severity,
        splits=splits,
        row_count=max(finding.row_count, len(finding.rows)),
        why=finding.why or reason(type(rule)),
    )
