"""What makes an objective a fair rule: every refusal and warning, with line and remedy.

Pure. A refusal keeps the objective from being locked; a warning is shown and recorded by
nobody but the reader.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from grd_core.objective.data_rules import data_problems, structure_problems
from grd_core.objective.document import Document
from grd_core.objective.facts import DataFacts
from grd_core.objective.metric_rules import (
    falsification_problems,
    metric_problems,
    weight_problems,
)
from grd_core.objective.model import MINIMUM_SEEDS
from grd_core.objective.own_metrics import own_problems
from grd_core.objective.problem import Problem, Severity

COMPUTED_TESTS = ("paired_bootstrap",)
"""What the Evaluator can compute; a rule that names another could not be followed."""

LARGEST_ALPHA = 0.1
SECTIONS = {
    "question": "Question and why it matters",
    "believe": "What we believe and why",
    "disprove": "What would disprove it",
    "data": "Data characteristics and known risks",
    "method": "Method outline",
    "constraint": "Constraints and non-goals",
}
"""The sections a reader expects, by the word that identifies each."""

_LIMITS = ("gpu_hours", "cpu_hours", "wall_hours", "cost", "trials")


def validate(
    document: Document, facts: DataFacts | None = None, root: Path | None = None
) -> tuple[Problem, ...]:
    """Every problem of a readable objective, refusals first, then by line.

    With `facts` the columns, the roles and the distribution of the data are held against
    it, too; with the study's `root` the files of its own metrics.
    """
    found = [
        *_identity(document),
        *metric_problems(document),
        *weight_problems(document),
        *falsification_problems(document),
        *_baselines(document),
        *_evaluation(document),
        *_budget(document),
        *structure_problems(document, facts),
        *_sections(document),
    ]
    if facts is not None:
        found.extend(data_problems(document, facts))
    if root is not None:
        found.extend(own_problems(document, root))
    return tuple(sorted(found, key=lambda item: (not item.refuses, item.line, item.field)))


def _identity(document: Document) -> Iterator[Problem]:
    for field in ("id", "title", "target"):
        if not getattr(document.objective, field).strip():
            yield document.refusal(field, f"`{field}` is empty", f"write `{field}: …`")
    if not document.objective.population:
        yield document.warning(
            "population",
            "no population is named",
            "say about which cases, places and times the claim is made",
        )


def _baselines(document: Document) -> Iterator[Problem]:
    baselines = document.objective.baselines
    if not baselines:
        yield document.refusal(
            "baselines",
            "there is no baseline",
            "name the simplest thing that must be beaten, with `kind: own_run`",
        )
    elif not any(baseline.required for baseline in baselines):
        yield document.warning(
            "baselines", "no baseline is required", "write `required: true` on one"
        )
    names = [baseline.name.strip() for baseline in baselines]
    for index, baseline in enumerate(baselines):
        field = f"baselines[{index}]"
        if not names[index]:
            yield document.refusal(f"{field}.name", "the baseline has no name", "name it")
        elif names[index] in names[:index]:
            yield document.refusal(
                f"{field}.name",
                f"two baselines are called {names[index]}",
                "give each its own name",
            )
        for key in ("citation", "expected") if baseline.kind == "literature" else ():
            if getattr(baseline, key) in ("", None):
                yield document.refusal(
                    f"{field}.{key}",
                    f"the baseline {baseline.name} from the literature has no {key}",
                    f"write `{key}: …`",
                )


def _evaluation(document: Document) -> Iterator[Problem]:
    evaluation = document.objective.evaluation
    if not evaluation.justification:
        yield document.warning(
            "evaluation.justification",
            "the split has no justification",
            "say why this split stands for the use of the result",
        )
    if evaluation.folds is not None and evaluation.folds < 2:
        yield document.refusal(
            "evaluation.folds",
            f"{evaluation.folds} fold{'' if evaluation.folds == 1 else 's'} cannot hold data out",
            "write at least 2, or leave it out for one holdout",
        )
    if evaluation.training_is_random and evaluation.seeds < MINIMUM_SEEDS:
        yield document.refusal(
            "evaluation.seeds",
            f"{evaluation.seeds} seed{'' if evaluation.seeds == 1 else 's'} cannot show the "
            "spread of a random training",
            f"write at least {MINIMUM_SEEDS}, or `training_is_random: false` where it is not",
        )
    if evaluation.seeds < 1:
        yield document.refusal("evaluation.seeds", "no training is planned", "write at least 1")
    if evaluation.test not in COMPUTED_TESTS:
        yield document.refusal(
            "evaluation.test",
            f"the test {evaluation.test!r} cannot be computed",
            f"write {' or '.join(COMPUTED_TESTS)}",
        )
    if evaluation.alpha > LARGEST_ALPHA:
        yield document.warning(
            "evaluation.alpha",
            f"alpha {evaluation.alpha:g} lets chance through in one study of "
            f"{1 / evaluation.alpha:.0f}",
            f"write {LARGEST_ALPHA:g} or less",
        )


def _budget(document: Document) -> Iterator[Problem]:
    budget = document.objective.budget
    if budget is None or all(getattr(budget, name) is None for name in _LIMITS):
        yield document.refusal(
            "budget",
            "there is no budget",
            f"limit at least one of {', '.join(_LIMITS)}",
        )
        return
    if budget.peeks < 1:
        yield document.refusal(
            "budget.peeks",
            "without a look at the frozen labels nothing can be evaluated",
            "write `peeks: 1` or more",
        )
    if budget.cost is not None and not budget.currency:
        yield document.refusal(
            "budget.currency", "the cost has no currency", "write `currency: EUR`"
        )
    for field, what in (("stop_rule", "stop rule"), ("expected_gain", "expected gain")):
        if getattr(budget, field) in ("", None):
            yield document.warning(f"budget.{field}", f"there is no {what}", f"write `{field}: …`")


def _sections(document: Document) -> Iterator[Problem]:
    titles = {section.title.lower(): section for section in document.sections}
    for word, heading in SECTIONS.items():
        section = next((found for title, found in titles.items() if word in title), None)
        if section is None:
            yield Problem(
                document.front.prose_line,
                heading,
                f"the section «{heading}» is missing",
                f"write `## {heading}` and a few sentences",
                Severity.WARN,
            )
        elif not section.said.strip():
            yield Problem(
                section.line,
                heading,
                f"the section «{section.title}» is empty",
                "write a few sentences",
                Severity.WARN,
            )
