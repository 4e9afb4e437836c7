"""BAT113: a note on batches that are large beside the data."""

from __future__ import annotations

import numpy as np
import pytest

from dataaudit.model import Status
from tests.analyzers.asking import ask_batches
from tests.analyzers.batches.epochs import epochs, shuffled
from tests.analyzers.batches.loaders import numbers


@pytest.mark.parametrize(
    ("n", "size", "message"),
    [
        (200, 32, "A batch of train is large: 32 rows, 16 % of 200 samples"),
        (6000, 516, "A batch of train is large: 516 rows, 8.6 % of 6,000 samples"),
        (200, 20, None),
        (200, 16, None),
    ],
)
def test_a_batch_beside_the_data(n: int, size: int, message: str | None) -> None:
    answer = ask_batches("BAT113", epochs(shuffled, *numbers(n), size=size), epochs=1)
    assert [f.message for f in answer.findings] == ([message] if message else [])
    assert all(f.severity == "note" for f in answer.findings)


def test_a_size_other_than_declared() -> None:
    said = ask_batches("BAT113", epochs(shuffled), batch_size=32).finding
    assert said.message == "Batches of train hold 16 rows, 32 were declared"


def test_an_epoch_cut_short_has_no_share() -> None:
    loader = epochs(shuffled)
    assert ask_batches("BAT113", loader, max_batches=2, validation=loader).outcomes[0].measured == "batches of 16 rows"
    assert ask_batches("BAT113", loader, max_batches=2, rows=100).loud == ()
    assert ask_batches("BAT113", loader(), max_batches=2).status is Status.CLEAN


def test_data_that_is_no_loader() -> None:
    from tests.analyzers.asking import ask

    answer = ask("BAT113", np.random.default_rng(0).normal(size=(50, 3)))
    assert (answer.status, answer.reason) == (Status.NOT_APPLICABLE, "the data does not come in batches")
