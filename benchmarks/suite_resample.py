"""Suites of expectations on real tables: how often a resample passes, and which of thirteen faults fail them.

A resample is the other half of the rows (the suite is made from the first half, in random order), or a bootstrap of all
rows. Each fault is injected several times into a bootstrap of the table whose suite is made from all rows.

    python benchmarks/suite_resample.py [--times 50] [--faults 5] [--tables FOLDER] [--only NAME ...]

Prints two Markdown tables. Exit status 1 if fewer than 99 of 100 resamples pass, over all tables. Expectations are
judged in pandas, a few of the kinds that there are; the first runs of each table are judged by Great Expectations as
well, and the program stops where the two differ.
"""

from __future__ import annotations

import argparse
import collections
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from dataaudit import engine
from dataaudit.bridges.great_expectations import run_suite, suite_from
from dataaudit.loaders import load
from dataaudit.stats.extremes import Extremes

Table = tuple[str, pd.DataFrame, str]


def sklearn_tables() -> Iterator[Table]:
    from sklearn import datasets

    for name in ("iris", "wine", "breast_cancer", "diabetes", "digits"):
        frame = getattr(datasets, f"load_{name}")(as_frame=True).frame
        yield name, frame, "target"
    penguins = pd.read_csv(Path(__file__).parents[1] / "sample_data" / "penguins_source.csv")
    yield "penguins", penguins, "species"


def folder_tables(folder: Path) -> Iterator[Table]:
    for path in sorted(folder.rglob("*.csv")) + sorted(folder.rglob("*.parquet")):
        frame = pd.read_csv(path) if path.suffix == ".csv" else pd.read_parquet(path)
        if len(frame) >= 200 and frame.shape[1] >= 2:
            yield path.stem, frame.head(20_000), str(frame.columns[-1])


def suite_of(frame: pd.DataFrame, target: str) -> dict:
    dataset = load(frame, target=target)
    facts = engine.profile(dataset, (*engine.BASE, Extremes()), stage=dataset.stage, jobs=1)
    return suite_from(facts).to_json_dict()


def failed(suite: dict, frame: pd.DataFrame, check: bool = False) -> list[str]:
    """Return the expectations that are not met, as text; with `check`, by both judges."""
    mine = [not met(e["type"], e["kwargs"], frame) for e in suite["expectations"]]
    if check:
        run = run_suite(suite, load(frame).sources["train"])
        theirs = [r.met is not True for r in run.results]
        for one, other, e in zip(mine, theirs, suite["expectations"], strict=True):
            if one != other:
                raise AssertionError(f"judged differently: {e} {one} {other}")
    return [f"{e['type']} {e['kwargs']}" for e, bad in zip(suite["expectations"], mine, strict=True) if bad]


def met(kind: str, kw: dict, frame: pd.DataFrame) -> bool:
    """Judge one expectation of the kinds that suites made from audits hold."""
    if kind == "expect_table_columns_to_match_set":
        return set(frame.columns) == set(kw["column_set"])
    if kind == "expect_table_columns_to_match_ordered_list":
        return list(frame.columns) == kw["column_list"]
    if kind == "expect_table_row_count_to_be_between":
        return kw["min_value"] <= len(frame) <= kw["max_value"]
    if kw["column"] not in frame:
        return False
    column, mostly = frame[kw["column"]], kw.get("mostly", 1.0)
    if kind == "expect_column_values_to_not_be_null":
        return column.notna().mean() >= mostly
    if kind == "expect_column_values_to_be_in_type_list":
        return str(column.dtype) in kw["type_list"]
    column = column.dropna()
    if kind == "expect_column_values_to_be_unique":
        return column.is_unique
    if kind == "expect_column_proportion_of_unique_values_to_be_between":
        return column.nunique() / len(column) >= kw["min_value"]
    if kind == "expect_column_values_to_be_in_set":
        return column.isin(kw["value_set"]).mean() >= mostly
    if kind == "expect_column_values_to_not_be_in_set":
        return (~column.isin(kw["value_set"])).mean() >= mostly
    if not pd.api.types.is_numeric_dtype(column):
        return False
    low, high = kw.get("min_value", -np.inf), kw.get("max_value", np.inf)
    if kind == "expect_column_values_to_be_between":
        return ((column >= low) & (column <= high)).mean() >= mostly
    return low <= (column.mean() if kind == "expect_column_mean_to_be_between" else column.std()) <= high


