"""Wrong labels among several a row: how LAB106 ranks the rows, against one logistic regression for each label.

    python benchmarks/label_sets.py

scikit-learn's make_multilabel_classification, 1,500 rows of 20 counts and six labels; one label is turned in 5 and 10 %
of the rows, three draws each. Both sides predict out of five folds and rank rows by the least probable of their labels.
Printed: average precision of each side, and what the list of the finding holds. Takes about two minutes.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.datasets import make_multilabel_classification
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from dataaudit import engine
from dataaudit.config import build_rules
from dataaudit.loaders import load
from dataaudit.model import ProbeSettings, Stage, Task
from dataaudit.probe.label_sets import LabelSets, label_sets
from dataaudit.probe.run import probe_run

ROWS, LABELS = 1500, 6


def turned(share: float, seed: int) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.bool_]]:
    """Return inputs, labels of which some were turned, and the rows where one was."""
    X, Y = make_multilabel_classification(ROWS, 20, n_classes=LABELS, n_labels=2, random_state=seed)
    rng = np.random.default_rng(seed)
    rows = rng.choice(ROWS, round(share * ROWS), replace=False)
    Y[rows, rng.integers(0, LABELS, len(rows))] ^= 1
    return X, Y, np.isin(np.arange(ROWS), rows)


def regressions(X: NDArray[np.float64], Y: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return for each row how improbable one logistic regression a label finds the least probable of its labels."""
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))
    P = [cross_val_predict(model, X, Y[:, j], cv=5, method="predict_proba")[:, 1] for j in range(LABELS)]
    yes = np.column_stack(P)
    surprise: NDArray[np.float64] = -np.where(Y == 1, yes, 1 - yes).min(axis=1)
    return surprise


def probed(X: NDArray[np.float64], Y: NDArray[np.int64]) -> LabelSets:
    """Return what LAB106 sees of the same rows."""
    frame = pd.DataFrame(X, columns=[f"x{j}" for j in range(X.shape[1])])
    names = [f"label {j}" for j in range(LABELS)]
    frame[names] = Y
    data, settings = load(frame, target=names), ProbeSettings()
    facts = engine.profile(data, engine.plan(build_rules(["LAB106"]), settings), stage=Stage.RAW)
    return label_sets(probe_run(engine.views(facts, data.sources, task=Task.MULTILABEL, probe=settings)))


def main() -> None:
    """Print one line a draw, and the means."""
    print("share  draw  LAB106  one LR a label  listed  of them wrong")
    both = []
    for share in (0.05, 0.10):
        for seed in range(3):
            X, Y, wrong = turned(share, seed)
            found = probed(X, Y)
            truth = wrong[found.run.rows.position[found.at]]
            ours = average_precision_score(truth, found.score)
            theirs = average_precision_score(wrong, regressions(X, Y))
            listed = found.doubted.any(axis=1)
            both.append((ours, theirs))
            right = truth[listed].mean() if listed.any() else float("nan")
            print(
                f"{share:5.2f}  {seed:4d}  {ours:6.3f}  {theirs:14.3f}  {int(listed.sum()):6d}  {right:13.2f}",
                flush=True,
            )
    ours, theirs = np.mean(both, axis=0)
    print(f" mean        {ours:6.3f}  {theirs:14.3f}")


if __name__ == "__main__":
    main()
