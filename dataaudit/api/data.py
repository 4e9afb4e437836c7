"""Audits of rows: `audit` and `profile_of`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dataaudit import engine
from dataaudit.api.expectations import suite_run
from dataaudit.api.run import Ignored, Progress, Run, member
from dataaudit.config import build_rules, whole
from dataaudit.loaders import load
from dataaudit.loaders.model_file import fitted_transformer
from dataaudit.model import Name, Stage
from dataaudit.profile import Profile
from dataaudit.report.report import Report


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
    ignore: Ignored | None = None,
    limits: Mapping[str, Mapping[str, Any]] | None = None,
    baseline: Any = None,
    seed: int = 0,
    jobs: int | None = None,
    progress: Progress | None = None,
    labels: str | os.PathLike[str] | None = None,
    transformer: Any = None,
    suite: Any = None,
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
        Codes, prefixes or names of rules to run, or to leave out. `ignore` may also hold findings to set aside, each a
        mapping such as {"rule": "LAB106", "columns": ["age"], "reason": "checked by hand", "until": "2030-01-31"}.
    limits : mapping of rule to mapping of option to value, optional
        Thresholds, such as {"near-zero-std": {"noise": 0.1}}.
    baseline : path or Report, optional
        An earlier report, or a file that `--write-baseline` made: what it holds already is listed as known and does
        not decide the verdict.
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
    suite : path, dict or great_expectations.ExpectationSuite, optional
        Expectations that the train split should meet; those that it fails are findings.
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
    NothingReadError
        If there are no rows, or no pictures.
    ConfigError
        If a setting makes no sense.

    Notes
    -----
    All facts are counted in one pass, in time linear in rows and columns; the models learn from at most `sample` rows.
    Arrays are of shape (n_rows, n_columns), or (n_rows, height, width[, channels]) for pictures, of any real type;
    NaN, None, NaT and NA are missing. What is given is never written to. Nothing is fetched from a network.

    Examples
    --------
    >>> import numpy as np
    >>> X, y = np.random.default_rng(0).normal(size=(60, 3)), np.arange(60) // 30
    >>> [finding.name for finding in audit((X, y), select="BAT").findings]
    ['sorted-by-label', 'single-label-batches']
    """
    run = Run(
        select=select, ignore=ignore, limits=limits, baseline=baseline, task=task, stage=stage, preset=preset,
        seed=seed, jobs=jobs, progress=progress, command=command, probe=probe, sample=sample, folds=folds,
        embed=embed, pred_probs=pred_probs, probe_seconds=probe_seconds,
    )  # fmt: skip
    fitted, said = fitted_transformer(transformer, unsafe=unsafe_load)
    dataset = load(
        train, validation, test, target=target, split_column=split_column, group=group, time=time, id=id, labels=labels
    )
    return run.report(dataset, transformer=fitted, suite=suite_run(suite, dataset), notes=said)


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
        Counts, moments, ranges and common values by split: free of rows, to save, to merge and to compare.

    Raises
    ------
    SourceError
        If data cannot be read or used.
    NothingReadError
        If there are no rows.
    ConfigError
        If a setting makes no sense.
    TypeError
        If a role is unknown.

    Examples
    --------
    >>> import numpy as np
    >>> profile_of(np.zeros((20, 2))).splits["train"].n_rows
    20
    """
    unknown = set(roles) - {"validation", "test", "split_column", "group", "time", "id", "labels"}
    if unknown:
        raise TypeError(f"profile_of() has no argument {sorted(unknown)[0]!r}")
    dataset = load(data, roles.pop("validation", None), roles.pop("test", None), target=target, **roles)
    first_row = whole("first_row", first_row, 0, hint="Rows are counted from 0.")
    rules = build_rules()
    chosen = member(Stage, stage, "stage") or dataset.stage
    return engine.profile(dataset, engine.plan(rules), stage=chosen, jobs=jobs, progress=progress, first_row=first_row)
