"""How often LEA104 and LEA116 accuse honest splits, and how often they find what was done to one.

    python benchmarks/drift_calibration.py [splits per table] [folder of csv files] [zip of pictures, split/class/file]

Honest: every bundled table of scikit-learn, and the csv files of a folder if given, split 60/20/20 at random, by label,
with every column standardised on train; and, for LEA104 alone, sorted by each of up to 12 columns and then cut, raw and
standardised, with and without that column: drift at its worst. Doses: one column in another unit,
one split raw where train is standardised, columns exchanged, one split shifted by 1.5 standard deviations. Pictures:
splits of 3 classes, 60 to 300 pictures in train and a third of them in validation, as they are and with red and blue
exchanged in validation.
"""

from __future__ import annotations

import io
import sys
import time
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image
from sklearn import datasets

from dataaudit import audit

CODES = ["LEA104", "LEA116"]
Frames = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]


def tables(folder: str | None) -> Iterator[tuple[str, pd.DataFrame, str]]:
    """Yield name, frame and target of each table; at most 2,000 rows of each."""
    for name in ("iris", "wine", "breast_cancer", "diabetes", "digits"):
        frame = getattr(datasets, f"load_{name}")(as_frame=True).frame
        yield name, frame, "target"
    yield "linnerud", datasets.load_linnerud(as_frame=True).frame, "Weight"
    for path in sorted(Path(folder).glob("*.csv")) if folder else []:
        frame = pd.read_csv(path)
        yield path.stem, frame.sample(min(len(frame), 2000), random_state=0).reset_index(drop=True), frame.columns[-1]


def cut(frame: pd.DataFrame, order: np.ndarray[Any, Any]) -> Frames:
    """Return rows in an order as 60, 20 and 20 %."""
    a, b = int(0.6 * len(order)), int(0.8 * len(order))
    train, validation, test = (frame.iloc[part].reset_index(drop=True) for part in (order[:a], order[a:b], order[b:]))
    return train, validation, test


def by_label(frame: pd.DataFrame, target: str, rng: np.random.Generator) -> np.ndarray[Any, Any]:
    """Return an order in which each fifth holds the labels in the same shares."""
    order = rng.permutation(len(frame))
    order = order[np.argsort(frame[target].iloc[order].astype(str), kind="stable")]
    return np.concatenate([order[0::5], order[1::5], order[2::5], order[3::5], order[4::5]])


def standardised(frames: Frames, target: str) -> Frames:
    """Return numeric columns standardised by train's mean and deviation."""
    names = [c for c in frames[0].select_dtypes("number").columns if c != target]
    mean, std = frames[0][names].mean(), frames[0][names].std(ddof=0).replace(0, 1)
    train, validation, test = (f.assign(**((f[names] - mean) / std)) for f in frames)
    return train, validation, test


def continuous(frame: pd.DataFrame, target: str) -> list[str]:
    """Return the numeric inputs with many values."""
    return [c for c in frame.select_dtypes("number").columns if c != target and frame[c].nunique() > 20]


def units(factor: float) -> Callable[[Frames, str, np.random.Generator], Frames | None]:
    """Return a dose: one column of test in another unit."""

    def dose(frames: Frames, target: str, rng: np.random.Generator) -> Frames | None:
        names = continuous(frames[0], target)
        if not names:
            return None
        name = str(rng.choice(names))
        return frames[0], frames[1], frames[2].assign(**{name: (frames[2][name] * factor).round(3)})

    return dose


def raw_validation(frames: Frames, target: str, rng: np.random.Generator) -> Frames | None:
    """Return train and test standardised, validation raw."""
    del rng
    train, _, test = standardised(frames, target)
    return (train, frames[1], test) if len(continuous(frames[0], target)) >= 3 else None


def exchanged(frames: Frames, target: str, rng: np.random.Generator) -> Frames | None:
    """Return test with two columns in each other's place."""
    names = continuous(frames[0], target)
    if len(names) < 4:
        return None
    a, b = rng.choice(names, 2, replace=False)
    return frames[0], frames[1], frames[2].assign(**{a: frames[2][b], b: frames[2][a]})


def shifted(frames: Frames, target: str, rng: np.random.Generator) -> Frames | None:
    """Return test with one column moved by one and a half standard deviations."""
    names = continuous(frames[0], target)
    if not names:
        return None
    name = str(rng.choice(names))
    moved = frames[2][name] + 1.537 * frames[0][name].std()
    return frames[0], frames[1], frames[2].assign(**{name: moved})


