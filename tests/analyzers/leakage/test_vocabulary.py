"""LEA109: words and categories that train never uses."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_digits
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

from tests.analyzers.asking import Answer, ask
from tests.build import images

Frames = list[pd.DataFrame]


def texts(seed: int = 0, n: int = 200) -> list[list[str]]:
    g = np.random.default_rng(seed)
    share = 1.0 / np.arange(1, 1501)
    words = g.choice(1500, p=share / share.sum(), size=(n, 12))
    rows = [" ".join(f"w{w}" for w in row) for row in words]
    return [rows[a:b] for a, b in pairwise([0, int(0.6 * n), int(0.8 * n), n])]


def counted(parts: list[list[str]], by: list[str], *, weights: bool = False) -> Frames:
    vectorizer = (TfidfVectorizer if weights else CountVectorizer)().fit(by)
    names = list(vectorizer.get_feature_names_out())
    return [pd.DataFrame(vectorizer.transform(p).toarray().astype(float), columns=names) for p in parts]


def said(parts: Frames) -> Answer:
    return ask("LEA109", *parts)


@pytest.mark.parametrize("weights", [False, True])
def test_words_of_all_splits(weights: bool) -> None:
    parts = texts()
    made = counted(parts, [row for part in parts for row in part], weights=weights)
    finding = said(made).finding
    unused = [c for c in made[0] if not made[0][c].any()]
    assert finding.severity == "warning"
    assert finding.columns == tuple(unused)
    assert finding.evidence["unused_everywhere"] == 0


@pytest.mark.parametrize("seed", range(5))
def test_words_of_train(seed: int) -> None:
    parts = texts(seed)
    answer = said(counted(parts, parts[0]))
    assert answer.findings == ()
    assert answer.measured.startswith("train uses all ")


@pytest.mark.parametrize("seed", range(5))
def test_a_list_made_beforehand_is_a_note_at_most(seed: int) -> None:
    parts = texts(seed)
    declared = [f"w{w}" for w in range(1500)]
    (finding,) = said(counted(parts, [" ".join(declared)])).findings
    assert finding.severity == "note"
    assert finding.evidence["unused_everywhere"] > 0


def test_a_few_categories_are_a_note() -> None:
    g = np.random.default_rng(0)
    city = np.array([*g.integers(0, 20, size=190), *g.integers(0, 22, size=9), 21])
    dummies = pd.get_dummies(pd.Series(city).astype(str), prefix="city").astype(float)
    parts = [dummies[:160].reset_index(drop=True), None, dummies[160:].reset_index(drop=True)]
    answer = ask("LEA109", *parts)
    assert {f.severity for f in answer.findings} == {"note"}
    assert "city_21" in answer.finding.columns


def test_pixels_and_measurements_are_no_vocabulary() -> None:
    x = load_digits().data
    assert ask("LEA109", x[:1000], None, x[1000:]).loud == ()
    pictures = images(64)[0]
    assert ask("LEA109", pictures[:40], None, pictures[40:]).status == "not-applicable"
    g = np.random.default_rng(0)
    answer = ask("LEA109", g.normal(size=(100, 9)), None, g.normal(size=(50, 9)))
    assert answer.reason == "there are no columns of words or categories (zeros, and counts or weights)"
    nothing = np.zeros((30, 9))
    assert ask("LEA109", nothing, None, nothing).findings == ()
    assert ask("LEA109", np.full((30, 9), np.nan), None, nothing).findings == ()
