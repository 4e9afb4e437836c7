"""How surely shared augmentation is found, and how rarely honest augmentation is taken for it.

Two parts. `simulated` builds loaders of digits, textures, tables and grouped rows with augmentations, batch sizes and
samplers drawn at random, honest or with seeds that batches share, and counts alarms of BAT107. `torch` runs real
DataLoaders with 0, 2 and 4 workers, forked and started anew, persistent or not, faulty and honest, and prints what was
said and the seconds of the trial (workers started anew take seconds each: narrow the table down). From the
repository's root:

    PYTHONPATH=. python benchmarks/augmentation_workers.py simulated --honest 1000 --shared 200
    PYTHONPATH=. python benchmarks/augmentation_workers.py torch --starts fork
    PYTHONPATH=. python benchmarks/augmentation_workers.py torch --starts spawn --workers 2 --ways held module torch
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataaudit import audit_batches

Array = NDArray[Any]
Seeds = Callable[[int, int], Any]


def shifted(x: Array, rng: np.random.Generator) -> Array:
    return np.roll(x, tuple(rng.integers(-2, 3, 2)), axis=(0, 1))


def noisy(x: Array, rng: np.random.Generator) -> Array:
    return x + np.float32(0.05) * rng.standard_normal(x.shape).astype(np.float32)


def erased(x: Array, rng: np.random.Generator) -> Array:
    side = max(2, x.shape[0] // 4)
    i, j = rng.integers(0, x.shape[0] - side + 1, 2)
    x = x.copy()
    x[i : i + side, j : j + side] = 0
    return x


def mirrored(x: Array, rng: np.random.Generator) -> Array:
    return x[:, ::-1] if rng.random() < 0.5 else x


def cropped(x: Array, rng: np.random.Generator) -> Array:
    margin = max(1, x.shape[0] // 8)
    padded = np.pad(x, ((margin, margin), (margin, margin), (0, 0)))
    i, j = rng.integers(0, 2 * margin + 1, 2)
    return padded[i : i + x.shape[0], j : j + x.shape[1]]


def toned(x: Array, rng: np.random.Generator) -> Array:
    return x * np.float32(rng.uniform(0.7, 1.3)) + np.float32(rng.uniform(-0.2, 0.2))


def turned(x: Array, rng: np.random.Generator) -> Array:
    return np.rot90(x, rng.integers(0, 4))


def scaled(x: Array, rng: np.random.Generator) -> Array:
    return x * np.float32(rng.uniform(0.8, 1.2))


OF_PICTURES = (shifted, noisy, erased, mirrored, cropped, toned, turned)
OF_TABLES = (noisy, scaled)


def textures(rng: np.random.Generator) -> tuple[Array, Array]:
    """Return coloured pictures with the spectrum of photographs, brighter by class."""
    n, side = int(rng.integers(150, 500)), int(rng.choice([16, 24, 32]))
    y = rng.integers(0, 5, n)
    f = np.fft.fftfreq(side)
    fall = 1 / (0.02 + np.hypot(f[:, None], f[None])) ** 1.5
    x = np.fft.ifft2(np.fft.fft2(rng.normal(size=(n, side, side, 3)), axes=(1, 2)) * fall[..., None], axes=(1, 2)).real
    x = x / x.std() + 0.3 * y[:, None, None, None]
    return (np.clip(x * 50 + 120, 0, 255).astype(np.uint8) / 255 - 0.5).astype(np.float32) * 4, y


def rows_of(rng: np.random.Generator) -> tuple[str, Array, Array]:
    """Return a name, inputs and classes of one of five data sets."""
    from sklearn.datasets import load_breast_cancer, load_digits, load_wine

    kind = str(rng.choice(["digits", "textures", "wine", "cancer", "groups"]))
    if kind == "digits":
        data = load_digits()
        some = rng.permutation(len(data.target))[: rng.integers(150, 800)]
        return kind, ((data.images[some][..., None] / 16 - 0.3) / 0.37).astype(np.float32), data.target[some]
    if kind == "textures":
        return kind, *textures(rng)
    if kind == "groups":
        of = rng.integers(0, 40, 400)
        x = rng.normal(size=(40, 20))[of] + 0.3 * rng.normal(size=(400, 20))
        return kind, x.astype(np.float32), of % 4
    data = load_wine() if kind == "wine" else load_breast_cancer()
    return kind, ((data.data - data.data.mean(0)) / data.data.std(0)).astype(np.float32), data.target


def order_of(kind: str, y: Array, rng: np.random.Generator) -> Array:
    """Return an epoch's order as a sampler of some kind makes it."""
    n = len(y)
    if kind == "replaced":
        return rng.integers(0, n, n)
    if kind == "buffer":
        by_class = np.argsort(y, kind="stable")
        return by_class[np.argsort(np.arange(n) + rng.uniform(0, min(n, 100), n))]
    if kind == "fours":
        picked: list[int] = []
        while len(picked) < n:
            members = np.flatnonzero(y == rng.choice(np.unique(y)))
            picked += rng.choice(members, 4, replace=len(members) < 4).tolist()
        return np.array(picked[:n])
    if kind == "dealt":
        pools = [rng.permutation(np.flatnonzero(y == c)) for c in np.unique(y)]
        return np.array([pool[i] for i in range(min(map(len, pools))) for pool in pools])
    return rng.permutation(n)


