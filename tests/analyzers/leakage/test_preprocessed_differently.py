"""One split that went through other steps than train, and the many that did not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from PIL import Image
from sklearn import datasets

from dataaudit.analyzers.leakage.changes import CHANGES, Change, fits
from dataaudit.analyzers.leakage.lines import Line, different, line_of, rounding, scale_between
from dataaudit.model import Status
from tests.analyzers.asking import Answer, ask
from tests.build import images, table

CODE = "LEA104"
Frames = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]


def body(n: int = 300, seed: int = 0) -> pd.DataFrame:
    """Return measurements as they are written down: rounded, of several kinds."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "height": rng.normal(68, 4, n).round(1),
            "weight": rng.normal(160, 25, n).round(),
            "angle": rng.uniform(-90, 90, n).round(2),
            "income": rng.lognormal(10, 0.8, n).round(2),
            "share": rng.beta(2, 6, n).round(4),
            "fever": rng.normal(37, 0.6, n).round(1),
            "noise": rng.normal(0, 1, n),
            "sex": rng.choice(["female", "male"], n, p=[0.4, 0.6]),
            "smokes": rng.choice(["yes", "no"], n, p=[0.3, 0.7]),
        }
    )


def splits(n: int = 300) -> Frames:
    return body(n, 1), body(n // 3, 2), body(n // 3, 3)


def changed(column: str, by: Callable[[Any], Any]) -> Answer:
    """Return what is said when one column of test was changed."""
    train, validation, test = splits()
    return ask(CODE, train, validation, test.assign(**{column: by(test[column])}))


# ---------------------------------------------------------------- units


@pytest.mark.parametrize(
    ("column", "by", "said"),
    [
        ("height", lambda x: (x * 2.54).round(2), "2.54 times"),
        ("height", lambda x: (x * 25.4).round(1), "25.4 times"),
        ("weight", lambda x: (x * 0.45359237).round(3), "1/2.2"),
        ("income", lambda x: x / 1000, "1/1000 times"),
        ("angle", np.deg2rad, "degrees against radians"),
        ("income", np.log, "natural logarithms"),
        ("income", np.log10, "decimal logarithms"),
        ("share", lambda x: x * 100, "percent"),
        ("fever", lambda x: (x * 1.8 + 32).round(2), "°F where train holds °C"),
        ("fever", lambda x: x + 273.15, "kelvin where train holds °C"),
        ("weight", lambda x: -x, "sign turned"),
        ("share", lambda x: 1 - x, "one minus"),
    ],
)
def test_one_column_in_another_unit_is_named(column: str, by: Callable[[Any], Any], said: str) -> None:
    finding = changed(column, by).finding
    assert finding.severity == "error"
    assert finding.columns == (column,)
    assert finding.splits == ("train", "test")
    assert said in finding.message
    row = finding.evidence["table"]["rows"][0]
    assert row[3] >= 0.4  # the distance as it is
    assert row[4] <= 0.2  # and brought back


def test_the_same_change_in_two_columns_is_one_finding() -> None:
    train, validation, test = splits()
    train["length"], validation["length"], test["length"] = (
        body(len(f), 9 + i)["height"] * 3 for i, f in enumerate((train, validation, test))
    )
    test[["height", "length"]] *= 25.4
    finding = ask(CODE, train, validation, test).finding
    assert finding.columns == ("height", "length")


def test_both_other_splits_are_named_each() -> None:
    train, validation, test = splits()
    for frame in (validation, test):
        frame["income"] /= 1000
    assert [f.splits for f in ask(CODE, train, validation, test).findings] == [
        ("train", "validation"),
        ("train", "test"),
    ]


def test_a_target_in_another_unit_is_named() -> None:
    train, validation, test = splits()
    test["income"] /= 1000
    finding = ask(CODE, train, validation, test, target="income", task="regression").finding
    assert finding.columns == ("income",)


def test_every_change_and_its_inverse_bring_each_other_back() -> None:
    x = np.linspace(0.05, 0.95, 50)
    with np.errstate(all="ignore"):
        for change in CHANGES:
            back = change.back(x)
            assert any(np.allclose(other.back(back), x) for other in CHANGES), change


@pytest.mark.parametrize("change", [c for c in CHANGES if c.rare], ids=lambda c: c.fix)
def test_every_change_that_no_drift_does_is_found_in_its_own_data(change: Change) -> None:
    rng = np.random.default_rng(0)
    mine = rng.lognormal(3, 0.7, 400)
    train, other = line_of(change.back(mine)), line_of(rng.permutation(rng.lognormal(3, 0.7, 300)))
    if not np.isfinite(train.values).all() or len(train) < 400:
        return
    gap, _ = different(train, other)
    found = fits(train, other, gap)
    assert change.fix in [f.change.fix for f in found]


# ---------------------------------------------------------------- scales


def scaled(frames: Frames) -> tuple[Frames, list[str]]:
    names = list(frames[0].select_dtypes("number").columns)
    mean, std = frames[0][names].mean(), frames[0][names].std()
    one, two, three = (f.assign(**((f[names] - mean) / std)) for f in frames)
    return (one, two, three), names


def test_raw_where_train_is_standardised() -> None:
    frames = splits()
    (train, _, test), names = scaled(frames)
    finding = ask(CODE, train, frames[1], test).finding
    assert finding.message.startswith("Validation is raw where train is standardised")
    assert set(finding.columns) == set(names) - {"noise"}  # noise was standardised from the start


def test_standardised_where_train_is_raw() -> None:
    frames = splits()
    (_, _, test), _ = scaled(frames)
    finding = ask(CODE, frames[0], frames[1], test).finding
    assert finding.message.startswith("Train is raw where test is standardised")


def test_scaled_twice() -> None:
    frames = splits()
    (train, validation, test), names = scaled(frames)
    mean, std = frames[0][names].mean(), frames[0][names].std()
    finding = ask(CODE, train, validation, test.assign(**((test[names] - mean) / std))).finding
    assert "test is scaled twice where train is standardised" in finding.message.lower()
    assert {"height", "weight", "angle", "income"} <= set(finding.columns)


def test_raw_where_train_lies_in_0_to_1() -> None:
    frames = splits()
    names = ["height", "weight", "angle", "income"]
    low, high = frames[0][names].min(), frames[0][names].max()
    train, validation = (f.assign(**((f[names] - low) / (high - low))) for f in frames[:2])
    finding = ask(CODE, train, validation, frames[2]).finding
    assert "raw where train is scaled to 0..1" in finding.message
    assert finding.columns == tuple(names)


def test_flat_pixels_of_0_to_255_against_0_to_1() -> None:
    x = datasets.load_digits().data / 16
    finding = ask(CODE, x[:1000], x[1000:1400], np.rint(x[1400:] * 255)).finding
    assert "255 times" in finding.message
    assert len(finding.columns) > 40


@pytest.mark.parametrize("how", ["random", "on train"])
@pytest.mark.parametrize("name", ["iris", "wine", "breast_cancer", "diabetes", "digits"])
def test_honest_splits_of_real_tables_pass(name: str, how: str) -> None:
    frame = getattr(datasets, f"load_{name}")(as_frame=True).frame
    for seed in range(3):
        frame = frame.sample(frac=1, random_state=seed)
        a, b = int(0.6 * len(frame)), int(0.8 * len(frame))
        frames: Frames = (frame[:a], frame[a:b], frame[b:])
        if how == "on train":
            frames, _ = scaled(frames)
        answer = ask(CODE, *frames, target="target", task="classification")
        assert answer.status is Status.CLEAN


@pytest.mark.parametrize("column", ["mean radius", "mean texture", "worst concavity", "area error"])
def test_splits_cut_by_a_value_are_drift_not_preprocessing(column: str) -> None:
    frame = datasets.load_breast_cancer(as_frame=True).frame.sort_values(column, kind="stable")
    frames: Frames = (frame[:340], frame[340:450], frame[450:])
    frames = tuple(f.sample(frac=1, random_state=0) for f in frames)  # type: ignore[assignment]
    assert not ask(CODE, *frames).findings
    assert not ask(CODE, *scaled(frames)[0]).findings


def test_a_trend_over_time_is_no_unit() -> None:
    rng = np.random.default_rng(0)
    year = np.arange(300)
    frame = pd.DataFrame(
        {"cost": 100 * 1.006**year * rng.lognormal(0, 0.05, 300), "b": rng.random(300), "c": rng.random(300)}
    )
    assert not ask(CODE, frame[:200], None, frame[200:]).findings


def test_a_shift_without_a_known_cause_is_left_to_drift() -> None:
    assert not changed("noise", lambda x: x + 1.5).findings


def test_declared_time_leaves_doubtful_units_alone() -> None:
    train, validation, test = splits()
    frames = [f.assign(height=f["height"] + f["noise"] / 1e3) for f in (train, validation, test)]  # unrounded
    frames[2]["height"] *= 2.54
    days = [
        pd.Timestamp(f"{2020 + i}-01-01") + pd.to_timedelta(np.arange(len(f)), unit="h") for i, f in enumerate(frames)
    ]
    timed = [f.assign(day=d) for f, d in zip(frames, days, strict=True)]
    assert ask(CODE, *frames).finding.columns == ("height",)
    assert not ask(CODE, *timed, time="day").findings


def test_rounded_numbers_that_meet_trains_own_prove_the_unit_whatever_else_drifts() -> None:
    train, validation, test = splits()
    test["height"] = (test["height"] * 2.54).round(3)
    test["noise"] += 2
    test["angle"] = test["angle"].abs()
    assert ask(CODE, train, validation, test).finding.columns == ("height",)


# ---------------------------------------------------------------- places, decimals


def test_columns_that_changed_places() -> None:
    train, validation, test = splits()
    test[["height", "weight"]] = test[["weight", "height"]].to_numpy()
    finding = ask(CODE, train, validation, test).finding
    assert finding.columns == ("height", "weight")
    assert "'height' is train's 'weight'" in finding.message


def test_whole_numbers_where_train_has_decimals_are_a_warning() -> None:
    finding = changed("income", lambda x: x.round()).finding
    assert finding.severity == "warning"
    assert finding.columns == ("income",)
    assert finding.message == "Test is rounded to whole numbers where train is not: 'income'"
    assert not ask(CODE, *splits(), options={"rounding": False}).findings


def test_large_numbers_with_fewer_decimals_are_not_rounded_otherwise() -> None:
    rng = np.random.default_rng(0)
    values = np.sort(rng.lognormal(5, 1, 400))
    values = np.where(values < 150, values.round(2), values.round(0))
    assert rounding(line_of(values[:250]), line_of(values[250:])) is None
    assert rounding(line_of(values), line_of(np.rint(values))) is not None


# ---------------------------------------------------------------- words


@pytest.mark.parametrize(
    ("column", "to", "said"),
    [
        ("sex", {"male": "Male", "female": "Female"}, "other case"),
        ("sex", {"male": "male ", "female": "female "}, "other blanks"),
        ("sex", {"male": "m", "female": "f"}, "shortens"),
        ("sex", {"male": "1", "female": "0"}, "codes where train holds words"),
        ("smokes", {"yes": "1", "no": "0"}, "yes and no in other words"),
        ("smokes", {"yes": "True", "no": "False"}, "yes and no in other words"),
    ],
)
def test_words_written_otherwise(column: str, to: dict[str, str], said: str) -> None:
    finding = changed(column, lambda x: x.map(to)).finding
    assert finding.severity == "error"
    assert finding.columns == (column,)
    assert said in finding.message


def test_words_written_out_where_train_shortens() -> None:
    train, validation, test = splits()
    for frame in (train, validation):
        frame["sex"] = frame["sex"].str[0]
    finding = ask(CODE, train, validation, test).finding
    assert "writes out" in finding.message
    assert finding.columns == ("sex",)


def test_codes_in_a_file_where_train_has_words(tmp_path: Path) -> None:
    train, validation, test = splits()
    test["sex"] = test["sex"].map({"male": 1, "female": 0})
    paths = [tmp_path / f"{name}.csv" for name in ("train", "validation", "test")]
    for path, frame in zip(paths, (train, validation, test), strict=True):
        frame.to_csv(path, index=False)
    finding = ask(CODE, *map(str, paths)).finding
    assert finding.columns == ("sex",)
    assert "codes where train holds words" in finding.message


def test_classes_of_the_target_written_otherwise() -> None:
    train, validation, test = splits()
    test["sex"] = test["sex"].str.upper()
    assert ask(CODE, train, validation, test, target="sex").finding.columns == ("sex",)


def test_groups_kept_apart_are_no_other_words() -> None:
    train, validation, test = splits()
    for i, frame in enumerate((train, validation, test)):
        frame["site"] = [f"site {chr(65 + 5 * i + k % 5)}" for k in range(len(frame))]
        frame["city"] = [["Bern", "Oslo"], ["Porto", "Graz"], ["Lyon", "Brno"]][i][0]
    assert not ask(CODE, train, validation, test).findings


# ---------------------------------------------------------------- missing values


@pytest.mark.parametrize("fill", [-999.0, 0.0, 40_000.0])
def test_missing_here_one_value_there(fill: float) -> None:
    frames = splits()
    rng = np.random.default_rng(0)
    for frame in frames:
        frame.loc[rng.random(len(frame)) < 0.2, "income"] = np.nan
    frames[2]["income"] = frames[2]["income"].fillna(fill)
    findings = [f for f in ask(CODE, *frames).findings if "empty" in f.message]
    assert [f.columns for f in findings] == [("income",)]
    assert "where train leaves values empty" in findings[0].message


def test_missing_words_that_one_split_fills() -> None:
    frames = splits()
    rng = np.random.default_rng(0)
    for frame in frames:
        frame.loc[rng.random(len(frame)) < 0.3, "sex"] = None
    frames[0]["sex"] = frames[0]["sex"].fillna("unknown")
    (one, two) = ask(CODE, *frames).findings
    assert one.message.startswith("Train holds 'unknown' where validation leaves values empty")
    assert two.splits == ("train", "test")


def test_missing_values_in_equal_shares_are_nothing() -> None:
    frames = splits()
    rng = np.random.default_rng(0)
    for frame in frames:
        frame.loc[rng.random(len(frame)) < 0.2, "income"] = np.nan
    assert not ask(CODE, *frames).findings


# ---------------------------------------------------------------- pictures


def photos(n: int, seed: int) -> NDArray[np.uint8]:
    """Return pictures of warm ground under a blue sky."""
    rng = np.random.default_rng(seed)
    x = np.zeros((n, 16, 16, 3))
    x[:, :8] = np.array([90, 130, 210]) + rng.normal(0, 20, (n, 1, 1, 3))
    x[:, 8:] = np.array([150, 110, 60]) + rng.normal(0, 20, (n, 1, 1, 3))
    x += rng.normal(0, 25, (n, 1, 1, 1)) + rng.normal(0, 12, x.shape)
    x[0, 0, 0], x[0, 0, 1] = 0, 255
    return np.clip(x, 0, 255).astype(np.uint8)


def pictures(by: Callable[[Any], Any] | None, stage: str = "raw") -> Answer:
    """Return what is said when the pictures of validation were changed."""
    x = [photos(120, 0), photos(40, 1), photos(40, 2)]
    if by is not None:
        x[1] = by(x[1])
    sets = [(v, np.arange(len(v)) % 2) for v in x]
    return ask(CODE, *sets, stage=stage)


@pytest.mark.parametrize(
    ("by", "said"),
    [
        (lambda x: (x / 255).astype(np.float32), "1/255 times"),
        (lambda x: (x / 127.5 - 1).astype(np.float32), "in -1..1 where those of train are in 0..255"),
        (lambda x: ((x / 255 - x.mean() / 255) / 0.25).astype(np.float32), "standardised where"),
        (lambda x: x[..., ::-1], "(BGR)"),
        (lambda x: np.repeat(x.mean(axis=3, keepdims=True), 3, axis=3).astype(np.uint8), "grey where"),
    ],
)
def test_pictures_of_one_split_that_went_another_way(by: Callable[[Any], Any], said: str) -> None:
    finding = pictures(by).finding
    assert said in finding.message
    assert finding.severity == "error"
    assert finding.splits == ("train", "validation")


def test_pictures_alike_pass() -> None:
    assert pictures(None).status is Status.CLEAN
    noise = [images(60, seed=i) for i in range(3)]
    assert ask(CODE, *noise).status is Status.CLEAN


def test_pictures_that_the_network_is_fed_raw_are_told_by_another_rule() -> None:
    x = [photos(60, i).astype(np.float32) / 255 for i in range(3)]
    x[1] = x[1] * 255
    assert ask(CODE, *x, stage="model-ready").status is Status.CLEAN
    assert ask("NRM102", *x, stage="model-ready").finding.splits == ("validation",)


def test_negatives() -> None:
    digits = (datasets.load_digits().images * 15.9).astype(np.uint8)[..., None]
    dark = ask(CODE, digits[:800], digits[800:1200], 255 - digits[1200:]).finding
    assert "negatives" in dark.message
    assert dark.splits == ("train", "test")


def test_folders_of_other_size_and_colour(tmp_path: Path) -> None:
    for name, seed in (("train", 0), ("val", 1), ("test", 2)):
        for i, x in enumerate(photos(30, seed)):
            path = tmp_path / name / ("a" if i % 2 else "b")
            path.mkdir(parents=True, exist_ok=True)
            image = Image.fromarray(x)
            image = image.resize((24, 24)) if name == "val" else image
            image = Image.fromarray(x[..., ::-1].copy()) if name == "test" else image
            image.save(path / f"{i}.png")
    one, two = ask(CODE, str(tmp_path)).findings
    assert "24 x 24 where those of train are 16 x 16" in one.message
    assert "(BGR)" in two.message


# ---------------------------------------------------------------- nothing to say


def test_one_split_is_nothing_to_compare() -> None:
    assert ask(CODE, body()).status is Status.NOT_APPLICABLE


def test_few_rows_cannot_be_compared() -> None:
    numbers = body().select_dtypes("number")
    assert ask(CODE, numbers, None, numbers[:5]).status is Status.SKIPPED


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e308, 0.0])
def test_hostile_columns_end_in_an_answer(value: float) -> None:
    train, validation, test = (table(80, seed=i) for i in range(3))
    test["age"] = value
    train.loc[3, "income"] = value
    assert ask(CODE, train, validation, test).status in (Status.CLEAN, Status.FOUND)


# ---------------------------------------------------------------- lines


@pytest.mark.parametrize(
    ("values", "decimals"),
    [([1.0, 2.0, 300.0], 0), ([0.5, 1.25], 2), ([0.1, 0.2, 0.3], 1), ([np.pi, np.e], None), ([1e-3, 5.0], 3)],
)
def test_decimals_of_a_column(values: list[float], decimals: int | None) -> None:
    assert Line(np.sort(values)).decimals == decimals
    if decimals is not None:
        single = np.sort(values).astype(np.float32).astype(np.float64)
        assert Line(single).decimals == decimals


def test_the_line_between_two_scales_is_found() -> None:
    rng = np.random.default_rng(0)
    found = scale_between(Line(np.sort(rng.normal(0, 1, 2000))), Line(np.sort(rng.normal(50, 7, 2000))))
    assert found is not None
    assert found.slope == pytest.approx(7, rel=0.05)
    assert found.offset == pytest.approx(50, abs=0.5)
    assert found.p > 1e-3
    assert scale_between(Line(np.zeros(20)), Line(np.arange(20.0))) is None
