"""Flags from probabilities that a network gave: against cleanlab's filters, and against a plain argmax.

    python benchmarks/label_noise_networks.py FOLDER [--cache FOLDER]

FOLDER holds npz files of out-of-sample probabilities `pred_probs` (n, k) with the labels `given`, and `true` labels or
a mask `is_error` (Kuan and Mueller 2022, Model-agnostic label quality scoring to detect real-world label errors). No
probe is fitted: the same probabilities go to all. "this package" takes them as `pred_probs` of an audit does.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from peers import CLEANLAB, Peer
from sklearn.metrics import average_precision_score, f1_score

from dataaudit import engine
from dataaudit.loaders import load
from dataaudit.model import ProbeSettings, Stage, Task
from dataaudit.probe.quality import Quality, review, strong
from dataaudit.probe.run import ProbeRun, probe_run
from dataaudit.stats.sample import Sample

FILTERS = ("both", "confident_learning", "low_normalized_margin", "low_self_confidence")


def judged(peer: Peer, P: NDArray[np.float64], y: NDArray[np.int64]) -> dict[str, tuple[object, NDArray[np.bool_]]]:
    """Return scores (None where they are those of the line above) and flags by judge."""
    theirs = peer.run("peer_cleanlab.py", "given", P=P, y=y)
    found: dict[str, tuple[object, NDArray[np.bool_]]] = {"cleanlab, default": (theirs["score"], theirs["flags"])}
    found |= {f"cleanlab, {name}": (None, theirs[f"flags_{name}"]) for name in FILTERS}
    quality = Quality(P, y)
    found["argmax ≠ label"] = (quality.margin, P.argmax(axis=1) != y)
    found["this package, as given"] = (quality.score, review(quality))
    found["this package, strong"] = (None, strong(quality) & review(quality))
    run = audited(P, y)
    own, score, flags = Quality(run.P[run.used], run.y[run.used]), np.full(len(y), -np.inf), np.zeros(len(y), bool)
    at = run.rows.position[run.used]
    score[at], flags[at] = own.score, review(own)
    score[np.isneginf(score)] = own.score.min() - 1
    found["this package"] = (score, flags)
    return found


def audited(P: NDArray[np.float64], y: NDArray[np.int64]) -> ProbeRun:
    """Return the probabilities as rules see them: brought to scale, and corrected where that is sure to help."""
    frame = pd.DataFrame({"x": np.random.default_rng(0).random(len(y)), "label": y})
    data, sample = load(frame, None, None, target="label"), Sample(len(y))
    facts = engine.profile(data, (*engine.BASE, Sample(), sample), stage=Stage.RAW, jobs=1)
    settings = ProbeSettings(sample=len(y), jobs=1, pred_probs=P)
    return probe_run(engine.views(facts, data.sources, task=Task.CLASSIFICATION, probe=settings))


def main() -> int:
    """Print a table for each file, and the means of F1."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cache", type=Path, help="where cleanlab's environment is kept")
    args = parser.parse_args()
    f1: dict[str, list[float]] = {}
    with Peer(CLEANLAB, args.cache) as peer:
        for path in sorted(args.folder.glob("*.npz")):
            with np.load(path) as data:
                P, y = data["pred_probs"].astype(np.float64), data["given"].astype(np.int64)
                wrong = data["is_error"] if "is_error" in data else data["true"] != data["given"]
            P /= P.sum(axis=1, keepdims=True)
            print(f"\n{path.stem}: {len(y):,} rows, {P.shape[1]} classes, {wrong.mean():.1%} wrong\n")
            print("| | average precision | flagged | precision | recall | F1 |\n|---|---|---|---|---|---|")
            for who, (score, flags) in judged(peer, P, y).items():
                right = int((flags & wrong).sum())
                f1.setdefault(who, []).append(float(f1_score(wrong, flags)))
                ap = "" if score is None else f"{average_precision_score(wrong, score):.3f}"
                print(
                    f"| {who} | {ap} | {flags.sum():,} | {right / max(1, flags.sum()):.3f} | "
                    f"{right / wrong.sum():.3f} | {f1[who][-1]:.3f} |"
                )
    print("\n| | mean F1 |\n|---|---|")
    for who, values in f1.items():
        print(f"| {who} | {np.mean(values):.3f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
