"""The entry points of the library: `audit` and `profile_of`."""

from __future__ import annotations

import datetime
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from dataaudit import engine
from dataaudit.config import build_rules, split_words
from dataaudit.document import build
from dataaudit.errors import ConfigError, SourceError, did_you_mean
from dataaudit.loaders import load
from dataaudit.loaders.model_file import fitted_transformer
from dataaudit.model import Dataset, Finding, Name, Outcome, ProbeSettings, Stage, Task
from dataaudit.presets import parse_preset
from dataaudit.probe.embed import embedder
from dataaudit.probe.given import given
from dataaudit.profile import Profile
from dataaudit.report.report import Report

Progress = engine.Progress


def audit(
    train: Any,
    validation: Any = None,
    test: Any = None,
    target: Any = None,
    *,
    task: str | None = None,
    split_column: Name | None = None,
    group: Name | None = None,
    time: Name | None = None,
    id: Name | None = None,  # noqa: A002 - the role's own name
    stage: str | None = None,
    preset: str | tuple[Sequence[float], Sequence[float]] | None = None,
    select: str | Iterable[str] | None = None,
    ignore: str | Iterable[str] | None = None,
    limits: Mapping[str, Mapping[str, Any]] | None = None,
    seed: int = 0,
    jobs: int | None = None,
    progress: Progress | None = None,
    labels: str | os.PathLike[str] | None = None,
    transformer: Any = None,
    unsafe_load: bool = False,
    probe: bool = True,
    sample: int = 20_000,
    folds: int = 5,
    embed: Any = None,
    pred_probs: Any = None,
    probe_seconds: float = 60.0,
    command: str | None = None,
) -> Report:
    """Audit a data set and return the report.

    Parameters
    ----------
    train : DataFrame, ndarray, (X, y), Bunch, or path
        A table (pandas, or polars and Arrow through the PyCapsule interface), arrays, a file (csv, tsv, parquet,
        feather, jsonl, xlsx, npy, npz), or an image folder. May hold its own splits.
    validation, test : like `train`, optional
        The other splits.
    target : name, list of names, or array, optional
        The column(s) to predict, or their values. Without it, rules on labels are skipped.
    task : {"classification", "multilabel", "regression"}, optional
        Inferred from the target if not given.
    split_column, group, time, id : name, optional
        Columns with a role of their own.
    stage : {"raw", "model-ready"}, optional
        "model-ready" if the network is fed exactly this. Default: raw for files, frames and folders.
    preset : str or (mean, std), optional
        The input scale that the model expects, such as "imagenet".
    select, ignore : str or iterable of str, optional
        Codes, prefixes or names of rules to run, or to leave out.
    limits : mapping of rule to mapping of option to value, optional
        Thresholds, such as {"near-zero-std": {"ratio": 1e-5}}.
    seed : int
        For everything drawn at random.
    jobs : int, optional
        Worker threads; all cores if not given. The report does not depend on it.
    progress : callable, optional
        Called with (phase, rows done, rows in all or None).
    labels : path, optional
        A labels file (csv with file, label and perhaps split) for a flat image folder.
    transformer : fitted scikit-learn transformer or Pipeline, or path, optional
        What is fitted before the model, given with the raw splits: the report tells which rows each step learnt from.
        Its code is run on the data. A path leads to a file of skops, joblib or pickle.
    unsafe_load : bool
        Allow the transformer's file to run code while it is loaded: every joblib and pickle file may, and a skops
        file that holds types not known to be harmless.
    probe : bool
        Whether models are fitted that predict each row's target from the others: what label noise and association
        are judged by.
    sample : int
        Most rows that they learn from.
    folds : int
        Parts that the rows are cut into, each predicted by models of the others.
    embed : callable, torch module or name, optional
        What turns pictures into vectors for these models.
    pred_probs : array or frame of shape (n_rows, n_classes), or mapping of split to such, optional
        Out-of-fold probabilities of your own model for the rows of train, classes in sorted order or as the frame's
        columns are named; they take the place of the models.
    probe_seconds : float
        Time that fitting may take on two cores of a reference machine; fewer rows are taken where it would take
        longer, and the report says so. The same on every machine, so that the report is.
    command : str, optional
        The command line, for the report's last section.

    Returns
    -------
    Report
        With `verdict`, `findings`, `checks`, `profile` and the renderings.

    Raises
    ------
    SourceError
        If data cannot be read or used.
    ConfigError
        If a setting makes no sense.
    """
    clock = _now()
    rules = build_rules(select, ignore, limits)
    wanted_task = _member(Task, task, "task")
    wanted_stage = _member(Stage, stage, "stage")
    parse_preset(preset)
    fitted, said = fitted_transformer(transformer, unsafe=unsafe_load)
    dataset = load(
        train, validation, test, target=target, split_column=split_column, group=group, time=time, id=id, labels=labels
    )
    _check_task(wanted_task, dataset)
    settings = probe_settings(
        probe, sample, folds, seed=seed, jobs=jobs, embed=embed, pred_probs=pred_probs, seconds=probe_seconds,
        progress=progress,
    )  # fmt: skip
    facts = engine.profile(
        dataset, engine.plan(rules, settings), stage=wanted_stage or dataset.stage, jobs=jobs, progress=progress
    )
    views = engine.views(
        facts, dataset.sources, task=wanted_task, preset=preset, seed=seed, transformer=fitted, probe=settings
    )
    if probe and pred_probs is not None:
        given(views)
    outcomes = tuple(_placed(outcome, dataset) for outcome in engine.judge(rules, views))
    config = {
        "task": task, "stage": stage, "preset": preset, "select": split_words(select),
        "ignore": split_words(ignore), "limits": limits or {},
        "transformer": None if fitted is None else type(fitted).__name__,
        **_unusual(settings),
    }  # fmt: skip
    from dataaudit import __version__

    provenance = {
        "dataaudit": __version__, "seed": seed, "config": _plain(config), "command": command,
        "seconds": round(_now() - clock, 3), "started": _stamp(),
    }  # fmt: skip
    document = build(
        facts,
        views,
        outcomes,
        rules,
        notes=(*dataset.notes, *said),
        task_declared=task is not None,
        provenance=provenance,
    )
    findings = [f for o in outcomes for f in o.findings]
    return Report(document, findings, list(outcomes), facts)


