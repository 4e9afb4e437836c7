"""What must hold for every statistic and every rule, whatever it counts or judges.

A statistic or rule that is registered is found here by itself, so that a new one is held to these laws from its first
day. Each law is a function that asserts; `test_laws.py` applies them.
"""

from __future__ import annotations

import dataclasses
import json
import pickle
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from dataaudit.model import Chunk, Finding, Outcome, Prunable, Schema, SplitView, State, Status
from dataaudit.profile import Profile  # noqa: F401 - with it, every statistic is registered
from dataaudit.registry import all_rules
from dataaudit.report.json import finding_document
from dataaudit.stats.moments import MomentsState
from dataaudit.stats.sample import SampleState
from dataaudit.stats.state import _CLASSES, decode, encode
from tests.build import cut, observed

SUMS = ("pivot", "rest", "m2", "m3", "m4")
"""Fields of `MomentsState` that are sums of floats, which depend on the order of adding in their last bits."""


def every_statistic() -> list[Any]:
    """Return every registered statistic with its default options, then the same with small bounds."""
    rules = [rule() for rule in all_rules().values()]  # imports what rules keep in files of their own
    asked = [statistic for rule in rules for statistic in rule.needs()]
    plain = [cls() for cls in _CLASSES.values() if hasattr(cls, "rowless")]
    small = [dataclasses.replace(s, **_small(s)) for s in plain if _small(s)]
    return list(dict.fromkeys([*plain, *asked, *small]))


def _small(statistic: Any) -> dict[str, int]:
    return {f.name: 5 for f in dataclasses.fields(statistic) if f.name in ("cap", "size", "bins")}


# ---------------------------------------------------------------- comparing


def content(state: Any) -> Any:
    """Return everything a state holds as plain data that compares bit by bit."""
    if isinstance(state, SampleState):
        codes = {str(name): texts.tolist() for name, texts in state.codes.items()}
        return [state.cap, state.seed, encode(state.hashes), encode(state.rows), encode(state.numbers), codes]
    return json.loads(json.dumps(encode(state)))


def alike(left: Any, right: Any) -> None:
    """Assert that two states hold the same facts: bit by bit, sums of floats apart, which agree to 1e-12.

    The yardstick of a sum of k-th powers is n·range^k. Beyond 1e60 fourth powers leave the range of floats, and the
    sums say nothing any more.
    """
    for a, b in zip(_moments(left), _moments(right), strict=True):
        _sums_alike(a, b)
    assert _without_sums(content(left)) == _without_sums(content(right))


def _moments(thing: Any) -> Iterator[MomentsState]:
    if isinstance(thing, MomentsState):
        yield thing
    elif dataclasses.is_dataclass(thing):
        for field in dataclasses.fields(thing):
            yield from _moments(getattr(thing, field.name))


def _without_sums(data: Any) -> Any:
    if isinstance(data, list):
        return [_without_sums(item) for item in data]
    if not isinstance(data, dict):
        return data
    if data.get("type") == "MomentsState":
        return {name: value for name, value in data["fields"].items() if name not in SUMS}
    return {key: _without_sums(value) for key, value in data.items()}


def _sums_alike(a: MomentsState, b: MomentsState) -> None:
    seen = (a.n > 0) & (np.maximum(np.abs(a.low), np.abs(a.high)) < 1e60)
    n, low, high = a.n[seen].astype(float), a.low[seen], a.high[seen]
    spread = high - low
    at_mean = np.maximum(np.abs(low), np.abs(high))
    assert np.all(np.abs(a.mean[seen] - b.mean[seen]) <= 1e-12 * spread + 4 * np.spacing(at_mean))
    for power, name in enumerate(("m2", "m3", "m4"), 2):
        difference = np.abs(getattr(a, name)[seen] - getattr(b, name)[seen])
        assert np.all(difference <= 1e-12 * n * spread**power + 1e-300), name


# ---------------------------------------------------------------- laws of statistics


def merging_is_one_pass(statistic: Any, schema: Schema, rows: Chunk, cuts: Sequence[int]) -> None:
    """Merging the states of any parts gives the state of the whole, and many chunks the state of one."""
    whole = observed(statistic, schema, [rows])
    parts = cut(rows, cuts)
    alike(observed(statistic, schema, parts), whole)
    states = [observed(statistic, schema, [part]) for part in parts]
    alike(_folded(states), whole)
    alike(_from_the_right(states), whole)


def merging_is_associative(statistic: Any, schema: Schema, rows: Chunk, cuts: tuple[int, int]) -> None:
    """(a + b) + c = a + (b + c)."""
    a, b, c = (observed(statistic, schema, [part]) for part in cut(rows, cuts))
    alike(a.merge(b).merge(c), a.merge(b.merge(c)))


def order_of_parts_is_free(statistic: Any, schema: Schema, rows: Chunk, cuts: tuple[int, int]) -> None:
    """Parts that arrive out of order give the same facts, since each knows its place."""
    a, b, c = (observed(statistic, schema, [part]) for part in cut(rows, cuts))
    alike(c.merge(a).merge(b), a.merge(b).merge(c))


