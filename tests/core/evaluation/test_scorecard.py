"""The scoring job: locked metrics alone, joined by id, each with its interval."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import grd_core.evaluation
from grd_core.errors import DataError
from grd_core.evaluation.frozen_part import rehearse_job
from grd_core.evaluation.schema import Scorecard, schema_text
from grd_core.evaluation.scorecard import score_job
from grd_core.identity import sha256_file
from grd_core.objective.model import Metric
from grd_core.objective.own_metrics import own_json
from grd_core.statistics.own_metric import OwnSource, read_own

N = 600
Arguments = dict[str, Any]


def metric(name: str, role: str, direction: str, **more: Any) -> dict[str, Any]:
    named = {"threshold": None, "minimum_effect": None, "weight": 0.0, "reason": ""}
    return {"name": name, "role": role, "direction": direction} | named | more


FINES = """
def missed(y_true, score, sample_weight=None):
    late = y_true == "late"
    return ((1 - score[late]) * sample_weight[late]).sum() / sample_weight[late].sum()
"""


def own(folder: Path, name: str, direction: str, text: str) -> dict[str, Any]:
    """A metric of one's own over scores, as a locked rule keeps it."""
    (folder / f"{name.split(':', maxsplit=1)[0]}.py").write_text(text)
    source = read_own(name, folder)
    assert isinstance(source, OwnSource)
    said = Metric(name=name, role="secondary", needs="scores")
    return metric(name, "secondary", direction, own=own_json(said, source))


def criterion(name: str, threshold: float, of: str = "gain") -> dict[str, Any]:
    return {
        "metric": name,
        "of": of,
        "comparison": "<",
        "threshold": threshold,
        "meaning": "the gain is not worth having",
        "claim": "weather helps",
    }


def recorded(path: Path) -> dict[str, str]:
    """A table as the Evaluator is told of it."""
    return {"path": str(path), "sha256": sha256_file(path) if path.exists() else ""}


def arguments(folder: Path, rule: dict[str, Any], **changes: Any) -> Arguments:
    tables = {"labels": "labels.parquet", "features": "features.parquet"}
    named = {"id": "late", "title": "Late?", "version": 1, "sha256": "0" * 64, "target": "y"}
    evaluation = {"alpha": 0.05, "cluster": "day", "seeds": 1, "multiplicity": "holm"}
    return {
        "root": str(folder),
        "rule": named | {"strata": ["carrier"], "evaluation": evaluation} | rule,
        **{key: str(folder / name) for key, name in tables.items()},
        "frozen": {key: recorded(folder / name)["sha256"] for key, name in tables.items()},
        "id_column": "flight",
        "predictions": [recorded(folder / "candidate.csv")],
        "baselines": [
            {
                "name": "mean",
                "kind": "own_run",
                "required": True,
                "expected": None,
                "predictions": [recorded(folder / "baseline.csv")],
            }
        ],
        "deviations": [],
        "late_changes": [],
        "candidates": 2,
        "provenance": {
            "experiment": "002-weather",
            "freeze": 1,
            "review": 1,
            "peek": 1,
            "peeks_used": 1,
            "peeks_declared": 2,
            "test_ids_sha256": "0" * 64,
            "files": {},
            "predictions": [],
            "baselines": {},
        },
    } | changes


def write(path: Path, ids: np.ndarray, **columns: Any) -> None:
    frame = pd.DataFrame({"id": ids, "part": "test", "fold": None, "seed": 0} | columns)
    frame.to_csv(path, index=False)


@pytest.fixture
def flights(tmp_path: Path) -> tuple[Path, np.ndarray, np.ndarray]:
    """A frozen part of 600 flights on 30 days, features in another order than labels."""
    rng = np.random.default_rng(11)
    ids = rng.permutation(N) + 1_000
    truth = rng.gamma(2.0, 10.0, N)
    pd.DataFrame({"flight": ids, "y": truth}).to_parquet(tmp_path / "labels.parquet")
    features = pd.DataFrame(
        {"flight": ids, "day": ids % 30, "carrier": np.where(ids % 3 == 0, "UA", "AA")}
    )
    features.sort_values("flight").to_parquet(tmp_path / "features.parquet")
    return tmp_path, ids, truth


def score(found: Arguments) -> dict[str, Any]:
    rehearse_job(found, lambda _share, _what: None)
    return score_job(found, lambda _share, _what: None)


