"""From exploration to production: what is shown, what is refuted, what nobody has shown yet.

Each item is answered by the ledger or by reading files; nothing is taken on trust.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from grd_core.checks.bare_files import check_code
from grd_core.checks.contract import CheckResult, Status
from grd_core.ledger.in_force import mark_of_experiment
from grd_core.ledger.read import Reader
from grd_core.runs.experiment_files import CONFIG_SUFFIXES, files_of
from grd_core.runs.experiments import ExperimentRecord
from grd_core.study import Study

STAGES = ("exploration", "validated", "production")


class Shown(StrEnum):
    """How an item of the checklist stands."""

    YES = "yes"
    NO = "no"
    NOT_YET = "not yet"


@dataclass(frozen=True, slots=True)
class Item:
    """One requirement: how it stands, what shows it, and what to do where it does not hold."""

    name: str
    shown: Shown
    proof: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class GraduationSnapshot:
    """An experiment's stage and its checklist.

    `mark` says that the test part its last score was measured on was unfrozen since; empty
    while that part stands.
    """

    experiment: str
    stage: str
    items: tuple[Item, ...]
    mark: str = ""

    @property
    def ready(self) -> bool:
        """Whether every item is shown."""
        return all(item.shown is Shown.YES for item in self.items)


def graduation_snapshot(study: Study, experiment: ExperimentRecord) -> GraduationSnapshot:
    """Work out the checklist's state; reads only, and runs nothing of the researcher's."""
    scripts = tuple(files_of(experiment.folder, frozenset({".py"})))
    code = {r.check: r for r in check_code(scripts)} if scripts else {}
    with study.read() as ledger:
        mark = mark_of_experiment(ledger, experiment.id)
        items = (
            _sealed(experiment, mark),
            _script(experiment, scripts),
            _paths(scripts),
            _check(code, "C111", "seeds are controlled", "set and pass every seed"),
            _check(
                code, "C101", "no statistic leaks over the split", "fit inside the training part"
            ),
            _parameters(experiment),
            _tests(scripts),
            _environment(study, ledger, experiment),
            _twice(ledger, experiment),
        )
    stage = experiment.folder.parent.name
    stage = stage if stage in STAGES else "exploration"
    return GraduationSnapshot(experiment.name, stage, items, mark)


def _sealed(experiment: ExperimentRecord, mark: str) -> Item:
    if experiment.state == "sealed" and mark:
        return Item(
            "sealed at the gate",
            Shown.NO,
            f"sealed, but {mark}",
            "show it again on the parts of now, in an experiment made from this one",
        )
    if experiment.state == "sealed":
        return Item("sealed at the gate", Shown.YES, "the decision is in DECISION_LOG.md")
    return Item(
        "sealed at the gate",
        Shown.NO,
        f"it is {experiment.state}",
        f"`grd gate {experiment.number}` shows what a decision rests on",
    )


def _script(experiment: ExperimentRecord, scripts: tuple[Path, ...]) -> Item:
    name = "a script, not a notebook"
    notebooks = files_of(experiment.folder, frozenset({".ipynb"}))
    if scripts and not notebooks:
        return Item(name, Shown.YES, ", ".join(path.name for path in scripts))
    if notebooks:
        found = ", ".join(path.name for path in notebooks)
        return Item(name, Shown.NO, found, "rewrite it as a script; a notebook is never complete")
    return Item(name, Shown.NO, "there is no script in the folder", "write train.py")


def _paths(scripts: tuple[Path, ...]) -> Item:
    name = "no hard-coded absolute path"
    found = [place for path in scripts for place in _absolute_paths(path)]
    if found:
        return Item(name, Shown.NO, ", ".join(found[:3]), "take it from GRD_DATA or the config")
    return Item(name, Shown.YES, f"{len(scripts)} scripts read")


def _absolute_paths(path: Path) -> Iterable[str]:
    """Places of string constants that name an absolute path or a home folder."""
    import ast
    import re

    try:
        tree = ast.parse(path.read_text(encoding="utf-8", errors="replace"))
    except SyntaxError:
        yield f"{path.name} does not parse"
        return
    absolute = re.compile(r"(/(home|Users|mnt|data|tmp|root|scratch|opt|var|srv)/|~/|[A-Za-z]:\\)")
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and absolute.match(node.value)
        ):
            yield f"{path.name}:{node.lineno}"


def _check(code: dict[str, CheckResult], name: str, item: str, fix: str) -> Item:
    result = code.get(name)
    if result is None or result.status in (Status.NOT_APPLICABLE, Status.ERRORED):
        return Item(item, Shown.NOT_YET, result.reason if result else "no script", fix)
    if result.status is Status.PASSED:
        return Item(item, Shown.YES, f"{name} passed")
    first = result.findings[0]
    return Item(item, Shown.NO, f"{name}: {Path(first.path).name}:{first.line} {first.why}", fix)


def _parameters(experiment: ExperimentRecord) -> Item:
    found = files_of(experiment.folder, CONFIG_SUFFIXES)
    if found:
        return Item("parameters in a config", Shown.YES, ", ".join(path.name for path in found))
    return Item("parameters in a config", Shown.NO, "no config file", "move them to config.toml")


def _tests(scripts: tuple[Path, ...]) -> Item:
    found = [path for path in scripts if path.name.startswith("test_")]
    if found:
        return Item("unit tests of data processing", Shown.YES, ", ".join(p.name for p in found))
    return Item(
        "unit tests of data processing", Shown.NO, "no test_*.py", "test what prepares the data"
    )


def _environment(study: Study, ledger: Reader, experiment: ExperimentRecord) -> Item:
    name = "environment recorded with the run"
    ordinal = ledger.value(
        """
        SELECT max(r.ordinal) FROM run r
        JOIN run_state s ON s.id = (SELECT max(id) FROM run_state WHERE run_id = r.id)
        WHERE r.experiment_id = ? AND s.state = 'done'
        """,
        experiment.id,
    )
    if not ordinal:
        return Item(name, Shown.NOT_YET, "no finished run", f"`grd run {experiment.number}`")
    path = experiment.folder / "runs" / f"{ordinal:02d}" / "env.json"
    if path.is_file():
        return Item(name, Shown.YES, study.relative(path))
    return Item(name, Shown.NO, f"{study.relative(path)} is gone", "restore it, or run again")


def _twice(ledger: Reader, experiment: ExperimentRecord) -> Item:
    """Two finished runs of the same code, config, data and seed with equal predictions."""
    name = "two identical runs"
    rows = ledger.rows(
        """
        SELECT r.seed, r.inputs_json, r.ordinal FROM run r
        JOIN run_state s ON s.id = (SELECT max(id) FROM run_state WHERE run_id = r.id)
        WHERE r.experiment_id = ? AND s.state = 'done' ORDER BY r.id DESC
        """,
        experiment.id,
    )
    fix = f"`grd run {experiment.number}` again with the same seed, then compare"
    for index, row in enumerate(rows):
        for other in rows[index + 1 :]:
            if _started_from(row) == _started_from(other):
                first, second = (
                    _prediction_bytes(experiment, item["ordinal"]) for item in (row, other)
                )
                if not first or not second:
                    continue
                pair = f"runs {other['ordinal']:02d} and {row['ordinal']:02d}"
                if first == second:
                    return Item(name, Shown.YES, f"{pair}: predictions bit-identical")
                return Item(name, Shown.NO, f"{pair}: predictions differ", "find what is random")
    return Item(name, Shown.NOT_YET, "no two finished runs with equal inputs and seed", fix)


def _started_from(row: sqlite3.Row) -> tuple[object, ...]:
    """What must be equal for two runs to be held against each other."""
    inputs = json.loads(row["inputs_json"])
    return row["seed"], inputs["files"], inputs["data"]


def _prediction_bytes(experiment: ExperimentRecord, ordinal: int) -> str:
    from grd_core.identity import sha256_file

    folder = experiment.folder / "runs" / f"{ordinal:02d}"
    for name in ("predictions.parquet", "predictions.csv"):
        if (folder / name).is_file():
            return sha256_file(folder / name)
    return ""
