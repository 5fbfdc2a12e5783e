"""Against the baselines: gains, the composite, and the falsification criteria."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from grd_core.evaluation import schema
from grd_core.evaluation.outcome import gain_result
from grd_core.statistics.comparisons import adjust, compare_replicates, drawn_gain
from grd_core.statistics.criteria import criterion_status
from grd_core.statistics.estimate import Estimate, NotEstimable
from grd_core.statistics.estimation import Drawn
from grd_core.statistics.intervals import interval_of
from grd_core.statistics.metrics import Metric, gain, registered_name
from grd_core.statistics.observed import Floats
from grd_core.statistics.resampling import Units


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """The candidate's metrics and the baselines', drawn under the same resamples.

    `drawn` holds the baselines that have predictions, by name, metric by metric; those of
    the literature have an expected value of the first primary metric instead.
    """

    rules: tuple[dict[str, Any], ...]
    metrics: tuple[Metric, ...]
    candidate: tuple[Drawn, ...]
    baselines: tuple[dict[str, Any], ...]
    drawn: dict[str, tuple[Drawn, ...]]
    units: Units
    level: float
    multiplicity: str

    def place(self, metric: str) -> int | None:
        """Where a metric stands among the locked ones, None if it does not."""
        name = registered_name(metric)
        return next((at for at, known in enumerate(self.metrics) if known.name == name), None)

    def lead(self) -> int:
        """The place of the first primary metric: what a published value is a value of."""
        roles = [item["role"] for item in self.rules]
        return roles.index("primary") if "primary" in roles else 0

    def against(self, baseline: dict[str, Any], place: int) -> Drawn | None:
        """The baseline's metric: drawn, or constant for a published value; None if unknown."""
        if baseline["name"] in self.drawn:
            return self.drawn[baseline["name"]][place]
        expected = baseline["expected"]
        if baseline["kind"] != "literature" or expected is None or place != self.lead():
            return None
        value = float(expected)
        return Drawn(value, (value,), np.full_like(self.candidate[place].replicates, value))

    def main_baseline(self, place: int) -> tuple[str, Drawn] | None:
        """The baseline that gains are measured from: the first required one with a value,
        an own run before a published one."""
        order = sorted(
            self.baselines, key=lambda item: (not item["required"], item["kind"] != "own_run")
        )
        for baseline in order:
            found = self.against(baseline, place)
            if found is not None:
                return baseline["name"], found
        return None

    def gain(self, place: int, baseline: Drawn) -> tuple[float, Floats]:
        """The gain over a baseline, with replicates."""
        return drawn_gain(self.candidate[place], baseline, self.rules[place]["direction"])


def compare_all(compared: Compared) -> list[schema.ComparisonResult]:
    """Every metric against every baseline that has a value for it.

    p-values are adjusted within the family of one role, so that secondary metrics do not
    cost the primary ones their power.
    """
    found = list(_comparisons(compared))
    for role in ("primary", "guard", "secondary"):
        family = [at for at, one in enumerate(found) if one.role == role]
        adjusted = adjust([found[at].p_value for at in family], compared.multiplicity)
        for at, p_value in zip(family, adjusted, strict=True):
            found[at] = found[at].model_copy(update={"p_adjusted": p_value})
    return found


def _comparisons(compared: Compared) -> Iterator[schema.ComparisonResult]:
    for baseline in compared.baselines:
        for place, rule in enumerate(compared.rules):
            against = compared.against(baseline, place)
            if against is None:
                continue
            observed, gains = compared.gain(place, against)
            test = compare_replicates(observed, gains, compared.units, level=compared.level)
            yield schema.ComparisonResult(
                **schema.fields_of(test.effect, compared.level) | {"method": test.method},
                baseline=baseline["name"],
                kind=baseline["kind"],
                metric=compared.metrics[place].name,
                role=rule["role"],
                required=baseline["required"],
                baseline_estimate=against.value if math.isfinite(against.value) else None,
                p_value=test.p_value,
                p_adjusted=None,
                minimum_effect=rule["minimum_effect"],
                result=gain_result(test.effect),
            )


