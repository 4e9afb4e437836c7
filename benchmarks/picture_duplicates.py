"""How many pictures that were saved in another way are found in another split, and how many others with them.

    python benchmarks/picture_duplicates.py CIFAR.zip PHOTOS [--copies 200] [--sheet FOLDER]

Each argument is a folder or a zip archive of pictures that are all different ones: one in the manner of CIFAR-10
(tens of thousands of 32 × 32 pixels) and one of photographs, or others. A fifth of them becomes the test split. Then,
for each transformation, some of train's pictures are saved again that way among test's, and rule LEA111 is asked.

Prints, by transformation, the share of these that it names together with the picture they were made of, and the pairs
that it names beside them: twins that the set itself holds, or mistakes. With --sheet, those pairs are written as
pictures, to be judged by eye.

Measured on 11,000 JPEGs of CIFAR-10 (100 copies each) and 120 photographs (60 each): all re-encoded, resized,
mirrored, brightened, greyed and noisy copies are found; of CIFAR's thumbnails of 16 pixels .97, shifted by 1 or 2
pixels .99, by 4 pixels .70; of photographs shifted by 4 pixels .95. Nothing is named beside the copies but eight pairs
that CIFAR-10 itself holds, which are the same pictures to the eye; and none among the photographs. Crops of a fifth
are not found.
"""

from __future__ import annotations

import argparse
import io
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

import dataaudit

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"}
Way = Callable[[Image.Image], tuple[Image.Image, dict[str, Any]]]


def _saved(quality: int) -> Way:
    return lambda image: (image, {"format": "JPEG", "quality": quality})


def _resized(factor: float, *, back: bool = False) -> Way:
    def change(image: Image.Image) -> tuple[Image.Image, dict[str, Any]]:
        size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
        small = image.resize(size, Image.Resampling.BICUBIC)
        return (small.resize(image.size, Image.Resampling.BICUBIC) if back else small), {"format": "PNG"}

    return change


def _square(image: Image.Image) -> tuple[Image.Image, dict[str, Any]]:
    side = 224 if min(image.size) > 64 else 24
    return image.resize((side, side), Image.Resampling.BILINEAR), {"format": "JPEG", "quality": 90}


def _thumbnail(image: Image.Image) -> tuple[Image.Image, dict[str, Any]]:
    side = 64 if min(image.size) > 64 else 16
    return image.resize((side, side), Image.Resampling.LANCZOS), {"format": "JPEG", "quality": 90}


def _mirrored(quality: int) -> Way:
    return lambda image: (ImageOps.mirror(image), {"format": "JPEG", "quality": quality})


def _shifted(down: int, right: int) -> Way:
    def change(image: Image.Image) -> tuple[Image.Image, dict[str, Any]]:
        most = max(abs(down), abs(right))
        pixels = np.pad(np.asarray(image), ((most, most), (most, most), (0, 0)), mode="reflect")
        top, left = most - down, most - right
        moved = pixels[top : top + image.height, left : left + image.width]
        return Image.fromarray(np.ascontiguousarray(moved)), {"format": "PNG"}

    return change


def _brightness(factor: float) -> Way:
    return lambda image: (ImageEnhance.Brightness(image).enhance(factor), {"format": "PNG"})


def _grey(image: Image.Image) -> tuple[Image.Image, dict[str, Any]]:
    return image.convert("L"), {"format": "PNG"}


def _noise(std: float) -> Way:
    def change(image: Image.Image) -> tuple[Image.Image, dict[str, Any]]:
        pixels = np.asarray(image) + np.random.default_rng(0).normal(0, std, (image.height, image.width, 3))
        return Image.fromarray(np.clip(np.rint(pixels), 0, 255).astype(np.uint8)), {"format": "PNG"}

    return change


def _cropped(part: float) -> Way:
    def change(image: Image.Image) -> tuple[Image.Image, dict[str, Any]]:
        x, y = round(image.width * part / 2), round(image.height * part / 2)
        return image.crop((x, y, image.width - x, image.height - y)), {"format": "PNG"}

    return change


WAYS: dict[str, Way] = {
    "JPEG quality 90": _saved(90),
    "JPEG quality 50": _saved(50),
    "JPEG quality 30": _saved(30),
    "half size": _resized(0.5),
    "0.7 of the size": _resized(0.7),
    "0.7 and back": _resized(0.7, back=True),
    "twice the size": _resized(2.0),
    "square, 224 or 24": _square,
    "thumbnail, 64 or 16": _thumbnail,
    "mirrored": _mirrored(95),
    "mirrored, quality 50": _mirrored(50),
    "shifted by 1 px": _shifted(1, -1),
    "shifted by 2 px": _shifted(2, 1),
    "shifted by 4 px": _shifted(-4, 3),
    "brightness 0.7": _brightness(0.7),
    "brightness 1.3": _brightness(1.3),
    "grey": _grey,
    "noise of 10 levels": _noise(10.0),
    "cropped by 5 %": _cropped(0.05),
    "cropped by 20 %": _cropped(0.20),
}


