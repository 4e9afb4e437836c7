"""False accusations and detection of the scalers by ranges and ranks, and of components, on synthetic data.

    python benchmarks/leakage_families.py [--clean 20000] [--tries 30] [--seed 0] [--family min-max ...]

As `leakage_calibration.py`, whose data sets, ways of splitting and storage formats it takes, for min-max, max-abs,
robust and quantile scaling and for principal, whitened and independent components. Two families are clean however they
are fitted: columns that are bounded by nature, so that some rows attain 0 and 1, and random projections.
"""

from __future__ import annotations

import sys
import warnings
from typing import Any

import numpy as np
from leakage_calibration import Array, Family, Transform, main

from dataaudit.analyzers.leakage.pca import PcaFitOnAll
from dataaudit.analyzers.leakage.scaler import ScalerFitOnAll, ScalerFitOnTest, ScalerFitPerSplit

RULES = (ScalerFitOnAll(), ScalerFitPerSplit(), ScalerFitOnTest(), PcaFitOnAll())
COMPONENTS = dict.fromkeys(("all", "each", "test"), "LEA107")


def sklearn_step(name: str, **options: Any) -> Any:
    """Return the fit of one of scikit-learn's scalers or decompositions."""

    def fit(rows: Array) -> Transform:
        from sklearn import decomposition, preprocessing

        given = dict(options)
        if name == "QuantileTransformer":
            given["n_quantiles"] = min(1000, len(rows))
        step = getattr(preprocessing, name, None) or getattr(decomposition, name)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fitted = step(**given).fit(rows)
        return lambda x: np.asarray(fitted.transform(x), dtype=np.float64)

    return fit


def pca_of_standardised(rows: Array, whiten: bool = False) -> Transform:
    """Standardise, and turn into components."""
    mean, std = rows.mean(axis=0), rows.std(axis=0)
    std = np.where(std > 0, std, 1.0)
    components = sklearn_step("PCA", whiten=whiten)((rows - mean) / std)
    return lambda x: components((x - mean) / std)


def by_nature(rows: Array) -> Transform:
    """Cut off at 0 and 1, far out, whatever the rows: shares, probabilities, saturated sensors."""
    return lambda x: np.clip(0.5 + x / 6.0, 0.0, 1.0)


def projected(rows: Array) -> Transform:
    """Standardise, and project at random."""
    mean, std = rows.mean(axis=0), np.where(rows.std(axis=0) > 0, rows.std(axis=0), 1.0)
    d = rows.shape[1]
    directions = np.random.default_rng(d).normal(size=(d, d))
    return lambda x: (x - mean) / std @ directions


def targets(**of_columns: float) -> dict[tuple[str, str, int], float]:
    """Return shares by number of columns, as c1=0.2, of continuous columns in double precision."""
    return {("continuous", "float64", int(name[1:])): share for name, share in of_columns.items()}


STORED = tuple(("continuous", store, d) for store in ("float32", "4 decimals") for d in (5, 20))
TABLE = (("mix", "float64", 10), ("mix", "4 decimals", 20), *STORED)

FAMILIES: dict[str, Family] = {
    "min-max": Family(sklearn_step("MinMaxScaler"), rules=RULES, table=TABLE, targets=targets(c1=0, c5=0.67, c20=1)),
    "min-max to -1..1": Family(sklearn_step("MinMaxScaler", feature_range=(-1, 1)), rules=RULES, table=STORED),
    "max-abs": Family(sklearn_step("MaxAbsScaler"), rules=RULES, table=STORED, targets=targets(c5=0, c20=1)),
    "robust": Family(sklearn_step("RobustScaler"), rules=RULES, table=TABLE, targets=targets(c1=0, c5=1, c20=1)),
    "quantile, uniform": Family(sklearn_step("QuantileTransformer"), rules=RULES, table=STORED, targets=targets(c5=1)),
    "quantile, normal": Family(
        sklearn_step("QuantileTransformer", output_distribution="normal"),
        rules=RULES,
        table=STORED,
        targets=targets(c5=1),
    ),
    "PCA": Family(pca_of_standardised, COMPONENTS, rules=RULES, table=TABLE, targets=targets(c2=0, c5=1)),
    "whitening": Family(
        lambda rows: pca_of_standardised(rows, whiten=True),
        COMPONENTS,
        rules=RULES,
        table=STORED,
        targets=targets(c5=1),
    ),
    "bounded by nature": Family(by_nature, {}, rules=RULES),
    "random projection": Family(projected, {}, rules=RULES),
}

if __name__ == "__main__":
    sys.exit(main(FAMILIES, __doc__))
