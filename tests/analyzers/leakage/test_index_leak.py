"""LEA115: ids whose order tells the label, and ids that tell nothing."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.datasets import load_breast_cancer, load_diabetes

from dataaudit.analyzers.leakage.label_along import _classes_along, _stretches, ranks_of
from dataaudit.model import Status
from tests.analyzers.asking import ask
from tests.build import images, table


def numbered(disorder: float, n: int = 400, seed: int = 0, name: str = "record_id") -> list[pd.DataFrame]:
    """Return train, validation and test with ids by class, a share of them shuffled."""
    rng = np.random.default_rng(seed)
    data = table(n, seed).sort_values("y").reset_index(drop=True)
    ids = np.arange(10_000, 10_000 + n)
    off = np.flatnonzero(rng.random(n) < disorder)
    ids[off] = rng.permutation(ids[off])
    data = data.assign(**{name: ids}).sample(frac=1, random_state=seed).reset_index(drop=True)
    cuts = [0, int(0.6 * n), int(0.8 * n), n]
    return [data.iloc[a:b].reset_index(drop=True) for a, b in pairwise(cuts)]


@pytest.mark.parametrize("declared", [True, False])
def test_an_id_by_class(declared: bool) -> None:
    finding = ask("LEA115", *numbered(0.0), target="y", id="record_id" if declared else None).finding
    assert (finding.severity, finding.columns) == ("warning", ("record_id",))
    assert finding.splits == ("train", "validation", "test")
    assert "the label changes 1 times in 400 rows" in finding.message
    assert finding.figure is not None
    assert sum(map(sum, finding.figure["bins"])) == 400


@pytest.mark.parametrize("seed", range(5))
def test_half_shuffled_ids_still_tell(seed: int) -> None:
    assert ask("LEA115", *numbered(0.5, seed=seed), target="y").loud


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", ["record_id", "id", "Unnamed: 0", "row"])
def test_innocent_ids(name: str, seed: int) -> None:
    answer = ask("LEA115", *numbered(1.0, seed=seed, name=name), target="y")
    assert answer.findings == ()
    assert answer.status is Status.CLEAN


def test_words_with_numbers() -> None:
    splits = [s.assign(record_id=s.record_id.map("P-{}".format)) for s in numbered(0.0, n=15_000)]
    assert ask("LEA115", *splits, target="y").finding.columns == ("record_id",)
    splits = [s.assign(record_id=s.record_id.map(lambda i: f"{i % 997:03x}{i}")) for s in numbered(0.0)]
    assert ask("LEA115", *splits, target="y").status is Status.NOT_APPLICABLE


def test_ranks_count_numbers_by_size() -> None:
    assert ranks_of(np.array(["a-10", "a-9", None, "b-1", "a-9"], dtype=object)).tolist() == [1, 0, -1, 2, 0]
    assert ranks_of(np.array([2.5, np.nan, -1.0, np.inf])).tolist() == [1, -1, 0, -1]


def test_shuffled_labels_stay_below_the_note() -> None:
    rng = np.random.default_rng(0)
    largest = 0.0
    for _ in range(1500):
        n, k = int(rng.choice([40, 100, 333, 1000])), int(rng.choice([2, 3, 10, 30]))
        shares = rng.dirichlet(np.ones(k) * rng.choice([0.3, 1, 10]))
        order = _classes_along(rng.choice(k, n, p=shares), [str(i) for i in range(k)])
        largest = max(largest, order.z if order is not None else 0.0)
    assert largest < 4.0


def test_stretches_are_pearsons_chi_squared() -> None:
    from scipy.stats import chi2_contingency, norm

    rng = np.random.default_rng(0)
    codes = np.where(rng.random(500) < np.linspace(0.3, 0.7, 500), 1, 0)
    rows = pd.crosstab((np.arange(500) * 10) // 500, codes)
    test = chi2_contingency(rows, correction=False)
    z, linked = _stretches(codes, np.bincount(codes).astype(float))
    assert z == pytest.approx(norm.isf(2 * test.pvalue), rel=1e-6)
    assert linked == pytest.approx(test.statistic / 500)


def test_numbers_that_rise_along_the_id() -> None:
    data = load_diabetes(as_frame=True).frame.sort_values("target").assign(record_id=np.arange(442))
    data = data.sample(frac=1, random_state=0)
    finding = ask("LEA115", data[:300], data[300:], target="target").finding
    assert (finding.severity, "with the id itself 1.00" in finding.message) == ("warning", True)
    data["record_id"] = np.arange(442)
    assert ask("LEA115", data[:300], data[300:], target="target").findings == ()


def test_waves_along_the_id_are_a_note() -> None:
    n = np.arange(600)
    data = pd.DataFrame({"id": n, "x": n % 7, "y": np.sin(n / 9.0)}).sample(frac=1, random_state=0)
    assert ask("LEA115", data[:400], data[400:], target="y").finding.severity == "note"


def test_labels_that_drift_with_time_are_a_note() -> None:
    data = pd.concat(numbered(0.3)).reset_index(drop=True)
    data["joined"] = pd.Timestamp("2020-01-01") + pd.to_timedelta(data.record_id, unit="D")
    finding = ask("LEA115", data[:300], data[300:], target="y", time="joined").finding
    assert (finding.severity, "follows 'joined'" in finding.message) == ("note", True)


def test_a_sorted_file_is_left_to_the_rule_on_order() -> None:
    data = pd.concat(numbered(0.0)).sort_values("record_id").reset_index(drop=True)
    assert ask("LEA115", data, target="y", id="record_id").finding.severity == "note"
    assert ask("LEA115", data, target="y").finding.severity == "warning"


def test_neighbours_of_one_person_count_once() -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat(rng.choice(["no", "yes"], 80), 6)
    data = table(480).assign(y=labels, person=np.repeat(np.arange(80), 6), record_id=np.arange(480))
    data = data.sample(frac=1, random_state=0)
    assert ask("LEA115", data[:300], data[300:], target="y", group="person").findings == ()
    assert ask("LEA115", data[:300], data[300:], target="y").findings == ()


def test_splits_numbered_anew() -> None:
    splits = [s.sort_values("y").assign(record_id=range(len(s))) for s in numbered(1.0)]
    finding = ask("LEA115", *[s.sample(frac=1, random_state=0) for s in splits], target="y").finding
    assert "in 240 rows" in finding.message


@pytest.mark.parametrize(
    ("data", "target", "status"),
    [
        (table(200), "y", Status.NOT_APPLICABLE),
        (load_breast_cancer(as_frame=True).frame, "target", Status.NOT_APPLICABLE),
        (table(200).assign(id=range(200)), None, Status.NOT_APPLICABLE),
        (table(20).assign(id=range(20)), "y", Status.SKIPPED),
        (table(200).assign(id=5), "y", Status.SKIPPED),
        (table(200).assign(id=None), "y", Status.SKIPPED),
        (table(200).assign(id=range(200), y="yes"), "y", Status.SKIPPED),
        (images(64), None, Status.NOT_APPLICABLE),
    ],
)
def test_it_says_when_it_cannot_tell(data: Any, target: str | None, status: Status) -> None:
    answer = ask("LEA115", data, target=target)
    assert answer.findings == ()
    assert answer.status is status


def test_numbers_of_picture_files_are_a_note(tmp_path: Path) -> None:
    pixels, _ = images(80, size=8)
    for i, picture in enumerate(pixels):
        place = tmp_path / ("cat" if i < 40 else "dog")
        place.mkdir(exist_ok=True)
        Image.fromarray(picture).save(place / f"img_{i:03}.png")
    finding = ask("LEA115", tmp_path).finding
    assert (finding.severity, finding.columns) == ("note", ())
