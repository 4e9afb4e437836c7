"""LEA111 on pictures: copies saved in another way, and pictures that only resemble each other."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageOps
from sklearn.datasets import load_digits

from dataaudit import engine
from dataaudit.analyzers.leakage.near_pictures import NEEDS, judge, pairs_figure
from dataaudit.analyzers.leakage.picture_match import Comparer, agreement, edges, reduced
from dataaudit.loaders import load
from dataaudit.model import CannotTell, SplitView, Status
from dataaudit.registry import find
from dataaudit.stats.picture_prints import PicturePrints
from tests.analyzers.asking import Answer, ask

Pixels = NDArray[Any]


def photo(seed: int, width: int = 160, height: int = 120) -> Image.Image:
    """Return a picture with the spectrum of photographs: noise of every size, the coarser the stronger."""
    rng = np.random.default_rng(seed)
    total = np.zeros((height, width, 3))
    for cells in (2, 4, 8, 16, 32):
        small = Image.fromarray(rng.integers(0, 256, (cells, cells, 3), dtype=np.uint8))
        total += (np.asarray(small.resize((width, height), Image.Resampling.BICUBIC)) - 127.5) / cells**0.8
    return Image.fromarray(np.clip(total * 0.9 + 127.5, 0, 255).astype(np.uint8))


def tiny(n: int, first: int = 0) -> NDArray[np.uint8]:
    """Return distinct pictures of 32 × 32 pixels, shape (n, 32, 32, 3)."""
    return np.stack([np.asarray(photo(first + i, 32, 32)) for i in range(n)])


def shifted(pixels: Pixels, down: int, right: int) -> Pixels:
    most = max(abs(down), abs(right))
    padded = np.pad(pixels, ((most, most), (most, most), (0, 0)), mode="reflect")
    return padded[most - down :, most - right :][: len(pixels), : pixels.shape[1]]


def folder(root: Path, copies: dict[str, tuple[int, Callable[[Image.Image], Image.Image], dict[str, Any]]]) -> Path:
    """Write 40 photographs to train, 10 others to test, and changed copies of some of train's beside these."""
    for split, numbers in (("train", range(40)), ("test", range(100, 110))):
        for i in numbers:
            file = root / split / ("cat" if i % 2 else "dog") / f"{i:03d}.jpg"
            file.parent.mkdir(parents=True, exist_ok=True)
            photo(i).save(file, quality=92)
    for name, (i, change, how) in copies.items():
        with Image.open(root / "train" / ("cat" if i % 2 else "dog") / f"{i:03d}.jpg") as image:
            change(image.convert("RGB")).save(root / "test" / "cat" / name, **how)
    return root


def same(image: Image.Image) -> Image.Image:
    return image


WAYS: dict[str, tuple[Callable[[Image.Image], Image.Image], dict[str, Any], str]] = {
    "a-quality.jpg": (same, {"quality": 40}, "re-encoded"),
    "a-webp.webp": (same, {"quality": 70}, "saved as WEBP instead of JPEG"),
    "a-half.png": (lambda x: x.resize((80, 60)), {}, "resized 160×120 → 80×60"),
    "a-square.png": (lambda x: x.resize((112, 112)), {}, "resized 160×120 → 112×112"),
    "a-mirror.jpg": (ImageOps.mirror, {"quality": 90}, "mirrored"),
    "a-mirror-half.png": (lambda x: ImageOps.mirror(x).resize((80, 60)), {}, "mirrored, resized 160×120 → 80×60"),
    "a-grey.jpg": (lambda x: x.convert("L"), {"quality": 95}, "without its colours"),
    "a-dark.jpg": (lambda x: x.point(lambda v: int(v * 0.7)), {"quality": 95}, "darker"),
}


# ---------------------------------------------------------------- found


@pytest.mark.parametrize("name", WAYS)
def test_a_copy_saved_in_another_way(name: str, tmp_path: Path) -> None:
    change, how, done = WAYS[name]
    finding = ask("LEA111", folder(tmp_path, {name: (7, change, how)})).finding
    assert (finding.severity, finding.splits, finding.row_count) == ("warning", ("train", "test"), 1)
    assert finding.columns == ()
    ((copy, original, said, score),) = finding.evidence["table"]["rows"]
    assert (copy, original, said) == (f"test/cat/{name}", "train/cat/007.jpg", done)
    assert 0.8 < score <= 1.0


