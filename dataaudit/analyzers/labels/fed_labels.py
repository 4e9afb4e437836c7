"""What is odd about labels as a loader feeds them: codes beyond the outputs, types and shapes that a loss refuses."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from dataaudit.analyzers.common import plural
from dataaudit.model import Severity, SplitView
from dataaudit.stats.batch_log import BatchLog, LeafLog

TORCH_IGNORES = -100
"""The code that PyTorch's cross-entropy leaves out unless it is told another (`ignore_index`)."""


@dataclass(frozen=True)
class Oddity:
    """One thing that is odd about the codes of classes.

    Attributes
    ----------
    kind : str
        Which thing: the place of the finding.
    message : str
        A clause, in lower case.
    fix : str
        What to write instead.
    severity : Severity
        Of the finding.
    odd : tuple of Hashable
        The labels whose rows are listed; none where all are alike.
    """

    kind: str
    message: str
    fix: str
    severity: Severity = Severity.WARNING
    odd: tuple[Hashable, ...] = ()


@dataclass(frozen=True)
class FedLabels:
    """The labels of one split's batches.

    Attributes
    ----------
    shape : tuple of int
        Of one label.
    dtype : str
        As fed.
    low, high : float
        Over all batches.
    encoding : str
        "one-hot", "soft" (shares that add up to one) or "".
    """

    shape: tuple[int, ...]
    dtype: str
    low: float
    high: float
    encoding: str

    @property
    def is_float(self) -> bool:
        """Whether the labels are floating-point numbers."""
        return self.dtype.startswith(("float", "bfloat"))


def fed_labels(split: SplitView) -> FedLabels | None:
    """Return how a loader gives its labels; None where it gives none, text, no number, or several forms."""
    if split.context.kind != "batches":
        return None
    leaves = [leaf for batch in split.get(BatchLog()).batches for leaf in batch.leaves if leaf.name == batch.target]
    if not leaves or any(leaf.shape is None for leaf in leaves) or len({(x.shape, x.dtype) for x in leaves}) > 1:
        return None
    shape = leaves[0].shape or ()
    leaves = [leaf for leaf in leaves if np.isfinite(leaf.low)]
    if not leaves:
        return None
    low, high = min(leaf.low for leaf in leaves), max(leaf.high for leaf in leaves)
    return FedLabels(shape, leaves[0].dtype, low, high, _encoding(shape, leaves))


def _encoding(shape: tuple[int, ...], leaves: Sequence[LeafLog]) -> str:
    """Return how vectors stand for classes, from their means and deviations alone.

    Rows that add up to one have column means that do. Of zeros and ones alone, a column of mean m has the variance
    m (1 - m); of anything in between, less.
    """
    if len(shape) != 1 or shape[0] < 2 or any(leaf.low < 0 or leaf.high > 1 + 1e-4 for leaf in leaves):
        return ""
    n = shape[0]
    means = [leaf.mean if leaf.axis is not None else np.full(n, leaf.mean[0]) for leaf in leaves if leaf.mean.size]
    if not means or any(abs(mean.sum() - 1) > 1e-3 for mean in means):
        return ""
    full = all(np.allclose(x.std**2, x.mean * (1 - x.mean), atol=1e-4) for x in leaves if x.mean.size)
    return "one-hot" if full else "soft"


def fed_oddities(splits: Mapping[str, SplitView], outputs: int | None) -> Iterator[Oddity]:
    """Yield what a loss would refuse in the form of the labels, judged by train and what differs from it.

    Parameters
    ----------
    splits : mapping of str to SplitView
        Train first.
    outputs : int or None
        Of the network, as declared.
    """
    seen: set[str] = set()
    for split in splits.values():
        given = fed_labels(split)
        if given is None:
            continue
        for oddity in (*_vectors(given, outputs), *_single(given, outputs)):
            if oddity.kind not in seen:
                seen.add(oddity.kind)
                yield oddity


