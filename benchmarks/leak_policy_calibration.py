"""How often LEA112 to LEA115 and LEA117 speak on real tables split at random, and what they find of planted leaks.

    python benchmarks/leak_policy_calibration.py [--cache FOLDER] [--seeds 3] [--verbose]

Clean: the tables of calibration_tables.py, each split at random 60/20/20 and stratified where it has classes. Nobody
vouches that they are free of leaks, so that every alarm is printed with what it says. Planted: in each table that has
a place for it, a copy of the target in words or as a number, with some rows wrong; an id in the order of the label,
some of it shuffled; persons of eight rows each, cut by rows; and a category that train lost. Prints two tables.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from calibration_tables import Table, install, tables

import dataaudit

RULES = ("LEA112", "LEA113", "LEA114", "LEA115", "LEA117")
Dose = Callable[[pd.DataFrame, str, np.random.Generator], pd.DataFrame | None]


def parts(data: pd.DataFrame, rng: np.random.Generator, by: str | None = None) -> list[pd.DataFrame]:
    """Return train, validation and test, 60/20/20, at random or so in each class of a column."""
    order = rng.permutation(len(data))
    if by is not None:
        classes = pd.factorize(data[by].to_numpy()[order])[0]
        within = np.empty(len(order))
        for c in np.unique(classes):
            at = np.flatnonzero(classes == c)
            within[at] = (np.arange(len(at)) + rng.random()) / len(at)
        cuts = np.digitize(within, [0.6, 0.8])
    else:
        cuts = np.digitize(np.arange(len(order)) / len(order), [0.6, 0.8])
    return [data.iloc[order[cuts == i]].reset_index(drop=True) for i in range(3)]


def said(splits: list[pd.DataFrame], target: str | None, **roles: str) -> list[dataaudit.Finding]:
    """Return the warnings and errors of the rules."""
    report = dataaudit.audit(*splits, target=target, select=list(RULES), jobs=1, **roles)
    broken = [f"{o.rule}: {o.reason}" for o in report.checks if str(o.status) == "crashed"]
    if broken:
        raise RuntimeError("; ".join(broken))
    return [f for f in report.findings if f.severity != "note"]


def is_classes(data: pd.DataFrame, target: str) -> bool:
    """Return whether a target reads as classes."""
    return data[target].nunique() <= 20 or not pd.api.types.is_numeric_dtype(data[target])


# ---------------------------------------------------------------- doses


def in_words(wrong: float) -> Dose:
    """Return a dose: the class under other names, some rows drawn anew."""

    def dose(data: pd.DataFrame, target: str, rng: np.random.Generator) -> pd.DataFrame | None:
        if not is_classes(data, target):
            return None
        codes = pd.factorize(data[target])[0]
        off = rng.random(len(data)) < wrong
        codes[off] = rng.permutation(codes)[off]
        return data.assign(plan=[f"plan-{chr(65 + c)}" for c in codes % 26])

    return dose


def as_number(noise: float) -> Dose:
    """Return a dose: a number recorded after the outcome, or the logarithm of the target, with noise."""

    def dose(data: pd.DataFrame, target: str, rng: np.random.Generator) -> pd.DataFrame | None:
        if is_classes(data, target):
            codes = pd.factorize(data[target])[0].astype(float)
            off = rng.random(len(data)) < noise
            codes[off] = rng.permutation(codes)[off]
            return data.assign(followup=np.round(30 * codes + rng.uniform(0, 25, len(data)), 1))
        y = data[target].astype(float)
        line = np.log(y - y.min() + 0.1 * y.std())
        return data.assign(followup=line + noise * line.std() * rng.normal(size=len(data)))

    return dose


def id_in_order(disorder: float) -> Dose:
    """Return a dose: records numbered in the order of the label, a share of them shuffled."""

    def dose(data: pd.DataFrame, target: str, rng: np.random.Generator) -> pd.DataFrame | None:
        if not is_classes(data, target):
            return None
        order = np.argsort(pd.factorize(data[target])[0], kind="stable")
        number = np.empty(len(data), dtype=np.int64)
        number[order] = 10_000 + np.arange(len(data))
        off = np.flatnonzero(rng.random(len(data)) < disorder)
        number[off] = number[rng.permutation(off)]
        return data.assign(record_id=number)

    return dose


def persons(each: int) -> Dose:
    """Return a dose: persons with some rows each, in no order."""

    def dose(data: pd.DataFrame, target: str, rng: np.random.Generator) -> pd.DataFrame | None:
        number = rng.permutation(np.arange(len(data)) // each)
        return data.assign(patient=[f"P{n:04}" for n in number]) if len(data) // each >= 10 else None

    return dose


DOSES: dict[str, tuple[str, Dose]] = {
    "target in words, 1 % wrong": ("LEA114", in_words(0.01)),
    "target in words, 5 % wrong": ("LEA114", in_words(0.05)),
    "recorded after, 1 % noise": ("LEA114", as_number(0.01)),
    "recorded after, 3 % noise": ("LEA114", as_number(0.03)),
    "recorded after, 10 % noise": ("LEA114", as_number(0.1)),
    "id by class": ("LEA115", id_in_order(0.0)),
    "id by class, half shuffled": ("LEA115", id_in_order(0.5)),
    "id by class, 0.8 shuffled": ("LEA115", id_in_order(0.8)),
    "id in random order": ("LEA115", id_in_order(1.0)),
    "persons of 3 rows, by rows": ("LEA112", persons(3)),
    "persons of 12 rows, by rows": ("LEA112", persons(12)),
}
QUIET = ("id in random order",)


def clean(found: list[Table], seeds: int) -> Iterator[str]:
    """Yield each alarm on tables split at random; the last line counts."""
    n, alarms, alarmed = 0, defaultdict(int), defaultdict(set)
    for table in found:
        data = table.data
        for seed in range(seeds):
            rng = np.random.default_rng(seed)
            ways = [None]
            if table.target and is_classes(data, table.target):
                ways.append(table.target)
            for by in ways:
                n += 1
                for finding in said(parts(data, rng, by), table.target):
                    alarms[finding.rule] += 1
                    if table.name not in alarmed[finding.rule]:
                        yield f"  {table.name}: {finding.rule} {finding.severity}: {finding.message}"
                    alarmed[finding.rule].add(table.name)
    counts = ", ".join(f"{r} {alarms[r]} ({len(alarmed[r])} tables)" for r in RULES)
    yield f"{n} clean splits of {len(found)} tables: {counts}"


def planted(found: list[Table]) -> Iterator[str]:
    """Yield a line a dose: tables with it, and on how many the rule names its column."""
    able = [t for t in found if t.target and t.data[t.target].notna().sum() >= 100]
    for name, (rule, dose) in DOSES.items():
        hit = tried = 0
        missed = []
        for i, table in enumerate(able):
            rng = np.random.default_rng(i)
            data = table.data.head(5000)
            made = dose(data, str(table.target), rng)
            if made is None:
                continue
            new = (set(made.columns) - set(data.columns)).pop()
            tried += 1
            found_it = any(new in f.columns and f.rule == rule for f in said(parts(made, rng), table.target))
            hit += found_it
            if found_it == (name in QUIET):
                missed.append(table.name)
        yield f"{name:30} {rule} {hit:3} of {tried:3}" + (f"   but: {', '.join(missed[:6])}" if missed else "")


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    importlib.import_module("sklearn.datasets")
    found = list(tables(install(args.cache)))
    for line in clean(found, args.seeds):
        sys.stdout.write(line + "\n")
    for line in planted(found):
        sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