def unique_columns(frame: pd.DataFrame) -> list[str]:
    return [c for c in frame if frame[c].is_unique and not pd.api.types.is_float_dtype(frame[c])]


def bootstrap(frame: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Draw rows with replacement; columns that number the rows keep their own values, each once."""
    drawn = frame.iloc[rng.integers(0, len(frame), len(frame))].reset_index(drop=True)
    for name in unique_columns(frame):
        drawn[name] = frame[name].sample(frac=1, random_state=int(rng.integers(2**31))).to_numpy()
    return drawn


# ---------------------------------------------------------------- faults


def numbers(frame: pd.DataFrame, target: str) -> list[str]:
    """Return the columns of quantities: many values, none of which names a row."""
    found = []
    for name in frame.columns:
        column = frame[name]
        if name == target or not pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
            continue
        if column.nunique() > 20 and name not in unique_columns(frame):
            found.append(name)
    return found


def words(frame: pd.DataFrame, target: str) -> list[str]:
    return [c for c in frame if 2 <= frame[c].nunique() <= 20]


def some(frame: pd.DataFrame, share: float, rng: np.random.Generator) -> np.ndarray:
    return rng.choice(len(frame), max(1, round(share * len(frame))), replace=False)


def drop(frame, number, word, target, rng):
    return frame.drop(columns=number or word)


def rename(frame, number, word, target, rng):
    return frame.rename(columns={number or word: f"{number or word}_new"})


def to_text(frame, number, word, target, rng):
    return frame.assign(**{number: frame[number].map(lambda v: f"{v} cm")}) if number else None


def missing(frame, number, word, target, rng):
    column = frame[number or word].astype(object)
    column.iloc[some(frame, 0.1, rng)] = None
    return frame.assign(**{number or word: pd.to_numeric(column) if number else column})


def unit(frame, number, word, target, rng):
    return frame.assign(**{number: frame[number] * 1000.0}) if number else None


def sign(frame, number, word, target, rng):
    """Flip the sign of a column that has one: of values on both sides of zero, no fact of one column would tell."""
    if not number or frame[number].min() < 0 or frame[number].median() <= 0:
        return None
    return frame.assign(**{number: -frame[number]})


def constant(frame, number, word, target, rng):
    return frame.assign(**{number: frame[number].median()}) if number else None


def new_category(frame, number, word, target, rng):
    if not word:
        return None
    column = frame[word].astype(object)
    column.iloc[some(frame, 0.05, rng)] = "newcomer" if isinstance(column.dropna().iloc[0], str) else 987
    return frame.assign(**{word: column if isinstance(column.dropna().iloc[0], str) else pd.to_numeric(column)})


def class_dropped(frame, number, word, target, rng):
    if not 2 <= frame[target].nunique() <= 20:
        return None
    return frame[frame[target] != frame[target].value_counts().index[-1]].reset_index(drop=True)


def class_doubled(frame, number, word, target, rng):
    """Double the share of the class nearest to a quarter of the rows, at the cost of the others."""
    shares = frame[target].value_counts(normalize=True)
    if not 2 <= len(shares) <= 20:
        return None
    name = (shares - 0.25).abs().idxmin()
    goal = min(2 * shares[name], 0.95)
    inside, outside = frame[frame[target] == name], frame[frame[target] != name]
    n = len(frame)
    parts = [part.iloc[rng.integers(0, len(part), size)] for part, size in
             ((inside, round(goal * n)), (outside, n - round(goal * n)))]  # fmt: skip
    return pd.concat(parts).sample(frac=1, random_state=int(rng.integers(2**31))).reset_index(drop=True)


def id_twice(frame, number, word, target, rng):
    names = [c for c in frame if c == "row_id"]
    column = frame[names[0]].to_numpy().copy()
    column[some(frame, 0.05, rng)] = column[0]
    return frame.assign(**{names[0]: column})


def sentinel(frame, number, word, target, rng):
    if not number:
        return None
    column = frame[number].astype(float).to_numpy().copy()
    column[some(frame, 0.05, rng)] = -999.0
    return frame.assign(**{number: column})


def infinity(frame, number, word, target, rng):
    if not number:
        return None
    column = frame[number].astype(float).to_numpy().copy()
    column[0] = np.inf
    return frame.assign(**{number: column})


FAULTS: dict[str, Callable] = {
    "column dropped": drop, "column renamed": rename, "numbers become text": to_text, "10 % missing": missing,
    "unit change, ×1000": unit, "sign flipped": sign, "constant column": constant, "new category, 5 %": new_category,
    "rarest class dropped": class_dropped, "class share doubled": class_doubled, "5 % of ids twice": id_twice,
    "-999 in 5 %": sentinel, "one infinity": infinity,
}  # fmt: skip


# ---------------------------------------------------------------- the measurement


def measure(name: str, frame: pd.DataFrame, target: str, times: int, faults: int) -> tuple[list, dict[str, list[int]]]:
    rng = np.random.default_rng(0)
    frame = frame.copy()
    frame.columns = [str(c) for c in frame.columns]
    frame["row_id"] = np.arange(len(frame)) + 10_000
    began = time.perf_counter()
    passed = {"halves": 0, "bootstrap": 0}
    why: collections.Counter[str] = collections.Counter()
    half = len(frame) // 2
    whole = suite_of(frame, target)
    for number in range(times):
        order = rng.permutation(len(frame))
        left, right = (frame.iloc[order[part]].reset_index(drop=True) for part in (slice(0, half), slice(half, None)))
        for kind, suite, rows in (
            ("halves", suite_of(left, target), right),
            ("bootstrap", whole, bootstrap(frame, rng)),
        ):
            bad = failed(suite, rows, check=number == 0)
            passed[kind] += not bad
            why.update(f"{kind}: {line}"[:150] for line in bad)
    for line, count in why.most_common(5):
        print(f"  {name} {count}× {line}", file=sys.stderr)
    found: dict[str, list[int]] = {}
    for fault, inject in FAULTS.items():
        for number in range(faults):
            rows = bootstrap(frame, rng)
            pick, word = numbers(frame, target), words(frame, target)
            number = str(rng.choice(pick)) if pick else ""
            broken = inject(rows, number, str(rng.choice(word)) if word else "", target, rng)
            if broken is not None:
                found.setdefault(fault, []).append(bool(failed(whole, broken, check=number == 0)))
    n = len(whole["expectations"])
    seconds = time.perf_counter() - began
    print(f"  {name}: {seconds:.0f} s", file=sys.stderr)
    return [name, len(frame), frame.shape[1], n, passed["halves"], passed["bootstrap"]], found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--faults", type=int, default=5)
    parser.add_argument("--tables", type=Path)
    parser.add_argument("--only", nargs="*")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    tables = [*sklearn_tables(), *(folder_tables(given.tables) if given.tables else ())]
    lines, found = [], collections.defaultdict(dict)
    for name, frame, target in tables:
        if given.only and name not in given.only:
            continue
        line, faults = measure(name, frame, target, given.times, given.faults)
        lines.append(line)
        for fault, hits in faults.items():
            found[fault][name] = f"{sum(hits)}/{len(hits)}"
    print(f"| table | rows | columns | expectations | other half passes, of {given.times} | bootstrap passes |")
    print("|---|---:|---:|---:|---:|---:|")
    for line in lines:
        print(f"| {' | '.join(map(str, line))} |")
    halves, boots, total = sum(r[4] for r in lines), sum(r[5] for r in lines), given.times * len(lines)
    print(f"| all | | | | {halves}/{total} | {boots}/{total} |\n")
    names = [line[0] for line in lines]
    print(f"| fault | {' | '.join(names)} |\n|---|{'---|' * len(names)}")
    for fault in FAULTS:
        print(f"| {fault} | {' | '.join(found[fault].get(name, '–') for name in names)} |")
    return int(min(halves, boots) < 0.99 * total)


if __name__ == "__main__":
    sys.exit(main())
