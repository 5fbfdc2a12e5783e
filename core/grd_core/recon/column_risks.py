"""What single columns of the rows could do to a conclusion: one risk a kind, its columns named
worst first, so that a table of hundreds of columns is told in as many lines as one of ten."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from grd_core.recon.risks import Action, Risk, Severity, plain

MISSING_MUCH = 0.3
MIXED_SHARE = 0.02
COMMON_SHARE = 0.995
TAIL_SHARE = 0.75
"""Of the squared deviations, held by the worst 1% of rows; a normal column has 0.08."""
RISING_DISTINCT = 20
_NAMED = 4

Column = dict[str, Any]


def column_risks(columns: Sequence[Column], *, ordered: bool) -> list[Risk]:
    """The risks of the columns that may be looked at.

    Args:
        columns: of a structure profile, without the target and the excluded.
        ordered: whether a declared time already orders the rows.
    """
    features = [column for column in columns if column["role"] == "feature"]
    found = [_near_unique(features), _rising(features, ordered=ordered), _missing(features)]
    return [*(risk for risk in found if risk is not None), *value_risks(columns)]


def value_risks(columns: Sequence[Column]) -> list[Risk]:
    """Those of the values themselves: what must be cleaned, looked at or left out."""
    features = [column for column in columns if column["role"] == "feature"]
    found = [
        _placeholders(features),
        _infinite(columns),
        _mixed(columns),
        _variants(columns),
        _far(features),
        _near_constant(features),
        _constant(features),
    ]
    return [risk for risk in found if risk is not None]


def structure_risk(
    severity: Severity,
    title: str,
    evidence: str,
    do: str,
    weight: float,
    action: Action,
    columns: Sequence[str] = (),
) -> Risk:
    """A risk that the structure of all rows tells."""
    rounded = round(min(weight, 1.0), 4)
    return Risk(severity, title, evidence, do, "structure", rounded, tuple(columns), action)


def named(names: Sequence[str]) -> str:
    """Some names in words, the others counted."""
    shown = ", ".join(plain(name, 24) for name in names[:_NAMED])
    return shown if len(names) <= _NAMED else f"{shown} and {len(names) - _NAMED} more"


def _title(columns: Sequence[Column], one: str, many: str) -> str:
    return f"{named(_names(columns))} {one if len(columns) == 1 else many}"


def _names(columns: Sequence[Column]) -> list[str]:
    return [column["name"] for column in columns]


def _worst(columns: Sequence[Column], key: str) -> list[Column]:
    """Those that have some of it, most first."""
    return sorted((c for c in columns if c.get(key)), key=lambda column: -column[key])


def _near_unique(features: Sequence[Column]) -> Risk | None:
    found = [c for c in features if c["near_unique"] and not is_time(c)]
    if not found:
        return None
    return structure_risk(
        "warning",
        _title(found, "names single rows", "name single rows"),
        "nearly every value stands once",
        "declare it as id or exclude it: a model can only learn it by heart",
        0.7,
        "role",
        _names(found),
    )


def _rising(features: Sequence[Column], *, ordered: bool) -> Risk | None:
    found = [
        column
        for column in features
        if column.get("rises")
        and not column["near_unique"]
        and not is_time(column)
        and (column["distinct"] or 0) >= RISING_DISTINCT
    ]
    if not found:
        return None
    if ordered:
        return structure_risk(
            "info",
            _title(found, "rises with time", "rise with time"),
            "no value is below that of the row before it: a later part lies beyond what is learned",
            "use its change since the row before, or leave it out",
            0.25,
            "clean",
            _names(found),
        )
    return structure_risk(
        "warning",
        f"the rows are ordered by {named(_names(found))}",
        "no value is below that of the row before it",
        "declare it as roles.time if it is time; else ask who sorted the rows, and by what",
        0.8,
        "role",
        _names(found),
    )


def is_time(column: Column) -> bool:
    """Whether a profiled column holds times, by its type or its values."""
    return bool(column.get("looks_like_time") or column["type"].startswith(("timestamp", "date")))


def _placeholders(features: Sequence[Column]) -> Risk | None:
    found = _worst(features, "placeholder_share")
    if not found:
        return None
    worst = found[0]
    return structure_risk(
        "warning",
        _title(found, "holds a placeholder", "hold placeholders"),
        f"{worst['placeholder_share']:.1%} of {plain(worst['name'])} is"
        f" {worst['placeholder']:g}, far from all its other values",
        "find out whether it means «missing», and empty those fields",
        0.5 + worst["placeholder_share"] / 4,
        "clean",
        _names(found),
    )


def _infinite(columns: Sequence[Column]) -> Risk | None:
    found = _worst(columns, "infinite")
    if not found:
        return None
    of = f" of {plain(found[0]['name'])}" if len(found) > 1 else ""
    return structure_risk(
        "warning",
        _title(found, "holds infinite values", "hold infinite values"),
        f"{found[0]['infinite']:,} rows{of}",
        "find the division that made them, and empty those fields",
        0.45,
        "clean",
        _names(found),
    )


def _mixed(columns: Sequence[Column]) -> Risk | None:
    found = [c for c in columns if MIXED_SHARE < c.get("numeric_share", 0.0) < 1]
    if not found:
        return None
    worst = max(found, key=lambda column: float(column["numeric_share"]))
    words = ", ".join(f"«{plain(word, 16)}»" for word in worst.get("other_words", ()))
    of = f" of {plain(worst['name'])}" if len(found) > 1 else " of its values"
    return structure_risk(
        "warning",
        _title(found, "mixes numbers and words", "mix numbers and words"),
        f"{worst['numeric_share']:.1%}{of} are numbers, others are {words}",
        "find the words that mean «missing» and empty those fields",
        0.4,
        "clean",
        [worst["name"], *(name for name in _names(found) if name != worst["name"])],
    )


def _variants(columns: Sequence[Column]) -> Risk | None:
    found = _worst(columns, "variants")
    if not found:
        return None
    differ = "value differs" if found[0]["variants"] == 1 else "values differ"
    spelt = " and ".join(f"«{plain(word, 20)}»" for word in found[0].get("spellings", ()))
    return structure_risk(
        "info",
        _title(found, "spells values in several ways", "spell values in several ways"),
        f"{found[0]['variants']:,} {differ} in case or blanks alone: {spelt}",
        "fold them into one spelling",
        0.3,
        "clean",
        _names(found),
    )


def _missing(features: Sequence[Column]) -> Risk | None:
    found = [c for c in _worst(features, "missing_share") if c["missing_share"] >= MISSING_MUCH]
    if not found:
        return None
    return structure_risk(
        "info",
        _title(found, "is missing often", "are missing often"),
        f"{found[0]['missing_share']:.0%} of {plain(found[0]['name'])}",
        "find out what makes it missing before filling it in",
        found[0]["missing_share"],
        "rule",
        _names(found),
    )


def _far(features: Sequence[Column]) -> Risk | None:
    """Rows that stand apart; a placeholder is told of as one, and not again."""
    found = [
        column
        for column in _worst(features, "tail_share")
        if not column.get("placeholder_share")
        and (column["far_rows"] or column["tail_share"] >= TAIL_SHARE)
        and column["common_share"] < COMMON_SHARE
    ]
    if not found:
        return None
    worst = found[0]
    return structure_risk(
        "info",
        _title(found, "has rows far out", "have rows far out"),
        f"the worst 1% of rows hold {worst['tail_share']:.0%} of the squared deviation of"
        f" {plain(worst['name'])}, which runs from {worst['min']:g} to {worst['max']:g}",
        "look at those rows; a linear model and a scaler follow them",
        0.35,
        "look",
        _names(found),
    )


def _near_constant(features: Sequence[Column]) -> Risk | None:
    found = [
        column
        for column in _worst(features, "common_share")
        if column["common_share"] >= COMMON_SHARE
        and not column["constant"]
        and not column.get("infinite")
    ]
    if not found:
        return None
    return structure_risk(
        "info",
        _title(found, "hardly varies", "hardly vary"),
        f"one value in {found[0]['common_share']:.2%} of the rows of {plain(found[0]['name'])}",
        "see that each part has rows of the others, or leave it out",
        0.15,
        "look",
        _names(found),
    )


def _constant(features: Sequence[Column]) -> Risk | None:
    found = [column for column in features if column["constant"]]
    if not found:
        return None
    empty = [column for column in found if column["missing_share"] == 1]
    evidence = f"no value at all in {named(_names(empty))}" if empty else "one value in all rows"
    return structure_risk(
        "info",
        _title(found, "never varies", "never vary"),
        evidence,
        "leave it out, and ask whether the join or the filter before it went wrong",
        0.1,
        "exclude",
        _names(found),
    )
