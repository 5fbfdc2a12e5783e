"""What speaks for an experiment: a run of its own code, and the predictions of that run's end."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from grd_core.checks.contract import Group, ResultsContext
from grd_core.critic.inputs import context_for, input_hashes
from grd_core.critic.review import record, review
from grd_core.errors import RefusedError
from grd_core.ledger.tables import ExperimentState, Waiver
from grd_core.runs.baselines import BaselineRun, NoBaseline, main_baseline
from grd_core.runs.experiments import ExperimentRecord, find_experiment, new_experiment
from grd_core.runs.ingest import ingest
from grd_core.runs.judged import judged_run, recorded_predictions
from grd_core.runs.records import find_run
from grd_core.runs.start import start_run
from grd_core.study import Study
from tests.small_study import (
    HYPOTHESIS,
    JUSTIFICATION,
    SCRIPT,
    copy_of,
    run_to_its_end,
)

MEAN, MOON, WIND = "1", "2", "3"


@pytest.fixture
def study(judged_once: Study, tmp_path: Path) -> Study:
    return copy_of(judged_once, tmp_path / "tides")


def table_of(study: Study, experiment: str, ordinal: int = 1) -> Path:
    folder = find_experiment(study, experiment).folder
    return folder / "runs" / f"{ordinal:02d}" / "predictions.csv"


def judged(study: Study, experiment: str) -> int:
    with study.read() as ledger:
        return judged_run(ledger, find_experiment(study, experiment)).id


def predictions(study: Study, run: int) -> Path | None:
    with study.read() as ledger:
        return recorded_predictions(study, ledger, run)


def changed(study: Study, experiment: str, before: dict[str, object]) -> set[str]:
    now = input_hashes(study, find_experiment(study, experiment))
    return {key for key in now if now[key] != before[key]}


# --- predictions -----------------------------------------------------------------------


def as_parquet(table: Path, other: Path) -> None:
    pd.read_csv(other).to_parquet(table.with_suffix(".parquet"))
    table.unlink()


def beside(table: Path, other: Path) -> None:
    pd.read_csv(other).to_parquet(table.with_suffix(".parquet"))


def edited(table: Path, other: Path) -> None:
    shutil.copy(other, table)


def gone(table: Path, _other: Path) -> None:
    table.unlink()


@pytest.mark.parametrize("hand", [as_parquet, beside, edited, gone])
def test_predictions_made_by_hand_are_nobodys(study: Study, hand) -> None:
    before = input_hashes(study, find_experiment(study, WIND))
    hand(table_of(study, WIND), table_of(study, MOON))
    with pytest.raises(RefusedError, match="the predictions of run 3 changed since it ended"):
        predictions(study, 3)
    with pytest.raises(RefusedError, match="changed since it ended"):
        context_for(study, find_experiment(study, WIND), Group.RESULTS)
    assert changed(study, WIND, before) == {"predictions"}


def test_predictions_as_they_were_recorded_are_found(study: Study) -> None:
    assert predictions(study, 3) == table_of(study, WIND)
    assert predictions(study, 99) is None


def test_predictions_replaced_before_anybody_looked_are_nobodys(study: Study) -> None:
    started = start_run(study, find_experiment(study, WIND))
    while not (started.folder / "journal" / "supervisor.jsonl").read_text().count('"exit"'):
        pass
    shutil.copy(table_of(study, MOON), table_of(study, WIND, 2))
    while find_run(study, str(started.id)).is_going_on:
        ingest(study)
    assert find_run(study, str(started.id)).detail["changed_since_exit"] == ["predictions.csv"]
    with pytest.raises(RefusedError, match="changed since it ended"):
        predictions(study, started.id)


# --- the run ---------------------------------------------------------------------------


def test_a_run_of_another_command_may_run_and_is_never_judged(study: Study) -> None:
    stolen = table_of(study, MOON)
    command = ["sh", "-c", f"cp {stolen} $GRD_RUN_DIR/predictions.csv"]
    assert judged(study, WIND) == 3
    started = start_run(study, find_experiment(study, WIND), command=command)
    while find_run(study, str(started.id)).is_going_on:
        ingest(study)
    assert find_run(study, str(started.id)).state == "done"
    assert judged(study, WIND) == 3


def test_the_command_is_part_of_what_is_judged(study: Study) -> None:
    before = input_hashes(study, find_experiment(study, WIND))
    assert before["command"] == ["python", "train.py"]
    wind = find_experiment(study, WIND)
    started = start_run(study, wind, command=["python", "train.py", "--fast"])
    while find_run(study, str(started.id)).is_going_on:
        ingest(study)
    assert judged(study, WIND) == started.id
    assert "command" in changed(study, WIND, before)


@pytest.mark.parametrize("name", ["SCORECARD_x.py", ".hidden/x.py", "lib/runs/x.py", "x.pkl"])
def test_no_file_of_an_experiment_is_passed_over(study: Study, name: str) -> None:
    moon = find_experiment(study, MOON)
    before, judged_before = input_hashes(study, moon), judged(study, MOON)
    path = moon.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("answers = 1\n")
    assert changed(study, MOON, before), "a verdict that has not seen it is stale"
    assert judged(study, MOON) == judged_before, "the run before it cannot have read it"
    second = start_run(study, moon)
    while find_run(study, str(second.id)).is_going_on:
        ingest(study)
    assert judged(study, MOON) == second.id
    path.write_text("answers = 2\n")
    assert judged(study, MOON) == judged_before, "the run that may have read it is out"


# --- the baseline ----------------------------------------------------------------------


def baseline(study: Study, experiment: str) -> BaselineRun | NoBaseline:
    found = context_for(study, find_experiment(study, experiment), Group.RESULTS)
    assert isinstance(found, ResultsContext)
    with study.read() as ledger:
        rule = {"baselines": [{"name": "mean", "kind": "own_run", "required": True}]}
        stands = main_baseline(study, ledger, find_experiment(study, experiment), rule)
    said = str(stands.predictions) if isinstance(stands, BaselineRun) else ""
    assert found.baseline_predictions == said
    return stands


def weaker(study: Study) -> ExperimentRecord:
    """Another baseline, five metres off, named as the objective names its own."""
    made = new_experiment(study, "mean", kind="baseline")
    made.hypothesis_path.write_text(HYPOTHESIS)
    script = SCRIPT.replace("COLUMN", "moon").replace("WEIGHT", "0.0")
    (made.folder / "train.py").write_text(script.replace("said = offset", "said = 5 + offset"))
    run_to_its_end(study, made.number)
    record(study, review(study, made), JUSTIFICATION)
    return made


def test_a_baseline_counts_with_the_run_of_its_own_verdict(study: Study) -> None:
    found = baseline(study, MOON)
    assert isinstance(found, BaselineRun)
    assert (found.run, found.predictions) == (1, table_of(study, MEAN))
    inputs = input_hashes(study, find_experiment(study, MOON))
    assert (inputs["baseline"], inputs["baseline_predictions"]) == (1, found.sha256)


def test_a_weaker_baseline_made_later_does_not_take_its_place(study: Study) -> None:
    before = input_hashes(study, find_experiment(study, MOON))
    weaker(study)
    assert changed(study, MOON, before) == set()


def test_the_next_baseline_counts_once_the_first_is_archived(study: Study) -> None:
    made = weaker(study)
    mean = find_experiment(study, MEAN)
    with study.write("archived") as tx:
        tx.insert(
            ExperimentState(
                experiment_id=mean.id,
                state="archived",
                folder=study.relative(mean.folder),
                detail_json="{}",
            )
        )
    found = baseline(study, MOON)
    assert isinstance(found, BaselineRun)
    assert found.experiment.id == made.id


def swap_table(study: Study) -> None:
    as_parquet(table_of(study, MEAN), table_of(study, MEAN))


def edit_script(study: Study) -> None:
    path = find_experiment(study, MEAN).folder / "train.py"
    path.write_text(path.read_text() + "# x\n")


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (swap_table, "the predictions of run 1 changed since it ended"),
        (edit_script, "the files of 001-the-mean changed since its verdict PROCEED"),
    ],
)
def test_a_baseline_that_was_changed_does_not_stand(study: Study, spoil, reason: str) -> None:
    before = input_hashes(study, find_experiment(study, MOON))
    spoil(study)
    assert baseline(study, MOON) == NoBaseline(reason)
    assert changed(study, MOON, before) == {"baseline", "baseline_predictions"}


def test_a_claim_of_a_gain_is_not_judged_while_its_baseline_is_hidden(study: Study) -> None:
    edit_script(study)
    results = {result.check: result for result in review_of(study, MOON)}
    assert results["R314"].status.value == "errored"
    assert "no required baseline stands" in results["R314"].reason


def test_a_baseline_itself_claims_no_gain(study: Study) -> None:
    context = context_for(study, find_experiment(study, MEAN), Group.RESULTS)
    assert isinstance(context, ResultsContext)
    assert context.falsification == ()


def review_of(study: Study, experiment: str):
    return review(study, find_experiment(study, experiment)).results


# --- waivers ---------------------------------------------------------------------------


def test_an_expired_waiver_is_not_what_a_verdict_rests_on(study: Study) -> None:
    moon = find_experiment(study, MOON)
    for day in ("2020-01-01", "2999-01-01"):
        with study.write("waived") as tx:
            tx.insert(
                Waiver(
                    experiment_id=moon.id,
                    code="P401",
                    path="",
                    reason="for now",
                    expires=f"{day}T00:00:00.000000Z",
                    findings_json="[]",
                )
            )
    assert input_hashes(study, moon)["waivers"] == [2]
