"""Other packages, each in a virtual environment of its own, so that the project never depends on them.

    with Peer("cleanlab[datalab]==2.9.0", cache=folder) as peer:
        answer = peer.run("peer_cleanlab.py", "tables", X=X, Y=Y)

Arrays go there and come back as npz files. Packages are installed with pip, as it is set up on the machine, in the same
version of scikit-learn as the project's own where they allow it.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import venv
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

CLEANLAB = "cleanlab[datalab]==2.9.0"
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""More threads than cores wait for each other; set before NumPy is imported."""


class Peer:
    """A package in its own environment.

    Parameters
    ----------
    package : str
        What pip installs, its version pinned.
    cache : Path or None
        Where environments are kept for the next time; none are kept if None.
    """

    def __init__(self, package: str, cache: Path | None = None) -> None:
        self._package = package
        self._scratch = tempfile.TemporaryDirectory(prefix="peer-")
        folder = cache if cache is not None else Path(self._scratch.name)
        self._home = folder.resolve() / re.sub(r"[^\w.]+", "-", package)

    @property
    def python(self) -> Path:
        """Its interpreter; the environment is made when this is first asked for."""
        python = self._home / ("Scripts" if os.name == "nt" else "bin") / "python"
        if not (self._home / "ready").exists():
            print(f"installing {self._package} into {self._home}", file=sys.stderr)
            venv.EnvBuilder(with_pip=True, clear=True).create(self._home)
            subprocess.run([python, "-m", "pip", "install", "-q", self._package], check=True)
            (self._home / "ready").touch()
        return python

    def run(self, script: str, *words: str, threads: int = 1, **arrays: NDArray[Any]) -> dict[str, NDArray[Any]]:
        """Run a script beside this file: `script words… in.npz out.npz`; return what it wrote.

        Parameters
        ----------
        script : str
            Its name.
        *words : str
            Arguments before the two files.
        threads : int
            Threads that its numeric libraries may start.
        **arrays : ndarray
            What it reads.
        """
        with tempfile.TemporaryDirectory(dir=self._scratch.name) as folder:
            there, back = Path(folder) / "in.npz", Path(folder) / "out.npz"
            np.savez(there, **_plain(arrays))
            command = [self.python, Path(__file__).with_name(script), *words, there, back]
            environment = {**os.environ, **{name: str(threads) for name in ONE_THREAD}}
            environment.pop("PYTHONPATH", None)
            subprocess.run([str(part) for part in command], check=True, env=environment, stdout=sys.stderr)
            with np.load(back) as answer:
                return dict(answer)

    def __enter__(self) -> Peer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._scratch.cleanup()


def _plain(arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    plain = {name: np.asarray(values) for name, values in arrays.items()}
    for name, values in plain.items():
        if values.dtype == object:
            raise TypeError(f"{name} holds Python objects, which npz files take only as pickles")
    return plain
