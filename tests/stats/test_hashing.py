"""Hashes against plain integer arithmetic, and the words that naive hashes confuse."""

from __future__ import annotations

import hashlib
import itertools
import math
import struct

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from dataaudit.stats.hashing import hash_floats, hash_rows, hash_texts, mix

M64 = 2**64 - 1
BASE = 0x9E3779B97F4A7C15


def mixed(word: int) -> int:
    """Return SplitMix64's next output for a state, in Python's integers."""
    z = (word + BASE) & M64
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & M64
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & M64
    return z ^ (z >> 31)


def hashed(text: str) -> int:
    """Return the hash of a text as documented: a polynomial over code points, mixed with the length."""
    if len(text) > 256:
        return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")
    polynomial = sum((ord(c) + 1) * pow(BASE, i, 2**64) for i, c in enumerate(text)) & M64
    return mixed(polynomial ^ mixed(len(text)))


def test_mix_is_splitmix64() -> None:
    """The first outputs of SplitMix64 from state 0, as its authors published them."""
    published = [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]
    states = np.arange(3, dtype=np.uint64) * np.uint64(BASE)
    assert mix(states).tolist() == published


@given(st.lists(st.integers(0, M64), max_size=20))
def test_mix_against_integers(words: list[int]) -> None:
    array = np.array(words, dtype=np.uint64)
    before = array.copy()
    assert mix(array).tolist() == [mixed(w) for w in words]
    assert (array == before).all()


any_text = st.text(st.characters(), max_size=300)  # lone surrogates among them


@given(st.lists(any_text, max_size=12))
def test_texts_against_integers(texts: list[str]) -> None:
    before = list(texts)
    assert hash_texts(texts).tolist() == [hashed(t) for t in texts]
    assert texts == before


def test_length_of_long_texts() -> None:
    texts = ["x" * n for n in (0, 1, 255, 256, 257, 1000, 0)]
    assert hash_texts(texts).tolist() == [hashed(t) for t in texts]


def test_nothing_hashes_to_nothing() -> None:
    assert hash_texts([]).tolist() == []
    assert hash_texts([]).dtype == np.uint64


def test_a_text_hashes_alike_beside_any_others() -> None:
    alone = hash_texts(["b"])[0]
    assert hash_texts(["", "a", "b", "", "x" * 300])[2] == alone


def test_numbers_hash_as_their_text() -> None:
    assert hash_texts([1, 2.5, None]).tolist() == [hashed("1"), hashed("2.5"), hashed("None")]


def test_similar_words_are_told_apart() -> None:
    """Permutations, paddings, and all words of up to four of five letters, a NUL among them."""
    words = ["".join(w) for n in range(5) for w in itertools.product("ab\0 é", repeat=n)]
    words += [" " * n for n in range(5, 260)] + ["\ud800", "\udfff", "😀", "e\u0301"]
    assert len(set(hash_texts(words).tolist())) == len(words)


@given(st.lists(st.floats(allow_nan=False), min_size=1, max_size=30))
def test_floats_against_integers(values: list[float]) -> None:
    def one(value: float) -> int:
        z: int = struct.unpack("<Q", struct.pack("<d", value + 0.0))[0]
        z = ((z ^ (z >> 32)) * 0xD6E8FEB86659FD93) & M64
        return ((z ^ (z >> 32)) * 0xD6E8FEB86659FD93) & M64

    array = np.array(values)
    assert hash_floats(array).tolist() == [one(v) for v in values]
    assert array.tobytes() == np.array(values).tobytes()


def test_different_floats_never_collide_and_zeros_agree() -> None:
    """Every step can be undone, so that 64 bits of a number give 64 bits of hash."""
    values = np.concatenate([np.arange(-5000.0, 5000.0), np.random.default_rng(0).normal(size=10_000)])
    assert len(np.unique(hash_floats(values))) == len(np.unique(values))
    assert hash_floats(np.array([0.0])) == hash_floats(np.array([-0.0]))
    assert len(np.unique(hash_floats(np.array([5e-324, -5e-324, math.inf, -math.inf])))) == 4


def test_upper_bits_of_hashes_are_even() -> None:
    """Which values a sketch keeps hangs on the upper bits: 64 equal shares, by chi-squared with 63 degrees."""
    many: list[NDArray[np.float64]] = [
        np.arange(20_000.0),
        np.arange(20_000.0) / 7.0,
        np.arange(20_000.0) + 1e9,
        np.ldexp(1.0, np.arange(-500, 500)),
    ]
    for values in many:
        shares = np.bincount((hash_floats(values) >> np.uint64(58)).astype(int), minlength=64)
        expected = len(values) / 64
        assert ((shares - expected) ** 2 / expected).sum() < 63 + 6 * math.sqrt(2 * 63)


def test_rows_are_told_apart_by_split_position_and_seed() -> None:
    whole = hash_rows("train", 0, 1000, 0)
    assert len(np.unique(whole)) == 1000
    assert hash_rows("train", 400, 100, 0).tolist() == whole[400:500].tolist()
    salt = hashed("0/train")
    assert whole[:3].tolist() == [mixed(i ^ salt) for i in range(3)]
    assert not set(whole.tolist()) & set(hash_rows("test", 0, 1000, 0).tolist())
    assert not set(whole.tolist()) & set(hash_rows("train", 0, 1000, 1).tolist())
    assert hash_rows("train", 5, 0, 0).shape == (0,)
