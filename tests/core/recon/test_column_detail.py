"""Given a column, its detail is told: of all rows before the freeze, of train alone after."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from grd_core.errors import RefusedError, UsageError
from grd_core.recon.column_detail import column_detail
from grd_core.recon.freeze import freeze
from grd_core.recon.profile import profile
from grd_core.recon.snapshot import recon_snapshot
from grd_core.recon.sources import declare
from grd_core.recon.splits import plan_split
from grd_core.study import Study
from tests.core.recon.tides import PROVENANCE, ROLES, study_of, tides


@pytest.fixture(scope="module")
def declared(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Declared and profiled; `later` is excluded."""
    table = tides(600).assign(later=lambda rows: rows["surge"] * 2)
    study = study_of(tmp_path_factory.mktemp("declared"), table)
    roles = replace(ROLES, excluded=(("later", "known only afterwards"),))
    declare(study, study.data_dir / "tides.parquet", PROVENANCE, roles)
    profile(study)
    return study


@pytest.fixture(scope="module")
def frozen(tmp_path_factory: pytest.TempPathFactory) -> Study:
    study = study_of(tmp_path_factory.mktemp("frozen"), tides(600))
    declare(study, study.data_dir / "tides.parquet", PROVENANCE, ROLES)
    profile(study)
    plan_split(study, validation=0.2, test=0.25)
    freeze(study)
    return study


def train(study: Study) -> pd.DataFrame:
    return pd.read_parquet(study.frozen_dir / "train.parquet")


def test_before_the_freeze_structure_alone_is_told(declared: Study) -> None:
    wind = column_detail(declared, "wind")
    assert (wind.scope, wind.role, wind.rows) == ("structure", "feature", 600)
    assert wind.histogram is not None
    assert sum(wind.histogram.counts) == 600
    assert len(wind.histogram.edges) == len(wind.histogram.counts) + 1
    assert wind.relation is None
    assert "before the freeze" in wind.relation_withheld
    assert wind.sample is not None
    assert set(wind.sample.columns) == {"wind", "reading", "at", "gauge", "pressure"}
    assert len(wind.sample.rows) == 5


@pytest.mark.parametrize("column", ["surge", "later"])
def test_of_target_and_excluded_nothing_is_told_before_the_freeze(
    declared: Study, column: str
) -> None:
    detail = column_detail(declared, column)
    assert detail.withheld
    assert (detail.histogram, detail.quantiles, detail.sample, detail.rows) == (None, (), None, 0)


def test_after_the_freeze_everything_is_of_the_training_part(frozen: Study) -> None:
    part = train(frozen)
    wind = column_detail(frozen, "wind")
    assert (wind.scope, wind.rows) == ("training", len(part))
    assert wind.mean == pytest.approx(part["wind"].mean())
    assert dict(wind.quantiles)["50%"] == f"{part['wind'].median():.6g}"
    assert wind.relation is not None
    assert wind.relation.measure.startswith("rank correlation")
    expected = part["wind"].corr(part["surge"], method="spearman")
    assert wind.relation.strength == pytest.approx(expected, abs=1e-4)
    assert sum(item.rows for item in wind.relation.bins) == len(part)
    assert wind.sample is not None
    assert wind.sample.columns[:3] == ("wind", "reading", "surge")
    known = {f"{value:.6g}" for value in part["wind"]}
    assert {row[0] for row in wind.sample.rows} <= known


def test_missing_values_are_followed_over_time_and_against_the_target(frozen: Study) -> None:
    part = train(frozen)
    pressure = column_detail(frozen, "pressure")
    assert pressure.missing == part["pressure"].isna().sum()
    assert sum(bucket.rows for bucket in pressure.over_time) == len(part)
    assert pressure.over_time[0].start == "2021-01-01"
    told = sum(bucket.rows * bucket.missing_share for bucket in pressure.over_time)
    assert told == pytest.approx(pressure.missing)
    assert pressure.relation is not None
    missing = next(item for item in pressure.relation.bins if item.label == "(missing)")
    assert missing.target == pytest.approx(part.loc[part["pressure"].isna(), "surge"].mean())


def test_words_are_told_by_their_commonest(frozen: Study) -> None:
    gauge = column_detail(frozen, "gauge")
    counts = train(frozen)["gauge"].value_counts()
    assert {item.value: item.rows for item in gauge.categories} == counts.to_dict()
    assert gauge.histogram is None
    assert gauge.relation is not None
    assert gauge.relation.measure == "correlation ratio η"


def test_times_have_a_histogram_with_dates_at_its_ends(frozen: Study) -> None:
    at = column_detail(frozen, "at")
    assert at.histogram is not None
    assert at.histogram.first.startswith("2021-01-01")
    assert at.mean is None


def test_the_target_is_told_of_train_alone(frozen: Study) -> None:
    surge = column_detail(frozen, "surge")
    assert surge.mean == pytest.approx(train(frozen)["surge"].mean())
    assert (surge.relation, surge.relation_withheld) == (None, "it is the target")


