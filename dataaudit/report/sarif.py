"""The report as SARIF 2.1.0: what code hosts show beside the changed lines of a pull request."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dataaudit import registry
from dataaudit.report.places import Place, columns_of, places
from dataaudit.report.redact import redacted
from dataaudit.report.words import accepted_line, clip, is_new, one_line, plural, status_counts, visible

Json = Mapping[str, Any]

SCHEMA_URI = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
MOST_RESULTS = 500
"""Results in all: a code host shows few, and refuses files with very many."""
MOST_PLACES = 20
"""Results for one finding of many rows."""
MOST_RELATED = 50
"""Places of the same finding that its first result points at besides."""
MOST_NAMES = 20
ROOT = "%SRCROOT%"
_LEVELS = {"crashed": "error", "skipped": "note"}


def render(document: Json, *, show_values: bool = False) -> str:
    """Return the document as SARIF text.

    A finding of many rows becomes one result for each run of neighbouring lines, at most `MOST_PLACES`, and there are
    at most `MOST_RESULTS` results, the worst findings first; what is left out is counted in a notification. URIs are
    relative to the working directory. Checks that were skipped or crashed are notifications of the tool.

    Parameters
    ----------
    document : mapping
        The content of report.json.
    show_values : bool
        Whether messages may quote values of the data, and whether evidence is included.

    Returns
    -------
    str
        JSON, valid against the schema of OASIS; the same document gives the same bytes.
    """
    shown = document if show_values else redacted(document)
    found = [(finding, False) for finding in shown["findings"]]
    found += [(finding, True) for finding in shown.get("suppressed") or ()]
    rules = _rules(finding["rule"] for finding, _ in found)
    index = {rule["id"]: i for i, rule in enumerate(rules)}
    kept = found[:MOST_RESULTS]
    compared = bool(shown.get("baseline") or shown.get("diff"))
    results: list[dict[str, Any]] = []
    for i, (finding, silent) in enumerate(kept):
        room = min(MOST_PLACES, MOST_RESULTS - len(results) - (len(kept) - i - 1))
        for result in _results(finding, shown, room):
            result["ruleIndex"] = index[finding["rule"]]
            if any(hidden for _, hidden in kept):  # on every result or on none, says the standard
                accepted = {"kind": "external", "status": "accepted"}
                result["suppressions"] = [{**accepted, "justification": accepted_line(finding)}] if silent else []
            if compared:
                result["baselineState"] = "new" if is_new(finding) else "unchanged"
            results.append(result)
    dataset = shown["dataset"]
    run = {
        "tool": {
            "driver": {
                "name": "dataaudit",
                "fullName": f"dataaudit {shown['provenance']['dataaudit']}",
                "version": shown["provenance"]["dataaudit"],
                "semanticVersion": _semantic(shown["provenance"]["dataaudit"]),
                "shortDescription": {"text": "The preflight check for training data."},
                "rules": rules,
            }
        },
        "automationDetails": {"id": f"dataaudit/{_slug(dataset['name'])}/"},
        "invocations": [_invocation(shown, len(found) - len(kept), index)],
        "originalUriBaseIds": {ROOT: {"description": {"text": "The folder that the command was run in."}}},
        "columnKind": "unicodeCodePoints",
        "results": results,
        "properties": {
            "verdict": shown["verdict"],
            "headline": shown["headline"],
            "dataset": one_line(dataset["name"]),
            "dataDigest": shown["provenance"]["data_digest"],
            "checks": status_counts(shown),
        },
    }
    log = {"$schema": SCHEMA_URI, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


# ---------------------------------------------------------------- results


def _results(finding: Json, document: Json, room: int) -> Iterator[dict[str, Any]]:
    """Yield a finding's results: one for each of its places, at least one and at most `room`."""
    spots = places(finding, document)
    shown: Sequence[Place | None] = spots[: max(room, 1)] or [None]
    rest = spots[len(shown) :]
    for i, place in enumerate(shown):
        location = _location(place, finding)
        result: dict[str, Any] = {
            "ruleId": finding["rule"],
            "level": finding["severity"],
            "message": {"text": _message(finding, document, len(spots))},
            "locations": [location] if location else [],
            "partialFingerprints": {
                "dataauditFinding/v1": finding["fingerprint"],
                "dataauditPlace/v1": hashlib.sha256(f"{finding['fingerprint']}/{i}".encode()).hexdigest()[:16],
            },
        }
        if i == 0:
            if rest:
                result["relatedLocations"] = [
                    {"id": k, "message": {"text": "The same finding."}, **_location(spot, finding, names=False)}
                    for k, spot in enumerate(rest[:MOST_RELATED], 1)
                ]
            result["properties"] = _properties(finding, len(shown), len(spots))
        yield result


