"""Commands of the Objective: draft, check, lock, amend, restore, compare."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grd_screens.commands.command import Command, Given, OpenDocument, Outcome, at_once
from grd_screens.critic.documents import Document, Verbatim
from grd_screens.desk import Progress
from grd_screens.forms.form import Field, Form, Values

if TYPE_CHECKING:
    from grd_core.objective.drift import FieldChange
    from grd_core.study import Study

PAGE = 2
AS_WRITTEN, AS_JUDGED = "as it was written", "as it is judged"

LEAST_REASON = 15
"""Characters in which the form wants the reason of an amendment, before core is asked."""


def _init(study: Study, values: Values, progress: Progress) -> Outcome:
    from grd_core.objective.draft import init

    return Outcome(f"drafted {study.relative(init(study))}: e opens it", page=PAGE)


def _check(study: Study, values: Values, progress: Progress) -> Outcome:
    from grd_core.objective.check import check_objective

    checked = check_objective(study)
    refusals = sum(problem.refuses for problem in checked.problems)
    warnings = len(checked.problems) - refusals
    said = "it can be locked" if checked.lockable else f"{refusals} keep it from being locked"
    warned = f", {warnings} more are warnings" if warnings else ""
    return Outcome(f"OBJECTIVE.md: {said}{warned}", page=PAGE)


def _lock_form(study: Study, given: Given) -> Form:
    from grd_core.errors import RefusedError
    from grd_core.objective.check import check_objective
    from grd_core.objective.versions import locked_versions

    with study.read() as ledger:
        versions = locked_versions(ledger)
    if versions:
        raise RefusedError(
            f"the objective is locked already, as v{versions[-1].version}",
            where="OBJECTIVE.md",
            fix="an amendment records a change of the file with its reason",
        )
    checked = check_objective(study)
    refusals = [problem.sentence() for problem in checked.problems if problem.refuses]
    if refusals:
        more = f" (and {len(refusals) - 1} more)" if len(refusals) > 1 else ""
        raise RefusedError(
            f"{refusals[0]}{more}", where="OBJECTIVE.md", fix="the page lists every problem"
        )
    return Form(
        "Lock the objective",
        intro=(
            "From now on OBJECTIVE.md is held to its bytes: every difference is shown as drift,"
            " and a change needs an amendment with its reason. A lock cannot be taken back."
            " You agree to this:",
            *(line for line in checked.rule.splitlines() if line.strip()),
            *(f"! {problem.sentence()}" for problem in checked.problems),
        ),
        confirm="Lock it",
    )


def _lock(study: Study, values: Values, progress: Progress) -> Outcome:
    from grd_core.gate.decision_log import write_decision_log
    from grd_core.objective.lock import objective_lock

    locked = objective_lock(study)
    rendered = write_decision_log(study)
    version = locked.version
    return Outcome(
        f"objective v{version.version} is locked, sha256 {version.sha256[:16]}",
        notes=(rendered.note(),) if rendered.note() else (),
        page=PAGE,
    )


def _amend_form(study: Study, given: Given) -> Form:
    from grd_core.errors import RefusedError
    from grd_core.objective.lock import unamended_drift
    from grd_core.objective.versions import current_objective, results_so_far

    version = current_objective(study).version
    drift = unamended_drift(study)
    if drift.identical:
        raise RefusedError(
            f"nothing differs from v{version}", where="OBJECTIVE.md", fix="edit the file first"
        )
    if not drift.readable:
        raise RefusedError(
            f"OBJECTIVE.md cannot be amended as it stands: {drift.fault}",
            where="OBJECTIVE.md",
            fix="correct it, or restore the locked version",
        )
    with study.read() as ledger:
        results = results_so_far(ledger).count
    loosened = sum(change.classification == "loosened" for change in drift.changes)
    return Form(
        f"Amend the objective: v{version} becomes v{version + 1}",
        intro=(
            f"Against v{version}: {drift.summary()}.",
            *(_change(change) for change in drift.changes),
            _consequence(loosened, results),
        ),
        fields=(
            Field("reason", "reason", "text", hint="why the objective changes; kept for ever"),
        ),
        problems=_amend_problems,
        confirm="Amend",
    )


def _change(change: FieldChange) -> str:
    values = f"{change.before} becomes {change.after}" if change.before else change.after
    return f"  {change.classification}: {change.field}  {values}"


def _consequence(loosened: int, results: int) -> str:
    if not loosened:
        return "Nothing is loosened, so nothing is marked post hoc."
    if not results:
        return f"{loosened} loosened before any result: not post hoc."
    return (
        f"{loosened} loosened after {results} results were seen: marked post hoc, for ever, on"
        " every later scorecard and at the gate."
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
    rendered = write_decision_log(study)
    version = locked.version
    post_hoc = sum(change.post_hoc for change in version.changes)
    marked = f", {post_hoc} marked post hoc" if post_hoc else ""
    return Outcome(
        f"objective v{version.version} is locked{marked}",
        notes=(rendered.note(),) if rendered.note() else (),
        page=PAGE,
    )


def _restore_form(study: Study, given: Given) -> Form:
    from grd_core.objective.lock import unamended_drift
    from grd_core.objective.versions import current_objective

    version = current_objective(study).version
    drift = unamended_drift(study)
    return Form(
        f"Restore v{version} of the objective",
        intro=(
            f"OBJECTIVE.md becomes v{version} again, byte for byte. What stands there now"
            f" ({drift.summary()}) is kept in a file beside it.",
        ),
        confirm="Restore",
    )


def _restore(study: Study, values: Values, progress: Progress) -> Outcome:
    from grd_core.objective.restore import restore

    restored = restore(study)
    kept = f"; yours is {study.relative(restored.kept)}" if restored.kept else ""
    return Outcome(f"OBJECTIVE.md is the locked version {restored.version} again{kept}", page=PAGE)


def _diff_form(study: Study, given: Given) -> Form:
    from grd_core.objective.comparison import versions
    from grd_core.objective.versions import all_versions

    locked = all_versions(study)
    names = tuple(one.name for one in versions(study))
    latest = names[-1]
    return Form(
        "Compare versions of the objective",
        intro=tuple(
            f"v{one.version}  {one.at[:10]}  {one.author}"
            + (f": {one.reason}" if one.reason else "")
            for one in locked
        ),
        fields=(
            Field("left", "earlier", "choice", given.get("left") or names[0], choices=names),
            Field("right", "later", "choice", given.get("right") or latest, choices=names),
        ),
        problems=_diff_problems,
        confirm="Compare",
    )


def _diff_problems(values: Values) -> dict[str, str]:
    missing = {name: "choose one" for name in ("left", "right") if not values[name]}
    if not missing and values["left"] == values["right"]:
        return {"right": "a version does not differ from itself"}
    return missing


def _diff(study: Study, values: Values, progress: Progress) -> Outcome:
    left, right = values["left"], values["right"]
    return Outcome(f"{left} and {right}", page=PAGE, about=f"compare:{left}:{right}")


def _show_form(study: Study, given: Given) -> Form:
    from grd_core.objective.versions import all_versions

    names = tuple(f"v{one.version}" for one in all_versions(study))
    return Form(
        "Show a locked version",
        intro=("As it is judged, every default, direction and weight is resolved.",),
        fields=(
            Field("version", "version", "choice", names[-1], choices=names),
            Field("what", "show it", "choice", AS_WRITTEN, choices=(AS_WRITTEN, AS_JUDGED)),
        ),
        problems=lambda values: {
            name: "choose one" for name in ("version", "what") if not values[name]
        },
        confirm="Show",
    )


def _show(study: Study, values: Values, progress: Progress) -> Outcome:
    from grd_core.objective.show import locked_version, rule_of

    shown = locked_version(study, int(values["version"].removeprefix("v")))
    judged = values["what"] == AS_JUDGED
    text = rule_of(shown) if judged else shown.raw.decode("utf-8-sig", errors="replace")
    title = f"Objective v{shown.version}, {values['what']}"
    return Outcome(
        "", opens=OpenDocument(Document(title, (Verbatim(tuple(text.splitlines())),), "Objective"))
    )


OBJECTIVE_COMMANDS: tuple[Command, ...] = (
    Command(
        "objective init",
        "draft OBJECTIVE.md from the declared data",
        PAGE,
        "writes",
        at_once("Draft the objective"),
        _init,
    ),
    Command(
        "objective check",
        "say what keeps OBJECTIVE.md from being locked",
        PAGE,
        "reads",
        at_once("Check the objective"),
        _check,
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
    Command(
        "objective show",
        "read a locked version, as it was written or as it is judged",
        PAGE,
        "reads",
        _show_form,
        _show,
    ),
    Command(
        "objective diff",
        "hold any two versions of the objective against each other",
        PAGE,
        "reads",
        _diff_form,
        _diff,
    ),
)
