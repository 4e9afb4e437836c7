"""Stages of a pipeline: rows that move, values that are lost, and pipelines that do neither."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import dataaudit
from dataaudit.analyzers.stages.rows_of import mantel
from dataaudit.analyzers.stages.stage_moves_rows import changed_labels
from dataaudit.errors import ConfigError

Array = NDArray[Any]


def photos(n: int = 60, side: int = 24, seed: int = 0) -> Array:
    """Return pictures that look different: a bright ellipse somewhere on a coloured slope."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:side, 0:side] / side
    found = np.zeros((n, side, side, 3))
    for i in range(n):
        cy, cx, ry, rx = rng.uniform(0.2, 0.8, 4)
        spot = np.exp(-(((y - cy) / (ry / 3)) ** 2) - ((x - cx) / (rx / 3)) ** 2)
        for c in range(3):
            a, b = rng.uniform(-1, 1, 2)
            found[i, ..., c] = rng.uniform(0.2, 0.5) + 0.15 * (a * x + b * y) + rng.uniform(-0.4, 0.4) * spot
    return np.rint(np.clip(found, 0.02, 0.98) * 255).astype(np.uint8)


def halved(x: Array) -> Array:
    """Return pictures of half the size, by means of 2 × 2 pixels."""
    n, h, w, c = x.shape
    found: Array = np.rint(x.reshape(n, h // 2, 2, w // 2, 2, c).mean(axis=(2, 4))).astype(np.uint8)
    return found


def normalised(x: Array) -> Array:
    return ((x / 255.0 - 0.5) / 0.25).astype(np.float32).transpose(0, 3, 1, 2)


X = photos()
Y = np.arange(len(X)) * 7 % 4
ORDER = np.random.default_rng(1).permutation(len(X))


def said(stages: dict[str, Any], **more: Any) -> dict[str, list[tuple[str, str]]]:
    """Return severity and message of what the rules on stages found, by code."""
    report = dataaudit.audit_stages(stages, select=["BAT117", "BAT118"], **more)
    assert [c.status for c in report.checks if c.status == "crashed"] == []
    found: dict[str, list[tuple[str, str]]] = {}
    for finding in report.findings:
        found.setdefault(finding.rule, []).append((str(finding.severity), finding.message))
    return found


# ---------------------------------------------------------------- what is in order


def test_resizing_and_normalising_keep_rows_and_values() -> None:
    small = halved(X)
    assert said({"raw": (X, Y), "small": (small, Y), "normalised": (normalised(small), Y)}) == {}


def test_labels_may_be_renamed() -> None:
    names = np.array(["cat", "dog", "eel", "fox"])[Y]
    assert said({"raw": (X, names), "coded": (X, Y)}) == {}


def test_a_table_may_be_scaled_and_projected() -> None:
    rng = np.random.default_rng(0)
    table = rng.normal(size=(80, 5)) @ rng.normal(size=(5, 5)) * [1, 10, 100, 1000, 1]
    scaled = (table - table.mean(axis=0)) / table.std(axis=0)
    _, _, v = np.linalg.svd(scaled, full_matrices=False)
    assert said({"raw": table, "scaled": scaled, "projected": scaled @ v.T[:, :4]}) == {}


def test_a_filled_gap_and_a_mirrored_picture_are_no_faults() -> None:
    table = np.random.default_rng(0).normal(size=(50, 4))
    gaps = table.copy()
    gaps[::7, 2] = np.nan
    assert said({"gaps": gaps, "filled": np.nan_to_num(gaps)}) == {}
    assert said({"raw": (X, Y), "mirrored": (X[:, :, ::-1], Y)}) == {}


# ---------------------------------------------------------------- rows that move


def test_inputs_shuffled_without_their_labels_are_an_error() -> None:
    found = said({"raw": (X, Y), "shuffled": (halved(X)[ORDER], Y)})
    [(severity, message)] = found["BAT117"]
    assert severity == "error"
    assert "'shuffled' moves rows, without their labels" in message


def test_the_rows_named_are_those_that_moved() -> None:
    swapped = np.arange(len(X))
    swapped[10:30] = swapped[10:30][::-1]
    report = dataaudit.audit_stages({"raw": (X, Y), "swapped": (X[swapped], Y)}, select=["BAT117"])
    [finding] = report.findings
    assert sorted(finding.rows) == list(range(10, 30))
    assert finding.row_count == 20


def test_a_shift_is_named_with_its_distance() -> None:
    [(severity, message)] = said({"raw": (X, Y), "late": (np.roll(X, 3, axis=0), Y)})["BAT117"]
    assert severity == "error"
    assert message.endswith("every row stands 3 later")


def test_rows_that_move_with_their_labels_are_a_warning() -> None:
    rng = np.random.default_rng(0)
    table, labels = rng.normal(size=(80, 6)), np.arange(80) % 5
    order = rng.permutation(80)
    [(severity, message)] = said({"raw": (table, labels), "mixed": (table[order], labels[order])})["BAT117"]
    assert severity == "warning"
    assert "and their labels with them" in message


def test_labels_in_another_order_are_an_error() -> None:
    [(severity, message)] = said({"raw": (X, Y), "labels": (halved(X), Y[ORDER])})["BAT117"]
    wrong = int((Y[ORDER] != Y).sum())
    assert (severity, message) == (
        "error",
        f"The stage 'labels' changes the labels of {wrong} rows of 60: the same labels in another order",
    )


def test_lost_rows_are_counted() -> None:
    [(severity, message)] = said({"raw": (X, Y), "fewer": (X[:50], Y[:50])})["BAT117"]
    assert (severity, message) == ("warning", "The stage 'fewer' loses 10 rows: 60 in 'raw', 50 in 'fewer'")


def test_a_stage_beyond_recognition_cannot_be_told() -> None:
    rng = np.random.default_rng(0)
    report = dataaudit.audit_stages(
        {"raw": rng.normal(size=(60, 4)), "noise": rng.normal(size=(60, 3))}, select=["BAT117"]
    )
    [check] = report.checks
    assert (check.status, check.reason) == (
        "skipped",
        "rows cannot be recognised from what they look like after: noise",
    )


# ---------------------------------------------------------------- values that are lost


def test_exchanged_sides_and_channels_are_named() -> None:
    [(severity, message)] = said({"raw": (X, Y), "turned": (halved(X).transpose(0, 2, 1, 3), Y)})["BAT118"]
    assert (severity, "exchanges width and height" in message) == ("warning", True)
    [(severity, message)] = said({"raw": (X, Y), "bgr": (halved(X)[..., ::-1], Y)})["BAT118"]
    assert (severity, "exchanges red and blue" in message) == ("warning", True)


def test_a_cast_of_fractions_to_bytes_is_an_error() -> None:
    found = said({"unit": (X / 255.0, Y), "bytes": ((X / 255.0).astype(np.uint8), Y)})
    assert [severity for severity, _ in found["BAT118"]] == ["error"]
    assert "makes 60 rows all zero that were not" in found["BAT118"][0][1]


def test_a_second_division_by_255_is_named() -> None:
    [(severity, message)] = said({"unit": (X / 255.0, Y), "again": (X / 255.0 / 255.0, Y)})["BAT118"]
    assert (severity, "255 times smaller" in message) == ("warning", True)


def test_clipping_is_told_with_its_share() -> None:
    bright = np.clip(X.astype(float) * 2.5, 0, 255)
    [(severity, message)] = said({"raw": (X, Y), "bright": (bright, Y)})["BAT118"]
    share = (bright[:: 60 // 60] == 255).mean()
    assert (severity, f"puts {share:.0%} of the values at the highest one" in message) == ("warning", True)


@pytest.mark.parametrize(("bad", "word"), [(np.nan, "NaN"), (np.inf, "infinity")])
def test_values_that_are_no_numbers_any_more_are_counted(bad: float, word: str) -> None:
    broken = normalised(X)
    broken[5, 1, 2:4, 3] = bad
    assert said({"raw": (X, Y), "broken": (broken, Y)})["BAT118"] == [
        ("error", f"The stage 'broken' makes 2 values {word} that were not")
    ]


def test_columns_that_became_constant_are_named() -> None:
    table = np.random.default_rng(0).normal(size=(50, 4))
    flat = table.copy()
    flat[:, 2] = 1.0
    [(severity, message)] = said({"raw": table, "flat": flat})["BAT118"]
    assert (severity, message) == ("warning", "The stage 'flat' makes 1 column constant: 2")


# ---------------------------------------------------------------- parts


def test_changed_labels_allow_a_renaming_only() -> None:
    before = np.array([3, 3, 5, 5, 5], dtype=np.uint64)
    assert changed_labels(before, np.array([8, 8, 9, 9, 9], dtype=np.uint64)).tolist() == []
    assert changed_labels(before, np.array([8, 8, 9, 8, 9], dtype=np.uint64)).tolist() == [3]
    assert changed_labels(before, np.array([3, 5, 5, 5, 5], dtype=np.uint64)).tolist() == [1]
    assert len(changed_labels(before, np.array([8, 8, 8, 8, 8], dtype=np.uint64))) == 5  # two classes became one


def test_mantel_is_exact_under_random_order() -> None:
    rng = np.random.default_rng(0)
    p = [mantel(rng.normal(size=(12, 2)), rng.normal(size=(12, 2)), seed) for seed in range(60)]
    assert 0.3 < np.mean(p) < 0.7  # uniform: 0.5 ± 3 standard errors of 60
    same = rng.normal(size=(30, 3))
    assert mantel(same, same * 2 + 1, 0) == 1 / 1000


def test_one_stage_or_two_splits_are_refused() -> None:
    with pytest.raises(ConfigError, match="two stages or more"):
        dataaudit.audit_stages({"raw": X})


def test_data_without_stages_asks_nothing_of_these_rules() -> None:
    report = dataaudit.audit(np.random.default_rng(0).normal(size=(30, 3)), select=["BAT117", "BAT118"], probe=False)
    assert {(c.status, c.reason) for c in report.checks} == {("not-applicable", "the data was not given in stages")}


def test_the_report_shows_the_same_rows_side_by_side() -> None:
    report = dataaudit.audit_stages({"raw": (X, Y), "normalised": (normalised(X), Y)}, select=["BAT117"])
    first, last = report.document["stages"]
    assert (first["holds"], last["holds"]) == ("pictures of 24 × 24 × 3, uint8", "pictures of 24 × 24 × 3, float32")
    assert first["low"] == X.min()
    assert first["mean"] == pytest.approx(X.mean(axis=(0, 1, 2)).tolist())
    assert last["std"] == pytest.approx(normalised(X).astype(np.float64).std(axis=(0, 2, 3)).tolist())
    assert [entry["row"] for entry in first["shown"]] == [entry["row"] for entry in last["shown"]]
    page = report.to_html()
    assert page.count("in stage raw") == page.count("in stage normalised") == 6
