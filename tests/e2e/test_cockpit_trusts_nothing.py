"""What is read from files is shown as text; what is refused is refused; ASCII is ASCII."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from grd_core.critic.review import record, review
from grd_core.objective.lock import amend
from grd_core.recon.profile import profile
from grd_core.recon.sources import declare_from_file
from grd_core.runs.experiments import find_experiment, new_experiment
from grd_core.study import Study, create_study
from tests.e2e.conftest import Open, Terminal
from tests.e2e.judged import ESC, FORM, PAGES, REVIEW_S, Heard, settle
from tests.small_study import (
    HYPOTHESIS,
    OBJECTIVE,
    PROVENANCE,
    SCRIPT,
    copy_of,
    run_to_its_end,
    tides,
)

ACTING = (
    "\x1b]0;planted\x07",
    "\x1b]52;c;cGxhbnRlZA==\x07",
    "\x1b[8;35mplanted",
    "\x9b8;35mplanted",
    "\u202eplanted",
    "\u2066planted",
    "\u200bplanted",
    "\U000e0041planted",
)
"""A window's title, the clipboard, hidden text; overrides of direction; what has no width."""

PLANTED = "".join(ACTING)
NEVER = (*(one.encode() for one in ACTING), b"\xff\xfeplanted", b"\x1b]52", b"\x1b]0;p")
END_OF_TEXT = "\x1b[1;5F"
WIDE = "潮汐は月に従う 🌊🌙 e\u0301a\u0308o\u0302 한국어 ｗｉｄｅ"


@pytest.fixture
def judged(judged_once: Study, tmp_path: Path) -> Study:
    """Three experiments, run and reviewed."""
    return copy_of(judged_once, tmp_path / "tides")


@pytest.fixture(scope="module")
def hostile(judged_once: Study, tmp_path_factory: pytest.TempPathFactory) -> Study:
    """A judged study in which whatever is text of the researcher acts on terminals."""
    study = copy_of(judged_once, tmp_path_factory.mktemp("hostile") / "tides")
    name = f"Eve {PLANTED}"
    for words in (("init", "-q"), ("config", "user.name", name), ("config", "user.email", "e@e")):
        subprocess.run(["git", *words], cwd=study.root, check=True)
    asked = OBJECTIVE.replace("Ships draw water.", f"{PLANTED} {WIDE}")
    asked = asked.replace("minimum_effect: 0.01", "minimum_effect: 0.005")
    study.objective_path.write_text(asked, encoding="utf-8")
    amend(study, f"a smaller gain {PLANTED} {WIDE} is still worth the sensor")
    made = new_experiment(study, f"A title {PLANTED} {WIDE}", kind="refinement")
    believed = HYPOTHESIS.replace("The mean of", f"{WIDE} {PLANTED} of").encode()
    made.hypothesis_path.write_bytes(believed + b"\xff\xfeplanted\n")
    script = SCRIPT.replace("COLUMN", "moon").replace("WEIGHT", "1.0")
    script = script.replace("loss=1 / (step + 1)", f"**{{{('lo' + PLANTED)!r}: 1 / (step + 1)}}")
    raw = PLANTED.encode() + b"\xff\xfeplanted " + WIDE.encode() + b"\r\n"
    script += f"\nimport sys\n\nsys.stdout.buffer.write({raw!r} * 5)\n"
    (made.folder / "train.py").write_text(script, encoding="utf-8")
    run_to_its_end(study, made.number)
    because = f"the statistics {PLANTED} {WIDE} come from the training hours alone"
    record(study, review(study, find_experiment(study, "4")), because)
    study.objective_path.write_text(asked + f"Afterwards {PLANTED} {WIDE}\n", "utf-8")
    return study


@pytest.fixture
def hostile_columns(tmp_path: Path) -> Study:
    """A study whose file has a column whose name acts on terminals, profiled."""
    study = create_study(tmp_path / "columns")
    planted = f"{PLANTED} {WIDE}".replace(";", ":")
    frame = tides(300).rename(columns={"wind": f"wind {planted}"})
    frame["day"] = frame["day"] + f" {planted}"
    frame.to_csv(study.root / "tides.csv", index=False)
    (study.root / "provenance.toml").write_text(PROVENANCE)
    declare_from_file(study, study.root / "provenance.toml")
    profile(study)
    return study


def is_whole(terminal: Terminal) -> None:
    """Nothing pushed a border out of its column: rules span the terminal, boxes are closed."""
    cells = [
        [terminal.screen.buffer[y][x].data for x in range(terminal.screen.columns)]
        for y in range(terminal.screen.lines)
    ]
    rules = [row for row in cells if set(row) == {"─"}]
    tops = [(y, row.index("╭")) for y, row in enumerate(cells) if "╭" in row]
    assert len(rules) == 2 or tops, terminal.text()
    for top, left in tops:
        right = cells[top].index("╮")
        bottom = next(y for y in range(top, len(cells)) if cells[y][left] == "╰")
        assert cells[bottom][right] == "╯", terminal.text()
        sides = {cells[y][x] for y in range(top + 1, bottom) for x in (left, right)}
        assert sides <= {"│", "├", "┤"}, terminal.text()


def _look_at_everything(terminal: Terminal) -> None:
    for key in "01234567":
        terminal.press(key)
        terminal.wait_for(f" {key} ")
        settle(terminal)
        is_whole(terminal)
        if key == "0":
            continue
        terminal.press("\r")
        settle(terminal)
        is_whole(terminal)
        terminal.press(ESC)
        settle(terminal)


