"""What the cockpit loads, and what it makes of the terminal it finds."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from grd_core.study import create_study
from grd_tui.leaving import wait_until_gone
from grd_tui.remote import animation, is_remote
from grd_tui.themes import other_theme, preferred_theme

HEAVY = {"pandas", "scipy", "sklearn", "torch", "numpy", "pyarrow", "polars"}
LATER = {"pydantic", "sqlmodel", "sqlalchemy", "yaml", "psutil", "pynvml", "sqlite3", "watchdog"}

_LOADED = """
import asyncio, json, sys
from pathlib import Path
from grd_tui.app import CockpitApp

async def main():
    seen = {}
    class Watched(CockpitApp):
        def start_feeds(self):
            seen["first frame"] = sorted(sys.modules)
            super().start_feeds()
    app = Watched(Path(sys.argv[1]))
    async with app.run_test() as pilot:
        for _ in range(200):
            await pilot.pause(0.05)
            if app.cockpit.snapshot is not None and app.cockpit._strip.state.sample is not None:
                break
        await pilot.press("1", "3", "7", "0", "question_mark", "escape", "colon")
        await pilot.pause(0.6)
        assert app.cockpit.snapshot is not None
        seen["painted"] = sorted(sys.modules)
    print(json.dumps(seen))

asyncio.run(main())
"""


def test_nothing_heavy_is_ever_loaded_and_little_before_the_first_frame(tmp_path: Path) -> None:
    import json

    study = create_study(tmp_path / "s").root
    done = subprocess.run(
        [sys.executable, "-c", _LOADED, str(study)], capture_output=True, text=True, check=True
    )
    seen = json.loads(done.stdout)
    first = {name.partition(".")[0] for name in seen["first frame"]}
    painted = {name.partition(".")[0] for name in seen["painted"]}
    assert not first & (HEAVY | LATER)
    assert "grd_core.study" not in seen["first frame"]
    assert "grd_core.overview" in seen["painted"]
    assert not painted & HEAVY


@pytest.mark.parametrize("name", ["SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT"])
def test_over_ssh_nothing_moves(name: str) -> None:
    assert is_remote({name: "10.0.0.1"})
    assert animation({name: "10.0.0.1"}) == "none"
    assert animation({}) == "full"


def test_a_terminal_whose_other_end_closes_is_gone_and_not_before() -> None:
    import pty

    master, slave = pty.openpty()
    waiting = threading.Thread(target=wait_until_gone, args=(slave,), daemon=True)
    waiting.start()
    os.write(master, b"a key\n")
    waiting.join(0.2)
    assert waiting.is_alive()
    os.close(master)
    waiting.join(10)
    assert not waiting.is_alive()
    os.close(slave)


def test_the_theme_follows_the_terminal() -> None:
    assert preferred_theme({}) == "grd-dark"
    assert preferred_theme({"COLORFGBG": "0;15"}) == "grd-light"
    assert preferred_theme({"COLORFGBG": "15;0"}) == "grd-dark"
    assert preferred_theme({"COLORFGBG": "0;15", "GRD_THEME": "dark"}) == "grd-dark"
    assert other_theme(other_theme("grd-light")) == "grd-light"
