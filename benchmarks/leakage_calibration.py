"""False accusations and detection of the rules that tell which rows a preprocessing step was fitted on.

    python benchmarks/leakage_calibration.py [--clean 20000] [--tries 30] [--seed 0] [--family standard ...]

Clean sets: columns of 13 kinds of distribution, 30 to 1000 rows, 1, 3 or 10 columns, one in three with correlated
ones, two or three splits drawn in six ways, six storage formats; the step fitted on train, on rows that are not in
the data, on train of which rows were dropped since, or not at all. A clean set that any rule accuses is a false
accusation. Leaky sets: the same step fitted on all rows, on each split by itself, or on test; one counts as named when
the right rule fires alone, as wrong when another one does; the rest is "cannot tell". Every family of steps in
`FAMILIES` takes its turn; other programs add theirs and call `main`.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataaudit import engine
from dataaudit.analyzers.leakage.scaler import ScalerFitOnAll, ScalerFitOnTest, ScalerFitPerSplit
from dataaudit.loaders import load
from dataaudit.model import Stage

Array = NDArray[np.float64]
Transform = Callable[[Array], Array]
Parts = list[Array]

# ---------------------------------------------------------------- data

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
CONTINUOUS = ("normal", "uniform", "lognormal", "exponential", "t3", "bimodal", "drifting")
MIXES: dict[str, tuple[str, ...]] = {
    "continuous": CONTINUOUS,
    "integers": ("integers",),
    "binary": ("binary",),
    "mix": tuple(KINDS),
}


def digits(x: Array, k: int) -> Array:
    """Return the values with k significant digits."""
    return np.array([[float(f"{v:.{k}g}") for v in row] for row in x]).reshape(x.shape)


STORES: dict[str, Transform] = {
    "float64": lambda x: x,
    "float32": lambda x: x.astype(np.float32).astype(np.float64),
    "float16": lambda x: x.astype(np.float16).astype(np.float64),
    "4 decimals": lambda x: np.round(x, 4),
    "2 decimals": lambda x: np.round(x, 2),
    "3 digits": lambda x: digits(x, 3),
}


def columns(g: np.random.Generator, kinds: Sequence[str], n: int, correlated: float = 0.3) -> Array:
    """Return n rows of some kinds of columns, in some of the cases with correlated ones."""
    x = np.column_stack([KINDS[k](g, n) for k in kinds])
    if g.random() < correlated and x.shape[1] > 1:
        x[:, 1] = x[:, 0] + 0.3 * x[:, 1]
    return x


def _in_order(g: np.random.Generator, x: Array, cuts: Sequence[int]) -> Parts:
    return np.split(x, cuts)


def _sorted(g: np.random.Generator, x: Array, cuts: Sequence[int]) -> Parts:
    return np.split(x[np.argsort(x[:, 0], kind="stable")], cuts)


def _systematic(g: np.random.Generator, x: Array, cuts: Sequence[int]) -> Parts:
    """Every fifth row of the sorted ones to test: splits more alike than random ones."""
    x = x[np.argsort(x[:, 0], kind="stable")]
    place = np.arange(len(x)) % 5
    return [x[place < 5 - len(cuts)], *(x[place == 4 - k] for k in reversed(range(len(cuts))))]


def _groups(g: np.random.Generator, x: Array, cuts: Sequence[int]) -> Parts:
    """Rows that resemble each other stay together."""
    x = x + 0.5 * x.std(axis=0) * np.repeat(g.normal(size=(len(x) // 8 + 1, x.shape[1])), 8, axis=0)[: len(x)]
    return np.split(x, [c // 8 * 8 for c in cuts])


def _copies(g: np.random.Generator, x: Array, cuts: Sequence[int]) -> Parts:
    """A third of the other rows are copies of train's."""
    x = x.copy()
    again = np.flatnonzero(g.random(len(x) - cuts[0]) < 0.33) + cuts[0]
    x[again] = x[g.integers(0, cuts[0], size=len(again))]
    return np.split(x, cuts)