def loader(seed: int, seeds: Seeds | None) -> tuple[tuple[Any, ...], Callable[[int], Any]]:
    """Return a simulated loader and what it is; honest where `seeds` is None."""
    rng = np.random.default_rng(seed)
    name, x, y = rows_of(rng)
    size = int(rng.choice([8, 16, 32, 64]))
    sampler = str(rng.choice(["shuffled", "shuffled", "shuffled", "replaced", "buffer", "fours", "dealt"]))
    known = OF_PICTURES if x.ndim == 4 else OF_TABLES
    count = int(rng.integers(seeds is not None, 1 + min(3, len(known))))
    changes = [known[i] for i in rng.permutation(len(known))[:count]]
    labelled = bool(rng.random() < 0.85)

    def build(epoch: int = 0) -> Any:
        draw = np.random.default_rng([seed, epoch])
        order = order_of(sampler, y, draw)
        for b, start in enumerate(range(0, len(order), size)):
            here = order[start : start + size]
            source = draw if seeds is None else np.random.default_rng(seeds(epoch, b))
            fed = []
            for row in x[here]:
                changed = row
                for change in changes:
                    changed = change(changed, source)
                fed.append(changed)
            yield (np.stack(fed), y[here]) if labelled else np.stack(fed)

    return (name, sampler, size, [change.__name__ for change in changes], labelled), build


def simulated(honest: int, shared: int) -> None:
    """Count alarms on honest loaders, and found ones among those that share seeds."""
    began, alarms, said = time.perf_counter(), 0, Counter[str]()
    for seed in range(honest):
        what, build = loader(seed, None)
        report = audit_batches(build, select=["BAT107"], probe=False, jobs=1)
        said[str(report.checks[0].status)] += 1
        if report.findings:
            alarms += 1
            sys.stdout.write(f"false alarm, seed {seed}: {what} {report.findings[0].message}\n")
        if seed % 50 == 49:
            sys.stdout.write(f"honest so far: {alarms} alarms of {seed + 1}\n")
    sys.stdout.write(f"honest: {alarms} alarms of {honest} ({dict(said)}), {time.perf_counter() - began:.0f} s\n")
    ways: dict[str, Seeds] = {
        "groups of 2 batches": lambda e, b: (e, b // 2),
        "groups of 4 batches": lambda e, b: (e, b // 4),
        "all batches": lambda e, b: 7,
        "the same batch of both epochs": lambda e, b: b,
        "every second batch": lambda e, b: (e, b % 2),
    }
    for name, seeds in ways.items():
        found: Counter[str] = Counter()
        tried: Counter[str] = Counter()
        for seed in range(shared // len(ways)):
            what, build = loader(10_000 + seed, seeds)
            kind = "mirrored alone" if what[3] == ["mirrored"] else "tables" if what[0] in _TABLES else "pictures"
            tried[kind] += 1
            found[kind] += bool(audit_batches(build, select=["BAT107"], probe=False, augmented=True, jobs=1).findings)
        told = ", ".join(f"{kind} {found[kind]} of {tried[kind]}" for kind in sorted(tried))
        sys.stdout.write(f"shared by {name}: found {told}\n")


_TABLES = ("wine", "cancer", "groups")


def real(starts: list[str], numbers: list[int], ways: list[str] | None) -> None:
    """Print what is said of real torch loaders, and the seconds of the trial."""
    from dataaudit.loaders.batches.trial import worker_trial
    from tests.loaders.batches.augmented_loaders import FAULTY, WAYS
    from tests.loaders.batches.augmented_loaders import loader as torch_loader

    wrong = 0
    for start in starts:
        for way in ways or WAYS:
            for workers in numbers:
                for persistent in (False, True) if workers else (False,):
                    more = {"persistent_workers": True} if persistent else {}
                    report = audit_batches(
                        torch_loader(way, workers, start, **more), select=["BAT107"], probe=False, augmented=True
                    )
                    trial = worker_trial(torch_loader(way, workers, start)) or {}
                    expected = way in FAULTY and workers > 0
                    wrong += bool(report.findings) != expected
                    sys.stdout.write(
                        f"{start:6} {way:15} workers {workers} {'persistent' if persistent else '':10} "
                        f"{'found' if report.findings else 'silent':7} expected {'found' if expected else 'silent':7} "
                        f"trial {trial.get('seconds', 0.0):.2f} s\n"
                    )
    sys.stdout.write(f"{wrong} wrong\n")


def main() -> None:
    """Run one part."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(line_buffering=True)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=["simulated", "torch"])
    parser.add_argument("--honest", type=int, default=1000)
    parser.add_argument("--shared", type=int, default=200)
    parser.add_argument("--starts", nargs="+", default=["fork", "spawn"])
    parser.add_argument("--workers", nargs="+", type=int, default=[0, 2, 4])
    parser.add_argument("--ways", nargs="+")
    arguments = parser.parse_args()
    if arguments.part == "simulated":
        simulated(arguments.honest, arguments.shared)
    else:
        real(arguments.starts, arguments.workers, arguments.ways)


if __name__ == "__main__":
    main()
