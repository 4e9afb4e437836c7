"""Time of the commit hook on 10 MB: few columns, sentences and many columns, each as one table and as three splits.

    python benchmarks/pre_commit_speed.py [--megabytes 10] [--repeat 3]

Runs `dataaudit hook` in a process of its own, as a commit does, start of Python included, and prints the best wall and
processor time of some runs. Fails where the processor time is above the limit of 5 seconds: on a machine that does
nothing else a commit waits no longer than that, and on a busy one the wall time tells of the others. Modules are
compiled before, as those of an installed package are.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

LIMIT = 5.0
"""Seconds that a commit may take."""


def numbers(rows: int, seed: int = 0) -> pd.DataFrame:
    """Return 18 floats of four decimals, 5 integers, 5 columns of words and a label: 0.2 MB for 1,000 rows."""
    rng = np.random.default_rng(seed)
    columns: dict[str, object] = {f"f{j}": np.round(rng.normal(j, 1 + j, rows), 4) for j in range(18)}
    columns |= {f"i{j}": rng.integers(0, high, rows) for j, high in enumerate((2, 12, 100, 10_000, 2**31))}
    for j, kinds in enumerate((3, 10, 50, 300, 5000)):
        words = np.array([f"word {k:04d}" for k in range(kinds)], dtype=object)
        columns[f"s{j}"] = words[rng.integers(0, kinds, rows)]
    columns["label"] = rng.integers(0, 10, rows)
    return pd.DataFrame(columns)


def texts(rows: int, seed: int = 0) -> pd.DataFrame:
    """Return sentences that hardly repeat, and a label: 0.1 MB for 1,000 rows."""
    rng = np.random.default_rng(seed)
    words = np.array([f"w{k}" for k in range(20_000)], dtype=object)
    lines = [" ".join(line) for line in words[rng.zipf(1.3, (rows, 20)) % len(words)]]
    return pd.DataFrame({"text": lines, "label": rng.integers(0, 2, rows)})


def wide(rows: int, seed: int = 0) -> pd.DataFrame:
    """Return 1,000 floats of four decimals, and a label: 7 MB for 1,000 rows."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(np.round(rng.normal(size=(rows, 1_000)), 4), columns=[f"f{j}" for j in range(1_000)])
    return frame.assign(label=rng.integers(0, 2, rows))


def write(make: Callable[[int], pd.DataFrame], megabytes: float, folder: Path) -> None:
    """Write as many rows as make a file of that size, as table.csv and as three splits in a folder below."""
    path = folder / "table.csv"
    (folder / "splits").mkdir(parents=True)
    make(1_000).to_csv(path, index=False)
    frame = make(int(1_000 * megabytes * 1e6 / path.stat().st_size))
    frame.to_csv(path, index=False)
    cuts = [0, int(0.7 * len(frame)), int(0.85 * len(frame)), len(frame)]
    for split, (first, last) in zip(("train", "validation", "test"), pairwise(cuts), strict=True):
        frame.iloc[first:last].to_csv(folder / "splits" / f"{split}.csv", index=False)


def run(folder: Path, *files: str) -> tuple[float, float]:
    """Return processor and wall seconds of the hook."""
    before, began = os.times(), time.perf_counter()
    command = [sys.executable, "-m", "dataaudit", "hook", "--target", "label", "--fail-on", "never", *files]
    compiled = {**os.environ, "PYTHONPYCACHEPREFIX": str(folder.parent / "compiled")}
    compiled.pop("PYTHONDONTWRITEBYTECODE", None)
    subprocess.run(command, cwd=folder, env=compiled, check=True, stdout=subprocess.DEVNULL)
    after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return used, time.perf_counter() - began


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=float, default=10.0)
    parser.add_argument("--repeat", type=int, default=3, help="runs, of which the best counts; the first compiles")
    args = parser.parse_args()
    slow = False
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "dataaudit.toml").touch()  # no settings from the folders above
        for what, make in (("29 columns", numbers), ("sentences", texts), ("1,000 columns", wide)):
            write(make, args.megabytes, folder / make.__name__)
            for how, file in (("one table", "table.csv"), ("three splits", "splits/test.csv")):
                used, wall = min(run(folder / make.__name__, file) for _ in range(args.repeat))
                sys.stdout.write(
                    f"{what:13} {how:12}  processor {used:5.2f} s (limit {LIMIT:g} s), wall {wall:5.2f} s\n"
                )
                slow |= used > LIMIT
    return int(slow)


if __name__ == "__main__":
    sys.exit(main())
