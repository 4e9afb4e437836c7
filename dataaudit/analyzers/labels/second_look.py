"""Rows that deserve a second look, as a finding lists and draws them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from dataaudit.analyzers.common import number, percent, plural
from dataaudit.analyzers.leakage.picture_pairs import displayed, thumbnail
from dataaudit.model import Ints, SplitView
from dataaudit.probe.doubts import Likeness, Part

TABLE_ROWS = 5000
"""Rows of the table, which the file of labels is made of."""
_TOLD = 200
"""Rows whose most telling values are looked up."""
_PICTURES, _CLASSES = 24, 12


@dataclass(frozen=True)
class SecondLook:
    """The rows of one split that deserve a second look.

    Attributes
    ----------
    split : SplitView
        The split.
    part : Part
        Its judged rows.
    """

    split: SplitView
    part: Part

    @cached_property
    def order(self) -> Ints:
        """Rows among the judged ones: the strong tier first, then by score."""
        at = np.flatnonzero(self.part.reviewed)
        keys = (self.part.rows[at], -self.part.quality.score[at], ~self.part.strong[at])
        return np.asarray(at[np.lexsort(keys)])

    @property
    def positions(self) -> list[int]:
        """Positions within the split, in that order."""
        return [int(row) for row in self.part.rows[self.order]]

    def name(self, label: int) -> Any:
        """Return a label by its position, as the data has it."""
        value = self.part.all.classes[label]
        return (
            value if isinstance(value, str | int | bool) else float(value) if isinstance(value, float) else str(value)
        )

    def by_class(self) -> dict[str, str]:
        """Return for each class how many of its rows deserve a second look."""
        y, flagged = self.part.quality.y, self.part.reviewed
        k = len(self.part.all.classes)
        all_, some = np.bincount(y, minlength=k), np.bincount(y[flagged], minlength=k)
        order = np.lexsort((np.arange(k), -some))[:20]
        return {str(self.name(c)): f"{some[c]:,} of {all_[c]:,}" for c in order.tolist() if some[c]}

    def mostly(self) -> str:
        """Return which label stands most often where another is more probable, as the end of a sentence."""
        given, suggested = self.part.quality.y[self.order], self.part.quality.suggested[self.order]
        k = len(self.part.all.classes)
        pairs = np.bincount(given * k + suggested, minlength=k * k)
        top = int(pairs.argmax())
        if k < 3 or pairs[top] < 3:
            return ""
        a, b = divmod(top, k)
        return (
            f", most often {self.name(a)!r} where {self.name(b)!r} is more probable ({plural(int(pairs[top]), 'row')})"
        )

    def table(self, most: int) -> dict[str, Any]:
        """Return the rows with given and suggested label, strength, tier and what speaks for the other label."""
        quality, some = self.part.quality, self.order[:most]
        rows = [int(r) for r in self.part.rows[some]]
        names: list[Any] = list(self.split.names(rows) or rows)
        probability = np.exp(quality.log)
        told = self._told()
        lines = []
        for place, (i, shown) in enumerate(zip(some.tolist(), names, strict=True)):
            other = int(quality.suggested[i])
            tier = "strong" if self.part.strong[i] else "review"
            line = [shown, self.name(int(quality.y[i])), self.name(other), round(float(quality.margin[i]), 2), tier]
            line += [percent(float(probability[i, other]))]
            lines.append([*line, told[place] if place < len(told) else ""] if told else line)
        return {
            "caption": "Labels that deserve a second look, the most doubtful first (strength: nats by which the "
            "suggested label is more probable)",
            "columns": [
                "row",
                "given",
                "suggested",
                "strength",
                "tier",
                "probability",
                *["telling values"] * bool(told),
            ],
            "rows": lines,
            "total": len(self.order),
        }

    def _told(self) -> list[str]:
        """Return for the first rows the values that speak most for the suggested label; none for pictures."""
        if self.split.schema.pictures or self.split.schema.pixels is not None:
            return []
        run, likeness = self.part.all.run, Likeness(self.part.all)
        places = np.flatnonzero(self.part.here)
        told = []
        for i in self.order[:_TOLD].tolist():
            columns = likeness.speaks(int(places[i]), int(self.part.quality.suggested[i]))
            at = int(self.part.all.at[places[i]])
            values = []
            for column in columns:
                value = run.rows.numbers[column][at] if column in run.rows.numbers else run.rows.texts[column][at]
                shown = "missing" if value is None or value != value else value
                values.append(f"{column} = {number(float(shown)) if isinstance(shown, float) else str(shown)[:40]}")
            told.append(", ".join(values))
        return told

    def figure(self) -> dict[str, Any] | None:
        """Return thumbnails of pictures, or which label stands where which other one is more probable."""
        if self.split.schema.pictures or self.split.schema.pixels is not None:
            return self._pictures()
        given, suggested = self.part.quality.y[self.order], self.part.quality.suggested[self.order]
        k = len(self.part.all.classes)
        counts = np.zeros((k, k), dtype=np.int64)
        np.add.at(counts, (given, suggested), 1)
        if not counts.any() or k < 2:
            return None
        shown = np.sort(np.argsort(-(counts.sum(axis=0) + counts.sum(axis=1)), kind="stable")[:_CLASSES])
        return {
            "kind": "matrix",
            "caption": f"Labels to look at in {self.split.name}: given (lines) and more probable (columns)",
            "columns": [str(self.name(int(c))) for c in shown],
            "rows": [
                {"label": str(self.name(int(a))), "cells": ["" if a == b else int(counts[a, b]) for b in shown]}
                for a in shown
            ],
        }

    def _pictures(self) -> dict[str, Any] | None:
        if self.split.source is None:
            return None
        some = self.order[:_PICTURES]
        rows = [int(r) for r in self.part.rows[some]]
        paths = self.split.names(rows) or [f"row {row}" for row in rows]
        quality = self.part.quality
        items = []
        for i, path, pixels in zip(some.tolist(), paths, displayed(self.split.fetch(rows)), strict=True):
            items.append(
                {
                    "path": path,
                    "label": str(self.name(int(quality.y[i]))),
                    "note": f"rather {self.name(int(quality.suggested[i]))}?",
                    "data": None if pixels is None else thumbnail(pixels),
                }
            )
        return {
            "kind": "pictures",
            "caption": f"Labels of {self.split.name} that deserve a second look",
            "items": items,
        }
