"""A hash of each row's inputs and of its target, in the order of rows, to find rows that are the same."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from dataaudit.model import Chunk, Codes, Column, Floats, Ints, Name, Picture, Role, Schema
from dataaudit.stats.hashing import Hashes, hash_texts, mix
from dataaudit.stats.state import saved

MISSING = np.uint64(0x7FF8000000000000)
"""Stands for every missing value: the bits of the usual NaN."""

_STEP = np.uint64(0xD6E8FEB86659FD93)
_HALF = np.uint64(32)
_BLOCK = 1 << 14
"""Rows hashed at once: three lines of 128 KiB stay in a core's own cache."""

_COUNTER = re.compile(r"(row[ _]?)?(id|idx|index|number|no|nr|nbr)|unnamed: ?\d+|_id|uuid|guid|row", re.IGNORECASE)
"""Names of columns that number the rows."""


@saved
@dataclass(frozen=True)
class RowHashes:
    """Ask for a 64-bit hash of each row's inputs, and one of its target: 16 bytes a row.

    The same inputs give the same hash; other inputs do so once in 2**64 pairs. Columns in the role of a split or an
    id, and those whose very name says that they number the rows ("id", "index"), are left out, so that they do not
    hide what is the same. Missing values equal each other, and 0.0 equals -0.0. Pictures are hashed as decoded: a
    picture that was saved again without loss is the same, and so is grey stored as RGB.

    Parameters
    ----------
    only : tuple of Name, optional
        Columns that make the inputs, in this order; those that are not there are left out. All others play no part.
    targets : tuple of Name, optional
        Columns that make the target, in this order, where it is not the schema's own.
    """

    rowless: ClassVar[bool] = False
    only: tuple[Name, ...] | None = None
    targets: tuple[Name, ...] | None = None

    def start(self, schema: Schema) -> RowHashesState:
        columns = hashed_columns(schema)
        if self.only is not None:
            columns = [schema.by_name[name] for name in self.only if name in schema.by_name]
        numbers = tuple(c.name for c in columns if c.storage.is_number)
        texts = tuple(c.name for c in columns if not c.storage.is_number)
        targets = schema.targets if self.targets is None else self.targets
        return RowHashesState(numbers, texts, targets, dict(schema.number_index), [], np.zeros(0, np.int64))


def hashed_columns(schema: Schema) -> list[Column]:
    """Return the columns that make a row's inputs: features, groups and times, without those that number the rows."""
    wanted = (Role.FEATURE, Role.GROUP, Role.TIME)
    found = [c for c in schema.columns if c.role in wanted]
    told = [c for c in found if not (isinstance(c.name, str) and _COUNTER.fullmatch(c.name.strip()))]
    return told or found


@saved
@dataclass
class Run:
    """Hashes of consecutive rows, from row `start` on; each array of uint64 has shape (n,)."""

    start: int
    inputs: Hashes
    targets: Hashes


