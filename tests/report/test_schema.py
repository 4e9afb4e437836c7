"""The published schema: what it accepts, and what it must not."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from importlib import resources
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.report import documents


@cache
def validator() -> Draft202012Validator:
    schema = json.loads((resources.files("dataaudit.report") / "schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def errors(document: documents.Document) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in validator().iter_errors(document)]


@pytest.mark.parametrize("build", [documents.rich, documents.passing, documents.base, documents.wide])
def test_documents_are_valid(build: Callable[[], documents.Document]) -> None:
    assert errors(build()) == []


def put(path: tuple[Any, ...], value: Any) -> documents.Document:
    """Return the rich document with one part replaced."""
    document = documents.rich()
    part: Any = document
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    return document


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("schema",), "dataaudit.report/2"),
        (("verdict",), "maybe"),
        (("surprise",), 1),
        (("findings", 0, "rule"), "leak"),
        (("findings", 0, "severity"), "fatal"),
        (("findings", 0, "columns"), [1.5]),
        (("findings", 0, "confidence"), 1.01),
        (("findings", 0, "fingerprint"), "xyz"),
        (("findings", 0, "row_count"), -1),
        (("findings", 1, "figure", "bins"), "many"),
        (("findings", 2, "locations", 0, "line"), 0),
        (("findings", 2, "evidence", "table"), {"rows": []}),
        (("checks", 0, "status"), "passed"),
        (("checks", -1, "reason"), None),
        (("features", 0, "kind"), "number"),
        (("features", 0, "splits", "train", "histogram", "counts"), [1] * 65),
        (("classes", "names"), ["c"] * 51),
        (("checklist", 0, "item"), "first"),
        (("dataset", "splits", "train", "role"), "holdout"),
        (("provenance", "rows_read"), None),
    ],
)
def test_a_wrong_part_is_refused(path: tuple[Any, ...], value: Any) -> None:
    found = errors(put(path, value))
    assert found
    assert any(str(path[0]) in error for error in found)


def test_evidence_config_and_figures_may_hold_anything_more() -> None:
    document = documents.rich()
    document["findings"][0]["evidence"]["new"] = {"nested": [1, None]}
    document["findings"][0]["figure"]["new"] = 1
    document["provenance"]["config"]["new"] = {"a": 1}
    document["provenance"]["new"] = "x"
    assert errors(document) == []
