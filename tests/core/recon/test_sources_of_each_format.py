"""A source of every format goes through Recon: declared, profiled, looked at, split, frozen."""

from __future__ import annotations

import dataclasses
import gzip
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from grd_core.checks.bare_files import check_files_job
from grd_core.checks.data.reading.options import ReadOptions
from grd_core.errors import ConfigError, DataError, RefusedError, UsageError
from grd_core.recon.column_detail import column_detail
from grd_core.recon.data_files import DataFile, data_files
from grd_core.recon.freeze import freeze
from grd_core.recon.profile import profile
from grd_core.recon.provenance import load_provenance
from grd_core.recon.records import SourceRecord, current_source
from grd_core.recon.roles import Roles
from grd_core.recon.snapshot import recon_snapshot
from grd_core.recon.sources import check_version, declare, declare_from_file, version_fault
from grd_core.recon.splits import plan_split
from grd_core.study import Study
from tests.core.recon.tides import PROVENANCE, ROLES, study_of, tides

QUERY = "SELECT * FROM tides WHERE surge IS NOT NULL ORDER BY reading"


def _sqlite(path: Path, table: pd.DataFrame) -> None:
    with closing(sqlite3.connect(path)) as made:
        table.assign(at=table["at"].astype(str)).to_sql("tides", made, index=False)
        made.execute("CREATE TABLE other (a)")


def _numpy(path: Path, table: pd.DataFrame) -> None:
    at = table["at"].dt.tz_localize(None).to_numpy()
    words = table["gauge"].to_numpy(dtype=str)
    plain = {name: table[name].to_numpy() for name in ("reading", "wind", "pressure", "surge")}
    np.savez(path, at=at, gauge=words, **plain)


