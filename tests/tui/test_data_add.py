"""`grd data add` with less than it takes, and the draft it writes then."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from grd_core.errors import UsageError
from grd_core.study import Study, create_study
from grd_tui.cli.data_add import add
from tests.small_study import tides


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Study:
    study = create_study(tmp_path / "study")
    tides(50).to_csv(study.root / "tides.csv", index=False)
    monkeypatch.chdir(study.root)
    return study


def said(*words: str) -> None:
    add.main(list(words), standalone_mode=False)


def test_without_anything_it_says_all_that_is_missing(study: Study) -> None:
    with pytest.raises(UsageError) as caught:
        said()
    assert caught.value.what == (
        "nothing can be declared without FILE, --origin, --collected-how, --licence, --unit,"
        " --task, --target"
    )
    assert "--draft" in caught.value.fix
    with pytest.raises(UsageError, match="without --origin, --collected-how, --unit") as caught:
        said("tides.csv", "--licence", "CC0", "--task", "regression", "--target", "level")
    assert caught.value.where == "tides.csv"


def test_a_draft_is_written_and_then_named(
    study: Study, capsys: pytest.CaptureFixture[str]
) -> None:
    said("tides.csv", "--draft")
    assert "next: answer in it, then `grd data add provenance.toml`" in capsys.readouterr().out
    with pytest.raises(UsageError) as caught:
        said()
    assert "`grd data add provenance.toml`" in caught.value.fix
    (study.root / "provenance.toml").unlink()
    said("tides.csv", "--draft", "--json")
    assert json.loads(capsys.readouterr().out) == {"draft": "provenance.toml"}


def test_a_draft_of_nothing_and_two_sources_are_refused(study: Study) -> None:
    with pytest.raises(UsageError, match="of which file"):
        said("--draft")
    with pytest.raises(UsageError, match="both named"):
        said("tides.csv", "--from", "provenance.toml")
