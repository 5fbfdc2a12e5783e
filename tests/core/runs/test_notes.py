"""Given runs, what a researcher notes on them is kept, found again, and never anything else."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grd_core.errors import RefusedError, UsageError
from grd_core.history.searching import search
from grd_core.history.snapshot import history_snapshot
from grd_core.ledger.tables import Run, RunState
from grd_core.ledger.verify import verify_ledger
from grd_core.runs.experiments import find_experiment
from grd_core.runs.notes import (
    MOST_CHARACTERS,
    all_notes,
    fault_of,
    notes_of_experiment,
    notes_of_run,
    write_note,
)
from grd_core.runs.run_difference import run_difference
from grd_core.runs.snapshot import experiment_snapshot
from grd_core.runs.watching import watch_snapshot
from grd_core.study import Study, find_study
from tests.old_study import study_before_notes, written


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """Made before there were notes; two runs of one experiment."""
    made = study_before_notes(tmp_path / "study")
    folder = "experiments/exploration/001-the-mean/runs/02"
    written(
        made,
        "run",
        Run(
            experiment_id=1,
            ordinal=2,
            folder=folder,
            command_json='["python"]',
            seed=1,
            inputs_json='{"files":{}}',
            objective_version=1,
        ),
        RunState(run_id=2, state="started", detail_json="{}"),
    )
    return made


def test_a_study_made_before_there_were_notes_has_none_and_takes_them(study: Study) -> None:
    with study.read() as ledger:
        assert all_notes(ledger) == notes_of_run(ledger, 1) == ()
    assert watch_snapshot(study, "1").notes == search(study, "gradient") == ()
    first = write_note(study, "1/1", "  the gradient\r\nexplodes at 40  \n")
    assert (first.id, first.run_id, first.run, first.experiment) == (1, 1, "001-the-mean/01", 1)
    assert first.text == "the gradient\nexplodes at 40"
    assert first.author and first.at
    second = write_note(find_study(study.root), "2", "calm")
    with study.read() as ledger:
        assert all_notes(ledger) == notes_of_experiment(ledger, 1) == (first, second)
        assert notes_of_run(ledger, 2) == (second,)
        assert verify_ledger(ledger, ()) == ()


def test_notes_stand_where_their_run_is_told(study: Study) -> None:
    note = write_note(study, "1", "the gradient explodes")
    assert watch_snapshot(study, "1").notes == (note,)
    assert experiment_snapshot(study, find_experiment(study, "1")).notes == (note,)
    found = run_difference(study, "1", "2")
    assert (found.left_noted, found.right_noted) == ((note,), ())
    assert history_snapshot(study).events[-1].what == "note on 001-the-mean/01"
    [hit] = search(study, "EXPLODES gradient")
    assert (hit.kind, hit.where, hit.run, hit.experiment) == ("note", "001-the-mean/01", 1, 1)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is empty"),
        (" \n\t ", "is empty"),
        ("x" * (MOST_CHARACTERS + 1), "has 4,001 characters, and 4,000 is the most"),
        ("caf\udce9", "is no UTF-8 text"),
    ],
    ids=["nothing", "space", "too long", "bytes"],
)
def test_what_is_no_note_is_refused_and_nothing_is_written(
    study: Study, text: str, why: str
) -> None:
    assert fault_of(text) == why
    with pytest.raises(UsageError) as refused:
        write_note(study, "1", text)
    assert refused.value.sentence().startswith(f"the note {why}: give 1 to 4,000 characters")
    with study.read() as ledger:
        assert all_notes(ledger) == ()


def test_as_much_as_may_be_is_taken_whole(study: Study) -> None:
    text = "é" * MOST_CHARACTERS
    assert write_note(study, "1", f"\n{text}\n").text == text


def test_no_such_run_and_a_read_only_study_are_refused(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UsageError, match="no run is called '9': runs are 1 to 2"):
        write_note(study, "9", "seen")
    monkeypatch.setattr("os.access", lambda *_: False)  # root may write anywhere
    with pytest.raises(RefusedError, match="the study is read-only"):
        write_note(study, "1", "seen")


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.text(min_size=1, max_size=200))
def test_any_text_is_kept_to_the_letter_and_verifies(study: Study, text: str) -> None:
    if fault_of(text):
        return
    note = write_note(study, "2", text)
    with study.read() as ledger:
        assert notes_of_run(ledger, 2)[-1] == note
        assert verify_ledger(ledger, ()) == ()
    assert note.text == text.replace("\r\n", "\n").replace("\r", "\n").strip()
