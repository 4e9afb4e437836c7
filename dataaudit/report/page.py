"""What stands on the page: the document sorted into sections, capped, and worded."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from dataaudit import registry
from dataaudit.report import checks, diff, features, fed, figures, leakage, markdown, prose, svg
from dataaudit.report.terms import term
from dataaudit.report.words import (
    SEVERITIES,
    accepted_line,
    besides,
    cell,
    clip,
    count,
    fixed_line,
    is_new,
    is_number,
    one_line,
    plural,
    severity_counts,
    share,
    size_in_words,
    status_counts,
    where,
    worse,
)

TODO = 20
LISTED = 300
ROWS, MORE_ROWS = 12, 88
EVIDENCE_ROWS, EVIDENCE_COLUMNS, EVIDENCE_ITEMS = 20, 10, 24
PICTURES = 200
CLASSES = 50
SPLITS = 24
MARKS = 192
Json = Mapping[str, Any]
View = dict[str, Any]

_TITLES = {"fail": "Fails", "warn": "Warns", "pass": "Passes"}
_ICONS = {"fail": "error", "warn": "warning", "pass": "clean"}


def title(document: Json) -> str:
    """Return the page's title: verdict, counts, data set."""
    counts = [plural(n, word) for word, n in severity_counts(document).items() if n]
    said = f": {', '.join(counts)}" if counts else ""
    return f"{_TITLES[document['verdict']]}{said} · {one_line(document['dataset']['name'], 60)} · dataaudit"


def view(document: Json, manuals: Mapping[str, registry.Manual]) -> View:
    """Return everything that the page's template shows, besides the cards of the findings."""
    anchors = _anchors(document["findings"])
    places = _places(document["findings"], anchors)
    roles = {name: split["role"] for name, split in document["dataset"]["splits"].items()}
    findings = [{**finding, "anchor": anchor} for finding, anchor in zip(document["findings"], anchors, strict=True)]
    first: set[str] = set()
    told: set[tuple[str, str]] = set()
    for finding in findings:
        if (finding["rule"], finding["why"]) in told:  # evidence and reasons stand once
            finding["why"] = ""
        told.add((finding["rule"], finding["why"]))
        finding["manual"] = manuals.get(finding["rule"]) if finding["rule"] not in first else None
        finding["known"] = finding["rule"] in manuals
        first.add(finding["rule"])
    statuses = status_counts(document)
    counts = severity_counts(document)
    return {
        "title": title(document),
        "verdict": document["verdict"],
        "icon": _ICONS[document["verdict"]],
        "headline": document["headline"],
        "summary": document["summary"],
        "dataset": document["dataset"],
        "size": size_in_words(document),
        "counts": counts,
        "statuses": statuses,
        "not_run": statuses["skipped"] + statuses["crashed"],
        "marks": _marks(counts, statuses),
        "findings": findings,
        "todo": [{**finding, "where": where(finding)} for finding in findings if is_new(finding)][:LISTED],
        "known": _known(findings),
        "accepted": _accepted(document),
        "features": features.table(document, places),
        "splits": _splits(document, roles),
        "classes": _classes(document, roles),
        "leakage": leakage.table(document["leakage"]),
        "diff": diff.view(document),
        "loaders": fed.loaders(document.get("loaders", [])),
        "stages": fed.stages(document.get("stages", [])),
        "ended": checks.summary(statuses),
        "checks": checks.table(document["checks"], document["findings"], places),
        "n_checks": len(document["checks"]),
        "checklist": checks.checklist(document["checklist"], places),
        "run": _run(document),
        "markdown": markdown.render(document, budget=11_000),
        "roles": roles,
        "thumbnails": PICTURES,
        "version": document["provenance"]["dataaudit"],
    }


def card(finding: Json, page: View) -> View:
    """Return one finding as its card shows it.

    Parameters
    ----------
    finding : mapping
        One of the page's findings.
    page : dict
        The page; its `thumbnails` counts down to the limit of pictures a report.
    """
    figure = figures.view(finding["figure"], page["roles"])
    if figure and figure["kind"] in ("pictures", "pairs"):
        for item in figure["items"]:
            page["thumbnails"] -= item["data"] is not None
            item["data"] = item["data"] if page["thumbnails"] >= 0 else None
    confidence, evidence = finding["confidence"], _evidence(finding["evidence"])
    said = {row[0] for row in evidence["table"]["rows"]} if evidence["table"] else set()
    named = {cell(name) for name in finding["columns"]} <= said  # the table's first column already lists them
    return {
        **finding,
        "where": where(finding),
        "message": clip(finding["message"], 600),
        "why": clip(finding["why"], 2400),
        "confidence": None if confidence is None else _confidence(confidence),
        "figure": figure,
        "evidence": evidence,
        "rows": _rows(finding),
        "columns": _names([] if named else finding["columns"]),
        "fix": prose.fix_parts(clip(finding["fix"], 4000)) if finding["fix"] else [],
        "splits": [one_line(name, 40) for name in finding["splits"][:6]],
        "new": is_new(finding),
    }


