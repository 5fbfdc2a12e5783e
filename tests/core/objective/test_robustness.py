"""Whatever bytes stand in OBJECTIVE.md: a document, or a sentence that names the line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grd_core.errors import ConfigError
from grd_core.objective.diff_lines import diff_rows
from grd_core.objective.document import Document, parse
from grd_core.objective.drift import drift
from grd_core.objective.frontmatter import Malformed
from grd_core.objective.reading import LARGEST, read_bytes
from grd_core.objective.rules import validate
from tests.objectives import OBJECTIVE

VALID = OBJECTIVE.encode()
NASTY = [
    word.encode("utf-8", "surrogatepass")
    for word in (
        *("\0", "\t", "\r", "\r\n", "\n", "---\n", "...\n", "\ufeff", "\ud800", "\x85", "\u2028"),
        *(
            "\u202e",
            "\u200b",
            "&a ",
            "*a",
            "<<: ",
            "!!python/object ",
            "! ",
            ": ",
            " #",
            "- ",
            "? ",
        ),
        *("[", "]", "{", "}", "'", '"', "|\n", ">", "%YAML 1.1\n", "0o7", "1e999", ".nan", "-.inf"),
        *(
            "9" * 400,
            "null",
            "~",
            "yes",
            "2020-01-01",
            "metrics:\n",
            "evaluation: []\n",
            "\x1b[31m",
        ),
    )
]


def sentence(raw: bytes) -> str:
    """The first problem; every one is a line of its own that a terminal may print."""
    document = parse(raw)
    if isinstance(document, Document):
        found = validate(document)
        return found[0].sentence() if found else ""
    assert document.problems
    for problem in document.problems:
        assert problem.message and problem.fix
        assert problem.line <= raw.count(b"\n") + raw.count(b"\r") + 1
    return document.problems[0].sentence()


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_a_valid_file_with_anything_put_into_it(data: st.DataObject) -> None:
    raw = VALID
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(raw)))
        cut = data.draw(st.sampled_from([0, 0, 1, 7, 60]))
        new = data.draw(st.sampled_from(NASTY) | st.binary(max_size=4))
        raw = raw[:at] + new + raw[at + cut :]
    sentence(raw)
    moved = drift(VALID, raw)
    assert moved.identical == (raw == VALID)
    assert moved.changes or moved.fault or moved.identical
    rows = diff_rows(VALID, raw)
    assert all(row.kind == "same" for row in rows) or raw != VALID


def put(old: str, new: str) -> bytes:
    assert OBJECTIVE.count(old) >= 1
    return OBJECTIVE.replace(old, new, 1).encode()


ODD = {
    "no front matter": (b"hello\n", "there is no front matter"),
    "never closed": (b"---\nid: x\n", "the front matter is never closed"),
    "empty": (b"", "the file is empty"),
    "binary": (bytes(range(128, 256)), "the file is not UTF-8"),
    "UTF-32": (OBJECTIVE.encode("utf-32"), "UTF-32"),
    "a lone surrogate": (b"---\nid: \xed\xa0\x80\n---\n", "line 2: the file is not UTF-8"),
    "a tab": (put("    role", "\t role"), "line 10: a tab indents this line"),
    "a hidden line break": (put("Does", "Do\u2028es"), "line 3: a line break that an editor does"
                            " not show (U+2028)"),
    "a hidden character": (put("role:", "ro\u200ble:"), "unknown key `ro\\u200ble`"),
    "an anchor": (b"---\na: &x 1\nb: *x\n---\n", "line 2, a: anchors and aliases"),
    "a billion laughs": (b"---\na: &a [l,l]\nb: &b [*a,*a]\n---\n", "anchors and aliases"),
    "a merge key": (b"---\n<<: {id: x}\n---\n", "unknown key `<<`"),
    "a tag": (b"---\na: !!python/object/apply:os.system [ls]\n---\n", "the tag tag:yaml.org"),
    "a key twice": (put("task: regression", "task: binary\ntask: regression"), "is set twice, first"
                    " on line 5"),
    "an empty key": (b'---\n"": 1\n---\n', "line 2: a key is empty"),
    "a list at the top": (b"---\n- id\n---\n", "is not a list of `key: value` lines"),
    "several documents": (b"---\nid: x\n...\n---\nid: y\n---\n", "`title` is missing"),
    "nested deeply": (b"---\na: " + b"[" * 100_000 + b"\n---\n", "nested too deeply"),
    "very many values": (put("[line, depot]", f"[{'a,' * 20_000}]"), "more than 10,000 values"),
    "octal": (put("seeds: 5", "seeds: 0o5"), "`seeds` is not a whole number"),
    "a sexagesimal": (put("seeds: 5", "seeds: 5:30"), "`seeds` is not a whole number"),
    "not a number": (put("threshold: 4.0", "threshold: .nan"), "`threshold` is not a number"),
    "too many digits": (put("seeds: 5", "seeds: " + "9" * 5_000), "not a whole number"),
    "a long key": (put("strata:", "k" * 1_000 + ": 1\nstrata:"), "kkkk…`"),
}  # fmt: skip


@pytest.mark.parametrize("what", ODD)
def test_one_clear_sentence(what: str) -> None:
    raw, expected = ODD[what]
    said = sentence(raw)
    assert expected in said, said
    assert "\n" not in said and said.isprintable() and len(said) < 400


def test_a_date_and_an_octal_looking_word_stay_text() -> None:
    document = parse(put("id: late-trains", "id: 2020-01-01"))
    assert isinstance(document, Document)
    assert document.objective.id == "2020-01-01"


@pytest.mark.parametrize("change", [
    lambda raw: raw.replace(b"\n", b"\r\n"),
    lambda raw: raw.replace(b"\n", b"\r"),
    lambda raw: b"\xef\xbb\xbf" + raw,
    lambda raw: raw.replace(b"id: ", b"id:\t", 1),
    lambda raw: raw + b"word and " * 120_000,
    lambda raw: raw.replace(b"title:", b"title:" + b" " * 1_000_000, 1),
])  # fmt: skip
def test_ends_of_lines_space_and_a_megabyte_lose_nothing(change) -> None:  # type: ignore[no-untyped-def]
    document = parse(change(VALID))
    plain = parse(VALID)
    assert not isinstance(document, Malformed) and not isinstance(plain, Malformed)
    assert document.objective == plain.objective


@pytest.mark.parametrize("what", ["folder", "pipe", "loop", "missing", "huge"])
def test_what_is_no_file_is_a_sentence_and_never_waited_for(what: str, tmp_path: Path) -> None:
    path = tmp_path / "OBJECTIVE.md"
    if what == "folder":
        path.mkdir()
    elif what == "pipe":
        os.mkfifo(path)
    elif what == "loop":
        path.symlink_to(path)
    elif what == "huge":
        path.touch()
        os.truncate(path, LARGEST + 1)
    with pytest.raises(ConfigError, match=r"OBJECTIVE\.md") as caught:
        read_bytes(path)
    assert caught.value.fix
