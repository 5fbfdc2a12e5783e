"""CSV and JSON lines: encodings, separators, compression, and a sentence for each fault."""

from __future__ import annotations

import gzip
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from grd_core.checks.data.reading.options import ReadOptions
from grd_core.checks.data.reading.text_stream import LARGEST_LINE
from grd_core.checks.data.tables import column_names, read_table
from grd_core.errors import DataError, UsageError

ROWS = [{"city": "Zürich", "n": 1}, {"city": "Kraków", "n": 2}]
TEXT = "city,n\nZürich,1\nKraków,2\n"
NOISE = random.Random(4).randbytes(9999)


def written(folder: Path, content: bytes | str, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        ("utf-8", ""),
        ("utf-8-sig", ""),
        ("utf-8-sig", "utf-8"),
        ("utf-16", ""),
        ("utf-32", ""),
        ("utf-16-le", "utf-16-le"),
        ("iso-8859-2", "latin2"),
        ("cp1250", "windows-1250"),
    ],
)
def test_text_is_read_in_its_encoding(encoding: str, declared: str, tmp_path: Path) -> None:
    path = written(tmp_path, TEXT.encode(encoding))
    assert read_table(path, options=ReadOptions(encoding=declared)).to_pylist() == ROWS
    assert column_names(path, ReadOptions(encoding=declared)) == ("city", "n")


def test_a_mark_is_no_part_of_a_name_where_the_byte_order_is_declared(tmp_path: Path) -> None:
    path = written(tmp_path, ("\ufeff" + TEXT).encode("utf-16-be"))
    assert column_names(path, ReadOptions(encoding="utf-16-be")) == ("city", "n")


def test_integers_of_twenty_digits_stay_apart(tmp_path: Path) -> None:
    rows = "18446744073709551616,1e300\n18446744073709551617,2.5\n,\n"
    first, second, third = read_table(written(tmp_path, f"id,x\n{rows}")).to_pylist()
    assert (first["id"], second["id"]) == ("18446744073709551616", "18446744073709551617")
    assert (first["x"], third["id"], third["x"]) == (1e300, None, None)
    assert read_table(tmp_path / "t.csv", ("x",)).column("x").to_pylist()[0] == 1e300


def test_json_text_that_is_not_always_a_date_is_text(tmp_path: Path) -> None:
    path = written(tmp_path, '{"d": "2020-01-01", "n": null}\n{"d": "soon", "n": 2}\n', "t.jsonl")
    assert read_table(path).to_pylist() == [{"d": "2020-01-01", "n": None}, {"d": "soon", "n": 2}]


def test_a_character_cut_by_the_pieces_of_the_stream_is_whole(tmp_path: Path) -> None:
    lines = "a\n" + "é" * 700_000 + "\n" + "x" * 3 + "ü" * 700_000 + "\n"
    first, second = read_table(written(tmp_path, lines)).column("a").to_pylist()
    assert (first, second) == ("é" * 700_000, "xxx" + "ü" * 700_000)


def test_a_byte_far_down_that_is_no_text_is_told_and_makes_no_column_of_bytes(
    tmp_path: Path,
) -> None:
    path = written(tmp_path, b"a,b\n" + b"word,1\n" * 400_000 + b"w\xf6rd,1\n")
    with pytest.raises(DataError, match=r"byte 0xf6 is not UTF-8 \(.*:400002\).*cp1252"):
        read_table(path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a|b\n1|2\n", ["a", "b"]),
        ("a;b,c;d\n1;2,5;3\n4;5,5;6\n", ["a", "b,c", "d"]),
        ('"x;y",b\n"1;2",3\n', ["x;y", "b"]),
        ("alone\n1\n", ["alone"]),
        ("\n\na\tb\n1\t2\n", ["a", "b"]),
        ("a,b\r1,2\r", ["a", "b"]),
    ],
)
def test_an_ambiguous_header_is_decided_by_the_rows(
    text: str, expected: list[str], tmp_path: Path
) -> None:
    assert read_table(written(tmp_path, text)).column_names == expected


