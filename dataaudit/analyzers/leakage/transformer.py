"""LEA108 transformer-fit-on-all."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from dataaudit.analyzers.common import joined, listing, number, plural, train_of
from dataaudit.analyzers.leakage.transformer_judge import ACCEPT, Clock, Told, judge
from dataaudit.analyzers.leakage.transformer_learned import as_numbers, difference, is_number
from dataaudit.analyzers.leakage.transformer_rows import Rows, Union, inputs_of
from dataaudit.analyzers.leakage.transformer_walk import TARGET_ENCODERS, Step, steps_of
from dataaudit.model import CannotTell, Finding, NotApplicable, Passed, Severity, SplitView, Trace, option
from dataaudit.registry import register

MOST_SPLITS = 4
"""Five splits have 31 unions, each a refit of every step."""

FIX = (
    "- transformer.fit(X)                          # before the split\n"
    "+ transformer.fit(X_train)                    # after it\n"
    "+ X_train, X_test = transformer.transform(X_train), transformer.transform(X_test)"
)
_SHOWN = 10


@register
@dataclass(frozen=True)
class TransformerFitOnAll:
    """A fitted transformer that holds statistics of more rows than train.

    ## Why it matters
    Test rows have shaped the inputs that the model is trained on: their means, their categories, even their labels
    where the step is fitted with the target. The test score is then no unbiased estimate.

    ## How it decides
    Each step within the transformer (Pipeline, ColumnTransformer and FeatureUnion, however nested) is fed what the
    fitted steps before it make of the raw splits, and is fitted again on train, and on every other union of the splits
    where train does not give the same. Every learned attribute must be equal to one part in 10⁶ (10³ for
    PowerTransformer, whose search stops early). Train that fits is passed, even if another union fits too.

    A union beyond train is an error where so many values fit that an accident is less probable than 10⁻⁶: a mean
    counts by the digits that it could have, a median or an extreme by the values around it. Matches that rest on less,
    such as one category that train never shows, are a note; vocabularies of texts alone are a warning. In the same
    transformer they are errors where another step shows the same rows beyond doubt.

    ## What to do
    Split first, then fit the whole Pipeline on train; cross_val_score and GridSearchCV do so by themselves if they are
    given the Pipeline.

    ## When to ignore it
    A final model may be fitted on train and validation together, as long as only test is reported. A vocabulary that
    was declared, not learnt, looks the same as one that was learnt from all rows.

    ## When it cannot tell
    No transformer was given; rows were dropped or changed since it was fitted; the splits are not the raw ones; a step
    draws at random without random_state, or depends on the order of rows; the time for refits is used up; there are
    more than four splits. A model at the end of the Pipeline is not compared.
    """

    code: ClassVar[str] = "LEA108"
    name: ClassVar[str] = "transformer-fit-on-all"
    severity: ClassVar[Severity] = Severity.ERROR
    consequence: ClassVar[str] = "inflates the test score, since test rows shaped the inputs"
    tips: ClassVar[tuple[str, ...]] = ("37.15",)

    seconds: float = option(60.0, "time for fitting steps again, in seconds; steps beyond it are left out and named")

    def needs(self) -> tuple[()]:
        return ()

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        context = next(iter(splits.values())).context
        if context.transformer is None:
            raise NotApplicable("no fitted transformer was given")
        if context.schema.pictures or context.schema.pixels:
            raise NotApplicable("pictures are no table that a transformer is fitted on")
        ordered = _ordered(splits)
        steps, target = _steps(context.transformer, ordered)
        clock = Clock(self.seconds)
        told = [judge(step, target, tuple(ordered), clock) for step in steps if not step.predictor]
        sure = {union for t in told if t.verdict == "leak" and not t.only_words for union in t.unions}
        for t in told:
            if t.verdict in ("leak", "weak"):
                yield _finding(t, tuple(ordered), backed=any(u in sure for u in t.unions))
            elif t.verdict != "nothing":
                yield Passed(_said(t), _trace(t, tuple(ordered)))
        yield from _summary(told, [s for s in steps if s.predictor])


def _ordered(splits: Mapping[str, SplitView]) -> dict[str, SplitView]:
    filled = {name: split for name, split in splits.items() if split.n_rows}
    if not filled:
        raise NotApplicable("there are no rows")
    if len(filled) > MOST_SPLITS:
        raise CannotTell(f"{plural(len(filled), 'split')} have more unions than steps are fitted again on")
    train = train_of(filled).name
    return {train: filled[train], **{name: split for name, split in filled.items() if name != train}}


def _steps(transformer: Any, splits: Mapping[str, SplitView]) -> tuple[list[Step], Rows | None]:
    X, y, names = inputs_of(splits, transformer)
    if type(transformer).__name__ in TARGET_ENCODERS:
        names = next(iter(splits.values())).schema.targets
    steps = list(steps_of(transformer, X, y, names))
    if all(step.predictor for step in steps):
        what = type(steps[0].estimator).__name__ if steps else type(transformer).__name__
        raise CannotTell(f"{what} is a model, not a transformer: give what is fitted before it, or the whole Pipeline")
    return steps, y


def _summary(told: Sequence[Told], predictors: Sequence[Step]) -> Iterator[Passed]:
    left = f"; {joined([p.title for p in predictors])}, the model at its end, was not compared" if predictors else ""
    unsure = [t for t in told if t.verdict in ("none", "ambiguous", "skipped")]
    good = [t for t in told if t.verdict == "train"]
    if unsure:
        others = f"; {plural(len(good), 'other step')} fitted on train" if good else ""
        reasons = [f"{t.step.title}: {t.why}" for t in unsure[:3]]
        more = f"; {len(unsure) - 3} more likewise" if len(unsure) > 3 else ""
        raise CannotTell("; ".join(reasons) + more + others + left)
    if good:
        yield Passed("; ".join(_said(t) for t in good[:4]) + (f"; {len(good) - 4} more" if good[4:] else "") + left)
    elif all(t.verdict == "nothing" for t in told):
        yield Passed(f"no step learns anything from the rows{left}")


# ---------------------------------------------------------------- words


def _name(union: Union) -> str:
    return " + ".join(union)


def _said(told: Told) -> str:
    if told.verdict != "train":
        return f"{told.step.title}: {told.why}"
    what = joined(_heads(told))
    if len(told.refits) > 1 and not any(told.log10_p.values()):
        return f"{told.step.title} fitted on {_name(told.unions[0])} ({what}; no other rows would teach it otherwise)"
    return f"{told.step.title} fitted on {_name(told.unions[0])} ({what} equal{_close(told.off)})"


def _heads(told: Told, most: int = 3) -> list[str]:
    """Return the attributes that speak for the answer, each once: "categories_" for "categories_[0]"."""
    heads = (a.split("[")[0] for a in told.attributes)
    return list(dict.fromkeys(h.rsplit(".", 1)[-1] if h.startswith("_") else h for h in heads))[:most]


def _close(off: float) -> str:
    """Return " to 1e-12", with the next power of ten above a relative difference, or nothing where there is none."""
    return "" if off == 0.0 else f" to 1e{math.ceil(math.log10(max(off, 1e-16)))}"


def _trace(told: Told, splits: tuple[str, ...], *, backed: bool = False) -> Trace:
    weak = "leak" if backed else "ambiguous"
    verdict = {"train": "train", "leak": "leak", "weak": weak, "ambiguous": "ambiguous"}.get(told.verdict, "none")
    if verdict == "train":
        said = f"fitted on {splits[0]} alone, as it should be"
        if len(told.refits) > 1 and not any(told.log10_p.values()):
            said = f"fits {splits[0]}; it would have learnt the same from the other splits"
        elif len(told.unions) > 1:
            said = f"fitted on {splits[0]}; other rows would have taught it the same"
    elif verdict == "leak":
        said = f"fitted on {' or '.join(map(_name, told.unions))}, not on {splits[0]} alone"
    elif verdict == "ambiguous" and told.unions:
        said = f"fits {' or '.join(map(_name, told.unions))} and not {splits[0]}, by too few values to be sure"
    else:
        said = f"{told.why}: cannot tell"
    fitted = tuple(_name(u) for u in told.unions[:1]) if verdict in ("train", "leak") else ()
    log10 = {_name(u): told.log10_p.get(u, 0.0) for u in told.refits}
    return Trace(told.step.title, told.step.columns, splits, log10, fitted, verdict, said)


def _finding(told: Told, splits: tuple[str, ...], *, backed: bool) -> Finding:
    union, train = told.unions[0], splits[0]
    severity = Severity.ERROR
    if not backed:
        severity = Severity.NOTE if told.verdict == "weak" else Severity.WARNING if told.only_words else Severity.ERROR
    where = f"{_name(union)} together, not on {train} alone" if train in union else f"{_name(union)}, without {train}"
    if len(told.unions) > 1:
        where += f" ({' or '.join(_name(u) for u in told.unions[1:])} would give the same)"
    sure = severity is not Severity.NOTE
    heads = _heads(told)
    message = (
        f"{told.step.title} {'was' if sure else 'may have been'} fitted on {where}: a refit on these rows gives its "
        f"{joined(heads)} again (over {listing(told.step.columns)}; equal{_close(told.off)})"
    )
    if not sure:
        message += "; few values speak for it: rows dropped since, or a declared list, would look the same"
    evidence = {
        "step": told.step.title,
        "class": type(told.step.estimator).__name__,
        "fitted_on": [list(u) for u in told.unions],
        "attributes": list(told.attributes[:_SHOWN]),
        "not_reproduced": list(told.lost[:_SHOWN]),
        "largest_relative_difference": told.off,
        "log10_p": {_name(u): p for u, p in told.log10_p.items()},
        "accepted_below": 10.0**ACCEPT,
    }
    table = _table(told, union, train)
    return Finding(
        message,
        splits=splits,
        columns=told.step.columns,
        severity=severity,
        confidence=None if sure else round(1.0 - 10 ** told.log10_p[union], 3),
        evidence={**evidence, "table": table} if table["rows"] else evidence,
        figure=_figure(told, union),
        fix=FIX,
        place=told.step.path or type(told.step.estimator).__name__,
        trace=_trace(told, splits, backed=backed),
    )


# ---------------------------------------------------------------- numbers to look at


@dataclass(frozen=True)
class _Value:
    """One learned number, in the step's own hands and as each union gives it."""

    label: str
    mine: float
    refits: Mapping[Union, float]


