"""BAT112 batch-shape-drift."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from dataaudit.analyzers.batches.common import calling, kept_batch, wheres
from dataaudit.analyzers.batches.forms import Part, parts_of, spelled, told, type_of, usual_of, varies_by_design
from dataaudit.analyzers.common import capital, plural, train_of
from dataaudit.analyzers.order.batches_common import TABLE_ROWS, capped, feeding_of, found_of, log_of, samples_at
from dataaudit.model import Finding, Passed, Severity, SplitView
from dataaudit.registry import register
from dataaudit.stats.batch_log import BatchLog, BatchRecord


@register
@dataclass(frozen=True)
class BatchShapeDrift:
    """Batches whose keys, shapes or types differ from the others'.

    ## Why it matters
    The network fails on such a batch, hours into an epoch; or it does not fail, because a layer broadcasts or pools
    whatever comes, and it learns from pictures whose width and height, or channels and rows, changed places.

    ## How it decides
    Compares every batch of every epoch that is read, inputs and labels: the keys, the shape of a row, the type. A form
    is the usual one when 70 % of the batches have it; any other is an error, and what happened is named where it shows
    (channels last instead of first, width and height swapped, an axis of one). Pictures of a row that differ in shape
    within a batch are named row by row. Where no form is usual, shapes vary by design (several scales, padding to the
    longest): a note. Padding is told from a fault: lines of whole numbers may vary in length at will, and so may other
    sequences that come in three lengths or more.

    Rows a batch: a smaller last batch is fine, for each worker where the data set is iterable. A batch in the middle
    with another number of rows is a warning where the loader's batch size is known and four fifths of the batches
    have it (samples are dropped on the way), else a note. A last batch of one row is a warning in train: batch
    normalisation has no variance to divide by.

    Between splits: another layout or another number of columns than train's is an error, another type a warning,
    another size of pictures a note; sequences that are padded batch by batch may be longer in one than in the other.

    ## What to do
    Look at the named batch. Give all samples one form in the data set's `__getitem__`; `drop_last=True` in train.

    ## When to ignore it
    A network that takes pictures of any size, and is fed several on purpose.

    ## When it cannot tell
    With fewer than two batches.
    """

    code: ClassVar[str] = "BAT112"
    name: ClassVar[str] = "batch-shape-drift"
    severity: ClassVar[Severity] = Severity.ERROR
    consequence: ClassVar[str] = "fails in the middle of an epoch, or goes on with axes that changed places"
    tips: ClassVar[tuple[str, ...]] = ("37.3",)

    def needs(self) -> tuple[BatchLog]:
        return (BatchLog(),)

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        logs = {name: log_of(split) for name, split in splits.items()}
        train = train_of(splits)
        for name, split in splits.items():
            batches = logs[name].batches
            yield from _keys(split, batches)
            parts = parts_of(batches)
            padded = any(part.is_tokens and len({leaf.shape for leaf in part.leaves}) > 1 for part in parts)
            for part in parts:
                yield from _types(split, part)
                yield from _shapes(split, part, padded=padded)
            yield from _rows(split, batches)
            if split is not train:
                yield from _between(train, split, parts_of(logs[train.name].batches), parts)
        n = sum(len(log.batches) for log in logs.values())
        forms = [f"{part.name!r} {_form(part)}" for part in parts_of(logs[train.name].batches)]
        yield Passed(f"{plural(n, 'batch', 'batches')} of one form: {', '.join(forms)}")


def _form(part: Part) -> str:
    shape = usual_of([leaf.shape for leaf in part.leaves])[0]
    return f"{spelled(shape)} {usual_of([type_of(leaf) for leaf in part.leaves])[0]}"


# ---------------------------------------------------------------- within a split


def _finding(
    split: SplitView, odd: Sequence[BatchRecord], message: str, forms: Sequence[str], place: str, **more: Any
) -> Finding:
    first = odd[0].epoch
    rows = [row for b in odd if b.epoch == first for row in range(b.first, b.first + b.rows)]
    lines = []
    for batch, form in list(zip(odd, forms, strict=True))[:TABLE_ROWS]:
        sample = samples_at(split, batch.epoch, [batch.first]) if batch.rows else None
        lines.append([batch.epoch, batch.number, batch.rows, form, sample[0] if sample else ""])
    columns = ["epoch", "batch", "rows", "form", "first sample"]
    if not any(line[-1] != "" for line in lines):
        columns, lines = columns[:-1], [line[:-1] for line in lines]
    return Finding(
        message,
        splits=(split.name,),
        rows=capped(rows),
        row_count=len(rows),
        evidence={"table": {"caption": "Batches of another form", "columns": columns, "rows": lines,
                            "total": len(odd)}},
        place=place,
        **more,
    )  # fmt: skip


def _keys(split: SplitView, batches: Sequence[BatchRecord]) -> Iterator[Finding]:
    keys = [frozenset((*b.inputs, *([b.target] if b.target else []))) for b in batches]
    usual, clear = usual_of(keys)
    odd = [(b, k) for b, k in zip(batches, keys, strict=True) if k != usual]
    if not odd or usual is None:
        return
    lacks, more = sorted(usual - odd[0][1]), sorted(odd[0][1] - usual)
    what = " and ".join([f"lacks {', '.join(map(repr, lacks))}"] * bool(lacks) + [
        f"has {', '.join(map(repr, more))} besides"] * bool(more))  # fmt: skip
    yield _finding(
        split,
        [b for b, _ in odd],
        f"{capital(wheres([b for b, _ in odd]))} of {split.name} {what}; {_others(len(batches) - len(odd), batches)} "
        f"{', '.join(map(repr, sorted(usual)))}",
        [", ".join(sorted(k)) for _, k in odd],
        "keys",
        severity=None if clear else Severity.NOTE,
        fix="Return the same keys for every sample; fill in what is absent.",
    )


def _others(n: int, batches: Sequence[BatchRecord]) -> str:
    return f"{n:,} of {len(batches):,} batches have"


def _types(split: SplitView, part: Part) -> Iterator[Finding]:
    types = [type_of(leaf) for leaf in part.leaves]
    known = [t for t in types if t != "object"]
    usual = usual_of(known)[0]
    odd = [(b, t) for b, t in zip(part.batches, types, strict=True) if t not in (usual, "object")]
    if not odd:
        return
    batches = [b for b, _ in odd]
    kinds = " and ".join(sorted({t for _, t in odd}))
    called = calling(part.name, batches[0])
    is_label = part.name == batches[0].target
    yield _finding(
        split,
        batches,
        f"{capital(wheres(batches))} of {split.name}: {called} are {kinds}; "
        f"{_others(len(known) - len(odd), part.batches)} {usual}",
        [t for _, t in odd],
        f"type {part.name}",
        columns=("y",) if is_label else (),
        fix=f"+ {'y = y' if is_label else 'x = x'}.astype(np.{usual})   # in the data set, for every sample",
    )


def _shapes(split: SplitView, part: Part, *, padded: bool) -> Iterator[Finding]:
    ragged = [b for b, leaf in zip(part.batches, part.leaves, strict=True) if type_of(leaf) == "object"]
    even = [(b, leaf.shape) for b, leaf in zip(part.batches, part.leaves, strict=True) if leaf.shape is not None]
    if ragged and len(even) > len(ragged):
        yield _ragged(split, part, ragged, len(even))
    usual, clear = usual_of([shape for _, shape in even])
    odd = [(b, shape) for b, shape in even if shape != usual]
    if not odd or usual is None or (ragged and len(even) <= len(ragged)):
        return
    batches, shapes = [b for b, _ in odd], [shape for _, shape in odd]
    change = told(shapes[0], usual)
    design = varies_by_design(part, shapes, usual) or (padded and not part.is_picture)
    called, n = calling(part.name, batches[0]), len(set(shapes))
    if design or not (clear or change):
        sizes = sorted({*shapes, usual})
        yield _finding(
            split,
            batches,
            f"Rows of {called.removeprefix('the ')} of {split.name} come in {n + 1:,} shapes, from {spelled(sizes[0])} "
            f"to {spelled(sizes[-1])}: {'padded batch by batch' if design else 'several sizes on purpose?'}",
            [spelled(shape) for shape in shapes],
            f"shape {part.name}",
            severity=Severity.NOTE,
        )
        return
    kinds = spelled(shapes[0]) if n == 1 else f"{spelled(shapes[0])} and {n - 1:,} other shapes"
    yield _finding(
        split,
        batches,
        f"{capital(wheres(batches))} of {split.name}: a row of {called} is {kinds}, in "
        f"{len(even) - len(odd):,} of {len(part.batches):,} batches {spelled(usual)}"
        + (f": {change}" if change else ""),
        [spelled(shape) for shape in shapes],
        f"shape {part.name}",
        columns=("y",) if part.name == batches[0].target else (),
        fix="Bring every sample to one form in the data set's __getitem__, and assert its shape there.",
    )


def _ragged(split: SplitView, part: Part, ragged: Sequence[BatchRecord], n_even: int) -> Finding:
    first = ragged[0]
    rows, said = _odd_rows(split, first, part.name)
    samples = samples_at(split, first.epoch, [first.first + i for i in rows]) if rows else None
    names = ", ".join(map(str, (samples or rows)[:5]))
    which = "" if not rows else f": {'sample' if samples else 'row'}{'s' if len(rows) > 1 else ''} {names} {said}"
    return _finding(
        split,
        ragged,
        f"{capital(wheres(ragged))} of {split.name}: rows of {calling(part.name, first).removeprefix('the ')} differ "
        f"in shape{which}; in {n_even:,} batches all rows are alike",
        ["rows of different shapes"] * len(ragged),
        f"ragged {part.name}",
        fix="Resize or pad every sample to one shape in the data set's __getitem__.",
    )


def _odd_rows(split: SplitView, batch: BatchRecord, name: str) -> tuple[list[int], str]:
    """Return the rows of a ragged batch that are unlike most, and how they are."""
    fed = kept_batch(split, batch)
    if fed is None or name not in fed.leaves:
        return [], ""
    shapes = [getattr(cell, "shape", None) for cell in fed.leaves[name].tolist()]
    usual = Counter(shapes).most_common(1)[0][0]
    odd = [i for i, shape in enumerate(shapes) if shape != usual]
    if not odd:
        return [], ""
    shape = shapes[odd[0]]
    change = told(shape, usual) if shape is not None and usual is not None else ""
    form = f"{'is' if len(odd) == 1 else 'are'} {spelled(shape) if shape is not None else 'no array'}"
    return odd, f"{form}, the others {spelled(usual)}" + (f" ({change})" if change else "")


# ---------------------------------------------------------------- rows a batch


def _rows(split: SplitView, batches: Sequence[BatchRecord]) -> Iterator[Finding]:
    feeding, found = feeding_of(split), found_of(split)
    told_size = feeding.batch_size if split.role == "train" else None
    size = told_size or found.get("batch_size")
    usual = int(size or Counter(b.rows for b in batches).most_common(1)[0][0])
    ends = max(1, int(found.get("workers") or 0)) if found.get("iterable") else 1
    last = {epoch: max(b.number for b in batches if b.epoch == epoch) for epoch in {b.epoch for b in batches}}
    tail = 2 * ends if ends > 1 else 1
    middle = [b for b in batches if b.number <= last[b.epoch] - tail]
    odd = [b for b in batches if (b.rows != usual if b.number <= last[b.epoch] - tail else b.rows > usual)]
    n_usual = sum(b.rows == usual for b in middle)
    if odd and 2 * n_usual > len(middle):
        few = bool(size) and len(odd) <= 0.2 * len(middle)
        counts = np.array([b.rows for b in odd])
        yield _finding(
            split,
            odd,
            f"{capital(wheres(odd))} of {split.name} {'has' if len(odd) == 1 else 'have'} "
            f"{_span(counts)} rows, the others {usual}: samples dropped, or added, on the way?",
            [f"{b.rows} rows" for b in odd],
            "rows",
            severity=Severity.WARNING if few else Severity.NOTE,
            fix="Raise an error for samples that cannot be read, rather than leave them out of their batch.",
        )
    single = [b for b in batches if b.number == last[b.epoch] > 0 and b.rows == 1]
    if single and usual > 1 and split.role == "train":
        yield _finding(
            split,
            single,
            f"The last batch of {split.name} ({wheres(single)}) has one row: batch normalisation fails on it, or "
            "divides by a deviation of zero",
            ["1 row"] * len(single),
            "last",
            severity=Severity.WARNING,
            fix="- DataLoader(train, batch_size=B, shuffle=True)\n"
            "+ DataLoader(train, batch_size=B, shuffle=True, drop_last=True)",
        )


def _span(counts: np.ndarray[Any, Any]) -> str:
    low, high = int(counts.min()), int(counts.max())
    return str(low) if low == high else f"{low} to {high}"


# ---------------------------------------------------------------- between splits


def _padded(base: Part, other: Part) -> bool:
    """Return whether rows of either split come in lengths of their own, as padding to a batch's longest makes them."""
    shapes = [[leaf.shape for leaf in part.leaves if leaf.shape is not None] for part in (base, other)]
    usual = usual_of(shapes[0])[0]
    if usual is None or not varies_by_design(base, [shape for line in shapes for shape in line], usual):
        return False
    return any(varies_by_design(part, line, shape) for part, line in zip((base, other), shapes, strict=True)
               if (shape := usual_of(line)[0]) is not None)  # fmt: skip


