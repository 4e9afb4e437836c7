"""Files that are there whole, or as they were before."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from dataaudit.errors import OutputError

Target = str | os.PathLike[str]


def atomic_write(path: Target, content: str | bytes) -> None:
    """Write a file so that a reader sees the old content or the new, never a part.

    The content goes to a temporary file in the same folder, is flushed to the disk, and takes the name in one step.
    Missing parent folders are created. A symbolic link is followed, not replaced; a device or a pipe is written to.

    Parameters
    ----------
    path : str or path-like
        Where to write.
    content : str or bytes
        All of it; text is written as UTF-8 with the newlines it has.

    Raises
    ------
    OutputError
        If it cannot be written there: what is in the way is named, and an earlier file is left as it was.
    """
    data = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
    try:
        if Path(path).exists() and not (Path(path).is_file() or Path(path).is_dir()):
            Path(path).write_bytes(data)  # before links are followed: /dev/stdout may lead to a pipe without a name
            return
    except OSError as error:
        raise OutputError(f"{path}: cannot write the report ({_cause(error, Path(path))}).", _hint(error)) from error
    target = Path(os.path.realpath(path))
    try:
        if target.is_dir():
            raise OutputError(f"{path}: cannot write a report here, it is a folder.", "Give the name of a file.")
        target.parent.mkdir(parents=True, exist_ok=True)
        _replace(target, data)
    except OSError as error:
        raise OutputError(f"{path}: cannot write the report ({_cause(error, target)}).", _hint(error)) from error


def _replace(target: Path, data: bytes) -> None:
    temporary = target.with_name(f".{target.name[:100]}.{secrets.token_hex(6)}.tmp")
    try:
        with temporary.open("xb") as file:  # not tempfile: the umask should decide who may read a report
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            temporary.chmod(target.stat().st_mode & 0o777)
        temporary.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def _cause(error: OSError, target: Path) -> str:
    if isinstance(error, PermissionError):
        return f"no permission to write in the folder {target.parent.name or '/'}"
    if isinstance(error, NotADirectoryError | FileExistsError):
        blocking = next((folder for folder in reversed(target.parents) if folder.is_file()), target.parent)
        return f"{blocking.name} is a file, not a folder"
    return (error.strerror or type(error).__name__).lower()


def _hint(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return "Choose another place, or change the folder's permissions."
    return "Choose another place for it."
