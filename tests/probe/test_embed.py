"""The user's own embedding: what it is fed, what it may return, and what is said where there is none."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageOps

from dataaudit.errors import ConfigError
from dataaudit.model import CannotTell, ProbeSettings, Rule, SplitView
from dataaudit.probe import embed as module
from dataaudit.probe.embed import embedder, register_embedder, resized
from dataaudit.probe.encoders import Feature
from dataaudit.probe.pictures import picture_matrix
from dataaudit.registry import find
from tests.build import images, views

NOISE: Rule = find("LAB106")()


def seen(*data: Any, **loading: Any) -> dict[str, SplitView]:
    return views(*data, rules=[NOISE], **loading)


def means(pictures: list[NDArray[np.uint8]]) -> NDArray[np.float64]:
    """Return the mean colour of each picture."""
    return np.stack([p.mean(axis=(0, 1)) for p in pictures])


class Fed:
    """An embedding that keeps what it was fed."""

    def __init__(self) -> None:
        self.pictures: list[NDArray[np.uint8]] = []

    def __call__(self, pictures: list[NDArray[np.uint8]]) -> NDArray[np.float64]:
        self.pictures += pictures
        return means(pictures)


def test_vectors_belong_to_their_rows() -> None:
    train, test = images(150, size=40), images(90, size=40, seed=1)
    rows, X, features = picture_matrix(seen(train, None, test), ProbeSettings(embed=means))
    mine = np.where((rows.split == 0)[:, None], train[0].mean(axis=(1, 2))[rows.position % 150], 0.0)
    mine[rows.split == 1] = test[0].mean(axis=(1, 2))[rows.position[rows.split == 1]]
    assert np.allclose(X, (mine - mine.mean(axis=0)) / mine.std(axis=0), atol=1e-4)
    assert features[2] == Feature("pixels", "embedding 2")


def test_it_is_asked_once_for_each_sampled_picture() -> None:
    fed, steps = Fed(), []
    settings = ProbeSettings(sample=70, embed=fed, progress=lambda *step: steps.append(step))
    splits = seen(images(100))
    picture_matrix(splits, settings)
    picture_matrix(splits, settings, most=30)
    assert len(fed.pictures) == 70
    assert steps == [("embedding", 64, 70), ("embedding", 70, 70)]


def test_pictures_are_whole_upright_and_in_colour(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    grey, turned = (Image.fromarray(rng.integers(0, 256, s, dtype=np.uint8)) for s in ((70, 50), (60, 90, 3)))
    turned.getexif()[0x0112] = 6
    grey.save(tmp_path / "a" / "grey.png")
    turned.save(tmp_path / "b" / "turned.png", exif=turned.getexif())
    fed = Fed()
    picture_matrix(seen(tmp_path), ProbeSettings(embed=fed))
    by_size = {p.shape: p for p in fed.pictures}
    assert np.array_equal(by_size[(70, 50, 3)], np.asarray(grey)[..., None].repeat(3, axis=-1))
    assert np.array_equal(by_size[(90, 60, 3)], np.asarray(ImageOps.exif_transpose(turned)))


@pytest.mark.parametrize("scale", ["0 to 1", "0 to 255", "standardised", "channels first"])
def test_floats_become_bytes(scale: str) -> None:
    pixels, labels = images(40, size=12)
    pixels[:, 0, 0], pixels[:, 1, 1] = 0, 255
    given = {
        "0 to 1": pixels / 255.0,
        "0 to 255": pixels.astype(np.float32),
        "standardised": (pixels - 120.0) / 60.0,
        "channels first": np.moveaxis(pixels / 255.0, -1, 1),
    }[scale]
    fed = Fed()
    rows, _, _ = picture_matrix(seen((given, labels)), ProbeSettings(embed=fed))
    back = np.stack(fed.pictures).astype(int)
    assert back.shape == (40, 12, 12, 3)
    assert np.abs(back - pixels[np.sort(rows.position)]).max() <= (3 if scale == "standardised" else 1)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda pictures: np.zeros((3, 3)), r"an array of shape \(3, 3\) for 20 pictures"),
        (lambda pictures: np.zeros(20), r"an array of shape \(20,\)"),
        (lambda pictures: np.full((20, 2), np.nan), "NaN, infinite"),
        (lambda pictures: np.full((20, 2), 1e300), "absurdly large"),
        (lambda pictures: [["a"]] * 20, "gave no numbers"),
        (lambda pictures: None, "an array of shape"),
    ],
)
def test_vectors_that_cannot_be_used(made: Any, said: str) -> None:
    with pytest.raises(CannotTell, match=said):
        picture_matrix(seen(images(20)), ProbeSettings(embed=made))


def test_long_vectors_are_brought_to_what_so_few_pictures_can_teach() -> None:
    pixels, labels = images(100, size=20)
    pixels[60:] = pixels[:40]
    _, X, features = picture_matrix(
        seen((pixels, labels)), ProbeSettings(embed=lambda pictures: np.stack([p.ravel() / 255 for p in pictures]))
    )
    assert X.shape == (100, 10)
    assert [f.part for f in features] == [f"embedding {i}" for i in range(10)]
    assert len(np.unique(X, axis=0)) == 60


def test_constant_vectors_say_nothing() -> None:
    _, X, _ = picture_matrix(seen(images(20)), ProbeSettings(embed=lambda pictures: np.ones((len(pictures), 4))))
    assert not X.any()


# ---------------------------------------------------------------- names


def test_registered_and_imported_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_REGISTERED", {})
    register_embedder("mean colour", means)
    assert embedder("mean colour") is means
    own = ModuleType("own_embedding")
    own.means = means  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "own_embedding", own)
    assert embedder("own_embedding:means") is means


@pytest.mark.parametrize("name", ["own_embedding_that_is_not:there", "numpy:no_such_function"])
def test_names_that_cannot_be_imported(name: str) -> None:
    with pytest.raises(ConfigError, match="cannot be imported"):
        embedder(name)


@pytest.mark.parametrize("thing", [3, 0.5, [1], {"a": 1}])
def test_things_that_are_no_embedding(thing: Any) -> None:
    with pytest.raises(ConfigError, match=f"embed is of type {type(thing).__name__}"):
        embedder(thing)


def test_timm_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "timm", None)
    with pytest.raises(ConfigError, match="timm is not installed") as caught:
        embedder("a_model_of_timm")
    assert "dataaudit[embed]" in str(caught.value.hint)


def test_weights_are_never_fetched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A stand-in for timm and torch, which knows one model, fetches nothing, and keeps nothing on the disk."""
    timm, torch = ModuleType("timm"), ModuleType("torch")
    timm.is_model = "resnet18".__eq__  # type: ignore[attr-defined]
    timm.list_models = lambda: ["resnet18"]  # type: ignore[attr-defined]
    timm.get_pretrained_cfg = lambda name: SimpleNamespace(url="https://host/resnet18.pth")  # type: ignore[attr-defined]
    torch.hub = SimpleNamespace(get_dir=lambda: str(tmp_path))  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "timm", timm)
    monkeypatch.setitem(sys.modules, "torch", torch)
    with pytest.raises(ConfigError, match="The weights of 'resnet18' are not on this disk"):
        embedder("resnet18")
    with pytest.raises(ConfigError, match="There is no timm model 'resnet81'") as caught:
        embedder("resnet81")
    assert "resnet18" in str(caught.value.hint)


