"""SCORECARD.json as types: what the Evaluator writes and what may be read back.

`scorecard.schema.json`, shipped beside this module, is the JSON Schema of `Scorecard`; a
test holds the two together. A number that could not be computed is null with a `reason`,
never zero.
"""

from __future__ import annotations

import dataclasses
import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from grd_core.statistics.estimate import Estimate, Interval, NotEstimable

SCHEMA_ID = "urn:grd:scorecard:1"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Estimated(_Part):
    """A number with its interval from n rows in `clusters` independent units."""

    estimate: float | None
    low: float | None
    high: float | None
    level: float = Field(gt=0, lt=1)
    method: str
    n: int = Field(ge=0)
    clusters: int = Field(ge=0)
    reason: str = ""


def fields_of(estimate: Estimate, level: float) -> dict[str, Any]:
    """An estimate as the fields of `Estimated`: null and a reason where there is none."""
    match estimate:
        case Interval():
            return {**dataclasses.asdict(estimate), "reason": ""}
        case NotEstimable():
            bounds = {"low": None, "high": None, "level": level}
            return {**dataclasses.asdict(estimate), **bounds}


class SeedValue(_Part):
    """The metric of one trained model."""

    seed: int | None
    estimate: float | None


class MetricResult(Estimated):
    """One locked metric on the frozen test part."""

    name: str
    role: Literal["primary", "guard", "secondary"]
    direction: Literal["lower", "higher"]
    threshold: float | None
    minimum_effect: float | None
    weight: float | None
    result: Literal["pass", "fail", "crosses", "unjudged", "not_estimable"]
    per_seed: list[SeedValue]


class StratumMetric(Estimated):
    """One locked metric within one stratum."""

    name: str


class Stratum(_Part):
    """The rows that share a value, a month or a quantile of the column."""

    value: str
    n: int
    metrics: list[StratumMetric]


class Strata(_Part):
    """One column's strata; those below `minimum_n` rows are counted, not scored."""

    column: str
    kind: Literal["value", "month", "quantile"]
    minimum_n: int
    strata: list[Stratum]
    too_small: int
    rows_too_small: int
    note: str = ""


class WorstStratum(Estimated):
    """The stratum where the first primary metric is worst, out of `among`."""

    metric: str
    column: str
    value: str
    overall: float | None
    among: int
    minimum_n: int
    note: str


class ComparisonResult(Estimated):
    """What the candidate gains over a baseline on the same rows, positive when better."""

    baseline: str
    kind: Literal["own_run", "literature"]
    metric: str
    role: Literal["primary", "guard", "secondary"]
    required: bool
    baseline_estimate: float | None
    p_value: float | None
    p_adjusted: float | None
    minimum_effect: float | None
    result: Literal["better", "worse", "undecided", "not_estimable"]


class CompositePart(_Part):
    """A metric's way from the baseline (0) to its threshold (1), before weighting."""

    metric: str
    weight: float
    normalised: float | None
    reason: str = ""


class Composite(Estimated):
    """The weighted sum of the parts; null as soon as one of them is."""

    parts: list[CompositePart]


class CriterionResult(_Part):
    """One falsification criterion, computed; `met` by the whole interval or not at all."""

    metric: str
    of: Literal["value", "gain"]
    comparison: Literal["<", "<=", ">", ">="]
    threshold: float
    meaning: str
    claim: str
    estimate: float | None
    low: float | None
    high: float | None
    status: Literal["met", "not_met", "undecided", "not_computable"]
    reason: str = ""


class OutcomeResult(_Part):
    """What became of the hypothesis by the registered rule alone, and that rule."""

    outcome: Literal["confirmed", "refuted", "inconclusive", "inadmissible", "deviated"]
    rule: str
    reasons: list[str]


class HardExample(_Part):
    """A row the model got most wrong: what it said and what was."""

    id: str
    said: str
    was: str
    error: float


class PredictionBin(_Part):
    """Rows whose prediction (or score of the positive class) lies from low to high."""

    low: float
    high: float
    n: int
    mean_said: float
    mean_was: float
    mean_error: float


class ErrorAnalysis(_Part):
    """Where it errs: the hardest rows, and the error by quantile of what was predicted."""

    error: str
    hardest: list[HardExample]
    by_prediction: list[PredictionBin]
    confusion: dict[str, dict[str, int]] | None = None


class CalibrationBin(_Part):
    """Mean score and observed share in one bin of equally many rows."""

    n: int
    mean_score: float
    observed: float


class Calibration(Estimated):
    """The expected calibration error and its bins."""

    of: str
    bins: list[CalibrationBin]


class SelectionBias(_Part):
    """How much the best of `candidates` gains by chance alone, in the metric's unit."""

    metric: str
    candidates: int = Field(ge=1)
    optimism: float | None
    method: str


class Exploratory(_Part):
    """What was not registered: it suggests, it proves nothing."""

    label: str
    errors: ErrorAnalysis
    calibration: Calibration | None
    target_quantiles: Strata | None


class Resampling(_Part):
    """How intervals were drawn, so that they can be drawn again."""

    unit: str
    clusters: int
    resamples: int
    seed: int
    strata_resamples: int


class ObjectiveReference(_Part):
    """The locked objective that was applied."""

    id: str
    title: str
    version: int
    sha256: str
    task: Literal["regression", "binary", "multiclass"]
    target: str


class LateChange(_Part):
    """What an amendment made of one field after results had been seen; it is never taken back.

    Loosened is `post_hoc`; «changed» may be easier or harder, which its reader has to judge.
    """

    version: int
    field: str
    classification: Literal["loosened", "changed"]
    before: str
    after: str
    reason: str
    results_seen: int = Field(ge=1)
    post_hoc: bool


class PredictionSource(_Part):
    """A prediction table that was scored."""

    path: str
    sha256: str
    run: int
    seed: int


class Provenance(_Part):
    """Where every number comes from, and which look at the frozen labels this was."""

    experiment: str
    freeze: int
    review: int
    peek: int
    peeks_used: int
    peeks_declared: int | None
    test_ids_sha256: str
    files: dict[str, str]
    predictions: list[PredictionSource]
    baselines: dict[str, list[PredictionSource]]


class Scorecard(_Part):
    """The Evaluator's result for one experiment, from one peek at the frozen labels."""

    format: Literal[1] = 1
    objective: ObjectiveReference
    late_changes: list[LateChange] = []
    outcome: OutcomeResult
    n: int
    metrics: list[MetricResult]
    comparisons: list[ComparisonResult]
    composite: Composite
    falsification: list[CriterionResult]
    strata: list[Strata]
    worst_stratum: WorstStratum | None
    selection_bias: SelectionBias | None
    exploratory: Exploratory
    resampling: Resampling
    provenance: Provenance


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of SCORECARD.json."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        **Scorecard.model_json_schema(),
    }


def schema_text() -> str:
    """The schema as the file that is shipped."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False, sort_keys=True) + "\n"
