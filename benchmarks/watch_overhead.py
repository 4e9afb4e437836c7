"""What `dataaudit.watch` costs on top of iterating a loader: ratios of the same epochs, watched and plain, in turn.

    python benchmarks/watch_overhead.py [--rows 10000] [--epochs 6] [--only memory]

Pictures of CIFAR's size (32 × 32 × 3), batches of 128, torch's DataLoader with random flips and crops: decoded from
JPEG as files are, or from memory, the cheapest loader there is; in the main process and with two workers. Epochs come
in pairs, which of the two first in turn; the table shows the median of the ratios of pairs. A batch is added up, as
the least that a network does with it: a worker's batch is brought into memory by whoever reads it first. "CPU" is the
time of the main thread, which other programs on the machine disturb least; it leaves out what workers do. The first
epoch of a watched loader has the rules on values judge its first rows, later ones have not.
"""

from __future__ import annotations

import argparse
import io
import statistics
import sys
import time
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset

import dataaudit


class Pictures(Dataset[Any]):
    """Random pictures with a label, augmented as usual."""

    def __init__(self, rows: int, *, jpeg: bool) -> None:
        rng = np.random.default_rng(0)
        small = rng.integers(0, 256, (rows, 8, 8, 3), dtype=np.uint8)
        self.y = rng.integers(0, 10, rows)
        self.x = small.repeat(4, axis=1).repeat(4, axis=2)
        self.files = [self._file(x) for x in self.x] if jpeg else None

    @staticmethod
    def _file(x: Any) -> bytes:
        buffer = io.BytesIO()
        Image.fromarray(x).save(buffer, "JPEG", quality=95)
        return buffer.getvalue()

    def __len__(self) -> int:
        return len(self.y)

    def __getitem__(self, i: int) -> tuple[Any, int]:
        x = self.x[i] if self.files is None else np.array(Image.open(io.BytesIO(self.files[i])).convert("RGB"))
        t = torch.from_numpy(x).permute(2, 0, 1).float().div_(255)
        if torch.rand(()) < 0.5:
            t = t.flip(-1)
        t = torch.nn.functional.pad(t, (4, 4, 4, 4))
        a, b = torch.randint(0, 9, (2,)).tolist()
        return (t[:, a : a + 32, b : b + 32] - 0.47) / 0.25, int(self.y[i])


def epoch(loader: Any) -> tuple[float, float]:
    """Return the seconds of one epoch by the clock, and those of this thread; each batch is read once, and no more."""
    began, busy = time.perf_counter(), time.thread_time()
    for x, _y in loader:
        x.sum()
    return time.perf_counter() - began, time.thread_time() - busy


def paired(plain: Any, watched: Any, epochs: int) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """Return the seconds of epochs of both loaders, in turn."""
    times = []
    for number in range(epochs):
        if number % 2:
            second = epoch(watched)
            times.append((epoch(plain), second))
        else:
            times.append((epoch(plain), epoch(watched)))
    return times


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--only", choices=("JPEG", "memory"))
    args = parser.parse_args()
    torch.set_num_threads(1)
    print(
        "| loader | samples a second | first epoch, watched / plain | later epochs | the same by CPU | "
        "later epochs, ms a batch more | ms at the end |\n|---|---|---|---|---|---|---|"
    )
    for words, jpeg, workers in (
        ("JPEG, no workers", True, 0),
        ("JPEG, 2 workers", True, 2),
        ("memory, no workers", False, 0),
        ("memory, 2 workers", False, 2),
    ):
        if args.only and not words.startswith(args.only):
            continue
        data = Pictures(args.rows, jpeg=jpeg)
        made = {"batch_size": 128, "shuffle": True, "num_workers": workers, "persistent_workers": workers > 0}
        plain = DataLoader(data, **made)  # type: ignore[arg-type]
        watched = dataaudit.watch(DataLoader(data, **made), on_epoch=lambda report: None)  # type: ignore[arg-type]
        epoch(plain)
        warm = dataaudit.watch([next(iter(plain))], on_epoch=lambda report: None)
        epoch(warm)  # imports are paid once a process
        if workers:
            epoch(watched._loader)
        ends: list[float] = []
        judged = watched._watcher.end_epoch

        def end_epoch(judged: Any = judged, ends: list[float] = ends) -> Any:
            began = time.thread_time()
            report = judged()
            ends.append(time.thread_time() - began)
            return report

        watched._watcher.end_epoch = end_epoch
        times = paired(plain, watched, args.epochs)
        first, later = times[0], times[1:]
        wall, busy = (statistics.median(w[k] / p[k] for p, w in later) for k in (0, 1))
        end = statistics.median(ends[1:])
        batch = statistics.median((w[1] - p[1] - e) / len(plain) for (p, w), e in zip(later, ends[1:], strict=True))
        speed = args.rows / statistics.median(p[0] for p, _ in times)
        print(
            f"| {words} | {speed:,.0f} | {first[1][0] / first[0][0]:.3f} | {wall:.3f} | "
            f"{first[1][1] / first[0][1]:.3f}, {busy:.3f} | {batch * 1e3:.2f} | {end * 1e3:.0f} |",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
