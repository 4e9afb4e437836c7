"""`diff`: what a change does to the data, and the problems it brings in or takes away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

from dataaudit import baseline as baselines
from dataaudit import engine
from dataaudit.acceptance import FAMILY as SETTINGS
from dataaudit.acceptance import accept
from dataaudit.analyzers.change.columns import same_columns
from dataaudit.analyzers.change.versions import Change, Findings, Version, given_change, matching_splits
from dataaudit.api.changes import change_document
from dataaudit.api.run import Ignored, Progress, Run, check_task, placed
from dataaudit.api.sides import Side, open_side, same_bytes
from dataaudit.document import build, in_order
from dataaudit.errors import ConfigError
from dataaudit.model import (
    Context,
    Finding,
    Name,
    Outcome,
    Role,
    Rule,
    Schema,
    SplitView,
    Stage,
    State,
    Status,
    worst_first,
)
from dataaudit.profile import Profile, SplitFacts
from dataaudit.report.json import finding_document
from dataaudit.report.report import Report
from dataaudit.stats.hashing import Hashes, hash_texts
from dataaudit.stats.row_hashes import RowHashes, RowHashesState, hashed_columns

FAMILY = "DIF"
"""Rules of this family compare two versions; the others judge either."""


def diff(
    base: Any,
    head: Any,
    target: Any = None,
    *,
    validation: tuple[Any, Any] | None = None,
    test: tuple[Any, Any] | None = None,
    task: str | None = None,
    split_column: Name | None = None,
    group: Name | None = None,
    time: Name | None = None,
    id: Name | None = None,  # noqa: A002 - the role's own name
    stage: str | None = None,
    preset: Any = None,
    select: str | Iterable[str] | None = None,
    ignore: Ignored | None = None,
    limits: Mapping[str, Mapping[str, Any]] | None = None,
    seed: int = 0,
    jobs: int | None = None,
    progress: Progress | None = None,
    labels: tuple[Any, Any] | None = None,
    probe: bool = True,
    sample: int = 20_000,
    folds: int = 5,
    embed: Any = None,
    probe_seconds: float = 60.0,
    command: str | None = None,
) -> Report:
    """Compare two versions of a data set and return what changed as a report.

    Both versions are audited with the same settings. The report is the one of `head`, in which only what is new
    decides: what the change did to rows, labels, columns and splits (rules DIF101 to DIF108), and the findings that
    `base` did not have.

    Parameters
    ----------
    base, head : like the first argument of `audit`, Profile, Report, or path
        Before and after. A path may also lead to a saved profile or report, and ``"main:data/train.csv"`` is the file
        or folder as it was at a git revision; pointers of Git LFS and DVC are followed where their content is at hand.
    target, task, split_column, group, time, id, stage, preset
        As in `audit`, for both versions. With `id`, rows are followed by it.
    validation, test : pair of such data, optional
        The other splits, before and after, where they are files of their own.
    labels : pair of paths, optional
        Labels files of flat folders of pictures, before and after.
    select, ignore, limits, seed, jobs, progress, probe, sample, folds, embed, probe_seconds, command
        As in `audit`. The models of the probe are fitted once for each version; once in all where both versions are
        the same files, byte for byte.

    Returns
    -------
    Report
        `document["diff"]` holds what became of rows and findings.

    Raises
    ------
    SourceError
        If a version cannot be read or used.
    ConfigError
        If a setting makes no sense.
    """
    run = Run(
        select=select, ignore=ignore, limits=limits, task=task, stage=stage, preset=preset, seed=seed, jobs=jobs,
        progress=progress, command=command, probe=probe, sample=sample, folds=folds, embed=embed,
        probe_seconds=probe_seconds,
    )  # fmt: skip
    roles = {"target": target, "split_column": split_column, "group": group, "time": time, "id": id}
    pairs: dict[str, Any] = {"validation": validation, "test": test, "labels": labels}
    for word, pair in pairs.items():
        if pair is not None and not (isinstance(pair, list | tuple) and len(pair) == 2):
            found = f"holds {len(pair)}" if isinstance(pair, list | tuple) else f"is of type {type(pair).__name__}"
            raise ConfigError(f"{word} {found}, expected a pair: before and after.")
    with ExitStack() as stack:
        sides = []
        for k, (word, data) in enumerate((("base", base), ("head", head))):
            parts = {"train": data, **{w: None if p is None else p[k] for w, p in pairs.items() if w != "labels"}}
            its = {**roles, "labels": None if labels is None else labels[k]}
            sides.append(open_side(stack, word, parts, its, strict=word == "head"))
        base_side, head_side = sides
        if same_bytes(base_side, head_side):  # as where a pull request leaves the data alone
            judged = _judged(head_side, run)
            return _report(run, replace(judged, side=base_side), judged)
        return _report(run, _judged(base_side, run), _judged(head_side, run))


@dataclass(frozen=True)
class _Judged:
    """One side with what the ordinary rules said of it."""

    side: Side
    facts: Profile | None
    views: Mapping[str, SplitView]
    outcomes: tuple[Outcome, ...]

    @property
    def name(self) -> str:
        return self.side.name

    @property
    def judged_by(self) -> frozenset[str]:
        """Codes of rules that judged every split of this side."""
        undecided = {o.rule for o in self.outcomes if o.status in (Status.SKIPPED, Status.CRASHED)}
        return frozenset(o.rule for o in self.outcomes if o.rule not in undecided)


def _judged(side: Side, run: Run) -> _Judged:
    """Count the facts of a side and let all rules but those on changes and settings judge them."""
    if side.report is not None and side.profile is None:
        return _Judged(side, None, {}, _of_ordinary(side.report.checks))
    if side.dataset is None:
        assert side.profile is not None
        views = engine.views(side.profile, task=run.task, preset=run.preset, seed=run.seed, probe=run.probe)
        brief = side.profile.brief is not None  # what is left of its facts would mislead rules that need them all
        rules = [] if brief else _ordinary(run)
        said = side.report.checks if side.report is not None else engine.judge(rules, views)
        return _Judged(side, side.profile, views, _of_ordinary(said))
    check_task(run.task, side.dataset)
    facts = engine.profile(
        side.dataset, engine.plan(run.rules, run.probe), stage=run.stage or side.dataset.stage, jobs=run.jobs,
        progress=run.progress,
    )  # fmt: skip
    views = engine.views(
        facts, side.dataset.sources, task=run.task, preset=run.preset, seed=run.seed, probe=run.probe
    )  # fmt: skip
    outcomes = (placed(outcome, side.dataset) for outcome in engine.judge(_ordinary(run), views))
    return _Judged(side, facts, views, tuple(side.placed(outcome) for outcome in outcomes))


def _of_ordinary(outcomes: Iterable[Outcome]) -> tuple[Outcome, ...]:
    return tuple(o for o in outcomes if not o.rule.startswith((FAMILY, SETTINGS)))


def _ordinary(run: Run) -> list[Rule]:
    return [rule for rule in run.rules if not rule.code.startswith((FAMILY, SETTINGS))]


# ---------------------------------------------------------------- both sides


def _report(run: Run, base: _Judged, head: _Judged) -> Report:
    views = head.views or _no_views(head)
    kept = accept(head.outcomes, [], views, run.suppressions)
    known = _known(base)
    asked = bool(base.outcomes) and bool(head.outcomes)
    compared = baselines.compare(known, kept.outcomes, {f.fingerprint for f, _ in kept.suppressed})
    told = [_told(outcome, compared, base) for outcome in kept.outcomes]
    change = _change(run, base, head, _findings(told, compared, base) if asked else None)
    given_change(views, change)
    judges = [rule for rule in run.rules if rule.code.startswith(FAMILY)]
    outcomes = (_located(outcome, head) for outcome in engine.judge(judges, views))
    every = accept((*head.outcomes, *outcomes), run.rules, views, run.suppressions)
    final = tuple(_told(outcome, compared, base) for outcome in every.outcomes)
    files = {} if head.side.dataset is None else head.side.dataset.files
    facts = head.facts or _no_facts(head)
    document = build(
        facts, views, final, _rules(run, final), notes=_notes(base, head), task_declared=run.task is not None,
        provenance=run.provenance(files), suppressed=every.suppressed, comparison=compared,
    )  # fmt: skip
    document["diff"] = change_document(change, views)
    if head.facts is None and head.side.report is not None:  # what a saved report says of its data
        document |= {key: head.side.report.document[key] for key in ("dataset", "features", "classes", "leakage")}
    return Report(document, in_order(final), list(final), head.facts)


def _known(base: _Judged) -> baselines.Baseline:
    """Return the findings of the base as a baseline."""
    findings = [finding_document(f, "") for outcome in base.outcomes for f in outcome.findings]
    return replace(baselines.read(Report({"findings": findings}, [], [])), name=base.name)


def _rules(run: Run, outcomes: Sequence[Outcome]) -> list[Rule]:
    """Return the rules that ran, and those that a saved report says did."""
    from dataaudit.registry import all_rules

    known = {rule.code for rule in run.rules}
    return [*run.rules, *(all_rules()[code]() for code in {o.rule for o in outcomes} - known)]


def _notes(base: _Judged, head: _Judged) -> tuple[str, ...]:
    notes = [] if head.side.dataset is None else [*head.side.dataset.notes, *head.side.notes]
    return (*notes, *(f"{base.name}: {note}" for note in base.side.notes))


def _told(outcome: Outcome, compared: baselines.Comparison, base: _Judged) -> Outcome:
    """Return an outcome whose findings say whether they are new; changes always are."""

    def is_new(finding: Finding) -> bool:
        if finding.rule.startswith((FAMILY, SETTINGS)):
            return True
        return finding.fingerprint not in compared.known and finding.rule in base.judged_by

    return replace(outcome, findings=tuple(replace(f, new=is_new(f)) for f in outcome.findings))


def _findings(outcomes: Sequence[Outcome], compared: baselines.Comparison, base: _Judged) -> Findings:
    found = worst_first(f for o in outcomes for f in o.findings if not f.rule.startswith((FAMILY, SETTINGS)))
    old = [f for f in found if not f.new]
    return Findings(
        tuple(f for f in found if f.new),
        tuple(f for f in old if f.fingerprint in compared.known),
        tuple(compared.fixed),
        tuple(f for f in old if f.fingerprint not in compared.known),
    )


def _located(outcome: Outcome, head: _Judged) -> Outcome:
    return outcome if head.side.dataset is None else head.side.placed(placed(outcome, head.side.dataset))


def _change(run: Run, base: _Judged, head: _Judged, findings: Findings | None) -> Change:
    before, after = Version(base.name, base.views), Version(head.name, head.views)
    if not base.views or not head.views:
        return Change(before, after, findings=findings)
    splits = matching_splits(*({n: v.role for n, v in side.views.items()} for side in (base, head)))
    columns, renamed = same_columns(base.views, head.views, splits)
    change = Change(before, after, columns, renamed, splits, findings)
    if base.side.dataset is None or head.side.dataset is None:
        return change
    return replace(
        change,
        base=replace(before, rows=_rows(run, base, change, 0), keys=_keys(run, base, change, 0)),
        head=replace(after, rows=_rows(run, head, change, 1), keys=_keys(run, head, change, 1)),
    )


# ---------------------------------------------------------------- rows


def _rows(run: Run, judged: _Judged, change: Change, k: int) -> dict[str, RowHashesState]:
    """Return the hashes of rows over the columns that both versions have, read again only where these differ."""
    alike = {pair[0].name: pair for pair in change.alike}
    names = [pair[k].name for c in hashed_columns(change.base.schema) if (pair := alike.get(c.name)) is not None]
    targets = change.head.schema.targets if k else change.base.schema.targets
    labels = targets if change.comparable_targets else ()
    plain = [_sorted_names(side.schema) for side in (change.base, change.head)]
    counted = all(RowHashes() in view.states for view in judged.views.values())
    if plain[0] == plain[1] == names and labels == targets and counted:
        return {name: view.get(RowHashes()) for name, view in judged.views.items()}
    wanted = RowHashes(only=_numbers_first(names, change, k), targets=labels)
    return {name: state[wanted] for name, state in _scanned(run, judged, [wanted]).items()}  # type: ignore[misc]


def _sorted_names(schema: Schema) -> list[Name]:
    return [column.name for column in hashed_columns(schema)]


def _numbers_first(names: Sequence[Name], change: Change, k: int) -> tuple[Name, ...]:
    schema = change.head.schema if k else change.base.schema
    return tuple(sorted(names, key=lambda name: not schema.by_name[name].storage.is_number))


def _scanned(run: Run, judged: _Judged, statistics: Sequence[Any]) -> dict[str, Mapping[Any, State]]:
    assert judged.side.dataset is not None
    jobs = run.jobs or 1
    return {name: engine.scan(source, statistics, jobs)[0] for name, source in judged.side.dataset.sources.items()}


def _keys(run: Run, judged: _Judged, change: Change, k: int) -> dict[str, Hashes] | None:
    """Return a hash of what names each row: the id, or for pictures the path with the name of the split."""
    assert judged.side.dataset is not None
    if change.base.schema.pictures and change.head.schema.pictures:
        called = {} if k else {before: after for after, before in change.splits.items()}
        return {name: _paths(source, called.get(name, name)) for name, source in judged.side.dataset.sources.items()}
    ids = [pair[k].name for pair in change.alike if pair[0].role is pair[1].role is Role.ID]
    if not ids:
        return None
    wanted = RowHashes(only=_numbers_first(ids, change, k), targets=())
    return {name: state[wanted].inputs for name, state in _scanned(run, judged, [wanted]).items()}  # type: ignore[attr-defined]


def _paths(source: Any, split: str) -> Hashes:
    names = source.row_names(range(source.n_rows or 0)) or []
    own = f"{source.split}/"
    return hash_texts([f"{split}/{name.removeprefix(own)}" for name in names])


# ---------------------------------------------------------------- saved reports


def _no_views(head: _Judged) -> dict[str, SplitView]:
    """Return a split that holds nothing, for the rules to be asked about a report, which has no facts."""
    context = Context("report", Stage.RAW, None, Schema(()), {})
    return {"train": SplitView("train", "train", 0, Schema(()), context, {})}


def _no_facts(head: _Judged) -> Profile:
    return Profile(head.name, "report", "raw", Schema(()), {"train": SplitFacts("train", 0, 0, {})})
