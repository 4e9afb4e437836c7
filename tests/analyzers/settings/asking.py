"""Ask a rule about the settings what came of some suppressions."""

from __future__ import annotations

from dataclasses import replace

from dataaudit import engine
from dataaudit.config import build_rules
from dataaudit.loaders import load
from dataaudit.model import Stage, Use
from tests.analyzers.asking import Answer
from tests.build import table


def ask_about(code: str, *uses: Use) -> Answer:
    """Return what one rule says of suppressions and what came of them."""
    rules = build_rules([code])
    facts = engine.profile(load(table(20)), engine.plan(rules), stage=Stage.RAW, jobs=1)
    views = engine.views(facts)
    told = {name: replace(view, context=replace(view.context, suppressions=uses)) for name, view in views.items()}
    outcomes = engine.judge(rules, told)
    return Answer(tuple(finding for outcome in outcomes for finding in outcome.findings), outcomes)
