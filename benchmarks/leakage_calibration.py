"""False accusations and detection of LEA101-103, on synthetic data whose truth is known.

    python benchmarks/leakage_calibration.py [--sets 3000] [--seed 0]

Clean sets: columns of 13 distributions, n 30 to 1000, 1, 3 or 10 of them, two or three splits, six storage formats,
standardised on train, on rows that are not in the data, or not at all. Leaky sets: the same, standardised on all
rows, on each split by itself, or on test. A clean set that any of the three rules accuses is a false accusation; a
leaky one counts as named when the right rule fires, and as wrong when another one does.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from dataaudit import engine
from dataaudit.config import build_rules
from dataaudit.loaders import load
from dataaudit.model import Stage

Array = NDArray[np.float64]
RULES = build_rules(["LEA101", "LEA102", "LEA103"])
PLAN = engine.plan(RULES)

KINDS: dict[str, Callable[[np.random.Generator, int], Array]] = {
    "normal": lambda g, n: g.normal(size=n),
    "uniform": lambda g, n: g.uniform(size=n),
    "lognormal": lambda g, n: g.lognormal(size=n),
    "exponential": lambda g, n: g.exponential(size=n),
    "t3": lambda g, n: g.standard_t(3, size=n),
    "bimodal": lambda g, n: g.normal(size=n) + 4 * (g.random(n) < 0.5),
    "poisson": lambda g, n: g.poisson(3, size=n).astype(float),
    "integers": lambda g, n: g.integers(0, 100, size=n).astype(float),
    "few": lambda g, n: g.integers(0, 4, size=n).astype(float),
    "binary": lambda g, n: (g.random(n) < g.uniform(0.1, 0.9)).astype(float),
    "zero-inflated": lambda g, n: np.where(g.random(n) < 0.7, 0.0, g.lognormal(size=n)),
    "rounded": lambda g, n: np.round(g.normal(20, 5, size=n), 1),
    "drifting": lambda g, n: g.normal(size=n) + np.linspace(0, 0.5, n),
}

STORES: dict[str, Callable[[Array], Array]] = {
    "float64": lambda x: x,
    "float32": lambda x: x.astype(np.float32).astype(np.float64),
    "float16": lambda x: x.astype(np.float16).astype(np.float64),
    "4 decimals": lambda x: np.round(x, 4),
    "2 decimals": lambda x: np.round(x, 2),
    "3 digits": lambda x: np.array([[float(f"{v:.3g}") for v in row] for row in x]),
}

HONEST = ("train", "elsewhere", "nothing")
LEAKY = {"all": "LEA101", "each": "LEA102", "test": "LEA103"}


def scale(x: Array, by: Array) -> Array:
    """Standardise columns by the statistics of some rows."""
    std = by.std(axis=0, ddof=0)
    return (x - by.mean(axis=0)) / np.where(std > 0, std, 1.0)


def draw(g: np.random.Generator, how: str, kinds: list[str], n: int, n_splits: int) -> list[Array]:
    """Return the splits of one data set, standardised as asked."""
    x = np.column_stack([KINDS[k](g, n) for k in kinds])
    if g.random() < 0.3 and x.shape[1] > 1:
        x[:, 1] = x[:, 0] + 0.3 * x[:, 1]
    cuts = [int(0.8 * n)] if n_splits == 2 else [int(0.6 * n), int(0.8 * n)]
    parts = np.split(x, cuts)
    match how:
        case "train":
            return [scale(p, parts[0]) for p in parts]
        case "elsewhere":
            return [scale(p, np.column_stack([KINDS[k](g, 10 * n) for k in kinds])) for p in parts]
        case "all":
            return [scale(p, x) for p in parts]
        case "each":
            return [scale(p, p) for p in parts]
        case "test":
            return [scale(p, parts[-1]) for p in parts]
    return [p / max(1e-9, float(p.std())) for p in parts] if g.random() < 0.2 else parts


def accused(parts: list[Array]) -> set[str]:
    """Return the codes of the rules that fire."""
    rest = parts[1:] if len(parts) == 3 else [None, parts[1]]
    dataset = load(parts[0], rest[0], rest[1])
    facts = engine.profile(dataset, PLAN, stage=Stage.MODEL_READY, jobs=1)
    outcomes = engine.judge(RULES, engine.views(facts))
    crashed = [o.reason for o in outcomes if o.status == "crashed"]
    if crashed:
        raise RuntimeError(crashed[0])
    return {o.rule for o in outcomes if o.findings}


def main() -> int:
    """Run the calibration; 1 if a clean set was accused."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    g = np.random.default_rng(args.seed)
    false: list[str] = []
    named: Counter[tuple[str, str, int]] = Counter()
    tried: Counter[tuple[str, str, int]] = Counter()
    wrong: list[str] = []
    began = time.perf_counter()
    names, stores = list(KINDS), list(STORES)
    for i in range(args.sets):
        d = int(g.choice([1, 3, 10]))
        kinds = [str(k) for k in g.choice(names, d)]
        n = int(np.exp(g.uniform(np.log(30), np.log(1000))))
        store, n_splits = str(g.choice(stores)), int(g.integers(2, 4))
        clean = i % 3 != 2
        how = HONEST[i // 3 % 3] if clean else list(LEAKY)[i // 3 % 3]
        said = accused([STORES[store](p) for p in draw(g, how, kinds, n, n_splits)])
        label = f"set {i}: {how}, n {n}, {n_splits} splits, {store}, {kinds}: {sorted(said)}"
        if clean:
            if said:
                false.append(label)
        else:
            size = "n < 200" if n < 200 else "n >= 200"
            tried[how, size, d] += 1
            named[how, size, d] += said == {LEAKY[how]}
            if said and said != {LEAKY[how]}:
                wrong.append(label)
    say = sys.stdout.write
    n_clean = args.sets - sum(tried.values())
    say(f"{args.sets:,} sets in {time.perf_counter() - began:.0f} s\n")
    say(f"clean sets {n_clean:,}, false accusations {len(false)}\n" + "".join(f"  {line}\n" for line in false[:20]))
    say(f"leaky sets {sum(tried.values()):,}, named wrongly {len(wrong)}\n" + "".join(f"  {w}\n" for w in wrong[:20]))
    say("named rightly, share (the rest is 'cannot tell'):\n")
    for key in sorted(tried):
        say(f"  fitted on {key[0]:5} {key[1]:9} {key[2]:2} columns  {named[key] / tried[key]:.2f} of {tried[key]}\n")
    return 1 if false else 0


if __name__ == "__main__":
    sys.exit(main())