def pictures(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of every picture in a folder or a zip archive, in the order of names."""
    if path.is_dir():
        for file in sorted(p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES):
            yield str(file.relative_to(path)), file.read_bytes()
        return
    with zipfile.ZipFile(path) as archive:
        for name in sorted(n for n in archive.namelist() if Path(n).suffix.lower() in SUFFIXES):
            yield name, archive.read(name)


def split(path: Path, folder: Path, seed: int) -> list[Path]:
    """Write the pictures below `folder`, four fifths to train and the rest to test, and return train's files."""
    found = list(pictures(path))
    order = np.random.default_rng(seed).permutation(len(found))
    train = []
    for rank, i in enumerate(order):
        part = "test" if 5 * rank < len(found) else "train"
        file = folder / part / "all" / f"{int(i):06d}{Path(found[i][0]).suffix.lower()}"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(found[i][1])
        if part == "train":
            train.append(file)
    return train


def put(way: Way, originals: list[Path], folder: Path) -> dict[str, str]:
    """Save pictures again in another way below `folder`, and return which file copies which."""
    made = {}
    for file in originals:
        with Image.open(file) as image:
            changed, how = way(image.convert("RGB"))
        content = io.BytesIO()
        changed.save(content, **how)
        copy = folder / f"copy-{file.stem}.{'jpg' if how['format'] == 'JPEG' else 'png'}"
        copy.write_bytes(content.getvalue())
        made[f"test/all/{copy.name}"] = f"train/all/{file.name}"
    return made


def named(folder: Path) -> tuple[list[tuple[str, str]], int, float]:
    """Return the pairs (picture of test, picture of train) that the rule lists, all it counts, and its seconds."""
    report = dataaudit.audit(folder, select=["LEA111"], jobs=1)
    seconds = sum(check.seconds for check in report.checks)
    pairs = [(row[0], row[1]) for finding in report.findings for row in finding.evidence["table"]["rows"]]
    return pairs, sum(finding.row_count for finding in report.findings), seconds


def sheet(pairs: list[tuple[str, str]], folder: Path, path: Path) -> None:
    """Write pairs side by side as one picture, at most 60 of them, each 128 pixels high."""
    side, across = 128, 4
    some = pairs[:60]
    image = Image.new("RGB", (across * (2 * side + 12), -(-len(some) // across) * (side + 6)), "white")
    for i, pair in enumerate(some):
        for k, name in enumerate(pair):
            with Image.open(folder / name) as one:
                at = ((i % across) * (2 * side + 12) + k * side, (i // across) * (side + 6))
                image.paste(one.convert("RGB").resize((side, side)), at)
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path)


def measure(path: Path, copies: int, seed: int, sheets: Path | None) -> None:
    """Print the table of one set of pictures."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        train = split(path, folder, seed)
        n_test = len(list((folder / "test").rglob("*.*")))
        began = time.perf_counter()
        twins, n_twins, seconds = named(folder)
        print(f"\n{path.name}: {len(train):,} pictures in train, {n_test:,} in test")
        print(f"as it is: {n_twins} pairs named ({time.perf_counter() - began:.1f} s in all, {seconds:.1f} s judging)")
        if sheets is not None and twins:
            sheet(twins, folder, sheets / f"{path.stem}.png")
        chosen = np.random.default_rng(seed).choice(len(train), min(copies, len(train)), replace=False)
        print(f"{'saved again as':<24}{'found':>8}{'of':>6}{'share':>8}{'beside':>8}{'judged in':>11}")
        for way, change in WAYS.items():
            made = put(change, [train[i] for i in chosen], folder / "test" / "all")
            pairs, _, seconds = named(folder)
            found = sum(made.get(copy) == original for copy, original in pairs)
            others = [pair for pair in pairs if made.get(pair[0]) != pair[1] and pair not in twins]
            print(f"{way:<24}{found:>8}{len(made):>6}{found / len(made):>8.3f}{len(others):>8}{seconds:>9.1f} s")
            if sheets is not None and others:
                sheet(others, folder, sheets / f"{path.stem}-{way.replace(' ', '-').replace('%', 'percent')}.png")
            for copy in made:
                (folder / copy).unlink()


def main() -> None:
    """Measure every set that is named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", type=Path, help="folders or zip archives of distinct pictures")
    parser.add_argument(
        "--copies", type=int, default=150, help="pictures saved again for each transformation, at most 190"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sheet", type=Path, help="folder for pictures of the pairs that were named beside the copies")
    chosen = parser.parse_args()
    for path in chosen.sets:
        measure(path, min(chosen.copies, 190), chosen.seed, chosen.sheet)


if __name__ == "__main__":
    main()
