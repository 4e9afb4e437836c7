"""Laws of fingerprints, over whole audits: no two findings share one, and they stay when what they are about does."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import dataaudit
from dataaudit.model import Finding
from dataaudit.report.report import Report
from tests.conftest import REPOSITORY

ORDER = ("BAT", "LEA115", "LEA113", "LAB111")
"""Rules about the order of rows, which a permutation takes away or brings in."""
Splits = dict[str, pd.DataFrame]


def faulty(n: int = 400, seed: int = 0) -> Splits:
    """Return train and test with a dozen faults that do not hang on chance."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "id": np.arange(n) * 7 + 1000,
            "age": rng.normal(40, 12, n).round(1),
            "income": rng.lognormal(10, 0.4, n),
            "fare": rng.gamma(2.0, 20.0, n).round(2),
            "tiny": 1000 + rng.normal(0, 1e-9, n),
            "flat": np.ones(n),
            "flatter": np.zeros(n),
            "mostly": (np.arange(n) % 100 == 0).astype(float),
            "city": rng.choice(["Bern", "bern ", "Oslo", "Porto"], n, p=[0.4, 0.1, 0.3, 0.2]),
            "town": rng.choice(["Graz", "GRAZ", "Linz"], n),
            "mixed": [str(i) if i % 3 else "n/a" for i in range(n)],
        }
    )
    frame["copy"] = frame["age"] * 2 + 1
    frame["y"] = np.where(frame["age"] + rng.normal(0, 8, n) > 40, "yes", "no")
    frame.loc[::2, "income"] = np.nan
    frame.loc[::25, "fare"] = -999.0
    frame.loc[3, "age"] = np.inf
    frame.loc[7:9, "y"] = None
    train, test = frame.iloc[: n * 3 // 4], frame.iloc[n * 3 // 4 :]
    train = pd.concat([train, train.iloc[10:20]], ignore_index=True)  # the same rows twice
    test = pd.concat([test, train.iloc[30:40]], ignore_index=True)  # and in both splits
    return {"train": train, "test": test}


def pictured(seed: int = 0) -> tuple[Any, Any]:
    """Return arrays of pictures, train and test, with blank ones, copies, and other sizes of values."""
    rng = np.random.default_rng(seed)
    x, y = rng.integers(0, 256, (120, 12, 12, 3), dtype=np.uint8), np.arange(120) % 3
    x[5] = x[6] = 0
    x[100:104] = x[10:14]
    return (x[:90], y[:90]), (x[90:], y[90:])


def audit(train: Any, test: Any = None, **keywords: Any) -> Report:
    """Return the report of all rules that fit no models."""
    return dataaudit.audit(train, None, test, **{"probe": False, "jobs": 1, **keywords})


def prints(report: Report) -> dict[str, Finding]:
    """Return the findings by fingerprint, those about the order of rows left out."""
    return {f.fingerprint: f for f in report.findings if not f.rule.startswith(ORDER)}


def spelled(findings: dict[str, Finding], keys: set[str]) -> list[str]:
    """Return some findings as a failing test shows them."""
    return sorted(f"{findings[k].rule} {findings[k].splits} {findings[k].columns} {findings[k].message}" for k in keys)


def same(before: Report, after: Report) -> None:
    """Assert that two reports hold findings of the same fingerprints."""
    one, other = prints(before), prints(after)
    gone, came = one.keys() - other.keys(), other.keys() - one.keys()
    assert (spelled(one, gone), spelled(other, came)) == ([], [])


def tabular(splits: Splits, **keywords: Any) -> Report:
    return audit(splits["train"], splits["test"], target="y", **keywords)


@pytest.fixture(scope="module")
def report() -> Report:
    """Return the report of the faulty table."""
    return tabular(faulty())


def test_the_table_trips_many_rules(report: Report) -> None:
    assert len({finding.rule for finding in report.findings}) >= 15


@pytest.mark.parametrize("kind", ["table", "pictures", "penguins", "wine"])
def test_no_two_findings_share_a_fingerprint(kind: str, report: Report) -> None:
    samples = REPOSITORY / "sample_data"
    penguins = samples / "penguins_faulty"
    found = {
        "table": lambda: report,
        "pictures": lambda: audit(*pictured()),
        "penguins": lambda: dataaudit.audit(
            penguins / "train.csv", penguins / "validation.csv", penguins / "test.csv", target="species", jobs=1
        ),
        "wine": lambda: audit(samples / "wine" / "wine_scaled.npz"),
    }[kind]()
    counts = Counter(finding.fingerprint for finding in found.findings)
    assert [key for key, n in counts.items() if n > 1] == []
    numbered = [f"{f.rule} {f.columns} {f.place}" for f in found.findings if "#" in f.place]
    assert numbered == [], "the rule itself tells its findings apart"


def test_they_stay_when_rows_are_permuted(report: Report) -> None:
    moved = {name: frame.sample(frac=1, random_state=5, ignore_index=True) for name, frame in faulty().items()}
    same(report, tabular(moved))


def test_they_stay_when_columns_are_permuted(report: Report) -> None:
    moved = {name: frame[list(frame.columns[::-1])] for name, frame in faulty().items()}
    same(report, tabular(moved))


def test_they_stay_under_another_seed(report: Report) -> None:
    same(report, tabular(faulty(), seed=11))


def test_they_stay_when_rows_like_the_others_are_added(report: Report) -> None:
    splits = faulty()
    more = faulty(seed=1)["train"].iloc[50:70].assign(id=lambda frame: frame["id"] + 7 * 400)
    splits["train"] = pd.concat([splits["train"], more], ignore_index=True)
    same(report, tabular(splits))


def test_they_stay_when_files_are_renamed(tmp_path: Path) -> None:
    splits = faulty()
    for folder, train, test in (("a", "train.csv", "test.csv"), ("b", "v2_train.csv", "holdout.csv")):
        (tmp_path / folder).mkdir()
        splits["train"].to_csv(tmp_path / folder / train, index=False)
        splits["test"].to_csv(tmp_path / folder / test, index=False)
    one = audit(tmp_path / "a" / "train.csv", tmp_path / "a" / "test.csv", target="y")
    other = audit(tmp_path / "b" / "v2_train.csv", tmp_path / "b" / "holdout.csv", target="y")
    same(one, other)


def test_they_stay_when_pictures_are_renamed_and_moved_within_their_split(tmp_path: Path) -> None:
    from PIL import Image

    (train, _), (test, _) = pictured()
    for folder, name in (("a", "{:04d}.png"), ("b", "img_{}.png")):
        for split, pictures in (("train", train), ("test", test)):
            for i, picture in enumerate(pictures):
                path = tmp_path / folder / split / "xyz"[i % 3] / name.format(i)
                path.parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray(picture).save(path)
    same(audit(tmp_path / "a"), audit(tmp_path / "b"))


def test_columns_and_splits_cannot_run_into_one_another() -> None:
    findings = [
        Finding("m", columns=columns, splits=splits, place=place, rule="NRM105")
        for columns, splits, place in [
            (("a", "b"), ("c",), ""),
            (("a",), ("b", "c"), ""),
            (("a",), ("b",), "c"),
            (("a\x1fb",), ("c",), ""),
            (("a,b",), ("c",), ""),
            ((), (), ""),
        ]
    ]
    assert len({finding.fingerprint for finding in findings}) == len(findings)
