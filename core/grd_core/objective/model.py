"""The front matter of OBJECTIVE.md as types: what the machine judges by.

Types only say what a value may look like; whether the values make a fair rule is said
by `rules`. Numbers must be numbers and text must be text: nothing is guessed.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from grd_core.statistics.metrics import lookup, registered_name

Task = Literal["regression", "binary", "multiclass"]
Role = Literal["primary", "guard", "secondary"]
Direction = Literal["lower", "higher"]
Comparison = Literal["<", "<=", ">", ">="]
Strategy = Literal["temporal", "grouped", "stratified", "grouped_stratified", "blocked", "random"]
Multiplicity = Literal["none", "benjamini_hochberg", "holm", "bonferroni"]

DEFAULT_ALPHA = 0.05
DEFAULT_SEEDS = 5
MINIMUM_SEEDS = 5
"""With fewer, the spread of a mean over seeds cannot be told (t with 4 degrees of freedom)."""


def _listed(value: object) -> object:
    """One word where a list is expected is a list of one; an empty value is an empty list."""
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else value


def _spelled(value: object) -> object:
    """«own run», «own-run» and «Own_Run» are one word to a person."""
    return "_".join(value.lower().replace("-", " ").split()) if isinstance(value, str) else value


def _blank(value: object) -> object:
    return "" if value is None else value


Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Amount = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0)]
Count = Annotated[int, Field(strict=True, ge=0)]
Share = Annotated[float, Field(strict=True, gt=0, lt=1)]
Flag = Annotated[bool, Field(strict=True)]
Text = Annotated[str, BeforeValidator(_blank)]
"""Text that may be left empty; a bare key counts as empty."""
Words = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Metric(_Part):
    """One metric: by what number, in which direction, from where on it counts as met.

    `minimum_effect` is the smallest gain over the baseline worth having, in the metric's
    unit. `reason` says why a metric is used that does not fit the recorded distribution.
    `needs`, `low` and `high` are for a function of one's own, named `module:function`: what
    it is given beside the truth, and the bounds of its values.
    """

    name: str
    role: Role
    direction: Direction | None = None
    threshold: Number | None = None
    minimum_effect: Amount | None = None
    weight: Amount | None = None
    reason: Text = ""
    needs: Literal["values", "labels", "scores"] | None = None
    low: Number | None = None
    high: Number | None = None

    @property
    def registered(self) -> str:
        """The name in the catalogue of metrics, or the name as written if it is not there."""
        return registered_name(self.name)

    @property
    def good(self) -> Direction | None:
        """The direction as written, else the catalogue's; None when nobody says it."""
        known = lookup(self.name)
        return self.direction or (known.direction if known else None)


class Evaluation(_Part):
    """How the result will be measured: the split, its reasons, seeds and the test.

    `holdout` is the share of rows in the frozen part, in (0, 1). `cluster` names the
    column whose rows are resampled together. `seeds` counts trainings with different
    seeds.
    """

    split: Strategy
    justification: Text = ""
    holdout: Share | None = None
    folds: Count | None = None
    time: Text = ""
    groups: Words = ()
    group_justification: Text = ""
    cluster: Text = ""
    seeds: Count = DEFAULT_SEEDS
    test: Text = "paired_bootstrap"
    alpha: Share = DEFAULT_ALPHA
    multiplicity: Annotated[Multiplicity, BeforeValidator(_spelled)] = "holm"
    exclusions: Words = ()
    missing_data: Text = ""
    training_is_random: Flag = True


class Baseline(_Part):
    """What must be beaten: a run of one's own, or a published value with its citation."""

    name: str
    kind: Annotated[Literal["own_run", "literature"], BeforeValidator(_spelled)]
    required: Flag = True
    expected: Number | None = None
    citation: Text = ""


class Criterion(_Part):
    """One way to be proved wrong: refuted when `metric` compares so with `threshold`.

    `of` is «value» for the metric itself, or «gain» for how much better it is than the
    baseline, positive when better in either direction.
    """

    metric: str
    of: Literal["value", "gain"] = "value"
    comparison: Comparison
    threshold: Number
    meaning: Text = ""
    claim: Text = ""

    @property
    def registered(self) -> str:
        """The metric's name in the catalogue, or as written if it is not there."""
        return registered_name(self.metric)


class Budget(_Part):
    """What the study may spend: hours, money, trials, and looks at the frozen labels."""

    gpu_hours: Amount | None = None
    cpu_hours: Amount | None = None
    wall_hours: Amount | None = None
    cost: Amount | None = None
    currency: Text = ""
    trials: Count | None = None
    peeks: Count = 1
    expected_gain: Number | str | None = None
    stop_rule: Text = ""


class Objective(_Part):
    """The whole front matter."""

    id: str
    title: str
    population: Text = ""
    task: Task
    target: str
    metrics: tuple[Metric, ...] = ()
    strata: Words = ()
    evaluation: Evaluation
    baselines: tuple[Baseline, ...] = ()
    falsification: tuple[Criterion, ...] = ()
    budget: Budget | None = None
    seen: Words = ()
    exploratory: Words = ()

    def lead(self) -> Metric | None:
        """The first primary metric: what a published value is a value of."""
        return next((metric for metric in self.metrics if metric.role == "primary"), None)

    def measured_from(self, metric: Metric) -> Baseline | None:
        """The baseline that a metric's gain is measured from: the first required one with a
        value of it, an own run before a published one. The Evaluator takes the next one where
        a baseline that is not required was never run."""
        lead = self.lead()
        order = sorted(self.baselines, key=lambda one: (not one.required, one.kind != "own_run"))
        return next(
            (
                one
                for one in order
                if one.kind == "own_run" or (one.expected is not None and metric is lead)
            ),
            None,
        )

    def weights(self) -> dict[str, float]:
        """The share of each metric in the composite, by registered name; guards have none.

        A single primary metric of an objective that writes no weight at all carries 1.
        """
        written = [metric.weight for metric in self.metrics if metric.weight is not None]
        primary = [metric for metric in self.metrics if metric.role == "primary"]
        alone = not written and len(primary) == 1
        return {
            metric.registered: 1.0
            if alone and metric.role == "primary"
            else (0.0 if metric.role == "guard" else metric.weight or 0.0)
            for metric in self.metrics
        }
