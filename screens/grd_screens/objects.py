"""The objects of a study by name: where the palette can go."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grd_core.study import Study

LATEST_RUNS = 500
"""Runs the palette knows; the others are found on the Loop's page."""


@dataclass(frozen=True, slots=True)
class StudyObject:
    """An object: its name, what it is, the page that shows it and its key there."""

    name: str
    what: str
    page: int
    key: str


def objects_of(study: Study) -> tuple[StudyObject, ...]:
    """Experiments, runs, columns and checks.

    Raises:
        LedgerError: the ledger cannot be read.
    """
    return (*_experiments(study), *_columns(study), *_checks())


def _experiments(study: Study) -> Iterator[StudyObject]:
    from grd_core.runs.snapshot import loop_snapshot

    loop = loop_snapshot(study)
    for experiment in loop.experiments:
        what = f"experiment, {experiment.kind}, {experiment.verdict or experiment.state}"
        yield StudyObject(experiment.name, what, 3, str(experiment.number))
        if experiment.outcome:
            what = f"scorecard of {experiment.name}, {experiment.outcome}"
            yield StudyObject(f"scorecard {experiment.number:03d}", what, 4, str(experiment.number))
    for run in loop.runs[-LATEST_RUNS:]:
        yield StudyObject(f"run {run.id}", f"{run.name}, {run.state}", 3, f"run:{run.id}")


def _columns(study: Study) -> Iterator[StudyObject]:
    from grd_core.recon.snapshot import recon_snapshot

    for column in recon_snapshot(study).columns:
        name = str(column["name"])
        yield StudyObject(f"column {name}", "a column of the declared data", 1, f"column:{name}")


def _checks() -> Iterator[StudyObject]:
    from grd_core.checks.registry import all_checks

    for check in all_checks().values():
        yield StudyObject(f"check {check.code}", check.title, 7, f"check:{check.code}")
