"""LAB110 label-encoding."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from dataaudit.analyzers.common import (
    ROW_CAP,
    capital,
    listing,
    model_ready,
    need_classes,
    percent,
    plural,
    some,
    train_of,
)
from dataaudit.analyzers.labels.common import class_totals, labelled_rows
from dataaudit.analyzers.labels.fed_labels import Oddity, beyond_outputs, fed_labels, fed_oddities, ignored_by_loss
from dataaudit.analyzers.labels.placeholders import no_label_codes
from dataaudit.model import Finding, Name, NotApplicable, Passed, Severity, SplitView, option
from dataaudit.registry import register
from dataaudit.stats.batch_log import BatchLog
from dataaudit.stats.labels import LabelLine, LabelOrder
from dataaudit.stats.sample import Sample

IGNORED = frozenset((-1, -100, -99, -999, -9999, 255, 999, 9999))
"""Codes for "no label": -100 is PyTorch's ignore_index, 255 that of segmentation masks, -1 of scikit-learn."""

YES = frozenset(("true", "t", "yes", "y", "on", "1", "1.0"))
NO = frozenset(("false", "f", "no", "n", "off", "0", "0.0"))

Counts = Mapping[Hashable, int]


@register
@dataclass(frozen=True)
class LabelEncoding:
    """Class codes that a loss for classes will misread: holes, fractions, a code for "no label", mixed notations.

    ## Why it matters
    Cross-entropy takes the code as the number of an output. A negative or too large code is an index error or, on a
    GPU, a crash elsewhere; a hole is an output that nothing trains; "1", "1.0" and "True" become three classes.

    ## How it decides
    Looks at the distinct labels of all splits. Whole numbers from 0 to K-1 are right. A warning: a code for "no label"
    (-1, -100, -999, 255, ...) beside at least two classes from 0 or 1 on, where it holds at most `ignored` of the rows
    and, if it is not negative, is more than twice as large as the classes are many; other negative codes in as many
    rows; fractions; numbers written in several ways ("1", "1.0", "01"); several notations of yes and no ("True", "1",
    "yes"); numbers among words, under a quarter of the rows and no more different ones than words (any other mixture
    is a note). What LAB109 reports as rows without a label is a note here. Two classes of -1 and 1 suit a hinge loss:
    a note. Codes with holes are a warning where the data is fed
    to the network as it is, and a note in raw tables, where an encoder will close them. Codes that start above 0 are a
    note where the data is fed as it is. Codes of one split that are those of train plus or minus 1 are a warning.

    Of a loader, what is fed is judged as well, against the declared number of outputs K (`--classes`): codes from K
    on and negative ones other than -1 and -100 are an error, since cross-entropy fails on them; so are one-hot or soft
    vectors of another width. Labels that are floats, or of the shape (rows, 1), are a warning for K >= 3, and so are
    targets of binary cross-entropy outside 0 to 1. A code of -100 alone is a note there.

    ## What to do
    Encode the classes once, on train, as 0 to K-1, and keep the list of their names. Give the code for "no label" to
    the loss (`ignore_index=-100`), or drop those rows.

    ## When to ignore it
    Your pipeline encodes labels behind this point, or the loss is told what to ignore.

    ## When it cannot tell
    A code such as -1 among -1, 0, 1 may be a class (negative, neutral, positive): then it is a note. Fractions are
    seen only where the task is declared as classification.
    """

    code: ClassVar[str] = "LAB110"
    name: ClassVar[str] = "label-encoding"
    severity: ClassVar[Severity] = Severity.WARNING
    consequence: ClassVar[str] = "hands the loss class codes that it misreads"
    tips: ClassVar[tuple[str, ...]] = ("37.19",)

    ignored: float = option(0.5, "largest share of the rows that a code for 'no label' is believed to hold")

    def needs(self) -> tuple[LabelOrder, Sample, BatchLog]:
        return (LabelOrder(), Sample(), BatchLog())

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        train = train_of(splits)
        if train.schema.pictures:
            raise NotApplicable("class folders are names, not codes")
        outputs = train.context.feeding.classes if train.context.feeding is not None else None
        for oddity in fed_oddities(splits, outputs):
            yield Finding(
                capital(oddity.message), splits=tuple(splits), columns=train.schema.targets, severity=oddity.severity,
                place=oddity.kind, fix=oddity.fix,
            )  # fmt: skip
        target = need_classes(train.context)
        lines = {name: s.get(LabelOrder()).columns[target] for name, s in splits.items()}
        if any(line.many for line in lines.values()):
            raise NotApplicable("there are more classes than are counted")
        counts = class_totals(lines.values())
        if not counts:
            raise NotApplicable("there are no labels")
        ready = model_ready(train.context)
        found = list(beyond_outputs(_numbered(counts), outputs)) or list(self._oddities(counts, ready))
        found += _off_by_one(train.name, lines)
        if train.context.runs("LAB109") and train.context.kind != "batches" and no_label_codes(counts):
            found = [replace(o, severity=Severity.NOTE) if o.kind == "ignored" else o for o in found]
        if train.context.kind == "batches":
            found = [ignored_by_loss(oddity) for oddity in found]
        for oddity in found:
            yield from self._findings(oddity, splits, target, counts)
        given = fed_labels(train)
        encoding = f", given as {given.encoding} vectors" if given is not None and given.encoding else ""
        yield Passed(f"{plural(len(counts), 'class', 'classes')}: {_codes(counts)}{encoding}")

    def _oddities(self, counts: Counts, ready: bool) -> Iterator[Oddity]:
        numbers = _numbered(counts)
        if len(numbers) == len(counts):
            yield from self._numbers(numbers, ready)
        else:
            yield from _texts({str(c): n for c, n in counts.items()})

    def _numbers(self, counts: Mapping[float, int], ready: bool) -> Iterator[Oddity]:
        codes = sorted(counts)
        if set(codes) == {-1.0, 1.0}:
            yield Oddity(
                "signs",
                "the two classes are -1 and 1: right for a hinge loss, an index error for cross-entropy",
                "+ y = (y + 1) // 2   # 0 and 1",
                Severity.NOTE,
            )
            return
        fractions = [c for c in codes if not c.is_integer()]
        if fractions:
            yield Oddity(
                "fractions",
                f"{plural(len(fractions), 'class code')} of {len(codes):,} "
                f"{'is a fraction' if len(fractions) == 1 else 'are fractions'}: {_some(fractions)}; "
                "scaled or averaged labels?",
                "+ y = np.unique(y, return_inverse=True)[1]   # before any scaler",
                odd=tuple(fractions) if len(fractions) < len(codes) else (),
            )
            return
        ignored = self._ignored(counts)
        if ignored is not None:
            yield ignored
            codes = [c for c in codes if c not in ignored.odd]
        yield from _places(codes, ready)

    def _ignored(self, counts: Mapping[float, int]) -> Oddity | None:
        """Return the code that stands for "no label", or all negative codes beside classes from 0 on."""
        proper = [c for c in counts if c >= 0 and int(c) not in IGNORED]
        proper = proper or [c for c in counts if c >= 0]
        gapless = max(proper, default=0.0) - min(proper, default=0.0) + 1
        suspects = [c for c in counts if c < 0 or (c not in proper and c > 2 * gapless)]
        if not suspects or len(proper) < 2 or min(proper) > 1:
            return None
        n = sum(counts[c] for c in suspects)
        total = sum(counts.values())
        if n > self.ignored * total:
            return None
        known = all(int(c) in IGNORED for c in suspects)
        signed = sorted(counts) == [-1.0, 0.0, 1.0] or -min(suspects) == max(proper)
        reading = "a code for 'no label' that a loss will take for a class" if known else "negative class codes"
        return Oddity(
            "ignored",
            f"{plural(n, 'row')} ({percent(n / total)}) {'has' if n == 1 else 'have'} the label {_some(suspects)} "
            f"beside classes {_some(proper)}: {'negative, neutral, positive, or ' if signed else ''}{reading}",
            f"+ loss = torch.nn.CrossEntropyLoss(ignore_index={int(min(suspects))})   # or drop these rows",
            Severity.NOTE if signed else Severity.WARNING,
            tuple(suspects),
        )

    def _findings(
        self, oddity: Oddity, splits: Mapping[str, SplitView], target: Name, counts: Counts
    ) -> Iterator[Finding]:
        table = {
            "caption": "Labels as they are written",
            "columns": ["label", "rows", "odd"],
            "rows": [[repr(c), n, "yes" if c in oddity.odd else ""] for c, n in counts.items()][:100],
            "total": len(counts),
        }
        common: dict[str, Any] = {
            "columns": (target,),
            "severity": oddity.severity,
            "evidence": {"table": table},
            "place": oddity.kind,
            "fix": oddity.fix,
        }
        placed = {}
        for name, split in splits.items():
            held = split.get(LabelOrder()).columns[target].counts
            n = sum(held.get(c, 0) for c in oddity.odd)
            if n:
                placed[name] = n
        if not placed:
            yield Finding(capital(oddity.message), splits=tuple(splits), **common)
        for name, n in placed.items():
            rows = labelled_rows(splits[name], target, oddity.odd)
            yield Finding(
                capital(oddity.message), splits=(name,), rows=tuple(rows[:ROW_CAP].tolist()), row_count=n, **common
            )


