"""What the structure of the rows could do to a conclusion, ranked. Pure over the profile."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from grd_core.recon.risks import Action, Risk, plain, ranked
from grd_core.recon.roles import Roles

MISSING_MUCH = 0.3
REPEATED_SHARE = 0.001
GAP_SHARE, GAP_RATIO = 0.05, 20.0
MIXED_SHARE = 0.02
LARGEST_GROUP = 0.8
_NAMED = 4


def structure_risks(content: dict[str, Any], roles: Roles) -> tuple[Risk, ...]:
    """Risks of a structure profile, worst first."""
    used = [column for column in content["columns"] if "missing" in column]
    return ranked(
        [
            *_time_risks(content["time"], used, roles),
            *_group_risks(content["groups"]),
            *_repeated(content),
            *_column_risks(used),
            *_undeclared(roles),
        ]
    )


def _risk(
    severity: Any,
    title: str,
    evidence: str,
    do: str,
    weight: float,
    action: Action,
    columns: Sequence[str] = (),
) -> Risk:
    origin, rounded = "structure", round(min(weight, 1.0), 4)
    return Risk(severity, title, evidence, do, origin, rounded, tuple(columns), action)


def _time_risks(time: dict[str, Any] | None, columns: list[Any], roles: Roles) -> list[Risk]:
    if time is None:
        dated = [
            column["name"]
            for column in columns
            if column.get("looks_like_time") or column["type"].startswith(("timestamp", "date"))
        ]
        if not dated:
            return []
        return [
            _risk(
                "warning",
                f"{_names(dated)} looks like time, none is declared",
                "a random split would let the past be predicted from the future",
                "declare roles.time, or say in known_problems why order does not matter",
                1.0,
                "role",
                dated,
            )
        ]
    if "fault" in time:
        return [
            _risk(
                "blocking",
                f"the time column {plain(roles.time)} cannot be read",
                plain(time["fault"], 120),
                plain(time["fix"], 120),
                1.0,
                "role",
                [roles.time],
            )
        ]
    if time["largest_gap_share"] > GAP_SHARE and time["largest_gap_ratio"] > GAP_RATIO:
        return [
            _risk(
                "warning",
                f"a gap of {time['largest_gap']} in {plain(time['column'])}",
                f"from {time['largest_gap_from']}; {time['largest_gap_share']:.0%} of the span",
                "find out why nothing was recorded; cut there rather than across",
                time["largest_gap_share"],
                "split",
                [roles.time],
            )
        ]
    return []


def _group_risks(groups: list[dict[str, Any]]) -> list[Risk]:
    risks = []
    for group in groups:
        name = plain(group["column"])
        if group["groups"] and group["single"] == group["groups"]:
            risks.append(
                _risk(
                    "warning",
                    f"the group {name} names single rows",
                    f"{group['groups']:,} groups, each with one row",
                    "declare it as id, or name the column that repeats",
                    0.6,
                    "role",
                    [group["column"]],
                )
            )
        elif group["largest_share"] > LARGEST_GROUP:
            risks.append(
                _risk(
                    "warning",
                    f"one group of {name} holds most rows",
                    f"{group['largest_share']:.0%} of the rows; {group['groups']:,} groups",
                    "report results by group; a mean over rows is a mean over this one",
                    group["largest_share"],
                    "metric",
                    [group["column"]],
                )
            )
    return risks


def _repeated(content: dict[str, Any]) -> list[Risk]:
    share = content["repeated_rows"] / content["rows"]
    if share < REPEATED_SHARE:
        return []
    return [
        _risk(
            "warning",
            "rows repeat earlier rows in every feature",
            f"{content['repeated_rows']:,} of {content['rows']:,} rows ({share:.1%})",
            "drop them before the split, or declare the group that repeats",
            0.5 + share / 2,
            "clean",
        )
    ]


def _column_risks(columns: list[dict[str, Any]]) -> list[Risk]:
    risks = []
    features = [column for column in columns if column["role"] == "feature"]
    naming = [column["name"] for column in features if column["near_unique"]]
    if naming:
        risks.append(
            _risk(
                "warning",
                f"{_names(naming)} names single rows",
                "nearly every value stands once",
                "declare it as id or exclude it: a model can only learn it by heart",
                0.7,
                "role",
                naming,
            )
        )
    for column in columns:
        name = plain(column["name"])
        share = column.get("numeric_share", 0.0)
        if MIXED_SHARE < share < 1 - MIXED_SHARE:
            risks.append(
                _risk(
                    "warning",
                    f"{name} mixes numbers and words",
                    f"{share:.0%} of its values are numbers",
                    "find the words that mean «missing» and empty those fields",
                    0.4,
                    "clean",
                    [column["name"]],
                )
            )
        if column.get("infinite"):
            risks.append(
                _risk(
                    "warning",
                    f"{name} holds infinite values",
                    f"{column['infinite']:,} rows",
                    "find the division that made them, and empty those fields",
                    0.45,
                    "clean",
                    [column["name"]],
                )
            )
        if column.get("variants"):
            risks.append(
                _risk(
                    "info",
                    f"{name} spells values in several ways",
                    f"{column['variants']:,} values differ in case or blanks alone",
                    "fold them into one spelling",
                    0.3,
                    "clean",
                    [column["name"]],
                )
            )
    much = [column for column in features if column["missing_share"] >= MISSING_MUCH]
    if much:
        worst = max(much, key=lambda column: column["missing_share"])
        risks.append(
            _risk(
                "info",
                f"{_names([column['name'] for column in much])} is missing often",
                f"{worst['missing_share']:.0%} of {plain(worst['name'])}",
                "find out what makes it missing before filling it in",
                worst["missing_share"],
                "rule",
                [worst["name"], *(c["name"] for c in much if c is not worst)],
            )
        )
    constant = [column["name"] for column in features if column["constant"]]
    if constant:
        risks.append(
            _risk(
                "info",
                f"{_names(constant)} never varies",
                "one value in all rows",
                "leave it out",
                0.1,
                "exclude",
                constant,
            )
        )
    return risks


def _undeclared(roles: Roles) -> list[Risk]:
    if roles.time or roles.groups:
        return []
    return [
        _risk(
            "info",
            "neither time nor groups are declared",
            "a random split is right only where rows are independent",
            "declare roles.time or roles.groups where rows belong together",
            0.2,
            "role",
        )
    ]


def _names(names: list[str]) -> str:
    shown = ", ".join(plain(name, 24) for name in names[:_NAMED])
    return shown if len(names) <= _NAMED else f"{shown} and {len(names) - _NAMED} more"
