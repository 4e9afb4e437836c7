"""A matrix of numbers out of sampled pictures: typical patches, edges and colours, brought to a few directions."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataaudit.model import Bools, CannotTell, Floats, Ints, ProbeSettings, SplitView
from dataaudit.probe.embed import embedded
from dataaudit.probe.encoders import CLIP, Feature, Matrix
from dataaudit.probe.features import inputs, learn
from dataaudit.probe.hog import oriented
from dataaudit.probe.patches import learn_codebook, pooled_codes
from dataaudit.probe.rows import Rows, gather
from dataaudit.stats.picture_prints import averaged, grey
from dataaudit.stats.picture_sample import PictureSample, PictureSampleState
from dataaudit.stats.sample import Sample

COLUMN = "pixels"
"""What the lines of pictures are said to come from."""

RAW = 200
"""Numbers a picture up to which its pixels are the features: on the digits of 8 × 8, models get nothing from more."""
MOST = 128
"""Directions that are kept at 10,000 pictures and more."""
_LEARN = 2000
"""Pictures that typical patches are learnt from; sampled ones come in random order."""
_PATCH, _TYPICAL = 6, 256
_CELLS = 8
_BLOCK = 512


def picture_matrix(
    splits: Mapping[str, SplitView], settings: ProbeSettings, most: int | None = None
) -> tuple[Rows, Matrix, tuple[Feature, ...]]:
    """Return sampled pictures of some splits, and numbers that tell what is on them.

    Rules that ask need the facts `Sample()` and `PictureSample()`. Equal pictures have equal numbers, bit by bit.
    The numbers are made once, for the first who asks.

    Parameters
    ----------
    splits : mapping of str to SplitView
        Those to sample from.
    settings : ProbeSettings
        Most pictures, the seed, and what turns pictures into vectors if that is not done here.
    most : int, optional
        Pictures in all, where fewer than `settings.sample` will do.

    Returns
    -------
    rows : Rows
        Where they stand. Pictures that cannot be decoded, or hold NaN or infinite pixels, are not among them.
    X : ndarray of float32, shape (n, d)
        Finite; each number of deviation 1 over all pictures, where there are no inputs beside them.
    features : tuple of Feature
        What each line of it is; `pixels` is the column of those made of the picture.

    Raises
    ------
    CannotTell
        If no picture can be read, or they are to be embedded and come from a saved profile.
    """
    context = next(iter(splits.values())).context
    key = ("pictures", tuple(splits), settings.sample, settings.seed, id(settings.embed))
    rows, X, features = context.once(key, lambda: _made(splits, settings))
    if most is None or most >= len(rows):
        return rows, X, features
    fewer = gather({name: view.get(Sample()) for name, view in splits.items()}, context.schema, most)
    keep = np.zeros(len(rows), np.bool_)
    for i in range(len(rows.splits)):
        keep |= (rows.split == i) & np.isin(rows.position, fewer.position[fewer.split == i])
    return _some(rows, np.flatnonzero(keep)), X[keep], features


def _made(splits: Mapping[str, SplitView], settings: ProbeSettings) -> tuple[Rows, Matrix, tuple[Feature, ...]]:
    context = next(iter(splits.values())).context
    kept = {name: view.get(PictureSample()) for name, view in splits.items()}
    rows = gather({name: view.get(Sample()) for name, view in splits.items()}, context.schema, settings.sample)
    copies, ends, sizes, seen = _aligned(rows, list(kept.values()))
    if not seen.any():
        raise CannotTell("no picture could be read")
    rows = _some(rows, np.flatnonzero(seen))
    pictures = as_floats(copies[seen], ends[seen], sizes[seen])
    if settings.embed is None:
        X, parts = picture_features(pictures, settings.seed)
    else:
        order, place = _distinct(pictures)
        vectors = unit(embedded(_some(rows, order), splits, settings))
        X = (vectors if vectors.shape[1] <= _useful(len(vectors), MOST) else directions(vectors, MOST))[place]
        parts = [f"embedding {i}" for i in range(X.shape[1])]
    features = [Feature(COLUMN, part) for part in parts]
    beside = inputs(context.schema, context.kinds)
    if beside:
        table = learn(rows, context.kinds, beside, seed=settings.seed).transform(rows)
        X = np.concatenate([X, table.matrix], axis=1)
        features += table.names
    return rows, X, tuple(features)


def _aligned(
    rows: Rows, states: Sequence[PictureSampleState]
) -> tuple[NDArray[np.uint8], Floats, NDArray[np.int32], Bools]:
    """Return copies, ends, sizes, and whether there is one, for sampled rows in their order."""
    parts = []
    for i, state in enumerate(states):
        wanted = rows.position[rows.split == i]
        order = np.argsort(state.rows, kind="stable")
        at = np.searchsorted(state.rows[order], wanted)
        there = at < len(order)
        there[there] = state.rows[order][at[there]] == wanted[there]
        at = order[np.where(there, at, 0)] if len(order) else np.zeros(0, np.int64)
        if not len(order):
            shape = (len(wanted), *state.pictures.shape[1:])
            none = np.zeros(shape, np.uint8), np.zeros((len(wanted), 2)), np.zeros((len(wanted), 2), np.int32)
            parts.append((*none, np.zeros(len(wanted), np.bool_)))
            continue
        parts.append((state.pictures[at], state.ends[at], state.sizes[at], state.seen[at] & there))
    copies, ends, sizes, seen = (np.concatenate([part[k] for part in parts]) for k in range(4))
    return copies, ends, sizes, seen


def _some(rows: Rows, at: Ints) -> Rows:
    return Rows(
        rows.splits,
        rows.split[at],
        rows.position[at],
        {name: line[at] for name, line in rows.numbers.items()},
        {name: line[at] for name, line in rows.texts.items()},
    )


def as_floats(copies: NDArray[np.uint8], ends: Floats, sizes: NDArray[np.int32]) -> Matrix:
    """Return copies as floats of about 0 to 1, no larger than the pictures were, with one channel if all are grey.

    Bytes are divided by 255. Other numbers are brought to 0 and 1 at the 0.5 % and 99.5 % points of all of them, so
    that standardised arrays look as they did before; beside bytes, each picture at its own ends.
    """
    height, width = (min(int(np.median(sizes[:, k])), copies.shape[1 + k]) for k in range(2))
    pictures = copies.astype(np.float32)
    pictures /= np.float32(255)
    if pictures.shape[-1] == 3 and not np.any(copies != copies[..., :1]):
        pictures = pictures[..., :1]
    if (height, width) != pictures.shape[1:3] and min(height, width) > 0:
        lines = [averaged(pictures[..., c], height, width) for c in range(pictures.shape[-1])]
        pictures = np.stack(lines, axis=-1)
    bytes_ = (ends == (0.0, 255.0)).all(axis=1)
    if not bytes_.any():
        low, reach = ends[:, 0, None, None, None], (ends[:, 1] - ends[:, 0])[:, None, None, None]
        with np.errstate(all="ignore"):
            values = low + pictures * reach
            first, last = np.quantile(values[:_LEARN], (0.005, 0.995))
            scale = last - first if np.isfinite(last - first) and last > first else 1.0
            pictures = np.nan_to_num(np.clip((values - first) / scale, -0.5, 1.5)).astype(np.float32)
    return pictures


# ---------------------------------------------------------------- features


def picture_features(pictures: Matrix, seed: int = 0) -> tuple[Matrix, list[str]]:
    """Return numbers that tell what is on pictures, and what each is.

    Small pictures: their pixels. Others: how much of each of 256 typical patches of 6 × 6 pixels stands in each
    quarter, the directions of edges in 8 × 8 cells, and the colours; of all that, the directions in which pictures
    differ most, so that no model has to learn more numbers than it can (`directions`).

    Parameters
    ----------
    pictures : ndarray of float32, shape (n, height, width, channels)
        About 0 to 1.
    seed : int
        Of the patches.

    Returns
    -------
    X : ndarray of float32, shape (n, d)
        Of mean 0 and deviation 1 over distinct pictures; clipped at 8. To four decimals, so that it does not depend
        on how many threads summed it.
    parts : list of str
    """
    order, place = _distinct(pictures)
    distinct = pictures[order]
    if math.prod(pictures.shape[1:]) <= RAW:
        pixels = distinct.reshape(len(distinct), -1)
        parts = [f"pixel {at}" for at in np.ndindex(*pictures.shape[1:])]
        return unit(pixels)[place], parts
    X = directions(described(distinct, seed), MOST)
    return X[place], [f"direction {i}" for i in range(X.shape[1])]


def described(pictures: Matrix, seed: int = 0) -> Matrix:
    """Return patches, edges and colours of pictures, each of the three with the same total spread, shape (n, d)."""
    height, width = pictures.shape[1:3]
    light = grey(pictures)
    groups = []
    side = min(_PATCH, height, width)
    many = min(40_000, max(4000, 100 * len(pictures)))
    book = learn_codebook(pictures[:_LEARN], side, _TYPICAL, many=many, seed=seed)
    stride = 2 if min(height, width) >= 16 else 1
    groups.append(np.sqrt(pooled_codes(pictures, book, stride=stride)))
    cells = min(_CELLS, height // 3, width // 3)
    if cells >= 2:
        groups.append(np.concatenate([oriented(light[i : i + _BLOCK], cells) for i in range(0, len(light), _BLOCK)]))
    small = min(4, height), min(4, width)
    colours = [averaged(pictures[..., c], *small).reshape(len(pictures), -1) for c in range(pictures.shape[-1])]
    groups.append(np.concatenate(colours, axis=1))
    return np.concatenate([unit(g) / np.float32(math.sqrt(g.shape[1])) for g in groups], axis=1)


def directions(table: Matrix, most: int) -> Matrix:
    """Return the directions in which rows differ most, each brought to deviation 1, shape (n, k).

    Parameters
    ----------
    table : ndarray of float32, shape (n, d)
        Of mean 0.
    most : int
        Directions at 10,000 rows and more; fewer where there are fewer rows, since each costs a model rows to learn.
    """
    from scipy.linalg import eigh

    n, d = table.shape
    k = min(d, n, _useful(n, most))
    if n <= d:
        values, vectors = eigh((table @ table.T).astype(np.float64), subset_by_index=(n - k, n - 1))
        vectors = table.T.astype(np.float64) @ (vectors / np.sqrt(np.maximum(values, 1e-12)))
    else:
        values, vectors = eigh((table.T @ table).astype(np.float64), subset_by_index=(d - k, d - 1))
    keep = np.flatnonzero(values > 1e-9 * max(float(values[-1]), 1e-12))[::-1]
    chosen = vectors[:, keep]
    if not len(keep):
        return np.zeros((n, 1), np.float32)
    largest = np.abs(chosen).argmax(axis=0)
    chosen = chosen * np.sign(chosen[largest, np.arange(len(keep))])  # which way is up must not be left to chance
    return unit(table @ chosen.astype(np.float32))


def unit(table: NDArray[Any]) -> Matrix:
    """Return columns of mean 0 and deviation 1, constant ones 0."""
    centre, spread = table.mean(axis=0, dtype=np.float64), table.std(axis=0, dtype=np.float64)
    scaled = (table - centre) / np.where(spread > 1e-6 * np.abs(table).max(axis=0), spread, np.inf)
    return np.asarray(np.round(np.clip(scaled, -CLIP, CLIP), 4), np.float32)


def _useful(n: int, most: int) -> int:
    """Return how many directions `n` rows are enough for: measured on 60 to 10,000 pictures of 2 to 10 classes."""
    return min(most, max(8, round(most * math.sqrt(n / 10_000))))


def _distinct(pictures: Matrix) -> tuple[Ints, Ints]:
    """Return the first row of each picture, in the order of rows, and which of these each row shows."""
    flat = np.ascontiguousarray(pictures.reshape(len(pictures), -1), np.float32)
    keys = flat.view(np.dtype((np.void, flat.shape[1] * 4)))[:, 0]
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    order = np.sort(first)
    return order, np.searchsorted(order, first)[inverse]
