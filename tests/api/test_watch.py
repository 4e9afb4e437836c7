"""A loader watched while it is used: the same batches, a verdict an epoch, and what goes wrong said at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import dataaudit
from dataaudit.api import Watcher
from dataaudit.errors import ConfigError, FindingsError
from dataaudit.model import Feeding
from dataaudit.report.report import Report
from dataaudit.stats.batch_log import BatchLog

Batch = tuple[NDArray[Any], NDArray[Any]]


class Loader:
    """A loader of numbers of mean 0 and deviation 1, in another order every epoch."""

    def __init__(self, n: int = 256, size: int = 32, *, shuffle: bool = True, bad: int | None = None) -> None:
        rng = np.random.default_rng(0)
        self.X = rng.normal(size=(n, 6)).astype(np.float32)
        self.y = np.tile(np.arange(4), n // 4)
        self.size, self.shuffle, self.bad = size, shuffle, bad
        self.epochs = 0
        self.dataset = self.X

    def __len__(self) -> int:
        return len(self.X) // self.size

    def __iter__(self) -> Iterator[Batch]:
        rng = np.random.default_rng(self.epochs)
        self.epochs += 1
        order = rng.permutation(len(self.X)) if self.shuffle else np.arange(len(self.X))
        for number, at in enumerate(order.reshape(-1, self.size)):
            x = self.X[at].copy()
            if number == self.bad:
                x[3, 2] = np.nan
            yield x, self.y[at]


def watched(loader: Any, epochs: int = 1, **settings: Any) -> list[Report]:
    reports: list[Report] = []
    w = dataaudit.watch(loader, on_epoch=reports.append, **settings)
    for _ in range(epochs):
        for _batch in w:
            pass
    return reports


def test_the_same_batches_come_in_the_same_order() -> None:
    plain, seen = Loader(), dataaudit.watch(Loader(), on_epoch=lambda report: None)
    for _ in range(2):
        for (x, y), (u, v) in zip(plain, seen, strict=True):
            np.testing.assert_array_equal(x, u)
            np.testing.assert_array_equal(y, v)
    assert len(seen) == len(plain) == 8
    assert seen.dataset is seen._loader.dataset


def test_every_whole_epoch_has_its_report() -> None:
    reports = watched(Loader(), epochs=4)
    assert [report.verdict for report in reports] == ["pass"] * 4
    assert [len(report.document["loaders"][0]["epochs"]) for report in reports] == [1, 2, 3, 3]  # first, last two
    assert {c.status for report in reports for c in report.checks} <= {"clean", "found", "not-applicable", "skipped"}


def test_nan_in_one_batch_is_placed() -> None:
    [report] = watched(Loader(bad=5))
    assert report.verdict == "fail"
    [finding] = [f for f in report.findings if f.rule == "BAT110"]
    assert "batch 5 of epoch 0" in finding.message
    assert finding.rows == (5 * 32 + 3,)


def test_an_order_that_stays_the_same_is_told_after_the_second_epoch() -> None:
    first, second = watched(Loader(shuffle=False), epochs=2)
    assert "BAT105" not in {f.rule for f in first.findings}
    assert "BAT105" in {f.rule for f in second.findings}
    assert "BAT105" not in {f.rule for f in watched(Loader(), epochs=2)[1].findings}


def test_the_call_may_stand_within_the_loop_over_epochs() -> None:
    loader = Loader(shuffle=False)
    reports: list[Report] = []
    for _ in range(2):
        for _batch in dataaudit.watch(loader, on_epoch=reports.append):
            pass
    assert ["BAT105" in {f.rule for f in report.findings} for report in reports] == [False, True]
    for _batch in dataaudit.watch(loader, on_epoch=reports.append, augmented=False):  # another question starts anew
        pass
    assert [len(report.document["loaders"][0]["epochs"]) for report in reports] == [1, 2, 1]


def test_validation_may_keep_its_order() -> None:
    assert "BAT105" not in {f.rule for f in watched(Loader(shuffle=False), epochs=2, split="val")[1].findings}


def test_an_epoch_that_is_left_early_is_not_judged() -> None:
    reports: list[Report] = []
    w = dataaudit.watch(Loader(), on_epoch=reports.append)
    for number, _ in enumerate(w):
        if number == 3:
            break
    assert reports == []
    assert w.report is None
    for _ in w:
        pass
    [report] = reports
    assert report.document["loaders"][0]["epochs"][0]["samples"] == 256


def test_it_can_stop_the_training() -> None:
    w = dataaudit.watch(Loader(bad=1), fail_on="error", on_epoch=lambda report: None)
    with pytest.raises(FindingsError, match="BAT110"):
        for _ in w:
            pass
    assert w.report is not None


def test_the_verdict_is_told_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in dataaudit.watch(Loader(bad=1)):
        pass
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("dataaudit: FAIL  Not ready to train on: ")
    assert "BAT110 batch-nan" in err


def test_settings_that_make_no_sense_are_told_before_training() -> None:
    with pytest.raises(ConfigError, match="split is 'test'"):
        dataaudit.watch(Loader(), split="test")
    with pytest.raises(ConfigError, match="fail_on is 'bad'"):
        dataaudit.watch(Loader(), fail_on="bad")
    with pytest.raises(ConfigError, match="Unknown rule 'BAT999'"):
        dataaudit.watch(Loader(), select=["BAT999"])


def test_arrays_that_are_used_again_do_not_change_what_was_seen() -> None:
    class Reused(Loader):
        def __iter__(self) -> Iterator[Batch]:
            x, y = np.zeros((self.size, 6), np.float32), np.zeros(self.size, np.int64)
            for a, b in super().__iter__():
                x[:], y[:] = a, b
                yield x, y

    plain, reused = watched(Loader())[0], watched(Reused())[0]
    assert plain.document["features"] == reused.document["features"]
    assert plain.document["loaders"][0]["epochs"][0]["distinct"] == 256
    assert reused.document["loaders"][0]["epochs"][0]["distinct"] == 256


def test_waiting_is_told_where_the_network_waits() -> None:
    def after(waited: float, between: float) -> Report:
        watcher = Watcher(feeding=Feeding(watched=True, found={"train": {"workers": 2}}), length=20, select=["BAT116"])
        for batch in Loader(n=640):
            watcher.see(batch, waited, between)
        report = watcher.end_epoch()
        assert report is not None
        return report

    [finding] = after(0.3, 0.1).findings
    assert (finding.rule, str(finding.severity)) == ("BAT116", "note")
    assert "75% of the time goes into waiting for batches: 80 samples a second, where 320 could be used" in (
        finding.message
    )
    assert after(0.01, 0.3).findings == []
    [check] = after(0.001, 0.001).checks
    assert check.status == "skipped"


def test_the_log_costs_no_rows_in_a_saved_profile() -> None:
    assert BatchLog.rowless is False


def test_what_the_kept_batches_show_is_worked_out_once() -> None:
    found = {"train": {"shuffled": True}}
    watcher = Watcher(feeding=Feeding(watched=True, augmented=True, found=found), select=["BAT107"])
    loader = Loader(n=512, size=32)
    said: list[Any] = []
    for _ in range(3):
        loader.X = loader.X + np.float32(0.01)  # changed from epoch to epoch, as augmentation does
        for batch in loader:
            watcher.see(batch)
        watcher.end_epoch()
        assert watcher._data is not None
        known = watcher._data.sources["train"].known  # type: ignore[attr-defined]
        said += [known[key] for key in known if type(key).__name__ == "DuplicatedAugmentation"]
    assert len(said) == 3
    assert said[0] is said[1] is said[2]
    assert "no more alike than chance has it" in said[0].measured
