"""LEA108: real tables, transformers fitted on rows that are known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.datasets import load_breast_cancer, load_wine
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfTransformer, TfidfVectorizer
from sklearn.feature_selection import SelectKBest, VarianceThreshold
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    LabelEncoder,
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
    TargetEncoder,
)
from sklearn.random_projection import GaussianRandomProjection

from dataaudit.model import Status
from tests.analyzers.asking import Answer, ask
from tests.build import table

ESTIMATORS: dict[str, Any] = {
    "standard": StandardScaler(),
    "min-max": MinMaxScaler(),
    "max-abs": MaxAbsScaler(),
    "robust": RobustScaler(),
    "power": PowerTransformer(),
    "quantile": QuantileTransformer(n_quantiles=50),
    "bins": KBinsDiscretizer(n_bins=4, quantile_method="averaged_inverted_cdf"),
    "mean": SimpleImputer(),
    "median": SimpleImputer(strategy="median"),
    "neighbours": KNNImputer(),
    "pca": PCA(n_components=4),
    "svd": TruncatedSVD(n_components=2, random_state=0),
    "k best": SelectKBest(k=3),
    "variance": VarianceThreshold(),
    "ordinal": OrdinalEncoder(),
    "one-hot": OneHotEncoder(handle_unknown="ignore"),
    "target": TargetEncoder(target_type="continuous"),
    "random projection": GaussianRandomProjection(n_components=2, random_state=0),
}
ROWS = {
    "train": (0,),
    "test": (2,),
    "train + validation": (0, 1),
    "train + validation + test": (0, 1, 2),
}
WORDS_ONLY = {"ordinal", "one-hot"}


def _parts(name: str) -> list[tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]]:
    """Return breast_cancer's first ten columns in three parts, in random order, with holes for imputers."""
    X, y = load_breast_cancer(return_X_y=True)
    rng = np.random.default_rng(0)
    order = rng.permutation(len(X))
    X, y = X[order][:, :10].copy(), y[order]
    if name in ("mean", "median", "neighbours"):
        X[rng.random(X.shape) < 0.05] = np.nan
    return [(X[a:b], y[a:b]) for a, b in ((0, 340), (340, 450), (450, 569))]


def _ask(transformer: Any, *parts: Any, **keywords: Any) -> Answer:
    train, validation, test = parts if len(parts) == 3 else (parts[0], None, parts[1])
    return ask("LEA108", train, validation, test, transformer=transformer, **keywords)


@pytest.mark.parametrize("where", ROWS)
@pytest.mark.parametrize("name", ESTIMATORS)
def test_each_step_and_each_union(name: str, where: str) -> None:
    parts = _parts(name)
    X, y = (np.concatenate([parts[k][side] for k in ROWS[where]]) for side in (0, 1))
    said = _ask(clone(ESTIMATORS[name]).fit(X, y), *parts)
    if where == "train" or name == "random projection":  # which learns from the number of columns alone
        assert said.status is Status.CLEAN
        assert said.measured.startswith(f"{type(ESTIMATORS[name]).__name__} fitted on train (")
        return
    finding = said.finding
    assert finding.evidence["fitted_on"][0] == where.split(" + ")
    assert finding.columns == tuple(range(10))
    assert finding.splits == ("train", "validation", "test")
    weak = finding.evidence["log10_p"][where] > -6
    assert finding.severity == ("note" if weak else "warning" if name in WORDS_ONLY else "error")
    assert not weak or name in ("max-abs", "min-max", "median")  # few values of few columns speak for them


@pytest.mark.parametrize("name", ESTIMATORS)
def test_rows_that_are_no_union(name: str) -> None:
    parts = _parts(name)
    X, y = parts[0]
    fewer = np.arange(len(X)) % 20 != 3
    said = _ask(clone(ESTIMATORS[name]).fit(X[fewer], y[fewer]), *parts)
    assert said.findings == ()
    if said.status is Status.SKIPPED:
        assert "no union of the splits gives its" in said.reason
        assert "rows were dropped or changed since, or these are not the raw splits" in said.reason


def test_the_original_order_of_rows_does_not_matter() -> None:
    parts = _parts("pca")
    everything = np.concatenate([X for X, _ in parts])[::-1]
    for estimator in (StandardScaler(), PCA(), KNNImputer(), PowerTransformer()):
        assert _ask(estimator.fit(everything), *parts).finding.severity == "error"


# ---------------------------------------------------------------- what it says


