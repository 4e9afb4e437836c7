"""Time and exactness of LEA110 on 1,000,000 rows against pandas' row hashes and `isin`, on the same frames.

    python benchmarks/duplicates_speed.py [--rows 1000000] [--repeat 3]

For a narrow (14 mixed columns) and a wide (41 mixed columns) table, train and test 4:1, one in a hundred test rows
copied from train. Compared are seconds of `pandas.util.hash_pandas_object` on the inputs of both splits with
`Series.isin`, and seconds of the rule's own path: row hashes over all chunks, then the judgement with chance,
verification and figure. The frames, and the chunks that the loader makes of them for all facts together, are at hand
before the clocks start; what making them costs is printed beside it. The rows that the rule finds must be those that
were copied, all of them and no others.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from dataaudit import engine
from dataaudit.analyzers.leakage.duplicates import DuplicatesAcrossSplits
from dataaudit.analyzers.leakage.shared_rows import shared_rows
from dataaudit.loaders import load
from dataaudit.model import Chunk, Dataset, Finding, Ints, SplitView, Stage
from dataaudit.stats.row_hashes import RowHashes
from dataaudit.stats.sample import Sample


def mixed_frame(rows: int, wide: bool, seed: int) -> pd.DataFrame:
    """Return floats, integers and texts in the proportion 3:1:1, and a label."""
    rng = np.random.default_rng(seed)
    floats, whole, texts = (30, 5, 5) if wide else (8, 3, 2)
    columns: dict[str, Any] = {f"f{j}": rng.normal(j, 1 + j, rows) for j in range(floats)}
    columns["f3"][rng.random(rows) < 0.05] = np.nan
    for j, high in enumerate((2, 12, 100, 10_000, 2**31)[:whole]):
        columns[f"i{j}"] = rng.integers(0, high, rows)
    for j, kinds in enumerate((3, 300, 10, 50, 5000)[:texts]):
        words = np.array([f"word {k:04d}" for k in range(kinds)], dtype=object)
        columns[f"s{j}"] = pd.array(words[rng.integers(0, kinds, rows)], dtype="str")
    columns["label"] = rng.integers(0, 10, rows)
    return pd.DataFrame(columns)


def copied_frames(rows: int, wide: bool) -> tuple[pd.DataFrame, pd.DataFrame, Ints]:
    """Return train, test, and the rows of test that were copied from train."""
    frame = mixed_frame(rows, wide, 0)
    n_test = rows // 5
    train, test = frame.iloc[n_test:].reset_index(drop=True), frame.iloc[:n_test]
    rng = np.random.default_rng(1)
    at = np.sort(rng.choice(n_test, n_test // 100, replace=False)).astype(np.int64)
    order = np.arange(n_test)
    both = pd.concat([test, train.iloc[rng.choice(len(train), len(at), replace=False)]], ignore_index=True)
    order[at] = n_test + np.arange(len(at))
    return train, both.iloc[order].reset_index(drop=True), at


def by_pandas(train: pd.DataFrame, test: pd.DataFrame) -> Ints:
    """Return the rows of test whose inputs are in train."""
    hash_rows = pd.util.hash_pandas_object
    there = hash_rows(train.drop(columns="label"), index=False)
    here = hash_rows(test.drop(columns="label"), index=False)
    return np.flatnonzero(here.isin(there)).astype(np.int64)


@dataclass(frozen=True)
class Prepared:
    """Both splits as the rule meets them: chunks read, and the facts that every audit has anyway."""

    dataset: Dataset
    chunks: dict[str, list[Chunk]]
    views: dict[str, SplitView]
    reading: float


def prepared(train: pd.DataFrame, test: pd.DataFrame) -> Prepared:
    """Return the splits as chunks, and as rules see them but for the row hashes."""
    dataset = load(train, None, test, target="label")
    began = time.perf_counter()
    chunks = {name: list(source.chunks()) for name, source in dataset.sources.items()}
    for part in chunks.values():
        for chunk in part:
            assert len(chunk.numbers) + len(chunk.codes) == train.shape[1]  # both are built on first use
    reading = time.perf_counter() - began
    facts = engine.profile(dataset, (*engine.BASE, Sample()), stage=Stage.RAW, jobs=1)
    return Prepared(dataset, chunks, engine.views(facts), reading)


def by_rule(known: Prepared) -> tuple[list[Finding], Ints]:
    """Return the rule's findings, and all shared rows."""
    context = replace(next(iter(known.views.values())).context, shared={})
    views = {}
    for name, view in known.views.items():
        state = RowHashes().start(known.dataset.schema)
        for chunk in known.chunks[name]:
            state.observe(chunk)
        source = known.dataset.sources[name]
        views[name] = replace(view, context=context, states={**view.states, RowHashes(): state}, source=source)
    findings = [said for said in DuplicatesAcrossSplits().judge_across(views) if isinstance(said, Finding)]
    return findings, shared_rows(views["train"], views["test"]).rows


def seconds(work: Callable[[], Any], repeat: int) -> tuple[float, Any]:
    """Return the median time of some runs, and the last result."""
    times, result = [], None
    for _ in range(repeat):
        began = time.perf_counter()
        result = work()
        times.append(time.perf_counter() - began)
    return statistics.median(times), result


def main() -> int:
    """Run the comparison; the exit status is 1 where rows are missed or invented, or the limit of 1.5 is passed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    args = parser.parse_args()
    failed = False
    for wide in (False, True):
        train, test, at = copied_frames(args.rows, wide)
        known = prepared(train, test)
        pandas_time, pandas_rows = seconds(partial(by_pandas, train, test), args.repeat)
        rule_time, (findings, rows) = seconds(partial(by_rule, known), args.repeat)
        ratio = rule_time / pandas_time
        exact = np.array_equal(rows, at) and len(findings) == 1 and findings[0].row_count == len(at)
        failed |= not exact or ratio > 1.5
        print(
            f"{len(train) + len(test):,} × {train.shape[1]}: pandas {pandas_time:.2f} s ({len(pandas_rows):,} rows), "
            f"LEA110 {rule_time:.2f} s ({len(rows):,} of {len(at):,} copies, {len(np.setdiff1d(rows, at)):,} others), "
            f"ratio {ratio:.2f}; reading for all rules together {known.reading:.2f} s"
        )
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