# ---------------------------------------------------------------- numbers


def _numbered(counts: Counts) -> dict[float, int]:
    """Return the labels that are numbers."""
    return {float(c): n for c, n in counts.items() if isinstance(c, int | float) and not isinstance(c, bool)}


def _places(codes: Sequence[float], ready: bool) -> Iterator[Oddity]:
    """Yield what is wrong with whole numbers as numbers of outputs."""
    if len(codes) < 2 or codes[0] < 0:
        return
    span = codes[-1] - codes[0] + 1
    if span != len(codes):
        holes = int(span - len(codes))
        held = set(codes)
        missing = [c for c in (codes[0] + i for i in range(int(min(span, 10_000)))) if c not in held]
        one = f"{int(missing[0])} is missing" if holes == 1 else f"{holes:,} are missing, such as {_some(missing[:3])}"
        yield Oddity(
            "holes",
            f"the codes of the {len(codes):,} classes run from {_some(codes[:1])} to {_some(codes[-1:])} with holes "
            f"({one}): cross-entropy needs {int(codes[-1]) + 1:,} outputs, of which "
            f"{plural(int(codes[-1]) + 1 - len(codes), 'is', 'are')} never trained",
            "+ y = np.unique(y, return_inverse=True)[1]   # fitted on train, kept with the model",
            Severity.WARNING if ready else Severity.NOTE,
        )
    elif codes[0] > 0 and ready:
        yield Oddity(
            "start",
            f"class codes run from {_some(codes[:1])} to {_some(codes[-1:])}, where cross-entropy counts from 0",
            f"+ y = y - {int(codes[0])}",
            Severity.NOTE,
        )


