"""The parts of report.json: plain JSON values made from findings, outcomes and whatever stands in them."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import json
import math
import re
from collections.abc import Mapping, Set
from typing import Any

import numpy as np

from dataaudit.model import Finding, Outcome, Severity, Suppression

SCHEMA = "dataaudit.report/1"
_SURROGATES = re.compile("[\ud800-\udfff]")


def jsonable(value: Any) -> Any:
    r"""Return a value as plain JSON: dict, list, str, int, float, bool or None.

    NaN, NaT and pandas' NA become None; infinities become the text "inf" or "-inf"; times become ISO text;
    float32 and float16 keep their own shortest digits (0.1 stays 0.1). Sets are sorted, so that the same
    value always gives the same text. Lone surrogates, which no UTF-8 file can hold, become their `\udc80`
    notation. What is none of these becomes its `str`.

    Parameters
    ----------
    value : object
        Anything; containers and arrays of any depth, whose copies are returned.

    Examples
    --------
    >>> jsonable({"std": np.float32(0.1), "range": (float("nan"), np.inf), 3: np.int64(2)})
    {'std': 0.1, 'range': [None, 'inf'], '3': 2}
    """
    if value is None or isinstance(value, bool | np.bool_):
        return None if value is None else bool(value)
    if isinstance(value, enum.Enum):
        return jsonable(value.value)
    if isinstance(value, str):
        return _SURROGATES.sub(lambda hit: f"\\u{ord(hit[0]):04x}", str(value))
    if isinstance(value, np.datetime64 | np.timedelta64):  # the latter is an np.integer as well
        return None if np.isnat(value) else str(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return _number(value)
    if isinstance(value, Mapping):
        return {jsonable(str(key)): jsonable(item) for key, item in value.items()}
    if isinstance(value, Set):
        return sorted((jsonable(item) for item in value), key=lambda item: (str(type(item)), str(item)))
    if isinstance(value, list | tuple):
        return [jsonable(item) for item in value]
    return _other(value)


def _number(value: float | np.floating[Any]) -> float | str | None:
    if math.isnan(value):
        return None
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    narrow = isinstance(value, np.float32 | np.float16)
    return float(str(value)) if narrow else float(value)


def _other(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return jsonable(value.item() if value.ndim == 0 else list(value))
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return None if value != value else value.isoformat()  # pandas' NaT is a datetime, and unequal to itself
    if isinstance(value, bytes | bytearray):
        return bytes(value).decode("utf-8", "backslashreplace")
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return jsonable({f.name: getattr(value, f.name) for f in dataclasses.fields(value)})
    if type(value).__name__ in ("NAType", "NaTType"):
        return None
    return jsonable(str(value))


def dumps(document: Mapping[str, Any]) -> str:
    """Return a document as indented UTF-8 JSON text, keys in their own order, one newline at the end.

    Raises
    ------
    ValueError
        If a NaN or an infinity stands in it: build documents with `jsonable`.
    """
    return json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def finding_document(finding: Finding, consequence: str) -> dict[str, Any]:
    """Return one finding as it stands in report.json.

    Parameters
    ----------
    finding : Finding
        As the engine completed it: rule, name, severity and splits are filled in.
    consequence : str
        The rule's phrase that completes "training on this ...".

    Returns
    -------
    dict
        Plain JSON. `severity` is "note" where the finding has none.
    """
    return {
        "rule": finding.rule,
        "name": finding.name,
        "severity": (finding.severity or Severity.NOTE).value,
        "message": jsonable(finding.message),
        "splits": jsonable(finding.splits),
        "columns": jsonable(finding.columns),
        "rows": jsonable(finding.rows),
        "row_count": int(finding.row_count),
        "locations": [{"file": jsonable(place.file), "line": int(place.line)} for place in finding.locations],
        "evidence": jsonable(finding.evidence),
        "confidence": jsonable(finding.confidence),
        "why": jsonable(finding.why),
        "fix": jsonable(finding.fix),
        "fingerprint": finding.fingerprint,
        "place": jsonable(finding.place),
        "consequence": consequence,
        "figure": jsonable(finding.figure),
        "new": finding.new,
    }


def suppressed_document(finding: Finding, by: Suppression, consequence: str) -> dict[str, Any]:
    """Return a finding that was set aside as it stands in report.json: with who said why, and until when.

    Parameters
    ----------
    finding : Finding
        As the engine completed it.
    by : Suppression
        What set it aside.
    consequence : str
        The rule's phrase that completes "training on this ...".
    """
    said = {"rules": by.rules, "reason": by.reason, "until": by.until, "origin": by.origin}
    return {**finding_document(finding, consequence), "suppression": jsonable(said)}


def check_document(outcome: Outcome, severity: Severity) -> dict[str, Any]:
    """Return how one check ended as it stands in report.json.

    Parameters
    ----------
    outcome : Outcome
        One rule on one split, or on all of them.
    severity : Severity
        The rule's own, which says how much a check that did not run may have missed.
    """
    return {
        "rule": outcome.rule,
        "name": outcome.name,
        "split": jsonable(outcome.split),
        "status": outcome.status.value,
        "reason": jsonable(outcome.reason),
        "measured": jsonable(outcome.measured),
        "seconds": round(float(outcome.seconds), 6),
        "severity": Severity(severity).value,
    }
