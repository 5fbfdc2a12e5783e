"""`grd history` and `grd verify`: what happened, and whether the record still holds."""

from __future__ import annotations

import click

from grd_tui.cli.output import current_study, json_option, print_json, say


@click.command()
@click.option("--narrative", "as_story", is_flag=True, help="We believed, we tried, it said, so.")
@json_option
def history(as_story: bool, as_json: bool) -> None:
    """What happened, in order, or the study's narrative."""
    from grd_core.history import history_snapshot, narrative

    snapshot = history_snapshot(current_study())
    if as_json:
        print_json(snapshot)
    elif as_story:
        for line in narrative(snapshot).splitlines():
            say(line)
    else:
        for event in snapshot.events:
            say(f"{event.id:>4}  {event.at[:19].replace('T', ' ')}  {event.what}  ({event.author})")


@click.command()
@json_option
def verify(as_json: bool) -> int:
    """Replay the ledger, compare it with its anchors, hash again what is locked and frozen.

    Exits 0 when all is as it was written, 1 when something wants eyes, 6 on a fault.
    """
    from grd_core.gate.integrity import check_integrity

    found = check_integrity(current_study())
    if as_json:
        print_json(
            {
                "sound": found.sound,
                "events": found.events,
                "anchors": found.anchors,
                "head": found.head,
                "faults": found.faults,
                "notes": found.notes,
            }
        )
    else:
        for fault in found.faults:
            say(f"✖ {fault.where}: {fault.what}")
        for noted in found.notes:
            say(f"! {noted.where}: {noted.what}")
        word = "sound" if found.sound else "NOT sound"
        say(f"{word}: {found.events} events replayed, {found.anchors} anchors compared")
        say(f"head {found.head}")
    if found.faults:
        return 6
    return 1 if found.notes else 0
