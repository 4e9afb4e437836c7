"""The page: escaped, complete in itself, bounded, and agreeing with its document."""

from __future__ import annotations

import base64
import copy
import hashlib
import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataaudit.report import html as page
from tests.report import documents
from tests.report.elements import Element, parse

TAGS = {
    "html",
    "head",
    "meta",
    "title",
    "link",
    "style",
    "script",
    "body",
    "svg",
    "symbol",
    "use",
    "path",
    "circle",
    "rect",
    "a",
    "div",
    "header",
    "b",
    "bdi",
    "span",
    "button",
    "h1",
    "h2",
    "h3",
    "h4",
    "p",
    "ol",
    "ul",
    "li",
    "details",
    "summary",
    "nav",
    "main",
    "section",
    "article",
    "table",
    "caption",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "small",
    "dl",
    "dt",
    "dd",
    "pre",
    "code",
    "label",
    "input",
    "figure",
    "figcaption",
    "img",
    "br",
    "footer",
}
ATTRIBUTES = {
    "lang",
    "charset",
    "name",
    "content",
    "http-equiv",
    "rel",
    "href",
    "id",
    "class",
    "role",
    "tabindex",
    "scope",
    "colspan",
    "type",
    "value",
    "for",
    "placeholder",
    "hidden",
    "open",
    "start",
    "alt",
    "src",
    "title",
    "dir",
    "viewbox",
    "preserveaspectratio",
    "d",
    "fill",
    "stroke",
    "stroke-width",
    "stroke-dasharray",
    "stroke-linejoin",
    "cx",
    "cy",
    "r",
    "rx",
    "x",
    "y",
    "width",
    "height",
}


def everything(root: Element) -> list[Element]:
    return [element for element in root.find("*") if element.tag != "#text"]


@pytest.fixture(scope="module")
def rich() -> Element:
    return parse(page.render(documents.rich()))


def test_only_known_elements_and_attributes_come_out_of_hostile_names(rich: Element) -> None:
    for element in everything(rich):
        assert element.tag in TAGS
        unknown = {a for a in element.attributes if not a.startswith(("data-", "aria-"))} - ATTRIBUTES
        assert not unknown, f"<{element.tag}> has {unknown}"


def test_links_stay_on_the_page_and_pictures_within_it(rich: Element) -> None:
    ids = [element.attributes["id"] for element in everything(rich) if "id" in element.attributes]
    assert max(Counter(ids).values()) == 1
    for element in everything(rich):
        target = element.attributes.get("href", "#findings")
        assert target == "data:," or target.startswith("https://") or target.removeprefix("#") in ids
        if element.tag == "img":
            assert element.attributes["src"].startswith("data:image/webp;base64,")


def test_hostile_names_are_shown_as_they_are(rich: Element) -> None:
    shown = rich.words
    for name in documents.HOSTILE:
        if name.isprintable() and len(name) < 80:
            assert name.replace("`", "") in shown.replace("`", "")
    assert "\\u202egnp.exe\\x1b[31m\\x00" in shown
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", page.render(documents.rich()))


