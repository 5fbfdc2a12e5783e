"""Tables on disk: what is read, and the sentence for each way a file can be wrong."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from grd_core.checks.data.tables import column_names, read_table
from grd_core.errors import DataError, UsageError


def write(folder: Path, content: bytes, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_csv_types_are_the_narrowest_that_hold_every_row(tmp_path: Path) -> None:
    lines = ["n,x,at,word", *(["1,2,2020-01-01,a"] * 60_000), "2.5,,2020-01-02,NA"]
    table = read_table(write(tmp_path, "\n".join(lines).encode()))
    types = [str(field.type) for field in table.schema]
    assert types[:2] == ["double", "int64"]
    assert types[2].startswith("date") or types[2].startswith("timestamp")
    assert table.column("x").null_count == 1
    assert table.column("word").null_count == 1


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_separator_is_told_from_the_header(separator: str, tmp_path: Path) -> None:
    text = separator.join("ab") + "\n" + separator.join("12") + "\n"
    assert read_table(write(tmp_path, text.encode())).column_names == ["a", "b"]


def test_a_byte_order_mark_is_no_part_of_a_name(tmp_path: Path) -> None:
    path = write(tmp_path, b"\xef\xbb\xbfa,b\n1,2\n")
    assert column_names(path) == ("a", "b")
    assert read_table(path).column_names == ["a", "b"]


def test_quoted_fields_may_hold_separators_and_lines(tmp_path: Path) -> None:
    table = read_table(write(tmp_path, b'a,b\n"x, y","line\nbreak"\n'))
    assert table.to_pylist() == [{"a": "x, y", "b": "line\nbreak"}]


def test_columns_come_in_the_order_asked_for(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1], "b": [2]}), tmp_path / "t.parquet")
    assert read_table(tmp_path / "t.parquet", ("b", "a")).column_names == ["b", "a"]
    assert read_table(write(tmp_path, b"a,b\n1,2\n"), ("b",)).column_names == ["b"]


def test_categories_come_back_as_values(tmp_path: Path) -> None:
    words = pa.array(["x", None, "x"]).dictionary_encode()
    pq.write_table(pa.table({"w": words}), tmp_path / "t.parquet")
    assert str(read_table(tmp_path / "t.parquet").schema.field("w").type) == "string"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "the file is empty"),
        (b"a,b\n", "the table has no rows"),
        (b"a,b\n1,2\n1,2,3\n", r"3 fields where the header has 2 \(.*t\.csv:3\)"),
        (b'a,b\n"x\ny",2\n1\n', r"1 fields where the header has 2 \(.*t\.csv:4\)"),
        (b"a,a\n1,2\n", r"the column `a` stands twice"),
        (b"a,,c\n1,2,3\n", "column 2 has no name"),
        (b"a,b\n1,2\n\xff,2\n", r"byte 0xff is not UTF-8 \(.*t\.csv:3\)"),
        (b"\xe9,b\n1,2\n", r"byte 0xe9 is not UTF-8 \(.*t\.csv:1\)"),
    ],
)
def test_a_broken_csv_is_one_sentence_with_its_line(
    content: bytes, sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=sentence):
        column_names(write(tmp_path, content))
        read_table(tmp_path / "t.csv")


def test_a_file_that_only_claims_to_be_parquet(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not readable as Parquet"):
        read_table(write(tmp_path, b"PAR1 no", "t.parquet"))


def test_a_missing_column_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="did you mean `arr_delay`"):
        read_table(write(tmp_path, b"arr_delay,b\n1,2\n"), ("arr_dely",))


def test_an_unknown_suffix_and_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="xlsx is not read"):
        read_table(tmp_path / "t.xlsx")
    with pytest.raises(DataError, match="there is no such file"):
        read_table(tmp_path / "t.csv")
