"""Splits as rules see them, for what rules ask of the probe."""

from __future__ import annotations

from typing import Any

from dataaudit import engine
from dataaudit.loaders import load
from dataaudit.model import ProbeSettings, SplitView, Task
from dataaudit.stats.picture_sample import PictureSample
from dataaudit.stats.sample import Sample


def views(
    train: Any, test: Any = None, *, task: str | None = None, probe: ProbeSettings | None = None, **roles: Any
) -> dict[str, SplitView]:
    dataset = load(train, None, test, **roles)
    wanted = (*engine.BASE, Sample(), PictureSample())
    if probe is not None and probe.sample > Sample().size:
        wanted = (*wanted, Sample(probe.sample))
    facts = engine.profile(dataset, wanted, stage=dataset.stage, jobs=1)
    return engine.views(facts, dataset.sources, task=Task(task) if task else None, probe=probe)
