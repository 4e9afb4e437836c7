"""The report as JUnit XML: one test a check, for the test pages of CI servers."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from typing import Any

from dataaudit.registry import FAMILIES
from dataaudit.report.redact import redacted
from dataaudit.report.words import clip, failing, is_new, one_line, visible, where

Json = Mapping[str, Any]

_FORBIDDEN = re.compile("[\ufffe\uffff\ud800-\udfff]")
MOST_ROWS = 20


def render(document: Json, *, fail_on: str = "error", show_values: bool = False) -> str:
    """Return the document as JUnit XML: a suite for each family of rules, a test for each check.

    A check that found something at or above `fail_on` is a failure; what lies below stands in the output of a test
    that passes. A crashed check is an error. Not applicable, skipped, and found but suppressed are skipped tests with
    the reason: a check that did not run is never shown as passed.

    Parameters
    ----------
    document : mapping
        The content of report.json.
    fail_on : {"error", "warning", "note", "never"}
        The least severity that fails a test; findings that a baseline knows fail none.
    show_values : bool
        Whether messages may quote values of the data.

    Raises
    ------
    ValueError
        If `fail_on` is none of the four.
    """
    shown = document if show_values else redacted(document)
    severities = failing(fail_on)
    name = one_line(shown["dataset"]["name"], 200)
    root = ET.Element("testsuites", name=_text(f"dataaudit {name}"))
    families: dict[str, list[Json]] = {}
    for check in shown["checks"]:
        families.setdefault(check["rule"][:3], []).append(check)
    for family, checks in families.items():
        title = FAMILIES.get(family, family)
        suite = ET.SubElement(root, "testsuite", name=_text(f"{family} {title}"))
        for check in checks:
            _case(suite, check, shown, severities, title)
        _count(suite, suite.iter("testcase"), checks)
    _count(root, root.iter("testcase"), shown["checks"])
    ET.indent(root, " ")
    return ET.tostring(root, encoding="unicode", xml_declaration=False, short_empty_elements=True).join(
        ('<?xml version="1.0" encoding="UTF-8"?>\n', "\n")
    )


def _case(suite: ET.Element, check: Json, document: Json, severities: Sequence[str], family: str) -> None:
    split = "" if check["split"] is None else f" on {one_line(check['split'], 60)}"
    case = ET.SubElement(
        suite,
        "testcase",
        name=_text(f"{check['rule']} {check['name']}{split}"),
        classname=_text(f"dataaudit.{family}.{check['name']}"),
        time=_seconds(check["seconds"]),
    )
    status = check["status"]
    if status == "found":
        _found(case, check, document, severities)
    elif status == "crashed":
        _said(case, "error", "crashed", check["reason"] or "no reason was given")
    elif status in ("skipped", "not-applicable"):
        _said(case, "skipped", status, f"{status.replace('-', ' ')}: {check['reason'] or 'no reason was given'}")
    elif check["measured"]:
        ET.SubElement(case, "system-out").text = _text(check["measured"])


def _found(case: ET.Element, check: Json, document: Json, severities: Sequence[str]) -> None:
    own = [finding for finding in document["findings"] if _of(finding, check)]
    quiet = [finding for finding in document.get("suppressed") or () if _of(finding, check)]
    loud = [finding for finding in own if finding["severity"] in severities and is_new(finding)]
    below = [finding for finding in own if finding not in loud]
    for finding in loud:
        _said(case, "failure", finding["severity"], finding["message"], _details(finding))
    if not own and quiet:
        _said(case, "skipped", "suppressed", f"suppressed: {quiet[0]['message']}")
    if below:
        lines = [f"{f['severity']}{_known(f)}: {visible(f['message'])}\n{_details(f)}" for f in below]
        ET.SubElement(case, "system-out").text = _text("\n\n".join(lines))


def _of(finding: Json, check: Json) -> bool:
    if finding["rule"] != check["rule"]:
        return False
    return check["split"] is None or list(finding["splits"]) == [check["split"]]


def _known(finding: Json) -> str:
    return " (known to the baseline)" if not is_new(finding) else ""


def _details(finding: Json) -> str:
    lines = [f"Where: {where(finding)}"]
    lines += [f"{place['file']}:{place['line']}" for place in finding["locations"][:MOST_ROWS]]
    if not finding["locations"] and finding["rows"]:
        noun = "Files" if isinstance(finding["rows"][0], str) else "Rows"
        lines.append(f"{noun}: {', '.join(one_line(row, 120) for row in finding['rows'][:MOST_ROWS])}")
    if finding["row_count"] > MOST_ROWS:
        lines.append(f"({finding['row_count']:,} in all)")
    lines += [f"Why: {finding['why']}"] if finding["why"] else []
    lines += [f"Fix:\n{finding['fix']}"] if finding["fix"] else []
    return "\n".join(lines)


def _said(case: ET.Element, tag: str, kind: str, message: str, details: str = "") -> None:
    part = ET.SubElement(case, tag, type=_text(kind), message=_text(clip(one_line(message), 1000)))
    if details:
        part.text = _text(details)


def _count(element: ET.Element, cases: Any, checks: Sequence[Json]) -> None:
    listed = list(cases)
    element.set("tests", str(len(listed)))
    for tag, attribute in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        if attribute != "skipped" or element.tag == "testsuite":  # the root has no such attribute
            element.set(attribute, str(sum(case.find(tag) is not None for case in listed)))
    element.set("time", _seconds(sum(check["seconds"] for check in checks)))


def _seconds(value: float) -> str:
    return f"{value:,.3f}"


def _text(value: str) -> str:
    """Return text that an XML file can hold: control characters are spelled out, what has no place in XML left out."""
    return _FORBIDDEN.sub("", visible(value))
