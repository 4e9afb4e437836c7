"""The report's document: everything a rendering shows, as plain JSON, made from facts and verdicts."""

from __future__ import annotations

import datetime
import math
import platform
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import metadata
from typing import Any

from dataaudit import advice, fed_document, registry
from dataaudit.baseline import Comparison
from dataaudit.model import (
    Column,
    Finding,
    Kind,
    Name,
    Outcome,
    Rule,
    Severity,
    SplitView,
    Status,
    Storage,
    Task,
    worst_first,
)
from dataaudit.profile import Profile
from dataaudit.report.json import check_document, finding_document, jsonable, suppressed_document
from dataaudit.stats.gaps import Gaps
from dataaudit.stats.histogram import Histograms
from dataaudit.stats.labels import LabelOrder
from dataaudit.stats.moments import Moments
from dataaudit.stats.values import Values
from dataaudit.suppress import Suppressed

HEADLINES = {"fail": "Not ready to train on", "warn": "Ready, with warnings", "pass": "Ready to train on"}
SUITE = {"fail": "The suite is not met", "warn": "The suite is met, with warnings", "pass": "The suite is met"}
_DECIDED = (Status.FOUND, Status.CLEAN)
SINCE = {"fail": "New errors", "warn": "New warnings", "pass": "Nothing new that stands in the way"}
"""Headlines where a baseline holds what was known."""
MOST_CLASSES = 50


def verdict(findings: Sequence[Finding]) -> str:
    """Return "fail" with any error, "warn" with any warning, else "pass"."""
    worst = {finding.severity for finding in findings}
    return "fail" if Severity.ERROR in worst else "warn" if Severity.WARNING in worst else "pass"


def build(
    facts: Profile,
    splits: Mapping[str, SplitView],
    outcomes: Sequence[Outcome],
    rules: Sequence[Rule],
    *,
    notes: Sequence[str],
    task_declared: bool,
    provenance: Mapping[str, Any],
    suppressed: Sequence[Suppressed] = (),
    comparison: Comparison | None = None,
) -> dict[str, Any]:
    """Return the whole document.

    Parameters
    ----------
    facts : Profile
        What was counted.
    splits : mapping of str to SplitView
        What the rules saw.
    outcomes : sequence of Outcome
        What they said.
    rules : sequence of Rule
        The rules that were planned.
    notes : sequence of str
        What the loader wants a reader to know.
    task_declared : bool
        Whether the task was given rather than inferred.
    provenance : mapping
        How this run was made; versions and the digest of the facts are added.
    suppressed : sequence of (Finding, Suppression)
        Findings that were set aside, and are no part of the outcomes.
    comparison : Comparison, optional
        What became of a baseline; findings that it holds do not decide the verdict.
    """
    context = next(iter(splits.values())).context
    findings = in_order(outcomes)
    fresh = [finding for finding in findings if finding.new]
    severities = {rule.code: rule.severity for rule in rules}
    consequences = {rule.code: rule.consequence for rule in rules}
    targets = facts.schema.targets
    target = jsonable(None if not targets else targets[0] if len(targets) == 1 else list(targets))
    said = verdict(fresh)
    return {
        "schema": "dataaudit.report/1",
        "verdict": said,
        "headline": _headline(said, outcomes, comparison),
        "summary": summary(fresh, consequences, outcomes, known=len(findings) - len(fresh)),
        "dataset": {
            "name": facts.name,
            "kind": facts.kind,
            "stage": facts.stage,
            "task": None if context.task is None else str(context.task),
            "task_inferred": context.task is not None and not task_declared,
            "target": target,
            "splits": {
                name: {"rows": split.n_rows, "columns": len(facts.schema.columns), "role": split.role}
                for name, split in facts.splits.items()
            },
            "notes": list(notes),
        },
        "findings": [finding_document(f, consequences[f.rule]) for f in findings],
        "suppressed": [suppressed_document(f, by, consequences[f.rule]) for f, by in suppressed],
        "baseline": None if comparison is None else comparison_document(comparison, findings),
        "checks": [check_document(outcome, severities[outcome.rule]) for outcome in outcomes],
        "features": [_feature(column, splits, findings) for column in facts.schema.columns],
        "classes": _classes(splits, context.task, targets),
        "leakage": leakage(outcomes),
        "loaders": fed_document.loaders(splits),
        "stages": fed_document.stages(context),
        "checklist": checklist(rules, outcomes),
        "provenance": {
            "dataaudit": provenance["dataaudit"],
            "python": platform.python_version(),
            "versions": versions(),
            **{key: value for key, value in provenance.items() if key != "dataaudit"},
            "data_digest": facts.digest,
            "rows_read": sum(split.n_rows for split in facts.splits.values()),
        },
    }


