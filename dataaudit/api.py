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
from dataaudit.model import Dataset, Finding, Name, Outcome, Stage, Task
from dataaudit.presets import parse_preset
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
    facts = engine.profile(
        dataset, engine.plan(rules), stage=wanted_stage or dataset.stage, jobs=jobs, progress=progress
    )
    views = engine.views(facts, dataset.sources, task=wanted_task, preset=preset, seed=seed, transformer=fitted)
    outcomes = tuple(_placed(outcome, dataset) for outcome in engine.judge(rules, views))
    config = {
        "task": task, "stage": stage, "preset": preset, "select": split_words(select),
        "ignore": split_words(ignore), "limits": limits or {},
        "transformer": None if fitted is None else type(fitted).__name__,
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


def _plain(config: Mapping[str, Any]) -> dict[str, Any]:
    from dataaudit.report.json import jsonable

    return {key: jsonable(value) for key, value in config.items() if value not in (None, (), {})}


def _now() -> float:
    return time.perf_counter()


def _stamp() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
