"""Words and numbers, spelled the same in every rendering."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

Json = Mapping[str, Any]

SEVERITIES = ("error", "warning", "note")
THRESHOLDS = (*SEVERITIES, "never")
STATUSES = ("found", "clean", "not-applicable", "skipped", "crashed")
STATUS_WORDS = {
    "found": "found",
    "clean": "passed",
    "not-applicable": "not applicable",
    "skipped": "skipped",
    "crashed": "crashed",
}

# What has no shape of its own but changes how the text around it reads or runs: C0 and C1 controls, direction marks,
# embeddings, overrides and isolates, zero-width space and joiners of words, line separators, lone surrogates.
# The zero-width (non-)joiners U+200C and U+200D stay: Persian and emoji need them.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)


_NUMBER = re.compile(r"(?:[<>≈~±+−-] ?)?\d[\d,.]*(?:e[+-]?\d+)?(?: ?[%‰σ×])?")
_NEGATIVE = re.compile(r"-\d[\d,.]*(?:e[+-]?\d+)?(?: ?[%‰σ×])?")


def visible(text: str) -> str:
    r"""Return text with control characters, direction overrides and lone surrogates spelled out.

    Newline and tab stay, as they have their meaning in the text that a rule writes.

    Examples
    --------
    >>> visible("a\x1b[31mb\u202ec")
    'a\\x1b[31mb\\u202ec'
    """
    return _UNSEEN.sub(_spell, text)


def _spell(hit: re.Match[str]) -> str:
    code = ord(hit[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def one_line(text: Any, limit: int = 0) -> str:
    r"""Return a name or a value on one line, controls spelled out, clipped to `limit` characters (0: all of it).

    Examples
    --------
    >>> one_line("two\nlines", 8)
    'two\\nli…'
    """
    line = visible(str(text)).replace("\n", "\\n").replace("\t", "\\t")
    return clip(line, limit) if limit else line


def clip(text: str, limit: int) -> str:
    """Return at most `limit` characters; a cut is shown by an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def plural(n: int, word: str) -> str:
    """Return a count and its noun.

    Examples
    --------
    >>> plural(1, "error"), plural(12000, "row")
    ('1 error', '12,000 rows')
    """
    many = word[:-1] + "ies" if word.endswith("y") else word + ("es" if word.endswith("s") else "s")
    return f"{n:,} {word if n == 1 else many}"


def count(n: int) -> str:
    """Return a count with its thousands set apart.

    Examples
    --------
    >>> count(8000)
    '8,000'
    """
    return f"{n:,}"


def number(value: Any, digits: int = 4) -> str:
    """Return a number for the eye: `digits` significant digits, thousands set apart, a real minus sign.

    Parameters
    ----------
    value : int, float, str, bool or None
        Text (such as "inf", or a date) is returned as it is; None is a dash.

    Examples
    --------
    >>> [number(v) for v in (1234567, 2015, 0.000123456, -3.0, None, 22050.0, 1e30)]
    ['1,234,567', '2015', '0.0001235', '−3', '–', '22,050', '1e+30']
    """
    if value is None:
        return "–"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return one_line(value, 120)
    if isinstance(value, float):
        if not math.isfinite(value):
            return str(value)
        if value.is_integer() and abs(value) < 1e9:
            value = int(value)
    if isinstance(value, int):
        text = (f"{value:,}" if abs(value) >= 10_000 else str(value)) if abs(value) < 10**15 else f"{value:.{digits}g}"
    else:
        text = f"{value:.{digits}g}" if abs(value) < 10_000 or abs(value) >= 1e9 else f"{value:,.0f}"
    return text.replace("-", "−", 1) if text.startswith("-") else text


def share(part: float, whole: float) -> str:
    """Return a share in per cent, never rounded to 0 % or 100 % unless it is.

    Examples
    --------
    >>> share(1, 3), share(1, 100000), share(99999, 100000), share(0, 5), share(1, 0)
    ('33%', '<0.1%', '>99.9%', '0%', '–')
    """
    if not whole:
        return "–"
    percent = 100 * part / whole
    if part == 0 or part == whole:
        return f"{percent:.0f}%"
    if percent < 0.1:
        return "<0.1%"
    if percent > 99.9:
        return ">99.9%"
    return f"{percent:.1f}%" if percent < 10 or percent > 99 else f"{percent:.0f}%"