def test_a_finding_in_full() -> None:
    train, _, test = _parts("standard")
    said = _ask(StandardScaler().fit(np.concatenate([train[0], test[0]])), train, test)
    finding = said.finding
    assert finding.message.startswith(
        "StandardScaler was fitted on train + test together, not on train alone: a refit on these rows gives its "
    )
    assert finding.severity == "error"
    assert finding.confidence is None
    assert set(finding.evidence["attributes"]) == {"mean_", "scale_", "var_"}
    assert finding.evidence["largest_relative_difference"] < 1e-9
    table_ = finding.evidence["table"]
    assert table_["columns"] == ["learnt", "in the transformer", "refit on train", "refit on train + test"]
    assert all(row[1] == row[3] != row[2] for row in table_["rows"])
    assert finding.figure is not None
    assert finding.figure["columns"] == ["train", "train + test", "test"]
    assert finding.figure["hit"] == 1
    assert {row["cells"][1] for row in finding.figure["rows"][:-1]} == {"equal"}
    (trace,) = said.outcomes[0].traces
    assert (trace.step, trace.verdict, trace.fitted_on) == ("StandardScaler", "leak", ("train + test",))
    assert trace.log10_p["train"] == 0.0
    assert trace.log10_p["train + test"] < -40


def test_without_a_transformer() -> None:
    said = ask("LEA108", table(), target="y")
    assert (said.status, said.reason) == (Status.NOT_APPLICABLE, "no fitted transformer was given")


def test_a_statistic_that_train_shares_is_passed() -> None:
    train = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0, 5.0], "y": [0, 1, 0, 1, 0]})
    test = pd.DataFrame({"x": [3.0, 3.0], "y": [0, 1]})
    said = _ask(SimpleImputer().fit(pd.concat([train, test])[["x"]]), train, test, target="y")
    assert said.measured == "SimpleImputer fitted on train (statistics_; no other rows would teach it otherwise)"


def test_one_category_is_a_note() -> None:
    train = pd.DataFrame({"c": list("aabbcc") * 5})
    test = pd.DataFrame({"c": list("abd")})
    said = _ask(OneHotEncoder().fit(pd.concat([train, test])), train, test)
    assert said.finding.severity == "note"
    assert "may have been fitted on train + test together" in said.finding.message
    assert "a declared list, would look the same" in said.finding.message
    assert said.finding.evidence["table"]["rows"] == [["categories_[0]", "d"]]
    (trace,) = said.outcomes[0].traces
    assert (trace.verdict, trace.fitted_on) == ("ambiguous", ())


def test_a_category_is_an_error_where_another_step_proves_the_rows() -> None:
    rng = np.random.default_rng(0)
    train = pd.DataFrame({"c": list("aabbcc") * 5, "x": rng.normal(size=30), "z": rng.normal(size=30)})
    test = pd.DataFrame({"c": list("abd"), "x": rng.normal(size=3), "z": rng.normal(size=3)})
    both = ColumnTransformer([("c", OneHotEncoder(), ["c"]), ("n", StandardScaler(), ["x", "z"])])
    said = _ask(both.fit(pd.concat([train, test])), train, test)
    assert [(f.severity, f.columns) for f in said.findings] == [("error", ("c",)), ("error", ("x", "z"))]


# ---------------------------------------------------------------- nested


def _people(n: int, seed: int) -> pd.DataFrame:
    data = table(n, seed)
    data.loc[np.arange(n) % 9 == 0, "age"] = np.nan
    return data


def _pipeline() -> Pipeline:
    numbers = make_pipeline(
        KNNImputer(), FeatureUnion([("scale", StandardScaler()), ("pca", PCA(n_components=2)), ("not", "drop")])
    )
    columns = ColumnTransformer(
        [
            ("numbers", numbers, make_column_selector(dtype_include="float")),
            ("log", FunctionTransformer(np.log1p), ["rooms"]),
            ("as is", "passthrough", ["active"]),
            ("none", StandardScaler(), []),
            ("out", "drop", ["joined"]),
        ],
        remainder=OneHotEncoder(handle_unknown="ignore"),
    )
    model = LogisticRegression(max_iter=5)
    return Pipeline([("columns", columns), ("no", None), ("best", SelectKBest(k=4)), ("model", model)])


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("output", ["default", "pandas"])
def test_a_nested_pipeline(output: str) -> None:
    train, test = _people(300, 1), _people(100, 2)
    everything = pd.concat([train, test])
    pipeline = _pipeline()
    if output == "pandas":
        pipeline.set_params(columns__remainder=OrdinalEncoder(), columns__out="drop")
        pipeline.set_output(transform="pandas")
    fitted = clone(pipeline).fit(train.drop(columns="y"), train["y"])
    said = _ask(fitted, train, test, target="y")
    assert said.status is Status.CLEAN
    assert said.measured.startswith("KNNImputer 'columns__numbers__knnimputer' fitted on train (_fit_X equal")
    assert said.measured.endswith("; LogisticRegression 'model', the model at its end, was not compared")
    assert {t.verdict for t in said.outcomes[0].traces} == {"train"}

    fitted = clone(pipeline).fit(everything.drop(columns="y"), everything["y"])
    said = _ask(fitted, train, test, target="y")
    assert [f.message.split(" was fitted on ")[0] for f in said.findings] == [
        "KNNImputer 'columns__numbers__knnimputer'",
        "StandardScaler 'columns__numbers__featureunion__scale'",
        "PCA 'columns__numbers__featureunion__pca'",
        "SelectKBest 'best'",
    ]
    assert {f.severity for f in said.findings} == {"error"}
    assert said.findings[1].columns == ("age", "income")


