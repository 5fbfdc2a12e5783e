"""`grd note`: writing, listing, refusing; and where else a shell sees what was noted."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from grd_core.study import Study
from grd_tui.cli.root import run
from tests.old_study import study_before_notes

HOSTILE = "loss \x1b[2J\x1b]0;mine\x07 jumps \u202eback"


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Study:
    """Made before there were notes."""
    made = study_before_notes(tmp_path / "study")
    monkeypatch.chdir(made.root)
    return made


def printed_on_stdin(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))


def test_a_note_is_written_and_listed(study: Study, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["note", "1"]) == 0
    assert "no note on 001-the-mean/01 yet" in capsys.readouterr().out
    assert run(["note", "1/1", "spikes at", "step 40"]) == 0
    assert capsys.readouterr().out == "note 1 on run 1 001-the-mean/01\n"
    assert run(["note", "1", "calm again", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["text"] == "calm again"
    assert run(["note", "1", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["run_id"], told["run"]) == (1, "001-the-mean/01")
    assert [one["text"] for one in told["notes"]] == ["spikes at step 40", "calm again"]
    assert all(one["at"] and one["author"] for one in told["notes"])


def test_standard_input_is_a_note_with_its_lines(
    study: Study, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    printed_on_stdin(monkeypatch, "first line\n\nthird: é\n".encode())
    assert run(["note", "1", "-"]) == 0
    assert run(["note", "1"]) == 0
    assert capsys.readouterr().out.endswith("    first line\n\n    third: é\n")


@pytest.mark.parametrize(
    ("words", "stdin", "said"),
    [
        (("9", "seen"), b"", "no run is called '9': runs are 1 to 1"),
        (("9",), b"", "no run is called '9': runs are 1 to 1"),
        (("1", ""), b"", "the note is empty"),
        (("1", "-"), b" \n", "the note is empty"),
        (("1", "-"), b"x" * 4001, "the note has 4,001 characters"),
        (("1", "-"), b"x" * 10_000_000, "4,000 is the most"),
        (("1", "-"), b"caf\xe9", "the note is no UTF-8 text"),
    ],
    ids=["no run", "none to list", "empty", "empty input", "long", "endless", "bytes"],
)
def test_a_refusal_is_one_sentence(
    study: Study,
    words: tuple[str, ...],
    stdin: bytes,
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    printed_on_stdin(monkeypatch, stdin)
    assert run(["note", *words]) == 2
    shown = capsys.readouterr()
    assert not shown.out
    assert said in shown.err
    assert len(shown.err.splitlines()) == 1


def test_a_read_only_study_refuses_it_and_lists_none(
    study: Study, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)  # root may write anywhere
    assert run(["note", "1", "seen"]) == 6
    assert "the study is read-only" in capsys.readouterr().err
    assert run(["note", "1"]) == 0
    assert run(["verify", "--json"]) == 0


@pytest.mark.parametrize(
    "words",
    [
        ("note", "1"),
        ("watch", "1", "--once"),
        ("experiment", "show", "1"),
        ("diff", "1", "1"),
        ("search", "jumps"),
    ],
    ids=" ".join,
)
def test_a_note_is_told_with_its_run_and_steers_no_terminal(
    study: Study, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["note", "1", HOSTILE]) == 0
    capsys.readouterr()
    assert run([*words]) == 0
    # A search marks the words it found.
    shown = capsys.readouterr().out.replace("«jumps»", "jumps")
    assert "loss <1B>[2J<1B>]0;mine<07> jumps <202E>back" in shown
    assert not set("\x1b\x07\u202e") & set(shown)
    assert run([*words, "--json"]) == 0
    told = capsys.readouterr().out
    assert json.loads(told) and "jumps" in told
    assert told.isascii() and told.replace("\n", "").isprintable()
