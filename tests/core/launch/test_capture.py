"""The circumstances of a run, told by the interpreter and the repository it will use."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import venv

from grd_core.identity import sha256_file
from grd_core.launch.capture import DIFF_LIMIT_BYTES, capture_environment
from grd_core.launch.capture_files import container


def git(folder, *arguments):
    subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@b.c", "-C", str(folder), *arguments],
        check=True,
        capture_output=True,
    )


def test_packages_are_those_of_the_childs_interpreter(tmp_path):
    venv.create(tmp_path / "env", with_pip=False, symlinks=True)
    site = next((tmp_path / "env" / "lib").glob("python*/site-packages"))
    (site / "only_here-1.5.dist-info").mkdir()
    (site / "only_here-1.5.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: Only_Here\nVersion: 1.5\n"
    )
    found = capture_environment(str(tmp_path / "env" / "bin" / "python"), tmp_path, {})
    assert found["python"]["packages"] == {"only-here": "1.5"}


def test_an_interpreter_that_does_not_answer_is_unmeasured(tmp_path):
    found = capture_environment("/bin/false", tmp_path, {})
    assert found["python"]["packages"] == "unmeasured"


def test_a_dirty_repository_is_recorded_with_its_diff(tmp_path):
    git(tmp_path, "init", "-q")
    (tmp_path / "train.py").write_text("one\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    clean = capture_environment("/bin/false", tmp_path, {})["git"]
    assert len(clean["commit"]) == 40
    assert clean["is_dirty"] is False

    (tmp_path / "train.py").write_text("two\n")
    (tmp_path / "new.py").write_text("")
    dirty = capture_environment("/bin/false", tmp_path, {})["git"]
    assert dirty["is_dirty"] is True
    assert "+two" in dirty["diff"]
    assert dirty["untracked"] == ["new.py"]

    (tmp_path / "train.py").write_text("x" * (2 * DIFF_LIMIT_BYTES))
    large = capture_environment("/bin/false", tmp_path, {})["git"]
    assert len(large["diff"]) == DIFF_LIMIT_BYTES < large["diff_bytes"]


def test_without_a_repository_or_a_gpu_it_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    found = capture_environment("/bin/false", tmp_path, {"PYTHONHASHSEED": "3"})
    assert found["git"] == {"commit": "none"}
    assert found["determinism"]["PYTHONHASHSEED"] == "3"
    hardware = found["hardware"]
    assert hardware["gpus"] == "none" or isinstance(hardware["gpus"], list | str)
    assert hardware["cpu_count"] == os.cpu_count()


def test_nothing_names_the_host_or_the_account(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    text = json.dumps(capture_environment("/bin/false", tmp_path, {"HOSTNAME": "secret-host"}))
    assert "secret-host" not in text
    if len(platform.node()) > 3:
        assert platform.node() not in text


def test_lock_and_container_files_are_hashed_up_to_the_top_of_the_project(tmp_path):
    (tmp_path / "above.lock").write_text("")
    (tmp_path / "requirements.txt").write_text("outside of the project")
    top = tmp_path / "project"
    study = top / "study"
    folder = study / "experiments" / "001"
    folder.mkdir(parents=True)
    git(tmp_path, "init", "-q", str(top))
    (top / "uv.lock").write_text("version = 1\n")
    (top / "Dockerfile").write_text("FROM scratch\n")
    (top / "gpu.def").write_text("Bootstrap: docker\n")
    (study / "environment.yml").write_text("prefix: /home/somebody/env\n")
    (study / "requirements-dev.txt").mkdir()
    (folder / "requirements-gpu.txt").write_text("torch\n")
    found = capture_environment("/bin/false", folder, {})
    assert found["locks"] == {
        "requirements-gpu.txt": sha256_file(folder / "requirements-gpu.txt"),
        "../../environment.yml": sha256_file(study / "environment.yml"),
        "../../../uv.lock": sha256_file(top / "uv.lock"),
    }
    assert set(found["container_files"]) == {"../../../Dockerfile", "../../../gpu.def"}
    assert "somebody" not in json.dumps(found["locks"])


def test_without_a_repository_the_study_is_the_top(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    (tmp_path / "uv.lock").write_text("")
    study = tmp_path / "study"
    (study / "experiments").mkdir(parents=True)
    (study / "grd.toml").write_text("")
    found = capture_environment("/bin/false", study / "experiments", {})
    assert (found["locks"], found["container_files"]) == ("none", "none")
    (study / "poetry.lock").write_text("")
    assert set(capture_environment("/bin/false", study / "experiments", {})["locks"]) == {
        "../poetry.lock"
    }


def test_a_container_is_told_by_its_marks(tmp_path):
    assert container(tmp_path) == "unknown"
    (tmp_path / "proc" / "self").mkdir(parents=True)
    groups = tmp_path / "proc" / "self" / "cgroup"
    groups.write_text("0::/user.slice\n")
    assert container(tmp_path) == "none"
    groups.write_text("0::/system.slice/docker-abc.scope\n")
    assert container(tmp_path) == "docker"
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / ".containerenv").write_text("")
    assert container(tmp_path) == "podman"


def test_the_machine_says_what_a_run_may_use(tmp_path):
    hardware = capture_environment("/bin/false", tmp_path, {})["hardware"]
    assert 1 <= hardware["cpus_usable"] <= hardware["cpu_count"]
    assert hardware["memory_bytes"] > 0
    assert hardware["memory_limit_bytes"] == "none" or hardware["memory_limit_bytes"] > 0