REGRESSION = {
    "task": "regression",
    "metrics": [
        metric("mae", "primary", "lower", threshold=5.0, minimum_effect=1.0, weight=1.0),
        metric("rmse", "guard", "lower", threshold=8.0),
        metric("r2", "secondary", "higher"),
    ],
    "falsification": [criterion("mae", 1.0)],
}


def test_a_sound_gain_is_confirmed_with_the_numbers_of_the_formula(flights: tuple) -> None:
    folder, ids, truth = flights
    rng = np.random.default_rng(1)
    said = truth + rng.normal(0, 4, N)
    order = rng.permutation(N)
    write(folder / "candidate.csv", ids[order], y_pred=said[order])
    write(folder / "baseline.csv", ids, y_pred=truth + rng.normal(0, 8, N))
    card = score(arguments(folder, REGRESSION))
    mae, rmse, r2 = card["metrics"]
    assert mae["estimate"] == pytest.approx(np.abs(said - truth).mean())
    assert rmse["estimate"] == pytest.approx(np.sqrt(((said - truth) ** 2).mean()))
    assert mae["low"] < mae["estimate"] < mae["high"]
    assert (mae["n"], mae["clusters"], mae["result"]) == (N, 30, "pass")
    assert r2["result"] == "unjudged"
    gain = card["comparisons"][0]
    assert (gain["metric"], gain["result"]) == ("mae", "better")
    assert gain["p_adjusted"] <= 0.05
    assert card["falsification"][0]["status"] == "not_met"
    assert card["outcome"]["outcome"] == "confirmed", card["outcome"]
    assert card["composite"]["estimate"] > 1.0
    assert card["provenance"]["peek"] == 1


def test_the_same_predictions_give_the_same_scorecard(flights: tuple) -> None:
    folder, ids, truth = flights
    write(folder / "candidate.csv", ids, y_pred=truth + 1.0 + ids % 7)
    write(folder / "baseline.csv", ids, y_pred=truth * 0.5)
    found = arguments(folder, REGRESSION)
    assert json.dumps(score(found)) == json.dumps(score(found))


def test_no_gain_is_refuted_by_the_registered_criterion(flights: tuple) -> None:
    folder, ids, truth = flights
    rng = np.random.default_rng(2)
    noise = rng.normal(0, 4, N)
    write(folder / "candidate.csv", ids, y_pred=truth + noise)
    write(folder / "baseline.csv", ids, y_pred=truth + noise * 1.01)
    card = score(arguments(folder, REGRESSION))
    assert card["falsification"][0]["status"] == "met"
    assert card["outcome"]["outcome"] == "refuted"
    assert "not worth having" in card["outcome"]["reasons"][0]


def test_the_worst_stratum_is_found_and_named(flights: tuple) -> None:
    folder, ids, truth = flights
    wrong = np.where(ids % 3 == 0, 9.0, 1.0) + (ids % 5) / 10
    write(folder / "candidate.csv", ids, y_pred=truth + wrong)
    write(folder / "baseline.csv", ids, y_pred=truth + 12.0 + ids % 4)
    card = score(arguments(folder, REGRESSION))
    worst = card["worst_stratum"]
    assert (worst["column"], worst["value"], worst["n"]) == ("carrier", "UA", 200)
    assert worst["estimate"] == pytest.approx(9.2, abs=0.05)
    assert "not corrected" in worst["note"]
    quantiles = card["exploratory"]["target_quantiles"]
    assert len(quantiles["strata"]) == 4
    assert len(card["exploratory"]["errors"]["hardest"]) == 10


def test_several_seeds_are_told_apart_and_widen_the_interval(flights: tuple) -> None:
    folder, ids, truth = flights
    rng = np.random.default_rng(3)
    noise = rng.normal(0, 3, N)
    tables = []
    for seed in range(5):
        path = folder / f"seed{seed}.csv"
        write(path, ids, seed=seed, y_pred=truth + noise * (1 + 0.2 * seed))
        tables.append(recorded(path))
    write(folder / "baseline.csv", ids, y_pred=truth + rng.normal(0, 9, N))
    several = score(arguments(folder, REGRESSION, predictions=tables))["metrics"][0]
    single = score(arguments(folder, REGRESSION, predictions=tables[2:3]))["metrics"][0]
    assert [one["seed"] for one in several["per_seed"]] == [0, 1, 2, 3, 4]
    assert several["estimate"] == pytest.approx(single["estimate"])
    assert several["high"] - several["low"] > 1.5 * (single["high"] - single["low"])


