"""The demonstration: audits of the sample data."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dataaudit.errors import SourceError

if TYPE_CHECKING:
    from dataaudit.report.report import Report


@dataclass(frozen=True)
class Sample:
    """One data set of the demonstration.

    Attributes
    ----------
    name : str
        Of its reports.
    title : str
        What it is, in a few words.
    train : str
        Below the folder of samples.
    validation, test : str or None
        Likewise, where they are files of their own.
    target : str or None
        Label column.
    """

    name: str
    title: str
    train: str
    validation: str | None = None
    test: str | None = None
    target: str | None = None

    @property
    def command(self) -> str:
        """The command that makes the same report, from the root of the repository."""
        words = ["dataaudit", "check", f"sample_data/{self.train}"]
        for flag, path in (("--validation", self.validation), ("--test", self.test)):
            words += [flag, f"sample_data/{path}"] if path else []
        words += ["--target", self.target] if self.target else []
        return shlex.join([*words, "--html", f"reports/{self.name}.html"])


def _penguins(name: str, title: str) -> Sample:
    train, validation, test = (f"{name}/{split}.csv" for split in ("train", "validation", "test"))
    return Sample(name, title, train, validation, test, target="species")


SAMPLES = (
    _penguins("penguins", "a clean table"),
    _penguins("penguins_faulty", "the same table with eight faults"),
    Sample("wine_scaled", "arrays standardised before the split", "wine/wine_scaled.npz"),
    Sample("digits_images", "pictures, two of them broken", "digits/digits_images"),
)


def sample_folder() -> Path:
    """Return the folder of the sample data: the repository's, or the copy in the installed package.

    Raises
    ------
    SourceError
        If neither is there.
    """
    package = Path(__file__).resolve().parent
    for folder in (package.parent / "sample_data", package / "_sample_data"):
        if (folder / SAMPLES[0].train).is_file():
            # from the repository's root "sample_data", so that no report tells where the clone lies
            return folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder
    raise SourceError("The sample data is not installed.", "Install dataaudit from its wheel, or clone the repository.")


def run(into: Path) -> Iterator[tuple[Sample, Report]]:
    """Audit one sample after the other, and write its report as HTML and as JSON.

    Parameters
    ----------
    into : Path
        Folder for the reports; made where it is missing.

    Yields
    ------
    Sample, Report
        As soon as both files are written.
    """
    from dataaudit.api import audit

    folder = sample_folder()
    for sample in SAMPLES:
        train, validation, test = (
            str(folder / p) if p else None for p in (sample.train, sample.validation, sample.test)
        )
        report = audit(train, validation, test, sample.target, command=sample.command)
        report.to_html(into / f"{sample.name}.html")
        report.to_json(into / f"{sample.name}.json")
        yield sample, report
