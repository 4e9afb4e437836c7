"""npy and npz files: keys, splits, and files that must not be trusted."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dataaudit.errors import NothingReadError, SourceError
from dataaudit.loaders import load
from dataaudit.model import Stage
from tests.loaders.reading import cells, only


def save(folder: Path, **arrays: Any) -> Path:
    path = folder / "data.npz"
    np.savez(path, **arrays)
    return path


def header(shape: str, descr: str = "'<f8'") -> bytes:
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}".encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text


@pytest.mark.parametrize(
    ("keys", "roles"),
    [
        (("X", "y"), {"train": "train"}),
        (("x", "y"), {"train": "train"}),
        (
            ("X_train", "y_train", "X_val", "y_val", "X_test", "y_test"),
            {"train": "train", "val": "validation", "test": "test"},
        ),
        (("X_test", "y_test", "X_train", "y_train"), {"train": "train", "test": "test"}),
        (("x_train", "y_train", "x_validation", "y_validation"), {"train": "train", "validation": "validation"}),
    ],
)
def test_keys_name_the_splits(tmp_path: Path, keys: tuple[str, ...], roles: dict[str, str]) -> None:
    arrays = {key: np.full((2, 1), k) if key[0] in "Xx" else np.full(2, k) for k, key in enumerate(keys)}
    dataset = load(save(tmp_path, **arrays))
    assert list(dataset.roles.items()) == list(roles.items())
    assert dataset.stage is Stage.MODEL_READY
    for split, source in dataset.sources.items():
        suffix = "" if split == "train" and len(keys) == 2 else f"_{split}"
        X = next(key for key in keys if key.lower() == f"x{suffix}")
        y = next(key for key in keys if key.lower() == f"y{suffix}")
        assert cells(source) == {0: [float(keys.index(X))] * 2, "y": [float(keys.index(y))] * 2}


def test_inputs_alone_are_unlabelled(tmp_path: Path) -> None:
    assert load(save(tmp_path, X=np.zeros((2, 3)))).schema.targets == ()
    assert only(load(save(tmp_path, anything=np.ones(2)))) == {0: [1.0, 1.0]}


def test_an_unlabelled_test_split(tmp_path: Path) -> None:
    dataset = load(save(tmp_path, X_train=np.zeros((2, 1)), y_train=[0, 1], X_test=np.zeros((1, 1))))
    assert cells(dataset.sources["test"])["y"] == [None]


def test_pictures_in_an_archive(tmp_path: Path) -> None:
    dataset = load(save(tmp_path, X_train=np.zeros((2, 3, 8, 8), np.uint8), y_train=[0, 1]))
    assert dataset.kind == "image array"
    assert dataset.schema.pixels is not None
    assert dataset.schema.pixels.channels_first


def test_other_keys_are_listed(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="found the arrays 'features', 'labels', and no inputs") as caught:
        load(save(tmp_path, features=np.zeros(2), labels=np.zeros(2)))
    assert "X_train" in str(caught.value.hint)


def test_arrays_that_are_not_read_are_noted(tmp_path: Path) -> None:
    path = save(tmp_path, X=np.zeros((2, 1)), y=[0, 1], names=["a", "b"])
    assert load(path).notes == (f"{path}: not read: 'names'.",)


def test_a_target_without_its_inputs(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="found 'y_val' without its inputs 'X_val'"):
        load(save(tmp_path, X_train=np.zeros(2), y_train=np.zeros(2), y_val=np.zeros(2)))


def test_lengths_that_differ(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"\(X_train, y_train\): X has 3 rows and y has 2"):
        load(save(tmp_path, X_train=np.zeros((3, 1)), y_train=np.zeros(2)))


def test_an_archive_beside_other_splits(tmp_path: Path) -> None:
    path = save(tmp_path, X_train=np.zeros((2, 1)), X_test=np.zeros((2, 1)))
    with pytest.raises(SourceError, match=r"holds splits of its own \(train, test\)"):
        load(path, test=path)


def test_archives_as_splits(tmp_path: Path) -> None:
    path = save(tmp_path, X=np.zeros((2, 1)), y=[0, 1])
    dataset = load(path, validation=path)
    assert list(dataset.sources) == ["train", "validation"]


def test_an_npy_file_is_mapped_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    np.save(path, np.arange(4.0).reshape(2, 2))
    before = path.read_bytes()
    assert only(load(path)) == {0: [0.0, 2.0], 1: [1.0, 3.0]}
    assert path.read_bytes() == before


def test_pickles_are_refused(tmp_path: Path) -> None:
    boxes = np.array([{"a": 1}], dtype=object)
    np.save(tmp_path / "a.npy", boxes, allow_pickle=True)
    for path in (tmp_path / "a.npy", save(tmp_path, X=boxes)):
        with pytest.raises(SourceError, match="refused: it holds pickled objects, which can run code"):
            load(path)


@pytest.mark.parametrize("cut", [5, 60, 130, 140])
def test_cut_off_files(tmp_path: Path, cut: int) -> None:
    whole = io.BytesIO()
    np.save(whole, np.zeros((4, 4)))
    (tmp_path / "a.npy").write_bytes(whole.getvalue()[:cut])
    with pytest.raises(SourceError, match=r"a\.npy: (not a readable|its header declares)"):
        load(tmp_path / "a.npy")
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("X.npy", whole.getvalue()[:cut])
    with pytest.raises(SourceError, match=r"\(X\): (not a readable|its header declares)"):
        load(tmp_path / "a.npz")


def test_a_damaged_archive(tmp_path: Path) -> None:
    path = save(tmp_path, X=np.random.default_rng(0).normal(size=(50, 2)))
    content = bytearray(path.read_bytes())
    content[300] ^= 255
    path.write_bytes(bytes(content))
    with pytest.raises(SourceError, match="not a readable npz file"):
        load(path)


@pytest.mark.parametrize("shape", ["(1099511627776, 8)", "(-5, 8)", "(4294967296, 4294967296, 4294967296)"])
def test_headers_that_declare_too_much(tmp_path: Path, shape: str) -> None:
    (tmp_path / "a.npy").write_bytes(header(shape) + b"\0" * 64)
    with pytest.raises(SourceError, match="declares"):
        load(tmp_path / "a.npy")
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("X.npy", header(shape) + b"\0" * 64)
    with pytest.raises(SourceError, match="declares"):
        load(tmp_path / "a.npz")


def test_an_archive_that_unpacks_out_of_proportion(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.npz"
    np.savez_compressed(path, X=np.zeros((1000, 100)))
    assert len(only(load(path))) == 100
    monkeypatch.setattr("dataaudit.loaders.numpy_files._BOMB_BYTES", 1000)
    with pytest.raises(SourceError, match=r"refused: [\d,]+ bytes that unpack to 800,128"):
        load(path)


def test_headers_that_python_2_wrote(tmp_path: Path) -> None:
    (tmp_path / "a.npy").write_bytes(header("(2L,)") + np.array([1.0, 2.0]).tobytes())
    assert only(load(tmp_path / "a.npy")) == {0: [1.0, 2.0]}


def test_an_archive_of_nothing(tmp_path: Path) -> None:
    zipfile.ZipFile(tmp_path / "a.npz", "w").close()
    with pytest.raises(NothingReadError, match="the archive is empty"):
        load(tmp_path / "a.npz")


def test_an_array_of_nothing(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros((0, 3)))
    with pytest.raises(NothingReadError, match="no rows"):
        load(tmp_path / "a.npy")
