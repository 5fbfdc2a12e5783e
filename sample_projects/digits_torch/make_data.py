"""Build data/digits.parquet: 1,797 handwritten digits of 8 × 8 pixels, one row an image.

    pip install scikit-learn pyarrow
    python make_data.py [--out data/digits.parquet]

The source is the file that scikit-learn carries (`sklearn.datasets.load_digits`): the test
part of the UCI set "Optical Recognition of Handwritten Digits", 13 writers. No value is
changed. Four columns are added, none of which looks at a label:

image_id  1 to 1797, in the order of the source;
position  0 to 1796, the place in the source, which goes through one writer after another;
stretch   position // 30: images that were most likely written by the same hand;
ink       light, middle or heavy, by the sum of the 64 pixels (below 290, up to 320, above).

Pixels are called p00 to p77, row first; 0 is paper, 16 is ink. The same versions of
scikit-learn and pyarrow write the same bytes again.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from sklearn.datasets import load_digits

PIXELS = [f"p{row}{column}" for row in range(8) for column in range(8)]
IMAGES_A_STRETCH = 30
LIGHT, HEAVY = 290, 320

SCHEMA = pa.schema(
    [
        ("image_id", pa.int32()),
        ("position", pa.int16()),
        ("stretch", pa.int16()),
        ("ink", pa.string()),
        *((name, pa.uint8()) for name in PIXELS),
        ("digit", pa.int8()),
    ]
)


def build() -> pa.Table:
    """Every image in the order of the source."""
    source = load_digits()
    position = np.arange(len(source.target))
    total = source.data.sum(axis=1)
    columns = {
        "image_id": position + 1,
        "position": position,
        "stretch": position // IMAGES_A_STRETCH,
        "ink": np.select([total < LIGHT, total <= HEAVY], ["light", "middle"], "heavy"),
        **{name: source.data[:, place] for place, name in enumerate(PIXELS)},
        "digit": source.target,
    }
    return pa.table(
        [pa.array(columns[field.name]).cast(field.type) for field in SCHEMA], schema=SCHEMA
    )


def write(table: pa.Table, path: Path) -> None:
    """Write Parquet with fixed types and one row group."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(
        table, path, compression="zstd", compression_level=19, row_group_size=table.num_rows
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Build the digits table.")
    default = Path(__file__).parent / "data" / "digits.parquet"
    parser.add_argument("--out", type=Path, default=default)
    out = parser.parse_args().out
    table = build()
    write(table, out)
    size = out.stat().st_size
    print(f"{out}: {table.num_rows:,} rows, {table.num_columns} columns, {size:,} bytes")


if __name__ == "__main__":
    main()
