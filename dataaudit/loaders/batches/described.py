"""What a loader says of itself: torch's DataLoader, and whatever has attributes of the same names."""

from __future__ import annotations

import contextlib
from typing import Any


def described(loader: Any, dataset: Any = None) -> dict[str, Any]:
    """Return what a loader object says of itself.

    Parameters
    ----------
    loader : object
        A loader; torch is never imported for it.
    dataset : object, optional
        The data set below it, where it has none of its own.

    Returns
    -------
    dict
        Of what it has: "kind" (type), "workers", "persistent" (whether workers live on between epochs),
        "batch_size", "drop_last", "sampler" (its type), "shuffled" (drawn at random), "replacement",
        "weighted", "chosen" (how many different samples the sampler is limited to), "set_epoch" (whether the sampler
        has to be told the epoch), "ranks" (processes that share the data), "rows" (length of the data set), "below"
        (of the one that it is a subset of), "iterable", "dataset".
    """
    found: dict[str, Any] = {"kind": type(loader).__name__}
    below = getattr(loader, "dataset", None) if dataset is None else dataset
    for word, name in (
        ("workers", "num_workers"),
        ("persistent", "persistent_workers"),
        ("batch_size", "batch_size"),
        ("drop_last", "drop_last"),
        ("prefetch", "prefetch_factor"),
        ("pinned", "pin_memory"),
    ):
        value = getattr(loader, name, None)
        if isinstance(value, bool | int):
            found[word] = value
    batches = getattr(loader, "batch_sampler", None)
    if batches is not None and found.get("batch_size") is None:
        for word in ("batch_size", "drop_last"):
            value = getattr(batches, word, None)
            if isinstance(value, bool | int):
                found[word] = value
    sampler = getattr(loader, "sampler", None)
    own = getattr(batches, "sampler", None)
    sampler = own if own is not None else sampler
    if sampler is not None:
        found["sampler"] = type(sampler).__name__
        found["weighted"] = hasattr(sampler, "weights")
        found["replacement"] = bool(getattr(sampler, "replacement", False))
        drawn = "Random" in found["sampler"] or found["weighted"] or bool(getattr(sampler, "shuffle", False))
        found["shuffled"] = drawn
        found["set_epoch"] = callable(getattr(sampler, "set_epoch", None))
        if (chosen := _chosen(sampler)) is not None:
            found["chosen"] = chosen
        if isinstance(ranks := getattr(sampler, "num_replicas", None), int):
            found["ranks"] = ranks
    if below is not None:
        found["dataset"] = type(below).__name__
        bases = {base.__name__ for base in type(below).__mro__}
        found["iterable"] = "IterableDataset" in bases or not hasattr(below, "__getitem__")  # torch's inherits both
        with contextlib.suppress(TypeError, NotImplementedError):
            found["rows"] = len(below)
        if (base := base_of(below)[0]) is not below:
            with contextlib.suppress(TypeError, NotImplementedError):
                found["below"] = len(base)
    return found


def base_of(dataset: Any) -> tuple[Any, list[int] | None]:
    """Return the data set below subsets of it, and which of its samples they are; None for all."""
    chosen: list[int] | None = None
    while hasattr(dataset, "indices") and hasattr(dataset, "dataset"):
        own = [int(i) for i in dataset.indices]
        chosen = own if chosen is None else [own[i] for i in chosen]
        dataset = dataset.dataset
    return dataset, chosen


def _chosen(sampler: Any) -> int | None:
    """Return how many different samples a sampler is limited to, where it lists them; it is not drawn from."""
    listed = getattr(sampler, "indices", sampler)
    if isinstance(listed, range):
        return len(listed)
    if not isinstance(listed, list | tuple) and not (hasattr(listed, "__array__") and hasattr(listed, "tolist")):
        return None
    try:
        return len(set(listed if isinstance(listed, list | tuple) else listed.tolist()))
    except TypeError:  # batches of samples, which are no samples
        return None
