"""What the numbers behind a finding are called on the page, where their short names say too little."""

from __future__ import annotations

TERMS = {
    "amplification": "rounding, in spreads of the column",
    "by_class": "share doubted, by class",
    "fitted_on": "fits the rows of",
    "judged": "rows judged",
    "kappa": "agreement beyond guessing (1 is perfect)",
    "log10_p": "probability by chance (power of ten)",
    "loss_of_chance": "loss of guessing",
    "median_agreement": "median agreement",
    "noise_high": "share of wrong labels, at most",
    "noise_low": "share of wrong labels, at least",
    "of": "out of",
    "p": "p-value",
    "p_value": "p-value",
    "review": "rows to look at",
    "right": "share that the models predict",
    "sampled": "rows that the models saw",
    "separation": "order explained by the label",
    "strong": "rows doubted strongly",
    "z": "standard errors from chance",
}
"""By the key that stands in the evidence of report.json."""


def term(key: object) -> str:
    """Return a key of the evidence in words.

    Examples
    --------
    >>> term("p_value"), term("rows_before")
    ('p-value', 'rows before')
    """
    return TERMS.get(str(key), str(key).replace("_", " "))
