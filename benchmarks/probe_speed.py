"""Time of the probe on 20,000 rows of 50 columns, against cleanlab's Datalab with HistGradientBoosting.

    python benchmarks/probe_speed.py [--rows 20000] [--columns 50] [--classes 2 10] [--cache FOLDER] [--threads 2]

The probe: five folds, four models, two rounds, from the samples on; the label rule's judgement is timed as well.
Datalab gets the same rows: cross-validated probabilities of scikit-learn's HistGradientBoostingClassifier as it comes
(five folds), its label issues, and all issues that it finds from probabilities and inputs. Classes are normal clouds
that overlap, a twentieth of the labels is changed. Seconds are of the clock, and in brackets of all cores together,
which a busy machine does not change. The exit status is 1 where the probe takes longer than 20 s.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from peers import CLEANLAB, Peer
from sklearn.metrics import f1_score

from dataaudit import engine
from dataaudit.analyzers.labels.label_noise import LabelNoise
from dataaudit.loaders import load
from dataaudit.model import Floats, ProbeSettings, Stage, Task
from dataaudit.probe.quality import Quality, review
from dataaudit.probe.run import probe_run
from dataaudit.stats.sample import Sample


def clocks() -> tuple[float, float]:
    """Return seconds of the clock and of all cores."""
    return time.perf_counter(), time.process_time()


def told(seconds: Floats) -> str:
    """Return both clocks' seconds as text."""
    return f"{seconds[0]:.1f} s ({seconds[1]:.1f})"


def clouds(rows: int, columns: int, classes: int) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.bool_]]:
    """Return inputs, labels, and which labels were changed."""
    rng = np.random.default_rng(classes)
    y = rng.integers(0, classes, rows)
    X = rng.normal(size=(rows, columns)) + rng.normal(0, 0.6, (classes, columns))[y]
    wrong = rng.random(rows) < 0.05
    y = np.where(wrong, (y + rng.integers(1, classes, rows)) % classes, y)
    return X.astype(np.float32), y, wrong


def ours(X: NDArray[np.float32], y: NDArray[np.int64], threads: int) -> tuple[Floats, NDArray[np.bool_], str]:
    """Return seconds of the probe and of the rule, flags, and what limited the probe."""
    frame = pd.DataFrame(X, columns=[f"x{j}" for j in range(X.shape[1])]).assign(label=y)
    data, rule = load(frame, None, None, target="label"), LabelNoise()
    wanted = dict.fromkeys((*engine.plan([rule]), Sample()))
    facts = engine.profile(data, tuple(wanted), stage=Stage.RAW, jobs=threads)
    settings = ProbeSettings(seed=0, jobs=threads)
    seen = engine.views(facts, data.sources, task=Task.CLASSIFICATION, probe=settings)
    at = [clocks()]
    run = probe_run(seen)
    at.append(clocks())
    engine.judge([rule], seen)
    at.append(clocks())
    flags = np.zeros(len(y), bool)
    flags[run.rows.position[run.used]] = review(Quality(run.P[run.used], run.y[run.used]))
    return np.diff(at, axis=0), flags, run.limited or ""


def main() -> int:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--columns", type=int, default=50)
    parser.add_argument("--classes", type=int, nargs="+", default=[2, 10])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--cache", type=Path, help="where cleanlab's environment is kept")
    parser.add_argument("--side", choices=("theirs", "ours"), help="one side alone")
    args = parser.parse_args()
    slow = False
    print(
        "| rows × columns, classes | probe | + rule | F1 | HistGB alone | + label issues | + all issues | F1 | ratio |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    with Peer(CLEANLAB, args.cache) as peer:
        for classes in args.classes:
            X, y, wrong = clouds(args.rows, args.columns, classes)
            line, probe, labels = [f"{args.rows:,} × {args.columns}, {classes}"], np.full(2, np.nan), np.full(2, np.nan)
            if args.side != "theirs":
                (probe, rule), flags, limited = ours(X, y, args.threads)
                slow |= bool(probe[0] > 20)
                line += [f"{told(probe)} {limited}", told(probe + rule), f"{f1_score(wrong, flags):.3f}"]
            if args.side != "ours":
                answer = peer.run("peer_cleanlab.py", "datalab", threads=args.threads, X=X, y=y)
                fit, label, everything = answer["seconds"]
                labels = fit + label
                line += [told(fit), told(labels), told(fit + everything)]
                line.append(f"{f1_score(wrong, answer['flags']):.3f}")
            print("| " + " | ".join([*line, "{:.2f} ({:.2f})".format(*probe / labels)]) + " |", flush=True)
    return int(slow)


if __name__ == "__main__":
    sys.exit(main())
