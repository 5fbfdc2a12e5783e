"""A draft asks what must be said of a file, and is a provenance.toml once it is answered."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from grd_core.errors import ConfigError, RefusedError, UsageError
from grd_core.recon.provenance import load_provenance
from grd_core.recon.provenance_draft import draft, quoted, require_said, write_draft
from grd_core.recon.sources import declare_from_file
from grd_core.study import Study, create_study
from tests.small_study import tides

ANSWERS = {
    'origin = ""': 'origin = "a gauge"',
    'collected_how = ""': 'collected_how = "drawn"',
    'licence = ""': 'licence = "CC0"',
    'unit_of_observation = ""': 'unit_of_observation = "an hour"',
    'task = ""': 'task = "regression"',
    'target = ""': 'target = "level"',
    'time = ""': 'time = "hour"',
    '# "wind"  = ""': '"wind" = "known only after the hour"',
}


@pytest.fixture
def study(tmp_path: Path) -> Study:
    study = create_study(tmp_path / "study")
    tides(200).to_csv(study.root / "tides.csv", index=False)
    return study


def answered(path: Path) -> None:
    text = path.read_text()
    for question, answer in ANSWERS.items():
        assert question in text
        text = text.replace(question, answer)
    path.write_text(text)


def test_a_draft_that_is_answered_declares(study: Study) -> None:
    written = write_draft(study, study.root / "tides.csv")
    assert "200 rows, 5 columns" in written.read_text()
    assert '# "level" = ""  # double' in written.read_text()
    answered(written)
    source = declare_from_file(study, written)
    assert source.roles.target == "level"
    assert source.roles.excluded == (("wind", "known only after the hour"),)


def test_what_is_not_answered_is_named_with_its_line(study: Study) -> None:
    written = write_draft(study, study.root / "tides.csv")
    with pytest.raises(ConfigError, match=r"`source\.origin` is not declared") as caught:
        load_provenance(written)
    assert caught.value.where == "provenance.toml:7"


def test_it_is_written_over_nothing(study: Study) -> None:
    (study.root / "provenance.toml").write_text("mine")
    with pytest.raises(RefusedError, match="it stays"):
        write_draft(study, study.root / "tides.csv")
    assert (study.root / "provenance.toml").read_text() == "mine"


@pytest.mark.parametrize(
    "name", ['say "so"', "back\\slash", "two\nlines", "\x1b[31mred", "\x7f\x85", "größe 📈"]
)
def test_any_name_of_a_column_is_one_line_of_toml(name: str) -> None:
    assert tomllib.loads(f"a = {quoted(name)}")["a"] == name
    text = draft(name, 1, {name: "double"})
    assert tomllib.loads(text)["source"]["file"] == name
    uncommented = text.replace(f"# {quoted(name)}", quoted(name))
    assert tomllib.loads(uncommented)["roles"]["excluded"] == {name: ""}
    assert "\x1b" not in text


def test_all_that_is_missing_is_one_sentence() -> None:
    with pytest.raises(UsageError, match="--collected-how, --licence, --target") as caught:
        said = {"origin": "a", "unit_of_observation": "b", "task": "binary", "licence": " "}
        require_said(said, where="tides.csv")
    assert "`grd data add tides.csv --draft`" in caught.value.fix
