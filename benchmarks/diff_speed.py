"""Size of a committed profile, and time and silence of a comparison.

    python benchmarks/diff_speed.py [--columns 1000] [--rows 10000] [--changes 60]

Makes two versions of a table of mixed columns in three splits (a fifth of the rows in validation and in test each),
saves their profiles as `.json.gz`, and compares them; then follows the rows of one table (100,000 × 20) through a
shuffle with edits; then counts what is told of harmless changes: rows added, taken away, shuffled. Limits: 200 KB a
profile, 2 seconds of processor time for the comparison of profiles, at most one warning in fifty harmless changes.
Leaves with status 1 if one of them does not hold.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import dataaudit

SIZE, SECONDS, ALARMS = 200_000, 2.0, 0.02


def mixed(rows: int, columns: int, seed: int) -> pd.DataFrame:
    """Return six in ten floats, then lognormal numbers with gaps, whole numbers, yes or no, and words."""
    rng = np.random.default_rng(seed)
    made: dict[str, Any] = {}
    for j in range(columns - 1):
        kind, name = j % 10, f"f{j}"
        if kind < 6:
            made[name] = rng.normal(j, 1 + j % 7, rows)
        elif kind == 6:
            made[name] = np.where(rng.random(rows) < 0.05, np.nan, rng.lognormal(0, 1, rows))
        elif kind == 7:
            made[name] = rng.integers(0, (2, 12, 100, 100_000)[j // 10 % 4], rows)
        elif kind == 8:
            made[name] = rng.integers(0, 2, rows)
        else:
            words = np.array([f"w{j} {i}" for i in range((3, 10, 40)[j // 10 % 3])], dtype=object)
            made[name] = pd.array(words[rng.integers(0, len(words), rows)], dtype="str")
    made["y"] = rng.integers(0, 5, rows)
    return pd.DataFrame(made)


def version(rows: int, columns: int, seed: int) -> dict[str, pd.DataFrame]:
    """Return three splits."""
    sizes = {"data": rows, "validation": rows // 5, "test": rows // 5}
    return {name: mixed(n, columns, 10 * seed + k) for k, (name, n) in enumerate(sizes.items())}


def profiles(folder: Path, rows: int, columns: int) -> tuple[list[int], float, float, dict[str, int]]:
    """Return bytes of two profiles, seconds of the processor and of the clock, and what was told."""
    sizes = []
    for k in (0, 1):
        profile = dataaudit.profile_of(**version(rows, columns, k), target="y")
        profile.save(folder / f"{k}.json.gz")
        sizes.append((folder / f"{k}.json.gz").stat().st_size)
    report, cpu, clock = timed(lambda: dataaudit.diff(folder / "0.json.gz", folder / "1.json.gz"))
    return sizes, cpu, clock, counts(report)


def timed(work: Callable[[], Any]) -> tuple[Any, float, float]:
    """Return a result, and seconds of the processor and of the clock."""
    cpu, clock = time.process_time(), time.perf_counter()
    result = work()
    return result, time.process_time() - cpu, time.perf_counter() - clock


def counts(report: Any) -> dict[str, int]:
    """Return new findings that are no notes, by rule."""
    found: dict[str, int] = {}
    for finding in report.findings:
        if finding.new and finding.severity != "note":
            found[finding.rule] = found.get(finding.rule, 0) + 1
    return found


def rows_followed(n: int = 100_000, columns: int = 20) -> tuple[float, float]:
    """Return seconds of the processor for following rows, and for profiling both versions alone."""
    base = mixed(n, columns, 5)
    head = base.sample(frac=1.0, random_state=0).reset_index(drop=True)
    head.loc[:9, "y"] = (head.loc[:9, "y"] + 1) % 5
    report, cpu, _ = timed(lambda: dataaudit.diff(base, head, "y", select=["DIF"], probe=False, jobs=1))
    (line,) = report.document["diff"]["rows"]
    assert (line["same"], line["relabelled"]) == (n - 10, 10), line
    _, alone, _ = timed(lambda: [dataaudit.profile_of(data, target="y", jobs=1) for data in (base, head)])
    return cpu, alone


def harmless(times: int) -> int:
    """Return how many harmless changes were warned of."""
    warned = 0
    for seed in range(times):
        rng = np.random.default_rng(seed)
        base, more = mixed(1000, 20, 7000 + seed), mixed(int(rng.integers(5, 900)), 20, 8000 + seed)
        kept = base[rng.random(len(base)) < 0.95]
        head = pd.concat([kept, more], ignore_index=True).sample(frac=1.0, random_state=seed)
        told = counts(dataaudit.diff(base, head, "y", select=["DIF"], probe=False, jobs=1))
        if told:
            print(f"  change {seed}: {told}")
        warned += bool(told)
    return warned


def main() -> int:
    """Print all figures, and return the status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--columns", type=int, default=1000)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--changes", type=int, default=60)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        sizes, cpu, clock, told = profiles(Path(folder), given.rows, given.columns)
    print(f"profiles of {given.columns:,} columns × 3 splits: {sizes[0]:,} and {sizes[1]:,} bytes (limit {SIZE:,})")
    print(f"compared in {cpu:.2f} s of processor time, {clock:.2f} s by the clock (limit {SECONDS} s); told: {told}")
    followed, alone = rows_followed()
    print(f"rows of 100,000 × 20 followed in {followed:.2f} s of processor time; profiling both alone {alone:.2f} s, "
          f"ratio {followed / alone:.2f}")  # fmt: skip
    warned = harmless(given.changes)
    print(f"harmless changes warned of: {warned} of {given.changes}")
    held = max(sizes) <= SIZE and cpu <= SECONDS and warned <= ALARMS * given.changes
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