def _vectors(given: FedLabels, outputs: int | None) -> Iterator[Oddity]:
    if len(given.shape) != 1 or given.shape[0] < 2:
        return
    n = given.shape[0]
    if outputs is not None and n != outputs and given.encoding:
        yield Oddity(
            "width",
            f"labels are {given.encoding} vectors of {n:,}, where the network has {plural(outputs, 'output')}",
            f"+ y = np.eye({outputs})[classes]",
            Severity.ERROR,
        )
    if not given.encoding and (given.low < 0 or given.high > 1) and outputs == n:
        yield Oddity(
            "outside",
            f"labels of {n:,} outputs run from {given.low:g} to {given.high:g}; binary cross-entropy takes 0 to 1",
            "+ y = (y > 0).astype(np.float32)   # yes or no for each output",
        )


def _single(given: FedLabels, outputs: int | None) -> Iterator[Oddity]:
    if given.shape not in ((), (1,)) or outputs is None:
        return
    if outputs == 1 and (given.low < 0 or given.high > 1):
        yield Oddity(
            "outside",
            f"labels run from {given.low:g} to {given.high:g}, where binary cross-entropy of one output takes 0 to 1",
            "+ y = (y > 0).astype(np.float32)",
        )
    if outputs < 3:
        return  # binary cross-entropy takes floats of shape (n, 1)
    if given.is_float:
        yield Oddity(
            "float",
            f"labels are {given.dtype}, where cross-entropy of {outputs:,} outputs takes whole numbers; PyTorch fails",
            "+ y = y.astype(np.int64)",
        )
    if given.shape == (1,):
        yield Oddity(
            "upright",
            f"labels are of shape (rows, 1), where cross-entropy of {outputs:,} outputs takes (rows,); PyTorch fails",
            "+ y = y[:, 0]",
        )


def ignored_by_loss(oddity: Oddity) -> Oddity:
    """Return a code for "no label" as a note where it is the one that PyTorch's cross-entropy ignores by itself."""
    plain = oddity.kind == "ignored" and set(oddity.odd) == {float(TORCH_IGNORES)}
    return replace(oddity, severity=Severity.NOTE) if plain else oddity


def beyond_outputs(counts: Mapping[float, int], outputs: int | None) -> Iterator[Oddity]:
    """Yield the class codes that no output stands for: from `outputs` on, or negative, those of "no label" aside."""
    if outputs is None or outputs < 2:
        return
    whole = sorted(c for c in counts if float(c).is_integer())
    above = [c for c in whole if c >= outputs]
    below = [c for c in whole if c < 0 and c not in (-1.0, float(TORCH_IGNORES))]
    if above:
        n = sum(int(counts[c]) for c in above)
        from_one = above == [float(outputs)] and 0.0 not in counts and 1.0 in counts
        yield Oddity(
            "beyond",
            f"{plural(n, 'row has', 'rows have')} the label {_ends(above)}, where "
            f"{outputs:,} outputs are numbered 0 to {outputs - 1}: an index error in cross-entropy"
            + ("; the classes are counted from 1" if from_one else ""),
            "+ y = y - 1" if from_one else f"Give the network {int(above[-1]) + 1:,} outputs, or mend these labels.",
            Severity.ERROR,
            tuple(int(c) for c in above),
        )
    if below:
        n = sum(int(counts[c]) for c in below)
        yield Oddity(
            "negative",
            f"{plural(n, 'row has', 'rows have')} a negative label, such as {below[0]:.0f}: an index error in "
            "cross-entropy",
            "+ y[y < 0] = -100   # what cross-entropy ignores; or drop these rows",
            Severity.ERROR,
            tuple(int(c) for c in below),
        )


def _ends(codes: Sequence[float]) -> str:
    return f"{codes[0]:.0f}" if len(codes) == 1 else f"{codes[0]:.0f} to {codes[-1]:.0f}"
