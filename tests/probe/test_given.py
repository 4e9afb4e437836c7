"""Probabilities of the user's own model: what fits the data, what does not, and what is set right in them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import dataaudit
from dataaudit.errors import ConfigError
from dataaudit.model import Floats, Ints, ProbeSettings
from dataaudit.probe.given import corrected
from dataaudit.probe.given import given as read
from dataaudit.probe.run import probe_run
from tests.probe.views import views

N = 120


def table(seed: int = 0) -> tuple[pd.DataFrame, Floats]:
    rng = np.random.default_rng(seed)
    P = rng.dirichlet(np.ones(3), N)
    labels = np.array(["ant", "bee", "cow"])[[rng.choice(3, p=p) for p in P]]
    return pd.DataFrame({"size": rng.normal(size=N), "what": labels}), P


def asked(told: Any, frame: pd.DataFrame | None = None, **keywords: Any) -> dict[str, Any]:
    frame = table()[0] if frame is None else frame
    return views(frame, target="what", probe=ProbeSettings(pred_probs=told), **keywords)


def test_rows_and_classes_are_matched() -> None:
    frame, P = table()
    run = probe_run(asked(P))
    assert run.given
    assert run.classes == ("ant", "bee", "cow")
    assert run.first == pytest.approx(np.maximum(P[run.rows.position], 1e-6), abs=1e-5)
    assert [run.classes[k] for k in run.y] == frame.what.to_numpy()[run.rows.position].tolist()


def test_a_frame_is_read_by_the_names_of_its_columns() -> None:
    _, P = table()
    named = pd.DataFrame(P, columns=["ant", "bee", "cow"])[["cow", "ant", "bee"]]
    assert read(asked(named))["train"] == pytest.approx(P)


def test_one_column_for_two_classes_is_the_probability_of_the_second() -> None:
    frame, P = table()
    frame["what"] = frame.what == "ant"
    found = read(asked(P[:, 0], frame))["train"]
    assert found[:, 1] == pytest.approx(P[:, 0])
    assert found.sum(axis=1) == pytest.approx(1.0)


def test_probabilities_of_one_split_leave_the_others_out() -> None:
    frame, P = table()
    splits = views(frame, table(1)[0], target="what", probe=ProbeSettings(pred_probs={"test": P}))
    run = probe_run(splits)
    assert set(run.rows.split[run.used].tolist()) == {1}


def test_a_class_that_the_sample_lacks_keeps_its_column() -> None:
    frame, P = table()
    run = probe_run(views(frame, target="what", probe=ProbeSettings(pred_probs=P, sample=40)))
    assert run.P.shape == (40, 3)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda P: P[:9], "120 rows"),
        (lambda P: P[:, :2], r"2 columns, and the target has 3 classes \(ant, bee, cow\)"),
        (lambda P: np.log(P), "no probability"),
        (lambda P: P / 2, "adds up to 0.5"),
        (lambda P: np.vstack([P[:7], P[7:] * np.nan]), "row 7 is not finite"),
        (lambda P: P.astype(str) + "?", "no number"),
        (lambda P: {"trian": P}, "Did you mean 'train'"),
        (lambda P: P[:, :, None], "shape"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_judged(spoil: Any, said: str) -> None:
    frame, P = table()
    with pytest.raises(ConfigError, match=said):
        dataaudit.audit(frame, target="what", pred_probs=spoil(P), select=["LAB106"])


def test_without_a_target_there_is_nothing_they_predict() -> None:
    frame, P = table()
    with pytest.raises(ConfigError, match="no target"):
        dataaudit.audit(frame, pred_probs=P, select=["LAB106"])


def test_predictions_of_a_number() -> None:
    frame = pd.DataFrame({"x": np.arange(60.0), "what": np.arange(60.0) ** 1.5})
    run = probe_run(asked(np.arange(60.0), frame))
    assert run.P[:, 0].tolist() == run.rows.position.tolist()
    with pytest.raises(ConfigError, match="one prediction"):
        read(asked(np.zeros((60, 2)), frame))


# ---------------------------------------------------------------- corrections


def swapped(n: int = 3000, seed: int = 0) -> tuple[Floats, Ints, Ints]:
    """Return probabilities of a model that always calls class 1 a class 2, and labels that know better."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, n)
    P = np.full((n, 3), 0.05)
    said = np.where(labels == 1, 2, labels)
    P[np.arange(n), said] = 0.9
    P[labels == 1, 1] = 0.09
    P[labels != 1, 1] = 0.01
    return P / P.sum(axis=1, keepdims=True), labels, rng.integers(0, 5, n)


def test_a_confusion_in_one_direction_is_set_right() -> None:
    P, labels, folds = swapped()
    found = corrected(P, labels, folds)
    assert (P.argmax(axis=1) == labels).mean() < 0.7
    assert (found.argmax(axis=1) == labels).mean() > 0.99


def test_probabilities_that_are_as_good_as_they_get_are_only_tempered() -> None:
    rng = np.random.default_rng(1)
    P = rng.dirichlet(np.ones(4), 2000)
    labels = np.array([rng.choice(4, p=p) for p in P], np.int64)
    found = corrected(P, labels, rng.integers(0, 5, 2000))
    assert (found.argsort(axis=1) == P.argsort(axis=1)).all()
