"""Fitting on all folds but one and asking about that one: in threads, the same whatever their number."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import partial
from typing import TypeVar

import numpy as np

from dataaudit.model import Floats, Ints, ProbeSettings
from dataaudit.probe import pooling
from dataaudit.probe.budget import Plan
from dataaudit.probe.classifiers import Fit, pool
from dataaudit.probe.encoders import Matrix

_T = TypeVar("_T")


def in_threads(tasks: Sequence[Callable[[], _T]], jobs: int | None, done: Callable[[], None]) -> list[_T]:
    """Return what each task gives, in their order, each run on a single thread of its own libraries.

    Sums that a library splits among its threads depend on their number in the last bits; so each task has one, and
    several tasks run side by side.
    """
    from threadpoolctl import threadpool_limits

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

    def alone() -> None:
        threadpool_limits(1, user_api="openmp")  # this holds for the thread that says so

    # A fit that has not converged is as good as it gets here. Filters are shared by all threads, and libraries that
    # set them from within fits undo each other's; what slips through is recorded, and forgotten.
    with warnings.catch_warnings(record=True), threadpool_limits(1, user_api="blas"):
        warnings.simplefilter("ignore")
        with ThreadPoolExecutor(jobs or cores, "dataaudit-probe", initializer=alone) as threads:
            futures = [threads.submit(task) for task in tasks]
            try:
                for future in as_completed(futures):
                    future.result()
                    done()
            finally:
                for future in futures:
                    future.cancel()
            return [future.result() for future in futures]


class Steps:
    """Counts fits and tells who wants to know."""

    def __init__(self, settings: ProbeSettings, total: int) -> None:
        self.told, self.done, self.total = settings.progress, 0, total

    def __call__(self) -> None:
        """Count one more."""
        self.done += 1
        if self.told is not None:
            self.told("probe", self.done, self.total)


def classify(
    matrix: Matrix, labels: Ints, folds: tuple[Ints, Ints], classes: int, plan: Plan, settings: ProbeSettings
) -> tuple[Floats, Floats, Mapping[str, float]]:
    """Return pooled out-of-fold probabilities after both rounds, those after the first, and the models' weights.

    Parameters
    ----------
    matrix : ndarray of float32, shape (n, d)
        Inputs of the rows that take part.
    labels : ndarray of int64, shape (n,)
        Of each.
    folds : (ndarray of int64, ndarray of int64), both of shape (n,)
        Of the first and of the second round: cut elsewhere, so that what a row is told by whom it was not learnt with
        evens out.
    classes : int
        How many there are.
    plan : Plan
        How large the models are.
    settings : ProbeSettings
        Seed, threads, progress.
    """
    models = pool(plan)
    steps = Steps(settings, sum(len(models) * len(np.unique(cut)) for cut in folds))

    def fitted(name: str, cut: Ints, k: int, weights: Floats, seed: int) -> Floats:
        away = cut != k
        fit = Fit(matrix[away], labels[away], weights[away], matrix[~away], classes, plan, seed)
        return models[name](fit) if np.ptp(fit.labels) else _constant(fit)

    def round_(cut: Ints, weights: Floats, seed: int) -> tuple[Floats, Floats]:
        order = [(name, int(k)) for name in models for k in np.unique(cut)]
        tasks = [partial(fitted, name, cut, k, weights, seed + 1000 * k) for name, k in order]
        answers = in_threads(tasks, settings.jobs, steps)
        found = {name: np.zeros((len(labels), classes)) for name in models}
        for (name, k), P in zip(order, answers, strict=True):
            found[name][cut == k] = P
        return pooling.pooled(list(found.values()), labels)

    first, _ = round_(folds[0], np.ones(len(labels)), settings.seed)
    second, weights = round_(folds[1], pooling.trust(pooling.margins(first, labels)), settings.seed + 500_000)
    both = pooling.tempered(pooling.geometric(first, second, pooling.LATER), labels)
    return both, first, dict(zip(models, weights.tolist(), strict=True))


def _constant(fit: Fit) -> Floats:
    """Return what can be said when one class alone was seen: that one."""
    P = np.zeros((len(fit.asked), fit.classes))
    P[:, fit.labels[0]] = 1.0
    return P