def in_order(outcomes: Sequence[Outcome]) -> list[Finding]:
    """Return the findings worst first, those that a baseline holds after the new ones."""
    ranked = worst_first(f for outcome in outcomes for f in outcome.findings)
    return sorted(ranked, key=lambda finding: not finding.new)


def comparison_document(comparison: Comparison, findings: Sequence[Finding]) -> dict[str, Any]:
    """Return what became of a baseline as it stands in report.json."""
    known = sum(not finding.new for finding in findings)
    return {
        "name": jsonable(comparison.name),
        "known": known,
        "new": len(findings) - known,
        "worse": [{"fingerprint": at, "said": said} for at, said in comparison.worse.items()],
        "fixed": jsonable(comparison.fixed),
        "unchecked": jsonable(comparison.unchecked),
    }


def leakage(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Return what preprocessing steps show of the rows they were fitted on, each once, in the order of the rules."""
    traces = dict.fromkeys((t.step, t.columns, t.verdict) for outcome in outcomes for t in outcome.traces)
    by_key = {(t.step, t.columns, t.verdict): t for outcome in reversed(outcomes) for t in reversed(outcome.traces)}
    return [jsonable(by_key[key]) for key in traces]


def _headline(said: str, outcomes: Sequence[Outcome], comparison: Comparison | None) -> str:
    """Return what the verdict is called: expectations alone do not say whether data is ready to train on."""
    if comparison is not None:
        return SINCE[said]
    if not _of_a_suite(outcomes):
        return HEADLINES[said]
    unknown = any(o.status in (Status.SKIPPED, Status.CRASHED) for o in outcomes)
    return "The suite was not run whole" if unknown and said != "fail" else SUITE[said]


def _of_a_suite(outcomes: Sequence[Outcome]) -> bool:
    """Whether nothing but a suite of expectations was run."""
    return {o.rule for o in outcomes} == {"EXP101"}


def summary(
    findings: Sequence[Finding], consequences: Mapping[str, str], outcomes: Sequence[Outcome], known: int = 0
) -> str:
    """Return the sentence below the headline: what the worst two findings lead to.

    Each rule owns a phrase for its consequence that completes "Training on this …". Findings that a baseline holds are
    only counted.
    """
    level = [f for f in findings if f.severity is not Severity.NOTE]
    if not level and not known and _of_a_suite(outcomes) and all(o.status in _DECIDED for o in outcomes):
        return "What is not met is a note to the suite." if findings else "Every expectation is met."
    if not level:
        clean = sum(o.status is Status.CLEAN for o in outcomes)
        silent = sum(o.status in (Status.SKIPPED, Status.CRASHED) for o in outcomes)
        undecided = f"; {silent} could not be decided" if silent else ""
        passed = "1 check" if clean == 1 else f"{clean:,} checks"
        if known:
            told = "1 finding is as it was" if known == 1 else f"{known:,} findings are as they were"
            return f"No alarm is new: {told}, {passed} passed{undecided}."
        return f"Nothing here stands in the way of training: {passed} passed{undecided}."
    worst = [f for f in level if f.severity is level[0].severity]
    phrases = list(dict.fromkeys(consequences[f.rule] for f in worst if consequences[f.rule]))
    return f"Training on this {' and '.join(phrases[:2])}."


def versions() -> dict[str, str]:
    """Return the versions of the libraries that facts depend on, as installed."""
    names = ("numpy", "pandas", "pyarrow", "scikit-learn", "scipy", "pillow")
    return {name: version for name in names if (version := installed(name)) is not None}


@cache
def installed(name: str) -> str | None:
    """Return a library's version, None where it is not there; read once, since a watched loader reports every epoch."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


# ---------------------------------------------------------------- features


def _feature(column: Column, splits: Mapping[str, SplitView], findings: Sequence[Finding]) -> dict[str, Any]:
    context = next(iter(splits.values())).context
    about = dict.fromkeys(f.rule for f in findings if column.name in f.columns)
    return {
        "name": jsonable(column.name),
        "kind": str(context.kinds[column.name]),
        "role": str(column.role),
        "storage": str(column.storage),
        "dtype": column.dtype,
        "findings": list(about),
        "splits": {name: _facts(column, split) for name, split in splits.items()},
    }


def _facts(column: Column, split: SplitView) -> dict[str, Any]:
    distinct = split.get(Values()).columns[column.name]
    gaps = split.get(Gaps())
    facts: dict[str, Any] = {
        "n": distinct.n,
        "missing": gaps.missing[column.name],
        "infinite": gaps.infinite[column.name],
        "mean": None,
        "std": None,
        "min": None,
        "max": None,
        "distinct": distinct.n_distinct,
        "distinct_exact": distinct.exact,
        "histogram": None,
        "top": None,
    }
    if column.storage.is_number and distinct.n:
        moments, j = split.get(Moments()), split.schema.number_index[column.name]
        show = _time if column.storage is Storage.DATETIME else _number
        facts |= {"min": show(moments.low[j]), "max": show(moments.high[j])}
        if column.storage is not Storage.DATETIME:
            facts |= {"mean": _number(moments.mean[j]), "std": _number(moments.std[j])}
        bins = split.get(Histograms()).columns.get(column.name)
        if bins is not None and len(bins.counts) > 1:
            facts["histogram"] = {"start": bins.start, "width": bins.width, "counts": bins.counts.tolist()}
    few = split.context.kinds[column.name] in (Kind.CATEGORICAL, Kind.BOOLEAN, Kind.INTEGER_CODE)
    if distinct.exact and few:
        facts["top"] = [[jsonable(v), c] for v, c in distinct.top(5)]
    return facts


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _time(seconds: float) -> str | None:
    try:
        return datetime.datetime.fromtimestamp(float(seconds), datetime.UTC).replace(tzinfo=None).isoformat()
    except (OverflowError, ValueError, OSError):
        return None


def _classes(splits: Mapping[str, SplitView], task: Task | None, targets: tuple[Name, ...]) -> dict[str, Any] | None:
    if task is not Task.CLASSIFICATION or len(targets) != 1:
        return None
    lines = {name: split.get(LabelOrder()).columns[targets[0]] for name, split in splits.items()}
    totals: dict[Any, int] = {}
    for line in lines.values():
        if line.many:
            return None
        for label, count in line.class_counts.items():
            totals[label] = totals.get(label, 0) + count
    context = next(iter(splits.values())).context
    known = {str(label) for label in totals}
    totals |= {label: 0 for label in context.schema.classes if label not in known}
    ranked = sorted(totals, key=lambda c: (-totals[c], str(c)))[:MOST_CLASSES]
    shown = sorted(ranked, key=lambda c: (isinstance(c, str), c))
    return {
        "target": jsonable(targets[0]),
        "names": [jsonable(str(label)) for label in shown],
        "counts": {name: [line.counts.get(label, 0) for label in shown] for name, line in lines.items()},
        "total": len(totals),
        "rows": {name: line.n for name, line in lines.items()},
    }


# ---------------------------------------------------------------- checklist


def checklist(rules: Sequence[Rule], outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Return each item of the seed advice with what the audit can say about it."""
    by_item: dict[str, list[str]] = {}
    for code, rule in registry.all_rules().items():
        for item in rule.tips:
            by_item.setdefault(item, []).append(code)
    planned = {rule.code for rule in rules}
    statuses: dict[str, set[Status]] = {}
    for outcome in outcomes:
        statuses.setdefault(outcome.rule, set()).add(outcome.status)
    items = []
    for item in sorted({*advice.TITLES, *advice.NOT_COVERED}, key=advice.sort_key):
        codes = by_item.get(item, [])
        seen = set().union(*(statuses.get(code, set()) for code in codes if code in planned))
        covered = item in advice.TITLES and codes
        status = (
            "not-covered" if not covered
            else "found" if Status.FOUND in seen
            else "clean" if Status.CLEAN in seen
            else "not-run"
        )  # fmt: skip
        title = advice.TITLES.get(item) or advice.NOT_COVERED[item]
        items.append({"item": item, "title": title, "rules": codes, "status": status})
    return items