def test_a_tsv_is_cut_at_tabs_alone(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, "text\nso, it is\n", "t.tsv"))
    assert table.to_pylist() == [{"text": "so, it is"}]


def test_a_declared_separator_counts(tmp_path: Path) -> None:
    path = written(tmp_path, "a:b,c\n1:2,5\n")
    assert read_table(path, options=ReadOptions(separator=":")).column_names == ["a", "b,c"]
    path = written(tmp_path, "a,x\tb\n1\t2\n")
    assert read_table(path, options=ReadOptions(separator="tab")).column_names == ["a,x", "b"]


def test_gz_is_unpacked(tmp_path: Path) -> None:
    path = written(tmp_path, gzip.compress(TEXT.encode()), "t.csv.gz")
    assert read_table(path).to_pylist() == ROWS
    lines = b'{"city": "Bern"}\n{"n": 2.5}\n'
    path = written(tmp_path, gzip.compress(lines), "t.jsonl.gz")
    assert read_table(path).to_pylist() == [{"city": "Bern", "n": None}, {"city": None, "n": 2.5}]
    assert column_names(path) == ("city", "n")


def test_formulas_of_spreadsheets_are_text_and_stay_as_they_are(tmp_path: Path) -> None:
    formula = "=cmd|' /C calc'!A0"
    path = written(tmp_path, f'a,b\n"{formula}",1\n@SUM(A1),2\n+1+1,3\n')
    assert read_table(path).column("a").to_pylist() == [formula, "@SUM(A1)", "+1+1"]


def test_an_inch_mark_is_no_open_quote(tmp_path: Path) -> None:
    assert read_table(written(tmp_path, 'size,n\n5" pipe,1\n')).to_pylist() == [
        {"size": '5" pipe', "n": 1}
    ]


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"\n \n\n", "t.csv", r"column 1 has no name"),
        (b"\n\n", "t.csv", "nothing but empty lines"),
        (b"\xef\xbb\xbf", "t.csv", "nothing but empty lines"),
        (b'a,b\n1,2\n3,"4\n5,6\n', "t.csv", r"not closed \(.*t\.csv:3\)"),
        (b'a,b\n1,"x\ny"\n1,2,3\n', "t.csv", r"3 fields where the header has 2 \(.*:4\)"),
        (b"a,b\n1,\0\n", "t.csv", r"a NUL byte .*\(.*t\.csv:2\)"),
        ("a,b\n1,2\n".encode("utf-16-le"), "t.csv", "UTF-16 without a mark"),
        (bytes(range(1, 256)) * 40, "t.csv", "is not UTF-8"),
        (NOISE[:16] + b"\0" * 64, "t.csv", r"not UTF-8|NUL byte|is a|longer"),
        (b"PK\x03\x04junk", "t.csv", "zip archive, as spreadsheets are"),
        (gzip.compress(b"a,b\n", mtime=0), "t.csv", r"compressed with gzip .*ends in \.gz"),
        (b"a,b\n1,2\n", "t.csv.gz", "not sound gzip"),
        (gzip.compress(b"a,b\n" + NOISE, mtime=0)[:-999], "t.csv.gz", "ends early|not UTF-8"),
        (
            gzip.compress(b"a,b\n" + b"1,2\n" * 9999, mtime=0)[:-9],
            "t.csv.gz",
            "ends early or is damaged",
        ),
        (b"a\n" + b"x" * (LARGEST_LINE + 9), "t.csv", r"longer than 16 MiB \(.*:2\)"),
        (b'{"a": 1}\n{"a": \n', "t.jsonl", r"is no JSON.*\(.*t\.jsonl:2\)"),
        (b'{"a": 1}\n[1]\n', "t.jsonl", r"holds an array, not an object \(.*:2\)"),
        (b'[{"a": 1}]\n', "t.ndjson", r"holds an array, not an object \(.*:1\)"),
        (b'{"a": 1}\n\n{"a": {"b": 1}}\n', "t.jsonl", r"`a` holds an object.*:3\).*flatten"),
        (b'{"a": 1}\n{"b": [1]}\n', "t.jsonl", r"`b` holds an array.*:2\)"),
        (b'{"a": 1}\n{"a": "x"}\n', "t.jsonl", r"`a` is text here and a number on line 1"),
        (b'{"a": 1, "a": 2}\n', "t.jsonl", r"the key `a` stands twice \(.*:1\)"),
        (b'{"a": 1}\n{"b": "\xff"}\n', "t.jsonl", r"byte 0xff is not UTF-8 \(.*:2\)"),
        (b'{"a": 2.5}\n{"a": 18446744073709551617}\n', "t.jsonl", r"more than 64 bits \(.*:2\)"),
        (b"{}\n{}\n", "t.jsonl", "no columns"),
        (b"\n\n", "t.jsonl", "cannot be read|no columns"),
        (b'{"a": 1}\n' + b"[" * 100_000 + b"\n", "t.jsonl", r"no JSON.*:2\)"),
    ],
    ids=lambda value: repr(value)[:24],
)
def test_each_fault_is_one_sentence_with_its_line(
    content: bytes, name: str, sentence: str, tmp_path: Path
) -> None:
    path = written(tmp_path, content, name)
    with pytest.raises(DataError, match=sentence) as told:
        read_table(path)
    assert str(path) in told.value.where
    assert told.value.fix


