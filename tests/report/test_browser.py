"""The page in a real browser: quiet, safe, accessible, and as wide as the screen."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dataaudit.report import html
from tests.report import documents

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Dialog, Page

pytestmark = pytest.mark.browser

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
QUIET = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AXE = "4.10.3"
BUILDS: dict[str, Callable[[], documents.Document]] = {
    "rich": documents.rich,
    "shared": documents.shared,
    "passing": documents.passing,
    "wide": partial(documents.wide, 60, 60, 8),
    "loaders": documents.loaders,
    "stages": documents.stages,
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on the PATH")
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def axe(request: pytest.FixtureRequest) -> str:
    """Return axe-core, a checker of accessibility, fetched once into pytest's own cache."""
    assert request.config.cache is not None
    folder = request.config.cache.mkdir("axe-core")
    script = folder / f"axe-{AXE}.js"
    if not script.exists():
        npm = shutil.which("npm")
        if npm is None:
            pytest.skip("axe-core is not cached, and there is no npm to fetch it with")
        fetched = subprocess.run(
            [npm, "pack", f"axe-core@{AXE}", "--silent"],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        package = folder / f"axe-core-{AXE}.tgz"
        if fetched.returncode or not package.exists():
            pytest.skip(f"axe-core cannot be fetched: {fetched.stderr.strip()[-200:]}")
        with tarfile.open(package) as archive:
            member = archive.extractfile("package/axe.min.js")
            assert member is not None
            script.write_bytes(member.read())
    return script.read_text(encoding="utf-8")


class Visit:
    """One page open in a browser, and everything it did that it should not have done."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.noise: list[str] = []
        page.on("console", lambda message: self.noise.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: self.noise.append(f"error: {error}"))
        page.on("dialog", self._dialog)
        page.on("request", lambda request: self._request(request.url))

    def _dialog(self, dialog: Dialog) -> None:
        self.noise.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _request(self, url: str) -> None:
        if not url.startswith(("file:", "data:")):
            self.noise.append(f"request: {url}")


Open = Callable[..., Visit]


@pytest.fixture
def visit(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    contexts: list[BrowserContext] = []

    def open_page(content: str, width: int = 1280, scheme: Any = "light", *, scripts: bool = True) -> Visit:
        path = tmp_path / "report.html"
        path.write_text(content, encoding="utf-8")
        context = browser.new_context(
            viewport={"width": width, "height": 844}, color_scheme=scheme, java_script_enabled=scripts
        )
        context.set_default_timeout(120_000)  # a busy machine is no reason to fail
        contexts.append(context)
        visited = Visit(context.new_page())
        visited.page.goto(path.as_uri())
        return visited

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize("name", BUILDS)
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_quiet_fits_and_is_accessible(visit: Open, axe: str, name: str, width: int, scheme: str) -> None:
    visited = visit(html.render(BUILDS[name]()), width, scheme)
    visited.page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    assert visited.page.evaluate("document.documentElement.scrollWidth") <= width
    visited.page.evaluate(axe)
    found = visited.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert [(v["id"], v["nodes"][0]["html"][:200], len(v["nodes"])) for v in found["violations"]] == []
    assert visited.noise == []


def test_the_first_finding_is_on_the_first_screen(visit: Open) -> None:
    for width in (1280, 390):
        box = visit(html.render(documents.rich()), width).page.locator(".todo li").first.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < 800


def test_everything_can_be_read_without_scripts(visit: Open) -> None:
    page = visit(html.render(documents.rich()), scripts=False).page
    assert page.locator("h1").inner_text() == "Not ready to train on"
    assert page.locator("article:visible").count() == 18
    assert page.locator("button:visible, input:visible").count() == 0
    manual = page.locator("#about-INP101")
    manual.locator("summary").click()
    assert manual.get_by_text("How it decides").is_visible()


def test_the_scripts_filter_search_and_sort(visit: Open) -> None:
    visited = visit(html.render(documents.rich()))
    page = visited.page
    page.get_by_role("button", name="4 warnings").click()
    assert page.locator("article:visible").count() == 4
    page.locator('.todo a[href="#LEA101"]').click()
    assert page.locator("#LEA101").is_visible()
    page.get_by_label("Search features").fill("AGE")
    assert page.locator("#ft tbody tr:visible th bdi").all_inner_texts() == ["age"]
    page.get_by_label("Search features").fill("")
    page.get_by_role("button", name="Mean").click()
    assert page.locator("#ft tbody tr:visible th bdi").all_inner_texts()[:2] == ["fare", "age"]
    page.get_by_role("button", name="Mean").click()
    assert page.locator("#ft tbody tr:visible th bdi").all_inner_texts()[:3] == ["3", "age", "fare"]
    page.get_by_label("With findings only").check()
    assert "age" not in page.locator("#ft tbody tr:visible th bdi").all_inner_texts()
    assert visited.noise == []


def test_the_theme_can_be_chosen(visit: Open) -> None:
    page = visit(html.render(documents.passing())).page
    background = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(background)
    button = page.get_by_role("button", name="Theme")
    button.click()
    assert (button.inner_text(), page.evaluate(background)) == ("Theme: light", light)
    button.click()
    assert button.inner_text() == "Theme: dark"
    assert page.evaluate(background) != light


def test_a_link_to_a_folded_part_opens_it(visit: Open) -> None:
    page = visit(html.render(documents.rich())).page
    page.evaluate("location.hash = '#about-INP101'")
    page.locator("#about-INP101[open]").wait_for()


def test_the_keyboard_reaches_the_findings_first(visit: Open) -> None:
    page = visit(html.render(documents.rich())).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to findings"
    page.keyboard.press("Enter")
    assert page.url.endswith("#findings")


def test_print_shows_what_is_folded_and_hides_controls(visit: Open) -> None:
    page = visit(html.render(documents.rich()), scripts=False).page
    page.emulate_media(media="print")
    assert page.locator("nav").is_hidden()
    assert page.locator("#about-INP101").get_by_text("How it decides").is_visible()


def test_a_notebook_keeps_its_own_look_and_the_frame_runs_nothing(visit: Open) -> None:
    host = (
        "<!doctype html><html lang=en><title>n</title><style>h1{color:rgb(1,2,3)}</style><h1>Notebook</h1>"
        f"<div>{html.fragment(documents.rich())}</div></html>"
    )
    visited = visit(host)
    page = visited.page
    frame = page.frame_locator("iframe")
    assert frame.locator("h1").inner_text() == "Not ready to train on"
    assert frame.locator("article").count() == 18
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).color") == "rgb(1, 2, 3)"
    assert frame.locator("h1").evaluate("e => getComputedStyle(e).color") != "rgb(1, 2, 3)"
    assert visited.noise == []
    link = frame.locator("ol.todo a").first
    target = link.get_attribute("href")
    link.click()
    inner = page.frames[1]
    inner.wait_for_url(f"about:srcdoc{target}")
    # Asked anew from here: in a frame that may run no script, a function that waits within is not called again.
    for _ in range(100):
        if inner.evaluate("scrollY") > 0:  # the frame's own page, not the notebook's within the frame
            break
        page.wait_for_timeout(100)
    assert inner.evaluate("scrollY") > 0


def test_words_in_a_table_are_never_cut_to_letters(visit: Open) -> None:
    table = {
        "columns": ["row", "given", "suggested", "strength", "tier", "probability"],
        "rows": [
            [4711, "setosa", "versicolor", 7.39, "strong", "97.4 %"],
            [12, "virginica", "setosa", 2.5, "review", "81 %"],
        ],
    }
    finding = documents.finding("LAB106", "warning", "2 labels deserve a second look", evidence={"table": table})
    page = visit(html.render(documents.base(findings=[finding])), 390).page
    lines = page.evaluate(
        """() => [...document.querySelectorAll('.ev bdi')].map(e => {
            const range = document.createRange();
            range.selectNodeContents(e);
            return [e.textContent, new Set([...range.getClientRects()].map(r => r.top)).size];
        })"""
    )
    assert len(lines) == 18
    assert {text for text, n in lines if n > 1} == set()


def test_pictures_of_a_gallery_are_drawn_as_large_as_their_frames(visit: Open) -> None:
    finding = documents.finding("LAB106", "warning", "Look at these", figure=documents.FIGURES["pictures"])
    page = visit(html.render(documents.base(findings=[finding]))).page
    sizes = page.evaluate(
        "[...document.querySelectorAll('.gal img')].map(i => [i.naturalWidth > 0, i.clientWidth, i.clientHeight])"
    )
    assert len(sizes) > 0
    assert all(drawn and width == height and width >= 80 for drawn, width, height in sizes)
