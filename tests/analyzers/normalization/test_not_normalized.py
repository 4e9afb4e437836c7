"""NRM101: what a network is fed, on the scales that scikit-learn and vision libraries leave behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from sklearn import datasets, preprocessing
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA

from dataaudit.model import Status
from dataaudit.presets import PRESETS
from tests.analyzers.asking import ask, ask_batches
from tests.analyzers.batches.loaders import batched, photos

Array = NDArray[Any]
REAL = {name: getattr(datasets, f"load_{name}")().data for name in ("iris", "wine", "breast_cancer", "diabetes")}
SCALERS: dict[str, Any] = {
    "standard": preprocessing.StandardScaler(),
    "min-max": preprocessing.MinMaxScaler(),
    "min-max to -1..1": preprocessing.MinMaxScaler((-1, 1)),
    "max-abs": preprocessing.MaxAbsScaler(),
    "robust": preprocessing.RobustScaler(),
    "power": preprocessing.PowerTransformer(),
    "quantile": preprocessing.QuantileTransformer(n_quantiles=50),
    "quantile to normal": preprocessing.QuantileTransformer(n_quantiles=50, output_distribution="normal"),
}
RNG = np.random.default_rng(0)
NORMAL = RNG.normal(size=(300, 4))


@pytest.mark.parametrize("name", ["iris", "wine", "breast_cancer"])
def test_real_tables_fed_raw(name: str) -> None:
    x = REAL[name]
    said = ask("NRM101", x).finding
    assert said.severity == "warning"
    assert said.splits == ("train",)
    for column, mean, std, low, high, _ in said.evidence["table"]["rows"]:
        line = x[:, column]
        np.testing.assert_allclose([mean, std, low, high], [line.mean(), line.std(), line.min(), line.max()])


@pytest.mark.parametrize("name", REAL)
@pytest.mark.parametrize("scaler", SCALERS)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_real_tables_after_any_scaler(name: str, scaler: str) -> None:
    x = REAL[name]
    fitted = SCALERS[scaler].fit(x[::2])
    answer = ask("NRM101", fitted.transform(x[::2]), None, fitted.transform(x[1::2]))
    assert answer.status is Status.CLEAN, [f.message for f in answer.findings]


def test_one_raw_column_among_scaled_ones() -> None:
    x = NORMAL.copy()
    x[:, 2] = x[:, 2] * 300 + 5000
    said = ask("NRM101", x).finding
    assert said.columns == (2,)
    assert said.message == (
        f"1 of 4 numeric inputs is fed on no known scale: column 2 has mean {x[:, 2].mean():,.0f} "
        f"and std {x[:, 2].std():.4g}, expected 0 and 1"
    )


def test_a_raw_table_gets_a_note_with_the_scaler_to_use() -> None:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"age": rng.normal(40, 12, 300), "income": rng.lognormal(10, 2, 300)})
    raw = ask("NRM101", frame).finding
    assert raw.severity == "note"
    assert raw.message.startswith("All 2 numeric inputs are raw: 'income' has mean")
    assert {row[0]: row[-1] for row in raw.evidence["table"]["rows"]} == {
        "age": "StandardScaler",
        "income": "RobustScaler",
    }
    fed = ask("NRM101", frame, stage="model-ready").finding
    assert (fed.severity, fed.columns) == ("warning", raw.columns)


def test_the_option_asks_for_more_columns() -> None:
    x = np.column_stack([NORMAL, RNG.normal(500, 20, 300)])
    assert ask("NRM101", x).status is Status.FOUND
    assert ask("NRM101", x, options={"columns": 2}).status is Status.CLEAN


INNOCENT: dict[str, Callable[[np.random.Generator], Array]] = {
    "float16": lambda g: g.normal(size=(300, 3)).astype(np.float16),
    "float32": lambda g: g.normal(size=(300, 3)).astype(np.float32),
    "csv": lambda g: g.normal(size=(300, 3)).round(2),
    "one-hot": lambda g: np.eye(20)[g.integers(0, 20, 300)],
    "codes": lambda g: np.column_stack([g.normal(size=300), g.integers(0, 4, 300)]),
    "flags": lambda g: (g.random((300, 5)) < [0.01, 0.1, 0.5, 0.9, 0.99]).astype(float),
    "counts": lambda g: g.poisson(3, (300, 3)).astype(float),
    "logarithms": lambda g: np.log1p(g.lognormal(3, 1, (300, 3))),
    "embeddings": lambda g: g.normal(size=(300, 64)) * 0.04,
    "unit vectors": lambda g: preprocessing.normalize(g.normal(size=(300, 64))),
    "scores": lambda g: PCA(10).fit_transform(preprocessing.scale(REAL["breast_cancer"])),
    "scores of raw pixels": lambda g: PCA(20).fit_transform(datasets.load_digits().data),
    "pixels in 0..1": lambda g: datasets.load_digits().data / 16,
    "sparse": lambda g: np.where(g.random((300, 30)) < 0.08, g.random((300, 30)), 0.0),
    "heavy tails": lambda g: preprocessing.scale(g.lognormal(0, 2, (300, 3))),
}


@pytest.mark.parametrize("kind", INNOCENT)
def test_innocent_arrays(kind: str) -> None:
    answer = ask("NRM101", INNOCENT[kind](np.random.default_rng(3)))
    assert answer.status is Status.CLEAN, [f.message for f in answer.findings]


@pytest.mark.parametrize(
    "x",
    [
        NORMAL * 1e-9,
        NORMAL * 1e9,
        NORMAL * 0.05 + 0.5,
        NORMAL + 100,
        np.log(RNG.lognormal(12, 1, (300, 2))),
    ],
    ids=["tiny", "huge", "narrow", "far", "far from its spread"],
)
def test_guilty_arrays(x: Array) -> None:
    assert ask("NRM101", x).finding.severity == "warning"


def test_min_max_whose_validation_leaves_the_interval() -> None:
    scaler = preprocessing.MinMaxScaler().fit(NORMAL[:200])
    validation = scaler.transform(NORMAL[200:])
    validation[0] = 1.8
    assert ask("NRM101", scaler.transform(NORMAL[:200]), validation).status is Status.CLEAN


def test_ids_and_times_have_no_scale() -> None:
    frame = pd.DataFrame(
        {"id": np.arange(300), "when": pd.date_range("2020", periods=300), "text": "word", "x": NORMAL[:, 0]}
    )
    assert ask("NRM101", frame, stage="model-ready").status is Status.CLEAN


def pictures(name: str, n: int = 20, channels: int = 3) -> Array:
    """Return pictures that span black to white under a preset, shape (n, 8, 8, channels)."""
    (preset,) = [p for p in PRESETS if p.name == name]
    bytes_ = np.random.default_rng(0).integers(0, 256, (n, 8, 8, channels))
    x: Array = (bytes_ * preset.scale - np.array(preset.mean)) / np.array(preset.std)
    return x


@pytest.mark.parametrize("name", [p.name for p in PRESETS if p.name not in ("bytes", "mnist")])
def test_pictures_on_a_known_scale(name: str) -> None:
    (preset,) = [p for p in PRESETS if p.name == name]
    answer = ask("NRM101", pictures(name))
    assert answer.status is Status.CLEAN
    assert answer.measured.startswith(
        f"pixels on the scale {preset.label}; nearest presets: {preset.label} (off by 0 %)"
    )


def test_grey_pictures_on_the_scale_of_mnist() -> None:
    assert "MNIST" in ask("NRM101", pictures("mnist", channels=1)).measured


def test_pictures_on_no_scale() -> None:
    x = pictures("unit") / 255
    said = ask("NRM101", x).finding
    assert said.severity == "warning"
    assert "fits no known scale; the nearest are" in said.message
    nearest = said.evidence["nearest_presets"]
    assert nearest[0] == {"preset": "signed-unit", "distance": 0.5}  # -1 to 1 lacks its lower half, and half the rest
    assert [n["distance"] for n in nearest] == sorted(n["distance"] for n in nearest)
    assert [row[0] for row in said.evidence["table"]["rows"]] == [0, 1, 2]
    assert said.figure is not None
    np.testing.assert_allclose(said.figure["items"][0]["values"], x.mean(axis=(0, 1, 2)), atol=5e-5)


@pytest.mark.parametrize(
    ("data", "status", "reason"),
    [
        (np.ones((9, 2)), "skipped", "train has 9 rows, fewer than 10"),
        (np.ones((30, 2)), "not-applicable", "no numeric input varies"),
        (pd.DataFrame({"a": ["x", "y"] * 20}), "not-applicable", "no numeric input varies"),
        (np.random.default_rng(0).integers(0, 256, (30, 64)), "not-applicable", None),
        (np.random.default_rng(0).integers(0, 256, (30, 8, 8, 3)), "not-applicable", None),
        (np.full((30, 8, 8, 3), np.nan), "skipped", "a channel has no finite pixel"),
    ],
)
def test_reasons(data: Any, status: str, reason: str | None) -> None:
    answer = ask("NRM101", data)
    assert answer.status == status
    assert answer.reason == reason if reason else "NRM102" in answer.reason


# ---------------------------------------------------------------- what is fed


def noisy(change: Any) -> Any:
    """Return a loader of pictures in 0..1 that are changed at random."""
    x, y = photos(96)

    def build(epoch: int = 0) -> Any:
        draw = np.random.default_rng(epoch)
        return batched(change(x, draw).astype(np.float32), y, 16, draw.permutation(96))

    return build


@pytest.mark.parametrize(
    "change",
    [
        lambda x, draw: x + draw.normal(0, 0.05, x.shape),
        lambda x, draw: x * draw.uniform(0.8, 1.2, (96, 1, 1, 1)),
        lambda x, draw: x + draw.uniform(-0.2, 0.2, (96, 1, 1, 1)),
    ],
)
def test_random_changes_may_leave_black_and_white(change: Any) -> None:
    answer = ask_batches("NRM101", noisy(change))
    assert answer.status is Status.CLEAN
    assert ", but for random changes; nearest presets: " in answer.measured


@pytest.mark.parametrize(
    "change",
    [
        lambda x, draw: x / 255 + draw.normal(0, 0.001, x.shape),
        lambda x, draw: 10 * x + draw.normal(0, 0.5, x.shape),
        lambda x, draw: (x - 0.45) / 0.226 / 0.226 + draw.normal(0, 0.1, x.shape),
    ],
)
def test_random_changes_hide_no_wrong_scale(change: Any) -> None:
    assert ask_batches("NRM101", noisy(change)).finding.severity == "warning"


def test_flattened_pictures_are_scaled_by_one_number() -> None:
    x = load_digits().data
    together = ask("NRM101", ((x - x.mean()) / x.std()).astype(np.float32))
    assert (together.status, together.measured) == (
        Status.CLEAN, "61 columns of flattened pictures, standardised together",
    )  # fmt: skip
    assert "on the scale MNIST" in ask("NRM101", ((x / 16 - 0.1307) / 0.3081).astype(np.float32)).measured


def test_one_column_far_off_is_found_among_standardised_ones() -> None:
    x = np.random.default_rng(0).normal(size=(200, 40))
    x[:, 7] = 5 + 0.01 * x[:, 7]
    assert ask("NRM101", x).finding.columns == (7,)
