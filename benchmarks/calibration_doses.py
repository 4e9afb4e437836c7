"""Faults of three strengths for each rule, put into real tables that were split at random.

A fault takes a `Case` and returns another, or None where the table has nothing that it could spoil.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Case:
    """A table that was split at random, as `audit` takes it."""

    train: pd.DataFrame
    test: pd.DataFrame
    target: str
    classes: bool
    stage: str = "raw"

    @property
    def numbers(self) -> list[str]:
        """Inputs that are quantities: numbers with more than 20 distinct values."""
        inputs = self.train.drop(columns=self.target).select_dtypes("number")
        return [c for c in inputs if inputs[c].nunique() > 20]

    @property
    def texts(self) -> list[str]:
        """Inputs that are categories as text."""
        inputs = self.train.drop(columns=self.target).select_dtypes(["object", "str", "category"])
        return [c for c in inputs if 2 <= inputs[c].nunique() <= 30]


Generator = np.random.Generator
Fault = Callable[[Case, Any, Generator], Case | None]


def _some(n: int, share: float, g: Generator) -> np.ndarray[Any, Any]:
    return g.choice(n, max(1, round(share * n)), replace=False)


def _one(names: list[str], g: Generator) -> str | None:
    return names[int(g.integers(len(names)))] if names else None


def _set(case: Case, column: str, values: Any) -> Case:
    return replace(case, train=case.train.assign(**{column: values}))


def _cells(case: Case, column: str | None, share: float, g: Generator, change: Callable[[Any], Any]) -> Case | None:
    """Change some cells of a column of train."""
    if column is None:
        return None
    values = case.train[column].astype(object).to_numpy(copy=True)
    at = _some(len(values), share, g)
    values[at] = [change(v) for v in values[at]]
    return _set(case, column, pd.Series(values, index=case.train.index).infer_objects())


def _number_cells(change: Callable[[Any], Any]) -> Fault:
    return lambda case, share, g: _cells(case, _one(case.numbers, g), share, g, change)


# ---------------------------------------------------------------- inputs


def zero_rows(case: Case, share: float, g: Generator) -> Case | None:
    inputs = [c for c in case.train.select_dtypes("number") if c != case.target]
    if len(inputs) < 3:
        return None
    train = case.train.copy()
    train.loc[train.index[_some(len(train), share, g)], inputs] = 0
    return replace(case, train=train)


def thousandfold(case: Case, share: float, g: Generator) -> Case | None:
    positive = [c for c in case.numbers if case.train[c].min() > 0]
    return _cells(case, _one(positive, g), share, g, lambda v: v * 1000)


def copies(case: Case, share: float, g: Generator) -> Case | None:
    again = case.train.iloc[_some(len(case.train), share, g)]
    mixed = pd.concat([case.train, again]).sample(frac=1, random_state=int(g.integers(2**31)))
    return replace(case, train=mixed.reset_index(drop=True))


def respelt(case: Case, share: float, g: Generator) -> Case | None:
    return _cells(case, _one(case.texts, g), share, g, lambda v: str(v).upper() + " ")


def clock(case: Case, width: float, g: Generator) -> Case:
    """Add a direction in degrees that gathers around north."""
    made = [frame.assign(wind_direction=g.normal(0, width, len(frame)) % 360) for frame in (case.train, case.test)]
    return replace(case, train=made[0], test=made[1])


def near_copy(case: Case, noise: float, g: Generator) -> Case | None:
    column = _one(case.numbers, g)
    if column is None:
        return None
    spread = case.train[column].std()
    made = [f.assign(again=3 * f[column] + noise * spread * g.normal(size=len(f))) for f in (case.train, case.test)]
    return replace(case, train=made[0], test=made[1])


# ---------------------------------------------------------------- scale


def standardised(case: Case, fit: str = "train") -> Case | None:
    """Return the quantities standardised, as a network is fed them."""
    names = case.numbers
    if len(names) < 2:
        return None
    parts = [case.train[names].astype(float), case.test[names].astype(float)]
    if any(p.isna().any(axis=None) for p in parts):
        return None
    by = {"train": [parts[0]] * 2, "all": [pd.concat(parts)] * 2, "each": parts, "test": [parts[1]] * 2}[fit]
    made = [(p - b.mean()) / b.std(ddof=0) for p, b in zip(parts, by, strict=True)]
    y, other = case.train[case.target], case.test[case.target]
    if not case.classes:
        y, other = ((v - y.mean()) / y.std(ddof=0) for v in (y, other))
    train, test = made[0].assign(**{case.target: y}), made[1].assign(**{case.target: other})
    return replace(case, train=train, test=test, stage="model-ready")


def _both(case: Case | None, change: Callable[[pd.DataFrame, list[str]], pd.DataFrame]) -> Case | None:
    if case is None:
        return None
    names = case.numbers
    return replace(case, train=change(case.train.copy(), names), test=change(case.test.copy(), names))


def off_scale(case: Case, factor: float, g: Generator) -> Case | None:
    def change(frame: pd.DataFrame, names: list[str]) -> pd.DataFrame:
        frame[names] = frame[names] * factor + 2 * factor
        return frame

    return _both(standardised(case), change)


def one_off_scale(case: Case, factor: float, g: Generator) -> Case | None:
    def change(frame: pd.DataFrame, names: list[str]) -> pd.DataFrame:
        frame[names[0]] *= factor
        return frame

    return _both(standardised(case), change)


def twice(case: Case, number: int, g: Generator) -> Case | None:
    """Standardise by 1 = train's, 2 = test's, 3 = other rows' statistics, and then with the raw ones once more."""
    once = standardised(case)
    if once is None:
        return None
    names = once.numbers
    raw = case.train[names].astype(float)
    raw = raw.sample(frac=(1.0, 0.5, 0.1)[number - 1], random_state=0)

    def change(frame: pd.DataFrame, names: list[str]) -> pd.DataFrame:
        frame[names] = (frame[names] - raw[names].mean()) / raw[names].std(ddof=0)
        return frame

    return _both(once, change)


