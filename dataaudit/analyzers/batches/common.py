"""What the rules on single batches share: the batch itself where it is kept, and how its parts are called."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from dataaudit.analyzers.order.batches_common import feeder_of, feeding_of, found_of
from dataaudit.model import CannotTell, Fed, SplitView
from dataaudit.stats.batch_codes import sample_codes
from dataaudit.stats.batch_log import BatchLog, BatchRecord, LeafLog

MASKS = ("mask", "padding", "bias", "token_type_ids", "segment_ids", "position_ids", "lengths")
"""Words in the names of inputs that say what counts, rather than what is seen: constant, zero and -inf on purpose."""


@cache
def is_mask(name: str) -> bool:
    """Return whether an input is a mask, or numbers places, going by its name."""
    last = name.split(".")[-1].lower()
    return any(word in last for word in MASKS)


def kept_batch(split: SplitView, record: BatchRecord) -> Fed | None:
    """Return the batch of a record where the loader's source keeps it, else None."""
    feeder = feeder_of(split)
    if feeder is None:
        return None
    kept = feeder.kept
    held = split.context.once(("kept batches", split.name), lambda: {(fed.epoch, fed.number): fed for fed in kept})
    return held.get((record.epoch, record.number))


WHOLE = 0.85
"""Share of a split's samples that an epoch must show for its classes to be counted as those of the split; what
`drop_last` leaves out of ten batches or more is less than the rest."""


def need_whole_epoch(split: SplitView) -> None:
    """Raise CannotTell where the first epoch of a loader shows too few of the samples to count classes by.

    Parameters
    ----------
    split : SplitView
        Of any data; only loaders are looked at, and of them those whose number of samples is known.
    """
    if split.context.kind != "batches":
        return
    found = found_of(split)
    n = feeding_of(split).rows.get(split.name) or found.get("chosen") or found.get("rows")
    if not n or found.get("ranks"):  # one of several processes sees its own share of every class
        return
    codes = sample_codes(split)
    seen = codes.distinct(0) if 0 in codes.of else 0
    if seen < WHOLE * int(n):
        raise CannotTell(f"the epoch of {split.name} shows {seen:,} of {int(n):,} samples; BAT108 judges that")


def is_weighted(split: SplitView) -> bool:
    """Return whether a loader draws its samples by weights on purpose, as declared or as its sampler says."""
    return "weight" in (feeding_of(split).sampler or "").lower() or bool(found_of(split).get("weighted"))


def known_again(split: SplitView) -> float:
    """Return the share of the second epoch's samples whose input was fed in the first, bit for bit."""
    first, second = split.get(BatchLog()).epochs[:2]
    return sample_codes(split).again(second, first)


def is_altered(split: SplitView) -> bool:
    """Return whether a loader changes its training inputs at random.

    It is so where it was declared; else where two epochs were read and fewer than half of the samples of one come again
    in the other, as they are.
    """
    if split.context.kind != "batches" or split.role != "train":
        return False
    if feeding_of(split).augmented:
        return True
    return len(split.get(BatchLog()).epochs) > 1 and known_again(split) < 0.5


def where(batch: BatchRecord) -> str:
    """Return "batch 3 of epoch 0"."""
    return f"batch {batch.number} of epoch {batch.epoch}"


def wheres(batches: Sequence[BatchRecord], most: int = 3) -> str:
    """Return "batches 3, 5 and 9 of epoch 0", or how many more there are in all epochs."""
    first = [batch for batch in batches if batch.epoch == batches[0].epoch]
    numbers = [str(batch.number) for batch in first[:most]]
    more = len(first) - len(numbers)
    if more:
        numbers.append(f"{more:,} more")
    named = f"{', '.join(numbers[:-1])} and {numbers[-1]}" if len(numbers) > 1 else numbers[0]
    text = f"{'batch' if len(first) == 1 else 'batches'} {named} of epoch {batches[0].epoch}"
    later = len(batches) - len(first)
    return f"{text}, and {later:,} of later epochs" if later else text


def calling(leaf: str, batch: BatchRecord) -> str:
    """Return what messages call a leaf: "inputs", "labels", or its name where there are several."""
    if leaf == batch.target:
        return "the labels"
    return "the inputs" if batch.inputs == (leaf,) else f"{leaf!r}"


def place_name(leaf: LeafLog, place: tuple[int, ...]) -> str:
    """Return where in a row a number stands: "column 5", or "channel 0, y 3, x 7" of a picture."""
    if not leaf.shape:
        return "value"
    if len(leaf.shape) == 3 and leaf.axis in (0, 2):
        channel, y, x = place if leaf.axis == 0 else (place[2], place[0], place[1])
        return f"channel {channel}, y {y}, x {x}"
    if len(leaf.shape) == 1:
        return f"column {place[0]}"
    return f"place {place}"
