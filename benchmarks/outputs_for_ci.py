"""What the outputs for CI cost, and what a public validator says of the SARIF.

    python benchmarks/outputs_for_ci.py [VALIDATOR]

VALIDATOR is the program `Sarif.Multitool` of the npm package @microsoft/sarif-multitool-linux (MIT); without it only
sizes and times are told. Audits the sample data and a table of 20,000 rows of which 12,500 have a fault,
writes every output, and fails if one is larger than its limit or takes longer to write than a twentieth of the audit.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from dataaudit.api import audit
from dataaudit.demo import SAMPLES
from dataaudit.report.github import SUMMARY_BYTES
from dataaudit.report.report import Report

REPOSITORY = Path(__file__).resolve().parent.parent
SHARE = 0.05
RULES = "Sarif;Ghas"
"""Of the standard, and of GitHub's code scanning."""

FORMS: dict[str, tuple[Callable[[Report], str], int]] = {
    "sarif": (Report.to_sarif, 1_000_000),
    "junit": (Report.to_junit, 1_000_000),
    "gitlab": (Report.to_gitlab, 1_000_000),
    "github": (Report.to_github, 30_000),
    "markdown": (Report.to_markdown, 60_000),
    "summary": (lambda report: report.to_markdown(budget=SUMMARY_BYTES), SUMMARY_BYTES),
}


def faulty(path: Path, n: int = 20_000) -> Path:
    """Write a table of which ten rows in sixteen lack a value or a label, or stand in it twice."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({f"x{j}": rng.normal(size=n).round(4) for j in range(8)})
    frame["kind"] = rng.choice(["red", "Red", "blue", "blue "], n)
    frame["same"] = 1
    frame["y"] = np.where(frame["x0"] > 0, "sick", "well")
    for j in range(8):
        frame.loc[frame.index[j::16], f"x{j}"] = np.nan
    frame.loc[frame.index[8::16], "y"] = None
    frame.loc[frame.index[9::16]] = frame.loc[frame.index[10::16]].to_numpy()[: len(frame.index[9::16])]
    frame.to_csv(path, index=False)
    return path


def reports(folder: Path) -> Iterator[tuple[str, Report, float]]:
    """Yield name, report and seconds of each audit."""
    samples = REPOSITORY / "sample_data"
    for sample in SAMPLES:
        splits = {"validation": sample.validation, "test": sample.test}
        others = {split: samples / path for split, path in splits.items() if path}
        start = time.perf_counter()
        report = audit(samples / sample.train, target=sample.target, **others)
        yield sample.name, report, time.perf_counter() - start
    path = faulty(folder / "faulty.csv")
    start = time.perf_counter()
    report = audit(path, target="y", probe=False)
    yield "faulty, 20,000 rows", report, time.perf_counter() - start


def validated(validator: str, log: str, folder: Path) -> Counter[str]:
    """Return how many results of each level and rule the validator has for a log."""
    given, said = folder / "log.sarif", folder / "said.sarif"
    given.write_text(log, encoding="utf-8")
    command = [validator, "validate", str(given), "-o", str(said), "--rule-kind", RULES, "--log", "ForceOverwrite"]
    plain = {**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"}
    subprocess.run(command, check=True, capture_output=True, env=plain)
    (run,) = json.loads(said.read_text(encoding="utf-8-sig"))["runs"]
    results = run.get("results") or []
    return Counter(f"{result.get('level', 'warning')} {result['ruleId']}" for result in results)


def main(validator: str | None) -> int:
    """Print a line for each audit; return 1 if a limit is passed, or if the validator has an error to tell."""
    failed = False
    with tempfile.TemporaryDirectory() as name:
        os.chdir(REPOSITORY)
        for title, report, seconds in reports(Path(name)):
            told = []
            for form, (write, most) in FORMS.items():
                times = []
                for _ in range(3):  # the best of them: other programs run too
                    start = time.perf_counter()
                    text = write(report)
                    times.append(time.perf_counter() - start)
                took = min(times)
                failed |= len(text.encode()) > most or took > SHARE * seconds
                told.append(f"{form} {len(text.encode()):,} bytes in {1000 * took:.0f} ms")
            log = report.to_sarif()
            results = len(json.loads(log)["runs"][0]["results"])
            print(
                f"{title}: audit {seconds:.1f} s, {len(report.findings)} findings, {results} results; {'; '.join(told)}"
            )
            if validator:
                found = validated(validator, log, Path(name))
                failed |= any(key.startswith("error") for key in found)
                print(f"  validator: {dict(found) or 'nothing to say'}")
                broken = log.replace('"message":', '"massage":')  # it must be able to object
                failed |= not any(key.startswith("error") for key in validated(validator, broken, Path(name)))
    print("a limit was passed" if failed else "all within their limits")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else None))
