"""What a user hands over as a loader, opened epoch by epoch."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from dataaudit.errors import DataauditError, SourceError
from dataaudit.loaders.batches.failures import last_line

ACCEPTED = "Pass an iterable of batches, or a function that returns one (it may take epoch and split)."


class Opened:
    """A loader of one split.

    Parameters
    ----------
    thing : iterable or callable
        Any iterable of batches, or a function that returns one. Where the function takes `epoch` or `split`, it is
        called with them in every epoch; otherwise once, and again only where what it gave can be read only once.
    split : str
        "train" or "val".

    Raises
    ------
    SourceError
        If it is neither.
    """

    def __init__(self, thing: Any, split: str) -> None:
        self.split = split
        self._make = _maker(thing, split)
        self.takes_epoch = self._make is not None and "epoch" in _parameters(thing)
        self._loader: Any = None if self._make is not None else thing
        self._read = 0
        if self._make is None and not hasattr(thing, "__iter__") and not hasattr(thing, "__getitem__"):
            raise SourceError(f"The {split} loader is a {type(thing).__name__}, which gives no batches.", ACCEPTED)

    @property
    def loader(self) -> Any:
        """The object that gives the batches, made if it has to be."""
        if self._loader is None and self._make is not None:
            self._loader = self._made(0)
        return self._loader

    def epoch(self, number: int) -> Iterator[Any] | None:
        """Return the batches of an epoch from its start, or None where the loader can be read only once."""
        if self._make is not None and number > 0 and (self.takes_epoch or _once(self.loader)):
            self._loader = self._made(number)
        loader = self.loader
        if self._read and _once(loader) and self._make is None:
            return None
        self._read += 1
        try:
            return iter(loader) if hasattr(loader, "__iter__") else _by_position(loader)
        except Exception as error:
            raise SourceError(
                f"The {self.split} loader could not be started for epoch {number}: {last_line(error)}",
                "Iterate over it by hand first; --debug shows the traceback.",
            ) from error

    def _made(self, epoch: int) -> Any:
        assert self._make is not None
        try:
            loader = self._make(epoch)
        except DataauditError:
            raise
        except Exception as error:
            raise SourceError(
                f"The function failed for the {self.split} loader of epoch {epoch}: {last_line(error)}",
                "Call it by hand first; --debug shows the traceback.",
            ) from error
        if not isinstance(loader, Iterable) and not hasattr(loader, "__getitem__"):
            raise SourceError(
                f"The function gave a {type(loader).__name__} for the {self.split} loader, expected an iterable.",
                ACCEPTED,
            )
        return loader

    @property
    def length(self) -> int | None:
        """Batches of an epoch as the loader's own `len` has it, or None."""
        return length_of(self.loader)


def length_of(loader: Any) -> int | None:
    """Return the batches of an epoch as a loader's own `len` has it, or None where it has none."""
    try:
        return len(loader)
    except (TypeError, NotImplementedError, AttributeError):
        return None


def takes_split(thing: Any) -> bool:
    """Return whether a loader's function can be asked for the validation split."""
    return not _is_loader(thing) and callable(thing) and "split" in _parameters(thing)


def _is_loader(thing: Any) -> bool:
    return hasattr(thing, "__iter__") or (hasattr(thing, "__getitem__") and hasattr(thing, "__len__"))


def _maker(thing: Any, split: str) -> Callable[[int], Any] | None:
    if _is_loader(thing) or not callable(thing):
        return None
    known = _parameters(thing)

    def make(epoch: int) -> Any:
        wanted = {"epoch": epoch, "split": split}
        return thing(**{name: value for name, value in wanted.items() if name in known})

    return make


def _parameters(thing: Any) -> set[str]:
    """Return which of `epoch` and `split` a function takes."""
    try:
        parameters = inspect.signature(thing).parameters.values()
    except (TypeError, ValueError):
        return set()
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return {"epoch", "split"}
    return {p.name for p in parameters if p.kind is not p.POSITIONAL_ONLY} & {"epoch", "split"}


def _once(loader: Any) -> bool:
    """Return whether an object can be read only once, as iterators can."""
    return hasattr(loader, "__next__")


def _by_position(loader: Any) -> Iterator[Any]:
    """Yield the batches of a sequence, as Keras' have it, that ends with an IndexError or where its length says."""
    length = len(loader) if hasattr(loader, "__len__") else None
    number = 0
    while length is None or number < length:
        try:
            yield loader[number]
        except IndexError:
            return
        number += 1
    if hasattr(loader, "on_epoch_end"):
        loader.on_epoch_end()
