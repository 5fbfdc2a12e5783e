"""The study's feed reads on, whatever becomes of what it posted."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from textual.message import Message

from grd_core.study import Study
from grd_screens import feed
from grd_screens.feed import StudyFeed, StudyRead, Watching
from tests.small_study import copy_of

PATIENCE_S = 30.0


class Seen:
    """What was posted, waited for from the test's thread."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self._snapshots = 0

    def post(self, message: Message) -> None:
        if isinstance(message, StudyRead):
            with self._news:
                self._snapshots += 1
                self._news.notify_all()

    def wait_for(self, snapshots: int) -> bool:
        with self._news:
            return self._news.wait_for(lambda: self._snapshots >= snapshots, PATIENCE_S)


@pytest.mark.parametrize("paints", [True, False])
def test_a_change_is_read_though_the_last_message_was_never_painted(
    locked_once: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, paints: bool
) -> None:
    monkeypatch.setattr(feed, "UNPAINTED_S", 0.2)
    study = copy_of(locked_once, tmp_path / "tides")
    seen = Seen()
    reading = StudyFeed(study.root, Watching(), seen.post)
    reading.start()
    try:
        for number in (1, 2, 3):
            assert seen.wait_for(number), f"snapshot {number}"
            if paints:
                reading.painted()
            text = study.objective_path.read_text(encoding="utf-8")
            study.objective_path.write_text(f"{text}Line {number}.\n", encoding="utf-8")
    finally:
        reading.stop()
