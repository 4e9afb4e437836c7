"""What a report may say outside the reader's own machine: names of columns, splits and files, but no values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from functools import cache
from typing import Any

from dataaudit import registry

Json = Mapping[str, Any]

AUTHORS = frozenset({
    " ", ",", ".", "/", "coerce", "float64", "id", "ignore", "int64", "Int64", "L", "mean", "median", "missing",
    "mixed", "most_frequent", "no label", "one_to_one", "RGB", "y",
    "blue", "brightness", "contrast", "green", "green_gap", "information", "red", "rise", "sharpness", "slope",
    *(f"channel {k}" for k in range(16)),
})  # fmt: skip
"""Words that rules themselves put in quotation marks: in the code of a fix, and for what is measured of pictures."""

_OPENING = re.compile(r"""(?<![\w'"])(?P<sign>[rb]?)(?P<mark>['"])""")
_CLOSING = {mark: re.compile(rf"\\.|{mark}(?!\w)", re.DOTALL) for mark in "'\""}
# of a value that ends with a backslash, and is not escaped
_BARE = {mark: re.compile(rf"{mark}(?!\w)") for mark in "'\""}
_MARKS = re.compile(r"['\"\\]")
_EXCEPTION = re.compile(r"[A-Za-z_][\w.]*\b(?=: )")


def redacted(document: Json) -> dict[str, Any]:
    """Return a document whose texts quote no values of the data.

    Rules put every value that they name in quotation marks. Of what stands in quotation marks only names stay - of
    columns, splits, the target, the data set and files - and words of code; whatever else it is becomes ‹value 1›,
    ‹value 2›, ..., the same number for the same value within a finding. The reason why a finding matters may quote
    the examples of its rule's manual. Evidence, figures
    and the commonest values of columns are left out, and so is what an exception said. Numbers stay, such as the
    means, bounds and counts of a column: they are what a message is for.

    Parameters
    ----------
    document : mapping
        The content of report.json; it is not changed.

    Returns
    -------
    dict
        The same keys. Cost: linear in the text of the findings.
    """
    names = AUTHORS | frozenset(_names(document))
    plain = {
        key: [_finding(finding, names) for finding in document[key]]
        for key in ("findings", "suppressed")
        if isinstance(document.get(key), list)
    }
    checks = [_check(check, names) for check in document["checks"]]
    features = [_feature(feature) for feature in document["features"]]
    dataset = {**document["dataset"], "notes": [mask(note, names) for note in document["dataset"]["notes"]]}
    kept = {"dataset": dataset, "checks": checks, "features": features, "classes": None, "leakage": []}
    return {**document, **plain, **kept}


def mask(text: str, names: Set[str], numbers: dict[str, int] | None = None, values: Set[str] = frozenset()) -> str:
    """Return text in which every quotation that is no name is a number in its place.

    Parameters
    ----------
    text : str
        A sentence, or the code of a fix.
    names : set of str
        What may stay.
    numbers : dict of str to int, optional
        Values met so far; new ones are entered, so that several texts number them alike.
    values : set of str
        Values that may be quoted: one that holds quotation marks itself is then known to be one.

    Examples
    --------
    >>> mask("'sex' is 'female' in 9 of 10 rows, 'male' in 1", {"sex"})
    "'sex' is ‹value 1› in 9 of 10 rows, ‹value 2› in 1"
    """
    known = numbers if numbers is not None else {}
    tricky = sorted((word for word in names | values if _MARKS.search(word)), key=len, reverse=True)
    parts, last = [], 0
    for start, stop, sign in _quotations(text, tricky):
        inner = text[start + 1 : stop - 1]
        if inner in names or _unescaped(inner) in names or sign == "r":  # no value is spelled as a raw string
            continue
        number = known.setdefault(_unescaped(inner), len(known) + 1)
        parts += [text[last : start - len(sign)], f"‹value {number}›"]
        last = stop
    return "".join([*parts, text[last:]])


def _quotations(text: str, tricky: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Yield where quotations start and stop, marks included, and the letter before them.

    A quotation ends at the next mark that no letter follows; what is `tricky` holds marks itself and is taken whole.
    Linear in the length of the text, also where marks never close.
    """
    place = 0
    ends = {mark: [_CLOSING[mark], _BARE[mark]] for mark in _BARE}  # one that finds nothing will find nothing later on
    while hit := _OPENING.search(text, place):
        start, mark = hit.end() - 1, hit["mark"]
        whole = next((word for word in tricky if text.startswith(f"{mark}{word}{mark}", start)), None)
        stop = None if whole is None else start + len(whole) + 2
        while stop is None and ends[mark]:
            stop = next((end.end() for end in ends[mark][0].finditer(text, start + 1) if end[0] == mark), None)
            if stop is None:
                del ends[mark][0]
        if stop is not None:
            yield start, stop, hit["sign"]
        place = stop or start + 1


def _unescaped(inner: str) -> str:
    return re.sub(r"\\(['\"\\])", r"\1", inner)


def _names(document: Json) -> Iterator[str]:
    """Yield what is a name wherever it stands."""
    dataset = document["dataset"]
    yield from (str(feature["name"]) for feature in document["features"])
    yield from dataset["splits"]
    yield str(dataset["name"])
    targets = dataset["target"]
    yield from (str(t) for t in (targets if isinstance(targets, list) else [targets]))


@cache
def _examples(code: str) -> frozenset[str]:
    """Return what a rule's own manual quotes."""
    rule = registry.all_rules().get(code)
    text = "" if rule is None else rule.__doc__ or ""
    return frozenset(text[start + 1 : stop - 1] for start, stop, _ in _quotations(text, ()))


def _finding(finding: Json, names: frozenset[str]) -> dict[str, Any]:
    own = {str(name) for name in finding["columns"]} | {row for row in finding["rows"] if isinstance(row, str)}
    kept = names | own | set(finding["splits"])
    numbers: dict[str, int] = {}
    values = frozenset(_texts(finding["evidence"]))
    texts = {key: mask(finding[key], kept, numbers, values) for key in ("message", "fix")}
    texts["why"] = mask(finding["why"], kept | _examples(finding["rule"]), numbers, values)
    return {**finding, **texts, "evidence": {}, "figure": None}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def _check(check: Json, names: frozenset[str]) -> dict[str, Any]:
    texts = {key: mask(check[key], names) for key in ("reason", "measured") if check[key]}
    if check["status"] == "crashed" and (named := _EXCEPTION.match(check["reason"] or "")):
        texts["reason"] = f"{named[0]} (what it says may hold values of the data)"
    return {**check, **texts}


def _feature(feature: Json) -> dict[str, Any]:
    return {**feature, "splits": {split: {**facts, "top": None} for split, facts in feature["splits"].items()}}
