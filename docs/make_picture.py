"""Take the README's picture, docs/report.png, of the report on the faulty penguins; needs Chromium."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
SIZE = (1280, 1560)
QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


def main() -> None:
    """Open the committed report, and write the upper part of what is seen with 128 colours."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("Chromium is not installed.")
    page = (ROOT / "reports" / "penguins_faulty.html").as_uri()
    with tempfile.TemporaryDirectory() as folder:
        shot = Path(folder) / "shot.png"
        size = f"--window-size={SIZE[0]},{SIZE[1]}"
        subprocess.run([chromium, *QUIET, size, f"--screenshot={shot}", page], check=True, capture_output=True)
        with Image.open(shot) as picture:
            small = picture.convert("RGB").quantize(128, dither=Image.Dither.NONE)
    small.save(ROOT / "docs" / "report.png", optimize=True)


if __name__ == "__main__":
    main()
