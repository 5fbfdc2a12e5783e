"""One look at the frozen labels: admitted, recorded first, never spent twice."""

from __future__ import annotations

import base64
import json
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from grd_core.critic.inputs import input_hashes
from grd_core.errors import DataError, RefusedError
from grd_core.evaluation.evaluate import evaluate
from grd_core.evaluation.snapshot import evaluation_snapshot
from grd_core.identity import canonical_json, sha256_bytes, sha256_file
from grd_core.ledger import tables
from grd_core.recon.roles import Roles
from grd_core.runs.experiment_files import hashes_of
from grd_core.runs.experiments import ExperimentRecord, find_experiment
from grd_core.study import Study, create_study

N = 300
RULE: dict[str, Any] = {
    "id": "late",
    "title": "Does weather help?",
    "task": "regression",
    "target": "delay",
    "metrics": [
        {
            "name": "mae",
            "role": "primary",
            "direction": "lower",
            "threshold": 5.0,
            "minimum_effect": 1.0,
            "weight": 1.0,
        }
    ],
    "strata": ["carrier"],
    "evaluation": {"alpha": 0.05, "cluster": "day", "seeds": 1, "multiplicity": "holm"},
    "baselines": [{"name": "mean", "kind": "own_run", "required": True, "expected": None}],
    "falsification": [
        {
            "metric": "mae",
            "of": "gain",
            "comparison": "<",
            "threshold": 1.0,
            "meaning": "the gain is not worth having",
            "claim": "weather helps",
        }
    ],
    "budget": {"peeks": 1},
}


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """Frozen and locked, with a baseline and a candidate that ran and may proceed."""
    study = create_study(tmp_path / "flights")
    freeze(study)
    lock(study, RULE)
    for name, kind, noise in (("mean", "baseline", 9.0), ("weather", "refinement", 4.0)):
        add_experiment(study, name, kind)
        add_run(study, name, noise)
        proceed(study, name)
    return study


def freeze(study: Study) -> None:
    rng = np.random.default_rng(5)
    ids = np.arange(N) + 10
    labels = pd.DataFrame({"flight": ids, "delay": rng.gamma(2.0, 10.0, N)})
    features = pd.DataFrame(
        {"flight": ids, "day": ids % 20, "carrier": np.where(ids % 2, "UA", "AA")}
    )
    study.frozen_dir.mkdir(parents=True)
    files = []
    for stem, frame in (("test_features", features), ("test_labels", labels)):
        path = study.frozen_dir / f"{stem}.parquet"
        frame.to_parquet(path)
        size = path.stat().st_size
        files.append(
            {
                "path": study.relative(path),
                "sha256": sha256_file(path),
                "rows": N,
                "size_bytes": size,
            }
        )
    roles = Roles("regression", "delay", id="flight").as_json()
    with study.write("data declared, split and frozen") as tx:
        source = tables.Source(
            name="flights",
            path="data/flights.parquet",
            format="parquet",
            provenance_json="{}",
            roles_json=canonical_json(roles),
        )
        version = tables.DataVersion(
            source_id=tx.insert(source), sha256="0" * 64, size_bytes=1, rows=N, columns_json="[]"
        )
        split = tables.Split(
            data_version_id=tx.insert(version),
            strategy="random",
            parameters_json="{}",
            reason="",
            sizes_json="{}",
        )
        tx.insert(
            tables.Freeze(
                split_id=tx.insert(split),
                files_json=canonical_json(files),
                test_ids_sha256="1" * 64,
                test_rows=N,
            )
        )


def lock(study: Study, rule: dict[str, Any]) -> None:
    raw = study.objective_path.read_bytes() if study.objective_path.exists() else b"# a question\n"
    study.objective_path.write_bytes(raw)
    with study.write("objective locked") as tx:
        version = int(tx.value("SELECT count(*) + 1 FROM objective_lock"))
        digest = sha256_bytes(raw)
        tx.insert(
            tables.ObjectiveLock(
                version=version,
                sha256=digest,
                content_base64=base64.b64encode(raw).decode(),
                rule_json=canonical_json(rule | {"version": version, "sha256": digest}),
                reason="",
                changes_json="[]",
                results_seen_json=canonical_json({"runs": [], "reviews": [], "scorecards": []}),
            )
        )


def add_experiment(study: Study, slug: str, kind: str) -> None:
    with study.write("experiment created") as tx:
        number = int(tx.value("SELECT count(*) + 1 FROM experiment"))
        folder = study.experiments_dir / "exploration" / f"{number:03d}-{slug}"
        folder.mkdir(parents=True)
        (folder / "HYPOTHESIS.md").write_text("We believe.\n")
        (folder / "train.py").write_text("print('training')\n")
        experiment = tables.Experiment(number=number, slug=slug, title=slug, kind=kind, parent_id=0)
        tx.insert(
            tables.ExperimentState(
                experiment_id=tx.insert(experiment),
                state="open",
                folder=study.relative(folder),
                detail_json="{}",
            )
        )


