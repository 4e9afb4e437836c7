"""What `dataaudit.watch` costs on top of iterating a loader: ratios of the same epochs, watched and plain, in turn.

    python benchmarks/watch_overhead.py [--rows 10000] [--epochs 4]

Pictures of CIFAR's size (32 × 32 × 3), batches of 128, torch's DataLoader with random flips and crops: decoded from
JPEG as files are, or from memory, the cheapest loader there is; in the main process and with two workers. The first
epoch of a watched loader has the rules on values judge its first rows, later ones have not; the table shows both.
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


def epoch(loader: Any) -> float:
    """Return the seconds of one epoch."""
    began = time.perf_counter()
    for _batch in loader:
        pass
    return time.perf_counter() - began


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--epochs", type=int, default=4)
    args = parser.parse_args()
    torch.set_num_threads(1)
    print("| loader | samples a second | first epoch, watched / plain | later epochs |\n|---|---|---|---|")
    for words, jpeg, workers in (
        ("JPEG, no workers", True, 0),
        ("JPEG, 2 workers", True, 2),
        ("memory, no workers", False, 0),
        ("memory, 2 workers", False, 2),
    ):
        data = Pictures(args.rows, jpeg=jpeg)
        made = {"batch_size": 128, "shuffle": True, "num_workers": workers, "persistent_workers": workers > 0}
        plain = DataLoader(data, **made)  # type: ignore[arg-type]
        watched = dataaudit.watch(DataLoader(data, **made), on_epoch=lambda report: None)  # type: ignore[arg-type]
        epoch(plain)
        warm = dataaudit.watch([next(iter(plain))], on_epoch=lambda report: None)
        epoch(warm)  # imports are paid once a process
        if workers:
            epoch(watched._loader)
        times = [(epoch(plain), epoch(watched)) for _ in range(args.epochs)]
        first, later = times[0][1] / times[0][0], statistics.median(w / p for p, w in times[1:])
        speed = args.rows / statistics.median(p for p, _ in times)
        print(f"| {words} | {speed:,.0f} | {first:.3f} | {later:.3f} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
