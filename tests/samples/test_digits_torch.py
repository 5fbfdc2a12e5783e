"""The sample study digits_torch: facts about what ships, and the whole method walked headless.

The walk trains for fewer epochs than the sample does, which its config says. It runs in the
soak, which also walks the sample as it ships.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import runpy
import subprocess
import sys
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml

from grd_core.errors import RefusedError
from grd_core.samples import new_from_sample
from grd_core.study import find_study

SAMPLE = Path(__file__).parents[2] / "sample_projects" / "digits_torch"
TABLE = SAMPLE / "data" / "digits.parquet"
DRAFTS = ("01-baseline", "02-discriminant-axes", "03-convolution", "04-projections")
TORCH_DRAFTS = DRAFTS[2:]
SEEDS = range(5)
SECTIONS = [
    "What we believe",
    "Why",
    "What would disprove it",
    "How this tests it",
    "Expected result",
    "What is new",
]
SHORT = {"03-convolution": 10, "04-projections": 8}
"""Epochs of the walk in `make test`: enough for each outcome, a second or two each."""

ADMISSIBLE = {"confirmed", "inconclusive", "refuted"}
"""What the registered rule may find where the plan was followed; which, is the data's business."""


class TestTable:
    def test_is_what_the_script_makes(self) -> None:
        built = runpy.run_path(str(SAMPLE / "make_data.py"))["build"]()
        assert pq.read_table(TABLE).equals(built)

    def test_holds_every_image_once_and_is_small(self) -> None:
        images = pd.read_parquet(TABLE)
        assert len(images) == 1797
        assert images["image_id"].is_unique
        assert not images.drop(columns=["image_id", "position"]).duplicated().any()
        assert TABLE.stat().st_size < 100_000

    def test_no_stretch_stands_in_two_parts(self) -> None:
        split = tomllib.loads((SAMPLE / "provenance.toml").read_text())["split"]
        images = pd.read_parquet(TABLE)
        for part in ("validation", "test"):
            is_before = images["position"] < int(split[part])
            assert not {*images["stretch"][is_before]} & {*images["stretch"][~is_before]}


class TestDeclarations:
    def test_the_objective_asks_about_the_declared_columns(self) -> None:
        provenance = tomllib.loads((SAMPLE / "provenance.toml").read_text())
        objective = yaml.safe_load((SAMPLE / "OBJECTIVE.md").read_text().split("---\n")[1])
        roles, evaluation = provenance["roles"], objective["evaluation"]
        assert (objective["task"], objective["target"]) == (roles["task"], roles["target"])
        assert evaluation["time"] == roles["time"]
        assert evaluation["split"] == provenance["split"]["strategy"]
        assert evaluation["seeds"] == len(SEEDS)
        columns = {*pq.read_schema(TABLE).names}
        assert {*objective["strata"], evaluation["cluster"], roles["id"]} <= columns

    @pytest.mark.parametrize("draft", DRAFTS)
    def test_every_hypothesis_has_its_sections(self, draft: str) -> None:
        text = (SAMPLE / "drafts" / draft / "HYPOTHESIS.md").read_text(encoding="utf-8")
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == SECTIONS

    @pytest.mark.parametrize("name", ["seeding.py", "checkpoint.py"])
    def test_both_networks_share_what_is_not_the_network(self, name: str) -> None:
        first, second = ((SAMPLE / "drafts" / draft / name).read_bytes() for draft in TORCH_DRAFTS)
        assert first == second


def test_without_torch_the_sample_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)  # as the interpreter marks what is not there
    with pytest.raises(RefusedError) as refused:
        new_from_sample("digits_torch", tmp_path / "digits")
    assert "trains with torch" in refused.value.sentence()
    assert "pip install 'grd[torch]'" in refused.value.sentence()
    assert not (tmp_path / "digits").exists()


@dataclass(frozen=True)
class Walked:
    """A study that was walked through, and what its commands printed and returned."""

    root: Path
    said: dict[str, str]
    code: dict[str, int]

    def experiment(self, number: int) -> Path:
        return next(self.root.glob(f"experiments/*/{number:03d}-*"))

    def run(self, number: int, ordinal: int) -> Path:
        return self.experiment(number) / "runs" / f"{ordinal:02d}"


