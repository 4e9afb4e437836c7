"""What several rules say in the same words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dataaudit.model import Context, Kind, Name, NotApplicable, Role, SplitView, Stage, Task
from dataaudit.stats.labels import LabelLine, LabelOrder

ROW_CAP = 1000
"""Rows listed in a finding; the count beside them is always complete."""


def inputs_vary(split: SplitView, n_inputs: int, kind: str = "input") -> str:
    """Return that so many inputs vary, or the channels of pictures that stand for them, such as "3 channels vary"."""
    layout = split.schema.pixels
    n, word = (n_inputs, kind) if n_inputs or layout is None else (layout.channels, "channel")
    return f"{plural(n, word)} {'varies' if n == 1 else 'vary'}"


def train_of(splits: Mapping[str, SplitView]) -> SplitView:
    """Return the split that a model is fitted on: the one called train, or the first."""
    return next((s for s in splits.values() if s.role == "train"), next(iter(splits.values())))


def train_and_others(splits: Mapping[str, SplitView]) -> tuple[SplitView, list[SplitView]]:
    """Return train and the other splits; raise NotApplicable where there are none."""
    train = train_of(splits)
    others = [split for split in splits.values() if split is not train]
    if not others:
        raise NotApplicable("there is one split, and nothing to compare it with")
    return train, others


def listing(names: Sequence[Any], most: int = 3) -> str:
    """Return "'a', 'b', 'c' and 5 more", or "columns 0, 4 and 7" where columns have no names."""
    text = some([str(n) if isinstance(n, int) else f"'{n}'" for n in names], most) or "none"
    if names and all(isinstance(n, int) for n in names[:most]):
        return f"column{'s' if len(names) > 1 else ''} {text}"
    return text


def some(words: Sequence[str], most: int = 3) -> str:
    """Return "a, b, c and 5 more"; all of them where only one more would be left out."""
    most += len(words) == most + 1  # a word is no longer than "1 more"
    rest = [f"{len(words) - most:,} more"] if len(words) > most else []
    return joined([*words[:most], *rest])


def joined(words: Sequence[str]) -> str:
    """Return "train", "train and test", "train, validation and test"."""
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)


def of_all(n: int, n_all: int, one: str) -> str:
    """Return "2 of 7 inputs are", "all 7 inputs are", "the only input is"."""
    if n == n_all:
        return f"the only {one} is" if n == 1 else f"all {n:,} {one}s are"
    return f"{n:,} of {n_all:,} {one}s {'is' if n == 1 else 'are'}"


def capital(sentence: str) -> str:
    """Return a sentence with its first letter in upper case."""
    return sentence[:1].upper() + sentence[1:]


def plural(n: int, one: str, many: str | None = None) -> str:
    """Return "1 row", "2 rows", "1,000 rows"."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def at_least(n: int, one: str) -> str:
    """Return "3 pictures", or "1,000 pictures or more" where rows are listed up to a cap."""
    return plural(n, one) + (" or more" if n >= ROW_CAP else "")


def need_classes(context: Context) -> Name:
    """Return the target column of a classification; raise NotApplicable with the reason elsewhere."""
    if not context.schema.targets:
        raise NotApplicable("no target was named, so there are no labels")
    if context.task is not Task.CLASSIFICATION:
        raise NotApplicable(f"the task is {context.task}, which has no classes to count")
    if len(context.schema.targets) > 1:
        raise NotApplicable("several targets are judged one by one only where they are classes")
    return context.schema.targets[0]


def labels_of(split: SplitView, target: Name) -> LabelLine:
    """Return the label facts of a split; raise NotApplicable where it holds no label at all."""
    line = split.get(LabelOrder()).columns[target]
    if line.n == 0:
        raise NotApplicable("this split has no labels")
    return line


def numeric_features(context: Context) -> list[Name]:
    """Return the input columns that are quantities or codes held as numbers, ids and times left out."""
    schema = context.schema
    left_out = (Kind.ID, Kind.DATETIME, Kind.EMPTY)
    return [c.name for c in schema.numbers if c.role is Role.FEATURE and context.kinds[c.name] not in left_out]


def model_ready(context: Context) -> bool:
    """Return whether the network is fed exactly this data."""
    return context.stage is Stage.MODEL_READY


def number(value: float) -> str:
    """Return a number as messages show it: four significant digits, thousands separated."""
    if value == 0:
        return "0"
    if 1e-3 <= abs(value) < 1e6:
        return f"{value:,.4g}" if abs(value) < 1e4 else f"{value:,.0f}"
    return f"{value:.3g}"


def percent(share: float) -> str:
    """Return a share as messages show it, never rounded up to 100 % nor down to 0 %."""
    if share in (0.0, 1.0):
        return f"{100 * share:.0f} %"
    text = f"{100 * share:.1f} %"
    return {"100.0 %": "over 99.9 %", "0.0 %": "under 0.1 %"}.get(text, text.replace(".0 %", " %"))
