"""A wait ends when something that matters changed, by whatever way it was written."""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from watchdog.observers import inotify_c

from grd_core.study import Study, create_study
from grd_core.watch import EVENTS_POLL_S, POLL_S, Watch

GENEROUS_S = 20.0
"""A wait that lasts this long heard nothing: far above what a busy machine needs."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = create_study(tmp_path / "study").root
    experiment = root / "experiments" / "exploration" / "001-linear"
    journal = experiment / "runs" / "01" / "journal"
    journal.mkdir(parents=True)
    (journal / "child.jsonl").write_text("{}\n", encoding="utf-8")
    (experiment / "train.py").write_text("x = 1\n", encoding="utf-8")
    (root / "OBJECTIVE.md").write_text("# one\n", encoding="utf-8")
    frozen = root / "data" / "frozen"
    frozen.mkdir()
    (frozen / "train.parquet").write_bytes(b"one")
    return root


@pytest.fixture
def watch(root: Path) -> Iterator[Watch]:
    found = Watch(root)
    found.wait(GENEROUS_S)  # begins to listen
    found.look()
    assert (found.mode, found.reason, found.poll_s) == ("events", "", EVENTS_POLL_S)
    yield found
    found.close()


def heard(watch: Watch) -> bool:
    """Whether the wait ended before its time."""
    started = time.monotonic()
    watch.wait(GENEROUS_S)
    return time.monotonic() - started < GENEROUS_S


def silent(watch: Watch) -> bool:
    """Whether nothing was heard for as long as a burst may last and more."""
    started = time.monotonic()
    watch.wait(0.7)
    return time.monotonic() - started >= 0.7


def replaced(path: Path) -> None:
    """As programs that write atomically do."""
    draft = path.with_name(f".{path.name}.tmp")
    draft.write_text("# replaced\n", encoding="utf-8")
    draft.replace(path)


def replaced_from_elsewhere(path: Path) -> None:
    """The draft lies in a folder nobody watches."""
    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder) / path.name
        draft.write_text("# replaced\n", encoding="utf-8")
        shutil.move(draft, path)


def in_place(path: Path) -> None:
    """As nano does."""
    path.write_text("# in place\n", encoding="utf-8")


def with_a_backup(path: Path) -> None:
    """As vim does: the old file is renamed away, the new one written, the backup removed."""
    backup = path.with_name(f"{path.name}~")
    path.rename(backup)
    path.write_text("# from vim\n", encoding="utf-8")
    backup.unlink()


def removed(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize(
    "save", [replaced, replaced_from_elsewhere, in_place, with_a_backup, removed]
)
@pytest.mark.parametrize(
    "name",
    [
        "OBJECTIVE.md",
        "experiments/exploration/001-linear/train.py",
        "data/frozen/train.parquet",
        "experiments/exploration/001-linear/runs/01/journal/child.jsonl",
    ],
)
def test_every_way_of_saving_is_heard_and_seen(
    watch: Watch, root: Path, name: str, save: Callable[[Path], None]
) -> None:
    before = watch.look()
    save(root / name)
    assert heard(watch)
    assert watch.look() != before


def test_reading_wakes_nobody(watch: Watch, root: Path) -> None:
    for path in root.rglob("*"):
        if path.is_file():
            path.read_bytes()
    with Study(root).read() as ledger:
        ledger.value("SELECT count(*) FROM event")
    assert silent(watch)


def test_what_runs_write_beside_their_journals_wakes_nobody(watch: Watch, root: Path) -> None:
    run = root / "experiments" / "exploration" / "001-linear" / "runs" / "01"
    (run / "checkpoints").mkdir()
    for step in range(20):
        (run / "checkpoints" / f"{step}.json").write_text("{}")
    (run / "stdout.log").write_text("a line\n")
    (root / ".grd" / "anything").write_text("x")
    assert silent(watch)


def test_a_burst_of_files_is_few_wake_ups(watch: Watch, root: Path) -> None:
    folder = root / "experiments" / "exploration" / "001-linear"
    done = threading.Event()

    def write() -> None:
        for number in range(2000):
            (folder / f"made_{number}.py").write_text(f"x = {number}\n")
        done.set()

    before = watch.look()
    writing = threading.Thread(target=write)
    writing.start()
    wake_ups = 0
    while not done.is_set():
        watch.wait(GENEROUS_S)
        wake_ups += 1
    writing.join()
    while not silent(watch):
        wake_ups += 1
    assert watch.look().code != before.code
    # Each answers for at least the gap between two; 2,000 single ones would be far more.
    assert wake_ups < 200


def test_an_overflowing_queue_makes_it_search_again(watch: Watch, root: Path) -> None:
    journal = root / "experiments" / "exploration" / "002-tree" / "runs" / "01" / "journal"
    before = watch.look()
    journal.mkdir(parents=True)
    (journal / "child.jsonl").write_text("{}\n", encoding="utf-8")
    assert watch._events is not None
    overflow = inotify_c.InotifyEvent(
        inotify_c.WatchDescriptor(-1), inotify_c.InotifyConstants.IN_Q_OVERFLOW, 0, b""
    )
    watch._events._descriptor.handle_event(overflow)
    assert heard(watch)
    assert watch.look().journals != before.journals


def test_a_folder_that_appears_later_is_listened_to(watch: Watch, root: Path) -> None:
    folder = root / "experiments" / "exploration" / "002-tree"
    folder.mkdir()
    assert heard(watch)
    watch.look()
    (folder / "train.py").write_text("x = 1\n")
    assert heard(watch)
    before = watch.look()
    (folder / "src").mkdir()
    assert heard(watch)
    watch.look()
    (folder / "src" / "model.py").write_text("x = 1\n")
    assert heard(watch)
    assert watch.look().code != before.code


def test_a_folder_that_is_replaced_is_listened_to_again(watch: Watch, root: Path) -> None:
    folder = root / "experiments" / "exploration" / "001-linear"
    other = root / "experiments" / "other"
    shutil.copytree(folder, other)
    folder.rename(root / "experiments" / "old")
    other.rename(folder)
    assert heard(watch)
    watch.look()
    while not silent(watch):
        watch.look()
    before = watch.look()
    (folder / "train.py").write_text("x = 2  # changed\n")
    assert heard(watch)
    assert watch.look().code != before.code


def test_a_study_that_is_deleted_and_restored(watch: Watch, root: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(root, copy)
    before = watch.look()
    shutil.rmtree(root)
    assert heard(watch)
    gone = watch.look()
    assert gone != before
    copy.rename(root)
    assert watch.look() != gone
    while not silent(watch):
        watch.look()
    (root / "OBJECTIVE.md").write_text("# after it came back\n")
    assert heard(watch)


def test_another_thread_ends_the_wait(watch: Watch) -> None:
    threading.Timer(0.05, watch.wake).start()
    assert heard(watch)
    watch.wake()
    assert heard(watch)
    threading.Timer(0.05, watch.close).start()
    assert heard(watch)
    assert (watch.mode, watch.reason) == ("polling", "it was closed")


def test_without_a_free_descriptor_it_polls_and_says_so(root: Path) -> None:
    watch = Watch(root)
    lowest = os.dup(0)
    os.close(lowest)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, hard))
    try:
        watch.wait(0.0)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert (watch.mode, watch.poll_s) == ("polling", POLL_S)
    assert "fs.inotify.max_user_instances" in watch.reason


def test_at_the_limit_of_watches_it_polls_and_says_so(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(descriptor: int, path: bytes, mask: int) -> int:
        ctypes.set_errno(errno.ENOSPC)
        return -1

    monkeypatch.setattr(inotify_c, "inotify_add_watch", refuse)
    watch = Watch(root)
    watch.wait(0.0)
    assert (watch.mode, watch.poll_s) == ("polling", POLL_S)
    assert "fs.inotify.max_user_watches" in watch.reason
    before = watch.look()
    in_place(root / "OBJECTIVE.md")
    watch.wait(POLL_S)
    assert watch.look() != before


def test_on_a_network_file_system_it_polls_and_says_so(root: Path, tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/sda / ext4 rw 0 0\nserver:/home {tmp_path} nfs4 rw 0 0\n")
    watch = Watch(root, mounts=mounts)
    watch.wait(0.0)
    assert (watch.mode, watch.reason) == ("polling", "nfs4 does not tell of changes")


def test_nothing_is_loaded_before_the_first_wait(root: Path) -> None:
    said = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from pathlib import Path; from grd_core.watch import Watch;"
            "watch = Watch(Path(sys.argv[1])); watch.look();"
            "print('watchdog' in sys.modules, watch.mode); watch.wait(0);"
            "print('watchdog' in sys.modules, watch.mode); watch.close()",
            str(root),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.split() == ["False", "polling", "True", "events"]
    assert said.stderr == ""