def test_fewer_seeds_than_declared_deviate_from_the_plan(flights: tuple) -> None:
    folder, ids, truth = flights
    write(folder / "candidate.csv", ids, y_pred=truth + ids % 5)
    write(folder / "baseline.csv", ids, y_pred=truth + ids % 9)
    found = arguments(folder, REGRESSION)
    found["rule"]["evaluation"] |= {"seeds": 5, "training_is_random": True}
    assert score(found)["outcome"]["outcome"] == "deviated"
    found["rule"]["evaluation"] |= {"training_is_random": False}
    assert score(found)["outcome"]["outcome"] != "deviated"


def test_a_literature_value_is_compared_without_pairing(flights: tuple) -> None:
    folder, ids, truth = flights
    write(folder / "candidate.csv", ids, y_pred=truth + ids % 5)
    published = {
        "name": "Doe 2020",
        "kind": "literature",
        "required": True,
        "expected": 6.0,
        "predictions": [],
    }
    card = score(arguments(folder, REGRESSION, baselines=[published]))
    (gain,) = card["comparisons"]
    assert gain["estimate"] == pytest.approx(6.0 - card["metrics"][0]["estimate"])
    assert gain["metric"] == "mae"


def test_a_missing_required_baseline_is_inadmissible(flights: tuple) -> None:
    folder, ids, truth = flights
    write(folder / "candidate.csv", ids, y_pred=truth + ids % 5)
    absent = {
        "name": "mean",
        "kind": "own_run",
        "required": True,
        "expected": None,
        "predictions": [],
    }
    card = score(arguments(folder, REGRESSION, baselines=[absent]))
    assert card["outcome"]["outcome"] == "inadmissible"
    assert card["composite"]["estimate"] is None
    assert "no baseline" in card["composite"]["reason"]


def test_few_clusters_give_a_number_without_an_interval(flights: tuple) -> None:
    folder, ids, truth = flights
    features = pd.read_parquet(folder / "features.parquet")
    features["day"] = features["flight"] % 4
    features.to_parquet(folder / "features.parquet")
    write(folder / "candidate.csv", ids, y_pred=truth + ids % 5)
    write(folder / "baseline.csv", ids, y_pred=truth + ids % 9)
    card = score(arguments(folder, REGRESSION))
    assert card["metrics"][0]["low"] is None
    assert "4 distinct values of day" in card["metrics"][0]["reason"]
    assert card["outcome"]["outcome"] == "inadmissible"


