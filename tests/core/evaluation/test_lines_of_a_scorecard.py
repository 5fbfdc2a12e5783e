"""Given a scorecard, a face reaches every part of it; a frozen row is shown and logged."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from grd_core.errors import DataError, RefusedError, UsageError
from grd_core.evaluation.example import example
from grd_core.evaluation.lines import described
from grd_core.evaluation.listing import evaluation_list
from grd_core.evaluation.snapshot import evaluation_snapshot
from grd_core.ledger.tables import Peek
from grd_core.runs.experiments import ExperimentRecord, find_experiment
from grd_core.study import Study
from tests.small_study import copy_of

MOON, WIND = "2", "3"


@pytest.fixture
def moon(evaluated: Study) -> ExperimentRecord:
    return find_experiment(evaluated, MOON)


def touches(study: Study) -> list[tuple[str, str]]:
    with study.read() as ledger:
        return [(row["what"], row["why"]) for row in ledger.rows("SELECT * FROM touch")]


def test_a_hard_row_is_shown_with_its_features(evaluated: Study, moon: ExperimentRecord) -> None:
    hardest = evaluation_snapshot(evaluated, moon).hardest[0]
    before = touches(evaluated)
    shown = example(evaluated, moon, hardest.id)
    assert (shown.said, shown.was, shown.error) == (hardest.said, hardest.was, hardest.error)
    features = pd.read_parquet(evaluated.frozen_dir / "test_features.parquet")
    row = features[features["row_id"].astype(str) == hardest.id].iloc[0]
    assert dict(shown.features)["moon"] == f"{row['moon']:.6g}"
    assert "level" not in dict(shown.features)
    [touch] = touches(evaluated)[len(before) :]
    assert "test_features.parquet" in touch[0]
    assert f"row {hardest.id}" in touch[1]


def test_the_look_needs_no_labels(evaluated: Study, moon: ExperimentRecord) -> None:
    hardest = evaluation_snapshot(evaluated, moon).hardest[0]
    (evaluated.frozen_dir / "test_labels.parquet").unlink()
    assert example(evaluated, moon, hardest.id).was == hardest.was


def test_before_a_scorecard_nothing_looks_at_frozen_rows(evaluated: Study) -> None:
    before = touches(evaluated)
    with pytest.raises(RefusedError, match="never scored"):
        example(evaluated, find_experiment(evaluated, WIND), "1")
    assert touches(evaluated) == before


def test_a_row_the_scorecard_does_not_name_is_refused(
    evaluated: Study, moon: ExperimentRecord
) -> None:
    before = touches(evaluated)
    with pytest.raises(UsageError, match="none of the hardest"):
        example(evaluated, moon, "-1")
    assert touches(evaluated) == before


def test_changed_features_are_not_shown(evaluated: Study, moon: ExperimentRecord) -> None:
    hardest = evaluation_snapshot(evaluated, moon).hardest[0]
    features = evaluated.frozen_dir / "test_features.parquet"
    features.chmod(0o644)
    features.write_bytes(features.read_bytes() + b" ")
    with pytest.raises(DataError):
        example(evaluated, moon, hardest.id)


def test_what_the_scorecard_holds_can_be_reached(evaluated: Study, moon: ExperimentRecord) -> None:
    snapshot = evaluation_snapshot(evaluated, moon)
    assert snapshot.tried is not None
    assert snapshot.tried.candidates == 1
    assert sum(line.n for line in snapshot.by_prediction) == 300
    assert {line.column for line in snapshot.target_quantiles} == {"level"}
    estimates = [line.number.estimate or 0.0 for line in snapshot.target_quantiles]
    assert estimates == sorted(estimates, reverse=True)
    assert (snapshot.calibration, snapshot.strata) == (None, ())


def test_strata_are_told_worst_first_for_each_metric(
    evaluated: Study, moon: ExperimentRecord
) -> None:
    content = evaluation_snapshot(evaluated, moon).content
    assert content is not None
    metric = content["metrics"][0]
    part = {name: metric[name] for name in ("level", "method", "clusters", "reason", "low", "high")}

    def stratum(value: str, estimate: float | None) -> dict[str, object]:
        one = {**part, "name": metric["name"], "estimate": estimate, "n": 50}
        return {"value": value, "n": 50, "metrics": [one]}

    strata = {
        "column": "gauge",
        "too_small": 2,
        "strata": [stratum("a", 0.1), stratum("b", 0.3), stratum("c", None)],
    }
    bins = [{"n": 10, "mean_score": 0.2, "observed": 0.3}]
    calibration = {**part, "estimate": 0.1, "n": 10, "of": "the score of class 1", "bins": bins}
    exploratory = {**content["exploratory"], "calibration": calibration}
    lines = described({**content, "strata": [strata], "exploratory": exploratory})
    assert [line.value for line in lines["strata"]] == ["b", "a", "c"]
    assert {(line.among, line.overall) for line in lines["strata"]} == {(3, metric["estimate"])}
    assert lines["strata_too_small"] == 2
    assert lines["calibration"].bins[0].observed == 0.3


def test_the_list_says_where_each_stands_and_why_not_yet(evaluated: Study) -> None:
    mean, moon, wind = evaluation_list(evaluated)
    assert (moon.state, moon.outcome, moon.not_yet) == ("scored", "confirmed", "")
    assert moon.low is not None
    assert (mean.state, wind.state) == ("not_scored", "not_scored")
    assert "baseline" in mean.not_yet
    assert "ESCALATE" in wind.not_yet


def test_an_evaluation_cut_short_is_interrupted(judged_once: Study, tmp_path: Path) -> None:
    study = copy_of(judged_once, tmp_path / "tides")
    assert [line.not_yet for line in evaluation_list(study)][1] == ""
    with study.write("frozen labels opened") as tx:
        tx.insert(
            Peek(freeze_id=1, experiment_id=2, review_id=2, predictions_sha256="0" * 64, why="")
        )
    assert [line.state for line in evaluation_list(study)] == [
        "not_scored",
        "interrupted",
        "not_scored",
    ]


def test_it_is_light_to_import() -> None:
    heavy = "{'numpy', 'pandas', 'scipy', 'sklearn', 'sqlmodel', 'pydantic', 'pyarrow'}"
    modules = "grd_core.evaluation.example, grd_core.evaluation.listing, sys"
    code = f"import {modules}; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
