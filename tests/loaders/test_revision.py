"""REV:path, and pointers of Git LFS and DVC, in real repositories."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path

import pytest

from dataaudit.errors import SourceError
from dataaudit.loaders.revision import Revision, as_revision, checked_out, filled

CONTENT = b"a,b\n1,2\n"


def git(folder: Path, *arguments: str) -> str:
    setup = ("-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", *setup, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def commit(folder: Path, message: str = "more") -> str:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", message)
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a repository with a file, a folder, and a later version of the file."""
    top = tmp_path / "work"
    (top / "data" / "deep").mkdir(parents=True)
    git(top, "init", "-q", "-b", "main")
    (top / "data" / "train.csv").write_bytes(CONTENT)
    (top / "data" / "deep" / "näme with spaces.csv").write_bytes(b"x\n")
    commit(top)
    git(top, "tag", "v1")
    (top / "data" / "train.csv").write_bytes(b"later\n")
    commit(top)
    return top


def out(repository: Path, word: str, into: Path, here: Path | None = None) -> Path:
    wanted = as_revision(word)
    assert wanted is not None
    return checked_out(wanted, into, here or repository)


# ---------------------------------------------------------------- what is a revision


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("main:data", Revision("main", "data")),
        ("HEAD~2:a/b c.csv", Revision("HEAD~2", "a/b c.csv")),
        ("v1:a:b.csv", Revision("v1", "a:b.csv")),
        ("train.csv", None),
        ("C:\\data\\train.csv", None),
        ("https://example.com/train.csv", None),
        ("main:", None),
    ],
)
def test_words(word: str, expected: Revision | None) -> None:
    assert as_revision(word) == expected


def test_a_file_that_exists_is_no_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("main:data.csv").write_bytes(CONTENT)
    assert as_revision("main:data.csv") is None


# ---------------------------------------------------------------- content


def test_a_file(repository: Path, tmp_path: Path) -> None:
    path = out(repository, "v1:data/train.csv", tmp_path / "into")
    assert path.read_bytes() == CONTENT
    assert path.relative_to(tmp_path / "into").as_posix() == "work/data/train.csv"
    assert (repository / "data" / "train.csv").read_bytes() == b"later\n"
    assert git(repository, "status", "--porcelain") == ""


def test_a_folder(repository: Path, tmp_path: Path) -> None:
    path = out(repository, "v1:data/", tmp_path / "into")
    found = sorted(file.relative_to(path).as_posix() for file in path.rglob("*") if file.is_file())
    assert found == ["deep/näme with spaces.csv", "train.csv"]


def test_the_whole_repository_and_paths_from_a_folder(repository: Path, tmp_path: Path) -> None:
    assert (out(repository, "v1:./", tmp_path / "a") / "data" / "train.csv").read_bytes() == CONTENT
    here = repository / "data" / "deep"
    assert out(repository, "v1:../train.csv", tmp_path / "b", here).read_bytes() == CONTENT
    assert out(repository, "v1:data/train.csv", tmp_path / "c", here).read_bytes() == CONTENT


def test_by_its_hash(repository: Path, tmp_path: Path) -> None:
    sha = git(repository, "rev-parse", "v1")
    assert out(repository, f"{sha[:10]}:data/train.csv", tmp_path / "into").read_bytes() == CONTENT


def test_bytes_are_not_converted(repository: Path, tmp_path: Path) -> None:
    """No filter, no line endings: what git holds is what is read."""
    content = b"a\r\nb\n\x00\xff\n" * 1000
    (repository / ".gitattributes").write_text("* text=auto eol=crlf\n")
    (repository / "raw.bin").write_bytes(content)
    git(repository, "-c", "core.autocrlf=false", "add", "-A")
    commit(repository)
    stored = subprocess.run(["git", "show", "HEAD:raw.bin"], cwd=repository, capture_output=True, check=True).stdout
    assert out(repository, "HEAD:raw.bin", tmp_path / "into").read_bytes() == stored


def test_links_are_left_out(repository: Path, tmp_path: Path) -> None:
    (repository / "data" / "link.csv").symlink_to("/etc/passwd")
    commit(repository)
    path = out(repository, "HEAD:data", tmp_path / "into")
    assert not (path / "link.csv").exists()
    with pytest.raises(SourceError, match="links alone"):
        out(repository, "HEAD:data/link.csv", tmp_path / "other")


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("nobody:data", "git knows no revision 'nobody' here"),
        ("--output=x:data", "git knows no revision '--output=x' here"),
        ("main:data/none.csv", "there is no such file or folder in that revision"),
        ("main:../outside.csv", "leads out of the repository"),
        ("main:/etc/passwd", "leads out of the repository"),
    ],
)
def test_refused(repository: Path, tmp_path: Path, word: str, message: str) -> None:
    with pytest.raises(SourceError, match=message) as hit:
        out(repository, word, tmp_path / "into")
    assert "\n" not in hit.value.message
    assert hit.value.hint


def test_outside_of_a_repository(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="is in no git repository"):
        out(tmp_path, "main:data", tmp_path / "into")


