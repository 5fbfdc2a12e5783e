"""What the structure of the rows could do to a conclusion, ranked. Pure over the profile."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from grd_core.recon.column_risks import column_risks, is_time, named, structure_risk
from grd_core.recon.risks import Risk, plain, ranked
from grd_core.recon.roles import Roles

REPEATED_SHARE = 0.001
GAP_SHARE, GAP_RATIO = 0.05, 20.0
LARGEST_GROUP = 0.8
STRONG_DRIFT = 0.5
"""2·|AUC − 0.5| of the last fifth of the rows against the first; 0.95 standard deviations."""


def structure_risks(content: dict[str, Any], roles: Roles) -> tuple[Risk, ...]:
    """Risks of a structure profile, worst first."""
    used = [column for column in content["columns"] if "missing" in column]
    time, shown = content["time"], content["behaviour"]
    ordered = time is not None and bool(time.get("ordered"))
    return ranked(
        [
            *_time_risks(time, used, roles),
            *_group_risks(content["groups"]),
            *_undeclared_groups(shown["groups"]),
            *_repeated(content),
            *column_risks(used, ordered=ordered),
            *_drift(shown["drift"], roles),
            *_missing_together(shown["missing_together"]),
            *_undeclared(roles),
        ]
    )


def _time_risks(
    time: dict[str, Any] | None, columns: Sequence[dict[str, Any]], roles: Roles
) -> list[Risk]:
    if time is None:
        dated = [column["name"] for column in columns if is_time(column)]
        if not dated:
            return []
        return [
            structure_risk(
                "warning",
                f"{named(dated)} {'look' if len(dated) > 1 else 'looks'} like time, none is"
                " declared",
                "a random split would let the past be predicted from the future",
                "declare roles.time, or say in known_problems why order does not matter",
                1.0,
                "role",
                dated,
            )
        ]
    if "fault" in time:
        return [
            structure_risk(
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
            structure_risk(
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
                structure_risk(
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
                structure_risk(
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


def _undeclared_groups(found: list[dict[str, Any]]) -> list[Risk]:
    """The column with the most alike rows alone: others that group them are most often parts
    of it, or it of them."""
    if not found:
        return []
    worst = max(found, key=lambda group: float(group["alike"]))
    return [
        structure_risk(
            "warning",
            f"rows with the same {named([group['column'] for group in found])} are alike",
            f"{worst['groups']:,} values of {plain(worst['column'])}, each in"
            f" {worst['rows_each']:g} rows; likeness {worst['alike']:.2f} of 1 in"
            f" {plain(worst['alike_in'])}",
            "declare roles.groups: a split by rows puts rows of one group into both parts",
            0.75 + worst["alike"] / 10,
            "role",
            [group["column"] for group in found],
        )
    ]


def _repeated(content: dict[str, Any]) -> list[Risk]:
    share = content["repeated_rows"] / content["rows"]
    if share < REPEATED_SHARE:
        return []
    coarse = content["repeats_expected"]
    return [
        structure_risk(
            "info" if coarse else "warning",
            "rows repeat earlier rows in every feature",
            f"{content['repeated_rows']:,} of {content['rows']:,} rows ({share:.1%})"
            + ("; columns of so few values repeat by chance" if coarse else ""),
            "drop them before the split, or declare the group that repeats",
            0.4 if coarse else 0.5 + share / 2,
            "clean",
        )
    ]


def _drift(found: list[dict[str, Any]], roles: Roles) -> list[Risk]:
    if not found:
        return []
    worst = found[0]
    names = [item["column"] for item in found]
    return [
        structure_risk(
            "warning" if worst["effect"] >= STRONG_DRIFT else "info",
            f"{named(names)} {'drift' if len(names) > 1 else 'drifts'} over {plain(roles.time)}",
            f"the last fifth of the rows against the first: effect {worst['effect']:.2f} of 1 in"
            f" {plain(worst['column'])}",
            "split by time, so that the test part is as far ahead as the use will be",
            0.3 + worst["effect"] / 4,
            "split",
            names,
        )
    ]


def _missing_together(found: list[list[str]]) -> list[Risk]:
    if not found:
        return []
    largest = max(found, key=len)
    more = f"; {len(found) - 1} more such sets" if len(found) > 1 else ""
    return [
        structure_risk(
            "info",
            f"{named(largest)} are missing in the same rows",
            f"{len(largest)} columns lack their values together{more}",
            "look for the one cause: a source that was not joined, a form that was not filled in",
            0.12,
            "rule",
            largest,
        )
    ]


def _undeclared(roles: Roles) -> list[Risk]:
    if roles.time or roles.groups:
        return []
    return [
        structure_risk(
            "info",
            "neither time nor groups are declared",
            "a random split is right only where rows are independent",
            "declare roles.time or roles.groups where rows belong together",
            0.2,
            "role",
        )
    ]
