"""Rows that went, came, changed, moved or got another label: DIF102, DIF103, DIF104, DIF107, DIF108."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataaudit.model import Severity, Status
from tests.analyzers.asking import ask
from tests.analyzers.change.comparing import compare
from tests.build import images, table

RULES = ("DIF102", "DIF103", "DIF104", "DIF107", "DIF108")


def other(label: Any) -> str:
    return {"no": "yes", "yes": "no"}[str(label)]


# ---------------------------------------------------------------- nothing happened


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda d: d.copy(), id="the same"),
        pytest.param(lambda d: d.sample(frac=1.0, random_state=1), id="shuffled"),
        pytest.param(lambda d: d.set_axis(range(1000, 1000 + len(d))), id="another index"),
        pytest.param(lambda d: d[d.columns[::-1]], id="columns in another order"),
        pytest.param(lambda d: d.assign(city=d["city"].astype("category")), id="texts as categories"),
        pytest.param(lambda d: d.assign(rooms=d["rooms"].astype("int32")), id="narrower numbers"),
    ],
)
def test_what_is_the_same_makes_no_noise(change: Any) -> None:
    base = table(300)
    told = compare(base, change(base), target="y")
    assert told.codes == []
    assert told.rows["train"]["same"] == told.rows["train"]["before"] == 300
    assert not any(told.of(code) for code in RULES)


def test_shuffled_rows_are_told_as_measured() -> None:
    base = table(300)
    told = compare(base, base.sample(frac=1.0, random_state=1), target="y")
    assert told.measured("DIF108") == "300 rows are as they were; those of train stand in another order"


def test_renumbered_rows_are_the_same() -> None:
    base = table(300).assign(id=range(300))
    head = base.iloc[10:].assign(id=range(290))
    told = compare(base, head, target="y")
    assert told.rows["train"] == {"before": 300, "now": 290, "same": 290, "removed": 10}


def test_an_audit_of_one_version_has_nothing_to_compare() -> None:
    for code in (*RULES, "DIF101", "DIF105", "DIF106"):
        answer = ask(code, table(50), target="y")
        assert answer.status is Status.NOT_APPLICABLE
        assert "dataaudit diff BASE HEAD" in answer.reason


# ---------------------------------------------------------------- gone and new


def test_rows_gone() -> None:
    base = table(400)
    gone = base.index[7:20]
    told = compare(base, base.drop(gone), target="y")
    finding = told.one("DIF102")
    classes = Counter(base.loc[gone, "y"])
    assert finding.severity is Severity.NOTE
    assert finding.row_count == 13
    assert finding.evidence["in_base"] == list(range(7, 20))
    assert finding.message.startswith("13 rows of train are gone (3.2 % of 400 before): ")
    assert dict(finding.evidence["table"]["rows"]) == classes
    assert finding.rows == ()
    assert told.codes == []


@pytest.mark.parametrize(("n", "loud"), [(40, False), (41, True)])
def test_more_than_a_tenth_gone_is_a_warning(n: int, loud: bool) -> None:
    base = table(400)
    told = compare(base, base.iloc[n:], target="y")
    assert (told.one("DIF102").severity is Severity.WARNING) is loud


def test_the_last_row_of_a_class() -> None:
    base = table(400)
    base.loc[3, "y"] = "maybe"
    told = compare(base, base.drop(3), target="y")
    assert told.one("DIF102").severity is Severity.WARNING
    assert told.one("DIF102").message.endswith("1 of 'maybe'; no row of 'maybe' is left")


def test_rows_new() -> None:
    base, more = table(400), table(30, seed=1)
    told = compare(base, pd.concat([more, base], ignore_index=True), target="y")
    finding = told.one("DIF103")
    assert finding.severity is Severity.NOTE
    assert finding.rows == tuple(range(30))
    assert dict(finding.evidence["table"]["rows"]) == Counter(more["y"])
    assert told.codes == []


def test_a_class_that_did_not_exist_is_a_warning() -> None:
    base, more = table(400), table(5, seed=1).assign(y="Yes")
    told = compare(base, pd.concat([base, more], ignore_index=True), target="y")
    assert told.one("DIF103").severity is Severity.WARNING
    assert "'Yes' was no class before" in told.one("DIF103").message


def test_several_classes_that_did_not_exist() -> None:
    base, more = table(400), table(6, seed=1).assign(y=[*"abcdef"])
    told = compare(base, pd.concat([base, more], ignore_index=True), target="y")
    assert told.one("DIF103").message.endswith("'a', 'b', 'c', 'd' and 2 more were no classes before")


def test_limits_are_options() -> None:
    base, more = table(400), table(30, seed=1)
    head = pd.concat([base.iloc[4:], more], ignore_index=True)
    told = compare(base, head, target="y", options={"DIF102": {"limit": 0.005}, "DIF103": {"limit": 0.05}})
    assert told.codes == ["DIF102", "DIF103"]


def test_a_copy_of_a_row_is_a_new_row() -> None:
    base = table(100)
    told = compare(base, pd.concat([base, base.iloc[[5]]], ignore_index=True), target="y")
    assert told.one("DIF103").rows == (100,)


def test_data_without_a_target() -> None:
    base = table(100).drop(columns="y")
    told = compare(base, base.iloc[5:])
    assert told.one("DIF102").message == "5 rows of train are gone (5 % of 100 before)"
    assert told.status("DIF104") is Status.NOT_APPLICABLE


def test_a_whole_split_gone() -> None:
    told = compare(table(200), table(200), test=(table(50, 1), table(50, 1)), target="y")
    assert told.codes == []
    base = pd.concat([table(200).assign(part="train"), table(50, 1).assign(part="test")])
    told = compare(base, base[base["part"] == "train"], target="y", split_column="part")
    finding = told.one("DIF102")
    assert finding.message.startswith("50 rows of test are gone (100 % of 50 before)")
    assert finding.severity is Severity.WARNING


# ---------------------------------------------------------------- labels


def test_a_label_that_changed() -> None:
    base = table(300)
    head = base.copy()
    head.loc[[8, 200], "y"] = [other(base.loc[8, "y"]), other(base.loc[200, "y"])]
    head = head.sample(frac=1.0, random_state=2).reset_index(drop=True)
    told = compare(base, head, target="y")
    finding = told.one("DIF104")
    where = sorted(head.index[head["age"] == base.loc[i, "age"]][0] for i in (8, 200))
    assert sorted(finding.rows) == where
    assert sorted(finding.evidence["positions_in_base"]) == [8, 200]
    assert finding.columns == ("y",)
    assert finding.severity is Severity.WARNING
    assert finding.figure is not None
    assert finding.figure["kind"] == "pairs"
    assert told.codes == ["DIF104"]
    assert told.rows["train"] == {"before": 300, "now": 300, "same": 298, "relabelled": 2, "reordered": True}


def test_from_which_label_to_which() -> None:
    base = table(300)
    base.loc[:9, "y"] = "no"
    head = base.copy()
    head.loc[:6, "y"], head.loc[7:9, "y"] = "yes", None
    finding = compare(base, head, target="y").one("DIF104")
    assert finding.message == (
        "10 rows of train (3.3 %) have another label than before: 7 'no' → 'yes' and 3 'no' → no label"
    )
    assert finding.evidence["table"]["rows"] == [["'no'", "'yes'", 7], ["'no'", "no label", 3]]


def test_a_class_under_another_name() -> None:
    base = table(300)
    finding = compare(base, base.replace({"y": {"no": "No"}}), target="y").one("DIF104")
    assert finding.row_count == int((base["y"] == "no").sum())
    assert "'no' is 'No' in every row, so a class has another name" in finding.message


def test_a_target_of_numbers() -> None:
    base = table(300).drop(columns="y")
    head = base.copy()
    head.loc[4, "income"] = 12.5
    finding = compare(base, head, target="income", task="regression").one("DIF104")
    assert finding.rows == (4,)
    assert finding.message.endswith("→ 12.5")


def test_chance_pairs_of_coarse_rows_are_no_relabelling() -> None:
    """In a table of few distinct rows, a row that went and one that came often agree in their inputs."""
    rng = np.random.default_rng(0)

    def coarse(n: int) -> pd.DataFrame:
        return pd.DataFrame({"a": rng.integers(0, 4, n), "b": rng.integers(0, 4, n), "y": rng.choice(["u", "v"], n)})

    base = coarse(400)
    head = pd.concat([base.iloc[40:], coarse(40)], ignore_index=True)
    told = compare(base, head, target="y")
    assert told.of("DIF104") == ()


def test_a_label_in_place_is_found_among_coarse_rows() -> None:
    rng = np.random.default_rng(1)
    base = pd.DataFrame(
        {"a": rng.integers(0, 40, 400), "b": rng.integers(0, 40, 400), "y": rng.choice(["u", "v"], 400)}
    )
    head = base.copy()
    head.loc[17, "y"] = "v" if base.loc[17, "y"] == "u" else "u"
    assert compare(base, head, target="y").one("DIF104").rows == (17,)


def test_rows_without_any_value_have_no_label_of_their_own() -> None:
    base = table(100).drop(columns="active")
    base.loc[:20, base.columns != "y"] = None
    head = base.copy()
    head.loc[:20, "y"] = [other(v) for v in base.loc[:20, "y"]]
    assert compare(base, head, target="y").of("DIF104") == ()


# ---------------------------------------------------------------- by name


def test_rows_are_followed_by_their_id() -> None:
    base = table(200).assign(key=[f"k{i}" for i in range(200)])
    head = base.sample(frac=1.0, random_state=3).reset_index(drop=True)
    at: dict[Any, Any] = {key: i for i, key in enumerate(head["key"])}
    head.loc[at["k5"], ["age", "income", "rooms"]] = [1.0, 2.0, 3]
    head.loc[at["k9"], "y"] = other(base.loc[9, "y"])
    head.loc[at["k11"], ["city", "y"]] = ["Rome", other(base.loc[11, "y"])]
    told = compare(base, head, target="y", id="key")
    assert set(told.one("DIF104").rows) == {at["k9"], at["k11"]}
    assert set(told.one("DIF108").rows) == {at["k5"], at["k11"]}
    assert told.rows["train"] == {
        "before": 200, "now": 200, "same": 197, "changed": 2, "relabelled": 2, "reordered": True
    }  # fmt: skip


# ---------------------------------------------------------------- changed in place


def test_cells_that_changed() -> None:
    base = table(300)
    head = base.copy()
    head.loc[[3, 9], "income"] = 1.0
    head.loc[9, "city"] = "Rome"
    told = compare(base, head, target="y")
    finding = told.one("DIF108")
    assert finding.rows == (3, 9)
    assert finding.columns == ("income", "city")
    assert finding.evidence["table"]["rows"] == [["income", 2], ["city", 1]]
    assert finding.severity is Severity.NOTE
    assert not told.of("DIF102")
    assert not told.of("DIF103")


def test_a_column_that_changed_in_every_row_and_rows_added_below() -> None:
    base = table(300)
    head = pd.concat([base, table(20, seed=1)], ignore_index=True)
    head["age"] += 0.001
    told = compare(base, head, target="y")
    assert told.one("DIF108").row_count == 300
    assert told.one("DIF108").severity is Severity.WARNING
    assert told.one("DIF103").rows == tuple(range(300, 320))


NOISE = {
    "a last bit": lambda v: v * (1 + 2.3e-16),
    "1e-12": lambda v: v + 1e-12,
    "six decimals": lambda v: v.round(6),
    "single precision": lambda v: v.astype(np.float32).astype(float),
}


def measured(n: int = 200) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    y = rng.choice(["no", "yes"], n)
    return pd.DataFrame({"u": rng.normal(size=n), "v": rng.normal(3.0, 20.0, n), "w": rng.uniform(size=n), "y": y})


@pytest.mark.parametrize("columns", [["u"], ["u", "v", "w"]])
@pytest.mark.parametrize("noise", NOISE)
def test_numbers_that_were_computed_or_written_anew_are_no_alarm(noise: str, columns: list[str]) -> None:
    base = measured()
    told = compare(base, base.assign(**{name: NOISE[noise](base[name]) for name in columns}), target="y")
    assert told.codes == []
    finding = told.one("DIF108")
    assert finding.severity is Severity.NOTE
    assert finding.message.endswith("by rounding alone")


@pytest.mark.parametrize("step", [2e-5, 1e-3])
def test_more_than_rounding_is_a_change(step: float) -> None:
    base = measured()
    told = compare(base, base.assign(u=base["u"] + step * base["u"].std()), target="y")
    assert told.one("DIF108").severity is Severity.WARNING
    assert "rounding" not in told.one("DIF108").message


def test_whole_numbers_are_never_rounded() -> None:
    base = measured().assign(n=np.arange(200) * 10_000_000)
    told = compare(base, base.assign(n=base["n"] + 1), target="y")
    assert told.one("DIF108").severity is Severity.WARNING


def test_rows_changed_among_rounded_ones_are_counted() -> None:
    base = measured()
    head = base.assign(u=base["u"] + 1e-12)
    head.loc[:29, "v"] = 5.5
    finding = compare(base, head, target="y").one("DIF108")
    assert finding.severity is Severity.WARNING
    assert finding.message.endswith("; 85 % of them by rounding alone")


def test_a_target_that_was_computed_anew_is_no_alarm() -> None:
    base = measured().drop(columns="y")
    told = compare(base, base.assign(v=base["v"] * (1 + 1e-13)), target="v", task="regression")
    assert told.codes == []
    assert told.one("DIF104").message.endswith("by rounding alone")


def test_other_rows_at_the_same_place_are_not_the_same_row() -> None:
    base = table(300)
    head = pd.concat([base.iloc[:100], table(50, seed=5), base.iloc[150:]], ignore_index=True)
    told = compare(base, head, target="y")
    assert told.rows["train"] == {"before": 300, "now": 300, "same": 250, "added": 50, "removed": 50}


def test_shuffled_rows_of_which_none_is_as_it_was() -> None:
    base = table(300).assign(key=[f"k{i}" for i in range(300)])
    head = base.sample(frac=1.0, random_state=0).assign(age=lambda d: d["age"] + 0.001)
    told = compare(base.drop(columns="key"), head.drop(columns="key"), target="y")
    assert told.rows["train"] == {"before": 300, "now": 300, "added": 300, "removed": 300}
    assert "(--id)" in told.one("DIF102").fix
    by_name = compare(base, head, target="y", id="key")
    assert by_name.rows["train"] == {"before": 300, "now": 300, "changed": 300}
    assert by_name.one("DIF108").columns == ("age",)


def test_edited_rows_among_columns_that_came_and_went() -> None:
    base = table(200)
    head = base.drop(columns="rooms").assign(new=1.0)
    head.loc[5, "age"] = 0.0
    told = compare(base, head, target="y")
    assert told.rows["train"] == {"before": 200, "now": 200, "same": 199, "changed": 1}
    assert told.one("DIF108").columns == ("age",)


# ---------------------------------------------------------------- moved


def test_rows_that_came_from_test() -> None:
    train, test = table(300), table(100, seed=1)
    head = pd.concat([train, test.iloc[:5]], ignore_index=True)
    told = compare(train, head, target="y", test=(test, test.iloc[5:]))
    finding = told.one("DIF107")
    assert finding.message == "5 rows of train were in test before"
    assert finding.rows == tuple(range(300, 305))
    assert finding.severity is Severity.ERROR
    assert not told.of("DIF103")
    assert not told.of("DIF102")


def test_between_train_and_validation_it_is_a_warning() -> None:
    train, held = table(300), table(100, seed=1)
    head = pd.concat([train, held.iloc[:5]], ignore_index=True)
    told = compare(train, head, target="y", validation=(held, held.iloc[5:]))
    assert told.one("DIF107").severity is Severity.WARNING


def test_a_copy_in_train_of_a_row_that_stays_in_test_did_not_move() -> None:
    train, test = table(300), table(100, seed=1)
    head = pd.concat([train, test.iloc[:5]], ignore_index=True)
    told = compare(train, head, target="y", test=(test, test))
    assert told.of("DIF107") == ()
    assert told.one("DIF103").row_count == 5


def test_splits_of_the_same_role_are_the_same_split() -> None:
    base = pd.concat([table(200).assign(part="train"), table(50, 1).assign(part="val")])
    head = base.assign(part=base["part"].replace({"val": "validation"}))
    told = compare(base, head, target="y", split_column="part")
    assert told.codes == []
    assert told.rows["validation"]["same"] == 50


def test_moved_and_relabelled() -> None:
    train, test = table(300), table(100, seed=1)
    row = test.iloc[[4]].assign(y=other(test.loc[4, "y"]))
    told = compare(train, pd.concat([train, row], ignore_index=True), target="y", test=(test, test.drop(4)))
    assert told.one("DIF107").rows == (300,)
    assert told.one("DIF104").rows == (300,)


# ---------------------------------------------------------------- arrays of pictures


def test_arrays_of_pictures() -> None:
    X, y = images(80)
    z = y.copy()
    z[3] = (y[3] + 1) % 4
    told = compare((X, y), (X[:-2], z[:-2]))
    assert told.one("DIF104").rows == (3,)
    assert told.one("DIF104").message.startswith("1 picture of train (1.3 %) has another label than before")
    assert told.one("DIF102").row_count == 2


# ---------------------------------------------------------------- any change at all


@settings(max_examples=40)
@given(st.data())
def test_every_row_is_accounted_for_once(data: st.DataObject) -> None:
    """Whatever was done, each row of the base is kept, moved, changed or gone, and each of the head likewise."""
    cell = st.integers(0, 3)
    rows = st.lists(st.tuples(cell, cell, cell), min_size=2, max_size=12)
    base, head = (pd.DataFrame(data.draw(rows), columns=["a", "b", "y"]) for _ in range(2))
    told = compare(base, head, target="y", task="classification")
    line = {"same": 0, "changed": 0, "relabelled": 0, "added": 0, "removed": 0, **told.rows["train"]}
    kept = line["same"] + line["relabelled"] + line["changed"]
    both = sum((Counter(map(tuple, base.to_numpy().tolist())) & Counter(map(tuple, head.to_numpy().tolist()))).values())
    assert line["same"] == both
    assert kept + line["removed"] >= len(base)
    assert kept + line["added"] >= len(head)
    assert line["removed"] <= len(base) - both
    assert line["added"] <= len(head) - both
