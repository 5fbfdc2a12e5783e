"""A config before its run: refused by the study's schema, inherited, recorded."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from grd_core.errors import ConfigError
from grd_core.identity import canonical_json, sha256_bytes, sha256_file
from grd_core.ledger.tables import Review
from grd_core.runs.config_inherited import validated_config
from grd_core.runs.experiments import new_experiment
from grd_core.runs.kept_files import FOLDER, keep_files, kept_file
from grd_core.runs.records import find_run
from grd_core.runs.start import start_run

SCHEMA = {
    "required": ["rate"],
    "properties": {
        "rate": {"type": "number", "exclusiveMinimum": 0},
        "epochs": {"type": "integer", "default": 10},
    },
}


@pytest.fixture
def ruled(study):
    """The study with a schema for its configs."""
    (study.root / "config.schema.json").write_text(json.dumps(SCHEMA))
    grd = study.root / "grd.toml"
    grd.write_text(grd.read_text() + '\n[config]\nschema = "config.schema.json"\n')
    return study


def proceed(study, experiment, run_id, verdict="PROCEED"):
    with study.write("reviewed") as tx:
        tx.insert(
            Review(
                experiment_id=experiment.id, stage="loop", loop=1, run_id=run_id,
                inputs_json=canonical_json({}), verdict=verdict, rule="", confidence="",
                justification="", detail_json=canonical_json({}),
            )
        )  # fmt: skip


def refused(study, experiment):
    with pytest.raises(ConfigError) as error:
        start_run(study, experiment)
    with study.read() as ledger:
        assert ledger.value("SELECT count(*) FROM run") == 0
    return error.value


def test_a_bad_config_is_refused_before_anything_is_written(ruled, experiment):
    config = experiment.folder / "config.toml"
    place = ruled.relative(config)
    config.write_text("# settings\nraet = 0.1\n")
    error = refused(ruled, experiment)
    assert (error.what, error.where) == ("unknown key `raet`", f"{place}:2")
    assert error.fix == "did you mean `rate`? (1 more: `grd config check`)"
    config.write_text("rate = 0.1\nrate = 0.2\n")
    assert refused(ruled, experiment).where == f"{place}:2"
    config.unlink()
    assert refused(ruled, experiment).what == "missing key `rate`"
    config.write_text("rate = 0.1\n")
    (experiment.folder / "config.json").write_text("{}")
    assert "config.toml and config.json are both there" in refused(ruled, experiment).what
    assert not (experiment.folder / "runs" / "01").exists()


def test_a_schema_that_is_not_there_or_not_understood_is_refused(ruled, experiment):
    schema = ruled.root / "config.schema.json"
    schema.write_text('{"properties": {\n"rate": {"pattern": "x"}}}')
    error = refused(ruled, experiment)
    assert "uses `pattern`" in error.what
    assert error.where == "config.schema.json:2"
    schema.unlink()
    assert refused(ruled, experiment).where == "grd.toml"
    grd = ruled.root / "grd.toml"
    grd.write_text(grd.read_text().replace("config.schema.json", "../config.schema.json"))
    assert "is not there" in refused(ruled, experiment).what


def test_a_run_records_what_its_config_sets_and_new_experiments_start_from_it(
    ruled, experiment, ended
):
    (ruled.root / "make_data.py").write_text("print('made')\n")
    (ruled.root / "data").mkdir(exist_ok=True)
    Path(os.fsdecode(os.fsencode(ruled.root) + b"/data/\xff.py")).write_text("")
    config = experiment.folder / "config.toml"
    written = b"rate   = 0.5   # as the paper has it\r\nepochs = 10\r\n"
    config.write_bytes(written)
    assert new_experiment(ruled, "too early", kind="refinement").folder.is_dir()
    assert validated_config(ruled) is None
    run = ended(start_run(ruled, experiment).id)
    told = json.loads((run.folder / "env.json").read_text())
    assert told["config"]["values"] == {"rate": 0.5, "epochs": 10}
    assert told["config"]["against_defaults"] == {"rate": {"value": 0.5}}
    assert told["config"]["against_baseline"] == "none"
    assert told["config"]["schema"]["sha256"] == sha256_file(ruled.root / "config.schema.json")
    assert told["command"] == {"asked": ["python", "train.py"], "default": ["python", "train.py"]}
    assert told["data"]["made_by"] == {
        "make_data.py": sha256_file(ruled.root / "make_data.py"),
        "data/\ufffd.py": sha256_bytes(b""),
    }

    proceed(ruled, experiment, run.id)
    config.write_text("rate = 9\n")  # edited after it was judged
    child = new_experiment(ruled, "with more", kind="refinement")
    assert (child.folder / "config.toml").read_bytes() == written
    assert not (new_experiment(ruled, "other", kind="baseline").folder / "config.toml").exists()
    copied = new_experiment(ruled, "copy", kind="refinement", template=experiment.folder)
    assert (copied.folder / "config.toml").read_text() == "rate = 9\n"

    child.hypothesis_path.write_text("# t\n\n## What we believe\n\nThat it works.\n")
    (child.folder / "train.py").write_text("print('nothing')\n")
    (child.folder / "config.toml").write_text("rate = 0.25\n")
    second = ended(start_run(ruled, child).id)
    against = json.loads((second.folder / "env.json").read_text())["config"]["against_baseline"]
    assert against["baseline"] == "001-first-try"
    assert against["set"] == {"rate": {"value": 0.25, "instead_of": 0.5}}
    assert against["not_set"] == ["epochs"]

    proceed(ruled, experiment, run.id, "REVISE_METHOD")
    assert validated_config(ruled) is None


def test_kept_files_are_those_of_the_hash_or_none(study, experiment):
    folder = experiment.folder
    (folder / "model.bin").write_bytes(b"0")
    hashes = {name: sha256_file(folder / name) for name in ("train.py", "model.bin")}
    keep_files(study, folder, {**hashes, "config.toml": "0" * 64, "gone.py": "1" * 64})
    kept = [path.name for path in (study.root / ".grd" / FOLDER).rglob("*") if path.is_file()]
    assert kept == [hashes["train.py"]]
    before = (folder / "train.py").read_bytes()
    (folder / "train.py").write_text("other")
    assert kept_file(study, folder, "train.py", hashes["train.py"]) == before
    assert kept_file(study, folder, "train.py", sha256_bytes(b"other")) == b"other"
    place = study.root / ".grd" / FOLDER / hashes["train.py"][:2] / hashes["train.py"]
    place.write_bytes(b"forged")
    assert kept_file(study, folder, "train.py", hashes["train.py"]) is None


def test_without_a_schema_nothing_is_refused(study, experiment, ended):
    (experiment.folder / "config.toml").write_text("rate = = 1\n")
    run = ended(start_run(study, experiment).id)
    told = json.loads((run.folder / "env.json").read_text())["config"]
    assert told["file"] == "unreadable"
    assert "not valid TOML" in told["reason"]
    assert find_run(study, "1").state == "done"
