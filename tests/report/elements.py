"""A page taken apart, as a browser would."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

BLOCKS = {"td", "th", "li", "dt", "dd", "p", "div", "h1", "h2", "h3", "h4", "summary", "pre", "title"}
VOID = {"base", "meta", "link", "br", "img", "input", "wbr"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    text: str = ""
    children: list[Element] = field(default_factory=list)

    def find(self, tag: str, css: str = "", **attributes: str) -> list[Element]:
        """Return the elements below with this tag ("*": any), one of its classes, and these attributes."""
        hits = []
        for child in self.children:
            classes = child.attributes.get("class", "").split()
            wanted = all(child.attributes.get(key) == value for key, value in attributes.items())
            if tag in ("*", child.tag) and (not css or css in classes) and wanted:
                hits.append(child)
            hits += child.find(tag, css, **attributes)
        return hits

    @property
    def words(self) -> str:
        """All text below, blanks run together."""
        return " ".join(self._all_text().split())

    def _all_text(self) -> str:
        if self.tag in ("style", "script"):
            return ""
        inner = self.text + "".join(child._all_text() for child in self.children)
        return f" {inner} " if self.tag in BLOCKS else inner


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("root", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"an attribute twice in <{tag}>: {names}"
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(Element("#text", {}, data))

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment in the page: {data[:80]}")


def parse(page: str) -> Element:
    """Return the tree of a page; every element must be closed where it belongs, and no attribute given twice."""
    parser = _Parser()
    parser.feed(page)
    parser.close()
    assert len(parser.open) == 1, f"not closed: {[e.tag for e in parser.open[1:]]}"
    return parser.root