def by_value(frame: pd.DataFrame, target: str) -> Iterator[Frames]:
    """Yield splits of rows that were sorted by one column: as far apart as rows of one table can be."""
    rng = np.random.default_rng(0)
    for column in frame.columns[:12]:
        line = frame[column] if pd.api.types.is_numeric_dtype(frame[column]) else frame[column].astype(str)
        order = np.argsort(np.asarray(line.rank(), dtype=float), kind="stable")
        for dropped in [[], [column]] if column != target else [[]]:
            parts = cut(frame.drop(columns=dropped), order)
            one, two, three = (f.iloc[rng.permutation(len(f))].reset_index(drop=True) for f in parts)
            yield one, two, three
            yield standardised((one, two, three), target)


DOSES: dict[str, Callable[[Frames, str, np.random.Generator], Frames | None]] = {
    "test x 2.54": units(2.54), "test x 1000": units(1000.0), "test x 57.3": units(180 / np.pi),
    "validation raw": raw_validation, "columns exchanged": exchanged, "test moved by 1.5 std": shifted,
}  # fmt: skip


def said(frames: Frames, target: str, codes: Sequence[str] = CODES) -> set[str]:
    """Return the codes of the errors and warnings."""
    report = audit(*frames, target=target, select=list(codes), jobs=1)
    return {f.rule for f in report.findings if f.severity != "note"}


def pictures(path: str, n: int) -> None:
    """Print how many honest splits of pictures are accused, and how many exchanged channels are found."""
    with zipfile.ZipFile(path) as archive:
        names = [i for i in archive.namelist() if i.startswith("train/") and i.endswith(".jpg")]
        labels = np.array([i.split("/")[1] for i in names])
        rng = np.random.default_rng(0)
        for size in (60, 120, 300):
            accused, found = Counter[str](), Counter[str]()
            for _ in range(n):
                classes = rng.choice(np.unique(labels), 3, replace=False)
                at = rng.choice(np.flatnonzero(np.isin(labels, classes)), size + size // 3, replace=False)
                x = np.stack([np.asarray(Image.open(io.BytesIO(archive.read(names[i])))) for i in at])
                y = np.searchsorted(classes, labels[at], sorter=np.argsort(classes))
                for code in rules_on(((x[:size], y[:size]), (x[size:], y[size:]))):
                    accused[code] += 1
                for code in rules_on(((x[:size], y[:size]), (x[size:, ..., ::-1], y[size:]))):
                    found[code] += 1
            print(f"{size} and {size // 3} pictures, {n} times: honest splits accused {dict(accused)}, "
                  f"red and blue exchanged found {dict(found)}", flush=True)  # fmt: skip


def rules_on(splits: tuple[Any, ...]) -> set[str]:
    """Return the codes of the errors and warnings about splits of pictures."""
    report = audit(*splits, select=CODES, jobs=1)
    return {f.rule for f in report.findings if f.severity != "note"}


def main() -> None:
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    folder = sys.argv[2] if len(sys.argv) > 2 else None
    warnings.simplefilter("ignore")
    if len(sys.argv) > 3:
        pictures(sys.argv[3], n)
    began, honest, accused = time.time(), Counter[str](), Counter[tuple[str, str]]()
    given, found = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for name, frame, target in tables(folder):
        rng = np.random.default_rng(len(frame))
        for i in range(n):
            splits = {
                "at random": cut(frame, rng.permutation(len(frame))),
                "by label": cut(frame, by_label(frame, target, rng)),
            }
            splits["standardised on train"] = standardised(splits["at random"], target)
            for way, frames in splits.items():
                honest[way] += 1
                for code in said(frames, target):
                    accused[way, code] += 1
                    print(f"    {name}, split {i} {way}: {code}")
            if i < max(1, n // 5):
                for dose, apply in DOSES.items():
                    frames_or_none = apply(splits["at random"], target, rng)
                    if frames_or_none is not None:
                        hits = said(frames_or_none, target)
                        given[dose, name] += 1
                        for code in hits:
                            found[f"{dose} {code}", name] += 1
        for frames in by_value(frame, target):
            honest["sorted by a column"] += 1
            if "LEA104" in said(frames, target, ["LEA104"]):
                accused["sorted by a column", "LEA104"] += 1
        print(f"{name}: {len(frame)} rows, {len(frame.columns)} columns, {time.time() - began:.0f} s", flush=True)
    for way, count in honest.items():
        print(f"{way}: {count} splits, accused " + ", ".join(f"{accused[way, c]} by {c}" for c in CODES))
    for dose in DOSES:
        total = sum(v for (d, _), v in given.items() if d == dose)
        hits = {c: sum(v for (d, _), v in found.items() if d == f"{dose} {c}") for c in CODES}
        print(f"{dose}: {total} data sets, found " + ", ".join(f"{hits[c]} by {c}" for c in CODES))


if __name__ == "__main__":
    main()
