"""NRM106 near-zero-std."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from dataaudit.analyzers.common import (
    capital,
    inputs_vary,
    listing,
    number,
    numeric_features,
    percent,
    plural,
    train_of,
)
from dataaudit.model import CannotTell, Finding, Floats, NotApplicable, Passed, Severity, SplitView, option
from dataaudit.registry import register
from dataaudit.stats.moments import Moments
from dataaudit.stats.pixels import Pixels

_NARROW = {"float16": np.float16, "halffloat": np.float16, "half": np.float16}


@register
@dataclass(frozen=True)
class NearZeroStd:
    """A feature whose spread is negligible next to its size.

    ## Why it matters
    Standardising divides by this spread. What is left after subtracting the mean is then, in good part, the
    rounding of the numbers as the network holds them, blown up to the size of a feature.

    ## How it decides
    Compares the standard deviation in train with the spacing of floating-point numbers at the column's mean: in
    float32, in which networks compute, or float16 where the column is stored so. A column is flagged when a
    rounding step is at least `noise` standard deviations (default 1 %; ten times that for float16, whose steps are as
    coarse as those of many instruments), and the message states by how much dividing amplifies it. For float32 this
    is a spread below about 1e-5 of the mean. Spacing follows IEEE 754 (`numpy.spacing`). Small units alone are no
    fault: floating point is as fine around 1e-9 as around 1.

    ## What to do
    Subtract the level in float64 before the data becomes float32, drop the feature, or divide it by a constant of
    your own choice.

    ## When to ignore it
    The pipeline centres this column in float64, and its small variation is a measurement.

    ## When it cannot tell
    Columns with fewer than 10 values. Constant columns are NRM105's.
    """

    code: ClassVar[str] = "NRM106"
    name: ClassVar[str] = "near-zero-std"
    severity: ClassVar[Severity] = Severity.WARNING
    consequence: ClassVar[str] = "blows rounding noise up to the size of a feature"
    tips: ClassVar[tuple[str, ...]] = ("11.1",)

    noise: float = option(0.01, "rounding step, in standard deviations of the column, from which it is flagged")

    def needs(self) -> tuple[Moments, Pixels]:
        return (Moments(), Pixels())

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        train = train_of(splits)
        if train.schema.pictures:
            raise NotApplicable("pixels of picture files are bytes")
        if train.n_rows < 10:
            raise CannotTell(f"{train.name} has {plural(train.n_rows, 'row')}, fewer than 10")
        names = numeric_features(train.context)
        if not names and not train.schema.pixels:
            raise NotApplicable("there is no numeric input")
        if train.schema.pixels:
            channels = train.get(Pixels()).channels
            steps = _step(channels.mean, train.schema.pixels.dtype, channels.std)
            flat = np.flatnonzero(
                (channels.n >= 10) & (channels.std > 0) & (steps >= self._limit(train.schema.pixels.dtype))
            )
            if flat.size:
                c = int(flat[0])
                yield Finding(
                    f"Channel {c} varies by a standard deviation of {number(channels.std[c])} around "
                    f"{number(channels.mean[c])}: a rounding step is {percent(min(1.0, steps[c]))} of it",
                    splits=(train.name,),
                    place="channels",
                    fix="Check whether the pictures were divided by 255 more than once.",
                )
        moments, index = train.get(Moments()), train.schema.number_index
        rows: list[list[Any]] = []
        for name in names:
            j = index[name]
            dtype = train.schema.by_name[name].dtype
            mean, std = moments.mean[j], moments.std[j]
            if moments.n[j] < 10 or not std > 0:
                continue
            step = float(_step(np.array([mean]), dtype, np.array([std]))[0])
            if step >= self._limit(dtype):
                rows.append([name, float(mean), float(std), step])
        if rows:
            yield self._finding(rows, train, splits)
        yield Passed(f"{inputs_vary(train, len(names), 'numeric input')} by more than rounding")

    def _limit(self, dtype: str) -> float:
        return self.noise * (10.0 if dtype in _NARROW else 1.0)

    def _finding(self, rows: list[list[Any]], train: SplitView, splits: Mapping[str, SplitView]) -> Finding:
        rows = sorted(rows, key=lambda r: -r[3])
        names = [r[0] for r in rows]
        _, mean, std, step = rows[0]
        kind = "float16" if train.schema.by_name[names[0]].dtype in _NARROW else "float32"
        amplified = f"{step:.1%} of the standardised feature" if step < 1 else f"{number(step)} times its own spread"
        message = (
            f"{listing(names)} {'varies' if len(names) == 1 else 'vary'} by a standard deviation of {number(std)} "
            f"around {number(mean)}: standardised, one {kind} rounding step becomes {amplified}"
        )
        table = {
            "caption": f"Spread and level in {train.name}",
            "columns": ["column", "mean", "std", "rounding step / std"],
            "rows": rows[:200],
            "total": len(rows),
        }
        return Finding(
            capital(message),
            splits=tuple(splits),
            columns=tuple(names),
            evidence={"table": table, "amplification": {str(r[0]): 1.0 / r[2] for r in rows[:200]}},
            fix=f"+ x = x.astype(np.float64) - {mean!r}   # before float32; or drop the feature",
        )


def _step(mean: Floats, dtype: str, std: Floats) -> Floats:
    """Return the spacing of numbers at the mean, in standard deviations."""
    narrow = _NARROW.get(dtype, np.float32)
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        spacing = np.spacing(np.abs(mean).astype(narrow)).astype(np.float64)
        return np.asarray(np.where(std > 0, spacing / std, 0.0))
