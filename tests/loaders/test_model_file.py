"""Files that hold a fitted transformer: what is loaded, what is refused, and in which words."""

from __future__ import annotations

import pickle
import zipfile
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
import sklearn
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from dataaudit.errors import ConfigError, SourceError
from dataaudit.loaders.model_file import fitted_transformer
from tests.build import table

skops = pytest.importorskip("skops.io")


def _fitted() -> Any:
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    selector = make_column_selector(dtype_include="number")
    parts = [("numbers", numbers, selector), ("words", OneHotEncoder(), ["city"])]
    return ColumnTransformer(parts).fit(table()[["age", "income", "city"]])


class Trap:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.path,))


def double(X: Any) -> Any:
    return 2 * X


# ---------------------------------------------------------------- objects


def test_nothing_given() -> None:
    assert fitted_transformer(None) == (None, ())


def test_an_object_is_taken_as_it_is() -> None:
    fitted = _fitted()
    assert fitted_transformer(fitted)[0] is fitted


@pytest.mark.parametrize(
    ("thing", "words"),
    [
        (StandardScaler(), "StandardScaler is not fitted"),
        (make_pipeline(StandardScaler()), "Pipeline is not fitted"),
        (StandardScaler, "found the class StandardScaler, expected a fitted transformer"),
        (np.zeros(3), "found an object of type ndarray, expected a fitted transformer"),
    ],
)
def test_what_is_no_fitted_transformer(thing: Any, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        fitted_transformer(thing)


# ---------------------------------------------------------------- joblib and pickle


@pytest.mark.parametrize("name", ["model.joblib", "model.pkl", "model.gz"])
def test_a_pickle_is_loaded_only_when_it_is_trusted(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name == "model.pkl":
        path.write_bytes(pickle.dumps(_fitted()))
    else:
        joblib.dump(_fitted(), path)
    with pytest.raises(ConfigError) as refusal:
        fitted_transformer(path)
    assert refusal.value.message == (
        f"{path}: loading a joblib or pickle file runs whatever code it holds, so it is not loaded unasked."
    )
    assert "--unsafe-load" in str(refusal.value.hint)
    found, notes = fitted_transformer(path, unsafe=True)
    np.testing.assert_array_equal(found.transform(table(9, 5))[:, :2], _fitted().transform(table(9, 5))[:, :2])
    assert notes == ()


@pytest.mark.parametrize("name", ["model.joblib", "model.pkl", "model", "model.skops", "model.zip"])
def test_code_does_not_run_unasked(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(pickle.dumps(Trap(tmp_path / "sprung")))
    with pytest.raises((ConfigError, SourceError)):
        fitted_transformer(tmp_path / name)
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("content", [b"", b"no pickle at all", b"\x80\x04cno_such_module\nThing\n.", b"\x80\x05X"])
def test_a_file_that_is_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.joblib"
    path.write_bytes(content)
    with pytest.raises(SourceError) as refusal:
        fitted_transformer(path, unsafe=True)
    assert refusal.value.message.startswith(f"{path}: not a readable joblib or pickle file (")
    assert "\n" not in refusal.value.message
    if b"no_such_module" in content:
        assert str(refusal.value.hint).startswith("Install no_such_module")


def test_a_pickle_of_something_else(tmp_path: Path) -> None:
    joblib.dump({"a": 1}, tmp_path / "model.joblib")
    with pytest.raises(ConfigError, match="found an object of type dict, expected a fitted transformer"):
        fitted_transformer(tmp_path / "model.joblib", unsafe=True)


def test_paths_that_are_no_files(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="there is no such file"):
        fitted_transformer(tmp_path / "none.joblib", unsafe=True)
    with pytest.raises(SourceError, match="it is a folder"):
        fitted_transformer(str(tmp_path))


def test_another_version_of_scikit_learn_is_a_note(tmp_path: Path) -> None:
    path = tmp_path / "model.pkl"
    path.write_bytes(
        pickle.dumps(_fitted()).replace(sklearn.__version__.encode(), b"1.0.1"[: len(sklearn.__version__)])
    )
    found, notes = fitted_transformer(path, unsafe=True)
    assert isinstance(found, ColumnTransformer)
    (note,) = notes
    assert note == (
        f"{path}: the transformer was saved by scikit-learn 1.0.1 and is read by {sklearn.__version__}; "
        "refits may differ where the version changed a step."
    )


# ---------------------------------------------------------------- skops


def test_skops_is_loaded_without_trust(tmp_path: Path) -> None:
    for name in ("model.skops", "model.bin"):  # the content counts
        skops.dump(_fitted(), tmp_path / name)
        found, _ = fitted_transformer(tmp_path / name)
        np.testing.assert_array_equal(found.transform(table(9, 5)), _fitted().transform(table(9, 5)))


def test_skops_with_types_that_are_not_known(tmp_path: Path) -> None:
    path = tmp_path / "model.skops"
    skops.dump(make_pipeline(FunctionTransformer(double)).fit(np.ones((2, 2))), path)
    with pytest.raises(ConfigError) as refusal:
        fitted_transformer(path)
    assert refusal.value.message == (
        f"{path}: it holds types that are not known to be harmless: {double.__module__}.double."
    )
    assert fitted_transformer(path, unsafe=True)[0].transform(np.ones((1, 2))).tolist() == [[2.0, 2.0]]


def test_a_damaged_skops_file(tmp_path: Path) -> None:
    (tmp_path / "model.skops").write_bytes(b"PK\x03\x04 cut off")
    with pytest.raises(SourceError, match=r"not a readable skops file \(BadZipFile"):
        fitted_transformer(tmp_path / "model.skops")
    with zipfile.ZipFile(tmp_path / "other.skops", "w") as archive:
        archive.writestr("schema.json", "{}")
    with pytest.raises(SourceError, match="not a readable skops file"):
        fitted_transformer(tmp_path / "other.skops")
