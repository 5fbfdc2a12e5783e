"""Studies that are only as real as a benchmark needs: runs in the ledger, journals on disk."""

from __future__ import annotations

from pathlib import Path

from grd_core.identity import canonical_json
from grd_core.ledger.tables import Experiment, ExperimentState, ObjectiveLock, Run, RunState
from grd_core.study import Study, create_study

_ENDED = canonical_json(
    {
        "exit_code": 0,
        "detail": "",
        "totals": {"wall_s": 12.5, "cpu_s": 20.25, "gpu_s": 0.0, "peak_rss_bytes": 123456789},
        "files": {f"journal/{i}-1.jsonl": "0" * 64 for i in range(2)},
    }
)


def study_with_experiments(root: Path, count: int) -> Study:
    """A study with an objective and experiments 1 to `count`, without runs."""
    study = create_study(root)
    with study.write("benchmark prepared") as tx:
        tx.insert(
            ObjectiveLock(
                version=1,
                sha256="",
                content_base64="",
                rule_json=canonical_json({"metrics": [], "budget": {"cpu_hours": 10.0}}),
                reason="",
                changes_json="[]",
                results_seen_json="{}",
            )
        )
        for number in range(1, count + 1):
            kind = "baseline" if number == 1 else "refinement"
            slug = f"number-{number}"
            tx.insert(
                Experiment(number=number, slug=slug, title=slug, kind=kind, parent_id=number // 2)
            )
            tx.insert(
                ExperimentState(
                    experiment_id=number,
                    state="open",
                    folder=_folder(number),
                    detail_json="{}",
                )
            )
    return study


def add_running(study: Study) -> Path:
    """One run of experiment 1 that goes on; its folder."""
    return _add(study, 1, ["started"])[0]


def add_ended(study: Study, experiments: int, runs_each: int) -> None:
    """Runs of every experiment that have ended."""
    for number in range(1, experiments + 1):
        _add(study, number, ["started", "done"], count=runs_each)


def _add(study: Study, number: int, states: list[str], *, count: int = 1) -> list[Path]:
    folders = []
    with study.write("runs made") as tx:
        for ordinal in range(1, count + 1):
            folder = f"{_folder(number)}/runs/{ordinal:02d}"
            run_id = tx.insert(
                Run(
                    experiment_id=number,
                    ordinal=ordinal,
                    folder=folder,
                    command_json='["python","train.py"]',
                    seed=ordinal,
                    inputs_json="{}",
                    objective_version=1,
                )
            )
            for state in states:
                detail = _ENDED if state == "done" else "{}"
                tx.insert(RunState(run_id=run_id, state=state, detail_json=detail))
            folders.append(study.root / folder)
    return folders


def _folder(number: int) -> str:
    return f"experiments/exploration/{number:03d}-number-{number}"