def judge_criterion(criterion: dict[str, Any], compared: Compared) -> schema.CriterionResult:
    """One falsification criterion by the interval of what it speaks of."""
    estimate = _spoken_of(criterion, compared)
    fields = schema.fields_of(estimate, compared.level)
    return schema.CriterionResult(
        metric=criterion["metric"],
        of=criterion["of"],
        comparison=criterion["comparison"],
        threshold=criterion["threshold"],
        meaning=criterion["meaning"],
        claim=criterion["claim"],
        estimate=fields["estimate"],
        low=fields["low"],
        high=fields["high"],
        status=criterion_status(estimate, criterion["comparison"], criterion["threshold"]),
        reason=fields["reason"],
    )


def _spoken_of(criterion: dict[str, Any], compared: Compared) -> Estimate:
    rows, units = len(compared.units.of_row), compared.units.count
    place = compared.place(criterion["metric"])
    if place is None:
        return NotEstimable(f"{criterion['metric']} is not a locked metric", rows, units)
    if criterion["of"] == "value":
        return compared.candidate[place].interval(compared.units, level=compared.level)
    main = compared.main_baseline(place)
    if main is None:
        return NotEstimable("there is no baseline to gain over", rows, units)
    observed, gains = compared.gain(place, main[1])
    return interval_of(observed, gains, compared.units, level=compared.level)


def composite_of(compared: Compared) -> schema.Composite:
    """The weighted sum of each metric's way from the baseline (0) to its threshold (1).

    Directions are taken out before weighting, so that a lower-is-better metric cannot raise
    it. A part that is missing makes the whole missing. Guards have no part in it.
    Source: OECD & JRC 2008, *Handbook on Constructing Composite Indicators*, steps 5-6
    (distance to a reference; min-max between baseline and goal).
    """
    parts = [
        _part(compared, place)
        for place, rule in enumerate(compared.rules)
        if rule["weight"] and rule["role"] != "guard"
    ]
    described = [part for part, _ in parts]
    total = math.fsum(part.weight for part in described)
    missing = [part for part in described if part.normalised is None]
    rows, units = len(compared.units.of_row), compared.units.count
    estimate: Estimate
    if not parts:
        estimate = NotEstimable("no metric carries weight", rows, units)
    elif missing:
        why = f"{missing[0].metric} is missing: {missing[0].reason}"
        estimate = NotEstimable(why, rows, units)
    else:
        value = math.fsum(p.weight * (p.normalised or 0.0) for p in described) / total
        drawn = np.sum([p.weight * way for p, way in parts], axis=0) / total
        estimate = interval_of(value, drawn, compared.units, level=compared.level)
    return schema.Composite(**schema.fields_of(estimate, compared.level), parts=described)


def _part(compared: Compared, place: int) -> tuple[schema.CompositePart, Floats]:
    rule = compared.rules[place]
    name, weight = compared.metrics[place].name, float(rule["weight"])
    main = compared.main_baseline(place)
    reason = ""
    if main is None:
        reason = "there is no baseline to start from"
    elif rule["threshold"] is None:
        reason = "there is no threshold to go to"
    else:
        observed, gains = compared.gain(place, main[1])
        way = gain(rule["direction"], float(rule["threshold"]), main[1].value)
        if not (math.isfinite(observed) and math.isfinite(way)):
            reason = "the metric is undefined on these rows"
        elif way <= 0:
            reason = f"«{main[0]}» already meets the threshold"
        else:
            return (
                schema.CompositePart(metric=name, weight=weight, normalised=observed / way),
                gains / way,
            )
    return schema.CompositePart(metric=name, weight=weight, normalised=None, reason=reason), (
        np.empty(0)
    )