def constants(case: Case, number: int, g: Generator) -> Case | None:
    names = case.numbers
    if len(names) < number:
        return None
    chosen = [str(c) for c in g.choice(names, number, replace=False)]
    made = [f.assign(**dict.fromkeys(chosen, 3.5)) for f in (case.train, case.test)]
    return replace(case, train=made[0], test=made[1])


def dust(case: Case, share: float, g: Generator) -> Case | None:
    column = _one(case.numbers, g)
    if column is None:
        return None
    made = [f.assign(**{column: 1e3 * (1 + share * g.normal(size=len(f)))}) for f in (case.train, case.test)]
    return replace(case, train=made[0], test=made[1])


def one_value(case: Case, share: float, g: Generator) -> Case | None:
    column = _one(case.numbers, g)
    if column is None:
        return None
    made = []
    for frame in (case.train, case.test):
        values = frame[column].to_numpy(float, copy=True)
        values[_some(len(values), share, g)] = 7.0
        made.append(frame.assign(**{column: values}))
    return replace(case, train=made[0], test=made[1])


def big_target(case: Case, factor: float, g: Generator) -> Case | None:
    ready = standardised(case)
    if ready is None or case.classes:
        return None
    made = [f.assign(**{case.target: (f[case.target] + 2) * factor}) for f in (ready.train, ready.test)]
    return replace(ready, train=made[0], test=made[1])


def tail(case: Case, power: float, g: Generator) -> Case | None:
    made = [f.assign(amount=np.exp(power * g.normal(size=len(f)))) for f in (case.train, case.test)]
    return replace(case, train=made[0], test=made[1])


def _fit(fit: str) -> Fault:
    def fault(case: Case, share: float, g: Generator) -> Case | None:
        every = pd.concat([case.train, case.test]).sample(frac=1, random_state=int(g.integers(2**31)))
        n = round(share * len(every))
        cut = replace(case, train=every.iloc[n:].reset_index(drop=True), test=every.iloc[:n].reset_index(drop=True))
        return standardised(cut, fit)

    return fault


# ---------------------------------------------------------------- labels


def _kept(case: Case, keep: Callable[[pd.Series], int], *, train: bool) -> Case | None:
    """Keep so many rows of one class in one split."""
    if not case.classes:
        return None
    frame = case.train if train else case.test
    counts = frame[case.target].value_counts()
    if len(counts) < 2:
        return None
    label, n = counts.index[-1 if train else 0], keep(counts)
    rows = frame.index[frame[case.target] == label]
    if n >= len(rows):
        return None
    less = frame.drop(index=rows[n:]).reset_index(drop=True)
    return replace(case, train=less) if train else replace(case, test=less)


