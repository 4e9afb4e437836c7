"""Settings: found, read, checked, and turned into rules."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataaudit import registry
from dataaudit.config import Settings, build_rules, choose, load_settings, read_limits, split_words
from dataaudit.errors import ConfigError
from dataaudit.model import Severity, option

NAMES = {"INP101": "holes", "INP102": "endless", "NRM105": "flat", "NRM106": "nearly-flat", "NRM201": "other"}


@dataclass(frozen=True)
class Flat:
    """A rule without options."""

    code: ClassVar[str] = "NRM105"
    name: ClassVar[str] = "flat"
    severity: ClassVar[Severity] = Severity.WARNING


@dataclass(frozen=True)
class Rich:
    """A rule with an option of each type."""

    code: ClassVar[str] = "NRM106"
    name: ClassVar[str] = "nearly-flat"
    severity: ClassVar[Severity] = Severity.WARNING

    ratio: float = option(1e-6, "largest share that is flagged")
    min_rows: int = option(10, "fewest rows that are judged")
    strict: bool = option(False, "whether to flag the rest")
    unit: str = option("m", "unit of the message")
    sizes: tuple[int, ...] = option((16, 32), "sizes that are tried")
    span: tuple[float, float] = option((0.0, 1.0), "least and most")
    mode: Literal["fast", "exact"] = option("fast", "how to count")
    cap: int | None = option(None, "most rows, or none")

    def __post_init__(self) -> None:
        if self.min_rows < 1:
            raise ValueError(f"min_rows is {self.min_rows}, expected at least 1")


@pytest.fixture(autouse=True)
def rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put these rules in the place of the real ones, so that the expectations stay exact as rules are added."""
    fakes = {code: type(name, (Flat,), {"code": code, "name": name}) for code, name in NAMES.items()}
    monkeypatch.setattr(registry, "_walk", lambda: None)
    monkeypatch.setattr(registry, "_RULES", {**fakes, "NRM105": Flat, "NRM106": Rich})


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


# ---------------------------------------------------------------- which rules


@pytest.mark.parametrize(
    ("select", "ignore", "expected"),
    [
        ([], [], ["INP101", "INP102", "NRM105", "NRM106", "NRM201"]),
        (["all"], [], ["INP101", "INP102", "NRM105", "NRM106", "NRM201"]),
        (["NRM"], [], ["NRM105", "NRM106", "NRM201"]),
        (["nrm1"], [], ["NRM105", "NRM106"]),
        (["holes", "NRM201"], [], ["INP101", "NRM201"]),
        ([], ["NRM"], ["INP101", "INP102"]),
        (["NRM106"], ["NRM"], ["NRM106"]),
        (["nearly-flat"], ["NRM1"], ["NRM106"]),
        (["NRM"], ["NRM1"], ["NRM201"]),
        (["NRM"], ["NRM"], []),
        (["NRM106"], ["nearly-flat"], []),
        (["NRM", "NRM106"], ["NRM10"], ["NRM106", "NRM201"]),
        (["all"], ["all"], []),
    ],
)
def test_the_closer_word_wins_and_a_draw_is_ignored(select: list[str], ignore: list[str], expected: list[str]) -> None:
    assert choose(select, ignore) == expected


WORDS = st.lists(st.sampled_from(["all", *NAMES, *NAMES.values(), "INP", "NRM", "NRM1", "NRM10", "NRM2"]), max_size=4)


@given(select=WORDS, ignore=WORDS, more=WORDS)
def test_ignoring_more_never_runs_more(select: list[str], ignore: list[str], more: list[str]) -> None:
    assert set(choose(select, [*ignore, *more])) <= set(choose(select, ignore))


def test_an_unknown_word_names_its_setting_and_the_nearest_rule() -> None:
    with pytest.raises(ConfigError, match=r"Unknown rule 'NRM116' in select\.") as caught:
        build_rules(select=["NRM116"])
    assert caught.value.hint is not None
    assert "'NRM106'" in caught.value.hint


def test_no_rule_left_is_an_error() -> None:
    with pytest.raises(ConfigError, match="No rule is left to run"):
        build_rules(select=["NRM"], ignore=["NRM"])


def test_rules_come_in_order_with_their_options() -> None:
    made = build_rules("NRM106,INP", limits={"nearly-flat": {"ratio": 1}})
    assert [rule.code for rule in made] == ["INP101", "INP102", "NRM106"]
    assert repr(made[2]) == repr(Rich(ratio=1.0))


