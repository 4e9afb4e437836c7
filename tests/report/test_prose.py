"""The little markup of manuals and fixes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataaudit import registry
from dataaudit.report import prose
from tests.report import documents
from tests.report.elements import parse


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("One\nparagraph.\n\nAnother.", "<p>One paragraph.</p><p>Another.</p>"),
        ("See:\n- a\n  b\n- c", "<p>See:</p><ul><li>a b</li><li>c</li></ul>"),
        ("1. a\n2. b", "<ol><li>a</li><li>b</li></ol>"),
        ("```python\nx < 1\n\ny\n```\nAfter.", "<pre>x &lt; 1\n\ny</pre><p>After.</p>"),
        ("    x = 1\n      y", "<pre>x = 1\n  y</pre>"),
        ("``a ` b`` and **bold**", "<p><code>a ` b</code> and <b>bold</b></p>"),
        (
            "[docs](https://example.org/a?b=1&c=2)",
            '<p><a href="https://example.org/a?b=1&amp;c=2" rel="noopener noreferrer">docs</a></p>',
        ),
        ("[bad](javascript:alert(1))", "<p>[bad](javascript:alert(1))</p>"),
        ("<b>&</b>", "<p>&lt;b&gt;&amp;&lt;/b&gt;</p>"),
        ("", ""),
    ],
)
def test_markup_becomes_html(text: str, html: str) -> None:
    assert prose.html(text) == html


def test_messages_quote_names_that_must_not_become_links() -> None:
    assert prose.inline("[x](https://evil.example) **b** `c`") == "[x](https://evil.example) **b** <code>c</code>"


@given(st.text(st.characters()) | st.lists(st.sampled_from(documents.HOSTILE)).map("\n".join))
def test_any_text_gives_closed_elements_of_ours_alone(text: str) -> None:
    tags = {element.tag for element in parse(prose.html(text)).find("*")}
    assert tags <= {"#text", "p", "ul", "ol", "li", "code", "b", "a", "pre"}
    assert {element.tag for element in parse(prose.inline(text)).find("*")} <= {"#text", "code"}


def test_powers_make_nothing_bold() -> None:
    assert prose.html("**Whole** numbers up to 2**53, or 2**24.") == (
        "<p><b>Whole</b> numbers up to 2**53, or 2**24.</p>"
    )


def test_every_manual_is_rendered_whole() -> None:
    rules = registry.all_rules().values()
    for rule in rules:
        manual = registry.manual(rule)
        for body in (manual.summary, *manual.sections.values()):
            shown = parse(prose.html(body)).words
            assert [word for word in ("```", "**", "](") if word in shown] == []
    assert len(rules) >= 1


@pytest.mark.parametrize(
    ("fix", "parts"),
    [
        ("Drop it.", [("prose", ["Drop it."])]),
        ("Fit on train:\n- a\n+ b\n  c", [("prose", ["Fit on train:"]), ("code", ["- a", "+ b", "  c"])]),
        ("from x import y\n\nz = y(1)\n", [("code", ["from x import y", "", "z = y(1)"])]),
        ("df.drop(columns=['a'])", [("code", ["df.drop(columns=['a'])"])]),
        ("x, y = f(x)", [("code", ["x, y = f(x)"])]),
        ("df['a'] = df['a'].clip(0)", [("code", ["df['a'] = df['a'].clip(0)"])]),
        ("# comment\nShuffle (once).", [("code", ["# comment"]), ("prose", ["Shuffle (once)."])]),
        ("   ", []),
    ],
)
def test_a_fix_falls_into_prose_and_code(fix: str, parts: list[tuple[str, list[str]]]) -> None:
    assert [(kind, [line for _, line in lines]) for kind, lines in prose.fix_parts(fix)] == parts
