"""An experiment on one line: belief, verdict, metric, cost, what goes on."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from grd_core.identity import canonical_json
from grd_core.ledger.tables import (
    CheckRecord,
    ObjectiveLock,
    Review,
    Run,
    RunState,
    ScorecardRecord,
)
from grd_core.runs.experiments import new_experiment
from grd_core.runs.run_lines import RECENT, all_runs, runs_page
from grd_core.runs.snapshot import experiment_snapshot, loop_snapshot, watch_snapshot
from grd_core.runs.start import start_run
from grd_core.runs.watching import STDOUT_TAIL_LINES, runs_of_interest

TRAIN = "from grd_log import log\nfor i in range(5): log(i, loss=1.0, val_mae=12.0 + i, mae=9.0)\n"


@pytest.fixture
def locked(study):
    """The objective amended to have a primary metric; its lock's hash."""
    lock_metric(study, "mae", 2)
    return study


def lock_metric(study, name: str, version: int) -> None:
    rule = {
        "budget": {"cpu_hours": 10.0, "gpu_hours": 0},
        "metrics": [{"name": "other", "role": "guard"}, {"name": name, "role": "primary"}],
    }
    with study.write("amended") as tx:
        tx.insert(
            ObjectiveLock(
                version=version,
                sha256=f"lock {version}",
                content_base64="",
                rule_json=canonical_json(rule),
                reason="",
                changes_json="[]",
                results_seen_json="{}",
            )
        )


def review(study, experiment, verdict: str, measurement, *, lock: str = "lock 2") -> None:
    with study.write("verdict") as tx:
        id_ = tx.insert(
            Review(
                experiment_id=experiment.id,
                stage="loop",
                loop=1,
                run_id=1,
                inputs_json=canonical_json({"objective_lock": lock}),
                verdict=verdict,
                rule="",
                confidence="medium",
                justification="",
                detail_json="{}",
            )
        )
        tx.insert(
            CheckRecord(
                review_id=id_,
                code="R301",
                status="passed",
                seconds=1.0,
                reason="",
                measurement_json=canonical_json(measurement),
            )
        )


def score(study, experiment, **fields) -> None:
    metric = {"name": "mae", "role": "primary", "estimate": 11.9, "low": 11.4, "high": 12.5}
    with study.write("scored") as tx:
        tx.insert(
            ScorecardRecord(
                experiment_id=experiment.id,
                peek_id=1,
                outcome="supported",
                sha256="",
                content_json=canonical_json({"metrics": [metric | fields]}),
            )
        )


def only(study):
    (line,) = loop_snapshot(study).experiments
    return line


def add_runs(study, experiment, states) -> None:
    """Runs that began and, where the state is another, ended so; ten CPU seconds each."""
    with study.write("runs") as tx:
        first = tx.value("SELECT coalesce(max(ordinal), 0) + 1 FROM run")
        for ordinal, state in enumerate(states, start=first):
            id_ = tx.insert(
                Run(
                    experiment_id=experiment.id,
                    ordinal=ordinal,
                    folder="",
                    command_json="[]",
                    seed=ordinal,
                    inputs_json="{}",
                    objective_version=1,
                )
            )
            tx.insert(RunState(run_id=id_, state="started", detail_json="{}"))
            if state != "started":
                totals = {"wall_s": 20.0, "cpu_s": 10.0, "gpu_s": 0.0}
                detail = canonical_json({"exit_code": 0, "detail": "so", "totals": totals})
                tx.insert(RunState(run_id=id_, state=state, detail_json=detail))


def test_before_anything_ran(locked, experiment):
    line = only(locked)
    assert (line.hypothesis, line.verdict, line.confidence) == ("That it works.", "", "")
    assert (line.metric_name, line.metric_text, line.metric_source) == ("mae", "", "")
    assert (line.cost_h, line.cost_unit, line.note, line.what_changed) == (0.0, "cpu-h", "", "")
    experiment.hypothesis_path.write_text("# t\n\n## What we believe\n\n<!-- one claim -->\n")
    assert only(locked).hypothesis == "first try"


def test_the_metric_is_as_well_known_as_it_can_be(locked, experiment, ended):
    (experiment.folder / "train.py").write_text(TRAIN)
    ended(start_run(locked, experiment).id)
    line = only(locked)
    assert (line.metric_value, line.metric_text, line.metric_source) == (16.0, "16", "live")
    assert line.cost_h > 0
    review(locked, experiment, "PROCEED", {"value": 12.25, "ci": [11.0, 13.5], "n": 10})
    line = only(locked)
    assert (line.metric_text, line.metric_source) == ("12.25 [11, 13.5]", "validation")
    assert (line.verdict, line.confidence, line.verdict_is_old) == ("PROCEED", "medium", False)
    score(locked, experiment)
    line = only(locked)
    assert (line.metric_text, line.metric_source) == ("11.9 [11.4, 12.5]", "frozen")


@pytest.mark.parametrize("measurement", [None, {"value": None, "ci": None}])
def test_a_review_that_could_not_measure_measured_nothing(locked, experiment, measurement):
    review(locked, experiment, "REVISE_DATA", measurement)
    assert (only(locked).metric_source, only(locked).verdict) == ("", "REVISE_DATA")


