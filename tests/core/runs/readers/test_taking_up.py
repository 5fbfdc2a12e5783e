"""Files of other tools beside a run that goes on, taken up by `ingest`."""

from __future__ import annotations

import json
import os
import time

import pytest

from grd_core.identity import canonical_json
from grd_core.launch.locks import shared, try_lock
from grd_core.launch.spec import SUPERVISOR_LOCK
from grd_core.ledger.tables import Run, RunState
from grd_core.runs.ingest import ingest
from grd_core.runs.points import read_points
from grd_core.runs.readers import following
from grd_core.runs.readers.taking_up import metric_files


@pytest.fixture
def begin(study, experiment):
    """Begin the next run of the experiment, which something supervises; returns its folder."""
    held = []

    def one():
        ordinal = len(held) + 1
        folder = experiment.folder / "runs" / f"{ordinal:02d}"
        (folder / "journal").mkdir(parents=True)
        with study.write("run started") as tx:
            run_id = tx.insert(
                Run(
                    experiment_id=experiment.id,
                    ordinal=ordinal,
                    folder=study.relative(folder),
                    command_json="[]",
                    seed=0,
                    inputs_json="{}",
                    objective_version=1,
                )
            )
            tx.insert(RunState(run_id=run_id, state="started", detail_json="{}"))
        held.append(try_lock(folder / SUPERVISOR_LOCK))
        # The clock of files ticks every 4 ms: what a run writes at once would seem older than it.
        time.sleep(0.02)
        return folder

    with shared(study.ledger_path.parent / "launching.lock"):
        yield one


@pytest.fixture
def run(begin):
    return begin()


def end(study, run_id: int) -> None:
    with study.write("run ended") as tx:
        tx.insert(RunState(run_id=run_id, state="done", detail_json=canonical_json({})))


def told(study, name: str, run_id: int = 1) -> list[tuple[int, float]]:
    with study.read() as ledger:
        points = read_points(ledger, run_id, name)
    return list(zip(points.steps, points.values, strict=True))


def files(study, run_id: int = 1) -> dict[str, tuple[str, tuple[str, ...]]]:
    with study.read() as ledger:
        return {f.path: (f.status, f.names) for f in metric_files(ledger, run_id)}


def journal_line(step: int, **metrics: float) -> str:
    return canonical_json({"step": step, "time": 1000.0 + step, "metrics": metrics}) + "\n"


