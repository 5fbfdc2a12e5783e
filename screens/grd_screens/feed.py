"""Where the screens get their data: two daemon threads that only post messages.

One reads the study when its fingerprint changes, one samples the meter. Both start after the
first frame and import what they need then. A daemon thread rather than one of the
application's workers: those must end before the application may quit.
"""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from grd_core.budget.meter import HostSample
    from grd_core.critic.live import Live, LiveState
    from grd_core.overview import OverviewSnapshot
    from grd_core.runs.by_hand import ByHand
    from grd_core.watch import Fingerprint, Watch
    from grd_screens.host import Query

LIVE_S = 5.0
"""Seconds after which a study with live runs is read again though no file changed: a process
that died changes none. As often the files of training that nobody supervises are looked at,
which lie where no change is listened for."""
UNPAINTED_S = 2.0
"""How long a message that never got painted holds up the next: a screen may be taken away
between the two, and a terminal that nobody reads may stand still."""
TURN_S = 30.0
"""Seconds between two looks at runs that wait. The end of a run begins the next; this is for
when those who would have were killed, or the machine was restarted."""
METER_S = 1.0
"""Seconds between two samples of the meter."""
_METER_AFTER_S = 0.5
_JOIN_S = 0.5


@dataclass(frozen=True, slots=True)
class Watching:
    """Read and, where data of runs waits in journals, take it into the ledger."""


@dataclass(frozen=True, slots=True)
class ReadingOnly:
    """Read; write nothing."""


Access = Watching | ReadingOnly


class PageRead(Message):
    """What the page of this number wanted read."""

    def __init__(self, page: int, content: object) -> None:
        super().__init__()
        self.page = page
        self.content = content


class PageUnreadable(Message):
    """What the page of this number wanted cannot be read now, and why, in one sentence."""

    def __init__(self, page: int, sentence: str) -> None:
        super().__init__()
        self.page = page
        self.sentence = sentence


Answer = PageRead | PageUnreadable


class StudyRead(Message):
    """A snapshot. `notice` says what went wrong beside it, or is empty; `live` is what is true
    of the files between reviews, None before they were looked at; `answer` is for the open
    page, so that a run that is in the strip is in the list as well."""

    def __init__(
        self,
        snapshot: OverviewSnapshot,
        notice: str,
        live: LiveState | None = None,
        answer: Answer | None = None,
    ) -> None:
        super().__init__()
        self.snapshot = snapshot
        self.notice = notice
        self.live = live
        self.answer = answer
        self.read_at = time.monotonic()


class StudyUnreadable(Message):
    """The study cannot be read now, and why, in one sentence."""

    def __init__(self, sentence: str) -> None:
        super().__init__()
        self.sentence = sentence


class MeterRead(Message):
    """A sample of the meter."""

    def __init__(self, sample: HostSample) -> None:
        super().__init__()
        self.sample = sample


Post = Callable[[Message], object]


class _Feed(ABC):
    """A daemon thread that can be stopped."""

    def __init__(self, post: Post, name: str) -> None:
        self._post = post
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    @property
    def is_reading(self) -> bool:
        """Whether it goes on."""
        return self._thread.is_alive() and not self._stopped.is_set()

    def stop(self) -> None:
        """Ask it to end and wait a moment; what hangs on a dead disk is left behind."""
        self._stopped.set()
        if self._thread.ident is not None:
            self._thread.join(_JOIN_S)

    @abstractmethod
    def _run(self) -> None:
        """What the thread does until it is asked to stop."""


class MeterFeed(_Feed):
    """Samples the meter once a second."""

    def __init__(self, post: Post) -> None:
        super().__init__(post, "grd-meter")

    def _run(self) -> None:
        # What it loads would delay the first snapshot, which matters more.
        if self._stopped.wait(_METER_AFTER_S):
            return
        from grd_core.budget.meter import HostMeter

        meter = HostMeter()
        while not self._stopped.wait(METER_S):
            try:
                sample = meter.sample()
            except Exception:  # noqa: BLE001, S112 - a device's fault; the strip tells the age
                continue
            self._post(MeterRead(sample))


