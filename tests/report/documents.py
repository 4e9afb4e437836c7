"""Documents made by hand: a rich one, one that passes, and wide ones."""

from __future__ import annotations

import base64
import copy
import hashlib
from typing import Any

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "=cmd()",
    "]]>--><!--</style></script>",
    "\u202egnp.exe\x1b[31m\x00",
    "`tick` | [click](https://evil.example) @octocat #12 **bold**",
    "{{ 7*7 }}{% raw %}",
    "javascript:alert(1)",
    "n" * 300,
    "two\nlines",
    "[bold red]markup[/]",
)
PIXEL = base64.b64encode(
    b"RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00/\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00"
)

Document = dict[str, Any]


def finding(rule: str, severity: str, message: str, **parts: Any) -> Document:
    """Return one finding of a document."""
    base: Document = {
        "rule": rule,
        "name": f"{rule.lower()}-defect",
        "severity": severity,
        "message": message,
        "splits": ["train"],
        "columns": [],
        "rows": [],
        "row_count": 0,
        "locations": [],
        "evidence": {},
        "confidence": None,
        "why": "The network would see it.",
        "fix": "Drop the column.",
        "place": "",
        "consequence": "teaches the wrong thing",
        "figure": None,
    }
    base.update(parts)
    base.setdefault("fingerprint", hashlib.sha256(f"{rule}{base['columns']}{base['splits']}".encode()).hexdigest()[:16])
    return base


def check(rule: str, status: str, split: str | None = "train", **parts: Any) -> Document:
    """Return one check of a document."""
    return {
        "rule": rule,
        "name": f"{rule.lower()}-defect",
        "split": split,
        "status": status,
        "reason": None,
        "measured": None,
        "seconds": 0.01,
        "severity": "warning",
        **parts,
    }


def numeric(name: str | int, mean: float = 0.0, flags: tuple[str, ...] = ()) -> Document:
    """Return a numeric feature in three splits."""
    counts = [int(1000 * 2.718 ** (-(((i - 32) / 10) ** 2))) for i in range(64)]
    splits = {
        split: {
            "n": n - 3 * (split == "train"),
            "missing": 3 if split == "train" else 0,
            "mean": mean + shift,
            "std": 1.25,
            "min": -4.0,
            "max": 4.5,
            "distinct": 88,
            "distinct_exact": split == "train",
            "histogram": {"start": -4.0 + shift, "width": 0.13, "counts": counts},
            "top": None,
        }
        for split, n, shift in (("train", 600, 0.0), ("validation", 100, 0.02), ("test", 200, 0.4))
    }
    return {
        "name": name,
        "kind": "numeric",
        "role": "feature",
        "storage": "float",
        "dtype": "float32",
        "findings": list(flags),
        "splits": splits,
    }