# ---------------------------------------------------------------- pointers


def lfs(content: bytes) -> bytes:
    oid = hashlib.sha256(content).hexdigest()
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {len(content)}\n".encode()


def keep(repository: Path, content: bytes) -> None:
    oid = hashlib.sha256(content).hexdigest()
    path = repository / ".git" / "lfs" / "objects" / oid[:2] / oid[2:4] / oid
    path.parent.mkdir(parents=True)
    path.write_bytes(content)


def test_lfs(repository: Path, tmp_path: Path) -> None:
    (repository / "data" / "train.csv").write_bytes(lfs(CONTENT))
    commit(repository)
    with pytest.raises(SourceError, match=r"train\.csv is a pointer of Git LFS.*is not here") as hit:
        out(repository, "HEAD:data", tmp_path / "a")
    assert hit.value.hint == "Fetch it first: git lfs fetch --all."
    with pytest.raises(SourceError, match="pointer of Git LFS"):
        filled(repository / "data" / "train.csv", tmp_path / "b")
    keep(repository, CONTENT)
    assert (out(repository, "HEAD:data", tmp_path / "c") / "train.csv").read_bytes() == CONTENT
    assert filled(repository / "data" / "train.csv", tmp_path / "d").read_bytes() == CONTENT
    assert (repository / "data" / "train.csv").read_bytes() == lfs(CONTENT)


def test_a_folder_of_lfs_pointers(repository: Path, tmp_path: Path) -> None:
    (repository / ".gitattributes").write_text("*.csv filter=lfs diff=lfs merge=lfs -text\n")
    assert filled(repository / "data", tmp_path / "into") == repository / "data"
    (repository / "data" / "train.csv").write_bytes(lfs(CONTENT))
    with pytest.raises(SourceError, match=r"1 of its files are pointers of Git LFS.*such as train\.csv") as hit:
        filled(repository / "data", tmp_path / "into")
    assert hit.value.hint == "Fetch it first: git lfs pull."


def test_files_that_are_there_are_read_where_they_are(repository: Path, tmp_path: Path) -> None:
    for path in (repository / "data" / "train.csv", repository / "data", repository / "none.csv"):
        assert filled(path, tmp_path / "into") == path
    assert not (tmp_path / "into").exists()


def dvc(repository: Path, name: str, digest: str) -> None:
    (repository / f"{name}.dvc").write_text(f"outs:\n- md5: {digest}\n  size: 8\n  hash: md5\n  path: {name}\n")


def cache(repository: Path, content: bytes, suffix: str = "", old: bool = False) -> str:
    md5 = hashlib.md5(content).hexdigest() + suffix
    folder = repository / ".dvc" / "cache" / ("" if old else "files/md5") / md5[:2]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / md5[2:]).write_bytes(content)
    return md5


@pytest.mark.parametrize("old", [False, True])
def test_dvc(repository: Path, tmp_path: Path, old: bool) -> None:
    dvc(repository, "big.csv", hashlib.md5(CONTENT).hexdigest())
    commit(repository)
    with pytest.raises(SourceError, match=r"big\.csv\.dvc is kept by DVC.*is not in the cache") as hit:
        out(repository, "HEAD:big.csv", tmp_path / "a")
    assert hit.value.hint == "Fetch it first: dvc fetch --all-commits."
    cache(repository, CONTENT, old=old)
    assert out(repository, "HEAD:big.csv", tmp_path / "b").read_bytes() == CONTENT
    assert filled(repository / "big.csv", tmp_path / "c").read_bytes() == CONTENT
    assert filled(repository / "big.csv.dvc", tmp_path / "d").read_bytes() == CONTENT


def test_a_folder_of_dvc_and_a_cache_elsewhere(repository: Path, tmp_path: Path) -> None:
    md5 = cache(repository, CONTENT)
    listed = json.dumps([{"md5": md5, "relpath": "train/a.csv"}]).encode()
    dvc(repository, "pictures", cache(repository, listed, ".dir"))
    (repository / ".dvc" / "cache").rename(tmp_path / "cache")
    (repository / ".dvc" / "config").write_text(f"[core]\n    remote = x\n[cache]\n    dir = {tmp_path / 'cache'}\n")
    commit(repository)
    assert (out(repository, "HEAD:pictures", tmp_path / "a") / "train" / "a.csv").read_bytes() == CONTENT


def test_a_folder_of_dvc_that_leads_out(repository: Path, tmp_path: Path) -> None:
    listed = json.dumps([{"md5": cache(repository, CONTENT), "relpath": "../../../evil.csv"}]).encode()
    dvc(repository, "pictures", cache(repository, listed, ".dir"))
    commit(repository)
    with pytest.raises(SourceError, match="would be written outside"):
        out(repository, "HEAD:pictures", tmp_path / "a" / "b" / "c")


def test_no_pointer_of_dvc(repository: Path, tmp_path: Path) -> None:
    (repository / "big.csv.dvc").write_text("nothing\n")
    with pytest.raises(SourceError, match="names no md5"):
        filled(repository / "big.csv", tmp_path / "a")