def _resampled(g: np.random.Generator, x: Array, cuts: Sequence[int]) -> Parts:
    """Each split drawn with replacement."""
    return [p[g.integers(0, len(p), size=len(p))] for p in np.split(x, cuts)]


SPLITTINGS: dict[str, Callable[[np.random.Generator, Array, Sequence[int]], Parts]] = {
    "at random": _in_order,
    "sorted": _sorted,
    "systematic": _systematic,
    "groups": _groups,
    "copies": _copies,
    "resampled": _resampled,
}


def split(g: np.random.Generator, x: Array, n_splits: int, how: str = "at random") -> Parts:
    """Return train and test (4:1), or train, validation and test (3:1:1)."""
    n = len(x)
    return SPLITTINGS[how](g, x, [int(0.8 * n)] if n_splits == 2 else [int(0.6 * n), int(0.8 * n)])


# ---------------------------------------------------------------- families


@dataclass(frozen=True)
class Family:
    """One kind of preprocessing step.

    Attributes
    ----------
    fit : callable
        From the rows it is fitted on to the function that transforms rows.
    codes : mapping of str to str
        The rule that should fire where it was fitted on "all", "each" or "test"; a key left out is not tried.
    rules : sequence of Rule
        The ones that are judged: none of them may fire on clean data.
    targets : mapping of (mix, store, columns) to float
        Share named rightly at 500 rows that is asked for, where one is.
    table : sequence of (mix, store, columns)
        Cells of the detection table besides those with a target.
    """

    fit: Callable[[Array], Transform]
    codes: Mapping[str, str] = field(default_factory=lambda: {"all": "LEA101", "each": "LEA102", "test": "LEA103"})
    rules: Sequence[Any] = (ScalerFitOnAll(), ScalerFitPerSplit(), ScalerFitOnTest())
    targets: Mapping[tuple[str, str, int], float] = field(default_factory=dict)
    table: Sequence[tuple[str, str, int]] = ()


def standard(ddof: int = 0, std: float = 1.0) -> Callable[[Array], Transform]:
    """Return the fit of a standard scaler."""

    def fit(rows: Array) -> Transform:
        mean, spread = rows.mean(axis=0), rows.std(axis=0, ddof=ddof)
        spread = np.where(spread > 0, spread, 1.0) / std
        return lambda x: (x - mean) / spread

    return fit


def unit_length(rows: Array) -> Transform:
    """Centre, and scale to a sum of squares of 1."""
    mean = rows.mean(axis=0)
    length = np.linalg.norm(rows - mean, axis=0)
    return lambda x: (x - mean) / np.where(length > 0, length, 1.0)


def centre(rows: Array) -> Transform:
    """Subtract the mean."""
    mean = rows.mean(axis=0)
    return lambda x: x - mean


def divide(rows: Array) -> Transform:
    """Divide by the standard deviation."""
    std = rows.std(axis=0)
    return lambda x: x / np.where(std > 0, std, 1.0)


def power(rows: Array) -> Transform:
    """Yeo-Johnson, standardised."""
    import warnings

    from sklearn.preprocessing import PowerTransformer

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = PowerTransformer().fit(rows)
    return lambda x: np.asarray(fitted.transform(x))


NOTED: dict[tuple[str, str, int], float] = {
    ("continuous", "float64", 1): 1.0, ("continuous", "float32", 1): 1.0,
    ("continuous", "float16", 1): 0.0, ("continuous", "float16", 2): 1.0,
    ("continuous", "4 decimals", 1): 0.5, ("continuous", "4 decimals", 2): 1.0,
    ("continuous", "2 decimals", 3): 0.0, ("continuous", "2 decimals", 5): 1.0,
    ("integers", "float64", 1): 0.33, ("integers", "float64", 2): 1.0,
    ("binary", "float64", 5): 0.0, ("binary", "float64", 10): 1.0,
}  # fmt: skip
"""What an earlier implementation of the core statistic reached; 0 where it saw nothing."""

SMALL = (("continuous", "float64", 1), ("continuous", "float64", 5), ("mix", "4 decimals", 5))

