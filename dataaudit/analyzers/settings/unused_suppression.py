"""SET102 unused-suppression."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from dataaudit.analyzers.common import plural
from dataaudit.analyzers.settings.common import described, evidence_of, place_of, uses_of
from dataaudit.model import CannotTell, Finding, Passed, Severity, SplitView
from dataaudit.registry import register


@register
@dataclass(frozen=True)
class UnusedSuppression:
    """A suppression that sets nothing aside.

    ## Why it matters
    What it was written for is gone, or it never fitted. Left in place it will hide the next defect of the same kind,
    for a reason that was about another one.

    ## How it decides
    Reports each suppression that covers no finding of this audit, if all of its rules ran and came to an answer. Where
    it covers some columns, rows or files of a finding and not all, the message says so: a finding is set aside as a
    whole or not at all. Always a note, as data may be audited in parts with one file of settings.

    ## What to do
    Delete the entry; or, where it covers a finding in part, name the rest as well or mend it.

    ## When to ignore it
    The same settings serve several data sets, and the entry is meant for another one.

    ## When it cannot tell
    Where a rule that the suppression names was left out, skipped or crashed.
    """

    code: ClassVar[str] = "SET102"
    name: ClassVar[str] = "unused-suppression"
    severity: ClassVar[Severity] = Severity.NOTE
    consequence: ClassVar[str] = "relies on settings that would hide the next defect of a kind"
    tips: ClassVar[tuple[str, ...]] = ()

    def needs(self) -> tuple[()]:
        return ()

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        uses = uses_of(splits)
        idle = [use for use in uses if not use.covered and not (use.expired and use.partly)]
        unused = [use for use in idle if use.partly or use.decided]
        for use in unused:
            if use.partly:
                said = f"covers only a part of {plural(len(use.partly), 'finding')}, which therefore stay"
                said += "s" if len(use.partly) == 1 else ""
            else:
                said = "covers no finding"
            yield Finding(
                f"The suppression of {described(use.suppression)} {said}",
                evidence=evidence_of(use),
                fix="Name the rest of the finding as well, or mend it." if use.partly else "Delete the entry.",
                place=place_of(use.suppression),
            )
        if unused:
            return
        if idle:
            raise CannotTell(f"{plural(len(idle), 'suppression')} without a finding: not all of the named rules ran")
        yield Passed(f"{plural(len(uses), 'suppression')}, each with a finding")
