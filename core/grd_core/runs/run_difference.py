"""What differs between two runs: config, code, environment, data and metrics.

Config and code are those the runs started from, told by their recorded hashes: the file as it
is now where that still fits, else the copy kept at the start. Everything is compared, so that
a face can also show what is the same.
"""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, TypeVar

from grd_core.errors import GrdError, UsageError
from grd_core.identity import sha256_bytes
from grd_core.ledger.read import Reader
from grd_core.runs.config_file import CONFIG_NAMES, parse_config
from grd_core.runs.config_key import flat
from grd_core.runs.config_schema import same
from grd_core.runs.kept_files import is_kept_kind, kept_file
from grd_core.runs.notes import Note, notes_of_run
from grd_core.runs.progress import METER_PREFIX
from grd_core.runs.records import RunRecord, find_run, list_runs
from grd_core.study import Study

CONTEXT = 3
"""Unchanged lines around changed ones in a unified diff."""

MOST_LINES = 5000
"""Lines of one file beyond which only the hashes are compared."""

ABSENT = "absent"
"""What stands for a side that has no such value."""

How = Literal["same", "changed", "added", "removed"]

_TOP_ONLY = ("at", "config", "data", "command")
"""Parts of env.json that are compared in a section of their own, or differ in every run."""
_GIT_TEXT = ("diff",)


@dataclass(frozen=True, slots=True)
class Change:
    """One value on both sides as JSON values; `ABSENT` where a side has none."""

    key: str
    how: How
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file that both or one of the runs started from.

    `added` and `removed` count lines and `diff` is the unified diff. Both are empty where the
    content is not to be had or too long: `note` says so.
    """

    path: str
    how: How
    added: int = 0
    removed: int = 0
    diff: tuple[str, ...] = ()
    note: str = ""


Compared = TypeVar("Compared", Change, FileChange)


def _differing(compared: tuple[Compared, ...]) -> tuple[Compared, ...]:
    return tuple(one for one in compared if one.how != "same")


@dataclass(frozen=True, slots=True)
class RunDifference:
    """Two runs, the earlier asked first. `notes` say what could not be compared, and why;
    `left_noted` and `right_noted` are what researchers noted on each, as raw text."""

    left: str
    right: str
    left_id: int
    right_id: int
    config: tuple[Change, ...]
    code: tuple[FileChange, ...]
    environment: tuple[Change, ...]
    data: tuple[Change, ...]
    metrics: tuple[Change, ...]
    notes: tuple[str, ...]
    left_noted: tuple[Note, ...] = ()
    right_noted: tuple[Note, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing differs at all."""
        parts = (self.config, self.code, self.environment, self.data, self.metrics)
        return all(one.how == "same" for part in parts for one in part)

    def changed_only(self) -> RunDifference:
        """The same without what is equal on both sides."""
        return replace(
            self,
            config=_differing(self.config),
            code=_differing(self.code),
            environment=_differing(self.environment),
            data=_differing(self.data),
            metrics=_differing(self.metrics),
        )


@dataclass(frozen=True, slots=True)
class _Side:
    """One run with what it started from; `folder` is its experiment's."""

    run: RunRecord
    folder: Path
    inputs: dict[str, Any]
    objective: int
    environment: dict[str, Any]
    notes: tuple[str, ...]

    @property
    def files(self) -> dict[str, str]:
        found: dict[str, str] = self.inputs.get("files", {})
        return found


def run_difference(study: Study, left: str, right: str) -> RunDifference:
    """Compare two runs by what a researcher calls them (`records.find_run`).

    Raises:
        UsageError: there is no such run.
    """
    runs = (find_run(study, left), find_run(study, right))
    with study.read() as ledger:
        old, new = (_side(study, ledger, run) for run in runs)
        metrics = _changes(*(_metrics(ledger, run.id) for run in runs))
        left_noted, right_noted = (notes_of_run(ledger, run.id) for run in runs)
    config, config_notes = _config(study, old, new)
    return RunDifference(
        left=old.run.name,
        right=new.run.name,
        left_id=old.run.id,
        right_id=new.run.id,
        config=config,
        code=_code(study, old, new),
        environment=_changes(_environment(old), _environment(new)),
        data=_changes(_data(old), _data(new)),
        metrics=metrics,
        notes=(*old.notes, *new.notes, *config_notes),
        left_noted=left_noted,
        right_noted=right_noted,
    )


def run_before(study: Study, reference: str) -> str:
    """The run that a run is compared with unless another is named: the newest run of the
    parent experiment before it, else the run before it of its own experiment.

    Raises:
        UsageError: there is no such run, or none before it.
    """
    run = find_run(study, reference)
    with study.read() as ledger:
        parent = ledger.value("SELECT parent_id FROM experiment WHERE id = ?", run.experiment_id)
        for experiment in (parent, run.experiment_id):
            earlier = [
                one for one in list_runs(study, ledger, experiment_id=experiment) if one.id < run.id
            ]
            if earlier:
                return str(earlier[-1].id)
    raise UsageError(f"no run comes before {run.name}", fix="name two runs: `grd diff RUN RUN`")


def _side(study: Study, ledger: Reader, run: RunRecord) -> _Side:
    row = ledger.one("SELECT inputs_json, objective_version FROM run WHERE id = ?", run.id)
    inputs = json.loads(row["inputs_json"]) if row is not None else {}
    environment, notes = _recorded_environment(run, inputs.get("environment", ""))
    return _Side(
        run=run,
        folder=run.folder.parent.parent,
        inputs=inputs,
        objective=int(row["objective_version"]) if row is not None else 0,
        environment=environment,
        notes=notes,
    )


