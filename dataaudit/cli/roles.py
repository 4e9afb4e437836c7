"""Options that say what the columns of a table are for."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from typing import Any

import click

from dataaudit.errors import ConfigError

ROLE_OPTIONS = (
    click.option("--target", metavar="NAME", multiple=True, help="Label column; repeat it, or separate by commas."),
    click.option(
        "--task", type=click.Choice(["classification", "multilabel", "regression"]), help="Inferred if not given."
    ),
    click.option("--split-column", metavar="NAME", help="Column that says which split a row belongs to."),
    click.option("--group", metavar="NAME", help="Column of patients, users, scenes: what must not be in two splits."),
    click.option("--time", metavar="NAME", help="Column of times."),
    click.option("--id", metavar="NAME", help="Column that numbers or names the rows."),
    click.option("--stage", type=click.Choice(["raw", "model-ready"]), help="A source, or what the network is fed."),
    click.option("--preset", metavar="NAME", help="Input scale the model expects: imagenet, unit, standard, ..."),
)


def roles_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of `dataaudit.audit` that these options stand for.

    Raises
    ------
    ConfigError
        If a target has no name.
    """
    names = ("task", "split_column", "group", "time", "id", "stage", "preset")
    return {"target": _targets(given["target"]), **{name: given[name] for name in names}}


def _targets(given: Sequence[str]) -> str | list[str] | None:
    """Return the target's names; one that holds a comma stands in double quotes, as in a CSV line."""
    lines = csv.reader(given, skipinitialspace=True)
    names = [name.strip() for line in lines for name in line or [""]]
    if not all(names):
        raise ConfigError("--target is empty.", "Name the label column, or leave --target out for unlabelled data.")
    return (names[0] if len(names) == 1 else names) if names else None