@pytest.mark.parametrize(
    ("words", "expected"),
    [(None, ()), ("", ()), ("A, B", ("A", "B")), (["A,B", " C "], ("A", "B", "C")), (("A",), ("A",)), ([","], ())],
)
def test_lists_of_words(words: list[str] | str | None, expected: tuple[str, ...]) -> None:
    assert split_words(words) == expected


# ---------------------------------------------------------------- options


@pytest.mark.parametrize(
    ("name", "given_value", "read"),
    [
        ("ratio", 2, 2.0),
        ("ratio", math.inf, math.inf),
        ("min_rows", 3, 3),
        ("min-rows", 3, 3),
        ("strict", True, True),
        ("unit", "km", "km"),
        ("sizes", [1, 2, 3], (1, 2, 3)),
        ("sizes", [], ()),
        ("span", [0, 2], (0.0, 2.0)),
        ("mode", "exact", "exact"),
        ("cap", 5, 5),
        ("cap", None, None),
    ],
)
def test_an_option_takes_its_type(name: str, given_value: object, read: object) -> None:
    expected = {"NRM106": {name.replace("-", "_"): read}}
    found = read_limits({"NRM106": {name: given_value}}, "limits")
    assert found == expected
    assert type(found["NRM106"][name.replace("-", "_")]) is type(read)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("ratio", True, "limits: NRM106.ratio is true, expected a number."),
        ("ratio", "1e-5", "limits: NRM106.ratio is '1e-5', expected a number."),
        ("ratio", math.nan, "limits: NRM106.ratio is nan, expected a number."),
        ("min_rows", 2.0, "limits: NRM106.min_rows is 2.0, expected a whole number."),
        ("min_rows", False, "limits: NRM106.min_rows is false, expected a whole number."),
        ("strict", 1, "limits: NRM106.strict is 1, expected true or false."),
        ("unit", 1, "limits: NRM106.unit is 1, expected a text."),
        ("sizes", 16, "limits: NRM106.sizes is 16, expected a list."),
        ("sizes", [1, "2"], "limits: NRM106.sizes is [1, '2'], expected a list, each entry a whole number."),
        ("span", [1], "limits: NRM106.span is [1], expected a list of 2."),
        ("mode", "slow", "limits: NRM106.mode is 'slow', expected one of fast, exact."),
        ("cap", "all", "limits: NRM106.cap is 'all', expected a whole number."),
    ],
)
def test_a_value_of_the_wrong_type_is_refused(name: str, value: object, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_limits({"NRM106": {name: value}}, "limits")
    assert caught.value.message == expected
    assert caught.value.hint is not None
    assert caught.value.hint.startswith(f"{name}: ")


def test_an_unknown_option_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match="NRM106 has no option 'ration'") as caught:
        read_limits({"NRM106": {"ration": 1}}, "limits")
    assert caught.value.hint == "Did you mean 'ratio'?"


