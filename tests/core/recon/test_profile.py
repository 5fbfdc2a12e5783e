"""Profiles: structure on all rows, the target on the training part, risks ranked."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from grd_core.checks.registry import own_checks
from grd_core.errors import RefusedError
from grd_core.recon.freeze import freeze
from grd_core.recon.profile import profile, profile_training
from grd_core.recon.records import current_profile
from grd_core.recon.report import REPORT_FILE, render_report
from grd_core.recon.risks import Risk, plain, ranked
from grd_core.recon.roles import Roles
from grd_core.recon.sources import declare
from grd_core.recon.splits import plan_split
from grd_core.recon.structure import structure_job
from grd_core.recon.training_profile import training_job
from tests.core.recon.tides import PROVENANCE, ROLES, frozen_study, study_of, tides


def quiet(fraction: float, message: str) -> None:
    assert 0 <= fraction <= 1
    assert message


def structure_of(folder: Path, table: pd.DataFrame, roles: Roles = ROLES) -> dict[str, Any]:
    table.to_parquet(folder / "t.parquet")
    arguments = {"path": str(folder / "t.parquet"), "roles": roles.as_json()}
    return json.loads(json.dumps(structure_job(arguments, quiet), allow_nan=False))


def training_of(folder: Path, table: pd.DataFrame, roles: Roles = ROLES) -> dict[str, Any]:
    cut = len(table) * 4 // 5
    table[:cut].to_parquet(folder / "train.parquet", index=False)
    table[cut:].drop(columns=roles.target).to_parquet(folder / "test.parquet", index=False)
    arguments = {
        "train": str(folder / "train.parquet"),
        "test_features": str(folder / "test.parquet"),
        "validation": "",
        "roles": roles.as_json(),
        "embargo": "",
    }
    return json.loads(json.dumps(training_job(arguments, quiet), allow_nan=False))


def titles(content: dict[str, Any]) -> list[str]:
    return [risk["title"] for risk in content["risks"]]


def column(content: dict[str, Any], name: str) -> dict[str, Any]:
    return next(item for item in content["columns"] if item["name"] == name)


def test_structure_counts_what_is_there(tmp_path: Path) -> None:
    content = structure_of(tmp_path, tides(), dataclasses.replace(ROLES, groups=("gauge",)))
    assert content["rows"] == 600
    assert column(content, "pressure")["missing"] == int(tides()["pressure"].isna().sum())
    assert column(content, "gauge")["distinct"] == 2
    assert content["time"]["usual_gap"] == content["time"]["largest_gap"] == "1 h"
    assert content["time"]["ordered"]
    assert content["groups"][0]["groups"] == 2
    assert content["risks"] == []


def test_of_target_and_excluded_columns_only_the_type_is_told(tmp_path: Path) -> None:
    roles = dataclasses.replace(ROLES, excluded=(("pressure", "afterwards"),))
    content = structure_of(tmp_path, tides(), roles)
    assert set(column(content, "surge")) == {"name", "type", "role"}
    assert set(column(content, "pressure")) == {"name", "type", "role"}


def test_what_is_odd_about_columns_is_named_worst_first(tmp_path: Path) -> None:
    table = tides().assign(
        flat=1,
        serial=np.arange(600) * 7,
        mixed=np.where(np.arange(600) % 3 == 0, "n/k", "4.5"),
        spelt=np.where(np.arange(600) % 2 == 0, "North", "north "),
        ratio=np.where(np.arange(600) == 5, np.inf, 1.5),
        sparse=np.where(np.arange(600) % 5 == 0, np.arange(600) % 83 / 7, np.nan),
    )
    found = titles(structure_of(tmp_path, table))
    assert found == [
        "serial names single rows",
        "ratio holds infinite values",
        "mixed mixes numbers and words",
        "sparse is missing often",
        "spelt spells values in several ways",
        "flat never varies",
    ]


def test_an_undeclared_time_and_a_gap_and_repeats_are_named(tmp_path: Path) -> None:
    untimed = Roles("regression", "surge", id="reading")
    assert titles(structure_of(tmp_path, tides(), untimed))[0] == (
        "at looks like time, none is declared"
    )
    words = tides().assign(at=tides()["at"].dt.strftime("%Y-%m-%d"))
    assert titles(structure_of(tmp_path, words, untimed))[0].startswith("at looks like time")
    gap = tides().drop(index=range(100, 300)).reset_index(drop=True)
    assert titles(structure_of(tmp_path, gap)) == ["a gap of 8.38 d in at"]
    twice = pd.concat([tides(), tides().head(30)], ignore_index=True)
    content = structure_of(tmp_path, twice)
    assert content["repeated_rows"] == 30
    assert "rows repeat earlier rows in every feature" in titles(content)


def test_a_time_that_cannot_be_read_is_a_risk_and_no_crash(tmp_path: Path) -> None:
    content = structure_of(tmp_path, tides().assign(at="yesterday"))
    assert content["risks"][0]["severity"] == "blocking"
    assert "not ISO 8601" in content["risks"][0]["evidence"]


def test_training_finds_signal_and_no_risk_in_clean_data(tmp_path: Path) -> None:
    normal = tides(2000)
    normal["surge"] = 0.2 * normal["wind"] + np.random.default_rng(1).normal(20, 1, 2000)
    content = training_of(tmp_path, normal)
    models = content["baseline"]["models"]
    assert models["linear"]["r2"]["low"] > 0.5
    assert models["linear"]["mae"]["high"] < models["constant"]["mae"]["low"]
    assert content["baseline"]["reads"][0]["column"] == "wind"
    assert content["distributions"] == []
    assert {check["status"] for check in content["checks"]} <= {"passed", "not_applicable"}
    assert content["risks"] == []


def test_training_names_tails_missingness_copies_and_too_good_a_column(tmp_path: Path) -> None:
    table = tides(2000)
    random = np.random.default_rng(2)
    table["surge"] = random.standard_t(1.6, 2000)
    table.loc[table["surge"] > 2, "pressure"] = np.nan
    table["echo"] = table["surge"] + random.normal(0, 0.01, 2000)
    table.loc[1600:1640, ["gauge", "wind", "pressure", "echo"]] = table.loc[
        0:40, ["gauge", "wind", "pressure", "echo"]
    ].to_numpy()
    content = training_of(tmp_path, table)
    assert "heavy_tails" in content["distributions"]
    found = titles(content)
    assert set(found[:2]) == {
        "41 test rows stand in the training table",
        "`echo` is the target in another form",
    }
    assert set(found[2:]) >= {
        "a trivial model is too good to be true",
        "surge has heavy tails",
        "missing pressure tells the target",
    }
    assert content["baseline"]["reads"][0]["column"] == "echo"


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_classes_are_described_and_modelled(task: str, tmp_path: Path) -> None:
    table = tides(2000)
    cuts = [8.0] if task == "binary" else [5.0, 11.0]
    words = np.array(["low", "middle", "high"])
    noisy = table["wind"] + np.random.default_rng(3).normal(0, 4, 2000)
    table["surge"] = words[np.digitize(noisy, cuts)]
    content = training_of(tmp_path, table, dataclasses.replace(ROLES, task=task))
    assert content["target"]["distinct"] == len(cuts) + 1
    assert sum(item["rows"] for item in content["target"]["classes"]) == 1600
    models = content["baseline"]["models"]
    assert models["linear"]["log_loss"]["high"] < models["constant"]["log_loss"]["low"]
    assert content["risks"] == []


def test_imbalance_is_named(tmp_path: Path) -> None:
    table = tides(2000).assign(surge=lambda t: np.where(t["wind"] > 28, 1, 0))
    content = training_of(tmp_path, table, dataclasses.replace(ROLES, task="binary"))
    assert content["distributions"] == ["imbalanced"]
    assert "surge is imbalanced" in titles(content)


@pytest.mark.parametrize("rows", [300, 5000])
def test_missingness_at_random_raises_no_alarm(rows: int, tmp_path: Path) -> None:
    for seed in range(3):
        found = training_of(tmp_path, tides(rows, seed))["missingness"]
        assert not [item for item in found if item["tells"]]


@pytest.mark.filterwarnings("ignore:overflow")
def test_very_large_numbers_stay_finite(tmp_path: Path) -> None:
    table = tides(400).assign(surge=lambda t: t["surge"] * 1e200)
    content = training_of(tmp_path, table)
    expected = tides(400)["surge"].iloc[:320].std() * 1e200
    assert content["target"]["std"] == pytest.approx(expected)


def test_few_rows_give_a_reason_instead_of_a_model(tmp_path: Path) -> None:
    content = training_of(tmp_path, tides(60))
    assert "fewer than the 100" in content["baseline"]["reason"]


def test_the_target_is_not_looked_at_before_the_freeze(tmp_path: Path) -> None:
    study = study_of(tmp_path)
    declare(study, study.data_dir / "tides.parquet", PROVENANCE, ROLES)
    profile(study)
    assert current_profile(study, "training") is None
    with pytest.raises(RefusedError, match="before that nothing looks at the target"):
        profile_training(study)


def test_a_new_version_outdates_profiles(tmp_path: Path) -> None:
    study = study_of(tmp_path)
    path = study.data_dir / "tides.parquet"
    declare(study, path, PROVENANCE, ROLES)
    profile(study)
    assert current_profile(study, "structure") is not None
    tides(601).to_parquet(path)
    with pytest.raises(RefusedError, match="declare it again"):
        profile(study)
    declare(study, path, PROVENANCE, ROLES)
    assert current_profile(study, "structure") is None


def test_the_report_holds_every_section_and_what_triggered_it(tmp_path: Path) -> None:
    study = frozen_study(tmp_path)
    text = (study.root / REPORT_FILE).read_text()
    headings = [line for line in text.splitlines() if line.startswith("#")]
    assert headings == [
        "# Data report: tides",
        "## Risks, worst first",
        "## Time, groups and repeated rows",
        "## Target, on the training part",
        "## Missing values",
        "## Baseline signal, inside the training part",
        "## Split",
        "## Data checks",
        "## Columns",
        "## What was read",
        "## Revisions",
    ]
    assert len(text.splitlines()) < 110
    revisions = text.partition("## Revisions")[2]
    assert "structure profile, asked for" in revisions
    assert "training profile, the freeze" in revisions


def test_the_report_of_a_table_of_hundreds_of_odd_columns_stays_under_two_pages(
    tmp_path: Path,
) -> None:
    random = np.random.default_rng(12)
    odd: dict[str, Any] = {f"flat{i}": "same" for i in range(105)}
    odd |= {f"inf{i}": np.where(random.random(600) < 0.1, np.inf, 1.5) for i in range(30)}
    odd |= {f"gone{i}": np.where(random.random(600) < 0.6, np.nan, 2.5) for i in range(30)}
    odd |= {f"mixed{i}": np.where(random.random(600) < 0.1, "n/k", "2.5") for i in range(30)}
    odd |= {f"late{i}": random.normal(size=600) for i in range(105)}
    table = tides().assign(surge=random.standard_cauchy(600))
    study = study_of(tmp_path, pd.concat([table, pd.DataFrame(odd, index=table.index)], axis=1))
    roles = dataclasses.replace(
        ROLES,
        groups=tuple(f"mixed{i}" for i in range(20)),
        excluded=tuple((f"late{i}", "known only afterwards") for i in range(105)),
    )
    problems = PROVENANCE | {"known_problems": [f"problem {i}" for i in range(30)]}
    declare(study, study.data_dir / "tides.parquet", problems, roles)
    profile(study)
    plan_split(study, validation=0.2, test=0.1, reason="the groups are words by mistake")
    freeze(study)
    text = (study.root / REPORT_FILE).read_text()
    assert len(text.splitlines()) <= 110
    assert len(text) < 12_000
    assert "102 more excluded columns" in text
    risks = text.partition("## Risks, worst first")[2].partition("##")[0]
    assert sum(line.startswith("| ") for line in risks.splitlines()) <= 13


def test_a_person_s_edit_of_the_report_stays(tmp_path: Path) -> None:
    study = frozen_study(tmp_path)
    (study.root / REPORT_FILE).write_text("# Mine\n")
    render_report(study)
    assert (study.root / REPORT_FILE).read_text() == "# Mine\n"
    assert "# Data report" in (study.root / "DATA_REPORT.rendered.md").read_text()


def test_values_from_data_cannot_break_the_report_or_a_terminal(tmp_path: Path) -> None:
    study = study_of(tmp_path, tides().rename(columns={"wind": "w\x1b[31m|`<b>"}))
    evil = PROVENANCE | {"origin": "line\nbreak \x1b]0;title\x07 | <script>"}
    declare(study, study.data_dir / "tides.parquet", evil, ROLES)
    profile(study)
    text = (study.root / REPORT_FILE).read_text()
    assert "\x1b" not in text
    assert "<script>" not in text
    assert "w·[31m¦ʼ‹b›" in text


def test_plain_text_is_one_line_and_bounded() -> None:
    assert plain("a\nb\u202ec") == "a·b·c"
    assert plain("x" * 100, 10) == "x" * 9 + "…"


def test_risks_are_ranked_by_severity_then_weight() -> None:
    risks = [
        Risk("info", "a", "", "", "structure", 1.0),
        Risk("warning", "b", "", "", "structure", 0.1),
        Risk("warning", "c", "", "", "structure", 0.9),
        Risk("blocking", "d", "", "", "D201", 0.0),
    ]
    assert [risk.title for risk in ranked(risks)] == ["d", "c", "b", "a"]


def test_a_check_that_breaks_is_told_and_the_others_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("an odd column")

    monkeypatch.setattr(type(own_checks()["D207"]), "measure", broken)
    content = training_of(tmp_path, tides(400))
    said = next(risk for risk in content["risks"] if risk["origin"] == "D207")
    assert said["title"] == "D207 could not be applied"
    assert "an odd column" in said["evidence"]
    ended = {check["check"]: check["status"] for check in content["checks"]}
    assert ended["D207"] == "errored"
    assert ended["D205"] != "errored"
