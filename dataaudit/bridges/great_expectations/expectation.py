"""`ExpectDatasetToPassAudit`: an audit as one expectation of a suite, for checkpoints and Data Docs."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from dataaudit.bridges.great_expectations.loading import library, quiet
from dataaudit.model import Finding, Severity

library()  # analytics off before the library is imported

with quiet():
    from great_expectations.compatibility.pydantic import Field
    from great_expectations.expectations.expectation import BatchExpectation, render_suite_parameter_string
    from great_expectations.render.components import LegacyRendererType, RenderedStringTemplateContent
    from great_expectations.render.renderer.renderer import renderer
    from great_expectations.render.renderer_configuration import RendererConfiguration, RendererValueType

MOST_SHOWN = 20
"""Findings in a result: it is kept with each run, and shown in Data Docs."""


class ExpectDatasetToPassAudit(BatchExpectation):
    """Expect a batch to pass dataaudit's audit: no finding at or above a severity.

    Works on pandas batches. Import the class before a suite that holds it is loaded, so that Great Expectations knows
    its name.

    Parameters
    ----------
    fail_on : {"error", "warning", "note"}
        The least severity that fails it.
    target : str or list of str, optional
        The column(s) to predict.
    task : {"classification", "multilabel", "regression"}, optional
        Inferred from the target if not given.
    split_column, group, time, id_column : str, optional
        Columns with a role of their own.
    select, ignore : list of str, optional
        Codes, prefixes or names of rules to run, or to leave out.
    limits : mapping, optional
        Thresholds by rule and option.
    probe : bool
        Whether models are fitted, which takes seconds; rules on label noise and association are skipped without.
    seed : int
        For everything drawn at random.
    """

    fail_on: Literal["error", "warning", "note"] = "error"
    target: str | list[str] | None = None
    task: Literal["classification", "multilabel", "regression"] | None = None
    split_column: str | None = None
    group: str | None = None
    time: str | None = None
    id_column: str | None = Field(default=None, description="Column that numbers or names the rows.")
    select: list[str] | None = None
    ignore: list[str] | None = None
    limits: dict[str, dict[str, Any]] | None = None
    probe: bool = False
    seed: int = 0

    metric_dependencies: ClassVar[tuple[str, ...]] = ("table.row_count",)
    success_keys: ClassVar[tuple[str, ...]] = (
        "fail_on", "target", "task", "split_column", "group", "time", "id_column", "select", "ignore", "limits",
        "probe", "seed",
    )  # fmt: skip
    args_keys: ClassVar[tuple[str, ...]] = ("fail_on",)

    @classmethod
    def _prescriptive_template(cls, renderer_configuration: RendererConfiguration[Any]) -> RendererConfiguration[Any]:
        renderer_configuration.add_param(name="fail_on", param_type=RendererValueType.STRING)
        renderer_configuration.template_str = _TEMPLATE
        return renderer_configuration

    @classmethod
    @renderer(renderer_type=LegacyRendererType.PRESCRIPTIVE)
    @render_suite_parameter_string
    def _prescriptive_renderer(
        cls, configuration: Any = None, result: Any = None, runtime_configuration: dict[str, Any] | None = None
    ) -> list[RenderedStringTemplateContent]:
        params = {"fail_on": configuration.kwargs.get("fail_on", "error")}
        styling = (runtime_configuration or {}).get("styling", {})
        content = {"template": _TEMPLATE, "params": params, "styling": styling}
        return [RenderedStringTemplateContent(content_block_type="string_template", string_template=content)]

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: Any = None,
    ) -> dict[str, Any]:
        from dataaudit.api import audit

        frame = execution_engine.get_domain_records({"batch_id": self.batch_id})
        report = audit(
            frame,
            target=self.target,
            task=self.task,
            split_column=self.split_column,
            group=self.group,
            time=self.time,
            id=self.id_column,
            select=self.select,
            ignore=self.ignore,
            limits=self.limits,
            probe=self.probe,
            seed=self.seed,
        )
        levels = list(Severity)[: Severity(self.fail_on).rank + 1]
        bad = [finding for finding in report.findings if finding.severity in levels]
        crashed = [f"{outcome.rule}: {outcome.reason}" for outcome in report.checks if outcome.status == "crashed"]
        details = {
            "verdict": report.verdict, "findings": [_told(finding) for finding in bad[:MOST_SHOWN]],
            "findings_in_all": len(bad), "crashed": crashed,
        }  # fmt: skip
        observed = "; ".join([*(f"{f.rule} {f.message}" for f in bad[:3]), *crashed]) or "no such finding"
        more = f"; and {len(bad) - 3:,} more" if len(bad) > 3 else ""
        return {
            "success": not bad and not crashed,
            "result": {"observed_value": f"{report.verdict}: {observed}{more}", "details": details},
        }


_TEMPLATE = "The data must pass an audit: no finding of severity $fail_on or worse."


def _told(finding: Finding) -> dict[str, Any]:
    """Return what stands in a result for a finding: no values of the data."""
    return {
        "rule": finding.rule, "name": finding.name, "severity": str(finding.severity), "message": finding.message,
        "columns": [str(name) for name in finding.columns], "row_count": finding.row_count,
        "fingerprint": finding.fingerprint,
    }  # fmt: skip
