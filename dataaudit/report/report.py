"""Report: the verdict of one audit with everything behind it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dataaudit.errors import FindingsError, SourceError
from dataaudit.model import Finding, Outcome
from dataaudit.report import github, gitlab, html, junit, labels, markdown, sarif, text, words
from dataaudit.report.json import SCHEMA, dumps
from dataaudit.report.parsed import finding_of, outcome_of
from dataaudit.report.write import Target, atomic_write

if TYPE_CHECKING:
    import pandas as pd

FRAME_COLUMNS = (
    "rule", "name", "severity", "message", "splits", "columns", "rows", "row_count", "confidence", "fingerprint", "new",
    "why", "fix",
)  # fmt: skip


class Report:
    """What an audit found: read it, print it, save it, or stop at it.

    Parameters
    ----------
    document : dict
        The content of report.json; every rendering is made from it alone.
    findings : sequence of Finding
        The same findings as objects.
    checks : sequence of Outcome
        How each rule ended on each split.
    profile : object, optional
        The facts behind the findings; None for a report that was loaded from JSON.

    Attributes
    ----------
    document : dict
        The content of report.json.
    findings : list of Finding
        Worst first.
    checks : list of Outcome
        Every rule and split: found, clean, not-applicable, skipped or crashed, with the reason.
    profile : object or None
        Mergeable and free of rows.
    """

    def __init__(
        self,
        document: dict[str, Any],
        findings: Sequence[Finding],
        checks: Sequence[Outcome],
        profile: Any = None,
    ) -> None:
        self.document = document
        self.findings = list(findings)
        self.checks = list(checks)
        self.profile = profile

    @property
    def verdict(self) -> str:
        """One of "pass", "warn" and "fail"."""
        return str(self.document["verdict"])

    @property
    def suppressed(self) -> list[Finding]:
        """Findings that the settings set aside; `document["suppressed"]` has the reasons."""
        return [finding_of(item) for item in self.document.get("suppressed", [])]

    def to_html(self, path: Target | None = None) -> str:
        """Return the report as one self-contained page, and write it if a path is given.

        The page asks nothing of the network and needs no script to be read. The same document gives the same bytes.

        Parameters
        ----------
        path : str or path-like, optional
            File to write; an earlier one is replaced in one step.

        Returns
        -------
        str
            HTML, at most about 1 MB besides pictures, whatever the width of the data.

        Raises
        ------
        OutputError
            If the file cannot be written.
        """
        return _written(html.render(self.document), path)

    def to_json(self, path: Target | None = None) -> str:
        """Return the document as JSON text, and write it if a path is given.

        Parameters
        ----------
        path : str or path-like, optional
            File to write; an earlier one is replaced in one step.

        Raises
        ------
        OutputError
            If the file cannot be written.
        """
        return _written(dumps(self.document), path)

    def to_markdown(self, show_values: bool = False, budget: int = markdown.BUDGET, path: Target | None = None) -> str:
        """Return the report as Markdown for one comment on a pull request, found again by its first line.

        Parameters
        ----------
        show_values : bool
            Whether messages may quote values of the data, and whether evidence tables are included. Names of columns,
            numbers of rows, paths of files and numbers are shown either way.
        budget : int
            Most bytes of UTF-8; detail is dropped, and said to be, to stay below it.
        path : str or path-like, optional
            File to write; an earlier one is replaced in one step.

        Raises
        ------
        OutputError
            If the file cannot be written.
        """
        return _written(markdown.render(self.document, show_values=show_values, budget=budget), path)

    def to_sarif(self, path: Target | None = None, show_values: bool = False) -> str:
        """Return the report as SARIF 2.1.0, for code hosts, and write it if a path is given.

        Parameters
        ----------
        path : str or path-like, optional
            File to write; an earlier one is replaced in one step.
        show_values : bool
            Whether messages may quote values of the data, and whether evidence is included.

        Returns
        -------
        str
            JSON with at most 500 results, the worst findings first; URIs are relative to the working directory.

        Raises
        ------
        OutputError
            If the file cannot be written.
        """
        return _written(sarif.render(self.document, show_values=show_values), path)

    def to_junit(self, path: Target | None = None, fail_on: str = "error", show_values: bool = False) -> str:
        """Return the report as JUnit XML, one test a check, and write it if a path is given.

        Parameters
        ----------
        path : str or path-like, optional
            File to write; an earlier one is replaced in one step.
        fail_on : {"error", "warning", "note", "never"}
            The least severity that fails a test; what lies below is told in the output of a test that passes.
        show_values : bool
            Whether messages may quote values of the data.

        Raises
        ------
        OutputError
            If the file cannot be written.
        ValueError
            If `fail_on` is none of the four.
        """
        return _written(junit.render(self.document, fail_on=fail_on, show_values=show_values), path)

    def to_github(self, show_values: bool = False) -> str:
        """Return the findings as annotations of a pull request: workflow commands, to be printed in a job.

        Parameters
        ----------
        show_values : bool
            Whether messages may quote values of the data.
        """
        return github.render(self.document, show_values=show_values)

    def to_gitlab(self, path: Target | None = None, show_values: bool = False) -> str:
        """Return the findings as a code quality report for GitLab, and write it if a path is given.

        Parameters
        ----------
        path : str or path-like, optional
            File to write; an earlier one is replaced in one step.
        show_values : bool
            Whether descriptions may quote values of the data.

        Raises
        ------
        OutputError
            If the file cannot be written.
        """
        return _written(gitlab.render(self.document, show_values=show_values), path)

    def to_text(self, width: int | None = None, color: bool = False) -> str:
        """Return the report for a terminal: the verdict in the first line, then findings, worst first.

        Parameters
        ----------
        width : int, optional
            Columns of the terminal; by default those of the present one, or 100 where there is none.
        color : bool
            Whether to use ANSI colours.
        """
        return text.render(self.document, width=width, color=color)

    def to_frame(self) -> pd.DataFrame:
        """Return the findings as a DataFrame, one row a finding, worst first.

        Columns are rule, name, severity, message, splits, columns, rows, row_count, confidence, fingerprint, new, why
        and fix; splits, columns and rows hold lists, and new is False where a baseline holds the finding.
        """
        import pandas as pd

        records = [[{"new": True, **finding}[key] for key in FRAME_COLUMNS] for finding in self.document["findings"]]
        return pd.DataFrame(records, columns=list(FRAME_COLUMNS))

    def to_labels(self, path: Target | None = None) -> str:
        """Return the rows whose label or target deserves a second look as CSV, and write it if a path is given.

        Columns are split, row (position from 0) or path, given, suggested, strength, tier and rule; the most doubtful
        rows of each split come first. The data itself is never changed.

        Parameters
        ----------
        path : str or path-like, optional
            File to write; an earlier one is replaced in one step.

        Raises
        ------
        OutputError
            If the file cannot be written.
        """
        return _written(labels.render(self.document["findings"]), path)

    def save(self, path: Target) -> None:
        """Write the report as JSON, to be read again by `dataaudit.load`."""
        self.to_json(path)

    def blocking(self, fail_on: str = "error") -> list[dict[str, Any]]:
        """Return the findings at or above a severity, as the document has them, worst first.

        Parameters
        ----------
        fail_on : {"error", "warning", "note", "never"}
            The least severity; "never" is above them all.

        Raises
        ------
        ValueError
            If `fail_on` is none of the four.
        """
        levels = words.failing(fail_on)
        return [f for f in self.document["findings"] if f["severity"] in levels and words.is_new(f)]

    def raise_for_findings(self, fail_on: str = "error") -> None:
        """Raise if there are findings at or above a severity: for scripts and tests.

        Findings that a baseline holds, and those that were set aside, do not count.

        Parameters
        ----------
        fail_on : {"error", "warning", "note", "never"}
            The least severity to stop at.

        Raises
        ------
        FindingsError
            Naming the worst of them.
        ValueError
            If `fail_on` is none of the four.
        """
        found = self.blocking(fail_on)
        if found:
            listed = "; ".join(f"{f['rule']} {words.one_line(f['message'], 200)}" for f in found[:3])
            more = f"; and {len(found) - 3} more" if len(found) > 3 else ""
            raise FindingsError(
                f"{self.document['headline']}: {words.tally({'findings': found})}: {listed}{more}",
                "See report.to_text() or report.to_html(path) for what to do.",
            )

    def _repr_html_(self) -> str:
        return html.fragment(self.document)

    def __repr__(self) -> str:
        name = words.one_line(self.document["dataset"]["name"], 60)
        return f"<Report {name}: {self.verdict}, {words.tally(self.document)}>"


def load(path: Target) -> Report:
    """Read a report that was saved as JSON.

    Parameters
    ----------
    path : str or path-like
        File written by `Report.save` or `dataaudit check --format json`.

    Returns
    -------
    Report
        With the same document, findings and checks; without a profile.

    Raises
    ------
    SourceError
        If the file is missing, is no JSON, or is no report.
    """
    try:
        document = json.loads(Path(path).read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({(error.strerror or str(error)).lower()}).") from error
    except (ValueError, RecursionError) as error:
        raise SourceError(f"{path}: not a report, as it is no JSON ({error}).", _LOAD_HINT) from error
    found = document.get("schema") if isinstance(document, dict) else None
    if found != SCHEMA:
        spelled = "no schema is named" if found is None else f"its schema is {words.one_line(found, 60)!r}"
        raise SourceError(f"{path}: not a report that can be read here: {spelled}, expected {SCHEMA!r}.", _LOAD_HINT)
    try:
        findings = [finding_of(item) for item in document["findings"]]
        checks = [outcome_of(item, findings) for item in document["checks"]]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SourceError(f"{path}: a damaged report ({type(error).__name__}: {error}).", _LOAD_HINT) from error
    return Report(document, findings, checks)


_LOAD_HINT = "Give a file written by report.save(path) or `dataaudit check DATA --format json -o FILE`."


def _written(content: str, path: Target | None) -> str:
    if path is not None:
        atomic_write(path, content)
    return content
