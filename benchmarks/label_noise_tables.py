"""Wrong labels put into tables: the probe's ranking and flags against cleanlab around single models, on the same rows.

    python benchmarks/label_noise_tables.py [--tables FOLDER] [--cache FOLDER] [--results FILE] [--quick]

Thirteen tasks: seven of the kind that the method was designed on and six others; those of scikit-learn, and those of
FOLDER (diamonds.csv, mpg.csv, penguins.csv, titanic.csv as seaborn ships them), which are left out without one. Labels
are changed at random to any other class (symmetric), to the next class (pair), and where and to what a random function
of the inputs says (inputs); at five rates, three draws each. cleanlab's CleanLearning gets a column for each category,
medians for missing numbers, and models set as the probe's pool sets them. Results are kept in FILE, so that a run that
was interrupted goes on; those of this package are computed anew when its code has changed.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.update({"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"})

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from peers import CLEANLAB, Peer

import dataaudit.probe
from dataaudit import engine
from dataaudit.analyzers.labels.label_noise import LabelNoise
from dataaudit.loaders import load
from dataaudit.model import Finding, ProbeSettings, SplitView, Stage
from dataaudit.probe.quality import Quality, review, strong
from dataaudit.probe.run import probe_run
from dataaudit.stats.sample import Sample

Generator = np.random.Generator
Labels = NDArray[np.int64]
RATES = (0.02, 0.05, 0.1, 0.2, 0.4)
KINDS = ("symmetric", "pair", "inputs")
SIDES = ("LR", "ExtraTrees", "ours", "HistGB")
"""cleanlab around three models, and this package; in the order in which they are run."""


# ---------------------------------------------------------------- tasks


@dataclass(frozen=True)
class Task:
    """A table of inputs and its labels."""

    name: str
    designed: bool
    frame: pd.DataFrame
    y: Labels


def _bundled(loader: Callable[..., Any], most: int) -> tuple[pd.DataFrame, pd.Series[Any]]:
    frame = loader(as_frame=True).frame
    frame = frame.sample(min(most, len(frame)), random_state=0)
    return frame.drop(columns="target"), frame["target"]


def _listed(most: int, folder: Path | None) -> Iterator[tuple[str, bool, pd.DataFrame, pd.Series[Any]]]:
    from sklearn import datasets

    for name in ("iris", "wine", "breast_cancer", "digits"):
        yield name, True, *_bundled(getattr(datasets, f"load_{name}"), most)
    frame, y = _bundled(datasets.load_diabetes, most)
    yield "diabetes, thirds", False, frame, pd.qcut(y, 3, labels=False)
    frame, y = _bundled(datasets.load_digits, most)
    yield "digits, odd", False, frame, y % 2
    if folder is None:
        print("no --tables: the tasks on diamonds, mpg, penguins and titanic are left out", file=sys.stderr)
        return
    for name, target, designed, dropped in (
        ("penguins", "species", True, []),
        ("titanic", "survived", True, ["alive"]),
        ("diamonds", "cut", True, []),
        ("penguins", "sex", False, []),
        ("mpg", "origin", False, ["name"]),
        ("diamonds", "clarity", False, []),
        ("titanic", "embark_town", False, ["alive", "embarked"]),
    ):
        frame = pd.read_csv(folder / f"{name}.csv").dropna(subset=target)
        frame = frame.sample(min(most, len(frame)), random_state=0)
        yield f"{name}, {target}", designed, frame.drop(columns=[target, *dropped]), frame[target]


def tasks(most: int, folder: Path | None) -> Iterator[Task]:
    """Yield the tasks, each of `most` rows at most."""
    for name, designed, frame, y in _listed(most, folder):
        codes = np.unique(y.to_numpy(), return_inverse=True)[1]
        yield Task(name, designed, frame.reset_index(drop=True), codes.astype(np.int64))


# ---------------------------------------------------------------- noise


@dataclass(frozen=True)
class Draw:
    """Labels of which some are wrong."""

    kind: str
    rate: float
    seed: int
    y: Labels

    @property
    def key(self) -> str:
        """What it is called in the results."""
        return f"{self.kind} {self.rate} {self.seed}"


def wrong(kind: str, rate: float, X: NDArray[np.float32], y: Labels, rng: Generator) -> Labels:
    """Return labels of which a share was changed.

    symmetric: rows at random, to any other class alike. pair: rows at random, to the next class. inputs: rows drawn
    with odds exp(2 z), z a random direction of the standardised inputs brought to deviation one, to the class whose own
    random direction ranks highest (in the manner of Xia et al. 2020, Part-dependent label noise).
    """
    n, k = len(y), int(y.max()) + 1
    size = round(rate * n)
    changed = y.copy()
    if kind == "inputs":
        Z = X.astype(np.float64)
        Z = (Z - Z.mean(axis=0)) / np.maximum(Z.std(axis=0), 1e-9)
        along = Z @ rng.normal(size=(Z.shape[1], 1 + k))
        along /= along.std(axis=0)
        keys = 2 * along[:, 0] + rng.gumbel(size=n)
        at = np.argsort(-keys)[:size]
        ranks = np.where(np.arange(k) == y[:, None], -np.inf, along[:, 1:])
        changed[at] = ranks.argmax(axis=1)[at]
        return changed
    at = rng.choice(n, size, replace=False)
    step = rng.integers(1, k, size) if kind == "symmetric" else 1
    changed[at] = (y[at] + step) % k
    return changed


def draws(task: Task, X: NDArray[np.float32], seed: int, rates: Iterable[float]) -> list[Draw]:
    """Return the label draws of a task; rate 0 stands for its own labels."""
    found = [Draw("clean", 0.0, seed, task.y)]
    for rate, (i, kind) in itertools.product(rates, enumerate(KINDS)):
        rng = np.random.default_rng([i, round(1000 * rate), seed, len(task.y)])
        found.append(Draw(kind, rate, seed, wrong(kind, rate, X, task.y, rng)))
    return found


# ---------------------------------------------------------------- judges


def views(frame: pd.DataFrame, y: Labels, seed: int) -> dict[str, SplitView]:
    """Return a table with its labels as rules see it."""
    data = load(frame.assign(label=y), None, None, target="label")
    rule = LabelNoise()
    wanted = dict.fromkeys((*engine.plan([rule]), Sample()))
    facts = engine.profile(data, tuple(wanted), stage=Stage.RAW, jobs=1)
    settings = ProbeSettings(seed=seed, jobs=1)
    task = dataaudit.model.Task.CLASSIFICATION
    return engine.views(facts, data.sources, task=task, seed=seed, probe=settings)


def matrix(task: Task) -> NDArray[np.float32]:
    """Return a table as one would hand it to scikit-learn: medians for missing numbers, a column for each category."""
    numbers = task.frame.select_dtypes(["number", "bool"]).astype(float)
    words = task.frame.select_dtypes(exclude=["number", "bool"]).astype(object)
    columns = [numbers.fillna(numbers.median())]
    if words.shape[1]:
        columns.append(pd.get_dummies(words, dummy_na=bool(words.isna().any(axis=None))).astype(float))
    return pd.concat(columns, axis=1).to_numpy(np.float32)


Judged = dict[str, tuple[NDArray[np.float64] | None, NDArray[np.bool_]]]
"""By judge: scores, larger where the label is more suspect, and flags."""


def ours(task: Task, draw: Draw) -> Judged:
    """Judge by the probe: its review and strong tiers, and the rows that the rule reports."""
    n = len(draw.y)
    seen = views(task.frame, draw.y, draw.seed)
    run = probe_run(seen)
    at = run.rows.position[run.used]
    quality = Quality(run.P[run.used], run.y[run.used])
    score = np.full(n, -np.inf)
    score[at] = quality.score
    flags = {name: np.zeros(n, bool) for name in ("review", "strong", "alarm")}
    flags["review"][at] = review(quality)
    flags["strong"][at] = strong(quality) & review(quality)
    for said in engine.judge([LabelNoise()], seen):
        for finding in said.findings:
            flags["alarm"][list(finding.rows)] = alarming(finding)
    score[np.isneginf(score)] = quality.score.min() - 1
    return {f"dataaudit {name}": (score if name == "review" else None, flag) for name, flag in flags.items()}


def alarming(finding: Finding) -> bool:
    """Return whether a finding is more than a note."""
    return finding.severity != "note"


def theirs(peer: Peer, X: NDArray[np.float32], wanted: list[Draw], probe: str) -> Iterator[Judged]:
    """Judge by cleanlab around a single model."""
    Y, seed = np.stack([draw.y for draw in wanted]), np.array(wanted[0].seed)
    answer = peer.run("peer_cleanlab.py", "tables", X=X, Y=Y, probes=np.array([probe]), seed=seed)
    for score, flags in zip(answer[f"score_{probe}"], answer[f"flags_{probe}"], strict=True):
        yield {f"cleanlab {probe}": (score, flags)}


# ---------------------------------------------------------------- results


def measured(judged: Judged, wrong: NDArray[np.bool_]) -> dict[str, dict[str, float]]:
    """Return average precision and counts of flags by judge."""
    from sklearn.metrics import average_precision_score

    found = {}
    for who, (score, flags) in judged.items():
        line = {"flagged": int(flags.sum()), "right": int((flags & wrong).sum()), "wrong": int(wrong.sum())}
        both = line["flagged"] + line["wrong"]
        line |= {"f1": 2 * line["right"] / both} if both else {}
        if score is not None and wrong.any():
            line["ap"] = float(average_precision_score(wrong, score))
        found[who] = line
    return found


def digest(*parts: bytes) -> str:
    """Return a short name of some bytes."""
    return hashlib.blake2b(b"\0".join(parts), digest_size=6).hexdigest()


def code() -> bytes:
    """Return the code that this package's results depend on."""
    fitting = ("budget", "classifiers", "crossfit", "encoders", "features", "folds", "pooling", "run", "targets")
    names = (*fitting, "doubts", "noise", "quality")
    paths = [Path(str(dataaudit.probe.__file__)).with_name(f"{name}.py") for name in names]
    paths.append(Path(sys.modules[LabelNoise.__module__].__file__ or ""))
    return b"".join(path.read_bytes() for path in paths)


