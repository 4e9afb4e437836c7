"""Findings that were there before: what is new against a baseline, what has grown, and what was fixed."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dataaudit.errors import SourceError
from dataaudit.model import Finding, Name, Outcome, Severity, Status

SCHEMA = "dataaudit.baseline/1"
READ = (SCHEMA, "dataaudit.report/1")
_HINT = "Give a report, `--format json -o FILE`, or a baseline, `--write-baseline FILE`."
_DECIDED = (Status.FOUND, Status.CLEAN, Status.NOT_APPLICABLE)


@dataclass(frozen=True)
class Known:
    """One finding of a baseline: where it was and how bad, without values of the data."""

    rule: str
    name: str
    severity: Severity
    fingerprint: str
    columns: tuple[Name, ...]
    splits: tuple[str, ...]
    row_count: int
    spot: str
    """The fingerprint without its columns: what findings about more or fewer of them have in common."""


@dataclass(frozen=True)
class Baseline:
    """What was known before.

    Attributes
    ----------
    name : str
        Of the file, for the report.
    findings : tuple of Known
        Accepted as they are.
    """

    name: str
    findings: tuple[Known, ...]


@dataclass(frozen=True)
class Comparison:
    """What became of a baseline.

    Attributes
    ----------
    name : str
        Of the file.
    known : frozenset of str
        Fingerprints of the present findings that are no worse than they were.
    worse : mapping of str to str
        Why a finding that was known counts as new again, by fingerprint.
    fixed : tuple of Known
        Looked for again, and gone.
    unchecked : tuple of Known
        Not looked for: their rules did not run, or could not decide.
    """

    name: str
    known: frozenset[str]
    worse: Mapping[str, str]
    fixed: tuple[Known, ...]
    unchecked: tuple[Known, ...]


def read(source: Any) -> Baseline:
    """Return a baseline as it stands in a file.

    Parameters
    ----------
    source : path or Report
        A saved report, a file written by `write`, or a report.

    Raises
    ------
    SourceError
        If the file is missing, is no JSON, or is neither.
    """
    if isinstance(source, str | os.PathLike):
        path = Path(source)
        return Baseline(path.name, _findings(_document(path), str(path)))
    document = getattr(source, "document", None)
    if not isinstance(document, Mapping):
        raise SourceError(f"The baseline is of type {type(source).__name__}, expected a file or a report.", _HINT)
    return Baseline("a report", _findings(document, "The baseline"))


def write(findings: Iterable[Mapping[str, Any]], path: str | os.PathLike[str]) -> None:
    """Write findings as a baseline: one line each, in the order of rules, free of values of the data.

    Parameters
    ----------
    findings : iterable of mapping
        As they stand in a report's document.
    path : path
        File to write; an earlier one is replaced in one step.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    from dataaudit.report.write import atomic_write

    entries = [dataclasses.asdict(_known(finding)) for finding in findings]
    lines = sorted(json.dumps(entry, ensure_ascii=False) for entry in entries)
    body = ",\n".join(f"  {line}" for line in lines)
    atomic_write(path, f'{{"schema": "{SCHEMA}",\n "findings": [\n{body}\n ]}}\n')


def compare(baseline: Baseline, outcomes: Sequence[Outcome], accepted: Collection[str] = ()) -> Comparison:
    """Compare the findings of an audit with those of a baseline.

    A finding is known if the baseline holds its fingerprint, or findings of the same rule, splits and place that name
    all of its columns. It is new again where it is worse than it was: about further columns, of a higher severity, or
    an error of an exact rule that concerns more rows. Warnings and notes may grow with the data.

    Parameters
    ----------
    baseline : Baseline
        What was known.
    outcomes : sequence of Outcome
        How each check ended, with its findings.
    accepted : collection of str
        Fingerprints of findings that were set aside: neither new nor fixed.
    """
    known: set[str] = set()
    met: set[str] = set()
    worse: dict[str, str] = {}
    for finding in (finding for outcome in outcomes for finding in outcome.findings):
        before = _before(finding, baseline.findings)
        if not before:
            continue
        met.update(entry.fingerprint for entry in before)
        said = _worse(finding, before)
        if said:
            worse[finding.fingerprint] = said
        else:
            known.add(finding.fingerprint)
    gone = [entry for entry in baseline.findings if entry.fingerprint not in met and entry.fingerprint not in accepted]
    fixed = tuple(entry for entry in gone if _looked_for(entry, outcomes))
    unchecked = tuple(entry for entry in gone if entry not in fixed)
    return Comparison(baseline.name, frozenset(known), worse, fixed, unchecked)


def _before(finding: Finding, entries: Sequence[Known]) -> list[Known]:
    """Return what a finding was: the one of its fingerprint, or those about some of its columns in the same place."""
    same = [entry for entry in entries if entry.fingerprint == finding.fingerprint]
    spot, columns = _spot(finding), set(map(str, finding.columns))
    return same or [entry for entry in entries if entry.spot == spot and columns & set(map(str, entry.columns))]


def _spot(finding: Finding) -> str:
    return dataclasses.replace(finding, columns=()).fingerprint


def _worse(finding: Finding, before: Sequence[Known]) -> str:
    """Return what makes a finding worse than it was, or nothing."""
    held = {str(column) for entry in before for column in entry.columns}
    further = [str(column) for column in finding.columns if str(column) not in held]
    if further:
        return f"now also about {', '.join(further[:3])}{f' and {len(further) - 3:,} more' if len(further) > 3 else ''}"
    severity = finding.severity or Severity.NOTE
    was = min((entry.severity for entry in before), key=lambda one: one.rank)
    if severity.rank < was.rank:
        return f"was a {was}"
    exact, rows = finding.confidence is None and severity is Severity.ERROR, sum(entry.row_count for entry in before)
    if exact and finding.row_count > rows > 0:
        return f"was {rows:,} {'row' if rows == 1 else 'rows'}, is {finding.row_count:,}"
    return ""


def _looked_for(entry: Known, outcomes: Iterable[Outcome]) -> bool:
    own = [o for o in outcomes if o.rule == entry.rule and (o.split is None or o.split in entry.splits)]
    return bool(own) and all(outcome.status in _DECIDED for outcome in own)


def _document(path: Path) -> Mapping[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise SourceError(f"{path}: the baseline cannot be read ({(error.strerror or str(error)).lower()}).") from None
    except (ValueError, RecursionError) as error:
        raise SourceError(f"{path}: not a baseline, as it is no JSON ({error}).", _HINT) from None
    found = document.get("schema") if isinstance(document, dict) else None
    if found not in READ:
        spelled = "no schema is named" if found is None else f"its schema is {str(found)[:60]!r}"
        raise SourceError(f"{path}: not a baseline: {spelled}, expected {READ[1]!r} or {READ[0]!r}.", _HINT)
    return document  # type: ignore[no-any-return]


def _findings(document: Mapping[str, Any], where: str) -> tuple[Known, ...]:
    try:
        return tuple(_known(item) for item in [*document["findings"], *document.get("suppressed", [])])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SourceError(f"{where}: a damaged baseline ({type(error).__name__}: {error}).", _HINT) from None


def _known(item: Mapping[str, Any]) -> Known:
    rule, splits = item["rule"], tuple(item["splits"])
    return Known(
        rule=rule,
        name=item["name"],
        severity=Severity(item["severity"]),
        fingerprint=item["fingerprint"],
        columns=tuple(item["columns"]),
        splits=splits,
        row_count=int(item["row_count"]),
        spot=item["spot"] if "spot" in item else _spot(Finding("", rule=rule, splits=splits, place=item["place"])),
    )