def test_only_the_steps_that_leak_are_named() -> None:
    train, test = _people(300, 1), _people(100, 2)
    fitted = make_pipeline(SimpleImputer(), StandardScaler()).fit(train[["age", "income"]])
    filled = fitted[0].transform(pd.concat([train, test])[["age", "income"]])
    fitted.steps[1] = ("standardscaler", StandardScaler().fit(filled))
    said = _ask(fitted, train, test, target="y")
    assert said.finding.place == "standardscaler"
    assert [(t.step, t.verdict) for t in said.outcomes[0].traces] == [
        ("SimpleImputer 'simpleimputer'", "train"),
        ("StandardScaler 'standardscaler'", "leak"),
    ]


def test_a_search_is_its_best_pipeline() -> None:
    train, test = _parts("mean")[::2]
    steps = [("impute", SimpleImputer()), ("scale", StandardScaler()), ("model", LogisticRegression())]
    search = GridSearchCV(Pipeline(steps), {"model__C": [0.1, 1.0]}, cv=2).fit(*train)
    said = _ask(search, train, test)
    assert "SimpleImputer 'impute' fitted on train" in said.measured


# ---------------------------------------------------------------- the target


def test_steps_after_a_target_encoder_are_fed_what_cross_fitting_gave() -> None:
    train, test = table(300, 1), table(100, 2)
    folds = {"seeded": StratifiedKFold(5, shuffle=True, random_state=0), "in order": StratifiedKFold(5), "drawn": 5}
    for how, cv in folds.items():
        encode = ColumnTransformer([("city", TargetEncoder(cv=cv), ["city"])], remainder="passthrough")
        pipeline = make_pipeline(encode, StandardScaler())
        named = ["city", "age", "income"]
        pipeline.fit(train[named], train["y"])
        said = _ask(pipeline, train, test, target="y")
        assert said.status is (Status.SKIPPED if how == "drawn" else Status.CLEAN)
        assert how != "drawn" or "whose folds are drawn at random: give them a random_state" in said.reason


def test_a_step_that_needs_the_target() -> None:
    train, test = table(300, 1), table(100, 2)
    best = SelectKBest(k=1).fit(pd.concat([train, test])[["age", "income"]], pd.concat([train, test])["y"])
    assert _ask(best, train, test, target="y").finding.severity == "error"
    nameless = _ask(best, train.drop(columns="y"), test.drop(columns="y"))
    assert "without the target, and none was named" in nameless.reason or "none was named" in nameless.reason
    unlabelled = _ask(best, train, test.drop(columns="y"), target="y")
    assert unlabelled.status is Status.SKIPPED  # no union with test can be fitted, and train does not give it


def test_an_encoder_of_the_target() -> None:
    train, test = table(60, 1), table(30, 2)
    test["y"] = test["y"].replace("yes", "maybe")
    said = _ask(LabelEncoder().fit(pd.concat([train, test])["y"]), train, test, target="y")
    assert said.finding.columns == ("y",)
    assert said.finding.severity == "note"


# ---------------------------------------------------------------- data of every kind


