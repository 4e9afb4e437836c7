"""Whether an epoch is drawn with replacement, on purpose or not."""

from __future__ import annotations

import math

import numpy as np

from dataaudit.analyzers.batches.shown import Shown, shown
from dataaudit.analyzers.order.batches_common import feeding_of, found_of, log_of
from dataaudit.analyzers.probability import chi2_tail
from dataaudit.model import SplitView


def on_purpose(split: SplitView) -> str:
    """Return the sampler's name where samples are declared, or said by the loader, to come again; else nothing."""
    found = found_of(split)
    declared = feeding_of(split).sampler if split.role == "train" else None
    if declared and any(word in declared.lower() for word in ("weight", "replace", "balanc", "over")):
        return declared
    return str(found.get("sampler", "")) if found.get("weighted") or found.get("replacement") else ""


def with_replacement(seen: Shown, epoch: int) -> bool:
    """Return whether the number of different samples is what drawing with replacement gives, each as likely.

    Of n samples m draws are expected to leave out n (1 - 1/n)**m, with a variance of at most n e**-(m/n); five
    standard deviations and 2 % of n are allowed.
    """
    everything, rows = seen.all, seen.rows(epoch)
    if not everything or not seen.steady or everything < 10:
        return False
    left = everything * (1 - 1 / everything) ** rows
    slack = 5 * math.sqrt(everything * math.exp(-rows / everything)) + 0.02 * everything
    again, expected = int(seen.extra(epoch).sum()), rows - (everything - left)
    return (
        left > 0.05 * everything
        and abs(everything - seen.distinct(epoch) - left) <= slack
        and again >= 0.5 * expected
        and again > 0
    )


def evened_out(split: SplitView, epoch: int) -> bool:
    """Return whether classes come equally often though some have fewer samples, as a weighted sampler makes them.

    Equal shares must be plausible (p > 0.01), and the shares that the different samples have must not (p < 1e-4), both
    by chi-squared over the classes.
    """
    log, seen = log_of(split), shown(split)
    _, label = np.unique(log.labels(epoch), return_inverse=True)
    classes = int(label.max(initial=0)) + 1
    if classes < 2 or not seen.steady:
        return False
    drawn = np.bincount(label, minlength=classes).astype(float)
    ids = seen.ids[epoch]
    fresh = (ids >= 0) & ~seen.extra(epoch)
    own = np.bincount(label[fresh], minlength=classes).astype(float)
    if not own.all() or drawn.min() < 5:
        return False
    rate = drawn / own  # showings of each sample that came at all; those of rare classes come more often
    whole = own / -np.expm1(-np.maximum(rate, 1.0))
    natural = whole / whole.sum() * drawn.sum()
    even = drawn.sum() / classes
    far = chi2_tail(float(((drawn - natural) ** 2 / natural).sum()), classes - 1)
    near = chi2_tail(float(((drawn - even) ** 2 / even).sum()), classes - 1)
    return near > 0.01 and far < 1e-4
