"""The table of features: which to show first, and one line for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dataaudit.model import Floats
from dataaudit.report import svg
from dataaudit.report.words import SEVERITIES, cell, number, one_line, share

CAP = 200
BINS = 24
DRAWN_SPLITS = 4
Json = Mapping[str, Any]


def table(document: Json, anchors: Mapping[tuple[str, Any], tuple[str, str]]) -> dict[str, Any]:
    """Return the features worth a line: flagged ones first, then by how far the splits differ.

    Parameters
    ----------
    document : mapping
        The report's document.
    anchors : mapping of (rule, column) to (severity, anchor)
        Where a feature's finding stands on the page; (rule, None) for the rule's first finding.

    Returns
    -------
    dict
        `rows`, at most 200; `total`, how many features there are; `splits`, styles and names of the drawn splits.
    """
    roles = {name: split["role"] for name, split in document["dataset"]["splits"].items()}
    ranked = []
    for place, feature in enumerate(document["features"]):
        flags = [_flag(code, feature["name"], anchors) for code in feature["findings"]]
        worst = min((SEVERITIES.index(severity) for _, severity, _ in flags), default=len(SEVERITIES))
        ranked.append((worst, -drift(feature, roles), place, feature, flags))
    ranked.sort(key=lambda item: item[:3])
    styles = split_styles(roles)
    return {
        "rows": [_row(feature, flags, roles, styles) for *_, feature, flags in ranked[:CAP]],
        "total": len(ranked),
        "splits": [(style, one_line(name, 40)) for name, style in styles.items()],
        "shifts": len(roles) > 1,
    }


def split_styles(roles: Mapping[str, str]) -> dict[str, str]:
    """Return the class that draws each of the first splits; the reference split is filled."""
    names = list(roles)[:DRAWN_SPLITS]
    base = reference(roles)
    return {
        name: "s0" if name == base else svg.style_of(roles[name] if roles[name] != "train" else "") for name in names
    }


def reference(roles: Mapping[str, str]) -> str | None:
    """Return the split that others are compared with: train, or the first."""
    return next((name for name, role in roles.items() if role == "train"), next(iter(roles), None))


def drift(feature: Json, roles: Mapping[str, str]) -> float:
    """Return how far a feature's splits differ from the reference, 0 to 1.

    The largest gap between cumulative shares of the histograms (as in a Kolmogorov-Smirnov test, at the histogram's
    resolution), or half the sum of differences between the shares of the commonest values (total variation).
    """
    base = feature["splits"].get(reference(roles))
    others = [facts for name, facts in feature["splits"].items() if facts is not base]
    return max((_distance(base, other) for other in others), default=0.0) if base else 0.0


def _distance(base: Json, other: Json) -> float:
    if base.get("histogram") and other.get("histogram"):
        one, two = common_bins([base["histogram"], other["histogram"]], 64)
        if one.sum() and two.sum():
            return float(np.abs(np.cumsum(one) / one.sum() - np.cumsum(two) / two.sum()).max())
    if base.get("top") and other.get("top"):
        one_top, two_top = _top_shares(base), _top_shares(other)
        return sum(abs(one_top.get(v, 0.0) - two_top.get(v, 0.0)) for v in {**one_top, **two_top}) / 2
    return 0.0


def common_bins(histograms: Sequence[Json], most: int) -> list[Floats]:
    """Return the counts of histograms over the same bins, at most `most` of them.

    Equal edges are kept, or merged in neighbours; where edges differ, counts are spread evenly within their own bin.

    Parameters
    ----------
    histograms : sequence of mapping
        With `start`, `width` and `counts`.
    most : int
        Most bins to return.

    Returns
    -------
    list of ndarray of float64
        One for each histogram, all of one length.
    """
    counts = [np.asarray(h["counts"], dtype=np.float64) for h in histograms]
    if len({(h["start"], h["width"], len(h["counts"])) for h in histograms}) == 1:
        size = -(-len(counts[0]) // most) or 1
        return [np.add.reduceat(c, np.arange(0, len(c), size)) if len(c) else c for c in counts]
    low = min(h["start"] for h in histograms)
    high = max(h["start"] + (h["width"] or 0) * len(h["counts"]) for h in histograms)
    edges = np.linspace(low, high if high > low else low + 1, most + 1)
    spread = []
    for h, c in zip(histograms, counts, strict=True):
        own = h["start"] + (h["width"] or 1e-12) * np.arange(len(c) + 1)
        spread.append(np.diff(np.interp(edges, own, np.concatenate([[0.0], np.cumsum(c)]))))
    return spread


def _top_shares(facts: Json) -> dict[str, float]:
    known = max(facts["n"], 1)
    return {str(value): count / known for value, count in facts["top"]}


def _flag(code: str, name: Any, anchors: Mapping[tuple[str, Any], tuple[str, str]]) -> tuple[str, str, str]:
    severity, anchor = anchors.get((code, name)) or anchors.get((code, None)) or ("note", "")
    return code, severity, anchor


def _row(
    feature: Json, flags: Sequence[tuple[str, str, str]], roles: Mapping[str, str], styles: Mapping[str, str]
) -> dict[str, Any]:
    base_name = reference(roles)
    facts: Json = feature["splits"].get(base_name) or next(iter(feature["splits"].values()), {})
    name = one_line(feature["name"], 80)
    worst_gap = max((_missing(split) for split in feature["splits"].values()), default=0.0)
    shift = _shift(feature, base_name)
    return {
        "name": name,
        "search": name.lower(),
        "kind": feature["kind"],
        "dtype": one_line(feature["dtype"], 24),
        "role": feature["role"] if feature["role"] != "feature" else "",
        "flags": flags,
        "svg": _drawing(feature, styles, name),
        "caption": _caption(facts),
        "missing": share(worst_gap, 1) if worst_gap else "0",
        "missing_value": round(worst_gap, 6),
        "distinct": _distinct(facts),
        "distinct_value": facts.get("distinct") or 0,
        "mean": number(facts.get("mean")),
        "mean_value": facts.get("mean"),
        "std": number(facts.get("std")),
        "std_value": facts.get("std"),
        "shift": shift[0],
        "shift_value": round(shift[1], 6),
    }


def _missing(facts: Json) -> float:
    missing = facts.get("missing") or 0
    return missing / (facts["n"] + missing) if missing else 0.0


def _distinct(facts: Json) -> str:
    if facts.get("distinct") is None:
        return "–"
    return ("" if facts.get("distinct_exact", True) else "≈ ") + number(facts["distinct"])


def _caption(facts: Json) -> str:
    if facts.get("top") and not facts.get("histogram"):
        known = max(facts["n"], 1)
        return ", ".join(f"{cell(value, 14)} {share(count, known)}" for value, count in facts["top"][:2])
    low, high = facts.get("min"), facts.get("max")
    if low is None and high is None:
        return ""
    digits = 4 if low == high or _edge(low, 4) != _edge(high, 4) else 12
    return f"{_edge(low, digits)} … {_edge(high, digits)}"


def _edge(value: Any, digits: int) -> str:
    return value[:10] if isinstance(value, str) else number(value, digits)


def _drawing(feature: Json, styles: Mapping[str, str], name: str) -> str:
    seen = {s: f for s in styles if (f := feature["splits"].get(s))}
    binned = {s: f["histogram"] for s, f in seen.items() if f.get("histogram")}
    label = f"{name}: distribution in {', '.join(binned or seen)}"
    if binned:
        bins = common_bins(list(binned.values()), BINS)
        series = [(styles[s], list(c / (c.sum() or 1.0))) for s, c in zip(binned, bins, strict=True)]
        return svg.histogram(sorted(series), label)
    topped = {s: _top_shares(f) for s, f in seen.items() if f.get("top")}
    values = list(dict.fromkeys(value for shares in topped.values() for value in shares))[:8]
    if not values:
        return ""
    return svg.columns([[(styles[s], shares.get(v, 0.0)) for s, shares in topped.items()] for v in values], label)


def _shift(feature: Json, base_name: str | None) -> tuple[str, float]:
    """Return the largest shift of a split against the reference, in words and as a size to sort by."""
    base = feature["splits"].get(base_name)
    best: tuple[str, float] = ("–", -1.0)
    for name, facts in feature["splits"].items():
        if base is None or name == base_name:
            continue
        text, size = _shift_of(base, facts)
        if size > best[1]:
            best = (text, size)
    return best


def _is_finite(value: Any) -> bool:
    return isinstance(value, int | float)  # a document spells infinity as text


def _shift_of(base: Json, facts: Json) -> tuple[str, float]:
    if _is_finite(base.get("mean")) and _is_finite(facts.get("mean")):
        change, std = facts["mean"] - base["mean"], base.get("std")
        if not std or not _is_finite(std):
            return ("0", 0.0) if change == 0 else ("moved", 99.0)
        size = change / std
        text = f"{size:+.2f} σ" if abs(size) < 100 else f"{size:+.1e} σ"
        return text.replace("-0.00", "0.00").replace("+0.00", "0.00").replace("-", "−"), abs(size)
    if base.get("top") and facts.get("top"):
        size = _distance({**base, "histogram": None}, facts)
        return f"{share(size, 1)} of rows", size
    return "–", -1.0
