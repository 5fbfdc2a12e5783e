"""Saving OBJECTIVE.md: whole or not at all, and never over what someone else wrote."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from grd_core.errors import RefusedError
from grd_core.objective.saving import (
    NO_FILE,
    ChangedMeanwhile,
    Saved,
    keep_beside,
    on_disk,
    save,
)
from grd_core.study import Study


@pytest.fixture
def bare(tmp_path: Path) -> Study:
    """Only the folder: saving asks nothing of the ledger."""
    return Study(tmp_path)


def test_a_file_is_replaced_by_just_these_bytes(bare: Study) -> None:
    bare.objective_path.write_bytes(b"before\r\n")
    opened = on_disk(bare).sha256
    saved = save(bare, b"\xef\xbb\xbfafter\r\n\tmixed\n", opened)
    assert bare.objective_path.read_bytes() == b"\xef\xbb\xbfafter\r\n\tmixed\n"
    assert saved == Saved(on_disk(bare).sha256)
    assert [one.name for one in bare.root.iterdir()] == ["OBJECTIVE.md"]


def test_a_file_that_changed_since_is_not_overwritten(bare: Study) -> None:
    bare.objective_path.write_bytes(b"before")
    opened = on_disk(bare).sha256
    bare.objective_path.write_bytes(b"theirs")
    answer = save(bare, b"mine", opened)
    assert isinstance(answer, ChangedMeanwhile)
    assert answer.theirs.raw == b"theirs"
    assert bare.objective_path.read_bytes() == b"theirs"
    assert [one.name for one in bare.root.iterdir()] == ["OBJECTIVE.md"]


def test_a_file_that_appeared_since_is_not_overwritten(bare: Study) -> None:
    assert on_disk(bare).sha256 == NO_FILE
    bare.objective_path.write_bytes(b"theirs")
    assert isinstance(save(bare, b"mine", NO_FILE), ChangedMeanwhile)


def test_a_file_that_is_gone_is_written_anew(bare: Study) -> None:
    bare.objective_path.write_bytes(b"before")
    opened = on_disk(bare).sha256
    bare.objective_path.unlink()
    assert isinstance(save(bare, b"mine", opened), Saved)
    assert bare.objective_path.read_bytes() == b"mine"


def test_permissions_stay_and_a_new_file_follows_the_umask(bare: Study) -> None:
    before = os.umask(0o027)
    try:
        save(bare, b"new", NO_FILE)
    finally:
        os.umask(before)
    path = bare.objective_path
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    path.chmod(0o606)
    save(bare, b"newer", on_disk(bare).sha256)
    assert stat.S_IMODE(path.stat().st_mode) == 0o606


def test_a_link_stays_a_link(bare: Study, tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    real = tmp_path / "shared" / "question.md"
    real.write_bytes(b"before")
    bare.objective_path.symlink_to(real)
    save(bare, b"after", on_disk(bare).sha256)
    assert bare.objective_path.is_symlink()
    assert real.read_bytes() == b"after"


def test_a_folder_in_its_place_is_refused_with_a_sentence(bare: Study) -> None:
    bare.objective_path.mkdir()
    with pytest.raises(RefusedError, match="is no file"):
        on_disk(bare)


def test_a_protected_file_is_left_alone(bare: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    bare.objective_path.write_bytes(b"before")
    # The superuser may write everything, and some tests run as one.
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(RefusedError, match="write-protected"):
        save(bare, b"after", on_disk(bare).sha256)
    assert bare.objective_path.read_bytes() == b"before"


def test_a_folder_that_is_gone_is_a_sentence(bare: Study) -> None:
    gone = Study(bare.root / "gone")
    with pytest.raises(RefusedError, match="cannot be written"):
        save(gone, b"mine", NO_FILE)


def test_what_is_kept_beside_takes_a_free_name(bare: Study) -> None:
    (bare.root / "OBJECTIVE.edited-1.md").write_bytes(b"older")
    kept = keep_beside(bare, b"mine")
    assert kept.name == "OBJECTIVE.edited-2.md"
    assert kept.read_bytes() == b"mine"
    assert (bare.root / "OBJECTIVE.edited-1.md").read_bytes() == b"older"
