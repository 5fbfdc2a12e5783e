"""The training side in an environment that has nothing of grd: `log` and `predict`."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import textwrap
import venv
from pathlib import Path

import pytest

TRAINING = Path(__file__).resolve().parents[3] / "core" / "grd_core" / "training"


@pytest.fixture(scope="session")
def bare_python(tmp_path_factory) -> Path:
    """The interpreter of an environment without grd, pip or anything else."""
    folder = tmp_path_factory.mktemp("bare")
    venv.create(folder, with_pip=False, symlinks=True)
    return folder / "bin" / "python"


@pytest.fixture
def train(bare_python, tmp_path):
    """Run a script as a supervised run would; `supervised=False` takes the run away."""
    (tmp_path / "journal").mkdir()

    def run(script: str, *, supervised: bool = True, **more: str) -> subprocess.CompletedProcess:
        environment = {"PYTHONPATH": str(TRAINING), "PATH": os.environ["PATH"], **more}
        if supervised:
            environment |= {
                "GRD_RUN_DIR": str(tmp_path),
                "GRD_JOURNAL": str(tmp_path / "journal"),
                "GRD_SEED": "7",
            }
        return subprocess.run(
            [str(bare_python), "-B", "-c", textwrap.dedent(script)],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def journal_lines(folder: Path) -> list[dict]:
    return [
        json.loads(line)
        for path in sorted((folder / "journal").iterdir())
        for line in path.read_text().splitlines()
        if line
    ]


def prediction_rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "predictions.csv").open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_the_environment_has_no_grd(train):
    assert train("import grd_core").returncode == 1


def test_only_the_log_lies_in_the_folder_that_goes_on_the_path():
    assert {p.name for p in TRAINING.iterdir()} - {"__pycache__"} == {"grd_log.py"}


def test_a_script_logs_and_predicts(train, tmp_path):
    done = train(
        """
        from grd_log import log, predict
        assert log(0, loss=0.5, accuracy=0.25)
        assert log({"val/loss": 0.1 + 0.2}, step=1)
        assert log(loss=float("nan"), top=float("inf"), low=float("-inf"))
        assert predict([1, 2], [0.1 + 0.2, 1e-300], part="validation", y_true=[0, 1], fold=3,
                       scores={"yes": [0.25, 0.5]}, carrier=["AA", 'B"B'])
        assert predict([9], [3], part="test", scores={"yes": [1.0]}, carrier="AA")
        """
    )
    assert done.returncode == 0, done.stderr
    first, second, third = journal_lines(tmp_path)
    assert first["metrics"] == {"loss": 0.5, "accuracy": 0.25}
    assert second["step"] == 1
    assert second["metrics"] == {"val/loss": 0.1 + 0.2}
    assert third["step"] == 2
    assert third["metrics"] == {"loss": "nan", "top": "inf", "low": "-inf"}

    rows = prediction_rows(tmp_path)
    assert list(rows[0]) == [
        "id", "part", "fold", "seed", "y_true", "y_pred", "score_yes", "carrier",
    ]  # fmt: skip
    assert [float(row["y_pred"]) for row in rows] == [0.1 + 0.2, 1e-300, 3.0]
    assert [row["y_true"] for row in rows] == ["0", "1", ""]
    assert [row["carrier"] for row in rows] == ["AA", 'B"B', "AA"]
    assert {row["seed"] for row in rows} == {"7"}


def test_outside_a_run_nothing_is_written(train, tmp_path):
    done = train(
        """
        from grd_log import log, predict, save_requested
        print(log(1, loss=0.5), predict([1], [2], part="train"), save_requested())
        """,
        supervised=False,
    )
    assert done.stdout.split() == ["False", "False", "False"]
    assert journal_lines(tmp_path) == []


def test_labels_of_the_test_part_are_refused_with_or_without_a_run(train, tmp_path):
    script = "from grd_log import predict; predict([1], [2], part='test', y_true=[2])"
    for supervised in (True, False):
        done = train(script, supervised=supervised)
        assert "ValueError: predict: y_true was given for part='test'" in done.stderr
    assert not (tmp_path / "predictions.csv").exists()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("predict([1, 2], [1], part='train')", "y_pred has 1 rows, ids has 2"),
        ("predict([1], [1], part='dev')", "part is 'dev'"),
        ("predict([1], [[1, 2]], part='train')", "a table was given"),
        ("predict([1], [1], part='train', other=[1])", "'other' is not in"),
        ("log(1.5, loss=1)", "step is 1.5, not a whole number"),
        ("log(1, loss='0.3')", "metric 'loss' is a str"),
        ("log(1, loss=[1, 2])", "metric 'loss' is a list"),
        ("log({3: 1.0})", "name must be text"),
        ("log(1, step=2, loss=1)", "the step was given twice"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(train, tmp_path, call, message):
    done = train(f"from grd_log import *; predict([0], [0], part='train'); {call}")
    assert done.returncode == 1
    assert message in done.stderr
    assert journal_lines(tmp_path) == []
    assert len(prediction_rows(tmp_path)) == 1


def test_every_process_writes_its_own_file(train, tmp_path):
    done = train(
        """
        import os
        from grd_log import log
        log(0, loss=1.0)
        children = []
        for rank in range(3):
            pid = os.fork()
            if pid == 0:
                for step in range(50):
                    log(step, **{f"rank{rank}": step})
                os._exit(0)
            children.append(pid)
        for step in range(1, 50):
            log(step, loss=1.0)
        for pid in children:
            os.waitpid(pid, 0)
        """
    )
    assert done.returncode == 0, done.stderr
    files = sorted((tmp_path / "journal").iterdir())
    assert len(files) == 4
    for path in files:
        names = {name for line in path.read_text().split() for name in json.loads(line)["metrics"]}
        assert len(names) == 1
    assert len(journal_lines(tmp_path)) == 200


def test_a_process_that_replaces_itself_goes_on_in_the_same_file(train, tmp_path):
    done = train(
        """
        import os, sys
        from grd_log import log
        log(0, loss=1.0)
        os.execv(sys.executable, [sys.executable, "-c", "from grd_log import log; log(1, loss=2)"])
        """
    )
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "journal").iterdir())) == 1
    assert [line["step"] for line in journal_lines(tmp_path)] == [0, 1]


def test_a_short_write_swallows_no_later_line(train, tmp_path):
    """A file-size limit cuts a line short as a full disk does; then there is room again."""
    done = train(
        """
        import resource, signal
        from grd_log import log
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (500, resource.RLIM_INFINITY))
        accepted = [step for step in range(20) if log(step, loss=step / 7)]
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        accepted += [step for step in range(20, 25) if log(step, loss=step / 7)]
        print(*accepted)
        """
    )
    assert done.returncode == 0, done.stderr
    accepted = [int(step) for step in done.stdout.split()]
    assert 0 < len(accepted) < 25
    assert accepted[-5:] == [20, 21, 22, 23, 24]
    assert done.stderr.count("was not written") == 1
    lines = []
    for raw in next((tmp_path / "journal").iterdir()).read_text().splitlines():
        try:
            lines.append(json.loads(raw))
        except ValueError:
            continue
    whole = [line for line in lines if line]
    assert [line["step"] for line in whole] == accepted
    assert sum(line.get("lost", 0) for line in whole) == 25 - len(accepted)


def test_a_half_row_of_a_dead_writer_is_dropped_before_more_rows(train, tmp_path):
    script = "from grd_log import predict; predict([1, 2], [0.5, 0.25], part='train')"
    train(script)
    whole = (tmp_path / "predictions.csv").read_bytes()
    (tmp_path / "predictions.csv").write_bytes(whole[:-4])
    train(script)
    assert [row["id"] for row in prediction_rows(tmp_path)] == ["1", "1", "2"]


def test_rows_a_full_disk_refuses_leave_the_table_as_it_was(train, tmp_path):
    done = train(
        """
        import resource, signal
        from grd_log import predict
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        predict([1], [1], part="train")
        resource.setrlimit(resource.RLIMIT_FSIZE, (400, resource.RLIM_INFINITY))
        predict(list(range(100)), list(range(100)), part="train")
        """
    )
    assert "OSError" in done.stderr
    assert [row["id"] for row in prediction_rows(tmp_path)] == ["1"]


def test_arrays_keep_their_floats(tmp_path, monkeypatch):
    """numpy and pandas know `tolist`; 32-bit values come out as what they are."""
    code = f"""
