"""What the Graduation's page has read: the columns, and one experiment's checklist."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grd_core.graduation.checklist import GraduationSnapshot
    from grd_core.graduation.overview import GraduationOverview
    from grd_core.study import Study


@dataclass(frozen=True, slots=True)
class GraduationContent:
    """The columns, and the checklist of `number`; None where there is no such experiment."""

    overview: GraduationOverview
    number: int
    checklist: GraduationSnapshot | None


def read_graduation(study: Study, number: int) -> GraduationContent:
    """Everything the page shows; 0 for no checklist. Runs nothing of the researcher's."""
    from grd_core.graduation.checklist import graduation_snapshot
    from grd_core.graduation.overview import graduation_overview
    from grd_core.runs.experiments import find_experiment

    overview = graduation_overview(study)
    known = {line.number for column in overview.columns for line in column.lines}
    checklist = None
    if number in known:
        checklist = graduation_snapshot(study, find_experiment(study, str(number)))
    return GraduationContent(overview, number, checklist)