def test_no_frozen_label_is_opened(frozen: Study, tmp_path: Path) -> None:
    """The detail is the same where labels, features and validation are not there at all."""
    alone = Study(tmp_path / "study")
    shutil.copytree(frozen.root, alone.root)
    for name in ("test_labels", "test_features", "validation"):
        (alone.frozen_dir / f"{name}.parquet").unlink()
    (alone.data_dir / "tides.parquet").unlink()
    assert column_detail(alone, "surge") == column_detail(frozen, "surge")


@pytest.mark.parametrize(("task", "measure"), [("binary", "η of ranks"), ("multiclass", "η of")])
def test_classes_are_told_by_the_share_of_one(tmp_path: Path, task: str, measure: str) -> None:
    table = tides(600)
    rank = table["surge"].rank(pct=True)
    names = {"binary": ["calm", "storm"], "multiclass": ["calm", "fresh", "storm"]}[task]
    table["surge"] = pd.Categorical.from_codes(
        np.minimum((rank * len(names)).astype(int), len(names) - 1), names
    ).astype(str)
    study = study_of(tmp_path, table)
    roles = replace(ROLES, task=task)  # type: ignore[arg-type]
    declare(study, study.data_dir / "tides.parquet", PROVENANCE, roles)
    plan_split(study, validation=0.2, test=0.25)
    freeze(study)
    wind, gauge = column_detail(study, "wind"), column_detail(study, "gauge")
    assert wind.relation is not None
    assert measure in wind.relation.measure
    assert wind.relation.of.startswith("share of surge = ")
    assert all(0 <= item.target <= 1 for item in wind.relation.bins)
    assert gauge.relation is not None
    assert gauge.relation.measure == "Cramér's V"


def test_what_cannot_be_looked_at_is_refused(frozen: Study, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no column 'wnd'") as refused:
        column_detail(frozen, "wnd")
    assert "'wind'" in refused.value.fix
    study = study_of(tmp_path, tides(60))
    with pytest.raises(RefusedError, match="no data is declared"):
        column_detail(study, "wind")
    declare(study, study.data_dir / "tides.parquet", PROVENANCE, ROLES)
    tides(61).to_parquet(study.data_dir / "tides.parquet")
    with pytest.raises(RefusedError, match="not the file"):
        column_detail(study, "wind")


def test_a_column_that_is_empty_or_infinite_is_told(tmp_path: Path) -> None:
    table = tides(200).assign(void=np.nan, huge=np.inf, one=1.0)
    study = study_of(tmp_path, table)
    declare(study, study.data_dir / "tides.parquet", PROVENANCE, ROLES)
    assert column_detail(study, "void").missing_share == 1.0
    assert column_detail(study, "huge").histogram is None
    assert column_detail(study, "one").distinct == 1


def test_the_table_has_a_line_a_column_and_risks_name_theirs(declared: Study) -> None:
    snapshot = recon_snapshot(declared)
    lines = {line.name: line for line in snapshot.column_lines}
    assert list(lines) == ["reading", "at", "gauge", "wind", "pressure", "surge", "later"]
    assert max(lines["wind"].shape) == 8
    assert (lines["surge"].shape, lines["surge"].missing_share) == ((), None)
    assert all(risk.action for risk in snapshot.risks)


def test_a_risk_names_its_column_and_what_answers_it(tmp_path: Path) -> None:
    table = tides(300).assign(name=[f"row {n}" for n in range(300)])
    study = study_of(tmp_path, table)
    declare(study, study.data_dir / "tides.parquet", PROVENANCE, ROLES)
    profile(study)
    [risk] = [risk for risk in recon_snapshot(study).risks if "names single rows" in risk.title]
    assert (risk.column, risk.action) == ("name", "role")
    assert column_detail(study, "name").risks == (risk,)
    [line] = [line for line in recon_snapshot(study).column_lines if line.name == "name"]
    assert (line.risks, line.worst) == (1, "warning")


def test_importing_it_loads_nothing_heavy() -> None:
    heavy = "{'numpy', 'pandas', 'scipy', 'sklearn', 'sqlmodel', 'pydantic', 'pyarrow'}"
    code = f"import grd_core.recon.column_detail, sys; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_values_close_together_and_beyond_all_scale_are_told(tmp_path: Path) -> None:
    """Half-hours of two days share their date, nanoseconds since 1970 their first digits."""
    table = tides(400).assign(
        at=lambda rows: 1_600_000_000_000_000_000 + rows["reading"] * 1_000,
        when=pd.date_range("2021-10-30", periods=400, freq="7min", tz="Europe/Berlin"),
        huge=1e308,
        vector=[[1.0, 2.0]] * 400,
    )
    study = study_of(tmp_path, table)
    declare(study, study.data_dir / "tides.parquet", PROVENANCE, ROLES)
    plan_split(study, validation=0.2, test=0.2, embargo="5000")
    freeze(study)
    for name in ("at", "when"):
        relation = column_detail(study, name).relation
        assert relation is not None
        assert len({one.label for one in relation.bins}) == 10
    huge = column_detail(study, "huge")
    assert huge.histogram is not None
    assert max(huge.histogram.counts) == huge.rows
    assert "table of its own" in column_detail(study, "vector").withheld
