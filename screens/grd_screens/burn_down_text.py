"""The burn-down of a budget as lines of plain text, for the shell and for a document."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from grd_screens.aligned import aligned

if TYPE_CHECKING:
    from grd_core.runs.burn_down import BurnDown, UnitBurnDown
    from grd_core.runs.costs import Costs

_COLUMNS = 60
_ROWS = 4
_EIGHTHS = " ▁▂▃▄▅▆▇█"
_FORETOLD = "░"
_LONGEST_FORETOLD = 3.0
"""A foretold end further away than this many times the past is told in words alone."""


def burn_down_lines(found: BurnDown) -> Iterator[str]:
    """Limits, what is left and when it will be gone, by unit; then what each experiment cost.

    Names are as they stand in the study: a face makes them harmless.
    """
    locked = f"objective v{found.version}" if found.version else "no locked objective, no limits"
    yield f"{found.study}   {locked}   {_moment(found.at)}"
    for unit in found.units:
        if unit.limit is not None or unit.spent > 0:
            yield ""
            yield from _unit_lines(unit, found.running)
    yield ""
    yield from _cost_lines(found.costs)
    if found.experiments:
        yield ""
        yield from _experiment_lines(found)


def _unit_lines(unit: UnitBurnDown, running: int) -> Iterator[str]:
    name = unit.unit.replace("_hours", "-h")
    if unit.limit is None or unit.remaining is None:
        yield f"{name}  {unit.spent:.4g} spent, no limit"
        return
    share = "" if unit.share is None else f" ({math.floor(unit.share * 100)}%)"
    aside = f"   {unit.leased:.4g} set aside" if unit.leased else ""
    yield (
        f"{name}  {unit.spent:.4g} of {unit.limit:.4g} spent{share}{aside}"
        f"   {unit.remaining:.4g} left to promise"
    )
    if unit.warning:
        yield f"  ! {unit.warning}"
    if unit.limit > 0 and len(unit.history) > 1:
        for line in chart(unit):
            yield f"  {line}"
    if running:
        end = unit.sentence or "it lasts until the runs are through"
        yield f"  rate {unit.rate:.4g} an hour   {end}"
    elif unit.remaining * 3600 < 1 and unit.limit > 0:
        yield "  gone: raise it in OBJECTIVE.md, then `grd objective amend --reason …`"
    for one in unit.warnings:
        yield f"  {one.share:.0%} of {one.limit:.4g} (v{one.version}) at {_moment(one.at)}"


def _cost_lines(costs: Costs) -> Iterator[str]:
    """Kilowatt-hours and money as a person reads them."""
    missing = costs.not_measured if costs.kwh is not None else ""
    yield f"energy  {costs.energy}{f'   no reading: {missing}' if missing else ''}"
    if costs.money:
        yield f"money   {costs.money}"
    elif costs.gpu_hours > 0:
        yield "money   not known: no price stands in grd.toml, [budget]"


def chart(unit: UnitBurnDown) -> list[str]:
    """What was left of the limit over time, and what will be until it is gone: lines of text.

    Args:
        unit: a limited unit with a history.

    Returns:
        `_ROWS` lines of the chart, hours to their left, and one of times below.
    """
    limit = unit.limit or 1.0
    began, now = (_unix(unit.history[place].at) for place in (0, -1))
    span_s = max(1.0, now - began)
    gone = unit.gone_in_s is not None and unit.gone_in_s <= _LONGEST_FORETOLD * span_s
    ahead_s = (unit.gone_in_s or 0.0) if gone else 0.0
    past = max(1, round(_COLUMNS * span_s / (span_s + ahead_s)))
    left = [
        max(0.0, limit - unit.history[round(i * (len(unit.history) - 1) / max(1, past - 1))].spent)
        for i in range(past)
    ]
    ahead = _COLUMNS - past
    coming = [left[-1] * (1 - (i + 1) / ahead) for i in range(ahead)]
    width = max(len(f"{limit:.4g}"), 1)
    lines = []
    for row in reversed(range(_ROWS)):
        label = f"{limit:.4g}" if row == _ROWS - 1 else "0" if row == 0 else ""
        cells = "".join(
            _EIGHTHS[min(8, max(0, round((hours / limit * _ROWS - row) * 8)))] for hours in left
        )
        cells += "".join(
            _FORETOLD if hours / limit * _ROWS - row > 0.5 else " " for hours in coming
        )
        lines.append(f"{label:>{width}} │{cells}".rstrip())
    start, end = _moment(unit.history[0].at), f"now {_moment(unit.history[-1].at)}"
    axis = f"{start}{end:>{max(len(end) + 1, past - len(start))}}"
    lines.append(f"{'':>{width}}  {axis}{f'   gone {_moment(unit.gone_at)}' if gone else ''}")
    return lines


def _experiment_lines(found: BurnDown) -> Iterator[str]:
    per = next((cost.cost_unit for cost in found.experiments), "")
    gain = f"gain in {found.metric}" if found.metric else "gain"
    yield from aligned(
        ("experiment", "runs", "gpu-h", "cpu-h", "wall-h", gain, f"per {per}"),
        (
            (
                cost.name,
                str(cost.runs),
                f"{cost.gpu_hours:.3g}",
                f"{cost.cpu_hours:.3g}",
                f"{cost.wall_hours:.3g}",
                "baseline" if cost.kind == "baseline" else _number(cost.gain),
                _number(cost.gain_per_hour),
            )
            for cost in found.experiments
        ),
    )
    if found.expected_gain is not None:
        yield f"expected gain: {found.expected_gain}"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:+.3g}"


def _moment(at: str) -> str:
    return f"{at[5:10]} {at[11:16]} UTC"


def _unix(at: str) -> float:
    return datetime.fromisoformat(at).astimezone(UTC).timestamp()
