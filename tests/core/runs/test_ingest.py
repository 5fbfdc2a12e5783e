"""Journals of a run that goes on, taken up piece by piece."""

from __future__ import annotations

import pytest

from grd_core.identity import canonical_json
from grd_core.launch.locks import shared, try_lock
from grd_core.launch.spec import SUPERVISOR_LOCK
from grd_core.ledger.tables import Run, RunState
from grd_core.runs.ingest import Ingested, ingest
from grd_core.runs.journal_reader import read_new
from grd_core.runs.points import read_points
from grd_core.runs.snapshot import watch_snapshot


def line(step: int, **metrics: float) -> str:
    return canonical_json({"step": step, "time": 1000.0 + step, "metrics": metrics}) + "\n"


@pytest.fixture
def journal(study, experiment):
    """The journal folder of a run that something supervises."""
    folder = experiment.folder / "runs" / "01" / "journal"
    folder.mkdir(parents=True)
    with study.write("run started") as tx:
        run_id = tx.insert(
            Run(
                experiment_id=experiment.id,
                ordinal=1,
                folder=study.relative(folder.parent),
                command_json="[]",
                seed=0,
                inputs_json="{}",
                objective_version=1,
            )
        )
        tx.insert(RunState(run_id=run_id, state="started", detail_json="{}"))
    with shared(study.ledger_path.parent / "launching.lock"):
        held = try_lock(folder.parent / SUPERVISOR_LOCK)
        yield folder
        assert held is not None


def values(study, name: str) -> list[float]:
    with study.read() as ledger:
        return list(read_points(ledger, 1, name).values)


def test_new_lines_are_taken_up_once(study, journal):
    path = journal / "10-10.jsonl"
    path.write_text(line(0, loss=1.0) + line(1, loss=0.5))
    assert ingest(study) == Ingested(points=2, lines=2, malformed=0, ended=())
    assert ingest(study) == Ingested(points=0, lines=0, malformed=0, ended=())
    with path.open("a") as stream:
        stream.write(line(2, loss=0.25)[:-9])
    assert ingest(study).lines == 0
    with path.open("a") as stream:
        stream.write(line(2, loss=0.25)[-9:])
    assert ingest(study).points == 1
    assert values(study, "loss") == [1.0, 0.5, 0.25]


def test_several_processes_of_a_run_share_its_metrics(study, journal):
    (journal / "10-10.jsonl").write_text(line(0, loss=1.0))
    (journal / "11-10.jsonl").write_text(line(0, rank1=2.0) + line(1, loss=3.0))
    ingest(study)
    assert values(study, "loss") == [1.0, 3.0]
    assert values(study, "rank1") == [2.0]


def test_a_rewritten_journal_keeps_what_was_known_and_says_so(study, journal):
    path = journal / "10-10.jsonl"
    path.write_text(line(0, loss=1.0) + line(1, loss=0.5))
    ingest(study)
    path.write_text(line(7, loss=9.0))
    ingest(study)
    path.write_text(line(0, loss=1.0) + line(1, loss=0.5) + line(2, loss=0.1))
    ingest(study)
    assert values(study, "loss") == [1.0, 0.5]
    assert watch_snapshot(study, "1").journals_rewritten == 1


def test_what_is_malformed_or_lost_shows_on_the_watch(study, journal):
    lost = canonical_json({"lost": 4, "step": 1, "time": 1.5, "metrics": {"loss": 0.5}})
    (journal / "10-10.jsonl").write_text(f"{line(0, loss=1.0)}nonsense\n{lost}\n")
    assert ingest(study).malformed == 1
    snapshot = watch_snapshot(study, "1")
    assert (snapshot.malformed, snapshot.lost) == (1, 4)


def test_a_training_process_cannot_end_its_run(study, journal):
    (journal / "10-10.jsonl").write_text('{"kind":"exit","reason":"done","time":1.5}\n')
    assert ingest(study).ended == ()
    assert watch_snapshot(study, "1").run.state == "started"


def test_records_nobody_can_read_do_not_wedge_the_ingest(study, journal):
    (journal / "supervisor.jsonl").write_text(
        '{"kind":"sample"}\n{"kind":"start","time":"x"}\n{"kind":"unheard of"}\n'
    )
    (journal / "10-10.jsonl").write_text(line(0, loss=1.0))
    assert ingest(study).malformed == 2
    assert values(study, "loss") == [1.0]


def test_a_large_journal_is_taken_up_in_blocks(study, journal, monkeypatch):
    monkeypatch.setattr("grd_core.runs.ingest.read_new", small_blocks)
    (journal / "10-10.jsonl").write_text("".join(line(i, loss=float(i)) for i in range(200)))
    assert ingest(study).points == 200
    assert values(study, "loss") == [float(i) for i in range(200)]


def small_blocks(path, position):
    return read_new(path, position, limit=500)


def test_a_journal_that_never_stops_growing_does_not_hold_the_ingest(study, journal, monkeypatch):
    path = journal / "10-10.jsonl"
    path.write_text(line(0, loss=0.0))
    original = read_new

    def growing(path, position):
        found = original(path, position)
        with path.open("a") as stream:
            stream.write(line(1, loss=1.0))
        return found

    monkeypatch.setattr("grd_core.runs.ingest.read_new", growing)
    assert ingest(study).points == 1
    assert ingest(study).points == 1
