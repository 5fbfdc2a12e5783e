"""Training that somebody started by hand, told by its files."""

from __future__ import annotations

import os
import time

import pytest

from grd_core.ledger.tables import Run, RunState
from grd_core.runs.readers.unsupervised import LIVE_S, unsupervised


@pytest.fixture
def hand(study, experiment):
    """Write a file into the experiment's folder by hand, `after_s` seconds from now."""

    def write(name: str, text: str, after_s: float = 10.0) -> None:
        path = experiment.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        at = time.time() + after_s
        os.utime(path, (at, at))

    return write


def start(study, experiment, *states: str) -> None:
    with study.write("run") as tx:
        run_id = tx.insert(
            Run(
                experiment_id=experiment.id,
                ordinal=1,
                folder=f"{study.relative(experiment.folder)}/runs/01",
                command_json="[]",
                seed=0,
                inputs_json="{}",
                objective_version=1,
            )
        )
        for state in ("started", *states):
            tx.insert(RunState(run_id=run_id, state=state, detail_json="{}"))


def test_files_of_metrics_outside_the_runs_tell_of_it(study, experiment, hand):
    assert unsupervised(study) == ()
    hand("lightning_logs/version_0/metrics.csv", "epoch,step,loss\n0,1,0.5\n", after_s=5.0)
    hand("journal/12-34.jsonl", '{"step":1,"time":1.0,"metrics":{"loss":0.5}}\n')
    hand("runs/01/out.jsonl", '{"step":1,"loss":1}\n')
    (found,) = unsupervised(study)
    assert found.experiment == experiment.name
    assert found.files == ("journal/12-34.jsonl", "lightning_logs/version_0/metrics.csv")
    assert found.is_live(found.last_written + LIVE_S - 1)
    assert not found.is_live(found.last_written + LIVE_S)


def test_data_and_files_that_were_there_before_tell_nothing(study, hand):
    hand("data.csv", "id,value\n1,2\n")
    hand("texts.jsonl", '{"text":"words"}\n')
    hand("copied.jsonl", '{"step":1,"loss":1}\n', after_s=-1e6)
    assert unsupervised(study) == ()


def test_what_is_written_while_a_run_goes_on_is_the_runs(study, experiment, hand):
    hand("out.jsonl", '{"step":1,"loss":1}\n')
    start(study, experiment)
    assert unsupervised(study) == ()


def test_what_was_written_before_the_last_run_ended_is_accounted_for(study, experiment, hand):
    hand("out.jsonl", '{"step":1,"loss":1}\n', after_s=0.0)
    start(study, experiment, "done")
    assert unsupervised(study) == ()
