"""Small inline drawings: strings of SVG whose every text is escaped and whose colours are the page's own.

Each drawing says in `aria-label` what it shows; the numbers stand as text beside it or in a table below it.
Coordinates have one decimal: a tenth of a pixel, and a third of the bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from dataaudit.report.words import one_line

STYLES = {"train": "s0", "validation": "s1", "test": "s2"}
"""How a split is drawn, by role: filled, solid, dashed; any other is dotted."""

ICONS = {
    "error": '<path d="M5 .8h6L15.2 5v6L11 15.2H5L.8 11V5z" fill="currentColor"/>'
    '<path d="M5.3 5.3l5.4 5.4m0-5.4l-5.4 5.4" stroke="var(--bg)" stroke-width="1.9"/>',
    "warning": '<path d="M8 1.4 15.2 14.4H.8z" fill="none" stroke="currentColor" stroke-width="1.7" '
    'stroke-linejoin="round"/><path d="M8 5.8v4" stroke="currentColor" stroke-width="1.7"/>'
    '<circle cx="8" cy="12" r="1" fill="currentColor"/>',
    "note": '<circle cx="8" cy="8" r="6.9" fill="none" stroke="currentColor" stroke-width="1.6"/>'
    '<path d="M8 7.2v4.4" stroke="currentColor" stroke-width="1.7"/><circle cx="8" cy="4.7" r="1.05" '
    'fill="currentColor"/>',
    "clean": '<path d="M2.5 8.6 6.2 12.4 13.5 4" fill="none" stroke="currentColor" stroke-width="2"/>',
    "not-applicable": '<path d="M3.5 8h9" stroke="currentColor" stroke-width="1.7"/>',
    "skipped": '<circle cx="8" cy="8" r="6.6" fill="none" stroke="currentColor" stroke-width="1.5" '
    'stroke-dasharray="2.6 2.2"/>',
    "crashed": '<circle cx="8" cy="8" r="6.6" fill="none" stroke="currentColor" stroke-width="1.5" '
    'stroke-dasharray="2.6 2.2"/><path d="M5.6 5.6l4.8 4.8m0-4.8l-4.8 4.8" stroke="currentColor" stroke-width="1.6"/>',
}
_MARKS = {
    "error": '<path class="e" d="M{0} {1}m-3-7.2h6l4.2 4.2v6l-4.2 4.2h-6l-4.2-4.2v-6z"/>',
    "warning": '<path class="w" d="M{0} {1}m0-6.4l7.2 12.8h-14.4z"/>',
    "note": '<circle class="n" cx="{0}" cy="{1}" r="6.4"/>',
    "clean": '<circle class="p" cx="{0}" cy="{1}" r="4.2"/>',
    "not-run": '<circle class="u" cx="{0}" cy="{1}" r="5.4"/>',
}


def coordinate(value: float) -> str:
    """Return a coordinate with at most one decimal.

    Examples
    --------
    >>> coordinate(12.34), coordinate(12.0), coordinate(-0.01)
    ('12.3', '12', '0')
    """
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def style_of(role: str) -> str:
    """Return the class that draws a split of this role."""
    return STYLES.get(role, "s3")


def sprite() -> str:
    """Return the icons' shapes, once a page; `icon` refers to them."""
    symbols = "".join(f'<symbol id="i-{name}" viewBox="0 0 16 16">{shape}</symbol>' for name, shape in ICONS.items())
    return f'<svg class="vh" aria-hidden="true">{symbols}</svg>'


def icon(name: str) -> str:
    """Return one icon; the word stands beside it, so it is hidden from screen readers."""
    return f'<svg class="i {name}" aria-hidden="true"><use href="#i-{name}"/></svg>' if name in ICONS else ""