WRITERS: dict[str, tuple[Any, ReadOptions]] = {
    "t.csv.gz": (lambda path, table: table.to_csv(path, index=False), ReadOptions()),
    "t.tsv": (lambda path, table: table.to_csv(path, index=False, sep="\t"), ReadOptions()),
    "latin.csv": (
        lambda path, table: table.replace("north", "nörd").to_csv(
            path, index=False, sep=";", encoding="latin-1"
        ),
        ReadOptions(encoding="latin1", separator="semicolon"),
    ),
    "t.jsonl": (
        lambda path, table: table.to_json(path, orient="records", lines=True, date_format="iso"),
        ReadOptions(),
    ),
    "t.feather": (lambda path, table: table.to_feather(path), ReadOptions()),
    "t.db": (_sqlite, ReadOptions(query=QUERY)),
    "t.npz": (_numpy, ReadOptions()),
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_source_of_each_format_is_declared_and_looked_at(name: str, tmp_path: Path) -> None:
    study, source = declared(name, tmp_path)
    assert (source.rows, len(source.columns)) == (300, 6)
    detail = column_detail(study, "gauge")
    assert {one.value for one in detail.categories} <= {"north", "nörd", "south"}
    assert detail.sample is not None
    assert len(detail.sample.rows) == 5
    assert version_fault(study) == ""


def declared(name: str, folder: Path) -> tuple[Study, SourceRecord]:
    """A study with the tides in this format, declared."""
    study = study_of(folder)
    write, options = WRITERS[name]
    write(study.data_dir / name, tides(300))
    return study, declare(study, study.data_dir / name, PROVENANCE, ROLES, options=options)


@pytest.mark.parametrize(
    "name",
    [name if name == "t.db" else pytest.param(name, marks=pytest.mark.soak) for name in WRITERS],
)
def test_a_source_of_each_format_is_profiled_split_and_frozen(name: str, tmp_path: Path) -> None:
    study, source = declared(name, tmp_path)
    assert declare(study, source.path, PROVENANCE, ROLES, options=WRITERS[name][1]) == source
    profile(study)
    plan_split(study)
    frozen = freeze(study)
    assert frozen.test_rows == 45
    train = pq.read_table(study.frozen_dir / "train.parquet")
    assert train.column("reading").to_pylist() == list(range(1, train.num_rows + 1))


def test_what_is_said_of_reading_is_part_of_what_is_declared(tmp_path: Path) -> None:
    study = study_of(tmp_path)
    write, options = WRITERS["t.db"]
    write(study.data_dir / "t.db", tides(60))
    first = declare(study, study.data_dir / "t.db", PROVENANCE, ROLES, options=options)
    assert first.reading == {"query": QUERY}
    table = ReadOptions(table="tides")
    second = declare(study, first.path, PROVENANCE, ROLES, options=table)
    assert (second.reading, second.sha256) == ({"table": "tides"}, first.sha256)
    assert (second.source_id, second.version_id) == (2, 2)
    with closing(sqlite3.connect(first.path)) as made, made:
        made.execute("INSERT INTO other VALUES (1)")
    assert "other bytes" in version_fault(study)
    seen = recon_snapshot(study).source
    assert seen is not None
    assert "reading" not in seen.provenance


TOML = """\
[source]
file = "data/latin.csv"
encoding = "cp1252"
separator = "\\t"
origin = "harbour office"
collected_how = "gauges"
licence = "CC0"
unit_of_observation = "one hour"

[roles]
task = "regression"
target = "surge"
"""


def test_a_provenance_file_says_how_its_file_is_read(tmp_path: Path) -> None:
    study = study_of(tmp_path)
    table = tides(60).replace("north", "naïve; north")
    table.to_csv(study.data_dir / "latin.csv", index=False, sep="\t", encoding="cp1252")
    place = study.root / "provenance.toml"
    place.write_text(TOML)
    source = declare_from_file(study, place)
    assert source.reading == {"encoding": "cp1252", "separator": "\t"}
    assert "encoding" not in source.provenance
    assert "naïve; north" in {one.value for one in column_detail(study, "gauge").categories}
    place.write_text(TOML.replace("encoding", "encodign"))
    with pytest.raises(ConfigError, match=r"provenance\.toml:3\): did you mean `encoding`"):
        declare_from_file(study, place)
    place.write_text(TOML.replace("cp1252", "cp1525"))
    with pytest.raises(UsageError, match="no text encoding 'cp1525'"):
        declare_from_file(study, place)
    place.write_text(TOML.replace('encoding = "cp1252"\n', ""))
    with pytest.raises(DataError, match=r"byte 0xef is not UTF-8 \(.*latin\.csv:\d+\).*declare"):
        declare_from_file(study, place)
    assert load_provenance(place).source.options() == ReadOptions(separator="\t")


def _images(folder: Path, rows: int = 60) -> None:
    for number in range(rows):
        path = folder / ("cat", "dog")[number % 2] / f"{number:03}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes([number]) * (number + 1))
    (folder / ".DS_Store").touch()


def _declared(study: Study) -> SourceRecord:
    folder = study.data_dir / "images"
    _images(folder)
    roles = Roles("binary", "label", id="path", excluded=(("sha256", "names the file"),))
    return declare(study, folder, PROVENANCE, roles)


def test_a_folder_of_images_is_a_source(tmp_path: Path) -> None:
    study = study_of(tmp_path)
    source = _declared(study)
    assert (source.format, source.rows, source.label) == ("folder", 60, "data/images")
    assert source.size_bytes == sum(range(1, 61))
    profile(study)
    plan_split(study, strategy="random")
    frozen = freeze(study)
    test = pq.read_table(study.frozen_dir / "test_features.parquet")
    assert test.column_names == ["path", "size_bytes", "suffix"]
    assert frozen.test_rows == 9
    snapshot = recon_snapshot(study)
    assert snapshot.source is not None
    assert snapshot.source.state == "present"


def test_any_change_in_a_folder_is_another_version(tmp_path: Path) -> None:
    study = study_of(tmp_path)
    source = _declared(study)
    assert version_fault(study) == ""
    (source.path / "cat" / "000.png").write_bytes(b"x")
    assert version_fault(study) == "data/images holds other bytes than the declared ones"
    (source.path / "cat" / "new.png").write_bytes(b"x")
    assert "1,831 bytes where 1,830 were declared" in version_fault(study)
    with pytest.raises(RefusedError, match="declare it again"):
        check_version(study)
    (source.path / "away").symlink_to("/")
    assert "not as it was declared: a link leads out" in version_fault(study)
    source.path.rename(source.path.with_name("gone"))
    assert version_fault(study) == "data/images is gone"
    snapshot = recon_snapshot(study)
    assert snapshot.source is not None
    assert snapshot.source.state == "gone"


def test_what_can_be_declared_is_named(tmp_path: Path) -> None:
    study = study_of(tmp_path)
    _images(study.data_dir / "images", 2)
    (study.data_dir / "a.csv.gz").write_bytes(gzip.compress(b"x,y\n1,2\n"))
    (study.root / "b.jsonl").write_text('{"k": 1}\n')
    (study.root / "broken.db").write_text("no")
    found = {file.path: file for file in data_files(study)}
    assert found["data/a.csv.gz"] == DataFile("data/a.csv.gz", ("x", "y"))
    assert found["data/images"].columns == ("path", "size_bytes", "sha256", "suffix", "label")
    assert found["b.jsonl"].columns == ("k",)
    assert found["broken.db"].columns == ()
    assert "data/frozen" not in found


@pytest.mark.parametrize(
    ("column", "value", "roles", "sentence"),
    [
        ("surge", np.nan, ROLES, "every `surge` is missing"),
        ("surge", np.inf, ROLES, r"row \d+ has an infinite `surge`"),
        ("at", "10/01/2021", ROLES, r"row 8 has `at` = '10/01/2021', which is not ISO 8601"),
        ("at", None, ROLES, "have no `at`, the first is row 8"),
        ("gauge", "south", Roles("binary", "gauge", id="reading"), "has one class in the training"),
    ],
    ids=["all missing", "infinite", "date", "no date", "one class"],
)
def test_a_target_or_a_time_that_cannot_be_used_is_a_sentence(
    column: str, value: Any, roles: Roles, sentence: str, tmp_path: Path
) -> None:
    table = tides(60)
    table["at"] = table["at"].astype(str)
    rows = slice(7, 8) if column == "at" or value is np.inf else slice(None)
    table.loc[table.index[rows], column] = value
    study = study_of(tmp_path, table, name="t.csv")

    def until_frozen() -> None:
        declare(study, study.data_dir / "t.csv", PROVENANCE, roles)
        profile(study)
        plan_split(study)
        freeze(study)

    with pytest.raises((DataError, RefusedError), match=sentence) as told:
        until_frozen()
    assert told.value.exit_code == 6
    assert told.value.fix


def test_a_refused_source_leaves_the_study_as_it_was(tmp_path: Path) -> None:
    study = study_of(tmp_path)
    (study.data_dir / "bad.csv.gz").write_bytes(b"\x1f\x8bjunk")
    with pytest.raises(DataError):
        declare(study, study.data_dir / "bad.csv.gz", PROVENANCE, ROLES)
    with pytest.raises(UsageError, match="`table` says nothing about"):
        declare(
            study,
            study.data_dir / "tides.parquet",
            PROVENANCE,
            ROLES,
            options=ReadOptions(table="x"),
        )
    assert current_source(study) is None


@pytest.mark.parametrize("name", [*(name for name in WRITERS if name not in {"latin.csv", "t.db"})])
def test_bare_files_of_each_format_are_checked(name: str, tmp_path: Path) -> None:
    write, _ = WRITERS[name]
    parts = {"train": tides(200), "test": pd.concat([tides(60, 7), tides(200)[:20]])}
    paths = {}
    for part, table in parts.items():
        (tmp_path / part).mkdir()
        paths[part] = str(tmp_path / part / name)
        write(Path(paths[part]), table.reset_index(drop=True))
    roles = {"target": "surge", "time": "", "groups": [], "id_column": "reading"}
    found = check_files_job({**paths, **roles}, lambda fraction, message: None)["results"]
    assert not [one for one in found if one["status"] == "errored"]
    assert next(one for one in found if one["check"] == "D201")["findings"]


def test_a_bare_file_that_cannot_be_read_is_told_once(tmp_path: Path) -> None:
    tides(60).to_csv(tmp_path / "train.csv", index=False)
    (tmp_path / "test.csv").write_text("surge,wind\n1,2\n1\n")
    paths = {part: str(tmp_path / f"{part}.csv") for part in ("train", "test")}
    roles = {"target": "surge", "time": "", "groups": [], "id_column": ""}
    with pytest.raises(DataError, match=r"1 fields where the header has 2 \(.*test\.csv:3\)"):
        check_files_job({**paths, **roles}, lambda fraction, message: None)


def test_an_option_survives_its_roles_being_declared_anew(tmp_path: Path) -> None:
    study = study_of(tmp_path)
    write, options = WRITERS["latin.csv"]
    write(study.data_dir / "latin.csv", tides(60))
    declare(study, study.data_dir / "latin.csv", PROVENANCE, ROLES, options=options)
    roles = dataclasses.replace(ROLES, groups=("gauge",))
    source = declare(study, study.data_dir / "latin.csv", PROVENANCE, roles, options=options)
    assert source.reading == {"encoding": "iso8859-1", "separator": ";"}
    assert check_version(study) == source
