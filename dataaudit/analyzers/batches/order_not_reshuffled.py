"""BAT105 batch-order-not-reshuffled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from dataaudit.analyzers.batches.orders import Pairing, Sameness, pairing, same_sequence, sameness, stays
from dataaudit.analyzers.batches.repeats import explained
from dataaudit.analyzers.common import number, percent
from dataaudit.analyzers.order.batches_common import (
    cut_short,
    epochs_of,
    feeding_of,
    found_of,
    log_of,
    places_table,
)
from dataaudit.model import CannotTell, Finding, NotApplicable, Passed, Severity, SplitView, option
from dataaudit.registry import register
from dataaudit.stats.batch_log import BatchLog, BatchRecord

_SHUFFLE = "- loader = DataLoader(train, batch_size=64)\n+ loader = DataLoader(train, batch_size=64, shuffle=True)"
_SET_EPOCH = "  for epoch in range(epochs):\n+     loader.sampler.set_epoch(epoch)"
_SEED = (
    "- torch.manual_seed(0)   # before every epoch: each is shuffled alike\n"
    "+ torch.manual_seed(0)   # once, before the first epoch"
)
_BUFFER = "+ shuffle the list of files or shards every epoch, and let the buffer hold many shards at once"


@register
@dataclass(frozen=True)
class OrderNotReshuffled:
    """Two epochs of the training loader in the same order, or with the same batches.

    ## Why it matters
    Samples that always share a batch give the same few gradients in every epoch: the noise that shuffling brings, and
    that helps a network to generalise, is gone, and batch normalisation sees the same few mixtures only.

    ## How it decides
    Finds each sample of one epoch again in the next: by its number where the loader gives it, else by a hash of its
    input, else, where inputs are changed at random, as the most alike row of its class (mutually; pictures as they
    are, mirrored, and moved a little). Then it looks, in this order, for samples at the same place, an order that is
    rotated or reversed, samples that share a batch again, and neighbours that stay neighbours: flagged where `share`
    of them do (default 0.5, and 0.2 where samples are matched by look, which finds some wrongly), beyond what random
    order gives, and as many would come up by chance with p < 1e-6 (Poisson: matches of random orders number 1 on
    average, whatever their length; batch-mates are held against samples that change places within their class). Last,
    positions that go together over the epoch, as with a small shuffle buffer or shards read in the same order:
    flagged where their correlation within classes is `correlation` or more, p < 1e-6. The order within a batch alone
    plays no part, as it changes no gradient. A sampler that has to be told the epoch gets a note where the loop that
    tells it was not part of the audit.

    ## What to do
    Shuffle anew every epoch: shuffle=True, a generator that is not seeded again, sampler.set_epoch(epoch) for
    a DistributedSampler, and for streams a buffer that is large beside a shard, with the shards in a new order.

    ## When to ignore it
    One pass over the data is all there is, the batch holds all data, or the order is a curriculum.

    ## When it cannot tell
    From one epoch or one batch, or with fewer than 10 samples that come in both epochs.
    """

    code: ClassVar[str] = "BAT105"
    name: ClassVar[str] = "batch-order-not-reshuffled"
    severity: ClassVar[Severity] = Severity.WARNING
    consequence: ClassVar[str] = "gives the same gradients in every epoch"
    tips: ClassVar[tuple[str, ...]] = ("37.7",)

    share: float = option(0.5, "share of samples or neighbours that stay where they were, from which it is flagged")
    correlation: float = option(0.5, "correlation of positions in two epochs, from which it is flagged")

    def needs(self) -> tuple[BatchLog]:
        return (BatchLog(),)

    def judge(self, split: SplitView) -> Iterator[Finding | Passed]:
        log = log_of(split)
        if split.role != "train":
            raise NotApplicable("order changes nothing where nothing is trained")
        log = epochs_of(split)
        base, later = log.epochs[0], log.epochs[1:]
        if len(log.epoch(base)) < 2:
            raise CannotTell("an epoch is one batch, whose order changes nothing")
        if explained(split, base):
            raise CannotTell("batches come again within an epoch, which BAT106 judges")
        said, looked = [], False
        for epoch in later:
            pairs = pairing(split, epoch)
            limit = min(self.share, 0.2) if pairs.by == "look" else self.share
            found = same_sequence(split, epoch)
            if found is None or not stays(found, limit):
                found = sameness(pairs, limit, self.correlation)
            if found is not None:
                yield self._finding(split, epoch, found, pairs)
                return
            said.append(len(pairs.first))
            looked = looked or pairs.by == "look"
        if looked and cut_short(split, log, base):
            raise CannotTell("inputs change at random, and epochs not read to their end need not share samples")
        if max(said) < 10:
            raise CannotTell(_few(split, max(said)))
        known = ", going by their looks" if looked else ""
        yield Passed(f"{max(said):,} samples came in both epochs{known}, in an order of their own in each")

    def _finding(self, split: SplitView, epoch: int, found: Sameness, pairs: Pairing) -> Finding:
        facts = found_of(split)
        base = log_of(split).epochs[0]
        untold = bool(facts.get("set_epoch")) and not (facts.get("told_epoch") or feeding_of(split).watched)
        message = f"Epochs {base} and {epoch} of {split.name} {_words(found, pairs, log_of(split).epoch(base))}"
        if found.kind == "same" and facts.get("set_epoch"):
            message += f"; its {facts.get('sampler', 'sampler')} shuffles anew only when set_epoch is called"
        elif found.kind == "same" and facts.get("shuffled") is False and facts.get("sampler") == "SequentialSampler":
            message += "; the loader does not shuffle"
        if untold:
            message += ", which the training loop has to do: it was not part of this audit"
        stay = pairs.first[:50].tolist()
        return Finding(
            message,
            severity=Severity.NOTE if untold else None,
            evidence={
                "kind": found.kind,
                "share": round(found.share, 4),
                "random_order_gives": round(found.chance, 4),
                "log10_p": round(max(found.log10_p, -300.0), 1),
                "samples_compared": len(pairs.first),
                "known_by": pairs.by,
                "table": {
                    **places_table(split, f"Where the first samples stand in epochs {base} and {epoch}", []),
                    "columns": ["position in epoch " + str(base), f"position in epoch {epoch}", "batch", "batch then"],
                    "rows": [
                        [int(a), int(b), int(c), int(d)]
                        for a, b, c, d in zip(
                            stay, pairs.second[:50], pairs.batch_first[:50], pairs.batch_second[:50], strict=True
                        )
                    ],
                    "total": len(pairs.first),
                },
            },
            place=found.kind,
            fix=_SET_EPOCH
            if facts.get("set_epoch")
            else _BUFFER
            if found.kind in ("drift", "runs")
            else _SEED
            if facts.get("shuffled")
            else _SHUFFLE,
        )


def _words(found: Sameness, pairs: Pairing, batches: Sequence[BatchRecord]) -> str:
    n = len(pairs.first)
    known = "" if pairs.by != "look" else ", going by their looks (the inputs are changed at random)"
    if found.kind == "same":
        if found.share == 1 and not known:
            odds = f"random order would do so with probability 1e{found.log10_p:,.0f}"
            return f"show all {sum(batch.rows for batch in batches):,} samples in the same order; {odds}"
        return f"show {percent(found.share)} of the samples at the same place, where random order gives about 1{known}"
    if found.kind == "batches":
        return (
            f"hold the same batches in another order: {percent(found.share)} of the pairs that share a batch share one "
            f"again, where random order gives {percent(found.chance)}{known}"
        )
    if found.kind == "rotated":
        return f"show {percent(found.share)} of {n:,} samples in the same order, begun {found.by:,} rows later{known}"
    if found.kind == "reversed":
        return f"show {percent(found.share)} of {n:,} samples in the same order, backwards{known}"
    if found.kind == "runs":
        return (
            f"keep the same runs of samples: {percent(found.share)} of neighbours are neighbours again, where random "
            f"order gives about 1 of {n:,}{known}"
        )
    return (
        f"go through the samples in much the same order: their positions correlate with r {number(found.share)} "
        f"(n {n:,}), as with a shuffle buffer that is small beside the data{known}"
    )


def _few(split: SplitView, n: int) -> str:
    if cut_short(split, log_of(split), log_of(split).epochs[0]):
        return f"only {n:,} samples came in both epochs, which were not read to their end"
    return f"only {n:,} samples of the first epoch were known again in another"
