"""Commands of Recon: declare, profile, split, freeze, verify and unfreeze the data; compare two
files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grd_screens.commands.bare_files import check_files, files_form
from grd_screens.commands.command import Command, Given, Outcome, at_once
from grd_screens.commands.data_add import add, add_form
from grd_screens.commands.data_split import split, split_form
from grd_screens.desk import Progress
from grd_screens.forms.form import Field, Form, Values, required

if TYPE_CHECKING:
    from grd_core.recon.records import SplitRecord
    from grd_core.study import Study

PAGE = 1


def _profile(study: Study, values: Values, progress: Progress) -> Outcome:
    from grd_core.recon.profile import profile
    from grd_core.recon.snapshot import recon_snapshot

    profile(study, on_progress=progress)
    risks = recon_snapshot(study).risks
    blocking = sum(risk.severity == "blocking" for risk in risks)
    worst = f", {blocking} of them blocking" if blocking else ""
    number = f"{len(risks)} risk" + ("" if len(risks) == 1 else "s")
    return Outcome(f"profiled: {number}{worst}", notes=_report_note(study), page=PAGE)


def _report_note(study: Study) -> tuple[str, ...]:
    from grd_core.recon.report import REPORT_FILE
    from grd_core.rendering import is_untouched

    if is_untouched(study.ledger_path, study.root, study.root / REPORT_FILE):
        return ()
    return (f"{REPORT_FILE} was edited by hand and stays; the new one is beside it",)


def _freeze_form(study: Study, given: Given) -> Form:
    from grd_core.errors import RefusedError
    from grd_core.recon.records import current_freeze, current_split, require_source

    require_source(study)
    frozen, split = current_freeze(study), current_split(study)
    if frozen is not None:
        raise RefusedError(
            f"the data was frozen on {frozen.at[:10]}",
            where="data/frozen",
            fix="V hashes the files again; U takes the freeze back, with a reason",
        )
    if split is None:
        raise RefusedError("no split is declared", where="split", fix="s plans one; then freeze")
    return Form(
        "Freeze the data",
        intro=(
            f"By the {split.strategy} split, {_sizes(split)}.",
            "The parts are written to data/frozen, read-only and hashed, the labels of the test"
            " part in a file of their own: from then on each look at them is counted.",
            "Roles and parts are settled by it. It can be taken back only with a reason, which"
            " then stands beside every score for ever.",
            "Then the training part is profiled with its target, for the first time.",
        ),
        confirm="Freeze",
    )


def _sizes(split: SplitRecord) -> str:
    sizes = split.sizes
    parts = [f"{name} {sizes[name]:,}" for name in ("train", "validation", "test")]
    dropped = sizes["dropped_embargo"] + sizes["dropped_missing_target"]
    left_out = f"; {dropped:,} rows are left out" if dropped else ""
    return f"{', '.join(parts)} rows{left_out}"


def _freeze(study: Study, values: Values, progress: Progress) -> Outcome:
    from grd_core.gate.decision_log import write_decision_log
    from grd_core.recon.freeze import freeze

    frozen = freeze(study, on_progress=progress)
    rendered = write_decision_log(study)
    return Outcome(
        f"frozen: {frozen.test_rows:,} test rows are out of reach until a peek",
        notes=(*_report_note(study), *((rendered.note(),) if rendered.note() else ())),
        page=PAGE,
    )


def _verify(study: Study, values: Values, progress: Progress) -> Outcome:
    from grd_core.errors import RefusedError
    from grd_core.recon.freeze import verify_frozen

    faults = verify_frozen(study)
    if faults:
        raise RefusedError(
            "frozen data is not as it was: "
            + "; ".join(f"{fault.path} {fault.what}" for fault in faults),
            where="data/frozen",
            fix="put back what was frozen, then verify again",
        )
    return Outcome("every frozen file hashes as it was frozen", page=PAGE)


def _unfreeze_form(study: Study, given: Given) -> Form:
    from grd_core.errors import RefusedError
    from grd_core.recon.snapshot import recon_snapshot

    frozen = recon_snapshot(study).freeze
    if frozen is None:
        raise RefusedError(
            "nothing is frozen, so nothing can be taken back",
            where="data/frozen",
            fix="f freezes what s planned",
        )
    looks = frozen.peeks + frozen.peeks_earlier
    return Form(
        "Take the freeze back",
        intro=(
            f"The parts frozen on {frozen.at[:10]} move to a folder of their own, read-only and"
            " with their hashes; nothing is deleted.",
            "Every score measured on them is marked from now on, wherever it is shown; runs and"
            " verdicts that rest on them are stale.",
            f"Looks at the test labels so far: {looks}. They keep counting.",
        ),
        fields=(
            Field("reason", "reason", "text", hint="why; it stands beside every earlier score"),
        ),
        problems=_unfreeze_problems,
        confirm="Unfreeze",
    )


def _unfreeze_problems(values: Values) -> dict[str, str]:
    from grd_core.recon.splits import LEAST_REASON

    lacking = LEAST_REASON - len(values["reason"].strip())
    return {"reason": f"{lacking} characters more"} if lacking > 0 else {}


def _unfreeze(study: Study, values: Values, progress: Progress) -> Outcome:
    from grd_core.gate.decision_log import write_decision_log
    from grd_core.recon.unfreezing import unfreeze

    taken_back = unfreeze(study, values["reason"])
    rendered = write_decision_log(study)
    where = taken_back.kept_in
    kept = f"the files are kept in {where}" if where else "no file was left to keep"
    return Outcome(
        f"unfrozen; {kept}; every score so far is marked",
        notes=(*_report_note(study), *((rendered.note(),) if rendered.note() else ())),
        page=PAGE,
    )


def _column_form(study: Study, given: Given) -> Form:
    from grd_core.recon.records import require_source

    names = require_source(study).column_names

    def problems(values: Values) -> dict[str, str]:
        name = values["column"].strip()
        if not name:
            return required(values, "column")
        return {} if name in names else {"column": "no such column; right completes a name"}

    return Form(
        "Look at a column",
        fields=(Field("column", "column", hint="its name", completions=names),),
        problems=problems,
        confirm="Look",
    )


def _column(study: Study, values: Values, progress: Progress) -> Outcome:
    name = values["column"].strip()
    return Outcome(name, page=PAGE, about=f"column:{name}")


RECON_COMMANDS: tuple[Command, ...] = (
    Command("data add", "declare the data", PAGE, "writes", add_form, add),
    Command(
        "data profile",
        "rank the risks of the data",
        PAGE,
        "writes",
        at_once("Profile the data"),
        _profile,
    ),
    Command("data split", "plan the parts", PAGE, "writes", split_form, split),
    Command("data freeze", "freeze the parts", PAGE, "writes", _freeze_form, _freeze),
    Command(
        "data verify", "hash the frozen parts", PAGE, "writes", at_once("Verify the data"), _verify
    ),
    Command("data unfreeze", "take the freeze back", PAGE, "writes", _unfreeze_form, _unfreeze),
    Command("data column", "look at a column", PAGE, "reads", _column_form, _column),
    Command("check data", "compare two bare files", PAGE, "reads", files_form, check_files),
)