def leave_out(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.iloc[3:]


def add(frame: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([frame, frame.iloc[:1].assign(id=5)])


@pytest.mark.parametrize(
    ("change", "message"),
    [(leave_out, "3 are missing, 0 are not frozen"), (add, "0 are missing, 1 are not frozen")],
)
def test_anything_but_the_frozen_ids_is_refused_before_a_label_is_opened(
    flights: tuple, change: Callable[[pd.DataFrame], pd.DataFrame], message: str
) -> None:
    folder, ids, truth = flights
    write(folder / "baseline.csv", ids, y_pred=truth)
    write(folder / "candidate.csv", ids, y_pred=truth + 1.0)
    change(pd.read_csv(folder / "candidate.csv")).to_csv(folder / "candidate.csv", index=False)
    (folder / "labels.parquet").unlink()
    with pytest.raises(DataError, match=message):
        rehearse_job(arguments(folder, REGRESSION), lambda _share, _what: None)


@pytest.mark.parametrize("name", ["candidate.csv", "baseline.csv"])
def test_a_table_swapped_between_rehearsal_and_scoring_is_not_scored(
    flights: tuple, name: str
) -> None:
    folder, ids, truth = flights
    for table in ("candidate.csv", "baseline.csv"):
        write(folder / table, ids, y_pred=truth + ids % 5)
    found = arguments(folder, REGRESSION)
    rehearse_job(found, lambda _share, _what: None)
    write(folder / name, ids, y_pred=truth)
    with pytest.raises(DataError, match="its bytes are not the recorded ones"):
        score_job(found, lambda _share, _what: None)


def test_labels_that_are_not_the_frozen_ones_are_not_scored(flights: tuple) -> None:
    folder, ids, truth = flights
    for table in ("candidate.csv", "baseline.csv"):
        write(folder / table, ids, y_pred=truth + ids % 5)
    found = arguments(folder, REGRESSION)
    pd.DataFrame({"flight": ids, "y": truth + ids % 5}).to_parquet(folder / "labels.parquet")
    with pytest.raises(DataError, match="its bytes are not the recorded ones"):
        score_job(found, lambda _share, _what: None)


def test_labels_and_features_of_different_rows_are_refused(flights: tuple) -> None:
    folder, ids, truth = flights
    write(folder / "candidate.csv", ids, y_pred=truth)
    write(folder / "baseline.csv", ids, y_pred=truth)
    pd.read_parquet(folder / "features.parquet").iloc[1:].to_parquet(folder / "features.parquet")
    with pytest.raises(DataError, match="do not hold the same ids"):
        score_job(arguments(folder, REGRESSION), lambda _share, _what: None)


def test_classes_with_scores_have_calibration_and_a_confusion_table(flights: tuple) -> None:
    folder, ids, truth = flights
    rng = np.random.default_rng(4)
    late = np.where(truth > np.median(truth), "late", "early")
    pd.DataFrame({"flight": ids, "y": late}).to_parquet(folder / "labels.parquet")
    for name, sharpness in (("candidate", 3.0), ("baseline", 0.5)):
        lean = sharpness * np.where(late == "late", 1.0, -1.0) + rng.normal(0, 1.5, N)
        chance = 1 / (1 + np.exp(-lean))
        write(
            folder / f"{name}.csv",
            ids,
            y_pred=np.where(chance > 0.5, "late", "early"),
            score_late=chance,
        )
    rule = {
        "task": "binary",
        "metrics": [
            metric("log_loss", "primary", "lower", threshold=0.6, weight=0.5),
            metric("roc_auc", "secondary", "higher", threshold=0.8, weight=0.5),
            metric("f1", "secondary", "higher"),
            own(folder, "fines:missed", "lower", FINES),
        ],
        "falsification": [criterion("roc_auc", 0.7, of="value")],
    }
    card = score(arguments(folder, rule))
    assert card["outcome"]["outcome"] == "confirmed", card["outcome"]
    missed = card["metrics"][3]
    assert missed["name"] == "fines:missed"
    assert 0 < missed["low"] < missed["estimate"] < missed["high"] < 1
    calibration = card["exploratory"]["calibration"]
    assert calibration["of"] == "the score of class late"
    assert sum(one["n"] for one in calibration["bins"]) == N
    confusion = card["exploratory"]["errors"]["confusion"]
    assert sum(sum(row.values()) for row in confusion.values()) == N
    assert [part["metric"] for part in card["composite"]["parts"]] == ["log_loss", "roc_auc"]


def test_a_lower_is_better_metric_never_raises_the_composite(flights: tuple) -> None:
    folder, ids, truth = flights
    write(folder / "baseline.csv", ids, y_pred=truth + 10.0 + ids % 3)
    composites = []
    for error in (1.0, 3.0, 6.0, 15.0):
        write(folder / "candidate.csv", ids, y_pred=truth + error + (ids % 3) / 10)
        composites.append(score(arguments(folder, REGRESSION))["composite"]["estimate"])
    assert composites == sorted(composites, reverse=True)
    assert composites[-1] < 0


def test_a_baseline_that_meets_the_threshold_leaves_no_composite(flights: tuple) -> None:
    folder, ids, truth = flights
    write(folder / "candidate.csv", ids, y_pred=truth + ids % 3)
    write(folder / "baseline.csv", ids, y_pred=truth + ids % 4)
    composite = score(arguments(folder, REGRESSION))["composite"]
    assert composite["estimate"] is None
    assert "already meets" in composite["reason"]


def test_the_shipped_schema_is_that_of_the_scorecard(flights: tuple) -> None:
    shipped = Path(grd_core.evaluation.__file__).with_name("scorecard.schema.json")
    assert shipped.read_text() == schema_text()
    folder, ids, truth = flights
    write(folder / "candidate.csv", ids, y_pred=truth + ids % 3)
    write(folder / "baseline.csv", ids, y_pred=truth + ids % 9)
    card = score(arguments(folder, REGRESSION))
    assert Scorecard.model_validate_json(json.dumps(card)).n == N
    assert set(card) == set(json.loads(shipped.read_text())["properties"])