def add_run(study: Study, slug: str, noise: float, *, seed: int = 0) -> Path:
    """A finished run whose predictions are off by `noise`; its table's path."""
    experiment = find_experiment(study, slug)
    labels = pd.read_parquet(study.frozen_dir / "test_labels.parquet")
    rng = np.random.default_rng(int(noise * 10) + seed)
    said = labels["delay"] + rng.normal(0, noise, N)
    files = hashes_of(experiment.folder)
    with study.write("run") as tx:
        ordinal = 1 + int(
            tx.value("SELECT count(*) FROM run WHERE experiment_id = ?", experiment.id)
        )
        folder = experiment.folder / "runs" / f"{ordinal:02d}"
        folder.mkdir(parents=True)
        path = folder / "predictions.csv"
        frame = pd.DataFrame({"id": labels["flight"], "part": "test", "seed": seed, "y_pred": said})
        frame.to_csv(path, index=False)
        run = tables.Run(
            experiment_id=experiment.id,
            ordinal=ordinal,
            folder=study.relative(folder),
            command_json="[]",
            seed=seed,
            inputs_json=canonical_json({"files": files, "freeze": 1, "script": "train.py"}),
            objective_version=1,
        )
        detail = canonical_json({"files": {path.name: sha256_file(path)}})
        tx.insert(tables.RunState(run_id=tx.insert(run), state="done", detail_json=detail))
    return path


def proceed(study: Study, slug: str, verdict: str = "PROCEED", confidence: str = "high") -> None:
    experiment = find_experiment(study, slug)
    inputs = input_hashes(study, experiment)
    with study.write(f"verdict {verdict}") as tx:
        tx.insert(
            tables.Review(
                experiment_id=experiment.id,
                stage="loop",
                loop=1,
                run_id=inputs["run"],
                inputs_json=canonical_json(inputs),
                verdict=verdict,
                rule="",
                confidence=confidence,
                justification="nothing is in the way",
                detail_json="{}",
            )
        )


def count(study: Study, table: str) -> int:
    with study.read() as ledger:
        return int(ledger.value(f"SELECT count(*) FROM {table}"))


# --- the way it goes -------------------------------------------------------------------


def test_an_admitted_experiment_is_scored_once_and_recorded(study: Study) -> None:
    steps: list[str] = []
    found = evaluate(
        study, "weather", input_hashes, on_progress=lambda _share, what: steps.append(what)
    )
    assert (found.state, found.outcome) == ("scored", "confirmed"), found.reasons
    assert (found.peeks_used, found.peeks_declared) == (1, 1)
    assert found.metrics[0].number.n == N
    assert found.gains[0].result == "better"
    assert found.worst is not None
    assert len(found.hardest) == 10
    assert steps[-1] == "done"
    with study.read() as ledger:
        row = ledger.one("SELECT * FROM scorecard")
    assert row is not None
    assert sha256_bytes(row["content_json"].encode()) == row["sha256"]
    written = find_experiment(study, "weather").folder / "SCORECARD.json"
    assert json.loads(written.read_text()) == json.loads(row["content_json"])
    assert found.content is not None
    sources = found.content["provenance"]["predictions"]
    assert sources[0]["path"] == "experiments/exploration/002-weather/runs/01/predictions.csv"


def test_the_same_predictions_spend_no_second_peek(study: Study) -> None:
    first = evaluate(study, "weather", input_hashes)
    again = evaluate(study, "weather", input_hashes)
    assert again == first
    assert (count(study, "peek"), count(study, "scorecard")) == (1, 1)


def test_a_newer_verdict_on_the_same_predictions_keeps_the_numbers(study: Study) -> None:
    first = evaluate(study, "weather", input_hashes)
    experiment = find_experiment(study, "weather")
    experiment.hypothesis_path.write_text("We believe, and say it better.\n")
    proceed(study, "weather")
    again = evaluate(study, "weather", input_hashes)
    assert again.metrics == first.metrics
    assert again.content is not None
    assert again.content["provenance"]["review"] == 3
    assert (count(study, "peek"), count(study, "scorecard")) == (1, 2)


def test_other_seeds_of_the_same_method_are_scored_together(study: Study) -> None:
    for seed in (1, 2):
        add_run(study, "weather", 4.0, seed=seed)
    proceed(study, "weather")
    found = evaluate(study, "weather", input_hashes)
    assert found.content is not None
    per_seed = found.content["metrics"][0]["per_seed"]
    assert sorted(one["seed"] for one in per_seed) == [0, 1, 2]


