"""Commands of Recon: declare, profile, split, freeze and verify the data; compare two files."""

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
            fix="V hashes the files again; other parts need a study of their own",
        )
    if split is None:
        raise RefusedError("no split is declared", where="split", fix="s plans one; then freeze")
    return Form(
        "Freeze the data",
        intro=(
            f"By the {split.strategy} split, {_sizes(split)}.",
            "The parts are written to data/frozen, read-only and hashed, the labels of the test"
            " part in a file of their own: from then on each look at them is counted.",
            "Roles and parts are settled by it. It cannot be undone: other parts need a study of"
            " their own.",
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
    Command("data column", "look at a column", PAGE, "reads", _column_form, _column),
    Command("check data", "compare two bare files", PAGE, "reads", files_form, check_files),
)
