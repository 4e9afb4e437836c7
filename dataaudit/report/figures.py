"""Figures of findings, made ready to draw: sorted into parts, capped, each with its numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from dataaudit.report import svg
from dataaudit.report.words import cell, number, one_line, share

STRIP_BINS = 128  # twice what 64 px high stripes can be told apart by at 840 px
TABLE_ROWS = 16
ITEMS = 24
PICTURES = 36
PAIRS, PAIR_COLUMNS = 12, 8
_DATA_URI = re.compile(r"data:image/(?:webp|png|jpeg|gif);base64,[A-Za-z0-9+/]+={0,2}")

View = dict[str, Any]


def is_picture(data: Any) -> bool:
    """Return whether a text is the data URI of a picture, and nothing else."""
    return isinstance(data, str) and _DATA_URI.fullmatch(data) is not None


def view(figure: Mapping[str, Any] | None, roles: Mapping[str, str]) -> View | None:
    """Return what the template needs to draw a figure, or None where there is none or its kind is unknown.

    Parameters
    ----------
    figure : mapping or None
        The finding's `figure`.
    roles : mapping of str to str
        Role of each split, which decides how it is drawn.

    Returns
    -------
    dict or None
        `kind`, `caption`, and the parts of that kind; `dropped` counts items beyond the cap.
    """
    if not figure or figure.get("kind") not in _KINDS:
        return None
    caption = one_line(figure.get("caption", ""), 300)
    return {"kind": figure["kind"], "caption": caption, "dropped": 0, **_KINDS[figure["kind"]](figure, caption, roles)}


def merge_bins(bins: Sequence[Sequence[float]], most: int) -> list[list[float]]:
    """Return at most `most` bins, neighbours added together; the sum of each class stays.

    Examples
    --------
    >>> merge_bins([[1, 0], [2, 0], [0, 4]], 2)
    [[3, 0], [0, 4]]
    """
    size = -(-len(bins) // most) or 1
    return [[sum(column) for column in zip(*bins[i : i + size], strict=True)] for i in range(0, len(bins), size)]


def _strip(figure: Mapping[str, Any], caption: str, roles: Mapping[str, str]) -> View:
    classes = [one_line(name, 40) for name in figure["classes"]]
    bins = _fold(figure["bins"])
    width = max((len(line) for line in bins), default=0)
    names = ([*classes[:10], "other"] if width > 10 else classes + ["other"] * width)[:width]
    strips = [{"name": "As it is", "svg": svg.strip(merge_bins(bins, STRIP_BINS), f"{caption}, as it is")}]
    if figure.get("expected"):
        expected = merge_bins(_fold(figure["expected"]), STRIP_BINS)
        strips.append({"name": "Expected if shuffled", "svg": svg.strip(expected, f"{caption}, expected if shuffled")})
    else:
        strips[0]["name"] = ""
    coarse = merge_bins(bins, TABLE_ROWS)
    rows = [[f"{i + 1} of {len(coarse)}", *(number(count) for count in line)] for i, line in enumerate(coarse)]
    each = figure.get("bin_rows")
    return {
        "strips": strips,
        "classes": list(enumerate(names)),
        "first": one_line(figure.get("first", ""), 60),
        "last": one_line(figure.get("last", ""), 60),
        "note": f"One column is {number(each)} rows." if each and len(bins) <= STRIP_BINS else "",
        "table": {"columns": ["part", *names], "rows": rows},
    }


def _fold(bins: Sequence[Sequence[float]], most: int = 10) -> list[list[float]]:
    """Return bins with every class after the tenth added into one."""
    return [[*line[:most], sum(line[most:])] if len(line) > most else list(line) for line in bins]


def _bars(figure: Mapping[str, Any], _caption: str, roles: Mapping[str, str]) -> View:
    items = figure["items"]
    values = [_finite(item.get(key)) for item in items for key in ("value", "expected")]
    top = max((abs(value) for value in values if value is not None), default=0) or 1.0
    rows = []
    for item in items[:ITEMS]:
        value, expected = _finite(item.get("value")), _finite(item.get("expected"))
        marks = [] if expected is None else [("want", abs(expected) / top)]
        rows.append(
            {
                "label": one_line(item["label"], 60),
                "value": number(item.get("value")),
                "expected": None if expected is None else number(expected),
                "svg": svg.bar(abs(value or 0) / top, marks),
            }
        )
    return {
        "rows": rows,
        "unit": one_line(figure.get("unit") or "value", 40),
        "expects": any(row["expected"] is not None for row in rows),
        "dropped": max(len(items) - ITEMS, 0),
    }


def _ticks(figure: Mapping[str, Any], _caption: str, roles: Mapping[str, str]) -> View:
    items = figure["items"]
    values = [value for item in items for raw in item["values"] if (value := _finite(raw)) is not None]
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    margin = 0.04 * ((high - low) or 1.0)
    low, high = low - margin, high + margin
    rows = [
        {
            "label": one_line(item["label"], 60),
            "values": cell(list(item["values"]), 80),
            "svg": svg.ticks(
                [(v - low) / (high - low) for raw in item["values"][:64] if (v := _finite(raw)) is not None]
            ),
        }
        for item in items[:ITEMS]
    ]
    axis = one_line(figure.get("axis") or "value", 60)
    return {"rows": rows, "axis": axis, "dropped": max(len(items) - ITEMS, 0)}


def _matrix(figure: Mapping[str, Any], _caption: str, roles: Mapping[str, str]) -> View:
    rows = [
        {"label": one_line(row["label"], 80), "cells": [cell(value, 40) for value in row["cells"][:12]]}
        for row in figure["rows"][:ITEMS]
    ]
    columns = [one_line(name, 40) for name in figure["columns"][:12]]
    dropped = max(len(figure["rows"]) - ITEMS, 0)
    return {"columns": columns, "rows": rows, "hit": figure.get("hit"), "want": figure.get("want"), "dropped": dropped}


def _histogram(figure: Mapping[str, Any], caption: str, roles: Mapping[str, str]) -> View:
    start, width = float(figure["start"]), float(figure["width"])
    drawn = list(figure["series"].items())[:4]
    bins = max((len(counts) for _, counts in drawn), default=0)
    series, table = [], []
    for name, counts in drawn:
        total = sum(counts) or 1
        series.append((svg.style_of(roles.get(name, "train" if len(drawn) == 1 else "other")), counts, total))
    for b in range(min(bins, 64)):
        edges = f"{number(start + b * width)} to {number(start + (b + 1) * width)}"
        table.append([edges, *(share(c[b], total) if b < len(c) else "0%" for _, c, total in series)])
    shares = [(style, [count / total for count in counts]) for style, counts, total in series]
    return {
        "svg": svg.histogram(shares, caption, width=640, height=130, css="hw"),
        "first": number(start),
        "last": number(start + bins * width),
        "series": [(style, one_line(name, 40)) for (style, _), (name, _) in zip(shares, drawn, strict=True)],
        "table": {"columns": ["from – to", *(one_line(name, 40) for name, _ in drawn)], "rows": table},
    }


def _pictures(figure: Mapping[str, Any], _caption: str, roles: Mapping[str, str]) -> View:
    items = [
        {
            "path": one_line(item["path"], 120),
            "label": one_line(item.get("label") or "", 40),
            "note": one_line(item.get("note") or "", 80),
            "data": item["data"] if item.get("data") and _DATA_URI.fullmatch(item["data"]) else None,
        }
        for item in figure["items"][:PICTURES]
    ]
    return {"items": items, "dropped": max(len(figure["items"]) - PICTURES, 0)}


def _pairs(figure: Mapping[str, Any], _caption: str, roles: Mapping[str, str]) -> View:
    """Return rows or pictures of two splits side by side: a line a side, those with pictures as `items` too."""
    sides = [one_line(figure[side], 40) for side in ("left", "right")]
    columns = [one_line(name, 40) for name in figure.get("columns", ())[:PAIR_COLUMNS]]
    pairs, items = [], []
    for pair in figure["pairs"][:PAIRS]:
        lines = [
            _pair_line(pair[side], name, len(columns)) for side, name in zip(("left", "right"), sides, strict=True)
        ]
        items += [line for line in lines if line["data"]]
        note = one_line(pair.get("note") or "", 120)
        pairs.append({"lines": lines, "differs": set(pair.get("differs") or ()), "note": note})
    return {
        "columns": columns,
        "pairs": pairs,
        "items": items,
        "drawn": bool(items),
        "dropped": max(int(figure.get("total") or 0), len(figure["pairs"])) - len(pairs),
        "cut": max(len(figure.get("columns", ())) - PAIR_COLUMNS, 0),
    }


def _pair_line(side: Mapping[str, Any], split: str, n_columns: int) -> View:
    data, row = side.get("picture"), side.get("row")
    path = side.get("path")
    return {
        "name": one_line(path, 120) if path else f"{split}, row {number(row)}",
        "values": [cell(value, 40) for value in (side.get("values") or ())[:n_columns]],
        "data": data if data and _DATA_URI.fullmatch(data) else None,
    }


def _finite(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


_KINDS = {
    "strip": _strip,
    "bars": _bars,
    "ticks": _ticks,
    "matrix": _matrix,
    "histogram": _histogram,
    "pictures": _pictures,
    "pairs": _pairs,
}
