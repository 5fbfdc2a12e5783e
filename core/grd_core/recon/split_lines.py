"""What a split was recorded or previewed with, in lines: every face says it in these words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_MEASURES = {
    "ks": "distributions {0:.2f} apart",
    "cramers_v": "categories differ, V {0:.2f}",
    "missing": "missing shares {0:.0%} apart",
}


@dataclass(frozen=True, slots=True)
class DriftLine:
    """How a part differs from train by its features: `differing` of `tested` columns, the
    largest differences named with their effect (Kolmogorov–Smirnov distance, Cramér's V or
    difference of the missing shares, each in [0, 1])."""

    part: str
    tested: int
    differing: int
    largest: tuple[tuple[str, str, float], ...]

    @property
    def said(self) -> str:
        """In words, the largest three by name."""
        if not self.differing:
            return f"{self.part} and train look alike in all {self.tested} columns"
        named = ", ".join(
            f"{column} ({_MEASURES[measure].format(effect)})"
            for column, measure, effect in self.largest[:3]
        )
        count = f"{self.differing} of {self.tested} columns"
        return f"{self.part} differs from train in {count}: {named}"


def drift_lines(sizes: dict[str, Any]) -> tuple[DriftLine, ...]:
    """The differences between the parts; empty for a split recorded before they were looked at."""
    return tuple(
        DriftLine(
            one["part"],
            one["tested"],
            one["differing"],
            tuple((shift["column"], shift["measure"], shift["effect"]) for shift in one["shifts"]),
        )
        for one in sizes.get("drift", ())
    )


def told_of(sizes: dict[str, Any]) -> Iterator[str]:
    """What is told of the parts beside their sizes: balance, drift, repeated rows, notes."""
    balance = sizes.get("balance", ())
    if balance:
        said = ", ".join(f"{one['what']} {one['share']}" for one in balance)
        yield f"target in train: {said}"
    for line in drift_lines(sizes):
        yield line.said
    for part, rows in sizes.get("repeated", {}).items():
        if rows:
            number = "1 row" if rows == 1 else f"{rows:,} rows"
            yield f"{number} of {part} equal a row of an earlier part in every feature"
    for name, share in sizes["crossings"].items():
        if share:
            yield f"{share:.0%} of the validation and test rows have a {name} that stands in train"
    yield from sizes.get("notes", ())
