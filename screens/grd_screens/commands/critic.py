"""Commands of the Critic: review an experiment, accept a finding, read a check's page."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from grd_screens.commands.command import Command, Given, OpenDocument, OpenReview, Outcome
from grd_screens.critic.documents import document_of
from grd_screens.desk import Progress
from grd_screens.forms.form import Field, Form, Values, required

if TYPE_CHECKING:
    from grd_core.study import Study

PAGE = 3

LEAST_REASON = 15
"""Characters in which the form wants a waiver's reason, before core is asked."""


def _critic_form(study: Study, given: Given) -> Form:
    if given.get("experiment"):
        return Form("Critic")
    names = _open_experiments(study)
    return Form(
        "Review an experiment",
        intro=("Every check runs in a worker of its own; nothing is recorded by looking.",),
        fields=(
            Field(
                "experiment",
                "experiment",
                value=names[-1] if names else "",
                hint="its number or name",
                completions=names,
            ),
        ),
        problems=lambda values: required(values, "experiment"),
        confirm="Review",
    )


def _critic(study: Study, values: Values, progress: Progress) -> Outcome:
    from grd_core.runs.experiments import find_experiment

    found = find_experiment(study, values["experiment"])
    return Outcome("", opens=OpenReview(found.number, found.name))


def _waive_form(study: Study, given: Given) -> Form:
    from grd_core.checks.registry import all_checks, find_check
    from grd_core.critic.waivers import DEFAULT_DAYS, MOST_DAYS, NOT_WAIVABLE
    from grd_core.errors import RefusedError

    code = given.get("check", "")
    if code in NOT_WAIVABLE:
        raise RefusedError(f"{code} cannot be waived", fix=NOT_WAIVABLE[code])
    today = date.today()
    asked = []
    if not given.get("experiment"):
        names = _open_experiments(study)
        last = names[-1] if names else ""
        asked.append(Field("experiment", "experiment", value=last, completions=names))
    if not code:
        asked.append(Field("check", "check", hint="C101", completions=tuple(all_checks())))
    about = f"{code} {find_check(code).title}" if code else "a check"
    return Form(
        f"Waive {about}",
        intro=(
            "The check is applied afresh, and the waiver holds for what it finds now and for"
            " nothing that comes later. The finding stays visible, as waived, in every log and"
            " at the gate.",
        ),
        fields=(
            *asked,
            Field("reason", "reason", "text", hint="why it does not hurt here; kept for ever"),
            Field(
                "path", "in file", value=given.get("path", ""), hint="empty: wherever it is found"
            ),
            Field(
                "expires",
                "until",
                value=(today + timedelta(days=DEFAULT_DAYS)).isoformat(),
                hint=f"a date, at most {MOST_DAYS} days from now",
            ),
        ),
        problems=lambda values: _waive_problems(values, today, MOST_DAYS),
        consequence=lambda values: _waive_consequence(code, values),
        confirm="Waive",
    )


def _waive_consequence(code: str, values: Values) -> str:
    """What is accepted, where and until when; a path longer than its field is read here."""
    check = code or values["check"].strip() or "the check"
    where = values["path"].strip() or "every file"
    return f"accepts {check} in {where} until {values['expires'].strip()}"


def _waive_problems(values: Values, today: date, most_days: int) -> dict[str, str]:
    found = required(values, *(name for name in ("experiment", "check") if name in values))
    missing = LEAST_REASON - len(values["reason"].strip())
    if missing > 0:
        found["reason"] = f"{missing} characters more: say why it does not hurt here"
    try:
        days = (date.fromisoformat(values["expires"].strip()) - today).days
    except ValueError:
        found["expires"] = "a date as 2026-12-31"
    else:
        if not 0 < days <= most_days:
            found["expires"] = f"a date to come, at most {most_days} days from now"
    return found


def _waive(study: Study, values: Values, progress: Progress) -> Outcome:
    from grd_core.critic.waivers import waive
    from grd_core.gate.decision_log import write_decision_log
    from grd_core.runs.experiments import find_experiment

    found = find_experiment(study, values["experiment"])
    waiver = waive(
        study,
        found,
        values["check"],
        reason=values["reason"],
        path=values["path"].strip(),
        expires=values["expires"].strip(),
    )
    rendered = write_decision_log(study)
    return Outcome(
        f"{waiver.code} is waived for {found.name} until {waiver.expires[:10]}",
        notes=(rendered.note(),) if rendered.note() else (),
    )


def _explain_form(study: Study, given: Given) -> Form:
    if given.get("check"):
        return Form("Explain")
    from grd_core.checks.registry import all_checks

    checks = all_checks()
    return Form(
        "Explain a check",
        intro=tuple(f"{code}  {check.title}" for code, check in checks.items()),
        fields=(Field("check", "check", hint="C101", completions=tuple(checks)),),
        problems=lambda values: required(values, "check"),
        confirm="Explain",
    )


def _explain(study: Study, values: Values, progress: Progress) -> Outcome:
    from grd_core.checks.registry import find_check

    return Outcome("", opens=OpenDocument(document_of(find_check(values["check"]))))


def _open_experiments(study: Study) -> tuple[str, ...]:
    from grd_core.runs.experiments import list_experiments

    with study.read() as ledger:
        known = list_experiments(study, ledger)
    return tuple(record.name for record in known if record.state == "open")


CRITIC_COMMANDS: tuple[Command, ...] = (
    Command("critic", "run every check on an experiment", PAGE, "reads", _critic_form, _critic),
    Command(
        "waive", "accept a finding, with a reason, for a time", PAGE, "writes", _waive_form, _waive
    ),
    Command("explain", "read the page of a check", PAGE, "reads", _explain_form, _explain),
)
