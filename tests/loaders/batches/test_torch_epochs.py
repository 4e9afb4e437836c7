"""Epochs of real loaders of torch: planted faults are found, and their honest twins are silent."""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")

from torch.utils.data import (  # noqa: E402
    BatchSampler,
    DataLoader,
    DistributedSampler,
    RandomSampler,
    Subset,
    SubsetRandomSampler,
    WeightedRandomSampler,
)

from dataaudit.api import audit_batches  # noqa: E402
from tests.loaders.batches.torch_loaders import (  # noqa: E402
    Files,
    Mirrored,
    Pictures,
    Shards,
    Unshared,
    built,
    distributed,
    in_order,
    weights,
)

pytestmark = pytest.mark.filterwarnings("ignore:This DataLoader will create")
"""Four workers on a machine of fewer cores: slow, and meant."""

RULES = ["BAT105", "BAT106", "BAT108", "BAT109"]
DATA = Pictures(64)


def told(loader: Any, **keywords: Any) -> list[tuple[str, str]]:
    """Return rule and severity of what is found of epochs."""
    torch.manual_seed(0)
    report = audit_batches(loader, select=RULES, jobs=1, **keywords)
    assert not [check.reason for check in report.checks if check.status == "crashed"]
    return [(finding.rule, str(finding.severity)) for finding in report.findings]


@pytest.mark.parametrize("workers", [0, 2, 4])
@pytest.mark.parametrize(
    "settings",
    [
        {"shuffle": True},
        {"shuffle": True, "drop_last": True},
        {"sampler": WeightedRandomSampler(weights(DATA), 64)},
        {"sampler": SubsetRandomSampler(range(5, 60))},
        {"shuffle": True, "generator": torch.Generator().manual_seed(0)},
    ],
)
def test_honest_loaders(settings: dict[str, Any], workers: int) -> None:
    assert told(built(DATA, workers, "fork", **settings)) == []


def test_persistent_workers_and_workers_started_afresh() -> None:
    assert told(built(DATA, 2, "spawn", shuffle=True, persistent_workers=True)) == []
    assert told(built(Unshared(), 2, "spawn")) == [("BAT105", "warning"), ("BAT109", "warning")]


def test_batches_made_by_a_sampler_of_batches() -> None:
    batches = BatchSampler(RandomSampler(DATA), 8, drop_last=False)
    assert told(DataLoader(DATA, batch_sampler=batches)) == []


@pytest.mark.parametrize("workers", [0, 2])
def test_a_loader_that_does_not_shuffle(workers: int) -> None:
    loader = built(DATA, workers, "fork")
    finding = audit_batches(loader, select="BAT105", jobs=1).findings[0]
    assert finding.message.endswith("; the loader does not shuffle")
    assert told(loader) == [("BAT105", "warning")]
    assert told(in_order) == [("BAT105", "warning")]
    assert told(built(DATA, shuffle=True), validation=loader) == []


def test_seeding_before_every_epoch() -> None:
    def build(epoch: int = 0) -> Any:
        torch.manual_seed(1)
        return built(DATA, shuffle=True)

    finding = audit_batches(build, select="BAT105", jobs=1).findings[0]
    assert "before every epoch" in finding.fix
    assert told(build) == [("BAT105", "warning")]


@pytest.mark.parametrize(("workers", "times"), [(2, 2), (4, 4)])
def test_a_stream_that_workers_do_not_share(workers: int, times: int) -> None:
    findings = audit_batches(built(Unshared(), workers, "fork"), select="BAT109", jobs=1).findings
    assert findings[0].message.startswith(
        f"Every sample comes {times} times in epoch 0 of train ({64 * times} rows), once for each of its {workers} "
        "workers: the stream is not shared among them"
    )
    assert "get_worker_info" in findings[0].fix


@pytest.mark.parametrize("workers", [0, 2, 4])
def test_a_stream_that_workers_share(workers: int) -> None:
    assert "BAT109" not in dict(told(built(Shards(64), workers, "fork")))
    assert "BAT108" not in dict(told(built(Shards(64), workers, "fork"), rows=64))


@pytest.mark.parametrize("workers", [0, 2])
def test_drawing_with_replacement(workers: int) -> None:
    loader = built(DATA, workers, "fork", sampler=RandomSampler(DATA, replacement=True))
    assert told(loader) == []  # the loader says so

    def hidden(epoch: int = 0) -> Any:
        drawn = torch.randint(0, 64, (64,), generator=torch.Generator().manual_seed(epoch)).tolist()
        return built(Subset(DATA, drawn), workers, "fork", shuffle=True)

    assert told(hidden, rows=64) == [("BAT108", "warning")]


def test_processes_that_share_the_data() -> None:
    assert told(distributed(DATA, told=True)) == []
    assert told(distributed(DATA, told=True), rows=64) == []
    assert told(distributed(DATA, told=False)) == [("BAT105", "warning")]
    finding = audit_batches(distributed(DATA, told=False), select="BAT105", jobs=1).findings[0]
    assert finding.message.endswith("; its DistributedSampler shuffles anew only when set_epoch is called")
    plain = built(DATA, sampler=DistributedSampler(DATA, num_replicas=2, rank=1))
    assert told(plain) == [("BAT105", "note")]  # the loop that tells it the epoch was not part of the audit
    odd = Pictures(61)
    assert told(distributed(odd, told=True)) == []


def test_samples_are_named_by_drawing_them_again() -> None:
    data = Files(64)
    chosen = [*range(10, 50), 12, 13]
    loader = built(Subset(data, chosen), shuffle=True)
    report = audit_batches(loader, select="BAT109", jobs=1, rows=40)
    names = {row[-1] for row in report.findings[0].evidence["table"]["rows"]}
    assert names == {"cat/012.jpg", "cat/013.jpg"}


def test_samples_that_change_at_random_are_not_named() -> None:
    loader = built(Subset(Mirrored(64), [*range(40), 12, 13]), shuffle=True)
    finding = audit_batches(loader, select="BAT109", jobs=1, rows=40).findings[0]
    assert finding.row_count == 2
    assert "table" not in finding.evidence


def test_drawing_puts_random_states_back() -> None:
    from dataaudit.loaders.batches.reading import Reader
    from dataaudit.loaders.batches.samples import draw

    data = Mirrored(8)
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    drawn = list(draw(data, built(data), Reader(), 100) or ())
    assert torch.equal(torch.rand(1), expected)
    assert [number for number, _ in drawn] == [0, 0, *range(1, 8)]
    assert draw(data, built(data), Reader(), 7) is None
