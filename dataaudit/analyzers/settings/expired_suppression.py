"""SET101 expired-suppression."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from dataaudit.analyzers.common import plural
from dataaudit.analyzers.settings.common import described, evidence_of, place_of, uses_of
from dataaudit.model import Finding, Passed, Severity, SplitView
from dataaudit.registry import register


@register
@dataclass(frozen=True)
class ExpiredSuppression:
    """A finding that was accepted for a time, and the time is over.

    ## Why it matters
    Somebody decided to live with a defect until a day, and that day has passed: the finding counts again, and either
    the data is mended now or the decision is taken anew.

    ## How it decides
    Compares `until` of each suppression with the present day in UTC; the last day itself still counts as within. One
    that has passed and still covers a finding is reported, and the finding is back among the others. One that covers
    nothing any more is left to SET102.

    ## What to do
    Mend the data and delete the entry, or give it a later day and a reason that still holds.

    ## When to ignore it
    Hardly ever: an entry without `until` never expires.

    ## When it cannot tell
    Where no finding is set aside by the settings it does not apply.
    """

    code: ClassVar[str] = "SET101"
    name: ClassVar[str] = "expired-suppression"
    severity: ClassVar[Severity] = Severity.WARNING
    consequence: ClassVar[str] = "takes up defects that were accepted only for a time that is over"
    tips: ClassVar[tuple[str, ...]] = ()

    def needs(self) -> tuple[()]:
        return ()

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        uses = uses_of(splits)
        expired = [use for use in uses if use.expired and (use.covered or use.partly)]
        for use in expired:
            again = len(use.covered) + len(use.partly)
            yield Finding(
                f"The suppression of {described(use.suppression)} ended on {use.suppression.until}, "
                f"{plural(use.days, 'day')} ago: {plural(again, 'finding')} count{'s' if again == 1 else ''} again",
                evidence={**evidence_of(use), "findings": sorted({*use.covered, *use.partly})},
                fix="Mend the data and delete the entry, or give it a later `until` and a reason that still holds.",
                place=place_of(use.suppression),
            )
        if not expired:
            yield Passed(f"{plural(len(uses), 'suppression')}, none of them past its last day")