def append(path, text: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as stream:
        stream.write(text if isinstance(text, bytes) else text.encode())


def test_every_kind_of_file_is_taken_up_as_it_grows(study, run, events):
    append(run / "tb" / "events.out.tfevents.1.host", events.version())
    append(run / "out.jsonl", '{"step":0,"json":0}\n')
    append(run / "logs" / "version_0" / "metrics.csv", "epoch,step,csv\n0,0,0\n")
    append(run / "stdout.log", "epoch 0 printed=0\n")
    for step in (1, 2):
        event = events.event(step, events.simple("board", float(step)))
        append(run / "tb" / "events.out.tfevents.1.host", event)
        append(run / "out.jsonl", f'{{"step":{step},"json":{step}}}\n')
        append(run / "logs" / "version_0" / "metrics.csv", f"{step},{step},{step}\n")
        append(run / "stdout.log", f"epoch {step} printed={step}\n")
        state = {"log_history": [{"step": s, "trained": s} for s in range(step + 1)]}
        folder = run / "model" / f"checkpoint-{step}"
        folder.mkdir(parents=True)
        (folder / "trainer_state.json").write_text(json.dumps(state))
        assert ingest(study).points > 0
        assert ingest(study).points == 0
    assert told(study, "board") == [(1, 1.0), (2, 2.0)]
    for name in ("json", "csv", "printed", "trained"):
        assert told(study, name) == [(0, 0.0), (1, 1.0), (2, 2.0)], name
    assert files(study) == {
        "./logs/version_0/metrics.csv": ("reading", ("epoch", "csv")),
        "./model/trainer_state.json": ("reading", ("trained",)),
        "./out.jsonl": ("reading", ("json",)),
        "./stdout.log": ("reading", ("printed",)),
        "./tb/events.out.tfevents.1.host": ("reading", ("board",)),
    }


def test_a_file_written_byte_by_byte_is_the_file(study, run):
    text = b'{"step":1,"loss":0.5}\n{"step":2,"loss":0.25}\n'
    for byte in text:
        append(run / "out.jsonl", bytes([byte]))
        ingest(study)
    assert told(study, "loss") == [(1, 0.5), (2, 0.25)]


def test_a_journal_wins_over_what_was_printed_before_it(study, run):
    append(run / "stdout.log", "step 1 loss=0.5 other=1\n")
    ingest(study)
    assert told(study, "loss") == [(1, 0.5)]
    append(run / "journal" / "10-10.jsonl", journal_line(1, loss=0.5))
    append(run / "stdout.log", "step 2 loss=0.25 other=2\n")
    ingest(study)
    append(run / "journal" / "10-10.jsonl", journal_line(2, loss=0.25))
    append(run / "stdout.log", "step 3 loss=0.1 other=3\n")
    ingest(study)
    assert told(study, "loss") == [(1, 0.5), (2, 0.25)]
    assert told(study, "other") == [(1, 1.0), (2, 2.0), (3, 3.0)]
    assert files(study)["./stdout.log"] == ("reading", ("other",))


def test_the_first_file_keeps_a_name_and_printed_lines_stand_back(study, run):
    append(run / "stdout.log", "step 1 loss=9\n")
    ingest(study)
    append(run / "b.jsonl", '{"step":1,"loss":0.5}\n')
    append(run / "stdout.log", "step 2 loss=9\n")
    ingest(study)
    append(run / "a.jsonl", '{"step":1,"loss":7,"mine":1}\n')
    append(run / "b.jsonl", '{"step":2,"loss":0.25}\n')
    ingest(study)
    assert told(study, "loss") == [(1, 0.5), (2, 0.25)]
    assert told(study, "mine") == [(1, 1.0)]


def test_all_event_files_of_a_folder_are_one(study, run, events):
    for number in (1, 2):
        event = events.event(number, events.simple("loss", float(number)))
        append(run / f"events.out.tfevents.{number}.host", event)
    ingest(study)
    assert told(study, "loss") == [(1, 1.0), (2, 2.0)]


@pytest.mark.parametrize("replace", [False, True])
def test_a_log_that_was_rotated_is_read_from_its_beginning(study, run, replace):
    append(run / "out.jsonl", '{"step":1,"loss":0.5}\n{"step":2,"loss":0.25}\n')
    ingest(study)
    if replace:
        (run / "new").write_text(
            '{"step":3,"loss":0.1}\n{"step":4,"loss":0.05}\n{"step":5,"loss":0}\n'
        )
        (run / "new").rename(run / "out.jsonl")
    else:
        (run / "out.jsonl").write_text('{"step":3,"loss":0.1}\n')
        ingest(study)
        append(run / "out.jsonl", '{"step":4,"loss":0.05}\n')
        ingest(study)
        append(run / "out.jsonl", '{"step":5,"loss":0}\n')
    ingest(study)
    assert told(study, "loss") == [(1, 0.5), (2, 0.25), (3, 0.1), (4, 0.05), (5, 0.0)]


def test_a_log_that_was_cut_and_continued_doubles_nothing(study, run):
    lines = [f'{{"step":{i},"loss":{i / 8}}}\n' for i in range(8)]
    append(run / "out.jsonl", "".join(lines))
    ingest(study)
    (run / "out.jsonl").write_text("".join(lines[:4]))
    assert ingest(study).points == 0
    append(run / "out.jsonl", '{"step":4,"loss":9}\n')
    ingest(study)
    append(run / "out.jsonl", '{"step":5,"loss":9}\n')
    ingest(study)
    assert told(study, "loss") == [*((i, i / 8) for i in range(8)), (4, 9.0), (5, 9.0)]


def test_a_table_whose_header_grows_is_not_told_twice(study, run):
    table = run / "metrics.csv"
    table.write_text("epoch,step,train_loss\n0,10,0.5\n0,20,nan\n")
    ingest(study)
    table.write_text("epoch,step,train_loss,val_loss\n0,10,0.5,\n0,20,nan,\n0,20,,0.75\n")
    ingest(study)
    append(table, "1,30,0.25,\n")
    ingest(study)
    assert repr(told(study, "train_loss")) == "[(10, 0.5), (20, nan), (30, 0.25)]"
    assert told(study, "val_loss") == [(20, 0.75)]
    assert told(study, "epoch") == [(10, 0.0), (20, 0.0), (30, 1.0)]


def test_checkpoints_come_and_go_and_a_training_that_went_back_is_told_as_it_was(study, run):
    def save(step: int, values: list[float]) -> None:
        folder = run / f"checkpoint-{step}"
        folder.mkdir(exist_ok=True)
        history = [{"step": i, "loss": value} for i, value in enumerate(values)]
        (folder / "trainer_state.json").write_text(json.dumps({"log_history": history}))
        at = time.time() + step
        os.utime(folder / "trainer_state.json", (at, at))
        ingest(study)

    save(1, [4.0, 3.0])
    save(2, [4.0, 3.0, 2.0])
    (run / "checkpoint-1" / "trainer_state.json").unlink()
    save(3, [4.0, 3.0, 1.5])
    save(4, [4.0, 3.0, 1.5, 1.0])
    assert told(study, "loss") == [(0, 4.0), (1, 3.0), (2, 2.0), (2, 1.5), (3, 1.0)]


def test_a_state_that_is_half_written_waits(study, run):
    state = json.dumps({"log_history": [{"step": 1, "loss": 0.5}]})
    (run / "trainer_state.json").write_text(state[:-4])
    assert ingest(study).points == 0
    (run / "trainer_state.json").write_text(state)
    assert ingest(study).points == 1


def test_garbage_stops_an_event_file_with_a_word_until_it_is_replaced(study, run, events):
    path = run / "events.out.tfevents.1.host"
    path.write_bytes(events.event(1, events.simple("loss", 1.0)) + b"garbage, not a record")
    assert ingest(study).points == 1
    append(path, events.event(2, events.simple("loss", 2.0)))
    assert ingest(study).points == 0
    with study.read() as ledger:
        (file,) = metric_files(ledger, 1)
    assert (file.status, "checksum" in file.word) == ("damaged", True)
    path.unlink()
    path.write_bytes(events.event(3, events.simple("loss", 3.0)))
    ingest(study)
    assert told(study, "loss") == [(1, 1.0), (3, 3.0)]


def test_links_pipes_and_hidden_folders_are_not_read(study, run, tmp_path):
    outside = tmp_path / "elsewhere"
    append(outside / "out.jsonl", '{"step":1,"loss":1}\n')
    (run / "linked").symlink_to(outside)
    (run / "link.jsonl").symlink_to(outside / "out.jsonl")
    os.mkfifo(run / "pipe.jsonl")
    append(run / ".hidden" / "out.jsonl", '{"step":1,"loss":1}\n')
    append(run / "predictions.csv", "step,loss\n1,1\n")
    assert ingest(study).points == 0
    assert files(study) == {}


def test_names_are_bounded_and_the_meters_are_not_taken(study, run):
    metrics = ",".join(f'"m{i}":{i}' for i in range(300))
    append(run / "out.jsonl", f'{{"step":1,"sys/cpu_cores":5,{metrics}}}\n')
    ingest(study)
    with study.read() as ledger:
        (file,) = metric_files(ledger, 1)
    assert (len(file.names), file.names[0]) == (200, "m0")
    assert "200" in file.word


def test_names_and_times_a_database_would_refuse_do_not_wedge_the_ingest(study, run):
    append(run / "out.jsonl", '{"step":1,"\\ud800":1,"time":NaN}\n')
    append(run / "journal" / "10-10.jsonl", '{"step":1,"time":1.0,"metrics":{"\\udfff":2.0}}\n')
    append(run / "journal" / "10-10.jsonl", '{"step":1,"time":NaN,"metrics":{"a":2.0}}\n')
    append(run / os.fsdecode(b"\xff.jsonl"), '{"step":1,"odd":1}\n')
    assert ingest(study).malformed == 1
    assert told(study, "\\ud800") == [(1, 1.0)]
    assert told(study, "\\udfff") == [(1, 2.0)]
    assert told(study, "odd") == [(1, 1.0)]


def test_a_large_file_without_metrics_is_left_alone(study, run, monkeypatch):
    monkeypatch.setattr(following, "SNIFF_BYTES", 1000)
    append(run / "texts.jsonl", '{"text":"words"}\n' * 100)
    append(run / "table.csv", "id,value\n1,2\n")
    ingest(study)
    append(run / "texts.jsonl", '{"step":1,"loss":1}\n')
    append(run / "table.csv", "3,4\n")
    assert ingest(study).points == 0
    assert {status for status, _ in files(study).values()} == {"ignored"}


def test_a_log_whose_middle_was_given_back_goes_on(study, run):
    log = run / "stdout.log"
    append(log, "step 1 loss=1\n" + "x" * 100_000 + "\n")
    ingest(study)
    size = log.stat().st_size
    with log.open("r+b") as stream:
        stream.truncate(200)  # the last bytes that were read become zeros, as in a hole
        stream.truncate(size + 2_000_000)
        stream.seek(0, 2)
        stream.write(b"rest of a line\nstep 2 loss=2\n")
    ingest(study)
    append(log, "step 3 loss=3\n")
    ingest(study)
    assert told(study, "loss") == [(1, 1.0), (2, 2.0), (3, 3.0)]


def test_files_of_the_experiment_are_the_runs_only_if_written_since_it_began(
    study, experiment, begin
):
    append(experiment.folder / "old.jsonl", '{"step":1,"old":1}\n')
    os.utime(experiment.folder / "old.jsonl", (1e9, 1e9))
    begin()
    append(experiment.folder / "lightning_logs" / "version_0" / "metrics.csv", "step,new\n1,1\n")
    append(experiment.folder / "runs" / "Nov23_host" / "out.jsonl", '{"step":1,"board":1}\n')
    append(experiment.folder / "runs" / "77" / "out.jsonl", '{"step":1,"foreign":1}\n')
    ingest(study)
    assert files(study) == {
        "../../lightning_logs/version_0/metrics.csv": ("reading", ("new",)),
        "../../runs/Nov23_host/out.jsonl": ("reading", ("board",)),
    }


def test_events_from_before_the_run_are_another_trainings(study, experiment, begin, events):
    path = experiment.folder / "events.out.tfevents.1.host"
    append(path, events.event(1, events.simple("loss", 1.0), time=time.time() - 60))
    begin()
    append(path, events.event(2, events.simple("loss", 2.0), time=time.time() + 1))
    ingest(study)
    assert told(study, "loss") == [(2, 2.0)]


def test_two_runs_at_once_get_none_of_each_others_points(study, experiment, begin):
    log = experiment.folder / "out.jsonl"
    begin()
    append(log, '{"step":1,"loss":1}\n')
    ingest(study)
    begin()
    append(log, '{"step":2,"loss":2}\n')
    ingest(study)
    end(study, 2)
    append(log, '{"step":3,"loss":3}\n')
    ingest(study)  # whose line 2 is, nobody can tell
    assert told(study, "loss", 1) == [(1, 1.0)]
    assert told(study, "loss", 2) == []


def test_a_file_that_runs_append_to_one_after_the_other_is_told_to_each_once(
    study, experiment, begin
):
    log = experiment.folder / "out.jsonl"
    begin()
    append(log, '{"step":1,"loss":1}\n')
    ingest(study)
    end(study, 1)
    begin()
    append(log, '{"step":2,"loss":2}\n')
    ingest(study)
    end(study, 2)
    begin()
    time.sleep(0.02)
    log.write_text(log.read_text())  # a third run says all of it again
    ingest(study)
    assert told(study, "loss", 1) == [(1, 1.0)]
    assert told(study, "loss", 2) == [(2, 2.0)]
    assert told(study, "loss", 3) == [(1, 1.0), (2, 2.0)]


def test_points_and_the_place_they_were_read_to_commit_together(study, run, monkeypatch):
    append(run / "out.jsonl", '{"step":1,"loss":1}\n')

    def fails(*_):
        raise OSError("killed")

    with monkeypatch.context() as patched:
        patched.setattr("grd_core.runs.readers.taking_up.save", fails)
        with pytest.raises(OSError, match="killed"):
            ingest(study)
    assert told(study, "loss") == []
    ingest(study)
    assert told(study, "loss") == [(1, 1.0)]


def test_a_large_file_is_taken_up_in_pieces(study, run, monkeypatch):
    monkeypatch.setattr("grd_core.runs.readers.taking_up.BLOCK_BYTES", 5000)
    original = following.read_piece
    monkeypatch.setattr(
        "grd_core.runs.readers.taking_up.read_piece",
        lambda *arguments: original(*arguments, limit=2000),
    )
    for name in ("a", "b", "c"):
        lines = (f'{{"step":{i},"{name}":{i}}}\n' for i in range(500))
        append(run / f"{name}.jsonl", "".join(lines))
    assert ingest(study).points == 1500
    assert told(study, "b") == [(i, float(i)) for i in range(500)]