def rarer(case: Case, ratio: float, g: Generator) -> Case | None:
    return _kept(case, lambda counts: round(counts.iloc[0] / ratio), train=True)


def fewer(case: Case, rows: int, g: Generator) -> Case | None:
    return _kept(case, lambda counts: rows, train=True)


def shifted(case: Case, kept: float, g: Generator) -> Case | None:
    return _kept(case, lambda counts: round(counts.iloc[0] * kept), train=False)


def one_class(case: Case, splits: int, g: Generator) -> Case | None:
    if not case.classes:
        return None
    usual = case.train[case.target].mode()[0]
    made = [f[f[case.target] == usual].reset_index(drop=True) for f in (case.train, case.test)]
    return replace(case, train=made[0] if splits != 2 else case.train, test=made[1] if splits != 1 else case.test)


def no_such_class(case: Case, share: float, g: Generator) -> Case | None:
    """Drop from test a class that holds about such a share of train."""
    if not case.classes:
        return None
    shares = case.train[case.target].value_counts(normalize=True)
    label = (shares - share).abs().idxmin()
    left = case.test[case.test[case.target] != label].reset_index(drop=True)
    return replace(case, test=left) if 0 < len(left) < len(case.test) and len(shares) > 2 else None


def contradicted(case: Case, share: float, g: Generator) -> Case | None:
    if not case.classes:
        return None
    again = case.train.iloc[_some(len(case.train), share, g)].copy()
    labels = case.train[case.target].unique()
    again[case.target] = [g.choice([c for c in labels if c != y]) for y in again[case.target]]
    mixed = pd.concat([case.train, again]).sample(frac=1, random_state=int(g.integers(2**31)))
    return replace(case, train=mixed.reset_index(drop=True))


def label_respelt(case: Case, share: float, g: Generator) -> Case | None:
    if not case.classes:
        return None
    named = [f.assign(**{case.target: "class " + f[case.target].astype(str)}) for f in (case.train, case.test)]
    case = replace(case, train=named[0], test=named[1])
    return _cells(case, case.target, share, g, lambda v: f"{v}.")


def no_label(case: Case, share: float, g: Generator) -> Case | None:
    return _cells(case, case.target, share, g, lambda v: None)


def ignore_code(case: Case, share: float, g: Generator) -> Case | None:
    if not case.classes or case.train[case.target].nunique() < 3:
        return None
    coded = [f.assign(**{case.target: pd.factorize(f[case.target], sort=True)[0]}) for f in (case.train, case.test)]
    return _cells(replace(case, train=coded[0], test=coded[1]), case.target, share, g, lambda v: -1)


# ---------------------------------------------------------------- order and association


def _ordered(case: Case, column: str, displaced: float, g: Generator) -> Case:
    data = case.train.sort_values(column, kind="stable").reset_index(drop=True)
    order = np.arange(len(data))
    at = _some(len(data), displaced, g) if displaced else order[:0]
    order[at] = g.permutation(order[at])
    return replace(case, train=data.iloc[order].reset_index(drop=True))


def by_label(case: Case, displaced: float, g: Generator) -> Case | None:
    return _ordered(case, case.target, displaced, g)


def by_class(case: Case, displaced: float, g: Generator) -> Case | None:
    return _ordered(case, case.target, displaced, g) if case.classes else None


def by_input(case: Case, displaced: float, g: Generator) -> Case | None:
    column = _one(case.numbers, g)
    return None if column is None else _ordered(case, column, displaced, g)


def in_runs(case: Case, rows: int, g: Generator) -> Case | None:
    """Put the rows of each class into runs of so many."""
    if not case.classes:
        return None
    runs: list[Any] = []
    for _, part in case.train.groupby(case.target):
        at = part.index.to_numpy()
        runs += [at[i : i + rows] for i in range(0, len(at), rows)]
    order = np.concatenate([runs[i] for i in g.permutation(len(runs))])
    return replace(case, train=case.train.loc[order].reset_index(drop=True))


