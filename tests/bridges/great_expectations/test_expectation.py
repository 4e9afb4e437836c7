"""`ExpectDatasetToPassAudit` within real checkpoints, Data Docs included."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dataaudit.bridges.great_expectations import ExpectDatasetToPassAudit
from dataaudit.bridges.great_expectations.loading import library
from tests.conftest import Run


@pytest.fixture
def gx() -> Iterator[Any]:
    """Give the library, whose own warnings are not ours to mend."""
    from great_expectations.data_context.data_context.context_factory import project_manager

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield library()
    project_manager.set_project(None)


def rows(n: int = 200) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    x = rng.normal(size=n)
    return pd.DataFrame({"x": x, "y": np.where(x + rng.normal(size=n) > 0, "a", "b")})


def faulty() -> pd.DataFrame:
    frame = rows()
    frame.loc[3, "x"] = np.inf
    return frame


def checked(gx: Any, frame: pd.DataFrame, **settings: Any) -> Any:
    context = gx.get_context(mode="ephemeral")
    asset = context.data_sources.add_pandas("p").add_dataframe_asset("rows")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
    return batch.validate(ExpectDatasetToPassAudit(**settings))


def test_clean_rows_pass(gx: Any) -> None:
    result = checked(gx, rows(), target="y")
    assert result.success
    assert result.result["observed_value"] == "pass: no such finding"
    assert result.result["details"]["findings"] == []


def test_findings_fail_it_and_are_told(gx: Any) -> None:
    result = checked(gx, faulty(), target="y")
    assert not result.success
    assert result.result["observed_value"] == "fail: INP102 1 infinite value in 'x'"
    (finding,) = result.result["details"]["findings"]
    assert (finding["rule"], finding["severity"], finding["columns"]) == ("INP102", "error", ["x"])


def test_settings_are_those_of_an_audit(gx: Any) -> None:
    assert checked(gx, faulty(), ignore=["INP102"]).success
    assert checked(gx, faulty(), select=["NRM"]).success
    assert checked(gx, faulty(), limits={"INP102": {"allowed": 1}}).success
    sparse = rows().assign(constant=1.0)
    assert checked(gx, sparse).success
    assert not checked(gx, sparse, fail_on="warning").success


def test_what_cannot_be_audited_is_an_exception_and_no_success(gx: Any) -> None:
    result = checked(gx, rows(), target="nowhere")
    assert not result.success
    assert "nowhere" in json.dumps(result.to_json_dict()["exception_info"])


@pytest.mark.parametrize("wrong", [{"fail_on": "sometimes"}, {"probe": "perhaps"}, {"unknown": 1}])
def test_settings_that_make_no_sense(gx: Any, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        ExpectDatasetToPassAudit(**wrong)


def test_a_checkpoint_with_data_docs(gx: Any, tmp_path: Path) -> None:
    context = gx.get_context(mode="file", project_root_dir=tmp_path)
    asset = context.data_sources.add_pandas("p").add_dataframe_asset("rows")
    whole = asset.add_batch_definition_whole_dataframe("all")
    settings: dict[str, Any] = {"target": "y", "severity": "warning"}
    suite = context.suites.add(gx.ExpectationSuite(name="s", expectations=[ExpectDatasetToPassAudit(**settings)]))
    definition = context.validation_definitions.add(gx.ValidationDefinition(name="v", data=whole, suite=suite))
    docs = gx.checkpoint.UpdateDataDocsAction(name="docs")
    checkpoint = context.checkpoints.add(gx.Checkpoint(name="c", validation_definitions=[definition], actions=[docs]))
    assert checkpoint.run(batch_parameters={"dataframe": rows()}).success
    assert not checkpoint.run(batch_parameters={"dataframe": faulty()}).success
    site = tmp_path / "gx" / "uncommitted" / "data_docs" / "local_site"
    (of_suite,) = (site / "expectations").rglob("*.html")
    pages = [page.read_text(encoding="utf-8") for page in (site / "validations").rglob("*.html")]
    assert "The data must pass an audit" in of_suite.read_text(encoding="utf-8")
    assert len(pages) == 2
    assert sum("INP102 1 infinite value" in page for page in pages) == 1
    assert sum("pass: no such finding" in page for page in pages) == 1


def test_a_saved_suite_is_loaded_once_the_class_is_known(gx: Any, tmp_path: Path, run_python: Run) -> None:
    suite = gx.ExpectationSuite(name="s", expectations=[ExpectDatasetToPassAudit(target="y", fail_on="warning")])
    (tmp_path / "suite.json").write_text(json.dumps(suite.to_json_dict()), encoding="utf-8")
    code = """
import json
from dataaudit.bridges.great_expectations import ExpectDatasetToPassAudit
import great_expectations as gx
(expectation,) = gx.ExpectationSuite(**json.load(open("suite.json"))).expectations
print(type(expectation) is ExpectDatasetToPassAudit, expectation.target, expectation.fail_on)
"""
    result = run_python("-c", code)
    assert result.stdout.splitlines()[-1] == "True y warning", result.stderr


def test_an_audit_of_a_suite_that_audits(gx: Any) -> None:
    import dataaudit

    suite = gx.ExpectationSuite(name="s", expectations=[ExpectDatasetToPassAudit(select=["INP"])])
    report = dataaudit.validate(faulty(), suite, jobs=1)
    assert [f.message for f in report.findings] == [
        "expected dataset to pass audit (select of 1): observed fail: INP102 1 infinite value in 'x'"
    ]
