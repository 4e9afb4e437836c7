"""LAB106 label-noise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from dataaudit.analyzers.batches.common import is_altered
from dataaudit.analyzers.common import ROW_CAP, need_classes, percent, plural, train_of
from dataaudit.analyzers.labels.explained import MANY, explanation
from dataaudit.analyzers.labels.second_look import TABLE_ROWS, SecondLook
from dataaudit.analyzers.labels.sets_in_doubt import judge_sets
from dataaudit.analyzers.words import fold
from dataaudit.model import CannotTell, Finding, Passed, Severity, SplitView, Task, option
from dataaudit.probe.doubts import Doubts, Part, doubts
from dataaudit.probe.run import probe_run
from dataaudit.registry import register
from dataaudit.stats.batch_log import BatchLog
from dataaudit.stats.picture_sample import PictureSample
from dataaudit.stats.sample import Sample

_P = 2e-3
_P_CONTRAST = 2e-3
_P_BOTH, _P_PRODUCT = 0.02, 1e-4
_P_CONTRAST_MIDDLING = 0.01
_P_ANY = 0.01
_STRONG, _NEXT_TO, _MIDDLING, _WEAK = 0.78, 0.88, 0.6, 0.3
_UNSPOILT, _HARDLY_SPOILT, _P_SPOILT, _UNSPOILT_NEXT_TO = 0.6, 0.75, 1e-6, 0.7
_FEWEST = 4


@register
@dataclass(frozen=True)
class LabelNoise:
    """Labels that models fitted on the other rows contradict.

    ## Why it matters
    A network learns wrong labels by heart, and wrong ones in test set a ceiling to the accuracy that can be measured.
    A row that deserves a second look need not be wrong: it may be hard, rare or unusual.

    ## How it decides
    A few models are cross-validated on a sample of all splits (copies of a row in one fold), their probabilities
    pooled and brought to scale; in a second round, of other folds, contradicted rows weigh less. A row's margin says
    by how many nats another label is more probable than the given one. Rows to review have a margin above
    ½ ln((1 - r)/r), r being a low estimate of the share of wrong labels (confident joint, Northcutt, Jiang and Chuang
    2021; disagreement among the surest half of predictions). Rows in the strong tier are contradicted as labels drawn
    at random would be, and at least half of such rows must be wrong ones. The share of wrong labels is given as an
    interval between the smallest and the largest of four estimates, two standard errors further apart; with noise put
    into real tables it held the truth in 86 to 95 % of cases.

    Hard rows are contradicted where models are unsure; wrong labels also where models are sure. It is a warning where
    rows contradicted more strongly than half of labels drawn anew would be are more than one wrong label in a hundred
    explains (binomial, p < .002), their share stays level where models are surer still, and the interval begins above
    zero, provided that the models get right most of what is left when such labels are discounted: a kappa of .78, and
    of .6 before, less one standard error; where that is below .75, the binomial must be below one in a million, as
    classes that overlap have a few such rows by chance. For train, other splits that are contradicted less count as
    well (hypergeometric): with a kappa of .78 it is enough if both probabilities are below .02 and their product below
    .0001; with one of .6 if they are below .002 and .01; with one of .3 if that of the contrast is below .002 and that
    of the count below .01. With a kappa of .88, and of .7 before, labels may be level against those of the next class
    only. All bars were set on real tables and pictures, with and without 5 to 40 % of noise of several kinds. Level
    shares in weaker models are a note: chance in the outcome looks the same, and only the ranking may be trusted. A
    warning becomes an error if even the lower end of the interval is above `limit`.

    Where a tenth of a split's labels or more are contradicted, the scan of ASC103 and the test of ASC101 and ASC104
    are asked: labels that stand beside their rows, or have nothing to do with them, are a note of one sentence.

    Of several labels a row, each that occurs and is missing in eight rows or more is judged as a question of yes and
    no; rows are listed by the label that is contradicted most, with the set that the models suggest. This is a note:
    the bars above were not set for it. On scikit-learn's make_multilabel_classification with one label turned in 5 and
    10 % of the rows, the ranking had an average precision of .32, that of one logistic regression a label the same; of
    the rows listed 17 to 34 % were turned ones, as that generator's labels are unsure by themselves
    (`benchmarks/label_sets.py`).

    Left out are rows whose inputs occur with two labels (LAB107), further copies of a row, and classes of fewer than
    eight rows.

    ## What to do
    Look at the rows of the strong tier first, then at those to review, in the order of the list (`--labels-csv FILE`
    writes them all). Correct what is wrong, drop what nobody can decide, and ask where it came from if most of it
    takes one class for another. Correct test first.

    ## When to ignore it
    Labels are known to be noisy and the loss takes that into account; or the outcome depends on chance.

    ## When it cannot tell
    Where the inputs say little about the label, or a split has fewer than 30 rows. Labels that people mistake
    because the inputs look alike are hardly seen in the strong tier. Inputs that a loader alters at random are
    contradicted for that alone: its rows are a note.
    """

    code: ClassVar[str] = "LAB106"
    name: ClassVar[str] = "label-noise"
    severity: ClassVar[Severity] = Severity.WARNING
    consequence: ClassVar[str] = "teaches wrong answers, which a network can learn by heart"
    tips: ClassVar[tuple[str, ...]] = ("37.6",)

    limit: float = option(1.0, "share of wrong labels that is accepted; an error where surely more are wrong")

    def needs(self) -> tuple[Sample, PictureSample, BatchLog]:
        return Sample(), PictureSample(), BatchLog()

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        train = train_of(splits)
        if train.context.task is Task.MULTILABEL:
            yield from judge_sets(splits)
            return
        need_classes(train.context)
        run = probe_run(splits)
        found = doubts(run, [fold(c) if isinstance(c, str) else c for c in run.classes])
        if found.kappa < _WEAK and found.strength < _WEAK:
            raise CannotTell(
                f"the inputs say too little about the label for contradictions to mean anything (models get "
                f"{percent(_right(found))} right)"
            )
        reasons, measured = [], []
        loud = False
        for name, split in splits.items():
            try:
                part = found.of(name)
            except CannotTell as reason:
                reasons.append(str(reason))
                continue
            one_thing = explanation(splits, name) if float(part.reviewed.mean()) >= MANY else None
            if one_thing is not None:
                yield _explained(split, part, one_thing)
                continue
            altered = is_altered(split)
            is_loud = _loud(part, is_train=split is train) and not altered
            loud |= is_loud
            if is_loud or _ambiguous(part) or part.strong.any():
                yield self._finding(split, part, is_loud=is_loud, altered=altered)
            else:
                measured.append(_measured(split, part))
        if measured:
            yield Passed("; ".join(measured))
        elif len(reasons) == len(splits):
            raise CannotTell(reasons[0])

    def _finding(self, split: SplitView, part: Part, *, is_loud: bool, altered: bool) -> Finding:
        look = SecondLook(split, part)
        low, high = part.noise
        n, n_judged = len(look.order), len(part.rows)
        severity = Severity.NOTE if not is_loud else Severity.ERROR if low > self.limit else Severity.WARNING
        deserve = "deserves" if n == 1 else "deserve"
        message = (
            f"{plural(n, 'label')} of {n_judged:,} in {split.name} ({percent(n / n_judged)}) {deserve} a second look: "
            f"models fitted on other rows contradict {'it' if n == 1 else 'them'}"
        )
        if is_loud:
            message += f"; {_share(low)} to {_share(high)} of the labels are likely wrong{look.mostly()}"
        elif altered:
            message += "; inputs that the loader alters at random are contradicted as well"
        elif _ambiguous(part):
            message += "; wrong labels and chance in the outcome look the same here: only the ranking may be trusted"
        else:
            message += "; too few to say more than that of each"
        run = part.all.run
        if n_judged < split.n_rows:
            message += f" ({n_judged:,} of {split.n_rows:,} rows were judged)"
        given = run.rows.splits.index(split.name)
        return Finding(
            message,
            columns=(run.target,) if split.context.kind != "images" else (),
            rows=tuple(look.positions[:ROW_CAP]),
            row_count=n,
            splits=(split.name,),
            severity=severity,
            confidence=round(1.0 - min(part.drawn.p, part.next_to.p, part.contrast), 4) if is_loud else None,
            evidence={
                "noise_low": round(low, 4),
                "noise_high": round(high, 4),
                "strong": int(part.strong.sum()),
                "review": n,
                "judged": n_judged,
                "sampled": int((run.rows.split == given).sum()),
                "kappa": round(part.all.kappa, 3),
                "right": round(_right(part.all), 4),
                "p_level": _short(part.drawn.p),
                "p_contrast": _short(part.contrast),
                "limited": run.limited or "",
                "by_class": look.by_class(),
                "table": look.table(TABLE_ROWS),
            },
            figure=look.figure(),
            fix="Look at the strong tier first; --labels-csv FILE writes all rows with what the models suggest.",
            place="labels",
        )


def _explained(split: SplitView, part: Part, one_thing: str) -> Finding:
    """Return one sentence in place of thousands of rows: they are not wrong one by one."""
    n, n_judged = int(part.reviewed.sum()), len(part.rows)
    return Finding(
        f"{plural(n, 'label')} of {n_judged:,} in {split.name} ({percent(n / n_judged)}) are contradicted by models "
        f"fitted on other rows, and one thing explains them: {one_thing}",
        columns=(part.all.run.target,) if split.context.kind != "images" else (),
        splits=(split.name,),
        severity=Severity.NOTE,
        evidence={"review": n, "judged": n_judged},
        fix="Mend that first, and audit again: single wrong labels cannot be told before.",
        place="explained",
    )


def _loud(part: Part, *, is_train: bool) -> bool:
    """Return whether labels are wrong rather than hard. Figures as measured; see the manual."""
    if not part.reviewed.any():
        return False
    drawn, next_to, kappa = part.drawn, part.next_to, part.all.strength
    far_apart = is_train and part.contrast < _P_CONTRAST and part.all.kappa >= _WEAK
    if far_apart and min(drawn.p, next_to.p) < _P_ANY:
        return True
    if part.noise[0] <= 0:
        return False
    seen = [one for one in (drawn, next_to) if one.level and one.counts[0] >= _FEWEST - 1]
    sure = drawn in seen and drawn.p < _P and drawn.counts[0] >= _FEWEST
    unspoilt = part.all.surely >= (_UNSPOILT if drawn.p < _P_SPOILT else _HARDLY_SPOILT)
    if sure and kappa >= _STRONG and unspoilt:
        return True
    if not is_train or not seen:
        return False
    p = min(one.p for one in seen)
    if next_to in seen and next_to.p < _P and kappa >= _NEXT_TO and part.all.surely >= _UNSPOILT_NEXT_TO:
        return True
    if kappa >= _STRONG:
        return max(p, part.contrast) < _P_BOTH and p * part.contrast < _P_PRODUCT
    return kappa >= _MIDDLING and p < _P and part.contrast < _P_CONTRAST_MIDDLING


def _ambiguous(part: Part) -> bool:
    return part.drawn.level and part.drawn.p < _P and bool(part.reviewed.any())


def _right(found: Doubts) -> float:
    return float((found.quality.margin <= 0).mean())


def _measured(split: SplitView, part: Part) -> str:
    high = part.noise[1]
    n = int(part.reviewed.sum())
    look = f"{plural(n, 'label')} to look at" if n else "none to look at"
    return f"{split.name}: {look} among {len(part.rows):,}, at most {_share(high)} likely wrong"


def _share(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.1 or share == 0 else f"{100 * share:.1f} %"


def _short(p: float) -> float:
    return float(np.format_float_positional(p, 2, fractional=False)) if p > 1e-12 else 0.0
