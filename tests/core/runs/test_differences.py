"""What an experiment changed from its parent, on one short line."""

from __future__ import annotations

import json

import pytest

from grd_core.runs import differences
from grd_core.runs.differences import belief_in, marks_of, what_changed


@pytest.fixture
def folders(tmp_path):
    """Two folders with the same files."""
    made = []
    for name in ("001-parent", "002-child"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "HYPOTHESIS.md").write_text(f"# {name}\n\n## What we believe\n\nIt is {name}.\n")
        (folder / "train.py").write_text("a = 1\nb = 2\nc = 3\n")
        (folder / "config.toml").write_text('[split]\nembargo = 0\n[model]\nrate = 0.1\nkind = "a"')
        made.append(folder)
    return made


def changed(folders) -> str:
    parent, child = folders
    return what_changed(marks_of(child), marks_of(parent))


def test_equal_folders_differ_in_nothing(folders):
    (folders[1] / "runs" / "01").mkdir(parents=True)
    (folders[1] / "runs" / "01" / "train.py").write_text("other")
    (folders[1] / "model.pkl").write_bytes(b"\0" * 100)
    (folders[1] / "SCORECARD.json").write_text("{}")
    (folders[1] / "CRITIC_LOG.md").write_text("words")
    assert changed(folders) == ""


def test_config_keys_say_both_values_and_code_counts_lines(folders):
    (folders[1] / "config.toml").write_text(
        '[split]\nembargo = "24h"\n[model]\nrate = 0.1\nkind = "a"'
    )
    (folders[1] / "train.py").write_text("a = 1\nb = 3\nc = 3\nd = 4\n\n\n")
    assert changed(folders) == "config: embargo 0 → 24h; code: train.py ±2"


def test_new_and_removed_keys_and_more_than_can_be_shown(folders):
    (folders[1] / "config.toml").write_text(
        "[split]\nembargo = 0\n[model]\nrate = 0.1\nx = [1, 2]\ny = true\nz = 1\n"
    )
    assert changed(folders) == "config: -kind, +x [1, 2], +y true, 1 more"


def test_keys_that_end_alike_are_told_apart(folders):
    for folder, value in zip(folders, (1, 2), strict=True):
        (folder / "config.toml").write_text(f"[a]\nn = {value}\n[b]\nn = 1\n")
    assert changed(folders) == "config: a.n 1 → 2"


def test_one_and_true_are_not_the_same_value(folders):
    (folders[0] / "config.toml").write_text("flag = 1\n")
    (folders[1] / "config.toml").write_text("flag = true\n")
    assert changed(folders) == "config: flag 1 → true"


def test_several_files_nested_ones_and_new_ones(folders):
    (folders[1] / "lib").mkdir()
    (folders[1] / "lib" / "model.py").write_text("x = 1\ny = 2\n")
    (folders[1] / "train.py").write_text("a = 1\nb = 2\n")
    assert changed(folders) == "code: ±3 in 2 files"


def test_yaml_is_told_by_key_and_what_is_no_config_by_lines(folders):
    (folders[1] / "extra.yaml").write_text("a: 1\nb: {c: two}\n")
    assert changed(folders) == "config: +a 1, +c two"
    (folders[1] / "extra.yaml").write_text("a: &x 1\nb: *x\n")
    assert changed(folders) == "config: extra.yaml ±2"
    (folders[1] / "config.toml").write_text("[model]\nrate = = 1\n")
    assert changed(folders) == "config: ±6 in 2 files"


def test_of_a_notebook_only_the_code_counts(folders):
    def notebook(source: str, output: str) -> str:
        cell = {"cell_type": "code", "source": source, "outputs": [output]}
        return json.dumps({"cells": [cell, {"cell_type": "markdown", "source": [output]}]})

    (folders[0] / "train.ipynb").write_text(notebook("a = 1\nb = 2", "one"))
    (folders[1] / "train.ipynb").write_text(notebook("a = 1\nb = 2", "another"))
    assert changed(folders) == ""
    (folders[1] / "train.ipynb").write_text(notebook("a = 1\nb = 3", "another"))
    assert changed(folders) == "code: train.ipynb ±1"


def test_an_edit_shows_at_the_next_look_and_belief_with_it(folders):
    assert belief_in(marks_of(folders[1])) == "It is 002-child."
    assert changed(folders) == ""
    (folders[1] / "train.py").write_text("a = 1\nb = 2\nc = 4\n")
    hypothesis = folders[1] / "HYPOTHESIS.md"
    hypothesis.write_text(hypothesis.read_text().replace("It is", "It was"))
    assert changed(folders) == "code: train.py ±1"
    assert belief_in(marks_of(folders[1])) == "It was 002-child."


def test_a_look_that_finds_the_same_marks_opens_no_file(folders, monkeypatch):
    (folders[1] / "train.py").write_text("a = 1\n")
    assert changed(folders) == "code: train.py ±2"

    def never(path):
        raise AssertionError(path)

    monkeypatch.setattr(differences, "_text", never)
    assert changed(folders) == "code: train.py ±2"


def test_a_folder_that_is_gone_and_one_that_is_endless(folders, tmp_path, monkeypatch):
    gone = marks_of(tmp_path / "nowhere")
    assert (gone.is_there, what_changed(marks_of(folders[1]), gone), belief_in(gone)) == (
        False,
        "",
        "",
    )
    (folders[1] / "loop").symlink_to(folders[1])
    assert changed(folders) == ""
    monkeypatch.setattr(differences, "MOST_ENTRIES", 3)
    assert changed(folders) == "not compared: more than 3 files"
