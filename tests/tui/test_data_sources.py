"""`grd data` on sources of every kind and on hostile ones: one sentence, and no control bytes."""

from __future__ import annotations

import json
import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from grd_core.errors import GrdError
from grd_core.study import Study, create_study
from grd_tui.cli.check import check
from grd_tui.cli.data import data
from tests.small_study import tides

ACTING = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202eplanted\u2066\u200b\x00"
STATED = (
    *("--origin", "a gauge", "--collected-how", "drawn", "--licence", "CC0", "--unit", "an hour"),
    *("--task", "regression", "--target", "level"),
)


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Study:
    made = create_study(tmp_path / "tides")
    monkeypatch.chdir(made.root)
    return made


def said(*words: str) -> Result:
    return CliRunner().invoke(data, words)


def refused(*words: str, expected: int = 6) -> str:
    done = CliRunner().invoke(data, words)
    error = done.exception
    assert error is not None, done.output
    assert isinstance(error, GrdError), error
    assert (error.exit_code, bool(error.fix)) == (expected, True)
    return str(error)


def is_harmless(text: str) -> bool:
    return not [char for char in text if char not in "\n" and not char.isprintable()]


def test_options_of_reading_are_told_on_the_command_line(study: Study) -> None:
    table = tides(60).rename(columns={"moon": "mönd"})
    table.to_csv("tides.csv", index=False, sep="|", encoding="latin-1")
    assert "is not UTF-8" in refused("add", "tides.csv", *STATED)
    done = said("add", "tides.csv", "--encoding", "latin-1", "--separator", "|", *STATED, "--json")
    told = json.loads(done.output)
    assert told["provenance"]["reading"] == {"encoding": "iso8859-1", "separator": "|"}
    assert "mönd" in [column["name"] for column in told["columns"]]


def test_a_table_or_a_query_of_a_database(study: Study) -> None:
    with closing(sqlite3.connect("tides.sqlite")) as made:
        tides(60).to_sql("hours", made, index=False)
        made.execute("CREATE TABLE other (a)")
    assert "its tables are hours, other" in refused("add", "tides.sqlite", *STATED, expected=2)
    assert "60 rows" in said("add", "tides.sqlite", "--table", "hours", *STATED).output
    query = "SELECT * FROM hours ORDER BY hour LIMIT 40"
    assert "40 rows" in said("add", "tides.sqlite", "--query", query, *STATED).output


def test_hidden_files_of_a_folder_are_left_out_and_said_so(study: Study) -> None:
    for name in ("a/1.txt", "b/2.txt", ".hidden", "b/.cache/x"):
        (study.root / "texts" / name).parent.mkdir(parents=True, exist_ok=True)
        (study.root / "texts" / name).write_text(name)
    words = [word for word in STATED if word not in {"level", "regression"}]
    words[words.index("--task") :] = ["--task", "binary", "--target", "label"]
    done = said("add", "texts", *words)
    assert "2 hidden files or folders of texts are left out" in done.output
    assert "2 rows × 5 columns" in done.output


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.csv", b"a,level\n1,2\n3\n"),
        ("t.csv", b"a,level\n"),
        ("t.csv", b""),
        pytest.param("t.csv", random.Random(5).randbytes(4096), id="noise"),
        ("t.csv", b"a\x1b[31m,a\x1b[31m\n1,2\n"),
        ("t.csv.gz", b"\x1f\x8b\x08\x00junk"),
        ("t.jsonl", b'{"\\u001b[31m": {"x": 1}}\n'),
        ("t.parquet", b"PAR1\x1b[2Jjunk"),
        ("t.arrow", b"\x1b]0;x\x07"),
        ("t.npy", b"\x93NUMPY\x01\x00v\x00{'descr': '\x1b[31m', }"),
        ("t.db", b"SQLite format 3\0\x1b[31m"),
        ("\x1b[31m.csv", b"a,a\n1,1\n"),
    ],
    ids=repr,
)
def test_bad_data_is_one_sentence(name: str, content: bytes, study: Study) -> None:
    (study.root / name).write_bytes(content)
    assert "\n" not in refused("add", name, *STATED)


def test_nothing_of_a_value_or_a_name_acts_on_the_terminal(study: Study) -> None:
    acting = ACTING.replace("\0", "")
    table = tides(120).rename(columns={"moon": f"moon{acting}"})
    table["formula"] = "=cmd|' /C calc'!A0"
    table["word"] = [f"{acting}{number % 3}" for number in range(len(table))]
    table.to_csv("tides.csv", index=False)
    for words in (
        ("add", "tides.csv", *STATED, "--id", "hour"),
        ("profile",),
        ("column", "word"),
        ("column", f"moon{acting}"),
        ("column", "formula"),
        ("split", "--strategy", "random"),
        ("freeze",),
        ("column", "word"),
    ):
        done = said(*words)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        assert is_harmless(done.output), ascii(done.output)
        told = CliRunner().invoke(data, [*words, "--json"]).output
        assert is_harmless(told)
    assert "=cmd|' /C calc'!A0" in said("column", "formula").output


def test_bare_files_may_be_folders(study: Study) -> None:
    for part in ("train", "test"):
        for number in range(30):
            path = study.root / part / ("a", "b")[number % 2] / f"{number}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{number if number < 5 else part}{number}")
    words = ["data", "--train", "train", "--test", "test", "--target", "label", "--id", "path"]
    found = json.loads(CliRunner().invoke(check, [*words, "--json"]).output)
    assert not [one for one in found["checks"] if one["status"] == "errored"]