def cell(value: Any, limit: int = 80) -> str:
    """Return one value of an evidence table: numbers for the eye, text on one line, lists joined."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or isinstance(value, int | float):
        return number(value, 6 if value is None or abs(value) >= 1e-3 else 3)
    if isinstance(value, Mapping):
        return clip(", ".join(f"{one_line(k, 40)}: {cell(v, 40)}" for k, v in list(value.items())[:20]), limit)
    if isinstance(value, list | tuple):
        nested = any(isinstance(item, list | tuple | Mapping) for item in value[:20])
        joined = ("; " if nested else ", ").join(cell(item, 60) for item in value[:20])
        return clip(joined + (", …" if len(value) > 20 else ""), limit)
    text = one_line(value, limit)
    return f"−{text[1:]}" if _NEGATIVE.fullmatch(text) else text


def is_number(value: Any) -> bool:
    """Return whether a value is a number, or text that a rule wrote to be read as one, such as "50.0 %"."""
    if isinstance(value, str):
        return bool(_NUMBER.fullmatch(value))
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def column_name(name: Any) -> str:
    """Return a column as one speaks of it: its name, or "column 3" where it has only a position."""
    return f"column {name}" if isinstance(name, int) else one_line(name, 60)


def where(finding: Json) -> str:
    """Return in a few words where a finding is: columns, rows or files, splits."""
    columns, rows, splits = finding["columns"], finding["rows"], finding["splits"]
    if columns:
        named = [column_name(name) for name in columns[:2]]
        place = ", ".join(clip(name, 32) for name in named)
        place += f" and {len(columns) - 2:,} more" if len(columns) > 2 else ""
    elif finding["row_count"]:
        place = plural(finding["row_count"], "file" if rows and isinstance(rows[0], str) else "row")
    else:
        return " and ".join(clip(one_line(name), 32) for name in splits[:3]) if splits else "all data"
    return f"{place} · {one_line(splits[0], 32)}" if len(splits) == 1 else place


def is_new(finding: Json) -> bool:
    """Return whether a finding counts: no baseline holds it."""
    return bool(finding.get("new", True))


def failing(fail_on: str) -> tuple[str, ...]:
    """Return the severities that fail a run; raise ValueError for a word that is none of `THRESHOLDS`.

    Examples
    --------
    >>> failing("warning"), failing("never")
    (('error', 'warning'), ())
    """
    if fail_on not in THRESHOLDS:
        raise ValueError(f'fail_on is one of "error", "warning", "note" and "never", not {fail_on!r}')
    return () if fail_on == "never" else SEVERITIES[: SEVERITIES.index(fail_on) + 1]


def severity_counts(document: Json) -> dict[str, int]:
    """Return the number of findings of each severity that count, worst first."""
    seen = Counter(finding["severity"] for finding in document["findings"] if is_new(finding))
    return {severity: seen[severity] for severity in SEVERITIES}


def status_counts(document: Json) -> dict[str, int]:
    """Return the number of checks that ended in each way."""
    seen = Counter(check["status"] for check in document["checks"])
    return {status: seen[status] for status in STATUSES}


def tally(document: Json) -> str:
    """Return the findings in words, such as "3 errors, 1 note", or "no findings"."""
    parts = [plural(n, severity) for severity, n in severity_counts(document).items() if n]
    since = "new findings" if document.get("baseline") else "findings"
    return ", ".join(parts) or f"no {since}"


def besides(document: Json) -> list[str]:
    """Return, a sentence each, what was accepted: findings that a baseline knows, fixed ones, and those set aside."""
    said = []
    baseline, suppressed = document.get("baseline"), document.get("suppressed", [])
    if baseline:
        name = one_line(baseline["name"], 60)
        parts = [f"{count(baseline['known'])} known and {count(baseline['new'])} new against {name}"]
        parts += [f"{plural(len(baseline['fixed']), 'finding')} fixed"] if baseline["fixed"] else []
        parts += [f"{count(len(baseline['unchecked']))} not looked for again"] if baseline["unchecked"] else []
        said.append(f"Baseline: {', '.join(parts)}.")
    if suppressed:
        said.append(f"{plural(len(suppressed), 'finding')} set aside by the settings, each with a reason.")
    return said


def accepted_line(finding: Json) -> str:
    """Return why a finding was set aside, and until when."""
    by = finding["suppression"]
    until = f" (until {one_line(by['until'], 20)})" if by["until"] else ""
    return f"{one_line(by['reason'], 300)}{until}"


def worse(document: Json) -> list[tuple[Json, str]]:
    """Return the findings that a baseline holds as less bad than they are, each with what has changed."""
    baseline = document.get("baseline")
    said = {entry["fingerprint"]: entry["said"] for entry in baseline["worse"]} if baseline else {}
    return [(f, said[f["fingerprint"]]) for f in document["findings"] if f["fingerprint"] in said]


def fixed_line(known: Json) -> str:
    """Return what a baseline holds and the data has no more, such as "INP101 missing-values: age · train"."""
    return f"{known['rule']} {one_line(known['name'], 60)}: {where({**known, 'rows': []})}"


def size_in_words(document: Json) -> str:
    """Return the size of the data, such as "train 623, test 268 rows, 14 columns"."""
    columns = max((split["columns"] for split in document["dataset"]["splits"].values()), default=0)
    if columns == 1 and all(feature.get("role") == "target" for feature in document["features"]):
        columns = 0  # pictures or other inputs that are no columns, with their label
    return f"{rows_in_words(document)}, {plural(columns, 'column')}" if columns else rows_in_words(document)


def rows_in_words(document: Json) -> str:
    """Return the rows of each split, such as "train 623, test 268 rows"; pictures are called by their name."""
    splits = list(document["dataset"]["splits"].items())
    word = "picture" if document["dataset"]["kind"].startswith("image") else "row"
    if len(splits) == 1:
        return plural(splits[0][1]["rows"], word)
    named = ", ".join(f"{one_line(name, 32)} {split['rows']:,}" for name, split in splits[:4])
    return f"{named}{f' and {len(splits) - 4} more splits' if len(splits) > 4 else ''} {word}s"


def reasons(checks: Iterable[Json], status: str) -> list[tuple[str, list[str]]]:
    """Return why checks ended in one way: each reason with its rules, the commonest first."""
    seen: dict[str, list[str]] = {}
    for check in checks:
        if check["status"] == status:
            rules = seen.setdefault(check["reason"] or "no reason was given", [])
            if check["rule"] not in rules:
                rules.append(check["rule"])
    return sorted(seen.items(), key=lambda item: (-len(item[1]), item[0]))
