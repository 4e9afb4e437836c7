"""How often the association rules' tests are right: permuted labels, exclusive-or, and labels shifted by some rows.

    python benchmarks/association_power.py [--quick]

Prints, for scikit-learn's tables in random order: how often the permutation test rejects at the 5 % level where labels
are permuted (1,000 sets) and where an exclusive-or of two inputs makes them (300 rows); how often the right lag is
named where labels were rolled by a random number of rows, in all rows or from some row on; and how often a lag is
named where there is none: in place, sorted by label or by an input, in groups, in walks over time, permuted.
"""

from __future__ import annotations

import argparse
import sys

import numpy as np
from sklearn import datasets

from dataaudit.model import Floats, Task
from dataaudit.probe.outcomes import outcome_lines
from dataaudit.probe.permutation import permutation_test
from dataaudit.probe.shifts import Shift, find_shifts, whitened

Table = tuple[Floats, Floats, Task]


def tables() -> dict[str, Table]:
    """Return real tables: inputs, target, task."""
    found: dict[str, Table] = {}
    for name in ("iris", "wine", "breast_cancer", "digits", "diabetes"):
        X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
        found[name] = (X, y, Task.REGRESSION if name == "diabetes" else Task.CLASSIFICATION)
    return found


def lines(y: Floats, task: Task) -> Floats:
    """Return the target as the tests take it."""
    return outcome_lines(y if task is Task.REGRESSION else y.astype(np.int64), task, np.ones(len(y), np.bool_))


def shifts(X: Floats, y: Floats, task: Task) -> list[Shift]:
    """Return the shifts that are found."""
    return find_shifts([(whitened(X.astype(np.float32)), lines(y, task))])


def rejected(times: int) -> float:
    """Return how often permuted labels are taken for associated, at the 5 % level."""
    rng, every = np.random.default_rng(0), list(tables().values())
    hits = 0
    for i in range(times):
        X, y, task = every[i % len(every)]
        rows = rng.choice(len(X), 150, replace=False)
        labels = lines(y[rng.permutation(rows)], task)
        hits += permutation_test(X[rows].astype(np.float32), labels, permutations=199, seed=i).p <= 0.05
    return hits / times


def power(times: int, inputs: int, noise: float) -> float:
    """Return how often an exclusive-or of two of some inputs is seen in 300 rows, some labels wrong."""
    rng = np.random.default_rng(1)
    hits = 0
    for i in range(times):
        X = rng.normal(size=(300, inputs)).astype(np.float32)
        y = (X[:, 0] > 0) ^ (X[:, 1] > 0) ^ (rng.random(300) < noise)
        hits += permutation_test(X, lines(y.astype(float), Task.CLASSIFICATION), permutations=199, seed=i).p <= 0.05
    return hits / times


def right_lag(table: Table, times: int, n: int, *, part: bool) -> tuple[float, float]:
    """Return how often the right lag is named, and the median distance of the row it begins at, as a share of rows."""
    X, y, task = table
    rng = np.random.default_rng(2)
    hits, off = 0, []
    for _ in range(times):
        rows = rng.permutation(len(X))[:n]
        lag = int(rng.choice([1, 2, 3, 7, 50])) * int(rng.choice([-1, 1]))
        start = int(len(rows) * rng.uniform(0.2, 0.6)) if part else 0
        moved = np.concatenate([y[rows][:start], np.roll(y[rows], lag)[start:]])
        found = shifts(X[rows], moved, task)
        if found and found[0].lag == lag:
            hits += 1
            off.append(abs(found[0].start - start) / len(rows))
    return hits / times, float(np.median(off)) if off else float("nan")


def walk(rng: np.random.Generator, n: int, d: int, stay: float) -> Floats:
    """Return rows each of which is near the one before."""
    steps: Floats = rng.normal(size=(n, d))
    for i in range(1, n):
        steps[i] += stay * steps[i - 1]
    return steps


def false_lags(times: int) -> dict[str, tuple[int, int]]:
    """Return, by kind of innocent order, how many data sets there were and in how many a lag was named."""
    seen: dict[str, tuple[int, int]] = {}

    def note(kind: str, found: list[Shift]) -> None:
        n, hits = seen.get(kind, (0, 0))
        seen[kind] = n + 1, hits + bool(found)

    rng = np.random.default_rng(3)
    for X, y, task in tables().values():
        note("as the file comes", shifts(X, y, task))
        note("sorted by label", shifts(X[np.argsort(y)], y[np.argsort(y)], task))
        for j in range(min(X.shape[1], 8)):
            note("sorted by an input", shifts(X[np.argsort(X[:, j])], y[np.argsort(X[:, j])], task))
        for _ in range(times):
            rows = rng.permutation(len(X))[:500]
            note("in place", shifts(X[rows], y[rows], task))
            note("permuted", shifts(X[rows], y[rng.permutation(rows)], task))
            note("each row twice", shifts(np.repeat(X[rows], 2, axis=0), np.repeat(y[rows], 2), task))
    for _ in range(times):
        for stay in (0.3, 0.9, 0.99, 1.0):
            X = walk(rng, 400, 4, stay)
            y = X[:, 0] + 0.6 * np.roll(X[:, 1], 1) + rng.normal(size=400)
            note("over time", shifts(X, y, Task.REGRESSION))
            note("over time, unrelated", shifts(X, walk(rng, 400, 1, stay)[:, 0], Task.REGRESSION))
        group = np.repeat(np.arange(40), 10)
        own = rng.normal(size=(40, 5))
        X = own[group] + 0.4 * rng.normal(size=(400, 5))
        note("in groups", shifts(X, (own[group, 0] > 0).astype(float), Task.CLASSIFICATION))
    return seen


def main() -> None:
    """Print the tables."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    asked.add_argument("--quick", action="store_true", help="a tenth of the runs")
    few = 10 if asked.parse_args().quick else 1
    out = sys.stdout.write
    out(f"permuted labels, rejected at the 5 % level: {rejected(1000 // few):.3f}\n\n")
    out("| exclusive-or, inputs | labels wrong | seen |\n|---|---|---|\n")
    for inputs, noise in ((2, 0.0), (2, 0.2), (5, 0.1), (10, 0.1)):
        out(f"| {inputs} | {noise:.0%} | {power(200 // few, inputs, noise):.3f} |\n")
    out("\n| table | rows | right lag, all rows | right lag, from some row on | off by |\n|---|---|---|---|---|\n")
    for name, table in tables().items():
        for n in (150, 400, 1500):
            if n <= len(table[0]):
                whole, _ = right_lag(table, 100 // few, n, part=False)
                part, off = right_lag(table, 100 // few, n, part=True)
                out(f"| {name} | {n} | {whole:.2f} | {part:.2f} | {off:.1%} |\n")
    out("\n| rows without a shift | data sets | a lag named |\n|---|---|---|\n")
    for kind, (n, hits) in false_lags(20 // few).items():
        out(f"| {kind} | {n} | {hits} |\n")


if __name__ == "__main__":
    main()
