"""IMG101 corrupt-image."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from dataaudit.analyzers.common import percent, plural
from dataaudit.model import Finding, NotApplicable, Passed, Severity, SplitView, option
from dataaudit.registry import register
from dataaudit.stats.pixels import PictureFiles


@register
@dataclass(frozen=True)
class CorruptImage:
    """Picture files that cannot be decoded, or whose suffix names another format.

    ## Why it matters
    A truncated or unreadable file ends an epoch with an exception in a worker, or is silently replaced by grey.

    ## How it decides
    Decodes every file to its last pixel. What the decoder refuses is an error: truncated, empty, not a picture, or
    declared larger than a decompression bomb's limit (178,956,970 pixels, Pillow's own; such a file is refused
    before it is decoded). A file that decodes, but as another format than its suffix names, is a warning. Up to
    `allowed` broken files in a split are tolerated.

    ## What to do
    Fetch or export the file again; if that is not possible, remove it and its label. Rename misnamed files.

    ## When to ignore it
    Your loader skips broken files on purpose, and the number here is what you expect.

    ## When it cannot tell
    Damage that leaves a decodable stream, such as a wrong picture under a right name.
    """

    code: ClassVar[str] = "IMG101"
    name: ClassVar[str] = "corrupt-image"
    severity: ClassVar[Severity] = Severity.ERROR
    consequence: ClassVar[str] = "ends an epoch with an exception in a worker"
    tips: ClassVar[tuple[str, ...]] = ("37.1",)

    allowed: int = option(0, "broken files that are tolerated in a split")

    def needs(self) -> tuple[PictureFiles]:
        return (PictureFiles(),)

    def judge(self, split: SplitView) -> Iterator[Finding | Passed]:
        if not split.schema.pictures:
            raise NotApplicable("the rows are no picture files")
        files = split.get(PictureFiles())
        if files.n_broken > self.allowed:
            reasons: dict[str, int] = {}
            for _, _, reason in files.broken:
                reasons[_short(reason)] = reasons.get(_short(reason), 0) + 1
            ranked = sorted(reasons.items(), key=lambda r: (-r[1], r[0]))
            most = ", ".join(f"{n:,} {why}" for why, n in ranked[:3])
            others = files.n_broken - sum(n for _, n in ranked[:3])
            most += f" and {others:,} for other reasons" if others else ""
            yield Finding(
                f"{plural(files.n_broken, 'picture')} of {files.n_pictures:,} cannot be decoded "
                f"({percent(files.n_broken / files.n_pictures)}): {most}",
                rows=tuple(row for row, _, _ in files.broken),
                row_count=files.n_broken,
                evidence={"table": _table("What the decoder said", "reason", files.broken, files.n_broken)},
                place="broken",
                fix="Fetch these files again, or remove them together with their labels.",
            )
        if files.n_misnamed:
            first = files.misnamed[0]
            yield Finding(
                f"{plural(files.n_misnamed, 'picture')} "
                f"{'has' if files.n_misnamed == 1 else 'have'} a suffix of another format: {first[1]} is {first[2]}",
                rows=tuple(row for row, _, _ in files.misnamed),
                row_count=files.n_misnamed,
                severity=Severity.WARNING,
                evidence={"table": _table("Suffix and content", "content", files.misnamed, files.n_misnamed)},
                place="misnamed",
                fix="Rename the files, or re-encode them; decoders that trust the suffix fail on them.",
            )
        yield Passed(f"{files.n_pictures:,} files decoded to the last pixel")


_COUNTED = {
    "broken data stream when reading image file": "with a broken data stream",
    "damaged header": "with a damaged header",
    "image file is truncated": "truncated",
    "not a picture in any known format": "in no known format",
    "the file is empty": "empty",
}
"""What decoders say, in words that a number can stand before."""


def _short(reason: str) -> str:
    said = reason.split("(")[0].split(":")[0].strip() or "unreadable"
    return _COUNTED.get(said, said)


def _table(caption: str, what: str, files: list[tuple[int, str, str]], total: int) -> dict[str, Any]:
    return {
        "caption": caption,
        "columns": ["file", what],
        "rows": [[path, text] for _, path, text in files[:200]],
        "total": total,
    }
