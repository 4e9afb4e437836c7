"""EXP101 expectation-failed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from dataaudit.analyzers.common import ROW_CAP, joined, listing, number, percent, plural
from dataaudit.model import CannotTell, Finding, NotApplicable, Passed, Severity, SplitView
from dataaudit.model.expectations import Expected, SuiteRun
from dataaudit.registry import register

_SHORT = 60
"""Characters of an observed text up to which a message shows it."""


class NotRunError(Exception):
    """Expectations that could not be run: the check has crashed, whatever else it found."""


@register
@dataclass(frozen=True)
class ExpectationFailed:
    """The data breaks an expectation of the suite that it was given with.

    ## Why it matters
    A suite says what those who use the data rely on. Rows that break it were delivered, joined or converted another
    way than the rows that a model knows.

    ## How it decides
    Great Expectations runs every expectation on the train split; each one that is not met is a finding, with the rows
    that fail it where rows are judged one by one. The severity is the expectation's own: critical is an error, warning
    a warning, info a note. Expectations about a column that the data does not have are told together, as one finding
    of the worst severity among them. There is no threshold here: tolerances (`mostly`, bounds) are the suite's.

    ## What to do
    Find out what changed in the delivery. Where the change is wanted, change the suite, or make it anew with
    `dataaudit suite DATA -o suite.json`, and review the difference.

    ## When to ignore it
    The suite was written for another data set, or the change is known and wanted.

    ## When it cannot tell
    Without a suite the rule is not applicable. An expectation that raises an exception is never taken for met: the
    check is shown as crashed, with the reason, beside whatever the others found. Where a column is refused by another
    expectation already (its type has changed, say), what else could not be run on it is only listed.
    """

    code: ClassVar[str] = "EXP101"
    name: ClassVar[str] = "expectation-failed"
    severity: ClassVar[Severity] = Severity.ERROR
    consequence: ClassVar[str] = "feeds the model rows that its data's own suite of expectations refuses"
    tips: ClassVar[tuple[str, ...]] = ()

    def needs(self) -> tuple[()]:
        return ()

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        run = next(iter(splits.values())).context.suite
        if run is None:
            raise NotApplicable("no suite of expectations was given")
        for name, results in _absent(run).items():
            yield _no_column(run, name, results)
        for result in run.results:
            if result.met is False and not result.absent:
                yield _unmet(run, result)
        refused = {name for result in run.results if _refuses(result) for name in result.columns}
        broken = [result for result in run.results if result.met is None]
        moot = [result for result in broken if result.columns and refused.issuperset(result.columns)]
        if len(broken) > len(moot):
            raise NotRunError(_could_not([result for result in broken if result not in moot], run))
        if moot:
            raise CannotTell(f"{_could_not(moot, run)}; these columns are refused already")
        yield Passed(f"{plural(len(run.results), 'expectation')} of the suite '{run.name}' on {run.split}")


def _absent(run: SuiteRun) -> dict[str, list[Expected]]:
    """Return what is expected of each column that is not there."""
    found: dict[str, list[Expected]] = {}
    for result in run.results:
        for name in result.absent:
            found.setdefault(name, []).append(result)
    return found


def _refuses(result: Expected) -> bool:
    """Whether a column is not what it was at all, so that other expectations of it may not even run."""
    return result.met is False and result.severity is Severity.ERROR


def _could_not(broken: Sequence[Expected], run: SuiteRun) -> str:
    said = "; ".join(f"{_title(result)}: {result.reason or 'no reason given'}" for result in broken[:3])
    more = f"; and {len(broken) - 3:,} more" if len(broken) > 3 else ""
    return f"{len(broken):,} of {plural(len(run.results), 'expectation')} could not be run: {said}{more}"


def _no_column(run: SuiteRun, name: str, results: Sequence[Expected]) -> Finding:
    table = {
        "caption": "What is expected of the column",
        "columns": ["expectation", "severity"],
        "rows": [[result.type, str(result.severity)] for result in results[:200]],
        "total": len(results),
    }
    return Finding(
        f"There is no column '{name}', of which the suite '{run.name}' expects {plural(len(results), 'thing')}",
        evidence={"absent": name, "table": table},
        severity=min((result.severity for result in results), key=lambda severity: severity.rank),
        splits=(run.split,),
        place=f"column {name}",
        fix="Restore the column, or its name; or take it out of the suite.",
    )


def _unmet(run: SuiteRun, result: Expected) -> Finding:
    if result.row_count and result.of_rows:
        share = percent(result.row_count / result.of_rows)
        ended = f"{result.row_count:,} of {plural(result.of_rows, 'value')} ({share}) are not"
    else:
        ended = f"observed {_shown(result.observed)}"
    said = {"expected": result.settings, "observed": result.observed, "unexpected values": result.values or None}
    table = {
        "caption": result.type,
        "columns": ["", "value"],
        "rows": [["expected: " + key, value] for key, value in result.settings.items()]
        + [[key, value] for key, value in list(said.items())[1:] if value is not None],
    }
    return Finding(
        f"{_title(result)}{_limits(result.settings)}: {ended}",
        columns=result.columns,
        rows=result.rows[:ROW_CAP],
        row_count=result.row_count,
        evidence={
            "expectation": result.type, "suite": run.name, **said, "of": result.of_rows, "notes": result.notes,
            "table": table,
        },
        severity=result.severity,
        splits=(run.split,),
        place=f"{result.type} {sorted(result.settings)}",
        fix=result.notes and f"The suite says: {result.notes}",
    )  # fmt: skip


def _title(result: Expected) -> str:
    """Return "'age': column values to be between", with no column for what is expected of the whole table."""
    words = result.type.removeprefix("expect_").replace("_", " ")
    return f"{listing(result.columns)}: {words}" if result.columns else f"expected {words}"


def _limits(settings: Mapping[str, Any]) -> str:
    """Return the bounds in brackets; lists, which may hold values of the data, by their length."""
    parts = []
    for key, value in settings.items():
        if isinstance(value, bool | str):
            parts.append(f"{key} {value}" if len(str(value)) <= _SHORT else key)
        elif isinstance(value, int | float):
            parts.append(f"{key} {number(value)}")
        elif isinstance(value, list | dict):
            parts.append(f"{key} of {len(value):,}")
    return f" ({', '.join(parts)})" if parts else ""


def _shown(observed: Any) -> str:
    if isinstance(observed, bool) or observed is None:
        return "no value" if observed is None else str(observed)
    if isinstance(observed, int | float):
        return number(observed)
    if isinstance(observed, dict) and {"missing", "unexpected"} >= set(observed):  # names of columns
        return joined([f"{word} {listing(names)}" for word, names in sorted(observed.items())])
    if isinstance(observed, list | dict):
        return f"a {'list' if isinstance(observed, list) else 'table'} of {len(observed):,}"
    return str(observed) if len(str(observed)) <= _SHORT else f"{str(observed)[:_SHORT]}…"
