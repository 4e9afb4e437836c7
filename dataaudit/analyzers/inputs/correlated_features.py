"""INP113 correlated-features."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from dataaudit.analyzers.common import capital, listing, number, numeric_features, plural
from dataaudit.analyzers.inputs.twins import COLUMNS, ROWS, twins
from dataaudit.model import CannotTell, Finding, Floats, Kind, Name, NotApplicable, Passed, Severity, SplitView, option
from dataaudit.registry import register
from dataaudit.stats.sample import Sample

_TERMS = 8
"""Terms of a linear combination that are shown."""


@register
@dataclass(frozen=True)
class CorrelatedFeatures:
    """Inputs that are copies, or linear combinations, of other inputs.

    ## Why it matters
    They add weights but no information: importance is shared out among the copies at random, linear models become
    unstable, and a fault in one column hides behind its twin.

    ## How it decides
    On at most 5,000 sampled rows without gaps and the first 500 numeric inputs, those that lack more than a fifth of
    their cells left out: a pair with a correlation of
    `correlation` or more, in size, is a copy up to scale and sign. Then, with at least three rows a column, each
    column is projected on those before it that are no combination themselves; one of which no more than
    1 - `explained` of the variance is left is a linear combination of them. Columns of two values are left out of
    that, since the dummies of a category add up to one by design. Categorical inputs are copies if one value of the
    one stands for each value of the other in all sampled rows.

    ## What to do
    Keep one of each group, the one that is easiest to get right.

    ## When to ignore it
    Models with strong regularisation or trees lose little; physical quantities often come as redundant sets.

    ## When it cannot tell
    Relations that are not linear, and combinations among more columns than a third of the rows.
    """

    code: ClassVar[str] = "INP113"
    name: ClassVar[str] = "correlated-features"
    severity: ClassVar[Severity] = Severity.NOTE
    consequence: ClassVar[str] = "spends weights on what other inputs say already"
    tips: ClassVar[tuple[str, ...]] = ("11.3",)

    correlation: float = option(0.999, "correlation of a pair, in size, from which it is noted")
    explained: float = option(0.999999, "share of a column's variance that others explain from which it is noted")

    def needs(self) -> tuple[Sample]:
        return (Sample(),)

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        first = next(iter(splits.values()))
        if first.schema.pictures or first.schema.pixels:
            raise NotApplicable("single pixels are not judged as features")
        kinds = first.context.kinds
        texts = [
            c.name for c in first.schema.coded if c.name in first.context.features and kinds[c.name] is not Kind.ID
        ]
        names, X = _complete(numeric_features(first.context)[:COLUMNS], splits)
        if len(names) + len(texts) < 2:
            raise NotApplicable("there are fewer than two inputs to compare")
        if X.shape[1] < 10 and len(texts) < 2:
            raise CannotTell(f"{plural(X.shape[1], 'row')} without gaps, fewer than 10")
        Z, spread, names = _standardised(names, X)
        copies, highest = _copies(names, Z, self.correlation) if X.shape[1] >= 10 else ([], 0.0)
        for group in twins(texts, splits):
            copies.append((group, 1.0))
        if copies:
            yield _copied(copies, splits)
        later = {name for group, _ in copies for name in group[1:]}
        sums = _combinations(names, Z, spread, later, 1.0 - self.explained)
        if sums:
            yield _combined(sums, splits)
        yield Passed(f"{plural(len(names) + len(texts), 'input')}; the highest correlation of a pair is {highest:.3f}")


def _complete(names: list[Name], splits: Mapping[str, SplitView]) -> tuple[list[Name], Floats]:
    """Return columns and the sampled rows in which all of them are known; columns with many gaps are left out."""
    index = next(iter(splits.values())).schema.number_index
    at = [index[n] for n in names]
    X = np.concatenate([s.get(Sample()).numbers[at] for s in splits.values()], axis=1)[:, : 4 * ROWS]
    known = np.isfinite(X)
    full = known.mean(axis=1) >= 0.8 if X.shape[1] else np.zeros(len(at), dtype=bool)
    X, known = X[full], known[full]
    return [n for n, keep in zip(names, full, strict=True) if keep], X[:, known.all(axis=0)][:, :ROWS]


def _standardised(names: list[Name], X: Floats) -> tuple[Floats, Floats, list[Name]]:
    """Return lines of mean 0 and length 1, and their spread, without those that do not vary."""
    if not X.shape[1]:
        return X[:0], np.zeros(0), []
    size = np.maximum(np.abs(X).max(axis=1), 1e-300)
    scaled = X / size[:, None]
    centred = scaled - scaled.mean(axis=1, keepdims=True)
    length = np.sqrt((centred * centred).sum(axis=1))
    varies = length > 1e-9 * np.sqrt(X.shape[1])
    spread = size[varies] * (length[varies] / np.sqrt(X.shape[1]))
    return centred[varies] / length[varies, None], spread, [n for n, v in zip(names, varies, strict=True) if v]


def _copies(names: list[Name], Z: Floats, least: float) -> tuple[list[tuple[list[Name], float]], float]:
    """Return groups of columns that correlate with the first of each, and the highest correlation of any pair."""
    if len(names) < 2:
        return [], 0.0
    R = np.clip(Z @ Z.T, -1.0, 1.0)
    near = np.triu(np.abs(R), 1)
    taken: set[int] = set()
    found = []
    for i in np.flatnonzero((near >= least).any(axis=1)).tolist():
        members = [j for j in np.flatnonzero(near[i] >= least).tolist() if j not in taken]
        if i not in taken and members:
            taken |= {i, *members}
            found.append(([names[i], *(names[j] for j in members)], float(near[i][members].min())))
    return found, float(near.max())


def _combinations(
    names: list[Name], Z: Floats, spread: Floats, later: set[Name], left: float
) -> list[tuple[Name, list[tuple[Name, float]], float]]:
    """Return the columns that are linear combinations of earlier ones: (column, terms, share of variance left)."""
    kept = [i for i, n in enumerate(names) if n not in later and len(np.unique(Z[i])) > 2]
    if len(kept) < 3 or Z.shape[1] < 3 * len(kept):
        return []
    # no share that is left is below the smallest eigenvalue of the correlations, which is cheap to get
    if float(np.linalg.eigvalsh(Z[kept] @ Z[kept].T)[0]) > left:
        return []
    basis = np.zeros((len(kept), Z.shape[1]))
    used: list[int] = []
    found: list[tuple[Name, list[tuple[Name, float]], float]] = []
    for i in kept:
        known = basis[: len(used)]
        rest = Z[i] - known.T @ (known @ Z[i])
        rest -= known.T @ (known @ rest)  # twice is enough (Kahan, Parlett)
        share = float(rest @ rest)
        if share > left or len(used) < 2:
            basis[len(used)] = rest / np.sqrt(max(share, 1e-300))
            used.append(i)
            continue
        weights = np.linalg.lstsq(Z[used].T, Z[i], rcond=None)[0]
        terms = [
            (names[j], float(w * spread[i] / spread[j])) for j, w in zip(used, weights, strict=True) if abs(w) > 1e-3
        ]
        found.append((names[i], terms, share))
    return found


def _copied(copies: list[tuple[list[Name], float]], splits: Mapping[str, SplitView]) -> Finding:
    group, r = copies[0]
    message = f"{listing(group)} say the same" + ("" if r == 1.0 else f" (correlation {_r(r)})")
    if len(copies) > 1:
        message += f", and so do {plural(len(copies) - 1, 'more group')} of columns"
    rows: list[list[Any]] = [[g[0], listing(g[1:], 10), _r(r)] for g, r in copies[:200]]
    return Finding(
        capital(message),
        splits=tuple(splits),
        columns=tuple(n for g, _ in copies for n in g),
        evidence={
            "table": {
                "caption": "Columns that say the same up to scale, sign or wording",
                "columns": ["column", "copies", "least correlation"],
                "rows": rows,
                "total": len(copies),
            }
        },
        place="copies",
        fix=f"- data = data.drop(columns={copies[0][0][1:6]!r})",
    )


def _r(r: float) -> str:
    return "1" if r > 1 - 1e-9 else f"{min(r, 0.999999):.6f}".rstrip("0")


def _written(terms: list[tuple[Name, float]]) -> str:
    """Return a linear combination as a formula, its largest weights first."""
    shown = sorted(terms, key=lambda t: -abs(t[1]))[:_TERMS]
    text = " + ".join(f"{number(w)} * {n}" for n, w in shown).replace("+ -", "- ")
    return text + (f" + {len(terms) - _TERMS} more" if len(terms) > _TERMS else "")


def _combined(sums: list[tuple[Name, list[tuple[Name, float]], float]], splits: Mapping[str, SplitView]) -> Finding:
    name, terms, _ = sums[0]
    message = f"{listing([name])} is a linear combination of {listing([n for n, _ in terms])}"
    if len(sums) > 1:
        message += f", and so {'is' if len(sums) == 2 else 'are'} {plural(len(sums) - 1, 'more column')}"
    return Finding(
        capital(message),
        splits=tuple(splits),
        columns=tuple(n for n, _, _ in sums),
        evidence={
            "table": {
                "caption": "Combinations, up to a constant",
                "columns": ["column", "is", "variance left"],
                "rows": [[n, _written(t), f"{share:.1e}"] for n, t, share in sums[:200]],
                "total": len(sums),
            }
        },
        place="combinations",
        fix=f"- data = data.drop(columns={[n for n, _, _ in sums][:5]!r})",
    )
