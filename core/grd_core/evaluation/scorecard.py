"""The Evaluator's job: score saved predictions on frozen labels by the locked rule alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from grd_core.evaluation import schema
from grd_core.evaluation.calibration import calibration_of
from grd_core.evaluation.comparing import Compared, compare_all, composite_of, judge_criterion
from grd_core.evaluation.error_analysis import analyse_errors
from grd_core.evaluation.frozen_part import (
    Answers,
    FrozenPart,
    locked_metrics,
    read_part,
    seed_shortfall,
    stratum_columns,
)
from grd_core.evaluation.outcome import (
    JudgedCriterion,
    JudgedGain,
    JudgedMetric,
    decide_outcome,
    threshold_result,
)
from grd_core.evaluation.strata import (
    STRATA_RESAMPLES,
    Scored,
    score_strata,
    score_target_quantiles,
    worst_of,
)
from grd_core.statistics.estimate import Estimate
from grd_core.statistics.estimation import Drawn, draw_metrics, resamples_for
from grd_core.statistics.metrics import Metric
from grd_core.statistics.observed import Numbers
from grd_core.statistics.resampling import SEED, Units

Progress = Callable[[float, str], None]


def score_job(arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Score one experiment. Called only after its peek was recorded.

    Args:
        arguments: `rule` (the locked objective's decision rule), `root` (the study's, which the
            files of its own metrics are relative to), `labels` and `features`
            (paths of the frozen test part), `frozen` (their sha256 by these two names),
            `id_column`, `predictions` (`path` and `sha256` of each of the candidate's tables),
            `baselines` (name, kind, required, expected, predictions),
            `deviations` (sentences), `late_changes` (as `schema.LateChange`), `candidates`
            (experiments scored so far, this one included) and `provenance` (as
            `schema.Provenance`).
        progress: told the share done and what is done.

    Returns:
        A `schema.Scorecard` as JSON.

    Raises:
        DataError: a table is at fault, is not the recorded one, or does not cover exactly the
            frozen ids.
        RefusedError: the source of a metric of one's own is not the locked one.
    """
    rule = arguments["rule"]
    progress(0.05, "joining the frozen labels")
    part = read_part(arguments)
    candidate = part.answers(arguments["predictions"])
    baselines = {
        item["name"]: part.answers(item["predictions"])
        for item in arguments["baselines"]
        if item["predictions"]
    }
    progress(0.25, "resampling the locked metrics")
    scoring = _Scoring.of(rule, locked_metrics(arguments), part, candidate, baselines)
    compared = scoring.compared(arguments["baselines"])
    metrics = scoring.metric_results()
    comparisons = compare_all(compared)
    criteria = [judge_criterion(item, compared) for item in rule["falsification"]]
    progress(0.5, "scoring the strata")
    scored = Scored(scoring.metrics, candidate.models, part.units, scoring.level)
    strata = [score_strata(scored, name, part.features[name]) for name in stratum_columns(rule)]
    lead = scoring.lead
    progress(0.85, "looking at the errors")
    scorecard = schema.Scorecard(
        objective=schema.ObjectiveReference(
            **{key: rule[key] for key in ("id", "title", "version", "sha256", "task", "target")}
        ),
        late_changes=[schema.LateChange(**one) for one in arguments["late_changes"]],
        outcome=_outcome(arguments, candidate, metrics, comparisons, criteria),
        n=len(part.panel.ids),
        metrics=metrics,
        comparisons=comparisons,
        composite=composite_of(compared),
        falsification=criteria,
        strata=strata,
        worst_stratum=worst_of(strata, scoring.metrics[lead], metrics[lead].estimate),
        selection_bias=_selection_bias(
            scoring.metrics[lead], scoring.candidate[lead], int(arguments["candidates"])
        ),
        exploratory=schema.Exploratory(
            label="not registered: it suggests where to look and proves nothing",
            errors=analyse_errors(candidate.models, part.panel.ids),
            calibration=calibration_of(candidate.models, part.units, level=scoring.level),
            target_quantiles=_target_quantiles(scored, rule["target"]),
        ),
        resampling=schema.Resampling(
            unit=part.units.name,
            clusters=part.units.count,
            resamples=resamples_for(scoring.metrics),
            seed=SEED,
            strata_resamples=resamples_for(scoring.metrics, STRATA_RESAMPLES),
        ),
        provenance=schema.Provenance(**arguments["provenance"]),
    )
    progress(1.0, "done")
    return scorecard.model_dump(mode="json")


