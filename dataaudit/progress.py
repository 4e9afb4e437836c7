"""Progress on a terminal, and silence anywhere else."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TextIO

Progress = Callable[[str, int, int | None], None]
"""Called with the name of a phase, how much of it is done, and how much there is (None: not known yet)."""


@contextlib.contextmanager
def progress_on(stream: TextIO | None, *, quiet: bool = False) -> Iterator[Progress | None]:
    """Show how far an audit is while the block runs.

    Parameters
    ----------
    stream : text stream or None
        Where to draw; nothing is drawn unless it is a terminal.
    quiet : bool
        Draw nothing there either.

    Yields
    ------
    callable or None
        To hand to `dataaudit.audit`; None where nothing is drawn, so that nobody has to count. It may be called
        from several threads, and is wiped away at the end.
    """
    if quiet or stream is None or not stream.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bars(*columns, console=Console(file=stream), transient=True) as bars:
        tasks = {}

        def show(phase: str, done: int, total: int | None) -> None:
            if phase not in tasks:
                tasks[phase] = bars.add_task(phase, total=total)
            bars.update(tasks[phase], completed=done, total=total)

        yield show