def _known(findings: Sequence[Json]) -> str:
    """Return how many of the findings do not count, so that the counts by severity add up with it."""
    n = sum(not is_new(finding) for finding in findings)
    return f"{plural(n, 'more finding')}, marked known, {'was' if n == 1 else 'were'} there before." if n else ""


def _accepted(document: Json) -> View | None:
    """Return what was accepted, a line each: known findings made worse, fixed ones, and those set aside."""
    said = besides(document)
    if not said:
        return None
    fixed = (document.get("baseline") or {"fixed": []})["fixed"]
    lines = [("worse", f["severity"], f"{f['rule']} {f['name']}: {where(f)}", why) for f, why in worse(document)]
    lines += [("fixed", "clean", fixed_line(entry), "") for entry in fixed]
    lines += [
        ("set aside", f["severity"], f"{f['rule']} {f['name']}: {where(f)}", accepted_line(f))
        for f in document.get("suppressed", [])
    ]
    return {"said": said, "lines": lines[:LISTED], "dropped": len(lines) - len(lines[:LISTED])}


def _confidence(value: float) -> str:
    return share(value, 1) if value < 0.9995 else ">99.9%"


def _anchors(findings: Sequence[Json]) -> list[str]:
    """Return an anchor for each finding: its rule's code for the first, with the fingerprint for later ones."""
    used: set[str] = set()
    anchors = []
    for finding in findings:
        anchor = finding["rule"] if finding["rule"] not in used else f"{finding['rule']}-{finding['fingerprint'][:8]}"
        base, n = anchor, 2
        while anchor in used:
            anchor, n = f"{base}-{n}", n + 1
        used.add(anchor)
        anchors.append(anchor)
    return anchors


def _places(findings: Sequence[Json], anchors: Sequence[str]) -> dict[tuple[str, Any], tuple[str, str]]:
    places: dict[tuple[str, Any], tuple[str, str]] = {}
    for finding, anchor in zip(findings, anchors, strict=True):
        for column in (None, *finding["columns"]):
            places.setdefault((finding["rule"], column), (finding["severity"], anchor))
    return places


def _marks(counts: Mapping[str, int], statuses: Mapping[str, int]) -> str:
    """Return one mark a finding, passed check and check not run; none where they would be too many to see."""
    shown = {**counts, "clean": statuses["clean"], "not-run": statuses["skipped"] + statuses["crashed"]}
    if sum(shown.values()) > MARKS:
        return ""
    said = ", ".join([*(plural(counts[s], s) for s in SEVERITIES), f"{shown['clean']} passed"])
    return svg.marks(shown, f"{said}, {shown['not-run']} not run: one mark each")


def _evidence(evidence: Json) -> View:
    table = evidence.get("table") if isinstance(evidence.get("table"), Mapping) else None
    items = [(one_line(term(key), 60), cell(value, 240)) for key, value in evidence.items() if key != "table"]
    return {
        "items": items[:EVIDENCE_ITEMS],
        "dropped": max(len(items) - EVIDENCE_ITEMS, 0),
        "table": _evidence_table(table) if table and table.get("rows") else None,
    }


def _evidence_table(table: Json) -> View:
    columns = [one_line(name, 60) for name in table["columns"]]
    rows = [
        [(cell(value), is_number(value) and not (j == 0 and isinstance(value, str))) for j, value in enumerate(row)]
        for row in (row[:EVIDENCE_COLUMNS] for row in table["rows"][:EVIDENCE_ROWS])
    ]  # text in the first column names the row, even if it is made of digits
    numeric = [all(row[j][1] for row in rows if j < len(row)) for j in range(min(len(columns), EVIDENCE_COLUMNS))]
    total = max(int(table.get("total") or 0), len(table["rows"]))
    cut = f"{count(len(rows))} of {plural(total, 'row')}" if total > len(rows) else ""
    if len(columns) > EVIDENCE_COLUMNS:
        cut += f"{', ' if cut else ''}{EVIDENCE_COLUMNS} of {len(columns)} columns"
    return {
        "caption": one_line(table.get("caption") or "", 200),
        "columns": list(zip(columns[:EVIDENCE_COLUMNS], numeric, strict=True)),
        "rows": [[value for value, _ in row] for row in rows],
        "cut": cut,
    }


