"""What the learning curve says of twice the rows, against the error that twice the rows really have.

    python benchmarks/learning_curve.py [--tables DIR] [--seeds 5] [--only NAME ...]

Real tables, of which a half, a quarter or an eighth is audited: the forecast at twice its rows is held against the
error of the same quick model on twice the rows, drawn at random from the whole and judged on all rows left. Prints, a
line each, the table, the rows, the error now and at twice the rows, the forecast and its range, and at the end how
often the truth was in the range, how far the forecast was off on average, and how often its direction was right.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import astuple
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn import datasets

from dataaudit.model import Task
from dataaudit.probe.curve import Measured, Outputs, forecast, measure, outputs_of, weighed, wrong
from dataaudit.probe.joint_trees import fit_joint
from dataaudit.probe.rows import Rows
from dataaudit.probe.run import ProbeRun

FOLDS = 5


def tables(folder: Path | None) -> Iterator[tuple[str, Any, Any, Task]]:
    """Yield name, matrix, target and task of scikit-learn's tables, of two made ones, and of those of a folder."""
    for name in ("digits", "breast_cancer", "wine"):
        X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
        yield name, X, y, Task.CLASSIFICATION
    X, y = datasets.load_diabetes(return_X_y=True)
    yield "diabetes", X, y, Task.REGRESSION
    X, y = datasets.make_classification(8000, 20, n_informative=8, n_classes=4, n_clusters_per_class=2, random_state=0)
    yield "made classes", X, y, Task.CLASSIFICATION
    X, y = datasets.make_friedman1(6000, 10, noise=1.0, random_state=0)
    yield "friedman", X, y, Task.REGRESSION
    if folder is None:
        return
    for name, target in (("titanic", "survived"), ("penguins", "species"), ("diamonds", "cut"), ("diamonds", "price")):
        frame = pd.read_csv(folder / f"{name}.csv").dropna(subset=[target])
        leaks = {"alive"} & set(frame.columns)
        task = Task.REGRESSION if target == "price" else Task.CLASSIFICATION
        y = frame[target].to_numpy() if task is Task.REGRESSION else pd.factorize(frame[target])[0]
        X = pd.get_dummies(frame.drop(columns=[target, *leaks]), dummy_na=True).astype(float)
        yield f"{name} {target}", X.fillna(X.median()).to_numpy(), y, task


def probe(X: Any, y: Any, task: Task, seed: int) -> ProbeRun:
    """Return the rows as the probe holds them, nothing predicted."""
    n = len(X)
    scale = X.std(axis=0)
    matrix = np.ascontiguousarray(np.clip((X - X.mean(axis=0)) / np.where(scale > 0, scale, 1), -8, 8), np.float32)
    every = np.arange(n, dtype=np.int64)
    folds = np.random.default_rng(seed).permutation(n) % FOLDS
    rows = Rows(("train",), np.zeros(n, np.int64), every, {}, {})
    classes = tuple(range(int(y.max()) + 1)) if task is Task.CLASSIFICATION else ()
    P = np.full((n, max(1, len(classes))), np.nan)
    used = np.ones(n, dtype=bool)
    return ProbeRun(rows, matrix, (), "y", task, classes, y, used, every, folds, P, P, {}, n, None, False)


def truth(run: ProbeRun, goal: Outputs, n: int, seed: int, curve: Measured) -> float:
    """Return the error of the quick model fitted on n rows drawn at random, judged on all others, mean of 5 draws."""
    found = []
    for draw in range(5):
        order = np.random.default_rng([seed, draw]).permutation(len(run.rows))
        known, asked = order[:n], order[n:]
        trees = fit_joint(run.X[known], goal.values[known], goal.aim, seed=seed)
        weights, _, unit = weighed(goal, asked)
        assert unit == curve.unit
        found.append(float((wrong(goal, trees.predict(run.X[asked]), asked) * weights).mean()))
    return float(np.mean(found))


def main() -> None:
    """Print what was forecast, and what came true."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", type=Path)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--most", type=int, default=6000, help="rows of a table that are taken")
    arguments = parser.parse_args()
    lines: list[tuple[float, ...]] = []
    for name, X, y, task in tables(arguments.tables):
        if arguments.only and name not in arguments.only:
            continue
        take = np.random.default_rng(0).permutation(len(X))[: arguments.most]
        whole = probe(X[take], np.asarray(y)[take], task, 0)
        goal = outputs_of(whole, np.arange(len(take)))
        for share in (0.4, 0.2, 0.1):
            n = int(share * len(take))
            if n < 200:
                continue
            doubled: dict[str, float] = {}
            for seed in range(arguments.seeds):
                part: NDArray[np.int64] = np.random.default_rng(seed).permutation(len(take))[:n]
                curve = measure(probe(X[take][part], np.asarray(y)[take][part], task, seed), "train", seed)
                if not doubled:
                    doubled = {k: truth(whole, goal, m, 0, curve) for k, m in (("now", n), ("then", 2 * n))}
                said = forecast(curve, n, 2 * n, seed)
                lines.append((doubled["now"], doubled["then"], *astuple(said)))
                print(
                    f"{name:18} {n:5} rows  true {doubled['now']:.3f} -> {doubled['then']:.3f}"
                    f"  said {said.now:.3f} -> {said.error:.3f} ({said.low:.3f} to {said.high:.3f})",
                    flush=True,
                )
    now, then, _, error, low, high, said_gain, least, most = np.array(lines).T
    gain = 1 - then / now
    flat = then / now > 0.95
    print(f"\nforecasts: {len(lines)}")
    print(f"error at twice the rows within the range: {np.mean((low <= then) & (then <= high)):.2f}")
    print(f"share that goes away within its range: {np.mean((gain >= least) & (gain <= most)):.2f}")
    print(f"mean width of the range of that share: {np.mean(most - least):.3f}")
    print(f"mean distance of the error forecast from the truth: {np.mean(np.abs(error - then)):.4f}")
    print(f"mean distance of the share from the truth: {np.mean(np.abs(said_gain - gain)):.3f}")
    noted = (said_gain >= 0.1) & (least >= 0.025)
    print(
        f"noted: {noted.mean():.2f}; of those the truth is a tenth or more: {np.mean(gain[noted] >= 0.1):.2f}, ", end=""
    )
    print(f"under a twentieth: {np.mean(flat[noted]):.2f}")


if __name__ == "__main__":
    main()
