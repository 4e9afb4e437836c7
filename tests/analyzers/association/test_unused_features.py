"""ASC105 on tables whose useful columns are known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dataaudit.model import Status
from tests.analyzers.asking import ask
from tests.build import images


def table(n: int = 1200, seed: int = 1) -> pd.DataFrame:
    """Return a table whose `a` and `city` tell `y`, and whose `p` and `q` tell it together; the rest is noise."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "a": rng.normal(size=n),
            "noise": rng.normal(size=n),
            "city": rng.choice(["Bern", "Oslo", "Porto"], n),
            "colour": rng.choice(["red", "green"], n),
            "p": rng.normal(size=n),
            "q": rng.normal(size=n),
        }
    )
    hidden = frame["a"] + (frame["city"] == "Oslo") + 2 * np.sign(frame["p"] * frame["q"]) + rng.normal(size=n)
    return frame.assign(y=np.where(hidden > hidden.median(), "yes", "no"))


def test_the_columns_that_say_nothing() -> None:
    said = ask("ASC105", table(), target="y").finding
    assert said.severity == "note"
    assert said.columns == ("noise", "colour")
    assert said.splits == ("train",)
    assert said.message.startswith(
        "2 of 6 inputs are without any sign of association with the target: 'noise' and 'colour' (each explains less"
    )
    facts = said.evidence
    assert (facts["used"], facts["unused"], facts["undecided"]) == (4, 2, 0)
    assert facts["pairs_compared"] is True
    signs = {row[0]: row[1] for row in facts["table"]["rows"]}
    assert signs == {"noise": "none", "colour": "none", "a": "yes", "city": "yes", "p": "yes", "q": "yes"}


def test_numbers_as_targets() -> None:
    frame = table()
    frame["y"] = frame["a"] + frame["p"] * frame["q"] + (frame["city"] == "Oslo")
    assert ask("ASC105", frame, target="y").finding.columns == ("noise", "colour")


def test_all_of_use() -> None:
    answer = ask("ASC105", table()[["a", "city", "y"]], target="y")
    assert answer.status is Status.CLEAN
    assert answer.measured == "all 2 inputs are associated with the target"


def test_few_rows_clear_nothing() -> None:
    answer = ask("ASC105", table(150)[["a", "noise", "y"]].assign(y=lambda f: f["a"] > 0), target="y")
    assert not answer.findings
    assert "150 rows are too few to tell of 1" in answer.measured


def test_no_association_at_all_is_left_to_another_rule() -> None:
    frame = table()[["noise", "colour"]].assign(y=np.random.default_rng(8).integers(0, 2, 1200))
    answer = ask("ASC105", frame, target="y")
    assert answer.status is Status.SKIPPED
    assert answer.reason == "no input shows any association with the target; ASC101 judges that"


def test_options_move_the_limits() -> None:
    assert not ask("ASC105", table(), target="y", options={"share": 0.0001}).findings


@pytest.mark.parametrize("number", [False, True])
def test_arrays_have_positions(number: bool) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(1500, 3))
    y = X[:, 1] + 0.5 * rng.normal(size=1500)
    said = ask("ASC105", (X, y if number else (y > 0).astype(int))).finding
    assert set(said.columns) == {0, 2}


def test_pictures() -> None:
    answer = ask("ASC105", images(64))
    assert answer.status is Status.NOT_APPLICABLE
    assert answer.reason == "inputs are pixels, none of which means much alone"
