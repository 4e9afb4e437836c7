"""Time and exactness of the one pass over 1,000,000 rows × 41 mixed columns, against pandas' describe.

    python benchmarks/profile_speed.py [--rows 1000000] [--repeat 3]

Prints seconds of `describe(include="all")` and of the profile with every rule's facts, on the same frame in the
same run, and their ratio; then profiles the frame in parts, saves and loads the parts, merges them and compares the
result with the profile of the whole: counts must agree exactly, sums to 1e-9 of the column's spread.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import fields
from typing import Any, cast

import numpy as np
import pandas as pd

import dataaudit
from dataaudit.model import Floats, State
from dataaudit.profile import Profile
from dataaudit.stats.moments import Moments, MomentsState
from dataaudit.stats.state import encode


def mixed_frame(rows: int, seed: int = 0) -> pd.DataFrame:
    """Return 30 floats, 5 integers, 5 texts and a label."""
    rng = np.random.default_rng(seed)
    columns: dict[str, Any] = {f"f{j}": rng.normal(j, 1 + j, rows) for j in range(28)}
    columns["level"] = 1e9 + rng.normal(0, 1e-3, rows)
    columns["sparse"] = np.where(rng.random(rows) < 0.1, rng.lognormal(size=rows), 0.0)
    columns["f3"][rng.random(rows) < 0.05] = np.nan
    for j, high in enumerate((2, 12, 100, 10_000, 2**31)):
        columns[f"i{j}"] = rng.integers(0, high, rows)
    for j, kinds in enumerate((3, 10, 50, 300, 5000)):
        words = np.array([f"word {k:04d}" for k in range(kinds)], dtype=object)
        columns[f"s{j}"] = pd.array(words[rng.integers(0, kinds, rows)], dtype="str")
    columns["label"] = rng.integers(0, 10, rows)
    return pd.DataFrame(columns)


def seconds(work: Callable[[], Any], repeat: int) -> tuple[float, Any]:
    """Return the median time of some runs, and the last result."""
    times, result = [], None
    for _ in range(repeat):
        began = time.perf_counter()
        result = work()
        times.append(time.perf_counter() - began)
    return statistics.median(times), result


def in_parts(frame: pd.DataFrame, cuts: list[int]) -> Profile:
    """Profile consecutive parts, send each through its JSON, and merge them."""
    joined: Profile | None = None
    for first, last in zip([0, *cuts], [*cuts, len(frame)], strict=True):
        part = dataaudit.profile_of(frame.iloc[first:last], target="label", first_row=first)
        part = Profile.from_dict(part.to_dict())
        joined = part if joined is None else joined.merge(part)
    assert joined is not None
    return joined


def differences(parts: Profile, whole: Profile) -> tuple[list[str], float]:
    """Return the statistics whose counts differ, and the largest difference of a moment, in the column's spread."""
    wrong, worst = [], 0.0
    for name, facts in parts.splits.items():
        for key, state in facts.states.items():
            other = whole.splits[name].states[key]
            for mine, theirs in zip(_moments(state), _moments(other), strict=True):
                spread = np.where(theirs.std > 0, theirs.std, 1.0)
                gap = np.abs((mine.pivot - theirs.pivot) + (mine.rest - theirs.rest)) / spread
                worst = max(worst, _largest(gap), _largest(np.abs(mine.std - theirs.std) / spread))
            if _counts(state) != _counts(other):
                wrong.append(type(key).__name__)
    return wrong, worst


def _largest(values: Floats) -> float:
    finite = values[np.isfinite(values)]
    return float(finite.max()) if finite.size else 0.0


def _moments(state: State) -> list[MomentsState]:
    """Return a state's moments, wherever they stand in it."""
    inner = [getattr(state, f.name) for f in fields(cast("Any", state))]
    return [m for m in (state, *inner) if isinstance(m, MomentsState)]


def _counts(state: State) -> Any:
    """Return all of a state that must agree exactly: everything but means and powers of differences."""
    data = encode(state)
    for part in (data, *(v for v in data["fields"].values() if isinstance(v, dict))):
        if part.get("type") == MomentsState.__name__:
            for name in ("pivot", "rest", "m2", "m3", "m4"):
                del part["fields"][name]
    return data


def main() -> int:
    """Run the benchmark; 1 if the merged profile is not that of the whole."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    args = parser.parse_args()
    frame = mixed_frame(args.rows)
    say = sys.stdout.write
    say(f"{len(frame):,} rows x {frame.shape[1]} columns\n")
    describe, _ = seconds(lambda: frame.describe(include="all"), args.repeat)
    say(f"pandas describe(include='all')   {describe:6.2f} s\n")
    took, whole = seconds(lambda: dataaudit.profile_of(frame, target="label"), args.repeat)
    say(f"dataaudit profile, all facts     {took:6.2f} s   ratio {took / describe:.2f}\n")
    took, _ = seconds(lambda: dataaudit.audit(frame, target="label"), 1)
    say(f"dataaudit audit, with the report {took:6.2f} s   ratio {took / describe:.2f}\n")
    parts = in_parts(frame, [len(frame) // 3, len(frame) // 2 + 17])
    wrong, worst = differences(parts, whole)
    assert Moments() in whole.splits["train"].states
    say(
        f"merged parts against the whole: counts differ in {wrong or 'nothing'}, moments by {worst:.1e} of the spread\n"
    )
    return 1 if wrong or worst > 1e-9 else 0


if __name__ == "__main__":
    sys.exit(main())
