"""Words that are one word written in several ways: case, blanks, punctuation, Unicode form, a typing slip."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

STEPS = ("Unicode form", "accents", "letter case", "blanks", "punctuation")
"""Ways of writing that folding undoes, in the order in which it undoes them."""

SLIP = "one typing slip"

_LATIN = str.maketrans("аеорсухіјѕԁԛԝАВЕЅІЈКМНОРСТУХΑΒΕΖΗΙΚΜΝΟΡΤΥΧο", "aeopcyxijsdqwABESIJKMHOPCTYXABEZHIKMNOPTYXo")
"""Cyrillic and Greek letters that look like Latin ones."""

_JOINTS = re.compile(r"(?<=[^\W\d_])[-_./,;:'’`\\ ]+(?=\w)|(?<=\w)[-_./,;:'’`\\ ]+(?=[^\W\d_])")
"""Separators between letters, or between a letter and a digit; those between digits ("1.5", "1-2") mean something."""

_EDGES = re.compile(r"^[\"'`´‘’“”«»_,;:!¡]+|[\"'`´‘’“”«»_.,;:!?]+$|[\"“”«»()\[\]{}]")
"""Quotes, brackets and stops that say nothing at the edges of a word; signs such as + - < > # * say something."""

SHORTEST = 5
"""Letters of a word below which one letter makes another word too often (cat, cut, car)."""

LONG = 8
"""Letters from which a slip is believed at half the ratio: long words have few neighbours by chance."""

_ENDINGS = frozenset("aeiosndryt")
"""Last letters that make another form of a word (student, students; cloud, cloudy; large, larger)."""


@dataclass(frozen=True)
class Alias:
    """One word and the ways in which it is written.

    Attributes
    ----------
    words : tuple of str
        As the data has them, the most frequent first.
    counts : tuple of int
        Rows of each.
    how : str
        What they differ in, such as "letter case and blanks".
    """

    words: tuple[str, ...]
    counts: tuple[int, ...]
    how: str

    @property
    def rows(self) -> int:
        """Rows that hold another spelling than the most frequent one."""
        return sum(self.counts[1:])


def fold(word: str, steps: Sequence[str] = STEPS) -> str:
    """Return a word without what different hands write differently.

    Parameters
    ----------
    word : str
        Any text.
    steps : sequence of str
        Which of `STEPS` to undo.

    Returns
    -------
    str
        The word itself where nothing but signs would be left ("?", "--").

    Examples
    --------
    >>> fold(" New-York."), fold("NEW  YORK"), fold("1.5"), fold("A-")
    ('newyork', 'newyork', '1.5', 'a-')
    """
    folded = word
    if "Unicode form" in steps:
        folded = "".join(c for c in unicodedata.normalize("NFKC", folded) if unicodedata.category(c) != "Cf")
        if any("a" <= c.lower() <= "z" for c in folded):  # a Cyrillic letter among Latin ones, not a Cyrillic word
            folded = folded.translate(_LATIN)
    if "accents" in steps:
        folded = "".join(c for c in unicodedata.normalize("NFD", folded) if unicodedata.category(c) != "Mn")
    if "letter case" in steps:
        folded = folded.casefold()
    if "blanks" in steps:
        folded = " ".join(folded.split())
    if "punctuation" in steps:
        folded = _EDGES.sub("", folded).strip() if "blanks" in steps else _EDGES.sub("", folded)
        joint = " " if "blanks" not in steps else ""
        folded = _JOINTS.sub(joint, folded)
    elif "blanks" in steps:
        folded = re.sub(r"(?<=[^\W\d_]) (?=\w)|(?<=\w) (?=[^\W\d_])", "", folded)
    return folded if any(c.isalnum() for c in folded) else word


def aliases(counts: Mapping[str, int], *, ratio: float = 10.0, slips: bool = True) -> list[Alias]:
    """Return the words that are written in several ways, those of the most rows first.

    Parameters
    ----------
    counts : mapping of str to int
        Rows of each distinct value.
    ratio : float
        How many times rarer than its neighbour a word must be to count as a typing slip; half of it from 8 letters.
    slips : bool
        Whether to look for typing slips too.

    Returns
    -------
    list of Alias
        Each value is in one of them at most. Linear in the number of values.
    """
    groups: dict[str, list[str]] = {}
    for word in counts:
        groups.setdefault(fold(word), []).append(word)
    letters = {w for w in counts if len(w) == 1}
    found: list[tuple[str, list[str], str]] = []
    for key, words in groups.items():
        words.sort(key=lambda w: (-counts[w], w))
        if len(words) > 1 and not _both_meant(words, counts, letters):
            found.append((key, words, differ_in(words)))
    if slips:
        totals = {key: sum(counts[w] for w in words) for key, words in groups.items()}
        for rare, frequent in _slips(totals, ratio):
            if _same_part(groups[rare][0], groups[frequent][0]):
                hosts = [f for f in found if f[0] == frequent]
                words, how = hosts[0][1:] if hosts else (groups[frequent], "")
                how = how if SLIP in how else f"{how}, and {SLIP}" if how else SLIP
                found = [f for f in found if f[0] not in (rare, frequent)]
                found.append((frequent, [*words, *groups[rare]], how))
    made = [_alias(words, counts, how) for _, words, how in found]
    return sorted(made, key=lambda a: (-a.rows, a.words))


