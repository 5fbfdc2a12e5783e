"""The way from exploration to production at a glance: three columns of experiments."""

from __future__ import annotations

from dataclasses import dataclass

from grd_core.graduation.checklist import STAGES, GraduationSnapshot, Shown, graduation_snapshot
from grd_core.runs.experiments import ExperimentRecord, list_experiments
from grd_core.study import Study


@dataclass(frozen=True, slots=True)
class GraduationLine:
    """One experiment of a column: how many items of its checklist are shown, of how many.

    `refuted` counts those that are shown not to hold; `next_item` and `next_fix` are the first
    that is not shown, empty when all are. `mark` says that the test part of its score was
    unfrozen since; empty while it stands.
    """

    experiment: str
    number: int
    title: str
    kind: str
    state: str
    files_gone: bool
    shown: int
    refuted: int
    items: int
    next_item: str
    next_fix: str
    mark: str = ""

    @property
    def ready(self) -> bool:
        """Whether every item is shown."""
        return self.shown == self.items


@dataclass(frozen=True, slots=True)
class GraduationColumn:
    """One stage and the experiments in it, by number."""

    stage: str
    lines: tuple[GraduationLine, ...]


@dataclass(frozen=True, slots=True)
class GraduationOverview:
    """The stages in their order; `archived` counts experiments that left the way."""

    columns: tuple[GraduationColumn, ...]
    archived: int


def graduation_overview(study: Study) -> GraduationOverview:
    """Every experiment that is not archived, in the column of the folder it stands in.

    Reads each one's scripts and records; runs nothing of the researcher's.
    """
    with study.read() as ledger:
        experiments = list_experiments(study, ledger)
    placed: dict[str, list[GraduationLine]] = {stage: [] for stage in STAGES}
    for experiment in experiments:
        if experiment.state != "archived":
            checked = graduation_snapshot(study, experiment)
            placed[checked.stage].append(_line(experiment, checked))
    return GraduationOverview(
        tuple(GraduationColumn(stage, tuple(placed[stage])) for stage in STAGES),
        sum(experiment.state == "archived" for experiment in experiments),
    )


def _line(experiment: ExperimentRecord, checked: GraduationSnapshot) -> GraduationLine:
    lacking = next((item for item in checked.items if item.shown is not Shown.YES), None)
    return GraduationLine(
        experiment=experiment.name,
        number=experiment.number,
        title=experiment.title,
        kind=experiment.kind,
        state=experiment.state,
        files_gone=experiment.files_gone,
        shown=sum(item.shown is Shown.YES for item in checked.items),
        refuted=sum(item.shown is Shown.NO for item in checked.items),
        items=len(checked.items),
        next_item=lacking.name if lacking else "",
        next_fix=lacking.fix if lacking else "",
        mark=checked.mark,
    )