def _recorded_environment(run: RunRecord, sha256: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """env.json, where it still is what was recorded."""
    try:
        raw = (run.folder / "env.json").read_bytes()
    except OSError:
        return {}, (f"{run.name} has no env.json: its environment is not compared",)
    if sha256_bytes(raw) != sha256:
        return {}, (f"env.json of {run.name} was changed since the run: it is not compared",)
    content: dict[str, Any] = json.loads(raw)
    return content, ()


def _config(study: Study, old: _Side, new: _Side) -> tuple[tuple[Change, ...], tuple[str, ...]]:
    notes: list[str] = []
    values = []
    for side in (old, new):
        name = next((name for name in CONFIG_NAMES if name in side.files), "")
        values.append(_config_values(study, side, name, notes) if name else {})
    return _changes(*values), tuple(notes)


def _config_values(study: Study, side: _Side, name: str, notes: list[str]) -> dict[str, Any]:
    content = kept_file(study, side.folder, name, side.files[name])
    recorded = side.environment.get("config", {})
    if content is None and recorded.get("sha256") == side.files[name]:
        values: dict[str, Any] = recorded["values"]
        return values
    if content is None:
        notes.append(f"{name} of {side.run.name} changed since and no copy was kept")
        return {"sha256": side.files[name]}
    try:
        return flat(parse_config(content, name)[0])
    except GrdError as error:
        notes.append(f"{name} of {side.run.name} is compared as a whole: {error.what}")
        return {"sha256": side.files[name]}


def _code(study: Study, old: _Side, new: _Side) -> tuple[FileChange, ...]:
    """Every file but the config the runs were given; content of code and config kinds only."""
    names = sorted((old.files.keys() | new.files.keys()) - set(CONFIG_NAMES))
    return tuple(_file(study, old, new, name) for name in names)


def _file(study: Study, old: _Side, new: _Side, name: str) -> FileChange:
    before, after = old.files.get(name), new.files.get(name)
    if before == after:
        return FileChange(name, "same")
    how: How = "added" if before is None else "removed" if after is None else "changed"
    if not is_kept_kind(name):
        return FileChange(name, how, note="neither code nor config: compared by its hash")
    contents = []
    for side, sha256 in ((old, before), (new, after)):
        content = b"" if sha256 is None else kept_file(study, side.folder, name, sha256)
        if content is None:
            return FileChange(name, how, note=f"no copy of {side.run.name}'s file was kept")
        contents.append(content.decode("utf-8", errors="replace").splitlines())
    if max(map(len, contents)) > MOST_LINES:
        return FileChange(name, how, note=f"longer than {MOST_LINES:,} lines")
    left, right = contents
    names = (f"{old.run.name}/{name}", f"{new.run.name}/{name}")
    diff = tuple(difflib.unified_diff(left, right, *names, lineterm="", n=CONTEXT))
    body = diff[2:]
    return FileChange(
        path=name,
        how=how,
        added=sum(line.startswith("+") for line in body),
        removed=sum(line.startswith("-") for line in body),
        diff=diff,
        note="" if diff else "only line ends or bytes that are no text differ",
    )


def _environment(side: _Side) -> dict[str, Any]:
    kept = {name: part for name, part in side.environment.items() if name not in _TOP_ONLY}
    if isinstance(git := kept.get("git"), dict):
        kept["git"] = {name: value for name, value in git.items() if name not in _GIT_TEXT}
    return {
        "seed": side.run.seed,
        "command": " ".join(side.run.command),
        "objective_version": side.objective,
        "gpus": side.inputs.get("gpus", []),
        **flat(kept),
    }


def _data(side: _Side) -> dict[str, Any]:
    recorded = side.environment.get("data", {})
    versions = recorded.get("versions", [])
    made_by = recorded.get("made_by", {})
    found: dict[str, Any] = {"freeze": side.inputs.get("freeze", 0)}
    for file in side.inputs.get("data", []):
        found[f"frozen {file.get('path', '?')}"] = file.get("sha256", ABSENT)
    for one in versions:
        found |= {f"{one['name']} {what}": one[what] for what in ("sha256", "rows")}
    if isinstance(made_by, dict):
        found |= {f"made by {path}": sha256 for path, sha256 in made_by.items()}
    return found


def _metrics(ledger: Reader, run_id: int) -> dict[str, Any]:
    """Last values; None where the last one is not finite. The meter's own are left out."""
    return {
        row["name"]: row["last_value"]
        for row in ledger.rows(
            "SELECT name, last_value FROM metric_summary WHERE run_id = ? AND name NOT LIKE ?"
            " ORDER BY name",
            run_id,
            f"{METER_PREFIX}%",
        )
    }


def _changes(before: dict[str, Any], after: dict[str, Any]) -> tuple[Change, ...]:
    return tuple(
        Change(key, _how(key, before, after), before.get(key, ABSENT), after.get(key, ABSENT))
        for key in dict.fromkeys([*before, *after])
    )


def _how(key: str, before: dict[str, Any], after: dict[str, Any]) -> How:
    if key not in before:
        return "added"
    if key not in after:
        return "removed"
    left, right = before[key], after[key]
    # 1 and 1.0 are equal to JSON and not to every script.
    return "same" if same(left, right) and type(left) is type(right) else "changed"
