"""Data as it was at a git revision, written to a folder where it can be read like any other."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from dataaudit.errors import SourceError
from dataaudit.loaders.pointers import fill_pointers, is_dvc, lfs_pointer, write_dvc

_SPEC = re.compile(r"(?P<revision>[^:]{2,}):(?P<path>.+)", re.DOTALL)
_BLOB = "blob"
_LINK = "120000"


@dataclass(frozen=True)
class Revision:
    """A file or folder at a revision.

    Attributes
    ----------
    revision : str
        As the user wrote it: a branch, a tag, a commit.
    path : str
        Below the top of the repository, with forward slashes.
    """

    revision: str
    path: str


def as_revision(word: str) -> Revision | None:
    """Return what REV:path stands for; None for the name of a file that exists, an address or a drive.

    Examples
    --------
    >>> as_revision("main:data/train.csv")
    Revision(revision='main', path='data/train.csv')
    """
    match = _SPEC.fullmatch(word)
    if match is None or os.path.lexists(word) or match["path"].startswith("//"):
        return None
    return Revision(match["revision"], match["path"])


def checked_out(wanted: Revision, into: Path, here: Path | None = None) -> Path:
    """Write a file or folder of a revision below a folder, and return its path there.

    Nothing is checked out in the repository, nothing is fetched, and no filter or hook is run. Pointers of Git LFS and
    of DVC are filled from what the repository holds of them.

    Parameters
    ----------
    wanted : Revision
        What to write.
    into : Path
        An empty folder; the path below the repository's top is kept below it.
    here : Path, optional
        A folder of the repository; the present one if not given.

    Raises
    ------
    SourceError
        If this is no repository, the revision or the path does not exist, or the content of a pointer is not at hand.
    """
    top = _top(here or Path.cwd(), wanted)
    sha = _commit(top, wanted)
    path = _below(here or Path.cwd(), top, wanted)
    entries = list(_entries(top, sha, path))
    if not entries:
        pointers = [] if path == "." else list(_entries(top, sha, f"{path}.dvc"))
        if not pointers:
            raise SourceError(
                f"{_say(wanted)}: there is no such file or folder in that revision.",
                f"`git ls-tree -r --name-only {wanted.revision}` lists what there is.",
            )
        entries = pointers
    folder = into / top.name
    written = _write(top, entries, folder, wanted)
    for file in written:
        if is_dvc(file):
            write_dvc(file, top, _say(wanted))
            file.unlink()
    fill_pointers([file for file in written if file.exists()], top, _say(wanted))
    return folder if path == "." else folder / path


def filled(path: Path, into: Path) -> Path:
    """Return a path whose content is there: the path itself, or a copy of what its pointer stands for.

    Parameters
    ----------
    path : Path
        Of a file or folder; one that is not there may have a pointer of DVC beside it.
    into : Path
        An empty folder for the copy.

    Raises
    ------
    SourceError
        If the content of the pointer is not at hand.
    """
    pointer = path if is_dvc(path) else path.with_name(f"{path.name}.dvc")
    by_dvc = pointer.is_file() and (pointer == path or not path.exists())
    if path.is_dir():
        _refuse_pointers(path)
    if not by_dvc and lfs_pointer(path) is None:
        return path
    wanted = Revision("the working tree", str(path))
    top = _top(path.absolute().parent, wanted)
    copy = into / top.name / (pointer if by_dvc else path).name
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(pointer if by_dvc else path, copy)
    if by_dvc:
        return write_dvc(copy, top, str(path))
    fill_pointers([copy], top, str(path))
    return copy


def _refuse_pointers(folder: Path) -> None:
    """Raise SourceError if files of a folder are pointers of Git LFS; looked at only where a repository uses it."""
    attributes = [parent / ".gitattributes" for parent in (folder.absolute(), *folder.absolute().parents)]
    if not any(file.is_file() and b"filter=lfs" in file.read_bytes() for file in attributes):
        return
    pointers = [file for file in sorted(folder.rglob("*")) if lfs_pointer(file) is not None]
    if pointers:
        raise SourceError(
            f"{folder}: {len(pointers):,} of its files are pointers of Git LFS without their content, "
            f"such as {pointers[0].relative_to(folder)}.",
            "Fetch it first: git lfs pull.",
        )


def _say(wanted: Revision) -> str:
    return f"{wanted.revision}:{wanted.path}"


def _git(top: Path, arguments: Sequence[str], feed: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    """Run git without prompts, optional locks and the network."""
    environment = {
        **os.environ, "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C",
    }  # fmt: skip
    try:
        return subprocess.run(
            ["git", "--no-pager", "-c", "protocol.allow=never", *arguments],
            cwd=top, env=environment, input=feed, capture_output=True, check=False,
        )  # fmt: skip
    except FileNotFoundError:
        raise SourceError("git is not installed, which REV:path needs.", "Install git, or name a file.") from None


def _top(here: Path, wanted: Revision) -> Path:
    found = _git(here, ["rev-parse", "--show-toplevel"])
    if found.returncode:
        raise SourceError(
            f"{_say(wanted)}: no such file, and {here} is in no git repository in which it could be a revision.",
            "Name a file or folder that exists, or change into the repository.",
        )
    return Path(os.fsdecode(found.stdout).rstrip("\n"))


def _commit(top: Path, wanted: Revision) -> str:
    found = _git(top, ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{wanted.revision}^{{commit}}"])
    if found.returncode:
        raise SourceError(
            f"{_say(wanted)}: git knows no revision {wanted.revision!r} here, and there is no file of that name.",
            "Fetch it first (a shallow clone holds the last commit alone), or check the spelling.",
        )
    return found.stdout.decode().strip()


def _below(here: Path, top: Path, wanted: Revision) -> str:
    """Return the path below the top; one that starts with ./ or ../ counts from the present folder, as for git."""
    path = wanted.path.replace(os.sep, "/")
    if path.startswith(("./", "../")) or path in (".", ".."):
        path = os.path.relpath(os.path.normpath(here / path), top).replace(os.sep, "/")
    path = str(PurePosixPath(path))
    if path.startswith(("/", "../")) or path == "..":
        raise SourceError(
            f"{_say(wanted)}: this leads out of the repository.", "Count paths from the repository's top."
        )
    return path


@dataclass(frozen=True)
class _Entry:
    mode: str
    sha: str
    path: str


def _entries(top: Path, sha: str, path: str) -> Iterator[_Entry]:
    """Yield the files below a path of a commit."""
    found = _git(top, ["ls-tree", "-r", "-z", "--full-tree", sha, *([] if path == "." else ["--", path])])
    if found.returncode:
        raise SourceError(f"{path}: git could not list it ({_first(found.stderr)}).")
    for line in found.stdout.split(b"\0"):
        if line:
            head, _, name = line.partition(b"\t")
            mode, kind, blob = head.decode().split(" ")
            if kind == _BLOB:  # not a submodule
                yield _Entry(mode, blob, os.fsdecode(name))


def _first(stderr: bytes) -> str:
    return (os.fsdecode(stderr).strip().splitlines() or ["no reason given"])[0]


def _write(top: Path, entries: Sequence[_Entry], folder: Path, wanted: Revision) -> list[Path]:
    """Write the content of files, one `git cat-file` for all; links are left out, as they might lead anywhere."""
    plain = [entry for entry in entries if entry.mode != _LINK]
    if not plain:
        raise SourceError(f"{_say(wanted)}: there are links alone, which are not followed.", "Name what they lead to.")
    found = _git(top, ["cat-file", "--batch"], "".join(f"{entry.sha}\n" for entry in plain).encode())
    written, at = [], 0
    for entry in plain:
        end = found.stdout.find(b"\n", at)
        head = found.stdout[at:end].split(b" ")
        if found.returncode or end < 0 or len(head) != 3:
            raise SourceError(
                f"{_say(wanted)}: {entry.path} is not in this clone ({_first(found.stderr or found.stdout[at:end])}).",
                "Fetch it first: git fetch.",
            )
        size = int(head[2])
        target = folder / entry.path
        if not target.resolve().is_relative_to(folder.resolve()):
            raise SourceError(f"{_say(wanted)}: {entry.path!r} would be written outside of the folder.")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(found.stdout[end + 1 : end + 1 + size])
        written.append(target)
        at = end + 1 + size + 1
    return written