@dataclass(frozen=True, slots=True, eq=False)
class _Scoring:
    """Every locked metric of the candidate and the baselines, under the same resamples."""

    rules: tuple[dict[str, Any], ...]
    metrics: tuple[Metric, ...]
    units: Units
    level: float
    multiplicity: str
    answers: Answers
    candidate: tuple[Drawn, ...]
    baselines: dict[str, tuple[Drawn, ...]]

    @classmethod
    def of(
        cls,
        rule: dict[str, Any],
        metrics: tuple[Metric, ...],
        part: FrozenPart,
        answers: Answers,
        baselines: dict[str, Answers],
    ) -> _Scoring:
        models = [answers, *baselines.values()]
        requests = [(metric, one.models) for one in models for metric in metrics]
        drawn = draw_metrics(requests, part.units)
        count = len(metrics)
        groups = [drawn[start : start + count] for start in range(0, len(drawn), count)]
        evaluation = rule["evaluation"]
        return cls(
            rules=tuple(rule["metrics"]),
            metrics=metrics,
            units=part.units,
            level=1.0 - float(evaluation["alpha"]),
            multiplicity=evaluation.get("multiplicity") or "holm",
            answers=answers,
            candidate=groups[0],
            baselines=dict(zip(baselines, groups[1:], strict=True)),
        )

    @property
    def lead(self) -> int:
        """The place of the first primary metric."""
        roles = [item["role"] for item in self.rules]
        return roles.index("primary") if "primary" in roles else 0

    def interval(self, place: int) -> Estimate:
        """The candidate's interval of one metric."""
        return self.candidate[place].interval(self.units, level=self.level)

    def compared(self, baselines: Sequence[dict[str, Any]]) -> Compared:
        """What comparisons need to know."""
        return Compared(
            rules=self.rules,
            metrics=self.metrics,
            candidate=self.candidate,
            baselines=tuple(baselines),
            drawn=self.baselines,
            units=self.units,
            level=self.level,
            multiplicity=self.multiplicity,
        )

    def metric_results(self) -> list[schema.MetricResult]:
        """Each locked metric with its threshold judged."""
        found = []
        for place, rule in enumerate(self.rules):
            estimate = self.interval(place)
            direction, threshold = rule["direction"], rule["threshold"]
            each = zip(self.answers.seeds, self.candidate[place].each, strict=True)
            found.append(
                schema.MetricResult(
                    **schema.fields_of(estimate, self.level),
                    name=self.metrics[place].name,
                    role=rule["role"],
                    direction=direction,
                    threshold=threshold,
                    minimum_effect=rule["minimum_effect"],
                    weight=rule["weight"],
                    result=threshold_result(estimate, direction, threshold),
                    per_seed=[
                        schema.SeedValue(seed=seed, estimate=_finite(value)) for seed, value in each
                    ],
                )
            )
        return found


def _outcome(
    arguments: dict[str, Any],
    candidate: Answers,
    metrics: Sequence[schema.MetricResult],
    comparisons: Sequence[schema.ComparisonResult],
    criteria: Sequence[schema.CriterionResult],
) -> schema.OutcomeResult:
    """What was computed, put before the registered rule."""
    rule = arguments["rule"]
    shortfall = seed_shortfall(rule, candidate.seeds)
    decided = decide_outcome(
        [JudgedMetric(one.name, one.role, one.result, one.reason) for one in metrics],
        [_judged_gain(one, float(rule["evaluation"]["alpha"])) for one in comparisons],
        [JudgedCriterion(one.metric, one.status, one.meaning, one.reason) for one in criteria],
        missing_baselines=[
            item["name"]
            for item in arguments["baselines"]
            if item["required"] and item["kind"] == "own_run" and not item["predictions"]
        ],
        deviations=[*arguments["deviations"], *([shortfall] if shortfall else [])],
    )
    return schema.OutcomeResult(
        outcome=decided.outcome, rule=decided.rule, reasons=list(decided.reasons)
    )


def _judged_gain(one: schema.ComparisonResult, alpha: float) -> JudgedGain:
    return JudgedGain(
        baseline=one.baseline,
        metric=one.metric,
        role=one.role,
        required=one.required,
        result=one.result,
        enough=one.estimate is not None and one.estimate >= (one.minimum_effect or 0.0),
        significant=one.p_adjusted is not None and one.p_adjusted <= alpha,
    )


def _selection_bias(metric: Metric, drawn: Drawn, candidates: int) -> schema.SelectionBias:
    """σ√(2 ln K): how far the best of K equal candidates lies above their mean by chance.

    Source: Vershynin 2018, *High-Dimensional Probability*, exercise 2.5.10 (the expected
    maximum of K Gaussians), with σ the bootstrap's standard error.
    """
    defined = drawn.replicates[np.isfinite(drawn.replicates)]
    spread = float(defined.std(ddof=1)) if defined.size > 1 else math.nan
    return schema.SelectionBias(
        metric=metric.name,
        candidates=candidates,
        optimism=_finite(spread * math.sqrt(2.0 * math.log(candidates))),
        method="standard error × √(2 ln K) for K experiments scored on this test part",
    )


def _target_quantiles(scored: Scored, target: str) -> schema.Strata | None:
    first = scored.models[0]
    if not isinstance(first, Numbers):
        return None
    return score_target_quantiles(scored, target, first.truth)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
