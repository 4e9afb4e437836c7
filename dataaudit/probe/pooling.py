"""What several models say, made one: weights, temperature, margins."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dataaudit.model import Floats, Ints

FLOOR = 1e-6
"""Least probability: a forest that never saw a class here gives zero, whose logarithm nothing could outweigh."""
EQUAL = 0.25
"""Part of the weight that all models share alike. The likeliest mixture trusts the best model too much, by luck and
because labels that are wrong have a say in it; measured on tables with injected noise, as is the next."""
LATER = 2 / 3
"""Weight of the second round, in which wrong labels count for less, against the first."""


def clipped(P: Floats) -> Floats:
    """Return probabilities that add up to one a row and are `FLOOR` or more."""
    kept = np.maximum(np.nan_to_num(P, nan=0.0, posinf=1.0, neginf=0.0), FLOOR)
    found: Floats = kept / kept.sum(axis=1, keepdims=True)
    return found


def mixture(likelihood: Floats, steps: int = 100) -> Floats:
    """Return the weights of a mixture by expectation-maximisation.

    Parameters
    ----------
    likelihood : ndarray of float64, shape (n_models, n)
        What each model gives to what each row says.
    steps : int
        Most steps; it stops when no weight moves by 1e-4.

    Returns
    -------
    ndarray of float64, shape (n_models,)
        Adding up to one; equal where there are no rows.

    References
    ----------
    Dempster, Laird, Rubin (1977), J. Royal Statistical Society B 39, 1-38.
    """
    weights = np.full(len(likelihood), 1.0 / len(likelihood))
    if not likelihood.shape[1]:
        return weights
    for _ in range(steps):
        share = weights[:, None] * likelihood
        total = np.maximum(share.sum(axis=0), np.finfo(np.float64).tiny)
        new: Floats = (share / total).mean(axis=1)
        new /= new.sum()
        if np.abs(new - weights).max() < 1e-4:
            return new
        weights = new
    return weights


def pooled(models: Sequence[Floats], labels: Ints) -> tuple[Floats, Floats]:
    """Return the mixture of several models' probabilities, tempered, and the weight of each model.

    Parameters
    ----------
    models : sequence of ndarray, each of shape (n, n_classes)
        Out-of-fold probabilities.
    labels : ndarray of int64, shape (n,)
        As given.
    """
    kept = [tempered(P, labels) for P in models]  # a forest's shares are too cautious, and would weigh too little
    rows = np.arange(len(labels))
    weights = mixture(np.stack([P[rows, labels] for P in kept]))
    weights = (1.0 - EQUAL) * weights + EQUAL / len(weights)
    return tempered(sum((w * P for w, P in zip(weights, kept, strict=True)), np.zeros_like(kept[0])), labels), weights


def tempered(P: Floats, labels: Ints) -> Floats:
    """Return probabilities raised to the power that suits the given labels best, between 1/10 and 10.

    The power minimises the negative log-likelihood, which is convex in it: it is found by bisecting the slope.

    References
    ----------
    Guo, Pleiss, Sun, Weinberger (2017), On calibration of modern neural networks, ICML.
    """
    log = np.log(clipped(P))
    if len(log):
        log = power(log, labels) * log
    log -= log.max(axis=1, keepdims=True)
    return clipped(np.exp(log))


def power(log: Floats, labels: Ints) -> float:
    """Return the power of `tempered`, given the logarithms of the probabilities."""
    rows = np.arange(len(log))
    own = log[rows, labels]

    def slope(t: float) -> float:
        z = t * log
        z -= z.max(axis=1, keepdims=True)
        p = np.exp(z)
        return float(((p * log).sum(axis=1) / p.sum(axis=1) - own).mean())

    low, high = np.log(0.1), np.log(10.0)
    for _ in range(20):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if slope(float(np.exp(middle))) < 0 else (low, middle)
    return float(np.exp(0.5 * (low + high)))


def geometric(a: Floats, b: Floats, share: float = 0.5) -> Floats:
    """Return the geometric mean of two sets of probabilities, in which the second has some share of the weight."""
    log = (1.0 - share) * np.log(clipped(a)) + share * np.log(clipped(b))
    log -= log.max(axis=1, keepdims=True)
    return clipped(np.exp(log))


def margins(P: Floats, labels: Ints) -> Floats:
    """Return by how much the likeliest other label is likelier than the given one, as a logarithm, shape (n,)."""
    log = np.log(clipped(P))
    rows = np.arange(len(labels))
    own = log[rows, labels]
    log[rows, labels] = -np.inf
    found: Floats = log.max(axis=1) - own
    return found


def trust(margin: Floats) -> Floats:
    """Return what each row weighs in the second round: little where the first contradicts its label.

    Never nothing: leaving rows out altogether was measured to be worse.
    """
    found: Floats = np.clip(1.0 / (1.0 + np.exp(np.clip(margin - 0.5, -50, 50))), 0.02, 1.0)
    return found
