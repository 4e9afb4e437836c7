"""The laws, applied to every registered statistic and rule on friendly, hostile and random rows."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dataaudit
from dataaudit import advice, engine
from dataaudit.model import (
    Chunk,
    Column,
    Dataset,
    Location,
    Picture,
    Role,
    Schema,
    Severity,
    Source,
    Stage,
    Storage,
    rule_options,
)
from dataaudit.registry import FAMILIES, SECTIONS, all_rules, manual
from tests import laws
from tests.build import chunks, cut, every_rule, images, picked, table, views

STATISTICS = laws.every_statistic()
RULES = all_rules()

# ---------------------------------------------------------------- rows to try


def _holes(n: int = 300) -> tuple[Schema, Chunk]:
    """Return a table with a missing cell in every column, its labels among them."""
    data = table(n, seed=1)
    for j, name in enumerate(data.columns):
        if name != "active":
            data.loc[np.arange(n) % 11 == j, name] = None
    schema, (rows,) = chunks(data, target="y")
    return schema, rows


def _wild(n: int = 300) -> tuple[Schema, Chunk]:
    """Return numbers of every kind: infinite, missing, both zeros, subnormal, huge level with tiny spread, sorted."""
    rng = np.random.default_rng(2)
    X = rng.normal(size=(n, 6))
    X[::7, 0], X[1::9, 0], X[2::9, 0] = np.nan, np.inf, -np.inf
    X[:, 1] = np.where(rng.random(n) < 0.5, 0.0, -0.0)
    X[:, 2] = rng.integers(-3, 4, n) * 5e-324
    X[:, 3] = 1e9 + 1e-3 * X[:, 3]
    X[:, 4] = np.nan
    schema, (rows,) = chunks((X, np.sort(rng.integers(0, 5, n))))
    return schema, rows


def _image_array(n: int = 60) -> tuple[Schema, Chunk]:
    """Return pictures as floats with NaN and infinite pixels."""
    pixels, labels = images(n, size=4)
    X = pixels / 255.0
    X[3, 0, 0, 0], X[20, 1, 1, 1], X[40:42] = np.nan, np.inf, np.nan
    schema, (rows,) = chunks((X, labels))
    return schema, rows


def _picture_files(n: int = 24) -> tuple[Schema, Chunk]:
    """Return picture files of several sizes and modes, some broken, some under a wrong suffix."""
    rng = np.random.default_rng(3)
    files = []
    for i in range(n):
        if i % 7 == 0:
            files.append(Picture(f"a/{i}.jpg", error="truncated"))
            continue
        width, bands = 2 + i % 9, 3 if i % 2 else 1
        pixels = rng.integers(0, 256, (3, width, bands), dtype=np.uint8)
        kind = "PNG" if i % 5 == 0 else "JPEG"
        files.append(Picture(f"a/{i}.jpg", pixels, None, width, 3, "RGB" if i % 2 else "L", kind))
    schema = Schema((Column("label", Storage.CATEGORY, "class", Role.TARGET),), pictures=True)
    codes = chunks(pd.DataFrame({"label": rng.choice(["cat", "dog"], n)}))[1][0].codes
    return schema, Chunk("train", 0, n, np.zeros((0, n)), codes, pictures=lambda: files)


ROWS: dict[str, tuple[Schema, Chunk]] = {
    "table": _holes(),
    "wild numbers": _wild(),
    "image array": _image_array(),
    "picture files": _picture_files(),
}

every_statistic = pytest.mark.parametrize("statistic", STATISTICS, ids=repr)
all_rows = pytest.mark.parametrize("kind", ROWS)

# ---------------------------------------------------------------- statistics


@every_statistic
@all_rows
class TestStatistics:
    """Each law on each kind of rows."""

    def test_state_keeps_the_protocol(self, statistic: Any, kind: str) -> None:
        laws.keeps_protocol(statistic.start(ROWS[kind][0]))

    @pytest.mark.parametrize("step", [1, 7, 64])
    def test_merging_is_one_pass(self, statistic: Any, kind: str, step: int) -> None:
        schema, rows = ROWS[kind]
        laws.merging_is_one_pass(statistic, schema, rows, range(step, rows.n_rows, step))

    def test_merging_is_associative(self, statistic: Any, kind: str) -> None:
        laws.merging_is_associative(statistic, *ROWS[kind], (5, 21))

    def test_order_of_parts_is_free(self, statistic: Any, kind: str) -> None:
        laws.order_of_parts_is_free(statistic, *ROWS[kind], (5, 21))

    def test_no_rows_change_nothing(self, statistic: Any, kind: str) -> None:
        laws.no_rows_change_nothing(statistic, *ROWS[kind])

    def test_operands_stay(self, statistic: Any, kind: str) -> None:
        laws.operands_stay(statistic, *ROWS[kind], 13)

    def test_rows_stay(self, statistic: Any, kind: str) -> None:
        laws.rows_stay(statistic, *ROWS[kind])

    def test_pickles(self, statistic: Any, kind: str) -> None:
        laws.pickles(statistic, *ROWS[kind], 13)

    def test_saves(self, statistic: Any, kind: str) -> None:
        laws.saves(statistic, *ROWS[kind])

    def test_pruning_shows_nothing(self, statistic: Any, kind: str) -> None:
        laws.pruning_shows_nothing(statistic, *ROWS[kind], 13)


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
floats = st.one_of(st.floats(), st.floats(-10, 10), st.sampled_from([0.0, -0.0, 5e-324, -1e-300, 1e300, 1e9 + 1e-3]))
row = st.tuples(floats, st.none() | texts, st.none() | st.integers(-3, 3))


@st.composite
def random_rows(draw: st.DrawFn) -> tuple[Schema, Chunk, list[int]]:
    """Return rows of a number, a text and a whole number as label, and places to cut them."""
    rows = draw(st.lists(row, min_size=1, max_size=40))
    labels = pd.array([r[2] for r in rows], dtype="Int64")
    data = pd.DataFrame({"x": [r[0] for r in rows], "t": pd.array([r[1] for r in rows], "str"), "y": labels})
    start = draw(st.sampled_from([0, 1, 15, 16, 1000, 2**40]))
    schema, (whole,) = chunks(data, target="y", start=start)
    return schema, whole, draw(st.lists(st.integers(0, len(rows)), max_size=8))


@every_statistic
@settings(max_examples=25)
@given(data=random_rows())
def test_random_rows(statistic: Any, data: tuple[Schema, Chunk, list[int]]) -> None:
    """Any floats, texts and labels, cut anywhere, at any position of a split."""
    schema, rows, cuts = data
    laws.merging_is_one_pass(statistic, schema, rows, cuts)
    laws.no_rows_change_nothing(statistic, schema, rows)
    laws.saves(statistic, schema, rows)
    laws.pruning_shows_nothing(statistic, schema, rows, rows.n_rows // 2)


# ---------------------------------------------------------------- rules


def test_rules_are_found() -> None:
    assert {"NRM105", "LEA101", "LAB101", "BAT101", "INP101", "IMG101"} <= set(RULES)


NO_FACTS = {"BAT117", "BAT118", "EXP101", "LEA108", "SET101", "SET102"}
"""Rules that judge what came with the data: stages, a fitted transformer, a suite of expectations, the settings."""


@pytest.mark.parametrize("code", RULES)
class TestRules:
    """What every rule owes to its readers."""

    def test_code_and_name(self, code: str) -> None:
        rule = RULES[code]
        assert rule.code == code
        assert code[:3] in FAMILIES
        assert len(code) == 6
        assert code[3:].isdigit()
        assert rule.name == rule.name.lower()
        assert set(rule.name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
        assert [r.code for r in RULES.values() if r.name == rule.name] == [code]

    def test_manual_has_its_sections(self, code: str) -> None:
        page = manual(RULES[code])
        assert page.summary
        assert tuple(page.sections) == SECTIONS
        assert all(page.sections.values())

    def test_consequence_completes_training_on_this(self, code: str) -> None:
        consequence = RULES[code].consequence
        assert consequence
        assert consequence == consequence.strip().rstrip(".")

    def test_severity_is_one_of_three(self, code: str) -> None:
        assert isinstance(RULES[code].severity, Severity)

    def test_options_are_documented_and_frozen(self, code: str) -> None:
        rule = RULES[code]()
        for default, help_text in rule_options(rule).values():
            assert help_text
            assert default is not dataclasses.MISSING
        assert hash(rule) == hash(RULES[code]())
        assert RULES[code].__dataclass_params__.frozen  # type: ignore[attr-defined]

    def test_tips_are_items_of_the_advice(self, code: str) -> None:
        assert set(RULES[code].tips) <= set(advice.TITLES)

    def test_needs_are_statistics(self, code: str) -> None:
        needs = RULES[code]().needs()
        assert needs or code in NO_FACTS, "rules judge facts"
        assert set(needs) <= set(STATISTICS)


def _frame(values: Any, labels: Any = None) -> pd.DataFrame:
    a = np.asarray(values, dtype=float)
    y = np.where(np.arange(len(a)) % 3 == 0, "u", "v") if labels is None else labels
    return pd.DataFrame({"a": a, "b": a[::-1], "y": y})


def _hostile() -> Iterator[tuple[str, tuple[Any, ...], dict[str, Any]]]:
    target = {"target": "y"}
    for n in (1, 2, 15, 200):
        sign = np.where(np.arange(n) % 2, 1.0, -1.0)
        for name, value in {
            "NaN": np.nan, "infinite": np.inf, "zero": -0.0, "huge": 1e300, "largest": 1.7976931348623157e308,
            "subnormal": 5e-324, "tiny normal": 2.3e-308,
        }.items():  # fmt: skip
            yield f"{n} rows, all {name}", (_frame(np.full(n, value)),), target
            yield f"{n} rows, plus and minus {name}", (_frame(value * sign),) * 2, target
            yield f"{n} rows, target {name}", (_frame(value * sign),), {"target": "a"}
            yield f"{n} array rows, all {name}", (np.full((n, 3), value),), {}
        ends = np.resize([1.7976931348623157e308, -1.7976931348623157e308, 5e-324, 0.0, -1.0], n)
        yield f"{n} rows over the whole range of floats", (_frame(ends), _frame(-ends)), target
        yield f"{n} array rows over the whole range of floats", (np.stack([ends, ends / 2], axis=1),), {}
        yield f"{n} rows, one class", (table(n).assign(y="a"), table(n).assign(y="a")), target
        yield f"{n} rows, no label at all", (table(n).assign(y=None),), target
        yield f"{n} rows, no target", (table(n), table(n, 1), table(n, 2)), {}
        yield f"{n} rows, each its own class", (table(n).assign(y=[f"c{i}" for i in range(n)]),), target
        yield f"{n} rows, several targets", (table(n),), {"target": ["age", "rooms"]}
        yield f"{n} rows, target alone", (table(n)[["y"]],), target
        yield f"{n} black pictures", ((np.zeros((n, 4, 4, 3), np.uint8), np.zeros(n, int)),), {}
        yield f"{n} pictures of NaN", ((np.full((n, 4, 4, 3), np.nan), np.arange(n) % 2),), {}
        yield f"{n} pictures of infinity", ((np.full((n, 4, 4, 1), np.inf), np.arange(n) % 2),), {}
        yield f"{n} labels in test only", (table(n).assign(y=None), table(n), table(n)), target


HOSTILE = {name: (data, loading) for name, data, loading in _hostile()}


@pytest.mark.parametrize("name", HOSTILE)
def test_every_rule_answers_honestly(name: str) -> None:
    """No warning (they are errors here), no crash, and an answer with its reason, from every rule."""
    data, loading = HOSTILE[name]
    for stage in Stage:
        splits = views(*data, stage=stage, **loading)
        outcomes = engine.judge(every_rule(), splits)
        assert {o.rule for o in outcomes} == set(RULES)
        for outcome in outcomes:
            laws.answers_honestly(outcome, splits)


@pytest.mark.parametrize("kind", ROWS)
def test_every_rule_answers_on_ordinary_rows(kind: str) -> None:
    schema, rows = ROWS[kind]
    for split, outcomes in [_verdicts(Recut(schema, rows, cuts)) for cuts in ([], [10], [1, 1, 20])]:
        for outcome in outcomes:
            laws.answers_honestly(outcome, split)


@pytest.mark.parametrize("kind", ROWS)
def test_rules_say_the_same_however_rows_are_cut(kind: str) -> None:
    schema, rows = ROWS[kind]
    whole = laws.said(_verdicts(Recut(schema, rows, []))[1])
    for cuts in (range(1, rows.n_rows), range(0, rows.n_rows, 10), [5, 5, 6]):
        assert laws.said(_verdicts(Recut(schema, rows, cuts))[1]) == whole


class Recut:
    """A source that cuts its rows where asked."""

    def __init__(self, schema: Schema, rows: Chunk, cuts: Sequence[int]) -> None:
        self.split, self.schema = rows.split, schema
        self._rows, self._cuts = rows, cuts

    @property
    def n_rows(self) -> int | None:
        return self._rows.n_rows

    def chunks(self) -> Iterator[Chunk]:
        yield from cut(self._rows, self._cuts)

    def locate(self, rows: Sequence[int]) -> list[Location]:
        return []

    def row_names(self, rows: Sequence[int]) -> list[str] | None:
        return None

    def fetch(self, rows: Sequence[int]) -> Chunk:
        return picked(self._rows, rows)


def _verdicts(source: Source, jobs: int = 1) -> tuple[dict[str, Any], tuple[Any, ...]]:
    dataset = Dataset("d", "table", {"train": source}, {"train": "train"}, Stage.MODEL_READY)
    facts = engine.profile(dataset, engine.plan(every_rule()), stage=dataset.stage, jobs=jobs)
    splits = engine.views(facts, dataset.sources)
    return splits, engine.judge(every_rule(), splits)


# ---------------------------------------------------------------- the same bytes


def _plain(report: Any) -> str:
    """Return report.json without the times, which alone may differ."""
    document = json.loads(report.to_json())
    del document["provenance"]["started"], document["provenance"]["seconds"]
    for check in document["checks"]:
        del check["seconds"]
    return json.dumps(document)


def _many_values() -> tuple[Any, ...]:
    """Return pictures that come in many chunks, with labels of more classes than a sketch keeps."""
    pixels, _ = images(1800, size=64, seed=5)
    return ((pixels[:1500], np.arange(1500) * 0.37), (pixels[1500:], np.arange(300) * 0.11))


@pytest.mark.parametrize(
    ("data", "target"),
    [
        pytest.param(lambda: (table(500), table(200, 1), table(200, 2)), "y", id="table"),
        pytest.param(_many_values, None, id="pictures"),
        pytest.param(lambda: (images(200, seed=3),), None, id="classes"),
    ],
)
def test_same_seed_same_bytes_whatever_the_workers(data: Callable[[], tuple[Any, ...]], target: str | None) -> None:
    splits = dict(zip(("train", "validation", "test"), data(), strict=False))
    reports = [_plain(dataaudit.audit(**splits, target=target, seed=7, jobs=jobs)) for jobs in (1, 1, 2, 5)]
    assert reports[1:] == reports[:1] * 3


def test_workers_leave_no_trace_in_facts() -> None:
    """Segments are told what earlier ones hold, which depends on the clock; the facts must not."""
    rng = np.random.default_rng(0)
    X = np.stack([rng.normal(size=9000), rng.integers(0, 3000, 9000)], axis=1)
    schema, (rows,) = chunks(pd.DataFrame(X).assign(y=[f"t{i % 4000}" for i in range(9000)]), target="y")
    source = Recut(schema, rows, range(50, 9000, 50))
    saved = [_facts(source, jobs) for jobs in (1, 2, 2, 2, 4)]
    assert all(digest == saved[0] for digest in saved)


def _facts(source: Source, jobs: int) -> str:
    states, _ = engine.scan(source, STATISTICS, jobs)
    return json.dumps([laws.content(state) for state in states.values()])


def test_inputs_stay_untouched() -> None:
    X = np.asfortranarray(np.random.default_rng(0).normal(size=(50, 3)))
    X[3, 1] = np.nan
    y = np.arange(50) % 2
    frame = table(60)
    before = X.tobytes(), y.tobytes(), frame.copy(deep=True)
    X.flags.writeable = y.flags.writeable = False
    dataaudit.audit((X, y), jobs=2)
    dataaudit.audit(frame, target="y", jobs=2)
    assert (X.tobytes(), y.tobytes()) == before[:2]
    pd.testing.assert_frame_equal(frame, before[2])