def _alias(words: list[str], counts: Mapping[str, int], how: str) -> Alias:
    words = sorted(words, key=lambda w: (-counts[w], w))
    return Alias(tuple(words), tuple(counts[w] for w in words), how)


def _both_meant(words: list[str], counts: Mapping[str, int], letters: set[str]) -> bool:
    """Return whether single letters in both cases are codes of their own ("m" and "M"): both are frequent."""
    return set(words) <= letters and counts[words[-1]] * 10 >= counts[words[0]]


def differ_in(words: Sequence[str]) -> str:
    """Return what words of one folding differ in: the fewest steps that make them one."""
    ways = (steps for n in range(1, len(STEPS) + 1) for steps in combinations(STEPS, n))
    kept = next((steps for steps in ways if len({fold(w, steps) for w in words}) == 1), STEPS)
    return kept[0] if len(kept) == 1 else f"{', '.join(kept[:-1])} and {kept[-1]}"


# ---------------------------------------------------------------- typing slips


def _slips(totals: Mapping[str, int], ratio: float) -> Iterator[tuple[str, str]]:
    """Yield pairs of a rare word and the frequent word that it is a slip of; nothing where slips are the language.

    A vocabulary in which frequent words are one letter apart as well (first names, codes) has such neighbours by
    nature: there a slip cannot be told from a word.
    """
    near = ((a, b) if totals[a] < totals[b] else (b, a) for a, b in _neighbours(totals))
    pairs = [(rare, frequent) for rare, frequent in near if one_slip(rare, frequent)]
    believed: dict[str, str] = {}
    for rare, frequent in sorted(pairs, key=lambda p: (-totals[p[1]], p)):
        if totals[frequent] >= totals[rare] * (ratio / 2 if min(len(rare), len(frequent)) >= LONG else ratio):
            believed.setdefault(rare, frequent)
    slips = [(rare, frequent) for rare, frequent in believed.items() if frequent not in believed]
    natural = sum(1 for rare, _ in pairs if rare not in believed)
    if natural < max(1, len(slips)):
        yield from sorted(slips)


def _neighbours(words: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    """Yield pairs of words that share what is left when one letter of each is taken out, or none of one."""
    holes: dict[str, list[str]] = {}
    for word in words:
        if SHORTEST <= len(word) <= 64:
            for rest in {word, *(word[:i] + word[i + 1 :] for i in range(len(word)))}:
                holes.setdefault(rest, []).append(word)
    seen = set()
    for near in holes.values():
        for pair in combinations(near[:50], 2):
            if pair not in seen:
                seen.add(pair)
                yield pair


def one_slip(a: str, b: str) -> bool:
    """Return whether two different words are one typing slip apart.

    A letter left out, put in, replaced, or two neighbours swapped (Damerau 1964), where that rarely makes another
    word: among letters only, not the first letter (typical, atypical; Gambia, Zambia; swaps apart), and no last
    letter put in or replaced, nor one left out that makes another form (students, student; employed, employer).
    `a` is the rare word.

    References
    ----------
    Damerau (1964), A technique for computer detection and correction of spelling errors, CACM 7(3), 171-176.
    """
    if a == b or min(len(a), len(b)) < SHORTEST:
        return False
    head = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    most = min(len(a), len(b)) - head
    tail = next((i for i in range(most) if a[-1 - i] != b[-1 - i]), most)
    left, right = a[head : len(a) - tail], b[head : len(b) - tail]
    if not all(c.isalpha() for c in left + right):
        return False
    if len(left) == len(right) == 2:
        return left == right[::-1]
    if len(left) > 1 or len(right) > 1 or head == 0:
        return False
    return tail > 0 or (not left and right not in _ENDINGS and len(b) >= LONG - 1)


def _same_part(a: str, b: str) -> bool:
    """Return whether what differs is a word long enough, not the letter in "vitamin C tablets"."""
    left, right = (re.split(r"[\W_]+", word.casefold()) for word in (a, b))
    if len(left) != len(right):
        return True
    return all(x == y or min(len(x), len(y)) >= SHORTEST - 1 for x, y in zip(left, right, strict=True))