class StudyFeed(_Feed):
    """Reads the study again when it changed, and with it what the shown page asks for.

    The next is read only after `painted` was called for the last, or UNPAINTED_S later.
    """

    def __init__(self, root: Path, access: Access, post: Post) -> None:
        super().__init__(post, "grd-study")
        self._root = root
        self._access = access
        self._painted = threading.Event()
        self._painted.set()
        self._posted_at = 0.0
        self._wanted = threading.Event()
        self._asked = threading.Event()
        self._page: tuple[int, Query | None] = (0, None)
        self._wake: Callable[[], None] = _nobody
        self._live: LiveState | None = None
        self._turn_at = 0.0
        self._by_hand_at = 0.0

    def painted(self) -> None:
        """The last message is on the screen; the next may come."""
        self._painted.set()
        if self._wanted.is_set():
            self._wake()

    def read_again(self) -> None:
        """Read soon, changed or not."""
        self._wanted.set()
        self._wake()

    def ask(self, page: int, query: Query | None) -> None:
        """From now on read this too, at once and after every change."""
        self._page = (page, query)
        self._asked.set()
        self._wake()

    def stop(self) -> None:
        """Ask it to end and wait a moment."""
        self._stopped.set()
        self._wake()
        super().stop()

    def _run(self) -> None:
        from grd_core.watch import Watch

        watch = Watch(self._root)
        self._wake = watch.wake
        # The first snapshot waits neither for journals to be taken up nor for code to be read.
        message = self._read("")
        self._post_and_wait(message)
        self._guard(watch)
        from grd_core.critic import live

        hands = live.InWorkers(self.read_again)
        access = live.ReadingOnly() if isinstance(self._access, ReadingOnly) else live.Writing()
        looking = live.Live(hands, access)
        try:
            self._follow(watch, looking, message)
        finally:
            looking.close()
            watch.close()

    def _follow(self, watch: Watch, looking: Live, message: StudyRead | StudyUnreadable) -> None:
        seen: Fingerprint | None = None
        while not self._stopped.is_set():
            if self._asked.is_set():
                # A page that was just opened does not wait for the rest.
                self._read_page()
            watch.wait(watch.poll_s)
            if self._stopped.is_set() or self._is_being_painted:
                continue
            before = watch.look()
            if before == seen and not self._is_due(message):
                continue
            self._wanted.clear()
            notice = self._ingest() or self._look(looking)
            self._guard(watch)
            # Ingesting writes the ledger: its own echo is no news, but what came to the
            # journals and files meanwhile is.
            seen = replace(before, ledger=watch.look().ledger)
            message = self._read(notice)
            self._post_and_wait(message)

    def _guard(self, watch: Watch) -> None:
        """Have the declared source watched, which may lie anywhere."""
        from grd_core.errors import GrdError
        from grd_core.recon.records import current_source
        from grd_core.study import Study

        try:
            source = current_source(Study(self._root))
        except (GrdError, OSError):
            return  # whoever reads the study tells of the fault
        watch.guard(None if source is None else source.path)

    def _look(self, looking: Live) -> str:
        """Learn what is true of the files now; what went wrong, in a sentence, or nothing."""
        from grd_core.errors import GrdError
        from grd_core.study import Study

        if not self._root.is_dir():
            return ""
        try:
            self._live = looking.refresh(Study(self._root))
        except GrdError as error:
            return error.sentence()
        except Exception as error:  # noqa: BLE001 - the boundary: a fault is shown, not raised
            return _unexpected("the files cannot be followed", error)
        return ""

    def _post_and_wait(self, message: Message) -> None:
        self._painted.clear()
        self._posted_at = time.monotonic()
        self._post(message)

    @property
    def _is_being_painted(self) -> bool:
        return not self._painted.is_set() and time.monotonic() - self._posted_at < UNPAINTED_S

    def _read_page(self) -> None:
        answer = self._answer()
        if answer is not None:
            self._post(answer)

    def _answer(self) -> Answer | None:
        """What the open page wants, read now; None where it wants nothing."""
        self._asked.clear()
        page, query = self._page
        if query is None:
            return None
        from grd_core.errors import GrdError
        from grd_core.study import Study

        try:
            return PageRead(page, query(Study(self._root)))
        except GrdError as error:
            return PageUnreadable(page, error.sentence())
        except Exception as error:  # noqa: BLE001 - the boundary: a fault is shown, not raised
            return PageUnreadable(page, _unexpected("this page cannot be read", error))

    def _is_due(self, last: StudyRead | StudyUnreadable) -> bool:
        if self._wanted.is_set() or isinstance(last, StudyUnreadable):
            return True
        now = time.monotonic()
        if now - max(last.read_at, self._by_hand_at) < LIVE_S:
            return False
        if last.snapshot.live:
            return True
        self._by_hand_at = now
        return self._by_hand(last.snapshot) != last.snapshot.by_hand

    def _by_hand(self, known: OverviewSnapshot) -> tuple[ByHand, ...]:
        """What is trained by hand now; what is known where that cannot be told."""
        from grd_core.runs.by_hand import by_hand_of
        from grd_core.study import Study

        try:
            return by_hand_of(Study(self._root))
        except Exception:  # noqa: BLE001 - the boundary: reading the study tells of the fault
            return known.by_hand

    def _read(self, notice: str) -> StudyRead | StudyUnreadable:
        from grd_core.errors import GrdError

        try:
            if not self._root.is_dir():
                return StudyUnreadable(f"the study is gone ({self._root}): put the folder back")
            from grd_core.overview import overview_snapshot
            from grd_core.study import Study

            overview = overview_snapshot(Study(self._root), self._live)
            # After the overview: what that names is in the answer too.
            return StudyRead(overview, notice, self._live, self._answer())
        except GrdError as error:
            return StudyUnreadable(error.sentence())
        except Exception as error:  # noqa: BLE001 - the boundary: a fault is shown, not raised
            return StudyUnreadable(_unexpected("the study cannot be read", error))

    def _ingest(self) -> str:
        """Take up what waits in journals; what went wrong, in a sentence, or nothing."""
        if isinstance(self._access, ReadingOnly) or not self._root.is_dir():
            return ""
        from grd_core.errors import GrdError

        try:
            from grd_core.runs.ingest import ingest
            from grd_core.runs.queue_wake import nudge
            from grd_core.study import Study

            study = Study(self._root)
            ingest(study)
            if time.monotonic() >= self._turn_at:
                self._turn_at = time.monotonic() + TURN_S
                nudge(study)
        except GrdError as error:
            return error.sentence()
        except Exception as error:  # noqa: BLE001 - the boundary: a fault is shown, not raised
            return _unexpected("new data of runs cannot be taken up", error)
        return ""


def _nobody() -> None:
    """Nobody waits yet."""


def _unexpected(what: str, error: Exception) -> str:
    return f"{what}: {type(error).__name__}: {error}: `grd status` says more on a shell"