def _off_by_one(train: str, lines: Mapping[str, LabelLine]) -> Iterator[Oddity]:
    """Yield splits whose codes are those of train, one further up or down."""
    base = {c for c in lines[train].counts if isinstance(c, int)}
    if len(base) < max(2, len(lines[train].counts)):
        return
    for name, line in lines.items():
        here = {c for c in line.counts if isinstance(c, int)}
        for step in (1, -1):
            if len(here) == len(line.counts) and here == {c + step for c in base}:
                ends = [(min(codes), max(codes)) for codes in (here, base)]
                yield Oddity(
                    f"step {name}",
                    f"class codes of {name} run from {ends[0][0]} to {ends[0][1]}, those of {train} from "
                    f"{ends[1][0]} to {ends[1][1]}: counted from another start?",
                    "Encode the labels of all splits with the encoder that was fitted on train.",
                )


# ---------------------------------------------------------------- text


def _texts(counts: Mapping[str, int]) -> Iterator[Oddity]:
    """Yield what is wrong with labels that are text, or text and numbers."""
    folded = {c: c.strip().casefold() for c in counts}
    numbers = {c: _number(w) for c, w in folded.items()}
    if len(counts) > 2 and set(folded.values()) <= YES | NO and not all(v is not None for v in numbers.values()):
        usual = _two_most(counts, folded)
        yield Oddity(
            "yes and no",
            f"yes and no are written in {len(counts):,} ways: {_words(counts)}",
            f"+ y = y.str.strip().str.lower().isin({sorted(w for w in YES if w in set(folded.values()))!r})",
            odd=tuple(c for c in counts if c not in usual),
        )
        return
    values: dict[float, list[str]] = {}
    for c, value in numbers.items():
        if value is not None:
            values.setdefault(value, []).append(c)
    twins = [sorted(ways, key=lambda c: -counts[c]) for ways in values.values() if len(ways) > 1]
    if twins:
        yield Oddity(
            "number twins",
            f"{plural(len(twins), 'class is', 'classes are')} written as a number in several ways: {_words(twins[0])}",
            "+ y = y.astype(float).astype(int)",
            odd=tuple(c for ways in twins for c in ways[1:]),
        )
    coded = [c for c, value in numbers.items() if value is not None]
    words = [c for c in counts if numbers[c] is None]
    few, many = sorted((coded, words), key=lambda group: sum(counts[c] for c in group))
    share = sum(counts[c] for c in few) / sum(counts.values())
    if coded and words and len(words) > 1:
        loud = few is coded and share < 0.25 and len(coded) <= len(words)
        yield Oddity(
            "mixture",
            f"{_words(few)} among {_words(many)}: {percent(share)} of the labels are "
            f"{'numbers, the others words' if few is coded else 'words, the others numbers'}; "
            "codes of the same classes?",
            "Map the codes to the names of their classes, with the list that the encoder kept.",
            Severity.WARNING if loud else Severity.NOTE,
            tuple(few) if loud else (),
        )


def _two_most(counts: Mapping[str, int], folded: Mapping[str, str]) -> set[str]:
    """Return the most frequent way to write yes, and to write no."""
    return {
        max((c for c in counts if folded[c] in group), key=lambda c: (counts[c], c), default="") for group in (YES, NO)
    }


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


# ---------------------------------------------------------------- words


def _some(codes: Sequence[float]) -> str:
    return some([f"{c:.0f}" if c.is_integer() else f"{c:g}" for c in codes])


def _words(labels: Sequence[str] | Mapping[str, int]) -> str:
    return listing(list(labels), 4)


def _codes(counts: Counts) -> str:
    numbers = [float(c) for c in counts if isinstance(c, int | float)]
    if len(numbers) < len(counts) or not numbers:
        return "text"
    return f"{_some([min(numbers)])} to {_some([max(numbers)])}"
