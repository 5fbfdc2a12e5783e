"""Given bad input, grd says one clear sentence, exits as documented, and loses nothing."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pandas as pd
import pytest

from grd_core.gate.decision_log import write_decision_log
from grd_core.recon.profile import profile
from grd_core.runs.experiments import new_experiment
from grd_core.study import Study
from tests.e2e.shell import answer, grd, refusal
from tests.small_study import HYPOTHESIS, OBJECTIVE, PROVENANCE, copy_of, tides


@pytest.fixture
def study(declared_once: Study, tmp_path: Path) -> Path:
    """A study with a declared source, not yet split."""
    return copy_of(declared_once, tmp_path / "tides").root


@pytest.fixture
def frozen(frozen_once: Study, tmp_path: Path) -> Path:
    """The same, profiled, split and frozen."""
    return copy_of(frozen_once, tmp_path / "tides").root


@pytest.fixture
def locked(locked_once: Study, tmp_path: Path) -> Path:
    """The same, locked, with a baseline experiment."""
    study = copy_of(locked_once, tmp_path / "tides")
    new_experiment(study, "The mean", kind="baseline")
    write_decision_log(study)
    return study.root


def test_no_study_here(tmp_path: Path) -> None:
    code, said = refusal(tmp_path, "status")
    assert code == 2
    assert "no study here" in said


def test_no_study_here_without_a_verb(tmp_path: Path) -> None:
    assert refusal(tmp_path)[0] == 2


def test_without_a_terminal_grd_prints_the_status(study: Path) -> None:
    done = grd(study)
    assert done.returncode == 0
    assert "NEXT" in done.stdout


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("statsu",), "grd status"),
        (("new", "x", "--sample", "flight_delay"), "flight_delays"),
        (("demo", "flights"), "flight_delays"),
        (("data", "frobnicate"), "frobnicate"),
        (("explain", "C110x"), "C1"),
        (("new", "x", "--sampel", "y"), "--sampel"),
    ],
    ids=" ".join,
)
def test_unknown_words_name_the_nearest(tmp_path: Path, words: tuple[str, ...], hint: str) -> None:
    code, said = refusal(tmp_path, *words)
    assert code == 2
    assert hint in said


def test_an_unknown_key_in_grd_toml_names_its_line(locked: Path) -> None:
    (locked / "grd.toml").write_text("[run]\ncomand = ['python']\n")
    (locked / "experiments/exploration/001-the-mean/HYPOTHESIS.md").write_text(HYPOTHESIS)
    code, said = refusal(locked, "run", "1")
    assert code == 2
    assert "grd.toml:2" in said
    assert "`command`" in said


def test_a_ragged_csv_names_the_line(study: Path) -> None:
    lines = (study / "tides.csv").read_text().splitlines()
    lines[700] += ",surplus"
    (study / "tides.csv").write_text("\n".join(lines) + "\n")
    code, said = refusal(study, "data", "add", "--from", "provenance.toml")
    assert code == 6
    assert "701" in said
    assert "tides.csv" in said


def test_a_missing_column_names_the_nearest(study: Path) -> None:
    (study / "provenance.toml").write_text(PROVENANCE.replace('"level"', '"levle"'))
    code, said = refusal(study, "data", "add", "--from", "provenance.toml")
    assert code == 6
    assert "levle" in said
    assert "level" in said.replace("levle", "")


def test_nothing_is_split_without_a_declaration(tmp_path: Path) -> None:
    grd(tmp_path, "new", "bare")
    code, said = refusal(tmp_path / "bare", "data", "split")
    assert code == 6
    assert "declared" in said


def test_a_split_that_breaks_time_needs_a_reason(study: Path) -> None:
    profile(Study(study))
    code, said = refusal(study, "data", "split", "--strategy", "random")
    assert code == 6
    assert "reason" in said
    reason = "hours are exchangeable once the moon is known, so chance may draw them"
    assert grd(study, "data", "split", "--strategy", "random", "--reason", reason).returncode == 0


def test_a_changed_source_is_not_split_as_if_nothing_happened(study: Path) -> None:
    with (study / "tides.csv").open("a") as stream:
        stream.write("2026-12-01T00:00:00,2026-12-01,0,0,0\n")
    code, said = refusal(study, "data", "split")
    assert code == 6
    assert "tides.csv" in said


def test_an_experiment_before_the_lock_is_refused_with_the_reason(study: Path) -> None:
    code, said = refusal(study, "experiment", "new", "Too early", "--kind", "baseline")
    assert code == 6
    assert "not locked" in said


def test_a_first_experiment_that_is_no_baseline_is_refused(locked: Path, tmp_path: Path) -> None:
    assert grd(locked, "experiment", "new", "The moon").returncode == 0
    connection = sqlite3.connect(locked / ".grd" / "ledger.db")
    assert connection.execute("SELECT count(*) FROM experiment").fetchone() == (2,)
    connection.close()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# no front matter\n", "OBJECTIVE.md"),
        (OBJECTIVE.replace("metrics:", "metrcis:"), "metrics"),
        (OBJECTIVE.replace("weight: 1.0", "weight: 0.4"), "weight"),
        (OBJECTIVE.replace("name: mae", "name: meanabs"), "meanabs"),
        ("---\nid: [unclosed\n---\n", "line"),
    ],
    ids=["no front matter", "unknown key", "weights", "unknown metric", "not YAML"],
)
def test_a_broken_objective_is_not_locked(frozen: Path, text: str, expected: str) -> None:
    (frozen / "OBJECTIVE.md").write_text(text)
    code, said = refusal(frozen, "objective", "lock")
    assert code in (2, 6)
    assert expected in said
    assert (frozen / "OBJECTIVE.md").read_text() == text


def test_a_run_without_a_hypothesis_is_refused(locked: Path) -> None:
    code, said = refusal(locked, "run", "1")
    assert code == 6
    assert "hypothesis" in said


def test_a_command_that_is_not_there_is_a_sentence(locked: Path) -> None:
    (locked / "experiments/exploration/001-the-mean/HYPOTHESIS.md").write_text(HYPOTHESIS)
    code, said = refusal(locked, "run", "1", "--", "no-such-program")
    assert code == 6
    assert "no-such-program" in said


def test_evaluating_before_a_verdict_is_refused(locked: Path) -> None:
    assert grd(locked, "experiment", "new", "The moon").returncode == 0
    code, said = refusal(locked, "evaluate", "2")
    assert code == 6
    assert "PROCEED" in said
    assert answer(locked, "status")["peeks"] == 0


def test_deciding_before_a_verdict_is_refused(locked: Path) -> None:
    code, said = refusal(locked, "decide", "1", "seal", "--reason", "because I say so myself")
    assert code == 6
    assert "verdict" in said


def test_an_edited_objective_is_drift_by_field(locked: Path) -> None:
    edited = OBJECTIVE.replace("minimum_effect: 0.01", "minimum_effect: 0.001")
    (locked / "OBJECTIVE.md").write_text(edited)
    found = answer(locked, "objective", "diff")
    assert [c["classification"] for c in found["changes"]] == ["loosened"]
    assert answer(locked, "status")["drift"] == "1 loosened"


@pytest.mark.parametrize("verb", ["status", "verify", "history"])
def test_a_corrupt_ledger_is_a_sentence(locked: Path, verb: str) -> None:
    ledger = locked / ".grd" / "ledger.db"
    content = bytearray(ledger.read_bytes())
    content[: 4096 * 3] = b"\x00garbage" * (4096 * 3 // 8)
    for path in ledger.parent.glob("ledger.db*"):
        path.unlink()
    ledger.write_bytes(bytes(content))
    code, said = refusal(locked, verb)
    assert code == 6
    assert "ledger" in said
    assert "backup" in said


def test_an_edited_decision_log_stays_and_is_noted(locked: Path) -> None:
    log = locked / "DECISION_LOG.md"
    edited = log.read_text() + "\nA note of mine.\n"
    log.write_text(edited)
    done = grd(locked, "verify")
    assert done.returncode == 1
    assert "edited by hand" in done.stdout
    waived = grd(locked, "waive", "1", "P401", "--reason", "a demonstration of the log")
    assert waived.returncode == 0
    assert log.read_text() == edited
    assert "P401" in (locked / "DECISION_LOG.rendered.md").read_text()


def test_an_anchor_rewritten_in_the_decision_log_is_a_fault(locked: Path) -> None:
    log = locked / "DECISION_LOG.md"
    text = log.read_text()
    digest = text.rsplit("sha256 ", 1)[1].strip()
    log.write_text(text.replace(digest, "0" * 64))
    done = grd(locked, "verify")
    assert done.returncode == 6
    assert "DECISION_LOG.md" in done.stdout


def test_a_removed_experiment_folder_shows_and_its_records_stay(locked: Path) -> None:
    shutil.rmtree(locked / "experiments" / "exploration" / "001-the-mean")
    assert "files gone" in grd(locked, "status").stdout
    assert "files gone" in grd(locked, "verify").stdout
    assert answer(locked, "experiment", "show", "1")["files_gone"]
    code, said = refusal(locked, "run", "1")
    assert code == 6
    assert "gone" in said


def test_frozen_bytes_that_changed_are_a_fault_everywhere(locked: Path) -> None:
    frozen = locked / "data" / "frozen" / "test_features.parquet"
    frozen.chmod(0o644)
    frozen.write_bytes(frozen.read_bytes()[:-1] + b"\x00")
    assert grd(locked, "data", "verify").returncode == 6
    assert grd(locked, "verify").returncode == 6
    (locked / "experiments/exploration/001-the-mean/HYPOTHESIS.md").write_text(HYPOTHESIS)
    code, said = refusal(locked, "run", "1")
    assert code == 6
    assert "test_features.parquet" in said


def test_escape_sequences_never_reach_the_terminal(tmp_path: Path) -> None:
    code, said = refusal(tmp_path, "explain", "\x1b[2J\x1b]0;owned\x07")
    assert code == 2
    assert "\x1b" not in said
    assert "\x07" not in said


def test_check_code_reports_a_place_an_editor_can_jump_to(tmp_path: Path) -> None:
    script = tmp_path / "leak.py"
    script.write_text(
        "import pandas as pd\n"
        "from sklearn.feature_selection import SelectKBest\n"
        "from sklearn.linear_model import LogisticRegression\n"
        "from sklearn.model_selection import train_test_split\n"
        "df = pd.read_csv('a.csv')\n"
        "X, y = df.drop(columns='y'), df['y']\n"
        "X = SelectKBest(k=3).fit_transform(X, y)\n"
        "a, b, c, d = train_test_split(X, y, random_state=0)\n"
        "print(LogisticRegression().fit(a, c).score(b, d))\n"
    )
    done = grd(tmp_path, "check", "code", "leak.py")
    assert done.returncode == 1
    assert "leak.py:7" in done.stdout
    found = answer(tmp_path, "check", "code", "leak.py")
    assert found["findings"][0]["severity"] == "blocking"
    assert [place["line"] for place in found["findings"][0]["places"]] == [7, 9, 9]


def test_check_data_on_bare_files_finds_the_copied_rows(tmp_path: Path) -> None:
    frame = tides(600)
    frame[:400].to_csv(tmp_path / "train.csv", index=False)
    pd.concat([frame[400:], frame[:60]]).to_csv(tmp_path / "test.csv", index=False)
    words = ("check", "data", "--train", "train.csv", "--test", "test.csv", "--target", "level")
    assert grd(tmp_path, *words).returncode == 1
    found = answer(tmp_path, *words)
    # Columns without a declared role: the moon tells the level, the hour goes on in test.
    blocking = {f["check"] for f in found["findings"] if f["severity"] == "blocking"}
    assert blocking == {"D201"}
    assert {c["check"] for c in found["checks"]} >= {"D201", "D215"}
