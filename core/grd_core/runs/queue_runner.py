"""The process that begins what waits: `python -m grd_core.runs.queue_runner ROOT [RUN]`.

The guard of a run starts it when that run has ended, and any grd may. It waits until the end of
that run is recorded, since its place and its devices are free only then, begins what fits, and
goes. Killed at any moment, it leaves nothing that the next one does not find.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grd_core.study import Study

_END_S = 30.0
"""How long a guard and a supervisor may take to go after their run has ended."""


def main(arguments: list[str]) -> None:
    """Begin what fits in the study at the first argument, once the run of the second has ended."""
    root = Path(arguments[0])
    # Most runs end with nothing behind them: nothing is imported then.
    if not any(name[:1].isdigit() for name in _names(root / ".grd" / "queue")):
        return
    # A guard lets its terminal's signals pass by; the runs that begin here must hear them.
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    from grd_core.errors import GrdError
    from grd_core.runs.queue import work_off
    from grd_core.study import Study

    study = Study(root)
    try:
        if len(arguments) > 1:
            _wait_for_end(study, arguments[1])
        work_off(study)
    except GrdError as error:
        _write_down(study.ledger_path.parent / "queue" / "runner.log", error.sentence())


def _wait_for_end(study: Study, run: str) -> None:
    from grd_core.runs.ingest import ingest
    from grd_core.runs.records import find_run

    deadline = time.monotonic() + _END_S
    while find_run(study, run).is_going_on and time.monotonic() < deadline:
        ingest(study)
        time.sleep(0.05)


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208
    except OSError:
        return []


def _write_down(path: Path, sentence: str) -> None:
    from grd_core.clock import utc_now

    try:
        path.write_text(f"{utc_now()} {sentence}\n", encoding="utf-8")
    except OSError:
        return


if __name__ == "__main__":
    main(sys.argv[1:])
