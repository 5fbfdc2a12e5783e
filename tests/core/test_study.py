"""Given folders, a study is found, created or refused, and nothing of a person is touched."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from grd_core.errors import LedgerError, RefusedError, StudyNotFoundError
from grd_core.ledger.verify import verify_ledger
from grd_core.rendering import render
from grd_core.study import create_study, find_study


def test_a_new_study_is_found_from_any_folder_in_it(tmp_path: Path) -> None:
    made = create_study(tmp_path / "tides", title="Tides")
    assert find_study(made.experiments_dir / "exploration") == made
    assert made.config.study.title == "Tides"
    with made.read() as ledger:
        assert verify_ledger(ledger, ()) == ()


def test_files_of_a_person_stay_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "grd.toml").write_text("# mine\n")
    create_study(tmp_path)
    assert (tmp_path / "grd.toml").read_text() == "# mine\n"


def test_a_second_study_in_a_folder_is_refused(tmp_path: Path) -> None:
    create_study(tmp_path)
    with pytest.raises(RefusedError, match="there is a study already"):
        create_study(tmp_path)


def test_no_study_here_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(StudyNotFoundError, match="grd new"):
        find_study(tmp_path)


def test_a_ledger_that_is_no_database_is_a_sentence(tmp_path: Path) -> None:
    study = create_study(tmp_path)
    for wal in study.ledger_path.parent.glob("ledger.db-*"):
        wal.unlink()
    study.ledger_path.write_bytes(b"not a database, whatever its name says" * 200)
    with pytest.raises(LedgerError, match="cannot be read"):
        find_study(tmp_path)


def test_a_missing_ledger_is_a_sentence(tmp_path: Path) -> None:
    study = create_study(tmp_path)
    study.ledger_path.unlink()
    with pytest.raises(LedgerError, match="no ledger"):
        find_study(tmp_path)


def test_a_newer_ledger_is_refused(tmp_path: Path) -> None:
    study = create_study(tmp_path)
    connection = sqlite3.connect(study.ledger_path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(LedgerError, match="upgrade grd"):
        find_study(tmp_path)


def test_a_rendering_never_covers_a_persons_edit(tmp_path: Path) -> None:
    study = create_study(tmp_path)
    report = study.root / "DATA_REPORT.md"
    assert not render(study.ledger_path, study.root, report, "first\n").beside
    assert not render(study.ledger_path, study.root, report, "second\n").beside
    report.write_text("second, with a note of mine\n")
    beside = render(study.ledger_path, study.root, report, "third\n")
    assert beside.beside
    assert "was edited by hand" in beside.note()
    assert report.read_text() == "second, with a note of mine\n"
    assert beside.path.read_text() == "third\n"


def test_an_edited_file_beside_is_a_persons_too(tmp_path: Path) -> None:
    study = create_study(tmp_path)
    report = study.root / "DATA_REPORT.md"
    report.write_text("mine\n")
    beside = render(study.ledger_path, study.root, report, "first\n").path
    beside.write_text("mine as well\n")
    third = render(study.ledger_path, study.root, report, "second\n").path
    assert (report.read_text(), beside.read_text()) == ("mine\n", "mine as well\n")
    assert (third.name, third.read_text()) == ("DATA_REPORT.rendered-2.md", "second\n")


def test_a_rendering_cut_short_before_its_file_is_not_taken_for_an_edit(tmp_path: Path) -> None:
    study = create_study(tmp_path)
    report = study.root / "DATA_REPORT.md"
    render(study.ledger_path, study.root, report, "first\n")
    render(study.ledger_path, study.root, report, "second\n")
    report.write_text("first\n")  # as if the second had been recorded and not written
    assert not render(study.ledger_path, study.root, report, "third\n").beside


def test_a_folder_or_a_link_to_nowhere_in_its_place_is_left_alone(tmp_path: Path) -> None:
    study = create_study(tmp_path)
    (study.root / "DATA_REPORT.md").mkdir()
    (study.root / "DECISION_LOG.md").symlink_to("elsewhere.md")
    for name in ("DATA_REPORT.md", "DECISION_LOG.md"):
        assert render(study.ledger_path, study.root, study.root / name, "text\n").beside
    assert (study.root / "DECISION_LOG.md").is_symlink()


def test_folders_on_another_disk_are_recorded_as_the_studys(tmp_path: Path) -> None:
    study = create_study(tmp_path / "study")
    elsewhere = tmp_path / "disk"
    study.experiments_dir.rename(elsewhere)
    study.experiments_dir.symlink_to(elsewhere)
    folder = study.experiments_dir / "exploration"
    assert study.relative(folder) == "experiments/exploration"
    assert not render(study.ledger_path, study.root, folder / "CRITIC_LOG.md", "text\n").beside


def test_a_file_a_person_made_first_is_not_rendered_over(tmp_path: Path) -> None:
    study = create_study(tmp_path)
    report = study.root / "DATA_REPORT.md"
    report.write_text("mine\n")
    assert render(study.ledger_path, study.root, report, "text\n").beside
    assert report.read_text() == "mine\n"
