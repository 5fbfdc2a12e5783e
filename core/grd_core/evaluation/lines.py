"""A scorecard's content as typed lines for a face. Light: nothing but the content is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from grd_core.evaluation.summary import late_changes


@dataclass(frozen=True, slots=True)
class Number:
    """An estimate with its interval; None where there is none, with the reason."""

    estimate: float | None
    low: float | None
    high: float | None
    level: float
    n: int
    clusters: int
    method: str
    reason: str


@dataclass(frozen=True, slots=True)
class MetricLine:
    """A locked metric with its threshold and what became of it."""

    name: str
    role: str
    direction: str
    threshold: float | None
    number: Number
    result: str


@dataclass(frozen=True, slots=True)
class GainLine:
    """A gain over a baseline, positive when better."""

    baseline: str
    metric: str
    role: str
    number: Number
    p_adjusted: float | None
    minimum_effect: float | None
    result: str


@dataclass(frozen=True, slots=True)
class CriterionLine:
    """A falsification criterion, computed."""

    metric: str
    of: str
    comparison: str
    threshold: float
    meaning: str
    status: str


@dataclass(frozen=True, slots=True)
class StratumLine:
    """A stratum: column, value, rows, and the metric there and overall; one of `among`."""

    column: str
    value: str
    metric: str
    number: Number
    overall: float | None
    among: int


@dataclass(frozen=True, slots=True)
class ErrorLine:
    """One of the rows the model got most wrong."""

    id: str
    said: str
    was: str
    error: float


@dataclass(frozen=True, slots=True)
class PredictionLine:
    """Rows with predictions from `low` to `high`: what was said, what was, the mean error."""

    low: float
    high: float
    n: int
    mean_said: float
    mean_was: float
    mean_error: float


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """Rows of about the same score: the mean score and the share that came true."""

    n: int
    mean_score: float
    observed: float


@dataclass(frozen=True, slots=True)
class CalibrationLine:
    """The expected calibration error, in [0, 1], of what is named by `of`, and its bins."""

    of: str
    number: Number
    bins: tuple[CalibrationBin, ...]


@dataclass(frozen=True, slots=True)
class TriedLine:
    """How many experiments were scored on this test part, and how much the best of them
    gains by chance alone, in the unit of the metric."""

    metric: str
    candidates: int
    optimism: float | None
    method: str


def described(content: dict[str, Any]) -> dict[str, Any]:
    """A scorecard's content as the lines of a snapshot, by their names in it."""
    worst, exploratory = content["worst_stratum"], content["exploratory"]
    return {
        "rule": content["outcome"]["rule"],
        "reasons": tuple(content["outcome"]["reasons"]),
        "late_changes": late_changes(content),
        "metrics": tuple(
            MetricLine(
                one["name"],
                one["role"],
                one["direction"],
                one["threshold"],
                _number(one),
                one["result"],
            )
            for one in content["metrics"]
        ),
        "composite": _number(content["composite"]),
        "gains": tuple(
            GainLine(
                one["baseline"],
                one["metric"],
                one["role"],
                _number(one),
                one["p_adjusted"],
                one["minimum_effect"],
                one["result"],
            )
            for one in content["comparisons"]
        ),
        "criteria": tuple(
            CriterionLine(
                one["metric"],
                one["of"],
                one["comparison"],
                one["threshold"],
                one["meaning"],
                one["status"],
            )
            for one in content["falsification"]
        ),
        "worst": worst
        and StratumLine(
            worst["column"],
            worst["value"],
            worst["metric"],
            _number(worst),
            worst["overall"],
            worst["among"],
        ),
        "hardest": tuple(
            ErrorLine(one["id"], one["said"], one["was"], one["error"])
            for one in exploratory["errors"]["hardest"]
        ),
        "strata": _strata(content, content["strata"]),
        "strata_too_small": sum(one["too_small"] for one in content["strata"]),
        "by_prediction": tuple(
            PredictionLine(**one) for one in exploratory["errors"]["by_prediction"]
        ),
        "target_quantiles": _strata(
            content, [one] if (one := exploratory["target_quantiles"]) else []
        ),
        "calibration": _calibration(exploratory["calibration"]),
        "tried": (bias := content["selection_bias"]) and TriedLine(**bias),
    }


def _number(fields: dict[str, Any]) -> Number:
    return Number(**{name: fields[name] for name in Number.__slots__})


def _strata(content: dict[str, Any], columns: list[dict[str, Any]]) -> tuple[StratumLine, ...]:
    """The strata of these columns by metric, the first primary one first, worst on top."""
    found = []
    for metric in sorted(content["metrics"], key=lambda one: one["role"] != "primary"):
        name = metric["name"]
        scored = [
            (column["column"], stratum["value"], one)
            for column in columns
            for stratum in column["strata"]
            for one in stratum["metrics"]
            if one["name"] == name
        ]
        sign = -1.0 if metric["direction"] == "lower" else 1.0
        lines = [
            StratumLine(column, value, name, _number(one), metric["estimate"], len(scored))
            for column, value, one in scored
        ]
        found += sorted(lines, key=lambda line: _badness(line.number.estimate, sign))
    return tuple(found)


def _badness(estimate: float | None, sign: float) -> tuple[bool, float]:
    """Sorts the worst first and what could not be estimated last."""
    return estimate is None, sign * (estimate or 0.0)


def _calibration(found: dict[str, Any] | None) -> CalibrationLine | None:
    if found is None:
        return None
    bins = tuple(CalibrationBin(**one) for one in found["bins"])
    return CalibrationLine(found["of"], _number(found), bins)
