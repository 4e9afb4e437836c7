"""Findings that were there before: what is new against a baseline, what has grown, and what was fixed."""

from __future__ import annotations

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
    place: str
    row_count: int

    @property
    def spot(self) -> tuple[str, tuple[str, ...], str]:
        """Rule, splits and place: what findings about more or fewer columns have in common."""
        return self.rule, self.splits, self.place


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
        raise SourceError(f"The baseline is a {type(source).__name__}, expected a file or a report.", _HINT)
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

    keys = ("rule", "name", "severity", "fingerprint", "splits", "columns", "place", "row_count")
    lines = sorted(json.dumps({key: finding[key] for key in keys}, ensure_ascii=False) for finding in findings)
    body = ",\n".join(f"  {line}" for line in lines)
    atomic_write(path, f'{{"schema": "{SCHEMA}",\n "findings": [\n{body}\n ]}}\n')


def compare(baseline: Baseline, outcomes: Sequence[Outcome], accepted: Collection[str] = ()) -> Comparison:
    """Compare the findings of an audit with those of a baseline.

    A finding is known if the baseline holds its fingerprint, or one of the same rule, splits and place that names all
    of its columns and more. It is new again where it is worse than it was: of a higher severity, or an error of an
    exact rule that concerns more rows. Warnings and notes may grow with the data.

    Parameters
    ----------
    baseline : Baseline
        What was known.
    outcomes : sequence of Outcome
        How each check ended, with its findings.
    accepted : collection of str
        Fingerprints of findings that were set aside: neither new nor fixed.
    """
    by_print = {entry.fingerprint: entry for entry in baseline.findings}
    known, worse, met = set(), {}, set()
    for finding in (finding for outcome in outcomes for finding in outcome.findings):
        entry = by_print.get(finding.fingerprint) or _wider(finding, baseline.findings)
        if entry is None:
            continue
        met.add(entry.fingerprint)
        said = _worse(finding, entry)
        if said:
            worse[finding.fingerprint] = said
        else:
            known.add(finding.fingerprint)
    gone = [entry for entry in baseline.findings if entry.fingerprint not in met and entry.fingerprint not in accepted]
    fixed = tuple(entry for entry in gone if _looked_for(entry, outcomes))
    unchecked = tuple(entry for entry in gone if entry not in fixed)
    return Comparison(baseline.name, frozenset(known), worse, fixed, unchecked)


def _wider(finding: Finding, entries: Iterable[Known]) -> Known | None:
    """Return the known finding that is about more columns of the same place than this one."""
    if not finding.columns:
        return None
    spot, columns = (finding.rule, finding.splits, finding.place), set(map(str, finding.columns))
    return next((e for e in entries if e.spot == spot and columns < set(map(str, e.columns))), None)


def _worse(finding: Finding, entry: Known) -> str:
    severity = finding.severity or Severity.NOTE
    if severity.rank < entry.severity.rank:
        return f"was a {entry.severity}"
    exact = finding.confidence is None and severity is Severity.ERROR
    if exact and finding.row_count > entry.row_count > 0:
        return f"was {entry.row_count:,} {'row' if entry.row_count == 1 else 'rows'}, is {finding.row_count:,}"
    return ""


def _looked_for(entry: Known, outcomes: Iterable[Outcome]) -> bool:
    own = [o for o in outcomes if o.rule == entry.rule and (o.split is None or o.split in entry.splits)]
    return bool(own) and all(outcome.status in _DECIDED for outcome in own)


def _document(path: Path) -> Mapping[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SourceError(f"{path}: the baseline cannot be read ({(error.strerror or str(error)).lower()}).") from None
    except ValueError as error:
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
    return Known(
        rule=item["rule"],
        name=item["name"],
        severity=Severity(item["severity"]),
        fingerprint=item["fingerprint"],
        columns=tuple(item["columns"]),
        splits=tuple(item["splits"]),
        place=item.get("place", ""),
        row_count=int(item["row_count"]),
    )
