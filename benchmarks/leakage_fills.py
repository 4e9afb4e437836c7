"""False accusations and detection of LEA105 and LEA106, on synthetic data whose truth is known.

    python benchmarks/leakage_fills.py [--sets 3000] [--seed 0] [--only LEA105]

Clean sets: filled, encoded by train alone, with constants from elsewhere, or not at all, among columns that
look alike (zero-inflated, saturated, rounded, natural modes, sentinels, ties). Leaky sets: by all rows, by each split,
and for encodings by train with each row's own target. A clean set with an error or a warning is a false accusation.
Fills from rows that are not in the data any more (train with rows dropped since; medians of other rows) divide all rows
evenly by accident now and then; these are listed apart, with the share named wrongly.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pandas as pd

from dataaudit import engine
from dataaudit.config import build_rules
from dataaudit.loaders import load
from dataaudit.model import Floats, Stage

Frames = list[pd.DataFrame]

KINDS: dict[str, Callable[[np.random.Generator, int], Floats]] = {
    "normal": lambda g, n: g.normal(size=n),
    "lognormal": lambda g, n: g.lognormal(size=n),
    "uniform": lambda g, n: g.uniform(size=n),
    "t3": lambda g, n: g.standard_t(3, size=n),
    "integers": lambda g, n: g.integers(0, 100, size=n).astype(float),
    "symmetric integers": lambda g, n: np.round(g.normal(0, 12, size=n)),
    "rounded": lambda g, n: np.round(g.normal(20, 5, size=n), 1),
    "zero-inflated": lambda g, n: np.where(g.random(n) < 0.4, 0.0, g.normal(0.2, 1, size=n)),
    "saturated": lambda g, n: np.clip(g.normal(size=n), -1.2, 0.8),
    "mode": lambda g, n: np.where(g.random(n) < 0.3, 40.0, np.round(g.normal(40, 12, size=n))),
    "sentinel": lambda g, n: np.where(g.random(n) < 0.1, -1.0, np.round(g.lognormal(2, 1, size=n), 2)),
    "tariff": lambda g, n: np.where(g.random(n) < 0.25, 2.5, np.round(g.gamma(2, 1.5, size=n), 2)),
}

STORES: dict[str, Callable[[Floats], Floats]] = {
    "float64": lambda x: x,
    "float32": lambda x: x.astype(np.float32).astype(np.float64),
    "6 decimals": lambda x: np.round(x, 6),
    "4 decimals": lambda x: np.round(x, 4),
    "2 decimals": lambda x: np.round(x, 2),
}


def cut(x: pd.DataFrame, n_splits: int) -> Frames:
    """Return train and test (4:1), or train, validation and test (3:1:1)."""
    n = len(x)
    edges = [0, int(0.8 * n), n] if n_splits == 2 else [0, int(0.6 * n), int(0.8 * n), n]
    return [x.iloc[a:b].reset_index(drop=True) for a, b in pairwise(edges)]


# ---------------------------------------------------------------- fills

FILL_HONEST = ("train", "elsewhere", "nothing", "train, less 2 %")
FILL_LEAKY = ("all", "each")


def filled(g: np.random.Generator, how: str, what: str) -> tuple[Frames, str, str]:
    """Return splits whose missing cells were filled, the target's name, and what to call them in the table."""
    d, n = int(g.choice([1, 3, 10])), int(np.exp(g.uniform(np.log(80), np.log(3000))))
    n_splits, share = int(g.integers(2, 4)), float(g.choice([0.05, 0.1, 0.2]))
    kinds = [str(k) for k in g.choice(list(KINDS), d)]
    x = pd.DataFrame({f"c{j}": KINDS[k](g, n) for j, k in enumerate(kinds)})
    x["y"] = g.normal(size=n)
    parts = cut(x, n_splits)
    holes = [g.random((len(p), d)) < share for p in parts]
    if how != "nothing":
        names = [f"c{j}" for j in range(d)]
        world = pd.DataFrame({c: KINDS[k](g, 5 * n) for c, k in zip(names, kinds, strict=True)})
        with_holes = [p[names].mask(h) for p, h in zip(parts, holes, strict=True)]
        for i, p in enumerate(with_holes):
            by = {
                "train": with_holes[0],
                "train, less 2 %": with_holes[0],
                "elsewhere": world,
                "all": pd.concat(with_holes),
                "each": p,
            }[how]
            parts[i][names] = p.fillna(by.mean() if what == "mean" else by.median())
    if how == "train, less 2 %":
        parts[0] = parts[0].iloc[len(parts[0]) // 50 + 1 :].reset_index(drop=True)
    store = str(g.choice(list(STORES)))
    scale = g.random() < 0.3
    for p in parts:
        for j in range(d):
            values = p[f"c{j}"].to_numpy(float)
            p[f"c{j}"] = STORES[store]((values - 3.0) / 7.0 if scale else values)
    size = "n < 400" if n < 400 else "n < 1200" if n < 1200 else "n >= 1200"
    return parts, "y", f"{what:6} by {how:15} {size:9} {d:2} columns"


# ---------------------------------------------------------------- the run


def alarms(code: str, parts: Frames, target: str) -> bool:
    """Return whether a rule raises an error or a warning."""
    rules = build_rules([code])
    rest = parts[1:] if len(parts) == 3 else [None, parts[1]]
    dataset = load(parts[0], *rest, target=target)
    facts = engine.profile(dataset, engine.plan(rules), stage=Stage.RAW, jobs=1)
    outcomes = engine.judge(rules, engine.views(facts, dataset.sources))
    crashed = [o.reason for o in outcomes if o.status == "crashed"]
    if crashed:
        raise RuntimeError(crashed[0])
    return any(f.severity != "note" for o in outcomes for f in o.findings)


def imputers(g: np.random.Generator, i: int) -> tuple[Frames, str, str, bool]:
    """Return one data set with or without fills, and whether it is clean."""
    clean = i % 3 != 2
    how, what = str(g.choice(FILL_HONEST if clean else FILL_LEAKY)), str(g.choice(["mean", "median"]))
    unknown = how == "train, less 2 %" or (what, how) == ("median", "elsewhere")
    return (*filled(g, how, what), clean and not unknown)


ENCODE_HONEST = ("cross-fitted", "elsewhere", "nothing", "large categories")
ENCODE_LEAKY = ("all", "own target", "each")


def encoded(g: np.random.Generator, how: str) -> tuple[Frames, str, str]:
    """Return splits with a category encoded by a target, the target's name, and what to call them in the table."""
    n, n_splits = int(np.exp(g.uniform(np.log(100), np.log(3000)))), int(g.integers(2, 4))
    k = 4 if how == "large categories" else int(g.integers(8, max(9, n // 8)))
    n = max(n, 1500) if how == "large categories" else n
    city = np.minimum(g.geometric(2.5 / max(3, k), size=n), k)
    effect = g.normal(size=k + 1)
    signal = effect[city] + g.normal(size=n)
    kind = str(g.choice(["number", "rounded number", "two classes"]))
    y = {"number": signal, "rounded number": np.round(signal, 1), "two classes": (signal > 0).astype(float)}[kind]
    m = float(g.choice([0.0, 1.0, 5.0, 10.0]))
    x = pd.DataFrame({"city": city, "size": g.normal(size=n), "grade": np.round(g.normal(size=n), 1), "y": y})
    parts = cut(x, n_splits)
    whole = pd.concat(parts)
    world = pd.DataFrame({"city": np.minimum(g.geometric(2.5 / max(3, k), size=n), k)})
    world["y"] = effect[world.city] + g.normal(size=n)
    made, store = [], STORES[str(g.choice(["float64", "float32", "6 decimals"]))]
    for i, p in enumerate(parts):
        by = {"all": whole, "each": p, "elsewhere": world}.get(how, parts[0])
        line = p.city.map(_means(by, m)).fillna(by.y.mean())
        if how == "nothing":
            line = p.city.map(pd.Series(g.normal(size=k + 1)))
        if how == "cross-fitted" and i == 0:
            fold = g.integers(0, 5, len(p))
            for f in range(5):
                rest = p[fold != f]
                line[fold == f] = p.city[fold == f].map(_means(rest, m)).fillna(rest.y.mean())
        made.append(p.assign(enc=store(line.to_numpy(float))))
    if g.random() < 0.5:
        made = [p.drop(columns="city") for p in made]
    return made, "y", f"by {how:12} {kind:14} m = {m:g}"


def _means(by: pd.DataFrame, m: float) -> pd.Series:
    groups = by.y.groupby(by.city)
    return (groups.sum() + m * by.y.mean()) / (groups.count() + m)


def encoders(g: np.random.Generator, i: int) -> tuple[Frames, str, str, bool]:
    """Return one data set with or without an encoded category, and whether it is clean."""
    clean = i % 3 != 2
    return (*encoded(g, str(g.choice(ENCODE_HONEST if clean else ENCODE_LEAKY))), clean)


MAKERS = {"LEA105": imputers, "LEA106": encoders}


def main() -> int:
    """Run the calibration; 1 if a clean set was accused."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", type=int, default=3000, help="clean sets of each rule")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=list(MAKERS))
    args = parser.parse_args()
    say, bad = sys.stdout.write, 0
    for code in [args.only] if args.only else list(MAKERS):
        g = np.random.default_rng(args.seed)
        tried: Counter[str] = Counter()
        found: Counter[str] = Counter()
        false: list[str] = []
        n_clean, i, began = 0, 0, time.perf_counter()
        while n_clean < args.sets:
            parts, target, label, clean = MAKERS[code](g, i)
            hit = alarms(code, parts, target)
            if clean:
                n_clean += 1
                if hit:
                    false.append(f"set {i}: {label}")
            else:
                tried[label] += 1
                found[label] += hit
            i += 1
        say(f"{code}: {n_clean:,} clean sets in {time.perf_counter() - began:.0f} s, {len(false)} false accusations\n")
        say("".join(f"  {line}\n" for line in false[:20]))
        say("".join(f"  {k}  found {found[k] / tried[k]:.2f} of {tried[k]}\n" for k in sorted(tried)))
        bad += len(false)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
