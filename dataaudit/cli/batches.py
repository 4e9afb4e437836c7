"""`dataaudit batches`: audit what a loader feeds."""

from __future__ import annotations

import importlib
import importlib.util
import shlex
import sys
import warnings
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import click

from dataaudit.cli.outputs import (
    ACCEPT_OPTIONS,
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
from dataaudit.errors import ConfigError, SourceError, did_you_mean

_COUNT = click.IntRange(min=1)


@click.command(epilog=EXIT_STATUS, short_help="Audit what a loader feeds, epoch by epoch.")
@click.argument("function")
@click.option("--epochs", type=_COUNT, default=2, show_default=True, help="Epochs read: two can be compared.")
@click.option("--max-batches", type=_COUNT, metavar="N", help="Batches read of each epoch.")
@click.option("--batch-size", type=_COUNT, metavar="B", help="Rows that a batch should have.")
@click.option("--rows", type=_COUNT, metavar="N", help="Samples that an epoch of train should show.")
@click.option("--validation-rows", type=_COUNT, metavar="N", help="Samples that an epoch of val should show.")
@click.option("--classes", type=_COUNT, metavar="K", help="Outputs of the network.")
@click.option("--augmented/--no-augmented", default=None, help="Whether training inputs are changed at random.")
@click.option("--sampler", metavar="WORD", help='"weighted": samples are drawn again on purpose.')
@click.option("--drop-last", is_flag=True, default=None, help="A last, smaller batch is left out.")
@click.option("--target", metavar="KEY", help="Key of the labels in a batch.")
@click.option("--index", metavar="KEY", help="Key of the samples' numbers in a batch.")
@click.option(
    "--task", type=click.Choice(["classification", "multilabel", "regression"]), help="Inferred if not given."
)
@click.option("--preset", metavar="NAME", help="Input scale the model expects: imagenet, unit, standard, ...")
@options(RULE_OPTIONS, ACCEPT_OPTIONS, OUTPUT_OPTIONS, RUN_OPTIONS, TERMINAL_OPTIONS)
def batches(function: str, debug: bool, **given: Any) -> None:
    """Audit what the loader that FUNCTION returns feeds: FILE.py:NAME, or MODULE:NAME.

    The function is run, and so is the file. It returns any iterable of batches; if it takes epoch, it is called anew
    for each, and if it takes split, it is asked for "train" and "val".

    \b
    Example:
      dataaudit batches train.py:build_loader --epochs 2 --classes 10
    """
    if not debug:
        warnings.simplefilter("ignore")
    settings = settings_of(given)
    file = function.rpartition(":")[0]
    check_paths({"FUNCTION": file or function, "--config": given["config"], "--baseline": given["baseline"]}, given)
    from dataaudit.api import audit_batches
    from dataaudit.progress import progress_on

    try:
        with redirect_stdout(sys.stderr), progress_on(sys.stderr, quiet=given["quiet"]) as progress:
            loader = loader_function(function)  # what it prints is no part of the report
            report = audit_batches(
                loader,
                **{name: given[name] for name in _PASSED},
                select=settings.select or None,
                ignore=settings.ignore or None,
                limits=settings.rules or None,
                baseline=given["baseline"],
                probe=not given["no_probe"],
                progress=progress,
                name=Path(file).stem if file.endswith(".py") else function,
                command=shlex.join(["dataaudit", *click.get_current_context().obj]),
            )
    except SystemExit as error:  # its status would be taken for the audit's
        raise SourceError(
            f"{function}: the loader ended the program (SystemExit: {error}).", "Leave sys.exit to the script's main()."
        ) from error
    finish(report, given, settings)


_PASSED = (
    "epochs", "max_batches", "batch_size", "rows", "validation_rows", "classes", "augmented", "sampler", "drop_last",
    "target", "index", "task", "preset", "sample", "seed", "jobs",
)  # fmt: skip


def loader_function(word: str) -> Any:
    """Return what "file.py:name" or "module:name" names; the file or module is run.

    Raises
    ------
    SourceError
        If there is no such file, module or name, or running it fails.
    """
    place, _, name = word.rpartition(":")
    if not place or not name:
        raise ConfigError(
            f"{word!r} names no function.", "Write FILE.py:FUNCTION or MODULE:FUNCTION, as in train.py:build."
        )
    module = _module(place)
    try:
        found = module
        for part in name.split("."):
            found = getattr(found, part)
    except AttributeError:
        public = [key for key in vars(module) if not key.startswith("_")]
        raise SourceError(f"{place}: there is no {name!r}.", did_you_mean(name, public)) from None
    return found


def _module(place: str) -> Any:
    is_file = place.endswith(".py")
    if is_file and not Path(place).is_file():
        raise SourceError(f"{place}: no such file.", "Write FILE.py:FUNCTION or MODULE:FUNCTION.")
    folder = str(Path(place).resolve().parent) if is_file else str(Path.cwd())
    if folder not in sys.path:
        sys.path.insert(0, folder)  # so that it finds its neighbours, and workers find it
    name = Path(place).stem if is_file else place
    try:
        if not is_file:
            return importlib.import_module(name)
        spec = importlib.util.spec_from_file_location(name, Path(place).resolve())
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:  # a script that leaves would take this command, and its status, along
        raise SourceError(
            f"{place}: running it failed: {type(error).__name__}: {' '.join(str(error).split())}",
            "Run it with python first; --debug shows the traceback.",
        ) from error
    return module
