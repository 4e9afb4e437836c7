"""DIF101 schema-changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from dataaudit.model import Severity
from tests.analyzers.change.comparing import Told, compare
from tests.build import images, table


def lines(told: Told) -> set[tuple[Any, ...]]:
    """Return what changed, from what, to what, and how bad."""
    return {(f.severity, *row[:3]) for f in told.of("DIF101") for row in f.evidence["table"]["rows"]}


def test_columns_gone_new_and_renamed() -> None:
    base = table(200)
    head = base.rename(columns={"age": "years"}).drop(columns="rooms").assign(fresh=np.arange(200) * 0.37)
    told = compare(base, head, target="y")
    assert lines(told) == {
        (Severity.ERROR, "renamed", "age", "years"),
        (Severity.ERROR, "removed", "rooms", ""),
        (Severity.WARNING, "added", "", "fresh"),
    }
    assert told.of("DIF101")[0].message == "'age' is now 'years' and 'rooms' is gone"
    assert told.report.document["diff"]["columns"]["renamed"] == [["age", "years"]]
    assert told.rows["train"]["same"] == 200


def test_renamed_with_rows_added_and_shuffled() -> None:
    base = table(200)
    head = pd.concat([base, table(20, 1)]).sample(frac=1.0, random_state=0).rename(columns={"city": "town", "age": "a"})
    assert lines(compare(base, head, target="y")) == {(Severity.ERROR, "renamed", "age", "a")} | {
        (Severity.ERROR, "removed", "city", ""),
        (Severity.WARNING, "added", "", "town"),
    }  # fmt: skip - four cities with other counts than before could be any four words


def test_few_values_need_the_same_counts() -> None:
    base = table(200)
    assert lines(compare(base, base.rename(columns={"city": "town"}), target="y")) == {
        (Severity.ERROR, "renamed", "city", "town")
    }


def test_two_columns_alike_are_not_guessed_between() -> None:
    base = table(200).assign(copy=lambda d: d["age"])
    head = base.rename(columns={"age": "a", "copy": "b"})
    assert {line[1] for line in lines(compare(base, head, target="y"))} == {"removed", "added"}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda d: d.assign(rooms=d["rooms"].astype(str)), (Severity.ERROR, "of another type", "rooms", "rooms")),
        (lambda d: d.assign(rooms=d["rooms"] + 0.5), (Severity.WARNING, "of another type", "rooms", "rooms")),
        (lambda d: d.assign(rooms=d["rooms"].astype(float)), (Severity.NOTE, "of another type", "rooms", "rooms")),
        (lambda d: d.assign(rooms=d["rooms"].astype("int16")), (Severity.NOTE, "of another width", "rooms", "rooms")),
        (lambda d: d.assign(city=d["city"].astype("category")), (Severity.NOTE, "of another type", "city", "city")),
        (lambda d: d.assign(joined=d["joined"].astype(str)), (Severity.ERROR, "of another type", "joined", "joined")),
        (lambda d: d[["income", "age", *d.columns[2:]]], (Severity.NOTE, "in another order", "", "")),
    ],
)
def test_types(change: Any, expected: tuple[Any, ...]) -> None:
    base = table(100)
    assert lines(compare(base, change(base), target="y")) == {expected}


def test_a_target_that_the_base_lacks() -> None:
    head = table(100)
    told = compare(head.drop(columns="y"), head, target="y")
    assert lines(told) == {(Severity.WARNING, "added", "", "y")}
    assert "base: There is no column 'y' here: target is left out." in told.report.document["dataset"]["notes"]


def test_arrays_of_pictures_of_another_shape() -> None:
    told = compare(images(40, size=8), images(40, size=10))
    assert lines(told) == {(Severity.ERROR, "of another form", "pictures", "pictures")}
    assert told.of("DIF101")[0].message.endswith("8 × 8 × 3 uint8 before, 10 × 10 × 3 uint8 now")


def _folder(root: Path, size: int, mode: str) -> Path:
    rng = np.random.default_rng(0)
    for i in range(20):
        path = root / "train" / "ab"[i % 2] / f"{i}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (size, size, 3), dtype=np.uint8)).convert(mode).save(path)
    return root


def test_picture_files_of_another_size_or_mode(tmp_path: Path) -> None:
    base = _folder(tmp_path / "base", 12, "RGB")
    assert lines(compare(base, _folder(tmp_path / "same", 12, "RGB"))) == set()
    told = compare(base, _folder(tmp_path / "other", 16, "L"))
    assert lines(told) == {
        (Severity.ERROR, "of another size", "pictures", "pictures"),
        (Severity.ERROR, "of another mode", "pictures", "pictures"),
    }
    assert "12 × 12 before, 16 × 16 now" in told.of("DIF101")[0].message
