"""The structure of a file in plain words. Pure over a structure profile."""

from __future__ import annotations

from typing import Any

from grd_core.recon.column_risks import is_time, value_risks
from grd_core.recon.risks import Severity, plain

MISSING_TOLD = 0.05
_MOST_MISSING = 3
Line = dict[str, Any]


def line(
    severity: Severity, weight: float, text: str, do: str, columns: tuple[str, ...] = ()
) -> Line:
    """A sentence and what to do; `weight` in [0, 3] ranks it by what it could do to a result."""
    return {
        "severity": severity,
        "weight": weight,
        "text": text,
        "do": do,
        "columns": list(columns),
    }


def tick(name: str) -> str:
    """A column's name in a sentence."""
    return f"`{plain(name, 40)}`"


def structure_lines(content: dict[str, Any], told: frozenset[str]) -> list[Line]:
    """What the rows show without the target.

    Args:
        content: a structure profile.
        told: columns whose missing values something weightier was said of.
    """
    used = [column for column in content["columns"] if "missing" in column]
    return [
        *_times(used),
        *_groups(content["behaviour"]["groups"]),
        *_rows(content),
        *_names(used),
        *_missing([column for column in used if column["name"] not in told]),
        *_together(content["behaviour"]["missing_together"]),
        *(
            line(
                risk.severity,
                risk.weight + (1.0 if risk.severity == "warning" else 0.0),
                f"{risk.title}: {risk.evidence}",
                risk.do,
                risk.columns,
            )
            for risk in value_risks(used)
        ),
    ]


def _times(used: list[dict[str, Any]]) -> list[Line]:
    dated = [column for column in used if is_time(column)]
    if dated:
        dated.sort(key=lambda column: not column.get("rises"))
        first, others = dated[0], [tick(column["name"]) for column in dated[1:4]]
        so = f", and so {'do' if len(others) > 1 else 'does'} {', '.join(others)}" if others else ""
        order = "; the rows are in its order" if first.get("rises") else ""
        return [
            line(
                "warning",
                1.95,
                f"{tick(first['name'])} looks like time{so}{order}: split by it",
                "declare it as time, so that the past is not predicted from the future",
                tuple(column["name"] for column in dated),
            )
        ]
    rising = [
        column
        for column in used
        if column.get("rises") and not column["near_unique"] and (column["distinct"] or 0) >= 20
    ]
    return [
        line(
            "warning",
            1.8,
            f"the rows are ordered by {tick(column['name'])}: it never falls from row to row",
            "declare it as time if it is; else ask who sorted the rows, and by what",
            (column["name"],),
        )
        for column in rising[:1]
    ]


def _groups(found: list[dict[str, Any]]) -> list[Line]:
    return [
        line(
            "warning",
            1.85,
            f"{tick(group['column'])} has {group['groups']:,} values in {group['rows_each']:g} rows"
            f" each, and rows that share one are alike in {tick(group['alike_in'])}",
            "declare it as group, so that no group stands in two parts",
            (group["column"],),
        )
        for group in found[:2]
    ]


def _rows(content: dict[str, Any]) -> list[Line]:
    repeated, rows = content["repeated_rows"], content["rows"]
    if not repeated:
        return []
    much = not content["repeats_expected"]
    return [
        line(
            "warning" if much else "info",
            (1.5 if much else 0.5) + repeated / rows / 2,
            f"{repeated:,} {'row' if repeated == 1 else 'rows'} of {rows:,}"
            f" {'repeats an earlier one' if repeated == 1 else 'repeat earlier ones'}",
            "drop them before the split, or they stand in train and in test",
        )
    ]


def _names(used: list[dict[str, Any]]) -> list[Line]:
    naming = [c["name"] for c in used if c["near_unique"] and not is_time(c)]
    if not naming:
        return []
    said = ", ".join(tick(name) for name in naming[:3])
    more = f" and {len(naming) - 3} more" if len(naming) > 3 else ""
    return [
        line(
            "info" if len(naming) == 1 else "warning",
            0.6 if len(naming) == 1 else 1.3,
            f"{said}{more} {'names' if len(naming) == 1 else 'name'} single rows",
            "declare it as id or exclude it: a model can only learn it by heart",
            tuple(naming),
        )
    ]


def _missing(used: list[dict[str, Any]]) -> list[Line]:
    lacking = [
        column
        for column in used
        if MISSING_TOLD <= column["missing_share"] < 1 and not column["constant"]
    ]
    lacking.sort(key=lambda column: -column["missing_share"])
    told = [
        line(
            "info",
            0.3 + column["missing_share"] / 2,
            f"{column['missing_share']:.0%} of {tick(column['name'])} is missing",
            "find out what makes it missing before filling it in",
            (column["name"],),
        )
        for column in lacking[:_MOST_MISSING]
    ]
    others = lacking[_MOST_MISSING:]
    if others:
        told.append(
            line(
                "info",
                0.25,
                f"{len(others)} more columns lack {others[-1]['missing_share']:.0%} to"
                f" {others[0]['missing_share']:.0%} of their values",
                "`grd data profile` in a study lists them all",
                tuple(column["name"] for column in others),
            )
        )
    return told


def _together(found: list[list[str]]) -> list[Line]:
    return [
        line(
            "info",
            0.45,
            f"{', '.join(tick(name) for name in names[:3])}"
            f"{f' and {len(names) - 3} more' if len(names) > 3 else ''} are missing in the same"
            " rows",
            "look for the one cause, such as a join that found nothing",
            tuple(names),
        )
        for names in found[:2]
    ]
