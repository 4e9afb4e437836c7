"""The probe from the rows of a data set to predictions: which rows take part, and what is said where none can."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris, load_wine, make_classification

import dataaudit
from dataaudit.cli import main
from dataaudit.errors import ConfigError
from dataaudit.model import CannotTell, NotApplicable, ProbeSettings, Task
from dataaudit.probe.run import ProbeRun, probe_run
from dataaudit.stats.sample import Sample
from tests.analyzers.asking import ask
from tests.probe.views import views


def wine() -> tuple[np.ndarray, np.ndarray]:
    found = load_wine()
    return found.data, found.target


def people(n: int = 240, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"age": rng.normal(40, 9, n), "city": rng.choice(["Oslo", "Rome", "Lima"], n)})
    frame["buys"] = np.where(frame.age + 20 * (frame.city == "Rome") + rng.normal(0, 4, n) > 45, "yes", "no")
    return frame


def accuracy(run: ProbeRun) -> float:
    return float((run.P[run.used].argmax(axis=1) == run.y[run.used]).mean())


def test_a_table_is_predicted_out_of_fold() -> None:
    run = probe_run(views(people(), target="buys"))
    assert run.task is Task.CLASSIFICATION
    assert run.classes == ("no", "yes")
    assert {f.column for f in run.features} == {"age", "city"}
    assert run.used.all()
    assert sorted(set(run.folds.tolist())) == [0, 1, 2, 3, 4]
    assert run.P.shape == run.first.shape == (240, 2)
    assert run.P.sum(axis=1) == pytest.approx(1.0)
    assert sum(run.weights.values()) == pytest.approx(1.0)
    assert 0.85 < accuracy(run) < 1.0
    assert (run.n_all, run.limited, run.given) == (240, None, False)


def test_labels_that_have_nothing_to_do_with_the_inputs_are_not_predicted() -> None:
    X, y = wine()
    run = probe_run(views((X, np.random.default_rng(5).permutation(y))))
    most = np.bincount(y).max() / len(y)
    assert accuracy(run) < most + 0.1  # a row's own label never reaches its own prediction


def test_rows_and_labels_are_those_of_the_splits() -> None:
    X, y = wine()
    at = np.random.default_rng(1).permutation(len(y))
    train, test = at[:120], at[120:]
    run = probe_run(views((X[train], y[train]), (X[test], y[test])))
    assert run.rows.splits == ("train", "test")
    for split, mine in enumerate((train, test)):
        here = run.rows.split == split
        assert (run.y[here] == y[mine][run.rows.position[here]]).all()
        assert here.sum() == len(mine)


def test_the_same_twice_whatever_the_number_of_threads() -> None:
    one, two = (probe_run(views(people(), target="buys", probe=ProbeSettings(jobs=jobs))) for jobs in (1, 3))
    assert one.P.tobytes() == two.P.tobytes()
    other = probe_run(views(people(), target="buys", probe=ProbeSettings(seed=1)))
    assert (one.folds != other.folds).any()


def test_it_is_made_once_and_refused_once() -> None:
    splits = views(people(), target="buys")
    assert probe_run(splits) is probe_run(splits)
    few = views(people(20), target="buys")
    for _ in range(2):
        with pytest.raises(CannotTell, match="20 rows have a target"):
            probe_run(few)


def test_a_missing_label_takes_no_part() -> None:
    frame = people()
    frame.loc[:9, "buys"] = None
    run = probe_run(views(frame, target="buys"))
    assert run.used.sum() == 230
    assert set(run.rows.position[~run.used].tolist()) == set(range(10))
    assert np.isnan(run.P[~run.used]).all()
    assert (run.y[~run.used] == -1).all()
    assert (run.folds[~run.used] == -1).all()


def test_a_class_of_one_row_takes_no_part_and_one_of_two_does() -> None:
    frame = people()
    frame.loc[0, "buys"] = "once"
    frame.loc[[1, 2], "buys"] = "twice"
    run = probe_run(views(frame, target="buys"))
    assert run.classes == ("no", "once", "twice", "yes")
    assert run.rows.position[~run.used].tolist() == [0]
    assert len(set(run.folds[run.y == 2].tolist())) == 2


def test_copies_are_in_one_fold() -> None:
    X, y = wine()
    run = probe_run(views((np.vstack([X, X[:60]]), np.concatenate([y, y[:60]]))))
    fold = np.empty(len(run.folds), np.int64)
    fold[run.rows.position] = run.folds
    assert (fold[178:] == fold[:60]).all()


def test_declared_groups_are_in_one_fold_and_no_input() -> None:
    frame = people()
    frame["who"] = [f"p{i % 40}" for i in range(240)]
    run = probe_run(views(frame, target="buys", group="who"))
    assert {f.column for f in run.features} == {"age", "city"}
    who = run.rows.texts["who"]
    for name in set(who.tolist()):
        assert len(set(run.folds[who == name].tolist())) == 1


def test_one_group_that_holds_all_rows_is_none() -> None:
    frame = people().assign(site="A")
    assert probe_run(views(frame, target="buys", group="site")).used.all()


def test_a_hundred_classes() -> None:
    rng = np.random.default_rng(0)
    y = np.arange(900) % 120
    X = rng.normal(size=(120, 6))[y] * 3 + rng.normal(size=(900, 6))
    run = probe_run(views((X, y), task="classification"))
    assert run.P.shape == (900, 120)
    assert accuracy(run) > 0.4


def test_missing_and_infinite_inputs_and_constants_do_no_harm() -> None:
    frame = people()
    frame["all the same"] = 1.0
    frame["empty"] = np.nan
    frame.loc[3, "age"], frame.loc[4, "age"] = np.inf, np.nan
    run = probe_run(views(frame, target="buys"))
    assert np.isfinite(run.P).all()


def test_classes_that_are_told_without_fail_stay_finite() -> None:
    frame = people().assign(copy=lambda f: f.buys)
    run = probe_run(views(frame, target="buys"))
    assert accuracy(run) == 1.0
    assert np.isfinite(np.log(run.P)).all()


@pytest.mark.parametrize(
    ("frame", "roles", "reason"),
    [
        (people(), {}, "no target was named"),
        (people().assign(buys="yes"), {"target": "buys"}, "one class"),
        (people()[["buys"]], {"target": "buys"}, "no inputs"),
        (people().assign(i=range(240))[["i", "buys"]], {"target": "buys", "id": "i"}, "no inputs"),
    ],
)
def test_where_there_is_nothing_to_predict(frame: pd.DataFrame, roles: dict[str, Any], reason: str) -> None:
    with pytest.raises(NotApplicable, match=reason):
        probe_run(views(frame, **roles))


def test_switched_off() -> None:
    with pytest.raises(NotApplicable, match="switched off"):
        probe_run(views(people(), target="buys", probe=ProbeSettings(enabled=False)))


def test_a_time_budget_takes_fewer_rows_and_says_so() -> None:
    X, y = make_classification(3000, 8, random_state=0)
    run = probe_run(views((X, y), probe=ProbeSettings(seconds=1.0)))
    assert len(run.rows) < 3000
    assert run.limited == f"the time budget of 1 s cut the sample to {len(run.rows):,} of 3,000 rows"
    assert run.n_all == 3000


def test_a_sample_is_shared_among_the_splits() -> None:
    X, y = make_classification(2000, 4, random_state=0)
    run = probe_run(views((X[:1500], y[:1500]), (X[1500:], y[1500:]), probe=ProbeSettings(sample=400)))
    assert np.bincount(run.rows.split).tolist() == [200, 200]
    assert run.limited is None


def test_more_rows_than_a_usual_sample_are_kept_where_asked_for() -> None:
    settings = ProbeSettings(sample=Sample().size + 500, pred_probs=np.full((Sample().size + 400, 2), 0.5))
    y = np.arange(Sample().size + 400) % 2
    run = probe_run(views((np.random.default_rng(0).normal(size=(len(y), 1)), y), probe=settings))
    assert len(run.rows) == len(y)


def test_progress_counts_fits_to_the_end() -> None:
    told: list[tuple[str, int, int | None]] = []
    probe = ProbeSettings(progress=lambda *step: told.append(step))
    probe_run(views(people(), target="buys", probe=probe))
    assert told == [("probe", i, 40) for i in range(1, 41)]


# ---------------------------------------------------------------- the front door


def test_audit_without_the_probe_skips_its_rules_and_says_why() -> None:
    answer = ask("LAB106", people(), target="buys", probe=False)
    assert answer.reason == "the probe was switched off"


@pytest.mark.parametrize("bad", [{"sample": 0}, {"folds": 1}, {"folds": 51}, {"probe_seconds": 0}])
def test_settings_that_make_no_sense_are_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=next(iter(bad))):
        dataaudit.audit(people(), target="buys", **bad)


def test_the_report_says_what_was_not_as_usual() -> None:
    report = dataaudit.audit(load_iris(), probe=False, sample=100, select=["LAB106"])
    assert report.document["provenance"]["config"] == {"probe": False, "sample": 100, "select": ["LAB106"]}


def test_the_command_line_switches_it_off(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    people().to_csv(tmp_path / "people.csv", index=False)
    with pytest.raises(SystemExit):
        main(["check", str(tmp_path / "people.csv"), "--target", "buys", "--no-probe", "--sample", "50",
              "--select", "LAB106", "--format", "json"])  # fmt: skip
    report = json.loads(capsys.readouterr().out)
    assert {check["reason"] for check in report["checks"]} == {"the probe was switched off"}
    assert report["provenance"]["config"]["sample"] == 50
