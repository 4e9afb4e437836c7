"""The pytest plugin: the fixture `dataaudit`, and `--dataaudit-html DIR` for the reports of the audits that tests make.

It is loaded in every run of pytest where dataaudit is installed, so it imports nothing but pytest.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

import pytest

if TYPE_CHECKING:
    from dataaudit.report.report import Report

CURRENT = pytest.StashKey[pytest.Item]()
VERDICT, PAGE = "dataaudit", "dataaudit_html"
"""Properties of a test, which a JUnit file shows: the verdict of its audit, and where the report was written."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.getgroup("dataaudit", "audits of data").addoption(
        "--dataaudit-html", metavar="DIR", help="Write the reports of the audits that tests make to this folder."
    )


def pytest_configure(config: pytest.Config) -> None:
    """Refuse a folder that is a file, before any test runs."""
    folder = html_folder(config)
    if folder is not None and folder.exists() and not folder.is_dir():
        raise pytest.UsageError(f"--dataaudit-html {folder}: it is a file, expected a folder or a new name.")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Note which test is running, as a fixture of the whole session cannot know it."""
    item.config.stash[CURRENT] = item


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """List the reports that were written; also those of the workers of pytest-xdist."""
    pages: dict[str, str] = {}
    for reports in terminalreporter.stats.values():
        for report in reports:
            properties = getattr(report, "user_properties", ())
            verdicts = [value for key, value in properties if key == VERDICT]
            pages |= dict(zip([value for key, value in properties if key == PAGE], verdicts, strict=False))
    if pages:
        terminalreporter.section("dataaudit")
        for path, verdict in sorted(pages.items()):
            terminalreporter.line(f"{verdict:4}  {path}")


@pytest.fixture(scope="session", name="dataaudit")
def fixture(pytestconfig: pytest.Config) -> Auditor:
    """Audit data, and fail at findings: dataaudit("train.csv", target="y", fail_on="warning") returns the report."""
    return Auditor(pytestconfig)


class Auditor:
    """What the fixture `dataaudit` gives a test, or a fixture of any scope.

    Parameters
    ----------
    config : pytest.Config
        Of the run; says where reports go.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._noted: WeakSet[Report] = WeakSet()
        self._names: dict[str, int] = {}

    def __call__(self, *data: Any, fail_on: str = "error", **options: Any) -> Report:
        """Audit data as `dataaudit.audit` does, fail at findings, and return the report.

        Parameters
        ----------
        *data, **options
            What `dataaudit.audit` takes.
        fail_on : {"error", "warning", "note", "never"}
            The least severity to fail at.

        Raises
        ------
        FindingsError
            An AssertionError that lists the findings.
        """
        __tracebackhide__ = True
        report = self.audit(*data, **options)
        self.assert_clean(report, fail_on)
        return report

    def audit(self, *data: Any, **options: Any) -> Report:
        """Audit data as `dataaudit.audit` does and return the report, whatever it found."""
        from dataaudit.api import audit

        report = audit(*data, **options)
        self.note(report)
        return report

    def assert_clean(self, report: Report, fail_on: str = "error") -> None:
        """Fail at the findings of any report: of this fixture, or of another entry of dataaudit."""
        from dataaudit.testing import assert_clean

        __tracebackhide__ = True
        self.note(report)
        assert_clean(report, fail_on)

    def note(self, report: Report) -> None:
        """Make a report one of the running test's: its verdict a property, its page written where that is asked for."""
        if report in self._noted:
            return
        self._noted.add(report)
        item = self._config.stash.get(CURRENT, None)
        properties = [] if item is None else item.user_properties
        folder = html_folder(self._config)
        properties.append((VERDICT, report.verdict))
        if folder is not None:
            path = folder / self._file_name("session" if item is None else item.nodeid)
            report.to_html(path)
            properties.append((PAGE, str(path)))

    def _file_name(self, node: str) -> str:
        stem = file_stem(node)
        self._names[stem] = self._names.get(stem, 0) + 1
        return f"{stem}.html" if self._names[stem] == 1 else f"{stem}-{self._names[stem]}.html"


def html_folder(config: pytest.Config) -> Path | None:
    """Return the folder of --dataaudit-html, below the folder that pytest was started in."""
    given = config.getoption("--dataaudit-html", default=None)
    return config.invocation_params.dir / given if given else None


def file_stem(node: str) -> str:
    """Return a file name without suffix for a test, the same in every run.

    Where letters had to be replaced or the name is long, a digest keeps two tests apart.

    Examples
    --------
    >>> file_stem("tests/test_data.py::test_train[csv]")
    'tests-test_data.py-test_train-csv'
    >>> file_stem("test_data.py::test_train[a b]")
    'test_data.py-test_train-a_b-d6db70'
    """
    plain = re.sub(r"/|::|\[", "-", node.rstrip("]"))
    safe = re.sub(r"[^A-Za-z0-9_.-]", "_", plain)[:120].lstrip(".-")
    if safe == plain:
        return safe
    return f"{safe}-{hashlib.sha256(node.encode('utf-8', 'backslashreplace')).hexdigest()[:6]}"