def test_a_number_of_another_metric_is_not_shown_under_this_ones_name(locked, experiment):
    review(locked, experiment, "PROCEED", {"value": 12.0, "ci": None}, lock="lock 2")
    score(locked, experiment)
    lock_metric(locked, "rmse", 3)
    line = only(locked)
    assert (line.metric_name, line.metric_source) == ("rmse", "")


def test_a_metric_that_could_not_be_scored_is_not_known(locked, experiment):
    review(locked, experiment, "PROCEED", {"value": 12.0, "ci": None})
    score(locked, experiment, estimate=None, low=None, high=None)
    assert (only(locked).metric_text, only(locked).metric_source) == ("12", "validation")


@pytest.mark.parametrize(
    ("states", "note"),
    [
        (["done"], ""),
        (["done", "failed"], "crashed"),
        (["failed", "done"], ""),
        (["stopped_by_user"], "stopped"),
        (["stopped_by_budget"], "stopped by the budget"),
        (["out_of_memory"], "out of memory"),
        (["started"], "out of reach"),
    ],
)
def test_what_goes_on_or_how_it_ended(locked, experiment, states, note):
    add_runs(locked, experiment, states)
    assert only(locked).note == note


def test_what_a_live_run_is_doing(logged):
    study, log = logged
    assert only(study).note == "training"
    log(*({"loss": 1.0} for _ in range(13)))
    line = only(study)
    assert (line.note, line.going_on, line.last_run) == ("training step 12", 1, 1)


def test_a_child_says_what_it_changed(locked, experiment):
    child = new_experiment(locked, "with embargo", kind="refinement", template=experiment.folder)
    assert loop_snapshot(locked).experiments[1].what_changed == ""
    (child.folder / "config.toml").write_text('rate = 0.1\nembargo = "24h"\n')
    line = loop_snapshot(locked).experiments[1]
    assert (line.parent, line.what_changed) == (1, "config: +embargo 24h")
    assert experiment_snapshot(locked, child).line == line
    shutil.rmtree(child.folder)
    line = loop_snapshot(locked).experiments[1]
    assert (line.files_gone, line.what_changed, line.hypothesis) == (True, "", "with embargo")


def test_the_newest_runs_come_with_the_list_and_pages_bring_the_rest(locked, experiment):
    add_runs(locked, experiment, ["started", *["done"] * 44, "failed"])
    other = new_experiment(locked, "another", kind="refinement")
    add_runs(locked, other, ["done"])
    loop = loop_snapshot(locked)
    assert loop.run_count == 47
    # one goes on, though it is older
    assert [run.id for run in loop.runs] == [1, *range(46 - RECENT + 1, 47), 47]
    assert [line.runs for line in loop.experiments] == [46, 1]
    assert loop.experiments[0].cost_h == pytest.approx(45 * 10 / 3600)

    page = runs_page(locked, 1, offset=40, limit=10)
    assert (page.total, page.offset) == (46, 40)
    assert [run.id for run in page.runs] == [6, 5, 4, 3, 2, 1]
    assert [run.id for run in runs_page(locked, None, offset=0, limit=2).runs] == [47, 46]
    assert runs_page(locked, 99, offset=0, limit=5).total == 0
    assert [run.id for run in all_runs(locked)] == list(range(1, 48))


def test_all_runs_are_told_as_their_pages_tell_them(locked, experiment):
    assert all_runs(locked) == ()
    add_runs(locked, experiment, ["done", "started", "failed", "interrupted", "done"])
    with locked.write_derived() as connection:
        connection.executemany(
            "INSERT INTO journal_offset (run_id, file, status, offset, tail, lines,"
            " malformed, lost) VALUES (?, 'supervisor.jsonl', ?, 9, x'', 1, ?, 0)",
            [(3, "rewritten", 2), (1, "reading", 0)],
        )
    told = runs_page(locked, None, offset=0, limit=9).runs[::-1]
    assert all_runs(locked) == tuple(replace(line, age_s=None) for line in told)
    assert [run.id for run in told if run.rewritten or run.malformed] == [3]


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        ("failed", [46]),
        ("first-try STARTED", [1]),
        ("seed:3", [3]),
        ("another", [47]),
        ("another failed", []),
        ("41", [41]),
        ("001-first-try/07", [7]),
        ("100% '", []),
        ("9" * 30, []),
    ],
)
def test_pages_by_words(locked, experiment, words, ids):
    add_runs(locked, experiment, ["started", *["done"] * 44, "failed"])
    add_runs(locked, new_experiment(locked, "another", kind="refinement"), ["done"])
    page = runs_page(locked, None, offset=0, limit=50, words=words)
    assert ([run.id for run in page.runs], page.total) == (ids, len(ids))


def test_the_list_beside_a_watched_run(locked, experiment):
    add_runs(locked, experiment, ["started", *["done"] * 30])
    found = runs_of_interest(locked, limit=4)
    assert [one.run.id for one in found] == [1, 31, 30, 29]


def test_a_long_output_keeps_its_last_lines_raw(logged, experiment):
    study, _ = logged
    log = experiment.folder / "runs" / "01" / "stdout.log"
    log.write_bytes(b"".join(b"line %d \x1b[31m\n" % i for i in range(10_000)))
    watched = watch_snapshot(study, "1")
    assert len(watched.stdout) == STDOUT_TAIL_LINES
    assert watched.stdout[-1] == "line 9999 \x1b[31m"
    log.write_bytes(b"x" * 100_000 + b"\r 99%")
    assert watch_snapshot(study, "1").stdout == (" 99%",)
