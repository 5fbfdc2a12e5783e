"""The lock, its amendments, and what can never be undone."""

from __future__ import annotations

import base64
import sqlite3

import pytest

from grd_core.errors import ConfigError, LedgerError, RefusedError
from grd_core.identity import sha256_bytes
from grd_core.ledger.tables import RunState
from grd_core.ledger.verify import verify_ledger
from grd_core.objective.lock import amend, drift_since_first, objective_lock, unamended_drift
from grd_core.objective.versions import (
    RecordedChange,
    ResultsSeen,
    current_objective,
    first_lock,
)
from grd_core.study import Study


def edit(study: Study, old: str, new: str) -> bytes:
    raw = study.objective_path.read_bytes()
    assert raw.count(old.encode()) == 1
    study.objective_path.write_bytes(raw.replace(old.encode(), new.encode()))
    return study.objective_path.read_bytes()


def see_a_result(study: Study, run_id: int = 1) -> None:
    with study.write("run started") as tx:
        tx.insert(RunState(run_id=run_id, state="started", detail_json="{}"))


def test_locks_the_raw_bytes_and_leaves_the_file_alone(frozen: Study) -> None:
    raw = b"\xef\xbb\xbf" + frozen.objective_path.read_bytes().replace(b"\n", b"\r\n")
    frozen.objective_path.write_bytes(raw)
    locked = objective_lock(frozen)
    assert locked.warnings == ()
    assert locked.version.sha256 == sha256_bytes(raw)
    assert frozen.objective_path.read_bytes() == raw
    with frozen.read() as ledger:
        row = ledger.one("SELECT * FROM objective_lock")
    assert row is not None
    assert base64.b64decode(row["content_base64"]) == raw
    assert current_objective(frozen) == first_lock(frozen) == locked.version


def test_the_rule_is_compiled_at_the_lock(frozen: Study) -> None:
    rule = objective_lock(frozen).version.rule
    assert (rule["version"], rule["task"], rule["target"]) == (1, "regression", "delay")
    assert rule["metrics"][0] == {
        "name": "mae",
        "role": "primary",
        "direction": "lower",
        "threshold": 4.0,
        "minimum_effect": 0.5,
        "weight": 0.75,
        "reason": "",
    }
    assert rule["falsification"][0]["comparison"] == "<"


def test_refused_before_data_is_declared_and_frozen(study: Study, text: str) -> None:
    study.objective_path.write_text(text)
    with pytest.raises(RefusedError, match="not frozen"):
        objective_lock(study)


def test_refused_when_missing_malformed_or_unfair(frozen: Study) -> None:
    whole = frozen.objective_path.read_text()
    frozen.objective_path.unlink()
    with pytest.raises(ConfigError, match="missing"):
        objective_lock(frozen)
    frozen.objective_path.write_text("no front matter")
    with pytest.raises(ConfigError, match="front matter"):
        objective_lock(frozen)
    frozen.objective_path.write_text("---\nid: a\n---\n")
    with pytest.raises(ConfigError, match=r"OBJECTIVE\.md:1.*and \d more"):
        objective_lock(frozen)
    frozen.objective_path.unlink()
    frozen.objective_path.mkdir()
    with pytest.raises(ConfigError, match="cannot be read"):
        objective_lock(frozen)
    frozen.objective_path.rmdir()
    line = whole.splitlines().index("  seeds: 5") + 1
    frozen.objective_path.write_text(whole.replace("seeds: 5", "seeds: 2"))
    with pytest.raises(RefusedError, match=rf"OBJECTIVE\.md:{line}\)") as caught:
        objective_lock(frozen)
    assert "5" in caught.value.fix
    with frozen.read() as ledger:
        assert ledger.value("SELECT count(*) FROM objective_lock") == 0


def test_refused_a_second_time(frozen: Study) -> None:
    objective_lock(frozen)
    with pytest.raises(RefusedError, match="locked already"):
        objective_lock(frozen)
    edit(frozen, "alpha: 0.05", "alpha: 0.1")
    with pytest.raises(RefusedError, match="changed since") as caught:
        objective_lock(frozen)
    assert "amend" in caught.value.fix