def marks(counts: Mapping[str, int], label: str, per_row: int = 48) -> str:
    """Return a line of marks, worst first: one for each finding, passed check and check that did not run.

    Parameters
    ----------
    counts : mapping of str to int
        Numbers of "error", "warning", "note", "clean" and "not-run".
    label : str
        What a screen reader says.
    per_row : int
        Marks in a line.
    """
    step = 21
    drawn: list[str] = []
    for kind, shape in _MARKS.items():
        for _ in range(counts.get(kind, 0)):
            row, column = divmod(len(drawn), per_row)
            drawn.append(shape.format(10 + step * column, 10 + step * row))
    if not drawn:
        return ""
    width = step * min(per_row, len(drawn))
    height = step * (1 + (len(drawn) - 1) // per_row)
    return (
        f'<svg class="dots" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="{_text(label)}">{"".join(drawn)}</svg>'
    )


def histogram(
    series: Sequence[tuple[str, Sequence[float]]], label: str, *, width: int = 132, height: int = 34, css: str = "h"
) -> str:
    """Return step histograms over common bins, each scaled to its own total.

    Parameters
    ----------
    series : sequence of (class, shares)
        The class that draws it (see `style_of`) and the share of its rows in each bin.
    label : str
        What a screen reader says.
    width, height : int
        Of the drawing's own coordinates.
    css : str
        Class of the drawing.
    """
    top = max((max(shares, default=0) for _, shares in series), default=0) or 1.0
    paths = "".join(
        f'<path class="{style}" d="{_steps(shares, top, width, height, closed=style == "s0")}"/>'
        for style, shares in series
        if len(shares)
    )
    return (
        f'<svg class="{css}" viewBox="0 0 {width} {height}" preserveAspectRatio="none" role="img" '
        f'aria-label="{_text(label)}"><path class="base" d="M0 {height}H{width}"/>{paths}</svg>'
    )


def _steps(shares: Sequence[float], top: float, width: int, height: int, *, closed: bool) -> str:
    step = width / len(shares)
    levels = [coordinate(height - (height - 2) * value / top) for value in shares]
    parts = [f"M0 {height}V{levels[0]}" if closed else f"M0 {levels[0]}"]
    for i, level in enumerate(levels):
        if i and level != levels[i - 1]:
            parts.append(f"H{coordinate(step * i)}V{level}")
    parts.append(f"H{width}")
    return "".join(parts) + (f"V{height}Z" if closed else "")


def columns(groups: Sequence[Sequence[tuple[str, float]]], label: str, *, width: int = 132, height: int = 34) -> str:
    """Return one bar for each value, with a line across it for each other split.

    Parameters
    ----------
    groups : sequence of sequence of (class, share)
        For each value the share in each split; class "s0" is drawn as a bar.
    label : str
        What a screen reader says.
    """
    top = max((share for group in groups for _, share in group), default=0) or 1.0
    step, drawn = width / max(len(groups), 1), []
    for i, group in enumerate(groups):
        left, right = step * i + 1, step * (i + 1) - 1
        for style, share in group:
            y = coordinate(height - (height - 2) * share / top)
            close = f"V{height}H{coordinate(left)}Z" if style == "s0" else ""
            drawn.append(f'<path class="{style}" d="M{coordinate(left)} {y}H{coordinate(right)}{close}"/>')
    return (
        f'<svg class="h" viewBox="0 0 {width} {height}" preserveAspectRatio="none" role="img" '
        f'aria-label="{_text(label)}"><path class="base" d="M0 {height}H{width}"/>{"".join(drawn)}</svg>'
    )


def bar(value: float, ticks: Sequence[tuple[str, float]] = (), *, style: str = "s0") -> str:
    """Return a horizontal bar and the ticks across it; the number stands beside it as text.

    Parameters
    ----------
    value : float
        Length of the bar, 0 to 1.
    ticks : sequence of (class, position)
        Lines across it, 0 to 1: what was expected, or other splits.
    style : str
        Class of the bar.
    """
    lines = "".join(f'<path class="{name}" d="M{coordinate(_inside(at) * 200)} 0V20"/>' for name, at in ticks)
    return (
        '<svg class="hb" viewBox="0 0 200 20" preserveAspectRatio="none" aria-hidden="true">'
        f'<path class="{style}" d="M0 3H{coordinate(_inside(value) * 200)}V17H0Z"/>{lines}</svg>'
    )


def ticks(positions: Sequence[float]) -> str:
    """Return one line of an axis with a tick at each position, 0 to 1; the numbers stand beside it as text."""
    lines = "".join(f"M{coordinate(_inside(at) * 200)} 3V17" for at in positions)
    return (
        '<svg class="tk" viewBox="0 0 200 20" preserveAspectRatio="none" aria-hidden="true">'
        f'<path class="base" d="M0 10H200"/><path class="s1" d="{lines}"/></svg>'
    )


def strip(bins: Sequence[Sequence[float]], label: str) -> str:
    """Return stacked shares, one column a bin: the areas of all classes, first class at the bottom.

    Areas are painted from the tallest to the shortest over one another, so that a bin costs one step a class and
    runs of equal bins cost nothing.

    Parameters
    ----------
    bins : sequence of sequence of float
        For each bin the rows of each class; at most 10 classes and "other".
    label : str
        What a screen reader says.
    """
    classes, n = len(bins[0]), len(bins)
    tops: list[list[int]] = []
    for counts in bins:
        total, run, line = sum(counts), 0.0, []
        for count in counts:
            run += count
            line.append(100 - round(100 * run / total) if total else 100)
        tops.append(line)
    drawn = []
    for k in reversed(range(classes)):
        parts, level = ["M0 100"], 100
        for x, line in enumerate(tops):
            if line[k] != level:
                level = line[k]
                parts.append(f"H{x}V{level}" if x else f"V{level}")
        if len(parts) > 1:
            drawn.append(f'<path class="k{k}" d="{"".join(parts)}H{n}V100Z"/>')
    return (
        f'<svg class="strip" viewBox="0 0 {n} 100" preserveAspectRatio="none" role="img" '
        f'aria-label="{_text(label)}">{"".join(drawn)}</svg>'
    )


def _inside(value: float) -> float:
    return min(max(value, 0.0), 1.0)


def _text(text: str) -> str:
    return escape(one_line(text, 300), quote=True)