def _values(told: Told) -> list[_Value]:
    """Return the numbers of the strongest attributes that differ most from what unions that do not fit give."""
    found: list[tuple[float, _Value]] = []
    for attribute in told.attributes[:3]:
        mine = as_numbers(told.mine[attribute])
        refits = {u: as_numbers(r[attribute]) for u, r in told.refits.items() if attribute in r}
        if not is_number(mine) or any(r.shape != mine.shape or not is_number(r) for r in refits.values()):
            continue
        others = [u for u in refits if u not in told.unions]
        if not others:
            continue
        with np.errstate(invalid="ignore", divide="ignore"):
            apart = np.min([np.divide(*_safe(refits[u], mine)) for u in others], axis=0)
        for k in np.argsort(-apart, axis=None, kind="stable")[:4]:
            at = np.unravel_index(int(k), mine.shape)
            column = at[-1] if mine.ndim and mine.shape[-1] == len(told.step.columns) else None
            label = f"{attribute}[{', '.join(str(i) for i in at)}]" if mine.size > 1 else attribute
            if column is not None:
                name = told.step.columns[int(column)]
                label = f"{name if isinstance(name, str) else f'column {name}'}: {attribute}"
            value = _Value(label, float(mine[at]), {u: float(r[at]) for u, r in refits.items()})
            found.append((float(apart[at]), value))
    return [value for gap, value in found if gap > 0][:_SHOWN]


