"""A form asks and refuses exactly as `decide` does, and a blocker leads to its cause."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from grd_core.errors import GrdError, UsageError
from grd_core.gate.answers import Statement, obstacles, problems, required_fields
from grd_core.gate.decide import decide
from grd_core.gate.evidence import GateSnapshot, gate_snapshot
from grd_core.gate.lines import gate_lines
from grd_core.objective.lock import amend
from grd_core.runs.experiments import find_experiment
from grd_core.study import Study

REASON = "the registered test was carried out once, as planned"
MOON, WIND = "2", "3"


@pytest.fixture
def study(evaluated: Study) -> Study:
    """A confirmed moon and a refuted wind."""
    return evaluated


def snapshot(study: Study, number: str) -> GateSnapshot:
    return gate_snapshot(study, find_experiment(study, number))


def needed(study: Study, number: str, decision: str) -> list[str]:
    rules = required_fields(decision, snapshot(study, number))
    return [rule.name for rule in rules if rule.least and not rule.only_if_answer]


def test_each_decision_asks_for_its_own(study: Study) -> None:
    assert needed(study, MOON, "seal") == ["answer", "reason", "confirm"]
    assert needed(study, WIND, "archive") == ["answer", "reason", "lesson", "would_change"]
    assert needed(study, WIND, "iterate") == ["answer", "reason", "different"]
    assert needed(study, WIND, "seal") == ["answer", "reason", "despite", "confirm"]
    with pytest.raises(UsageError, match="unknown decision"):
        required_fields("publish", snapshot(study, MOON))


def test_problems_are_named_by_field_until_none_is_left(study: Study) -> None:
    gate = snapshot(study, MOON)
    said = Statement(reason="", answer="")
    assert [p.field for p in problems("seal", said, gate)] == ["answer", "reason", "confirm"]
    said = replace(said, reason=REASON, answer="changed", confirm="tide")
    assert [p.field for p in problems("seal", said, gate)] == ["change", "confirm"]
    said = replace(said, answer="original", confirm="tides")
    assert problems("seal", said, gate) == ()


def test_decide_refuses_by_the_first_problem(study: Study) -> None:
    gate = snapshot(study, WIND)
    for said in (
        Statement("", ""),
        Statement("short", "original"),
        Statement(REASON, "changed"),
        Statement(REASON, "original"),
        Statement(REASON, "original", lesson="none"),
    ):
        first = problems("archive", said, gate)[0]
        with pytest.raises(GrdError) as refused:
            decide(study, WIND, "archive", said)
        assert (refused.value.what, refused.value.fix) == (first.message, first.fix)


def test_a_question_the_record_shows_changed_leaves_one_answer(study: Study) -> None:
    text = study.objective_path.read_text()
    study.objective_path.write_text(text.replace("threshold: 1.0", "threshold: 2.0"))
    amend(study, "the threshold was for another gauge")
    [answer, *_] = required_fields("archive", snapshot(study, WIND))
    assert answer.choices == ("changed",)


def test_blockers_lead_to_the_phase_of_their_cause(study: Study) -> None:
    study.objective_path.write_text(study.objective_path.read_text() + "\nmore\n")
    labels = study.frozen_dir / "test_labels.parquet"
    labels.chmod(0o644)
    labels.write_bytes(labels.read_bytes() + b" ")
    script = find_experiment(study, MOON).folder / "train.py"
    script.write_text(script.read_text() + "\n# more\n")
    led = {(b.leads_to, b.command) for b in snapshot(study, MOON).blockers}
    assert led == {(1, "data verify"), (2, "objective diff"), (3, "critic")}
    wind = snapshot(study, WIND)
    assert (4, "evaluate") in {(b.leads_to, b.command) for b in wind.blockers}
    assert obstacles("archive", wind) == ()
    assert obstacles("seal", wind) == wind.blockers


def test_lines_tell_what_can_be_decided(study: Study) -> None:
    told = [(line.number, line.readiness, line.outcome) for line in gate_lines(study)]
    assert told == [
        (3, "refuted", "refuted"),
        (2, "sealable", "confirmed"),
        (1, "not sealable", "not evaluated"),
    ]
    said = Statement(REASON, "original", lesson="no wind", would_change="a gauge at sea")
    decide(study, WIND, "archive", said)
    assert [line.number for line in gate_lines(study)] == [2, 1]


def test_the_gate_is_read_without_anything_heavy(study: Study) -> None:
    code = (
        "import sys; from pathlib import Path; from grd_core.study import Study;"
        "from grd_core.gate.evidence import gate_snapshot;"
        "from grd_core.gate.lines import gate_lines;"
        "from grd_core.runs.experiments import find_experiment;"
        f"study = Study(Path({str(study.root)!r})); gate_lines(study);"
        "gate_snapshot(study, find_experiment(study, '2'));"
        "print({'numpy', 'pandas', 'scipy', 'sklearn', 'sqlmodel', 'pyarrow'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
