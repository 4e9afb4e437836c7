"""Words of one split that begin the words of another."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dataaudit.analyzers.leakage.words_differ import beginnings

WORDS = st.lists(st.text("abÄ- ", max_size=4), max_size=6, unique=True)


def bare(word: str) -> str:
    return word.casefold().replace("ä", "a").replace("-", "").replace(" ", "")


@given(WORDS, WORDS)
def test_beginnings_are_those_that_comparing_every_pair_finds(short: list[str], long: list[str]) -> None:
    hits = {s: [w for w in long if bare(s) and bare(w).startswith(bare(s))] for s in short}
    sources = {s: found[0] for s, found in hits.items() if len(found) == 1}
    expected = sources if len(short) == len(sources) == len(set(sources.values())) else None
    assert beginnings(short, long) == expected


class Counted(str):
    """A word that counts how often words are looked at."""

    __slots__ = ()
    looks = 0

    def casefold(self) -> str:
        Counted.looks += 1
        return super().casefold()


def test_each_word_is_looked_at_once_however_many_there_are() -> None:
    short = [Counted(f"review {i}") for i in range(300)]
    long = [Counted(f"review {i}, written out") for i in range(300, 600)]
    Counted.looks = 0
    assert beginnings(short, long) is None
    assert Counted.looks <= len(short) + len(long)
