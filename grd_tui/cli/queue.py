"""`grd queue`: what waits to be run, and why; requests are dropped here."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import click

from grd_tui.cli.output import current_study, json_option, note, print_json, say, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grd_core.runs.queue import Asked, Waiting
    from grd_core.study import Study


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def queue(context: click.Context, as_json: bool) -> None:
    """What waits to be run, and why. Runs begin by themselves when others end."""
    if context.invoked_subcommand is not None:
        return
    from grd_core.runs.queue_files import waiting_of
    from grd_core.runs.queue_wake import nudge

    study = current_study()
    waiting = waiting_of(study)
    nudge(study)
    if as_json:
        print_json({"waiting": waiting})
    elif waiting:
        print_waiting(waiting)
    else:
        say("nothing waits")


@queue.command("drop")
@click.argument("numbers", metavar="NUMBER...", nargs=-1, type=int, required=True)
@json_option
def drop(numbers: tuple[int, ...], as_json: bool) -> None:
    """Take requests out of the queue; runs they have begun go on."""
    from grd_core.runs.queue_files import drop as drop_requests

    dropped = drop_requests(current_study(), numbers)
    if as_json:
        print_json({"dropped": dropped})
        return
    for one in dropped:
        say(f"request {one.request} is dropped: {one.experiment} {seeds_text(one.seeds)}")


def print_waiting(waiting: Sequence[Waiting]) -> None:
    """The queue as a table, oldest first."""
    table(
        ("request", "experiment", "seeds", "GPUs", "asked for", "waits, because"),
        [
            (
                str(one.request),
                one.experiment,
                ",".join(map(str, one.seeds)),
                "any" if one.gpus is None else str(one.gpus),
                f"{one.at[:16]} {'again ' + str(one.again) if one.again else ''}".strip()
                + (f" {shlex.join(one.command)}" if one.command else ""),
                one.why,
            )
            for one in waiting
        ],
    )


def seeds_text(seeds: Sequence[int]) -> str:
    """`seed 3`, or `seeds 1, 2, 3`."""
    return f"{'seed' if len(seeds) == 1 else 'seeds'} {', '.join(map(str, seeds))}"


def print_asked(study: Study, asked: Asked) -> None:
    """The ids of the runs that began on stdout, one a line; what waits on stderr."""
    for one in asked.notes:
        note(one)
    for run in asked.begun:
        say(str(run.id))
        note(f"{study.relative(run.folder)}: `grd watch {run.id}` follows it")
    if asked.waiting:
        note(
            f"waiting: {seeds_text(asked.waiting)} of request {asked.request}: {asked.why}"
            f" (`grd queue` lists, `grd queue drop {asked.request}` takes it back)"
        )


def asked_as_json(study: Study, asked: Asked) -> dict[str, object]:
    """What became of a request; `run` and `folder` are those of the first run that began."""
    runs = [{"run": run.id, "folder": study.relative(run.folder)} for run in asked.begun]
    first: dict[str, object] = dict(runs[0]) if runs else {"run": None, "folder": None}
    return first | {
        "request": asked.request,
        "runs": runs,
        "waiting": asked.waiting,
        "why": asked.why,
    }
