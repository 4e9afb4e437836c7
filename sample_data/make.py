"""Make the sample data from its sources, the same bytes every time.

    python sample_data/make.py [FOLDER]

The penguins come from `penguins_source.csv` beside this file; wine and digits from the copies that scikit-learn ships.
Rows are dealt to the splits by a hash of their number, so that neither the order of the source nor a library's
random numbers play a part.
"""

from __future__ import annotations

import csv
import hashlib
import io
import shutil
import sys
import zipfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
SPLITS = {"train": 0.6, "validation": 0.2, "test": 0.2}
Row = dict[str, str]


def shuffled(rows: Sequence[int], seed: str) -> list[int]:
    """Return row numbers in an order that depends on the seed alone."""
    return sorted(rows, key=lambda i: hashlib.sha256(f"{seed}:{i}".encode()).hexdigest())


def stratified(labels: Sequence[str], seed: str) -> dict[str, list[int]]:
    """Deal rows to train, validation and test, 60:20:20 within each class, each split in random order."""
    by_class: dict[str, list[int]] = defaultdict(list)
    for i, label in enumerate(labels):
        by_class[label].append(i)
    splits: dict[str, list[int]] = {name: [] for name in SPLITS}
    for label in sorted(by_class):
        rows = shuffled(by_class[label], seed)
        first, second = round(0.6 * len(rows)), round(0.8 * len(rows))
        for name, part in zip(SPLITS, (rows[:first], rows[first:second], rows[second:]), strict=True):
            splits[name] += part
    return {name: shuffled(rows, f"{seed} order") for name, rows in splits.items()}


def write_csv(path: Path, rows: Sequence[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


# ---------------------------------------------------------------- penguins


def penguins() -> dict[str, list[Row]]:
    """Return the penguins whose every field was recorded, in splits."""
    with (HERE / "penguins_source.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if "NA" not in row.values()]
    dealt = stratified([row["species"] for row in rows], "penguins")
    return {split: [dict(rows[i]) for i in numbers] for split, numbers in dealt.items()}


def spoil(splits: dict[str, list[Row]]) -> dict[str, list[Row]]:
    """Put in the faults that the README lists."""
    spoilt = {split: [dict(row) for row in rows] for split, rows in splits.items()}
    order = {"Adelie": 0, "Chinstrap": 1, "Gentoo": 2}
    spoilt["train"].sort(key=lambda row: order[row["species"]])
    spoilt["validation"] = [row for row in spoilt["validation"] if row["species"] != "Chinstrap"]
    for split, rows in spoilt.items():
        for i, row in enumerate(rows):
            noise = int(hashlib.sha256(f"{split}:{i}".encode()).hexdigest(), 16)
            row["survey"] = "1"
            row["recaptured"] = "0"
            row["pressure_hpa"] = f"{1013.25 + (noise % 200 - 100) * 1e-9:.9f}"
            observer = int(row["flipper_length_mm"]) + noise // 200 % 3 - 1
            row["flipper_second_mm"] = str(observer) if noise // 600 % 5 < 2 else ""
    for i in (31, 140):
        spoilt["train"][i]["recaptured"] = "1"
    for i in (12, 77, 101, 160):
        spoilt["train"][i]["species"] = ""
    for i in (25, 118):
        spoilt["train"][i]["body_mass_g"] = "inf"
    return spoilt


# ---------------------------------------------------------------- wine


def write_npz(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write an npz whose bytes depend on the arrays alone; np.savez stamps the time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            buffer = io.BytesIO()
            np.save(buffer, array, allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), buffer.getvalue(), zipfile.ZIP_DEFLATED)


def wine() -> dict[str, np.ndarray]:
    """Return the wines standardised with the mean and spread of all rows, then split: a leak."""
    from sklearn.datasets import load_wine

    X, y = load_wine(return_X_y=True)
    scaled = (X - X.mean(axis=0)) / X.std(axis=0)
    dealt = stratified([str(label) for label in y], "wine")
    arrays = {}
    for split, short in (("train", "train"), ("validation", "val"), ("test", "test")):
        arrays[f"X_{short}"] = scaled[dealt[split]]
        arrays[f"y_{short}"] = y[dealt[split]].astype(np.int64)
    return arrays


# ---------------------------------------------------------------- digits

PER_DIGIT = {"train": 12, "val": 4, "test": 8}


def write_digits(folder: Path) -> None:
    """Write pictures of digits as split/class/file, with the faults that the README lists."""
    from PIL import Image
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    grey = np.minimum(images.reshape(-1, 8, 8) * 16, 255).astype(np.uint8)
    for digit in range(10):
        rows = iter(shuffled(np.flatnonzero(labels == digit).tolist(), "digits"))
        for split, count in PER_DIGIT.items():
            if (split, digit) == ("test", 9):
                continue
            place = folder / split / str(digit)
            place.mkdir(parents=True)
            for k in range(count):
                picture = Image.fromarray(grey[next(rows)].repeat(4, axis=0).repeat(4, axis=1))
                picture.save(place / f"{k:02d}.png", optimize=True)
    cut = folder / "train" / "3" / "05.png"
    cut.write_bytes(cut.read_bytes()[:90])
    (folder / "train" / "7" / "02.png").write_text("see the scan in the other folder\n", encoding="utf-8")


def main(into: Path) -> None:
    """Write all four data sets below a folder."""
    splits = penguins()
    for name, tables in (("penguins", splits), ("penguins_faulty", spoil(splits))):
        for split, rows in tables.items():
            write_csv(into / name / f"{split}.csv", rows)
    write_npz(into / "wine" / "wine_scaled.npz", wine())
    for split in PER_DIGIT:
        shutil.rmtree(into / "digits" / "digits_images" / split, ignore_errors=True)
    write_digits(into / "digits" / "digits_images")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
