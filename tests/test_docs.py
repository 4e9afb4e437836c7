"""What the documentation says is there, and what is made from the code is fresh."""

from __future__ import annotations

import importlib.util
import re
import shlex
import tomllib
from pathlib import Path
from types import ModuleType

import click
import pytest

from dataaudit.cli import check, cli
from dataaudit.config import load_settings
from dataaudit.demo import SAMPLES
from dataaudit.registry import FAMILIES, SECTIONS, all_rules, manual
from tests.conftest import REPOSITORY

PAGES = sorted(
    path.relative_to(REPOSITORY).as_posix()
    for folder in (".", "docs", "docs/rules", "sample_data", "sample_data/*", "reports")
    for path in REPOSITORY.glob(f"{folder}/*.md")
)


def script(path: str) -> ModuleType:
    """Import a script of the repository."""
    spec = importlib.util.spec_from_file_location(Path(path).stem, REPOSITORY / path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def anchors(path: Path) -> set[str]:
    """Return the anchors of a page's headings, spelled as GitHub spells them."""
    titles = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    path = REPOSITORY / page
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if link.startswith(("http://", "https://")):
            continue
        file, _, anchor = link.partition("#")
        goal = (path.parent / file) if file else path
        if not goal.exists() or (anchor and anchor not in anchors(goal)):
            broken.append(link)
    assert broken == []


def test_what_is_made_from_the_rules_is_fresh() -> None:
    assert script("docs/make_rules.py").stale() == [], "run `make docs`"


@pytest.mark.parametrize("code", list(all_rules()))
def test_every_rule_has_its_manual(code: str) -> None:
    text = manual(all_rules()[code])
    assert text.summary
    assert set(SECTIONS[:3]) <= set(text.sections)
    assert all(text.sections.values())
    assert code[:3] in FAMILIES


@pytest.mark.parametrize("page", PAGES)
def test_commands_in_the_documentation_exist(page: str) -> None:
    """Every `dataaudit ...` in a code block is a command with options that are there."""
    text = (REPOSITORY / page).read_text(encoding="utf-8")
    for block in re.findall(r"```(?:sh|yaml)\n(.*?)```", text, re.DOTALL):
        for line in re.findall(r"^(?:- run: )?dataaudit (.*)$", block, re.MULTILINE):
            name, *arguments = shlex.split(line, comments=True)
            command = cli.get_command(click.Context(cli), name)
            assert command is not None, line
            known = {flag for parameter in command.params for flag in parameter.opts}
            assert {word for word in arguments if word.startswith("-")} <= known, line


def test_settings_in_the_documentation_are_read(tmp_path: Path) -> None:
    text = (REPOSITORY / "docs/configuration.md").read_text(encoding="utf-8")
    block = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)[0]
    path = tmp_path / "pyproject.toml"
    path.write_text(block, encoding="utf-8")
    settings = load_settings(explicit=path)
    assert settings.rules == {"NRM106": {"noise": 0.1}}
    assert settings.fail_on == "warning"


def test_the_usage_names_every_exit_status() -> None:
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    assert check.epilog is not None
    for status in range(4):
        assert re.search(rf"^ +{status}  ", check.epilog, re.MULTILINE)
        assert f"\n| {status} | " in readme


def test_every_sample_has_its_report_and_its_page() -> None:
    index = (REPOSITORY / "reports/README.md").read_text(encoding="utf-8")
    for sample in SAMPLES:
        assert f"({sample.name}.html)" in index
        assert f"({sample.name}.json)" in index
        assert (REPOSITORY / "sample_data" / Path(sample.train)).exists()


def test_the_changelog_tells_of_this_version() -> None:
    from dataaudit import __version__

    assert f"## [{__version__}]" in (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")


def test_python_versions_agree() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    spelled = [
        c.rpartition(" ")[2] for c in project["classifiers"] if c.startswith("Programming Language :: Python :: 3.")
    ]
    workflow = (REPOSITORY / ".github/workflows/ci.yml").read_text(encoding="utf-8")
    assert project["requires-python"] == f">={spelled[0]}"
    assert f"python: {spelled}".replace("'", '"') in workflow
