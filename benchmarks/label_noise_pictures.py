"""Human label errors in CIFAR-10N: the probe's ranking and flags against cleanlab around a logistic regression.

    python benchmarks/label_noise_pictures.py cifar10n-10k.zip [--vectors FILE.npz] [--cache FOLDER] [--rows N]

The archive holds pictures of CIFAR-10 and `labels.csv` with the columns file, clean, human_aggregate and human_worse
(Wei et al. 2022, Learning with noisy labels revisited). cleanlab's CleanLearning gets the pixels averaged to 16 × 16,
then the very features that the probe makes of the pictures. FILE.npz holds `names` and `vectors` (n, d) of an
embedding: where it is given, both get these as well.
"""

from __future__ import annotations

import argparse
import csv
import io
import sys
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from peers import CLEANLAB, Peer
from PIL import Image
from sklearn.metrics import average_precision_score, f1_score

from dataaudit import engine
from dataaudit.analyzers.labels.label_noise import LabelNoise
from dataaudit.loaders import load
from dataaudit.model import ProbeSettings, Stage, Task
from dataaudit.probe.quality import Quality, review, strong
from dataaudit.probe.run import probe_run

Matrix = NDArray[np.float32]
Labels = NDArray[np.int64]
SETS = ("human_aggregate", "human_worse")


def read(path: Path, rows: int) -> tuple[list[str], NDArray[np.uint8], dict[str, Labels]]:
    """Return names, pictures, and labels by set, of training pictures in a random order."""
    with zipfile.ZipFile(path) as archive:
        inside = next(name for name in archive.namelist() if name.endswith("labels.csv"))
        lines = list(csv.DictReader(io.StringIO(archive.read(inside).decode())))
        lines = [line for line in lines if line["human_worse"] and line["file"].startswith("train/")]
        order = np.random.default_rng(0).permutation(len(lines))[:rows]
        lines = [lines[i] for i in order]
        root = inside[: -len("labels.csv")]
        files = [line["file"] for line in lines]
        pictures = [np.asarray(Image.open(archive.open(root + name)).convert("RGB")) for name in files]
    classes = sorted({line["clean"] for line in lines})
    labels = {
        name: np.array([classes.index(line[name]) for line in lines], dtype=np.int64) for name in ("clean", *SETS)
    }
    return files, np.stack(pictures), labels


class Known:
    """An embedding that was computed before: vectors looked up by the picture."""

    def __init__(self, pictures: NDArray[np.uint8], vectors: Matrix) -> None:
        self._at = {picture.tobytes(): vector for picture, vector in zip(pictures, vectors, strict=True)}

    def __call__(self, pictures: Sequence[Any]) -> Matrix:
        """Return the vectors of some pictures."""
        return np.stack([self._at[np.asarray(picture, np.uint8).tobytes()] for picture in pictures])


def ours(
    pictures: NDArray[np.uint8], y: Labels, embed: Known | None, seed: int
) -> tuple[Matrix, NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_]]:
    """Return the probe's features, its scores, and the rows to review and of the strong tier."""
    data, rule = load((pictures, y), None, None), LabelNoise()
    facts = engine.profile(data, engine.plan([rule]), stage=Stage.RAW, jobs=1)
    settings = ProbeSettings(seed=seed, embed=embed)
    run = probe_run(engine.views(facts, data.sources, task=Task.CLASSIFICATION, seed=seed, probe=settings))
    if run.limited:
        print(run.limited, file=sys.stderr)
    quality, at = Quality(run.P[run.used], run.y[run.used]), run.rows.position[run.used]
    X = np.zeros((len(y), run.X.shape[1]), np.float32)
    X[run.rows.position] = run.X
    score, tiers = np.full(len(y), quality.score.min() - 1), np.zeros((2, len(y)), bool)
    score[at], tiers[0, at] = quality.score, review(quality)
    tiers[1, at] = strong(quality) & tiers[0, at]
    return X, score, tiers[0], tiers[1]


def main() -> int:
    """Print a table for each set of labels."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archive", type=Path)
    parser.add_argument("--vectors", type=Path, help="an embedding of the pictures, computed before")
    parser.add_argument("--cache", type=Path, help="where cleanlab's environment is kept")
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--sets", nargs="+", choices=SETS, default=SETS)
    parser.add_argument("--side", choices=("theirs", "ours"), help="one side alone; theirs: on pixels alone")
    args = parser.parse_args()
    files, pictures, labels = read(args.archive, args.rows)
    halves = pictures.reshape(len(pictures), 16, 2, 16, 2, 3).mean(axis=(2, 4))
    pixels = halves.reshape(len(pictures), -1).astype(np.float32)
    embeds: dict[str, Known | None] = {"numpy features": None}
    if args.vectors:
        with np.load(args.vectors) as kept:
            place = {str(name): i for i, name in enumerate(kept["names"])}
            vectors = kept["vectors"][[place[name] for name in files]]
        embeds["embedding"] = Known(pictures, vectors)
    with Peer(CLEANLAB, args.cache) as peer:
        for name in args.sets:
            y, wrong = labels[name], labels[name] != labels["clean"]
            print(f"\n{name}: {len(y):,} pictures, {wrong.mean():.1%} wrong\n")
            print(
                "| | average precision | flagged | precision | recall | F1 | seconds |\n|---|---|---|---|---|---|---|"
            )

            def line(who: str, score: Any, flags: Any, seconds: float, wrong: Any = wrong) -> None:
                ap = "" if score is None else f"{average_precision_score(wrong, score):.3f}"
                right = (flags & wrong).sum()
                print(
                    f"| {who} | {ap} | {flags.sum():,} | {right / max(1, flags.sum()):.3f} | "
                    f"{right / wrong.sum():.3f} | {f1_score(wrong, flags):.3f} | {seconds:.0f} |",
                    flush=True,
                )

            def theirs(who: str, X: Matrix, y: Labels = y) -> None:
                began, probe = time.perf_counter(), "LR-pictures"
                answer = peer.run(
                    "peer_cleanlab.py", "tables", X=X, Y=y[None], probes=np.array([probe]), seed=np.array(0)
                )
                seconds = time.perf_counter() - began
                line(f"cleanlab LR, {who}", answer[f"score_{probe}"][0], answer[f"flags_{probe}"][0], seconds)

            if args.side != "ours":
                theirs("pixels 16 × 16", pixels)
            for who, embed in embeds.items() if args.side != "theirs" else ():
                began = time.perf_counter()
                X, score, to_review, surest = ours(pictures, y, embed, 0)
                seconds = time.perf_counter() - began
                if args.side != "ours":
                    theirs(who, X)
                line(f"this package, {who}", score, to_review, seconds)
                line(f"this package, {who}, strong tier", None, surest, seconds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
