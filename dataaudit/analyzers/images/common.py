"""What several rules on pictures share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dataaudit.analyzers.common import ROW_CAP
from dataaudit.model import Bools, Floats, NotApplicable, SplitView
from dataaudit.stats.picture_facts import PictureFacts, PictureFactsState


def need_pictures(splits: Mapping[str, SplitView]) -> dict[str, PictureFactsState]:
    """Return the facts of each split's pictures; raise NotApplicable where the rows are none."""
    schema = next(iter(splits.values())).schema
    if not schema.pictures and schema.pixels is None:
        raise NotApplicable("the data holds no pictures")
    return {name: split.get(PictureFacts()) for name, split in splits.items()}


def gathered(facts: Mapping[str, PictureFactsState], name: str) -> Floats:
    """Return one fact of the decoded pictures of all splits, shape (n,)."""
    return np.concatenate([state.fact(name)[state.decoded] for state in facts.values()])


def picture_rows(state: PictureFactsState, at: Bools) -> tuple[int, ...]:
    """Return the positions of some pictures, the first ones up to the cap."""
    return tuple(int(row) for row in state.positions[at][:ROW_CAP])


def fact_table(
    caption: str, state: PictureFactsState, at: Bools, columns: Mapping[str, Sequence[Any]]
) -> dict[str, Any]:
    """Return a table of some pictures and what was measured on each.

    Parameters
    ----------
    caption : str
        What the table shows.
    state : PictureFactsState
        The split's facts.
    at : ndarray of bool, shape (n,)
        Pictures to list.
    columns : mapping of str to sequence, n values each
        What to show of each picture.
    """
    picked = np.flatnonzero(at)
    rows = [[int(state.positions[i]), *(_plain(column[i]) for column in columns.values())] for i in picked[:200]]
    return {"caption": caption, "columns": ["position", *columns], "rows": rows, "total": len(picked)}


def _plain(value: Any) -> Any:
    return round(float(value), 4) if isinstance(value, float | np.floating) else value