def walk(base: Path, epochs: dict[str, int]) -> Walked:
    """From `grd new` to a decision on every draft.

    A torch that cannot be imported lies first on the path, except where something is trained:
    neither the program nor its workers may want it.
    """
    poisoned = base / "poisoned"
    poisoned.mkdir()
    (poisoned / "torch.py").write_text("raise RuntimeError('torch was imported')\n")
    root = base / "digits"
    said: dict[str, str] = {}
    code: dict[str, int] = {}

    def grd(*words: str, where: Path = root) -> None:
        # Where something is trained torch is the real one.
        first = [] if words[0] == "run" else [str(poisoned)]
        path = [*first, *filter(None, [os.environ.get("PYTHONPATH")])]
        done = subprocess.run(
            [sys.executable, "-m", "grd_tui", *words],
            cwd=where,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path)},
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=300,
            check=False,
        )
        name = " ".join(words[:2])
        said[name], code[name] = done.stdout + done.stderr, done.returncode
        assert "Traceback" not in said[name], said[name]
        if words[0] not in ("critic", "evaluate"):
            assert not done.returncode, said[name]

    def tried(number: int, title: str, draft: str, *kind: str) -> None:
        grd("experiment", "new", title, "--from", f"drafts/{draft}", *kind)
        config = next(root.glob(f"experiments/exploration/{number:03d}-*/config.toml"))
        text = config.read_text()
        if draft in epochs:
            text = re.sub(r"(?m)^epochs = \d+", f"epochs = {epochs[draft]}", text)
        config.write_text(text)

    grd("new", str(root), "--sample", "digits_torch", where=base)
    grd("data", "profile")
    grd("data", "split")
    grd("data", "freeze")
    grd("objective", "lock")
    tried(1, "Logistic regression", DRAFTS[0], "--kind", "baseline")
    grd("run", "1", "--wait")
    grd("critic", "1", "--because", "the plainest rule that reads every pixel, to be beaten")
    tried(2, "Discriminant axes", DRAFTS[1])
    grd("run", "2", "--wait")
    grd("critic", "2", "--because", "the axes saw validation labels, as the lines show")
    tried(3, "A small convolution", DRAFTS[2])
    for seed in SEEDS:
        grd("run", "3", "--seed", str(seed), "--wait")
    grd("critic", "3", "--because", "everything learned is learned from training images")
    grd("evaluate", "3")
    grd("gate", "3")
    tried(4, "Projections", DRAFTS[3], "--kind", "pivot")
    grd("run", "4", "--seed", "0", "--wait")
    grd("critic", "4", "--because", "done as the convolution was, and it loses")
    grd("gate", "4")
    return Walked(root, said, code)


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Walked:
    return walk(tmp_path_factory.mktemp("digits"), SHORT)


def outcome(walked: Walked) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((walked.experiment(3) / "SCORECARD.json").read_text())
    return found


@pytest.mark.soak
class TestWalk:
    def test_every_experiment_has_the_verdict_it_deserves(self, walked: Walked) -> None:
        for number, verdict in enumerate(
            ["PROCEED", "REVISE_METHOD", "PROCEED", "ESCALATE"], start=1
        ):
            assert f"VERDICT {verdict}" in walked.said[f"critic {number}"]

    def test_the_flaw_is_named_with_its_line(self, walked: Walked) -> None:
        place = re.search(r"cause\s+\S+/train\.py:(\d+)", walked.said["critic 2"])
        assert place
        script = (walked.experiment(2) / "train.py").read_text().splitlines()
        assert "axes.fit(images[PIXELS], images[TARGET])" in script[int(place[1]) - 1]

    def test_the_scorecard_is_over_five_seeds_and_whole_stretches(self, walked: Walked) -> None:
        assert walked.code["evaluate 3"] == 0, walked.said["evaluate 3"]
        scorecard = outcome(walked)
        assert {one["seed"] for one in scorecard["provenance"]["predictions"]} == {*SEEDS}
        assert {metric["name"] for metric in scorecard["metrics"]} == {
            "f1",
            "log_loss",
            "balanced_accuracy",
        }
        for metric in scorecard["metrics"]:
            assert metric["low"] < metric["estimate"] < metric["high"]
        assert scorecard["comparisons"][0]["low"] is not None
        assert scorecard["worst_stratum"]["column"] == "ink"
        assert scorecard["outcome"]["outcome"] in ADMISSIBLE

    def test_the_gate_shows_a_convolution_that_was_scored_once(self, walked: Walked) -> None:
        with find_study(walked.root).read() as ledger:
            assert ledger.value("SELECT count(*) FROM peek") == 1
        assert outcome(walked)["outcome"]["outcome"] in walked.said["gate 3"]

    def test_each_epoch_and_each_step_is_a_point(self, walked: Walked) -> None:
        epochs = SHORT["03-convolution"]
        with find_study(walked.root).read() as ledger:
            ids = [row["id"] for row in ledger.rows("SELECT id FROM run WHERE experiment_id = 3")]
        assert len(ids) == len(SEEDS)
        lines = [
            json.loads(line)["metrics"]
            for journal in (walked.run(3, 1) / "journal").glob("*.jsonl")
            for line in journal.read_text().splitlines()
            if '"metrics"' in line
        ]
        curve = [line for line in lines if "validation_f1" in line]
        assert [line["epoch"] for line in curve] == list(range(1, epochs + 1))
        assert len([line for line in lines if "loss" in line]) == epochs * 23


