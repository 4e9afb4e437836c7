"""`dataaudit check`: audit files and folders."""

from __future__ import annotations

import csv
import shlex
import sys
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from dataaudit.cli.outputs import (
    EXIT_STATUS,
    OUTPUT_OPTIONS,
    RULE_OPTIONS,
    RUN_OPTIONS,
    TERMINAL_OPTIONS,
    check_paths,
    finish,
    options,
    settings_of,
)
from dataaudit.errors import ConfigError

if TYPE_CHECKING:
    from dataaudit.config import Settings
    from dataaudit.report.report import Report


@click.command(epilog=EXIT_STATUS)
@click.argument("data")
@click.option("--validation", metavar="FILE", help="Validation split, where it is a file or folder of its own.")
@click.option("--test", metavar="FILE", help="Test split, likewise.")
@click.option("--target", metavar="NAME", multiple=True, help="Label column; repeat it, or separate by commas.")
@click.option(
    "--task", type=click.Choice(["classification", "multilabel", "regression"]), help="Inferred if not given."
)
@click.option("--split-column", metavar="NAME", help="Column that says which split a row belongs to.")
@click.option("--group", metavar="NAME", help="Column of patients, users, scenes: what must not be in two splits.")
@click.option("--time", metavar="NAME", help="Column of times.")
@click.option("--id", metavar="NAME", help="Column that numbers or names the rows.")
@click.option("--labels", metavar="FILE", help="CSV of file,label[,split] for a folder of pictures without classes.")
@click.option(
    "--transformer", metavar="FILE", help="Fitted scikit-learn transformer or Pipeline: skops, joblib, pickle."
)
@click.option("--unsafe-load", is_flag=True, help="Trust that file: loading joblib and pickle files runs their code.")
@click.option("--stage", type=click.Choice(["raw", "model-ready"]), help="A source, or what the network is fed.")
@click.option("--preset", metavar="NAME", help="Input scale the model expects: imagenet, unit, standard, ...")
@options(RULE_OPTIONS, OUTPUT_OPTIONS, RUN_OPTIONS, TERMINAL_OPTIONS)
def check(data: str, debug: bool, **given: Any) -> None:
    """Audit DATA: a csv, tsv, parquet, feather, jsonl, xlsx, npy or npz file, or a folder of pictures.

    A file or folder may hold its own splits (--split-column, npz keys X_train and so on, folders train, val and
    test); otherwise give the others with --validation and --test.
    """
    if not debug:
        warnings.simplefilter("ignore")  # of libraries, about the data: what is wrong with it is the report's to say
    settings = settings_of(given)
    files = ("validation", "test", "labels", "transformer", "config")
    check_paths({"DATA": data, **{f"--{key}": given[key] for key in files}}, given)
    finish(_audit(data, given, settings), given, settings)


def _audit(data: str, given: dict[str, Any], settings: Settings) -> Report:
    from dataaudit.api import audit
    from dataaudit.progress import progress_on

    with progress_on(sys.stderr, quiet=given["quiet"]) as progress:
        return audit(
            data,
            given["validation"],
            given["test"],
            _targets(given["target"]),
            task=given["task"],
            split_column=given["split_column"],
            group=given["group"],
            time=given["time"],
            id=given["id"],
            stage=given["stage"],
            preset=given["preset"],
            labels=given["labels"],
            transformer=given["transformer"],
            unsafe_load=given["unsafe_load"],
            select=settings.select or None,
            ignore=settings.ignore or None,
            limits=settings.rules or None,
            probe=not given["no_probe"],
            sample=given["sample"],
            seed=given["seed"],
            jobs=given["jobs"],
            progress=progress,
            command=shlex.join(["dataaudit", *click.get_current_context().obj]),
        )


def _targets(given: Sequence[str]) -> str | list[str] | None:
    """Return the target's names; one that holds a comma stands in double quotes, as in a CSV line."""
    lines = csv.reader(given, skipinitialspace=True)
    names = [name.strip() for line in lines for name in line or [""]]
    if not all(names):
        raise ConfigError("--target is empty.", "Name the label column, or leave --target out for unlabelled data.")
    return (names[0] if len(names) == 1 else names) if names else None