FAMILIES: dict[str, Family] = {
    "standard": Family(standard(), targets=NOTED, table=[("mix", store, d) for store in STORES for d in (1, 3, 10)]),
    "standard, n - 1": Family(standard(ddof=1), table=SMALL),
    "power": Family(power, table=SMALL),
    "sum of squares 1": Family(unit_length, table=SMALL),
    "two std": Family(standard(std=0.5), table=SMALL),
    "centred": Family(centre, table=SMALL),
    "divided by std": Family(divide, table=SMALL),
}

# ---------------------------------------------------------------- judging


class Judge:
    """Asks some rules about data sets."""

    def __init__(self, rules: Sequence[Any]) -> None:
        self.rules = rules
        self.plan = engine.plan(self.rules)

    def outcomes(self, parts: Sequence[Array]) -> Any:
        """Return what the rules say of train and test, or of train, validation and test."""
        validation = parts[1] if len(parts) == 3 else None
        facts = engine.profile(load(parts[0], validation, parts[-1]), self.plan, stage=Stage.MODEL_READY, jobs=1)
        said = engine.judge(self.rules, engine.views(facts))
        crashed = [o.reason for o in said if o.status == "crashed"]
        if crashed:
            raise RuntimeError(crashed[0])
        return said


def accused(said: Any) -> set[str]:
    """Return the codes of the rules that fire."""
    return {o.rule for o in said if o.findings}


def fitted(family: Family, parts: Parts, where: str) -> Parts:
    """Return the parts transformed by a step fitted on "train", "test", "all" or "each"."""
    if where == "each":
        return [family.fit(p)(p) for p in parts]
    rows = {"train": parts[0], "test": parts[-1], "all": np.concatenate(parts)}[where]
    step = family.fit(rows)
    return [step(p) for p in parts]


HONEST = ("train", "elsewhere", "dropped", "nothing")


def clean_set(g: np.random.Generator, family: Family, how: str, kinds: Sequence[str], splitting: str) -> Parts:
    """Return splits of which nothing was fitted on more than train."""
    n = int(np.exp(g.uniform(np.log(30), np.log(1000))))
    parts = split(g, columns(g, kinds, n), int(g.integers(2, 4)), splitting)
    if how == "elsewhere":
        step = family.fit(columns(g, kinds, int(n * g.choice([0.5, 0.8, 1.0, 10.0]))))
        return [step(p) for p in parts]
    if how == "nothing":
        return [p / max(1e-9, float(p.std())) for p in parts] if g.random() < 0.2 else parts
    parts = fitted(family, parts, "train")
    if how == "dropped":
        some = [g.random(len(p)) >= g.choice([0.0, 0.01, 0.05, 0.3]) for p in parts]
        parts = [p[keep] if keep.sum() >= 5 else p for p, keep in zip(parts, some, strict=True)]
    return parts


def clean_sets(family: Family, n_sets: int, seed: int) -> Iterator[tuple[str, str, str, Parts]]:
    """Yield clean sets, each with how its step was fitted, how it was split, and a word on all of it."""
    g = np.random.default_rng(seed)
    for i in range(n_sets):
        how = HONEST[i % len(HONEST)]
        splitting = str(g.choice(list(SPLITTINGS), p=[0.5, 0.1, 0.1, 0.1, 0.1, 0.1]))
        kinds = [str(k) for k in g.choice(list(KINDS), int(g.choice([1, 3, 10])))]
        store = str(g.choice(list(STORES)))
        parts = [STORES[store](p) for p in clean_set(g, family, how, kinds, splitting)]
        word = f"set {i}: {how}, {splitting}, {'/'.join(str(len(p)) for p in parts)} rows, {store}, {kinds}"
        yield how, splitting, word, parts


