"""The tour, walked: from raw data to human decisions, as docs/tour.md prints it."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.frozen_numbers import found_in, numbers_of_frozen_labels
from tests.e2e.shell import answer, grd

TOUR = Path(__file__).parents[2] / "docs" / "tour.md"


@dataclass(frozen=True)
class Step:
    """A command of the tour and the exit code it announces."""

    words: tuple[str, ...]
    exit_code: int


def steps() -> list[Step]:
    found = []
    for line in re.findall(r"^\$ grd (.+)$", TOUR.read_text(encoding="utf-8"), re.MULTILINE):
        command, code = re.fullmatch(r"(.*?)(?: \[(\d)\])?", line).groups()  # type: ignore[union-attr]
        found.append(Step(tuple(shlex.split(command)), int(code or 0)))
    return found


@pytest.fixture(scope="module")
def tour(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tour walked once; what it must show on the way is asserted as it happens."""
    base = tmp_path_factory.mktemp("walk")
    folder = base / "tour"
    for step in steps():
        where = base if step.words[0] == "new" else folder
        if step.words[0] == "evaluate":
            assert not found_in(folder, numbers_of_frozen_labels(folder)), "before the peek"
        done = grd(where, *step.words)
        said = f"grd {' '.join(step.words)}\n{done.stdout}\n{done.stderr}"
        assert done.returncode == step.exit_code, said
        assert "Traceback" not in said
        if step.words[0] == "evaluate":
            assert found_in(folder, numbers_of_frozen_labels(folder)), "after it they are there"
    return folder


def test_the_flawed_experiment_names_its_three_places(tour: Path) -> None:
    with_places = finding_of(tour, experiment=2, check="C101")
    assert with_places["severity"] == "blocking"
    assert with_places["path"].endswith("train.py")
    assert {place["role"] for place in with_places["places"]} == {"cause", "train", "evaluate"}
    script = next(tour.glob("experiments/negative_results/002-*/train.py"))
    lines = script.read_text(encoding="utf-8").splitlines()
    at = {place["role"]: lines[place["line"] - 1] for place in with_places["places"]}
    assert ".transform(" in at["cause"]
    assert ".fit(" in at["train"]
    assert "predict(" in at["evaluate"] or "mean_absolute_error(" in at["evaluate"]


def finding_of(tour: Path, *, experiment: int, check: str) -> dict:  # type: ignore[type-arg]
    from grd_core.study import find_study

    with find_study(tour).read() as ledger:
        text = ledger.value(
            "SELECT f.content_json FROM finding f JOIN review r ON r.id = f.review_id"
            " JOIN experiment e ON e.id = r.experiment_id WHERE e.number = ? AND f.code = ?",
            experiment,
            check,
        )
    return json.loads(text)


def verdicts(tour: Path) -> dict[int, str]:
    from grd_core.study import find_study

    with find_study(tour).read() as ledger:
        return {
            row["number"]: row["verdict"]
            for row in ledger.rows(
                "SELECT e.number, r.verdict FROM review r JOIN experiment e"
                " ON e.id = r.experiment_id WHERE r.stage = 'loop' ORDER BY r.id"
            )
        }


def test_every_experiment_has_the_verdict_it_deserves(tour: Path) -> None:
    assert verdicts(tour) == {1: "PROCEED", 2: "REVISE_METHOD", 3: "PROCEED", 4: "ESCALATE"}


def test_one_peek_was_recorded(tour: Path) -> None:
    assert answer(tour, "status")["peeks"] == 1


def test_the_scorecard_states_intervals_a_worst_stratum_and_the_outcome(tour: Path) -> None:
    scorecard = json.loads(
        next(tour.glob("experiments/exploration/003-*/SCORECARD.json")).read_text()
    )
    assert {metric["name"] for metric in scorecard["metrics"]} == {"mae", "median_ae"}
    for metric in scorecard["metrics"]:
        assert metric["low"] < metric["estimate"] < metric["high"]
    assert scorecard["worst_stratum"]["column"] in {"carrier", "origin"}
    assert scorecard["comparisons"][0]["low"] is not None
    assert scorecard["falsification"][0]["status"] in {"met", "not_met", "undecided"}
    assert scorecard["outcome"]["outcome"] == "inconclusive"


def test_the_refuted_one_went_to_the_gate_and_lost_nothing(tour: Path) -> None:
    gate = answer(tour, "gate", "4")
    assert gate["outcome"] == "refuted"
    archived = next(tour.glob("experiments/negative_results/004-*"))
    for name in ("HYPOTHESIS.md", "train.py", "config.toml", "CRITIC_LOG.md"):
        assert (archived / name).is_file()
    run = archived / "runs" / "01"
    assert (run / "predictions.csv").is_file()
    assert list((run / "journal").glob("*.jsonl"))


def test_failures_stand_beside_the_result_at_the_gate(tour: Path) -> None:
    gate = answer(tour, "gate", "3")
    told = " ".join(gate["failures"])
    assert "means of the target belong inside the training part" in told
    assert "the aircraft's age and record add nothing" in told


def test_the_decision_log_tells_all_three_decisions(tour: Path) -> None:
    log = (tour / "DECISION_LOG.md").read_text(encoding="utf-8")
    for word in ("**Archive** 002", "**Seal** 003", "**Archive** 004", "ledger head: event"):
        assert word in log


def test_the_narrative_tells_what_was_believed_and_what_came_of_it(tour: Path) -> None:
    story = grd(tour, "history", "--narrative").stdout
    for part in ("We believed:", "We tried:", "So: we archived it", "So: we sealed it"):
        assert part in story


def test_the_ledger_verifies_and_its_anchors_are_compared(tour: Path) -> None:
    found = answer(tour, "verify")
    assert found["sound"], found
    assert found["anchors"] >= 5


@pytest.mark.parametrize(
    "words",
    [
        ("status",),
        ("history",),
        ("verify",),
        ("experiment", "list"),
        ("experiment", "show", "3"),
        ("watch", "3", "--once"),
        ("gate", "3"),
        ("graduate", "3"),
        ("objective", "check"),
        ("objective", "diff"),
        ("data", "verify"),
    ],
    ids=" ".join,
)
def test_every_reading_verb_prints_one_json_object(tour: Path, words: tuple[str, ...]) -> None:
    assert isinstance(answer(tour, *words), dict)


def test_a_study_in_a_read_only_folder_can_still_be_read(tour: Path, tmp_path: Path) -> None:
    """Root writes through permissions, so the folder is mounted read-only."""
    mounted = tmp_path / "ro"
    mounted.mkdir()
    bind = subprocess.run(["mount", "--bind", tour, mounted], check=False, capture_output=True)
    if bind.returncode:
        os.chmod(tour, 0o555)  # noqa: PTH101  without the right to mount: permissions must do
        mounted = tour
    else:
        subprocess.run(["mount", "-o", "remount,ro,bind", mounted], check=True)
    try:
        assert grd(mounted, "status").returncode == 0
        refused = grd(mounted, "experiment", "new", "Another belief")
        assert refused.returncode == 6
        assert "read-only" in refused.stderr
        assert len(refused.stderr.strip().splitlines()) == 1
    finally:
        if mounted == tour:
            os.chmod(tour, 0o755)  # noqa: PTH101
        else:
            subprocess.run(["umount", mounted], check=True)
