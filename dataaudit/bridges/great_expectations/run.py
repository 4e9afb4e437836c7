"""A suite of expectations read and run on a split; what came of it is told in plain values."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from dataaudit.bridges.great_expectations.frames import frame_of
from dataaudit.bridges.great_expectations.loading import library, own_context, quiet
from dataaudit.errors import SourceError
from dataaudit.model import Name, Severity, Source
from dataaudit.model.expectations import Expected, SuiteRun
from dataaudit.report.json import jsonable

ROW_CAP = 1000
"""Rows listed for an expectation; the count beside them is complete."""

VALUE_CAP = 20
"""Values listed that fail an expectation: as many as Great Expectations itself shows."""

RESULT_FORMAT = {
    "result_format": "COMPLETE", "partial_unexpected_count": VALUE_CAP, "return_unexpected_index_query": False,
}  # fmt: skip
"""All positions of failing rows, without the text of a query that would fetch them, a number for each."""

SEVERITIES = {"critical": Severity.ERROR, "warning": Severity.WARNING, "info": Severity.NOTE}
COLUMN_KEYS = ("column", "column_A", "column_B", "column_list")
POSITION = "position"
NO_SETTINGS = {*COLUMN_KEYS, "batch_id", "notes", "meta", "severity", "id", "rendered_content", "windows"}


def run_suite(suite: Any, source: Source) -> SuiteRun:
    """Run a suite on the rows of a split.

    Each expectation is run however the others end. Rows are held in memory, all at once.

    Parameters
    ----------
    suite : path, dict or ExpectationSuite
        As Great Expectations saves it, or the object.
    source : Source
        The rows.

    Raises
    ------
    SourceError
        If the suite cannot be read or is none, or the rows are pictures.
    """
    name, configurations = read_suite(suite)
    frame = frame_of(source)
    by_text: dict[str, Name] = {str(column.name): column.name for column in source.schema.columns}
    results: dict[int, Expected] = {}
    ready: dict[int, Any] = {}
    with own_context() as context:
        for at, given in enumerate(configurations):
            absent = [c for c in _columns(given) if c not in by_text]
            if absent:  # whatever is expected of a column that is not there is not met
                results[at] = _expected(given, by_text, met=False, absent=tuple(absent))
                continue
            try:
                ready[at] = _built(given, at)
            except Exception as error:  # noqa: BLE001 - what a suite asks for may be wrong in any way
                results[at] = _expected(given, by_text, met=None, reason=_line(error))
        for at, result in _run(context, frame, ready).items():
            results[at] = _told(configurations[at], by_text, result)
    return SuiteRun(name, source.split, tuple(results[at] for at in sorted(results)))


# ---------------------------------------------------------------- the suite


def read_suite(suite: Any) -> tuple[str, list[dict[str, Any]]]:
    """Return the name of a suite and its expectations, each with type, kwargs, meta, severity and notes.

    Raises
    ------
    SourceError
        If it cannot be read or is no suite.
    """
    where = "The suite"
    if isinstance(suite, str | os.PathLike):
        where = str(suite)
        suite = _from_file(Path(suite))
    if hasattr(suite, "to_json_dict") and hasattr(suite, "expectations"):
        suite = suite.to_json_dict()
    if not isinstance(suite, Mapping):
        raise SourceError(
            f"{where}: found {type(suite).__name__}, expected a suite of expectations.",
            "Give a file that Great Expectations saved, its content as a dict, or an ExpectationSuite.",
        )
    name = suite.get("name", suite.get("expectation_suite_name"))
    expectations = suite.get("expectations")
    if not isinstance(name, str) or not isinstance(expectations, list):
        raise SourceError(
            f"{where}: no suite of expectations: it needs a name and a list of expectations.",
            "Write one with `dataaudit suite DATA -o suite.json`.",
        )
    if not expectations:
        raise SourceError(f"{where}: the suite {name!r} holds no expectation.", "Nothing would be checked.")
    return name, [_configuration(item, i, where) for i, item in enumerate(expectations)]


def _from_file(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({(error.strerror or str(error)).lower()}).") from error
    except (ValueError, RecursionError) as error:
        raise SourceError(f"{path}: no JSON ({error}), expected a suite of expectations.") from error


def _configuration(item: Any, at: int, where: str) -> dict[str, Any]:
    if not isinstance(item, Mapping):
        raise SourceError(f"{where}: expectation {at + 1} is a {type(item).__name__}, expected an object.")
    kind = item.get("type", item.get("expectation_type"))  # the latter before version 1.0
    kwargs = item.get("kwargs", {})
    severity = item.get("severity", "critical")
    if not isinstance(kind, str) or not isinstance(kwargs, Mapping):
        raise SourceError(f"{where}: expectation {at + 1} has no type, or its kwargs are no object.")
    if severity not in SEVERITIES:
        raise SourceError(
            f"{where}: expectation {at + 1} ({kind}) has the severity {severity!r}, expected critical, warning or info."
        )
    return {
        "type": kind, "kwargs": dict(kwargs), "meta": dict(item.get("meta") or {}), "severity": str(severity),
        "notes": item.get("notes"),
    }  # fmt: skip


def _columns(given: Mapping[str, Any]) -> list[str]:
    """Return the columns that an expectation is about; none where it is about the list of columns itself."""
    found: list[str] = []
    if given["type"].startswith("expect_table_"):
        return found
    for key in COLUMN_KEYS:
        value = given["kwargs"].get(key)
        found += [value] if isinstance(value, str) else [c for c in value or () if isinstance(c, str)]
    return list(dict.fromkeys(found))


# ---------------------------------------------------------------- the run


def _built(given: Mapping[str, Any], at: int) -> Any:
    """Return an expectation with its position in its meta, by which its result is found again."""
    library()
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    kwargs = {key: value for key, value in given["kwargs"].items() if key != "batch_id"}
    configuration = ExpectationConfiguration(
        type=given["type"], kwargs=kwargs, meta={POSITION: at}, severity=given["severity"], notes=given["notes"]
    )
    return configuration.to_domain_obj()


def _run(context: Any, frame: Any, ready: Mapping[int, Any]) -> dict[int, dict[str, Any]]:
    """Return the result of each expectation by position; one that ends the whole run is run apart."""
    gx = library()
    asset = context.data_sources.add_pandas("data").add_dataframe_asset("rows")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
    found: dict[int, dict[str, Any]] = {}

    def validate(some: Iterable[int]) -> None:
        suite = gx.ExpectationSuite(name="suite", expectations=[ready[at] for at in some])
        result = batch.validate(suite, result_format=RESULT_FORMAT)
        for one in result.results:
            found[int(one.expectation_config.meta[POSITION])] = {
                "success": one.success, "result": one.result, "exception_info": one.exception_info or {}
            }  # fmt: skip

    with quiet():
        try:
            validate(ready)
        except Exception:  # noqa: BLE001 - some expectations raise where the library does not expect it
            for at in ready:
                try:
                    validate([at])
                except Exception as error:  # noqa: BLE001 - the reason is told
                    found[at] = {"success": False, "result": {}, "exception_info": _raised(error)}
    for at in ready:
        found.setdefault(at, {"success": False, "result": {}, "exception_info": _raised("it gave no result")})
    return found


def _raised(error: Exception | str) -> dict[str, Any]:
    return {"raised_exception": True, "exception_message": _line(error)}


def _line(error: Exception | str) -> str:
    """Return an exception on one line, without the library's traceback."""
    if isinstance(error, str):
        return " ".join(error.split())
    return " ".join(f"{type(error).__name__}: {error}".split())