def test_a_baseline_spends_no_peek_of_its_own(study: Study) -> None:
    with pytest.raises(RefusedError, match="nothing stands beside it"):
        evaluate(study, "mean", input_hashes)
    assert count(study, "peek") == 0


def test_fewer_seeds_than_declared_spend_no_peek_unless_somebody_says_why(study: Study) -> None:
    lock(study, RULE | {"evaluation": RULE["evaluation"] | {"seeds": 3}})
    proceed(study, "weather")
    with pytest.raises(RefusedError, match="3 seeds were declared, predictions of 1 exist"):
        evaluate(study, "weather", input_hashes)
    assert count(study, "peek") == 0
    found = evaluate(study, "weather", input_hashes, acceptance="the other two need a GPU")
    assert found.outcome == "deviated"


def test_an_edited_scorecard_stays_and_the_new_one_lies_beside(study: Study) -> None:
    evaluate(study, "weather", input_hashes)
    experiment = find_experiment(study, "weather")
    written = experiment.folder / "SCORECARD.json"
    written.write_text("{}")
    assert evaluate(study, "weather", input_hashes).file_edited
    assert written.read_text() == "{}"
    assert (experiment.folder / "SCORECARD.rendered.json").exists()


# --- what is refused, and spends nothing -----------------------------------------------


def change_code(study: Study, experiment: ExperimentRecord) -> None:
    (experiment.folder / "train.py").write_text("print('another one')\n")


def change_predictions(study: Study, experiment: ExperimentRecord) -> None:
    path = experiment.folder / "runs" / "01" / "predictions.csv"
    path.write_text(path.read_text() + "\n")


def edit_and_ask_again(study: Study, experiment: ExperimentRecord) -> None:
    change_predictions(study, experiment)
    proceed(study, "weather")


def drift(study: Study, experiment: ExperimentRecord) -> None:
    study.objective_path.write_text("# an easier question\n")


def revise(study: Study, experiment: ExperimentRecord) -> None:
    proceed(study, "weather", "REVISE_METHOD")


def thaw(study: Study, experiment: ExperimentRecord) -> None:
    pd.DataFrame({"flight": [1], "delay": [0.0]}).to_parquet(
        study.frozen_dir / "test_labels.parquet"
    )


def spend(study: Study, experiment: ExperimentRecord) -> None:
    with study.write("another look") as tx:
        tx.insert(
            tables.Peek(
                freeze_id=1, experiment_id=1, review_id=1, predictions_sha256="f" * 64, why="before"
            )
        )


def close(study: Study, experiment: ExperimentRecord) -> None:
    with study.write("archived") as tx:
        tx.insert(
            tables.ExperimentState(
                experiment_id=experiment.id,
                state="archived",
                folder=study.relative(experiment.folder),
                detail_json="{}",
            )
        )


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (revise, "is REVISE_METHOD, not PROCEED"),
        (change_code, "code, predictions, run changed since the verdict"),
        (change_predictions, "predictions changed since the verdict"),
        (edit_and_ask_again, "changed since it ended"),
        (drift, "differs from what is locked"),
        (thaw, "a frozen file is changed"),
        (spend, "no look at the frozen labels is left: 1 of 1 are used"),
        (close, "weather is archived"),
    ],
)
def test_what_is_not_admitted_spends_no_peek(study: Study, spoil: Any, message: str) -> None:
    spoil(study, find_experiment(study, "weather"))
    before = count(study, "peek")
    with pytest.raises(RefusedError, match=message):
        evaluate(study, "weather", input_hashes)
    assert count(study, "peek") == before
    assert count(study, "scorecard") == 0


def test_an_experiment_without_a_verdict_is_refused(study: Study) -> None:
    add_experiment(study, "hour", "pivot")
    with pytest.raises(RefusedError, match="no verdict on 003-hour"):
        evaluate(study, "hour", input_hashes)


def test_low_confidence_leads_on_only_when_a_person_says_why(study: Study) -> None:
    proceed(study, "weather", confidence="low")
    with pytest.raises(RefusedError, match="confidence in 002-weather is low"):
        evaluate(study, "weather", input_hashes, acceptance=" ")
    assert count(study, "peek") == 0
    evaluate(study, "weather", input_hashes, acceptance="the skipped checks need a GPU")
    with study.read() as ledger:
        assert "accepted: the skipped checks" in str(ledger.value("SELECT why FROM peek"))


def test_a_required_baseline_must_have_run(study: Study) -> None:
    baselines = [*RULE["baselines"], {"name": "linear", "kind": "own_run", "required": True}]
    lock(study, RULE | {"baselines": baselines})
    proceed(study, "weather")
    with pytest.raises(RefusedError, match="«linear» does not stand: no baseline"):
        evaluate(study, "weather", input_hashes)
    assert count(study, "peek") == 0