def test_all_of_them_at_once_and_nothing_else(tmp_path: Path) -> None:
    copies = {name: (3 * k, change, how) for k, (name, (change, how, _)) in enumerate(WAYS.items())}
    finding = ask("LEA111", folder(tmp_path, copies)).finding
    assert finding.row_count == len(WAYS)
    assert {row[0] for row in finding.evidence["table"]["rows"]} == {f"test/cat/{name}" for name in WAYS}
    assert finding.evidence["done"]["mirrored"] == 1
    assert finding.evidence["done"]["resized"] == 2
    assert finding.message.startswith("8 pictures of 18 in test (44.4 %) are in train, too, saved in another way: ")


def test_a_copy_turned_for_good_instead_of_by_its_tag(tmp_path: Path) -> None:
    root = folder(tmp_path, {})
    exif = Image.Exif()
    exif[0x0112] = 6
    photo(500).save(root / "train" / "cat" / "tag.jpg", quality=95, exif=exif)
    photo(500).transpose(Image.Transpose.ROTATE_270).save(root / "test" / "cat" / "turned.jpg", quality=95)
    ((_, original, done, _),) = ask("LEA111", root).finding.evidence["table"]["rows"]
    assert (original, done) == ("train/cat/tag.jpg", "turned by its EXIF tag")


@pytest.mark.parametrize("change", ["mirrored", "shifted", "noise", "brighter"])
@pytest.mark.parametrize("scale", ["bytes", "0 to 1", "standardised", "channels first", "grey"])
def test_arrays_of_small_pictures(change: str, scale: str) -> None:
    train, test = tiny(120), tiny(40, 1000)
    rng = np.random.default_rng(0)
    for row, of in {5: 17, 20: 99, 39: 3}.items():
        x = train[of].astype(float)
        changed = {
            "mirrored": x[:, ::-1],
            "shifted": shifted(x, 1, -2),
            "noise": x + rng.normal(0, 5, x.shape),
            "brighter": x * 1.2,
        }[change]
        test[row] = np.clip(np.rint(changed), 0, 255)
    to: dict[str, Callable[[Pixels], Pixels]] = {
        "bytes": lambda x: x,
        "0 to 1": lambda x: x / 255.0,
        "standardised": lambda x: ((x - 120.0) / 60.0).astype(np.float32),
        "channels first": lambda x: np.moveaxis(x, -1, 1),
        "grey": lambda x: x[..., :1],
    }
    finding = ask("LEA111", to[scale](train), None, to[scale](test)).finding
    assert finding.rows == (5, 20, 39)
    assert [row[:2] for row in finding.evidence["table"]["rows"]] == [[5, 17], [20, 99], [39, 3]]


def test_the_shift_is_said_in_pixels() -> None:
    train, test = tiny(60), tiny(20, 1000)
    test[4] = shifted(train[8], 0, 2)
    assert ask("LEA111", train, None, test).finding.evidence["table"]["rows"][0][2] == "shifted by 2 px"


def test_every_pair_of_splits() -> None:
    train, validation, test = tiny(60), tiny(30, 1000), tiny(30, 2000)
    validation[3], test[6], test[9] = train[0][:, ::-1], train[1][:, ::-1], validation[10][:, ::-1]
    findings = ask("LEA111", train, validation, test).findings
    assert [(f.splits, f.rows) for f in findings] == [
        (("train", "validation"), (3,)), (("train", "test"), (6,)), (("validation", "test"), (9,)),
    ]  # fmt: skip


# ---------------------------------------------------------------- not found


def test_distinct_photographs(tmp_path: Path) -> None:
    answer = ask("LEA111", folder(tmp_path, {}))
    assert answer.status is Status.CLEAN
    assert answer.measured.startswith("10 pictures of test, looked up in train, ")


def test_the_same_pixels_are_left_to_the_rule_for_those(tmp_path: Path) -> None:
    root = folder(tmp_path, {"same.png": (4, same, {})})
    assert ask("LEA111", root).status is Status.CLEAN


