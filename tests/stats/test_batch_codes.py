"""Which samples a loader's epochs hold: by their inputs, and by the numbers that come with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from dataaudit import engine
from dataaudit.loaders.batches import load_batches
from dataaudit.model import Feeding, SplitView, Stage
from dataaudit.stats.batch_codes import sample_codes, sample_numbers
from dataaudit.stats.batch_log import BatchLog
from dataaudit.stats.moments import Moments
from dataaudit.stats.values import Values

N, SIZE = 96, 16
X = np.random.default_rng(0).normal(size=(N, 5)).astype(np.float32)
Y = np.arange(N) // 2 % 4
PLACE = np.arange(N)
IDENTITY = np.arange(N) // 2 * 2  # 48 people of two samples each, of one label
PRICE = 1000 + np.arange(N) * 37 % 90  # whole numbers, hardly any of them twice
Order = Callable[[np.random.Generator], Any]


def fed(
    third: NDArray[Any], order: Order, *, epochs: int = 2, augmented: bool = False, rows: int | None = N
) -> SplitView:
    """Return a loader of (x, y, third), as rules see it."""

    def build(epoch: int) -> list[Any]:
        rng = np.random.default_rng(epoch)
        lines = order(rng).reshape(-1, SIZE)
        return [(X[i] + rng.normal(size=X[i].shape).astype(np.float32) * augmented, Y[i], third[i]) for i in lines]

    feeding = Feeding(epochs=epochs, rows={} if rows is None else {"train": rows})
    data = load_batches(build, feeding=feeding)
    facts = engine.profile(data, (Moments(), Values(), BatchLog()), stage=Stage.MODEL_READY)
    return engine.views(facts, data.sources, feeding=data.feeding)["train"]


def shuffled(rng: np.random.Generator) -> Any:
    return rng.permutation(N)


def again(rng: np.random.Generator) -> Any:
    """Return an order in which the second batch of an epoch holds one sample twice, and leaves one out."""
    order = rng.permutation(N)
    order[SIZE + 3] = order[SIZE + 5]
    return order


def drawn(rng: np.random.Generator) -> Any:
    return rng.integers(0, N, N)


def one_batch(rng: np.random.Generator) -> Any:
    return np.tile(rng.permutation(N)[:SIZE], N // SIZE)


def knows(third: NDArray[Any], order: Order, **how: Any) -> bool:
    return sample_numbers(fed(third, order, **how)) is not None


@pytest.mark.parametrize("augmented", [False, True])
@pytest.mark.parametrize("epochs", [1, 2])
@pytest.mark.parametrize("order", [shuffled, again, drawn, one_batch])
def test_numbers_of_samples_are_known_however_they_come(order: Order, epochs: int, augmented: bool) -> None:
    view = fed(PLACE, order, epochs=epochs, augmented=augmented)
    numbers = sample_numbers(view)
    assert numbers is not None
    for epoch in range(epochs):
        np.testing.assert_array_equal(numbers[epoch], order(np.random.default_rng(epoch)))


@pytest.mark.parametrize("augmented", [False, True])
@pytest.mark.parametrize("epochs", [1, 2])
@pytest.mark.parametrize(
    "third",
    [IDENTITY, PRICE, PLACE % 40, PLACE // 6, -PLACE, PLACE / 7, np.random.default_rng(5).permutation(N) % 60],
    ids=["people", "prices", "classes", "groups", "negative", "fractions", "other labels"],
)  # fmt: skip
def test_other_whole_numbers_are_not_taken_for_them(third: NDArray[Any], epochs: int, augmented: bool) -> None:
    assert not knows(third, shuffled, epochs=epochs, augmented=augmented)


def test_a_place_in_the_batch_is_no_number_of_a_sample() -> None:
    def build(epoch: int) -> list[Any]:
        order = np.random.default_rng(epoch).permutation(N).reshape(-1, SIZE)
        return [(X[i], Y[i], np.arange(SIZE)) for i in order]

    data = load_batches(build, feeding=Feeding(epochs=2))
    facts = engine.profile(data, (Moments(), Values(), BatchLog()), stage=Stage.MODEL_READY)
    assert sample_numbers(engine.views(facts, data.sources, feeding=data.feeding)["train"]) is None


def test_nothing_is_said_where_nothing_says_how_many_there_are() -> None:
    assert knows(PLACE, drawn, augmented=False, rows=None)
    assert not knows(PLACE, drawn, augmented=True, rows=None)
    assert knows(PLACE, shuffled, augmented=True, rows=None)


def test_inputs_are_numbered_alike_in_every_epoch() -> None:
    view = fed(PLACE, again)
    codes = sample_codes(view)
    orders = [again(np.random.default_rng(epoch)) for epoch in range(2)]
    for epoch, order in enumerate(orders):
        assert codes.distinct(epoch) == len(np.unique(order)) == N - 1
        assert codes.again(epoch, 1 - epoch) == pytest.approx(float(np.isin(order, orders[1 - epoch]).mean()))
    pairs = {(int(c), int(i)) for e, order in enumerate(orders) for c, i in zip(codes.of[e], order, strict=True)}
    assert len(pairs) == codes.size == N
