"""Batches of every make, read as named arrays: what each leaf is for, and how many rows it has."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from dataaudit.api import audit_batches
from dataaudit.errors import NothingReadError, SourceError
from dataaudit.loaders.batches.leaves import leaves_of
from dataaudit.loaders.batches.reading import Reader
from dataaudit.loaders.batches.roles import Roles, roles_of
from dataaudit.model import Fed

X = np.arange(24, dtype=np.float32).reshape(4, 6)
Y = np.array([0, 1, 0, 1])


def read(batch: Any, target: str | None = None, index: str | None = None) -> Fed:
    return Reader(target, index).read(batch, "train loader, epoch 0, batch 0")


class Tensor:
    """A tensor as TensorFlow has it: a shape, and `numpy()`."""

    def __init__(self, values: Any) -> None:
        self._values = np.asarray(values)
        self.shape = self._values.shape

    def numpy(self) -> Any:
        return self._values


class Capsule:
    """An array that speaks DLPack alone."""

    def __init__(self, values: Any) -> None:
        self._values = np.asarray(values)
        self.shape = self._values.shape

    def __dlpack__(self, **keywords: Any) -> Any:
        return self._values.__dlpack__(**keywords)

    def __dlpack_device__(self) -> Any:
        return self._values.__dlpack_device__()


@dataclass
class Sample:
    """A batch as a dataclass."""

    image: Any
    label: Any
    index: Any = None


Named = namedtuple("Named", ["image", "label"])

MAKES: dict[str, tuple[Any, tuple[str, ...], str | None]] = {
    "a pair": ((X, Y), ("0",), "1"),
    "a list": ([X, Y], ("0",), "1"),
    "x alone": (X, ("0",), None),
    "a dict": ({"image": X, "label": Y}, ("image",), "label"),
    "a dict with more": ({"image": X, "label": Y, "path": ["a", "b", "c", "d"]}, ("image",), "label"),
    "a dataclass": (Sample(X, Y), ("image",), "label"),
    "a named tuple": (Named(X, Y), ("image",), "label"),
    "nested": (({"left": X, "right": X + 1}, Y), ("0.left", "0.right"), "1"),
    "deeply nested": ({"inputs": {"image": X, "meta": {"age": X[:, 0]}}, "targets": Y},
                      ("inputs.image", "inputs.meta.age"), "targets"),
    "two inputs": (((X, X + 1), Y), ("0.0", "0.1"), "1"),
    "tensors with numpy()": ((Tensor(X), Tensor(Y)), ("0",), "1"),
    "DLPack": ((Capsule(X), Capsule(Y)), ("0",), "1"),
    "lists of numbers": ({"text": ["a", "b", "c", "d"], "label": [0, 1, 0, 1]}, ("text",), "label"),
    "arrays in a list": (([*X], Y), ("0",), "1"),
    "tokens": ({"input_ids": X.astype(np.int64), "attention_mask": X > 2, "labels": Y}, ("input_ids",), "labels"),
    "bytes": ((X.astype(np.uint8), Y), ("0",), "1"),
    "half precision": ((X.astype(np.float16), Y), ("0",), "1"),
}  # fmt: skip


@pytest.mark.parametrize("name", MAKES)
def test_what_each_leaf_is_for(name: str) -> None:
    batch, inputs, target = MAKES[name]
    fed = read(batch)
    assert (fed.rows, fed.inputs, fed.target) == (4, inputs, target)
    if target is not None:
        assert fed.leaves[target].tolist() == Y.tolist()


def test_the_index_is_found_and_taken_out() -> None:
    for batch in ((X, Y, np.array([7, 3, 9, 1])), {"x": X, "y": Y, "idx": np.array([7, 3, 9, 1])}):
        fed = read(batch)
        assert fed.index is not None
        assert fed.index.tolist() == [7, 3, 9, 1]
        assert len(fed.leaves) == 2


def test_declared_keys_win() -> None:
    fed = read({"a": X, "b": Y, "c": np.arange(4)}, target="c", index="b")
    assert (fed.inputs, fed.target) == (("a",), "c")
    with pytest.raises(SourceError, match="A batch has no target 'labl'"):
        read({"a": X, "label": Y}, target="labl")


@pytest.mark.parametrize(
    ("part", "name", "values"),
    [
        ([np.zeros((3, 8, 8)), np.ones((3, 8, 8))], "0", (2, 3, 8, 8)),
        ([np.zeros((3, 8, 8)), np.ones((3, 8, 9))], "0", None),
        ([np.zeros(5), np.zeros(7)], "0", None),
        (["a", "b"], "0", None),
        ([1.5, 2.5], "0", (2,)),
        ([[1, 2], [3, 4]], "0", (2, 2)),
    ],
)
def test_lists_are_rows(part: Any, name: str, values: tuple[int, ...] | None) -> None:
    leaf = leaves_of((part, np.zeros(2)), "batch")[name]
    assert len(leaf) == 2
    assert (None if leaf.dtype == object else leaf.shape) == values


def test_a_list_of_arrays_with_rows_of_their_own_is_a_structure() -> None:
    leaves = leaves_of(([np.zeros((4, 2)), np.zeros((4, 3)), np.zeros((4, 5))], np.zeros(4)), "batch")
    assert {name: leaf.shape for name, leaf in leaves.items()} == {
        "0.0": (4, 2), "0.1": (4, 3), "0.2": (4, 5), "1": (4,)
    }  # fmt: skip


def test_nodes_of_graphs_are_left_out_beside_inputs_that_fit() -> None:
    fed = read({"features": X, "data": np.zeros((11, 3)), "label": Y})
    assert (fed.inputs, sorted(fed.leaves)) == (("features",), ["features", "label"])


def test_inputs_and_labels_that_differ_in_rows() -> None:
    with pytest.raises(SourceError) as caught:
        read((X, Y[:3]))
    assert str(caught.value) == (
        "train loader, epoch 0, batch 0: its parts differ in their number of rows: '0' has 4, '1' has 3.\n"
        "  Every part of a batch needs one entry for each sample; name the labels with target=."
    )


@pytest.mark.parametrize("batch", [None, 3, "text", object(), {}, (), np.float64(2.0)])
def test_what_is_no_batch(batch: Any) -> None:
    with pytest.raises(SourceError, match="expected arrays or tensors with one entry for each row"):
        read(batch)


def test_arrays_are_copied_unless_asked_otherwise() -> None:
    x = X.copy()
    kept = leaves_of((x, Y), "batch")["0"]
    seen = leaves_of((x, Y), "batch", copy=False)["0"]
    x[:] = -1
    assert (kept.tolist(), seen.max()) == (X.tolist(), -1)


def test_roles_by_position_and_name() -> None:
    assert roles_of({"0": X, "1": Y, "2": np.arange(4)}) == Roles(("0",), "1", "2")
    assert roles_of({"pixel_values": X, "labels": Y}) == Roles(("pixel_values",), "labels", None)


# ---------------------------------------------------------------- loaders


class Sequence:
    """A Keras Sequence: batches by position, shuffled at the end of an epoch."""

    def __init__(self) -> None:
        self.ends = 0
        self.order = np.arange(40)

    def __len__(self) -> int:
        return 4

    def __getitem__(self, number: int) -> Any:
        rows = self.order[10 * number : 10 * number + 10]
        return np.random.default_rng(0).normal(size=(40, 3))[rows], (np.arange(40) % 2)[rows]

    def on_epoch_end(self) -> None:
        self.ends += 1
        self.order = np.random.default_rng(self.ends).permutation(40)


def pipeline() -> Iterator[Any]:
    """Yield batches as a web data set gives them: a tuple of pictures, labels and keys."""
    rng = np.random.default_rng(0)
    for number in range(4):
        yield (
            rng.normal(size=(10, 3, 8, 8)),
            [i % 2 for i in range(10)],
            [f"shard-0/{10 * number + i}" for i in range(10)],
        )


def rows_of(loader: Any, **keywords: Any) -> dict[str, int]:
    report = audit_batches(loader, select=["BAT110"], jobs=1, **keywords)
    return {name: facts.n_rows for name, facts in report.profile.splits.items()}


def test_loaders_of_every_make_give_their_rows() -> None:
    sequence = Sequence()
    assert rows_of(sequence) == {"train": 40}
    assert sequence.ends == 2
    assert rows_of(pipeline) == {"train": 40}
    assert rows_of(pipeline()) == {"train": 40}
    assert rows_of(list(pipeline()), max_batches=2) == {"train": 20}
    assert rows_of([{"text": ["a b", "c"], "label": [0, 1]}, {"text": ["d", "e f"], "label": [1, 0]}]) == {"train": 4}


def test_one_odd_batch_counts_no_rows_and_ends_nothing() -> None:
    batches = list(pipeline())
    batches[2] = (batches[2][0][:, :, :7], *batches[2][1:])
    assert rows_of(batches) == {"train": 30}


def test_an_empty_loader_and_no_loader() -> None:
    with pytest.raises(NothingReadError, match="The train loader gave no batches"):
        rows_of([])
    with pytest.raises(SourceError, match="The train loader is a int, which gives no batches"):
        rows_of(3)


def test_an_endless_loader_is_ended() -> None:
    def endless() -> Iterator[Any]:
        while True:
            yield X, Y

    report = audit_batches(endless, rows=16, select=["BAT110"], epochs=1, jobs=1)
    assert report.profile.splits["train"].n_rows == 48


# ---------------------------------------------------------------- what becomes a column


def tokens(epoch: int = 0) -> Iterator[Any]:
    """Yield sentences padded batch by batch."""
    rng = np.random.default_rng(epoch)
    for length in (12, 9, 15, 12):
        yield {"input_ids": rng.integers(1, 999, (10, length)), "labels": rng.integers(0, 2, 10)}


def test_tokens_are_no_columns_and_their_labels_are_all_counted() -> None:
    report = audit_batches(tokens, select=["BAT110"], jobs=1)
    assert [c.name for c in report.profile.schema.columns] == ["labels"]
    assert report.profile.splits["train"].n_rows == 40


def test_lines_of_whole_numbers_whose_length_varies_are_tokens() -> None:
    unnamed = [(batch["input_ids"], batch["labels"]) for batch in tokens()]
    report = audit_batches(unnamed, select=["BAT110"], jobs=1)
    assert [c.name for c in report.profile.schema.columns] == ["y"]
    assert report.profile.splits["train"].n_rows == 40


@pytest.mark.parametrize(("shape", "columns"), [((5,), 5), ((4, 3), 12), ((40, 6), 0), ((1, 1600), 0), ((300,), 300)])
def test_places_in_a_sequence_are_no_columns(shape: tuple[int, ...], columns: int) -> None:
    x = np.random.default_rng(0).normal(size=(20, *shape))
    report = audit_batches([(x, np.arange(20) % 2)], select=["BAT110"], jobs=1)
    assert len(report.profile.schema.features) == columns
    assert report.profile.splits["train"].n_rows == 20


def test_a_label_for_each_token_is_no_target_column() -> None:
    words = np.random.default_rng(0).integers(1, 99, (20, 7))
    report = audit_batches(
        [{"input_ids": words, "labels": np.where(words > 9, words, -100)}], jobs=1, select=["INP104"]
    )
    assert report.profile.schema.columns == ()
    assert not report.findings


def test_the_next_token_is_no_leak_and_no_target_column() -> None:
    stream = np.random.default_rng(0).zipf(1.3, 40 * 33) % 500
    lines = stream.reshape(40, 33)
    batches = [(part[:, :-1], part[:, 1:]) for part in np.split(lines, 4)]
    report = audit_batches(batches, select=["LEA114", "NRM109", "NRM101"], jobs=1)
    assert report.profile.schema.columns == ()
    assert report.profile.splits["train"].n_rows == 40
    assert not report.findings


def test_several_yes_or_no_of_a_row_leave_its_whole_numbers_columns() -> None:
    rng = np.random.default_rng(0)
    counts, flags = rng.integers(0, 50, (20, 9)), rng.integers(0, 2, (20, 9))
    report = audit_batches([(counts, flags)], select=["BAT110"], jobs=1)
    assert len(report.profile.schema.features) == 9


def test_what_the_first_batch_settles_holds_for_those_that_repeat_a_sample() -> None:
    reader = Reader()
    for numbers in ([7, 3, 9, 1], [7, 7, 9, 1], [5, 5, 5, 5]):
        fed = reader.read((X, Y, np.array(numbers)), "a batch")
        assert fed.index is not None
        assert (fed.index.tolist(), fed.named, sorted(fed.leaves)) == (numbers, False, ["0", "1"])
    reader = Reader()
    for numbers in ([2, 2, 2, 1], [4, 3, 2, 1]):  # classes, and a batch that happens to hold each of them once
        assert reader.read((X, Y, np.array(numbers)), "a batch").index is None


def test_batches_with_other_keys_are_read_by_the_same_names() -> None:
    reader = Reader()
    reader.read({"a": X, "klass": Y, "idx": np.arange(4)}, "a batch")
    odd = reader.read({"a": X, "klass": Y, "idx": np.zeros(4, int), "extra": X}, "an odd batch")
    assert (odd.index is not None, odd.named, odd.target) == (True, True, None)
    reader = Reader(target="klass")
    reader.read({"a": X, "klass": Y, "id": np.arange(4)}, "a batch")
    odd = reader.read({"a": X, "klass": Y, "id": np.array([1, 1, 1, 2]), "extra": X}, "an odd batch")
    assert (None if odd.index is None else odd.index.tolist(), odd.named) == ([1, 1, 1, 2], False)


@pytest.mark.parametrize("numbers", [["a", "b", "c", "d"], [0.5, 1.0, 2.0, 3.0], [[1], [2], [3], [4]]])
def test_an_index_that_holds_no_whole_numbers_is_refused(numbers: list[Any]) -> None:
    with pytest.raises(SourceError, match="the index 'where' holds"):
        Reader(index="where").read({"x": X, "y": Y, "where": numbers}, "a batch")
