"""Numbers and labels side by side, predicted out of fold."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_diabetes, make_multilabel_classification

from dataaudit.model import Task
from dataaudit.probe.multilabel import rarest
from dataaudit.probe.regressors import NEIGHBOURS, local_z
from dataaudit.probe.run import ProbeRun, probe_run
from tests.probe.views import views


def explained(run: ProbeRun) -> float:
    y = run.y[run.used]
    return 1.0 - float(((run.P[run.used, 0] - y) ** 2).mean() / y.var())


def test_a_number_is_predicted_in_its_own_unit() -> None:
    found = load_diabetes()
    run = probe_run(views((found.data, found.target)))
    assert run.task is Task.REGRESSION
    assert run.classes == ()
    assert 0.42 < explained(run) < 0.6  # ordinary least squares explains .48 out of fold
    assert (run.y == found.target[run.rows.position]).all()


def test_a_unit_changes_nothing_but_the_unit() -> None:
    found = load_diabetes()
    one = probe_run(views((found.data, found.target)))
    two = probe_run(views((found.data, found.target * 1024.0 + 65536.0), task="regression"))
    assert two.P[:, 0].tolist() == pytest.approx((one.P[:, 0] * 1024.0 + 65536.0).tolist(), rel=1e-4)


def test_targets_far_off_do_not_draw_the_second_round() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(600, 3))
    truth = 3 * X[:, 0]
    y = truth + rng.normal(0, 0.3, 600)
    y[rng.choice(600, 30, replace=False)] += 40.0
    run = probe_run(views((X, y)))
    first, both = (np.abs(answer[:, 0] - truth[run.rows.position]).mean() for answer in (run.first, run.P))
    assert both < 0.6 * first
    assert both < 0.2


def test_missing_and_infinite_targets_take_no_part() -> None:
    found = load_diabetes()
    y = found.target.copy()
    y[:5], y[5] = np.nan, np.inf
    run = probe_run(views((found.data, y)))
    assert set(run.rows.position[~run.used].tolist()) == set(range(6))
    assert np.isfinite(run.P[run.used]).all()


def test_a_constant_number_is_predicted_as_it_is() -> None:
    y = np.full(80, 2.5)
    run = probe_run(views((np.random.default_rng(0).normal(size=(80, 2)), y), task="regression"))
    assert run.P[:, 0].tolist() == pytest.approx([2.5] * 80)


def test_residuals_are_measured_where_they_are() -> None:
    rng = np.random.default_rng(1)
    predicted = rng.random(4000)
    target = predicted + (0.1 + predicted) * rng.normal(size=4000)
    z = local_z(target, predicted)
    for low in (0.1, 0.5, 0.8):  # as of a normal distribution, everywhere
        here = (predicted >= low) & (predicted < low + 0.1)
        assert np.median(z[here]) == pytest.approx(0.6745, rel=0.15)
    assert local_z(np.zeros(0), np.zeros(0)).shape == (0,)
    assert NEIGHBOURS % 2 == 1


def test_residuals_of_a_perfect_model_are_finite() -> None:
    values = np.arange(200.0)
    assert (local_z(values, values) == 0).all()
    assert np.isfinite(local_z(values + (values == 7), values)).all()


def test_labels_side_by_side() -> None:
    X, Y = make_multilabel_classification(400, 10, n_classes=4, random_state=0)
    run = probe_run(views((X + 0.5 * np.random.default_rng(0).normal(size=X.shape), Y)))
    assert run.task is Task.MULTILABEL
    assert run.P.shape == run.y.shape == (400, 4)
    assert ((run.P > 0) & (run.P < 1)).all()
    right = ((run.P > 0.5) == (run.y == 1)).mean()
    base = np.maximum(Y.mean(axis=0), 1 - Y.mean(axis=0)).mean()
    assert right > base + 0.08
    assert run.y.tolist() == Y[run.rows.position].tolist()


def test_a_label_that_all_rows_have_is_predicted_so() -> None:
    X, Y = make_multilabel_classification(200, 6, n_classes=3, random_state=1)
    Y[:, 1] = 1
    run = probe_run(views((X, Y), task="multilabel"))
    assert np.isfinite(run.P).all()


def test_rows_are_spread_by_their_rarest_label() -> None:
    labels = np.array([[1, 1, 0], [1, 0, 0], [0, 0, 0], [1, 0, 0], [1, 0, 1], [1, 1, 0]])
    assert rarest(labels).tolist() == [1, 0, 3, 0, 2, 1]