@saved
@dataclass
class RowHashesState:
    """Hashes in the order of rows.

    Attributes
    ----------
    numbers_of, texts_of, targets_of : tuple of Name
        Columns that make the inputs, and the targets.
    number_index : dict of Name to int
        Where the numeric ones stand in `Chunk.numbers`.
    runs : list of Run
        In the order of rows; neighbours are joined, so that there is one when all rows were seen.
    void : ndarray of int64
        Rows that are no copies of each other though equal: pictures of one colour or that cannot be decoded, rows
        whose inputs are all missing, and rows whose numbers are all zero, unless these are the lesser part of the
        inputs, or fewer than three beside text.
    """

    numbers_of: tuple[Name, ...]
    texts_of: tuple[Name, ...]
    targets_of: tuple[Name, ...]
    number_index: dict[Name, int]
    runs: list[Run]
    void: Ints

    @property
    def inputs_of(self) -> tuple[Name, ...]:
        """Columns that make the inputs."""
        return self.numbers_of + self.texts_of

    @property
    def rows(self) -> Ints:
        """Positions within the split, shape (n,)."""
        parts = [np.arange(r.start, r.start + len(r.inputs), dtype=np.int64) for r in self.runs]
        return np.concatenate([np.zeros(0, np.int64), *parts])

    @property
    def inputs(self) -> Hashes:
        """A hash of each row's inputs, shape (n,)."""
        return _joined([r.inputs for r in self.runs])

    @property
    def targets(self) -> Hashes:
        """Each row's target, shape (n,): the float64's own bits where it is one number, else a hash; see `MISSING`."""
        return _joined([r.targets for r in self.runs])

    @property
    def whole(self) -> Hashes:
        """A hash of each row's inputs and target together, shape (n,)."""
        return mix(self.inputs * _STEP ^ self.targets)

    def observe(self, chunk: Chunk) -> None:
        if not chunk.n_rows:
            return
        inputs, void = self._pictures(chunk)
        is_table = chunk.pixels is None and not chunk.pictures
        self._fold(inputs, self.numbers_of, chunk)
        if is_table and len(self.numbers_of) >= max(1, 3 * bool(self.texts_of), len(self.texts_of)):
            void |= inputs == _constant(np.uint64(0), len(self.numbers_of))
        self._fold(inputs, self.texts_of, chunk)
        if is_table:
            void |= inputs == _constant(MISSING, len(self.inputs_of))
        targets = np.zeros(chunk.n_rows, np.uint64)
        if len(self.targets_of) == 1:
            targets = _words(self.targets_of[0], self.number_index, chunk)
        else:
            self._fold(targets, self.targets_of, chunk)
        here = type(self)(
            self.numbers_of, self.texts_of, self.targets_of, self.number_index,
            [Run(chunk.start, inputs, targets)], np.flatnonzero(void) + chunk.start,
        )  # fmt: skip
        joined = self.merge(here)
        self.runs, self.void = joined.runs, joined.void

    def _fold(self, into: Hashes, names: tuple[Name, ...], chunk: Chunk) -> None:
        """Fold columns into a hash a row, in place; every step is a bijection, so one other value always shows."""
        spare = np.empty(min(len(into), _BLOCK), dtype=np.uint64)
        words = [_lazy(name, self.number_index, chunk) for name in names]
        for first in range(0, len(into), _BLOCK):
            acc = into[first : first + _BLOCK]
            word = spare[: len(acc)]
            for line, codes in words:
                if codes is not None:
                    word[...] = codes[0][codes[1].indices[first : first + _BLOCK]]
                else:
                    assert line is not None
                    _bits(line[first : first + _BLOCK], word)
                word ^= acc
                word *= _STEP
                np.right_shift(word, _HALF, out=acc)
                acc ^= word

    def _pictures(self, chunk: Chunk) -> tuple[Hashes, NDArray[np.bool_]]:
        void = np.zeros(chunk.n_rows, dtype=bool)
        if chunk.pixels is not None:
            return _hash_pixels(chunk.pixels, void), void
        inputs = np.zeros(chunk.n_rows, dtype=np.uint64)
        for i, picture in enumerate(chunk.pictures):
            inputs[i], void[i] = _hash_picture(picture)
        return inputs, void

    def merge(self, other: Self) -> Self:
        runs: list[list[Run]] = []
        for run in sorted([*self.runs, *other.runs], key=lambda r: r.start):
            if runs and runs[-1][-1].start + len(runs[-1][-1].inputs) == run.start:
                runs[-1].append(run)
            else:
                runs.append([run])
        void = np.sort(np.concatenate([self.void, other.void]))
        joined = [_join(r) for r in runs]
        return type(self)(self.numbers_of, self.texts_of, self.targets_of, self.number_index, joined, void)


def _constant(word: np.uint64, n: int) -> np.uint64:
    """Return the hash of a row that holds the same word in each of n columns."""
    acc = np.zeros(1, dtype=np.uint64)
    for _ in range(n):
        acc ^= word
        acc *= _STEP
        acc ^= acc >> _HALF
    return np.uint64(acc[0])


def _join(runs: list[Run]) -> Run:
    if len(runs) == 1:
        return runs[0]
    return Run(
        runs[0].start, np.concatenate([r.inputs for r in runs]), np.concatenate([r.targets for r in runs])
    )  # fmt: skip


def _joined(parts: list[Hashes]) -> Hashes:
    return parts[0] if len(parts) == 1 else np.concatenate([np.zeros(0, np.uint64), *parts])


# ---------------------------------------------------------------- words of 64 bits


def _bits(line: Floats, out: Hashes) -> None:
    """Write the bits of numbers to `out`, 0.0 for -0.0 and one NaN for all."""
    as_floats = out.view(np.float64)
    np.add(line, 0.0, out=as_floats)
    gaps = np.isnan(as_floats)
    if gaps.any():
        out[gaps] = MISSING


def _lazy(name: Name, index: dict[Name, int], chunk: Chunk) -> tuple[Floats | None, tuple[Hashes, Codes] | None]:
    """Return a column's numbers, or the hashes of its distinct texts (the last one for missing) and its codes."""
    if name in index:
        return chunk.numbers[index[name]], None
    codes = chunk.codes[name]
    return None, (np.append(hash_texts(codes.values), MISSING), codes)


def _words(name: Name, index: dict[Name, int], chunk: Chunk) -> Hashes:
    line, codes = _lazy(name, index, chunk)
    if codes is not None:
        words: Hashes = codes[0][codes[1].indices]
        return words
    words = np.empty(chunk.n_rows, dtype=np.uint64)
    assert line is not None
    _bits(line, words)
    return words


def target_word(label: Any, *, is_number: bool) -> np.uint64:
    """Return what `RowHashesState.targets` holds for a label of a single target column."""
    if is_number:
        return np.uint64((np.array([float(label)]) + 0.0).view(np.uint64)[0])
    return np.uint64(hash_texts((label,))[0])


# ---------------------------------------------------------------- pictures


