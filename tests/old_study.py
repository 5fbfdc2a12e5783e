"""A study as the first schema of the ledger had it, before there were notes on runs."""

from __future__ import annotations

from pathlib import Path

from sqlmodel import SQLModel

from grd_core.ledger.migrations.apply import MIGRATIONS
from grd_core.ledger.tables import Experiment, ExperimentState, Run, RunState
from grd_core.ledger.write import transaction
from grd_core.study import Study


def study_before_notes(folder: Path) -> Study:
    """With one experiment and its run, which is done; written as it was written then."""
    study = Study(folder.resolve())
    study.ledger_path.parent.mkdir(parents=True)
    (study.root / "grd.toml").write_text("")
    first = MIGRATIONS[0]
    with transaction(study.ledger_path, f"migration 1 {first.name}", author="ada") as tx:
        first.apply(tx.driver)
        tx.driver.execute("PRAGMA user_version = 1")
    home = "experiments/exploration/001-the-mean"
    (study.root / home / "runs" / "01").mkdir(parents=True)
    written(
        study,
        "experiment made",
        Experiment(number=1, slug="the-mean", title="The mean", kind="baseline", parent_id=0),
        ExperimentState(experiment_id=1, state="open", folder=home, detail_json="{}"),
    )
    written(
        study,
        "run",
        Run(
            experiment_id=1,
            ordinal=1,
            folder=f"{home}/runs/01",
            command_json='["python","train.py"]',
            seed=0,
            inputs_json='{"files":{}}',
            objective_version=1,
        ),
        RunState(run_id=1, state="done", detail_json='{"exit_code":0}'),
    )
    return study


def written(study: Study, kind: str, *rows: SQLModel) -> None:
    """Past `Study.write`, which would bring the ledger up to date."""
    with transaction(study.ledger_path, kind, author="ada") as tx:
        for row in rows:
            tx.insert(row)


def schema_of(study: Study) -> int:
    """The ledger's schema."""
    with study.read() as ledger:
        return int(ledger.value("PRAGMA user_version"))
