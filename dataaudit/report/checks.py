"""The tables of checks and of advice: what was asked of the data, and what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from dataaudit.registry import FAMILIES
from dataaudit.report.words import SEVERITIES, STATUS_WORDS, clip, count, one_line, plural

CAP = 400
_ORDER = ("found", "crashed", "clean", "skipped", "not-applicable")
LISTS = {
    "37": "37 reasons why your neural network is not working",
    "11": "My neural network isn't working! What should I do?",
}
_ADVICE = {
    "found": ("warning", "found"),
    "clean": ("clean", "passed"),
    "not-run": ("skipped", "not run"),
}
_ENDS = {
    "found": "found something",
    "clean": "passed",
    "not-applicable": "did not apply to this data",
    "skipped": "skipped",
    "crashed": "crashed",
}
Json = Mapping[str, Any]
Places = Mapping[tuple[str, Any], tuple[str, str]]


def table(checks: Sequence[Json], findings: Sequence[Json], places: Places) -> dict[str, Any]:
    """Return the checks by family, one line for all splits of a rule that ended alike.

    Parameters
    ----------
    checks : sequence of mapping
        The document's checks.
    findings : sequence of mapping
        The document's findings, which are counted beside their checks.
    places : mapping of (rule, column) to (severity, anchor)
        Where each rule's findings stand on the page.

    Returns
    -------
    dict
        `families`, each a title and its lines; `dropped`, how many lines were beyond the cap.
    """
    lines: dict[tuple[Any, ...], dict[str, Any]] = {}
    found = Counter(finding["rule"] for finding in findings)
    for check in checks:
        key = (check["rule"], check["status"], check["reason"], check["status"] != "found" and check["measured"])
        line = lines.setdefault(key, {**_line(check, found, places), "splits": []})
        if check["split"] is not None:
            line["splits"].append(one_line(check["split"], 40))
    kept = sorted(lines.values(), key=lambda line: line["order"])
    families: dict[str, list[dict[str, Any]]] = {}
    for line in kept[:CAP]:
        families.setdefault(FAMILIES.get(line["rule"][:3], "Others"), []).append(line)
    order = [*FAMILIES.values(), "Others"]
    ordered = sorted(families.items(), key=lambda item: order.index(item[0]))
    return {"families": ordered, "dropped": max(len(kept) - CAP, 0)}


def _line(check: Json, findings: Mapping[str, int], places: Places) -> dict[str, Any]:
    severity, anchor = places.get((check["rule"], None), (check["severity"], ""))
    found = check["status"] == "found"
    ended = plural(findings[check["rule"]], "finding") if found else check["measured"]
    said = [one_line(clip(text, 300)) for text in (check["reason"], ended) if text]
    return {
        "rule": check["rule"],
        "name": check["name"],
        "icon": severity if found else check["status"],
        "word": severity if found else STATUS_WORDS[check["status"]],
        "anchor": anchor if found else "",
        "said": "; ".join(said),
        "status": check["status"],
        "order": (_ORDER.index(check["status"]), SEVERITIES.index(severity) if found else 0, check["rule"]),
    }


def summary(statuses: Mapping[str, int]) -> str:
    """Return in a sentence how many checks ended in each way, leaving out what did not happen."""
    ended = [f"{count(n)} {_ENDS[status]}" for status, n in statuses.items() if n]
    return f"{plural(sum(statuses.values()), 'check')}: {', '.join(ended)}." if ended else "No check ran."


def checklist(items: Sequence[Json], places: Places) -> list[dict[str, Any]]:
    """Return the two lists of advice, item by item, with what became of each."""
    lists: dict[str, list[dict[str, Any]]] = {}
    for item in items:
        icon, word = _ADVICE.get(item["status"], ("", ""))
        rules = [(code, places.get((code, None), ("", ""))[1]) for code in item["rules"]]
        source, _, point = item["item"].partition(".")
        line = {"point": point, "title": item["title"], "icon": icon, "word": word, "rules": rules}
        lists.setdefault(source, []).append(line)
    return [
        {
            "title": LISTS.get(source, source),
            "lines": [line for line in lines if line["word"]],
            "uncovered": [f"{line['point']}. {line['title']}" for line in lines if not line["word"]],
            "total": len(lines),
        }
        for source, lines in lists.items()
    ]