def categorical(name: str, values: tuple[str, ...], flags: tuple[str, ...] = ()) -> Document:
    """Return a categorical feature in three splits."""
    splits = {
        split: {
            "n": n,
            "missing": 0,
            "mean": None,
            "std": None,
            "min": None,
            "max": None,
            "distinct": len(values),
            "distinct_exact": True,
            "histogram": None,
            "top": [[value, max(n // (2 + i), 1)] for i, value in enumerate(values[:5])],
        }
        for split, n in (("train", 600), ("validation", 100), ("test", 200))
    }
    return {
        "name": name,
        "kind": "categorical",
        "role": "feature",
        "storage": "text",
        "dtype": "str",
        "findings": list(flags),
        "splits": splits,
    }


def when(name: str) -> Document:
    """Return a datetime feature, whose mean makes no sense."""
    facts = {
        "n": 600,
        "missing": 0,
        "mean": None,
        "std": None,
        "min": "2015-01-01T00:00:00",
        "max": "2019-12-31T00:00:00",
        "distinct": 600,
        "distinct_exact": True,
        "histogram": {"start": 0.0, "width": 1.0, "counts": [60] * 10},
        "top": None,
    }
    return {
        "name": name,
        "kind": "datetime",
        "role": "time",
        "storage": "datetime",
        "dtype": "datetime64[us]",
        "findings": [],
        "splits": {"train": facts},
    }


def base(**parts: Any) -> Document:
    """Return a small document without findings."""
    document: Document = {
        "schema": "dataaudit.report/1",
        "verdict": "pass",
        "headline": "Ready to train on",
        "summary": "",
        "dataset": {
            "name": "clean",
            "kind": "table",
            "stage": "raw",
            "task": None,
            "task_inferred": False,
            "target": None,
            "splits": {"train": {"rows": 600, "columns": 3, "role": "train"}},
            "notes": [],
        },
        "findings": [],
        "checks": [check("INP101", "clean", measured="no missing value in 3 columns"), check("INP102", "clean")],
        "features": [],
        "classes": None,
        "leakage": [],
        "checklist": [],
        "provenance": {
            "dataaudit": "0.1.0",
            "python": "3.11.7",
            "versions": {"numpy": "2.1.0"},
            "seed": 0,
            "config": {},
            "command": None,
            "data_digest": "sha256:" + "ab" * 32,
            "rows_read": 600,
            "seconds": 1.2,
            "started": "2026-01-02T03:04:05+00:00",
        },
    }
    document.update(parts)
    return copy.deepcopy(document)


def passing() -> Document:
    """Return a document in which everything passed."""
    return base(features=[numeric("age"), numeric(3)])


FIGURES: dict[str, Document] = {
    "strip": {
        "kind": "strip",
        "caption": "Labels in the order of the file",
        "classes": [f"class {HOSTILE[0]}", *"bcdefghij", "k", "l"],
        "bins": [[32 if k == b * 12 // 250 else 0 for k in range(12)] for b in range(250)],
        "expected": [[(7 * b + 3 * k) % 5 + 1 for k in range(12)] for b in range(250)],
        "first": "row 0",
        "last": "row 8,000",
        "bin_rows": 32,
    },
    "bars": {
        "kind": "bars",
        "caption": "Rows of each class",
        "items": [
            {"label": HOSTILE[1], "value": 812, "expected": 500},
            {"label": "dog", "value": 188, "expected": None},
        ],
        "unit": "rows",
    },
    "ticks": {
        "kind": "ticks",
        "caption": "Means of the channels",
        "axis": "channel mean",
        "items": [
            {"label": "observed", "values": [0.48, 0.45, 0.40]},
            {"label": "ImageNet", "values": [0.485, 0.456, 0.406]},
        ],
    },
    "matrix": {
        "kind": "matrix",
        "caption": "Which rows do the constants describe?",
        "columns": ["train", "train + test", HOSTILE[3]],
        "rows": [
            {"label": "mean of 6 columns", "cells": ["+0.01", "equal", "-0.02"]},
            {"label": "std of 6 columns", "cells": ["+0.003", "equal", "-0.004"]},
        ],
        "hit": 1,
        "want": 0,
    },
    "histogram": {
        "kind": "histogram",
        "caption": "Distribution of age",
        "start": 0.0,
        "width": 10.0,
        "series": {"train": [1, 5, 9, 14, 8, 3, 1], "test": [0, 2, 3, 9, 7, 2, 0]},
    },
    "pictures": {
        "kind": "pictures",
        "caption": "Unreadable files",
        "items": [
            {"path": "train/cat/1.jpg", "label": "cat", "note": "truncated", "data": None},
            {
                "path": f"train/{HOSTILE[0]}/2.jpg",
                "label": HOSTILE[1],
                "note": "blank",
                "data": "data:image/webp;base64," + PIXEL.decode(),
            },
            {"path": "x.svg", "label": "svg", "note": "", "data": "data:image/svg+xml;base64,PHN2Zy8+"},
        ],
    },
    "pairs": {
        "kind": "pairs",
        "caption": "The same rows on both sides",
        "left": "train",
        "right": HOSTILE[0],
        "columns": ["age", HOSTILE[1], "fare", *"abcdefg"],
        "pairs": [
            {
                "left": {"row": 12, "values": [31.5, HOSTILE[0], 7.25, *range(7)]},
                "right": {"row": 1004, "values": [31.5, HOSTILE[0], 7.2, *range(7)]},
                "differs": [2],
                "note": "rounded",
            },
            {"left": {"row": 1, "values": [None, "x", 1.0]}, "right": {"row": 2, "values": [None, "x", 1.0]}},
        ],
        "total": 40,
    },
    "picture pairs": {
        "kind": "pairs",
        "caption": "The same pictures on both sides",
        "left": "train",
        "right": "test",
        "pairs": [
            {
                "left": {"path": f"train/{HOSTILE[0]}/2.jpg", "picture": "data:image/webp;base64," + PIXEL.decode()},
                "right": {"path": "test/cat/9.jpg", "picture": "data:image/webp;base64," + PIXEL.decode()},
                "note": "mirrored",
            },
            {
                "left": {"path": "train/1.jpg", "picture": None},
                "right": {"path": "test/1.jpg", "picture": "data:text/html;base64,PHN2Zy8+"},
            },
        ],
    },
}

STEPS: list[Document] = [
    {
        "step": "standard scaling",
        "columns": ["age", "fare", HOSTILE[0], "a", "b", "c", "d", "e"],
        "splits": ["train", "validation", "test"],
        "log10_p": {
            "train": -0.1, "validation": 0.0, "test": -3.2, "train + validation": -1.0, "train + test": -0.4,
            "validation + test": 0.0, "train + validation + test": -48.3,
        },
        "fitted_on": ["train + validation + test"],
        "verdict": "leak",
        "said": "fitted on train + validation + test, not on train alone",
    },
    {
        "step": f"mean imputation {HOSTILE[1]}",
        "columns": ["cabin"],
        "splits": ["train", "validation", "test"],
        "log10_p": {
            "train": -12.0, "validation": 0.0, "test": 0.0, "train + validation": 0.0, "train + test": 0.0,
            "validation + test": 0.0, "train + validation + test": -2.0,
        },
        "fitted_on": ["train"],
        "verdict": "train",
        "said": "fitted on train alone, as it should be",
    },
]  # fmt: skip


def shared() -> Document:
    """Return a document of rows and pictures that two splits share, side by side."""
    findings = [
        finding(
            "LEA110", "error", "40 rows of test stand in train too.", splits=["train", "test"], figure=FIGURES["pairs"]
        ),
        finding("LEA111", "warning", "2 pictures of test stand in train too.", figure=FIGURES["picture pairs"]),
    ]
    checks = [check("LEA110", "found", severity="error"), check("LEA111", "found", severity="warning")]
    return base(verdict="fail", headline="Not ready to train on", findings=findings, checks=checks, leakage=STEPS)


def rich() -> Document:
    """Return a document with every figure, severity and status, and with hostile names in every place."""
    findings = [
        finding(
            "LEA101",
            "error",
            "`age`, `fare` and 2 more were scaled with statistics of train and test together.",
            splits=["train", "test"],
            columns=["age", "fare", HOSTILE[0], HOSTILE[4]],
            confidence=0.99991,
            why="Six constants equal the statistics of train and test together; no other subset matches. "
            "Scores on this test split are no longer an unbiased estimate.",
            fix="Fit the scaler on train alone:\n- scaler.fit(np.concatenate([train, test]))\n+ scaler.fit(train)\n"
            "  test = scaler.transform(test)",
            figure=FIGURES["matrix"],
            consequence="inflates the test score",
            evidence={"subsets_compared": 7, "likelihood_ratio": 1.2e9, "chance": 3e-7},
        ),
        finding(
            "BAT101",
            "error",
            "The file is ordered by label: it changes 9 times in 8,000 rows, 7,200 would be chance.",
            figure=FIGURES["strip"],
            consequence="shows the network one class at a time",
            fix="Shuffle the rows:\n+ loader = DataLoader(train, batch_size=64, shuffle=True)",
            evidence={"changes": 9, "expected": 7200.4, "p_value": 0.0},
        ),
        finding(
            "INP101",
            "error",
            "`cabin` misses 77% of its values.",
            columns=["cabin"],
            rows=list(range(100)),
            row_count=687,
            locations=[{"file": "train.csv", "line": i + 2} for i in range(100)],
            figure=FIGURES["bars"],
            evidence={
                "table": {
                    "caption": "Missing values",
                    "columns": ["column", HOSTILE[1], "share"],
                    "rows": [["cabin", 687, 0.771], [HOSTILE[0], 2, 0.0022]],
                    "total": 240,
                },
                "class_weights": {"0": 0.81, "1": 1.3},
                HOSTILE[1]: HOSTILE[0],
            },
        ),
        finding(
            "IMG101",
            "warning",
            "3 pictures cannot be decoded.",
            rows=["train/cat/1.jpg", f"train/{HOSTILE[1]}/2.jpg"],
            row_count=3,
            figure=FIGURES["pictures"],
        ),
        finding("NRM101", "warning", "The means fit no preset.", figure=FIGURES["ticks"], columns=[0, 1, 2]),
        finding("NRM106", "warning", "Column 3 hardly varies.", columns=[3], figure=FIGURES["histogram"]),
        finding("NRM106", "warning", "Column 4 hardly varies.", columns=[4], splits=["test"]),
        *(
            finding("INP112", "note", f"{name} is one of the names.", columns=[name], why=name, fix=name, splits=[name])
            for name in HOSTILE
        ),
    ]
    return base(
        verdict="fail",
        headline="Not ready to train on",
        summary="Training on this would inflate the test score and show the network one class at a time.",
        leakage=STEPS,
        dataset={
            "name": HOSTILE[0],
            "kind": "table",
            "stage": "raw",
            "task": "classification",
            "task_inferred": True,
            "target": "survived",
            "splits": {
                "train": {"rows": 600, "columns": 14, "role": "train"},
                "validation": {"rows": 100, "columns": 14, "role": "validation"},
                "test": {"rows": 200, "columns": 14, "role": "test"},
            },
            "notes": ["read as UTF-8, comma separated", HOSTILE[1]],
        },
        findings=findings,
        checks=[
            *(check(f["rule"], "found", f["splits"][0], severity=f["severity"]) for f in findings[:7]),
            check("INP112", "found", None, severity="note"),
            *(
                check("NRM105", "clean", split, measured="smallest std 0.02")
                for split in ("train", "validation", "test")
            ),
            check("INP102", "clean"),
            check("IMG103", "not-applicable", None, reason="the rows are no pictures"),
            check("LAB109", "skipped", None, reason=f"no target {HOSTILE[0]}"),
            check("LAB106", "crashed", None, reason="ValueError: " + HOSTILE[1]),
        ],
        features=[
            numeric("age", 29.7),
            numeric("fare", 33.2, ("NRM106",)),
            categorical("sex", ("male", "female")),
            categorical("cabin", HOSTILE[:5], ("INP101",)),
            when("boarded"),
            numeric(3, flags=("NRM106",)),
            *(categorical(name, HOSTILE[:3], ("INP112",)) for name in HOSTILE),
        ],
        classes={
            "target": "survived",
            "names": ["0", HOSTILE[1]],
            "counts": {"train": [370, 230], "validation": [60, 40], "test": [130, 70]},
            "total": 2,
            "rows": {"train": 600, "validation": 100, "test": 200},
        },
        checklist=[
            {"item": "37.1", "title": "Check your input data", "rules": ["INP101", "INP102"], "status": "found"},
            {"item": "37.12", "title": "Standardise the features", "rules": ["NRM101"], "status": "clean"},
            {"item": "37.16", "title": "Check the loss function", "rules": [], "status": "not-covered"},
            {"item": "11.1", "title": "Normalise your data", "rules": ["NRM105"], "status": "not-run"},
        ],
        provenance={
            **base()["provenance"],
            "command": f"dataaudit check titanic.csv --target '{HOSTILE[0]}'",
            "config": {"select": ["NRM"], HOSTILE[0]: HOSTILE[1]},
        },
    )


def wide(features: int = 100, classes: int = 10, findings: int = 8) -> Document:
    """Return a document with many features, classes and findings."""
    names = [f"feature_{j}" for j in range(features)]
    return base(
        verdict="warn",
        headline="Ready, with warnings",
        summary="Training on this would waste capacity.",
        dataset={
            **base()["dataset"],
            "name": "wide",
            "task": "classification",
            "target": "y",
            "splits": {
                "train": {"rows": 600, "columns": features, "role": "train"},
                "validation": {"rows": 100, "columns": features, "role": "validation"},
                "test": {"rows": 200, "columns": features, "role": "test"},
            },
        },
        findings=[
            finding(
                f"NRM{105 + i % 5}",
                "warning",
                f"Finding {i} concerns many columns.",
                columns=names[i:],
                rows=list(range(500)),
                row_count=500,
                place=str(i),
                fingerprint=f"{i:016x}",
                figure=FIGURES["strip"] if i % 4 == 0 else None,
                evidence={"table": {"caption": "", "columns": ["column", "std"], "rows": [[n, 1e-9] for n in names]}},
            )
            for i in range(findings)
        ],
        checks=[
            check(f"INP{100 + i % 80}", "clean", split) for i in range(80) for split in ("train", "validation", "test")
        ],
        features=[numeric(name, j / 7, ("NRM105",) if j % 9 == 0 else ()) for j, name in enumerate(names)],
        classes={
            "target": "y",
            "names": [f"class {k}" for k in range(min(classes, 50))],
            "counts": {s: [5 + k for k in range(min(classes, 50))] for s in ("train", "validation", "test")},
            "total": classes,
            "rows": {"train": 600, "validation": 100, "test": 200},
        },
    )


# ---------------------------------------------------------------- made by audits


def loaders() -> Document:
    """Return the document of a loader's audit: sorted train batches, one with NaN, and validation that is augmented."""
    import numpy as np

    import dataaudit

    x = np.random.default_rng(0).normal(size=(96, 3, 8, 8)).astype(np.float32)
    y = np.arange(96) // 24

    def build(epoch: int, split: str) -> Any:
        rng = np.random.default_rng([epoch, len(split)])
        for start in range(0, 96, 16):
            inputs = x[start : start + 16] + (rng.normal(0, 0.1, (16, 3, 8, 8)) if split == "val" else 0.0)
            inputs[3, 1, 2, 4] = np.nan if start == 32 else inputs[3, 1, 2, 4]
            yield inputs.astype(np.float32), y[start : start + 16]

    return dataaudit.audit_batches(build, probe=False).document


def stages() -> Document:
    """Return the document of a pipeline that shuffles pictures without their labels."""
    import numpy as np

    import dataaudit

    rng = np.random.default_rng(0)
    pictures = np.kron(rng.integers(0, 256, (40, 4, 4, 3)), np.ones((1, 4, 4, 1))).astype(np.uint8)
    labels = np.arange(40) % 4
    fed = (pictures[rng.permutation(40)] / 127.5 - 1.0).astype(np.float32)
    return dataaudit.audit_stages({"raw": (pictures, labels), "normalised": (fed, labels)}).document
