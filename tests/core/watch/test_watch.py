"""A fingerprint changes when the study does, and only then."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from grd_core.study import create_study
from grd_core.watch import WARM_S, Fingerprint, Watch


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = create_study(tmp_path / "study").root
    run = root / "experiments" / "exploration" / "001-linear" / "runs" / "01" / "journal"
    run.mkdir(parents=True)
    (run / "child.jsonl").write_text("{}\n", encoding="utf-8")
    return root


@pytest.fixture
def watch(root: Path) -> Watch:
    found = Watch(root)
    found.look()
    return found


def scanned(watch: Watch) -> Fingerprint:
    """A look that also searches for what is new, as every look does after a while."""
    watch._files.scan_now()
    return watch.look()


def test_an_untouched_study_keeps_its_fingerprint(watch: Watch) -> None:
    assert scanned(watch) == scanned(watch)


@pytest.mark.parametrize("name", ["OBJECTIVE.md", "grd.toml", "DECISION_LOG.md"])
def test_a_saved_document_shows(watch: Watch, root: Path, name: str) -> None:
    before = watch.look()
    (root / name).write_text("# changed, at another length\n", encoding="utf-8")
    after = watch.look()
    assert after.documents != before.documents
    assert after.journals == before.journals


def test_an_atomic_replacement_of_equal_size_and_time_shows(watch: Watch, root: Path) -> None:
    path = root / "OBJECTIVE.md"
    path.write_text("one", encoding="utf-8")
    before = watch.look()
    times = path.stat()
    other = root / "draft"
    other.write_text("two", encoding="utf-8")
    os.utime(other, ns=(times.st_atime_ns, times.st_mtime_ns))
    other.replace(path)
    assert watch.look() != before


def test_a_journal_that_grows_shows_in_the_journals_alone(watch: Watch, root: Path) -> None:
    before = watch.look()
    journal = next(root.rglob("child.jsonl"))
    with journal.open("a", encoding="utf-8") as stream:
        stream.write('{"step": 1}\n')
    after = watch.look()
    assert after.journals != before.journals
    assert (after.documents, after.ledger) == (before.documents, before.ledger)


def test_an_old_journal_that_grows_shows_at_the_next_scan(root: Path) -> None:
    journal = next(root.rglob("child.jsonl"))
    watch = Watch(root, clock=lambda: journal.stat().st_mtime + 2 * WARM_S)
    before = watch.look()
    with journal.open("a", encoding="utf-8") as stream:
        stream.write("{}\n")
    assert scanned(watch).journals != before.journals


def test_a_new_run_and_a_new_experiment_show(watch: Watch, root: Path) -> None:
    before = scanned(watch)
    folder = root / "experiments" / "exploration" / "002-tree" / "runs" / "01" / "journal"
    folder.mkdir(parents=True)
    (folder / "child.jsonl").write_text("{}\n", encoding="utf-8")
    after = scanned(watch)
    assert after.documents != before.documents
    assert after.journals != before.journals


def test_a_write_to_the_ledger_shows(watch: Watch, root: Path) -> None:
    before = watch.look()
    with (root / ".grd" / "ledger.db").open("ab") as stream:
        stream.write(b"\0")
    assert watch.look().ledger != before.ledger


def test_reading_the_ledger_is_no_news(watch: Watch, root: Path) -> None:
    from grd_core.study import Study

    before = watch.look()
    for _ in range(3):
        with Study(root).read() as ledger:
            ledger.value("SELECT count(*) FROM event")
    assert watch.look() == before


def test_a_study_that_is_gone_has_a_fingerprint_too(watch: Watch, root: Path) -> None:
    before = watch.look()
    root.rename(root.with_name("elsewhere"))
    gone = scanned(watch)
    assert gone != before
    root.with_name("elsewhere").rename(root)
    assert scanned(watch).ledger == before.ledger


@pytest.mark.parametrize(
    "name", ["train.py", "config.toml", "notes.ipynb", "params.yaml", "src/model.py"]
)
def test_saved_code_shows_in_the_code_alone(root: Path, name: str) -> None:
    path = root / "experiments" / "exploration" / "001-linear" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("first = 1\n", encoding="utf-8")
    watch = Watch(root)
    before = watch.look()
    path.write_text("second = 2  # longer\n", encoding="utf-8")
    after = watch.look()
    assert after.code != before.code
    assert (after.documents, after.ledger, after.journals, after.frozen) == (
        before.documents,
        before.ledger,
        before.journals,
        before.frozen,
    )


def test_code_at_the_root_and_in_a_new_folder_shows(watch: Watch, root: Path) -> None:
    before = watch.look()
    (root / "shared.py").write_text("x = 1\n", encoding="utf-8")
    between = watch.look()
    assert between.code != before.code
    folder = root / "experiments" / "exploration" / "001-linear" / "later"
    folder.mkdir()
    (folder / "model.py").write_text("x = 1\n", encoding="utf-8")
    assert watch.look().code != between.code


@pytest.mark.parametrize("name", ["runs/01/copy.py", "__pycache__/a.py", ".venv/b.py", "a.npy"])
def test_what_is_no_code_of_an_experiment_does_not_show_in_it(
    watch: Watch, root: Path, name: str
) -> None:
    before = watch.look()
    path = root / "experiments" / "exploration" / "001-linear" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("x = 1\n", encoding="utf-8")
    assert watch.look().code == before.code


def test_a_frozen_byte_shows_though_size_and_time_are_set_back(watch: Watch, root: Path) -> None:
    part = root / "data" / "frozen" / "train.parquet"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"one")
    times = part.stat()
    before = watch.look()
    part.write_bytes(b"two")
    os.utime(part, ns=(times.st_atime_ns, times.st_mtime_ns))
    after = watch.look()
    assert after.frozen != before.frozen
    assert (after.documents, after.code) == (before.documents, before.code)


def test_links_that_lead_back_end(watch: Watch, root: Path) -> None:
    experiment = root / "experiments" / "exploration" / "001-linear"
    (experiment / "again").symlink_to(experiment, target_is_directory=True)
    assert watch.look() == watch.look()


def test_a_run_that_begins_is_found_without_a_long_search(watch: Watch, root: Path) -> None:
    before = watch.look()
    journal = root / "experiments" / "exploration" / "001-linear" / "runs" / "02" / "journal"
    journal.mkdir(parents=True)
    (journal / "child.jsonl").write_text("{}\n", encoding="utf-8")
    watch._files._scan_took = 0.0
    assert watch.look().journals != before.journals
