"""Commands of the Objective: draft, check, lock, amend, restore."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grd_screens.commands.command import Command, Given, Outcome, at_once
from grd_screens.desk import Progress
from grd_screens.forms.form import Field, Form, Values

if TYPE_CHECKING:
    from grd_core.study import Study

PAGE = 2

LEAST_REASON = 15
"""Characters in which the form wants the reason of an amendment, before core is asked."""


def _init(study: Study, values: Values, progress: Progress) -> Outcome:
    from grd_core.objective.draft import init

    return Outcome(f"drafted {study.relative(init(study))}: e opens it", page=PAGE)


def _lock_form(study: Study, given: Given) -> Form:
    from grd_core.objective.check import check_objective

    checked = check_objective(study)
    warnings = [problem.sentence() for problem in checked.problems]
    return Form(
        "Lock the objective",
        intro=(
            "From now on OBJECTIVE.md is held to its bytes: every difference is shown as drift,"
            " and a change needs an amendment with its reason. A lock cannot be taken back.",
            *(line for line in checked.rule.splitlines() if line.strip()),
            *(f"! {warning}" for warning in warnings),
        ),
        confirm="Lock it" if checked.lockable else "Try to lock it",
    )


def _lock(study: Study, values: Values, progress: Progress) -> Outcome:
    from grd_core.gate.decision_log import write_decision_log
    from grd_core.objective.lock import objective_lock

    locked = objective_lock(study)
    rendered = write_decision_log(study)
    version = locked.version
    return Outcome(
        f"objective v{version.version} is locked, sha256 {version.sha256[:16]}…",
        notes=(rendered.note(),) if rendered.note() else (),
        page=PAGE,
    )


def _amend_form(study: Study, given: Given) -> Form:
    from grd_core.objective.lock import unamended_drift

    drift = unamended_drift(study)
    return Form(
        "Amend the objective",
        intro=(
            f"Against the last version: {drift.summary()}.",
            "What is loosened after results were seen is marked post hoc, for ever, on every"
            " later scorecard and at the gate.",
            *(
                f"{change.classification}: {change.field}  {change.before or '–'} to"
                f" {change.after or '–'}"
                for change in drift.changes
            ),
        ),
        fields=(
            Field("reason", "reason", "text", hint="why the objective changes; kept for ever"),
        ),
        problems=_amend_problems,
        confirm="Amend",
    )


def _amend_problems(values: Values) -> dict[str, str]:
    given = len(values["reason"].strip())
    if given < LEAST_REASON:
        return {"reason": f"{LEAST_REASON - given} characters more: say why"}
    return {}


def _amend(study: Study, values: Values, progress: Progress) -> Outcome:
    from grd_core.gate.decision_log import write_decision_log
    from grd_core.objective.lock import amend

    locked = amend(study, values["reason"])
    write_decision_log(study)
    version = locked.version
    post_hoc = sum(change.post_hoc for change in version.changes)
    marked = f", {post_hoc} marked post hoc" if post_hoc else ""
    return Outcome(f"objective v{version.version} is locked{marked}", page=PAGE)


def _restore_form(study: Study, given: Given) -> Form:
    return Form(
        "Restore the objective",
        intro=(
            "OBJECTIVE.md becomes the locked version again; what stands there now is kept"
            " in a file beside it.",
        ),
        confirm="Restore",
    )


def _restore(study: Study, values: Values, progress: Progress) -> Outcome:
    from grd_core.objective.restore import restore

    restored = restore(study)
    kept = f"; yours is {study.relative(restored.kept)}" if restored.kept else ""
    return Outcome(f"OBJECTIVE.md is the locked version {restored.version} again{kept}", page=PAGE)


OBJECTIVE_COMMANDS: tuple[Command, ...] = (
    Command(
        "objective init",
        "draft OBJECTIVE.md from the declared data",
        PAGE,
        "writes",
        at_once("Draft the objective"),
        _init,
    ),
    Command("objective lock", "lock OBJECTIVE.md by its bytes", PAGE, "writes", _lock_form, _lock),
    Command(
        "objective amend",
        "record a change of the objective with its reason",
        PAGE,
        "writes",
        _amend_form,
        _amend,
    ),
    Command(
        "objective restore",
        "put the locked OBJECTIVE.md back; an edited one is kept beside it",
        PAGE,
        "writes",
        _restore_form,
        _restore,
    ),
)
