"""What leaves the machine: names, and no values."""

from __future__ import annotations

import copy
import json
import re
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataaudit.api import audit
from dataaudit.registry import all_rules
from dataaudit.report.redact import AUTHORS, mask, redacted
from dataaudit.report.report import Report
from tests.report import documents


@pytest.mark.parametrize(
    ("text", "names", "said"),
    [
        ("'sex' holds 'f' and 'm'", {"sex"}, "'sex' holds ‹value 1› and ‹value 2›"),
        ("'m' and 'f', then 'm'", set(), "‹value 1› and ‹value 2›, then ‹value 1›"),
        ("y.replace(['Ill'], \"ill\")", set(), "y.replace([‹value 1›], ‹value 2›)"),
        ("the target's share of the classes' rows", set(), "the target's share of the classes' rows"),
        ("label 'it's' of \"it's\"", {"label"}, "label ‹value 1› of ‹value 1›"),
        (r"'it\'s \"x\"' is one", set(), "‹value 1› is one"),
        ("it holds ''", set(), "it holds ‹value 1›"),
        ("'two\nlines' of 'a b'", {"a b"}, "‹value 1› of 'a b'"),
        ("50 % of 'o'clock' and 'x'", {"o'clock"}, "50 % of 'o'clock' and ‹value 1›"),
        ("no quotation at all", {"no"}, "no quotation at all"),
        (
            r'''extract(r"(\d+)") of 'x', errors="coerce"''',
            {"x", "coerce"},
            r'''extract(r"(\d+)") of 'x', errors="coerce"''',
        ),
        ("it is b'raw'", set(), "it is ‹value 1›"),
        (r"in 'C:\dir\' alone", set(), "in ‹value 1› alone"),
        ("an 'open one, and the classes' rows", set(), "an ‹value 1› rows"),
        ("an 'open one", set(), "an 'open one"),
    ],
)
def test_a_quotation_that_is_no_name_becomes_a_number(text: str, names: set[str], said: str) -> None:
    assert mask(text, names) == said


def test_a_value_that_holds_quotation_marks_is_known_from_the_evidence() -> None:
    value = "a' of 'b"
    finding = documents.finding("INP112", "note", f"'{value}' is rare.", evidence={"table": {"rows": [[value, 1]]}})
    document = redacted(documents.base(findings=[finding]))
    assert document["findings"][0]["message"] == "‹value 1› is rare."


words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="'\"\\"), min_size=1)


@given(st.lists(words, min_size=1, max_size=4), st.lists(words, max_size=3))
def test_whatever_rules_quote_is_gone_unless_it_is_a_name(values: list[str], names: list[str]) -> None:
    text = "; ".join([*(f"is '{value}' here" for value in values), *(f"in '{name}'," for name in names)])
    said = mask(text, frozenset(names))
    quoted = set(re.findall(r"'([^']*)'", said))
    assert quoted == set(names)
    assert len(set(re.findall("‹value [0-9]+›", said))) == len(set(values) - set(names))


def test_evidence_and_figures_go_and_the_document_stays_as_it_was() -> None:
    document = documents.rich()
    before = copy.deepcopy(document)
    plain = redacted(document)
    assert document == before
    assert set(plain) == set(before)
    assert all(finding["evidence"] == {} and finding["figure"] is None for finding in plain["findings"])
    assert [f["fingerprint"] for f in plain["findings"]] == [f["fingerprint"] for f in before["findings"]]


def test_what_an_exception_said_is_left_out() -> None:
    checks = [
        documents.check("INP101", "crashed", None, reason="ValueError: could not convert s3cret to float"),
        documents.check("INP102", "skipped", None, reason="the value 's3cret' stands for missing"),
        documents.check("INP103", "clean", measured="no row is 's3cret'"),
    ]
    plain = redacted(documents.base(checks=checks))
    assert "s3cret" not in json.dumps(plain)
    assert plain["checks"][0]["reason"] == "ValueError (what it says may hold values of the data)"


# ---------------------------------------------------------------- real audits of data whose values can be told

CANARY = "zqx"


@cache
def faulty() -> Report:
    """Return the report on a table with many faults, each text of which holds the canary."""
    rng = np.random.default_rng(0)
    n = 240

    def words(k: int) -> list[str]:
        return [CANARY + "".join(rng.choice(list("abcdefghijklmnop"), 6)) for _ in range(k)]

    labels, kinds = words(3), words(6)
    frame = pd.DataFrame(
        {
            "x": rng.normal(size=n),
            "kind": rng.choice([*kinds, kinds[0].upper(), f"{kinds[1]} "], n),
            "mixed": [f"{CANARY}{i}" if i % 40 == 0 else f"{rng.normal():.3f}" for i in range(n)],
            "unique": [f"{CANARY}'{i}\"" for i in range(n)],
            "gone": [f"{CANARY}-missing" if i % 7 == 0 else f"{rng.normal():.2f}" for i in range(n)],
            "same": [kinds[0]] * n,
            "nearly": [kinds[0]] * (n - 3) + [kinds[1]] * 3,
            "of": rng.choice(words(40), n),
            "y": np.sort(rng.choice([*labels, labels[0].upper()], n, p=[0.6, 0.3, 0.07, 0.03])),
        }
    )
    frame.loc[5:9, "y"] = None
    frame.loc[20:23] = frame.loc[30:33].to_numpy()
    train, test = frame.iloc[:180], frame.iloc[150:].copy()
    test.loc[test.index[:30], "kind"] = words(1)[0]
    return audit(train, test=test, target="y", group="of", probe=False, jobs=1)


def test_no_value_of_the_data_is_left_in_an_audit_of_many_faults() -> None:
    report = faulty()
    assert {"INP105", "INP112", "NRM107", "LEA117", "LAB101", "LAB108"} <= {f.rule for f in report.findings}
    assert CANARY in report.to_json()
    assert CANARY not in json.dumps(redacted(report.document)).casefold()


@pytest.mark.parametrize("form", ["to_markdown", "to_sarif", "to_junit", "to_github", "to_gitlab"])
def test_no_form_but_text_html_and_json_quotes_values_unasked(form: str) -> None:
    report = faulty()
    assert CANARY not in getattr(report, form)().casefold()
    assert CANARY in getattr(report, form)(show_values=True).casefold()


def test_names_of_columns_and_splits_stay() -> None:
    said = " ".join(finding["message"] for finding in redacted(faulty().document)["findings"])
    assert all(f"'{name}'" in said for name in ("kind", "mixed", "nearly", "same"))


def test_fixes_of_every_kind_keep_their_code() -> None:
    fixes = "\n".join(finding["fix"] for finding in redacted(faulty().document)["findings"])
    assert 'errors="coerce"' in fixes
    assert 'handle_unknown="ignore"' in fixes


def test_the_examples_of_a_manual_stay_in_the_reason_and_nowhere_else() -> None:
    seen = 0
    for code, rule in all_rules().items():
        example = re.search(r'"(\w[^"\n]*)"', rule.__doc__ or "")
        if example and example[1] not in AUTHORS:
            text = f"As in {example[0]} or 's3cret'."
            found = documents.finding(code, "note", text, why=text)
            plain = redacted(documents.base(findings=[found]))["findings"][0]
            assert plain["message"] == "As in ‹value 1› or ‹value 2›.", code
            assert plain["why"] == f"As in {example[0]} or ‹value 2›.", code
            seen += 1
    assert seen > 3
