"""The little markup that rules write, as HTML: paragraphs, lists, `code`, **bold**, links, fenced blocks."""

from __future__ import annotations

import re
from html import escape

from dataaudit.report.words import visible

_INLINE = re.compile(
    r"``(?P<code2>.+?)``|`(?P<code>[^`]+)`|(?<!\w)\*\*(?P<bold>[^*]+)\*\*(?!\w)"
    r"|\[(?P<label>[^\]]+)\]\((?P<url>https?://[^\s()<>\"]+)\)",
    re.DOTALL,
)
_CODE = re.compile(r"``(?P<code2>.+?)``|`(?P<code>[^`]+)`", re.DOTALL)
_ITEM = re.compile(r"^(?:[-*]|\d{1,2}[.)])\s+")
_CODE_LINE = re.compile(
    r"^(?:[-+] |\s{2,}\S|[#$>] |from \w|import \w|(?:for|with|if|def) .*:$|[\w.]+\(.*\)$|\)|\]"
    r"|[\w.]+(?:\[.*?\])?(?:, ?[\w.]+)* [-+*/|&]?= )"
)


def html(text: str) -> str:
    r"""Return a manual's text as HTML; whatever is no markup of ours is escaped.

    Examples
    --------
    >>> html("Divide by `std`.\n\n- <b>one</b>\n- two")
    '<p>Divide by <code>std</code>.</p><ul><li>&lt;b&gt;one&lt;/b&gt;</li><li>two</li></ul>'
    """
    return "".join(_block(block) for block in _blocks(text))


def inline(text: str, *, links: bool = False) -> str:
    """Return one run of text as HTML: `code` and, where asked for, **bold** and links to http(s); the rest escaped.

    Messages quote names from the data, which must not become links: there `links` stays off.
    """
    parts, last = [], 0
    text = visible(text)
    for hit in (_INLINE if links else _CODE).finditer(text):
        parts.append(escape(text[last : hit.start()]))
        last = hit.end()
        found = hit.groupdict()
        if found.get("label"):
            parts.append(f'<a href="{escape(hit["url"])}" rel="noopener noreferrer">{escape(hit["label"])}</a>')
        elif found.get("bold"):
            parts.append(f"<b>{escape(hit['bold'])}</b>")
        else:
            parts.append(f"<code>{escape(found['code2'] or found['code'])}</code>")
    return "".join(parts) + escape(text[last:])


def fix_parts(text: str) -> list[tuple[str, list[tuple[str, str]]]]:
    r"""Return a fix as runs of prose and of code, each line with its sign in a diff.

    Returns
    -------
    list of (kind, lines)
        kind "prose" or "code"; each line a (sign, text), sign "+", "-" or "".

    Examples
    --------
    >>> fix_parts("Fit on train alone:\n- s.fit(X)\n+ s.fit(X_train)")
    [('prose', [('', 'Fit on train alone:')]), ('code', [('-', '- s.fit(X)'), ('+', '+ s.fit(X_train)')])]
    """
    parts: list[tuple[str, list[tuple[str, str]]]] = []
    for line in visible(text).rstrip().split("\n"):
        if not line.strip():
            kind = parts[-1][0] if parts else "prose"
        else:
            kind = "code" if _CODE_LINE.match(line) else "prose"
        if not parts or parts[-1][0] != kind:
            parts.append((kind, []))
        sign = line[0] if line[:2] in ("- ", "+ ") else ""
        parts[-1][1].append((sign, line))
    return [(kind, lines) for kind, lines in parts if any(line.strip() for _, line in lines)]


def _blocks(text: str) -> list[list[str]]:
    """Cut text at empty lines, keeping fenced blocks whole."""
    blocks: list[list[str]] = [[]]
    fenced = False
    for line in text.strip("\n").split("\n"):
        fence = line.lstrip().startswith("```")
        if (not line.strip() and not fenced) or (fence and not fenced and blocks[-1]):
            blocks.append([])
        if line.strip() or fenced:
            blocks[-1].append(line)
        if fence:
            fenced = not fenced
            if not fenced:
                blocks.append([])
    return [block for block in blocks if block]


def _block(lines: list[str]) -> str:
    if lines[0].lstrip().startswith("```"):
        return (
            f"<pre>{escape(visible(chr(10).join(line for line in lines if not line.lstrip().startswith('```'))))}</pre>"
        )
    if all(line.startswith("    ") for line in lines):
        return f"<pre>{escape(visible(chr(10).join(line[4:] for line in lines)))}</pre>"
    first = next((i for i, line in enumerate(lines) if _ITEM.match(line)), None)
    if first is None:
        return f"<p>{inline(' '.join(line.strip() for line in lines), links=True)}</p>"
    before = f"<p>{inline(' '.join(line.strip() for line in lines[:first]), links=True)}</p>" if first else ""
    items: list[str] = []
    for line in lines[first:]:
        if _ITEM.match(line):
            items.append(_ITEM.sub("", line))
        else:
            items[-1] += " " + line.strip()
    tag = "ol" if lines[first][0].isdigit() else "ul"
    return f"{before}<{tag}>{''.join(f'<li>{inline(item, links=True)}</li>' for item in items)}</{tag}>"