def test_options_for_a_rule_without_any() -> None:
    with pytest.raises(ConfigError) as caught:
        read_limits({"flat": {"ratio": 1}}, "limits")
    assert str(caught.value) == "limits: flat has no option 'ratio'.\n  It has no options."


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ({"nearly-flatt": {}}, "limits: options for 'nearly-flatt', which is no rule."),
        ({"NRM106": {}, "nearly-flat": {}}, "limits: NRM106 (nearly-flat) has its options in two places."),
        ({"NRM106": 3}, "limits: NRM106 is 3, expected a table of options."),
        ({"NRM106": {"min_rows": 0}}, "limits: NRM106 (nearly-flat): min_rows is 0, expected at least 1"),
        ([], "limits: [], expected options by rule."),
    ],
)
def test_limits_that_make_no_sense(limits: dict[str, dict[str, object]], expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        build_rules(limits=limits) if limits else read_limits(limits, "limits")
    assert caught.value.message == expected


# ---------------------------------------------------------------- the file


def test_no_file_means_no_settings(tmp_path: Path) -> None:
    assert load_settings(tmp_path) == Settings()


def test_the_nearest_file_upwards_is_read(tmp_path: Path) -> None:
    write(tmp_path / "dataaudit.toml", 'select = ["INP"]')
    write(tmp_path / "a" / "pyproject.toml", '[tool.dataaudit]\nignore = ["flat"]\nfail-on = "warning"\n')
    write(tmp_path / "a" / "b" / "pyproject.toml", '[tool.other]\nselect = ["nothing of ours"]\n')
    deep = tmp_path / "a" / "b" / "c"
    deep.mkdir()
    found = tmp_path / "a" / "pyproject.toml"
    assert load_settings(deep) == Settings(ignore=("flat",), fail_on="warning", path=found)
    assert load_settings(tmp_path) == Settings(select=("INP",), path=tmp_path / "dataaudit.toml")


def test_dataaudit_toml_goes_before_pyproject(tmp_path: Path) -> None:
    write(tmp_path / "dataaudit.toml", 'select = ["INP"]')
    write(tmp_path / "pyproject.toml", '[tool.dataaudit]\nselect = ["NRM"]')
    assert load_settings(tmp_path).select == ("INP",)


def test_options_are_kept_by_code(tmp_path: Path) -> None:
    path = write(tmp_path / "dataaudit.toml", "[rules.nearly-flat]\nratio = 1\nmin-rows = 3\n")
    assert load_settings(explicit=path).rules == {"NRM106": {"ratio": 1.0, "min_rows": 3}}


def test_fail_on_may_be_spelled_with_an_underscore(tmp_path: Path) -> None:
    assert load_settings(explicit=write(tmp_path / "x.toml", 'fail_on = "never"')).fail_on == "never"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('select = ["NRM"', r"settings\.toml: not valid TOML: unclosed array at the end of the file\."),
        ("\nselect = NRM\n", r"settings\.toml:2: not valid TOML: invalid value\."),
        ('selct = ["NRM"]', r"settings\.toml: unknown setting 'selct'\.\n  Did you mean 'select'\?"),
        ('select = "NRM"', r"settings\.toml: select is 'NRM', expected a list of rules\."),
        ("ignore = [1]", r"settings\.toml: ignore, entry 1, is 1, expected a rule or a table\."),
        ('ignore = ["NRM116"]', r"Unknown rule 'NRM116' in ignore \(.*settings\.toml\)\.\n  Did you mean"),
        ('fail-on = "errors"', r"settings\.toml: fail-on is 'errors', expected one of .*\n  Did you mean 'error'\?"),
        ("fail-on = true", r"settings\.toml: fail-on is true, expected one of error, warning, never\."),
        ("rules = 3", r"settings\.toml: rules is 3, expected a table for each rule"),
        ("[rules.flatt]", r"settings\.toml: options for 'flatt', which is no rule\.\n  Did you mean 'flat'\?"),
        ("[rules.NRM106]\nratio = 'x'", r"settings\.toml: NRM106\.ratio is 'x', expected a number\."),
    ],
)
def test_a_file_that_makes_no_sense_is_refused(tmp_path: Path, text: str, expected: str) -> None:
    path = write(tmp_path / "settings.toml", text)
    with pytest.raises(ConfigError) as caught:
        load_settings(explicit=path)
    assert caught.match(expected)
    assert str(caught.value).startswith((str(path), "Unknown rule"))


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "dataaudit.toml"
    path.write_bytes(b'select = ["\xff"]')
    with pytest.raises(ConfigError, match=r"dataaudit\.toml: not UTF-8 \(byte 11\)"):
        load_settings(tmp_path)


def test_a_file_that_is_asked_for_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml: no such settings file\."):
        load_settings(explicit=tmp_path / "none.toml")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_settings(explicit=tmp_path)
    with pytest.raises(ConfigError, match=r"there is no \[tool\.dataaudit\] table"):
        load_settings(explicit=write(tmp_path / "pyproject.toml", "[project]"))
    with pytest.raises(ConfigError, match=r"tool\.dataaudit is 3, expected a table"):
        load_settings(explicit=write(tmp_path / "pyproject.toml", "[tool]\ndataaudit = 3"))


def test_the_command_line_goes_before_the_file() -> None:
    settings = Settings(select=("INP",), ignore=("flat",))
    assert settings.with_words() == settings
    assert settings.with_words(ignore=("holes",)) == Settings(select=("INP",), ignore=("flat", "holes"))
    assert settings.with_words(select=("flat",)) == Settings(select=("flat",))