def _hash_pixels(pixels: NDArray[Any], void: NDArray[np.bool_]) -> Hashes:
    """Return a hash of each picture of an array, and mark those of one colour in `void`."""
    n = len(pixels)
    hashes = np.empty(n, dtype=np.uint64)
    step = max(1, (1 << 18) // max(1, pixels[0].size * pixels.dtype.itemsize))
    for first in range(0, n, step):
        part = pixels[first : first + step]
        hashes[first : first + step] = hash_lines(np.ascontiguousarray(part).reshape(len(part), -1))
        void[first : first + step] = _one_colour(part)
    return hashes


def hash_lines(lines: NDArray[Any]) -> Hashes:
    """Return a hash of each line of numbers, shape (n,): a sum of mixed words, each salted with its place."""
    if lines.dtype.kind == "f":
        lines = lines + 0.0
        gaps = np.isnan(lines)
        if gaps.any():
            lines[gaps] = np.nan
    data = np.ascontiguousarray(lines).view(np.uint8).reshape(len(lines), -1)
    if data.shape[1] % 8:
        data = np.pad(data, ((0, 0), (0, 8 - data.shape[1] % 8)))
    words = data.view(np.uint64) ^ mix(np.arange(data.shape[1] // 8, dtype=np.uint64))
    words *= _STEP
    words ^= words >> _HALF
    words *= _STEP
    words ^= words >> _HALF
    sums: Hashes = words.sum(axis=1, dtype=np.uint64)
    return mix(sums)


def _one_colour(pixels: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which pictures hold one colour (or NaN alone), shape (n,); most are told from three pixels."""
    with np.errstate(invalid="ignore"):
        first, middle, last = pixels[:, 0, 0], pixels[:, pixels.shape[1] // 2, pixels.shape[2] // 2], pixels[:, -1, -1]
        plain = np.array(((first == middle) & (first == last)).all(axis=-1))
    for i in np.flatnonzero(plain):
        plain[i] = bool((pixels[i] == pixels[i, :1, :1]).all())
    if pixels.dtype.kind == "f":
        plain |= np.isnan(first).all(axis=-1) & np.isnan(pixels).all(axis=(1, 2, 3))
    return plain


def _hash_picture(picture: Picture) -> tuple[np.uint64, bool]:
    """Return a picture file's hash, and whether it is one that nothing copies: of one colour, or broken."""
    x = picture.pixels
    if x is None or x.size == 0:
        return np.uint64(0), True
    if x.shape[2] in (2, 4) and x.dtype.kind == "u" and bool((x[..., -1] == np.iinfo(x.dtype).max).all()):
        x = x[..., :-1]  # an alpha channel that hides nothing
    if x.shape[2] == 3 and bool((x[..., 0] == x[..., 1]).all() and (x[..., 0] == x[..., 2]).all()):
        x = x[..., :1]
    shape = np.array([*x.shape, 0], dtype=np.uint64)
    hashes = hash_lines(np.ascontiguousarray(x).reshape(1, -1))[0]
    return np.uint64(mix(hashes ^ mix(shape)[:1] ^ mix(shape * _STEP)[1:2])[0]), bool(_one_colour(x[None])[0])


# ---------------------------------------------------------------- the same hash twice


def repeated(hashes: Hashes) -> tuple[Ints, Ints]:
    """Return the places whose hash occurs more than once, group by group, and the number of each one's group.

    Parameters
    ----------
    hashes : ndarray of uint64, shape (n,)
        Of rows.

    Returns
    -------
    places, groups : ndarray of int64, shape (k,)
        Groups in the order of their first places; places ascend within a group. The cost is one sort.
    """
    ordered = np.sort(hashes)
    twice = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    places = np.flatnonzero(is_in(hashes, twice))
    _, first, groups = np.unique(hashes[places], return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    groups = rank[groups]
    order = np.argsort(groups, kind="stable")
    return places[order].astype(np.int64), groups[order]


def is_in(hashes: Hashes, known: Hashes) -> NDArray[np.bool_]:
    """Return which hashes are among some others, which are ascending and distinct; shape (n,)."""
    if not len(known):
        return np.zeros(len(hashes), dtype=bool)
    at = np.searchsorted(known, hashes)
    at[at == len(known)] = 0
    found: NDArray[np.bool_] = known[at] == hashes
    return found


def common(a: Hashes, b: Hashes) -> Hashes:
    """Return the hashes that occur in both, ascending and distinct; the cost is three sorts."""
    both = np.concatenate([distinct(a), distinct(b)])
    both.sort(kind="stable")  # two ascending runs, which this merges
    shared: Hashes = both[1:][both[1:] == both[:-1]]
    return shared


def distinct(hashes: Hashes) -> Hashes:
    """Return the distinct hashes, ascending."""
    ordered = np.sort(hashes)
    keep = np.ones(len(ordered), dtype=bool)
    keep[1:] = ordered[1:] != ordered[:-1]
    return ordered[keep]