def _between(train: SplitView, other: SplitView, here: Sequence[Part], there: Sequence[Part]) -> Iterator[Finding]:
    parts = {part.name: part for part in here}
    for part in there:
        base = parts.get(part.name)
        if base is None or part.name == base.batches[0].target:
            continue
        shapes = [usual_of([leaf.shape for leaf in p.leaves])[0] for p in (base, part)]
        types = [usual_of([type_of(leaf) for leaf in p.leaves])[0] for p in (base, part)]
        called = calling(part.name, part.batches[0]).removeprefix("the ")
        if shapes[0] is None or shapes[1] is None:
            continue
        if shapes[0] != shapes[1] and not base.is_tokens and not _padded(base, part):
            change = told(shapes[1], shapes[0])
            same_rank = len(shapes[0]) == len(shapes[1])
            yield _finding(
                other,
                part.batches[:1],
                f"A row of {called} is {spelled(shapes[1])} in {other.name} and {spelled(shapes[0])} in {train.name}"
                + (f": {change}" if change else ""),
                [spelled(shapes[1])],
                f"split shape {part.name}",
                severity=Severity.NOTE if base.is_picture and same_rank and not change else None,
                fix="Send both splits through the same transforms, the random ones aside.",
            )
        elif types[0] != types[1]:
            yield _finding(
                other,
                part.batches[:1],
                f"The {called} are {types[1]} in {other.name} and {types[0]} in {train.name}",
                [str(types[1])],
                f"split type {part.name}",
                severity=Severity.WARNING,
                fix=f"+ x = x.astype(np.{types[0]})   # in both",
            )
