"""LAB108 label-alias."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from dataaudit.analyzers.common import ROW_CAP, need_classes, plural, some
from dataaudit.analyzers.labels.common import class_totals, labelled_rows
from dataaudit.analyzers.words import Alias, aliases
from dataaudit.model import Finding, Name, NotApplicable, Passed, Severity, SplitView, option
from dataaudit.registry import register
from dataaudit.stats.labels import LabelOrder
from dataaudit.stats.sample import Sample


@register
@dataclass(frozen=True)
class LabelAlias:
    """One class whose label is written in several ways.

    ## Why it matters
    Every spelling becomes a class of its own: the model is punished for answering "cat" where the label says "Cat ",
    the rows of the class are torn apart, and splits may hold different spellings.

    ## How it decides
    Folds each text label of all splits: Unicode form, accents, letter case, blanks, punctuation that says nothing.
    Labels that fold to the same word are one class. A typing slip (one letter left out, put in, replaced, or two
    swapped; Damerau 1964) counts in words of five letters or more, among letters only, and only where the one
    spelling is `ratio` times as frequent as the other (half of it from eight letters): so "S1" and "S2", "cat" and
    "car", "male" and "female" stay what they are. None of 75 text columns of real tables has such neighbours. For
    folders of pictures, class folders are compared.

    ## What to do
    Map every spelling to one, where the labels are read, and again where new ones come in.

    ## When to ignore it
    Letter case or a sign means something in your labels, as in "m" and "M" for milli and mega.

    ## When it cannot tell
    Labels that are numbers have one spelling. Synonyms ("car", "automobile") and abbreviations are not known. Beyond
    20,000 rows, positions are those of a sample; counts are exact.
    """

    code: ClassVar[str] = "LAB108"
    name: ClassVar[str] = "label-alias"
    severity: ClassVar[Severity] = Severity.WARNING
    consequence: ClassVar[str] = "tears one class apart into several"
    tips: ClassVar[tuple[str, ...]] = ("37.4",)

    ratio: float = option(5.0, "rows of a word for each row of its neighbour, from which the neighbour is a slip")

    def needs(self) -> tuple[LabelOrder, Sample]:
        return (LabelOrder(), Sample())

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        first = next(iter(splits.values()))
        target = need_classes(first.context)
        lines = {name: s.get(LabelOrder()).columns[target] for name, s in splits.items()}
        if any(line.many for line in lines.values()):
            raise NotApplicable("there are more classes than are counted")
        totals = {label: n for label, n in class_totals(lines.values()).items() if isinstance(label, str)}
        if not totals:
            raise NotApplicable("labels are numbers, which have one spelling")
        found = aliases(totals, ratio=self.ratio)
        rare = {word for alias in found for word in alias.words[1:]}
        for name, split in splits.items():
            here = [w for w in rare if w in lines[name].counts]
            if here:
                yield self._finding(split, target, _used(found, lines[name].counts), splits)
        yield Passed(f"{plural(len(totals), 'label')}, each written in one way")

    def _finding(
        self, split: SplitView, target: Name, found: Sequence[Alias], splits: Mapping[str, SplitView]
    ) -> Finding:
        counts = {name: s.get(LabelOrder()).columns[target].counts for name, s in splits.items()}
        rare = {word for alias in found for word in alias.words[1:]}
        pictures = split.schema.pictures
        rows = labelled_rows(split, target, rare)
        n = sum(counts[split.name].get(word, 0) for word in rare)
        thing = "picture" if pictures else "row"
        table = [
            [_shown(word), _shown(alias.words[0]) if word != alias.words[0] else "", alias.how]
            + [counts[name].get(word, 0) for name in splits]
            for alias in found
            for word in alias.words
        ]
        return Finding(
            f"{_sentence(found, counts[split.name])}: {plural(n, thing)} of {split.name} "
            f"{'has' if n == 1 else 'have'} another spelling than most",
            splits=(split.name,),
            columns=() if pictures else (target,),
            rows=tuple(rows[:ROW_CAP].tolist()),
            row_count=n,
            evidence={
                "table": {
                    "caption": "Spellings of one class, each most frequent one first",
                    "columns": ["label", "stands for", "they differ in", *splits],
                    "rows": table[:100],
                    "total": len(table),
                }
            },
            fix="\n".join(
                f"+ labels = labels.replace({list(alias.words[1:])!r}, {alias.words[0]!r})" for alias in found[:3]
            )
            if not pictures
            else f"Move the pictures of {_quoted(found[0].words[1:])} into the folder {found[0].words[0]!r}.",
        )


def _used(found: Sequence[Alias], counts: Mapping[Hashable, int]) -> list[Alias]:
    """Return the classes of which a split holds a spelling that is not the usual one."""
    return [alias for alias in found if any(word in counts for word in alias.words[1:])]


def _sentence(found: Sequence[Alias], counts: Mapping[Hashable, int]) -> str:
    alias = max(found, key=lambda a: sum(counts.get(w, 0) for w in a.words[1:]))
    more = len(found) - 1
    return f"Classes {_quoted(alias.words)} are one, written differently ({alias.how})" + (
        f", and so are the spellings of {plural(more, 'other class', 'other classes')}" if more else ""
    )


def _quoted(words: Sequence[str]) -> str:
    return some([_shown(w) for w in words], 4)


def _shown(word: str) -> str:
    """Return a label so that blanks and invisible signs can be seen."""
    return repr(word if len(word) <= 60 else word[:59] + "…") if word.isascii() or word.isprintable() else ascii(word)