def telling_gaps(case: Case, chance: float, g: Generator) -> Case | None:
    """Leave out 10 % of the cells, and so many more of the usual class, or of the upper half."""
    column = _one([c for c in (*case.numbers, *case.texts) if not case.train[c].isna().any()], g)
    if column is None:
        return None
    y = case.train[case.target]
    hit = y == y.mode()[0] if case.classes else y > y.median()
    gone = g.random(len(y)) < np.where(hit, 0.1 + chance, 0.1)
    return _set(case, column, case.train[column].astype(object).where(~gone).infer_objects())


DOSES: dict[str, tuple[str, Fault, tuple[Any, Any, Any]]] = {
    "INP101": ("share of a column's cells empty", _number_cells(lambda v: None), (0.005, 0.05, 0.3)),
    "INP102": ("share of a column's cells infinite", _number_cells(lambda v: np.inf), (0.002, 0.01, 0.1)),
    "INP103": ("share of the rows all zero", zero_rows, (0.005, 0.02, 0.1)),
    "INP104": ("share of a column's cells -999", _number_cells(lambda v: -999), (0.01, 0.03, 0.1)),
    "INP105": ("share of a column's cells as text", _number_cells(lambda v: f"{v} kg"), (0.005, 0.03, 0.2)),
    "INP106": ("share of a column's cells times 1000", thousandfold, (0.005, 0.01, 0.03)),
    "INP107": ("share of the rows copied", copies, (0.01, 0.03, 0.1)),
    "INP109": ("spread of directions around north, degrees", clock, (10, 30, 90)),
    "INP112": ("share of a column's cells respelt", respelt, (0.01, 0.03, 0.1)),
    "INP113": ("noise of a copy, in its spread", near_copy, (0.05, 0.005, 0.0)),
    "NRM101": ("all inputs times k, plus 2k", off_scale, (3, 30, 1000)),
    "NRM103": ("share of the rows that the second fit saw", twice, (3, 2, 1)),
    "NRM104": ("one input times", one_off_scale, (1e3, 1e4, 1e6)),
    "NRM105": ("constant inputs", constants, (1, 2, 3)),
    "NRM106": ("spread next to the mean", dust, (1e-6, 1e-8, 1e-10)),
    "NRM107": ("share of one value", one_value, (0.975, 0.99, 0.998)),
    "NRM109": ("target times", big_target, (10, 100, 1e4)),
    "NRM110": ("sigma of a log-normal input", tail, (1, 1.5, 2.5)),
    "LEA101": ("share of the rows in test", _fit("all"), (0.1, 0.2, 0.4)),
    "LEA102": ("share of the rows in test", _fit("each"), (0.1, 0.2, 0.4)),
    "LEA103": ("share of the rows in test", _fit("test"), (0.1, 0.2, 0.4)),
    "LAB101": ("rows of the largest class for each of the smallest", rarer, (10, 20, 50)),
    "LAB102": ("split with one class: test, train, both", one_class, (2, 1, 3)),
    "LAB103": ("share of the class that test lacks", no_such_class, (0.1, 0.3, 0.5)),
    "LAB104": ("share of the largest class that test keeps", shifted, (0.6, 0.4, 0.2)),
    "LAB105": ("rows of the smallest class", fewer, (9, 5, 2)),
    "LAB107": ("share of the rows repeated with another label", contradicted, (0.01, 0.03, 0.1)),
    "LAB108": ("share of the labels respelt", label_respelt, (0.01, 0.03, 0.1)),
    "LAB109": ("share of the labels empty", no_label, (0.01, 0.03, 0.1)),
    "LAB110": ("share of the labels -1", ignore_code, (0.01, 0.03, 0.1)),
    "BAT101": ("share of the sorted rows displaced", by_label, (0.3, 0.1, 0.0)),
    "BAT102": ("share of the sorted rows displaced", by_class, (0.3, 0.1, 0.0)),
    "BAT103": ("rows a run", in_runs, (3, 8, 20)),
    "BAT104": ("share of the sorted rows displaced", by_input, (0.005, 0.001, 0.0)),
    "ASC106": ("more cells empty in one half, in points", telling_gaps, (0.15, 0.3, 0.6)),
}
"""By rule: what the dose measures, the fault, and three doses from faint to plain."""
