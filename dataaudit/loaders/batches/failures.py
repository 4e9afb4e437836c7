"""Why a loader failed in the middle of an epoch: one line, and the samples to blame where they can be found."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

from dataaudit.errors import SourceError
from dataaudit.loaders.batches.leaves import walk

MOST_ASKED = 512
"""Samples of the data set that are asked for when a batch could not be made."""

MOST_SECONDS = 5.0
"""Time that asking may take."""

MOST_NAMED = 5
"""Samples that a message names."""

Form = tuple[tuple[str, str], ...]


def last_line(error: BaseException) -> str:
    r"""Return what an exception says in one line, with its type.

    An exception that a worker raised holds a traceback as its text; its last line is the exception's own.

    Examples
    --------
    >>> last_line(ValueError("two\nlines"))
    'ValueError: two lines'
    """
    text = str(error).strip()
    if "Traceback (most recent call last)" in text:
        return text.splitlines()[-1].strip()
    line = " ".join(text.split())
    return f"{type(error).__name__}: {line[:500]}" if line else type(error).__name__


def failed(error: Exception, where: str, loader: Any, number: int) -> SourceError:
    """Return the error that says why a loader gave no more batches.

    Parameters
    ----------
    error : Exception
        As the loader raised it.
    where : str
        What messages call the batch.
    loader : object
        The loader; where it has a `dataset` that can be asked for single samples, up to `MOST_ASKED` of them are, for
        up to `MOST_SECONDS`, and those that fail, or differ in shape from most, are named.
    number : int
        Of the batch.

    Returns
    -------
    SourceError
        Of one line and a hint.
    """
    message = f"{where}: the loader failed: {last_line(error)}"
    blamed = _blamed(loader, number)
    if blamed is None:
        return SourceError(message, "Ask the loader for this batch alone; --debug shows the traceback.")
    return SourceError(f"{message.rstrip('.')}. {blamed}", "Mend or leave out these samples in the data set.")


def _blamed(loader: Any, number: int) -> str | None:
    """Return what is odd about samples of the data set below a loader, None where nothing is."""
    data = getattr(loader, "dataset", None)
    if data is None or not hasattr(data, "__getitem__"):
        return None
    try:
        length = len(data)
    except (TypeError, NotImplementedError):
        return None
    asked, exact = _asked(loader, number, length)
    forms: dict[int, Form] = {}
    began = time.perf_counter()
    for i in asked:
        try:
            forms[i] = form_of(data[i])
        except Exception as error:  # noqa: BLE001 - any failure of the user's own code is what is looked for
            return f"Sample {i} of the data set cannot be read: {last_line(error)}"
        if time.perf_counter() - began > MOST_SECONDS:
            break
    if len(forms) < 2:
        return None
    usual = Counter(forms.values()).most_common(1)[0][0]
    odd = [i for i, form in forms.items() if form != usual]
    if not odd:
        return None
    among = "this batch" if exact else f"the {len(forms):,} samples that were asked for"
    more = f" and {len(odd) - MOST_NAMED:,} more" if len(odd) > MOST_NAMED else ""
    named = ", ".join(str(i) for i in odd[:MOST_NAMED]) + more
    one = len(odd) == 1
    return (
        f"Of {among}, sample{'' if one else 's'} {named} {'differs' if one else 'differ'} from the others: "
        f"{_difference(forms[odd[0]], usual)}."
    )


def _asked(loader: Any, number: int, length: int) -> tuple[Sequence[int], bool]:
    """Return the samples to ask for, and whether they are exactly those of the batch."""
    size = getattr(loader, "batch_size", None)
    in_order = type(getattr(loader, "sampler", None)).__name__ == "SequentialSampler"
    if in_order and isinstance(size, int) and 0 < size <= MOST_ASKED and number * size < length:
        return range(number * size, min(length, (number + 1) * size)), True
    step = max(1, -(-length // MOST_ASKED))
    return range(0, length, step), False


def form_of(sample: Any) -> Form:
    """Return the name and shape of each part of a sample."""
    return tuple((name, _shape(part)) for name, part in walk(sample, "", frozenset(), top=True))


def _shape(part: Any) -> str:
    shape = getattr(part, "shape", None)
    if shape is not None:
        return str(tuple(shape))
    if isinstance(part, list | tuple):
        return f"{len(part)} entries"
    if isinstance(part, int | float):
        return "one number"
    return "text" if isinstance(part, str | bytes) else type(part).__name__


def _difference(odd: Form, usual: Form) -> str:
    """Return how one sample differs from the others, by the first part that does."""
    have, expected = dict(odd), dict(usual)
    for name, shape in expected.items():
        if name not in have:
            return f"{name!r} is not there"
        if have[name] != shape:
            return f"{name!r} is {have[name]} instead of {shape}"
    return f"{next(name for name in have if name not in expected)!r} is there besides"
