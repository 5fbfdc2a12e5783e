"""Given experiments at several stages, each stands in its column with what it still lacks."""

from __future__ import annotations

from grd_core.gate.decide import Statement, decide
from grd_core.graduation.checklist import graduation_snapshot
from grd_core.graduation.overview import graduation_overview
from grd_core.runs.experiments import find_experiment
from grd_core.study import Study

REASON = "the registered test was carried out once, as planned"


def test_each_experiment_stands_in_its_column(evaluated: Study) -> None:
    decide(evaluated, "2", "seal", Statement(REASON, "original", confirm="tides"))
    said = Statement(REASON, "original", lesson="no wind", would_change="a gauge at sea")
    decide(evaluated, "3", "archive", said)
    overview = graduation_overview(evaluated)
    assert [column.stage for column in overview.columns] == [
        "exploration",
        "validated",
        "production",
    ]
    assert [[line.number for line in column.lines] for column in overview.columns] == [
        [1, 2],
        [],
        [],
    ]
    assert overview.archived == 1
    mean, moon = overview.columns[0].lines
    assert moon.shown == mean.shown + 1
    assert (mean.next_item, moon.ready) == ("sealed at the gate", False)


def test_the_counts_are_those_of_the_checklist(evaluated: Study) -> None:
    line = graduation_overview(evaluated).columns[0].lines[1]
    items = graduation_snapshot(evaluated, find_experiment(evaluated, "2")).items
    assert line.items == len(items)
    assert line.shown + line.refuted + sum(item.shown == "not yet" for item in items) == line.items
