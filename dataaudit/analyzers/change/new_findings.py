"""DIF106 new-findings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from dataaudit.analyzers.change.versions import change_of
from dataaudit.analyzers.common import plural, some
from dataaudit.model import CannotTell, Finding, Passed, Severity, SplitView
from dataaudit.registry import register
from dataaudit.stats.moments import Moments


@register
@dataclass(frozen=True)
class NewFindings:
    """The later version has problems that the earlier one did not have.

    ## Why it matters
    A data set with old problems still must not get new ones. What a pull request brings in is the cheapest to mend
    before it is merged, by the one who brought it in.

    ## How it decides
    Every other rule judges both versions in the same way. Findings are the same if their fingerprints are: rule,
    columns, splits and place, not the numbers in the message; one that is worse than it was (a higher severity, an
    exact error with more rows) is new. An error if an error is new, a warning if a warning is; new notes are told and
    alarm nobody. The new findings themselves stand in the report beside this one. What a rule says that could not
    judge the base (it was skipped or crashed there) is listed apart and is not new.

    ## What to do
    Go through the new findings; each says what to do.

    ## When to ignore it
    Where a finding is new since the data is: suppress it by name, with the reason.

    ## When it cannot tell
    If no other rule ran, and for findings of rules that need rows where the base is a saved profile.
    """

    code: ClassVar[str] = "DIF106"
    name: ClassVar[str] = "new-findings"
    severity: ClassVar[Severity] = Severity.ERROR
    consequence: ClassVar[str] = "brings in problems that the data did not have before"
    tips: ClassVar[tuple[str, ...]] = ()

    def needs(self) -> tuple[Moments]:
        return (Moments(),)

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        change = change_of(splits)
        found = change.findings
        if found is None:
            raise CannotTell(
                "no other rule judged both versions: none was selected, or one of them is a brief profile (.json.gz)"
            )
        loud = [f for f in found.new if f.severity is not Severity.NOTE]
        others = f"{len(found.fixed):,} fixed, {len(found.known):,} as before"
        if loud:
            worst = [f for f in loud if f.severity is loud[0].severity]
            yield Finding(
                f"{plural(len(loud), 'problem')} that {change.base.name} did not have: {in_words(loud)}; {others}",
                severity=worst[0].severity,
                evidence={
                    "new": len(found.new), "fixed": len(found.fixed), "unchanged": len(found.known),
                    "table": {
                        "caption": "What is new, and what is fixed",
                        "columns": ["", "severity", "rule", "finding"],
                        "rows": [*(["new", str(f.severity), f"{f.rule} {f.name}", f.message] for f in found.new),
                                 *(["fixed", f.severity, f"{f.rule} {f.name}", ""] for f in found.fixed)][:200],
                        "total": len(found.new) + len(found.fixed),
                    },
                },
                place="new findings",
                fix="Mend what is new before this is merged; each finding says how.",
            )  # fmt: skip
        notes = len(found.new) - len(loud)
        yield Passed(f"{plural(notes, 'new note')}, {others}" if not loud else others)


def in_words(findings: Sequence[Finding]) -> str:
    """Return "LEA102 duplicates-across-splits and LAB101 class-imbalance (twice)"."""
    names: dict[str, int] = {}
    for finding in findings:
        names[f"{finding.rule} {finding.name}"] = names.get(f"{finding.rule} {finding.name}", 0) + 1
    words = [name if n == 1 else f"{name} ({n} times)" for name, n in names.items()]
    return some(words, 4)
