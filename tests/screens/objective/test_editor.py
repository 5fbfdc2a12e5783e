"""OBJECTIVE.md edited in place, by keys, on a real small study."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot

from grd_core.identity import canonical_json
from grd_core.ledger.tables import DataVersion, Source
from grd_core.objective.unsaved import take_place
from grd_core.study import Study, create_study
from grd_screens.feed import ReadingOnly
from grd_screens.forms.screen import FormScreen
from grd_screens.pages.objective.editor.screen import EditorScreen
from grd_screens.pages.objective.editor.text_area import LONGEST_LINE
from tests.screens.driving import at_rest, opened, screen_text, shows, typed, until
from tests.small_study import copy_of


@pytest.fixture
def study(locked_once: Study, tmp_path: Path) -> Study:
    return copy_of(locked_once, tmp_path / "tides")


@pytest.fixture
def app(fed: Callable[..., Any], study: Study) -> Any:
    """The cockpit over the study; its feeds stand still, its desk works."""
    return fed(root=study.root)


async def editing(pilot: Pilot[int]) -> EditorScreen:
    """Open the editor, and wait until its text is checked."""
    if pilot.app.cockpit.shown != 2:  # type: ignore[attr-defined]
        await opened(pilot, 2)
    await pilot.press("e")
    await until(pilot, lambda: isinstance(pilot.app.screen, EditorScreen), "the editor")
    await checked(pilot)
    return editor(pilot)


def editor(pilot: Pilot[int]) -> EditorScreen:
    assert isinstance(pilot.app.screen, EditorScreen)
    return pilot.app.screen


async def checked(pilot: Pilot[int]) -> None:
    """Wait until the text as it stands is checked."""
    await at_rest(pilot)
    await until(pilot, lambda: editor(pilot).look is not None, "the check")
    await at_rest(pilot)


async def on_line(pilot: Pilot[int], words: str) -> None:
    """Put the cursor at the end of the first line with these words."""
    lines = editor(pilot).text.document.lines
    row = next(at for at, line in enumerate(lines) if words in line)
    editor(pilot).text.move_cursor((row, len(lines[row])), center=True)
    await at_rest(pilot)


def left_behind(study: Study) -> bytes | None:
    place = take_place(study)
    place.close()
    return None if place.found is None else place.found.content


async def test_what_is_typed_is_checked_line_by_line_and_saved_by_f2(
    study: Study, app: Any
) -> None:
    before = study.objective_path.read_bytes()
    async with app.run_test(size=(80, 24)) as pilot:
        await editing(pilot)
        await on_line(pilot, "threshold: 1.0")
        await typed(pilot, "x")
        await checked(pilot)
        said = screen_text(pilot)
        assert "11\N{HEAVY MULTIPLICATION X}     threshold: 1.0x" in said
        assert "1 keeps it from being amended" in said
        assert "drift from v1: unreadable" in said
        assert "`threshold` is not a number" in said
        assert study.objective_path.read_bytes() == before
        await pilot.press("backspace", "backspace", "5")
        await checked(pilot)
        assert "drift from v1: 1 loosened" in screen_text(pilot)
        assert "post hoc" not in screen_text(pilot)
        await pilot.press("f2")
        await shows(pilot, "saved")
        await until(pilot, lambda: editor(pilot).look and editor(pilot).look.state == "saved")
        assert study.objective_path.read_bytes() == before.replace(b"old: 1.0", b"old: 1.5")
        await pilot.press("escape")
        await at_rest(pilot)
        assert not isinstance(app.screen, EditorScreen)
    assert left_behind(study) is None


async def test_bytes_that_were_not_touched_stay(study: Study, app: Any) -> None:
    odd = "moon \u202etide\u2028 \x1b[31mred \N{WARNING SIGN}\ufe0f"
    raw = study.objective_path.read_bytes().replace(b"\n", b"\r\n").replace(b"id:\r\n", b"id:\n")
    raw = b"\xef\xbb\xbf" + raw + odd.encode()
    study.objective_path.write_bytes(raw)
    async with app.run_test(size=(80, 24)) as pilot:
        await editing(pilot)
        await on_line(pilot, "trials: 3")
        await typed(pilot, "0")
        await pilot.press("f2")
        await until(pilot, lambda: b"trials: 30" in study.objective_path.read_bytes())
        assert study.objective_path.read_bytes() == raw.replace(b"trials: 3", b"trials: 30")
        editor(pilot).text.move_cursor(editor(pilot).text.document.end)
        shown = "moon ?tide? ?[31mred \N{WARNING SIGN}?"
        await until(pilot, lambda: shown in screen_text(pilot))  # once the view has followed
        app.post_message(events.Paste("\x1b]0;title\x07"))
        await checked(pilot)
        assert editor(pilot).text.written.endswith("\x1b]0;title\x07")
        assert "\x1b" not in screen_text(pilot)


@pytest.mark.parametrize("keep", ["theirs", "mine"])
async def test_a_file_that_changed_meanwhile_is_never_overwritten(
    study: Study, app: Any, keep: str
) -> None:
    before = study.objective_path.read_bytes()
    theirs, mine = before + b"\ntheirs\n", b"m" + before
    beside = study.root / "OBJECTIVE.edited-1.md"
    async with app.run_test(size=(80, 24)) as pilot:
        await editing(pilot)
        await typed(pilot, "m")
        study.objective_path.write_bytes(theirs)
        await pilot.press("f2")
        await until(pilot, lambda: isinstance(app.screen, FormScreen), "the question")
        assert study.objective_path.read_bytes() == theirs
        await pilot.press(*(["right"] if keep == "mine" else []), "f2")
        await until(pilot, lambda: isinstance(app.screen, EditorScreen) and beside.exists())
        await shows(pilot, "OBJECTIVE.edited-1.md")
        # What was saved is looked at a moment later.
        await shows(pilot, "OBJECTIVE.md · saved")
    kept = {study.objective_path.read_bytes(), beside.read_bytes()}
    assert kept == {theirs, mine}
    assert study.objective_path.read_bytes() == (mine if keep == "mine" else theirs)


async def test_what_is_left_unsaved_is_there_again_and_a_save_elsewhere_is_shown(
    study: Study, app: Any
) -> None:
    before = study.objective_path.read_bytes()
    async with app.run_test(size=(80, 24)) as pilot:
        await editing(pilot)
        await typed(pilot, "words ")
        await pilot.press("escape")
        await shows(pilot, "not saved and kept")
        await editing(pilot)
        await shows(pilot, "words ---", "and not saved: f2 saves it")
        await pilot.press("f5")
        await checked(pilot)
        assert editor(pilot).text.written.encode() == before
        await pilot.press("ctrl+z")
        assert editor(pilot).text.written.encode() == b"words " + before
        await pilot.press("ctrl+y")
        await checked(pilot)
        study.objective_path.write_bytes(before + b"\nfrom elsewhere\n")
        editor(pilot).study_read()
        await shows(pilot, "changed on disk: this is how it stands now")
        await checked(pilot)
        assert editor(pilot).text.written.endswith("from elsewhere\n")
        editor(pilot).text.move_cursor((0, 0))
        await typed(pilot, "last words ")
        app.exit()
    assert left_behind(study) == b"last words " + before + b"\nfrom elsewhere\n"
    assert study.objective_path.read_bytes() == before + b"\nfrom elsewhere\n"


async def test_a_line_goes_on_with_tab_and_problems_are_gone_to(study: Study, app: Any) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await editing(pilot)
        await on_line(pilot, "weight: 1.0")
        await pilot.press("enter")
        await typed(pilot, "  - na")
        await pilot.press("tab")
        await typed(pilot, "rm")
        assert editor(pilot).text.suggestion == "se"
        await pilot.press("right", "enter", "tab", "tab")
        await typed(pilot, "ro")
        await pilot.press("tab", "g", "tab")
        lines = editor(pilot).text.document.lines
        assert lines[13:15] == ["  - name: rmse", "    role: guard"]
        await checked(pilot)
        await pilot.press("f3")
        here = editor(pilot).text.cursor_location[0]
        assert "rmse has no threshold" in screen_text(pilot)
        await pilot.resize_terminal(120, 40)
        await at_rest(pilot)
        assert editor(pilot).text.cursor_location[0] == here
        assert "THE RULE IN PLAIN WORDS" in screen_text(pilot)
        await pilot.press("up", "up", "f3", "f3", "f4")
        assert editor(pilot).text.cursor_location[0] == here
        await pilot.press("f1")
        await shows(pilot, "save OBJECTIVE.md", "the next line with a problem")


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("    threshold:          # from which value", 15),
        ("title:", 6),
        ("  - name: ", 10),
        ("    threshold: 1.0", 4),
    ],
)
async def test_a_missing_value_is_typed_where_it_belongs(
    study: Study, app: Any, line: str, column: int
) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        here = await editing(pilot)
        here.text.set_text(line)
        here.text.go_to(0)
        assert here.text.cursor_location == (0, column)


async def test_what_cannot_be_edited_here_is_refused_with_a_sentence(
    study: Study, app: Any
) -> None:
    study.objective_path.write_bytes(b"---\nid: \xff\n---\n")
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, 2)
        await pilot.press("e")
        await shows(pilot, "refused", "OBJECTIVE.md is not UTF-8")
        await pilot.press("escape")
        await at_rest(pilot)
        assert "refused" not in screen_text(pilot)
        study.objective_path.write_bytes(b"a" * 10_001)
        await pilot.press("e")
        await shows(pilot, "a line of 10,001 characters is too long")
        study.objective_path.unlink()
        await pilot.press("e")
        await shows(pilot, "the objective is locked, only its file is missing")
        app._access = ReadingOnly()
        await pilot.press("e")
        await shows(pilot, "this cockpit is read-only")
        await pilot.press("escape", "E")
        await shows(pilot, "an editor writes OBJECTIVE.md, and this cockpit is read-only")
        assert app.edited == []
    assert left_behind(study) is None


async def test_a_line_too_long_to_be_edited_again_never_comes_in(study: Study, app: Any) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        here = await editing(pilot)
        before = here.text.written
        for pasted in ("z" * LONGEST_LINE, f"two\n{'z' * 10_001}", f"a\n{'z' * 10_001}\nb"):
            await on_line(pilot, "threshold: 1.0")
            here.text.post_message(events.Paste(pasted))
            await shows(pilot, "not taken: a line here holds 10,000 characters at most")
            await at_rest(pilot)
            assert here.text.written == before
        here.text.post_message(events.Paste("\n" + "z" * LONGEST_LINE + "\n"))
        await checked(pilot)
        assert "not taken" not in screen_text(pilot)
        await pilot.press("backspace", "ctrl+home", "delete")
        study.objective_path.write_bytes(b"a" * (LONGEST_LINE + 1))
        here.study_read()
        await shows(pilot, "changed on disk meanwhile")
        await checked(pilot)
        await pilot.press("f5")
        await shows(pilot, "a line of 10,001 characters is too long")
        assert "z" * LONGEST_LINE in here.text.written


async def test_enter_on_a_problem_edits_its_line(
    study: Study, app: Any, show: Callable[..., Any], draft: object
) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await show(draft, "enter")(pilot)
        await until(pilot, lambda: isinstance(app.screen, EditorScreen), "the editor")
        await checked(pilot)
        assert editor(pilot).text.cursor_location == (10, 4)


@pytest.fixture
def declared(tmp_path: Path) -> Study:
    """A study whose data are declared, and nothing else."""
    made = create_study(tmp_path / "tides")
    roles = {"task": "regression", "target": "level", "time": "hour"}
    with made.write("source declared") as tx:
        source = tx.insert(
            Source(
                name="tides.csv",
                path="data/tides.csv",
                format="csv",
                provenance_json="{}",
                roles_json=canonical_json(roles),
            )
        )
        columns = [{"name": name, "type": "float"} for name in ("hour", "moon", "level")]
        tx.insert(
            DataVersion(
                source_id=source,
                sha256="0" * 64,
                size_bytes=1,
                rows=9,
                columns_json=canonical_json(columns),
            )
        )
    return made


async def test_a_draft_is_written_when_it_is_saved_and_not_before(
    declared: Study, fed: Callable[..., Any]
) -> None:
    app = fed(root=declared.root)
    path = declared.objective_path
    async with app.run_test(size=(80, 24)) as pilot:
        await editing(pilot)
        await shows(pilot, "a draft from the declared data")
        await pilot.press("escape")
        await at_rest(pilot)
        assert not path.exists()
        await editing(pilot)
        await on_line(pilot, "target:")
        await pilot.press("enter")
        await typed(pilot, "strata: [mo")
        await pilot.press("tab", "]", "f2")
        await until(pilot, path.exists)
        await shows(pilot, "done")
        assert b"\nstrata: [moon]\n" in path.read_bytes()
        path.unlink()
        await pilot.press("f2")
        await until(pilot, path.exists)
    assert left_behind(declared) is None


@pytest.mark.soak
async def test_a_megabyte_is_edited_and_saved(study: Study, app: Any) -> None:
    raw = study.objective_path.read_bytes()
    raw += b"\r\n".join(b"the moon pulls the tide, line %d of many" % at for at in range(25_000))
    study.objective_path.write_bytes(raw)
    async with app.run_test(size=(120, 40)) as pilot:
        await editing(pilot)
        editor(pilot).text.move_cursor(editor(pilot).text.document.end)
        await typed(pilot, "!")
        await checked(pilot)
        await pilot.press("f2")
        await until(pilot, lambda: study.objective_path.read_bytes() == raw + b"!")


async def test_what_was_saved_a_moment_ago_is_not_called_unsaved(study: Study, app: Any) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await editing(pilot)
        await typed(pilot, "saved ")
        await pilot.press("f2")
        await until(pilot, lambda: study.objective_path.read_bytes().startswith(b"saved "))
        await shows(pilot, "saved")
        await pilot.press("escape")
        await at_rest(pilot)
        assert "not saved" not in screen_text(pilot)