import sys; sys.path.insert(0, {str(TRAINING)!r})
import numpy as np, pandas as pd
from grd_log import log, predict
log(np.int64(3), loss=np.float32(0.1))
predict(pd.Series([1, 2]), np.array([0.1, 0.2], dtype=np.float32), part="train",
        scores=np.array([[0.25, 0.75], [0.5, 0.5]]))
"""
    (tmp_path / "journal").mkdir()
    environment = {
        **os.environ,
        "GRD_RUN_DIR": str(tmp_path),
        "GRD_JOURNAL": str(tmp_path / "journal"),
    }
    subprocess.run([sys.executable, "-B", "-c", code], env=environment, check=True)
    (line,) = journal_lines(tmp_path)
    assert line["step"] == 3
    assert line["metrics"]["loss"] == 0.10000000149011612
    rows = prediction_rows(tmp_path)
    assert float(rows[0]["y_pred"]) == 0.10000000149011612
    assert [row["score_1"] for row in rows] == ["0.75", "0.5"]


def test_importing_it_loads_nothing_heavy(bare_python):
    loaded = subprocess.run(
        [
            str(bare_python),
            "-B",
            "-c",
            "import sys; before = set(sys.modules); import grd_log;"
            "print(*sorted(set(sys.modules) - before))",
        ],
        env={"PYTHONPATH": str(TRAINING)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(loaded.stdout.split()) <= {"grd_log", "_json", "__future__"}