def _titles(n: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    words = np.array([f"word{k}" for k in range(400)])
    return pd.DataFrame({"text": [" ".join(rng.choice(words, 4)) for _ in range(n)], "y": rng.integers(0, 2, n)})


@pytest.mark.parametrize(
    ("vectorizer", "severity"),
    [
        (TfidfVectorizer(), "error"),
        (CountVectorizer(), "warning"),
        (make_pipeline(CountVectorizer(), TfidfTransformer()), "error"),
    ],
)
def test_text(vectorizer: Any, severity: str) -> None:
    train, test = _titles(120, 1), _titles(60, 2)
    everything = pd.concat([train, test])
    assert _ask(clone(vectorizer).fit(train["text"]), train, test, target="y").status is Status.CLEAN
    said = _ask(clone(vectorizer).fit(everything["text"]), train, test, target="y")
    assert {f.severity for f in said.findings} == {severity}
    arrays = [(part["text"].to_numpy(dtype=object), part["y"].to_numpy()) for part in (train, test)]
    said = _ask(clone(vectorizer).fit(everything["text"]), *arrays)
    assert {f.severity for f in said.findings} == {severity}


def test_steps_that_learn_nothing() -> None:
    parts = _parts("standard")
    for step in (Normalizer(), FunctionTransformer(), PolynomialFeatures(), HashingVectorizer()):
        data = parts if not isinstance(step, HashingVectorizer) else [_titles(30, 1), _titles(10, 2)]
        fitted = step.fit(data[0][0]) if isinstance(data[0], tuple) else step.fit(data[0]["text"])
        assert _ask(fitted, *data).measured == "no step learns anything from the rows"


@pytest.mark.parametrize("form", ["csv", "parquet", "polars", "split column", "list"])
def test_forms_of_data(form: str, tmp_path: Any) -> None:
    train, test = _people(200, 3), _people(80, 4)
    kept = ["age", "income", "rooms", "city", "active", "y"]
    train, test = train[kept], test[kept]
    everything = pd.concat([train, test], ignore_index=True)
    columns = ColumnTransformer(
        [
            ("city", OneHotEncoder(), ["city", "rooms", "active"]),
            ("fill", make_pipeline(SimpleImputer(add_indicator=True), StandardScaler()), ["age", "income"]),
        ]
    )
    for rows, leak in ((train, False), (everything, True)):
        fitted = clone(columns).fit(rows.drop(columns="y"))
        if form == "csv":
            for name, part in (("train", train), ("test", test)):
                part.to_csv(tmp_path / f"{name}.csv", index=False)
            said = _ask(fitted, tmp_path / "train.csv", tmp_path / "test.csv", target="y")
        elif form == "parquet":
            for name, part in (("train", train), ("test", test)):
                part.to_parquet(tmp_path / f"{name}.parquet")
            said = _ask(fitted, tmp_path / "train.parquet", tmp_path / "test.parquet", target="y")
        elif form == "polars":
            polars = pytest.importorskip("polars")
            said = _ask(fitted, polars.from_pandas(train), polars.from_pandas(test), target="y")
        elif form == "split column":
            mixed = everything.assign(part=["train"] * 200 + ["test"] * 80).sample(frac=1.0, random_state=0)
            said = ask("LEA108", mixed, target="y", split_column="part", transformer=fitted)
        else:
            numbers = StandardScaler().fit(rows[["income", "rooms"]].to_numpy())
            lists = [(part[["income", "rooms"]].to_numpy().tolist(), part["y"].tolist()) for part in (train, test)]
            said = _ask(numbers, *lists)
        assert bool(said.loud) is leak, said.outcomes
        assert leak or said.status is Status.CLEAN


def test_the_users_data_stays_as_it_was() -> None:
    train, _, test = _parts("standard")
    before = train[0].copy()
    inplace = make_pipeline(StandardScaler(copy=False), MinMaxScaler(copy=False))
    inplace.fit(np.concatenate([train[0], test[0]]))
    assert {f.severity for f in _ask(inplace, train, test).findings} == {"error"}
    np.testing.assert_array_equal(train[0], before)


# ---------------------------------------------------------------- when it cannot tell


def test_columns_that_do_not_fit() -> None:
    train, test = table(60, 1), table(30, 2)
    fitted = StandardScaler().fit(train[["age", "income"]])
    said = _ask(fitted, train.drop(columns="age"), test.drop(columns="age"), target="y")
    assert said.reason == (
        "the transformer was fitted on 2 columns, of which the data lacks 'age': give the splits as they were before it"
    )
    said = _ask(StandardScaler().fit(np.ones((3, 4))), train, test, target="y")
    assert said.reason == "the transformer was fitted on 4 columns without names, but the data has 6 inputs"
    said = _ask(StandardScaler().fit(np.ones((3, 4))), *_parts("standard")[:2])
    assert said.reason == "the transformer was fitted on 4 columns, but the data has 10"


def test_a_frame_that_also_held_the_target_in_another_order() -> None:
    train, test = table(60, 1), table(30, 2)
    for part in (train, test):
        part["y"] = (part["y"] == "yes").astype(int)
    fitted = StandardScaler().fit(pd.concat([train, test])[["y", "income", "age"]])
    assert _ask(fitted, train, test, target="y").finding.columns == ("y", "income", "age")


def test_randomness_without_a_seed() -> None:
    parts = _parts("standard")
    said = _ask(GaussianRandomProjection(n_components=2).fit(parts[0][0]), *parts)
    assert said.reason == ("GaussianRandomProjection: what it learns is drawn at random, and no random_state was set")
    sampled = QuantileTransformer(n_quantiles=20, subsample=100).fit(parts[0][0])
    assert "drawn at random" in _ask(sampled, *parts).reason
    seeded = KMeans(n_clusters=2, n_init=1, random_state=0).fit(parts[0][0])
    assert _ask(seeded, *parts).status is Status.CLEAN


def test_a_model_alone() -> None:
    train, _, test = _parts("standard")
    said = _ask(LogisticRegression(max_iter=10_000).fit(*train), train, test)
    assert said.reason.startswith("LogisticRegression is a model, not a transformer")


def test_no_time() -> None:
    train, _, test = _parts("standard")
    said = _ask(StandardScaler().fit(train[0]), train, test, options={"seconds": 0.0})
    assert said.reason == "StandardScaler: the 0 seconds for fitting steps again were used up before it"


def test_more_splits_than_unions_are_tried() -> None:
    data = table(100).assign(part=np.arange(100) % 5)
    said = ask("LEA108", data, split_column="part", transformer=StandardScaler().fit(data[["age"]]))
    assert said.reason == "5 splits have more unions than steps are fitted again on"


def test_one_split() -> None:
    train, _, test = _parts("standard")
    assert ask("LEA108", train, transformer=StandardScaler().fit(train[0])).status is Status.CLEAN
    other = ask("LEA108", train, transformer=StandardScaler().fit(test[0]))
    assert other.reason.startswith("StandardScaler: no union of the splits gives its mean_")


class _Own(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """A transformer of the user's own, which breaks on what it has not met."""

    def fit(self, X: Any, y: Any = None) -> _Own:
        if getattr(self, "strict", True) and len(X) != 340:
            raise RuntimeError("only train,\nplease")
        self.middle_ = np.median(X, axis=0)
        return self

    def transform(self, X: Any) -> Any:
        return X - self.middle_


def test_a_step_that_breaks() -> None:
    parts = _parts("standard")
    assert _ask(_Own().fit(parts[0][0]), *parts).status is Status.CLEAN
    broken = _Own().fit(parts[0][0])
    broken.middle_ = broken.middle_ + 1.0
    assert "no union of the splits gives its middle_" in _ask(broken, *parts).reason
    said = _ask(_Own().fit(parts[0][0]), parts[1], parts[2])
    assert said.reason == "_Own: fitting it again failed (RuntimeError: only train, please)"


def test_pictures() -> None:
    pixels = np.zeros((6, 4, 4, 1), dtype=np.uint8)
    said = ask("LEA108", (pixels, np.arange(6)), transformer=StandardScaler().fit(np.ones((3, 16))))
    assert said.status is Status.NOT_APPLICABLE


@pytest.mark.parametrize("seed", range(6))
def test_rows_dropped_since_are_never_a_leak(seed: int) -> None:
    """The data that is hardest: few coarse columns, where statistics coincide by accident."""
    rng = np.random.default_rng(seed)
    X, y = rng.integers(0, 6, (200, 3)).astype(float), rng.integers(0, 2, 200)
    train, test = (X[:150], y[:150]), (X[150:], y[150:])
    kept = rng.random(150) > 0.02
    kept[0] = False
    for name, estimator in ESTIMATORS.items():
        if name == "pca":
            estimator = PCA(n_components=2)
        honest = clone(estimator).fit(train[0], train[1])
        assert _ask(honest, (X[:150][kept], y[:150][kept]), test).loud == ()
        assert _ask(clone(estimator).fit(train[0][kept], train[1][kept]), train, test).loud == ()


def test_wine_scaled_before_the_split_by_class() -> None:
    X, y = load_wine(return_X_y=True)
    train, test = (X[::2], y[::2]), (X[1::2], y[1::2])
    assert _ask(StandardScaler().fit(X), train, test).finding.evidence["fitted_on"] == [["train", "test"]]
    assert _ask(StandardScaler().fit(X[::2]), train, test).status is Status.CLEAN
