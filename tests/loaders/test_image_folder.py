"""Folders of pictures: layouts, classes, labels files, and links."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PIL import Image

from dataaudit.errors import ConfigError, NothingReadError, SourceError
from dataaudit.loaders import load
from dataaudit.model import Dataset, Role, Stage
from tests.loaders.reading import cells


def paint(folder: Path, *names: str) -> Path:
    """Write small pictures below a folder, and return it."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 3), (10, 20, 30)).save(path, "PNG")
    return folder


def listed(dataset: Dataset) -> dict[str, list[tuple[str, object]]]:
    """Return path and label of every picture, by split."""
    found = {}
    for split, source in dataset.sources.items():
        paths = source.row_names(range(source.n_rows or 0))
        assert paths is not None
        labels = cells(source).get("label", [None] * len(paths))
        found[split] = list(zip(paths, labels, strict=True))
    return found


def test_split_class_file(tmp_path: Path) -> None:
    paint(tmp_path, "Test/cat/a.png", "train/dog/b.png", "train/cat/c.JPG", "val/dog/d.png")
    dataset = load(tmp_path)
    assert dataset.roles == {"train": "train", "val": "validation", "Test": "test"}
    assert list(dataset.sources) == ["train", "val", "Test"]
    assert listed(dataset) == {
        "train": [("train/cat/c.JPG", "cat"), ("train/dog/b.png", "dog")],
        "val": [("val/dog/d.png", "dog")],
        "Test": [("Test/cat/a.png", "cat")],
    }
    assert (dataset.kind, dataset.stage, dataset.name) == ("images", Stage.RAW, tmp_path.name)
    assert dataset.schema.pictures
    assert dataset.schema.classes == ("cat", "dog")
    assert [(c.name, c.role) for c in dataset.schema.columns] == [("label", Role.TARGET)]
    assert dataset.notes == ()


def test_class_file(tmp_path: Path) -> None:
    dataset = load(paint(tmp_path, "dog/b.png", "cat/a.png"))
    assert listed(dataset) == {"train": [("cat/a.png", "cat"), ("dog/b.png", "dog")]}


def test_a_class_called_test_is_no_split(tmp_path: Path) -> None:
    dataset = load(paint(tmp_path, "test/a.png", "normal/b.png"))
    assert listed(dataset) == {"train": [("normal/b.png", "normal"), ("test/a.png", "test")]}


def test_pictures_are_decoded_in_chunks_of_64(tmp_path: Path) -> None:
    paint(tmp_path, *(f"a/{k:03}.png" for k in range(130)))
    chunks = list(load(tmp_path).sources["train"].chunks())
    assert [c.n_rows for c in chunks] == [64, 64, 2]
    (*_, last) = chunks
    assert [p.path for p in last.pictures] == ["a/128.png", "a/129.png"]
    assert last.pictures[0].pixels is not None
    assert last.pictures[0].pixels[0, 0].tolist() == [10, 20, 30]


def test_a_broken_picture_is_a_row_with_its_reason(tmp_path: Path) -> None:
    paint(tmp_path, "a/1.png")
    (tmp_path / "a/2.jpg").write_text("I am text")
    (chunk,) = load(tmp_path).sources["train"].chunks()
    assert [p.error is None for p in chunk.pictures] == [True, False]


def test_empty_class_folders_are_declared(tmp_path: Path) -> None:
    paint(tmp_path, "train/cat/a.png", "test/cat/b.png")
    (tmp_path / "train/bird").mkdir()
    dataset = load(tmp_path)
    assert dataset.schema.classes == ("bird", "cat")
    assert dataset.notes == (f"{tmp_path}: class folders without pictures: 'train/bird'.",)


def test_hidden_files_and_strays(tmp_path: Path) -> None:
    paint(tmp_path, "cat/a.png", "cat/.b.png", "__MACOSX/cat/a.png", ".git/c.png")
    (tmp_path / "cat/notes.txt").touch()
    (tmp_path / "cat/Thumbs.db").touch()
    dataset = load(tmp_path)
    assert listed(dataset) == {"train": [("cat/a.png", "cat")]}
    assert dataset.notes == (f"{tmp_path}: not read, since they are no pictures: 'cat/notes.txt'.",)


def test_pictures_beside_the_class_folders(tmp_path: Path) -> None:
    dataset = load(paint(tmp_path, "train/a.png", "train/cat/b.png", "test/cat/c.png"))
    assert listed(dataset)["train"] == [("train/a.png", None), ("train/cat/b.png", "cat")]
    assert "without a class" in dataset.notes[0]


def test_pictures_outside_the_splits(tmp_path: Path) -> None:
    dataset = load(paint(tmp_path, "train/cat/a.png", "extra/cat/b.png", "c.png"))
    assert listed(dataset) == {"train": [("train/cat/a.png", "cat")]}
    assert dataset.notes == (
        f"{tmp_path}: not read, since they lie outside the split folders: 'c.png', 'extra/cat/b.png'.",
    )


