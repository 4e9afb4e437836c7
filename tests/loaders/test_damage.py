"""Files with damaged bytes: whatever they are, the answer is rows or one clear line, never another exception."""

from __future__ import annotations

import bz2
import gzip
import io
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dataaudit.errors import DataauditError
from dataaudit.loaders import load

FRAME = pd.DataFrame(
    {"a": range(30), "b": [f'é{i % 7}, "y"' for i in range(30)], "d": pd.date_range("2020", periods=30)}
)
CSV = FRAME.to_csv(index=False).encode()
X = np.arange(60.0).reshape(30, 2)


def written(write: Callable[[io.BytesIO], object]) -> bytes:
    out = io.BytesIO()
    write(out)
    return out.getvalue()


@cache
def files() -> dict[str, bytes]:
    """Return sound files by name."""
    return {
        "a.csv": CSV,
        "b.csv": CSV.decode().encode("utf-16"),
        "a.csv.gz": gzip.compress(CSV),
        "a.csv.bz2": bz2.compress(CSV),
        "a.csv.zst": pa.compress(CSV, "zstd", asbytes=True),
        "a.jsonl": FRAME.to_json(orient="records", lines=True, date_format="iso").encode(),
        "a.xlsx": written(lambda out: FRAME.to_excel(out, index=False)),
        "a.parquet": written(lambda out: FRAME.to_parquet(out)),
        "a.feather": written(lambda out: FRAME.to_feather(out, compression="uncompressed")),
        "b.feather": written(lambda out: FRAME.to_feather(out, compression="lz4")),
        "a.npz": written(lambda out: np.savez(out, X=X, y=X[:, 0])),
        "b.npz": written(lambda out: np.savez_compressed(out, X=X, y=X[:, 0])),
        "a.npy": written(lambda out: np.save(out, X)),
    }


def read_all(path: Path) -> int:
    """Read a file as an audit does; return the number of rows."""
    rows = 0
    for source in load(path).sources.values():
        for chunk in source.chunks():
            rows += chunk.n_rows
            assert chunk.numbers.shape[1] == chunk.n_rows
            assert all(len(codes.indices) == chunk.n_rows for codes in chunk.codes.values())
        source.locate([0])
    return rows


@pytest.mark.parametrize("name", files())
def test_sound_files_have_all_rows(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(files()[name])
    assert read_all(tmp_path / name) == 30


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=400)
@given(
    st.sampled_from(sorted(files())),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=8),
    st.one_of(st.just(1.0), st.floats(0.01, 1)),
)
def test_damage_is_met_with_rows_or_one_clear_line(
    tmp_path: Path, name: str, hits: list[tuple[float, int]], keep: float
) -> None:
    content = bytearray(files()[name])
    for where, value in hits:
        content[int(where * len(content))] = value
    path = tmp_path / name
    path.unlink(missing_ok=True)  # a new file: an old one may still be mapped
    path.write_bytes(content[: max(1, int(keep * len(content)))])
    rows, message = 0, ""
    try:
        rows = read_all(path)
    except DataauditError as error:
        message = error.message
    assert rows > 0 or (str(tmp_path) in message and "\n" not in message)
