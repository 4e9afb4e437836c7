"""Suites of expectations: run within an audit, or alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dataaudit.errors import ConfigError
from dataaudit.model import Dataset
from dataaudit.model.expectations import SuiteRun

if TYPE_CHECKING:
    from dataaudit.report.report import Report

RULE = "EXP101"
"""The rule that tells what came of a suite."""


def suite_run(suite: Any, dataset: Dataset) -> SuiteRun | None:
    """Return what comes of a suite on the train split of a data set (the first, if none is called so); None for None.

    Raises
    ------
    SourceError
        If the suite cannot be read, or the rows are pictures.
    """
    if suite is None:
        return None
    from dataaudit.bridges.great_expectations.run import run_suite

    train = next((split for split, role in dataset.roles.items() if role == "train"), next(iter(dataset.sources)))
    return run_suite(suite, dataset.sources[train])


def validate(data: Any, suite: Any, **keywords: Any) -> Report:
    """Run a suite of expectations on data, and return what it fails as a report.

    Parameters
    ----------
    data : DataFrame, ndarray, (X, y), or path
        As the first argument of `audit`; held in memory, all at once.
    suite : path, dict or great_expectations.ExpectationSuite
        Any suite that runs on pandas frames, such as one that `suite_from` made.
    **keywords
        As in `audit`: `target`, `split_column`, `limits`, `jobs`, `progress`, ...

    Returns
    -------
    Report
        With a finding (EXP101) for each expectation that is not met. An expectation that raises an exception makes the
        check `crashed`: it is never taken for met.

    Raises
    ------
    SourceError
        If the data or the suite cannot be read.
    ConfigError
        If no suite is given.
    """
    from dataaudit.api.data import audit

    if suite is None:
        raise ConfigError("There is no suite to validate the data with.", "Make one with `dataaudit suite DATA`.")
    return audit(data, suite=suite, **{"select": [RULE], "probe": False, **keywords})
