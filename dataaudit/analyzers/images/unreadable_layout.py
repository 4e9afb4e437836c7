"""IMG106 unreadable-layout."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from dataaudit.analyzers.common import joined, listing, plural
from dataaudit.model import Finding, NotApplicable, Passed, Severity, SplitView, option
from dataaudit.registry import register
from dataaudit.stats.labels import LabelOrder

_SHOWN = 5


@register
@dataclass(frozen=True)
class UnreadableLayout:
    """Class folders that a loader reads otherwise than they were meant.

    ## Why it matters
    `ImageFolder` and its kin number the folders they find. An empty folder is an output that never fires, or an
    exception; a folder that exists in one split alone shifts the numbers of all classes after it; "Cat" and "cat" are
    two classes here and one folder on Windows and macOS.

    ## How it decides
    An error for each of: class folders without a single picture in any split; classes whose names are equal once
    letter case is ignored; classes that only one split holds, if a random split would put all their pictures there
    with p < `p_value`. Hidden files and the folders that operating systems leave behind are not looked at.

    ## What to do
    Fill or remove empty folders, merge twins, and split every class over all splits.

    ## When to ignore it
    The loader is given the list of classes and does not number folders; an open-set test.

    ## When it cannot tell
    Files that are no pictures, and pictures beside the class folders, are listed in the report's notes on reading;
    pictures without a class are LAB109's.
    """

    code: ClassVar[str] = "IMG106"
    name: ClassVar[str] = "unreadable-layout"
    severity: ClassVar[Severity] = Severity.ERROR
    consequence: ClassVar[str] = "numbers the classes otherwise than the folders mean"
    tips: ClassVar[tuple[str, ...]] = ("37.4",)

    p_value: float = option(0.01, "chance that a random split leaves a class to one split, below which it is an error")

    def needs(self) -> tuple[LabelOrder]:
        return (LabelOrder(),)

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        first = next(iter(splits.values()))
        if not first.schema.pictures:
            raise NotApplicable("the rows are no picture files")
        if not first.schema.targets:
            raise NotApplicable("the folder names no classes")
        lines = {name: s.get(LabelOrder()).columns[first.schema.targets[0]] for name, s in splits.items()}
        if any(line.many for line in lines.values()):
            raise NotApplicable("there are more classes than are counted")
        counts = {name: {str(k): n for k, n in line.counts.items()} for name, line in lines.items()}
        classes = sorted({*first.schema.classes, *(c for found in counts.values() for c in found)})
        yield from self._empty(classes, counts)
        yield from self._twins(classes, counts)
        yield from self._lonely(classes, counts)
        yield Passed(f"{plural(len(classes), 'class', 'classes')} in {plural(len(splits), 'split')}")

    def _empty(self, classes: list[str], counts: Mapping[str, Mapping[str, int]]) -> Iterator[Finding]:
        empty = [c for c in classes if not any(c in found for found in counts.values())]
        if empty:
            yield Finding(
                f"{plural(len(empty), 'class folder')} of {len(classes):,} {'holds' if len(empty) == 1 else 'hold'} no "
                f"picture in any split: {listing(empty, _SHOWN)}",
                splits=tuple(counts),
                evidence=_table("Class folders without pictures", empty, counts),
                place="empty",
                fix="Fill these folders, or remove them.",
            )

    def _twins(self, classes: list[str], counts: Mapping[str, Mapping[str, int]]) -> Iterator[Finding]:
        same: dict[str, list[str]] = {}
        for name in classes:
            same.setdefault(name.casefold(), []).append(name)
        twins = [names for names in same.values() if len(names) > 1]
        if twins:
            shown = [joined([f"'{n}'" for n in names]) for names in twins[:_SHOWN]]
            more = f", and {len(twins) - _SHOWN:,} more" if len(twins) > _SHOWN else ""
            yield Finding(
                f"Class folders differ by letter case alone: {'; '.join(shown)}{more}",
                splits=tuple(counts),
                evidence=_table("Pictures of each spelling", [n for names in twins for n in names], counts),
                place="twins",
                fix="Merge these folders under one spelling.",
            )

    def _lonely(self, classes: list[str], counts: Mapping[str, Mapping[str, int]]) -> Iterator[Finding]:
        if len(counts) < 2:
            return
        sizes = {name: sum(found.values()) for name, found in counts.items()}
        total = sum(sizes.values())
        for split, found in counts.items():
            others = [c for name, c in counts.items() if name != split]
            alone = [c for c in classes if c in found and not any(c in other for other in others)]
            alone = [c for c in alone if (sizes[split] / total) ** found[c] < self.p_value]
            if alone:
                stand = "is" if len(alone) == 1 else "are"
                yield Finding(
                    f"{plural(len(alone), 'class', 'classes')} of {len(classes):,} {stand} in {split} alone: "
                    f"{listing(alone, _SHOWN)}; a loader that numbers folders gives later classes other numbers there",
                    splits=(split,),
                    evidence=_table(f"Classes that {split} alone holds", alone, counts),
                    place="alone",
                    fix="Split again, stratified by class, or hand the loader the list of classes.",
                )


def _table(caption: str, names: list[str], counts: Mapping[str, Mapping[str, int]]) -> dict[str, object]:
    rows = [[name, *(found.get(name, 0) for found in counts.values())] for name in names[:200]]
    return {"table": {"caption": caption, "columns": ["class", *counts], "rows": rows, "total": len(names)}}
