"""Real loaders of torch: what is inside their batches, with and without workers."""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="torch is an extra")

from torch.utils.data import DataLoader  # noqa: E402

from dataaudit.api import audit_batches  # noqa: E402
from dataaudit.errors import SourceError  # noqa: E402
from dataaudit.report.report import Report  # noqa: E402
from tests.loaders.batches.torch_feeds import Dropping, Half, Named, Pictures, Shards, rows_without  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore:This DataLoader will create:UserWarning")


def audited(loader: Any, validation: Any = None, **keywords: Any) -> Report:
    return audit_batches(loader, validation, select=["BAT110", "BAT111", "BAT112"], jobs=1, **keywords)


def shuffled(data: Any, workers: int = 0, **keywords: Any) -> Any:
    keywords = {"batch_size": 8, "shuffle": True, **keywords}
    return DataLoader(data, num_workers=workers, generator=torch.Generator().manual_seed(0), **keywords)


@pytest.mark.parametrize("workers", [0, 2])
def test_clean_loaders_are_clean(workers: int) -> None:
    report = audited(shuffled(Pictures(50), workers), shuffled(Pictures(21), workers, shuffle=False))
    assert not report.findings
    assert {name: facts.n_rows for name, facts in report.profile.splits.items()} == {"train": 50, "val": 21}


@pytest.mark.parametrize("workers", [0, 2])
def test_a_nan_is_traced_to_its_sample(workers: int) -> None:
    report = audited(shuffled(Named(50, nan=(13,)), workers), epochs=1)
    (said,) = report.findings
    assert "1 NaN in 'inputs.image' of train: row" in said.message
    assert "(sample 13) of batch" in said.message
    assert said.message.endswith("channel 1, y 2, x 3")


def test_nested_samples_of_several_types() -> None:
    report = audited(shuffled(Named(50)), epochs=1)
    assert {c.name for c in report.profile.schema.columns} == {"inputs.age", "label"}
    assert report.profile.schema.pixels is not None


def test_bfloat16_is_read() -> None:
    report = audited(shuffled(Half(50)), epochs=1)
    assert not report.findings
    assert report.profile.splits["train"].n_rows == 50


@pytest.mark.parametrize("workers", [0, 2])
def test_samples_that_cannot_be_stacked_are_named(workers: int) -> None:
    with pytest.raises(SourceError) as caught:
        audited(shuffled(Pictures(50, wide=(21, 44)), workers))
    text = str(caught.value)
    assert "train loader, epoch 0, batch" in text
    assert "RuntimeError: stack expects each tensor to be equal size, but got [3, 8, 8] at entry" in text
    assert "samples 21, 44 differ from the others: '0' is (3, 8, 9) instead of (3, 8, 8)" in text
    assert "Traceback" not in text


@pytest.mark.parametrize("workers", [0, 2])
def test_a_sample_that_cannot_be_read_is_named(workers: int) -> None:
    with pytest.raises(SourceError) as caught:
        audited(shuffled(Pictures(50, broken=(30,)), workers, shuffle=False))
    text = str(caught.value)
    assert "train loader, epoch 0, batch 3: the loader failed: OSError: cannot identify image file 'img/30.jpg'" in text
    assert "Sample 30 of the data set cannot be read" in text
    assert len(text.splitlines()) == 2


@pytest.mark.parametrize("workers", [0, 2, 4])
def test_each_worker_of_an_iterable_data_set_may_end_early(workers: int) -> None:
    loader = DataLoader(Shards(104), batch_size=8, num_workers=workers)
    assert not audited(loader, epochs=1).findings


def test_a_last_batch_of_one() -> None:
    (said,) = audited(shuffled(Pictures(49))).findings
    assert (said.rule, said.severity) == ("BAT112", "warning")
    assert not audited(shuffled(Pictures(49), drop_last=True)).findings
    assert not audited(shuffled(Pictures(48)), shuffled(Pictures(49), shuffle=False)).findings


def test_samples_dropped_by_a_collate_function() -> None:
    loader = shuffled(Dropping(200, broken=(7,)), collate_fn=rows_without)
    (said,) = audited(loader, epochs=1).findings
    assert "has 7 rows, the others 8: samples dropped, or added, on the way?" in said.message
    assert (said.rule, said.severity) == ("BAT112", "warning")


def test_workers_that_are_started_afresh() -> None:
    loader = shuffled(Named(50, nan=(13,)), 2, multiprocessing_context="spawn")
    (said,) = audited(loader, epochs=1).findings
    assert "(sample 13)" in said.message
