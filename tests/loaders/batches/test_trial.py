"""The trial with two workers: real torch loaders, faulty and honest."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")

from dataaudit.loaders.batches.trial import worker_trial  # noqa: E402 - torch may be missing
from dataaudit.model import Status  # noqa: E402
from tests.analyzers.asking import ask_batches  # noqa: E402
from tests.loaders.batches.augmented_loaders import FAULTY, WAYS, loader  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore:This DataLoader will create:UserWarning")


@pytest.mark.parametrize("way", WAYS)
def test_workers_that_share_a_seed_are_told_from_those_that_do_not(way: str) -> None:
    trial = worker_trial(loader(way, 2, "fork"))
    assert trial is not None
    assert (trial["samples"], trial["start"], trial["random"]) == (8, "fork", True)
    assert trial["equal"] == (way in FAULTY)
    assert trial["seconds"] > 0


@pytest.mark.parametrize("way", ["held", "torch"])
def test_it_is_the_same_for_workers_started_anew(way: str) -> None:
    trial = worker_trial(loader(way, 2, "spawn"))
    assert trial is not None
    assert (trial["start"], trial["random"], trial["equal"]) == ("spawn", True, way in FAULTY)


def test_mirroring_is_asked_for_often_enough_to_rule_out_accident() -> None:
    held, honest = (worker_trial(loader(way, 2, "fork", change="mirror")) for way in ("held", "torch"))
    assert held is not None
    assert honest is not None
    assert (held["samples"], held["random"], held["equal"]) == (32, True, True)
    assert (honest["random"], honest["equal"]) == (True, False)


def test_nothing_is_tried_without_workers_or_positions() -> None:
    class Stream(torch.utils.data.IterableDataset):  # type: ignore[misc, name-defined]
        def __iter__(self) -> Any:
            yield torch.zeros(3)

    assert worker_trial(loader("held", 0)) is None
    assert worker_trial(torch.utils.data.DataLoader(Stream(), num_workers=2)) is None
    assert worker_trial([np.zeros((4, 3))]) is None


def test_random_states_and_the_data_set_stay_as_they_were() -> None:
    tried = loader("held", 2, "fork")
    before = random.getstate(), str(np.random.get_state()), torch.get_rng_state().tolist()  # noqa: NPY002
    held = tried.dataset.held.bit_generator.state  # type: ignore[attr-defined]
    worker_trial(tried)
    after = random.getstate(), str(np.random.get_state()), torch.get_rng_state().tolist()  # noqa: NPY002
    assert after == before
    assert tried.dataset.held.bit_generator.state == held  # type: ignore[attr-defined]


class Broken(torch.utils.data.Dataset):  # type: ignore[misc, name-defined]
    """Fails at its last sample."""

    def __len__(self) -> int:
        return 8

    def __getitem__(self, i: int) -> Any:
        if i == 7:
            raise ValueError("sample 7 is damaged")
        return torch.zeros(3)


def test_a_data_set_that_fails_ends_the_trial_with_its_reason_and_no_process_left() -> None:
    import multiprocessing

    children = set(multiprocessing.active_children())
    trial = worker_trial(torch.utils.data.DataLoader(Broken(), batch_size=2, num_workers=2))
    assert trial is not None
    assert trial["failed"] == "ValueError: sample 7 is damaged"
    assert "equal" not in trial
    assert set(multiprocessing.active_children()) <= children


@pytest.mark.parametrize("workers", [2, 4])
@pytest.mark.parametrize("persistent", [False, True])
@pytest.mark.parametrize("way", WAYS)
def test_loaders_with_workers_are_judged_by_what_they_feed_and_by_trial(
    way: str, persistent: bool, workers: int
) -> None:
    said = ask_batches("BAT107", loader(way, workers, "fork", persistent_workers=persistent), augmented=True)
    if way in FAULTY:
        assert said.finding.severity == "error"
        assert said.finding.evidence["trial_equal"] is True
        assert "asked of each of two workers (fork)" in said.finding.message
    else:
        assert said.status is Status.CLEAN
        assert "asked of each of two workers (fork)" in said.measured


@pytest.mark.parametrize("way", WAYS)
def test_one_process_is_never_blamed_for_workers(way: str) -> None:
    assert not ask_batches("BAT107", loader(way, 0), augmented=True).findings


def test_mirroring_that_workers_share_is_found_by_trial_alone() -> None:
    said = ask_batches("BAT107", loader("held", 2, "fork", change="mirror"), augmented=True).finding
    assert said.message.startswith(
        "the data set of train changes its samples at random, but two workers changed them in the same way: 32 samples"
    )
    honest = ask_batches("BAT107", loader("torch", 2, "fork", change="mirror"), augmented=True)
    assert honest.status is Status.CLEAN
