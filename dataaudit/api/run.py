"""One audit from its data set to its report: what every entry point shares."""

from __future__ import annotations

import datetime
import numbers
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from dataaudit import baseline as baselines
from dataaudit import engine
from dataaudit.acceptance import accept
from dataaudit.config import SEEDS, build_rules, listed, read_ignored, split_words, whole
from dataaudit.config.spelling import spelled
from dataaudit.document import build, in_order
from dataaudit.errors import ConfigError, SourceError, did_you_mean
from dataaudit.model import Dataset, Finding, Outcome, ProbeSettings, Stage, Suppression, Task
from dataaudit.model.expectations import SuiteRun
from dataaudit.presets import parse_preset
from dataaudit.probe.embed import embedder
from dataaudit.probe.given import given
from dataaudit.profile import Profile
from dataaudit.report.report import Report

Progress = engine.Progress
_PROGRESS = "It is called with the phase, the rows done, and the rows in all or None."
Ignored = str | Iterable[str | Suppression | Mapping[str, Any]]
"""Rules that do not run, and findings that are set aside, as tables or as what the settings file made of them."""


class Run:
    """The settings of one audit, checked before any data is read.

    Parameters
    ----------
    select, ignore, limits, baseline, task, stage, preset, seed, jobs, progress, command
        As in `dataaudit.audit`.
    probe, sample, folds, embed, pred_probs, probe_seconds
        Likewise.

    Raises
    ------
    ConfigError
        If a setting makes no sense.
    SourceError
        If the baseline is none.
    """

    def __init__(
        self,
        *,
        select: str | Iterable[str] | None = None,
        ignore: Ignored | None = None,
        limits: Mapping[str, Mapping[str, Any]] | None = None,
        baseline: Any = None,
        task: str | None = None,
        stage: str | None = None,
        preset: Any = None,
        seed: int = 0,
        jobs: int | None = None,
        progress: Progress | None = None,
        command: str | None = None,
        probe: bool = True,
        sample: int = 20_000,
        folds: int = 5,
        embed: Any = None,
        pred_probs: Any = None,
        probe_seconds: float = 60.0,
    ) -> None:
        self._began = time.perf_counter()
        seed = whole("seed", seed, 0, SEEDS, "The default is 0.")
        if jobs is not None:
            jobs = whole("jobs", jobs, 1, hint="Leave it out to use all cores.")
        if progress is not None and not callable(progress):
            raise ConfigError(f"progress is {spelled(progress)}, expected a function.", _PROGRESS)
        entries = ignore if ignore is None or isinstance(ignore, str | Mapping) else tuple(listed(ignore, "ignore"))
        self.rules = build_rules(select, entries, limits)
        self.suppressions = read_ignored(entries or (), "ignore")[1]
        self.baseline = None if baseline is None else baselines.read(baseline)
        self.task = member(Task, task, "task")
        self.stage = member(Stage, stage, "stage")
        parse_preset(preset)
        self.preset, self.seed, self.jobs, self.progress, self.command = preset, seed, jobs, progress, command
        self.probe = probe_settings(
            probe, sample, folds, seed=seed, jobs=jobs, embed=embed, pred_probs=pred_probs, seconds=probe_seconds,
            progress=progress,
        )  # fmt: skip
        self.config: dict[str, Any] = {
            "task": task, "stage": stage, "preset": preset, "select": split_words(select),
            "ignore": split_words(entries), "limits": limits or {},
            "suppressions": [_written(suppression) for suppression in self.suppressions],
            "baseline": None if self.baseline is None else self.baseline.name,
        }  # fmt: skip

    def facts(self, dataset: Dataset) -> Profile:
        """Read the data once, and return the facts that the rules ask for."""
        check_task(self.task, dataset)
        wanted = engine.plan(self.rules, self.probe)
        stage = self.stage or dataset.stage
        return engine.profile(dataset, wanted, stage=stage, jobs=self.jobs, progress=self.progress)

    def report(
        self,
        dataset: Dataset,
        *,
        transformer: Any = None,
        suite: SuiteRun | None = None,
        notes: Sequence[str] = (),
        late_notes: Callable[[], Sequence[str]] = tuple,
        config: Mapping[str, Any] | None = None,
        facts: Profile | None = None,
    ) -> Report:
        """Read the data, let the rules judge, and return the report.

        Parameters
        ----------
        dataset : Dataset
            The rows.
        transformer : object, optional
            A fitted one, to be checked against them.
        suite : SuiteRun, optional
            What came of a suite of expectations that was run on them.
        notes : sequence of str
            For the reader, besides the data set's own.
        late_notes : callable
            Asked for more of them when all rows were read.
        config : mapping, optional
            Settings that the report lists besides those given here.
        facts : Profile, optional
            What `facts` gave, where it was counted before.
        """
        facts = facts or self.facts(dataset)
        views = engine.views(
            facts, dataset.sources, task=self.task, preset=self.preset, seed=self.seed, transformer=transformer,
            probe=self.probe, feeding=dataset.feeding, stages=dataset.stages, suite=suite,
        )  # fmt: skip
        if self.probe.enabled and self.probe.pred_probs is not None:
            given(views)
        outcomes = tuple(placed(outcome, dataset) for outcome in engine.judge(self.rules, views))
        accepted = accept(outcomes, self.rules, views, self.suppressions, self.baseline)
        outcomes = accepted.outcomes
        settings = {
            "transformer": None if transformer is None else type(transformer).__name__,
            "suite": None if suite is None else suite.name,
        }
        document = build(
            facts,
            views,
            outcomes,
            self.rules,
            notes=(*dataset.notes, *notes, *late_notes()),
            task_declared=self.task is not None,
            provenance=self.provenance(dataset.files, {**settings, **(config or {})}),
            suppressed=accepted.suppressed,
            comparison=accepted.comparison,
        )
        return Report(document, in_order(outcomes), list(outcomes), facts)

    def provenance(self, files: Mapping[str, str], settings: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return how this run was made, as `build` takes it.

        Parameters
        ----------
        files : mapping of str to str
            The file of each split.
        settings : mapping, optional
            Besides those given to the run.
        """
        from dataaudit import __version__

        known = {**self.config, **_unusual(self.probe), **(settings or {})}
        return {
            "dataaudit": __version__, "seed": self.seed, "config": _plain(known), "command": self.command,
            "files": dict(files), "seconds": round(time.perf_counter() - self._began, 3), "started": _stamp(),
        }  # fmt: skip


def _written(suppression: Suppression) -> dict[str, Any]:
    """Return the parts of a suppression that were given."""
    return {key: value for key, value in asdict(suppression).items() if value and key != "origin"}


def placed(outcome: Outcome, dataset: Dataset) -> Outcome:
    """Return an outcome that says where the rows of its findings stand: file and line, or the path of a picture."""
    return replace(outcome, findings=tuple(_place(finding, dataset) for finding in outcome.findings))


def _place(finding: Finding, dataset: Dataset) -> Finding:
    rows = [row for row in finding.rows if isinstance(row, int)]
    if not rows or not finding.splits:
        return finding
    source = dataset.sources[finding.splits[-1]]
    names = source.row_names(rows)
    if names is not None:
        return replace(finding, rows=tuple(names))
    return replace(finding, locations=tuple(source.locate(rows)))


def check_task(task: Task | None, dataset: Dataset) -> None:
    """Raise SourceError if the targets cannot be what the task asks for."""
    if task is not Task.REGRESSION:
        return
    for name in dataset.schema.targets:
        column = dataset.schema.by_name[name]
        if not column.storage.is_number:
            raise SourceError(
                f"The target {name!r} holds {column.storage}; a regression needs numbers.",
                "Leave the task out to have it inferred, or name another target.",
            )


def member(kind: Any, word: str | None, argument: str) -> Any:
    """Return the member of an enumeration that a word stands for, None for None; raise ConfigError for another."""
    if word is None:
        return None
    try:
        return kind(word)
    except ValueError:
        raise ConfigError(f"There is no {argument} {word!r}.", did_you_mean(str(word), list(kind))) from None


def probe_settings(
    probe: bool = True,
    sample: int = 20_000,
    folds: int = 5,
    *,
    seed: int = 0,
    jobs: int | None = None,
    embed: Any = None,
    pred_probs: Any = None,
    seconds: float = 60.0,
    progress: Progress | None = None,
) -> ProbeSettings:
    """Return how the probe is run; given probabilities are read for as many rows as they have.

    Raises
    ------
    ConfigError
        If a number makes no sense.
    """
    sample = whole("sample", sample, 1, hint="The default is 20,000 rows.")
    folds = whole("folds", folds, 2, 50, "The default is 5.")
    given_time: Any = seconds
    if isinstance(given_time, bool) or not isinstance(given_time, numbers.Real) or not seconds > 0:
        raise ConfigError(
            f"probe_seconds is {spelled(given_time)}, expected a time above 0.", "probe=False fits no models."
        )
    if embed is not None:
        embedder(embed)  # what it stands for is known before any data is read
    if pred_probs is not None:
        tables = pred_probs.values() if isinstance(pred_probs, Mapping) else [pred_probs]
        sample = max(sample, sum(len(table) for table in tables if hasattr(table, "__len__")))
    return ProbeSettings(probe, sample, folds, seed, jobs, embed, pred_probs, float(seconds), progress)


def _unusual(settings: ProbeSettings) -> dict[str, Any]:
    """Return the settings of the probe that are not as usual, for the report."""
    usual = ProbeSettings()
    found: dict[str, Any] = {
        name: getattr(settings, field)
        for name, field in (
            ("probe", "enabled"),
            ("sample", "sample"),
            ("folds", "folds"),
            ("probe_seconds", "seconds"),
        )
        if getattr(settings, field) != getattr(usual, field)
    }
    if settings.embed is not None:
        found["embed"] = settings.embed if isinstance(settings.embed, str) else type(settings.embed).__name__
    if settings.pred_probs is not None:
        found["pred_probs"] = "given"
    return found


def _plain(config: Mapping[str, Any]) -> dict[str, Any]:
    from dataaudit.report.json import jsonable

    return {key: jsonable(value) for key, value in config.items() if value not in (None, (), [], {})}


def _stamp() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