def calibrate(name: str, family: Family, n_sets: int, seed: int) -> int:
    """Report the false accusations of one family; return their number."""
    say = sys.stdout.write
    judge, tried, false = Judge(family.rules), Counter[str](), []
    passed, nearest = 0, defaultdict[str, float](float)
    for how, splitting, word, parts in clean_sets(family, n_sets, seed):
        said = judge.outcomes(parts)
        tried[how] += 1
        if accused(said):
            false.append(f"{word}: {sorted(accused(said))}")
        traces = [t for o in said for t in o.traces]
        passed += any(t.verdict == "train" for t in traces)
        for trace in traces:
            rest = [p for union, p in trace.log10_p.items() if union != trace.splits[0] or how == "nothing"]
            if trace.verdict != "train":
                nearest[splitting] = min(nearest[splitting], *rest)
    listed = ", ".join(f"{n:,} {how}" for how, n in sorted(tried.items()))
    say(f"{name}: {tried.total():,} clean sets ({listed}), {len(false)} false accusations, ")
    say(f"{passed:,} seen to be fitted on train\n" + "".join(f"  {line}\n" for line in false[:20]))
    calls = ", ".join(f"{splitting} 1e{p:.1f}" for splitting, p in sorted(nearest.items()))
    say(f"  smallest probability of rows that it was not fitted on, where train is not accepted: {calls or 'none'}\n")
    sys.stdout.flush()
    return len(false)


def detect(name: str, family: Family, n_tries: int, seed: int) -> int:
    """Report the share of leaky sets that are named rightly; return how many were named wrongly."""
    say = sys.stdout.write
    judge, n_wrong = Judge(family.rules), 0
    cells = [*family.targets, *(c for c in family.table if c not in family.targets)]
    words = " ".join(f"{where:>6}" for where in family.codes)
    say(f"{name}: named rightly, fitted on   {words}   mean of 500 rows (asked)  100 rows  3 splits\n")
    for mix, store, d in cells:
        shares = {}
        for n, n_splits in ((500, 2), (100, 2), (500, 3)):
            for where, code in family.codes.items():
                g = np.random.default_rng([seed, n, n_splits, d])
                right = 0
                for _ in range(n_tries):
                    kinds = [str(k) for k in g.choice(MIXES[mix], d)]
                    parts = fitted(family, split(g, columns(g, kinds, n, correlated=0.0), n_splits), where)
                    said = accused(judge.outcomes([STORES[store](p) for p in parts]))
                    right += said == {code}
                    if said and said != {code}:
                        n_wrong += 1
                        say(f"  wrong: {where}, {n} rows, {n_splits} splits, {store}, {kinds}: {sorted(said)}\n")
                shares[n, n_splits, where] = right / n_tries
        each = " ".join(f"{shares[500, 2, where]:6.2f}" for where in family.codes)
        means = [np.mean([shares[n, s, w] for w in family.codes]) for n, s in ((500, 2), (100, 2), (500, 3))]
        asked = f"({family.targets[mix, store, d]:.2f})" if (mix, store, d) in family.targets else "      "
        cell = f"  {mix:10} {store:10} {d:3} columns"
        say(f"{cell}  {each}   {means[0]:4.2f} {asked:22} {means[1]:5.2f}  {means[2]:8.2f}\n")
        sys.stdout.flush()
    return n_wrong


def main(families: Mapping[str, Family] = FAMILIES, doc: str | None = __doc__) -> int:
    """Run the calibration; 1 if a clean set was accused, or a leaky one of something else."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clean", type=int, default=20_000, help="clean sets, shared out among the families")
    parser.add_argument("--tries", type=int, default=30, help="leaky sets a cell of the table")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--family", action="append", choices=list(families), help="only this one; may be repeated")
    args = parser.parse_args()
    chosen = {name: families[name] for name in args.family or families}
    began, bad = time.perf_counter(), 0
    # the first family, the most common one, gets half of the clean sets
    shares = [1.0] if len(chosen) == 1 else [0.5] + [0.5 / (len(chosen) - 1)] * (len(chosen) - 1)
    for share, (name, family) in zip(shares, chosen.items(), strict=True):
        if args.clean:
            bad += calibrate(name, family, -int(-args.clean * share // 1), args.seed)
    for name, family in chosen.items():
        if args.tries:
            bad += detect(name, family, args.tries, args.seed)
    sys.stdout.write(f"{time.perf_counter() - began:.0f} s\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
