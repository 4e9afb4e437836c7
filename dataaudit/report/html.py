"""The report as one page that asks nothing of the network and needs no script to be read."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from html import escape
from importlib import resources
from typing import TYPE_CHECKING, Any

from dataaudit import registry
from dataaudit.report import page, prose, svg, words

if TYPE_CHECKING:
    from jinja2 import Environment

CARDS_BUDGET = 380_000
"""Bytes for findings in full; what comes after is listed with its message."""
Document = Mapping[str, Any]


def render(document: Document) -> str:
    """Return the document as a self-contained HTML page.

    Parameters
    ----------
    document : mapping
        The content of report.json. `started` and all `seconds` are left out, so that two reports of the same data
        are the same bytes. Manuals of rules come from the registry.

    Returns
    -------
    str
        Below 1 MB besides pictures: features, rows, columns, classes and findings are capped, and the page says so.
    """
    return _render(document, scripts=True)


def fragment(document: Document) -> str:
    """Return the page for a notebook: in a frame of its own, where neither styles nor names can touch the notebook.

    The line above the frame is what viewers show that leave frames out, such as code hosts.
    """
    page_html = escape(_render(document, scripts=False), quote=True)
    title = escape(page.title(document), quote=True)
    return (
        f'<p><strong>{title}</strong></p><iframe title="{title}" sandbox="allow-popups" width="100%" height="680" '
        f'style="border:1px solid #8886;border-radius:8px" srcdoc="{page_html}"></iframe>'
    )


def _render(document: Document, *, scripts: bool) -> str:
    environment = _environment()
    style = _asset("style.css")
    early, late = ("document.documentElement.classList.add('js')", _asset("app.js")) if scripts else ("", "")
    view = page.view(document, _manuals(document))
    html: str = environment.get_template("report.html.j2").render(
        page=view,
        cards=_cards(environment, view),
        style=style,
        early=early,
        late=late,
        framed=not scripts,
        policy=_policy(style, [early, late] if scripts else []),
        sprite=svg.sprite(),
    )
    return html


def _cards(environment: Environment, view: dict[str, Any]) -> list[str]:
    """Return the findings in full, as many as fit into the budget; thumbnails are not counted."""
    template = environment.get_template("card.html.j2")
    cards: list[str] = []
    spent = 0
    for finding in view["findings"]:
        card = template.render(f=page.card(finding, view))
        spent += len(card.encode()) - card.count(";base64,") * 2000
        if cards and spent > CARDS_BUDGET:
            break
        cards.append(card)
    return cards


def _manuals(document: Document) -> dict[str, registry.Manual]:
    rules = registry.all_rules()
    codes = dict.fromkeys(finding["rule"] for finding in document["findings"])
    return {code: registry.manual(rules[code]) for code in codes if code in rules}


@cache
def _environment() -> Environment:
    from jinja2 import DictLoader, Environment, StrictUndefined

    names = ("report.html.j2", "card.html.j2", "figure.html.j2", "fed.html.j2", "diff.html.j2")
    environment = Environment(
        loader=DictLoader({name: _asset(name) for name in names}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    environment.globals.update(icon=_icon, count=words.count, plural=words.plural, one_line=words.one_line)
    environment.filters.update(prose=_prose, inline=_inline)
    return environment


def _finalize(value: Any) -> Any:
    """Spell out control characters in every text that the templates insert; markup of ours passes."""
    return words.visible(value) if type(value) is str else value


def _icon(name: str) -> Any:
    return _markup(svg.icon(name))


def _prose(text: str) -> Any:
    return _markup(prose.html(text))


def _inline(text: str) -> Any:
    return _markup(prose.inline(text))


def _markup(html: str) -> Any:
    from markupsafe import Markup

    return Markup(html)


@cache
def _asset(name: str) -> str:
    return (resources.files("dataaudit.report") / "templates" / name).read_text(encoding="utf-8").strip()


def _policy(style: str, scripts: list[str]) -> str:
    """Return the content security policy: nothing but our own style and script, and pictures within the page."""
    base = "'none'" if scripts else "about:"  # a page within a page says that its links are its own
    allowed = " ".join(_digest(script) for script in scripts) or "'none'"
    return (
        f"default-src 'none'; style-src {_digest(style)}; script-src {allowed}; img-src data:; "
        f"base-uri {base}; form-action 'none'"
    )


def _digest(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"