@pytest.mark.parametrize(("seed", "n", "scale"), [(0, 900, 16.0), (1, 300, 1), (2, 100, 1), (3, 25, 16.0)])
def test_digits_resemble_each_other(seed: int, n: int, scale: float) -> None:
    X = load_digits().images[np.random.default_rng(seed).permutation(1797)][..., None] / scale
    assert ask("LEA111", X[:n], None, X[n : n + n // 3]).status is Status.CLEAN


def pages(rng: np.random.Generator, n: int) -> Pixels:
    """Return screens of one program: the same frame and buttons, other lines of text."""
    screens = []
    for _ in range(n):
        image = Image.new("RGB", (160, 120), "white")
        draw = ImageDraw.Draw(image)
        draw.rectangle([0, 0, 159, 14], fill=(40, 60, 120))
        draw.rectangle([4, 100, 40, 114], fill=(200, 80, 40))
        for y in range(22, 94, 8):
            draw.line([(8, y), (8 + int(rng.integers(10, 140)), y)], fill="black", width=3)
        screens.append(np.asarray(image))
    return np.stack(screens)


def test_screens_of_one_program_are_no_copies_and_a_saved_one_is() -> None:
    rng = np.random.default_rng(0)
    train, test = pages(rng, 120), pages(rng, 40)
    assert ask("LEA111", train, None, test).loud == ()
    test[7] = np.clip(train[30] * 0.8 + rng.normal(0, 2, train[30].shape), 0, 255)
    assert [f.rows for f in ask("LEA111", train, None, test).loud] == [(7,)]


def test_bars_on_a_plain_ground_resemble_each_other() -> None:
    rng = np.random.default_rng(0)
    pictures = []
    for _ in range(400):
        image = Image.new("L", (28, 28))
        x, lean = rng.uniform(8, 20), rng.uniform(-3, 3)
        ImageDraw.Draw(image).line([(x - lean, 4), (x + lean, 24)], fill=255, width=3)
        pictures.append(np.asarray(image))
    X = np.stack(pictures)[..., None]
    X = X[np.sort(np.unique(X.reshape(len(X), -1), axis=0, return_index=True)[1])]
    assert ask("LEA111", X[: len(X) * 3 // 4], None, X[len(X) * 3 // 4 :]).loud == ()


def test_a_thing_on_a_plain_ground_is_like_another_one() -> None:
    """A dark bar on a sea, elsewhere and of another length."""
    train, test = tiny(60), tiny(20, 1000)
    for pixels, (top, left, length) in ((train[0], (14, 6, 20)), (test[0], (16, 8, 17))):
        pixels[:] = 170
        pixels[top : top + 2, left : left + length] = 90
    assert ask("LEA111", train, None, test).status is Status.CLEAN


def test_frames_of_one_scene_get_a_note() -> None:
    ground = np.asarray(photo(0, 96, 96)).astype(float)
    rng = np.random.default_rng(0)
    frames = np.clip(ground + rng.normal(0, 4, (120, 96, 96, 3)), 0, 255).astype(np.uint8)
    finding = ask("LEA111", frames[:80], None, frames[80:]).finding
    assert finding.severity == "note"
    assert finding.evidence["median_agreement"] > 0.9


def test_blank_and_broken_pictures_are_no_copies() -> None:
    train, test = tiny(40) / 255.0, tiny(12, 1000) / 255.0
    train[0], train[1], test[0], test[1] = 0.5, np.nan, 0.25, np.nan
    assert ask("LEA111", train, None, test).status is Status.CLEAN


# ---------------------------------------------------------------- cannot tell


def test_nothing_to_compare() -> None:
    plain = np.ones((5, 8, 8, 3)) * np.arange(5)[:, None, None, None]
    answer = ask("LEA111", plain, None, plain + 7)
    assert answer.status is Status.SKIPPED
    assert "one colour" in answer.reason


def test_one_split_has_nothing_to_share() -> None:
    assert ask("LEA111", tiny(20)).status is Status.NOT_APPLICABLE


def test_a_saved_profile_holds_no_pictures() -> None:
    dataset = load(tiny(40), None, tiny(10, 50))
    facts = engine.profile(dataset, engine.plan([find("LEA111")()]), stage=dataset.stage, jobs=1)
    with pytest.raises(CannotTell, match="saved profile"):
        list(judge(find("LEA111")(), engine.views(facts)))


@pytest.mark.parametrize("n", [1, 2, 29, 31])
def test_few_pictures(n: int) -> None:
    train, test = tiny(n), tiny(1, 1000)
    assert ask("LEA111", train, None, test).status is Status.CLEAN
    assert ask("LEA111", train, None, np.concatenate([test, train[:1, :, ::-1]])).finding.rows == (1,)


# ---------------------------------------------------------------- the figure


def views_of(*parts: Any) -> tuple[SplitView, SplitView]:
    dataset = load(parts[0], None, parts[1])
    facts = engine.profile(dataset, engine.plan([find("LEA111")()]), stage=dataset.stage, jobs=1)
    left, right = engine.views(facts, dataset.sources).values()
    return left, right


def opened(uri: str) -> Image.Image:
    head, data = uri.split(",")
    assert head == "data:image/webp;base64"
    return Image.open(io.BytesIO(base64.b64decode(data)))


def test_pairs_are_shown_side_by_side(tmp_path: Path) -> None:
    root = folder(tmp_path, {name: (3 * k, change, how) for k, (name, (change, how, _)) in enumerate(WAYS.items())})
    figure = ask("LEA111", root).finding.figure
    assert figure is not None
    assert (figure["kind"], figure["left"], figure["right"], figure["columns"]) == ("pairs", "train", "test", [])
    assert {pair["note"] for pair in figure["pairs"]} == {done for _, _, done in WAYS.values()}
    for pair in figure["pairs"]:
        assert opened(pair["left"]["picture"]).size == (96, 72)
        assert pair["left"]["path"].startswith("train/")
        assert pair["right"]["path"].startswith("test/")
        assert pair["differs"] == []


def test_small_pictures_are_not_enlarged_and_keep_their_looks() -> None:
    train = tiny(5)
    left, right = views_of(train / 255.0, train / 255.0)
    figure = pairs_figure((left, right), [(2, 2), (4, 0)], ["same", "other"])
    assert figure is not None
    assert [(p["left"]["row"], p["right"]["row"], p["note"]) for p in figure["pairs"]] == [
        (2, 2, "same"),
        (4, 0, "other"),
    ]
    shown = opened(figure["pairs"][0]["left"]["picture"])
    assert shown.size == (32, 32)
    assert np.abs(np.asarray(shown).astype(int) - train[2]).mean() < 8
    assert figure["pairs"][0]["left"]["path"] is None


def test_twelve_pairs_are_shown_and_none_without_rows() -> None:
    left, right = views_of(tiny(15), tiny(15))
    figure = pairs_figure((left, right), [(i, i) for i in range(15)], ["same"] * 15)
    assert figure is not None
    assert len(figure["pairs"]) == 12
    assert pairs_figure((left, right), [], []) is None


# ---------------------------------------------------------------- measures of likeness


def test_edges_against_plain_loops() -> None:
    cells = np.random.default_rng(0).normal(size=(3, 7, 6))
    padded = np.pad(cells, ((0, 0), (2, 2), (2, 2)), mode="edge")
    for k in range(3):
        expected = np.array(
            [[cells[k, i, j] - padded[k, i : i + 5, j : j + 5].mean() for j in range(6)] for i in range(7)]
        ).ravel()
        assert np.allclose(edges(cells, 2)[k], expected / np.linalg.norm(expected), atol=1e-6)


@pytest.mark.parametrize(("down", "right"), [(0, 0), (3, 0), (0, -4), (-2, 2), (4, 4)])
@pytest.mark.parametrize("mirrored", [False, True])
def test_the_shift_is_found(down: int, right: int, mirrored: bool) -> None:
    picture = np.asarray(photo(3, 32, 32))
    other = shifted(picture, down, right)
    other = other[:, ::-1] if mirrored else other
    found = agreement(reduced(picture), reduced(other), mirrored=mirrored)
    assert (round(found.down * 32), round(found.right * 32)) == (down, right)
    assert found.score > 0.95


def test_gain_and_offset_of_brightness() -> None:
    light = reduced(np.asarray(photo(4, 64, 64)))
    found = agreement(light, light * np.float32(0.5) + np.float32(20), mirrored=False)
    assert found.gain == pytest.approx(0.5, abs=1e-4)
    assert found.offset == pytest.approx(20, abs=1e-2)
    assert found.score == pytest.approx(1.0, abs=1e-5)


def test_the_nearest_prints_by_plain_search() -> None:
    left, _ = views_of(tiny(50), tiny(5))
    prints = left.get(PicturePrints()).prints
    best = Comparer(prints).best(prints[:20])
    assert best.places[0].tolist() == best.places[2].tolist() == list(range(20))
    assert np.allclose(best.scores[[0, 2]], 1.0, atol=1e-5)
    mirrored = prints.reshape(-1, 16, 16)[:20, :, ::-1].reshape(20, -1)
    again = Comparer(prints).best(mirrored)
    assert again.places[1].tolist() == again.places[3].tolist() == list(range(20))
    others = Comparer(prints).best(prints[:20], np.arange(20))
    coarse = edges(prints.reshape(-1, 8, 2, 8, 2).astype(np.float32).mean(axis=(2, 4)), 1)
    agree = coarse[:20] @ coarse.T
    agree[np.arange(20), np.arange(20)] = -1
    assert others.places[0].tolist() == agree.argmax(axis=1).tolist()


def test_what_it_needs_is_what_the_rule_asks_for() -> None:
    assert set(NEEDS) <= set(find("LEA111")().needs())


def test_the_answer_does_not_depend_on_the_order_of_chunks(tmp_path: Path) -> None:
    root = folder(tmp_path, {"m.jpg": (7, ImageOps.mirror, {"quality": 90})})
    first: Answer = ask("LEA111", root)
    assert first.findings == ask("LEA111", root).findings
