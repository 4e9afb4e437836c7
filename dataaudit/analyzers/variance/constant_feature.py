"""NRM105 constant-feature."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from dataaudit.analyzers.common import capital, inputs_vary, listing, number, plural, train_of
from dataaudit.model import CannotTell, Finding, Kind, Name, NotApplicable, Passed, Role, Severity, SplitView, option
from dataaudit.registry import register
from dataaudit.stats.moments import Moments
from dataaudit.stats.pixels import Pixels
from dataaudit.stats.values import Values


@register
@dataclass(frozen=True)
class ConstantFeature:
    """An input with one value in every row of train.

    ## Why it matters
    It tells the model nothing. Standardising divides by its standard deviation, which is zero: the column becomes
    NaN or infinite, and the loss with it. If it varies outside of train, the model has never seen it vary.

    ## How it decides
    A column whose smallest and largest finite values are equal in train, or a text column with one distinct value,
    over at least `rows` rows. Exact: equality is tested on the values as stored. Columns without any value are
    INP101's. For arrays of pictures the channels are judged, not single pixels, whose borders are often constant.

    ## What to do
    Drop the column, or find out why the export filled it with one value.

    ## When to ignore it
    The column becomes informative in data to come, and the pipeline does not divide by its spread.

    ## When it cannot tell
    With fewer than `rows` rows a column may be constant by chance.
    """

    code: ClassVar[str] = "NRM105"
    name: ClassVar[str] = "constant-feature"
    severity: ClassVar[Severity] = Severity.WARNING
    consequence: ClassVar[str] = "divides by a standard deviation of zero"
    tips: ClassVar[tuple[str, ...]] = ("11.1",)

    rows: int = option(10, "rows from which a constant column is no accident")

    def needs(self) -> tuple[Moments, Values, Pixels]:
        return (Moments(), Values(), Pixels())

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        train = train_of(splits)
        if train.schema.pictures:
            raise NotApplicable("picture files are judged by IMG103")
        if train.n_rows < self.rows:
            raise CannotTell(f"{train.name} has {plural(train.n_rows, 'row')}, fewer than {self.rows}")
        if train.schema.pixels:
            yield from self._channels(train)
        found: dict[Name, Any] = {}
        for name in train.context.features:
            if train.context.kinds[name] is not Kind.EMPTY and (value := _constant(train, name)) is not None:
                found[name] = value
        if found:
            yield self._finding(found, train, splits)
        yield Passed(inputs_vary(train, len(train.context.features)))

    def _channels(self, train: SplitView) -> Iterator[Finding]:
        channels = train.get(Pixels()).channels
        flat = [c for c in range(len(channels.n)) if channels.n[c] and channels.low[c] == channels.high[c]]
        if flat:
            yield Finding(
                f"{_channels_named(flat, [float(channels.low[c]) for c in flat])} in all pictures of {train.name}",
                splits=(train.name,),
                place="channels",
                fix="Check the channel order and the decoding of this channel.",
            )

    def _finding(self, found: dict[Name, Any], train: SplitView, splits: Mapping[str, SplitView]) -> Finding:
        names = list(found)
        alive = [n for n in names if any(_constant(s, n) is None for s in splits.values() if s.n_rows > 1)]
        message = f"{listing(names)} {'has' if len(names) == 1 else 'have'} one value in all of {train.name}"
        if len(names) == 1:
            value = found[names[0]]
            message += f", {repr(value) if isinstance(value, str) else number(value)}"
        if alive:
            message += f"; outside of {train.name} {listing(alive)} {'varies' if len(alive) == 1 else 'vary'}"
        same = tuple(s.name for s in splits.values() if all(_constant(s, n) is not None for n in names))
        table = {
            "caption": f"The one value in {train.name}",
            "columns": ["column", "value", "rows"],
            "rows": [[n, found[n], train.get(Values()).columns[n].n] for n in names[:200]],
            "total": len(names),
        }
        quoted = ", ".join(repr(n) for n in names[:6]) + (", …" if len(names) > 6 else "")
        return Finding(
            capital(message),
            splits=same or (train.name,),
            columns=tuple(names),
            evidence={"table": table},
            fix=f"+ X = X.drop(columns=[{quoted}])"
            if isinstance(names[0], str)
            else f"+ X = np.delete(X, [{quoted}], axis=1)",
        )


def _channels_named(flat: list[int], values: list[float]) -> str:
    if len(flat) == 1:
        return f"Channel {flat[0]} holds one value, {number(values[0])},"
    shown = ", ".join(map(number, values))
    return f"Channels {', '.join(map(str, flat[:-1]))} and {flat[-1]} hold one value each, {shown},"


def _constant(split: SplitView, name: Name) -> Any:
    """Return the one value of a column, or None if it varies or has no value."""
    schema = split.schema
    if schema.by_name[name].role is Role.TARGET:
        return None
    if name in schema.number_index:
        moments, j = split.get(Moments()), schema.number_index[name]
        return float(moments.low[j]) if moments.n[j] and moments.low[j] == moments.high[j] else None
    distinct = split.get(Values()).columns[name]
    return str(distinct.values[0]) if distinct.exact and distinct.n_distinct == 1 else None