def _message(finding: Json, document: Json, n_places: int) -> str:
    """Return what is said in a message: the finding, where it stands if that is no line, and what to do."""
    parts = [visible(finding["message"]).rstrip(".") + "."]
    if len(finding["splits"]) == 1 and len(document["dataset"]["splits"]) > 1:
        parts.append(f"Split: {one_line(finding['splits'][0], 60)}.")
    if n_places > 1 and finding["row_count"] > 1:
        noun = "file" if finding["rows"] and isinstance(finding["rows"][0], str) else "row"
        parts.append(f"This is one of {plural(finding['row_count'], noun)}.")
    return _escaped(" ".join(parts))


def _properties(finding: Json, shown: int, n_places: int) -> dict[str, Any]:
    found = {
        "splits": [one_line(split) for split in finding["splits"]],
        "columns": columns_of(finding)[:MOST_NAMES],
        "columnCount": len(finding["columns"]),
        "rowCount": finding["row_count"],
        "rows": list(finding["rows"][:MOST_NAMES]),
        "placesShown": shown,
        "placesKnown": n_places,
        "confidence": finding["confidence"],
        "why": visible(finding["why"]),
        "fix": visible(finding["fix"]),
    }
    return {**found, **({"evidence": finding["evidence"]} if finding["evidence"] else {})}


def _location(place: Place | None, finding: Json, *, names: bool = True) -> dict[str, Any]:
    location: dict[str, Any] = {}
    if place is not None:
        base = {} if place.file.startswith("/") else {"uriBaseId": ROOT}
        location["physicalLocation"] = {"artifactLocation": {"uri": place.uri, **base}}
        # code hosts want a line even where a file has none, as a picture or a finding about a whole column
        region = {"startLine": place.first or 1}
        if place.last is not None and place.last != place.first:
            region["endLine"] = place.last
        location["physicalLocation"]["region"] = region
    if names and finding["columns"]:
        scope = one_line(finding["splits"][-1]) if finding["splits"] else "data"
        location["logicalLocations"] = [
            {"name": name, "fullyQualifiedName": f"{scope}/{name}", "kind": "column"}
            for name in columns_of(finding)[:MOST_NAMES]
        ]
    return location


# ---------------------------------------------------------------- the tool


def _rules(codes: Iterator[str] | Sequence[str]) -> list[dict[str, Any]]:
    known = registry.all_rules()
    return [_rule(code, known.get(code)) for code in dict.fromkeys(codes)]


def _rule(code: str, rule: Any) -> dict[str, Any]:
    if rule is None:  # of a report that a later version wrote
        return {"id": code, "shortDescription": {"text": code}}
    manual = registry.manual(rule)
    summary = " ".join(manual.summary.split())
    sections = [(title, manual.sections[title]) for title in registry.SECTIONS if title in manual.sections]
    help_text = "\n\n".join([summary, *(f"{title}\n{body}" for title, body in sections)])
    return {
        "id": code,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": _escaped(summary)},
        "fullDescription": {"text": _escaped(f"{summary} {registry.reason(rule)}")},
        "help": {
            "text": _escaped(help_text),
            "markdown": "\n\n".join([f"# {code} {rule.name}", summary, *(f"## {t}\n\n{b}" for t, b in sections)]),
        },
        "defaultConfiguration": {"level": str(rule.severity)},
        "properties": {
            "tags": ["data", registry.FAMILIES[code[:3]].lower(), *(f"advice {tip}" for tip in rule.tips)],
            "slug": rule.name,
        },
    }


def _invocation(document: Json, left_out: int, index: Mapping[str, int]) -> dict[str, Any]:
    notes = []
    for check in document["checks"]:
        if check["status"] not in _LEVELS:
            continue
        split = "" if check["split"] is None else f" on {one_line(check['split'], 60)}"
        said = clip(visible(check["reason"] or "no reason was given"), 1000)
        related: dict[str, Any] = {"id": check["rule"]}
        if check["rule"] in index:
            related["index"] = index[check["rule"]]
        notes.append(
            {
                "descriptor": {"id": check["status"]},
                "associatedRule": related,
                "level": _LEVELS[check["status"]],
                "message": {"text": _escaped(f"{check['rule']} {check['name']} {check['status']}{split}: {said}")},
            }
        )
    if left_out:
        said = f"{plural(left_out, 'more finding')} did not fit in here: the report as JSON or HTML has all of them."
        notes.append({"descriptor": {"id": "left-out"}, "level": "warning", "message": {"text": said}})
    crashed = any(check["status"] == "crashed" for check in document["checks"])
    return {"executionSuccessful": not crashed, "toolExecutionNotifications": notes}


def _escaped(text: str) -> str:
    """Return text that a SARIF reader takes for no placeholder and no link."""
    return re.sub(r"\](?=\()", "]\u2060", visible(text).replace("{", "{{").replace("}", "}}"))


def _slug(name: str) -> str:
    return re.sub(r"[^\w.-]+", "-", one_line(name, 100)) or "data"


def _semantic(version: str) -> str:
    hit = re.match(r"(\d+)\.(\d+)(?:\.(\d+))?", version)
    return f"{hit[1]}.{hit[2]}.{hit[3] or 0}" if hit else "0.0.0"
