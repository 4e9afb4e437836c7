"""Data whose means and variances are exact by construction, or splits more alike than random ones: nobody is accused.

And steps that leave something else than mean 0 and std 1 exactly where they were fitted on too much.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import PowerTransformer, StandardScaler

from tests.analyzers.asking import ask
from tests.analyzers.leakage.scaled import Array, accused, outcomes, split, standardised

G = np.random.default_rng


def _skewed(n: int = 500, d: int = 6, seed: int = 0) -> Array:
    g = G(seed)
    return g.lognormal(size=(n, d)) @ (np.eye(d) + 0.3)


def hours(n: int = 480) -> Array:
    t = 2 * np.pi * (np.arange(n) % 24) / 24
    return np.column_stack([np.sin(t), np.cos(t), np.sin(2 * t), np.cos(2 * t)])


def signs(n: int = 400) -> Array:
    return np.array(np.meshgrid(*[[-1.0, 1.0]] * 4)).reshape(4, -1).T[np.arange(n) % 16]


def halves(n: int = 400) -> Array:
    return signs(n) / 2


def ranks(n: int = 400) -> Array:
    from scipy.special import ndtri

    place = np.column_stack([G(s).permutation(n) for s in range(4)])
    return np.asarray(ndtri((place + 0.5) / n))


def one_hot(n: int = 400) -> Array:
    return np.eye(5)[G(0).integers(0, 5, n)]


def layer_norm(n: int = 400) -> Array:
    x = G(0).normal(size=(n, 8)) + np.arange(8) / 4
    return np.asarray((x - x.mean(axis=1, keepdims=True)) / x.std(axis=1, keepdims=True))


def mirrored(n: int = 400) -> Array:
    x = G(0).gamma(2.0, size=(n // 2, 4))
    return np.concatenate([x, -x])


def lines(n: int = 401) -> Array:
    return np.column_stack([np.linspace(-1, 1, n), np.linspace(-3, 3, n) ** 3, np.linspace(-1, 1, n) ** 5])


def growth_charts(n: int = 400) -> Array:
    return G(0).normal(0.1, 0.9, size=(n, 4)).round(2)


BY_DESIGN: dict[str, Callable[[], Array]] = {
    f.__name__: f for f in (hours, signs, halves, ranks, one_hot, layer_norm, mirrored, lines, growth_charts)
}


@pytest.mark.parametrize("n_splits", [2, 3])
@pytest.mark.parametrize("name", BY_DESIGN)
def test_exact_by_construction(name: str, n_splits: int) -> None:
    assert accused(outcomes(split(BY_DESIGN[name](), n_splits))) == []


def _by_groups(x: Array) -> list[Array]:
    moved = x + np.repeat(G(1).normal(size=(len(x) // 10, x.shape[1])), 10, axis=0)
    return [moved[:400], moved[400:]]


def _systematic(x: Array) -> list[Array]:
    x = x[np.argsort(x[:, 0])]
    return [x[np.arange(len(x)) % 5 != 2], x[2::5]]


def _copied(x: Array) -> list[Array]:
    return [x[:400], np.concatenate([x[400:], x[:50]])]


def _resampled(x: Array) -> list[Array]:
    return [x[G(2).integers(0, 400, 400)], x[G(3).integers(400, 500, 100)]]


SPLITS: dict[str, Callable[[Array], list[Array]]] = {
    "groups": _by_groups,
    "systematic": _systematic,
    "copies": _copied,
    "resampled": _resampled,
    "sorted": lambda x: np.split(x[np.argsort(x[:, 1])], [400]),
}
SINCE: dict[str, Callable[[list[Array]], list[Array]]] = {
    "as they were": lambda p: p,
    "test filtered": lambda p: [p[0], p[1][p[1][:, 2] < np.median(p[1][:, 2])]],
    "train filtered": lambda p: [p[0][np.abs(p[0]).max(axis=1) < 3], p[1]],
    "rows dropped": lambda p: [p[0][7:], p[1]],
}


@pytest.mark.parametrize("since", SINCE)
@pytest.mark.parametrize("name", SPLITS)
def test_scaled_on_train_however_the_splits_were_made(name: str, since: str) -> None:
    parts = SPLITS[name](_skewed())
    assert accused(outcomes(SINCE[since](standardised(parts, parts[0])))) == []


def test_scaled_on_more_rows_than_the_two_splits_that_are_audited() -> None:
    train, validation, test = split(_skewed(), 3)
    together = standardised([train, test], np.concatenate([train, validation]))
    assert accused(outcomes(together)) == []


@pytest.mark.parametrize("where", ["train", "all"])
def test_power_transformer(where: str) -> None:
    x = _skewed(200, 3)
    fitted = PowerTransformer().fit(x[:160] if where == "train" else x)
    said = outcomes([fitted.transform(x[:160]), fitted.transform(x[160:])])
    assert accused(said) == ([] if where == "train" else ["LEA101"])


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (lambda x, by: (x - by.mean(axis=0)) / (2 * by.std(axis=0)), "centred and divided by two std"),
        (lambda x, by: x - by.mean(axis=0), "centred"),
        (lambda x, by: x / by.std(axis=0), "divided by their std"),
    ],
    ids=["two std", "centring", "spread"],
)
def test_other_steps(step: Callable[[Array, Array], Array], said: str) -> None:
    x = _skewed()
    train, test = x[:400], x[400:]
    leaky = ask("LEA101", step(train, x), None, step(test, x)).finding
    assert leaky.message.startswith(f"6 inputs were {said} with statistics of train + test together")
    assert leaky.columns == tuple(range(6))
    honest = ask("LEA101", step(train, train), None, step(test, train))
    assert honest.status == "clean"
    assert "fitted on train, over 6 columns" in honest.measured


def test_two_centred_columns_are_too_few() -> None:
    x = _skewed(d=2)
    x -= x.mean(axis=0)
    assert accused(outcomes([x[:400], x[400:]])) == []


def test_a_few_scaled_columns_among_a_thousand_raw_ones() -> None:
    x = G(5).normal(0.2, 1.1, size=(500, 1000))
    x[:, 100:104] = StandardScaler().fit_transform(x[:, 100:104])
    said = ask("LEA101", x[:400], None, x[400:]).finding
    assert said.columns == (100, 101, 102, 103)


def test_dummies_and_constants_beside_scaled_columns() -> None:
    x = _skewed(d=4)
    frame = pd.DataFrame(StandardScaler().fit_transform(x), columns=list("abcd"))
    frame["dummy"], frame["constant"], frame["raw"] = (x[:, 0] > 1).astype(float), 0.0, x[:, 1] * 30 + 7
    frame.loc[::7, "b"] = np.nan
    said = ask("LEA101", frame[:400], None, frame[400:]).finding
    assert said.columns == ("a", "c", "d")


def test_missing_values_are_left_out_as_the_scaler_leaves_them_out() -> None:
    x = _skewed(d=4)
    x[::7, 1] = np.nan
    fitted = StandardScaler().fit(x)
    said = ask("LEA101", fitted.transform(x[:400]), None, fitted.transform(x[400:])).finding
    assert said.columns == (0, 1, 2, 3)


@pytest.mark.parametrize("hostile", [np.inf, -np.inf, np.nan, 1e308])
def test_hostile_numbers(hostile: float) -> None:
    x = _skewed()
    train, test = standardised([x[:400], x[400:]], x[:400])
    test[3] = hostile
    train[:, 5] = hostile
    assert accused(outcomes([train, test])) == []