def test_folders_within_a_class(tmp_path: Path) -> None:
    dataset = load(paint(tmp_path, "cat/2020/a.png"))
    assert listed(dataset) == {"train": [("cat/2020/a.png", "cat")]}
    assert "count to that class: 'cat/2020'" in dataset.notes[0]


def test_a_flat_folder_is_unlabelled(tmp_path: Path) -> None:
    dataset = load(paint(tmp_path, "b.png", "a.png"))
    assert listed(dataset) == {"train": [("a.png", None), ("b.png", None)]}
    assert dataset.schema.columns == ()


def test_folders_as_splits(tmp_path: Path) -> None:
    paint(tmp_path, "one/cat/a.png", "two/dog/b.png")
    dataset = load(tmp_path / "one", test=tmp_path / "two")
    assert listed(dataset) == {"train": [("cat/a.png", "cat")], "test": [("dog/b.png", "dog")]}
    assert dataset.schema.classes == ("cat", "dog")


def test_names_that_a_page_would_run(tmp_path: Path) -> None:
    dataset = load(paint(tmp_path, "<script>/=cmd().png"))
    assert listed(dataset) == {"train": [("<script>/=cmd().png", "<script>")]}


@pytest.mark.parametrize("names", [[], ["a.md"], ["train/cat/a.txt"]])
def test_nothing_to_see(tmp_path: Path, names: list[str]) -> None:
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    with pytest.raises(NothingReadError, match="no pictures found"):
        load(tmp_path)


def test_an_empty_split_folder(tmp_path: Path) -> None:
    paint(tmp_path, "train/cat/a.png")
    (tmp_path / "test/cat").mkdir(parents=True)
    with pytest.raises(NothingReadError, match="the split folder holds no pictures"):
        load(tmp_path)


def test_columns_do_not_apply(tmp_path: Path) -> None:
    paint(tmp_path, "cat/a.png")
    assert load(tmp_path, target="label").schema.targets == ("label",)
    with pytest.raises(SourceError, match="no column 'labels'") as caught:
        load(tmp_path, target="labels")
    assert caught.value.hint == "Did you mean 'label'?"
    with pytest.raises(ConfigError, match="has no columns"):
        load(tmp_path, group="g")


# ---------------------------------------------------------------- labels files


def label(folder: Path, *rows: str, name: str = "labels.csv") -> Path:
    (folder / name).write_text("".join(f"{row}\n" for row in rows))
    return folder / name


def test_a_labels_file_in_the_folder(tmp_path: Path) -> None:
    paint(tmp_path, "a.png", "b.png", "sub/c.png")
    label(tmp_path, "file,label,split", "a.png,cat,train", "sub/c.png,dog,test", "b.png,,train")
    dataset = load(tmp_path)
    assert listed(dataset) == {"train": [("a.png", "cat"), ("b.png", None)], "test": [("sub/c.png", "dog")]}
    assert dataset.schema.classes == ("cat", "dog")


def test_a_labels_file_elsewhere_with_names_without_suffix(tmp_path: Path) -> None:
    paint(tmp_path / "pics", "001.png", "002.png")
    path = label(tmp_path, "Image,Class", "001,7", "002,007", name="classes.csv")
    assert listed(load(tmp_path / "pics", labels=path)) == {"train": [("001.png", "7"), ("002.png", "007")]}


def test_listed_files_that_are_not_there_and_files_not_listed(tmp_path: Path) -> None:
    paint(tmp_path, "a.png", "b.png")
    label(tmp_path, "file,label", "a.png,x", "gone.png,x")
    dataset = load(tmp_path)
    (chunk,) = dataset.sources["train"].chunks()
    assert [p.error for p in chunk.pictures] == [None, "the file does not exist"]
    assert dataset.notes == (f"{tmp_path}: not read, since labels.csv does not list them: 'b.png'.",)


def test_a_labels_file_names_files_within_split_folders(tmp_path: Path) -> None:
    paint(tmp_path, "train/a.png", "test/b.png")
    label(tmp_path, "file,label", "a.png,x", "b,y")
    assert listed(load(tmp_path)) == {"train": [("train/a.png", "x")], "test": [("test/b.png", "y")]}


def test_a_labels_file_beside_one_folder_of_pictures(tmp_path: Path) -> None:
    paint(tmp_path, "images/a.png")
    label(tmp_path, "file,label", "a.png,x")
    assert listed(load(tmp_path)) == {"train": [("images/a.png", "x")]}


def test_class_folders_win_over_a_file_called_labels(tmp_path: Path) -> None:
    paint(tmp_path, "0/a.png", "1/b.png")
    label(tmp_path, "id,name", "0,cat", "1,dog")
    dataset = load(tmp_path)
    assert listed(dataset) == {"train": [("0/a.png", "0"), ("1/b.png", "1")]}
    assert dataset.notes == (f"{tmp_path}: not read, since they are no pictures: 'labels.csv'.",)


