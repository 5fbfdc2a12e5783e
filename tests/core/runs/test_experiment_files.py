"""What counts as an input of a run: everything in the folder but runs, renderings and caches."""

from __future__ import annotations

from pathlib import Path

import pytest

from grd_core.runs.command import script_of
from grd_core.runs.experiment_files import files_of, hashes_of

INPUTS = (
    "train.py",
    "SCORECARD_features.py",
    "CRITIC_LOG.py",
    ".hidden/labels.py",
    "package/runs/answers.py",
    "package/HYPOTHESIS.md",
    "package/SCORECARD.json",
    "__pycache__/answers.py",
    "weights.pkl",
    "answers.csv",
    "fast.so",
    "config.toml",
)
NOT_INPUTS = (
    "HYPOTHESIS.md",
    "SCORECARD.json",
    "SCORECARD.rendered.json",
    "CRITIC_LOG.md",
    "CRITIC_LOG.rendered-2.md",
    "runs/01/predictions.csv",
    "__pycache__/train.cpython-311.pyc",
    "package/__pycache__/a.cpython-311.pyc",
    ".ipynb_checkpoints/look-checkpoint.ipynb",
)


def write(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)


def test_every_file_counts_whatever_its_name(tmp_path: Path) -> None:
    write(tmp_path, *INPUTS, *NOT_INPUTS)
    assert sorted(hashes_of(tmp_path)) == sorted(INPUTS)


def test_the_code_checks_read_hidden_and_nested_code_too(tmp_path: Path) -> None:
    write(tmp_path, *INPUTS, *NOT_INPUTS)
    found = {str(path.relative_to(tmp_path)) for path in files_of(tmp_path, frozenset({".py"}))}
    assert found == {name for name in INPUTS if name.endswith(".py")}


def test_files_behind_a_link_count_and_a_link_that_leads_back_does_no_harm(
    tmp_path: Path,
) -> None:
    shared, folder = tmp_path / "shared", tmp_path / "experiment"
    write(shared, "features.py")
    write(folder, "train.py")
    (folder / "lib").symlink_to(shared)
    (folder / "again").symlink_to(folder)
    assert sorted(hashes_of(folder)) == ["lib/features.py", "train.py"]


@pytest.mark.parametrize(
    ("words", "script"),
    [
        (("python", "train.py"), "train.py"),
        (("python3", "-u", "./other.py", "--rate", "1"), "other.py"),
        (("bash", "train.sh"), "train.sh"),
        (("python", "-c", "import train"), ""),
        (("python", "../stolen/train.py"), ""),
        (("sh", "-c", "cp elsewhere.csv $GRD_RUN_DIR/predictions.csv"), ""),
        (("cp", "answers.csv", "runs/01/predictions.csv"), ""),
        (("nothing-here",), ""),
    ],
)
def test_a_command_is_known_by_the_file_of_the_experiment_it_runs(
    tmp_path: Path, words: tuple[str, ...], script: str
) -> None:
    files = ("train.py", "other.py", "train.sh", "answers.csv")
    assert script_of(words, ("bash", "train.sh"), tmp_path, files) == script