@pytest.mark.parametrize(
    ("options", "name", "sentence"),
    [
        (ReadOptions(encoding="cp1525"), "t.csv", "no text encoding 'cp1525'.*did you mean cp1252"),
        (ReadOptions(encoding="rot13"), "t.csv", "no text encoding"),
        (ReadOptions(encoding="base64"), "t.csv", "no text encoding"),
        (ReadOptions(separator="::"), "t.csv", "cannot separate fields"),
        (ReadOptions(separator='"'), "t.csv", "cannot separate fields"),
        (ReadOptions(separator=";"), "t.parquet", "`separator` says nothing about"),
        (ReadOptions(query="SELECT 1"), "t.csv", "`query` says nothing about"),
    ],
)
def test_options_that_make_no_sense_are_refused(
    options: ReadOptions, name: str, sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=sentence):
        read_table(written(tmp_path, TEXT, name), options=options)


@pytest.mark.parametrize("name", ["t.csv.bz2", "t.parquet.gz", "t.xlsx", "table"])
def test_what_is_not_read_is_named(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"not read \(.*give \.csv"):
        read_table(written(tmp_path, TEXT, name))


ENDLESS = """
import resource, sys
from pathlib import Path
from grd_core.checks.data.tables import read_table
from grd_core.errors import DataError
import pyarrow.csv
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    read_table(Path(sys.argv[1]))
except DataError as error:
    print(error.sentence())
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10)
"""


def test_a_billion_characters_in_a_cell_are_refused_without_holding_them(tmp_path: Path) -> None:
    path = written(tmp_path, "a,b\n1,2\n3,")
    with path.open("r+b") as stream:
        stream.seek(0, os.SEEK_END)
        for _ in range(40):
            stream.write(b"x" * (1 << 20))
        stream.seek(10**9)
        stream.write(b"\n")
    done = subprocess.run(
        [sys.executable, "-c", ENDLESS, str(path)], capture_output=True, text=True, check=True
    )
    sentence, grown_mib = done.stdout.splitlines()
    assert "longer than 16 MiB" in sentence
    assert f"{path}:3" in sentence
    assert int(grown_mib) < 200


def test_a_value_of_many_lines_that_never_ends_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, b'a,b\n1,2\n3,"' + (b"x" * 999_999 + b"\n") * 20)
    with pytest.raises(DataError, match=r"a quote is opened and not closed \(.*t\.csv:3\)"):
        read_table(path)