def _rows(finding: Json) -> View:
    rows, places = finding["rows"], finding["locations"]
    paired = len(places) == len(rows)
    files = _short({place["file"] for place in places})
    lines = [f"{files[place['file']]}:{place['line']}" for place in places[: ROWS + MORE_ROWS]]
    listed = []
    for i, row in enumerate(rows[: ROWS + MORE_ROWS]):
        listed.append((one_line(row, 120) if isinstance(row, str) else f"row {row}", lines[i] if paired else ""))
    if not rows:
        listed = [("", line) for line in lines]
    total = max(finding["row_count"], len(rows), len(listed))
    return {
        "first": listed[:ROWS],
        "more": listed[ROWS:],
        "total": total,
        "kept": max(len(rows), len(places)) - len(listed),
        "beyond": total - max(len(rows), len(places)),
        "files": bool(rows) and isinstance(rows[0], str),
    }


def _short(files: set[str]) -> dict[str, str]:
    """Return the last part of each path where that tells the files apart, else the path."""
    last = {file: re.split(r"[/\\]", file)[-1] or file for file in files}
    apart = len(set(last.values())) == len(files)
    return {file: one_line(last[file] if apart else file, 120) for file in files}


def _names(columns: Sequence[Any]) -> View:
    shown = [one_line(name, 80) for name in columns[: ROWS + MORE_ROWS]]
    return {"first": shown[:ROWS], "more": shown[ROWS:], "total": len(columns), "beyond": len(columns) - len(shown)}


def _splits(document: Json, roles: Mapping[str, str]) -> View:
    splits = document["dataset"]["splits"]
    total = sum(split["rows"] for split in splits.values())
    rows = [
        {
            "name": one_line(name, 60),
            "role": split["role"],
            "rows": count(split["rows"]),
            "columns": count(split["columns"]),
            "share": share(split["rows"], total),
            "bar": svg.bar(split["rows"] / total if total else 0),
        }
        for name, split in list(splits.items())[:SPLITS]
    ]
    return {"rows": rows, "total": len(splits), "n": count(total)}


def _classes(document: Json, roles: Mapping[str, str]) -> View | None:
    classes = document["classes"]
    if not classes:
        return None
    styles = features.split_styles(roles)
    names = classes["names"][:CLASSES]
    splits = [name for name in styles if name in classes["counts"]]
    totals = {name: classes["rows"].get(name) or sum(classes["counts"][name]) for name in splits}
    shares = {name: [count / (totals[name] or 1) for count in classes["counts"][name]] for name in splits}
    top = 1.01 * max((value for line in shares.values() for value in line), default=0) or 1.0
    filled = next((name for name in splits if styles[name] == "s0"), None)
    rows = [
        {
            "name": one_line(name, 60),
            "counts": [count(classes["counts"][split][i]) for split in splits],
            "share": share(shares[filled][i], 1) if filled else "",
            "bar": svg.bar(
                shares[filled][i] / top if filled else 0,
                [(styles[split], shares[split][i] / top) for split in splits if split != filled],
            ),
        }
        for i, name in enumerate(names)
    ]
    return {
        "target": cell(classes["target"], 60),
        "splits": [(styles[name], one_line(name, 40)) for name in splits],
        "rows": rows,
        "totals": [count(totals[name]) for name in splits],
        "total": max(classes["total"], len(names)),
        "shown": len(rows),
    }


def _run(document: Json) -> View:
    provenance, dataset = document["provenance"], document["dataset"]
    inferred = " (inferred)" if dataset["task_inferred"] else ""
    versions = ", ".join(f"{one_line(k, 40)} {one_line(v, 40)}" for k, v in list(provenance["versions"].items())[:24])
    facts = [
        ("Command", provenance["command"]),
        ("Data", provenance["data_digest"]),
        ("Kind", f"{dataset['kind']}, {dataset['stage']}"),
        ("Task", f"{dataset['task']}{inferred}" if dataset["task"] else "none: the data has no target"),
        ("Target", None if dataset["target"] is None else cell(dataset["target"], 200)),
        ("Rows read", count(provenance["rows_read"])),
        ("Seed", str(provenance["seed"])),
        ("Versions", f"dataaudit {provenance['dataaudit']}, Python {provenance['python']}, {versions}".rstrip(", ")),
    ]
    config = "\n".join(
        f"{one_line(key, 60)} = {clip(json.dumps(value, ensure_ascii=False), 400)}"
        for key, value in list(provenance["config"].items())[:80]
    )
    return {
        "facts": [(word, one_line(value, 1000)) for word, value in facts if value is not None],
        "notes": [clip(note, 400) for note in dataset["notes"][:40]],
        "config": config,
    }
