"""`grd new`, `grd demo`, `grd status`, and the cockpit itself."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

import click

from grd_tui.cli.output import current_study, json_option, note, print_json, say
from grd_tui.cli.status import print_status, read_status


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--sample", default="", metavar="NAME", help="Start from a sample study.")
@click.option("--title", default="", help="How the study is called; by default its folder.")
@json_option
def new(directory: Path, sample: str, title: str, as_json: bool) -> None:
    """Start a study in DIRECTORY, empty or from a sample."""
    from grd_core.samples import new_from_sample
    from grd_core.study import create_study

    study = new_from_sample(sample, directory) if sample else create_study(directory, title=title)
    if as_json:
        print_json({"study": study.name, "root": str(study.root), "sample": sample})
        return
    say(f"study {study.name} in {study.root}")
    go = f"`cd {shlex.quote(str(directory))}`"
    next_step = (
        f"{go}, then `grd data profile`"
        if sample
        else f"{go}, then `grd data add FILE --help` says what a declaration holds"
    )
    say(f"next: {next_step}")


@click.command()
@click.argument("name", default="flight_delays")
@click.option("--fresh", is_flag=True, help="Make another one beside the first.")
@click.pass_context
def demo(ctx: click.Context, name: str, fresh: bool) -> int:
    """Copy the sample NAME to ./grd-demo-NAME and open it; again: open the same one."""
    from grd_core.samples import demo as open_demo

    study = open_demo(name, Path(), fresh="another" if fresh else "keep")
    note(f"study {study.name} in {study.root}")
    flags = ctx.find_root().obj or {}
    return _open(study.root, flags)


@click.command()
@json_option
def status(as_json: bool) -> None:
    """What state the study is in, what is wrong, what is next."""
    from grd_core.critic.live import ReadingOnly, Writing
    from grd_core.runs.ingest import NotWritable, ingest
    from grd_core.runs.queue_wake import nudge

    study = current_study()
    refused = isinstance(ingest(study), NotWritable)
    nudge(study)
    snapshot = read_status(study, ReadingOnly() if refused else Writing())
    if as_json:
        print_json(snapshot)
    else:
        print_status(snapshot)


def open_cockpit(folder: Path, arguments: list[str]) -> int:
    """Open the study at `folder`, as `grd`, `grd DIR` and `grd demo` do."""
    flags = {
        "readonly": "--readonly" in arguments,
        "ascii_only": "--ascii" in arguments,
        "no_mouse": "--no-mouse" in arguments,
    }
    return _open(folder, flags)


def _open(folder: Path, flags: Mapping[str, object]) -> int:
    # Textual draws on stderr: with any of the three not a terminal it would hang.
    if not (sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()):
        from grd_core.critic.live import ReadingOnly
        from grd_core.study import find_study

        print_status(read_status(find_study(folder), ReadingOnly()))
        return 0
    from grd_core.study import find_study_root
    from grd_tui.app import run_cockpit

    return run_cockpit(
        find_study_root(folder),
        readonly=bool(flags.get("readonly")),
        ascii=bool(flags.get("ascii_only")),
        mouse=not flags.get("no_mouse"),
    )
