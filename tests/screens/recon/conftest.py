"""Recon's page fed with contents as a study would give them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from grd_core.overview import OverviewSnapshot
from grd_core.recon.column_detail import (
    Category,
    ColumnDetail,
    Histogram,
    Relation,
    RelationBin,
    SampleRows,
    TimeBucket,
)
from grd_core.recon.risks import Risk
from grd_core.recon.roles import Roles
from grd_core.recon.snapshot import FreezeView, ReconSnapshot, SourceView, SplitView
from grd_screens.feed import PageRead, StudyRead
from grd_screens.pages.recon.content import ReconContent
from grd_tui.app import CockpitApp
from tests.screens.driving import at_rest, opened

AT = "2026-11-02T09:00:00.000000Z"
ROLES = Roles("regression", "arr_delay", "time_hour", ("tailnum",), "flight_id", (("air", "late"),))
RISKS = (
    Risk(
        "blocking",
        "dep_delay nearly is the target",
        "R2 0.84 alone",
        "exclude it, it is known after departure",
        "D215",
        0.9,
        ("dep_delay",),
        "exclude",
    ),
    Risk(
        "warning",
        "arr_delay has heavy tails",
        "1% of the rows hold 35% of the squared error",
        "judge by mae or by a quantile",
        "training",
        0.35,
        ("arr_delay",),
        "metric",
    ),
    Risk("info", "weather has gaps", "0.4% \x1b[31mof rows", "look", "structure", 0.0, ("wind",)),
)
COLUMNS = (
    {"name": "flight_id", "type": "int32", "role": "id", "missing_share": 0.0, "distinct": 336776},
    {
        "name": "dep_delay",
        "type": "int16",
        "role": "feature",
        "missing_share": 0.0,
        "distinct": 527,
    },
    {
        "name": "wind",
        "type": "double",
        "role": "feature",
        "missing_share": 0.0036,
        "distinct": 41,
        "shape": [1, 3, 6, 8, 5, 2, 1, 0],
    },
    {
        "name": "a_name_that_is_longer_than_its_column_in_the_table",
        "type": "timestamp[ms, tz=UTC]",
        "role": "feature",
        "missing_share": 0.0001,
        "distinct": 6936,
    },
    {"name": "arr_delay", "type": "int16", "role": "target"},
)


def scored(estimate: float, low: float, high: float) -> dict[str, float]:
    return {"estimate": estimate, "low": low, "high": high}


class Fed(CockpitApp):
    """A cockpit that is given its messages by the test."""

    def start_feeds(self) -> None:
        """Nothing is read and no clock runs."""


@pytest.fixture
def fed() -> Callable[..., Fed]:
    return lambda **kinds: Fed(Path("/studies/flight-delays"), **kinds)


@pytest.fixture
def show(begun: OverviewSnapshot) -> Callable[..., Callable[[Pilot[int]], Awaitable[None]]]:
    """Shows a content on the page and presses keys."""

    def of(content: ReconContent, *keys: str) -> Callable[[Pilot[int]], Awaitable[None]]:
        async def run(pilot: Pilot[int]) -> None:
            await opened(pilot, 1)
            pilot.app.post_message(StudyRead(begun, ""))
            pilot.app.post_message(PageRead(1, content))
            await at_rest(pilot)
            await pilot.press(*keys)
            await at_rest(pilot)

        return run

    return of


@pytest.fixture
def undeclared() -> ReconContent:
    """No data yet."""
    return ReconContent(
        ReconSnapshot(
            source=None,
            split=None,
            freeze=None,
            profiled_at="",
            trained_at="",
            columns=(),
            time=None,
            groups=(),
            target=None,
            missingness=(),
            risks=(),
            baseline=None,
            checks=(),
            recommended_split=None,
            next_step="declare the data: `grd data add provenance.toml`",
        )
    )


@pytest.fixture
def declared(undeclared: ReconContent) -> ReconContent:
    """Declared and looked at, not frozen."""
    source = SourceView(
        name="New York departures of 2013",
        path="data/flights.parquet",
        format="parquet",
        rows=336_776,
        columns=25,
        sha256="9f2c" * 16,
        declared_at=AT,
        state="present",
        roles=ROLES,
        provenance={
            "origin": "an archive",
            "collected_how": "airlines report",
            "collected_when": "2013",
            "licence": "CC0",
            "unit_of_observation": "one departure",
            "known_problems": ["one year only"],
        },
    )
    snapshot = replace(
        undeclared.snapshot,
        source=source,
        profiled_at=AT,
        columns=COLUMNS,
        risks=RISKS,
        next_step="declare a split: `grd data split`",
    )
    return ReconContent(snapshot, {"D215": "A feature is the target.\n\nWhy it matters\n\nIt is."})


@pytest.fixture
def frozen(declared: ReconContent) -> ReconContent:
    """Split, frozen and profiled with its target."""
    snapshot = replace(
        declared.snapshot,
        trained_at=AT,
        split=SplitView(
            strategy="temporal",
            train=159_851,
            validation=83_073,
            test=82_609,
            dropped_embargo=1_813,
            dropped_missing_target=9_430,
            embargo="1d",
            cuts={"test": "2013-10-01T04:00:00Z", "validation": "2013-07-01T04:00:00Z"},
            spans={"train": ["2013-01-01T10:00:00Z", "2013-06-30T03:00:00Z"]},
            crossings={"tailnum": 0.98},
            reason="an aircraft flies all year",
            at=AT,
        ),
        freeze=FreezeView(AT, 82_609, "544e" * 16, "intact", (), AT, 1, 4),
        baseline={
            "holdout": "the latest fifth of train",
            "metrics": ["mae", "r2"],
            "models": {
                "constant": {"mae": scored(30.6, 25.8, 35.3), "r2": scored(-0.09, -0.15, -0.05)},
                "linear": {"mae": scored(31.4, 27.7, 34.9), "r2": scored(0.06, 0.03, 0.08)},
            },
            "reads": [{"column": "carrier", "share": 0.26}, {"column": "wind", "share": 0.1}],
            "sampled": "fitted on 30,000 of 127,847 rows",
        },
        next_step="",
    )
    return replace(declared, snapshot=snapshot)


@pytest.fixture
def faulty(frozen: ReconContent) -> ReconContent:
    """A frozen file is not what was frozen."""
    freeze = replace(
        frozen.snapshot.freeze,
        integrity="faulty",
        faults=("data/frozen/test_labels.parquet changed",),
    )
    step = "put back what was frozen: data/frozen/test_labels.parquet changed"
    return replace(frozen, snapshot=replace(frozen.snapshot, freeze=freeze, next_step=step))


@pytest.fixture
def wind() -> ColumnDetail:
    """A column of numbers, looked at closely."""
    counts = (3, 9, 21, 40, 60, 71, 66, 48, 30, 15, 6, 1)
    months = ("2013-01-01T10:00:00Z", "2013-03-01T00:00:00Z", "2013-05-01T00:00:00Z")
    return ColumnDetail(
        name="wind",
        type="double",
        role="feature",
        scope="training",
        read="all 159,851 training rows",
        withheld="",
        rows=159_851,
        missing=576,
        missing_share=576 / 159_851,
        distinct=41,
        mean=11.11,
        std=5.6,
        quantiles=(("min", "0"), ("50%", "10.36"), ("max", "48.3")),
        histogram=Histogram(tuple(float(at) for at in range(13)), counts, "0", "27.6"),
        time_column="time_hour",
        over_time=tuple(
            TimeBucket(start, 5_000 + 400 * at, 0.01 * at, 10.0 + at)
            for at, start in enumerate(months)
        ),
        relation=Relation(
            "rank correlation ρ",
            0.061,
            "mean arr_delay",
            (RelationBin("0 to 5.754", 20_000, 5.1), RelationBin("(missing)", 576, 21.9)),
        ),
        sample=SampleRows(("wind", "flight_id"), (("9.2", "17"), ("", "18"))),
        risks=(RISKS[2],),
    )


@pytest.fixture
def carrier(wind: ColumnDetail) -> ColumnDetail:
    """A column of words."""
    return replace(
        wind,
        name="carrier",
        type="string",
        mean=None,
        std=None,
        quantiles=(),
        histogram=None,
        categories=(Category("UA", 28_260, 0.177), Category("B6\x1b[2J", 26_489, 0.166)),
        other_rows=736,
        relation=None,
        relation_withheld="nothing is told of the target before the freeze",
        risks=(),
    )
