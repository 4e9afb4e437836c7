"""Hashes that are the same on every machine and in every run; numpy only."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]

_LONG = 256
"""Characters beyond which one cryptographic hash is cheaper than a line of products."""

_POWER_BASE = np.uint64(0x9E3779B97F4A7C15)


def mix(bits: Hashes) -> Hashes:
    """Return well-mixed 64-bit hashes of 64-bit words (the finaliser of SplitMix64).

    Parameters
    ----------
    bits : ndarray of uint64
        Any shape.

    References
    ----------
    Steele, Lea, Flood (2014), Fast splittable pseudorandom number generators, OOPSLA.
    """
    mixed = bits + _POWER_BASE
    mixed ^= mixed >> np.uint64(30)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(27)
    mixed *= np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return mixed


def hash_floats(values: NDArray[np.float64]) -> Hashes:
    """Return a hash of each number that is not NaN; 0.0 and -0.0 agree.

    Parameters
    ----------
    values : ndarray of float64
        Any shape.

    Returns
    -------
    ndarray of uint64
        Half the steps of `mix`, since every value of every column passes here: the upper bits, which decide what
        a sketch keeps, depend on all bits of the number.
    """
    bits = (values + 0.0).view(np.uint64)
    hashes = bits >> np.uint64(32)
    hashes ^= bits
    hashes *= np.uint64(0xD6E8FEB86659FD93)
    np.right_shift(hashes, np.uint64(32), out=bits)
    hashes ^= bits
    hashes *= np.uint64(0xD6E8FEB86659FD93)
    return hashes


def hash_rows(split: str, start: int, n_rows: int, seed: int) -> Hashes:
    """Return a hash of each row's place: its split's name and its position.

    Parameters
    ----------
    split : str
        Name of the split.
    start, n_rows : int
        Position of the first row, and the number of rows.
    seed : int
        Changes the order that the hashes give.
    """
    salt = hash_texts((f"{seed}/{split}",))[0]
    return mix(np.arange(start, start + n_rows, dtype=np.uint64) ^ salt)


def _powers(n: int) -> Hashes:
    powers = np.full(n, _POWER_BASE, dtype=np.uint64)
    powers[0] = 1
    return np.multiply.accumulate(powers)


_POWERS = _powers(_LONG + 1)


def hash_texts(values: Sequence[Hashable]) -> Hashes:
    """Return a 64-bit hash of each text: a polynomial over its code points, then mixed.

    Parameters
    ----------
    values : sequence of hashable, length n
        Text, or anything with a telling `str`.

    Returns
    -------
    ndarray of uint64, shape (n,)
        About 30 ns a short text; texts beyond 256 characters take BLAKE2b.
    """
    texts = [v if isinstance(v, str) else str(v) for v in values]
    if not texts:
        return np.empty(0, dtype=np.uint64)
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    long = np.flatnonzero(lengths > _LONG)
    if long.size:
        tails = {int(i): texts[i] for i in long}
        for place in tails:
            texts[place] = ""
        lengths[long] = 0
    points = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
    starts = np.zeros(len(texts), dtype=np.int64)
    np.cumsum(lengths[:-1], out=starts[1:])
    within = np.arange(points.size) - np.repeat(starts, lengths)
    terms = (points + np.uint64(1)) * _POWERS[within]
    sums = np.zeros(len(texts), dtype=np.uint64)
    filled = np.flatnonzero(lengths)
    if filled.size:
        sums[filled] = np.add.reduceat(terms, starts[filled])
    hashes = mix(sums ^ mix(lengths.astype(np.uint64)))
    for at in long:
        digest = hashlib.blake2b(tails[int(at)].encode("utf-8", "surrogatepass"), digest_size=8).digest()
        hashes[at] = np.uint64(int.from_bytes(digest, "little"))
    return hashes
