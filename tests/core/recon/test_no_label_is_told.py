"""After the freeze, no number computed from frozen labels stands in the ledger or in a file.

The finder is shown to work on the training labels, whose numbers must stand there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from grd_core.recon.freeze import freeze, verify_frozen
from grd_core.recon.partition import Plan
from grd_core.recon.planning import plan_job
from grd_core.recon.profile import profile
from grd_core.recon.roles import Roles
from grd_core.recon.snapshot import recon_snapshot
from grd_core.recon.sources import declare
from grd_core.recon.splits import plan_split
from grd_core.study import Study
from tests.core.recon.tides import PROVENANCE, ROLES, study_of, tides

NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?")
NOT_NUMBERS = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|\+00:00)?|(?<!\.)\b[0-9a-f]{12,}\b(?!\.)")
"""Times and hashes: the seconds of one, or digits of the other, are a label's mean now and then."""
SUSPECTS = 5e-4
"""Relative distance within which a number counts as told: half a unit of the fourth digit."""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """A study taken through all of Recon, profiled before and after the freeze."""
    table = tides(900)
    table.loc[table.index[::17], "surge"] = np.nan
    made = study_of(tmp_path_factory.mktemp("recon"), table)
    declare(made, made.data_dir / "tides.parquet", PROVENANCE, ROLES)
    profile(made)
    plan_split(made, validation=0.2, test=0.25, missing_target="drop: the gauge was in repair")
    freeze(made)
    verify_frozen(made)
    profile(made)
    return made


def texts(study: Study) -> Iterator[str]:
    """Everything a reader could see: rows of every table, and every text file."""
    with study.read() as ledger:
        tables = ledger.rows("SELECT name FROM sqlite_master WHERE type = 'table'")
        for (name,) in tables:
            for row in ledger.rows(f"SELECT * FROM {name}"):
                yield " ".join(str(value) for value in tuple(row))
    for path in study.root.rglob("*"):
        if path.is_file() and path.suffix in {".md", ".json", ".toml", ".txt", ".csv"}:
            yield path.read_text()
    yield repr(recon_snapshot(study))


def numbers(study: Study) -> np.ndarray:
    said = (NOT_NUMBERS.sub(" ", text) for text in texts(study))
    found = {match.replace(",", "") for text in said for match in NUMBER.findall(text)}
    # Bare integers are counts, ids and dates: they are held against counts alone, below.
    return np.array([float(text) for text in found if "." in text or "e" in text])


def statistics_of(labels: pd.Series) -> dict[str, float]:
    """What a careless profile would tell of labels."""
    quantiles = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
    return {
        "mean": labels.mean(),
        "std": labels.std(),
        "population std": labels.std(ddof=0),
        "variance": labels.var(),
        "min": labels.min(),
        "max": labels.max(),
        "sum": labels.sum(),
        "skew": labels.skew(),
        "mean absolute": labels.abs().mean(),
        "mean error of the median": (labels - labels.median()).abs().mean(),
        **{f"quantile {q}": labels.quantile(q) for q in quantiles},
    }


def told(study: Study, labels: pd.Series) -> set[str]:
    """Which statistics stand somewhere, to four digits or more."""
    seen = numbers(study)
    return {
        name
        for name, value in statistics_of(labels).items()
        if (np.abs(seen - value) <= SUSPECTS * abs(value)).any()
    }


def test_the_finder_finds_what_is_told_of_training_labels(study: Study) -> None:
    labels = pd.read_parquet(study.frozen_dir / "train.parquet")["surge"]
    assert {"mean", "std", "min", "max", "quantile 0.5", "quantile 0.99"} <= told(study, labels)


def test_no_statistic_of_frozen_labels_is_told(study: Study) -> None:
    labels = pd.read_parquet(study.frozen_dir / "test_labels.parquet")["surge"]
    assert told(study, labels) == set()
    assert told(study, tides(900)["surge"].iloc[-225:]) == set()


def test_no_statistic_over_all_labels_is_told(study: Study) -> None:
    parts = [
        pd.read_parquet(study.frozen_dir / f"{name}.parquet")["surge"]
        for name in ("train", "validation", "test_labels")
    ]
    of_train = statistics_of(parts[0])
    every = statistics_of(pd.concat(parts))
    differing = {name for name in every if abs(every[name] / of_train[name] - 1) > SUSPECTS}
    assert told(study, pd.concat(parts)) & differing == set()


def test_no_frozen_label_itself_is_told(study: Study) -> None:
    labels = pd.read_parquet(study.frozen_dir / "test_labels.parquet")["surge"]
    everything = "\n".join(texts(study))
    assert not [label for label in labels if repr(float(label)) in everything]


def test_before_the_freeze_nothing_is_told_of_the_target(study: Study) -> None:
    with study.read() as ledger:
        for (text,) in ledger.rows("SELECT content_json FROM profile WHERE scope = 'structure'"):
            column = re.search(r'\{"name":"surge"[^}]*\}', text)
            assert column is not None
            assert column[0] == '{"name":"surge","role":"target","type":"double"}'


def test_counts_of_classes_in_the_frozen_part_are_not_told(tmp_path: Path) -> None:
    table = tides(900)
    random = np.random.default_rng(11)
    chance = np.where(np.arange(900) < 500, 0.2, 0.6)
    table["surge"] = np.where(random.random(900) < chance, "storm", "calm")
    study = study_of(tmp_path, table)
    declare(
        study,
        study.data_dir / "tides.parquet",
        PROVENANCE,
        ROLES.__class__("binary", "surge", "at"),
    )
    profile(study)
    plan_split(study, validation=0.2, test=0.25)
    freeze(study)
    # Ids are numbers too: only the texts about data are searched, as whole words.
    about = "\n".join(text for text in texts(study) if "storm" in text)
    words = set(re.findall(r"(?<![\w.])\d[\d.]*(?!\w)", about))
    train, test = (
        pd.read_parquet(study.frozen_dir / f"{name}.parquet")["surge"].value_counts()
        for name in ("train", "test_labels")
    )
    assert {str(count) for count in train} <= words
    assert {str(count) for count in test} & words == set()
    assert {f"{share:.4f}" for share in test / 225} & words == set()


@pytest.mark.parametrize("task", ["regression", "binary"])
def test_what_is_told_of_a_plan_owes_nothing_to_labels_outside_train(
    task: str, tmp_path: Path
) -> None:
    """Other labels in validation and test, and the plan tells the very same."""
    table = tides(400)
    if task == "binary":
        table["surge"] = np.where(table["surge"] > 4, "high", "low")
    plan = asdict(Plan("temporal", 0.2, 0.2, "", 0, False))
    told = []
    for seed in (0, 1):
        other = table.copy()
        later = table.index >= 240
        other.loc[later, "surge"] = (
            table.loc[later, "surge"].sample(frac=1, random_state=seed).to_numpy()
        )
        path = tmp_path / f"{seed}.parquet"
        other.to_parquet(path)
        roles = Roles(task, "surge", "at", id="reading").as_json()  # type: ignore[arg-type]
        told.append(plan_job({"path": str(path), "roles": roles, "plan": plan}, lambda *_: None))
    assert told[0] == told[1]