def no_rows_change_nothing(statistic: Any, schema: Schema, rows: Chunk) -> None:
    """The state of no rows is the identity of merging, on both sides; so is a chunk without rows."""
    state = observed(statistic, schema, [rows])
    alike(statistic.start(schema).merge(state), state)
    alike(state.merge(statistic.start(schema)), state)
    before = content(state)
    state.observe(cut(rows, [rows.n_rows])[1])
    assert content(state) == before


def operands_stay(statistic: Any, schema: Schema, rows: Chunk, at: int) -> None:
    """Neither merging nor what is done to the result later reaches back into the operands."""
    left, right = (observed(statistic, schema, [part]) for part in cut(rows, [at]))
    before = content(left), content(right)
    joined = left.merge(right)
    assert (content(left), content(right)) == before
    joined.observe(_moved(rows))
    joined.merge(left)
    assert (content(left), content(right)) == before


def _moved(rows: Chunk) -> Chunk:
    (copy,) = cut(rows, [])
    copy.start = rows.stop
    return copy


def rows_stay(statistic: Any, schema: Schema, rows: Chunk) -> None:
    """Observing writes nothing to the rows."""
    before = _bytes(rows)
    observed(statistic, schema, [rows])
    assert _bytes(rows) == before


def _bytes(rows: Chunk) -> list[Any]:
    codes = [(name, codes.indices.tobytes(), list(codes.values)) for name, codes in rows.codes.items()]
    return [rows.numbers.tobytes(), codes, None if rows.pixels is None else rows.pixels.tobytes()]


def pickles(statistic: Any, schema: Schema, rows: Chunk, at: int) -> None:
    """A state that went through pickle goes on as if nothing had happened."""
    first, second = cut(rows, [at])
    state = pickle.loads(pickle.dumps(observed(statistic, schema, [first])))
    state.observe(second)
    assert content(state) == content(observed(statistic, schema, [first, second]))
    assert pickle.loads(pickle.dumps(statistic)) == statistic


def saves(statistic: Any, schema: Schema, rows: Chunk) -> None:
    """A state without rows goes through JSON and comes back equal, and merges on."""
    if not statistic.rowless:
        return
    state = observed(statistic, schema, [rows])
    text = json.dumps(encode([statistic, state]), allow_nan=False)
    again_statistic, again = decode(json.loads(text))
    assert again_statistic == statistic
    assert hash(again_statistic) == hash(statistic)
    assert type(again) is type(state)
    assert json.dumps(encode([again_statistic, again])) == text
    alike(again.merge(observed(statistic, schema, [_moved(rows)])), observed(statistic, schema, [rows, _moved(rows)]))


def pruning_shows_nothing(statistic: Any, schema: Schema, rows: Chunk, at: int) -> None:
    """A state that was told what need not be collected merges to the same facts."""
    first, second = cut(rows, [at])
    before, pruned = observed(statistic, schema, [first]), statistic.start(schema)
    if isinstance(pruned, Prunable):
        pruned.prune(before)
        pruned.observe(second)
        alike(before.merge(pruned), observed(statistic, schema, [rows]))


def _folded(states: Sequence[Any]) -> Any:
    total = states[0]
    for state in states[1:]:
        total = total.merge(state)
    return total


def _from_the_right(states: Sequence[Any]) -> Any:
    total = states[-1]
    for state in reversed(states[:-1]):
        total = state.merge(total)
    return total


# ---------------------------------------------------------------- laws of rules


def answers_honestly(outcome: Outcome, splits: dict[str, SplitView]) -> None:
    """A check ends in one of four ways, with what each owes to the reader."""
    assert outcome.status is not Status.CRASHED, outcome.reason
    assert (outcome.status is Status.FOUND) == bool(outcome.findings)
    if outcome.status in (Status.NOT_APPLICABLE, Status.SKIPPED):
        assert outcome.reason
    if outcome.status is Status.CLEAN:
        assert outcome.reason is None
    for finding in outcome.findings:
        _is_complete(finding, splits)


def _is_complete(finding: Finding, splits: dict[str, SplitView]) -> None:
    known = set(next(iter(splits.values())).schema.by_name)
    json.dumps(finding_document(finding, ""), allow_nan=False)
    assert finding.message
    assert not finding.message.endswith((".", "\n"))
    assert "nan" not in finding.message.split()
    assert finding.severity is not None
    assert finding.splits
    assert set(finding.splits) <= set(splits)
    assert set(finding.columns) <= known
    assert finding.confidence is None or 0.0 <= finding.confidence <= 1.0
    assert finding.row_count >= len(finding.rows)
    n_rows = splits[finding.splits[-1]].n_rows
    assert all(isinstance(row, str) or 0 <= row < n_rows for row in finding.rows)


def said(outcomes: Sequence[Outcome]) -> list[Any]:
    """Return what rules said, without how long they took and the last bits of floats in evidence."""
    return [
        (o.rule, o.split, o.status, o.reason, o.measured,
         [(f.fingerprint, f.message, f.columns, f.rows, f.row_count, f.severity) for f in o.findings])
        for o in outcomes
    ]  # fmt: skip


def keeps_protocol(state: Any) -> None:
    """Every state observes and merges."""
    assert isinstance(state, State)
