"""How surely batches that move their samples are told from samples that are changed one by one.

Loaders as in `augmentation_workers.py`, of digits, textures, tables and grouped rows, with augmentation, batch sizes
and samplers drawn at random. `honest` prints how much of what samples differ by their batches explain; `moved` adds one
number, or one factor, to each batch, in doses, and prints how often NRM112 says so. From the repository's root:

    PYTHONPATH=. python benchmarks/batches_that_move.py --honest 400 --moved 40
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from benchmarks.augmentation_workers import loader
from dataaudit import audit_batches

ADDED, TIMES = (0.05, 0.1, 0.2, 0.4), (0.05, 0.1, 0.2, 0.4)
"""Standard deviations, over batches, of what is added in deviations of all inputs, and of the logarithm of a factor."""


_EVERYTHING = {"NRM112": {"explained": -1e9, "size": 0.0}}
"""Limits by which whatever is compared is reported, with its share."""


def moved(build: Callable[[int], Any], added: float, times: float) -> Callable[[int], Iterator[Any]]:
    """Return a loader whose batches are each multiplied by a number of their own, and raised by another."""

    def wandering(epoch: int = 0) -> Iterator[Any]:
        draw = np.random.default_rng([epoch, 99])
        for batch in build(epoch):
            x, *rest = batch if isinstance(batch, tuple) else (batch,)
            x = (x * np.exp(draw.normal(0, times)) + draw.normal(0, added) * x.std()).astype(np.float32)
            yield (x, *rest) if rest else x

    return wandering


def honest(count: int) -> None:
    """Print the largest share that batches explain where every sample is changed by itself."""
    seen: list[tuple[float, Any]] = []
    for seed in range(20_000, 20_000 + count):
        what, build = loader(seed, None)
        report = audit_batches(build, select=["NRM112"], limits=_EVERYTHING, probe=False, jobs=1)
        seen += [(f.evidence["explained"], what) for f in report.findings if "explained" in f.evidence]
    seen.sort(key=lambda pair: pair[0])
    sys.stdout.write(f"honest: {count} loaders, {len(seen)} compared; most explained:\n")
    for explained, what in seen[-3:]:
        sys.stdout.write(f"  {explained:.3f} {what}\n")


def found(count: int) -> None:
    """Print how often each dose is found, with samples that are changed one by one beside it or not."""
    doses = [*((added, 0.0) for added in ADDED), *((0.0, times) for times in TIMES)]
    for added, times in doses:
        hits, tried = [0, 0], [0, 0]
        for seed in range(30_000, 30_000 + count):
            what, build = loader(seed, None)
            augmented = bool(what[3])
            report = audit_batches(moved(build, added, times), select=["NRM112"], probe=False, jobs=1)
            tried[augmented] += 1
            hits[augmented] += bool(report.findings)
        sys.stdout.write(
            f"added {added:.2f}, times exp({times:.2f}): found {hits[0]} of {tried[0]} otherwise unchanged, "
            f"{hits[1]} of {tried[1]} augmented\n"
        )


def main() -> None:
    """Run both parts."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(line_buffering=True)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--honest", type=int, default=400)
    parser.add_argument("--moved", type=int, default=40)
    arguments = parser.parse_args()
    honest(arguments.honest)
    found(arguments.moved)


if __name__ == "__main__":
    main()
