"""A fitted transformer: an object of the user's, or a file that holds one."""

from __future__ import annotations

import os
import re
import warnings
import zipfile
from pathlib import Path
from typing import Any

from dataaudit.errors import ConfigError, SourceError

HARMLESS = frozenset(
    {
        "numpy.dtype",
        "sklearn.compose._column_transformer._RemainderColsList",
        "sklearn.compose._column_transformer.make_column_selector",
    }
)
"""Types that skops asks about although they only hold values: data types and lists of columns."""

_VERSION = re.compile(r"from version (\S+) when using version (\S+?)\.? ")


def fitted_transformer(given: Any, *, unsafe: bool = False) -> tuple[Any, tuple[str, ...]]:
    """Return a fitted transformer, and what a reader should know about the loading.

    Parameters
    ----------
    given : object, path or None
        A fitted scikit-learn estimator, or a file of skops, joblib or pickle that holds one.
    unsafe : bool
        Whether the file may run code while it is loaded.

    Raises
    ------
    ConfigError
        If the file would have to be trusted and is not, or the object is none, or not fitted.
    SourceError
        If the file cannot be read.
    """
    if given is None:
        return None, ()
    where = f"The transformer ({type(given).__name__})"
    notes: tuple[str, ...] = ()
    if isinstance(given, str | os.PathLike):
        where = str(given)
        given, notes = _load(Path(given), unsafe=unsafe)
    _check(given, where)
    return given, notes


def _load(path: Path, *, unsafe: bool) -> tuple[Any, tuple[str, ...]]:
    if not path.is_file():
        what = "it is a folder, expected a file" if path.is_dir() else "there is no such file"
        raise SourceError(f"{path}: {what}.", "Save the fitted transformer with skops.io.dump or joblib.dump.")
    safe_kind = path.suffix.lower() == ".skops" or zipfile.is_zipfile(path)
    if not safe_kind and not unsafe:
        raise ConfigError(
            f"{path}: loading a joblib or pickle file runs whatever code it holds, so it is not loaded unasked.",
            "If you trust its origin, add --unsafe-load (unsafe_load=True); or save it with skops.io.dump, "
            "which runs no code.",
        )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        found = _from_skops(path, unsafe=unsafe) if safe_kind else _from_pickle(path)
    return found, tuple(dict.fromkeys(_version_notes(path, [str(w.message) for w in caught])))


def _from_skops(path: Path, *, unsafe: bool) -> Any:
    try:
        from skops import io
    except ModuleNotFoundError:
        raise ConfigError(
            f"{path}: reading skops files needs the package skops.", "pip install 'dataaudit[skops]'"
        ) from None
    try:
        foreign = [name for name in io.get_untrusted_types(file=path) if name not in HARMLESS]
        if foreign and not unsafe:
            listed = ", ".join(foreign[:8]) + (f" and {len(foreign) - 8} more" if len(foreign) > 8 else "")
            raise ConfigError(
                f"{path}: it holds types that are not known to be harmless: {listed}.",
                "If you trust its origin, add --unsafe-load (unsafe_load=True).",
            )
        return io.load(path, trusted=[*HARMLESS, *foreign])
    except ConfigError:
        raise
    except Exception as error:  # a damaged file may break anything in the reader
        raise _unreadable(path, "skops", error) from error


def _from_pickle(path: Path) -> Any:
    import joblib

    try:
        return joblib.load(path)
    except Exception as error:  # unpickling runs code that is not ours
        raise _unreadable(path, "joblib or pickle", error) from error


def _unreadable(path: Path, kind: str, error: Exception) -> SourceError:
    if isinstance(error, ModuleNotFoundError):
        hint = f"Install {error.name}, or run dataaudit where it can be imported: the file needs it."
    elif isinstance(error, AttributeError):
        hint = "It holds a class or function that cannot be imported here; keep such classes in a module, not a script."
    else:
        hint = "Save the fitted transformer anew with skops.io.dump or joblib.dump."
    said = " ".join(str(error).split())
    return SourceError(f"{path}: not a readable {kind} file ({type(error).__name__}: {said[:200]}).", hint)


def _version_notes(path: Path, messages: list[str]) -> list[str]:
    """Return a sentence where scikit-learn warned that another version of it made the file."""
    found = [match for message in messages if (match := _VERSION.search(message + " "))]
    return [
        f"{path}: the transformer was saved by scikit-learn {m[1]} and is read by {m[2]}; "
        "refits may differ where the version changed a step."
        for m in found
    ]


def _check(thing: Any, where: str) -> None:
    """Raise ConfigError unless the object is an estimator that was fitted."""
    from sklearn.exceptions import NotFittedError
    from sklearn.utils.validation import check_is_fitted

    if isinstance(thing, type) or not hasattr(thing, "fit"):
        raise ConfigError(
            f"{where}: found {'the class' if isinstance(thing, type) else 'an object of type'} "
            f"{thing.__name__ if isinstance(thing, type) else type(thing).__name__}, expected a fitted transformer.",
            "Pass a scikit-learn transformer or Pipeline after its fit().",
        )
    try:
        check_is_fitted(thing)
    except NotFittedError:
        raise ConfigError(
            f"{where}: {type(thing).__name__} is not fitted.",
            "Pass it after fit(): what it has learnt tells which rows it saw.",
        ) from None
    except (AttributeError, TypeError):
        return  # no estimator of scikit-learn's own making: its attributes are compared all the same