def test_an_amendment_says_what_why_and_what_had_been_seen(frozen: Study) -> None:
    objective_lock(frozen)
    see_a_result(frozen, 7)
    raw = edit(frozen, "threshold: 4.0", "threshold: 4.5")
    amended = amend(frozen, "  the sensor was recalibrated ").version
    assert (amended.version, amended.reason) == (2, "the sensor was recalibrated")
    assert amended.raw == raw == current_objective(frozen).raw
    assert amended.results_seen == ResultsSeen(runs=(7,))
    assert amended.changes == (
        RecordedChange("metrics.mae.threshold", "loosened", "4", "4.5", post_hoc=True),
    )
    assert current_objective(frozen) == amended
    assert first_lock(frozen).rule["metrics"][0]["threshold"] == 4.0


@pytest.mark.parametrize(
    ("old", "new", "seen", "post_hoc"),
    [
        ("threshold: 4.0", "threshold: 4.5", False, False),
        ("threshold: 4.0", "threshold: 4.5", True, True),
        ("threshold: 4.0", "threshold: 3.5", True, False),
        ("Tails.", "Long tails.", True, False),
    ],
)
def test_only_what_is_loosened_with_results_in_view_is_post_hoc(
    frozen: Study, old: str, new: str, seen: bool, post_hoc: bool
) -> None:
    objective_lock(frozen)
    if seen:
        see_a_result(frozen)
    edit(frozen, old, new)
    assert [change.post_hoc for change in amend(frozen, "because").version.changes] == [post_hoc]


def test_an_amendment_needs_a_lock_a_reason_and_a_difference(frozen: Study) -> None:
    with pytest.raises(RefusedError, match="not locked"):
        amend(frozen, "because")
    objective_lock(frozen)
    with pytest.raises(RefusedError, match="nothing differs"):
        amend(frozen, "because")
    edit(frozen, "alpha: 0.05", "alpha: 0.01")
    with pytest.raises(RefusedError, match="needs a reason"):
        amend(frozen, "  ")
    edit(frozen, "seeds: 5", "seeds: 2")
    with pytest.raises(RefusedError, match="2 seeds"):
        amend(frozen, "because")
    assert current_objective(frozen).version == 1


def test_drift_is_told_from_the_newest_and_from_the_first(frozen: Study) -> None:
    with pytest.raises(RefusedError, match="not locked"):
        unamended_drift(frozen)
    objective_lock(frozen)
    assert unamended_drift(frozen).identical
    edit(frozen, "threshold: 4.0", "threshold: 4.5")
    amend(frozen, "because")
    edit(frozen, "trials: 10", "trials: 20")
    assert [change.field for change in unamended_drift(frozen).changes] == ["budget.trials"]
    assert len(drift_since_first(frozen).changes) == 2
    frozen.objective_path.unlink()
    assert not unamended_drift(frozen).readable


def test_an_amendment_cannot_be_removed_reordered_or_backdated(frozen: Study) -> None:
    objective_lock(frozen)
    see_a_result(frozen)
    edit(frozen, "threshold: 4.0", "threshold: 4.5")
    amend(frozen, "because")
    connection = sqlite3.connect(frozen.ledger_path)
    for attack in (
        "DELETE FROM objective_lock WHERE version = 2",
        "UPDATE objective_lock SET version = 3 - version",
        "UPDATE objective_lock SET results_seen_json = '{}' WHERE version = 2",
    ):
        with pytest.raises(sqlite3.Error):
            connection.execute(attack)
    connection.rollback()
    triggers = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'objective_lock'"
    ).fetchall()
    for (name,) in triggers:
        connection.execute(f'DROP TRIGGER "{name}"')
    connection.execute("DELETE FROM objective_lock WHERE version = 2")
    connection.commit()
    connection.close()
    with frozen.read() as ledger:
        assert any("objective_lock" in str(fault) for fault in verify_ledger(ledger, ()))


def test_nothing_is_recorded_where_the_ledger_is_gone(frozen: Study) -> None:
    frozen.ledger_path.unlink()
    with pytest.raises(LedgerError):
        objective_lock(frozen)
