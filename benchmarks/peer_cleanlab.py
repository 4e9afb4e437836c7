"""What cleanlab says of some rows. Run by `peers.Peer` in cleanlab's own environment; imports nothing of this project.

    python peer_cleanlab.py tables|given|datalab in.npz out.npz

tables: X (n, d) and several draws of labels Y (c, n) → for each of the probes named in `probes`, `flags_<probe>` and
    `score_<probe>` (c, n) of CleanLearning around it; the larger the score, the more suspect the label.
given: P (n, k) and y (n,) → `flags`, `score` of cleanlab's defaults, and `flags_<filter>` of its other filters.
datalab: X and y → `seconds` of the cross-validated probabilities, of Datalab's label issues from them, and of all its
    issues from them and X; `flags`.
"""

from __future__ import annotations

import sys
import time
import warnings
from typing import Any

import numpy as np
from cleanlab.classification import CleanLearning
from cleanlab.filter import find_label_issues
from cleanlab.rank import get_label_quality_scores
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def probe(name: str, seed: int) -> Any:
    """Return a model by name, set as the project's own pool sets it, or as scikit-learn does ("-default")."""
    models = {
        "LR": make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)),
        "LR-pictures": make_pipeline(StandardScaler(), LogisticRegression(C=0.001, max_iter=100)),
        "HistGB": HistGradientBoostingClassifier(max_iter=40, max_leaf_nodes=15, random_state=seed),
        "HistGB-default": HistGradientBoostingClassifier(random_state=seed),
        "ExtraTrees": ExtraTreesClassifier(80, min_samples_leaf=2, random_state=seed),
        "ExtraTrees-default": ExtraTreesClassifier(random_state=seed),
    }
    return models[name]


def tables(X: Any, Y: Any, probes: Any, seed: Any) -> dict[str, Any]:
    """Judge each draw of labels with each probe."""
    answer: dict[str, Any] = {}
    for name in probes:
        flags, scores = np.zeros(Y.shape, bool), np.zeros(Y.shape)
        began = time.process_time()
        for i, y in enumerate(Y):
            found = CleanLearning(probe(str(name), int(seed)), cv_n_folds=5, seed=int(seed)).find_label_issues(X, y)
            flags[i], scores[i] = found["is_label_issue"], -found["label_quality"]
        answer |= {f"flags_{name}": flags, f"score_{name}": scores}
        answer[f"seconds_{name}"] = np.array((time.process_time() - began) / len(Y))
    return answer


def given(P: Any, y: Any) -> dict[str, Any]:
    """Judge labels by probabilities that are there already."""
    filters = ("prune_by_noise_rate", "both", "confident_learning", "low_normalized_margin", "low_self_confidence")
    flags = {f"flags_{name}": find_label_issues(y, P, filter_by=name, n_jobs=1) for name in filters}
    return {"flags": find_label_issues(y, P, n_jobs=1), "score": -get_label_quality_scores(y, P), **flags}


def datalab(X: Any, y: Any) -> dict[str, Any]:
    """Time Datalab with HistGradientBoosting."""
    from cleanlab import Datalab

    at = [(time.perf_counter(), time.process_time())]
    P = cross_val_predict(HistGradientBoostingClassifier(random_state=0), X, y, cv=5, method="predict_proba")
    at.append((time.perf_counter(), time.process_time()))
    lab = Datalab({"X": X, "y": y}, label_name="y", task="classification", verbosity=0)
    lab.find_issues(pred_probs=P, issue_types={"label": {}})
    at.append((time.perf_counter(), time.process_time()))
    flags = lab.get_issues("label")["is_label_issue"].to_numpy()
    Datalab({"X": X, "y": y}, label_name="y", task="classification", verbosity=0).find_issues(pred_probs=P, features=X)
    at.append((time.perf_counter(), time.process_time()))
    return {"seconds": np.diff(at, axis=0), "flags": flags}


def main() -> None:
    """Read, judge, write."""
    what, there, back = sys.argv[1:4]
    warnings.simplefilter("ignore")
    with np.load(there) as arrays:
        answer = {"tables": tables, "given": given, "datalab": datalab}[what](**dict(arrays))
    np.savez(back, **answer)


if __name__ == "__main__":
    main()