def _safe(a: Any, b: Any) -> tuple[Any, Any]:
    off, size = difference(a, b)
    return np.where(np.isfinite(off), off, 0.0), np.where(size > 0, size, 1.0)


def _table(told: Told, union: Union, train: str) -> dict[str, Any]:
    rows: list[list[str]] = [
        [v.label, number(v.mine), number(v.refits[(train,)]), number(v.refits[union])]
        for v in _values(told)
        if (train,) in v.refits
    ]
    heading = ["learnt", "in the transformer", f"refit on {train}", f"refit on {_name(union)}"]
    if not rows:
        rows = _words(told, train)
        heading = ["learnt", f"not in {train}"]
    return {"caption": f"What {told.step.title} holds, and what the rows give", "columns": heading, "rows": rows}


def _words(told: Told, train: str) -> list[list[str]]:
    """Return, for each vocabulary, the words that train never shows."""
    rows = []
    for attribute in told.attributes[:_SHOWN]:
        here = told.refits.get((train,), {}).get(attribute)
        if here is None:
            continue
        known = set(map(str, here.ravel().tolist()))
        extra = [w for w in map(str, told.mine[attribute].ravel().tolist()) if w not in known]
        if extra:
            rows.append([attribute, ", ".join(extra[:5]) + (f" and {len(extra) - 5:,} more" if extra[5:] else "")])
    return rows


def _figure(told: Told, union: Union) -> dict[str, Any] | None:
    values = _values(told)[:6]
    unions = list(told.refits)
    if not values:
        return None
    rows: list[dict[str, Any]] = [
        {"label": v.label, "cells": [_cell(v.mine, v.refits.get(u)) for u in unions]} for v in values
    ]
    powers = [told.log10_p.get(u, 0.0) for u in unions]
    rows.append({"label": "by accident", "cells": ["–" if p == 0 else f"1e{p:.0f}" for p in powers]})
    return {
        "kind": "matrix",
        "caption": f"Which rows give what {told.step.title} holds? Each cell: how far a refit on these rows is from it",
        "columns": [_name(u) for u in unions],
        "rows": rows,
        "hit": unions.index(union),
        "want": 0,
    }


def _cell(mine: float, refit: float | None) -> str:
    if refit is None:
        return "–"
    size = max(abs(mine), abs(refit))
    off = 0.0 if size == 0 else (refit - mine) / size
    if not np.isfinite(off):
        return "–"
    return "equal" if abs(off) < 1e-6 else f"{100 * off:+.2g} %"
