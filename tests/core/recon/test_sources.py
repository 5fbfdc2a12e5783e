"""Declaring data: what is recorded, what is refused, and when a version is a new one."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from grd_core.errors import ConfigError, DataError, RefusedError, UsageError
from grd_core.identity import sha256_file
from grd_core.ledger.verify import verify_ledger
from grd_core.recon import sources
from grd_core.recon.freeze import freeze
from grd_core.recon.provenance import load_provenance
from grd_core.recon.records import current_source, require_source, roles_of
from grd_core.recon.roles import Roles
from grd_core.recon.sources import (
    check_roles,
    check_version,
    declare,
    declare_from_file,
    version_fault,
)
from grd_core.recon.splits import plan_split
from tests.core.recon.tides import PROVENANCE, ROLES, study_of, tides

SAMPLE = Path(__file__).parents[3] / "sample_projects" / "flight_delays" / "provenance.toml"

TOML = """\
[source]
name = "tides"
file = "data/tides.csv"
origin = "harbour office"
collected_how = "gauges"
collected_when = 2021-01-01
licence = "CC0"
unit_of_observation = "one hour"

[roles]
task = "regression"
target = "surge"
time = "at"
groups = ["gauge"]
[roles.excluded]
pressure = "known only afterwards"

[split]
validation = 2021-01-15
test = 0.2
"""


def test_a_declaration_records_bytes_columns_and_meaning(tmp_path: Path) -> None:
    study = study_of(tmp_path)
    source = declare(study, study.data_dir / "tides.parquet", PROVENANCE, ROLES)
    assert source == current_source(study)
    assert source.label == "data/tides.parquet"
    assert source.sha256 == sha256_file(source.path)
    assert (source.rows, len(source.columns), source.format) == (600, 6, "parquet")
    assert roles_of(study) == ROLES
    with study.read() as ledger:
        assert ledger.value("SELECT count(*) FROM event WHERE kind = 'data declared'") == 1
        assert verify_ledger(ledger, ()) == ()


def test_the_same_again_writes_nothing_and_a_change_makes_a_version(tmp_path: Path) -> None:
    study = study_of(tmp_path)
    path = study.data_dir / "tides.parquet"
    first = declare(study, path, PROVENANCE, ROLES)
    assert declare(study, path, PROVENANCE, ROLES) == first
    tides(601).to_parquet(path)
    assert "bytes where" in version_fault(study)
    with pytest.raises(RefusedError, match="declare it again"):
        check_version(study)
    second = declare(study, path, PROVENANCE, ROLES)
    assert (second.version_id, second.source_id) == (2, first.source_id)
    assert version_fault(study) == ""
    third = declare(study, path, PROVENANCE, dataclasses.replace(ROLES, groups=("gauge",)))
    assert (third.version_id, third.source_id) == (3, first.source_id + 1)


def test_a_change_of_bytes_alone_is_told(tmp_path: Path) -> None:
    study = study_of(tmp_path, name="tides.csv")
    path = study.data_dir / "tides.csv"
    declare(study, path, PROVENANCE, ROLES)
    text = path.read_text()
    path.write_text(text.replace("north", "nerth", 1))
    assert version_fault(study) == "data/tides.csv holds other bytes than the declared ones"
    path.unlink()
    assert version_fault(study) == "data/tides.csv is gone"


@pytest.mark.parametrize("key", sorted(PROVENANCE))
def test_missing_provenance_is_refused(key: str, tmp_path: Path) -> None:
    study = study_of(tmp_path)
    path = study.data_dir / "tides.parquet"
    for content in (
        {name: text for name, text in PROVENANCE.items() if name != key},
        PROVENANCE | {key: "  "},
    ):
        with pytest.raises(ConfigError, match=f"`{key}` is not declared"):
            declare(study, path, content, ROLES)
    assert current_source(study) is None


@pytest.mark.parametrize(
    ("roles", "sentence"),
    [
        (Roles("regression", ""), "no target is declared"),
        (Roles("regression", "surg"), "did you mean `surge`"),
        (Roles("regression", "surge", time="att"), "did you mean `at`"),
        (Roles("regression", "surge", groups=("gaug",)), "did you mean `gauge`"),
        (Roles("regression", "surge", id="surge"), "the target cannot be the id column"),
        (Roles("regression", "gauge"), "no numbers to regress on"),
        (
            Roles("regression", "surge", excluded=(("surge", "is the target"),)),
            "has a role and is excluded",
        ),
    ],
)
def test_a_role_that_fits_no_column_is_refused(roles: Roles, sentence: str, tmp_path: Path) -> None:
    study = study_of(tmp_path)
    with pytest.raises(DataError, match=sentence):
        declare(study, study.data_dir / "tides.parquet", PROVENANCE, roles)


def test_files_that_cannot_be_read_are_refused_by_name(tmp_path: Path) -> None:
    study = study_of(tmp_path)
    (study.data_dir / "bad.csv").write_text("a,surge\n1,2\n1,2,3\n")
    with pytest.raises(DataError, match=r"bad\.csv:3"):
        declare(study, study.data_dir / "bad.csv", PROVENANCE, ROLES)
    with pytest.raises(DataError, match="no such file"):
        declare(study, study.data_dir / "none.csv", PROVENANCE, ROLES)
    with pytest.raises(UsageError, match="xlsx is not read"):
        declare(study, study.data_dir / "none.xlsx", PROVENANCE, ROLES)


def test_nothing_declared_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="no data is declared"):
        require_source(study_of(tmp_path))


def test_a_provenance_file_declares_its_data_and_keeps_its_split(tmp_path: Path) -> None:
    study = study_of(tmp_path, name="tides.csv")
    (study.root / "provenance.toml").write_text(TOML)
    source = declare_from_file(study, study.root / "provenance.toml")
    assert source.name == "tides"
    assert source.provenance["collected_when"] == "2021-01-01"
    assert source.roles.excluded == (("pressure", "known only afterwards"),)
    assert source.split_defaults == {"validation": "2021-01-15", "test": 0.2}


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("licence =", "license =", r"provenance\.toml:7\): did you mean `licence`"),
        ('licence = "CC0"\n', "", r"`source\.licence` is not declared .*under which licence"),
        ('licence = "CC0"', 'licence = "CC0"\nlisence = "x"', r"provenance\.toml:8.*`licence`"),
        ("[split]\n", "[split]\nembarg = 1\n", r"provenance\.toml:19.*did you mean `embargo`"),
        ('task = "regression"', 'task = "guessing"', r"provenance\.toml:11.*say regression"),
        ('target = "surge"\n', "", "`roles.target` is not declared"),
        ('time = "at"', 'time = "att"', r"provenance\.toml:13\): did you mean `at`"),
        ('pressure = "known', 'presure = "known', r"provenance\.toml:16\): did you mean"),
        ("[roles]", "[roles", "not valid TOML"),
        ("[roles]\n", "[rolls]\n", r"unknown key `rolls` .*did you mean `roles`"),
    ],
)
def test_faults_of_a_provenance_file_name_their_line(
    old: str, new: str, sentence: str, tmp_path: Path
) -> None:
    study = study_of(tmp_path, name="tides.csv")
    assert old in TOML
    (study.root / "provenance.toml").write_text(TOML.replace(old, new, 1))
    with pytest.raises((ConfigError, DataError), match=sentence):
        declare_from_file(study, study.root / "provenance.toml")


def test_the_sample_study_is_declared_as_it_stands() -> None:
    content = load_provenance(SAMPLE)
    assert content.roles.target == "arr_delay"
    assert content.split is not None
    assert content.split.strategy == "temporal"


def test_a_role_wants_single_values(tmp_path: Path) -> None:
    columns = {"vector": "fixed_size_list<item: float>[8]", "y": "int64", "x": "double"}
    with pytest.raises(DataError, match=r"`vector` holds fixed_size_list.* a table of its own"):
        check_roles(Roles(task="binary", target="vector"), columns, tmp_path / "t.parquet")
    check_roles(Roles(task="binary", target="y"), columns, tmp_path / "t.parquet")


def test_what_is_frozen_while_it_is_declared_is_not_declared_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = study_of(tmp_path)
    path = study.data_dir / "tides.parquet"
    declare(study, path, PROVENANCE, ROLES)
    plan_split(study, validation=0.2, test=0.2)
    job = sources.run_job

    def frozen_meanwhile(*arguments: object, **options: object) -> object:
        freeze(study)
        return job(*arguments, **options)

    monkeypatch.setattr(sources, "run_job", frozen_meanwhile)
    with pytest.raises(RefusedError, match="the data was frozen on"):
        declare(study, path, PROVENANCE, dataclasses.replace(ROLES, groups=("gauge",)))
    assert require_source(study).version_id == 1