@pytest.mark.parametrize(
    ("columns", "rows"), [(80, 24), pytest.param(120, 40, marks=pytest.mark.soak)]
)
def test_nothing_of_a_file_acts_on_the_terminal(
    hostile: Study, cockpit: Open, columns: int, rows: int
) -> None:
    terminal = cockpit(hostile.root, columns=columns, rows=rows)
    heard = Heard(terminal)
    terminal.wait_for("NEXT", "CPU")
    _look_at_everything(terminal)
    for keys in ("3w", "3d", "7n", "7G\r", "2G\r", ":A title"):
        terminal.press(keys)
        settle(terminal)
        is_whole(terminal)
        terminal.press(ESC)
        settle(terminal)
    terminal.press("2")
    terminal.wait_for("drifted")
    terminal.press("e")
    terminal.wait_for("OBJECTIVE.md", "saved", "f3 next problem")
    for key in (END_OF_TEXT, "\x1b[5~", "\t"):
        terminal.press(key)
        settle(terminal)
        is_whole(terminal)
    assert "not saved" in terminal.text()
    terminal.press(ESC)
    terminal.wait_for("drifted", "kept")
    terminal.press("3")
    terminal.wait_for("004")
    terminal.press("n")
    terminal.wait_for("New experiment", FORM)
    is_whole(terminal)
    terminal.press(ESC)
    terminal.wait_for("004", absent=FORM)
    terminal.press("c")
    terminal.wait_for("would be", limit_s=REVIEW_S)
    is_whole(terminal)
    terminal.press("\r")
    settle(terminal)
    is_whole(terminal)
    assert not [raw for raw in NEVER if raw in heard.bytes]


def test_nothing_of_a_column_acts_on_the_terminal(hostile_columns: Study, cockpit: Open) -> None:
    terminal = cockpit(hostile_columns.root)
    heard = Heard(terminal)
    terminal.wait_for("NEXT", "CPU")
    terminal.press("1")
    terminal.wait_for("COLUMNS", "1B")
    is_whole(terminal)
    for _ in range(3):
        terminal.press("G\r")
        settle(terminal)
        is_whole(terminal)
        terminal.press(ESC + "kk")
        settle(terminal)
    acting = (*NEVER, *(raw.replace(b";", b":") for raw in NEVER))
    assert not [raw for raw in acting if raw in heard.bytes]


WRITES = {
    "1": "apsfe",
    "2": "aLieE",
    "3": "nrxeE",
    "4": "v",
    "7": "E",
}
"""On each page, the keys that would write."""


def test_a_readonly_cockpit_refuses_each_writing_key(judged: Study, cockpit: Open) -> None:
    before = _written(judged)
    terminal = cockpit(judged.root, "--readonly")
    terminal.wait_for("NEXT", PAGES["0"])
    for page in PAGES:
        terminal.press(page)
        terminal.wait_for(PAGES[page])
        for key in WRITES.get(page, ""):
            terminal.press(key)
            shown = terminal.wait_for("refused", "read-only", "--readonly")
            assert FORM not in shown
            terminal.press(ESC)
            terminal.wait_for(PAGES[page], absent="refused")
    terminal.press("5")
    terminal.wait_for(PAGES["5"])
    terminal.press("\r")
    terminal.wait_for("read 0 of 6")
    for _ in range(6):
        terminal.press(" ")
    terminal.wait_for("read all 6")
    terminal.press("S")
    terminal.wait_for("seal is blocked")
    for key in "IA":
        terminal.press(key)
        terminal.wait_for("refused", "read-only", "--readonly")
        terminal.press(ESC)
        terminal.wait_for("read all 6", absent="refused")
    terminal.press("q")
    terminal.wait_for_exit()
    assert _written(judged) == before


def _written(study: Study) -> dict[str, tuple[int, bytes]]:
    """Every file but SQLite's own two, which a reader makes too and leaves empty."""
    return {
        study.relative(path): (path.stat().st_mtime_ns, path.read_bytes())
        for path in study.root.rglob("*")
        if path.is_file() and path.name not in {"ledger.db-shm", "ledger.db-wal"}
    }


def test_ascii_is_ascii_everywhere_without_colour_over_ssh(judged: Study, cockpit: Open) -> None:
    terminal = cockpit(judged.root, "--ascii", NO_COLOR="1", SSH_CONNECTION="::1 22 ::1 22")
    heard = Heard(terminal)
    terminal.wait_for("NEXT", PAGES["0"])
    for opened in "?:":
        terminal.press(opened)
        settle(terminal)
        terminal.press(ESC)
        settle(terminal)
    for page, words in PAGES.items():
        terminal.press(page)
        terminal.wait_for(words)
        settle(terminal)
        terminal.press("\r")
        settle(terminal)
        terminal.press(ESC)
        settle(terminal)
    terminal.press("3")
    for keys in "nrwd":
        terminal.press(keys)
        settle(terminal)
        terminal.press(ESC)
        settle(terminal)
    terminal.press("c")
    terminal.wait_for("would be", limit_s=REVIEW_S)
    terminal.press("v")
    settle(terminal)
    terminal.press(ESC)
    settle(terminal)
    said = heard.bytes.decode()
    assert not {char for char in said if not char.isascii()}
