"""For tests of data: stop where an audit found something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataaudit.errors import FindingsError
from dataaudit.report import words
from dataaudit.report.lines import line

if TYPE_CHECKING:
    from dataaudit.report.report import Report

SHOWN = 10
"""Findings that a failed assertion lists; a test's output is read on a terminal."""

HINT = "Why it matters and what to do: dataaudit explain CODE, report.to_text(), report.to_html(path)."


def assert_clean(report: Report, fail_on: str = "error") -> None:
    """Fail if an audit found something at or above a severity, or if one of its rules crashed.

    Parameters
    ----------
    report : Report
        Of any audit.
    fail_on : {"error", "warning", "note", "never"}
        The least severity to fail at. A crashed rule fails in any case: it would not have found anything.

    Raises
    ------
    FindingsError
        An AssertionError, so that test runners count a failure. It lists the findings with their places, worst
        first.
    ValueError
        If `fail_on` is none of the four.
    TypeError
        If it is given something else than a report.

    Examples
    --------
    >>> import dataaudit
    >>> def test_training_data():
    ...     report = dataaudit.audit("train.csv", test="test.csv", target="survived")
    ...     dataaudit.assert_clean(report, fail_on="warning")
    """
    __tracebackhide__ = True  # pytest then ends the traceback at the caller's line
    if not hasattr(report, "blocking"):
        raise TypeError(f"assert_clean takes the report of an audit, found {type(report).__name__}")
    found = report.blocking(fail_on)
    crashed = [check for check in report.document["checks"] if check["status"] == "crashed"]
    if not found and not crashed:
        return
    name = words.one_line(report.document["dataset"]["name"], 60)
    parts = [words.tally({"findings": found})] if found else []
    parts += [f"{words.plural(len(crashed), 'check')} crashed"] if crashed else []
    lines = [f"{name}: {' and '.join(parts)}"]
    lines += [f"  {line(finding, report.document)}" for finding in found[:SHOWN]]
    if len(found) > SHOWN:
        lines.append(f"  and {words.plural(len(found) - SHOWN, 'more finding')}")
    lines += [f"  crashed: {check['rule']} {words.one_line(check['reason'] or '', 200)}" for check in crashed[:SHOWN]]
    raise FindingsError("\n".join(lines), HINT)