def test_resized_keeps_channels_and_range() -> None:
    plain = np.broadcast_to(np.array([0, 51, 255], np.uint8), (30, 20, 3)).copy()
    made = resized(plain, 24, 24)
    assert made.shape == (3, 24, 24)
    assert np.allclose(made.reshape(3, -1), np.array([[0.0], [0.2], [1.0]]), atol=1e-6)
    assert np.array_equal(resized(plain, 30, 20), plain.transpose(2, 0, 1).astype(np.float32) / np.float32(255))


# ---------------------------------------------------------------- torch


@pytest.fixture
def torch() -> Any:
    """Return torch, where it is installed."""
    return pytest.importorskip("torch")


def test_a_module_is_fed_as_imagenet_models_are_and_left_as_it_was(torch: Any) -> None:
    seen_shapes = []

    class Pool(torch.nn.Module):  # type: ignore[misc]
        def forward(self, x: Any) -> Any:
            seen_shapes.append((tuple(x.shape), self.training))
            return x

    net = Pool().train()
    white = np.full((2, 50, 40, 3), 255, np.uint8)
    found = embedder(net)(list(white))
    assert seen_shapes == [((2, 3, 224, 224), False)]
    assert net.training
    assert np.allclose(found, (1 - np.array([0.485, 0.456, 0.406])) / np.array([0.229, 0.224, 0.225]), atol=1e-5)


def test_a_module_that_says_what_it_is_fed(torch: Any) -> None:
    net = torch.nn.Flatten()
    net.pretrained_cfg = {"input_size": (3, 4, 4), "mean": (0.0, 0.0, 0.0), "std": (1.0, 1.0, 1.0)}
    picture = images(1, size=4)[0]
    assert np.allclose(embedder(net)(list(picture)), picture.transpose(0, 3, 1, 2).reshape(1, -1) / 255, atol=1e-6)