class Results:
    """Lines of a file, kept as they are made."""

    def __init__(self, path: Path) -> None:
        self._path = path
        lines = path.read_text().splitlines() if path.exists() else []
        self.lines: dict[tuple[str, str, str], dict[str, Any]] = {}
        for line in map(json.loads, lines):
            self.lines[line["task"], line["draw"], line["side"]] = line

    def lacks(self, task: str, draw: Draw, side: str, of: str) -> bool:
        """Return whether something was not measured yet, or on other data or by other code."""
        line = self.lines.get((task, draw.key, side))
        return line is None or line["of"] != of

    def add(self, task: str, draw: Draw, side: str, of: str, what: Mapping[str, Any]) -> None:
        """Keep a line."""
        line = {"task": task, "draw": draw.key, "side": side, "of": of, "by": what}
        self.lines[task, draw.key, side] = line
        with self._path.open("a") as file:
            file.write(json.dumps(line) + "\n")


def mean(values: Iterable[float]) -> float:
    """Return the mean, NaN of nothing."""
    values = list(values)
    return float(np.mean(values)) if values else float("nan")


def tables(results: Results, found: Mapping[str, bool], sides: Iterable[str], rates: Iterable[float]) -> str:
    """Return the tables of the documentation, of the draws that all sides judged."""
    common = set.intersection(*({(task, draw) for task, draw, one in results.lines if one == side} for side in sides))
    lines = [
        (task, *draw.split(" ")[:2], who, by)
        for (task, draw, side), line in results.lines.items()
        if task in found and side in sides and (task, draw) in common and float(draw.split(" ")[1]) in (0.0, *rates)
        for who, by in line["by"].items()
    ]
    judges = list(dict.fromkeys(who for *_, who, _ in lines))

    def row(who: str, keep: Callable[[str, str, str], bool]) -> list[float]:
        kept = [
            by for task, kind, rate, name, by in lines if name == who and kind != "clean" and keep(task, kind, rate)
        ]
        return [mean(by["ap"] for by in kept if "ap" in by), mean(by["f1"] for by in kept)]

    def flagged(who: str, keep: Callable[[str], bool]) -> float:
        kept: dict[str, list[float]] = {}
        for task, kind, _, name, by in lines:
            if name == who and kind == "clean" and keep(task):
                kept.setdefault(task, []).append(by["flagged"])
        return sum(map(mean, kept.values())) if kept else float("nan")

    def cell(value: float) -> str:
        return "" if np.isnan(value) else f"{value:.3f}"

    def grid(title: str, groups: Mapping[str, Callable[[str, str, str], bool]], which: int) -> str:
        head = f"| {title} | " + " | ".join(groups) + " |\n|---" + "|---" * len(groups) + "|\n"
        body = []
        for who in judges:
            values = [row(who, keep)[which] for keep in groups.values()]
            if not all(np.isnan(values)):
                body.append(f"| {who} | " + " | ".join(cell(v) for v in values) + " |\n")
        return head + "".join(body)

    halves: dict[str, Callable[[str, str, str], bool]] = {
        "designing": lambda task, *_: found[task],
        "apart": lambda task, *_: not found[task],
    }
    by_kind: dict[str, Callable[[str, str, str], bool]] = {
        kind: (lambda _t, k, _r, kind=kind: k == kind) for kind in KINDS
    }
    by_rate: dict[str, Callable[[str, str, str], bool]] = {
        f"{rate:.0%}": (lambda _t, _k, r, rate=rate: float(r) == rate) for rate in rates
    }
    by_task: dict[str, Callable[[str, str, str], bool]] = {
        task: (lambda t, _k, _r, task=task: t == task) for task in found
    }
    parts = [grid("average precision", {**halves, **by_kind, **by_rate}, 0)]
    parts.append(grid("F1 of the flags", {**halves, **by_kind, **by_rate}, 1))
    clean = "| flagged, nothing changed | designing | apart |\n|---|---|---|\n"
    for who in judges:
        values = [flagged(who, lambda t: found[t]), flagged(who, lambda t: not found[t])]
        clean += f"| {who} | " + " | ".join(f"{v:.0f}" for v in values) + " |\n"
    parts.append(clean)
    for name, which in (("average precision", 0), ("F1", 1)):
        head = f"| {name} by task | " + " | ".join(judges) + " |\n|---" + "|---" * len(judges) + "|\n"
        body = [
            f"| {t} | " + " | ".join(cell(row(who, keep)[which]) for who in judges) + " |\n"
            for t, keep in by_task.items()
        ]
        parts.append(head + "".join(body))
    head = "| flagged by task, nothing changed | " + " | ".join(judges) + " |\n|---" + "|---" * len(judges) + "|\n"
    body = [
        f"| {t} | " + " | ".join(f"{flagged(who, lambda s, t=t: s == t):.0f}" for who in judges) + " |\n" for t in found
    ]
    parts.append(head + "".join(body))
    return "\n".join(parts)


