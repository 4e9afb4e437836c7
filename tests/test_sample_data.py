"""The sample data is what its script makes."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.conftest import REPOSITORY

FOLDER = REPOSITORY / "sample_data"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    spec = importlib.util.spec_from_file_location("make", FOLDER / "make.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    into = tmp_path_factory.mktemp("samples")
    module.main(into)
    return into


@pytest.mark.parametrize("name", ["penguins", "penguins_faulty"])
def test_tables(made: Path, name: str) -> None:
    for split in ("train", "validation", "test"):
        assert (made / name / f"{split}.csv").read_bytes() == (FOLDER / name / f"{split}.csv").read_bytes()


def test_arrays(made: Path) -> None:
    with np.load(made / "wine/wine_scaled.npz") as mine, np.load(FOLDER / "wine/wine_scaled.npz") as theirs:
        assert sorted(mine) == sorted(theirs)
        for name in mine:
            np.testing.assert_allclose(mine[name], theirs[name], rtol=1e-12, atol=1e-12)
        together = np.concatenate([theirs[f"X_{split}"] for split in ("train", "val", "test")])
    np.testing.assert_allclose(together.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(together.std(axis=0), 1, rtol=1e-12)


def test_pictures(made: Path) -> None:
    def tree(folder: Path) -> list[str]:
        return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.png"))

    assert tree(made / "digits/digits_images") == tree(FOLDER / "digits/digits_images")
    assert len(tree(FOLDER / "digits/digits_images")) == 232
    broken = {"train/3/05.png", "train/7/02.png"}
    for name in set(tree(FOLDER / "digits/digits_images")) - broken:
        with (
            Image.open(made / "digits/digits_images" / name) as mine,
            Image.open(FOLDER / "digits/digits_images" / name) as theirs,
        ):
            assert mine.size == theirs.size == (32, 32)
            assert mine.tobytes() == theirs.tobytes()


def test_it_is_small_and_every_set_has_its_licence() -> None:
    assert sum(path.stat().st_size for path in FOLDER.rglob("*") if "__pycache__" not in path.parts) < 700_000
    folders = {path for path in FOLDER.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert {path.name for path in folders} == {"penguins", "penguins_faulty", "wine", "digits"}
    for folder in folders:
        assert (folder / "LICENSE").is_file()
        assert (folder / "README.md").is_file()
