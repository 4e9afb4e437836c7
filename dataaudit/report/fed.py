"""What loaders fed, and what the stages of a pipeline hold, in words and tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dataaudit.report.figures import is_picture
from dataaudit.report.words import cell, count, number, one_line, plural

EPOCHS, STAGES, CHANNELS, CELLS = 12, 12, 4, 8
Json = Mapping[str, Any]


def loaders(found: Sequence[Json]) -> list[dict[str, Any]]:
    """Return the epochs of each loader as the page shows them.

    Parameters
    ----------
    found : sequence of mapping
        The document's `loaders`.
    """
    first = [_leaf(leaf) for leaf in found[0]["leaves"]] if found else []
    return [
        {
            "split": one_line(loader["split"], 40),
            "kind": _kind(loader["loader"]),
            "leaves": leaves if (leaves := [_leaf(leaf) for leaf in loader["leaves"]]) != first or i == 0 else [],
            "epochs": [_epoch(epoch) for epoch in loader["epochs"][:EPOCHS]],
            "dropped": max(0, len(loader["epochs"]) - EPOCHS),
        }
        for i, loader in enumerate(found)
    ]


def _kind(said: Json) -> str:
    """Return what a loader says of itself, in words."""
    words = [str(said.get("kind", "loader"))]
    if said.get("workers") is not None:
        words.append(plural(said["workers"], "worker"))
    if said.get("sampler"):
        words.append(str(said["sampler"]))
    if said.get("rows") is not None:
        words.append(f"{count(said['rows'])} samples in its data set")
    return one_line(" · ".join(words), 200)


def _leaf(leaf: Json) -> dict[str, str]:
    shape = "rows differ" if leaf["shape"] is None else " × ".join(map(str, leaf["shape"])) or "one value"
    return {
        "name": one_line(leaf["name"], 60),
        "use": leaf["use"],
        "shape": shape,
        "dtype": one_line(leaf["dtype"], 20),
    }


def _epoch(epoch: Json) -> dict[str, str]:
    sizes = epoch["batch_sizes"]
    told = ", ".join(f"{count(n)} of {count(size)}" if len(sizes) > 1 else count(size) for size, n in sizes[:3])
    return {
        "epoch": str(epoch["epoch"]),
        "batches": count(epoch["batches"]),
        "sizes": told,
        "samples": count(epoch["samples"]),
        "distinct": count(epoch["distinct"]),
        "new": count(epoch["new"]),
    }


def stages(found: Sequence[Json]) -> dict[str, Any] | None:
    """Return the stages beside each other as the page shows them, None where there are none.

    Parameters
    ----------
    found : sequence of mapping
        The document's `stages`.
    """
    if not found:
        return None
    shown = found[:STAGES]
    samples = []
    for i, first in enumerate(shown[0]["shown"]):
        entries = [stage["shown"][i] if i < len(stage["shown"]) else None for stage in shown]
        samples.append({"row": count(first["row"]), "entries": [_entry(entry) for entry in entries]})
    return {
        "names": [one_line(stage["name"], 40) for stage in shown],
        "rows": [_stage(stage) for stage in shown],
        "samples": samples,
        "dropped": max(0, len(found) - STAGES),
    }


def _stage(stage: Json) -> dict[str, str]:
    n = len(stage["mean"])
    gone = [f"{count(stage['missing'])} NaN"] if stage["missing"] else []
    gone += [f"{count(stage['infinite'])} infinite"] if stage["infinite"] else []
    gone += [f"{plural(stage['zero_rows'], 'row')} of zeros"] if stage["zero_rows"] else []
    labels = "–" if stage["labels"] is None else f"{count(stage['labels'])} distinct"
    return {
        "name": one_line(stage["name"], 40),
        "holds": one_line(stage["holds"], 120),
        "rows": count(stage["rows"]),
        "range": f"{number(stage['low'])} … {number(stage['high'])}" if stage["low"] is not None else "–",
        "mean": _few(stage["mean"]) if n <= CHANNELS else f"{n} columns",
        "std": _few(stage["std"]) if n <= CHANNELS else f"{n} columns",
        "gone": ", ".join(gone) or "none",
        "labels": labels,
    }


def _few(values: Sequence[float | None]) -> str:
    return ", ".join("–" if v is None else number(v, 3) for v in values) or "–"


def _entry(entry: Json | None) -> dict[str, Any]:
    if entry is None:
        return {"picture": None, "cells": []}
    picture = entry.get("picture")
    cells = [[one_line(name, 30), cell(value)] for name, value in list(entry.get("values", {}).items())[:CELLS]]
    return {"picture": picture if is_picture(picture) else None, "cells": cells}