def main() -> int:
    """Run what is not measured yet; print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", type=Path, help="folder of the csv files")
    parser.add_argument("--cache", type=Path, help="where cleanlab's environment is kept")
    parser.add_argument("--results", type=Path, default=Path("label_noise_tables.jsonl"))
    parser.add_argument("--rows", type=int, default=300, help="most rows of a table")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rates", type=float, nargs="+", default=RATES, choices=RATES)
    parser.add_argument("--only", nargs="*", help="beginnings of names of tasks")
    parser.add_argument("--quick", action="store_true", help="one seed, 200 rows")
    parser.add_argument("--show", action="store_true", help="print what is in the results; measure nothing")
    parser.add_argument("--sides", nargs="+", choices=SIDES, default=SIDES)
    args = parser.parse_args()
    rows, seeds = (200, 1) if args.quick else (args.rows, args.seeds)
    results, own = Results(args.results), code()
    chosen = [t for t in tasks(rows, args.tables) if not args.only or t.name.startswith(tuple(args.only))]
    matrices = [matrix(task) for task in chosen]
    seeds = 0 if args.show else seeds
    with Peer(CLEANLAB, args.cache) as peer:
        for seed, side, (task, X) in itertools.product(range(seeds), args.sides, zip(chosen, matrices, strict=True)):
            of, began = digest(X.tobytes(), task.y.tobytes(), own if side == "ours" else b""), time.perf_counter()
            todo = [draw for draw in draws(task, X, seed, args.rates) if results.lacks(task.name, draw, side, of)]
            if not todo:
                continue
            answers = (ours(task, draw) for draw in todo) if side == "ours" else theirs(peer, X, todo, side)
            for draw, judged in zip(todo, answers, strict=True):
                results.add(task.name, draw, side, of, measured(judged, draw.y != task.y))
            seconds = time.perf_counter() - began
            said = f"seed {seed}, {side}, {task.name}: {len(task.y)} × {X.shape[1]}, {len(todo)} draws, {seconds:.0f} s"
            print(said, file=sys.stderr, flush=True)
    found = {task.name: task.designed for task in chosen}
    print(tables(results, found, args.sides, args.rates))
    return 0


if __name__ == "__main__":
    sys.exit(main())
