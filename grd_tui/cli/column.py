"""A column's detail as text, with bars."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from grd_tui.cli.output import say, table

if TYPE_CHECKING:
    from grd_core.recon.column_detail import ColumnDetail

_BAR = 30
_EIGHTHS = "▁▂▃▄▅▆▇█"


def print_column(detail: ColumnDetail) -> None:
    """Print what a column's detail holds, part by part."""
    say(f"{detail.name}  {detail.type}  {detail.role}")
    for risk in detail.risks:
        say(f"  ! {risk.title}  {risk.evidence}")
        say(f"      do: {risk.do}")
    if detail.withheld:
        say(detail.withheld)
        return
    distinct = f", {detail.distinct:,} distinct" if detail.distinct is not None else ""
    say(f"{detail.read}; missing {detail.missing:,} ({detail.missing_share:.1%}){distinct}")
    _print_values(detail)
    if detail.over_time:
        shares = [bucket.missing_share for bucket in detail.over_time]
        means = [bucket.mean for bucket in detail.over_time if bucket.mean is not None]
        say(f"OVER TIME  {detail.time_column}, from {detail.over_time[0].start}")
        say(f"  missing  {_spark(shares)}  {min(shares):.1%} to {max(shares):.1%}")
        if means:
            say(f"  mean     {_spark(means)}  {min(means):.4g} to {max(means):.4g}")
    _print_relation(detail)
    if detail.sample is not None:
        say("ROWS")
        table(detail.sample.columns, detail.sample.rows)


def _print_values(detail: ColumnDetail) -> None:
    if detail.mean is not None:
        spread = f", standard deviation {detail.std:.4g}" if detail.std is not None else ""
        say(f"VALUES  mean {detail.mean:.4g}{spread}")
    elif detail.quantiles or detail.categories:
        say("VALUES")
    if detail.quantiles:
        say("  " + " · ".join(f"{name} {value}" for name, value in detail.quantiles))
    if detail.histogram is not None:
        shape = detail.histogram
        say(f"  {shape.first} {_spark(shape.counts)} {shape.last}")
    most = max((item.rows for item in detail.categories), default=0)
    for item in detail.categories:
        say(f"  {_bar(item.rows, most)} {item.rows:>9,} {item.share:>6.1%}  {item.value}")
    if detail.other_rows:
        say(f"  {'':<{_BAR}} {detail.other_rows:>9,}         all others")


def _print_relation(detail: ColumnDetail) -> None:
    relation = detail.relation
    if relation is None:
        say(f"TARGET  {detail.relation_withheld}")
        return
    say(f"TARGET  {relation.measure} {relation.strength:.3f}; {relation.of}, by {detail.name}")
    low = min((item.target for item in relation.bins), default=0.0)
    high = max((item.target for item in relation.bins), default=0.0)
    for item in relation.bins:
        bar = _bar(item.target - min(low, 0.0), high - min(low, 0.0))
        say(f"  {bar} {item.target:>10.4g}  n {item.rows:>9,}  {item.label}")


def _bar(value: float, most: float) -> str:
    full = round(value / most * _BAR) if most > 0 else 0
    return ("█" * full).ljust(_BAR)


def _spark(values: Iterable[float]) -> str:
    numbers = list(values)
    low, high = min(numbers), max(numbers)
    span = high - low
    places = ((value - low) / span if span > 0 else 0.0 for value in numbers)
    return "".join(_EIGHTHS[round(place * (len(_EIGHTHS) - 1))] for place in places)