def _exception(info: Mapping[str, Any]) -> str:
    """Return why an expectation could not be run; empty if it was. The library tells one or several by metric."""
    several = [info] if "raised_exception" in info else [v for v in info.values() if isinstance(v, Mapping)]
    raised = [v for v in several if v.get("raised_exception")]
    said = dict.fromkeys(_line(str(v.get("exception_message") or "it raised an exception")) for v in raised)
    return "; ".join(said)


# ---------------------------------------------------------------- what is told


def _told(given: Mapping[str, Any], by_text: Mapping[str, Name], found: Mapping[str, Any]) -> Expected:
    reason = _exception(found["exception_info"])
    if reason:
        return _expected(given, by_text, met=None, reason=reason)
    result = found["result"] or {}
    places = result.get("unexpected_index_list") or []
    rows = tuple(sorted({int(place) for place in places if isinstance(place, int)}))
    judged = int(result.get("element_count") or 0) - _missing(given, result)
    return _expected(
        given,
        by_text,
        met=bool(found["success"]),
        observed=_observed(result),
        rows=rows[:ROW_CAP],
        row_count=int(result.get("unexpected_count") or 0),
        of_rows=max(judged, 0),
        values=_distinct(result.get("partial_unexpected_list") or []),
    )


def _observed(result: Mapping[str, Any]) -> Any:
    """Return what was seen instead; of two lists of columns, what tells them apart."""
    details = result.get("details")
    differing = details.get("mismatched") if isinstance(details, Mapping) else None
    return jsonable(differing if differing else result.get("observed_value"))


def _missing(given: Mapping[str, Any], result: Mapping[str, Any]) -> int:
    """Return how many cells were left out; none by expectations that are about missing cells."""
    about_missing = given["type"] in ("expect_column_values_to_not_be_null", "expect_column_values_to_be_null")
    return 0 if about_missing else int(result.get("missing_count") or 0)


def _distinct(values: Sequence[Any]) -> tuple[Any, ...]:
    plain = [jsonable(value) for value in values if value is not None]
    return tuple({json.dumps(value): value for value in plain if value is not None}.values())[:VALUE_CAP]


def _expected(given: Mapping[str, Any], by_text: Mapping[str, Name], **ended: Any) -> Expected:
    notes = given["notes"]
    said = notes if isinstance(notes, str) else " ".join(map(str, notes or ()))
    return Expected(
        given["type"],
        SEVERITIES[given["severity"]],
        columns=tuple(by_text[c] for c in _columns(given) if c in by_text),
        settings=jsonable({k: v for k, v in given["kwargs"].items() if k not in NO_SETTINGS and v is not None}),
        notes=said,
        **ended,
    )