def test_the_policy_allows_nothing_but_the_pages_own_style_and_scripts(rich: Element) -> None:
    policy = rich.find("meta", **{"http-equiv": "Content-Security-Policy"})[0].attributes["content"]
    scripts, styles = rich.find("script"), rich.find("style")
    assert (len(scripts), len(styles)) == (2, 1)

    def digest(element: Element) -> str:
        raw = element.children[0].text.encode()
        return f"'sha256-{base64.b64encode(hashlib.sha256(raw).digest()).decode()}'"

    assert policy == (
        f"default-src 'none'; style-src {digest(styles[0])}; script-src {digest(scripts[0])} {digest(scripts[1])}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def test_counts_agree_everywhere(rich: Element) -> None:
    document = documents.rich()
    assert rich.find("title")[0].words.startswith("Fails: 3 errors, 4 warnings, 11 notes · ")
    assert rich.find("p", "tally")[0].words == "3 errors 4 warnings 11 notes 4 checks passed 2 not run"
    assert [b.words for b in rich.find("div", "chips")[0].find("button")] == [
        "All 18", "3 errors", "4 warnings", "11 notes",
    ]  # fmt: skip
    assert len(rich.find("article")) == len(rich.find("ol", "todo")[0].find("li")) == len(document["findings"])
    contents = {a.attributes["href"]: a.words for a in rich.find("nav")[0].find("a")}
    assert contents["#findings"] == "Findings 18"
    assert contents["#features"] == f"Features {len(document['features'])}"
    assert contents["#checks"] == f"Checks {len(document['checks'])}"
    assert "15 checks: 8 found something, 4 passed, 1 did not apply to this data, 1 skipped, 1 crashed." in rich.words
    dots = rich.find("svg", "dots")[0]
    assert Counter(mark.attributes["class"] for mark in dots.children) == {"e": 3, "w": 4, "n": 11, "p": 4, "u": 2}
    assert [len(rich.find("article", severity)) for severity in ("error", "warning", "note")] == [3, 4, 11]


def test_findings_stand_in_the_documents_order_and_are_linked(rich: Element) -> None:
    anchors = [article.attributes["id"] for article in rich.find("article")]
    assert anchors[:6] == ["LEA101", "BAT101", "INP101", "IMG101", "NRM101", "NRM106"]
    assert re.fullmatch(r"NRM106-[0-9a-f]{8}", anchors[6])
    todo = [a.attributes["href"] for a in rich.find("ol", "todo")[0].find("a")]
    assert todo == ["#" + anchor for anchor in anchors]
    flagged = rich.find("table", "ft")[0].find("a")
    assert {a.words: a.attributes["href"] for a in flagged}["NRM106"] == "#NRM106"


def test_a_card_shows_rows_with_file_and_line_and_the_rest_in_details(rich: Element) -> None:
    card = rich.find("article", id="INP101")[0]
    assert "687 rows row 0 train.csv:2 row 1 train.csv:3" in card.words
    first, more = [ul for ul in card.find("ul", "names") if "row" in ul.words]
    assert (len(first.find("li")), len(more.find("li"))) == (12, 88)
    assert "587 more counted, not listed." in card.words
    (known,) = {f["fingerprint"] for f in documents.rich()["findings"] if f["rule"] == "INP101"}
    assert f'To accept it: fingerprint = "{known}"' in card.words
    assert "2 of 240 rows shown." in card.words


def test_a_diff_is_marked_line_by_line(rich: Element) -> None:
    code = rich.find("article", id="LEA101")[0].find("pre")[0]
    assert [span.words for span in code.find("span", "d")] == ["- scaler.fit(np.concatenate([train, test]))"]
    assert [span.words for span in code.find("span", "a")] == ["+ scaler.fit(train)"]


def test_the_matrix_marks_the_column_that_fits_and_the_one_that_should(rich: Element) -> None:
    table = rich.find("table", "mx")[0]
    assert [td.words for td in table.find("td", "hit")] == ["equal", "equal"]
    assert [td.words for td in table.find("td", "want")] == ["+0.01", "+0.003"]
    assert "−0.02" in table.words


def test_pictures_are_shown_only_from_data_that_is_one(rich: Element) -> None:
    gallery = rich.find("div", "gal")[0]
    assert len(gallery.find("figure")) == 3
    assert len(gallery.find("img")) == 1
    assert len(gallery.find("span", "none")) == 2


def test_what_did_not_run_is_listed_with_its_reason(rich: Element) -> None:
    rows = {tr.find("td")[1].words: tr for tr in rich.find("table", "ck")[0].find("tr") if tr.find("td")}
    crashed = rows["LAB106 lab106-defect"]
    assert crashed.attributes["class"] == "crashed"
    assert "ValueError" in crashed.words
    assert "no target <script>alert(1)</script>" in rows["LAB109 lab109-defect"].words
    assert "train, validation, test" in rows["NRM105 nrm105-defect"].words


def test_the_checklist_names_what_is_not_covered(rich: Element) -> None:
    advice = rich.find("section", id="advice")[0]
    assert [s.words.rsplit(": ", 1)[1] for s in advice.find("summary")] == [
        "2 of 3 items covered",
        "1 of 1 items covered",
    ]
    assert "Not covered: 16. Check the loss function." in advice.words


def test_the_page_of_a_clean_audit_says_what_ran() -> None:
    root = parse(page.render(documents.passing()))
    assert root.find("h1")[0].words == "Ready to train on"
    assert "Nothing was found. 2 checks passed." in root.words
    assert root.find("article") == []
    document = documents.base(checks=[documents.check("LAB106", "skipped", reason="no target")])
    assert "1 check did not run, which is not the same as passing" in parse(page.render(document)).words


def test_the_same_document_gives_the_same_bytes_whenever_it_was_made() -> None:
    early, late = documents.rich(), documents.rich()
    late["provenance"].update(started="2030-12-31T00:00:00+00:00", seconds=99.5)
    for check in late["checks"]:
        check["seconds"] = 7.25
    assert page.render(early) == page.render(late)
    assert page.fragment(early) == page.fragment(late)


def test_rendering_leaves_the_document_as_it_was() -> None:
    document = documents.rich()
    before = copy.deepcopy(document)
    page.render(document)
    page.render(document)
    assert document == before


@pytest.mark.parametrize(
    ("features", "classes", "findings", "most"),
    [(14, 10, 5, 150_000), (100, 10, 8, 305_000), (2500, 1000, 400, 1_000_000), (10_000, 3, 12, 1_000_000)],
)
def test_the_page_stays_small_and_says_what_it_left_out(features: int, classes: int, findings: int, most: int) -> None:
    text = page.render(documents.wide(features, classes, findings))
    assert len(text.encode()) <= most
    root = parse(text)
    shown = len(root.find("table", "ft")[0].find("tr")) - 1
    assert shown == min(features, 200)
    assert (f"200 of {features:,} features are shown" in root.words) == (features > 200)
    assert ("50 commonest of" in root.words) == (classes > 50)
    cards, rest = len(root.find("article")), len(root.find("ul", "rest")[0].find("li")) if findings > 300 else 0
    if findings > 300:
        assert cards + rest == 300
        assert f"{findings - 300} more are in report.json alone" in root.words
        assert f"{findings - cards} further findings" in root.words


def test_names_as_long_as_a_file_do_not_blow_up_the_page() -> None:
    document = documents.wide(300, 10, 30)
    for finding in document["findings"]:
        finding["columns"] = [f"{j}{'x' * 5000}" for j in range(300)]
        finding["message"] = finding["why"] = finding["fix"] = "y" * 100_000
    for feature in document["features"]:
        feature["name"] = feature["name"] + "z" * 5000
    assert len(page.render(document).encode()) <= 1_000_000


def test_rows_of_several_files_of_one_name_keep_their_folders() -> None:
    finding = documents.finding("INP101", "error", "m", rows=[0, 1], row_count=2)
    finding["locations"] = [{"file": "a/x.csv", "line": 2}, {"file": "b/x.csv", "line": 3}]
    words = parse(page.render(documents.base(findings=[finding]))).words
    assert "row 0 a/x.csv:2 row 1 b/x.csv:3" in words


def test_a_figure_of_an_unknown_kind_is_left_out() -> None:
    finding = documents.finding("INP101", "error", "m", figure={"kind": "hologram", "caption": "c"})
    assert len(parse(page.render(documents.base(findings=[finding]))).find("article")) == 1


def test_the_fragment_is_a_frame_of_its_own_without_scripts() -> None:
    root = parse(page.fragment(documents.rich()))
    line, frame = root.children
    assert line.words.startswith("Fails: ")  # what is left where a viewer shows no frames
    assert frame.tag == "iframe"
    assert frame.attributes["sandbox"] == "allow-popups"
    inner = parse(frame.attributes["srcdoc"])
    assert inner.find("script") == []
    (base,) = inner.find("base")
    assert base.attributes["href"] == "about:srcdoc"  # else links would lead to the notebook, within the frame
    assert parse(page.render(documents.rich())).find("base") == []
    assert inner.find("h1")[0].words == "Not ready to train on"
    assert len(inner.find("article")) == 18


TEXT = st.text(st.characters(), max_size=40) | st.sampled_from(documents.HOSTILE)


@settings(max_examples=40)
@given(name=TEXT, value=TEXT, number=st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.integers())
def test_no_text_of_the_data_becomes_markup(name: str, value: str, number: float | None) -> None:
    document = documents.rich()
    document["dataset"]["name"] = document["dataset"]["target"] = name
    document["dataset"]["notes"] = [value]
    document["summary"] = value
    document["classes"]["names"][0] = name
    document["features"][0]["name"] = name
    document["features"][2]["splits"]["train"]["top"][0][0] = value
    document["features"][0]["splits"]["train"].update(mean=number, min=value)
    finding = documents.finding("INP101", "error", value, columns=[name], why=name, fix=value, splits=[name])
    finding["evidence"] = {value: number, "table": {"columns": [name, "n"], "rows": [[value, number], [None, name]]}}
    finding["locations"] = [{"file": name, "line": 3}]
    document["findings"] = [finding]
    document["checks"][-1]["reason"] = value
    text = page.render(document)
    text.encode()
    for element in everything(parse(text)):
        assert element.tag in TAGS
        assert not {a for a in element.attributes if not a.startswith(("data-", "aria-"))} - ATTRIBUTES
    assert len(parse(text).find("script")) == 2
    assert len(parse(text).find("article")) == 1


def test_numbers_are_set_flush_right_and_names_made_of_digits_are_not() -> None:
    table = {"columns": ["class", "share", "n", "word"], "rows": [["9", "50.0 %", 3, "a"], ["10", "<0.1%", None, "4"]]}
    finding = documents.finding("INP101", "error", "m", evidence={"table": table})
    head = parse(page.render(documents.base(findings=[finding]))).find("table", "ev")[0].find("th")
    assert [th.attributes.get("class", "") for th in head] == ["", "n", "n", ""]


def test_counts_by_severity_add_up_with_the_findings_that_were_there_before() -> None:
    findings = [documents.finding("INP101", "error", "new"), documents.finding("INP102", "note", "old", new=False)]
    whole = parse(page.render(documents.base(findings=findings)))
    assert [b.words for b in whole.find("div", "chips")[0].find("button")] == ["All 2", "1 error"]
    assert "1 more finding, marked known, was there before." in whole.words
    assert "marked known" not in parse(page.render(documents.base(findings=findings[:1]))).words


def test_numbers_behind_a_finding_are_named_in_words() -> None:
    finding = documents.finding("LAB106", "warning", "m", evidence={"noise_low": 0.05, "rows_before": 3, "kappa": 0.9})
    named = parse(page.render(documents.base(findings=[finding]))).find("dl", "kv")[0].find("dt")
    assert [name.words for name in named] == [
        "share of wrong labels, at least",
        "rows before",
        "agreement beyond guessing (1 is perfect)",
    ]
