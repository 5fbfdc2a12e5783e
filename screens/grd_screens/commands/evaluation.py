"""Commands of the Evaluation: score an experiment on the frozen labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grd_screens.commands.command import Command, Given, Outcome
from grd_screens.desk import Progress
from grd_screens.forms.form import Field, Form, Values, required

if TYPE_CHECKING:
    from grd_core.evaluation.admission import Admitted
    from grd_core.evaluation.listing import EvaluationLine
    from grd_core.study import Study

PAGE = 4


def _form(study: Study, given: Given) -> Form:
    """What the look costs; a reason is asked where core goes on only with one.

    Raises:
        RefusedError: it may not be scored, and why.
    """
    from grd_core.evaluation.listing import evaluation_list

    lines = evaluation_list(study)
    known = given.get("experiment", "")
    if not known:
        return _which(lines)
    from grd_core.critic.inputs import input_hashes
    from grd_core.evaluation.admission import admit
    from grd_core.evaluation.snapshot import evaluation_snapshot
    from grd_core.runs.experiments import find_experiment

    experiment = find_experiment(study, known)
    line = next(line for line in lines if line.number == experiment.number)
    # Asked here already: nobody should write a reason for what is refused anyway.
    admitted = admit(study, experiment, input_hashes, "asked for in the form")
    snapshot = evaluation_snapshot(study, experiment)
    asked = _asked(line, admitted)
    field = Field("accept", "accept because", "text", hint="why to go on all the same; recorded")
    return Form(
        f"Evaluate {experiment.name}",
        intro=(
            _cost(line, snapshot.peeks_used, admitted.peeks_declared),
            f"It may be scored: {admitted.why.removesuffix('; accepted: asked for in the form')}",
            *(f"! the outcome can only be «deviated»: {one}" for one in admitted.deviations),
            *(f"! {reason}" for reason in asked),
        ),
        fields=(field,) if asked else (),
        problems=(lambda values: required(values, "accept")) if asked else lambda values: {},
        confirm="Evaluate",
    )


def _which(lines: tuple[EvaluationLine, ...]) -> Form:
    open_now = tuple(line.experiment for line in lines if not line.not_yet)
    waiting = tuple(f"{line.experiment}: {line.not_yet}" for line in lines if line.not_yet)
    return Form(
        "Evaluate",
        intro=("A scoring spends a look at the frozen labels, for ever.", *waiting),
        fields=(
            Field("experiment", "experiment", completions=open_now),
            Field("accept", "accept because", hint="only with low confidence or too few seeds"),
        ),
        problems=lambda values: required(values, "experiment"),
        confirm="Evaluate",
    )


def _cost(line: EvaluationLine, used: int, declared: int | None) -> str:
    limit = "no declared limit" if declared is None else str(declared)
    look = f"look {used + 1} of {limit} at the frozen labels"
    if line.state == "interrupted":
        return (
            "A scoring was begun and left no scorecard. The same predictions are scored under the"
            f" look that is spent; others spend {look}, for ever."
        )
    if line.state == "scored":
        return (
            f"It was scored on {line.at[:10]}: {line.outcome}. Where predictions, baselines and"
            f" rule are the same that scorecard stands and no look is spent; else this is {look},"
            " for ever."
        )
    left = "" if declared is None else f" {max(declared - used - 1, 0)} are left after it."
    return f"This is {look}. It counts for ever, whatever comes of it.{left}"


def _asked(line: EvaluationLine, admitted: Admitted) -> tuple[str, ...]:
    """Why core goes on only with a reason."""
    reasons = []
    if line.accept:
        reasons.append("the Critic's confidence is low, so a person decides")
    evaluation = admitted.objective.rule["evaluation"]
    seeds = evaluation.get("seeds") or 0
    declared = len(seeds) if isinstance(seeds, list) else int(seeds)
    trained = len({table.seed for table in admitted.material.candidate})
    if evaluation.get("training_is_random", True) and trained < declared:
        reasons.append(
            f"{declared} seeds were declared, predictions of {trained} exist: the outcome can only"
            " be «deviated»"
        )
    return tuple(reasons)


def _evaluate(study: Study, values: Values, progress: Progress) -> Outcome:
    from grd_core.critic.inputs import input_hashes
    from grd_core.critic.last_review import review_scorecard
    from grd_core.evaluation.evaluate import evaluate
    from grd_core.gate.decision_log import write_decision_log

    reference = values["experiment"]
    snapshot = evaluate(
        study,
        reference,
        input_hashes,
        acceptance=values.get("accept", ""),
        on_progress=progress,
    )
    progress(1.0, "the last review")
    review_scorecard(study, reference)
    rendered = write_decision_log(study)
    declared = snapshot.peeks_declared
    limit = "no declared limit" if declared is None else str(declared)
    return Outcome(
        f"{snapshot.experiment} is {snapshot.outcome}; look {snapshot.peeks_used} of {limit}",
        notes=(rendered.note(),) if rendered.note() else (),
        page=PAGE,
        about=str(snapshot.number),
    )


EVALUATION_COMMANDS: tuple[Command, ...] = (
    Command(
        "evaluate",
        "score an experiment on the frozen test part",
        PAGE,
        "writes",
        _form,
        _evaluate,
    ),
)