def test_a_labels_file_belongs_to_one_folder(tmp_path: Path) -> None:
    paint(tmp_path, "a.png")
    path = label(tmp_path, "file,label", "a.png,x")
    for arguments in ({"train": tmp_path, "test": tmp_path}, {"train": path}, {"train": [1]}):
        with pytest.raises(ConfigError, match="A labels file belongs to"):
            load(**arguments, labels=path)
    with pytest.raises(SourceError, match=r"lables\.csv: no such file") as caught:
        load(tmp_path, labels=tmp_path / "lables.csv")
    assert "labels.csv" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        (["file,label", "../a.png,x"], r"labels\.csv:2: '\.\./a\.png' leads out of the folder"),
        (["file,label", "/etc/passwd,x"], r"labels\.csv:2: '/etc/passwd' leads out"),
        (["file,label", "a.png,x", "a.png,y"], r"labels\.csv:3: 'a\.png' is listed twice \(first in line 2\)"),
        (["file,label", ",x"], r"labels\.csv:2: the file's name is empty"),
        (["name,label", "a.png,x"], "no column 'file'; found 'name', 'label'"),
        (["file,label,split", "a.png,x,"], r"labels\.csv:2: the split of 'a\.png' is empty"),
    ],
)
def test_faults_of_a_labels_file(tmp_path: Path, rows: list[str], text: str) -> None:
    paint(tmp_path, "a.png")
    label(tmp_path, *rows)
    with pytest.raises(SourceError, match=text):
        load(tmp_path)


# ---------------------------------------------------------------- links


def test_a_link_that_leaves_the_folder(tmp_path: Path) -> None:
    paint(tmp_path / "data", "cat/a.png")
    paint(tmp_path / "other", "secret.png")
    (tmp_path / "data/cat/b.png").symlink_to(tmp_path / "other/secret.png")
    with pytest.raises(SourceError, match=r"cat/b\.png: a link that leaves the folder"):
        load(tmp_path / "data")
    (tmp_path / "data/cat/b.png").unlink()
    (tmp_path / "data/dog").symlink_to(tmp_path / "other")
    with pytest.raises(SourceError, match=r"data/dog: a link that leaves the folder"):
        load(tmp_path / "data")


@pytest.mark.parametrize("target", [".", "..", "../.."])
def test_links_that_lead_back(tmp_path: Path, target: str) -> None:
    paint(tmp_path, "train/cat/a.png")
    (tmp_path / "train/cat/loop").symlink_to(tmp_path / "train/cat" / target)
    with pytest.raises(SourceError, match=r"train/cat/loop: a link that leads back"):
        load(tmp_path)


def test_a_link_to_itself(tmp_path: Path) -> None:
    paint(tmp_path, "cat/a.png")
    (tmp_path / "cat/b.png").symlink_to(tmp_path / "cat/b.png")
    with pytest.raises(SourceError, match=r"cat/b\.png: a link that leads round in a circle"):
        load(tmp_path)


def test_a_link_to_a_sibling_folder_would_count_twice(tmp_path: Path) -> None:
    paint(tmp_path, "cat/a.png")
    (tmp_path / "dog").symlink_to(tmp_path / "cat")
    with pytest.raises(SourceError, match=r"dog: a link to another folder of the data"):
        load(tmp_path)


def test_a_link_to_a_file_of_the_folder_is_read(tmp_path: Path) -> None:
    paint(tmp_path, "cat/a.png")
    (tmp_path / "cat/b.png").symlink_to(tmp_path / "cat/a.png")
    assert [path for path, _ in listed(load(tmp_path))["train"]] == ["cat/a.png", "cat/b.png"]


def test_the_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    paint(tmp_path / "data", "cat/a.png")
    (tmp_path / "link").symlink_to(tmp_path / "data")
    assert listed(load(tmp_path / "link")) == {"train": [("cat/a.png", "cat")]}


@pytest.mark.skipif(os.name == "nt", reason="no named pipes")
def test_a_named_pipe_is_not_waited_for(tmp_path: Path) -> None:
    paint(tmp_path, "cat/a.png")
    os.mkfifo(tmp_path / "cat/b.png")
    dataset = load(tmp_path)
    assert [path for path, _ in listed(dataset)["train"]] == ["cat/a.png"]
    assert "'cat/b.png'" in dataset.notes[0]


def test_a_file_name_that_is_no_text(tmp_path: Path) -> None:
    paint(tmp_path, "cat/a.png")
    try:
        (tmp_path / os.fsdecode(b"cat/\xff.png")).touch()
    except OSError:
        pytest.skip("this file system takes no such name")
    with pytest.raises(SourceError, match="not valid UTF-8"):
        load(tmp_path)
