"""The whole method on the sample study by keys alone, read back from the terminal.

A researcher's hands: each step presses keys and waits for what must then stand on the screen.
Only the researcher's own files are written from outside, as an editor would.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.e2e.judged import body, settle, wait_until

ENTER = "\r"
TAB = "\t"
ESC = "\x1b"
CLEAR = "\x15"
RIGHT = "\x1b[C"
FORM = "f2 do it"
SUBMIT = "\x1bOQ"
"""F2, which does what a form is about."""

PLANTED = """
    everything = pd.concat([train, validation])
    usual = everything.groupby("carrier")[TARGET].mean()
    for frame in (train, validation, test):
        frame["distance"] = frame["distance"] + frame["carrier"].map(usual)
"""
"""A mean of the target over training and validation flights, added to a feature of both."""

AFTER = '    test = pd.read_parquet(DATA / "test_features.parquet")\n'

LONG_S = 120.0
"""A run or a review, on a busy machine."""


def walk(t: Any, demo: Path) -> None:
    """From `grd demo` to a sealed experiment."""
    t.wait_for("NEXT", "Look at the data")
    _recon(t)
    _objective(t)
    _baseline(t)
    _flawed(t, demo)
    _mended(t, demo)
    _sealed(t)


def _recon(t: Any) -> None:
    t.press("1")
    t.wait_for("data/flights.parquet", "p profile")
    t.press("p")
    t.wait_for("declare a split", limit_s=LONG_S)
    t.press("s")
    t.wait_for("temporal", FORM)
    t.press(SUBMIT)
    t.wait_for("declared", "SPLIT", absent=FORM, limit_s=LONG_S)
    t.press("f")
    t.wait_for(FORM)
    t.press(SUBMIT)
    t.wait_for("BASELINE", "intact", absent=FORM, limit_s=LONG_S)


def _objective(t: Any) -> None:
    t.press("2")
    t.wait_for("draft", "L lock")
    t.press("L")
    t.wait_for("Lock the objective", "held to its bytes")
    t.press(SUBMIT)
    t.wait_for("v1 locked", "in sync", absent=FORM)


def _baseline(t: Any) -> None:
    t.press("3")
    t.wait_for("n new")
    _new(t, "Carrier and hour median", follows=False, template="drafts/01-baseline")
    _run(t)
    because = "the plainest rule a dispatcher could use; it is here to be beaten"
    _reviewed(t, "PROCEED", because, then="n new")


def _flawed(t: Any, demo: Path) -> None:
    """The Critic finds what was planted, with the three lines; the watch shows it on saving."""
    _new(t, "Weather three hours before", follows=True, template="drafts/03-lagged-weather")
    script = _script(demo)
    sound = script.read_text(encoding="utf-8")
    assert sound.count(AFTER) == 1
    _save(script, sound.replace(AFTER, AFTER + PLANTED))
    t.wait_for("C101", "train.py")
    _run(t)
    t.press("c")
    t.wait_for("Critic", "would be", "REVISE_METHOD", limit_s=LONG_S)
    t.press(ENTER)
    t.wait_for("pd.concat([train, validation])", "cause", absent="VERDICT")
    t.press(ESC)
    t.wait_for("VERDICT")
    t.press("f")
    t.wait_for("@@", "usual", absent="VERDICT")
    t.press(ESC)
    t.wait_for("VERDICT")
    because = "the mean is taken over validation flights too, as the lines show"
    _decide(t, "REVISE_METHOD", because, then="n new")


def _mended(t: Any, demo: Path) -> None:
    script = _script(demo)
    _save(script, script.read_text(encoding="utf-8").replace(PLANTED, ""))
    t.press("3")
    t.wait_for("stale", absent="C101")
    _run(t)
    because = "statistics from the training part only, days resampled together"
    _reviewed(t, "PROCEED", because, then="can be scored")


def _sealed(t: Any) -> None:
    """Scored once, on the frozen labels; read in its order; sealed with the name typed out."""
    t.press("v")
    t.wait_for("look 1 of 3", FORM)
    t.press(SUBMIT)
    t.wait_for("inconclusive", "mae", absent=FORM, limit_s=LONG_S)
    _read_at_the_gate(t)
    t.press("S")
    t.wait_for("Seal 002", FORM)
    t.press(RIGHT + TAB + "the registered test was carried out once, as planned" + TAB)
    t.press("one year, three airports of one city" + TAB)
    t.press("sealed as the inconclusive result it is, to be repeated" + TAB)
    t.press("not-its-name")
    t.press(SUBMIT)
    t.wait_for("Seal 002", "! type grd-demo-flight-delays")
    t.press(CLEAR)
    t.read(0.3)
    t.press("grd-demo-flight-delays")
    t.press(SUBMIT)
    t.wait_for("decision", "seal", "files now", absent=FORM, limit_s=LONG_S)


def archived(t: Any) -> None:
    """A belief refuted by the registered rule: it is kept with what it taught."""
    t.press("3")
    t.wait_for("n new")
    _new(t, "The aircraft itself", follows=True, template="drafts/04-tail-number")
    _run(t)
    because = "done properly, and the gain is below the registered line"
    _reviewed(t, "ESCALATE", because, then="read 0 of 6")
    _read_through(t)
    t.press("A")
    t.wait_for("Archive 003", FORM)
    t.press(RIGHT + TAB + "the gain lies below the registered line" + TAB)
    t.press("the age of an aircraft adds nothing to the timetable" + TAB)
    t.press("records of maintenance, which nobody publishes")
    t.press(SUBMIT)
    t.wait_for("archive", "negative_results", absent=FORM, limit_s=LONG_S)


def _read_at_the_gate(t: Any) -> None:
    t.press("o")
    t.wait_for("read 0 of 6", limit_s=LONG_S)
    t.press("S")
    t.wait_for("! read", "first: space", absent=FORM)
    _read_through(t)


def _read_through(t: Any) -> None:
    """Space goes on to the next section; in one that is longer than the screen, down first."""
    t.wait_for("read 0 of 6", limit_s=LONG_S)
    while "read all 6" not in t.text():
        before = body(t)
        t.press(" ")
        wait_until(t, lambda before=before: body(t) != before)
        settle(t)
    t.wait_for("Did we answer")


def _new(t: Any, title: str, *, follows: bool, template: str) -> None:
    t.press("n")
    t.wait_for("New experiment", FORM)
    t.press(title + TAB + TAB + (TAB if follows else ""))
    # Not in one piece with the text: the toolkit does it after the letters that follow it.
    t.press(CLEAR)
    t.read(0.3)
    t.press(template)
    t.wait_for(template)
    t.press(SUBMIT)
    t.wait_for("n new", absent=FORM)


def _run(t: Any) -> None:
    """Run the experiment under the cursor and watch it to its end."""
    t.press("r")
    t.wait_for("seed", FORM)
    t.press(SUBMIT)
    t.wait_for("n new", absent=FORM)
    t.press("w")
    t.wait_for("tab metric", "mae", limit_s=LONG_S)
    t.wait_for("took", limit_s=LONG_S)
    t.press(ESC)
    t.wait_for("n new", absent="tab metric")


def _reviewed(t: Any, verdict: str, because: str, then: str) -> None:
    t.press("c")
    t.wait_for("Critic", "would be", verdict, limit_s=LONG_S)
    _decide(t, verdict, because, then)


def _decide(t: Any, verdict: str, because: str, then: str) -> None:
    t.press("v")
    t.wait_for(verdict, FORM)
    t.press(because)
    t.wait_for(because.rsplit(maxsplit=1)[-1])
    t.press(SUBMIT)
    t.wait_for(then, absent=FORM)


def _script(demo: Path) -> Path:
    return next((demo / "experiments" / "exploration").glob("002-*")) / "train.py"


def _save(path: Path, text: str) -> None:
    """Save as an editor does: whole, and in one step."""
    beside = path.with_name(".train.py.swp")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)
