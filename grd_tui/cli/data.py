"""`grd data`: declare, profile, split, freeze, verify, unfreeze."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from grd_tui.cli.data_add import add
from grd_tui.cli.output import current_study, json_option, note, print_json, progress_line, say

if TYPE_CHECKING:
    from grd_core.recon.records import SplitRecord
    from grd_core.recon.snapshot import ReconSnapshot
    from grd_core.recon.splits import SplitPreview
    from grd_core.study import Study


_GLYPHS = {"blocking": "✖", "warning": "!", "info": "·"}
_MOST_RISKS = 12
_SIZES = ("train", "validation", "test", "dropped_embargo", "dropped_missing_target", "rows")
"""As they follow each other in time, then what adds up to all rows."""


@click.group()
def data() -> None:
    """Declare, profile, split, freeze, verify and unfreeze data."""


data.add_command(add)


@data.command("profile")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--quick", is_flag=True, help="A second or two at any FILE, without a study.")
@click.option("--target", default="", metavar="COL", help="With --quick: what is to be predicted.")
@json_option
def profile(file: Path | None, quick: bool, target: str, as_json: bool) -> None:
    """Look at the data: anomalies and risks, ranked; writes DATA_REPORT.md.

    Before the freeze only structure is looked at; the target's values on the training part
    alone, after it. With --quick, look at any FILE in a second or two, and write nothing.
    """
    from grd_core.errors import UsageError

    if quick:
        if file is None:
            raise UsageError("--quick needs a file", fix="`grd data profile FILE --quick`")
        _quick(file, target, as_json)
        return
    if file is not None or target:
        raise UsageError(
            "a file or a target is named without --quick",
            fix="`grd data profile FILE --quick` looks at any file; without a file, `grd data"
            " profile` looks at the study's declared data",
        )
    from grd_core.recon.profile import profile as profile_data

    study = current_study()
    profile_data(study, on_progress=progress_line())
    _show(study, as_json)


def _quick(file: Path, target: str, as_json: bool) -> None:
    from grd_core.recon.quick_look import quick_look
    from grd_tui.cli.quick import print_quick

    look = quick_look(file, target=target, on_progress=progress_line())
    if as_json:
        print_json(look)
    else:
        print_quick(look)


@data.command("split")
@click.option(
    "--strategy",
    metavar="NAME",
    help="temporal, grouped, stratified, grouped_stratified, blocked or random.",
)
@click.option("--validation", metavar="FRACTION|TIME", help="The validation part, or its start.")
@click.option("--test", metavar="FRACTION|TIME", help="The test part, or its start.")
@click.option(
    "--embargo", metavar="SPAN", help="Kept free before each cut or block: 1d, or 50 rows."
)
@click.option("--block", metavar="SPAN|ROWS", help="Length of a block: 7d, or 500 rows.")
@click.option("--seed", type=int, help="Of a random draw.")
@click.option("--reason", help="Required where the split breaks declared time or groups.")
@click.option("--missing-target", metavar="RULE", help="`drop: why`, for rows without a target.")
@click.option("--preview", is_flag=True, help="Show how it would come out; record nothing.")
@json_option
def split(as_json: bool, preview: bool, **given: Any) -> None:
    """Plan the partition and record it; what is not given comes from the provenance file.

    Sizes, spans of time, balance of the training target, and how the parts differ by their
    features are told; nothing of the target in validation and test.
    """
    from grd_core.recon.splits import plan_split, preview_split

    for part in ("validation", "test"):
        given[part] = _fraction(given[part])
    study = current_study()
    if preview:
        worked_out = preview_split(study, **given, on_progress=progress_line())
        if as_json:
            print_json(worked_out)
            return
        _print_split(worked_out)
        if worked_out.needs_reason:
            say(f"! it needs a written reason: {worked_out.needs_reason}")
        say("nothing was recorded: the same without --preview records it")
        return
    recorded = plan_split(study, **given, on_progress=progress_line())
    if as_json:
        print_json(recorded)
        return
    _print_split(recorded)
    say("next: `grd data freeze` writes the parts, the test labels apart")


def _print_split(found: SplitRecord | SplitPreview) -> None:
    from grd_core.recon.split_lines import told_of

    block = found.parameters.get("block")
    say(f"{found.strategy} split" + (f", blocks of {block}" if block else ""))
    spans = found.sizes["spans"]
    for name in _SIZES:
        span = "   " + " to ".join(spans[name]) if name in spans else ""
        say(f"  {name:<22} {found.sizes[name]:>12,} rows{span}")
    for line in told_of(found.sizes):
        say(f"  {line}")
    if found.reason:
        say(f"  reason  {found.reason}")


def _fraction(text: str | None) -> float | str | None:
    try:
        return float(text) if text is not None else None
    except ValueError:
        return text


@data.command("freeze")
@json_option
def freeze(as_json: bool) -> None:
    """Write the parts, read-only and hashed; the test labels in a file of their own."""
    from grd_core.gate.decision_log import write_decision_log
    from grd_core.recon.freeze import freeze as freeze_data

    study = current_study()
    freeze_data(study, on_progress=progress_line())
    write_decision_log(study)
    _show(study, as_json)


@data.command("unfreeze")
@click.option("--reason", default="", help="Why; it stands beside every earlier score for ever.")
@json_option
def unfreeze(reason: str, as_json: bool) -> None:
    """Take the freeze back: its files are kept, every score so far is marked.

    Then data can be declared, split and frozen anew. Runs, reviews and scores made on it are
    stale; looks at its labels keep counting.
    """
    from grd_core.gate.decision_log import write_decision_log
    from grd_core.recon.unfreezing import unfreeze as unfreeze_data

    study = current_study()
    taken_back = unfreeze_data(study, reason)
    write_decision_log(study)
    if as_json:
        print_json(taken_back)
        return
    where = taken_back.kept_in
    kept = f"its files are kept in {where}" if where else "no file was left to keep"
    say(f"unfrozen, because {taken_back.reason}; {kept}")
    say("every score so far is marked; next: `grd data split`, `grd data freeze`")


@data.command("verify")
@json_option
def verify(as_json: bool) -> int:
    """Hash the frozen parts again and compare them with the ledger."""
    from grd_core.recon.freeze import verify_frozen

    faults = verify_frozen(current_study())
    if as_json:
        print_json({"sound": not faults, "faults": faults})
    else:
        for fault in faults:
            say(f"✖ {fault.path} {fault.what}")
        say("frozen data is as it was" if not faults else "frozen data is NOT as it was")
    return 6 if faults else 0


@data.command("column")
@click.argument("name")
@json_option
def column(name: str, as_json: bool) -> None:
    """Look at one column: values, missing share, change over time, relation to the target.

    Before the freeze nothing is told of the target; after it the training part alone is read.
    """
    from grd_core.recon.column_detail import column_detail
    from grd_tui.cli.column import print_column

    detail = column_detail(current_study(), name, on_progress=progress_line())
    if as_json:
        print_json(detail)
    else:
        print_column(detail)


def _show(study: Study, as_json: bool) -> None:
    from grd_core.recon.report import REPORT_FILE
    from grd_core.recon.snapshot import recon_snapshot
    from grd_core.rendering import is_untouched

    report = study.root / REPORT_FILE
    if not is_untouched(study.ledger_path, study.root, report):
        note(f"{REPORT_FILE} was edited by hand and stays; the new one is beside it")
    snapshot = recon_snapshot(study)
    if as_json:
        print_json(snapshot)
    else:
        _print(snapshot)


def _print(snapshot: ReconSnapshot) -> None:
    source = snapshot.source
    if source is not None:
        say(f"source   {source.path}  {source.rows:,} × {source.columns}  sha256 {source.sha256}")
        roles = source.roles
        groups = ", ".join(roles.groups) or "–"
        say(
            f"roles    target {roles.target} · time {roles.time or '–'} · groups {groups}"
            f" · id {roles.id or '–'}"
        )
    if snapshot.risks:
        say("RISKS")
    for risk in snapshot.risks[:_MOST_RISKS]:
        say(f"  {_GLYPHS[risk.severity]} {risk.title}  {risk.evidence}")
        say(f"      do: {risk.do}")
    if len(snapshot.risks) > _MOST_RISKS:
        say(f"  {len(snapshot.risks) - _MOST_RISKS} lesser ones: --json")
    if snapshot.baseline is not None:
        _print_baseline(snapshot.baseline)
    split = snapshot.split
    if split is not None:
        say(
            f"split    {split.strategy}: train {split.train:,}, validation {split.validation:,},"
            f" test {split.test:,}"
        )
    freeze = snapshot.freeze
    if freeze is not None:
        earlier = f" and {freeze.peeks_earlier} earlier" if freeze.peeks_earlier else ""
        say(
            f"frozen   {freeze.test_rows:,} test rows, {freeze.integrity}, peeks"
            f" {freeze.peeks}{earlier}"
        )
    for one in snapshot.unfrozen:
        say(f"unfrozen {one.at[:10]}, because {one.reason}")
    say(f"next: {snapshot.next_step or '`grd objective check`'}")


def _print_baseline(signal: dict[str, Any]) -> None:
    """What trivial models reach inside the training part, by the first metric."""
    if "reason" in signal:
        say(f"BASELINE  none: {signal['reason']}")
        return
    metric = signal["metrics"][0]
    parts = []
    for name, scored in signal["models"].items():
        found = scored[metric]
        span = f" [{found['low']:.4g}, {found['high']:.4g}]" if "low" in found else ""
        parts.append(f"{name} {found['estimate']:.4g}{span}")
    say(f"BASELINE  {metric}: {'   '.join(parts)}")
