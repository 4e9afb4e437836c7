"""What the command line says when things go wrong, and how it leaves."""

from __future__ import annotations

import contextlib
import os
import sys
import traceback
from collections.abc import Iterator
from typing import NoReturn

import click

from dataaudit.errors import DataauditError, NothingReadError

CLEAN, FOUND, UNUSABLE, NOTHING_READ, INTERRUPTED = 0, 1, 2, 3, 130
"""Exit status."""


@contextlib.contextmanager
def explained(debug: bool) -> Iterator[None]:
    """Turn an exception of the block into one line and a hint on standard error, and leave with its status.

    Parameters
    ----------
    debug : bool
        Whether to show the traceback before the line.

    Raises
    ------
    SystemExit
        With 2, with 3 where nothing was read, or with 130 where the user stopped it.
    """
    try:
        yield
    except click.UsageError as error:
        where = error.ctx.command_path if error.ctx else "dataaudit"
        _fail(error.format_message(), f"See {where} --help.", UNUSABLE)
    except click.ClickException as error:
        _fail(error.format_message(), None, UNUSABLE)
    except (KeyboardInterrupt, click.Abort):
        _fail("interrupted; nothing that was asked for is half written.", None, INTERRUPTED)
    except DataauditError as error:
        _trace(debug)
        _fail(error.message, error.hint, NOTHING_READ if isinstance(error, NothingReadError) else UNUSABLE)
    except MemoryError:
        _trace(debug)
        _fail("the memory does not suffice for this data.", "Audit a part of it, or use a larger machine.", UNUSABLE)
    except OSError as error:
        _trace(debug)
        named = f"{error.filename}: " if error.filename else ""
        _fail(f"{named}{error.strerror or error}.", None, UNUSABLE)
    except Exception as error:  # noqa: BLE001 - the last resort: a user gets a line, a developer --debug
        _trace(debug)
        what = f"{type(error).__name__}: {error}".splitlines()[0]
        _fail(f"this should not have happened: {what}", "Run it again with --debug and report the traceback.", UNUSABLE)


def put(text: str, *, nl: bool = True) -> None:
    """Write text to standard output; when its reader has left, nobody is told, and the command goes on."""
    try:
        click.echo(text, nl=nl)
    except BrokenPipeError:
        _deaf()


def flush(status: int) -> int:
    """Empty standard output while an error can still be told; return the status to leave with.

    Parameters
    ----------
    status : int
        The status so far. A reader who has left does not change it; a full disk does.
    """
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        _deaf()
    except OSError as error:
        _deaf()
        say(f"error: standard output cannot be written ({error.strerror}).")
        return UNUSABLE
    return status


def _deaf() -> None:
    """Let the rest of standard output go nowhere."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fail(message: str, hint: str | None, status: int) -> NoReturn:
    say(f"error: {message}", hint)
    raise SystemExit(status)


def say(line: str, hint: str | None = None) -> None:
    """Write one line, "error: ..." or "warning: ...", and a hint to standard error, with controls spelled out."""
    from dataaudit.report.words import visible

    kind, _, rest = visible(" ".join(line.split())).partition(": ")
    with contextlib.suppress(OSError):
        click.echo(f"{click.style(kind, fg='red' if kind == 'error' else 'yellow', bold=True)}: {rest}", err=True)
        for extra in (hint or "").splitlines():
            click.echo(f"  {visible(extra)}", err=True)


def _trace(debug: bool) -> None:
    if debug:
        click.echo(traceback.format_exc(), err=True, nl=False)
