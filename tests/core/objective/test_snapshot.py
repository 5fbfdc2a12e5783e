"""Where the objective stands, from nothing to a drifted amendment."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict

from grd_core.ledger.tables import RunState
from grd_core.objective.lock import amend, objective_lock
from grd_core.objective.snapshot import objective_snapshot
from grd_core.study import Study


def replace(study: Study, old: str, new: str) -> None:
    study.objective_path.write_text(study.objective_path.read_text().replace(old, new))


def test_nothing_yet(study: Study) -> None:
    snapshot = objective_snapshot(study)
    assert (snapshot.state, snapshot.version, snapshot.drift_state) == ("none", 0, "none")


def test_a_draft_shows_its_question_and_problems(frozen: Study) -> None:
    assert objective_snapshot(frozen).problems == ()
    replace(frozen, "seeds: 5", "seeds: 1")
    snapshot = objective_snapshot(frozen)
    assert snapshot.state == "draft"
    assert snapshot.question == "Does yesterday's rain predict the delay of trains?"
    assert snapshot.refuted_if == ("mae gain < 0.5",)
    assert [problem.field for problem in snapshot.problems] == ["evaluation.seeds"]
    assert snapshot.refusals == 1


def test_a_broken_draft_is_a_state_not_an_error(frozen: Study) -> None:
    frozen.objective_path.write_bytes(b"---\n\xff\n---\n")
    snapshot = objective_snapshot(frozen)
    assert snapshot.state == "draft"
    assert "UTF-8" in snapshot.fault
    assert snapshot.refusals == 1


def test_locked_and_in_sync(frozen: Study) -> None:
    version = objective_lock(frozen).version
    snapshot = objective_snapshot(frozen)
    assert (snapshot.state, snapshot.version, snapshot.drift) == ("locked", 1, "in sync")
    assert snapshot.locked_at == version.at
    assert snapshot.sha256 == version.sha256
    assert snapshot.refuted_if == ("mae gain < 0.5",)


def test_what_is_amended_and_what_is_open(frozen: Study) -> None:
    objective_lock(frozen)
    replace(frozen, "threshold: 4.0", "threshold: 4.5")
    with frozen.write("run started") as tx:
        tx.insert(RunState(run_id=1, state="started", detail_json="{}"))
    assert [(c.amended, c.post_hoc) for c in objective_snapshot(frozen).changes] == [(False, True)]
    amend(frozen, "because")
    snapshot = objective_snapshot(frozen)
    assert (snapshot.version, snapshot.drift_state, snapshot.changes) == (2, "in sync", ())
    assert [(c.field, c.amended, c.post_hoc) for c in snapshot.since_first] == [
        ("metrics.mae.threshold", True, True)
    ]
    replace(frozen, "[line, depot]", "[line]")
    snapshot = objective_snapshot(frozen)
    assert snapshot.drift == "1 loosened"
    assert [c.field for c in snapshot.changes] == ["strata: depot"]
    assert {c.field: c.amended for c in snapshot.since_first} == {
        "metrics.mae.threshold": True,
        "strata: depot": False,
    }
    [amendment] = snapshot.amendments
    assert (amendment.reason, amendment.results_seen, amendment.post_hoc) == ("because", 1, 1)


def test_a_post_hoc_mark_stays_when_the_field_is_amended_again(frozen: Study) -> None:
    objective_lock(frozen)
    with frozen.write("run started") as tx:
        tx.insert(RunState(run_id=1, state="started", detail_json="{}"))
    replace(frozen, "threshold: 4.0", "threshold: 5.0")
    amend(frozen, "too hard")
    replace(frozen, "threshold: 5.0", "threshold: 4.5")
    amend(frozen, "a little harder")
    [change] = objective_snapshot(frozen).since_first
    assert (change.classification, change.post_hoc) == ("loosened", True)


def test_missing_and_unreadable_are_drift(frozen: Study) -> None:
    objective_lock(frozen)
    frozen.objective_path.write_text("gone")
    snapshot = objective_snapshot(frozen)
    assert (snapshot.drift_state, snapshot.drift) == ("unreadable", "unreadable")
    assert "front matter" in snapshot.fault
    frozen.objective_path.unlink()
    assert objective_snapshot(frozen).drift_state == "file missing"


def test_serialises_as_it_is(frozen: Study) -> None:
    objective_lock(frozen)
    replace(frozen, "alpha: 0.05", "alpha: 0.2")
    content = json.loads(json.dumps(asdict(objective_snapshot(frozen))))
    assert content["changes"][0]["classification"] == "loosened"


def test_importing_it_loads_nothing_heavy() -> None:
    heavy = "{'numpy', 'pandas', 'scipy', 'sklearn', 'sqlmodel', 'pydantic', 'yaml', 'pyarrow'}"
    code = f"import grd_core.objective.snapshot, sys; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