@pytest.mark.soak
class TestRepeatability:
    def test_two_runs_with_one_seed_say_the_same_to_the_last_bit(
        self, walked: Walked, again: Callable[..., Path]
    ) -> None:
        first = (walked.run(3, 1) / "predictions.csv").read_bytes()
        assert (again("0") / "predictions.csv").read_bytes() == first

    def test_another_seed_says_something_else(self, walked: Walked) -> None:
        tables = {
            pd.read_csv(walked.run(3, 1 + seed) / "predictions.csv").drop(columns="seed").to_csv()
            for seed in SEEDS
        }
        assert len(tables) == len(SEEDS)

    @pytest.mark.soak
    def test_workers_that_load_images_change_no_bit(
        self, walked: Walked, again: Callable[..., Path]
    ) -> None:
        first = (walked.run(3, 1) / "predictions.csv").read_bytes()
        assert (again("0", workers=2) / "predictions.csv").read_bytes() == first


@pytest.fixture(scope="module")
def again(walked: Walked, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Train the convolution once more by hand, outside of any study."""

    def train(seed: str, workers: int = 0) -> Path:
        folder = tmp_path_factory.mktemp("again")
        (folder / "journal").mkdir()
        text = (walked.experiment(3) / "config.toml").read_text()
        config = folder / "config.toml"
        config.write_text(text.replace("workers = 0", f"workers = {workers}"))
        subprocess.run(
            [sys.executable, "-W", "error", "train.py"],
            cwd=walked.experiment(3),
            env={
                **os.environ,
                "GRD_RUN_DIR": str(folder),
                "GRD_JOURNAL": str(folder / "journal"),
                "GRD_SEED": seed,
                "GRD_CONFIG": str(config),
                "GRD_DATA": str(walked.root / "data" / "frozen"),
                "PYTHONPATH": str(SAMPLE.parents[1] / "core" / "grd_core" / "training"),
                "PYTHONDONTWRITEBYTECODE": "1",
            },
            check=True,
        )
        return folder

    return train


@pytest.mark.soak
class TestCheckpoints:
    def test_weights_have_a_sidecar_that_says_what_they_are(self, walked: Walked) -> None:
        folder = walked.run(3, 2) / "checkpoints"
        sidecars = sorted(folder.glob("*.json"))
        assert {path.stem for path in sidecars} == {path.stem for path in folder.glob("*.pt")}
        said = json.loads(sidecars[-1].read_text())
        config = tomllib.loads((walked.experiment(3) / "config.toml").read_text())
        frozen = walked.root / "data" / "frozen" / "train.parquet"
        assert said["config"] == config
        assert said["epoch"] == config["training"]["epochs"]
        assert said["seed"] == 1
        assert said["experiment"] == walked.experiment(3).name
        assert said["run"] == "02"
        assert said["hypothesis"]["sha256"] == sha256(walked.experiment(3) / "HYPOTHESIS.md")
        assert said["code"]["train.py"] == sha256(walked.experiment(3) / "train.py")
        assert said["data"] == {"train.parquet": sha256(frozen)}
        assert said["weights"]["sha256"] == sha256(folder / said["weights"]["file"])
        assert said["git"]["commit"]
        assert 0.5 < said["metrics"]["validation_f1"] <= 1
        assert said["preprocessing"]["deviation"] > 0

    def test_weights_load_without_running_code_and_say_what_was_said(self, walked: Walked) -> None:
        """In a process of its own: nothing of torch is left behind in that of the tests."""
        script = """
import json, sys, tomllib
from pathlib import Path
import pandas as pd
import torch
run, data = map(Path, sys.argv[1:])
sidecar = json.loads(sorted(run.glob("checkpoints/*.json"))[-1].read_text())
weights = torch.load(
    run / "checkpoints" / sidecar["weights"]["file"], weights_only=True
)
from train import inputs, network, probabilities
model = network(**sidecar["config"]["model"])
model.load_state_dict(weights)
torch.set_num_threads(1)
images = pd.read_parquet(data / "test_features.parquet")
said = probabilities(model, inputs(images, sidecar["preprocessing"])).argmax(dim=1).tolist()
table = pd.read_csv(run / "predictions.csv")
assert said == table[table["part"] == "test"]["y_pred"].tolist()
"""
        run, data = walked.run(3, 5), walked.root / "data" / "frozen"
        training = SAMPLE.parents[1] / "core" / "grd_core" / "training"
        subprocess.run(
            [sys.executable, "-c", script, str(run), str(data)],
            cwd=walked.experiment(3),
            env={
                **os.environ,
                "GRD_RUN_DIR": str(run),
                "GRD_SEED": "4",
                "GRD_CONFIG": str(walked.experiment(3) / "config.toml"),
                "GRD_DATA": str(data),
                "PYTHONPATH": os.pathsep.join([str(training), str(walked.experiment(3))]),
                "PYTHONDONTWRITEBYTECODE": "1",
            },
            check=True,
        )


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.soak
def test_as_it_ships_the_walk_takes_two_minutes_of_two_cores(tmp_path: Path) -> None:
    walked = walk(tmp_path, {})
    for number, verdict in enumerate(["PROCEED", "REVISE_METHOD", "PROCEED", "ESCALATE"], 1):
        assert f"VERDICT {verdict}" in walked.said[f"critic {number}"]
    assert outcome(walked)["outcome"]["outcome"] in ADMISSIBLE
    from grd_core.budget.account import account

    assert account(find_study(walked.root)).unit("cpu_hours").spent * 3600 < 2 * 120
