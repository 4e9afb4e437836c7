"""INP110 categorical-as-number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from dataaudit.analyzers.common import capital, listing, plural
from dataaudit.analyzers.inputs.periods import words_of
from dataaudit.analyzers.inputs.twins import twins
from dataaudit.model import Finding, Kind, Name, NotApplicable, Passed, Role, Severity, SplitView, option
from dataaudit.registry import register
from dataaudit.stats.moments import Moments
from dataaudit.stats.sample import Sample
from dataaudit.stats.values import Values

_CODES = frozenset(
    {
        "zip", "zipcode", "postcode", "postal", "plz", "code", "codes", "class", "category", "cat", "type",
        "kind", "cluster", "region", "district", "state", "country", "store", "shop", "dept", "department",
        "branch", "species", "breed", "gender", "sex", "race", "ethnicity", "religion", "brand", "vendor",
        "channel", "zone", "sector", "segment", "status", "occupation", "job", "industry", "color", "colour",
        "device", "browser", "campaign", "sku", "product", "item", "customer", "user", "client", "patient",
        "subject", "station", "sensor", "team", "player",
    }
)  # fmt: skip
"""Words in a column's name that say that its numbers name things."""


@register
@dataclass(frozen=True)
class CategoricalAsNumber:
    """Whole numbers that name things, fed as quantities; an id among the inputs.

    ## Why it matters
    As a number, class 3 lies between 2 and 4 and is three times class 1. The network has to unlearn an order that
    means nothing, and an id lets it learn the rows by heart.

    ## How it decides
    Looks at inputs that hold whole numbers only, all splits together, with at least `least` distinct values (two make
    a flag, which is fine as it is). Such a column is noted if its name says that it names things (zip, code, type,
    store, ...), if a text column says the same in words, one word for each number, or if it numbers the rows: unique
    in 99 % of them and dense. Text that is unique in each row is INP111's. Counts and ratings (rooms,
    cylinders, siblings) pass: nothing in their name or beside them says that they are names.

    ## What to do
    One-hot encode a few categories, embed many, and leave ids out of the inputs.

    ## When to ignore it
    The numbers are ordered (first, second, third class) and you mean the order; or the model is a tree.

    ## When it cannot tell
    Codes without a telling name, and arrays without names.
    """

    code: ClassVar[str] = "INP110"
    name: ClassVar[str] = "categorical-as-number"
    severity: ClassVar[Severity] = Severity.NOTE
    consequence: ClassVar[str] = "reads an order into names, or learns ids by heart"
    tips: ClassVar[tuple[str, ...]] = ("11.3",)

    least: int = option(3, "distinct values from which a column of codes is noted")

    def needs(self) -> tuple[Values, Moments, Sample]:
        return (Values(), Moments(), Sample())

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        first = next(iter(splits.values()))
        if first.schema.pictures or first.schema.pixels:
            raise NotApplicable("single pixels are not judged as features")
        features = [c for c in first.schema.columns if c.role is Role.FEATURE]
        if not features:
            raise NotApplicable("there are no inputs")
        kinds = first.context.kinds
        ids = [c.name for c in features if kinds[c.name] is Kind.ID and c.storage.is_number]
        whole = [c.name for c in features if c.storage.is_number and _whole(c.name, splits) and c.name not in ids]
        whole = [n for n in whole if kinds[n] not in (Kind.BOOLEAN, Kind.DATETIME) and _n(n, splits) >= self.least]
        texts = [c.name for c in features if not c.storage.is_number and kinds[c.name] is not Kind.ID]
        codes: dict[Name, str] = {n: "its name" for n in whole if _CODES & set(words_of(n))}
        for group in twins([*whole, *texts], splits) if whole and texts else []:
            words = [n for n in group if n in texts]
            codes |= {n: f"{listing(words[:1])} says the same in words" for n in group if n in whole and words}
        if codes:
            yield _codes(codes, splits)
        if ids:
            yield Finding(
                f"{capital(listing(ids))} {'tells' if len(ids) == 1 else 'tell'} rows apart by a value of "
                f"{'its' if len(ids) == 1 else 'their'} own for each: an id, not an input",
                splits=tuple(splits),
                columns=tuple(ids),
                evidence={"table": _table(dict.fromkeys(ids, "unique in each row"), splits)},
                place="id",
                fix=f"Declare it: id={ids[0]!r}; or leave it out of the inputs.",
            )
        yield Passed(f"{plural(len(features), 'input')}, none known to be a code or an id")


def _whole(name: Name, splits: Mapping[str, SplitView]) -> bool:
    j = next(iter(splits.values())).schema.number_index[name]
    return not any(s.get(Moments()).n_fraction[j] for s in splits.values())


def _n(name: Name, splits: Mapping[str, SplitView]) -> int:
    return max(s.get(Values()).columns[name].n_distinct for s in splits.values())


def _codes(codes: Mapping[Name, str], splits: Mapping[str, SplitView]) -> Finding:
    names = list(codes)
    one = len(names) == 1
    message = (
        f"{listing(names)} {'holds' if one else 'hold'} whole numbers that name things "
        f"({plural(_n(names[0], splits), 'distinct value')}{'' if one else ' in the first'}; {codes[names[0]]}"
        f"{' says so' if codes[names[0]] == 'its name' else ''})"
    )
    return Finding(
        capital(message),
        splits=tuple(splits),
        columns=tuple(names),
        evidence={"table": _table(codes, splits)},
        place="code",
        fix=f"+ data = pd.get_dummies(data, columns={names[:5]!r})   # or an embedding where there are many",
    )


def _table(told: Mapping[Name, str], splits: Mapping[str, SplitView]) -> dict[str, Any]:
    return {
        "caption": "Columns that name things",
        "columns": ["column", "distinct values", "told by"],
        "rows": [[n, _n(n, splits), why] for n, why in list(told.items())[:200]],
        "total": len(told),
    }