def test_a_baseline_whose_code_changed_since_its_run_is_not_compared_with(study: Study) -> None:
    (find_experiment(study, "mean").folder / "train.py").write_text("print('worse')\n")
    with pytest.raises(RefusedError, match="baseline, baseline_predictions changed since"):
        evaluate(study, "weather", input_hashes)
    proceed(study, "weather")
    with pytest.raises(RefusedError, match="files of 001-mean changed since its verdict"):
        evaluate(study, "weather", input_hashes)
    assert count(study, "peek") == 0


def test_predictions_that_leave_rows_out_spend_no_peek(study: Study) -> None:
    path = add_run(study, "mean", 9.0)
    rows = path.read_text().splitlines()
    path.write_text("\n".join(rows[:-1]) + "\n")
    with study.write("the run ended") as tx:
        detail = canonical_json({"files": {path.name: sha256_file(path)}})
        tx.insert(tables.RunState(run_id=3, state="done", detail_json=detail))
    for slug in ("mean", "weather"):
        proceed(study, slug)
    with pytest.raises(DataError, match="1 are missing"):
        evaluate(study, "weather", input_hashes)
    assert count(study, "peek") == 0


def test_a_ledger_that_was_edited_admits_nothing(study: Study) -> None:
    connection = sqlite3.connect(study.ledger_path)
    guards = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'review'"
    ).fetchall()
    for name, _ in guards:
        connection.execute(f"DROP TRIGGER {name}")
    connection.execute("UPDATE review SET confidence = 'medium'")
    for _, sql in guards:
        connection.execute(sql)
    connection.commit()
    connection.close()
    with pytest.raises(RefusedError, match="the ledger is not as it was written"):
        evaluate(study, "weather", input_hashes)
    assert count(study, "peek") == 0


def test_numbers_against_other_baseline_predictions_do_not_stand(study: Study) -> None:
    evaluate(study, "weather", input_hashes)
    add_run(study, "mean", 12.0)
    for slug in ("mean", "weather"):
        proceed(study, slug)
    with pytest.raises(RefusedError, match="no look at the frozen labels is left"):
        evaluate(study, "weather", input_hashes)


# --- what others do meanwhile ----------------------------------------------------------


def archived_meanwhile(study: Study) -> None:
    close(study, find_experiment(study, "weather"))


def judged_anew_meanwhile(study: Study) -> None:
    proceed(study, "weather", "ESCALATE")


@pytest.mark.parametrize(
    ("meanwhile", "message"),
    [(archived_meanwhile, "is archived"), (judged_anew_meanwhile, "was judged anew")],
)
def test_what_was_decided_while_it_was_scored_is_respected(
    study: Study, meanwhile: Any, message: str
) -> None:
    done: list[str] = []

    def once(_share: float, what: str) -> None:
        if not done:
            done.append(what)
            meanwhile(study)

    with pytest.raises(RefusedError, match=message):
        evaluate(study, "weather", input_hashes, on_progress=once)
    assert (count(study, "peek"), count(study, "scorecard")) == (1, 0)


def test_several_evaluations_at_once_leave_one_scorecard(study: Study) -> None:
    started: list[str] = []

    def another(_share: float, what: str) -> None:
        if not started:
            started.append(what)
            evaluate(study, "weather", input_hashes)

    evaluate(study, "weather", input_hashes, on_progress=another)
    assert (count(study, "peek"), count(study, "scorecard")) == (1, 1)


# --- when scoring is cut short ---------------------------------------------------------


def test_a_score_that_was_cut_short_is_taken_up_under_its_peek(study: Study) -> None:
    def interrupt(_share: float, _what: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        evaluate(study, "weather", input_hashes, on_progress=interrupt)
    experiment = find_experiment(study, "weather")
    assert evaluation_snapshot(study, experiment).state == "interrupted"
    assert (count(study, "peek"), count(study, "scorecard")) == (1, 0)
    found = evaluate(study, "weather", input_hashes)
    assert (found.state, found.peeks_used) == ("scored", 1)
    assert (count(study, "peek"), count(study, "touch")) == (1, 1)


def test_before_an_evaluation_the_snapshot_says_so(study: Study) -> None:
    found = evaluation_snapshot(study, find_experiment(study, "weather"))
    assert (found.state, found.peeks_used, found.peeks_declared) == ("not_scored", 0, 1)
    assert found.as_json()["scorecard"] is None


def test_the_snapshot_and_the_verb_load_nothing_heavy() -> None:
    script = (
        "import sys, grd_core.evaluation.snapshot, grd_core.evaluation.evaluate;"
        "print({'numpy', 'pandas', 'scipy', 'sklearn', 'pyarrow', 'sqlmodel', 'torch'}"
        " & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "set()", done.stderr
