"""What was typed and not saved: outlives its editor, and no editor takes another's."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from grd_core.errors import RefusedError
from grd_core.objective.unsaved import FOLDER, take_place
from grd_core.study import Study


@pytest.fixture
def bare(tmp_path: Path) -> Study:
    (tmp_path / ".grd").mkdir()
    return Study(tmp_path)


def test_what_an_editor_left_is_found_by_the_next(bare: Study) -> None:
    first = take_place(bare)
    assert first.found is None
    first.keep("\ufeffwörds\r\n".encode(), "9f")
    first.close()
    found = take_place(bare).found
    assert found is not None
    assert (found.content, found.opened) == ("\ufeffwörds\r\n".encode(), "9f")


def test_two_editors_at_once_keep_apart(bare: Study) -> None:
    first, second = take_place(bare), take_place(bare)
    first.keep(b"first", "")
    second.keep(b"second", "")
    assert second.found is None
    third = take_place(bare)
    assert third.found is None
    for place in (first, second, third):
        place.close()
    newest = take_place(bare)
    assert newest.found is not None
    assert newest.found.content == b"second"


def test_a_place_is_used_again(bare: Study) -> None:
    for _ in range(3):
        take_place(bare).close()
    assert [one.name for one in (bare.root / FOLDER).iterdir()] == ["objective-1.lock"]


def test_what_is_saved_is_forgotten(bare: Study) -> None:
    place = take_place(bare)
    place.keep(b"words", "")
    place.forget()
    place.close()
    assert take_place(bare).found is None


def test_a_killed_editor_leaves_its_words(bare: Study) -> None:
    killed = (
        "import os, signal, sys, pathlib\n"
        "from grd_core.study import Study\n"
        "from grd_core.objective.unsaved import take_place\n"
        "take_place(Study(pathlib.Path(sys.argv[1]))).keep(b'typed', '')\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", killed, str(bare.root)], check=False)
    found = take_place(bare).found
    assert found is not None
    assert found.content == b"typed"


def test_what_cannot_be_read_counts_as_nothing(bare: Study) -> None:
    place = take_place(bare)
    place.close()
    (bare.root / FOLDER / "objective-1.json").write_bytes(b'{"text": 3')
    assert take_place(bare).found is None


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="cannot be kept"):
        take_place(Study(tmp_path / "gone"))