def profile_of(
    data: Any,
    *,
    target: Any = None,
    first_row: int = 0,
    stage: str | None = None,
    jobs: int | None = None,
    progress: Progress | None = None,
    **roles: Any,
) -> Profile:
    """Count the facts of a data set, or of a part of one, without judging them.

    Parameters
    ----------
    data : like the first argument of `audit`
        The rows.
    target : name, list of names, or array, optional
        The column(s) to predict.
    first_row : int
        Position of the first row within the whole, where `data` is a part; profiles of consecutive parts merge.
    stage : {"raw", "model-ready"}, optional
        As in `audit`.
    jobs : int, optional
        Worker threads.
    progress : callable, optional
        As in `audit`.
    **roles
        `validation`, `test`, `split_column`, `group`, `time`, `id`, `labels`, as in `audit`.

    Returns
    -------
    Profile
    """
    unknown = set(roles) - {"validation", "test", "split_column", "group", "time", "id", "labels"}
    if unknown:
        raise TypeError(f"profile_of() has no argument {sorted(unknown)[0]!r}")
    dataset = load(data, roles.pop("validation", None), roles.pop("test", None), target=target, **roles)
    rules = build_rules()
    chosen = _member(Stage, stage, "stage") or dataset.stage
    return engine.profile(dataset, engine.plan(rules), stage=chosen, jobs=jobs, progress=progress, first_row=first_row)


def _placed(outcome: Outcome, dataset: Dataset) -> Outcome:
    """Say where the rows of findings stand: file and line, or the path of a picture."""
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


def _check_task(task: Task | None, dataset: Dataset) -> None:
    if task is not Task.REGRESSION:
        return
    for name in dataset.schema.targets:
        column = dataset.schema.by_name[name]
        if not column.storage.is_number:
            raise SourceError(
                f"The target {name!r} holds {column.storage}; a regression needs numbers.",
                "Leave the task out to have it inferred, or name another target.",
            )


def _member(kind: Any, word: str | None, argument: str) -> Any:
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
    if not sample >= 1:
        raise ConfigError(f"sample is {sample!r}, expected a number of rows from 1 on.", "The default is 20000.")
    if not 2 <= folds <= 50:
        raise ConfigError(f"folds is {folds!r}, expected a whole number from 2 to 50.", "The default is 5.")
    if not seconds > 0:
        raise ConfigError(f"probe_seconds is {seconds!r}, expected a time above 0.", "probe=False switches it off.")
    if embed is not None:
        embedder(embed)  # what it stands for is known before any data is read
    if pred_probs is not None:
        tables = pred_probs.values() if isinstance(pred_probs, Mapping) else [pred_probs]
        sample = max(sample, sum(len(table) for table in tables if hasattr(table, "__len__")))
    return ProbeSettings(probe, int(sample), int(folds), seed, jobs, embed, pred_probs, float(seconds), progress)


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

    return {key: jsonable(value) for key, value in config.items() if value not in (None, (), {})}


def _now() -> float:
    return time.perf_counter()


def _stamp() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
