"""The hook for pre-commit: it can be read, and what it names runs on files."""

from __future__ import annotations

import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
LEAKY = """\
from sklearn.ensemble import RandomForestClassifier

RandomForestClassifier().fit(rows, labels)
"""


def test_the_hook_names_a_command_that_reads_the_files_it_is_given(tmp_path: Path) -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert {"id", "name", "entry", "language"} <= set(hook)
    assert hook["language"] == "python"
    assert set(hook["types_or"]) == {"python", "jupyter"}
    program, *words = shlex.split(hook["entry"])
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    module, _, _ = scripts[program].partition(".__main__:")

    (tmp_path / "leaky.py").write_text(LEAKY)
    (tmp_path / "clean.py").write_text("print(1)\n")
    command = [sys.executable, "-m", module, *words]
    leaky = subprocess.run(
        [*command, "leaky.py", "clean.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    clean = subprocess.run([*command, "clean.py"], cwd=tmp_path, capture_output=True, check=False)
    assert (leaky.returncode, clean.returncode) == (1, 0)
    assert "leaky.py:3" in leaky.stdout
