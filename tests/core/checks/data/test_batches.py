"""Tables batch by batch: the same rows as the whole, in every format, with its faults."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from grd_core.checks.data.batches import open_batches, spread_blocks, table_batches
from grd_core.errors import DataError


def some(rows: int = 1000) -> pd.DataFrame:
    chance = np.random.default_rng(0)
    words = pd.Series(chance.choice(["a", "b"], rows)).astype("category")
    return pd.DataFrame({"n": np.arange(rows), "x": chance.normal(size=rows), "w": words})


@pytest.mark.parametrize("name", ["t.parquet", "t.csv"])
def test_batches_are_the_table(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if name.endswith("csv"):
        some().to_csv(path, index=False)
    else:
        some().to_parquet(path, row_group_size=300)
    batches = list(table_batches(path, ["w", "n"], rows=128))
    assert max(len(batch) for batch in batches) <= 128
    joined = pa.Table.from_batches(batches)
    assert joined.column_names == ["w", "n"]
    assert joined.column("n").to_pylist() == list(range(1000))
    assert joined.column("w").to_pylist() == some()["w"].tolist()  # words, no dictionary
    source = open_batches(path)
    assert (source.rows, source.schema.field("w").type) == (1000, pa.string())
    assert sum(len(batch) for batch in source.batches()) == 1000


def test_faults_are_sentences(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    path.write_bytes(b"PAR1 no more")
    with pytest.raises(DataError, match="not readable as Parquet"):
        open_batches(path)
    some(0).to_parquet(path)
    with pytest.raises(DataError, match="no rows"):
        open_batches(path)
    some().to_parquet(path)
    with pytest.raises(DataError, match="no column `m`"):
        list(table_batches(path, ["m"]))
    content = bytearray(path.read_bytes())
    content[200:4000] = b"\xff" * 3800
    path.write_bytes(content)
    with pytest.raises(DataError, match="not readable as Parquet"):
        list(table_batches(path))


@pytest.mark.parametrize("name", ["t.parquet", "t.csv"])
def test_blocks_are_spread_over_the_file(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if name.endswith("csv"):
        some(9000).to_csv(path, index=False)
    else:
        some(9000).to_parquet(path, row_group_size=1000)
    held = spread_blocks(open_batches(path), 900, 9)
    numbers = np.concatenate([batch.column(0).to_numpy() for batch in held.batches()])
    assert held.rows == numbers.size == 900
    assert (np.diff(numbers) > 0).all()
    assert len(set(numbers // 1000)) == 9
    assert spread_blocks(open_batches(path), 10_000, 9).rows == 9000


def test_one_row_group_is_looked_at_from_its_beginning(tmp_path: Path) -> None:
    pq.write_table(pa.table({"n": range(5000)}), tmp_path / "t.parquet", row_group_size=5000)
    held = spread_blocks(open_batches(tmp_path / "t.parquet"), 800, 8)
    assert held.rows == 800
