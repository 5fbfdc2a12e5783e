"""`grd diff`: what differs between two runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from grd_tui.cli.note import print_notes
from grd_tui.cli.output import current_study, json_option, note, print_json, say, table

if TYPE_CHECKING:
    from grd_core.runs.run_difference import Change, FileChange

_SIGNS = {"same": " ", "changed": "~", "added": "+", "removed": "-"}


@click.command()
@click.argument("run_reference", metavar="RUN")
@click.argument("other", metavar="[RUN]", default="")
@click.option("--all", "everything", is_flag=True, help="Also what is the same.")
@json_option
def diff(run_reference: str, other: str, everything: bool, as_json: bool) -> None:
    """What differs from one RUN to another: config, code, environment, data, metrics.

    A run is its id or EXPERIMENT/ORDINAL, such as 3/1. A single RUN is compared with the
    newest run before it of its parent experiment.
    """
    from grd_core.runs.run_difference import run_before, run_difference

    study = current_study()
    pair = (run_reference, other) if other else (run_before(study, run_reference), run_reference)
    found = run_difference(study, *pair)
    shown = found if everything else found.changed_only()
    if as_json:
        print_json(shown)
        return
    say(f"run {found.left_id} {found.left}  →  run {found.right_id} {found.right}")
    for text in found.notes:
        note(f"! {text}")
    _values("config", shown.config, len(found.config))
    _files(shown.code, len(found.code))
    _values("environment", shown.environment, len(found.environment))
    _values("data", shown.data, len(found.data))
    _values("metrics", shown.metrics, len(found.metrics))
    for name, noted in ((found.left, found.left_noted), (found.right, found.right_noted)):
        if noted:
            say()
            say(f"noted on {name}")
            print_notes(noted, indent="  ")


def _values(title: str, changes: Sequence[Change], compared: int) -> None:
    from grd_core.runs.config_key import value_text

    if not _head(title, len(changes), compared):
        return
    table(
        ("", "key", "before", "after"),
        [
            (_SIGNS[one.how], one.key, value_text(one.before), value_text(one.after))
            for one in changes
        ],
    )


def _files(files: Sequence[FileChange], compared: int) -> None:
    if not _head("code", len(files), compared):
        return
    for file in files:
        counts = f"  +{file.added} -{file.removed}" if file.diff else ""
        remark = f"  ({file.note})" if file.note else ""
        say(f"{_SIGNS[file.how]} {file.path}{counts}{remark}")
        for line in file.diff:
            say(f"    {line}")


def _head(title: str, shown: int, compared: int) -> bool:
    say()
    if not shown:
        say(f"{title}: {'the same' if compared else 'nothing recorded'}")
        return False
    say(title)
    return True
