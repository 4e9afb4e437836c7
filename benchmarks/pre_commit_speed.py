"""Time of the commit hook on 10 MB: one table, the same rows as three splits, and a table of words.

    python benchmarks/pre_commit_speed.py [--megabytes 10] [--repeat 3]

Runs `dataaudit hook` in a process of its own, as a commit does, start of Python included, and prints the best wall and
processor time of some runs. Fails where the processor time is above the limit of 5 seconds: on a machine that does
nothing else a commit waits no longer than that, and on a busy one the wall time tells of the others.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
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


def sized(make: object, megabytes: float, path: Path) -> pd.DataFrame:
    """Return as many rows as make a file of that size, and write it."""
    assert callable(make)
    make(1_000).to_csv(path, index=False)
    frame: pd.DataFrame = make(int(1_000 * megabytes * 1e6 / path.stat().st_size))
    frame.to_csv(path, index=False)
    return frame


def run(folder: Path, *files: str) -> tuple[float, float]:
    """Return processor and wall seconds of the hook."""
    before, began = os.times(), time.perf_counter()
    command = [sys.executable, "-m", "dataaudit", "hook", "--target", "label", "--fail-on", "never", *files]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return used, time.perf_counter() - began


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=float, default=10.0)
    parser.add_argument("--repeat", type=int, default=3)
    args = parser.parse_args()
    slow = False
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "dataaudit.toml").touch()  # no settings from the folders above
        frame = sized(numbers, args.megabytes, folder / "table.csv")
        sized(texts, args.megabytes, folder / "words.csv")
        first, second = int(0.7 * len(frame)), int(0.85 * len(frame))
        for split, rows in (
            ("train", slice(first)),
            ("validation", slice(first, second)),
            ("test", slice(second, None)),
        ):
            frame.iloc[rows].to_csv(folder / f"{split}.csv", index=False)
        for what, files in (
            ("one table of 29 columns", ("table.csv",)),
            ("the same as three splits", ("test.csv",)),
            ("sentences", ("words.csv",)),
        ):
            used, wall = min(run(folder, *files) for _ in range(args.repeat))
            sys.stdout.write(
                f"{args.megabytes:g} MB, {what:26} processor {used:5.2f} s (limit {LIMIT:g} s), wall {wall:5.2f} s\n"
            )
            slow |= used > LIMIT
    return int(slow)


if __name__ == "__main__":
    sys.exit(main())
